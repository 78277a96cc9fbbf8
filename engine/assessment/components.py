"""The components of a result: what must all be there before the year's result is worked out (M1).

A package names them in ``package.yaml``: each with its indicators, which must have scores, and its records. The year keeps
those its package had when it was made. A unit that is exempt from all indicators of a component needs nothing of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.assessment import debriefings, indicators, panels, plans, snapshots, spot_checks, targets
from engine.db import Context
from engine.errors import Invalid, Refused
from engine.workflow import packages


class ComponentMissing(Refused):
    """{component} is not complete: {count} units lack it, such as {unit} ({what}). All components are needed first."""

    code = "component_missing"


#: Word of ``records:`` -> the units of which there is such a record in the year.
RECORDS: Mapping[str, Callable[[Context, plans.Cycle], set[str]]] = {
    "debriefing": debriefings.debriefed,
    "spot_check": spot_checks.checked,
    "panel": panels.judged,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One component: unit -> what it lacks, an indicator's code or a kind of record; empty when it is complete."""

    key: str
    title: Mapping[str, str]
    units: tuple[str, ...]
    lacking: Mapping[str, str]
    #: Its indicators have no scores yet, because the year's figures are not frozen.
    awaits_scores: bool
    #: Whether records count for it as well: of those it is known at any time who has them.
    has_records: bool


def standings(ctx: Context, cycle: plans.Cycle) -> list[Standing]:
    """How far each component of the year is, in the order of its package's ``package.yaml``."""
    return [_standing(ctx, cycle, each) for each in _drawn(ctx, cycle)]


def lacking(ctx: Context, cycle: plans.Cycle, key: str) -> list[str]:
    """The units that lack a component. Raises ``Invalid`` for one the package does not have."""
    found = next((each for each in standings(ctx, cycle) if each.key == key), None)
    if found is None:
        raise Invalid("The package has no component {name}.", name=key)
    return sorted(found.lacking)


def require_complete(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``ComponentMissing``, naming the first component that a unit lacks."""
    for each in standings(ctx, cycle):
        if each.lacking:
            unit, what = min(each.lacking.items())
            name = each.title.get("zh") or each.key
            raise ComponentMissing(component=name, count=len(each.lacking), unit=unit, what=what)


def _drawn(ctx: Context, cycle: plans.Cycle) -> list[packages.Component]:
    """Those the year was made with; a year made before they were kept has those of the deployed package."""
    kept = cycle.parameters.get(plans.COMPONENTS)
    if kept is None:
        return list(packages.current(ctx, cycle.package).components)
    return [
        packages.Component(each["key"], each["title"], tuple(each["indicators"]), tuple(each["records"]))
        for each in kept
    ]


def _standing(ctx: Context, cycle: plans.Cycle, drawn: packages.Component) -> Standing:
    used = {each.code: each for each in indicators.of_cycle(ctx, cycle)}
    if strange := [code for code in drawn.indicators if code not in used]:
        raise Invalid("There is no indicator {code} in the cycle.", code=strange[0])
    wanted = _wanted(ctx, cycle, [used[code] for code in drawn.indicators])
    units = sorted({unit for unit, _ in wanted})
    known = {kind: RECORDS[kind](ctx, cycle) for kind in drawn.records}
    found = {unit: kind for kind, having in known.items() for unit in units if unit not in having}
    unscored = _unscored(ctx, cycle, wanted)
    return Standing(
        drawn.key,
        drawn.title,
        tuple(units),
        {**(unscored or {}), **found},
        awaits_scores=bool(wanted) and unscored is None,
        has_records=bool(drawn.records),
    )


def _wanted(ctx: Context, cycle: plans.Cycle, used: list[indicators.CycleIndicator]) -> dict[tuple[str, int], str]:
    """(unit, indicator of the year) -> its code, for the places that count."""
    found = {}
    given = targets.of_cycle(ctx, cycle)
    for unit in plans.assessed_units(ctx, cycle):
        for each in used:
            target = given.get((each.id, unit.code))
            if each.weight(unit.group) and not (target is not None and target.exempt):
                found[unit.code, each.id] = each.code
    return found


def _unscored(ctx: Context, cycle: plans.Cycle, wanted: Mapping[tuple[str, int], str]) -> dict[str, str] | None:
    """Unit -> an indicator without a score in the frozen figures of the annual round; None before they are frozen."""
    frozen = snapshots.of_round(ctx, plans.annual_round(ctx, cycle))
    if not frozen:
        return None
    scored = {(row.unit, row.cycle_indicator_id) for row in snapshots.rows(ctx, frozen[-1]) if row.score is not None}
    return {unit: code for (unit, used), code in wanted.items() if (unit, used) not in scored}
