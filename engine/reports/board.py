"""The supervisor's board (闭环看板): the loop of the year at a glance (S3 4.1, D2, G3).

Everything is told of the pairs of unit and indicator that the person may see, read once. Who oversees sees them all, an
assessed unit its own, a responsible unit those of the indicators it answers for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from engine import access, calendars
from engine.assessment import (
    consultation,
    feedback,
    indicators,
    letters,
    loop,
    plans,
    rectification,
    warnings,
)
from engine.db import Context
from engine.reports import ledger
from engine.reports.comparison import Comparison, compare
from engine.reports.lights import LONG_OVERDUE, Figures, Light, figures_of, lateness, light_of
from engine.workflow.store import Incident, Instance, Status


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board is narrowed to; an empty text is everything."""

    group: str = ""
    category: str = ""
    #: Of the heat map and the comparison: main indicators alone. The loop itself is always shown whole.
    main: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of the heat map."""

    unit: str
    indicator: indicators.CycleIndicator
    light: Light
    #: Why it has this light: ``on_schedule``, ``behind``, ``yellow_warning``, ``overdue``, ``exempt`` …
    says: str
    lead: Decimal | None


@dataclass(frozen=True, slots=True)
class Block:
    """A group of units with their rows of cells, in the order of the columns."""

    group: str
    rows: list[tuple[str, list[Cell]]]


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage of the ring: how many pairs are through it, stand in it, are late in it."""

    stage: loop.Stage
    recorded: int
    #: Begun or owed, and not recorded.
    at_hand: int
    #: Of those at hand: a missing record, or a matter past its date.
    stuck: int
    #: Pairs that have come this far and no further.
    furthest: int
    oldest: datetime | None
    light: Light


@dataclass(frozen=True, slots=True)
class Overdue:
    """Overdue matters in one hand."""

    holder: str | None
    matters: int
    #: Working days of the longest.
    longest: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something that goes on by nobody's work: an incident, a suspended process, a task nobody can do, one long overdue."""

    kind: str
    title: str
    detail: str
    since: datetime
    holder: str | None = None
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class Board:
    pairs: list[loop.Pair]
    stages: list[StageLine]
    columns: list[indicators.CycleIndicator]
    blocks: list[Block]
    broken: list[loop.Pair]
    overdue: list[Overdue]
    stuck: list[Stuck]
    comparison: Comparison
    #: What one may narrow it to.
    groups: list[str]
    categories: list[str]

    @property
    def at_hand(self) -> int:
        """Pairs in which some stage has begun, or is owed, and has no record yet."""
        return sum(any(map(is_at_hand, each.steps)) for each in self.pairs)


def board(ctx: Context, cycle: plans.Cycle, asked: Asked) -> Board:
    """The whole board of what the person may see."""
    everything = visible_pairs(ctx, cycle)
    group_of = {unit.code: unit.group for unit in plans.assessed_units(ctx, cycle)}
    pairs = [each for each in everything if _is_asked(each, group_of, asked)]
    shown = [each for each in pairs if each.indicator.main or not asked.main]
    rounds = [each for each in plans.rounds(ctx, cycle) if each.published_at is not None]
    units, used = {each.unit for each in shown}, {each.indicator.id for each in shown}
    figures = {each.id: figures_of(ctx, each, units, used) for each in rounds}
    newest = figures[rounds[-1].id] if rounds else {}
    late = lateness(ctx, (item for each in pairs for item in each.items))
    columns = _columns(ctx, cycle, shown)
    return Board(
        pairs=pairs,
        stages=_stages(ctx, cycle, pairs, late),
        columns=columns,
        blocks=_blocks(shown, columns, newest, group_of, late),
        broken=loop.broken(pairs),
        overdue=_by_holder(ctx, cycle, [item for each in pairs for item in each.items], late),
        stuck=_stuck(ctx, cycle) if access.oversees(ctx) else [],
        comparison=compare([each for each in rounds if each.kind == plans.RoundKind.PRE], shown, figures),
        groups=sorted({group_of[each.unit] for each in everything}),
        categories=list(dict.fromkeys(each.indicator.indicator.category for each in everything)),
    )


def visible_pairs(ctx: Context, cycle: plans.Cycle, *, unit: str | None = None) -> list[loop.Pair]:
    """The pairs that the person may see, by unit and booklet order; of one unit where that is asked."""
    if access.oversees(ctx):
        return loop.pairs(ctx, cycle, unit=unit)
    own = access.own_units(ctx)
    judges = any(each.responsible_unit in own for each in indicators.of_cycle(ctx, cycle))
    if not judges and not own & {each.code for each in plans.assessed_units(ctx, cycle)}:
        return []
    only = unit or (next(iter(own)) if len(own) == 1 and not judges else None)
    found = loop.pairs(ctx, cycle, unit=only)
    return [_as_told(each) for each in found if each.unit in own or each.indicator.responsible_unit in own]


def _as_told(pair: loop.Pair) -> loop.Pair:
    """The pair without warnings whose letter is not out yet, nor a stage that would betray one."""
    out = tuple(each for each in pair.notices if each.status != warnings.NoticeStatus.DRAFTED)
    if len(out) == len(pair.notices):
        return pair
    step = loop.Step(loop.Stage.RECTIFICATION, loop.Standing.NOT_NEEDED)
    silent = not out and not pair.items
    steps = [step if silent and each.stage is loop.Stage.RECTIFICATION else each for each in pair.steps]
    return replace(pair, notices=out, steps=tuple(steps))


def _by_holder(
    ctx: Context, cycle: plans.Cycle, items: Iterable[rectification.Item], late: Mapping[int, int]
) -> list[Overdue]:
    """Who has the overdue ones among these matters, most first. Holders are units by code, or accounts."""
    held = ledger.holdings(ctx, cycle)
    found: dict[str | None, list[tuple[int, str]]] = {}
    for item in (each for each in items if each.id in late):
        mine = [each for each in held.get(item.number, []) if each.process == "rectification"]
        for holder, step in {(each.holder, each.step) for each in mine} or {(None, "")}:
            found.setdefault(holder, []).append((late[item.id], step))
    lines = [
        Overdue(holder, len(rows), max(days for days, _ in rows), tuple(sorted({step for _, step in rows if step})))
        for holder, rows in found.items()
    ]
    return sorted(lines, key=lambda line: (-line.matters, -line.longest, line.holder or ""))


def _is_asked(pair: loop.Pair, group_of: Mapping[str, str], asked: Asked) -> bool:
    return asked.group in ("", group_of[pair.unit]) and asked.category in ("", pair.indicator.indicator.category)


def _columns(ctx: Context, cycle: plans.Cycle, pairs: Iterable[loop.Pair]) -> list[indicators.CycleIndicator]:
    used = {each.indicator.id for each in pairs}
    return [each for each in indicators.of_cycle(ctx, cycle) if each.id in used]


def _blocks(
    pairs: Sequence[loop.Pair],
    columns: Sequence[indicators.CycleIndicator],
    figures: Figures,
    group_of: Mapping[str, str],
    late: Mapping[int, int],
) -> list[Block]:
    by_key = {(each.indicator.id, each.unit): each for each in pairs}
    blocks: dict[str, Block] = {}
    for unit in dict.fromkeys(each.unit for each in pairs):
        block = blocks.setdefault(group_of[unit], Block(group_of[unit], []))
        block.rows.append((unit, [_cell(unit, used, by_key.get((used.id, unit)), figures, late) for used in columns]))
    return [blocks[group] for group in sorted(blocks)]


def _cell(
    unit: str, used: indicators.CycleIndicator, pair: loop.Pair | None, figures: Figures, late: Mapping[int, int]
) -> Cell:
    figure = figures.get((used.id, unit))
    # A pair that is not allocated is exempt, whether or not a round has frozen it as such.
    light, says = light_of(pair, figure, late) if pair is not None else (Light.GREY, "exempt")
    return Cell(unit, used, light, says, figure.lead if figure else None)


def _stages(ctx: Context, cycle: plans.Cycle, pairs: Sequence[loop.Pair], late: Mapping[int, int]) -> list[StageLine]:
    furthest, begun, kept = loop.stage_counts(list(pairs)), _begun(ctx, cycle), loop.kept(ctx, cycle)
    return [
        _stage(stage, position, pairs, furthest[stage], begun, late)
        for position, stage in enumerate(loop.Stage)
        if stage in kept
    ]


def _stage(
    stage: loop.Stage,
    position: int,
    pairs: Sequence[loop.Pair],
    furthest: int,
    begun: Mapping[tuple[loop.Stage, str], datetime],
    late: Mapping[int, int],
) -> StageLine:
    steps = [(each, each.steps[position]) for each in pairs]
    at_hand = [each for each, step in steps if is_at_hand(step)]
    missing = sum(step.standing is loop.Standing.MISSING for _, step in steps)
    overdue = [
        late[each.items[-1].id] for each in at_hand if stage is loop.Stage.RECTIFICATION and each.items[-1].id in late
    ]
    recorded = sum(step.standing is loop.Standing.RECORDED for _, step in steps)
    since = [at for each in at_hand if (at := _since(stage, each, begun)) is not None]
    return StageLine(
        stage=stage,
        recorded=recorded,
        at_hand=len(at_hand),
        stuck=missing + len(overdue),
        furthest=furthest,
        oldest=min(since, default=None),
        light=_stage_light(recorded, len(at_hand), bool(missing or overdue), max(overdue, default=0)),
    )


def _stage_light(recorded: int, at_hand: int, is_stuck: bool, longest: int) -> Light:
    if is_stuck:
        return Light.RED if longest > LONG_OVERDUE else Light.ORANGE
    if at_hand:
        return Light.YELLOW
    return Light.GREEN if recorded else Light.GREY


def is_at_hand(step: loop.Step) -> bool:
    """Whether the stage has begun for the pair, or is owed, and has no record yet."""
    if step.standing is loop.Standing.NOT_YET:
        return step.due is not None or step.stage is loop.Stage.TARGET_DECOMPOSITION
    return step.standing is loop.Standing.MISSING


def _since(stage: loop.Stage, pair: loop.Pair, begun: Mapping[tuple[loop.Stage, str], datetime]) -> datetime | None:
    if pair.items and stage is loop.Stage.RECTIFICATION:
        return pair.items[-1].opened_at
    if pair.items and stage is loop.Stage.FOLLOW_UP_REVIEW:
        return pair.items[-1].closed_at
    return begun.get((stage, pair.unit)) or begun.get((stage, ""))


def _begun(ctx: Context, cycle: plans.Cycle) -> dict[tuple[loop.Stage, str], datetime]:
    """(stage, unit) -> since when the unit's oldest open paper of the stage is out; unit "" is the whole year's."""
    found: dict[tuple[loop.Stage, str], datetime] = {}
    rounds = [each.id for each in plans.rounds(ctx, cycle)]
    sheet, letter = feedback.FeedbackSheet, letters.Letter
    sheets = select(sheet.unit, sheet.issued_at).where(sheet.round_id.in_(rounds), sheet.signed_at.is_(None))
    papers = select(letter.unit, letter.issued_at).where(letter.round_id.in_(rounds), letter.received_at.is_(None))
    for unit, at in [*ctx.session.execute(sheets), *ctx.session.execute(papers.where(letter.issued_at.is_not(None)))]:
        found[loop.Stage.FEEDBACK, unit] = min(at, found.get((loop.Stage.FEEDBACK, unit), at))
    for held in consultation.of_cycle(ctx, cycle):
        found[loop.Stage.PERFORMANCE_CONSULTATION, held.unit] = held.proposed_at
    if cycle.started_at is not None:
        found[loop.Stage.TARGET_DECOMPOSITION, ""] = found[loop.Stage.PROCESS_MONITORING, ""] = cycle.started_at
    return found


def _stuck(ctx: Context, cycle: plans.Cycle) -> list[Stuck]:
    this_year = (Instance.package == cycle.package, Instance.key.like(f"{cycle.year}%"))
    broken = select(Instance.title, Incident.cause, Incident.opened_at).join(Instance).where(*this_year)
    asleep = select(Instance.title, Instance.started_at).where(*this_year, Instance.status == Status.SUSPENDED)
    found = [
        Stuck("incident", title, cause, at)
        for title, cause, at in ctx.session.execute(broken.where(Incident.resolved_at.is_(None)))
    ]
    found += [Stuck("suspended", title, "", at) for title, at in ctx.session.execute(asleep)]
    return sorted([*found, *_stuck_tasks(ctx, cycle)], key=lambda each: each.since)


def _stuck_tasks(ctx: Context, cycle: plans.Cycle) -> list[Stuck]:
    """Open work beside the matters (those stand under their holders) that nobody can do or that is long overdue."""
    calendar, found = calendars.calendar(ctx), []
    for key, task in ledger.open_tasks(ctx, cycle, "%"):
        late = task.due is not None and calendar.between(calendars.last_day(task.due), ctx.today) > LONG_OVERDUE
        if task.is_unattended:
            found.append(Stuck("unattended", task.step, task.title, task.since, None, task.task_id))
        elif late and not key.startswith(f"{cycle.year}/item/"):
            found.append(Stuck("late", task.step, task.title, task.since, task.holder, task.task_id))
    return found
