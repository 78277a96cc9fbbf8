"""The loop as one thing: six stages for every unit and indicator, what is recorded, what is missing (S3 4.1, G3).

目标分解 → 过程监控 → 绩效会诊 → 情况反馈 → 问题整改 → 回头看督考. A pair that was never warned needs the first two and its
feedback; a warned one also rectification and follow-up; a consulted one also the consultation.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from engine import audit, calendars
from engine.assessment import (
    consultation,
    feedback,
    follow_up,
    indicators,
    letters,
    plans,
    rectification,
    targets,
    warnings,
)
from engine.assessment import snapshots as frozen
from engine.db import Context
from engine.workflow import packages


class Stage(StrEnum):
    """The six stages, in the order of the loop."""

    TARGET_DECOMPOSITION = "target_decomposition"
    PROCESS_MONITORING = "process_monitoring"
    PERFORMANCE_CONSULTATION = "performance_consultation"
    FEEDBACK = "feedback"
    RECTIFICATION = "rectification"
    FOLLOW_UP_REVIEW = "follow_up_review"


class Standing(StrEnum):
    RECORDED = "recorded"
    #: Required, its time has come, and there is no record.
    MISSING = "missing"
    NOT_YET = "not_yet"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of one pair: how it stands, when it was recorded, by whom, and which paper shows it."""

    stage: Stage
    standing: Standing
    at: datetime | None = None
    by: str | None = None
    #: A path of this site, or empty.
    paper: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One unit on one indicator with its six stages."""

    unit: str
    indicator: indicators.CycleIndicator
    steps: tuple[Step, ...]
    notices: tuple[warnings.Notice, ...]
    items: tuple[rectification.Item, ...]

    @property
    def missing(self) -> list[Stage]:
        return [step.stage for step in self.steps if step.standing is Standing.MISSING]

    @property
    def furthest(self) -> Stage | None:
        """The last stage that has a record."""
        return next((step.stage for step in reversed(self.steps) if step.standing is Standing.RECORDED), None)


NOT_NEEDED = Standing.NOT_NEEDED


def pairs(ctx: Context, cycle: plans.Cycle, *, unit: str | None = None) -> list[Pair]:
    """Every unit × indicator the year measures (exempt ones are none), by unit and booklet order."""
    year = _Year(ctx, cycle)
    return [year.pair(code, used) for code, used in year.allocated() if unit in (None, code)]


def kept(ctx: Context, cycle: plans.Cycle) -> list[Stage]:
    """The stages the cycle's assessment keeps a record of, in the order of the loop."""
    named = packages.current(ctx, cycle.package).stages
    return [stage for stage in Stage if named is None or stage in named]


def broken(pairs: list[Pair]) -> list[Pair]:
    """未闭环事项: pairs with a stage that is required, due and unrecorded."""
    return [pair for pair in pairs if pair.missing]


def stage_counts(pairs: list[Pair]) -> dict[str, int]:
    """Stage -> how many pairs have it as the furthest one recorded."""
    counts = dict.fromkeys(map(str, Stage), 0)
    for pair in pairs:
        if pair.furthest is not None:
            counts[pair.furthest] += 1
    return counts


def overdue(ctx: Context, items: list[rectification.Item]) -> list[rectification.Item]:
    """Open matters whose date has passed: overdue, which is not the same as broken.

    The plan of a matter whose figure is disputed is not: its clock stands until the objection is settled.
    """
    late = [item for item in items if item.is_open and _due_of(item) < ctx.now]
    disputed = _disputed(ctx, [item.id for item in late if _is_planning(item)])
    return [item for item in late if item.id not in disputed]


def reopenings(ctx: Context, cycle: plans.Cycle) -> int:
    """How often a matter of the year was reopened after a rebound."""
    query = select(func.count()).where(audit.Entry.chain == plans.chain_of(cycle), audit.Entry.act == "item.reopen")
    return ctx.session.scalar(query) or 0


def _due_of(item: rectification.Item) -> datetime:
    return item.plan_due if _is_planning(item) else item.work_due


def _is_planning(item: rectification.Item) -> bool:
    return item.status in (rectification.ItemStatus.OPENED, rectification.ItemStatus.PLAN_SUBMITTED)


def _disputed(ctx: Context, items: Sequence[int]) -> set[int]:
    query = (
        select(rectification.ItemNotice.item_id)
        .join(warnings.Notice, warnings.Notice.id == rectification.ItemNotice.notice_id)
        .where(rectification.ItemNotice.item_id.in_(items), warnings.Notice.status == warnings.NoticeStatus.OBJECTED)
    )
    return set(ctx.session.scalars(query))


class _Year:
    """The records of a year, read once, from which each pair's stages are told."""

    def __init__(self, ctx: Context, cycle: plans.Cycle) -> None:
        self.ctx, self.cycle = ctx, cycle
        self.kept = frozenset(kept(ctx, cycle))
        self.rounds = {each.id: each for each in plans.rounds(ctx, cycle)}
        self.signatures = targets.signatures(ctx, cycle)
        self.targets = targets.of_cycle(ctx, cycle)
        self.snapshots = self._published()
        self.notices = _grouped(warnings.of_cycle(ctx, cycle), lambda n: (n.cycle_indicator_id, n.unit))
        self.items = _grouped(_all_items(ctx, cycle), lambda i: (i.cycle_indicator_id, i.unit))
        self.letters = {each.id: each for each in ctx.session.scalars(select(letters.Letter))}
        self.sheets = {
            (each.round_id, each.unit): each for round in self.rounds.values() for each in feedback.of_round(ctx, round)
        }
        self.reviews = follow_up.of_cycle(ctx, cycle)
        self.consulted = consultation.covered(ctx, cycle)

    def allocated(self) -> Iterator[tuple[str, indicators.CycleIndicator]]:
        order = {each.id: each for each in indicators.in_force(self.ctx, self.cycle)}
        for unit in plans.assessed_units(self.ctx, self.cycle):
            for indicator_id, used in order.items():
                target = self.targets.get((indicator_id, unit.code))
                if target is not None and not target.exempt:
                    yield unit.code, used

    def pair(self, unit: str, used: indicators.CycleIndicator) -> Pair:
        notices = [each for each in self.notices.get((used.id, unit), []) if _counts(each)]
        items = self.items.get((used.id, unit), [])
        steps = (
            self._target(unit),
            self._monitoring(),
            self._consultation(unit, used),
            self._feedback(unit, notices),
            self._rectification(notices, items),
            self._follow_up(notices, items),
        )
        owed = tuple(step if step.stage in self.kept else Step(step.stage, NOT_NEEDED) for step in steps)
        return Pair(unit, used, owed, tuple(notices), tuple(items))

    def _target(self, unit: str) -> Step:
        signed = self.signatures.get(unit)
        if signed is not None:
            return Step(Stage.TARGET_DECOMPOSITION, Standing.RECORDED, signed.at, signed.by, f"/units/{unit}")
        opened = [round.opened_at for round in self.rounds.values() if round.opened_at]
        # The first round measures against the targets, so by its opening they must have been answered for.
        return self._owed(Stage.TARGET_DECOMPOSITION, min(opened, default=None))

    def _monitoring(self) -> Step:
        if self.snapshots:
            first = self.snapshots[0]
            paper = f"/rounds/{self.rounds[first.round_id].key}"
            return Step(Stage.PROCESS_MONITORING, Standing.RECORDED, first.published_at, first.published_by, paper)
        return self._owed(Stage.PROCESS_MONITORING, calendars.end_of(min(r.publish_by for r in self.rounds.values())))

    def _consultation(self, unit: str, used: indicators.CycleIndicator) -> Step:
        found = self.consulted.get((used.id, unit))
        if found is None:
            return Step(Stage.PERFORMANCE_CONSULTATION, NOT_NEEDED)
        if found.issued_at is not None:
            paper = f"/consultations/{found.id}"
            return Step(Stage.PERFORMANCE_CONSULTATION, Standing.RECORDED, found.issued_at, found.decided_by, paper)
        return self._owed(Stage.PERFORMANCE_CONSULTATION, found.conclude_until or self._convened_by(found))

    def _convened_by(self, proposed: consultation.Consultation) -> datetime:
        """Nobody has decided yet: the consultation is owed from the day by which the lead convenes it."""
        proposed_on = calendars.local_date(proposed.proposed_at)
        return calendars.deadline(self.ctx, self.cycle.days("consultation_convene"), proposed_on)

    def _feedback(self, unit: str, notices: list[warnings.Notice]) -> Step:
        """A warned pair is told by its letter, the others by the round's sheet; the latest one counts."""
        papers = [self.letters[each.letter_id] for each in notices if each.letter_id is not None]
        if papers:
            return self._letter(papers[-1])
        sheets = [sheet for (_, owner), sheet in sorted(self.sheets.items()) if owner == unit]
        if not sheets:
            return Step(Stage.FEEDBACK, Standing.NOT_YET)
        sheet = sheets[-1]
        if sheet.signed_at is not None:
            return Step(Stage.FEEDBACK, Standing.RECORDED, sheet.signed_at, sheet.signed_by, f"/units/{unit}")
        return self._owed(Stage.FEEDBACK, sheet.deemed_at)

    def _letter(self, letter: letters.Letter) -> Step:
        paper = f"/letters/{letter.id}"
        if letter.received_at is not None:
            return Step(Stage.FEEDBACK, Standing.RECORDED, letter.received_at, letter.received_by, paper)
        return self._owed(Stage.FEEDBACK, letter.deemed_at, paper)

    def _rectification(self, notices: list[warnings.Notice], items: list[rectification.Item]) -> Step:
        if not notices and not items:
            return Step(Stage.RECTIFICATION, NOT_NEEDED)
        if not items and notices[-1].ended_at is not None:
            # Lifted before the unit had received it: there was nothing to open, and nothing is owed any more.
            ended = notices[-1]
            return Step(Stage.RECTIFICATION, Standing.RECORDED, ended.ended_at, ended.ended_by)
        if not items:
            return Step(Stage.RECTIFICATION, Standing.NOT_YET)
        item = items[-1]
        if item.is_open:
            # Past its date it is overdue, which the board shows apart; the stage is not missing.
            return Step(Stage.RECTIFICATION, Standing.NOT_YET, paper=f"/items/{item.id}", due=item.work_due)
        at = item.closed_at or item.ended_at
        return Step(Stage.RECTIFICATION, Standing.RECORDED, at, item.closed_by, f"/items/{item.id}")

    def _follow_up(self, notices: list[warnings.Notice], items: list[rectification.Item]) -> Step:
        """Needed after each close-out: one that is owed is owed also when a later warning has opened another matter."""
        stage = Stage.FOLLOW_UP_REVIEW
        planned = [self.reviews[key] for item in items for key in _rounds_of(item) if key in self.reviews]
        owed = [review for review in planned if review.done_at is None]
        if owed:
            return self._owed(stage, owed[0].due_at, f"/items/{owed[0].item_id}")
        if items and items[-1].closed_at is not None and (items[-1].id, items[-1].round) not in self.reviews:
            due = follow_up.due_after(self.ctx, self.cycle, calendars.local_date(items[-1].closed_at))
            return self._owed(stage, due, f"/items/{items[-1].id}")
        going_on = items[-1].is_open if items else any(each.ended_at is None for each in notices)
        if planned and (not going_on or planned[-1].item_id == items[-1].id):
            done = planned[-1]
            return Step(stage, Standing.RECORDED, done.done_at, done.done_by, f"/items/{done.item_id}")
        return Step(stage, Standing.NOT_YET if going_on else NOT_NEEDED)

    def _owed(self, stage: Stage, due: datetime | None, paper: str = "") -> Step:
        late = due is not None and due <= self.ctx.now
        return Step(stage, Standing.MISSING if late else Standing.NOT_YET, paper=paper, due=due)

    def _published(self) -> list[frozen.Snapshot]:
        found = [
            each for round in self.rounds.values() if round.published_at for each in frozen.of_round(self.ctx, round)
        ]
        return sorted(found, key=lambda each: each.published_at)


def _rounds_of(item: rectification.Item) -> list[tuple[int, int]]:
    return [(item.id, round) for round in range(1, item.round + 1)]


def _counts(notice: warnings.Notice) -> bool:
    """Whether the notice makes its pair a warned one: a withdrawn one never was."""
    return notice.status != warnings.NoticeStatus.WITHDRAWN


def _all_items(ctx: Context, cycle: plans.Cycle) -> list[rectification.Item]:
    query = select(rectification.Item).where(rectification.Item.cycle_id == cycle.id)
    return list(ctx.session.scalars(query.order_by(rectification.Item.id)))


def _grouped(rows: list[Any], key: Callable[[Any], tuple[int, str]]) -> Mapping[tuple[int, str], list[Any]]:
    found: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
