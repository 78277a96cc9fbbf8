"""What a human task says about moves: votes, returns, withdrawal, transfer, signatures on paper, reminders."""

from collections.abc import Iterator
from typing import Final

from engine.errors import BihuanError
from engine.workflow.problems import Problem
from engine.workflow.spiff import votes
from engine.workflow.spiff.diagram import Element, Process, Value

#: Property -> the words it may hold.
WORDS: Final = {
    "withdraw": ("never", "before_open", "before_action", "forced"),
    "transfer": ("no", "group", "unit", "anyone"),
    "paper": ("yes", "no"),
}


def complaints(process: Process) -> Iterator[Problem]:
    for element in process.elements:
        if element.human:
            yield from _vote(element)
            yield from _words(element)
            yield from _returns(process, element)


def _vote(element: Element) -> Iterator[Problem]:
    if votes.RULE not in element.properties:
        return
    if element.loop is None or not element.loop.many:
        yield Problem(element.id, "error", "bad_vote", "A vote takes several people: make it a multi-instance task.")
    elif element.loop.condition is not None:
        yield Problem(element.id, "error", "bad_vote", "Its vote decides when it ends; take the condition away.")
    try:
        votes.rule_of(element)
    except BihuanError as error:
        yield Problem(element.id, "error", error.code, str(error))


def _words(element: Element) -> Iterator[Problem]:
    for name, known in WORDS.items():
        value = element.properties.get(name)
        if value is not None and value not in known:
            message = f"The property {name} is {value}; write one of {', '.join(known)}."
            yield Problem(element.id, "error", "bad_property", message)

    days = element.properties.get("remind")
    if days is not None and not (isinstance(days, str) and days.isascii() and days.isdigit()):
        message = f"The property remind is {days}; write a number of working days."
        yield Problem(element.id, "error", "bad_property", message)


def _returns(process: Process, element: Element) -> Iterator[Problem]:
    known = {each.id for each in process.elements}
    for target in targets_of(element.properties.get("return")) or ():
        if target not in known:
            message = f"It may return to {target}, and there is no such element."
            yield Problem(element.id, "error", "bad_property", message)


def targets_of(value: Value) -> tuple[str, ...] | None:
    """The elements the property ``return`` lists; None where it is not there, nothing where it says ``no``."""
    if value is None:
        return None
    text = str(value).strip()
    return () if text in ("", "no") else tuple(each.strip() for each in text.split(",") if each.strip())
