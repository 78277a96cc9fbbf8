"""The engine's states and names as words. Every value of these enumerations has one; a test looks each of them up."""

from typing import Any

from flask_babel import gettext, lazy_gettext

from engine.errors import BihuanError
from web import (
    assessment_words,
    evaluation_words,
    hearing_words,
    objective_words,
    point_words,
    record_words,
    system_words,
)
from web.round_names import round_name

_ = lazy_gettext

WORDS = {
    "level": {"yellow": _("Yellow"), "red": _("Red")},
    "reason": {
        "bottom_three": _("Among the last three"),
        "last_in_group": _("Last of the group"),
        "far_from_target": _("Far from the target"),
    },
    "stage": {
        "target_decomposition": _("Target decomposition"),
        "process_monitoring": _("Process monitoring"),
        "performance_consultation": _("Performance consultation"),
        "feedback": _("Feedback"),
        "rectification": _("Rectification"),
        "follow_up_review": _("Follow-up review"),
    },
    "standing": {
        "recorded": _("Recorded"),
        "missing": _("Missing"),
        "not_yet": _("Not yet"),
        "not_needed": _("Not needed"),
    },
    "item": {
        "opened": _("Plan to be submitted"),
        "plan_submitted": _("Plan with the unit's leader"),
        "plan_signed": _("Plan to be approved"),
        "in_progress": _("Being put right"),
        "evidence_submitted": _("Evidence with the unit's leader"),
        "claimed": _("To be verified"),
        "accepted": _("To be closed out"),
        "closed_out": _("Closed out"),
        "long_term": _("Long-term"),
        "withdrawn": _("Withdrawn"),
        "lifted": _("Lifted"),
    },
    "letter": {
        "draft": _("Draft"),
        "signed": _("Signed"),
        "issued": _("Issued"),
        "received": _("Received"),
        "withdrawn": _("Void"),
    },
    "letter_kind": {"reminder": _("Indicator reminder"), "warning": _("Warning notice")},
    "notice": {
        "drafted": _("Drafted"),
        "issued": _("Issued"),
        "received": _("Received"),
        "objected": _("Objected"),
        "merged": _("Merged"),
        "withdrawn": _("Withdrawn"),
        "lifted": _("Lifted"),
    },
    "grade": {
        "excellent": _("Excellent"),
        "good": _("Good"),
        "qualified": _("Fair"),
        "unqualified": _("Poor"),
    },
    "why": {
        "exempt": _("Exempt"),
        "missing": _("No data"),
        "pending": _("To be published"),
        "no_target": _("No target"),
        "not_due": _("Not yet due"),
    },
    "sheet": {
        "open": _("Being entered"),
        "submitted": _("With the unit's leader"),
        "returned": _("Returned"),
        "signed": _("Signed"),
        "late": _("Late"),
        "published": _("Published"),
    },
    "source": {"superior": _("Superior's assessment"), "key_work": _("Key work"), "routine": _("Routine goals")},
    "direction": {
        "higher_better": _("Higher is better"),
        "lower_better": _("Lower is better"),
        "range": _("Within a range"),
    },
    "measure": {"cumulative": _("Cumulative"), "level": _("Level measure"), "milestone": _("Milestones")},
    "rules": {
        "draft": _("Draft"),
        "submitted": _("Submitted"),
        "returned": _("Returned"),
        "approved": _("Approved"),
        "issued": _("Issued with the booklet"),
    },
    "request": {
        "evidence": _("Evidence"),
        "extension": _("Request for more time"),
        "long_term": _("Request for a long-term matter"),
    },
    "verdict": {
        "accepted": _("Accepted"),
        "approved": _("Approved"),
        "returned": _("Returned"),
        "refused": _("Refused"),
        "agreed": _("Agreed"),
        "confirmed": _("Confirmed"),
        "rebounded": _("Rebounded"),
    },
    "consultation": {
        "proposed": _("Proposed"),
        "declined": _("Declined"),
        "convened": _("Convened"),
        "diagnosed": _("Diagnosed"),
        "measures_issued": _("Measures issued"),
    },
    "slip": {
        "opened": _("To be issued"),
        "issued": _("Issued"),
        "answered": _("Answered"),
        "interviewed": _("Talk held"),
    },
    "cycle": {
        "planned": _("Planned"),
        "running": _("Running"),
        "final": _("Final"),
        "archived": _("Archived"),
    },
    "operator_request": {
        "skip": _("Pass over an element"),
        "jump": _("Move on to another element"),
        "cancel": _("End it before its end"),
    },
    "instance": {
        "running": _("Running"),
        "suspended": _("Suspended"),
        "ended": _("Ended"),
        "cancelled": _("Cancelled"),
    },
    "form": {"on_site": _("On site"), "written": _("Written check")},
    "cell": {
        "on_schedule": _("On schedule"),
        "behind": _("Behind the schedule"),
        "yellow_warning": _("Yellow warning"),
        "red_warning": _("Red warning"),
        "overdue": _("Matter overdue"),
        "overdue_long": _("Matter overdue for long"),
        "exempt": _("Exempt"),
        "missing": _("No data"),
        "pending": _("To be published"),
        "no_target": _("No target"),
        "not_due": _("Not yet due"),
        "not_measured": _("Not measured yet"),
    },
    "stuck": {
        "incident": _("Incident"),
        "suspended": _("Suspended"),
        "unattended": _("Nobody can do it"),
        "late": _("Long overdue"),
    },
    "ledger": {
        "": _("All"),
        "open": _("Open matters"),
        "overdue": _("Overdue"),
        "to_review": _("To be reviewed"),
        "rebounded": _("Rebounded"),
        "closed_out": _("Closed out"),
        "long_term": _("Long-term"),
        "ended": _("Withdrawn or lifted"),
    },
    "origin": {
        "warning": _("Warning"),
        "consultation": _("Consultation"),
        "reminder": _("Reminder"),
        "supervision": _("Supervision finding"),
        "long_term": _("Long-term matter of the year before"),
    },
    "signature": {"signed": _("Signed"), "refused": _("Refused to sign")},
    "reading": {"draft": _("Draft"), "reported": _("Reported"), "verified": _("Verified")},
    "gone": {
        "returned": _("It was returned."),
        "withdrawn": _("What it came of was withdrawn."),
        "removed": _("It was taken off."),
        "jumped": _("The administrator moved the matter on."),
        "cancelled": _("The matter was ended before its end."),
    },
    "obstacle": {
        "no_target": _("There is no such element in the new version."),
        "other_kind": _("It is done in another way in the new version."),
        "other_process": _("It calls another process in the new version."),
        "other_event": _("It waits for something else in the new version."),
        "other_host": _("It hangs on another element in the new version."),
        "no_flow": _("A flow it has come by leads elsewhere in the new version."),
    },
    "opined": {
        "comment": _("says"),
        "given_back": _("gives as an opinion"),
        "agreed": _("agrees"),
        "refused": _("does not agree"),
        "returned": _("returns it"),
        "withdrawn": _("withdraws it"),
    },
    "side": {"before": _("before"), "after": _("after")},
    "handover": {
        "transfer": _("transferred"),
        "delegate": _("asked for an opinion"),
        "give_back": _("given back"),
        "take_back": _("taken back"),
        "hand_over": _("handed over on leaving"),
        "set_free": _("given back to its group"),
    },
    "extension": {"asked": _("Asked for"), "granted": _("Granted"), "refused": _("Refused")},
    "criterion": {"value": _("A figure by the date"), "deliverables": _("Listed deliverables")},
    "objection": {
        "raised": _("Raised"),
        "confirmed": _("The value stands"),
        "corrected": _("Corrected"),
        "kept": _("Warning kept"),
        "withdrawn": _("Warning withdrawn"),
    },
}

WORDS |= (
    assessment_words.WORDS
    | evaluation_words.WORDS
    | hearing_words.WORDS
    | record_words.WORDS
    | system_words.WORDS
    | objective_words.WORDS
)
WORDS |= point_words.WORDS
#: Where an appeal or a veto stands, as errors tell it.
WORDS["course"] = {
    "proposed": _("Proposed"),
    "filed": _("Filed"),
    "accepted": _("Taken up"),
    "upheld": _("Upheld"),
    "dismissed": _("Dismissed"),
    "recomputed": _("Recomputed"),
    "confirmed": _("Veto confirmed"),
    "rejected": _("Veto not confirmed"),
    "revoked": _("Revoked"),
}

#: Error -> the kind of word its fact ``status`` is.
STATUS_OF = {
    "admission_moved": "admission",
    "entry_decided": "plan_entry",
    "item_decided": "list_status",
    "appeal_moved": "course",
    "bar_moved": "course",
    "item_closed": "item",
    "not_at_this_step": "consultation",
    "not_closed_out": "item",
    "not_final": "cycle",
    "not_next": "letter",
    "not_running": "instance",
    "notice_ended": "notice",
    "objection_stands": "objection",
    "opinion_closed": "opinion",
    "sheet_closed": "sheet",
    "slip_moved": "slip",
}
STATUS_OF |= system_words.STATUS_OF | point_words.STATUS_OF | objective_words.STATUS_OF
#: Facts of errors that are values of an enumeration, whatever the error.
KIND_OF = {"request": "request", "round": "round"}


def facts_of(error: BihuanError) -> dict[str, Any]:
    """The facts of a refusal with states and rounds in words; the rest as they are."""
    kinds = {**KIND_OF, **({"status": STATUS_OF[error.code]} if error.code in STATUS_OF else {})}
    return {name: word(kinds[name], value) if name in kinds else value for name, value in error.facts.items()}


def word(kind: str, value: object) -> str:
    """The word for a value; a value of a package stands for itself, a round for what its package calls it."""
    if kind == "round":
        return round_name(str(value)) if value is not None else "—"
    return str(WORDS[kind].get(str(value), gettext(str(value)))) if value is not None else "—"
