"""The files of a rehearsal put in force in the copy: definitions, parameters, indicators, and every round measured by them.

The figures stay what they were: targets, bases, verified values, exemptions, rulings. Only how they are judged changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update

from engine import importing
from engine.assessment import indicators, plans, rules, snapshots
from engine.assessment.measures import Draft, by_population, measures_of, scores_of
from engine.assessment.points import scheme
from engine.db import Context
from engine.errors import NotFound, Refused
from engine.rehearsal import offering
from engine.rehearsal.offering import Offered
from engine.rehearsal.replaying import Frozen
from engine.workflow import definitions, packages
from engine.workflow.store import Definition, Kind


class OtherDates(Refused):
    """The package.yaml changes its {what}, for which figures were collected as it stood; leave it as it is."""

    code = "other_dates"


class NoFigures(NotFound):
    """There are no figures of {what} in {year}, so it cannot be rehearsed; leave it out."""

    code = "no_figures"


#: What a ``package.yaml`` says beside dates and parameters; it decides who does what when, and no warning and no score.
_ASIDE = ("title", "roles", "start", "starts_at", "schedule", "components", "stages", "guarded")


@dataclass(frozen=True, slots=True)
class Change:
    """A definition that was given: ``decision:warning_level`` and the like, its version in force before and now."""

    name: str
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class PutInForce:
    """What was given, as the copy has it now."""

    definitions: list[Change]
    has_parameters: bool
    has_indicators: bool
    #: What else the ``package.yaml`` changes: ``package.roles`` and the like.
    aside: list[str]

    @property
    def versions(self) -> dict[str, int]:
        """Name of a definition -> the version in force."""
        return {each.name: each.now for each in self.definitions}

    @property
    def changed(self) -> list[Change]:
        """The definitions whose bytes are others than those in force."""
        return [each for each in self.definitions if each.before != each.now]

    @property
    def drawn(self) -> list[Change]:
        """The changed diagrams and tables."""
        return [each for each in self.changed if each.name.partition(":")[0] in (Kind.PROCESS, Kind.DECISION)]


def put_in_force(ctx: Context, cycle: plans.Cycle, rounds: Sequence[Frozen], offered: Offered) -> PutInForce:
    """Check and deploy what was given, and give the year its parameters and indicators.

    Raises ``definitions.DeploymentRefused``, ``importing.ImportRefused``, ``offering.NotInForce``, ``GivenTwice``,
    ``OtherDates``, ``NoFigures``, and what the warning rule or the grades say of a parameter they cannot work with.
    """
    before, old = current(ctx, cycle.package), packages.current(ctx, cycle.package)
    definitions.deploy(ctx, offered.sources, cycle.package)
    named = offering.names(cycle.package, offered.sources, before)
    now = current(ctx, cycle.package)
    new = packages.current(ctx, cycle.package)
    is_package_given = f"{Kind.PACKAGE}:{cycle.package}" in named
    if is_package_given:
        _require_same_dates(cycle, old, new)
        _take_parameters(ctx, cycle, rounds, new)
    if offered.indicators is not None:
        _take_indicators(ctx, cycle, rounds, offered.indicators)
    changes = [Change(name, before[name], now[name]) for name in sorted(named)]
    aside = [name for name in _ASIDE if getattr(old, name) != getattr(new, name)]
    return PutInForce(changes, is_package_given, offered.indicators is not None, [f"package.{name}" for name in aside])


def measure_anew(ctx: Context, cycle: plans.Cycle, rounds: Sequence[Frozen], given: PutInForce) -> list[Frozen]:
    """The rounds with their figures measured and scored by what is in force now, each as a further revision."""
    used = {each.id: each for each in indicators.in_force(ctx, cycle)} if given.has_indicators else None
    return [
        (
            round,
            _measured(ctx, round, snapshot, cycle.parameters if given.has_parameters else snapshot.parameters, used),
        )
        for round, snapshot in rounds
    ]


def current(ctx: Context, package: str) -> dict[str, int]:
    """``kind:key`` -> the version in force, for everything the package has."""
    query = select(Definition.kind, Definition.key, Definition.current_id).where(Definition.package == package)
    return {f"{kind}:{key}": current or 0 for kind, key, current in ctx.session.execute(query)}


def _require_same_dates(cycle: plans.Cycle, old: packages.Package, new: packages.Package) -> None:
    dates = [[(each.dates["key"], each.dates["as_of"]) for each in drawn.rounds(cycle.year)] for drawn in (old, new)]
    if dates[0] != dates[1]:
        raise OtherDates(what="schedule")
    if old.subject != new.subject:
        raise OtherDates(what="subject")


def _take_parameters(ctx: Context, cycle: plans.Cycle, rounds: Sequence[Frozen], new: packages.Package) -> None:
    plans.check_parameters(new.parameters)
    pinned = {name: value for name, value in cycle.parameters.items() if name in plans.PINNED - {plans.GROUPS}}
    groups = {plans.GROUPS: list(new.groups)} if new.groups is not None else {}
    if groups.get(plans.GROUPS) != cycle.parameters.get(plans.GROUPS):
        wanted = set(new.groups or (unit.group for unit in plans.assessed_units(ctx)))
        measured = {row.group for _, snapshot in rounds for row in snapshots.rows(ctx, snapshot)}
        for group in sorted(wanted - measured):
            raise NoFigures(what=group, year=cycle.year)
    old = scheme.of_cycle(cycle) if scheme.has_points(cycle) else None
    cycle.parameters = {**new.parameters, **pinned, **groups}
    if old is not None and scheme.of_cycle(cycle).categories != old.categories:
        raise OtherDates(what="points.categories")
    ctx.session.flush()


def _take_indicators(ctx: Context, cycle: plans.Cycle, rounds: Sequence[Frozen], file: definitions.Source) -> None:
    """The year's indicator system is the file: what is not in it carries no weight and is out of the year."""
    own = select(indicators.CycleIndicator.id).where(indicators.CycleIndicator.cycle_id == cycle.id)
    issued = update(rules.ScoringRules).where(rules.ScoringRules.cycle_indicator_id.in_(own))
    # In the copy the booklet is open again; in the city it stays issued.
    ctx.session.execute(issued.values(status=rules.RuleStatus.DRAFT))
    for each in indicators.of_cycle(ctx, cycle):
        each.weights, each.dropped_at = [], ctx.now
    ctx.session.flush()
    importing.import_files(ctx, [(file.name, file.content)], cycle)
    frozen = {key for _, snapshot in rounds for key in snapshots.rules_of(ctx, snapshot)}
    for each in indicators.of_cycle(ctx, cycle):
        each.dropped_at = None if each.weights else each.dropped_at
        if each.is_in_force and each.id not in frozen:
            raise NoFigures(what=each.code, year=cycle.year)
    ctx.session.flush()


def _measured(
    ctx: Context,
    round: plans.Round,
    frozen: snapshots.Snapshot,
    parameters: Mapping[str, Any],
    used: Mapping[int, indicators.CycleIndicator] | None,
) -> snapshots.Snapshot:
    made = snapshots.Snapshot(
        round_id=round.id,
        revision=frozen.revision + 1,
        published_at=frozen.published_at,
        parameters=dict(parameters),
        late=frozen.late,
        changes=[],
    )
    ctx.session.add(made)
    ctx.session.flush()
    before = snapshots.rules_of(ctx, frozen)
    ctx.session.add_all(_rules(made, before, used))
    ctx.session.flush()
    scored = round.kind == plans.RoundKind.ANNUAL
    drafts = list(_drafts(ctx, round, frozen, made))
    for (key, _), group in by_population(drafts, str(parameters["rank_scope"])).items():
        _measure(snapshots.rules_of(ctx, made)[key], group, scored=scored)
    ctx.session.add_all(snapshots.SnapshotRow(snapshot_id=made.id, **asdict(each)) for each in drafts)
    ctx.session.flush()
    return made


#: What ``indicators.csv`` says of an indicator, as a snapshot keeps it by the same names.
_SAID = ("position", "name", "responsible_unit", "direction", "measure", "method", "main")


def _rules(
    made: snapshots.Snapshot,
    before: Mapping[int, snapshots.SnapshotIndicator],
    used: Mapping[int, indicators.CycleIndicator] | None,
) -> Iterator[snapshots.SnapshotIndicator]:
    """The rules that were frozen, with what the year's indicators say now; those that are gone are left out."""
    columns = [each.key for each in snapshots.SnapshotIndicator.__mapper__.column_attrs]
    for key, old in before.items():
        if used is not None and key not in used:
            continue
        kept = {name: getattr(old, name) for name in columns}
        said = _said(used[key]) if used is not None else {}
        yield snapshots.SnapshotIndicator(**{**kept, **said, "snapshot_id": made.id})


def _said(used: indicators.CycleIndicator) -> dict[str, Any]:
    return {
        **{name: getattr(used, name) for name in _SAID},
        "category": used.indicator.category,
        "unit_of_measure": used.indicator.unit_of_measure,
        "schedule": dict(used.schedule),
        "params": dict(used.params),
        "weights": {each.group: format(each.weight, "f") for each in used.weights},
    }


def _drafts(ctx: Context, round: plans.Round, frozen: snapshots.Snapshot, made: snapshots.Snapshot) -> Iterator[Draft]:
    """The frozen rows of what is still measured, with what of their targets is due by the schedule in force."""
    before, now = snapshots.rules_of(ctx, frozen), snapshots.rules_of(ctx, made)
    groups = made.parameters.get(plans.GROUPS)
    for row in snapshots.rows(ctx, frozen):
        if row.cycle_indicator_id not in now or (groups is not None and row.group not in groups):
            continue
        old, new = before[row.cycle_indicator_id], now[row.cycle_indicator_id]
        is_due_alike = (old.measure, old.schedule) == (new.measure, new.schedule)
        yield Draft(
            cycle_indicator_id=row.cycle_indicator_id,
            unit=row.unit,
            group=row.group,
            state=row.state,
            target=row.target,
            base=row.base,
            actual=row.actual,
            detail=row.detail,
            as_of=row.as_of,
            expected=row.expected
            if is_due_alike
            else snapshots.expected_text(new.measure, new.schedule, row.as_of or round.as_of),
        )


def _measure(used: snapshots.SnapshotIndicator, group: Sequence[Draft], *, scored: bool) -> None:
    measures = measures_of(used, group)
    scores = scores_of(used, group) if scored else {}
    for each in group:
        each.progress, each.lead_points, each.rank, each.why = measures[each.unit]
        each.score = scores.get(each.unit)
