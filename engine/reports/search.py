"""Looking something up by number, code or name, within what the person may see."""

import re
from dataclasses import dataclass

from sqlalchemy import or_, select

from engine import access, people
from engine.assessment import indicators, letters, plans, rectification
from engine.db import Context
from engine.reports import ledger

#: So many of each kind are shown; who sees this many is better served by a longer text.
LIMIT = 20
#: Brackets and blanks of a paper's number are typed in many ways.
_SIGNS = re.compile(r"[\s〔〕\[\]［］()（）【】]|号$")


@dataclass(frozen=True, slots=True)
class Found:
    matters: list[rectification.Item]
    letters: list[letters.Letter]
    units: list[people.Unit]
    indicators: list[indicators.CycleIndicator]

    @property
    def is_empty(self) -> bool:
        return not (self.matters or self.letters or self.units or self.indicators)


def search(ctx: Context, cycle: plans.Cycle, text: str) -> Found:
    """What the text is found in; an empty text finds nothing."""
    wanted = text.strip()
    if not wanted:
        return Found([], [], [], [])
    units = _units(ctx, wanted)
    return Found(
        matters=ledger.numbered(ctx, cycle, wanted, LIMIT),
        letters=_letters(ctx, cycle, wanted, {each.code for each in units}),
        units=[each for each in units if access.oversees(ctx) or each.code in access.own_units(ctx)][:LIMIT],
        indicators=_indicators(ctx, cycle, wanted),
    )


def _units(ctx: Context, wanted: str) -> list[people.Unit]:
    unit = people.Unit
    query = select(unit).where(
        or_(unit.code.icontains(wanted, autoescape=True), unit.name.icontains(wanted, autoescape=True))
    )
    return list(ctx.session.scalars(query.order_by(unit.code)))


def _indicators(ctx: Context, cycle: plans.Cycle, wanted: str) -> list[indicators.CycleIndicator]:
    """The booklet is issued to everybody, so everybody finds its indicators."""
    low = wanted.lower()
    return [each for each in indicators.of_cycle(ctx, cycle) if low in f"{each.code} {each.name}".lower()][:LIMIT]


def _letters(ctx: Context, cycle: plans.Cycle, wanted: str, units: set[str]) -> list[letters.Letter]:
    """Letters by their number, however its brackets are typed, by the office's own number, or by their addressee."""
    seen = [each for round in plans.rounds(ctx, cycle) for each in letters.visible(ctx, round)]
    plain = _SIGNS.sub("", wanted)
    names = {
        each.id: {_SIGNS.sub("", name) for name in (each.label, each.office_number or "") if name} for each in seen
    }
    return [
        each
        for each in seen
        if each.unit in units
        or plain == str(each.number)
        or (len(plain) > 1 and any(plain in name for name in names[each.id]))
    ][:LIMIT]
