"""Daily checks (S1): random spot checks drawn with a recorded seed, and a field survey of everybody who was not drawn.

The draw puts all assessed units in the order of a hash of seed and code and takes the first: whoever has the seed draws
the same again. A draw is never replaced in silence; another one needs a reason, has a seed of its own and stands beside it.
Two inspectors check. Their marks feed an indicator, what they found wrong opens a matter of rectification.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import indicators, plans, rectification
from engine.assessment.figures import mark
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class DrawStands(Conflict):
    """The list of the draw {number} is confirmed; it is not drawn again."""

    code = "draw_stands"


class CheckedBefore(Conflict):
    """The check of {unit} is recorded already."""

    code = "checked_before"


class NotDrawn(Refused):
    """Nothing is drawn for the round {round} yet."""

    code = "not_drawn"


class CheckKind(StrEnum):
    #: 随机抽查
    SPOT_CHECK = "spot_check"
    #: 实地调研
    FIELD_SURVEY = "field_survey"


class SpotDraw(Base):
    """One draw: from whom, with which seed, who came out. The last one of a round is the one that counts."""

    __tablename__ = "spot_draw"
    __table_args__ = (UniqueConstraint("cycle_id", "round", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    #: Key of the round its marks are meant for.
    round: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    #: The indicator the marks feed, and on which a problem becomes a matter.
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    seed: Mapped[str] = mapped_column(String(80))
    #: Codes of those who could come out, and of those who did.
    population: Mapped[list[Any]]
    drawn: Mapped[list[Any]]
    #: Why it was drawn again; None for the first draw.
    reason: Mapped[str | None] = mapped_column(Text)
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[str | None] = mapped_column(String(60))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(60))


class SpotCheck(Base):
    """A unit's check: planned with the confirmed draw, recorded by two inspectors."""

    __tablename__ = "spot_check"
    __table_args__ = (UniqueConstraint("draw_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("spot_draw.id"))
    unit: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    first_checker: Mapped[str | None] = mapped_column(String(60))
    second_checker: Mapped[str | None] = mapped_column(String(60))
    checked_on: Mapped[date | None]
    place: Mapped[str | None] = mapped_column(String(200))
    finding: Mapped[str | None] = mapped_column(Text)
    score: Mapped[Decimal | None]
    #: What has to be put right; None where nothing has.
    problem: Mapped[str | None] = mapped_column(Text)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    recorded_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What two inspectors found; ``score`` as it was typed, from 0 to 100."""

    second_checker: str
    checked_on: date
    place: str
    finding: str
    score: str
    problem: str = ""


def draw(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, indicator: str, count: int, reason: str | None = None
) -> SpotDraw:
    """Draw ``count`` of all assessed units for unannounced checks. Again only before the list is confirmed, with a reason."""
    access.require(ctx, "lead")
    before = of_round(ctx, cycle, round.key)
    _require_drawable(before, reason)
    population = [unit.code for unit in plans.assessed_units(ctx, cycle)]
    if not 1 <= count <= len(population):
        raise Invalid("From 1 to {most} units can be drawn.", most=len(population))
    seed = _seed(cycle, round.key, len(before) + 1)
    made = SpotDraw(
        cycle_id=cycle.id,
        round=round.key,
        number=len(before) + 1,
        cycle_indicator_id=indicators.find(ctx, cycle, indicator).id,
        seed=seed,
        population=population,
        drawn=drawn_with(seed, population, count),
        reason=reason.strip() if before and reason else None,
        drawn_at=ctx.now,
        drawn_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"round": round.key, "number": made.number, "seed": seed, "drawn": made.drawn, "reason": made.reason}
    audit.record(ctx, "spot_checks.draw", plans.chain_of(cycle), **facts)
    return made


def drawn_with(seed: str, population: Sequence[str], count: int) -> list[str]:
    """The units that come out: the first by the SM3 of seed and code, told in order of their codes."""
    ordered = sorted(population, key=lambda code: hashlib.new("sm3", f"{seed}/{code}".encode()).hexdigest())
    return sorted(ordered[:count])


def is_reproduced(held: SpotDraw) -> bool:
    """Whether the recorded seed gives the recorded list."""
    return drawn_with(held.seed, held.population, len(held.drawn)) == held.drawn


def confirm(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[SpotCheck]:
    """The lead confirms the list: the drawn get an unannounced check, everybody else a field survey."""
    access.require(ctx, "lead")
    held = latest(ctx, cycle, round.key)
    if held.confirmed_at is not None:
        raise DrawStands(number=held.number)
    held.confirmed_at, held.confirmed_by = ctx.now, ctx.actor
    made = [SpotCheck(draw_id=held.id, unit=unit, kind=_kind(held, unit)) for unit in held.population]
    ctx.session.add_all(made)
    ctx.session.flush()
    audit.record(ctx, "spot_checks.confirm", plans.chain_of(cycle), round=round.key, number=held.number)
    return made


def record(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, given: Finding) -> SpotCheck:
    """An inspector records a check made with another one; neither holds a post in the unit. Raises ``CheckedBefore``."""
    access.require(ctx, "inspector")
    held = latest(ctx, cycle, round.key)
    check = ctx.session.scalar(select(SpotCheck).where(SpotCheck.draw_id == held.id, SpotCheck.unit == unit))
    if check is None:
        raise NotFound
    if check.recorded_at is not None:
        raise CheckedBefore(unit=unit)
    _require_two(ctx, unit, given.second_checker)
    if not given.place.strip() or not given.finding.strip():
        raise Invalid("Write where it was and what was found.")
    confirmed = calendars.local_date(held.confirmed_at or ctx.now)
    if not confirmed <= given.checked_on <= ctx.today:
        raise Invalid("The day of the visit lies between {day} and today.", day=confirmed)
    check.first_checker, check.second_checker = ctx.actor, given.second_checker
    check.checked_on, check.place, check.finding = given.checked_on, given.place.strip(), given.finding.strip()
    check.score, check.problem, check.recorded_at = mark(given.score), given.problem.strip() or None, ctx.now
    facts = {"round": round.key, "unit": unit, "kind": check.kind, "score": check.score, "problem": check.problem}
    audit.record(ctx, "spot_checks.record", plans.chain_of(cycle), **facts)
    link = plans.path(ctx, cycle, f"/checks#check-{check.id}")
    notifications.notify(ctx, "spot_check.recorded", groups=[f"clerk@{unit}", f"leader@{unit}"], link=link)
    return check


def open_matters(ctx: Context, cycle: plans.Cycle, round: plans.Round, days: int) -> list[rectification.Item]:
    """Open a matter, due in so many working days, for each problem found that has none yet."""
    access.require(ctx, "lead")
    held = latest(ctx, cycle, round.key)
    used = indicators.get(ctx, held.cycle_indicator_id)
    opened = []
    for check in checks(ctx, held):
        if check.problem is not None and check.item_id is None:
            due = calendars.deadline(ctx, days)
            source = rectification.Source.SUPERVISION
            made = rectification.open_for_record(ctx, cycle, check.unit, used, source, due)
            check.item_id = made.id
            opened.append(made)
            facts = {"check": check.id, "item": made.number}
            audit.record(ctx, "spot_checks.open_matter", plans.chain_of(cycle), **facts)
    return opened


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[SpotDraw]:
    """Every draw of the year, replaced ones included, in order; for those who oversee alone: a check is unannounced."""
    if not access.oversees(ctx):
        return []
    return list(ctx.session.scalars(_draws(cycle).order_by(SpotDraw.id)))


def of_round(ctx: Context, cycle: plans.Cycle, round: str) -> list[SpotDraw]:
    """The draws of a round in order; the last one counts."""
    return list(ctx.session.scalars(_draws(cycle).where(SpotDraw.round == round).order_by(SpotDraw.number)))


def latest(ctx: Context, cycle: plans.Cycle, round: str) -> SpotDraw:
    """The draw that counts. Raises ``NotDrawn``."""
    found = of_round(ctx, cycle, round)
    if not found:
        raise NotDrawn(round=round)
    return found[-1]


def checks(ctx: Context, held: SpotDraw) -> list[SpotCheck]:
    """The checks of a confirmed draw, by unit."""
    return list(ctx.session.scalars(select(SpotCheck).where(SpotCheck.draw_id == held.id).order_by(SpotCheck.unit)))


def recorded(ctx: Context, cycle: plans.Cycle) -> list[tuple[SpotDraw, SpotCheck]]:
    """Every check of the year that was made, in order of draws and units, whoever asks."""
    query = select(SpotDraw, SpotCheck).join(SpotCheck, SpotCheck.draw_id == SpotDraw.id)
    query = query.where(SpotDraw.cycle_id == cycle.id, SpotCheck.recorded_at.is_not(None))
    return [(held, check) for held, check in ctx.session.execute(query.order_by(SpotDraw.id, SpotCheck.unit))]


def seen(ctx: Context, cycle: plans.Cycle) -> list[tuple[SpotDraw, SpotCheck]]:
    """The checks that were made and that the person may read: all, or those of the own units."""
    own = access.own_units(ctx)
    return [row for row in recorded(ctx, cycle) if access.oversees(ctx) or row[1].unit in own]


def get(ctx: Context, cycle: plans.Cycle, check_id: int) -> tuple[SpotDraw, SpotCheck]:
    """A check that was made and that the person may read. Raises ``NotFound``."""
    found = next((row for row in seen(ctx, cycle) if row[1].id == check_id), None)
    if found is None:
        raise NotFound
    return found


def checked(ctx: Context, cycle: plans.Cycle) -> set[str]:
    """The units of which a check is recorded in the year."""
    return {check.unit for _, check in recorded(ctx, cycle)}


def marks(ctx: Context, cycle: plans.Cycle) -> Mapping[int, Mapping[str, list[Decimal]]]:
    """Indicator of the year -> unit -> the marks of its checks."""
    found: dict[int, dict[str, list[Decimal]]] = {}
    for held, check in recorded(ctx, cycle):
        if check.score is not None:
            found.setdefault(held.cycle_indicator_id, {}).setdefault(check.unit, []).append(check.score)
    return found


def _require_drawable(before: Sequence[SpotDraw], reason: str | None) -> None:
    if before and before[-1].confirmed_at is not None:
        raise DrawStands(number=before[-1].number)
    if before and not (reason or "").strip():
        raise Invalid("It was drawn already; write why it is drawn again.")


def _require_two(ctx: Context, unit: str, second: str) -> None:
    if second == ctx.actor:
        raise Invalid("Two different persons make the visit.")
    if second not in people.holders(ctx, "inspector"):
        raise Invalid("The second person must be of the inspection office.")
    posts = {position.unit for who in (ctx.actor, second) if who for position in people.positions(ctx, who)}
    if unit in posts:
        raise Invalid("Nobody checks a unit in which he or she holds a post.")


def _kind(held: SpotDraw, unit: str) -> CheckKind:
    return CheckKind.SPOT_CHECK if unit in held.drawn else CheckKind.FIELD_SURVEY


def _seed(cycle: plans.Cycle, round: str, number: int) -> str:
    """A seed of its own for each draw, so that publishing it tells nothing of the year's other draws."""
    return hashlib.new("sm3", f"{cycle.draw_seed}/spot/{round}/{number}".encode()).hexdigest()[:32]


def _draws(cycle: plans.Cycle) -> Any:
    return select(SpotDraw).where(SpotDraw.cycle_id == cycle.id)
