"""Words for checks, panels, debriefings and what results are used for."""

from typing import Any

from flask_babel import lazy_gettext

_ = lazy_gettext

WORDS: dict[str, dict[str, Any]] = {
    "check_kind": {"spot_check": _("Spot check"), "field_survey": _("Field survey")},
    "member_kind": {"expert": _("Expert"), "deputy": _("Deputy"), "cppcc": _("CPPCC member")},
    "use_kind": {
        "promotion_priority": _("Priority in promotion"),
        "team_adjustment": _("Team adjusted"),
        "training": _("Targeted training"),
        "accountability": _("Accountability"),
        "commendation": _("Commendation"),
        "incentive": _("Incentive"),
        "other": _("Other use"),
    },
    "component_record": {
        "debriefing": _("Debriefing not complete"),
        "spot_check": _("Not checked yet"),
        "panel": _("Not judged by the panel yet"),
    },
}

NEWS: dict[str, Any] = {
    "spot_check.recorded": _("A check of your unit is recorded; read what was found."),
    "panel.convened": _("You sit on a third-party panel; give your marks until {until}."),
    "debriefing.called": _("You are called to the debriefing of {year}; hand in your report."),
    "debriefing.commented": _("The leading group has commented on your debriefing of {year}."),
    "vote.called": _("You are called to vote: {title}, until {until}."),
}
