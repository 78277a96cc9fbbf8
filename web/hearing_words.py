"""Words for votes, vetoes, opinions of the bodies and rulings of tolerance."""

from typing import Any

from flask_babel import lazy_gettext

_ = lazy_gettext

WORDS: dict[str, dict[str, Any]] = {
    "vote_kind": {
        "democratic_review": _("Democratic review"),
        "mass_review": _("Mass review"),
        "third_party": _("Third-party panel"),
        "all_round": _("Evaluation from all sides"),
    },
    "vote_means": {
        "documents": _("Documents"),
        "site_visit": _("Site visit"),
        "questionnaire": _("Questionnaire"),
    },
    "bar": {
        "proposed": _("Proposed"),
        "confirmed": _("Veto confirmed"),
        "rejected": _("Veto not confirmed"),
        "revoked": _("Revoked"),
    },
    "body": {
        "discipline": _("Discipline inspection"),
        "petitions": _("Petitions"),
        "audit": _("Audit"),
    },
    "opinion_verdict": {"clear": _("No objection"), "objects": _("Objects")},
    "ruling": {"proposed": _("Proposed"), "approved": _("Tolerated"), "refused": _("Not tolerated")},
}

NEWS: dict[str, Any] = {
    "ruling.proposed": _("{unit}: tolerance for a mistake on {indicator} is proposed."),
    "ruling.approved": _("The request for tolerance was approved."),
    "ruling.refused": _("The request for tolerance was refused."),
    "bar.proposed": _("{unit}: a veto is proposed and waits for another person to decide."),
    "bar.confirmed": _("A veto on your unit's grade was confirmed."),
    "bar.revoked": _("The veto on your unit's grade was taken back."),
    "opinion.asked": _("Your written opinion on {count} units is asked for until {until}."),
    "opinion.given": _("{unit}: a written opinion was given."),
    "appeal.filed": _("{unit} appeals against its score on {indicator}."),
    "appeal.accepted": _("{unit}: an appeal on an indicator of yours is under review."),
    "appeal.upheld": _("{unit}: the appeal was upheld; the figure is to be corrected."),
    "appeal.dismissed": _("{unit}: the appeal was dismissed."),
    "appeal.corrected": _("{unit}: the figure appealed against is corrected; the result can be computed anew."),
    "appeal.recomputed": _("Your unit's result was computed anew after an appeal."),
}
