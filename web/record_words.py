"""Words for the plan of assessments, admission, the list of vetoes, records, special assessments and assessors."""

from typing import Any

from flask_babel import lazy_gettext

_ = lazy_gettext

WORDS: dict[str, dict[str, Any]] = {
    "entry_kind": {
        "cycle": _("Leadership assessment"),
        "business": _("Business assessment"),
        "special": _("Special assessment"),
    },
    "plan_entry": {
        "proposed": _("Proposed"),
        "approved": _("In the plan"),
        "refused": _("Refused"),
        "struck": _("Struck"),
    },
    "overlap": {
        "subject": _("one subject, two organisers"),
        "indicator": _("one indicator, two organisers"),
        "window": _("visits at the same time"),
    },
    "admission": {
        "proposed": _("To be reviewed"),
        "reviewed": _("Before the leading group"),
        "admitted": _("Admitted"),
        "refused": _("Refused"),
    },
    "list_kind": {"veto": _("Veto item"), "letter": _("Responsibility letter")},
    "list_status": {
        "proposed": _("Proposed"),
        "listed": _("On the list"),
        "refused": _("Refused"),
        "struck": _("Struck"),
    },
    "record_kind": {
        "democratic_life_meeting": _("Democratic life meeting"),
        "talk": _("Talk"),
        "field_visit": _("Field visit"),
        "taken_over": _("Taken over from another body"),
        "commendation": _("Commendation"),
        "reminder": _("Reminder"),
        "supervision_finding": _("Supervision finding"),
    },
    "source_tag": {
        "study_campaign": _("Study campaign"),
        "inspection_tour": _("Inspection tour"),
        "joint": _("Joint assessment"),
        "central_work": _("Central work followed"),
        "cadre_work": _("With cadre work"),
    },
    "trigger": {
        "important_work": _("Important special work"),
        "urgent_task": _("Urgent and hard task"),
        "sudden_event": _("Major sudden event"),
        "team_survey": _("Survey of the team"),
    },
    "aspect": {
        "attitude": _("Attitude"),
        "responsibility": _("Sense of responsibility"),
        "leadership": _("Leadership"),
        "role": _("Role played"),
        "effect": _("Actual effect"),
    },
    "front_line": {
        "train": _("Train at the front line"),
        "recommend": _("Recommend from the front line"),
        "assess": _("Assess at the front line"),
        "use": _("Use at the front line"),
        "key_project": _("Key project"),
        "pilot_zone": _("Pilot zone"),
        "pollution_control": _("Pollution control"),
        "relief": _("Rescue and relief"),
    },
    "corroborator": {
        "discipline": _("Discipline and supervision"),
        "audit": _("Audit"),
        "petitions": _("Petitions"),
    },
    "corroborated": {
        "unasked": _("Not asked yet"),
        "outstanding": _("Reply outstanding"),
        "replied": _("Replied"),
        "waived": _("Waived"),
    },
    "special": {"open": _("Under way"), "final": _("Final")},
    "assessor_kind": {"full_time": _("Full-time"), "part_time": _("Part-time")},
    "assessor_part": {"leader": _("Leads"), "member": _("Takes part")},
    "training": {
        "study_tour": _("Study tour"),
        "rotation": _("Rotation"),
        "follow_class": _("Following another office"),
        "course": _("Training course"),
    },
}
