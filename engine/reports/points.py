"""Points as pages, programs and workbooks show them; who may see whose is decided here (S4, rows N12, N13).

A member sees their own points and the ranking of their branch; the branch's secretary the branch; the committee all of it.
Of a vetoed member no points are told to anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from engine import access, audit, people
from engine.assessment import plans, ranking, scoring
from engine.assessment.points import appeals, entries, items, membership, months, scheme, vetoes, year
from engine.db import Context

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's place so far: the part of the year's formula that is known."""

    account: str
    name: str
    branch: str
    #: How many months are closed, and the mean of their bases.
    months: int
    mean: Decimal | None
    bonus: Decimal
    #: mean · 90 % + honours; None before any month is closed.
    so_far: Decimal | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class BranchStanding:
    code: str
    name: str
    members: int
    #: The mean of its ranked members.
    mean: Decimal | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as people read it."""

    entry: entries.PointEntry
    item: items.PointItem
    appeal: appeals.PointAppeal | None
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one member's points of a year."""

    account: str
    name: str
    place: membership.Place
    is_vetoed: bool
    #: The running month, and what its entries come to so far.
    month: str
    marks: Mapping[str, Decimal]
    bonus: Decimal
    months: Sequence[months.PointMonth]
    quarters: Sequence[year.PointQuarter]
    lines: Sequence[Line]
    #: What is published of the year; None before that.
    result: year.PointResult | None

    @property
    def mark(self) -> Decimal:
        return sum(self.marks.values(), ZERO)


def own(ctx: Context, cycle: plans.Cycle) -> Detail:
    """The points of the person who acts. Raises ``membership.NotMember``."""
    return _detail(ctx, cycle, ctx.on_behalf_of or ctx.actor or "")


def of_person(ctx: Context, cycle: plans.Cycle, account: str) -> Detail:
    """One person's points, for themself and for who keeps them. Raises ``NotYours``."""
    people.person(ctx, account)
    member = membership.place(ctx, account, day_of(ctx, cycle))
    if not membership.is_own(ctx, account) and not membership.keeps(ctx, member):
        raise access.NotYours(groups=f"secretary@{member.branch}")
    return _detail(ctx, cycle, account)


def exported(ctx: Context, cycle: plans.Cycle, account: str) -> Detail:
    """The same, taken away: who took whose points when is kept (N13)."""
    found = of_person(ctx, cycle, account)
    audit.record(ctx, "points.export", plans.chain_of(cycle), account=account, rows=len(found.lines))
    return found


def branch(ctx: Context, cycle: plans.Cycle, code: str) -> list[Standing]:
    """A branch's ranking so far, the best first; vetoed members are not in it. Raises ``NotYours``."""
    if not membership.sees_branch(ctx, code):
        raise access.NotYours(groups=f"secretary@{code}")
    found = _members(ctx, cycle)
    return _ranked(ctx, cycle, [each for each in found.values() if each.branch == code])


def latest(ctx: Context, cycle: plans.Cycle, code: str, limit: int) -> list[entries.PointEntry]:
    """What was entered last in a branch, for who keeps it; of vetoed members nothing."""
    vetoed = vetoes.vetoed(ctx, cycle)
    return [each for each in entries.latest(ctx, cycle, code, limit) if each.account not in vetoed]


def branches(ctx: Context, cycle: plans.Cycle, committee: str) -> list[BranchStanding]:
    """The committee's branches by the mean of their members; for everybody who belongs to it. Raises ``NotYours``."""
    mine = membership.own_branch(ctx)
    if (mine is None or mine.committee != committee) and not access.may(ctx, *membership.keepers(committee)):
        raise access.NotYours(groups=f"secretary@{committee}")
    members = [each for each in _members(ctx, cycle).values() if each.committee == committee]
    standing = _ranked(ctx, cycle, members)
    means: dict[str, Decimal | None] = {}
    for code in sorted({each.branch for each in members}):
        known = [each.so_far for each in standing if each.branch == code and each.so_far is not None]
        means[code] = _mean(known) if known else None
    ranks = ranking.ranks(means)
    found = [
        BranchStanding(
            code, people.unit(ctx, code).name, sum(each.branch == code for each in members), mean, ranks[code]
        )
        for code, mean in means.items()
    ]
    return sorted(found, key=lambda each: (each.rank is None, each.rank, each.code))


def results(ctx: Context, cycle: plans.Cycle, committee: str) -> list[year.PointResult]:
    """The year's results, the best first: all of them for who keeps the committee, from their proposal on; for members
    those of their branch, from publicity on. Raises ``NotYours``.
    """
    keeps = access.may(ctx, *membership.keepers(committee))
    mine = membership.own_branch(ctx)
    if not keeps and (mine is None or mine.committee != committee):
        raise access.NotYours(groups=f"secretary@{committee}")
    found = [
        each
        for each in year.of_committee(ctx, cycle, committee)
        if keeps or (each.decided_at is not None and mine is not None and each.branch == mine.branch)
    ]
    return sorted(found, key=lambda each: (each.committee_rank is None, each.committee_rank, each.account))


def detailed(ctx: Context, results: Sequence[year.PointResult]) -> frozenset[str]:
    """Of whose results the person sees how they came about: their own, and those they keep."""
    return frozenset(
        each.account
        for each in results
        if membership.is_own(ctx, each.account)
        or membership.keeps(ctx, membership.Place(each.account, each.branch, each.committee))
    )


def committees(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The committees the person belongs to or keeps."""
    mine = membership.own_branch(ctx)
    every = membership.committees(ctx, day_of(ctx, cycle))
    return [
        each
        for each in every
        if access.may(ctx, *membership.keepers(each)) or (mine is not None and mine.committee == each)
    ]


def day_of(ctx: Context, cycle: plans.Cycle) -> date:
    """Today, or the year's last day once that is over."""
    first, last = membership.year_of(cycle)
    return min(max(ctx.today, first), last)


def unrated(ctx: Context, cycle: plans.Cycle, account: str) -> list[months.PointMonth]:
    """The months the person has still to rate themself in."""
    return [each for each in months.all_of(ctx, cycle, account) if each.state == months.State.OPEN]


def _detail(ctx: Context, cycle: plans.Cycle, account: str) -> Detail:
    day = day_of(ctx, cycle)
    member = membership.place(ctx, account, day)
    month, vetoed = membership.month_of(day), account in vetoes.vetoed(ctx, cycle)
    result = year.result_of(ctx, cycle, account)
    keeps = access.may(ctx, *membership.keepers(member.committee))
    return Detail(
        account=account,
        name=people.person(ctx, account).name,
        place=member,
        is_vetoed=vetoed,
        month=month,
        marks={} if vetoed else entries.month_marks(ctx, cycle, [account], month)[account],
        bonus=ZERO if vetoed else entries.honours(ctx, cycle, [account])[account],
        months=[] if vetoed else months.all_of(ctx, cycle, account),
        quarters=[] if vetoed else year.quarters_of(ctx, cycle, account),
        lines=[] if vetoed else _lines(ctx, cycle, account),
        result=result if result is not None and (keeps or result.decided_at is not None) else None,
    )


def _lines(ctx: Context, cycle: plans.Cycle, account: str) -> list[Line]:
    found, known = entries.of_member(ctx, cycle, account), items.by_code(ctx, cycle)
    disputed = appeals.of_member(ctx, cycle, account)
    undone = {each.undoes for each in found if each.undoes is not None}
    return [Line(each, known[each.item], disputed.get(each.id), each.id in undone) for each in reversed(found)]


def _members(ctx: Context, cycle: plans.Cycle) -> dict[str, membership.Place]:
    vetoed = vetoes.vetoed(ctx, cycle)
    found = membership.places(ctx, day_of(ctx, cycle))
    return {account: each for account, each in found.items() if account not in vetoed}


def _ranked(ctx: Context, cycle: plans.Cycle, members: Sequence[membership.Place]) -> list[Standing]:
    accounts = [each.account for each in members]
    drawn, names = scheme.of_cycle(cycle), people.names(ctx, accounts)
    closed, honours = months.closed(ctx, cycle), entries.honours(ctx, cycle, accounts)
    bases = {each: [row.base for row in closed.get(each, []) if row.base is not None] for each in accounts}
    so_far = {each: _so_far(drawn, bases[each], honours[each]) for each in accounts}
    ranks = ranking.ranks(so_far)
    found = [
        Standing(
            account=each.account,
            name=names[each.account],
            branch=each.branch,
            months=len(bases[each.account]),
            mean=year.mean(bases[each.account]) if bases[each.account] else None,
            bonus=honours[each.account],
            so_far=so_far[each.account],
            rank=ranks[each.account],
        )
        for each in members
    ]
    return sorted(found, key=lambda each: (each.rank is None, each.rank, each.account))


def _so_far(drawn: scheme.Scheme, bases: Sequence[Decimal], bonus: Decimal) -> Decimal | None:
    if not bases:
        return None
    exact = sum((Fraction(each) for each in bases), Fraction(0)) / len(bases)
    return scoring.half_up(exact * Fraction(drawn.monthly_weight) + Fraction(bonus), 6)


def _mean(values: Sequence[Decimal]) -> Decimal:
    return scoring.half_up(sum((Fraction(each) for each in values), Fraction(0)) / len(values), 6)
