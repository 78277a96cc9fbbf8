"""The invariants that must hold at any time: each answers with the places where it does not.

I1 no token lost · I2 one open task per token · I3 nothing twice · I4 what was acknowledged stands · I5 versions ·
I6 audit chain · I7 timers · I8 closed loop · I9 totals · I10 separate hands · I12 pinned definitions · I13 news arrives ·
I14 files · I15 time · I16 results equal their recomputation. (I11 speaks of tenants; a database serves one city.)
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine import audit, calendars, files
from engine.assessment import (
    follow_up,
    frozen_checks,
    letters,
    objections,
    plans,
    ranking,
    readings,
    rectification,
    results,
    rulings,
    snapshots,
    supervision,
    system_checks,
)
from engine.assessment.points import checks as point_checks
from engine.assessment.rectification import Item, ItemStatus
from engine.db import Context
from engine.errors import BihuanError
from engine.notifications import Notification
from engine.workflow import instances, spiff
from engine.workflow.store import Instance, KeptMessage, Status, Task, TaskStatus, Version, Wait


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant with where it is broken; no places is what one wants."""

    id: str
    title: str
    places: tuple[str, ...]


Check = Callable[[Context], Iterator[str]]


def verify(ctx: Context, *only: str) -> list[Finding]:
    """Every invariant, in order; those of these names where some are named."""
    asked = [each for each in INVARIANTS if not only or each[0] in only]
    return [Finding(name, title, tuple(dict.fromkeys(_readable(check(ctx))))) for name, title, check in asked]


def _readable(places: Iterator[str], place: str = "") -> Iterator[str]:
    """The places; one whose values cannot even be computed with is a finding, not the end of the search."""
    try:
        yield from places
    except frozen_checks.UNREADABLE as error:
        yield place or f"{type(error).__name__}: {error}"


# ---- the machine


def _tokens_kept(ctx: Context) -> Iterator[str]:
    for instance, machine in _running(ctx):
        if not machine.tasks and not machine.waits and not machine.incidents:
            yield instance.key


def _tasks_match(ctx: Context) -> Iterator[str]:
    for instance, machine in _running(ctx):
        query = select(Task.token).where(Task.instance_id == instance.id, Task.status == TaskStatus.OPEN)
        # An added signer's task has no token of its own.
        query = query.where(Task.side.is_(None))
        if Counter(ctx.session.scalars(query)) != Counter(task.id for task in machine.tasks):
            yield instance.key
    stale = select(Instance.key).join(Task, Task.instance_id == Instance.id)
    yield from ctx.session.scalars(stale.where(Task.status == TaskStatus.OPEN, Instance.status.in_(_OVER)).distinct())


def _nothing_twice(ctx: Context) -> Iterator[str]:
    """No task was completed twice, no number of a paper was drawn twice."""
    done = Counter(facts["task"] for facts in _facts(ctx, "task.complete"))
    yield from (f"task {task}" for task, times in done.items() if times > 1)
    papers = [*ctx.session.scalars(select(letters.Letter)), *ctx.session.scalars(select(supervision.Slip))]
    drawn = Counter(paper.label for paper in papers if paper.label)
    yield from (label for label, times in drawn.items() if times > 1)


def _acknowledged_stands(ctx: Context) -> Iterator[str]:
    """A task is done in the table exactly when the audit says that somebody did it, and by the same person."""
    acts = select(audit.Entry.facts, audit.Entry.actor).where(audit.Entry.act == "task.complete")
    acknowledged = {(facts["task"], actor) for facts, actor in ctx.session.execute(acts)}
    done = select(Task.id, Task.completed_by).where(Task.status == TaskStatus.COMPLETED, Task.side.is_(None))
    standing = {(task, by) for task, by in ctx.session.execute(done)}
    yield from (f"task {task}" for task, _ in sorted(acknowledged ^ standing, key=lambda each: each[0]))


def _versions_contiguous(ctx: Context) -> Iterator[str]:
    counted = (
        select(audit.Entry.chain, func.count()).where(audit.Entry.chain.like("instance:%")).group_by(audit.Entry.chain)
    )
    counts = dict(ctx.session.execute(counted).all())
    for instance in ctx.session.scalars(select(Instance)):
        if counts.get(instance.chain, 0) != instance.version:
            yield instance.key


def _chains_hold(ctx: Context) -> Iterator[str]:
    """No entry was changed, dropped or reordered, the last one of an instance's chain included."""
    yield from audit.broken_entries(ctx)
    last = select(func.max(audit.Entry.id)).where(audit.Entry.chain.like("instance:%")).group_by(audit.Entry.chain)
    ends = {each.chain: each for each in ctx.session.scalars(select(audit.Entry).where(audit.Entry.id.in_(last)))}
    for instance in ctx.session.scalars(select(Instance)):
        end = ends.get(instance.chain)
        if end is None or (end.seq, end.digest) != (instance.chain_seq, instance.chain_digest):
            yield f"{instance.chain}#{instance.chain_seq}"


def _timers_stand(ctx: Context) -> Iterator[str]:
    """Whatever a token waits for stands in the table once and with its instant: so it fires once, and not before."""
    for instance, machine in _running(ctx):
        query = select(Wait.token, Wait.kind, Wait.name, Wait.due_at).where(Wait.instance_id == instance.id)
        standing = Counter(tuple(row) for row in ctx.session.execute(query))
        if standing != Counter((wait.id, wait.kind, wait.name, wait.due) for wait in machine.waits):
            yield instance.key
    stale = select(Instance.key).join(Wait, Wait.instance_id == Instance.id).where(Instance.status.in_(_OVER))
    yield from ctx.session.scalars(stale.distinct())


def _definitions_pinned(ctx: Context) -> Iterator[str]:
    known = set(ctx.session.scalars(select(Version.id)))
    for instance in ctx.session.scalars(select(Instance)):
        if not set(instance.release.values()) <= known:
            yield instance.key
    for version in ctx.session.scalars(select(Version)):
        if hashlib.sha256(version.source).hexdigest() != version.sha256:
            yield f"{version.filename}#{version.number}"


def _news_arrives(ctx: Context) -> Iterator[str]:
    """No message lies kept while somebody waits for it; nobody is told, or has read, before there was anything to tell."""
    kept = {(each.name, each.key) for each in ctx.session.scalars(select(KeptMessage))}
    for instance, machine in _running(ctx) if kept else ():
        for wait in machine.waits:
            if wait.takes_early and any(name == wait.name and wait.key in (None, key) for name, key in kept):
                yield f"{instance.key} {wait.name}"
    early = select(Notification.id).where(
        (Notification.delivered_at < Notification.at) | (Notification.read_at < Notification.at)
    )
    yield from (f"notification {each}" for each in ctx.session.scalars(early.order_by(Notification.id)))


def _time_forward(ctx: Context) -> Iterator[str]:
    """No entry of a chain is earlier than the one before it."""
    last: dict[str, Any] = {}
    query = select(audit.Entry.chain, audit.Entry.seq, audit.Entry.at).order_by(audit.Entry.chain, audit.Entry.seq)
    for chain, seq, at in ctx.session.execute(query):
        if chain in last and at < last[chain]:
            yield f"{chain}#{seq}"
        last[chain] = at


def _files_whole(ctx: Context) -> Iterator[str]:
    for stored in ctx.session.scalars(select(files.StoredFile)):
        path = files.path_of(ctx.database, stored.sha256)
        if not path.exists() or path.stat().st_size != stored.size or _digest(path) != stored.sha256:
            yield f"{stored.id} {stored.name}"


# ---- the loop


def _loop_closed(ctx: Context) -> Iterator[str]:
    """Nothing ends unproved, nothing open is without its process, nothing overdue is passed over in silence."""
    told = {(each["item"], each["step"]) for each in _facts(ctx, "item.tell_leader")}
    for item in ctx.session.scalars(select(Item).order_by(Item.id)):
        if item.is_open:
            wrong = not _has_process(ctx, item) or _is_hushed_up(ctx, item, told)
        elif item.status == ItemStatus.CLOSED_OUT:
            wrong = not _is_proved(ctx, item)
        elif item.status == ItemStatus.LONG_TERM:
            wrong = not _is_granted(ctx, item)
        else:
            wrong = not item.end_reason or item.ended_at is None
        if wrong:
            yield item.number


def _has_process(ctx: Context, item: Item) -> bool:
    return item.instance_id is not None and ctx.session.get_one(Instance, item.instance_id).status not in _OVER


def _is_hushed_up(ctx: Context, item: Item, told: set[tuple[str, str]]) -> bool:
    """Work a day late of which the unit's leader has not been told, or five working days without a slip (1.4 no. 15)."""
    if item.status not in _AT_WORK or ctx.now <= item.work_due + timedelta(days=1):
        return False
    slipped = select(supervision.Slip.for_due).where(supervision.Slip.item_id == item.id)
    late = ctx.now > calendars.deadline(ctx, 5, calendars.last_day(item.work_due))
    return (item.number, "work") not in told or (late and item.work_due not in set(ctx.session.scalars(slipped)))


def _is_proved(ctx: Context, item: Item) -> bool:
    """Closed out on evidence that another hand accepted, with a second look planned."""
    handed = rectification.hand_ins(ctx, item, round=item.round)
    verified = [each for each in handed if each.verdict == "accepted" and each.decided_by != each.submitted_by]
    review = select(follow_up.Review.id).where(
        follow_up.Review.item_id == item.id, follow_up.Review.round == item.round
    )
    return bool(verified) and item.closed_at is not None and ctx.session.scalar(review) is not None


def _is_granted(ctx: Context, item: Item) -> bool:
    """A long-term matter: agreed by the responsible unit, decided by the lead, with stage targets."""
    handed = rectification.hand_ins(ctx, item, round=item.round)
    asked = [each for each in handed if each.request == rectification.Request.LONG_TERM and each.verdict == "approved"]
    return any(each.agreed_at is not None and each.stages for each in asked)


def _hands_apart(ctx: Context) -> Iterator[str]:
    """Who handed something in neither signed nor decided it, closed it out nor looked at it again (5.4)."""
    for handed in ctx.session.scalars(select(rectification.HandIn)):
        if not _apart(handed.submitted_by, handed.signed_by, handed.agreed_by, _decider(handed)):
            yield f"hand-in {handed.id}"
    for plan in ctx.session.scalars(select(rectification.WorkPlan)):
        if not _apart(plan.submitted_by, plan.signed_by, plan.decided_by):
            yield f"plan {plan.id}"
    for letter in ctx.session.scalars(select(letters.Letter)):
        if not _apart(letter.drafted_by, letter.signed_by):
            yield f"letter {letter.id}"
    for objection in ctx.session.scalars(select(objections.Objection)):
        if not _apart(objection.answered_by, objection.signed_by):
            yield f"objection {objection.id}"
    for sheet in ctx.session.scalars(select(readings.Sheet)):
        if not _apart(sheet.submitted_by, sheet.signed_by):
            yield f"sheet {sheet.id}"
    for item in ctx.session.scalars(select(Item).where(Item.closed_by.is_not(None)).order_by(Item.id)):
        if item.closed_by in rectification.owners(ctx, item):
            yield item.number
    for review in ctx.session.scalars(select(follow_up.Review).where(follow_up.Review.done_at.is_not(None))):
        item = ctx.session.get_one(Item, review.item_id)
        part = rectification.owners(ctx, item) | rectification.acceptors(ctx, item)
        if part & {review.done_by, review.first_reviewer, review.second_reviewer}:
            yield f"review {review.id}"
    yield from point_checks.same_hands(ctx)
    yield from system_checks.same_hands(ctx)


def _apart(*accounts: str | None) -> bool:
    known = [account for account in accounts if account]
    return len(set(known)) == len(known)


def _decider(handed: rectification.HandIn) -> str | None:
    return None if handed.verdict == "returned" and handed.signed_at is None else handed.decided_by


# ---- the results


def _totals_add_up(ctx: Context) -> Iterator[str]:
    """A total is the sum of the part that was measured and the part that people judged."""
    for each in ctx.session.scalars(select(results.Result).order_by(results.Result.id)):
        if each.objective + each.subjective != each.total:
            yield f"result {each.id} {each.unit}"
    yield from point_checks.wrong_sums(ctx)
    yield from point_checks.tampered(ctx)


def _results_recomputed(ctx: Context) -> Iterator[str]:
    yield from point_checks.differing(ctx)
    yield from frozen_checks.tampered(ctx)
    for cycle in ctx.session.scalars(select(plans.Cycle)):
        for round in plans.rounds(ctx, cycle):
            place = f"{cycle.package}/{cycle.year}/{round.key}"
            yield from _readable(_measured_otherwise(ctx, cycle, round), place)
        for snapshot in snapshots.of_round(ctx, plans.annual_round(ctx, cycle)):
            published = {each.unit: each for each in results.of_snapshot(ctx, snapshot)}
            if published:
                yield from _readable(_differing(ctx, cycle, snapshot, published), f"{cycle.package}/{cycle.year}")


def _measured_otherwise(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> Iterator[str]:
    """Frozen progress, lead or rank that the frozen figures do not give."""
    for snapshot in snapshots.of_round(ctx, round):
        rows, used = snapshots.rows(ctx, snapshot), snapshots.rules_of(ctx, snapshot)
        for (key, _), group in snapshots.by_population(rows, snapshot.parameters["rank_scope"]).items():
            measures = snapshots.measures_of(used[key], group)
            for row in group:
                if (row.progress, row.lead_points, row.rank, row.why) != measures[row.unit]:
                    yield f"{cycle.package}/{cycle.year}/{round.key}/{row.unit}/{used[key].code}"


def _differing(
    ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot, published: dict[str, results.Result]
) -> Iterator[str]:
    year = f"{cycle.package}/{cycle.year}"
    wrong_scores = results.differing_scores(ctx, cycle, snapshot)
    unproved = [*_uncited(ctx, cycle, snapshot), *_unruled(ctx, cycle, snapshot)]
    yield from (f"{year}/{unit}/{code}" for unit, code in [*wrong_scores, *unproved])
    try:
        totals = results.totals(ctx, cycle, snapshot)
    except BihuanError:
        # A score is gone or in no place where it counts: nothing can be added up.
        yield year
        return
    ranks = _ranks(cycle, totals)
    for unit in sorted(published.keys() ^ {each.unit for each in totals}):
        yield f"{year}/{unit}"
    for total in totals:
        found = published.get(total.unit)
        weights = {code: str(weight) for code, weight in total.weights.items()}
        parts = (total.total, total.objective, total.subjective, ranks[total.unit], total.group, weights)
        if found is not None and _parts(found) != parts:
            yield f"{year}/{total.unit}"
    kept = _kept_grades(ctx, snapshot)
    yield from (
        f"{year}/{unit}" for unit in sorted(kept.keys() & published.keys()) if kept[unit] != _grades(published[unit])
    )


def _parts(found: results.Result) -> tuple[Any, ...]:
    return found.total, found.objective, found.subjective, found.rank, found.group, found.weights


def _grades(result: results.Result) -> tuple[str, str | None]:
    return result.proposed_grade, result.grade


def _kept_grades(ctx: Context, snapshot: snapshots.Snapshot) -> dict[str, tuple[str, str | None]]:
    """Unit -> the grade proposed and the grade given last, as the chained record of people's acts tells them."""
    proposed: dict[str, str] = {}
    given: dict[str, str] = {}
    for facts in _facts(ctx, *_GRADING):
        if facts.get("snapshot") == snapshot.id:
            proposed |= {unit: told[2] for unit, told in facts.get("results", {}).items()}
            given |= facts.get("grades", {})
    return {unit: (grade, given.get(unit)) for unit, grade in proposed.items()}


def _unruled(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot) -> Iterator[tuple[str, str]]:
    """(unit, indicator) whose frozen row gives points back that no approved ruling carries."""
    approved = rulings.approved(ctx, cycle)
    library = snapshots.rules_of(ctx, snapshot)
    for row in snapshots.rows(ctx, snapshot):
        allowed = approved.get((row.cycle_indicator_id, row.unit), [])
        if any(each not in allowed for each in row.detail.get("rulings", ())):
            yield row.unit, library[row.cycle_indicator_id].code


def _ranks(cycle: plans.Cycle, totals: list[results.Total]) -> dict[str, int | None]:
    populations = ranking.populations({each.unit: each.group for each in totals}, cycle.parameter("rank_scope"))
    scores = {each.unit: each.total for each in totals}
    found: dict[str, int | None] = {}
    for units in populations.values():
        found |= ranking.ranks({unit: scores[unit] for unit in units})
    return found


def _uncited(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot) -> Iterator[tuple[str, str]]:
    """(unit, indicator) whose frozen figure no verified reading carries."""
    library = snapshots.rules_of(ctx, snapshot)
    known = select(readings.Reading).where(readings.Reading.status == readings.ReadingStatus.VERIFIED)
    cited = {(each.indicator_id, each.unit, each.as_of, each.verified) for each in ctx.session.scalars(known)}
    for row in snapshots.rows(ctx, snapshot):
        used = library[row.cycle_indicator_id]
        if row.actual is not None and (used.indicator_id, row.unit, row.as_of, row.actual) not in cited:
            yield row.unit, used.code


# ---- what they share

_OVER = (Status.ENDED, Status.CANCELLED)
_AT_WORK = (ItemStatus.IN_PROGRESS, ItemStatus.EVIDENCE_SUBMITTED)


#: Acts that propose or give grades.
_GRADING = (
    "results.propose",
    "results.name_excellent",
    "results.decide",
    "results.recompute",
    "results.settle",
    "bar.confirm",
    "bar.revoke",
)


def _facts(ctx: Context, *acts: str) -> list[dict[str, Any]]:
    """The facts of these acts, oldest first."""
    query = select(audit.Entry.facts).where(audit.Entry.act.in_(acts)).order_by(audit.Entry.id)
    return list(ctx.session.scalars(query))


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _running(ctx: Context) -> Iterator[tuple[Instance, spiff.Machine]]:
    query = select(Instance).where(Instance.status == Status.RUNNING).order_by(Instance.id)
    for instance in ctx.session.scalars(query).all():
        yield instance, instances.peek(ctx, instance)


INVARIANTS: tuple[tuple[str, str, Check], ...] = (
    ("I1", "No token is lost", _tokens_kept),
    ("I2", "One open task for each token", _tasks_match),
    ("I3", "No task is completed twice, no number drawn twice", _nothing_twice),
    ("I4", "What is done is recorded, what is recorded is done", _acknowledged_stands),
    ("I5", "An instance's version counts its steps", _versions_contiguous),
    ("I6", "The audit chains hold", _chains_hold),
    ("I7", "Every timer and message waited for stands once, with its instant", _timers_stand),
    ("I8", "Nothing ends unproved, nothing open is without its process, nothing overdue is hushed up", _loop_closed),
    ("I9", "A total is the sum of its parts", _totals_add_up),
    ("I10", "Who hands in neither signs, decides, closes out nor looks again", _hands_apart),
    ("I12", "What instances have pinned is there and unchanged", _definitions_pinned),
    ("I13", "No message lies about while somebody waits for it", _news_arrives),
    ("I14", "Every file is there as it was uploaded", _files_whole),
    ("I15", "Time runs forward in every chain", _time_forward),
    ("I16", "Published results equal their recomputation", _results_recomputed),
)
