"""Ties across the last excellent place: none of the tied is excellent unless the lead names some of them in writing.

The quota is never exceeded: no more are named than there are places left. A decision stands as long as the tie does; it is
kept with its reason and its paper, and a later one for the same units that are compared takes its place.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.assessment import plans, ranking
from engine.db import Base, Context, Key


class TieDecision(Base):
    """Who of the tied is excellent, by whose decision and why."""

    __tablename__ = "tie_decision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), index=True)
    #: The units that are compared: a group, or "" for all (``rank_scope``).
    population: Mapped[str] = mapped_column(String(40))
    #: Those named; none where an earlier decision is taken back.
    units: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Tie:
    """Units that tie across the last excellent place."""

    population: str
    units: tuple[str, ...]
    #: Places left for them.
    places: int


def found(cycle: plans.Cycle, totals: Mapping[str, tuple[str, Decimal]]) -> list[Tie]:
    """The ties at the cut; ``totals`` is unit -> group and total."""
    ties = []
    groups = {unit: group for unit, (group, _) in totals.items()}
    for population, units in ranking.populations(groups, cycle.parameter("rank_scope")).items():
        scores = {unit: totals[unit][1] for unit in units}
        tied, places = ranking.tied_at_cut(scores, cycle.number("excellent_quota"))
        if tied:
            ties.append(Tie(population, tied, places))
    return ties


def keep(ctx: Context, cycle: plans.Cycle, tie: Tie, units: Collection[str], reason: str, document: str) -> TieDecision:
    """Write a decision down; that it may be taken is for the caller to see."""
    named = sorted(set(units))
    made = TieDecision(cycle_id=cycle.id, population=tie.population, units=named, reason=reason, document=document)
    made.decided_at, made.decided_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    return made


def standing(ctx: Context, cycle: plans.Cycle) -> dict[str, TieDecision]:
    """Population -> its last decision."""
    query = select(TieDecision).where(TieDecision.cycle_id == cycle.id).order_by(TieDecision.id)
    return {each.population: each for each in ctx.session.scalars(query)}


def named(decided: Iterable[TieDecision], ties: Iterable[Tie], barred: Collection[str]) -> dict[str, list[str]]:
    """Population -> the units that decisions name excellent, where the tie still stands and no veto bars them."""
    by_population = {each.population: each.units for each in decided}
    kept: dict[str, list[str]] = {}
    for tie in ties:
        units = [unit for unit in by_population.get(tie.population, ()) if unit in tie.units and unit not in barred]
        if units and len(units) <= tie.places:
            kept[tie.population] = units
    return kept
