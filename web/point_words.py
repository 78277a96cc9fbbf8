"""Words for points of persons: kinds, states, and what people are told."""

from flask_babel import lazy_gettext

_ = lazy_gettext

WORDS = {
    "point_kind": {
        "must": _("Must do"),
        "encouraged": _("Encouraged"),
        "forbidden": _("Forbidden"),
        "honour": _("Honour"),
    },
    "point_month": {
        "open": _("Self-rating open"),
        "self_confirmed": _("Self-rating confirmed"),
        "unconfirmed": _("Not confirmed"),
        "secretary_scored": _("Rated by the secretary"),
        "closed": _("Settled"),
    },
    "point_appeal": {"open": _("Being looked at"), "upheld": _("Upheld, undone"), "rejected": _("Stands")},
    "point_leave": {"asked": _("Leave asked for"), "approved": _("Leave approved"), "refused": _("Leave refused")},
    "point_veto": {
        "proposed": _("Veto proposed"),
        "confirmed": _("Veto confirmed"),
        "rejected": _("Veto rejected"),
        "revoked": _("Veto revoked"),
    },
    "point_revocation": {
        "proposed": _("Revocation proposed"),
        "approved": _("Revocation approved"),
        "rejected": _("Revocation rejected, the veto stands"),
    },
}

#: Error -> the kind of word its fact ``status`` is.
STATUS_OF = {
    "month_moved": "point_month",
    "point_veto_moved": "point_veto",
    "point_veto_not_confirmed": "point_veto",
    "point_revocation_moved": "point_revocation",
}

NEWS = {
    "points.month_open": _("Rate yourself for {month} and confirm it."),
    "points.month_closed": _("Your points of {month} are settled."),
    "points.remind": _("The rating of {month} is still to be handed in."),
    "points.quarter": _("Your points of {quarter} are summed up."),
    "points.vetoed": _("A veto on you was confirmed; your points are no longer shown."),
    "points.veto_revoked": _("The veto on you was revoked; your points are shown again."),
    "points.appeal_decided": _("Your dispute about an entry is decided."),
    "points.activity": _("You are invited: {title}."),
    "points.leave_decided": _("Your request for leave is decided."),
    "points.decided": _("The points of {year} are open to view."),
    "points.published": _("The points of {year} are final."),
}
