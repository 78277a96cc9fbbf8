"""Snapshots: what was published is kept for ever, and what was computed from it is computed again to the digit."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine import people
from engine.assessment import indicators, readings, snapshots
from engine.assessment.readings import Entry
from engine.assessment.snapshots import NotPublished, SnapshotRow
from engine.db import Context
from tests.assessment.town import Town, april
from tests.assessment.years import acts


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as opened:
        yield opened


def freeze(town: Town, key: str = "april", reason: str | None = None) -> int:
    town.now += timedelta(hours=1)
    with town.by("lead1") as ctx:
        return snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx, key), reason).revision


def rows(ctx: Context, town: Town, code: str, revision: int = 1, key: str = "april") -> dict[str, SnapshotRow]:
    used = indicators.find(ctx, town.cycle(ctx), code)
    snapshot = snapshots.of_round(ctx, town.round(ctx, key))[revision - 1]
    return {each.unit: each for each in snapshots.rows(ctx, snapshot) if each.cycle_indicator_id == used.id}


def remember(ctx: Context, town: Town, code: str, unit: str, figure: str, day: date, **detail: Any) -> None:
    library = indicators.find(ctx, town.cycle(ctx), code).indicator
    entry = Entry(unit, code, figure, figure, day, detail)
    readings.remember(ctx, library, entry, Decimal(figure), Decimal(figure))
    ctx.session.flush()


def seen(ctx: Context, town: Town, revision: int = 1) -> list[tuple[Any, ...]]:
    names = [column.key for column in SnapshotRow.__mapper__.column_attrs if column.key != "snapshot_id"]
    snapshot = snapshots.of_round(ctx, town.round(ctx))[revision - 1]
    return [tuple(getattr(each, name) for name in names) for each in snapshots.rows(ctx, snapshot)]


# ---- what is frozen


def test_a_publication_freezes_every_unit_on_every_indicator_with_all_that_decides(town: Town) -> None:
    with town.by(reading=True) as ctx:
        assert len(seen(ctx, town)) == 72
        row = rows(ctx, town, "E13")["A06"]
        assert (row.group, row.state, row.why) == ("A", "valued", None)
        assert (row.target, row.base, row.actual, row.as_of) == (
            *(Decimal(200), Decimal("187.3"), Decimal(44), date(2026, 3, 31)),
        )
        # 44 of 200 is 22 %, three points under the quarter that is due; five units are better.
        assert (row.expected, row.progress, row.lead_points, row.rank) == ("3/12", Decimal("0.22"), Decimal(-3), 6)


def test_measures_that_have_no_end_are_kept_to_twelve_places(town: Town) -> None:
    with town.by(reading=True) as ctx:
        # 97 of 95 is 1.021052631578947…, 95.2 of 95 is 1.002105263157894…
        kept = rows(ctx, town, "J02")
        assert (kept["A01"].progress, kept["A04"].progress) == (Decimal("1.021052631579"), Decimal("1.002105263158"))
        assert kept["A01"].lead_points == Decimal("2.105263157895")


def test_an_exempt_unit_is_kept_as_exempt_with_nothing_to_compare(town: Town) -> None:
    with town.by() as ctx:
        remember(ctx, town, "J02", "A06", "95", date(2026, 3, 30))
    assert freeze(town) == 2
    with town.by(reading=True) as ctx:
        for revision in (1, 2):
            row = rows(ctx, town, "J02", revision)["A06"]
            assert (row.state, row.why, row.target, row.actual, row.rank, row.as_of) == (
                "exempt",
                "exempt",
                *[None] * 4,
            )


def test_a_pre_assessment_keeps_no_scores_and_the_annual_round_does(town: Town) -> None:
    with town.by() as ctx:
        remember(ctx, town, "E13", "A01", "190", date(2026, 12, 31))
    freeze(town, "annual")
    with town.by(reading=True) as ctx:
        assert {each.score for each in rows(ctx, town, "E13").values()} == {None}
        # 190 of 200 are 95 of 100; the others have no figure and no score.
        assert {unit: each.score for unit, each in rows(ctx, town, "E13", key="annual").items()} == {
            "A01": Decimal(95),
            **dict.fromkeys(("A02", "A03", "A04", "A05", "A06")),
        }


def test_each_figure_is_measured_by_the_share_due_on_its_own_day_and_ranked_with_its_like(town: Town) -> None:
    with town.by() as ctx:
        for unit, figure in (("A01", "30"), ("A02", "20")):
            remember(ctx, town, "E13", unit, figure, date(2026, 6, 30))
        for unit, figure in (("A03", "140"), ("A04", "110")):
            remember(ctx, town, "E13", unit, figure, date(2026, 7, 31))
    freeze(town, "august")
    with town.by(reading=True) as ctx:
        told = rows(ctx, town, "E13", key="august")
        assert {unit: (each.expected, each.rank, each.why) for unit, each in told.items()} == {
            "A01": ("6/12", 1, None),
            "A02": ("6/12", 2, None),
            "A03": ("7/12", 1, None),
            "A04": ("7/12", 2, None),
            "A05": ("7/12", None, "missing"),
            "A06": ("7/12", None, "missing"),
        }
        assert told["A01"].lead_points == Decimal(-35)
        assert told["A03"].lead_points == Decimal("11.666666666667")


def test_what_is_announced_is_pending_where_there_is_no_figure(town: Town) -> None:
    with town.by() as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "P01")
        remember(ctx, town, "P01", "A01", "4200", date(2026, 7, 31))
        ctx.session.add(
            readings.Pending(round_id=town.round(ctx, "august").id, cycle_indicator_id=used.id, announced_at=town.now)
        )
    freeze(town, "august")
    with town.by(reading=True) as ctx:
        states = {unit: (each.state, each.why) for unit, each in rows(ctx, town, "P01", key="august").items()}
    assert states == {"A01": ("valued", None)} | dict.fromkeys(
        ("A02", "A03", "A04", "A05", "A06"), ("pending", "pending")
    )


# ---- never changed


def test_a_later_figure_makes_a_further_revision_and_leaves_the_first_to_the_letter(town: Town) -> None:
    with town.by() as ctx:
        before = seen(ctx, town)
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        readings.correct(ctx, town.cycle(ctx), town.round(ctx), used, "A06", Decimal(62), "d01_clerk")
        cycle = town.cycle(ctx)
        cycle.parameters = {**cycle.parameters, "lag_points": 15}
    assert freeze(town, reason="E13 A06") == 2
    with town.by(reading=True) as ctx:
        assert seen(ctx, town) == before
        first, second = snapshots.of_round(ctx, town.round(ctx))
        assert (first.parameters["lag_points"], second.parameters["lag_points"]) == (10, 15)
        assert (first.reason, second.reason, second.published_by) == (None, "E13 A06", "lead1")
        assert snapshots.latest(ctx, town.round(ctx)).id == second.id
        assert {unit: each.rank for unit, each in rows(ctx, town, "E13", 2).items()} == {
            "A06": 1,
            "A01": 2,
            "A02": 3,
            "A03": 4,
            "A04": 5,
            "A05": 6,
        }
        assert [(each["revision"], each["rows"]) for each in acts(ctx, "round.freeze")] == [(1, 72), (2, 72)]


def test_ranks_and_leads_are_computed_again_from_the_frozen_rows_to_the_digit(town: Town) -> None:
    with town.by(reading=True) as ctx:
        frozen = snapshots.rows(ctx, snapshots.latest(ctx, town.round(ctx)))
        used = {each.id: each for each in indicators.of_cycle(ctx, town.cycle(ctx))}
        for (indicator_id, _), group in snapshots.by_population(frozen).items():
            facts = snapshots.facts_of(used[indicator_id], group)
            assert [(each.unit, each.rank) for each in group] == [(each.unit, facts[each.unit].rank) for each in group]


@pytest.mark.requirement("C6")
def test_scores_are_computed_again_from_the_frozen_rows_to_the_digit(town: Town) -> None:
    with town.by() as ctx:
        for unit, figure in (("A01", "122.3"), ("A02", "124.2"), ("A03", "118.7"), ("A04", "241")):
            remember(ctx, town, "H01", unit, figure, date(2026, 12, 31))
    freeze(town, "annual")
    with town.by(reading=True) as ctx:
        frozen = list(rows(ctx, town, "H01", key="annual").values())
        # A limit of 120: 2 - x/120 above it, all below, nothing beyond twice the limit.
        by_hand = ["98.083333", "96.500000", "100.000000", "0.000000", None, None]
        assert [None if each.score is None else f"{each.score:f}" for each in frozen] == by_hand
        again = snapshots.scores_of(indicators.find(ctx, town.cycle(ctx), "H01"), frozen)
        assert [again[each.unit] for each in frozen] == [each.score for each in frozen]


# ---- the rules are frozen with the figures


def test_a_publication_keeps_how_every_indicator_is_measured_scored_and_weighed(town: Town) -> None:
    with town.by(reading=True) as ctx:
        kept = snapshots.rules_of(ctx, snapshots.latest(ctx, town.round(ctx)))
        codes = "E13 E14 E15 E30 E34 S07 P01 P03 H01 H05 J01 J02"
        assert " ".join(each.code for each in kept.values()) == codes
        limit = kept[indicators.find(ctx, town.cycle(ctx), "H01").id]
        assert (limit.direction, limit.measure, limit.method) == ("lower_better", "cumulative", "control_limit")
        assert limit.weight("A") == indicators.find(ctx, town.cycle(ctx), "H01").weight("A")
        assert limit.weight("Z") is None


def change_everything(town: Town, code: str = "E13") -> None:
    """What an adjustment could do to an indicator, and more."""
    with town.by() as ctx:
        used = indicators.find(ctx, town.cycle(ctx), code)
        used.method, used.params, used.direction, used.measure = "rank_step", {"step": "0.5"}, "lower_better", "level"
        used.main, used.weights, used.responsible_unit = False, [], "D02"
        used.indicator.name = "改名"
        ctx.session.flush()


def test_a_later_revision_is_measured_by_the_rules_of_the_first(town: Town) -> None:
    with town.by(reading=True) as ctx:
        before, names = seen(ctx, town), frozen_rules(ctx, town)
    change_everything(town)
    freeze(town, reason="更正")
    with town.by(reading=True) as ctx:
        assert seen(ctx, town, 2) == before
        assert frozen_rules(ctx, town, 2) == names


def frozen_rules(ctx: Context, town: Town, revision: int = 1) -> list[tuple[Any, ...]]:
    snapshot = snapshots.of_round(ctx, town.round(ctx))[revision - 1]
    kept = snapshots.rules_of(ctx, snapshot).values()
    return [(each.code, each.name, each.method, each.params, each.weights, each.main) for each in kept]


def test_the_next_round_is_measured_by_the_rules_that_stand_then(town: Town) -> None:
    change_everything(town)
    freeze(town, "august")
    with town.by(reading=True) as ctx:
        kept = snapshots.rules_of(ctx, snapshots.latest(ctx, town.round(ctx, "august")))
        used = kept[indicators.find(ctx, town.cycle(ctx), "E13").id]
        assert (used.name, used.method, used.direction, used.weights) == ("改名", "rank_step", "lower_better", {})


# ---- finding them


def test_before_the_publication_there_is_none(town: Town) -> None:
    with town.by(reading=True) as ctx:
        assert snapshots.of_round(ctx, town.round(ctx, "august")) == []
    with town.refusal(NotPublished) as ctx:
        snapshots.latest(ctx, town.round(ctx, "august"))


def test_rows_are_told_by_indicator_and_unit_and_of_one_unit_where_that_is_asked(town: Town) -> None:
    with town.by(reading=True) as ctx:
        snapshot = snapshots.latest(ctx, town.round(ctx))
        keys = [(each.cycle_indicator_id, each.unit) for each in snapshots.rows(ctx, snapshot)]
        assert keys == sorted(keys)
        assert {each.unit for each in snapshots.rows(ctx, snapshot, unit="A03")} == {"A03"}
        assert len(snapshots.rows(ctx, snapshot, unit="A03")) == 12
        found = snapshots.row(ctx, snapshot, indicators.find(ctx, town.cycle(ctx), "E13").id, "A03")
        assert found is not None
        assert found.actual == Decimal(54)
        assert snapshots.row(ctx, snapshot, found.cycle_indicator_id, "X99") is None


def test_a_unit_that_joins_later_counts_as_exempt_before(town: Town) -> None:
    with town.by() as ctx:
        ctx.session.add(people.Unit(code="A07", name="新区", kind="county", group="A"))
    freeze(town)
    with town.by(reading=True) as ctx:
        # Without targets it is exempt in the new revision as well: nothing is different.
        assert snapshots.differences(ctx, *snapshots.of_round(ctx, town.round(ctx))) == []
        assert rows(ctx, town, "E13", 2)["A07"].state == "exempt"
    with town.by() as ctx:
        for each in ctx.session.scalars(select(SnapshotRow).where(SnapshotRow.unit == "A07")):
            each.state = "missing"
    with town.by(reading=True) as ctx:
        found = snapshots.differences(ctx, *snapshots.of_round(ctx, town.round(ctx)))
        assert {(each.unit, each.old_state, each.new_state, each.old) for each in found} == {
            ("A07", "exempt", "missing", None)
        }
        assert len(found) == 12


def test_rows_are_compared_within_their_group_or_all_together() -> None:
    frozen = [SnapshotRow(cycle_indicator_id=1, unit=unit, group=unit[0]) for unit in ("A01", "A02", "B01")]
    assert {key: len(found) for key, found in snapshots.by_population(frozen).items()} == {(1, "A"): 2, (1, "B"): 1}
    assert {key: len(found) for key, found in snapshots.by_population(frozen, "all").items()} == {(1, ""): 3}


def test_the_direction_of_the_indicator_is_handed_to_a_method_that_asks_for_it() -> None:
    rows = [
        SnapshotRow(
            cycle_indicator_id=1, unit=unit, group="A", state="valued", actual=Decimal(actual), target=None, detail={}
        )
        for unit, actual in (("A01", "10"), ("A02", "30"), ("A03", "20"))
    ]
    for direction, scores in (("higher_better", [90, 100, 95]), ("lower_better", [100, 90, 95])):
        used = indicators.CycleIndicator(
            id=1, direction=direction, measure="level", method="rank_step", params={"step": "0.05", "floor": "0"}
        )
        assert list(snapshots.scores_of(used, rows).values()) == [Decimal(score) for score in scores]
