"""Complaints about expressions, scripts and the names they read."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.errors import BihuanError
from engine.workflow.problems import Problem
from engine.workflow.spiff import moments, waiting
from engine.workflow.spiff.diagram import Element, Formula, Process, Value
from engine.workflow.spiff.libraries import Library
from engine.workflow.spiff.names import read_names, unsupplied

_LANGUAGES = ("feel", "juel")
_SOME_DAY = datetime(2026, 1, 5, tzinfo=moments.LOCAL)


def complaints(process: Process, library: Library) -> Iterator[Problem]:
    for element in process.elements:
        yield from _script(element)
        yield from _timers(element)
        said = [element.script] if element.script and not element.script.text else []
        said += [
            event.when for event in element.events if isinstance(event.when, Formula) and _is_no_expression(event.when)
        ]
        for where, formula in element.formulas():
            if not any(formula is each for each in said):
                yield from _formula(where, formula)
    yield from _names(process, library)


def _formula(where: str, formula: Formula) -> Iterator[Problem]:
    language = (formula.language or "feel").lower()
    if not any(known in language for known in _LANGUAGES):
        message = f'{where}: it is in {formula.language}; write FEEL (a script says scriptFormat="feel").'
        yield Problem(where, "error", "script", message)
        return
    try:
        formula.expression  # noqa: B018
    except BihuanError as error:
        yield Problem(where, "error", error.code, f"{where}: “{formula.text}”: {error}")


def _script(element: Element) -> Iterator[Problem]:
    if element.script is not None and not element.script.text:
        yield Problem(element.id, "error", "script", f"{element.id}: it holds no script; write FEEL in it.")
    if element.kind == "scriptTask" and element.result is None and not element.outputs:
        yield Problem(element.id, "warning", "no_result", f"{element.id}: nothing takes up what the script gives.")


def _timers(element: Element) -> Iterator[Problem]:
    """A literal moment is tried, and every time at which a process begins; what another expression gives is known when it
    is asked."""
    for event in element.events:
        if _is_no_expression(event.when):
            error = moments.NoMoment(str(event.when))
            yield Problem(element.id, "error", error.code, f"{element.id}: {error}")
            continue
        begins = element.kind == "startEvent" and element.scope == element.process
        if event.kind != "timer" or event.when is None or not (begins or isinstance(event.when, str)):
            continue
        try:
            waiting.start_timer(event, _SOME_DAY, lambda day, count: day + timedelta(days=count))
        except BihuanError as error:
            why = f"nothing but the time is known before a matter begins: {error}" if begins else str(error)
            yield Problem(element.id, "error", error.code, f"{element.id}: {why}")


def _is_no_expression(when: Value) -> bool:
    """Whether a time was meant as a literal, such as a cron line, and is none we know."""
    if not isinstance(when, Formula) or when.text.startswith(("=", "${", "#{")):
        return False
    if moments.looks_literal(when.text):
        return True
    try:
        when.expression  # noqa: B018
    except BihuanError:
        return True
    return False


def _names(process: Process, library: Library) -> Iterator[Problem]:
    """Each once, where it is read first."""
    missing = set(unsupplied(process, library))
    for element in process.elements:
        for where, names in read_names(element):
            for name in sorted(names & missing):
                missing.discard(name)
                reason = f"no start variable, form field or output can supply {name}"
                yield Problem(where, "warning", "unknown_name", f"{where}: {reason}.")
