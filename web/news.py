"""What people are told, in words. Every kind of notification has its sentence; a test looks each of them up."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext

from engine.notifications import Notification
from web import evaluation_words, hearing_words, point_words, system_words, texts, words

_ = lazy_gettext

NEWS = {
    "readings.remind": _("Figures are still to be handed in, until {until}."),
    "readings.escalate": _("Collection closes on {until}; your unit's sheet is not signed yet."),
    "readings.late": _("{round}: your unit's sheet was not signed when collection closed; it stands as no data."),
    "readings.returned": _("{round}: the lead department returned your unit's sheet for correction."),
    "readings.missing": _("{round}: {count} figures of your indicators are missing."),
    "round.revised": _("{round}: figures of your unit were revised after publication."),
    "feedback.issued": _("{round}: your unit's feedback sheet is there to be signed for."),
    "letter.issued": _("The letter {number} was issued to your unit; sign for it."),
    "letter.unsigned": _("The letter {number} has not been signed for yet."),
    "objection.confirmed": _("Your objection was answered: the value stands."),
    "objection.corrected": _("Your objection was answered: the value is corrected; the lead decides on the warning."),
    "objection.kept": _("After the correction the warning is kept."),
    "objection.withdrawn": _("After the correction the warning is withdrawn."),
    "notice.withdrawn": _("A warning was withdrawn: {reason}"),
    "notice.lifted": _("A warning was lifted: {reason}"),
    "item.closed_out": _("{number} is closed out."),
    "item.carried": _("{number} goes on this year with the long-term matter {earlier}; hand in its plan."),
    "item.not_carried": _("{number} is long-term, but this year does not measure it: decide how it goes on."),
    "item.reopened": _("{number} has rebounded and is open again."),
    "item.returned": _("{number} was not closed out; the work goes on."),
    "item.withdrawn": _("{number} has ended: its warning was withdrawn."),
    "item.lifted": _("{number} has ended: its warning was lifted."),
    "item.due_soon": _("{number} is due on {due}."),
    "item.overdue": _("{number} is overdue."),
    "slip.issued": _("The inspection office issued the slip {number}; answer it in time."),
    "review.confirmed": _("{number}: the follow-up review confirmed the result."),
    "review.rebounded": _("{number}: the follow-up review found that the problem came back."),
    "objectives.approved": _("The objectives of {unit} are approved; report on your key results in time."),
    "experts.asked": _("You are asked for your opinion on the indicators until {until}."),
    "consultation.convened": _("You are asked for a diagnosis of {unit} until {until}."),
    "task.transferred": _("{by} has handed a task to you: {task}, {matter}. {reason}"),
    "task.delegated": _("{by} asks for your opinion: {task}, {matter}. {reason}"),
    "task.given_back": _("{by} has given back with an opinion: {task}, {matter}. {reason}"),
    "task.taken_back": _("{by} has taken back what you were asked about: {task}, {matter}. {reason}"),
    "task.asked_to_sign": _("{by} asks for your signature: {task}, {matter}. {reason}"),
    "task.signers_done": _("The signers have spoken; you can hand in now: {task}, {matter}."),
    "task.signer_refused": _("{by} does not agree; it is a draft again: {task}, {matter}. {reason}"),
    "task.returned": _("{by} has returned it: {task}, {matter}. {reason}"),
    "task.withdrawn": _("{by} has withdrawn what was handed in: {task}, {matter}. {reason}"),
    "task.gone": _("{by} has taken away what you had before you: {task}, {matter}. {reason}"),
    "task.urged": _("{by} urges: {task}, {matter}. {reason}"),
    "task.copied": _("{by} sends you a copy: {task}, {matter}. {reason}"),
    "task.due_soon": _("It falls due on {due}: {task}, {matter}."),
    "task.overdue": _("It was due on {due}: {task}, {matter}."),
    "task.extended": _("There is time until {until}: {task}, {matter}. {reason}"),
    "task.not_extended": _("More time was refused: {task}, {matter}. {reason}"),
    "operator.asked": _("{by} asks for your confirmation: {matter}. {reason}"),
    "start.failed": _("What was to begin on {due} could not, and is tried again: {matter}. {cause}"),
    "start.passed_over": _("What was to begin on {due} could not, and is passed over: {matter}. {cause}"),
    "absence.set": _("{agent} stands in for {name} from {since} to {until}."),
    "material.asked": _("Material is asked for until {until}: {title}."),
    "record.commendation": _("Your unit has been commended."),
    "record.reminder": _("Your unit has been given a reminder."),
    "record.supervision_finding": _("The inspection office has recorded a finding about your unit."),
    "corroboration.asked": _("You are asked to confirm what is known, until {until}: {title}."),
    "special.final": _("The special assessment is final: {title}."),
    "results.publicised": _("The result of {year} is open to view."),
    "results.published": _("The result of {year} is final."),
    **hearing_words.NEWS,
    **evaluation_words.NEWS,
    **point_words.NEWS,
    **system_words.NEWS,
}


def news(told: Notification) -> str:
    """The sentence of a notification, in the reader's language."""
    facts = {name: _in_words(name, value) for name, value in told.facts.items()}
    return str(NEWS[told.kind]).format_map(facts)


def _in_words(name: str, value: Any) -> Any:
    """A fact as it was kept, a code or an ISO date, as a person reads it."""
    if name == "round":
        return words.word("round", value)
    if name == "unit":
        return texts.unit(value)
    return texts.day(date.fromisoformat(value)) if name in ("due", "until") else value
