"""Figures that come of people's judgement, put on the sheets: votes, panels, checks, comments (M1).

Who answers for the indicator finds them as drafts, hands them in and has them signed like any other figures.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from engine import audit
from engine.assessment import ballots, debriefings, indicators, panels, plans, readings, spot_checks
from engine.db import Context


def fill(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> dict[str, int]:
    """Enter what was judged until now in the open sheets of the round; indicator -> number of figures.

    A void vote gives none. Raises what ``readings.enter`` raises: nothing is entered outside an open round.
    """
    # The program brings the figures, whoever's act the diagram came here by: nobody's hand is in them yet.
    system = replace(ctx, actor=None, on_behalf_of=None)
    filled: dict[str, int] = {}
    by_id = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    measured = _measured(ctx, cycle, round)
    for used, entries in _figures(ctx, cycle, by_id):
        wanted = [each for each in entries if (used.code, each.unit) in measured]
        if wanted:
            readings.enter(system, cycle, round, used.responsible_unit, wanted)
            filled[used.code] = len(wanted)
    audit.record(ctx, "readings.fill", plans.chain_of(cycle), round=round.key, figures=filled)
    return filled


def _figures(
    ctx: Context, cycle: plans.Cycle, by_id: Mapping[int, indicators.CycleIndicator]
) -> Iterator[tuple[indicators.CycleIndicator, list[readings.Entry]]]:
    for indicator_id, cells in _voted(ctx, cycle, by_id).items():
        yield by_id[indicator_id], list(cells.values())
    for indicator_id, marks in spot_checks.marks(ctx, cycle).items():
        means = panels.means_of({unit: [format(each, "f") for each in given] for unit, given in marks.items()})
        yield by_id[indicator_id], _entries(by_id[indicator_id].code, means.items())
    for indicator_id, scores in panels.scores(ctx, cycle).items():
        yield by_id[indicator_id], _entries(by_id[indicator_id].code, scores.items())
    for indicator_id, comments in debriefings.marks(ctx, cycle).items():
        yield by_id[indicator_id], _entries(by_id[indicator_id].code, comments.items())


def _voted(
    ctx: Context, cycle: plans.Cycle, by_id: Mapping[int, indicators.CycleIndicator]
) -> dict[int, dict[str, readings.Entry]]:
    """Indicator -> unit -> the figure of its latest closed vote."""
    query = select(ballots.Evaluation).where(
        ballots.Evaluation.cycle_id == cycle.id,
        ballots.Evaluation.cycle_indicator_id.is_not(None),
        ballots.Evaluation.closed_at.is_not(None),
        ballots.Evaluation.void.is_(False),
    )
    found: dict[int, dict[str, readings.Entry]] = {}
    for held in ctx.session.scalars(query.order_by(ballots.Evaluation.id)):
        assert held.cycle_indicator_id is not None
        cells = ballots.figures(ctx, held, by_id[held.cycle_indicator_id])
        found.setdefault(held.cycle_indicator_id, {}).update({each.unit: each for each in cells})
    return found


def _measured(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> set[tuple[str, str]]:
    """(indicator, unit) that have a place on a sheet."""
    units = indicators.responsible_units(ctx, cycle)
    cells = [cell for unit in units for cell in readings.cells(ctx, cycle, round, unit)]
    return {(cell.indicator.code, cell.unit) for cell in cells if not cell.target.exempt}


def _entries(code: str, scores: Iterable[tuple[str, Decimal | None]]) -> list[readings.Entry]:
    known = [(unit, format(score, "f")) for unit, score in scores if score is not None]
    return [readings.Entry(unit, code, figure, figure) for unit, figure in known]
