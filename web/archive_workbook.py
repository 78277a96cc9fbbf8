"""The index of a unit's archive as a workbook, in the reader's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine import files
from engine.assessment import indicators
from engine.assessment.archives import Archive
from engine.db import Context
from engine.reports import archive as packing
from engine.reports.workbooks import Table
from web import texts
from web.texts import say
from web.words import word

Papers = Mapping[str, Sequence[files.StoredFile]]


def index(ctx: Context, found: Archive, papers: Papers) -> list[Table]:
    """Records, matters with their slips, and special assessments, each line with the folder its files lie in."""
    return [_records(found, papers), _matters(ctx, found, papers), _slips(found), _special(found)]


def _records(found: Archive, papers: Papers) -> Table:
    heads = [
        *(say("No."), say("Day"), say("Kind"), say("Author"), say("Participants"), say("Content"), say("Sources")),
        *(say("Made void because"), say("Folder"), say("Files")),
    ]
    return Table(say("Records"), [heads, *(_record(each, papers) for each in found.records)])


def _record(each: Any, papers: Papers) -> list[Any]:
    folder = packing.piece_of_record(each.id)
    sources = "、".join(word("source_tag", tag) for tag in each.tags)
    author = texts.person(each.recorded_by)
    return [
        *(each.id, each.held_on, word("record_kind", each.kind), author, each.participants, each.text, sources),
        *(each.void_why, folder, _names(papers.get(folder, []))),
    ]


def _matters(ctx: Context, found: Archive, papers: Papers) -> Table:
    heads = [
        *(say("Matter no."), say("Indicator"), say("Source"), say("State"), say("Opened"), say("Work due")),
        *(say("Closed out"), say("Folder"), say("Files")),
    ]
    rows = []
    for each in found.matters:
        used = indicators.get(ctx, each.cycle_indicator_id)
        rows.append(
            [
                *(each.number, f"{used.code} {used.name}", word("origin", each.source), word("item", each.status)),
                *(texts.minute(each.opened_at), texts.day(each.work_due)),
                *(texts.minute(each.closed_at) if each.closed_at else None, each.number),
                _names(papers.get(each.number, [])),
            ]
        )
    return Table(say("Matters"), [heads, *rows])


def _slips(found: Archive) -> Table:
    numbers = {each.id: each.number for each in found.matters}
    heads = [say("Slip"), say("Matter no."), say("State"), say("Content"), say("Answer")]
    rows = [
        [each.label, numbers[each.item_id], word("slip", each.status), each.requirement, each.answer]
        for each in found.slips
    ]
    return Table(say("Supervision slips"), [heads, *rows])


def _special(found: Archive) -> Table:
    heads = [say("No."), say("Title"), say("Occasion"), say("State"), say("Conclusion")]
    rows = [
        [each.id, each.title, word("trigger", each.trigger), word("special", each.state), each.conclusion]
        for each in found.special
    ]
    return Table(say("Special assessments"), [heads, *rows])


def _names(stored: Sequence[files.StoredFile]) -> str:
    return "、".join(name for name, _ in packing.names(stored))
