"""The year's result as the pages of a workbook, in the reader's words."""

from typing import Any

from engine.assessment import indicators, plans, ranking, results, snapshots
from engine.db import Context
from engine.reports import result_tables, round_tables
from engine.reports.workbooks import Table
from web.texts import say
from web.words import word


def all_units(ctx: Context, cycle: plans.Cycle) -> list[Table]:
    """Totals of all units, their scores on every indicator, and the statistics of each group."""
    groups = result_tables.totals(ctx, cycle)
    heads = [
        *(say("Group"), say("Place"), say("Unit"), say("Total"), say("Measured part"), say("Judged part")),
        say("Grade"),
    ]
    totals = [_total(line) for lines in groups.values() for line in lines]
    return [Table(say("Totals"), [heads, *totals]), *_score_tables(ctx, cycle)]


def one_unit(found: result_tables.Explanation) -> Table:
    """How a unit's total came about, indicator by indicator."""
    heads = [
        *(say("Category"), say("Code"), say("Indicator"), say("Target"), say("Value"), say("Score")),
        *(say("Weight"), say("Re-spread"), say("Part of the total")),
    ]
    rows = [_part(chapter.category, part) for chapter in found.chapters for part in chapter.parts]
    together = [say("Together"), *[None] * 7, found.contribution]
    return Table(found.unit.name, [heads, *rows, together])


def _score_tables(ctx: Context, cycle: plans.Cycle) -> list[Table]:
    annual = plans.annual_round(ctx, cycle)
    frozen = snapshots.of_round(ctx, annual)
    if not frozen:
        return []
    figures = round_tables.figures(ctx, cycle, annual)
    names = {unit.code: unit.name for unit in figures.units}
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    known = results.feedback(ctx, cycle, frozen[-1])
    heads = [
        *(say("Code"), say("Indicator"), say("Group"), say("Units"), say("Highest"), say("Lowest"), say("Mean")),
        *(say("First three"), say("Last three")),
    ]
    statistics = [_statistics(used[key], group, each, names) for (key, group), each in known.items()]
    return [Table(say("Scores"), _scores(figures)), Table(say("Feedback"), [heads, *statistics])]


def _scores(figures: round_tables.Figures) -> list[list[Any]]:
    head = [say("Code"), say("Indicator"), *(unit.name for unit in figures.units)]
    lines = [
        [used.code, used.name, *(_score(rows.get(unit.code)) for unit in figures.units)] for used, rows in figures.lines
    ]
    return [head, *lines]


def _score(row: snapshots.SnapshotRow | None) -> Any:
    if row is None:
        return None
    return row.score if row.score is not None else word("why", row.state)


def _total(line: result_tables.TotalLine) -> list[Any]:
    known = line.result
    grade = word("grade", known.grade or known.proposed_grade)
    return [known.group, known.rank, line.unit.name, known.total, known.objective, known.subjective, grade]


def _part(category: str, part: result_tables.Part) -> list[Any]:
    used, row = part.indicator, part.row
    marked = say("Yes") if part.respread else None
    return [category, used.code, used.name, row.target, row.actual, row.score, part.weight, marked, part.contribution]


def _statistics(
    used: indicators.CycleIndicator, group: str, known: ranking.Statistics, names: dict[str, str]
) -> list[Any]:
    top, bottom = ("、".join(names.get(unit, unit) for unit in part) for part in (known.top, known.bottom))
    return [used.code, used.name, group, known.n, known.highest, known.lowest, known.mean, top, bottom]
