"""The pre-assessments of a year beside each other, in numbers (S3 4.1, D2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from engine.assessment import indicators, loop, plans, scoring, snapshots, warnings
from engine.reports.lights import Figure, Figures, Key


@dataclass(frozen=True, slots=True)
class Summary:
    """The pairs of one round in numbers (D2)."""

    ranked: int
    on_schedule: int
    behind: int
    yellow: int
    red: int
    repeated: int
    #: Warned in the round before and not in this one.
    recovered: int
    missing: int
    #: Mean lead over the schedule in percentage points, to two places.
    mean_lead: Decimal | None


@dataclass(frozen=True, slots=True)
class Comparison:
    rounds: list[plans.Round]
    overall: list[Summary]
    by_indicator: list[tuple[indicators.CycleIndicator, list[Summary]]]


def compare(rounds: list[plans.Round], pairs: Sequence[loop.Pair], figures: Mapping[int, Figures]) -> Comparison:
    by_indicator: dict[int, list[loop.Pair]] = {}
    for each in pairs:
        by_indicator.setdefault(each.indicator.id, []).append(each)
    return Comparison(
        rounds,
        _summaries(rounds, pairs, figures),
        [(found[0].indicator, _summaries(rounds, found, figures)) for found in by_indicator.values()],
    )


def _summaries(
    rounds: Sequence[plans.Round], pairs: Sequence[loop.Pair], figures: Mapping[int, Figures]
) -> list[Summary]:
    made: list[Summary] = []
    before: set[Key] = set()
    for round in rounds:
        known = [
            figure for each in pairs if (figure := figures[round.id].get((each.indicator.id, each.unit))) is not None
        ]
        warned = [
            notice for each in pairs for notice in each.notices if notice.round_id == round.id and _is_out(notice)
        ]
        now = {(each.cycle_indicator_id, each.unit) for each in warned}
        made.append(_summary(known, warned, len(before - now)))
        before = now
    return made


def _is_out(notice: warnings.Notice) -> bool:
    return notice.status != warnings.NoticeStatus.DRAFTED


def _summary(known: Sequence[Figure], warned: Sequence[warnings.Notice], recovered: int) -> Summary:
    leads = [each.lead for each in known if each.lead is not None]
    return Summary(
        ranked=len(leads),
        on_schedule=sum(lead >= 0 for lead in leads),
        behind=sum(lead < 0 for lead in leads),
        yellow=sum(each.level == "yellow" for each in warned),
        red=sum(each.level == "red" for each in warned),
        repeated=sum(each.escalated for each in warned),
        recovered=recovered,
        missing=sum(each.state == snapshots.State.MISSING for each in known),
        mean_lead=scoring.half_up(sum(map(Fraction, leads), Fraction(0)) / len(leads), 2) if leads else None,
    )
