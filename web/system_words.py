"""Words for the life of an issued system: changes of targets, adjustments, successions, concurrences, breaks in series."""

from typing import Any

from flask_babel import lazy_gettext

_ = lazy_gettext

WORDS: dict[str, dict[str, Any]] = {
    "target_change": {
        "requested": _("Before the leading group"),
        "approved": _("Approved"),
        "refused": _("Refused"),
    },
    "adjustment": {
        "drafted": _("Being drafted"),
        "submitted": _("Before the leading group"),
        "approved": _("Approved, begins with its round"),
        "in_force": _("In force"),
        "refused": _("Refused"),
        "discarded": _("Taken back"),
    },
    "adjusted": {"add": _("Added"), "drop": _("Dropped"), "change": _("Changed")},
    "counting": {"ours": _("our own figure"), "superior": _("the superior's figure")},
    "concurrence": {
        "asked": _("Waiting for an answer"),
        "concurs": _("Concurs"),
        "differs": _("Differs"),
        "silent": _("No answer in time"),
        "superseded": _("Asked anew"),
    },
    "concurrence_about": {"rules": _("Scoring rules"), "value": _("Disputed value")},
}

#: Error -> the kind of word its fact ``status`` is.
STATUS_OF = {
    "change_decided": "target_change",
    "adjustment_moved": "adjustment",
    "concurrence_over": "concurrence",
}

NEWS = {
    "target.approved": _("The target of {unit} on {indicator} was changed."),
    "target.refused": _("The change of the target of {unit} on {indicator} was refused."),
    "system.adjusted": _("The indicator system was adjusted by {document}, from {round} on."),
    "unit.succeeded": _("{successor} has taken over what {unit} left open."),
    "item.passed_on": _("{number} is for {unit} to do from now on."),
    "indicator.passed_on": _("Your unit answers for {indicator} from now on."),
    "concurrence.asked": _("You are asked to concur on {indicator} until {until}."),
    "concurrence.answered": _("{unit} has answered on {indicator}."),
    "series.broken": _("{indicator} follows another definition; its base was restated."),
}
