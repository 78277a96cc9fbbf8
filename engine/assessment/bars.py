"""What keeps a unit from a good grade whatever its score: a confirmed veto, and opinions nobody has given (S3 4.5, 5.3).

A veto is proposed by one person and confirmed by another, in the year or after it; it bars the grade and leaves score and
rank. Before 优秀 is decided the discipline, petitions and audit bodies are asked in writing; a missing opinion withholds
only that unit's 优秀, unless it is waived with a reason. What follows for a grade is done in ``grading``.
"""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people
from engine.assessment import plans, veto_list
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound


class BarMoved(Conflict):
    """This veto is {status} already."""

    code = "bar_moved"


class BarStands(Conflict):
    """A veto {item} of {unit} is proposed or confirmed already."""

    code = "bar_stands"


class OpinionGiven(Conflict):
    """This opinion was given or waived already."""

    code = "opinion_given"


class BarStatus(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REVOKED = "revoked"


class Body(StrEnum):
    """Who is heard before 优秀 is decided."""

    DISCIPLINE = "discipline"  # 纪委监委
    PETITIONS = "petitions"  # 信访
    AUDIT = "audit"  # 审计


class Verdict(StrEnum):
    CLEAR = "clear"
    OBJECTS = "objects"


class Bar(Base):
    """A veto on one unit's grade of a year, by an item of the controlled list."""

    __tablename__ = "grade_bar"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    #: Code of the item on the year's list of vetoes.
    item: Mapped[str] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=BarStatus.PROPOSED)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(60))
    revoked_why: Mapped[str | None] = mapped_column(Text)


class BodyOpinion(Base):
    """A written opinion on one unit that was asked for, with what came of it."""

    __tablename__ = "body_opinion"
    __table_args__ = (UniqueConstraint("cycle_id", "unit", "body"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(String(20))
    #: The unit that is this body in the city.
    asked_of: Mapped[str] = mapped_column(String(40))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(60))
    due: Mapped[date]
    verdict: Mapped[str | None] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    given_at: Mapped[datetime | None]
    given_by: Mapped[str | None] = mapped_column(String(60))
    waived_at: Mapped[datetime | None]
    waived_by: Mapped[str | None] = mapped_column(String(60))
    waived_why: Mapped[str | None] = mapped_column(Text)

    @property
    def is_open(self) -> bool:
        return self.given_at is None and self.waived_at is None

    @property
    def is_favourable(self) -> bool:
        """Whether nothing in it withholds the grade."""
        return self.waived_at is not None or self.verdict == Verdict.CLEAR


def propose(ctx: Context, cycle: plans.Cycle, unit: str, item: str, basis: str) -> Bar:
    """The lead or the inspection office proposes a veto; it bars nothing until another person confirms it.

    Raises ``veto_list.NotListed`` for an item that is not on the list in force.
    """
    access.require(ctx, "lead", "inspector")
    if unit not in {each.code for each in plans.assessed_units(ctx, cycle)}:
        raise NotFound
    if not item.strip() or not basis.strip():
        raise Invalid("Name the item of the list and write the facts the veto rests on.")
    veto_list.require_listed(ctx, veto_list.ListKind.VETO, item.strip())
    same = [each for each in _of_unit(ctx, cycle, unit) if each.item == item.strip()]
    if any(each.status in (BarStatus.PROPOSED, BarStatus.CONFIRMED) for each in same):
        raise BarStands(item=item.strip(), unit=unit)
    made = Bar(cycle_id=cycle.id, unit=unit, item=item.strip(), basis=basis.strip(), status=BarStatus.PROPOSED)
    made.proposed_at, made.proposed_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "bar.propose", plans.chain_of(cycle), bar=made.id, unit=unit, item=made.item)
    notifications.notify(
        ctx, "bar.proposed", groups=["lead", "committee"], link=plans.path(ctx, cycle, "/hearings#bars"), unit=unit
    )
    return made


def get(ctx: Context, cycle: plans.Cycle, bar_id: int, *states: BarStatus) -> Bar:
    """A veto of the year in one of these states. Raises ``NotFound``, ``BarMoved``."""
    found = ctx.session.get(Bar, bar_id)
    if found is None or found.cycle_id != cycle.id:
        raise NotFound
    if states and found.status not in states:
        raise BarMoved(status=found.status)
    return found


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Bar]:
    """All for those who oversee; a unit sees its own once they are confirmed."""
    query = select(Bar).where(Bar.cycle_id == cycle.id).order_by(Bar.id.desc())
    if not access.oversees(ctx):
        told = (BarStatus.CONFIRMED, BarStatus.REVOKED)
        query = query.where(Bar.unit.in_(access.own_units(ctx)), Bar.status.in_(told))
    return list(ctx.session.scalars(query))


def standing(ctx: Context, cycle: plans.Cycle) -> set[str]:
    """The units whose grade a confirmed veto bars now."""
    query = select(Bar.unit).where(Bar.cycle_id == cycle.id, Bar.status == BarStatus.CONFIRMED)
    return set(ctx.session.scalars(query))


def ask(ctx: Context, cycle: plans.Cycle, units: Iterable[str], body: str, asked_of: str, due: date) -> int:
    """The lead asks one body for its written opinion on these units; returns how many are newly asked."""
    access.require(ctx, "lead")
    wanted, known = sorted(set(units)), {each.code for each in plans.assessed_units(ctx, cycle)}
    if not wanted or not set(wanted) <= known:
        raise Invalid("Choose the units the opinion is asked on.")
    if due < ctx.today:
        raise Invalid("The date {day} lies in the past.", day=due)
    office, kind = people.unit(ctx, asked_of), Body(body)
    asked = {each.unit for each in _opinions(ctx, cycle) if each.body == kind}
    fresh = [unit for unit in wanted if unit not in asked]
    for unit in fresh:
        made = BodyOpinion(cycle_id=cycle.id, unit=unit, body=kind, asked_of=office.code, due=due)
        made.asked_at, made.asked_by = ctx.now, ctx.actor
        ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "opinion.ask", plans.chain_of(cycle), body=kind, asked_of=office.code, units=fresh, due=due)
    groups = [f"clerk@{office.code}", f"leader@{office.code}"]
    notifications.notify(
        ctx,
        "opinion.asked",
        groups=groups,
        link=plans.path(ctx, cycle, "/hearings#bars"),
        count=len(fresh),
        until=str(due),
    )
    return len(fresh)


def give(ctx: Context, cycle: plans.Cycle, opinion_id: int, verdict: str, text: str) -> BodyOpinion:
    """The body answers in writing; once."""
    found = opinion(ctx, cycle, opinion_id)
    access.require(ctx, f"clerk@{found.asked_of}", f"leader@{found.asked_of}")
    if not found.is_open:
        raise OpinionGiven
    if not text.strip():
        raise Invalid("Write the opinion.")
    found.verdict, found.text, found.given_at, found.given_by = Verdict(verdict), text.strip(), ctx.now, ctx.actor
    facts = {"opinion": found.id, "unit": found.unit, "body": found.body, "verdict": found.verdict}
    audit.record(ctx, "opinion.give", plans.chain_of(cycle), **facts)
    notifications.notify(
        ctx, "opinion.given", groups=["lead"], link=plans.path(ctx, cycle, "/hearings#bars"), unit=found.unit
    )
    return found


def waive(ctx: Context, cycle: plans.Cycle, opinion_id: int, why: str) -> BodyOpinion:
    """The lead goes without a missing opinion, saying why; an opinion that objects cannot be waived."""
    access.require(ctx, "lead")
    found = opinion(ctx, cycle, opinion_id)
    if not found.is_open:
        raise OpinionGiven
    if not why.strip():
        raise Invalid("Write why it is decided without this opinion.")
    found.waived_at, found.waived_by, found.waived_why = ctx.now, ctx.actor, why.strip()
    audit.record(ctx, "opinion.waive", plans.chain_of(cycle), opinion=found.id, unit=found.unit, why=found.waived_why)
    return found


def opinion(ctx: Context, cycle: plans.Cycle, opinion_id: int) -> BodyOpinion:
    found = ctx.session.get(BodyOpinion, opinion_id)
    if found is None or found.cycle_id != cycle.id:
        raise NotFound
    return found


def opinions(ctx: Context, cycle: plans.Cycle) -> list[BodyOpinion]:
    """All for those who oversee; a body sees what it was asked. The unit it is about sees none of them."""
    own = access.own_units(ctx)
    return [each for each in _opinions(ctx, cycle) if access.oversees(ctx) or each.asked_of in own]


def withheld(ctx: Context, cycle: plans.Cycle) -> dict[str, list[Body]] | None:
    """Unit -> the bodies whose opinion keeps it from 优秀; a unit nobody was asked about misses all of them.

    None where the year does not need opinions (parameter ``opinions_needed``).
    """
    if not cycle.parameters.get("opinions_needed", False):
        return None
    good: dict[str, set[str]] = {}
    for each in _opinions(ctx, cycle):
        if each.is_favourable:
            good.setdefault(each.unit, set()).add(each.body)
    return {
        unit.code: missing
        for unit in plans.assessed_units(ctx, cycle)
        if (missing := [body for body in Body if body not in good.get(unit.code, set())])
    }


def _opinions(ctx: Context, cycle: plans.Cycle) -> list[BodyOpinion]:
    query = select(BodyOpinion).where(BodyOpinion.cycle_id == cycle.id).order_by(BodyOpinion.unit, BodyOpinion.body)
    return list(ctx.session.scalars(query))


def _of_unit(ctx: Context, cycle: plans.Cycle, unit: str) -> list[Bar]:
    return list(ctx.session.scalars(select(Bar).where(Bar.cycle_id == cycle.id, Bar.unit == unit)))
