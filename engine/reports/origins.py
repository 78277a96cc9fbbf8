"""Where a frozen figure comes from: who entered and verified it, by which version of which rule, on what evidence (C3, H7).

The last steps of an explanation: from a score down to the reading, the hands it went through, the rule as it was issued
and the papers that lie with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from engine import access, files
from engine.assessment import plans, readings, rules, rulings, snapshots
from engine.db import Context


@dataclass(frozen=True, slots=True)
class Origin:
    """One indicator of a unit: what its frozen figure rests on."""

    #: None where there is no figure.
    reading: readings.Reading | None
    #: The version of the indicator's rules that stood when the figures were frozen; None where none was written.
    rule: rules.ScoringRules | None
    evidence: list[files.StoredFile]
    #: The rulings of tolerance that gave points back.
    rulings: list[rulings.Ruling]


def origins(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot, unit: str) -> dict[str, Origin]:
    """Code of the indicator -> what the unit's frozen figure rests on; for those who oversee and for the unit itself."""
    access.require_unit(ctx, unit)
    used = snapshots.rules_of(ctx, snapshot)
    frozen = snapshots.rows(ctx, snapshot, unit=unit)
    known = _readings(ctx, unit, [used[row.cycle_indicator_id].indicator_id for row in frozen])
    versions = _rules(ctx, list(used))
    kept = {each.id: each for each in ctx.session.scalars(select(rulings.Ruling).where(rulings.Ruling.unit == unit))}
    annual = plans.annual_round(ctx, cycle)
    papers = _evidence(ctx)
    found = {}
    for row in frozen:
        indicator = used[row.cycle_indicator_id]
        reading = known.get((indicator.indicator_id, row.as_of, row.actual)) if row.actual is not None else None
        found[indicator.code] = Origin(
            reading=reading,
            rule=versions.get((row.cycle_indicator_id, indicator.rule_version)),
            evidence=[
                *papers.get(f"reading:{reading.id}" if reading else "", []),
                *papers.get(f"sheet:{annual.key}/{indicator.responsible_unit}", []),
            ],
            rulings=[kept[each["ruling"]] for each in row.detail.get("rulings", ()) if each["ruling"] in kept],
        )
    return found


def _rules(ctx: Context, used: list[int]) -> dict[tuple[int, int | None], rules.ScoringRules]:
    """(cycle indicator, version) -> that version of its rules."""
    query = select(rules.ScoringRules).where(rules.ScoringRules.cycle_indicator_id.in_(used))
    return {(each.cycle_indicator_id, each.version): each for each in ctx.session.scalars(query)}


def _readings(ctx: Context, unit: str, library: list[int]) -> Mapping[tuple[int, object, object], readings.Reading]:
    """(indicator, date, figure) -> the verified reading that carries it, the last where several do."""
    query = select(readings.Reading).where(
        readings.Reading.unit == unit,
        readings.Reading.indicator_id.in_(library),
        readings.Reading.status == readings.ReadingStatus.VERIFIED,
    )
    found = ctx.session.scalars(query.order_by(readings.Reading.number))
    return {(each.indicator_id, each.as_of, each.verified): each for each in found}


def _evidence(ctx: Context) -> dict[str, list[files.StoredFile]]:
    """Subject -> the files handed in with a figure, or with the sheet it stood on."""
    subject = files.StoredFile.subject
    query = select(files.StoredFile).where(subject.startswith("sheet:") | subject.startswith("reading:"))
    found: dict[str, list[files.StoredFile]] = {}
    for each in ctx.session.scalars(query.order_by(files.StoredFile.id)):
        found.setdefault(each.subject or "", []).append(each)
    return found
