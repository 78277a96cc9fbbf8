"""The quarter's summary and the year's result of persons (S4, rows N5, N7–N10).

annual = mean of the member's months · 90 % + democratic review · 10 % + honours. A vetoed member has no score, no rank, no
grade. Results are proposed by the program, decided by people, shown for some days, then published.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit, calendars, notifications, workflow
from engine.assessment import plans, ranking, rules, scoring
from engine.assessment.points import entries, membership, months, reviews, scheme, vetoes
from engine.db import Base, Context, Key
from engine.errors import Conflict, NotFound, Refused

GROUP_SCOPE: Final = "group"


class NoPointsYet(NotFound):
    """The results of {year} are not proposed yet."""

    code = "no_points_yet"


class MonthsOpen(Refused):
    """The months {months} of {committee} are not closed; close them first."""

    code = "months_open"


class ReviewMissing(Refused):
    """The review of {raters} is missing; enter it first."""

    code = "review_missing"


class PointsDecided(Conflict):
    """The points of {year} are decided already."""

    code = "points_decided"


class PointsNotDecided(Refused):
    """The points of {year} are not decided yet."""

    code = "points_not_decided"


class BooksClosed(Refused):
    """The books of {year} are closed; its points stand as they are."""

    code = "points_books_closed"


class QuarterSummed(Conflict):
    """The quarter {quarter} is summed up already."""

    code = "quarter_summed"


class PointQuarter(Base):
    """A member's quarter: the mean of its closed months and its honours."""

    __tablename__ = "point_quarter"
    __table_args__ = (UniqueConstraint("cycle_id", "account", "quarter"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    account: Mapped[str] = mapped_column(String(60))
    branch: Mapped[str] = mapped_column(String(40))
    #: As 2026-Q1.
    quarter: Mapped[str] = mapped_column(String(7))
    months: Mapped[int]
    #: HALF_UP to 6 decimals.
    mean: Mapped[Decimal]
    bonus: Mapped[Decimal]
    summed_at: Mapped[datetime]


class PointResult(Base):
    """A member's year. Who is vetoed has neither score nor rank nor grade."""

    __tablename__ = "point_result"
    __table_args__ = (UniqueConstraint("cycle_id", "account"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    account: Mapped[str] = mapped_column(String(60))
    branch: Mapped[str] = mapped_column(String(40))
    committee: Mapped[str] = mapped_column(String(40))
    #: How many months count.
    months: Mapped[int]
    vetoed: Mapped[bool]
    mean: Mapped[Decimal | None]
    review: Mapped[Decimal | None]
    bonus: Mapped[Decimal | None]
    score: Mapped[Decimal | None]
    #: Within the branch, and over the committee.
    branch_rank: Mapped[int | None]
    committee_rank: Mapped[int | None]
    grade: Mapped[str | None] = mapped_column(String(20))
    standard: Mapped[str | None] = mapped_column(String(20))
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    #: When it last changed after it had been published.
    corrected_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Year:
    """What a member's year is computed from."""

    account: str
    branch: str
    bases: Sequence[Decimal]
    review: Decimal | None
    bonus: Decimal
    vetoed: bool


@dataclass(frozen=True, slots=True)
class Computed:
    """What it comes to."""

    score: Decimal | None
    grade: str | None
    branch_rank: int | None
    committee_rank: int | None
    standard: str | None


def summarise_quarter(ctx: Context, cycle: plans.Cycle, quarter: str, committee: str) -> int:
    """Sum up a quarter of a committee; returns of how many members. Raises ``QuarterSummed`` the second time."""
    wanted = months.months_of_quarter(quarter)
    closed = _in_committee(months.closed(ctx, cycle, wanted), committee)
    query = select(PointQuarter.id).where(
        PointQuarter.cycle_id == cycle.id, PointQuarter.quarter == quarter, PointQuarter.account.in_(closed)
    )
    if ctx.session.scalar(query.limit(1)) is not None:
        raise QuarterSummed(quarter=quarter)
    since, until = membership.month_end(wanted[0]).replace(day=1), membership.month_end(wanted[-1])
    honours = entries.honours_between(ctx, cycle, closed, since, until)
    for account, rows in closed.items():
        made = PointQuarter(cycle_id=cycle.id, account=account, branch=rows[-1].branch, quarter=quarter)
        made.months, made.mean, made.bonus = len(rows), mean(_bases(rows)), honours[account]
        made.summed_at = ctx.now
        ctx.session.add(made)
    ctx.session.flush()
    audit.record(
        ctx, "points.quarter", plans.chain_of(cycle), quarter=quarter, committee=committee, members=len(closed)
    )
    notifications.notify(
        ctx, "points.quarter", accounts=closed, link=plans.path(ctx, cycle, "/points"), quarter=quarter
    )
    return len(closed)


def propose(ctx: Context, cycle: plans.Cycle, committee: str) -> list[PointResult]:
    """Work out the year of everybody who is a member on 31 December; an earlier proposal is replaced.

    Raises ``MonthsOpen``, ``ReviewMissing``, ``PointsDecided``.
    """
    if waiting := months.unclosed(ctx, cycle, committee):
        raise MonthsOpen(months=", ".join(waiting), committee=committee)
    if missing := reviews.missing(ctx, cycle, committee):
        raise ReviewMissing(raters=", ".join(missing))
    for old in of_committee(ctx, cycle, committee):
        if old.decided_at is not None:
            raise PointsDecided(year=cycle.year)
        ctx.session.delete(old)
    ctx.session.flush()
    years = years_of(ctx, cycle, committee)
    computed = compute(scheme.of_cycle(cycle), years)
    made = [_result(ctx, cycle, committee, each, computed[each.account]) for each in years]
    ctx.session.add_all(made)
    ctx.session.flush()
    told = {each.account: [str(each.score), each.branch_rank, each.grade] for each in made}
    audit.record(ctx, "points.propose", plans.chain_of(cycle), committee=committee, results=told)
    return made


def years_of(ctx: Context, cycle: plans.Cycle, committee: str) -> list[Year]:
    """What the year of everybody under review is computed from, by account."""
    under_review = {row.account: row for row in reviews.of_committee(ctx, cycle, committee)}
    closed, vetoed = months.closed(ctx, cycle), vetoes.vetoed(ctx, cycle)
    honours = entries.honours(ctx, cycle, under_review)
    return [
        Year(each, row.branch, _bases(closed.get(each, [])), row.score, honours[each], each in vetoed)
        for each, row in sorted(under_review.items())
    ]


def compute(drawn: scheme.Scheme, years: Sequence[Year]) -> dict[str, Computed]:
    """Account -> score, grade, ranks and standard among these members; pure and exact (N7–N10)."""
    if not years:
        return {}
    scored = {each.unit: each for each in scoring.score(_case(drawn, years))}
    scores = {account: each.score for account, each in scored.items() if each.score is not None}
    over_all = ranking.ranks(scores)
    within: dict[str, int | None] = {}
    for members in ranking.populations({each.account: each.branch for each in years}, GROUP_SCOPE).values():
        within |= ranking.ranks({account: scores[account] for account in members if account in scores})
    found: dict[str, Computed] = {}
    for each in years:
        rank = over_all.get(each.account)
        standard = drawn.standard(rank, len(scores)) if rank is not None else None
        mine = scored[each.account]
        found[each.account] = Computed(mine.score, mine.grade, within.get(each.account), rank, standard)
    return found


def decide(ctx: Context, cycle: plans.Cycle, committee: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The lead enters the committee's decision with its minutes: publicity begins, or it is proposed anew."""
    proposed = require_proposed(ctx, cycle, committee)
    if proposed[0].decided_at is not None:
        raise PointsDecided(year=cycle.year)
    if not rules.record_decision(ctx, cycle, "grades", given).approved:
        return {"approved": False, "publicity_until": None}
    for each in proposed:
        each.decided_at = ctx.now
    audit.record(ctx, "points.decide", plans.chain_of(cycle), committee=committee)
    told = [each.account for each in proposed]
    notifications.notify(
        ctx, "points.decided", accounts=told, link=plans.path(ctx, cycle, "/points/results"), year=cycle.year
    )
    return {"approved": True, "publicity_until": calendars.deadline(ctx, cycle.days("publicity"))}


def publish(ctx: Context, cycle: plans.Cycle, committee: str) -> None:
    """The publicity is over: the result is final. The last committee to publish closes the year's assessment.

    A veto confirmed since the decision takes the member's points away; nobody else's change.
    """
    decided = require_proposed(ctx, cycle, committee)
    if decided[0].decided_at is None:
        raise PointsNotDecided(year=cycle.year)
    vetoed = vetoes.vetoed(ctx, cycle)
    for each in decided:
        each.published_at = ctx.now
        if each.account in vetoed:
            strike(each)
    ctx.session.flush()
    audit.record(ctx, "points.publish", plans.chain_of(cycle), committee=committee)
    told = [each.account for each in decided]
    notifications.notify(
        ctx, "points.published", accounts=told, link=plans.path(ctx, cycle, "/points/results"), year=cycle.year
    )
    if all(each.published_at is not None for each in of_cycle(ctx, cycle)) and _all_proposed(ctx, cycle):
        cycle.status = plans.CycleStatus.FINAL
        workflow.send(ctx, "results_published", key=str(cycle.id))


def settle(ctx: Context, cycle: plans.Cycle, account: str) -> None:
    """A veto was confirmed or revoked: bring the member's result into line with it.

    What is only proposed is worked out anew for the whole committee. Once it is decided nobody else's result moves: the
    member is struck, or gets what their months, review and honours come to, with the place that has among all. What is
    published is corrected the same way, and says since when. Raises ``BooksClosed``.
    """
    result = result_of(ctx, cycle, account)
    if result is None:
        return
    require_books_open(cycle)
    if result.decided_at is None:
        propose(ctx, cycle, result.committee)
        return
    before = _facts(result)
    years = years_of(ctx, cycle, result.committee)
    mine = next(each for each in years if each.account == account)
    _write(result, mine, compute(scheme.of_cycle(cycle), years)[account])
    result.corrected_at = ctx.now if result.published_at is not None else None
    ctx.session.flush()
    facts = {"account": account, "before": before, "after": _facts(result)}
    audit.record(ctx, "points.correct", plans.chain_of(cycle), **facts)


def require_books_open(cycle: plans.Cycle) -> None:
    """Raises ``BooksClosed`` for a year that is archived."""
    if cycle.status == plans.CycleStatus.ARCHIVED:
        raise BooksClosed(year=cycle.year)


def strike(result: PointResult) -> None:
    """Take a vetoed member's points away: nothing of them is shown any more."""
    result.vetoed = True
    result.mean = result.review = result.bonus = result.score = None
    result.branch_rank = result.committee_rank = result.grade = result.standard = None


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[PointResult]:
    query = select(PointResult).where(PointResult.cycle_id == cycle.id)
    return list(ctx.session.scalars(query.order_by(PointResult.account)))


def of_committee(ctx: Context, cycle: plans.Cycle, committee: str) -> list[PointResult]:
    return [each for each in of_cycle(ctx, cycle) if each.committee == committee]


def require_proposed(ctx: Context, cycle: plans.Cycle, committee: str) -> list[PointResult]:
    """Raises ``NoPointsYet``."""
    found = of_committee(ctx, cycle, committee)
    if not found:
        raise NoPointsYet(year=cycle.year)
    return found


def result_of(ctx: Context, cycle: plans.Cycle, account: str) -> PointResult | None:
    query = select(PointResult).where(PointResult.cycle_id == cycle.id, PointResult.account == account)
    return ctx.session.scalar(query)


def quarters_of(ctx: Context, cycle: plans.Cycle, account: str) -> list[PointQuarter]:
    query = select(PointQuarter).where(PointQuarter.cycle_id == cycle.id, PointQuarter.account == account)
    return list(ctx.session.scalars(query.order_by(PointQuarter.quarter)))


def rank_of(cycle: plans.Cycle, result: PointResult) -> int | None:
    """The rank the year tells: within the branch or over the committee, as ``rank_scope`` says."""
    within = cycle.parameter("rank_scope") == GROUP_SCOPE
    return result.branch_rank if within else result.committee_rank


def differing(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """Members whose stored result is not what months, review, honours and vetoes give now."""
    stored = {each.account: each for each in of_cycle(ctx, cycle)}
    wrong: list[str] = []
    for committee in sorted({each.committee for each in stored.values()}):
        years = years_of(ctx, cycle, committee)
        computed = compute(scheme.of_cycle(cycle), years)
        wrong += [account for account, each in computed.items() if not _agrees(stored.get(account), each)]
    return wrong


def mean(bases: Sequence[Decimal]) -> Decimal:
    """HALF_UP to 6 decimals, for showing; the year is computed from the bases themselves."""
    exact = sum((Fraction(each) for each in bases), Fraction(0)) / len(bases)
    return scoring.half_up(exact, 6)


def _agrees(stored: PointResult | None, computed: Computed) -> bool:
    if stored is None:
        return False
    # Ranks given before a late veto stand; what is struck is not ranked anew.
    return (stored.score, stored.grade) == (computed.score, computed.grade)


def _case(drawn: scheme.Scheme, years: Iterable[Year]) -> dict[str, Any]:
    weights = {"monthly_weight": str(drawn.monthly_weight), "review_weight": str(drawn.review_weight)}
    return {
        "method": "points_annual",
        "params": {**weights, "lines": dict(drawn.lines)},
        "rows": [
            {
                "unit": each.account,
                "monthly": [format(base, "f") for base in each.bases],
                "review": None if each.review is None else format(each.review, "f"),
                "bonus": format(each.bonus, "f"),
                "vetoed": each.vetoed,
            }
            for each in years
        ],
    }


def _result(ctx: Context, cycle: plans.Cycle, committee: str, each: Year, computed: Computed) -> PointResult:
    made = PointResult(cycle_id=cycle.id, account=each.account, branch=each.branch, committee=committee)
    made.months, made.proposed_at = len(each.bases), ctx.now
    _write(made, each, computed)
    return made


def _write(result: PointResult, each: Year, computed: Computed) -> None:
    result.vetoed = each.vetoed
    if each.vetoed:
        strike(result)
        return
    result.mean = mean(each.bases) if each.bases else None
    result.review, result.bonus = each.review, each.bonus
    result.score, result.grade, result.standard = computed.score, computed.grade, computed.standard
    result.branch_rank, result.committee_rank = computed.branch_rank, computed.committee_rank


def _facts(result: PointResult) -> list[str | int | None]:
    score = None if result.score is None else str(result.score)
    return [score, result.grade, result.standard, result.branch_rank, result.committee_rank]


def _bases(rows: Iterable[months.PointMonth]) -> list[Decimal]:
    return [row.base for row in rows if row.base is not None]


def _in_committee(closed: Mapping[str, list[months.PointMonth]], committee: str) -> dict[str, list[months.PointMonth]]:
    return {account: rows for account, rows in closed.items() if rows[-1].committee == committee}


def _all_proposed(ctx: Context, cycle: plans.Cycle) -> bool:
    under_review: Collection[str] = set(
        ctx.session.scalars(select(reviews.PointReview.account).where(reviews.PointReview.cycle_id == cycle.id))
    )
    return under_review == {each.account for each in of_cycle(ctx, cycle)}
