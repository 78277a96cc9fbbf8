"""Import of a city from CSV files: all or nothing, every wrong row named.

``units.csv``, ``people.csv``, ``appointments.csv``, ``calendar.csv`` stand alone; ``indicators.csv`` and ``values.csv``
belong to a package's cycle. Files are told apart by their names.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import audit, calendars, cells, people
from engine.assessment import admission, annual_plan, concurrence, indicators, plans, readings, rules, targets
from engine.assessment.points import items, scheme
from engine.cells import Line, Wrong
from engine.db import Context
from engine.errors import BihuanError, Invalid, Message

#: The column of ``indicators.csv`` for the units that co-organise an indicator (协办). A file may be without it: those named
#: before stand then. Where it is there, an empty cell names none.
CO_ORGANISERS = "co_organisers"
#: As a spreadsheet numbers rows: the heading is row 1.
FIRST_ROW = 2


class ImportRefused(Invalid):
    """{count} rows cannot be imported; the first: {file} row {row}, {column}: {message}"""

    code = "import_refused"

    def __init__(self, problems: Sequence["RowProblem"]) -> None:
        first = problems[0]
        super().__init__(
            count=len(problems), file=first.file, row=first.row, column=first.column, message=first.message
        )
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class RowProblem:
    file: str
    row: int
    column: str
    message: Message

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "row": self.row, "column": self.column, "message": str(self.message)}


@dataclass(slots=True)
class _Import:
    """One run over several files, which collects what is wrong instead of stopping at the first row."""

    ctx: Context
    cycle: plans.Cycle | None
    #: Figures of the cycle's own year come from people, not from the file (a rehearsal brings only the targets).
    past_figures_only: bool
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)


def import_files(
    ctx: Context,
    files: Sequence[tuple[str, bytes]],
    cycle: plans.Cycle | None = None,
    *,
    past_figures_only: bool = False,
) -> dict[str, int]:
    """Import the files (name, content); returns rows per kind. Raises ``ImportRefused`` with every wrong row.

    Units come first and values last whatever the order they are named in. The caller's transaction undoes a refusal.
    """
    run = _Import(ctx, cycle, past_figures_only)
    for name in KINDS:
        for filename, content in files:
            if Path(filename).name == f"{name}.csv":
                _import(run, name, filename, content)
    strangers = [filename for filename, _ in files if Path(filename).name.removesuffix(".csv") not in KINDS]
    if strangers:
        raise Invalid("{file} is none of {names}.", file=strangers[0], names=", ".join(f"{kind}.csv" for kind in KINDS))
    if run.problems:
        raise ImportRefused(run.problems)
    audit.record(ctx, "import", "imports", counts=run.counts)
    return run.counts


def _import(run: _Import, name: str, filename: str, content: bytes) -> None:
    kind = KINDS[name]
    try:
        lines, problems = _read(kind, content)
    except Wrong as problem:
        lines, problems = {}, [(1, problem)]
    for row, wrong in (*problems, *kind.take(run, lines)):
        run.problems.append(RowProblem(filename, row, wrong.column, wrong.message))
    run.counts[name] = run.counts.get(name, 0) + len(lines)


#: Row -> line, for the rows that can be read at all.
Lines = Mapping[int, Line]
Problems = Iterable[tuple[int, Wrong]]


def _read(kind: "_Kind", content: bytes) -> tuple[Lines, Problems]:
    """The rows of the file and what is wrong with the others. Raises ``Wrong`` for the file as a whole."""
    try:
        heading, *rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) or [[]]
    except UnicodeDecodeError:
        raise Wrong("", "The file is not UTF-8; save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise Wrong("", "The file is no CSV: {why}.", why=error) from None
    columns = [column.strip() for column in heading]
    for column in kind.columns:
        if column not in columns:
            raise Wrong(column, "The column is missing.")
    lines: dict[int, Line] = {}
    problems: list[tuple[int, Wrong]] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=FIRST_ROW):
        try:
            if any(row):
                lines[number] = _line(kind, columns, row, seen, number)
        except Wrong as problem:
            problems.append((number, problem))
    return lines, problems


def _line(
    kind: "_Kind", columns: Sequence[str], cells: Sequence[str], seen: dict[tuple[str, ...], int], row: int
) -> Line:
    if len(cells) > len(columns):
        raise Wrong("", "The row has more cells than the heading.")
    if len(cells) < len(columns):
        raise Wrong(columns[len(cells)], "The row ends before this column.")
    line = dict(zip(columns, cells, strict=True))
    for column, text in line.items():
        longest = kind.longest.get(column)
        if longest and len(text.strip()) > longest:
            raise Wrong(column, "At most {limit} characters.", limit=longest)
        if "\0" in text:
            raise Wrong(column, "The cell holds a character that cannot be kept.")
    key = tuple(line[column].strip() for column in kind.key)
    if key in seen:
        raise Wrong(kind.key[0], "This is row {row} again.", row=seen[key])
    seen[key] = row
    return line


def _rows(lines: Lines, take: Callable[[int, Line], None]) -> Problems:
    for row, line in lines.items():
        try:
            take(row, line)
        except Wrong as problem:
            yield row, problem
        except BihuanError as error:
            yield row, Wrong("", error.template, **error.facts)


def _units(run: _Import, lines: Lines) -> Problems:
    known = {unit.code: unit for unit in people.units(run.ctx)}

    def take(_row: int, line: Line) -> None:
        code = cells.text(line, "code")
        unit = known.get(code) or people.Unit(code=code)
        unit.name, unit.kind, unit.group = cells.text(line, "name"), cells.text(line, "kind"), line["group"].strip()
        known[code] = unit
        run.ctx.session.add(unit)

    yield from _rows(lines, take)
    run.ctx.session.flush()

    def hang(_row: int, line: Line) -> None:
        unit, parent = known.get(line["code"].strip()), line["parent"].strip()
        if parent and parent not in known:
            raise Wrong("parent", "There is no unit {code}.", code=parent)
        if unit is not None:
            unit.parent_id = known[parent].id if parent else None

    yield from _rows(lines, hang)
    yield from _rows(lines, lambda _, line: _refuse_circle(known, line["code"].strip()))
    run.ctx.session.flush()


def _refuse_circle(known: Mapping[str, people.Unit], code: str) -> None:
    above, by_id = {code}, {unit.id: unit for unit in known.values()}
    unit = known.get(code)
    while unit is not None and unit.parent_id is not None:
        unit = by_id[unit.parent_id]
        if unit.code in above:
            raise Wrong("parent", "{code} would lie below itself.", code=code)
        above.add(unit.code)


def _people(run: _Import, lines: Lines) -> Problems:
    def take(_row: int, line: Line) -> None:
        account = cells.text(line, "account")
        person = run.ctx.session.get(people.Person, account) or people.Person(account=account)
        person.name = cells.text(line, "name")
        run.ctx.session.add(person)

    yield from _rows(lines, take)
    run.ctx.session.flush()


def _appointments(run: _Import, lines: Lines) -> Problems:
    known = {unit.code: unit.id for unit in people.units(run.ctx)}

    def take(_row: int, line: Line) -> None:
        account, code = cells.text(line, "account"), cells.text(line, "unit")
        if run.ctx.session.get(people.Person, account) is None:
            raise Wrong("account", "There is no person {account}.", account=account)
        if code not in known:
            raise Wrong("unit", "There is no unit {code}.", code=code)
        begins, role = cells.day(line, "from"), cells.text(line, "role")
        ends = cells.day(line, "to") if line["to"].strip() else None
        if ends is not None and ends < begins:
            raise Wrong("to", "The last day lies before the first.")
        found = run.ctx.session.scalar(
            select(people.Appointment).where(
                people.Appointment.account == account,
                people.Appointment.role == role,
                people.Appointment.unit_id == known[code],
                people.Appointment.from_date == begins,
            )
        )
        found = found or people.Appointment(account=account, role=role, unit_id=known[code], from_date=begins)
        found.to_date = ends
        run.ctx.session.add(found)

    yield from _rows(lines, take)
    run.ctx.session.flush()


def _calendar(run: _Import, lines: Lines) -> Problems:
    days: dict[date, tuple[bool, str]] = {}

    def take(_row: int, line: Line) -> None:
        if line["working"] not in ("0", "1"):
            raise Wrong("working", "Expected 0 or 1.")
        days[cells.day(line, "date")] = line["working"] == "1", line["note"].strip()

    yield from _rows(lines, take)
    calendars.put(run.ctx, days)


def _indicators(run: _Import, lines: Lines) -> Problems:
    cycle = _cycle(run)
    rules.require_draft(run.ctx, cycle)
    known = {unit.code for unit in people.units(run.ctx)}

    def take(row: int, line: Line) -> None:
        read = indicator_row(line)
        for column, code in (("responsible_unit", read.responsible_unit), ("data_unit", read.data_unit)):
            if code is not None and code not in known:
                raise Wrong(column, "There is no unit {code}.", code=code)
        used = indicators.put(run.ctx, cycle, read, row - FIRST_ROW)
        _name_partners(run.ctx, cycle, used, line, known)

    yield from _rows(lines, take)
    groups = {unit.group for unit in plans.assessed_units(run.ctx, cycle)}
    for group, total in indicators.wrong_sums(indicators.of_cycle(run.ctx, cycle), groups).items():
        facts = {"group": group, "total": total}
        yield 1, Wrong(f"weight:{group}", "The weights of group {group} sum to {total}, not to 100.", **facts)
    yield from _admit(run, cycle, lines)
    indicators.record_import(run.ctx, cycle, len(lines))


def _name_partners(
    ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, line: Line, known: Collection[str]
) -> None:
    """Those of a cell such as ``D02;D07`` co-organise the indicator; a file without the column says nothing of them."""
    if CO_ORGANISERS not in line:
        return
    named = [code.strip() for code in line[CO_ORGANISERS].split(";") if code.strip()]
    for code in named:
        if code not in known:
            raise Wrong(CO_ORGANISERS, "There is no unit {code}.", code=code)
        if named.count(code) > 1:
            raise Wrong(CO_ORGANISERS, "{code} is named twice.", code=code)
    try:
        concurrence.put_partners(ctx, cycle, used, named)
    except Invalid as error:
        raise Wrong(CO_ORGANISERS, error.template, **error.facts) from None


def _admit(run: _Import, cycle: plans.Cycle, lines: Lines) -> Problems:
    """The paper that issued the system admits what is new; what admission keeps out may carry no weight."""
    basis = f"indicators.csv {cycle.year}"
    annual_plan.adopt_cycle(run.ctx, cycle, basis)
    row_of = {line["code"].strip(): row for row, line in lines.items()}
    brought = [each for each in indicators.of_cycle(run.ctx, cycle) if each.code in row_of]
    for each in admission.settle_import(run.ctx, cycle, brought, basis):
        refusal = admission.NotAdmitted(indicator=each.code, year=cycle.year)
        yield row_of[each.code], Wrong("code", refusal.template, **refusal.facts)


def indicator_row(line: Line) -> indicators.Row:
    """A line of ``indicators.csv``, checked as far as it can be alone."""
    weights = {name.partition(":")[2]: cells.weight(line, name) for name in line if name.startswith("weight:")}
    return indicators.Row(
        code=cells.text(line, "code"),
        name=cells.text(line, "name"),
        category=cells.text(line, "category"),
        source=cells.choice(line, "source", indicators.Source),
        responsible_unit=cells.text(line, "responsible_unit"),
        data_unit=line["data_unit"].strip() or None,
        unit_of_measure=line["unit_of_measure"].strip(),
        direction=cells.choice(line, "direction", indicators.Direction),
        measure=cells.choice(line, "kind", indicators.Measure),
        schedule=cells.schedule(line),
        method=cells.text(line, "method"),
        params=cells.params(line),
        main=cells.flag(line, "main"),
        target_total=cells.decimal(line, "target_total"),
        weights={group: weight for group, weight in weights.items() if weight},
    )


def _values(run: _Import, lines: Lines) -> Problems:
    cycle = _cycle(run)
    used = {each.code: each for each in indicators.of_cycle(run.ctx, cycle)}
    known = {unit.code: unit for unit in people.units(run.ctx)}
    closed = [each for each in plans.rounds(run.ctx, cycle) if each.closed_at is not None]
    standing = _standing(run, used.values())
    allocated: dict[tuple[int, str], targets.Allocation] = {}

    def take(_row: int, line: Line) -> None:
        unit, code, as_of = cells.text(line, "unit"), cells.text(line, "indicator"), cells.day(line, "as_of")
        if unit not in known:
            raise Wrong("unit", "There is no unit {code}.", code=unit)
        if code not in used:
            raise Wrong("indicator", "There is no indicator {code} in the cycle.", code=code)
        exempt = cells.flag(line, "exempt")
        if as_of.year == cycle.year:
            if not known[unit].group:
                raise Wrong("unit", "The unit {code} is in no group and not compared.", code=unit)
            _allocate(allocated, (used[code].id, unit), line, exempt=exempt)
        reported, verified = cells.decimal(line, "reported"), cells.decimal(line, "verified")
        if reported is not None and verified is None:
            raise Wrong("verified", "The cell is empty.")
        if verified is not None and not (run.past_figures_only and as_of.year == cycle.year):
            if (used[code].indicator_id, unit, as_of) in standing:
                raise Wrong("verified", "This figure is there already; a figure is changed by a revision.")
            if as_of.year == cycle.year and any(as_of <= each.as_of for each in closed):
                raise Wrong("as_of", "The round is closed; a figure of it comes in by a revision.")
            readings.require_score(used[code], reported, verified)
            entry = readings.Entry(unit, code, None, None, as_of)
            readings.remember(run.ctx, used[code].indicator, entry, reported, verified)

    yield from _rows(lines, take)
    targets.allocate(run.ctx, cycle, allocated)


def _allocate(
    allocated: dict[tuple[int, str], targets.Allocation], key: tuple[int, str], line: Line, *, exempt: bool
) -> None:
    value, base = cells.decimal(line, "target"), cells.decimal(line, "base")
    if value is not None and value < 0:
        raise Wrong("target", "A target is not below 0.")
    given = targets.Allocation(None if exempt else value, base, exempt)
    if allocated.setdefault(key, given) != given:
        raise Wrong("target", "Another row of the year gives another target.")


def _standing(run: _Import, used: Iterable[indicators.CycleIndicator]) -> set[tuple[int, str, date]]:
    """The figures that were imported before: (indicator, unit, date)."""
    found = select(readings.Reading.indicator_id, readings.Reading.unit, readings.Reading.as_of)
    query = found.where(readings.Reading.indicator_id.in_([each.indicator_id for each in used]))
    return {(indicator, unit, as_of) for indicator, unit, as_of in run.ctx.session.execute(query)}


def _items(run: _Import, lines: Lines) -> Problems:
    """The items by which a package gives points to persons."""
    cycle, read = _cycle(run), list[items.Row]()
    drawn = scheme.of_cycle(cycle)

    def take(_row: int, line: Line) -> None:
        read.append(item_row(line))
        items.check(drawn, read[-1])

    wrong = list(_rows(lines, take))
    if not wrong:
        items.put(run.ctx, cycle, read)
    return wrong


def item_row(line: Line) -> items.Row:
    """A line of ``items.csv``, checked as far as it can be alone."""
    return items.Row(
        code=cells.text(line, "code"),
        name=cells.text(line, "name"),
        kind=items.Kind(cells.choice(line, "kind", items.Kind)),
        leaf=line["category"].strip() or None,
        points=cells.decimal(line, "points") or Decimal(0),
        monthly_limit=cells.decimal(line, "limit"),
        veto=cells.flag(line, "veto"),
        basis=line["basis"].strip(),
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file."""

    columns: tuple[str, ...]
    #: What tells its rows apart.
    key: tuple[str, ...]
    take: Callable[[_Import, Lines], Problems]
    #: Column -> how many characters its place in the database holds.
    longest: Mapping[str, int]


def _longest(**places: Any) -> dict[str, int]:
    return {column: place.property.columns[0].type.length for column, place in places.items()}


_UNIT, _ACCOUNT = people.Unit.code, people.Person.account
#: Every kind of file, in the order in which they build on each other.
KINDS: Mapping[str, _Kind] = {
    "units": _Kind(
        ("code", "name", "group", "kind", "parent"),
        ("code",),
        _units,
        _longest(code=_UNIT, name=people.Unit.name, group=people.Unit.group, kind=people.Unit.kind),
    ),
    "people": _Kind(("account", "name"), ("account",), _people, _longest(account=_ACCOUNT, name=people.Person.name)),
    "appointments": _Kind(
        ("account", "role", "unit", "from", "to"),
        ("account", "role", "unit", "from"),
        _appointments,
        _longest(account=_ACCOUNT, role=people.Appointment.role, unit=_UNIT),
    ),
    "calendar": _Kind(("date", "working", "note"), ("date",), _calendar, _longest(note=calendars.DayException.note)),
    "indicators": _Kind(
        (
            *("code", "name", "category", "source", "responsible_unit", "data_unit", "unit_of_measure"),
            *("direction", "kind", "schedule", "method", "params", "main", "target_total"),
        ),
        ("code",),
        _indicators,
        _longest(
            code=indicators.Indicator.code,
            name=indicators.Indicator.name,
            category=indicators.Indicator.category,
            unit_of_measure=indicators.Indicator.unit_of_measure,
        ),
    ),
    "items": _Kind(
        ("code", "name", "category", "kind", "points", "limit", "veto", "basis"),
        ("code",),
        _items,
        _longest(code=items.PointItem.code, name=items.PointItem.name, category=items.PointItem.leaf),
    ),
    "values": _Kind(
        ("unit", "indicator", "as_of", "reported", "verified", "target", "base", "exempt"),
        ("unit", "indicator", "as_of"),
        _values,
        {},
    ),
}


def _cycle(run: _Import) -> plans.Cycle:
    if run.cycle is None:
        raise Invalid("Indicators and values belong to a cycle; name it with --package and --cycle.")
    return run.cycle
