"""The rows of a sheet done together: beside each task what is needed to decide it, read at once for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from engine import files, workflow
from engine.assessment import indicators, plans, readings, rectification, snapshots, warnings
from engine.assessment.rectification import HandIn, HandInFile, Item, ItemNotice, WorkPlan
from engine.db import Context
from engine.workflow.store import Task

Version = TypeVar("Version", HandIn, WorkPlan)


@dataclass(frozen=True, slots=True)
class Row:
    """One task of the sheet; tasks that belong to no matter have only their values."""

    task: Task
    schema: Mapping[str, Any] | None
    #: What its form is opened with: known values, then the draft over them.
    values: Mapping[str, Any]
    item: Item | None
    indicator: indicators.CycleIndicator | None
    #: The newest warning the matter answers, and the figures it rests on.
    notice: warnings.Notice | None
    figures: snapshots.SnapshotRow | None
    #: The newest verified figure, which may be younger than the warning.
    latest: readings.Reading | None
    plan: WorkPlan | None
    handed: HandIn | None
    evidence: list[files.StoredFile]

    @property
    def is_new(self) -> bool:
        """Whether the newest figure is of a later day than the one the warning rests on."""
        known = self.figures.as_of if self.figures is not None else None
        return self.latest is not None and (known is None or self.latest.as_of > known)


def rows(ctx: Context, tasks: Sequence[Task]) -> list[Row]:
    """The tasks with their matters, in their order; a handful of questions to the database, however many rows."""
    items = {task.id: item_id for task in tasks if (item_id := _item_of(task)) is not None}
    known = {each.id: rectification.item(ctx, each.id) for each in _by_id(ctx, set(items.values()))}
    notices, latest = _notices(ctx, list(known)), _latest(ctx, list(known.values()))
    handed, planned = _newest(ctx, HandIn, known), _newest(ctx, WorkPlan, known)
    evidence = _evidence(ctx, [each.id for each in handed.values()])
    made = []
    for task in tasks:
        item = known.get(items.get(task.id, 0))
        key = item.id if item is not None else 0
        notice, hand_in = notices.get(key), handed.get(key)
        made.append(
            Row(
                task=task,
                schema=workflow.form_of(ctx, task) if task.form else None,
                values={**workflow.offered(ctx, task), **(task.draft or {})},
                item=item,
                indicator=indicators.get(ctx, item.cycle_indicator_id) if item is not None else None,
                notice=notice[0] if notice else None,
                figures=notice[1] if notice else None,
                latest=latest.get(key),
                plan=planned.get(key),
                handed=hand_in,
                evidence=evidence.get(hand_in.id, []) if hand_in is not None else [],
            )
        )
    return made


def _item_of(task: Task) -> int | None:
    given = workflow.inputs(task).get("item")
    return int(given) if given is not None else None


def _by_id(ctx: Context, ids: set[int]) -> list[Item]:
    # Loaded together; the rights are then asked of each, from what is loaded.
    found = list(ctx.session.scalars(select(Item).where(Item.id.in_(ids))))
    if found:
        indicators.of_cycle(ctx, plans.cycle(ctx, found[0].cycle_id))
    return found


def _notices(ctx: Context, items: Sequence[int]) -> dict[int, tuple[warnings.Notice, snapshots.SnapshotRow]]:
    row, notice = snapshots.SnapshotRow, warnings.Notice
    query = (
        select(ItemNotice.item_id, notice, row)
        .join(notice, notice.id == ItemNotice.notice_id)
        .join(
            row,
            (row.snapshot_id == notice.snapshot_id)
            & (row.cycle_indicator_id == notice.cycle_indicator_id)
            & (row.unit == notice.unit),
        )
        .where(ItemNotice.item_id.in_(items))
        .order_by(notice.id)
    )
    return {item: (found, figures) for item, found, figures in ctx.session.execute(query)}


def _latest(ctx: Context, items: Sequence[Item]) -> dict[int, readings.Reading]:
    kept = readings.Reading
    library = {each.id: indicators.get(ctx, each.cycle_indicator_id).indicator_id for each in items}
    query = select(kept).where(
        kept.indicator_id.in_(set(library.values())),
        kept.unit.in_({each.unit for each in items}),
        kept.status == readings.ReadingStatus.VERIFIED,
    )
    newest = {
        (each.indicator_id, each.unit): each for each in ctx.session.scalars(query.order_by(kept.as_of, kept.number))
    }
    found = {each.id: newest.get((library[each.id], each.unit)) for each in items}
    return {item: reading for item, reading in found.items() if reading is not None}


def _newest(ctx: Context, table: type[Version], items: Mapping[int, Item]) -> dict[int, Version]:
    """Matter -> its newest version in the matter's present round."""
    query = select(table).where(table.item_id.in_(items)).order_by(table.round, table.version)
    return {each.item_id: each for each in ctx.session.scalars(query) if each.round == items[each.item_id].round}


def _evidence(ctx: Context, hand_ins: Sequence[int]) -> dict[int, list[files.StoredFile]]:
    query = (
        select(HandInFile.hand_in_id, files.StoredFile)
        .join(files.StoredFile, files.StoredFile.id == HandInFile.file_id)
        .where(HandInFile.hand_in_id.in_(hand_ins))
        .order_by(files.StoredFile.id)
    )
    found: dict[int, list[files.StoredFile]] = {}
    for hand_in, stored in ctx.session.execute(query):
        found.setdefault(hand_in, []).append(stored)
    return found
