"""The sheet on which a responsible unit enters a round: its own indicators over all assessed units.

Who belongs to the unit and who oversees everything may read it; its clerks write on it, those of a data unit on the
columns of their own figures, as long as collection is open or
a revision of the indicator is under way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine import access, people, workflow
from engine.assessment import indicators, plans, ranking, readings, revisions, scoring, writers
from engine.db import Context
from engine.errors import Invalid
from engine.reports import details
from engine.workflow.store import Task, TaskStatus

#: Operations of the tasks by which a sheet is handed to the unit's leader and signed, and those of a revision.
OF_SHEET = ("readings.submit", "readings.sign")
OF_REVISION = ("readings.submit_revision", "readings.sign_revision")


class OutsideRound(Invalid):
    """{day} does not belong to this round; its figures are dated from {first} to {last}."""

    code = "outside_round"


@dataclass(frozen=True, slots=True)
class Place:
    """One unit on one indicator, as it stands on the sheet; figures are text, empty where there is none."""

    unit: str
    target: Decimal | None
    exempt: bool
    reported: str
    #: Empty where it is the reported one: only what differs is written a second time.
    verified: str
    #: What the superior publishes of the same matter.
    superior: str
    detail: str
    #: The stored detail, kept as long as its text is not changed.
    stored_detail: Mapping[str, Any]
    entered_by: str | None
    #: The day the figure is dated; None while there is none.
    as_of: date | None
    #: The last verified figure of an earlier round.
    last: Decimal | None
    last_as_of: date | None
    lead_points: Decimal | None
    rank: int | None
    ranked: int
    why: str | None


@dataclass(frozen=True, slots=True)
class Block:
    """An indicator's columns."""

    indicator: indicators.CycleIndicator
    as_of: date
    #: The person asked for this date: what is entered next is dated so, whatever it was dated before.
    dated: bool
    #: Share of the target due at ``as_of``, as a fraction or a decimal.
    expected: str
    pending: readings.Pending | None
    editable: bool
    #: A revision of a published round is open for it.
    revised: bool
    #: Whether its method needs more than a figure, and what that is called.
    detail: str | None
    #: Whether the superior publishes a figure of its own, which then stands beside ours.
    superior: bool
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class EntrySheet:
    cycle: plans.Cycle
    round: plans.Round
    unit: str
    status: str
    return_note: str | None
    blocks: Sequence[Block]
    #: The rows, by group and code.
    units: Sequence[people.Unit]
    #: The open task by which the acting person hands it in or signs it.
    task: Task | None
    #: The first day its figures may be dated; the last is the round's.
    first: date

    @property
    def editable(self) -> bool:
        return any(block.editable for block in self.blocks)

    def block(self, code: str) -> Block | None:
        return next((block for block in self.blocks if block.indicator.code == code), None)


def sheet(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    unit: str,
    *,
    as_of: Mapping[str, date] | None = None,
    only: str | None = None,
) -> EntrySheet:
    """The unit's sheet of the round. Raises ``NotYours`` for other units, ``UnknownUnit`` for none.

    ``as_of`` dates what is entered next, by indicator; ``only`` shows one indicator, as in a revision. Raises
    ``OutsideRound`` for a date that belongs to another round.
    """
    people.unit(ctx, unit)
    seen = writers.read(ctx, cycle, unit)
    held = ctx.session.scalar(
        select(readings.Sheet).where(readings.Sheet.round_id == round.id, readings.Sheet.unit == unit)
    )
    status = held.status if held else str(readings.SheetStatus.OPEN)
    cells = [each for each in readings.cells(ctx, cycle, round, unit, only=only) if each.indicator.code in seen]
    blocks = _blocks(ctx, cycle, round, unit, cells, as_of or {}, status)
    rows = [each for each in plans.assessed_units(ctx, cycle) if any(each.code in block.places for block in blocks)]
    return EntrySheet(
        cycle=cycle,
        round=round,
        unit=unit,
        status=status,
        return_note=held.return_note if held else None,
        blocks=blocks,
        units=sorted(rows, key=lambda each: (each.group, each.code)),
        task=_task(ctx, cycle, round, unit, only),
        first=_after(ctx, cycle, round) + timedelta(days=1),
    )


def _blocks(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    unit: str,
    cells: Sequence[readings.Cell],
    as_of: Mapping[str, date],
    status: str,
) -> list[Block]:
    by_indicator: dict[int, list[readings.Cell]] = {}
    for cell in cells:
        by_indicator.setdefault(cell.indicator.id, []).append(cell)
    announced = {each.cycle_indicator_id: each for each in readings.pending(ctx, round)}
    collecting = is_collecting(round, status)
    last = _last(ctx, [each[0].indicator.indicator_id for each in by_indicator.values()], _after(ctx, cycle, round))
    made = []
    for used, of_indicator in ((each[0].indicator, each) for each in by_indicator.values()):
        writes = access.may(ctx, f"clerk@{unit}", f"clerk@{used.data_unit}")
        dated = _dated(ctx, cycle, round, used, of_indicator, as_of.get(used.code))
        revised = revisions.is_open(ctx, cycle, round, used.code)
        places = _places(ctx, cycle, used, dated, of_indicator, last)
        share = _share(used, dated)
        made.append(
            Block(
                indicator=used,
                as_of=dated,
                dated=used.code in as_of,
                expected=share,
                pending=announced.get(used.id),
                editable=writes and (collecting or revised),
                revised=revised,
                detail=details.field(used) if round.kind == plans.RoundKind.ANNUAL else None,
                superior=has_superiors(used),
                places=places,
            )
        )
    return made


def has_superiors(used: indicators.CycleIndicator) -> bool:
    """Whether the superior publishes a figure of its own beside ours."""
    return used.source == indicators.Source.SUPERIOR or used.counting == indicators.Counting.SUPERIOR


def is_collecting(round: plans.Round, status: str) -> bool:
    """Whether a sheet of that status can be written on."""
    writable = status in (readings.SheetStatus.OPEN, readings.SheetStatus.RETURNED)
    return round.opened_at is not None and round.closed_at is None and writable


def _places(
    ctx: Context,
    cycle: plans.Cycle,
    used: indicators.CycleIndicator,
    as_of: date,
    cells: Iterable[readings.Cell],
    last: Mapping[tuple[int, str], readings.Reading],
) -> dict[str, Place]:
    cells = list(cells)
    groups = {unit.code: unit.group for unit in plans.assessed_units(ctx, cycle)}
    cells = [cell for cell in cells if cell.unit in groups]
    standing = _standings(cycle, used, as_of, cells, groups)
    return {
        cell.unit: _place(cell, last.get((used.indicator_id, cell.unit)), standing.get(cell.unit)) for cell in cells
    }


def _place(cell: readings.Cell, last: readings.Reading | None, known: ranking.Facts | None) -> Place:
    reading = cell.reading
    reported, verified = (reading.reported, reading.verified) if reading else (None, None)
    stored = dict(reading.detail) if reading else {}
    is_superiors = cell.indicator.counting == indicators.Counting.SUPERIOR
    return Place(
        unit=cell.unit,
        target=None if cell.target.exempt else cell.target.value,
        exempt=cell.target.exempt,
        reported=plain(reported),
        verified="" if verified == reported or is_superiors else plain(verified),
        superior=plain(reading.superior if reading else None),
        detail=details.text(cell.indicator, stored),
        stored_detail=stored,
        entered_by=reading.entered_by if reading else None,
        as_of=reading.as_of if reading else None,
        last=last.verified if last else None,
        last_as_of=last.as_of if last else None,
        lead_points=scoring.half_up(known.lead_points, 12) if known and known.lead_points is not None else None,
        rank=known.rank if known else None,
        ranked=known.ranked if known else 0,
        why=str(known.why) if known and known.why else None,
    )


def plain(figure: Decimal | None) -> str:
    """A figure as it was typed: no exponent, no separators; empty for none."""
    return "" if figure is None else format(figure, "f")


def _standings(
    cycle: plans.Cycle,
    used: indicators.CycleIndicator,
    as_of: date,
    cells: Sequence[readings.Cell],
    groups: Mapping[str, str],
) -> dict[str, ranking.Facts]:
    """Unit -> how it would stand in its group by what is on the sheet now."""
    scoped = cycle.parameter("rank_scope") == "group"
    populations: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        populations.setdefault(groups[cell.unit] if scoped else "", []).append(_fact_row(used, as_of, cell))
    case = {"direction": used.direction, "kind": used.measure, "time_progress": "1"}
    return {each.unit: each for rows in populations.values() for each in ranking.facts({**case, "rows": rows})}


def _fact_row(used: indicators.CycleIndicator, as_of: date, cell: readings.Cell) -> dict[str, Any]:
    reading = cell.reading
    dated = reading.as_of if reading else as_of
    row = {
        "unit": cell.unit,
        "target": None if cell.target.exempt else cell.target.value,
        "actual": reading.verified if reading else None,
        "expected": _share(used, dated),
        "exempt": cell.target.exempt,
        "as_of": dated,
    }
    if used.direction == indicators.Direction.RANGE:
        row |= {name: used.params[name] for name in ("low", "high", "width")}
    return row


def _share(used: indicators.CycleIndicator, day: date) -> str:
    share = used.expected_share(day)
    return f"{share[0]}/{share[1]}" if isinstance(share, tuple) else str(share)


def _dated(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    used: indicators.CycleIndicator,
    cells: Iterable[readings.Cell],
    asked: date | None,
) -> date:
    """The day the indicator's figures are dated: what is asked, else that of what is entered, else the round's."""
    if asked is None:
        return max((cell.reading.as_of for cell in cells if cell.reading is not None), default=round.as_of)
    first = _after(ctx, cycle, round) + timedelta(days=1)
    if not first <= asked <= round.as_of:
        raise OutsideRound(day=asked, first=first, last=round.as_of)
    return asked


def _after(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> date:
    """The last day of the round before, or of the year before."""
    earlier = [each.as_of for each in plans.rounds(ctx, cycle) if each.position < round.position]
    return max(earlier, default=date(cycle.year - 1, 12, 31))


def _last(ctx: Context, indicator_ids: Sequence[int], until: date) -> dict[tuple[int, str], readings.Reading]:
    """(library indicator, unit) -> the newest verified figure dated ``until`` or earlier."""
    query = select(readings.Reading).where(
        readings.Reading.indicator_id.in_(indicator_ids),
        readings.Reading.as_of <= until,
        readings.Reading.status == readings.ReadingStatus.VERIFIED,
    )
    found = ctx.session.scalars(query.order_by(readings.Reading.as_of, readings.Reading.number))
    return {(each.indicator_id, each.unit): each for each in found}


def _task(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, only: str | None) -> Task | None:
    """The person's open task for handing this in or signing it; that of a revision where one indicator is shown."""
    operations = OF_REVISION if only else OF_SHEET
    query = select(Task).where(Task.status == TaskStatus.OPEN, Task.operation.in_(operations), Task.unit == unit)
    for task in ctx.session.scalars(query.order_by(Task.id)):
        given = workflow.inputs(task)
        about = given.get("cycle") == cycle.id and given.get("round") == round.key and given.get("indicator") == only
        if about and workflow.is_mine(ctx, task):
            return task
    return None
