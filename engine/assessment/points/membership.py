"""Who belongs to which branch on which day, and who rates whom (S4, rows N1, N6).

Three layers: committee, branch, member. Nobody rates themself: a branch's secretary rates its members, the committee's
secretary rates the branch secretaries; one who holds both posts is rated by the discipline secretary.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select

from engine import access, people
from engine.assessment import plans
from engine.db import Context
from engine.errors import NotFound, Refused

MEMBER, SECRETARY, DISCIPLINE = "member", "secretary", "discipline"


class NotMember(NotFound):
    """{account} belongs to no branch on {day}."""

    code = "not_member"


class NoRater(Refused):
    """Nobody may rate {account}: fill the post of the secretary or of the discipline secretary of {committee}."""

    code = "no_rater"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member belongs on a day."""

    account: str
    branch: str
    committee: str


def month_end(month: str) -> date:
    """The last day of a month such as 2026-03."""
    year, number = int(month[:4]), int(month[5:])
    following = date(year + number // 12, number % 12 + 1, 1)
    return following - timedelta(days=1)


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def months_of(year: int) -> list[str]:
    return [f"{year}-{number:02}" for number in range(1, 13)]


def places(ctx: Context, day: date, accounts: Collection[str] | None = None) -> dict[str, Place]:
    """Account -> where it belongs on the day; of two branches at a time the first by code counts."""
    query = (
        select(people.Appointment.account, people.Unit.code, people.Unit.parent_id)
        .join(people.Unit, people.Unit.id == people.Appointment.unit_id)
        .where(people.Appointment.role == MEMBER, *_on(day))
        .order_by(people.Appointment.account, people.Unit.code.desc())
    )
    if accounts is not None:
        query = query.where(people.Appointment.account.in_(accounts))
    above = _codes(ctx)
    return {
        account: Place(account, branch, above[parent])
        for account, branch, parent in ctx.session.execute(query)
        if parent is not None
    }


def place(ctx: Context, account: str, day: date) -> Place:
    """Raises ``NotMember`` for who belongs to no branch on the day."""
    found = places(ctx, day, [account]).get(account)
    if found is None:
        raise NotMember(account=account, day=day)
    return found


def committees(ctx: Context, day: date) -> list[str]:
    """The units above branches that have members on the day, by code."""
    return sorted({each.committee for each in places(ctx, day).values()})


def branches(ctx: Context, committee: str, day: date) -> list[str]:
    """The committee's branches that have members on the day, by code."""
    return sorted({each.branch for each in places(ctx, day).values() if each.committee == committee})


def committee_of(ctx: Context, branch: str) -> str:
    """Raises ``NotFound`` for a unit that lies below none."""
    above = people.unit(ctx, branch).parent_id
    if above is None:
        raise NotFound
    return _codes(ctx)[above]


def raters(ctx: Context, members: Iterable[Place]) -> dict[str, str]:
    """Account -> the candidate group that rates it. A vacant post's work goes to the one above. Raises ``NoRater``."""
    holders: dict[str, list[str]] = {}

    def hold(group: str) -> list[str]:
        if group not in holders:
            holders[group] = people.holders(ctx, group)
        return holders[group]

    return {each.account: _rater(each, hold) for each in members}


def _rater(member: Place, hold: Callable[[str], list[str]]) -> str:
    for group in (
        f"{SECRETARY}@{member.branch}",
        f"{SECRETARY}@{member.committee}",
        f"{DISCIPLINE}@{member.committee}",
    ):
        held = hold(group)
        if held and member.account not in held:
            return group
    raise NoRater(account=member.account, committee=member.committee)


def rater_of(ctx: Context, member: Place) -> str:
    return raters(ctx, [member])[member.account]


def keeps(ctx: Context, member: Place) -> bool:
    """Whether the actor keeps the member's account: who rates them, their committee's secretaries, or the lead."""
    groups = (
        f"{SECRETARY}@{member.branch}",
        f"{SECRETARY}@{member.committee}",
        f"{DISCIPLINE}@{member.committee}",
        "lead",
    )
    return access.may(ctx, *groups)


def is_own(ctx: Context, account: str) -> bool:
    """Whether the actor, or who the actor stands in for, is this person."""
    return account in (ctx.actor, ctx.on_behalf_of)


def sees_branch(ctx: Context, branch: str) -> bool:
    """Whether the actor may see the branch's ranking: its members, and who keeps it."""
    committee = committee_of(ctx, branch)
    return branch in access.own_units(ctx) or access.may(ctx, *keepers(committee))


def keepers(committee: str) -> tuple[str, ...]:
    """The groups that see a whole committee."""
    return f"{SECRETARY}@{committee}", f"{DISCIPLINE}@{committee}", "lead"


def own_branch(ctx: Context) -> Place | None:
    """Where the person who acts belongs today."""
    who = ctx.on_behalf_of or ctx.actor
    return places(ctx, ctx.today, [who]).get(who) if who else None


def names(ctx: Context, members: Mapping[str, object]) -> dict[str, str]:
    return people.names(ctx, members)


def year_of(cycle: plans.Cycle) -> tuple[date, date]:
    return date(cycle.year, 1, 1), date(cycle.year, 12, 31)


def _on(day: date) -> tuple[ColumnElement[bool], ...]:
    held = people.Appointment
    return held.from_date <= day, or_(held.to_date.is_(None), held.to_date >= day)


def _codes(ctx: Context) -> dict[int, str]:
    return {unit.id: unit.code for unit in people.units(ctx)}
