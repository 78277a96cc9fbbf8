"""What would have happened (推演): a year replayed in a copy under other tables, parameters, indicators or diagrams.

Every round whose figures are frozen is judged twice from the same figures, by what was in force and by what is given; the
two are laid beside each other. The city itself is only read.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine import backups
from engine.assessment import plans, scoring
from engine.assessment.points import scheme
from engine.db import Context, Database, transaction
from engine.errors import NotFound, Refused
from engine.rehearsal import changing, comparing, offering, points, replaying, stories
from engine.rehearsal.comparing import changed
from engine.rehearsal.outcomes import Outcome, RoundOutcome
from engine.workflow import packages
from engine.workflow.store import Kind

__all__ = ["NothingFrozen", "NothingToReplay", "rehearse"]


class NothingFrozen(NotFound):
    """No round of {year} is published yet, so there is nothing to replay; rehearse when the first one is."""

    code = "nothing_frozen"


class NothingToReplay(Refused):
    """Nothing that is changed can be replayed: {names}. Give tables, parameters of the rules, or indicators."""

    code = "nothing_to_replay"


def rehearse(database: Database, package: str | None, year: int, paths: Iterable[Path]) -> dict[str, Any]:
    """The year before and after, and what differs, as one JSON document; the default package where none is named.

    Raises what ``offering.read`` and ``changing.put_in_force`` refuse, ``plans.NoCycle``, ``NothingFrozen``,
    ``NothingToReplay``, ``year.NoPointsYet``, ``replaying.NoScore``.
    """
    offered = offering.read(paths)
    with backups.copied(database) as copy, transaction(copy) as ctx:
        cycle = plans.find(ctx, package or packages.default_key(ctx), year)
        return _rehearsed(ctx, cycle, offered)


def _rehearsed(ctx: Context, cycle: plans.Cycle, offered: offering.Offered) -> dict[str, Any]:
    replay = _of_points if scheme.has_points(cycle) else _of_figures
    before, record, given, after = replay(ctx, cycle, offered)
    played = stories.play(ctx, cycle.package, given.drawn, changing.current(ctx, cycle.package))
    left = _not_replayed(before, after, given, played)
    if left and not (played or _is_ruled_otherwise(before, after)):
        raise NothingToReplay(names=", ".join(left))
    found = [*comparing.differences(before, after), *comparing.of_stories(played)]
    otherwise = [each.as_json() for each in comparing.differences(before, record)]
    return {
        "before": {**_document(cycle, before, after), "stories": _held(played, 0), "recorded_otherwise": otherwise},
        "after": {**_document(cycle, after, before), "stories": _held(played, 1), "not_replayed": left},
        "differences": [each.as_json() for each in found],
    }


#: Before, as recorded, what was put in force, after.
_Replayed = tuple[Outcome, Outcome, changing.PutInForce, Outcome]


def _of_figures(ctx: Context, cycle: plans.Cycle, offered: offering.Offered) -> _Replayed:
    rounds = replaying.frozen(ctx, cycle)
    if not rounds:
        raise NothingFrozen(year=cycle.year)
    graded = replaying.is_graded(ctx, rounds)
    before = replaying.replay(ctx, cycle, rounds, {}, graded=graded)
    record = replaying.recorded(ctx, cycle, before, rounds)
    given = changing.put_in_force(ctx, cycle, rounds, offered)
    anew = changing.measure_anew(ctx, cycle, rounds, given)
    return before, record, given, replaying.replay(ctx, cycle, anew, given.versions, graded=graded)


def _of_points(ctx: Context, cycle: plans.Cycle, offered: offering.Offered) -> _Replayed:
    before, record = points.replay(ctx, cycle), points.recorded(ctx, cycle)
    given = changing.put_in_force(ctx, cycle, [], offered)
    return before, record, given, points.replay(ctx, cycle)


def _not_replayed(
    before: Outcome, after: Outcome, given: changing.PutInForce, played: Iterable[stories.Story]
) -> list[str]:
    """What is changed and neither decides anything in a replay nor goes into a scenario."""
    unread = _changed_parameters(before, after) - comparing.replayed_parameters(before, after)
    judging = {
        f"{Kind.DECISION}:{name}" for outcome in (before, after) for each in outcome.rounds for name in each.tables
    }
    shown = judging.union(*(each.reached for each in played))
    # What a package.yaml changes is told one by one.
    idle = [each.name for each in given.changed if each.name not in shown and not each.name.startswith(Kind.PACKAGE)]
    return sorted([*given.aside, *idle, *(f"parameters.{name}" for name in unread)])


def _is_ruled_otherwise(before: Outcome, after: Outcome) -> bool:
    """Whether anything that decides is another one."""
    pairs = zip(before.rounds, after.rounds, strict=True)
    if any((old.rules, old.tables) != (new.rules, new.tables) for old, new in pairs):
        return True
    return bool(_changed_parameters(before, after) & comparing.replayed_parameters(before, after))


def _changed_parameters(before: Outcome, after: Outcome) -> set[str]:
    pairs = zip(before.rounds, after.rounds, strict=True)
    return {name for old, new in pairs for name in changed(old.parameters, new.parameters)} - {plans.COMPONENTS}


def _held(played: Iterable[stories.Story], side: int) -> list[dict[str, Any]]:
    return [
        {"story": each.name, "process": each.process, "holds": (each.before, each.after)[side].ok} for each in played
    ]


def _document(cycle: plans.Cycle, outcome: Outcome, other: Outcome) -> dict[str, Any]:
    return {
        "package": cycle.package,
        "cycle": cycle.year,
        "rounds": [_round(each, other.round(each.key)) for each in outcome.rounds],
        "consultations": [
            {"unit": unit, **(comparing.consultation(called) or {})}
            for unit, called in sorted(outcome.consultations.items())
        ],
        "results": [
            {
                "unit": unit,
                "group": each.group,
                "score": None if each.score is None else scoring.digits(each.score),
                "rank": each.rank,
                "grade": each.grade,
                "standard": each.standard,
            }
            for unit, each in sorted(outcome.results.items())
        ],
    }


def _round(outcome: RoundOutcome, other: RoundOutcome) -> dict[str, Any]:
    """A round with its warnings and figures, and those of its rules that are other ones than beside it."""
    parameters = changed(outcome.parameters, other.parameters) - {plans.COMPONENTS}
    return {
        "round": outcome.key,
        "as_of": str(outcome.as_of),
        "parameters": {name: _plain(outcome.parameters.get(name)) for name in sorted(parameters)},
        "indicators": _rules(outcome.rules, other.rules),
        "tables": dict(sorted(outcome.tables.items())),
        "warned": [{**pair._asdict(), **comparing.warning(told)} for pair, told in sorted(outcome.warned.items())],
        "figures": [{**pair._asdict(), **comparing.figure(known)} for pair, known in sorted(outcome.figures.items())],
    }


def _rules(own: Mapping[str, Mapping[str, Any]], other: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Indicator -> the fields of its rule that are other ones; all of an indicator the other side does not have."""
    found = {code: changed(rule, other.get(code, {})) for code, rule in sorted(own.items())}
    return {code: {name: own[code][name] for name in sorted(names)} for code, names in found.items() if names}


def _plain(value: Any) -> Any:
    """A decimal is printed as text, also the one a package.yaml holds as a number."""
    return str(value) if isinstance(value, float) else value
