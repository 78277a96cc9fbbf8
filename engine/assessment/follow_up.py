"""Follow-up review (回头看督考): thirty to sixty days after close-out the inspection office looks again (S3 4.1, G2).

Red, repeated and consultation matters and a drawn fifth of the others on site, by two named persons with a record sheet;
the rest as a written check against the next reading. A rebound reopens the same matter.
"""

import hashlib
from collections.abc import Mapping, Set
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, feel, notifications, people, workflow
from engine.assessment import evidence, hands, indicators, plans
from engine.assessment.rectification import Item, acceptors, owners, reopen
from engine.assessment.rectification import item as visible
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class AlreadyReviewed(Conflict):
    """The second look at {number} is recorded already."""

    code = "already_reviewed"


class TooEarly(Refused):
    """The second look at {number} begins on {day}."""

    code = "too_early"


class ReviewForm(StrEnum):
    ON_SITE = "on_site"
    WRITTEN = "written"


class Verdict(StrEnum):
    CONFIRMED = "confirmed"
    REBOUNDED = "rebounded"


class Review(Base):
    """The second look at one close-out."""

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("item_id", "round"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    #: The matter's round that was closed out.
    round: Mapped[int]
    opens_at: Mapped[datetime]
    #: The review is due when ``follow_up_after`` has passed; ``until`` is the end of the window.
    due_at: Mapped[datetime]
    until: Mapped[datetime]
    drawn: Mapped[bool | None]
    #: What the draw was made with, so that anybody can repeat it.
    draw_seed: Mapped[str | None] = mapped_column(String(80))
    draw_value: Mapped[Decimal | None]
    form: Mapped[str | None] = mapped_column(String(20))
    first_reviewer: Mapped[str | None] = mapped_column(String(60))
    second_reviewer: Mapped[str | None] = mapped_column(String(60))
    visited_on: Mapped[date | None]
    place: Mapped[str | None] = mapped_column(String(200))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    verdict: Mapped[str | None] = mapped_column(String(20))
    finding: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(60))


def schedule(ctx: Context, cycle: plans.Cycle, item: Item) -> Review:
    """Plan the second look at a close-out: it opens ``follow_up_after`` later and is due by the end of that working day."""
    made = Review(
        item_id=item.id,
        round=item.round,
        opens_at=calendars.start_of(ctx.today + _days(cycle, "follow_up_after")),
        due_at=due_after(ctx, cycle, ctx.today),
        until=calendars.end_of(ctx.today + _days(cycle, "follow_up_until")),
    )
    ctx.session.add(made)
    ctx.session.flush()
    workflow.start(
        ctx,
        "follow_up_review",
        package=cycle.package,
        key=f"{cycle.year}/review/{item.number}/{item.round}",
        title=f"{people.unit(ctx, item.unit).name} · {indicators.get(ctx, item.cycle_indicator_id).name}",
        unit=item.worked_by,
        variables={
            "cycle": cycle.id,
            "review": made.id,
            "item": item.id,
            "unit": item.worked_by,
            "indicator": indicators.get(ctx, item.cycle_indicator_id).code,
            "round": item.round,
            "review_from": made.opens_at,
            "review_due": made.due_at,
            "red": item.red,
            "repeated": item.repeated,
            "source": str(item.source),
        },
    )
    return made


def draw(ctx: Context, cycle: plans.Cycle, review: Review) -> bool:
    """Draw whether this matter is in the sample looked at on site; the seed and the drawn value are kept.

    The value is the SM3 of seed, number and round, read as a fraction of 1: whoever has the seed can draw again.
    """
    item = ctx.session.get_one(Item, review.item_id)
    text = f"{cycle.draw_seed}/{item.number}/{review.round}"
    value = Decimal(int(hashlib.new("sm3", text.encode()).hexdigest()[:12], 16)) / Decimal(16**12)
    review.draw_seed, review.draw_value = cycle.draw_seed, value.quantize(Decimal("0.000000000001"))
    review.drawn = review.draw_value < cycle.number("follow_up_sample")
    facts = {"item": item.number, "seed": review.draw_seed, "value": review.draw_value, "drawn": review.drawn}
    audit.record(ctx, "review.draw", plans.chain_of(cycle), **facts)
    return review.drawn


def record(ctx: Context, cycle: plans.Cycle, review: Review, form: str, given: Mapping[str, Any]) -> None:
    """The inspection office records what it found, by nobody who owned or accepted the work (5.4).

    On site two different inspectors sign for it, with the sheet. Raises ``AlreadyReviewed``, ``TooEarly``,
    ``hands.OwnWork``.
    """
    access.require(ctx, "inspector")
    item = ctx.session.get_one(Item, review.item_id)
    if review.done_at is not None:
        raise AlreadyReviewed(number=item.number)
    if ctx.now < review.opens_at:
        raise TooEarly(number=item.number, day=calendars.local_date(review.opens_at))
    part = owners(ctx, item) | acceptors(ctx, item)
    hands.require_apart(ctx, *part)
    if form == ReviewForm.ON_SITE:
        _record_visit(ctx, review, given, part)
    review.form, review.verdict, review.finding = ReviewForm(form), Verdict(given["verdict"]), given["finding"]
    review.done_at, review.done_by = ctx.now, ctx.actor
    facts = {"item": item.number, "round": review.round, "form": form, "verdict": review.verdict}
    audit.record(ctx, "review.record", plans.chain_of(cycle), **facts)
    groups = [f"clerk@{item.worked_by}", f"leader@{item.worked_by}"]
    kind = f"review.{review.verdict}"
    notifications.notify(ctx, kind, groups=groups, link=f"/items/{item.id}", number=item.number)


def rebound(ctx: Context, cycle: plans.Cycle, review: Review) -> None:
    """The problem came back: the same matter reopens."""
    if review.verdict != Verdict.REBOUNDED:
        raise Invalid("The second look has found no rebound.")
    reopen(ctx, cycle, ctx.session.get_one(Item, review.item_id), review.finding or "")


def due_after(ctx: Context, cycle: plans.Cycle, closed_on: date) -> datetime:
    """When the second look at what was closed out on that day is due."""
    return calendars.end_of(calendars.calendar(ctx).roll(closed_on + _days(cycle, "follow_up_after")))


def review(ctx: Context, review_id: int) -> Review:
    """A review of a matter the person may see."""
    found = ctx.session.get(Review, review_id)
    if found is None:
        raise NotFound
    visible(ctx, found.item_id)
    return found


def of_item(ctx: Context, item: Item) -> list[Review]:
    """The reviews of the matter, one per closed round."""
    return list(ctx.session.scalars(select(Review).where(Review.item_id == item.id).order_by(Review.round)))


def of_cycle(ctx: Context, cycle: plans.Cycle) -> dict[tuple[int, int], Review]:
    """(item, round) -> review."""
    query = select(Review).join(Item, Item.id == Review.item_id).where(Item.cycle_id == cycle.id)
    return {(each.item_id, each.round): each for each in ctx.session.scalars(query)}


def _record_visit(ctx: Context, review: Review, given: Mapping[str, Any], part: Set[str]) -> None:
    first, second = given["first_reviewer"], given["second_reviewer"]
    if not given["record_sheet"]:
        raise Invalid("Attach the record sheet of the visit.")
    if first == second:
        raise Invalid("Two different persons make the visit.")
    if ctx.actor is not None and ctx.actor not in (first, second):
        raise Invalid("Who records the visit must be one of the two who made it.")
    if not {first, second} <= set(people.holders(ctx, "inspector")) - part:
        raise Invalid("The visit is made by two of the inspection office who had no part in the matter.")
    if not calendars.local_date(review.opens_at) <= given["visited_on"] <= ctx.today:
        raise Invalid("The day of the visit lies between {day} and today.", day=calendars.local_date(review.opens_at))
    review.first_reviewer, review.second_reviewer = first, second
    review.visited_on, review.place, review.file_id = given["visited_on"], given["place"], given["record_sheet"][0]
    evidence.attach(ctx, f"review:{review.id}", given["record_sheet"])


def _days(cycle: plans.Cycle, parameter: str) -> timedelta:
    length = feel.compile(f'duration("{cycle.parameter(parameter)}")').evaluate({})
    if not isinstance(length, timedelta):
        raise Invalid("The parameter {name} must be a duration such as P30D.", name=parameter)
    return length
