"""Between the cells of a browser or a workbook and the figures of the engine.

A cell is ``unit/indicator/field``. Its version is a number made from what stands in it: who sends the version of another
content has looked at something that somebody changed since. The two figures of a reading are two cells, so a version
of the whole reading would make a clerk collide with herself.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.assessment import indicators, readings
from engine.db import Context
from engine.errors import Invalid, Message
from engine.reports import details
from engine.reports.sheets import Block, EntrySheet, Place

FIELDS = ("reported", "verified", "superior", "detail")
NOT_YOURS = Message("This indicator is not yours to report.")
EXEMPT = Message("The unit is exempt from this indicator.")
CLOSED = Message("Nothing can be entered here now.")


@dataclass(frozen=True, slots=True)
class Change:
    key: str
    value: str
    #: What the sender saw; None is not compared.
    version: int | None = None


@dataclass(slots=True)
class Kept:
    """What became of each cell that was sent."""

    saved: dict[str, int] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)
    #: Key -> what stands there, its version, and who entered it.
    conflicts: dict[str, tuple[str, int, str | None]] = field(default_factory=dict)


Pair = tuple[str, str]


def version(text: str) -> int:
    return zlib.crc32(text.encode())


def keep(ctx: Context, sheet: EntrySheet, changes: Iterable[Change]) -> Kept:
    """Enter what can be entered; what cannot is named and leaves what stands."""
    kept = Kept()
    typed: dict[Pair, dict[str, Change]] = {}
    for change in changes:
        _sort(sheet, change, typed, kept)
    entries = {pair: entry for pair in typed if (entry := _entry(sheet, pair, typed[pair], kept))}
    written = _enter(ctx, sheet, entries, typed, kept)
    for pair, reading in written.items():
        for name, change in typed[pair].items():
            if change.key not in kept.errors:
                kept.saved[change.key] = version(_stands(sheet, pair, reading, name))
    return kept


def _sort(sheet: EntrySheet, change: Change, typed: dict[Pair, dict[str, Change]], kept: Kept) -> None:
    """Put a change to its unit and indicator, or say why it cannot be taken."""
    unit, _, rest = change.key.partition("/")
    code, _, name = rest.partition("/")
    block = sheet.block(code)
    place = block.places.get(unit) if block else None
    if block is None or place is None or name not in FIELDS or not _has(block, name):
        kept.errors[change.key] = NOT_YOURS
    elif place.exempt:
        kept.errors[change.key] = EXEMPT
    elif not block.editable:
        kept.errors[change.key] = CLOSED
    elif _is_stale(change, str(getattr(place, name))):
        standing = str(getattr(place, name))
        kept.conflicts[change.key] = (standing, version(standing), place.entered_by)
    else:
        typed.setdefault((unit, code), {})[name] = change


def _has(block: Block, name: str) -> bool:
    """Whether the indicator has such a column."""
    absent = {"detail": block.detail is None, "superior": not block.superior}
    return not absent.get(name, False)


def _is_stale(change: Change, standing: str) -> bool:
    return change.version is not None and change.version != version(standing) and change.value != standing


def _entry(sheet: EntrySheet, pair: Pair, typed: Mapping[str, Change], kept: Kept) -> readings.Entry | None:
    """The whole reading: what was typed, beside what stands there already."""
    block, place = _found(sheet, pair)
    texts = {name: typed[name].value if name in typed else str(getattr(place, name)) for name in FIELDS}
    detail: Mapping[str, Any] = place.stored_detail
    if "detail" in typed and texts["detail"] != place.detail:
        try:
            detail = details.read(block.indicator, texts["detail"])
        except Invalid as error:
            kept.errors[typed["detail"].key] = Message(error.template, error.facts)
            return None
    return readings.Entry(
        unit=pair[0],
        indicator=pair[1],
        reported=texts["reported"],
        verified=texts["verified"] or None,
        as_of=block.as_of if block.dated or place.as_of is None else place.as_of,
        detail=detail,
        superior=texts["superior"],
    )


def _enter(
    ctx: Context,
    sheet: EntrySheet,
    entries: dict[Pair, readings.Entry],
    typed: Mapping[Pair, Mapping[str, Change]],
    kept: Kept,
) -> dict[Pair, readings.Reading]:
    """Enter the readings, without those the engine refuses: their cells are named, none of the others is lost."""
    revised = any(block.revised for block in sheet.blocks if block.editable)
    while entries:
        try:
            given = (ctx, sheet.cycle, sheet.round, sheet.unit)
            return dict(zip(entries, readings.enter(*given, entries.values(), revision=revised), strict=True))
        except readings.WrongCells as error:
            for key, message in error.fields.items():
                unit, _, code = key.partition("/")
                entries.pop((unit, code))
                kept.errors |= {change.key: message for change in typed[unit, code].values()}
    return {}


def _stands(sheet: EntrySheet, pair: Pair, reading: readings.Reading, name: str) -> str:
    """The text of a cell after it was entered, as the sheet would show it."""
    if name == "detail":
        return details.text(_found(sheet, pair)[0].indicator, reading.detail)
    reported = "" if reading.reported is None else format(reading.reported, "f")
    if name == "reported":
        return reported
    if name == "superior":
        return "" if reading.superior is None else format(reading.superior, "f")
    used = _found(sheet, pair)[0].indicator
    if reading.verified in (None, reading.reported) or used.counting == indicators.Counting.SUPERIOR:
        return ""
    return format(reading.verified, "f")


def _found(sheet: EntrySheet, pair: Pair) -> tuple[Block, Place]:
    block = sheet.block(pair[1])
    assert block is not None
    return block, block.places[pair[0]]
