"""The invariants that must hold at any time: each answers with the places where it does not.

I1 no token lost · I2 one open task per token · I3 nothing twice · I5 versions · I6 audit chain · I8 closed loop ·
I10 separate hands · I12 pinned definitions · I14 files · I15 time · I16 results equal their recomputation.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine import audit, files
from engine.assessment import plans, readings, rectification, results, snapshots
from engine.assessment.follow_up import Review
from engine.db import Context
from engine.workflow import instances
from engine.workflow.store import Instance, Status, Task, TaskStatus, Version


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant with where it is broken; no places is what one wants."""

    id: str
    title: str
    places: tuple[str, ...]


Check = Callable[[Context], Iterator[str]]


def verify(ctx: Context) -> list[Finding]:
    """Every invariant, in order."""
    return [Finding(name, title, tuple(check(ctx))) for name, title, check in INVARIANTS]


def _tokens_kept(ctx: Context) -> Iterator[str]:
    for instance in _running(ctx):
        machine = instances.peek(ctx, instance)
        if not machine.tasks and not machine.waits and not machine.incidents:
            yield instance.key


def _tasks_match(ctx: Context) -> Iterator[str]:
    for instance in _running(ctx):
        query = select(Task.token).where(Task.instance_id == instance.id, Task.status == TaskStatus.OPEN)
        if set(ctx.session.scalars(query)) != {task.id for task in instances.peek(ctx, instance).tasks}:
            yield instance.key
    stale = select(Instance.key).join(Task, Task.instance_id == Instance.id)
    ended = (Status.ENDED, Status.CANCELLED)
    yield from ctx.session.scalars(stale.where(Task.status == TaskStatus.OPEN, Instance.status.in_(ended)).distinct())


def _versions_contiguous(ctx: Context) -> Iterator[str]:
    counted = (
        select(audit.Entry.chain, func.count()).where(audit.Entry.chain.like("instance:%")).group_by(audit.Entry.chain)
    )
    counts = dict(ctx.session.execute(counted).all())
    for instance in ctx.session.scalars(select(Instance)):
        if counts.get(instance.chain, 0) != instance.version:
            yield instance.key


def _loop_closed(ctx: Context) -> Iterator[str]:
    """Nothing is closed out without a plan, without evidence verified by another hand, without a second look planned."""
    closed = select(rectification.Item).where(rectification.Item.status == rectification.ItemStatus.CLOSED_OUT)
    for item in ctx.session.scalars(closed):
        handed = rectification.hand_ins(ctx, item, round=item.round)
        verified = [each for each in handed if each.verdict == "accepted" and each.decided_by != each.submitted_by]
        review = select(Review.id).where(Review.item_id == item.id, Review.round == item.round)
        if not verified or ctx.session.scalar(review) is None:
            yield item.number
    for item in ctx.session.scalars(
        select(rectification.Item).where(rectification.Item.status.in_(rectification.OPEN))
    ):
        if item.instance_id is None or ctx.session.get_one(Instance, item.instance_id).status != Status.RUNNING:
            yield item.number


def _definitions_pinned(ctx: Context) -> Iterator[str]:
    known = set(ctx.session.scalars(select(Version.id)))
    for instance in ctx.session.scalars(select(Instance)):
        if not set(instance.release.values()) <= known:
            yield instance.key
    for version in ctx.session.scalars(select(Version)):
        if hashlib.sha256(version.source).hexdigest() != version.sha256:
            yield f"{version.filename}#{version.number}"


def _files_whole(ctx: Context) -> Iterator[str]:
    for stored in ctx.session.scalars(select(files.StoredFile)):
        path = files.path_of(ctx.database, stored.sha256)
        if not path.exists() or path.stat().st_size != stored.size:
            yield f"{stored.id} {stored.name}"


def _results_recomputed(ctx: Context) -> Iterator[str]:
    for cycle in ctx.session.scalars(select(plans.Cycle)):
        for snapshot in snapshots.of_round(ctx, plans.annual_round(ctx, cycle)):
            published = {each.unit: each for each in results.of_snapshot(ctx, snapshot)}
            if published:
                yield from _differing(ctx, cycle, snapshot, published)


def _differing(
    ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot, published: dict[str, results.Result]
) -> Iterator[str]:
    wrong_scores = results.differing_scores(ctx, cycle, snapshot)
    yield from (f"{cycle.package}/{cycle.year}/{unit}/{code}" for unit, code in wrong_scores)
    for total in results.totals(ctx, cycle, snapshot):
        if published[total.unit].total != total.total:
            yield f"{cycle.package}/{cycle.year}/{total.unit}"


def _nothing_twice(ctx: Context) -> Iterator[str]:
    """No task was completed twice."""
    done: dict[int, int] = {}
    for facts in ctx.session.scalars(select(audit.Entry.facts).where(audit.Entry.act == "task.complete")):
        done[facts["task"]] = done.get(facts["task"], 0) + 1
    yield from (f"task {task}" for task, times in done.items() if times > 1)


def _hands_apart(ctx: Context) -> Iterator[str]:
    """Who handed something in neither signed nor decided it (5.4)."""
    for handed in ctx.session.scalars(select(rectification.HandIn)):
        if handed.submitted_by and handed.submitted_by in (handed.signed_by, handed.agreed_by, handed.decided_by):
            yield f"hand-in {handed.id}"
    for plan in ctx.session.scalars(select(rectification.WorkPlan)):
        if plan.submitted_by and plan.submitted_by in (plan.signed_by, plan.decided_by):
            yield f"plan {plan.id}"
    for sheet in ctx.session.scalars(select(readings.Sheet)):
        if sheet.submitted_by and sheet.submitted_by == sheet.signed_by:
            yield f"sheet {sheet.id}"


def _time_forward(ctx: Context) -> Iterator[str]:
    """No entry of a chain is earlier than the one before it."""
    last: dict[str, Any] = {}
    query = select(audit.Entry.chain, audit.Entry.seq, audit.Entry.at).order_by(audit.Entry.chain, audit.Entry.seq)
    for chain, seq, at in ctx.session.execute(query):
        if chain in last and at < last[chain]:
            yield f"{chain}#{seq}"
        last[chain] = at


def _running(ctx: Context) -> list[Instance]:
    return list(ctx.session.scalars(select(Instance).where(Instance.status == Status.RUNNING).order_by(Instance.id)))


INVARIANTS: tuple[tuple[str, str, Check], ...] = (
    ("I1", "No token is lost", _tokens_kept),
    ("I2", "One open task for each token", _tasks_match),
    ("I3", "No task is completed twice", _nothing_twice),
    ("I5", "An instance's version counts its steps", _versions_contiguous),
    ("I6", "The audit chains hold", audit.broken_entries),
    ("I8", "Nothing is closed out unverified, nothing open is without its process", _loop_closed),
    ("I10", "Who hands in neither signs nor decides", _hands_apart),
    ("I12", "What instances have pinned is there and unchanged", _definitions_pinned),
    ("I14", "Every file is there as it was uploaded", _files_whole),
    ("I15", "Time runs forward in every chain", _time_forward),
    ("I16", "Published results equal their recomputation", _results_recomputed),
)
