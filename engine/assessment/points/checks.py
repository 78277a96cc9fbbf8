"""Whether the points stand as they were entered: what ``verify`` asks of them. Each tells the places that do not hold."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import select

from engine import audit
from engine.assessment import plans
from engine.assessment.points import activities, appeals, entries, months, reviews, revocations, scheme, vetoes, year
from engine.db import Context


def tampered(ctx: Context) -> Iterator[str]:
    """Batches of entries that are not as the audit keeps them: a row changed, dropped or added beside it."""
    for cycle in _cycles(ctx):
        query = select(entries.PointEntry).where(entries.PointEntry.cycle_id == cycle.id)
        rows = iter(ctx.session.scalars(query.order_by(entries.PointEntry.id).execution_options(yield_per=1000)))
        for batch in _batches(ctx, cycle):
            facts = batch.facts
            if entries.digest(vars(row) for row in islice(rows, facts["count"])) != facts["digest"]:
                yield f"{batch.chain}#{batch.seq}"
                break
        else:
            yield from (f"{plans.chain_of(cycle)} entry {row.id}" for row in rows)


def wrong_sums(ctx: Context) -> Iterator[str]:
    """Closed months whose base is not the sum of their marks."""
    query = select(months.PointMonth).where(months.PointMonth.state == months.State.CLOSED)
    for row in ctx.session.scalars(query.order_by(months.PointMonth.id)):
        if row.base is None or row.base != months.total(row.marks):
            yield f"{row.month} {row.account}"


def differing(ctx: Context) -> Iterator[str]:
    """Results that months, reviews, honours and vetoes do not give."""
    for cycle in _cycles(ctx):
        yield from (f"{plans.chain_of(cycle)} {account}" for account in year.differing(ctx, cycle))


def same_hands(ctx: Context) -> Iterator[str]:
    """Acts on one's own points, and vetoes and disputes decided by who began them."""
    for row in ctx.session.scalars(select(months.PointMonth).where(months.PointMonth.rated_by.is_not(None))):
        if row.rated_by == row.account:
            yield f"{row.month} {row.account}"
    for review in ctx.session.scalars(select(reviews.PointReview)):
        if review.entered_by == review.account:
            yield f"review {review.account}"
    for veto in ctx.session.scalars(select(vetoes.PointVeto).where(vetoes.PointVeto.decided_by.is_not(None))):
        if veto.decided_by in (veto.proposed_by, veto.account):
            yield f"veto {veto.id}"
    revoked = select(revocations.VetoRevocation, vetoes.PointVeto.account).join(vetoes.PointVeto)
    for revocation, account in ctx.session.execute(revoked.where(revocations.VetoRevocation.decided_by.is_not(None))):
        if revocation.decided_by in (revocation.proposed_by, account):
            yield f"revocation {revocation.id}"
    for leave in ctx.session.scalars(select(activities.LeaveRequest)):
        if leave.decided_by == leave.account:
            yield f"leave {leave.id}"
    decided = select(appeals.PointAppeal, entries.PointEntry.recorded_by).join(
        entries.PointEntry, entries.PointEntry.id == appeals.PointAppeal.entry_id
    )
    for appeal, recorded_by in ctx.session.execute(decided.where(appeals.PointAppeal.decided_by.is_not(None))):
        if appeal.decided_by in (appeal.account, recorded_by):
            yield f"dispute {appeal.id}"


def _cycles(ctx: Context) -> list[plans.Cycle]:
    return [each for each in ctx.session.scalars(select(plans.Cycle)) if scheme.has_points(each)]


def _batches(ctx: Context, cycle: plans.Cycle) -> Iterator[audit.Entry]:
    query = select(audit.Entry).where(audit.Entry.chain == plans.chain_of(cycle), audit.Entry.act == "points.add")
    yield from ctx.session.scalars(query.order_by(audit.Entry.seq))
