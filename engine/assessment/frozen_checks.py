"""Whether what was frozen, warned of and decided stands as it was kept: what ``verify`` asks beyond recomputing.

The chained record holds a seal over every frozen row and every drafted notice, and the acts that moved them on. Each check
tells the places that do not hold. What was kept before there were seals is checked by recomputation alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import select

from engine import audit
from engine.assessment import letters, plans, rectification, results, seals, snapshots, warnings
from engine.assessment.indicators import CycleIndicator
from engine.assessment.measures import Draft
from engine.assessment.warnings import Notice, NoticeStatus
from engine.db import Context
from engine.errors import BihuanError

#: What a value raises that no act of the program can have written.
UNREADABLE = (ArithmeticError, AttributeError, BihuanError, LookupError, TypeError, ValueError)


def tampered(ctx: Context) -> Iterator[str]:
    """Frozen indicators, snapshots and notices that are not as they were kept, and results dated otherwise."""
    for cycle in ctx.session.scalars(select(plans.Cycle).order_by(plans.Cycle.id)):
        known = _Known.of(ctx, cycle)
        yield from _snapshots(ctx, known)
        yield from _drafted(ctx, known)
        yield from _moved_on(ctx, known)
        yield from _misdirected(ctx, known)
        yield from _misdated(ctx, known)


class _Known(NamedTuple):
    """What the checks of a year share."""

    cycle: plans.Cycle
    #: Key -> round.
    rounds: Mapping[str, plans.Round]
    #: Cycle indicator -> code.
    codes: Mapping[int, str]
    entries: Sequence[audit.Entry]

    @classmethod
    def of(cls, ctx: Context, cycle: plans.Cycle) -> "_Known":
        rounds = {each.key: each for each in plans.rounds(ctx, cycle)}
        used = ctx.session.execute(select(CycleIndicator).where(CycleIndicator.cycle_id == cycle.id)).scalars()
        chain = select(audit.Entry).where(audit.Entry.chain == plans.chain_of(cycle), audit.Entry.act.in_(_ACTS))
        entries = ctx.session.scalars(chain.order_by(audit.Entry.seq))
        return cls(cycle, rounds, {each.id: each.code for each in used}, list(entries))

    def acts(self, *names: str) -> Iterator[audit.Entry]:
        return (each for each in self.entries if each.act in names)

    def place(self, *parts: object) -> str:
        return "/".join(map(str, (self.cycle.package, self.cycle.year, *parts)))

    def indicator(self, key: int | str) -> str:
        return self.codes.get(int(key), str(key))

    def of_notice(self, notice: Notice) -> str:
        keys = {round.id: key for key, round in self.rounds.items()}
        return self.place(
            keys.get(notice.round_id, notice.round_id), notice.unit, self.indicator(notice.cycle_indicator_id)
        )


# ---- snapshots


def _snapshots(ctx: Context, known: _Known) -> Iterator[str]:
    kept = {
        (key, each.revision): each for key, round in known.rounds.items() for each in snapshots.of_round(ctx, round)
    }
    noted = {
        (each.facts["round"], each.facts["revision"]): each.facts["notices"] for each in known.acts("round.revise")
    }
    for entry in known.acts("round.freeze"):
        key, revision = entry.facts["round"], entry.facts["revision"]
        found = kept.pop((key, revision), None)
        if found is None:
            yield known.place(key)
        elif "seal" in entry.facts:
            as_frozen = entry.facts["seal"] == seals.of_kept(found, without=snapshots.LATER)
            if not as_frozen or found.changes != noted.get((key, revision), []):
                yield known.place(key)
            yield from _broken(ctx, known, key, found, entry.facts["seals"])
    yield from (known.place(key) for key, _ in kept)


def _broken(
    ctx: Context, known: _Known, key: str, frozen: snapshots.Snapshot, kept: Mapping[str, str]
) -> Iterator[str]:
    """The indicators of which a frozen rule or row is not as it was kept, one is gone or one is too many."""
    try:
        found = _sealed(ctx, frozen)
    except UNREADABLE:
        yield known.place(key)
        return
    differing = [each for each in kept.keys() | found.keys() if kept.get(each) != found.get(each)]
    yield from (known.place(key, each) for each in sorted(map(known.indicator, differing)))


def _sealed(ctx: Context, frozen: snapshots.Snapshot) -> dict[str, str]:
    """Indicator -> its seal as its rule and its rows stand now."""
    used, rows = snapshots.rules_of(ctx, frozen), dict(_rows_sealed(ctx, frozen))
    found = {str(key): snapshots.sealed(each, rows.get(key, _NO_ROWS)) for key, each in used.items()}
    return found | {str(key): seal for key, seal in rows.items() if key not in used}


def _rows_sealed(ctx: Context, frozen: snapshots.Snapshot) -> Iterator[tuple[int, str]]:
    """Indicator -> the seal of its rows, read one indicator at a time: a country's rows are never in memory at once."""
    row = snapshots.SnapshotRow
    columns = [getattr(row, each.name) for each in fields(Draft)]
    query = select(*columns).where(row.snapshot_id == frozen.id).order_by(row.cycle_indicator_id)
    streamed = ctx.session.execute(query.execution_options(yield_per=5000))
    for key, rows in groupby(streamed, key=itemgetter(0)):
        yield key, seals.of_rows(rows)


_NO_ROWS = seals.of_rows([])


# ---- notices


def _drafted(ctx: Context, known: _Known) -> Iterator[str]:
    """Notices whose reasons, level, figures or place are not those they were drafted with."""
    left: dict[tuple[int, str], list[Notice]] = {}
    for notice in _notices(ctx, known):
        left.setdefault((notice.snapshot_id, notice.unit), []).append(notice)
    for entry in known.acts("warnings.determine", "revision.decide_notice"):
        if "seals" not in entry.facts:
            _pass_over(known, entry, left)
            continue
        for unit, (count, seal) in entry.facts["seals"].items():
            standing = left.pop((entry.facts["snapshot"], unit), [])
            made, left[entry.facts["snapshot"], unit] = standing[:count], standing[count:]
            if warnings.sealed(made) != {unit: [count, seal]}:
                yield known.place(entry.facts["round"], unit)
    yield from (known.of_notice(each) for notices in left.values() for each in notices)


def _pass_over(known: _Known, entry: audit.Entry, left: dict[tuple[int, str], list[Notice]]) -> None:
    """What was drafted before there were seals is taken as it stands."""
    if entry.act == "warnings.determine":
        for place in [each for each in left if each[0] == entry.facts["snapshot"]]:
            del left[place]
    elif entry.facts["decision"] == "add":
        added = entry.facts["unit"], entry.facts["indicator"]
        for place, notices in left.items():
            left[place] = [each for each in notices if (each.unit, known.indicator(each.cycle_indicator_id)) != added]


def _moved_on(ctx: Context, known: _Known) -> Iterator[str]:
    """Notices that are not where the acts recorded since have brought them."""
    linked = set(ctx.session.scalars(select(rectification.ItemNotice.notice_id)))
    issued = {each.facts["letter"] for each in known.acts("letter.issue")}
    merged = {each.facts["notice"] for each in known.acts("item.merge")}
    ended = {each.facts["notice"]: each for each in known.acts(*_ENDS)}
    disputed = _disputed(known)
    for notice in _notices(ctx, known):
        act = ended.get(notice.id)
        told = (act.at, act.actor, act.facts["reason"]) if act else (None, None, None)
        if act:
            status = _ENDS[act.act]
        elif notice.letter_id not in issued:
            status = NoticeStatus.DRAFTED
        elif notice.id in disputed:
            status = NoticeStatus.OBJECTED
        elif notice.id in linked:
            status = NoticeStatus.MERGED if notice.id in merged else NoticeStatus.RECEIVED
        else:
            status = NoticeStatus.ISSUED
        if (notice.status, notice.ended_at, notice.ended_by, notice.end_reason) != (status, *told):
            yield known.of_notice(notice)


def _misdirected(ctx: Context, known: _Known) -> Iterator[str]:
    """Notices that stand in another letter than the one that was issued with them, or in one that is not theirs."""
    issued = {
        each.facts["letter"]: each.facts["notices"] for each in known.acts("letter.issue") if "notices" in each.facts
    }
    listed = {notice: letter for letter, notices in issued.items() for notice in notices}
    drafted = {each.id: (each.round_id, each.unit) for each in ctx.session.scalars(select(letters.Letter))}
    for notice in _notices(ctx, known):
        is_sent = notice.id in listed or notice.letter_id in issued
        is_astray = is_sent and listed.get(notice.id) != notice.letter_id
        is_lost = notice.letter_id is not None and drafted.get(notice.letter_id) != (notice.round_id, notice.unit)
        if is_astray or is_lost:
            yield known.of_notice(notice)


def _disputed(known: _Known) -> set[int]:
    """The notices whose figures are disputed and not settled."""
    found: set[int] = set()
    for entry in known.acts("objection.raise", "objection.sign", "objection.keep"):
        if entry.act == "objection.raise":
            found |= set(entry.facts["notices"])
        elif not entry.facts.get("corrected"):
            found.discard(entry.facts["notice"])
    return found


def _notices(ctx: Context, known: _Known) -> list[Notice]:
    rounds = [each.id for each in known.rounds.values()]
    return list(ctx.session.scalars(select(Notice).where(Notice.round_id.in_(rounds)).order_by(Notice.id)))


# ---- results


def _misdated(ctx: Context, known: _Known) -> Iterator[str]:
    """Results that were not decided or published when they say they were."""
    decided: dict[int, datetime] = {}
    published: dict[int, datetime] = {}
    counting, is_final = 0, False
    for entry in known.acts("results.propose", "results.decide", "results.recompute", "results.publish"):
        counting = entry.facts.get("snapshot", counting)
        is_final = is_final or entry.act == "results.publish"
        if entry.act in ("results.decide", "results.recompute"):
            decided[counting] = entry.at
        if is_final and entry.act != "results.propose":
            published[counting] = entry.at
    for snapshot in snapshots.of_round(ctx, plans.annual_round(ctx, known.cycle)):
        for each in results.of_snapshot(ctx, snapshot):
            if (each.decided_at, each.published_at) != (decided.get(snapshot.id), published.get(snapshot.id)):
                yield known.place(each.unit)


_ENDS = {f"notice.{status}": status for status in (NoticeStatus.WITHDRAWN, NoticeStatus.LIFTED)}
_ACTS = (
    "round.freeze",
    "round.revise",
    "warnings.determine",
    "revision.decide_notice",
    "letter.issue",
    "item.merge",
    "objection.raise",
    "objection.sign",
    "objection.keep",
    *_ENDS,
    "results.propose",
    "results.decide",
    "results.recompute",
    "results.publish",
)
