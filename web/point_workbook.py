"""One person's points as the pages of a workbook, in the reader's words."""

from typing import Any

from engine.assessment.points import scheme
from engine.reports.points import Detail, Line
from engine.reports.workbooks import Table
from web.texts import say
from web.words import word


def detail(found: Detail, drawn: scheme.Scheme) -> list[Table]:
    """The year's months, and every entry: the last table."""
    return [_months(found, drawn), _entries(found, drawn)]


def cell(value: Any) -> Any:
    """A cell of a CSV file: a text that a spreadsheet would compute is told to be text."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _months(found: Detail, drawn: scheme.Scheme) -> Table:
    heads = [say("Month"), say("State"), *(leaf.name for leaf in drawn.leaves), say("Self-rating"), say("Base")]
    rows = [
        [
            each.month,
            word("point_month", each.state),
            *((each.marks or {}).get(leaf.code) for leaf in drawn.leaves),
            each.self_total,
            each.base,
        ]
        for each in found.months
    ]
    return Table(say("Months"), [heads, *rows])


def _entries(found: Detail, drawn: scheme.Scheme) -> Table:
    heads = [
        *(say("Account"), say("Name"), say("Day"), say("Item of points"), say("Kind"), say("Category"), say("Points")),
        *(say("Remark on points"), say("Entered by"), say("Entered at")),
    ]
    return Table(say("Entries"), [heads, *(_entry(found, line, drawn) for line in reversed(found.lines))])


def _entry(found: Detail, line: Line, drawn: scheme.Scheme) -> list[Any]:
    entry, leaf = line.entry, drawn.leaf(line.item.leaf or "")
    about = [found.account, found.name, entry.day, f"{line.item.code} {line.item.name}"]
    kind = [word("point_kind", line.item.kind), leaf.name if leaf else None]
    return [*about, *kind, entry.points, entry.note, entry.recorded_by, entry.recorded_at]
