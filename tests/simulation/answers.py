"""What a city's year came to, read from its database in the shape in which the slow script writes what it should."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from engine.assessment import consultation, indicators, plans, results, scoring, snapshots, warnings
from engine.assessment.warnings import Notice, NoticeStatus
from engine.db import Context

Table = list[dict[str, str]]


def ordered(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Tables whose rows stand in one order, whatever order they were written in."""
    return {name: sorted(rows, key=lambda row: tuple(row.items())) for name, rows in tables.items()}


def found(ctx: Context, package: str = "county_leadership") -> dict[str, Table]:
    year = Year(ctx, package)
    return ordered(
        {
            "warnings": year.warnings(),
            "ranks": list(chain.from_iterable(year.ranks(label) for label in year.before_the_annual())),
            "consultations": year.consultations(),
            "scores": year.scores(),
            "first_results": year.results("score", "rank", "grade", first=True),
            "results": year.results("score", "rank", "grade"),
            "subtotals": year.results("objective", "subjective"),
            "feedback": year.feedback(),
        }
    )


class Year:
    def __init__(self, ctx: Context, package: str) -> None:
        self.ctx = ctx
        self.cycle = plans.find(ctx, package)
        self.codes = {each.id: each.code for each in indicators.of_cycle(ctx, self.cycle)}
        self.rounds = {each.key: each for each in plans.rounds(ctx, self.cycle)}
        self.annual = plans.annual_round(ctx, self.cycle).key

    def before_the_annual(self) -> list[str]:
        return [key for key, each in self.rounds.items() if each.kind == plans.RoundKind.PRE]

    def snapshot(self, label: str) -> snapshots.Snapshot:
        return snapshots.latest(self.ctx, self.rounds[label])

    def warnings(self) -> Table:
        return [
            {
                "round": label,
                "unit": each.unit,
                "indicator": self.codes[each.cycle_indicator_id],
                "reasons": ";".join(each.reasons),
            }
            for label in self.rounds
            for each in self.notices(label)
        ]

    def notices(self, label: str) -> list[Notice]:
        held = warnings.of_round(self.ctx, self.rounds[label])
        return [each for each in held if each.status != NoticeStatus.WITHDRAWN]

    def ranks(self, label: str) -> Table:
        levels = {(each.unit, each.cycle_indicator_id): each.level for each in self.notices(label)}
        return [
            {
                "round": label,
                "unit": row.unit,
                "indicator": self.codes[row.cycle_indicator_id],
                "progress": _fixed(row.progress),
                "lead_points": _fixed(row.lead_points),
                "rank": _text(row.rank),
                "why": row.why or "",
                "level": levels.get((row.unit, row.cycle_indicator_id), ""),
            }
            for row in snapshots.rows(self.ctx, self.snapshot(label))
        ]

    def consultations(self) -> Table:
        return [
            {
                "unit": each.unit,
                "round": next(key for key, held in self.rounds.items() if held.id == each.round_id),
                "warnings": str(len(each.grounds)),
            }
            for each in consultation.of_cycle(self.ctx, self.cycle)
        ]

    def scores(self) -> Table:
        return [
            {"unit": row.unit, "indicator": self.codes[row.cycle_indicator_id], "score": _fixed(row.score)}
            for row in snapshots.rows(self.ctx, self.snapshot(self.annual))
        ]

    def results(self, *columns: str, first: bool = False) -> Table:
        """As they stand, or as they were computed at first, before any appeal."""
        frozen = snapshots.of_round(self.ctx, self.rounds[self.annual])[0 if first else -1]
        return [
            {"unit": each.unit}
            | ({"group": each.group} if "score" in columns else {})
            | {name: _text(each.total if name == "score" else getattr(each, name)) for name in columns}
            for each in results.of_snapshot(self.ctx, frozen)
        ]

    def feedback(self) -> Table:
        told = results.feedback(self.ctx, self.cycle, self.snapshot(self.annual))
        return [
            {
                "indicator": self.codes[indicator],
                "group": group,
                "n": str(one.n),
                "max": _fixed(one.highest),
                "min": _fixed(one.lowest),
                "mean": "" if one.mean is None else f"{one.mean:.2f}",
                "top": _listed(one.top),
                "bottom": _listed(one.bottom),
            }
            for (indicator, group), one in told.items()
        ]


def _listed(units: Iterable[str]) -> str:
    return ";".join(units)


def _fixed(value: Decimal | None) -> str:
    return "" if value is None else str(value.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return scoring.digits(value)
    return "" if value is None else str(value)
