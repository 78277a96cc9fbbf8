"""Words of what experts say of indicators, and of objectives with their key results."""

from typing import Any

from flask_babel import lazy_gettext

_ = lazy_gettext

WORDS: dict[str, dict[str, Any]] = {
    "expert_review": {
        "asked": _("Experts are being asked"),
        "closed": _("Opinions are being answered"),
        "revised": _("Answered and revised"),
    },
    "objective": {"submitted": _("Before the lead"), "returned": _("Returned"), "approved": _("Set and approved")},
    "stage_check": {
        "on_track": _("On track"),
        "behind": _("Behind the plan"),
        "rejected": _("Evidence does not hold"),
    },
    "revised": {
        "name": _("Name of the indicator"),
        "unit_of_measure": _("Unit of measure"),
        "main": _("Main indicator (1 yes, 0 no)"),
    },
}

#: Error -> the kind of word its fact ``status`` is.
STATUS_OF = {"objectives_settled": "objective"}
