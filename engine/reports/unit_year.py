"""A unit's year: the assessed unit's rounds, indicators, letters and matters; the responsible unit's indicators and sheets.

An assessed unit reads its own page and no other's; its place in the group is told without naming anybody (S3 4.1, F3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select

from engine import access, audit, people
from engine.assessment import (
    feedback,
    indicators,
    letters,
    loop,
    plans,
    ranking,
    readings,
    rectification,
    results,
    scoring,
    snapshots,
    targets,
    warnings,
)
from engine.db import Context
from engine.reports import board, ledger, lights


@dataclass(frozen=True, slots=True)
class UnitRound:
    """One published pre-assessment of one unit, over the indicators that are warned of."""

    round: plans.Round
    ranked: int
    on_schedule: int
    warned: int
    red: int
    #: Place in the group by the share of indicators on schedule, for orientation only; None when nothing is ranked.
    place: int | None
    #: Units of the group that have a place.
    of: int


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in the list of assessed units."""

    unit: people.Unit
    signature: targets.TargetSignature | None
    #: One for every round that is published, in the order of the plan.
    rounds: list[UnitRound]
    result: results.Result | None
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    used: indicators.CycleIndicator
    target: targets.Target
    figure: lights.Figure | None
    light: lights.Light
    says: str
    #: Verified figures by date: the ends of earlier years, then the latest of this one.
    trend: list[tuple[date, Decimal]]
    item: rectification.Item | None


@dataclass(frozen=True, slots=True)
class AssessedYear:
    line: UnitLine
    indicators: list[IndicatorLine]
    letters: list[letters.Letter]
    sheets: list[tuple[plans.Round, feedback.FeedbackSheet]]
    matters: list[ledger.Line]
    waiting: list["Waiting"]
    #: The signing has closed and the unit has not answered.
    owes_signature: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """An indicator in the hands of the unit that answers for it."""

    used: indicators.CycleIndicator
    ranked: int
    on_schedule: int
    missing: int
    warned: int
    open: int
    overdue: int
    mean_lead: Decimal | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open tasks of one step that stand with a unit, what is due first on top."""

    process: str
    step: str
    tasks: list[ledger.Holding]


@dataclass(frozen=True, slots=True)
class ResponsibleYear:
    unit: people.Unit
    #: The round the figures are of; None before one is published.
    round: plans.Round | None
    indicators: list[Judged]
    sheets: list[tuple[plans.Round, readings.Sheet]]
    waiting: list["Waiting"]


def assessed_lines(ctx: Context, cycle: plans.Cycle) -> list[UnitLine]:
    """The assessed units that the person may see, by group and code."""
    seen = [each for each in plans.assessed_units(ctx, cycle) if _may_see(ctx, each.code)]
    return sorted(_lines(ctx, cycle, seen), key=lambda line: (line.unit.group, line.unit.code))


def responsible_units(ctx: Context, cycle: plans.Cycle) -> list[tuple[people.Unit, int]]:
    """The units that answer for indicators and how many, of those the person may see."""
    counts: dict[str, int] = {}
    for each in indicators.of_cycle(ctx, cycle):
        counts[each.responsible_unit] = counts.get(each.responsible_unit, 0) + 1
    return [(each, counts[each.code]) for each in people.units(ctx) if each.code in counts and _may_see(ctx, each.code)]


def unit(ctx: Context, code: str) -> people.Unit:
    """A unit whose page the person may open. Raises ``NotYours`` for another."""
    found = people.unit(ctx, code)
    access.require_unit(ctx, code)
    return found


def assessed(ctx: Context, cycle: plans.Cycle, found: people.Unit) -> AssessedYear:
    """The year of an assessed unit. Raises ``NotYours``."""
    access.require_unit(ctx, found.code)
    pairs = board.visible_pairs(ctx, cycle, unit=found.code)
    published = _published(ctx, cycle)
    line = _lines(ctx, cycle, [found])[0]
    mine = ledger.Wanted(unit=found.code, standing="open", sort="due")
    return AssessedYear(
        line=line,
        indicators=_indicator_lines(ctx, cycle, found.code, pairs, published),
        letters=_letters(ctx, cycle, found.code),
        sheets=_feedback(ctx, cycle, found.code),
        matters=ledger.page(ctx, cycle, mine, limit=200).lines,
        waiting=waiting_at(ctx, cycle, found.code),
        owes_signature=line.signature is None and signing_closed(ctx, cycle),
    )


def responsible(ctx: Context, cycle: plans.Cycle, found: people.Unit) -> ResponsibleYear:
    """The year of a unit that answers for indicators, or leads. Raises ``NotYours``."""
    access.require_unit(ctx, found.code)
    used = indicators.of_unit(ctx, cycle, found.code)
    published = _published(ctx, cycle)
    sheets = {
        each.round_id: each
        for each in ctx.session.scalars(select(readings.Sheet).where(readings.Sheet.unit == found.code))
    }
    rounds = plans.rounds(ctx, cycle)
    return ResponsibleYear(
        unit=found,
        round=published[-1] if published else None,
        indicators=_judged(ctx, cycle, used, published[-1] if published else None),
        sheets=[(each, sheets[each.id]) for each in rounds if each.id in sheets],
        waiting=waiting_at(ctx, cycle, found.code),
    )


def waiting_at(ctx: Context, cycle: plans.Cycle, code: str) -> list[Waiting]:
    """The open tasks of the year that stand with the unit, by step, what is due first on top.

    What waits for a role of the whole city is for those who oversee, not for everybody with a desk in that office.
    """
    oversees = access.oversees(ctx)
    standing = (each for _, each in ledger.open_tasks(ctx, cycle, "%") if each.holder == code)
    mine = [each for each in standing if oversees or not each.is_of_role]
    found: dict[tuple[str, str], list[ledger.Holding]] = {}
    for each in sorted(mine, key=lambda each: (each.due is None, each.due or each.since, each.task_id)):
        found.setdefault((each.process, each.step), []).append(each)
    return [Waiting(process, step, tasks) for (process, step), tasks in found.items()]


def signing_closed(ctx: Context, cycle: plans.Cycle) -> bool:
    """Whether the time to sign for the year's targets is over; a signature is then marked late."""
    entry = audit.Entry
    query = select(entry.id).where(entry.chain == plans.chain_of(cycle), entry.act == "targets.close_signing")
    return ctx.session.scalars(query.limit(1)).first() is not None


def _may_see(ctx: Context, code: str) -> bool:
    return access.oversees(ctx) or code in access.own_units(ctx)


def _published(ctx: Context, cycle: plans.Cycle) -> list[plans.Round]:
    return [each for each in plans.rounds(ctx, cycle) if each.published_at is not None]


def _lines(ctx: Context, cycle: plans.Cycle, wanted: Sequence[people.Unit]) -> list[UnitLine]:
    signed, open_matters = targets.signatures(ctx, cycle), ledger.open_by_unit(ctx, cycle)
    groups = {unit.group for unit in wanted}
    members = [unit for unit in plans.assessed_units(ctx, cycle) if unit.group in groups]
    pre = [each for each in _published(ctx, cycle) if each.kind == plans.RoundKind.PRE]
    told = [_told(ctx, cycle, round, members) for round in pre]
    final = _results(ctx, cycle)
    return [
        UnitLine(
            unit,
            signed.get(unit.code),
            [by_unit[unit.code] for by_unit in told],
            final.get(unit.code),
            *open_matters.get(unit.code, (0, 0)),
        )
        for unit in wanted
    ]


def _told(ctx: Context, cycle: plans.Cycle, round: plans.Round, members: Sequence[people.Unit]) -> dict[str, UnitRound]:
    watched = [each.id for each in indicators.of_cycle(ctx, cycle) if warnings.is_watched(cycle, each)]
    figures = lights.figures_of(ctx, round, [unit.code for unit in members], watched)
    leads: dict[str, list[Decimal]] = {unit.code: [] for unit in members}
    for (_, code), figure in figures.items():
        if figure.lead is not None:
            leads[code].append(figure.lead)
    levels = _levels(ctx, round)
    places = _places(leads, members)
    made = {}
    for unit in members:
        known, warned = leads[unit.code], levels.get(unit.code, {})
        place, of = places[unit.code]
        on_schedule = sum(lead >= 0 for lead in known)
        red = warned.get("red", 0)
        made[unit.code] = UnitRound(round, len(known), on_schedule, sum(warned.values()), red, place, of)
    return made


def _places(
    leads: Mapping[str, Sequence[Decimal]], members: Sequence[people.Unit]
) -> dict[str, tuple[int | None, int]]:
    """Unit -> place in its group by the share of indicators on schedule, and how many have one."""
    shares = {
        code: scoring.half_up(Fraction(sum(lead >= 0 for lead in known), len(known)), 12) if known else None
        for code, known in leads.items()
    }
    found: dict[str, tuple[int | None, int]] = {}
    for group in {unit.group for unit in members}:
        own = {unit.code: shares[unit.code] for unit in members if unit.group == group}
        of = sum(share is not None for share in own.values())
        found |= {code: (place, of) for code, place in ranking.ranks(own).items()}
    return found


def _levels(ctx: Context, round: plans.Round) -> dict[str, dict[str, int]]:
    """Unit -> level -> how many warnings of the round have gone out and were not withdrawn."""
    notice = warnings.Notice
    silent = [warnings.NoticeStatus.DRAFTED, warnings.NoticeStatus.WITHDRAWN]
    query = select(notice.unit, notice.level, func.count()).where(notice.round_id == round.id)
    found: dict[str, dict[str, int]] = {}
    for code, level, count in ctx.session.execute(
        query.where(notice.status.not_in(silent)).group_by(notice.unit, notice.level)
    ):
        found.setdefault(code, {})[level] = count
    return found


def _results(ctx: Context, cycle: plans.Cycle) -> dict[str, results.Result]:
    """Unit -> its result of the year, once it is open to view; who oversees sees what is proposed as well."""
    try:
        found = results.of_cycle(ctx, cycle)
    except results.NoResult:
        return {}
    return {each.unit: each for each in found} if access.oversees(ctx) or results.is_public(found) else {}


def _indicator_lines(
    ctx: Context, cycle: plans.Cycle, code: str, pairs: Sequence[loop.Pair], published: Sequence[plans.Round]
) -> list[IndicatorLine]:
    allocated = targets.of_unit(ctx, cycle, code)
    ids = [used.id for used, _ in allocated]
    figures = lights.figures_of(ctx, published[-1], [code], ids) if published else {}
    by_indicator = {each.indicator.id: each for each in pairs}
    trends = _trends(ctx, cycle, code, published)
    late = lights.lateness(ctx, (item for each in pairs for item in each.items))
    made = []
    for used, target in allocated:
        pair, figure = by_indicator.get(used.id), figures.get((used.id, code))
        light, says = lights.light_of(pair, figure, late) if pair is not None else (lights.Light.GREY, "exempt")
        item = pair.items[-1] if pair is not None and pair.items else None
        made.append(IndicatorLine(used, target, figure, light, says, trends.get(used.indicator_id, []), item))
    return made


def _trends(
    ctx: Context, cycle: plans.Cycle, code: str, published: Sequence[plans.Round]
) -> dict[int, list[tuple[date, Decimal]]]:
    """Library indicator -> the unit's verified figures: the last of each earlier year and the latest published one."""
    kept = readings.Reading
    query = select(kept.indicator_id, kept.as_of, kept.verified).where(
        kept.unit == code, kept.status == readings.ReadingStatus.VERIFIED, kept.verified.is_not(None)
    )
    until = max([each.as_of for each in published], default=date(cycle.year - 1, 12, 31))
    by_year: dict[int, dict[int, tuple[date, Decimal]]] = {}
    for indicator, as_of, value in ctx.session.execute(query.order_by(kept.as_of, kept.number)):
        if value is not None and as_of <= until:
            by_year.setdefault(indicator, {})[as_of.year] = (as_of, value)
    return {indicator: list(years.values()) for indicator, years in by_year.items()}


def _letters(ctx: Context, cycle: plans.Cycle, code: str) -> list[letters.Letter]:
    rounds = [each.id for each in plans.rounds(ctx, cycle)]
    query = select(letters.Letter).where(letters.Letter.unit == code, letters.Letter.round_id.in_(rounds))
    if not access.oversees(ctx):
        query = query.where(letters.Letter.issued_at.is_not(None))
    return list(ctx.session.scalars(query.order_by(letters.Letter.id)))


def _feedback(ctx: Context, cycle: plans.Cycle, code: str) -> list[tuple[plans.Round, feedback.FeedbackSheet]]:
    sheet = feedback.FeedbackSheet
    query = select(plans.Round, sheet).join(sheet, sheet.round_id == plans.Round.id)
    query = query.where(plans.Round.cycle_id == cycle.id, sheet.unit == code).order_by(plans.Round.position)
    return list(ctx.session.execute(query).all())


def _judged(
    ctx: Context, cycle: plans.Cycle, used: Sequence[indicators.CycleIndicator], round: plans.Round | None
) -> list[Judged]:
    units = [each.code for each in plans.assessed_units(ctx, cycle)]
    figures = lights.figures_of(ctx, round, units, [each.id for each in used]) if round is not None else {}
    by_indicator: dict[int, list[lights.Figure]] = {}
    for (indicator_id, _), figure in figures.items():
        by_indicator.setdefault(indicator_id, []).append(figure)
    warned = _warned(ctx, round, used) if round is not None else {}
    items = _open_items(ctx, cycle, used)
    late = lights.lateness(ctx, (item for found in items.values() for item in found))
    return [
        _judge(late, each, by_indicator.get(each.id, []), warned.get(each.id, 0), items.get(each.id, []))
        for each in used
    ]


def _judge(
    late: Mapping[int, int],
    used: indicators.CycleIndicator,
    figures: Iterable[lights.Figure],
    warned: int,
    items: Sequence[rectification.Item],
) -> Judged:
    known = list(figures)
    leads = [each.lead for each in known if each.lead is not None]
    return Judged(
        used=used,
        ranked=len(leads),
        on_schedule=sum(lead >= 0 for lead in leads),
        missing=sum(each.state == snapshots.State.MISSING for each in known),
        warned=warned,
        open=len(items),
        overdue=sum(each.id in late for each in items),
        mean_lead=scoring.half_up(sum(map(Fraction, leads), Fraction(0)) / len(leads), 2) if leads else None,
    )


def _warned(ctx: Context, round: plans.Round, used: Sequence[indicators.CycleIndicator]) -> dict[int, int]:
    notice = warnings.Notice
    silent = [warnings.NoticeStatus.DRAFTED, warnings.NoticeStatus.WITHDRAWN]
    query = select(notice.cycle_indicator_id, func.count()).where(
        notice.round_id == round.id,
        notice.cycle_indicator_id.in_([each.id for each in used]),
        notice.status.not_in(silent),
    )
    return dict(ctx.session.execute(query.group_by(notice.cycle_indicator_id)).all())


def _open_items(
    ctx: Context, cycle: plans.Cycle, used: Sequence[indicators.CycleIndicator]
) -> dict[int, list[rectification.Item]]:
    item = rectification.Item
    query = select(item).where(item.cycle_id == cycle.id, item.cycle_indicator_id.in_([each.id for each in used]))
    found: dict[int, list[rectification.Item]] = {}
    for each in ctx.session.scalars(query.where(item.status.in_(rectification.OPEN))):
        found.setdefault(each.cycle_indicator_id, []).append(each)
    return found
