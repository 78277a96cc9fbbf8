"""Papers as they go out: letters, slips, consultations, feedback sheets, each to who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from engine import access, files, people
from engine.assessment import (
    consultation,
    feedback,
    indicators,
    letters,
    passings,
    plans,
    rectification,
    snapshots,
    supervision,
    targets,
    warnings,
)
from engine.db import Context
from engine.workflow.store import Instance


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A warning on a paper."""

    notice: warnings.Notice
    indicator: indicators.CycleIndicator
    figures: snapshots.SnapshotRow
    #: Units of the group that are ranked on the indicator.
    ranked: int
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class LetterPaper:
    letter: letters.Letter
    cycle: plans.Cycle
    round: plans.Round
    rows: list[PaperRow]
    sender: people.Unit
    addressee: people.Unit
    instances: list[int]
    #: When the first plan is due; None while the clocks do not run yet.
    plan_due: datetime | None
    #: Only the rows of matters that were given to the reader's unit are shown.
    is_part: bool = False

    @property
    def opening(self) -> str:
        """The opening without the addressee it may begin with; the paper names it on a line of its own."""
        return self.letter.opening.removeprefix(f"{self.addressee.name}：").strip()

    @property
    def is_void(self) -> bool:
        ended = all(row.notice.status == warnings.NoticeStatus.WITHDRAWN for row in self.rows)
        return self.letter.is_void or (ended and not self.is_part)


@dataclass(frozen=True, slots=True)
class SlipPaper:
    slip: supervision.Slip
    item: rectification.Item
    indicator: indicators.CycleIndicator
    sender: people.Unit
    files: list[files.StoredFile]
    instances: list[int]
    #: Whether the page of the pair may be opened.
    sees_pair: bool


@dataclass(frozen=True, slots=True)
class ConsultationPaper:
    held: consultation.Consultation
    round: plans.Round
    grounds: list[PaperRow]
    #: The experts with what they found; others than the lead and the expert see only what was concluded.
    diagnoses: list[consultation.Diagnosis]
    experts: list[str]
    findings: list[tuple[consultation.Finding, indicators.CycleIndicator, rectification.Item | None]]
    sender: people.Unit
    instances: list[int]


@dataclass(frozen=True, slots=True)
class FeedbackPaper:
    cycle: plans.Cycle
    round: plans.Round
    sheet: feedback.FeedbackSheet
    unit: people.Unit
    lines: list[feedback.Line]
    sender: people.Unit
    instances: list[int]


def letter(ctx: Context, letter_id: int) -> LetterPaper:
    """A letter the person may see. Raises ``UnknownLetter``."""
    found, readable = passings.letter(ctx, letter_id)
    round = ctx.session.get_one(plans.Round, found.round_id)
    cycle = plans.cycle(ctx, round.cycle_id)
    listed = warnings.of_letter(ctx, found.id)
    rows = _rows(ctx, cycle, [each for each in listed if readable is None or each.id in readable])
    instances = [found.instance_id] if found.instance_id is not None else []
    due = ctx.session.scalar(
        select(func.min(rectification.Item.plan_due)).where(rectification.Item.letter_id == found.id)
    )
    addressee = people.unit(ctx, found.unit)
    return LetterPaper(found, cycle, round, rows, _lead(ctx), addressee, instances, due, readable is not None)


def slip(ctx: Context, slip_id: int) -> SlipPaper:
    """A slip the person may see."""
    found = supervision.slip(ctx, slip_id)
    item = ctx.session.get_one(rectification.Item, found.item_id)
    cycle, used = plans.cycle(ctx, item.cycle_id), indicators.get(ctx, item.cycle_indicator_id)
    answered = select(files.StoredFile).where(files.StoredFile.subject == f"slip:{found.id}")
    return SlipPaper(
        slip=found,
        item=item,
        indicator=used,
        sender=people.unit(ctx, plans.offices(ctx).inspection),
        files=list(ctx.session.scalars(answered.order_by(files.StoredFile.id))),
        instances=_instances(ctx, cycle, f"slip/{found.id}"),
        sees_pair=access.oversees(ctx) or item.unit in access.own_units(ctx),
    )


def consultation_paper(ctx: Context, consultation_id: int) -> ConsultationPaper:
    """A consultation the person may see: the unit learns the measures when they are issued, an expert nobody else's text."""
    held = consultation.consultation(ctx, consultation_id)
    cycle = plans.cycle(ctx, held.cycle_id)
    given = consultation.diagnoses_of(ctx, held)
    sees_all = access.oversees(ctx)
    findings = consultation.findings_of(ctx, held) if sees_all or held.issued_at is not None else []
    return ConsultationPaper(
        held=held,
        round=ctx.session.get_one(plans.Round, held.round_id),
        grounds=_rows(ctx, cycle, warnings_of(ctx, held)),
        diagnoses=[each for each in given if sees_all or each.expert == ctx.actor],
        experts=[each.expert for each in given],
        findings=[(each, indicators.get(ctx, each.cycle_indicator_id), _opened(ctx, each)) for each in findings],
        sender=_lead(ctx),
        instances=_instances(ctx, cycle, f"consultation/{held.unit}"),
    )


def feedback_paper(ctx: Context, cycle: plans.Cycle, key: str, unit: str) -> FeedbackPaper:
    """The round's feedback sheet of a unit. Raises ``NotYours`` for another's, ``NotFound`` before it is issued."""
    round = plans.round_of(ctx, cycle, key)
    sheet = feedback.of_unit(ctx, round, unit)
    return FeedbackPaper(
        cycle=cycle,
        round=round,
        sheet=sheet,
        unit=people.unit(ctx, unit),
        lines=feedback.lines(ctx, cycle, round, unit),
        sender=_lead(ctx),
        instances=_instances(ctx, cycle, key),
    )


def warnings_of(ctx: Context, held: consultation.Consultation) -> list[warnings.Notice]:
    """The warnings for which the unit is consulted."""
    return list(ctx.session.scalars(select(warnings.Notice).where(warnings.Notice.id.in_(held.grounds))))


def frozen(ctx: Context, notices: Sequence[warnings.Notice]) -> dict[int, snapshots.SnapshotRow]:
    """Notice -> the row of the snapshot it rests on."""
    row, notice = snapshots.SnapshotRow, warnings.Notice
    same = (
        (row.snapshot_id == notice.snapshot_id)
        & (row.cycle_indicator_id == notice.cycle_indicator_id)
        & (row.unit == notice.unit)
    )
    query = select(notice.id, row).join(row, same).where(notice.id.in_([each.id for each in notices]))
    return dict(ctx.session.execute(query).all())


def _opened(ctx: Context, finding: consultation.Finding) -> rectification.Item | None:
    return ctx.session.get(rectification.Item, finding.item_id) if finding.item_id is not None else None


def _lead(ctx: Context) -> people.Unit:
    return people.unit(ctx, plans.offices(ctx).lead)


def _instances(ctx: Context, cycle: plans.Cycle, key: str) -> list[int]:
    query = select(Instance.id).where(Instance.package == cycle.package, Instance.key == f"{cycle.year}/{key}")
    return list(ctx.session.scalars(query))


def _rows(ctx: Context, cycle: plans.Cycle, notices: Sequence[warnings.Notice]) -> list[PaperRow]:
    """The warnings in the order of the booklet, each with the figures it rests on."""
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    ranked, provisional, figures = _ranked(ctx, cycle, notices), _provisional(ctx, notices), frozen(ctx, notices)
    rows = []
    for notice in notices:
        row = figures[notice.id]
        group = row.group if cycle.parameter("rank_scope") == "group" else ""
        of = ranked.get((row.snapshot_id, row.cycle_indicator_id, group), 0)
        is_provisional = (row.cycle_indicator_id, notice.unit) in provisional
        rows.append(PaperRow(notice, used[row.cycle_indicator_id], row, of, is_provisional))
    return sorted(rows, key=lambda row: row.indicator.position)


def _ranked(ctx: Context, cycle: plans.Cycle, notices: Sequence[warnings.Notice]) -> dict[tuple[int, int, str], int]:
    """(snapshot, indicator, group) -> how many units are ranked there; the group is "" where all are ranked together."""
    kept = snapshots.SnapshotRow
    query = select(kept.snapshot_id, kept.cycle_indicator_id, kept.group, func.count()).where(
        kept.snapshot_id.in_({each.snapshot_id for each in notices}),
        kept.cycle_indicator_id.in_({each.cycle_indicator_id for each in notices}),
        kept.rank.is_not(None),
    )
    found: dict[tuple[int, int, str], int] = {}
    for snapshot, indicator, group, count in ctx.session.execute(
        query.group_by(kept.snapshot_id, kept.cycle_indicator_id, kept.group)
    ):
        key = (snapshot, indicator, group if cycle.parameter("rank_scope") == "group" else "")
        found[key] = found.get(key, 0) + count
    return found


def _provisional(ctx: Context, notices: Sequence[warnings.Notice]) -> set[tuple[int, str]]:
    """The pairs whose target is 暂定."""
    target = targets.Target
    query = select(target.cycle_indicator_id, target.unit).where(
        target.cycle_indicator_id.in_({each.cycle_indicator_id for each in notices}), target.provisional
    )
    return set(ctx.session.execute(query).all())
