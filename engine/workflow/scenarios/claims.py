"""What a scenario expects, and whether it is so."""

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from engine.workflow.scenarios.script import instant, mapping
from engine.workflow.spiff import Machine


def wrong(machine: Machine, claims: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """What was expected and what is, of the claims that do not hold; None where all of them do."""
    found = {claim: _CLAIMS[claim](machine, wanted) for claim, wanted in claims.items()}
    actual = {claim: is_so for claim, (holds, is_so) in found.items() if not holds}
    return ({claim: _shown(claims[claim]) for claim in actual}, actual) if actual else None


def _open(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    found = sorted(task.element for task in machine.tasks)
    return isinstance(wanted, list) and sorted(map(str, wanted)) == found, found


def _finished(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    return wanted is machine.finished, machine.finished


def _variables(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    """Only the names that are claimed; a variable that is not there is null."""
    names = mapping(wanted, "variables")
    found = {name: _shown(machine.variables.get(name)) for name in names}
    return all(_same(found[name], _shown(value)) for name, value in names.items()), found


def _due(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    found = machine.due
    return (None if wanted is None else instant(wanted)) == found, _shown(found)


def _incident(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    found = sorted(incident.element for incident in machine.incidents)
    if isinstance(wanted, list):
        return sorted(map(str, wanted)) == found, found
    return (wanted in found) if wanted is not None else not found, found


def _visited(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    found = list(machine.visited)
    return wanted == found, found


def _visited_has(machine: Machine, wanted: Any) -> tuple[bool, Any]:
    found = iter(machine.visited)
    return isinstance(wanted, list) and all(name in found for name in wanted), list(machine.visited)


_CLAIMS: Final[Mapping[str, Callable[[Machine, Any], tuple[bool, Any]]]] = {
    "open": _open,
    "finished": _finished,
    "variables": _variables,
    "due": _due,
    "incident": _incident,
    "visited": _visited,
    "visited_has": _visited_has,
}


def _shown(value: Any) -> Any:
    """A value as the script would write it: whole numbers plain, dates and times as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value


def _same(found: Any, wanted: Any) -> bool:
    """Equal, and of one kind: 1 is not true."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[name], wanted[name]) for name in found)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    return bool(found == wanted)
