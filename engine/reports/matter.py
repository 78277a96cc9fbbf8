"""One matter told whole: a pair of unit and indicator through its six stages, or one matter of rectification.

Rights: who oversees sees all of it. The assessed unit sees its own. The unit that answers for the indicator sees figures,
matters, plans and evidence, but not the papers between the lead, the inspection office and the assessed unit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select

from engine import access, files, people, workflow
from engine.assessment import (
    adjustments,
    combined,
    consultation,
    debriefings,
    follow_up,
    indicators,
    letters,
    loop,
    objections,
    objectives,
    passings,
    plans,
    readings,
    records,
    rectification,
    snapshots,
    succession,
    supervision,
    target_changes,
    targets,
    warnings,
)
from engine.assessment.rectification import HandIn, Item, ItemNotice, WorkPlan
from engine.db import Context
from engine.errors import NotFound
from engine.reports import board, ledger, lights, papers, story
from engine.workflow.store import Instance


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A warning with what it rests on."""

    notice: warnings.Notice
    round: plans.Round
    row: snapshots.SnapshotRow | None
    letter: letters.Letter | None
    objection: objections.Objection | None
    #: Taken over by a matter that was open already.
    merged: bool


@dataclass(frozen=True, slots=True)
class Papers:
    """Something with the files that belong to it."""

    hand_in: HandIn
    files: list[files.StoredFile]


@dataclass(frozen=True, slots=True)
class SlipLine:
    slip: supervision.Slip
    files: list[files.StoredFile]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    review: follow_up.Review
    sheet: files.StoredFile | None


@dataclass(frozen=True, slots=True)
class PairTold:
    """One unit on one indicator."""

    pair: loop.Pair
    target: targets.Target
    figure: lights.Figure | None
    light: lights.Light
    says: str
    notices: list[NoticeLine]
    items: list["ItemTold"]
    consulted: consultation.Consultation | None
    findings: list[consultation.Finding]
    readings: list[readings.Reading]
    story: list[story.Step]
    held: list[ledger.Holding]
    #: Whether the papers between the lead and the unit may be opened.
    sees_papers: bool


@dataclass(frozen=True, slots=True)
class ItemTold:
    """One matter of rectification in full."""

    item: Item
    cycle: plans.Cycle
    indicator: indicators.CycleIndicator
    notices: list[NoticeLine]
    findings: list[consultation.Finding]
    plans: list[WorkPlan]
    hand_ins: list[Papers]
    slips: list[SlipLine]
    reviews: list[ReviewLine]
    latest: readings.Reading | None
    held: list[ledger.Holding]
    is_overdue: bool
    sees_papers: bool
    #: Whether the pair's page, and that of the unit it was issued to, may be opened.
    sees_pair: bool
    #: Through whose hands it has gone since that unit is gone, and whether the reader may pass it on.
    passings: Sequence[passings.Passing]
    may_pass_on: bool
    #: The request by which it, or the matter it goes on from, became a long-term one.
    long_term: HandIn | None
    #: The matters of earlier years it goes on from, the latest first, and the one that goes on with it.
    origins: list[Item]
    continued: Item | None


def pair_told(ctx: Context, cycle: plans.Cycle, unit: str, code: str) -> PairTold:
    """A pair the person may see. Raises ``NotFound`` for another, and for one that is not measured."""
    used = indicators.find(ctx, cycle, code)
    pair = next((each for each in board.visible_pairs(ctx, cycle, unit=unit) if each.indicator.id == used.id), None)
    if pair is None:
        raise NotFound
    published = [each for each in plans.rounds(ctx, cycle) if each.published_at is not None]
    figure = lights.figures_of(ctx, published[-1], [unit], [used.id]).get((used.id, unit)) if published else None
    light, says = lights.light_of(pair, figure, lights.lateness(ctx, pair.items))
    sees_papers = _sees_papers(ctx, unit)
    held = consultation.covered(ctx, cycle).get((used.id, unit)) if sees_papers else None
    items = [item_told(ctx, each.id) for each in pair.items]
    notices = _notice_lines(ctx, [*pair.notices])
    return PairTold(
        pair=pair,
        target=targets.of_cycle(ctx, cycle)[used.id, unit],
        figure=figure,
        light=light,
        says=says,
        notices=notices,
        items=items,
        consulted=held,
        findings=_findings(ctx, held, used.id) if held is not None else [],
        readings=_readings(ctx, cycle, used, unit, published),
        story=story.story(ctx, _instances(ctx, cycle, items, notices if sees_papers else [], held)),
        held=[each for item in items for each in item.held],
        sees_papers=sees_papers,
    )


def item_told(ctx: Context, item_id: int) -> ItemTold:
    """A matter the person may see. Raises ``UnknownItem`` for another."""
    item = rectification.item(ctx, item_id)
    cycle, used = plans.cycle(ctx, item.cycle_id), indicators.get(ctx, item.cycle_indicator_id)
    sees_papers = _sees_papers(ctx, item.unit, item.worked_by)
    published = [each for each in plans.rounds(ctx, cycle) if each.published_at is not None]
    history = _readings(ctx, cycle, used, item.unit, published)
    known = [each for each in history if each.status == readings.ReadingStatus.VERIFIED]
    return ItemTold(
        item=item,
        cycle=cycle,
        indicator=used,
        notices=_notice_lines(ctx, rectification.notices_of(ctx, item), item),
        findings=_measures_of(ctx, item) if sees_papers else [],
        plans=_plans(ctx, item),
        hand_ins=[Papers(each, rectification.files_of(ctx, each.id)) for each in rectification.hand_ins(ctx, item)],
        slips=_slips(ctx, item) if sees_papers else [],
        reviews=[ReviewLine(each, _file(ctx, each.file_id)) for each in follow_up.of_item(ctx, item)],
        latest=known[-1] if known else None,
        held=ledger.holdings(ctx, cycle).get(item.number, []),
        is_overdue=item.id in lights.lateness(ctx, [item]),
        sees_papers=sees_papers,
        sees_pair=_sees_papers(ctx, item.unit, used.responsible_unit),
        passings=passings.of_item(ctx, item),
        may_pass_on=item.is_open and access.may(ctx, "lead") and people.unit(ctx, item.unit).successor is not None,
        long_term=rectification.agreed_stages(ctx, item),
        origins=rectification.origins(ctx, item),
        continued=rectification.continued(ctx, item),
    )


def story_of(ctx: Context, told: ItemTold) -> list[story.Step]:
    """What people did in the matter, in all its rounds, its reviews and what one may see of its slips."""
    return story.story(ctx, _instances(ctx, told.cycle, [told], [], None))


def file(ctx: Context, file_id: int) -> files.StoredFile:
    """A stored file that the person may read: who may see its subject may, and who brought it. Raises ``NotFound``."""
    found = files.stored(ctx, file_id)
    if access.oversees(ctx) or (ctx.actor is not None and found.uploaded_by == ctx.actor):
        return found
    kind, _, key = (found.subject or "").partition(":")
    looks: dict[str, Callable[[Context, int], object]] = {
        "item": rectification.item,
        "slip": supervision.slip,
        "review": _item_of_review,
        "record": records.get,
        "debriefing": debriefings.get,
        "material": combined.material,
        "objective": objectives.get,
        "adjustment": adjustments.visible,
        "target_change": target_changes.visible,
        "succession": succession.visible,
        "passing": passings.visible,
    }
    if kind not in looks:
        raise NotFound
    looks[kind](ctx, int(key))
    return found


def my_tasks(ctx: Context, instances: Iterable[int]) -> list[workflow.Task]:
    """The open tasks of those instances that are the person's to do."""
    return [each for each in workflow.of_instances(ctx, instances) if workflow.is_mine(ctx, each)]


def _item_of_review(ctx: Context, review_id: int) -> Item:
    review = ctx.session.get(follow_up.Review, review_id)
    if review is None:
        raise NotFound
    return rectification.item(ctx, review.item_id)


def _sees_papers(ctx: Context, *units: str) -> bool:
    return access.oversees(ctx) or not access.own_units(ctx).isdisjoint(units)


def _notice_lines(ctx: Context, found: Sequence[warnings.Notice], item: Item | None = None) -> list[NoticeLine]:
    merged = select(ItemNotice.notice_id).where(
        ItemNotice.merged, ItemNotice.notice_id.in_([each.id for each in found])
    )
    taken_over, figures = set(ctx.session.scalars(merged)), papers.frozen(ctx, found)
    return [
        NoticeLine(
            each,
            ctx.session.get_one(plans.Round, each.round_id),
            figures.get(each.id),
            ctx.session.get(letters.Letter, each.letter_id) if each.letter_id is not None else None,
            objections.maybe_of_notice(ctx, each.id),
            each.id in taken_over,
        )
        for each in found
    ]


def _findings(ctx: Context, held: consultation.Consultation, indicator_id: int) -> list[consultation.Finding]:
    if held.issued_at is None and not access.oversees(ctx):
        return []
    return [each for each in consultation.findings_of(ctx, held) if each.cycle_indicator_id == indicator_id]


def _measures_of(ctx: Context, item: Item) -> list[consultation.Finding]:
    query = select(consultation.Finding).where(consultation.Finding.item_id == item.id)
    return list(ctx.session.scalars(query.order_by(consultation.Finding.id)))


def _plans(ctx: Context, item: Item) -> list[WorkPlan]:
    """Every version of the plan, the newest first."""
    query = select(WorkPlan).where(WorkPlan.item_id == item.id)
    return list(ctx.session.scalars(query.order_by(WorkPlan.round.desc(), WorkPlan.version.desc())))


def _slips(ctx: Context, item: Item) -> list[SlipLine]:
    found = [each for each in supervision.of_item(ctx, item) if access.oversees(ctx) or each.issued_at is not None]
    return [SlipLine(each, _files_of(ctx, f"slip:{each.id}")) for each in found]


def _files_of(ctx: Context, subject: str) -> list[files.StoredFile]:
    query = select(files.StoredFile).where(files.StoredFile.subject == subject).order_by(files.StoredFile.id)
    return list(ctx.session.scalars(query))


def _file(ctx: Context, file_id: int | None) -> files.StoredFile | None:
    return files.stored(ctx, file_id) if file_id is not None else None


def _readings(
    ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, unit: str, published: Sequence[plans.Round]
) -> list[readings.Reading]:
    """The figures of the pair by date. The assessed unit sees those that are verified, up to the last published round."""
    found = readings.history(ctx, used.indicator_id, unit)
    if access.oversees(ctx) or used.responsible_unit in access.own_units(ctx):
        return found
    until = max([each.as_of for each in published], default=None)
    return [
        each
        for each in found
        if each.status == readings.ReadingStatus.VERIFIED
        and (each.as_of.year < cycle.year or (until is not None and each.as_of <= until))
    ]


def _instances(
    ctx: Context,
    cycle: plans.Cycle,
    items: Sequence[ItemTold],
    notices: Sequence[NoticeLine],
    held: consultation.Consultation | None,
) -> list[int]:
    """The instances in which the matters, their papers and their consultation were worked on."""
    names = [f"{cycle.year}/{kind}/{each.item.number}/" for each in items for kind in _OF_ITEM]
    keys: list[ColumnElement[bool]] = [Instance.key.startswith(name, autoescape=True) for name in names]
    keys += [Instance.key == f"{cycle.year}/slip/{line.slip.id}" for each in items for line in each.slips]
    keys += [Instance.id == each.letter.instance_id for each in notices if each.letter is not None]
    if held is not None:
        keys.append(Instance.key == f"{cycle.year}/consultation/{held.unit}")
    query = select(Instance.id).where(Instance.package == cycle.package, or_(false(), *keys))
    return list(ctx.session.scalars(query))


#: Kinds of instances named after a matter's number.
_OF_ITEM = ("item", "review")
