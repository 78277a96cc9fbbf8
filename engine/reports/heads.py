"""Who headed a unit in a year, and from when to when: what a result says of a team is read beside it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from engine import people
from engine.db import Context


@dataclass(frozen=True, slots=True)
class Head:
    """A person at the head of a unit; ``to_date`` None is in office still."""

    name: str
    from_date: date
    to_date: date | None


def heads(ctx: Context, unit: str, year: int) -> list[Head]:
    """Everybody who led the unit on a day of the year, in the order they came."""
    post = people.Appointment
    query = (
        select(people.Person.name, post.from_date, post.to_date)
        .join(post, post.account == people.Person.account)
        .join(people.Unit, people.Unit.id == post.unit_id)
        .where(people.Unit.code == unit, post.role == "leader", post.from_date <= date(year, 12, 31))
        .where(or_(post.to_date.is_(None), post.to_date >= date(year, 1, 1)))
        .order_by(post.from_date, people.Person.name)
    )
    return [Head(*row) for row in ctx.session.execute(query)]
