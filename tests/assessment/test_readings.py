"""Readings: typed, handed in, verified by other hands, closed, and afterwards only ever corrected by a further row."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.access import NotYours
from engine.assessment import indicators, plans, readings
from engine.assessment.readings import Entry, NotOpen, Reading, SameHands, SheetClosed, WrongCells
from engine.db import SHANGHAI, Context
from engine.errors import Invalid
from tests.assessment.town import Town
from tests.assessment.years import acts, appoint, collecting, enter

FIRST = dict(
    zip((("P01", f"A0{number}") for number in range(1, 7)), ["900", "890", "880", "870", "860", "850"], strict=True)
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with collecting(tmp_path) as made:
        yield made


def type_in(town: Town, *entries: Entry, unit: str = "D09", key: str = "april") -> list[Reading]:
    with town.by(f"{unit.lower()}_clerk") as ctx:
        return readings.enter(ctx, town.cycle(ctx), town.round(ctx, key), unit, entries)


def submit(town: Town, unit: str = "D09", account: str = "") -> None:
    with town.by(account or f"{unit.lower()}_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), unit, None)


def sign(town: Town, unit: str = "D09", verdict: str = "signed", account: str = "") -> None:
    with town.by(account or f"{unit.lower()}_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), unit, verdict, "请复核" if verdict == "returned" else None)


def close(town: Town) -> list[str]:
    with town.by() as ctx:
        return readings.close(ctx, town.cycle(ctx), town.round(ctx))


def hand_in(town: Town, figures: dict[tuple[str, str], str | None], unit: str = "D09") -> None:
    enter(town, unit, figures)
    submit(town, unit)
    sign(town, unit)


def wrong(town: Town, *entries: Entry, unit: str = "D09") -> dict[str, str]:
    """The cells that are refused; then nothing at all is kept."""
    with pytest.raises(WrongCells) as refused:
        type_in(town, *entries, unit=unit)
    assert str(refused.value).startswith(f"{len(refused.value.fields)} cells")
    with town.by(reading=True) as ctx:
        assert ctx.session.scalars(select(Reading).where(Reading.as_of > date(2025, 12, 31))).all() == []
    return {key: str(message) for key, message in refused.value.fields.items()}


def counting(town: Town, code: str = "P01") -> dict[str, Decimal | None]:
    """Unit -> the figure that counts for April."""
    with town.by() as ctx:
        used = indicators.find(ctx, town.cycle(ctx), code)
        owner = used.responsible_unit
        found = readings.effective(ctx, town.cycle(ctx), town.round(ctx), used.indicator_id, owner)
        return {unit: each.verified for unit, each in found.items()}


def kept(town: Town, unit: str, code: str = "P01") -> list[tuple[int, str, str | None, str | None]]:
    """Number, state, reported and verified of this year's rows of the pair."""
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), code)
        found = [each for each in readings.history(ctx, used.indicator_id, unit) if each.as_of.year == 2026]
        return [(each.number, each.status, _plain(each.reported), _plain(each.verified)) for each in found]


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


# ---- typing


def test_a_figure_is_kept_as_a_draft_with_who_typed_it_and_when(town: Town) -> None:
    (made,) = type_in(town, Entry("A01", "P01", "1,500", None))
    assert (made.reported, made.verified, made.status) == (Decimal(1500), Decimal(1500), "draft")
    assert (made.entered_by, made.entered_at, made.as_of) == ("d09_clerk", town.now, date(2026, 3, 31))
    (again,) = type_in(town, Entry("A01", "P01", "1500", "1480"))
    assert kept(town, "A01") == [(1, "draft", "1500", "1480")]
    assert again.id == made.id


@pytest.mark.parametrize(
    ("typed", "figure"),
    [
        ("1,234.5", "1234.5"),
        ("12,345,678", "12345678"),
        ("１２３４．５", "1234.5"),
        ("－3.2", "-3.2"),
        ("−3.2", "-3.2"),
        ("+0.10", "0.10"),
        (" 7 ", "7"),
        ("", None),
        (None, None),
    ],
)
def test_figures_are_read_as_people_type_them(town: Town, typed: str | None, figure: str | None) -> None:
    (made,) = type_in(town, Entry("A01", "P01", typed, None))
    assert _plain(made.reported) == figure


@pytest.mark.parametrize(
    "typed", ["12万", "1,23", "12,34,567", "1e3", "NaN", "inf", "1.2.3", "½", "1" * 19, "0." + "1" * 13]
)
def test_what_is_no_number_is_refused_with_what_was_typed(town: Town, typed: str) -> None:
    assert wrong(town, Entry("A01", "P01", typed, None)) == {"A01/P01": f"{typed} is not a number."}


def test_every_wrong_cell_is_named_at_once_and_nothing_is_kept(town: Town) -> None:
    found = wrong(
        town,
        Entry("A01", "P01", "900", None),
        Entry("A02", "P01", "many", None),
        Entry("A03", "E13", "60", None),
        Entry("X99", "P01", "1", None),
        Entry("A04", "P01", "1", None, as_of=date(2026, 4, 1)),
        Entry("A05", "P01", "1", None, as_of=date(2025, 12, 31)),
    )
    assert found == {
        "A02/P01": "many is not a number.",
        "A03/E13": "This indicator is not yours to report.",
        "X99/P01": "X99 has no target on this indicator.",
        "A04/P01": "The date 2026-04-01 lies after the round's.",
        "A05/P01": "The date 2025-12-31 belongs to the round before.",
    }


def test_a_cell_given_twice_is_refused(town: Town) -> None:
    found = wrong(town, Entry("A01", "P01", "900", None), Entry("A01", "P01", "901", None))
    assert found == {"A01/P01": "This cell is given twice."}


def test_nothing_is_entered_for_an_exempt_unit(town: Town) -> None:
    found = wrong(town, Entry("A06", "J02", "95", None), unit="D35")
    assert found == {"A06/J02": "The unit is exempt from this indicator."}


@pytest.mark.requirement("H1")
@pytest.mark.parametrize(("typed", "taken"), [("0", True), ("100", True), ("100.01", False), ("-0.01", False)])
def test_a_typed_score_lies_between_0_and_100(town: Town, typed: str, taken: bool) -> None:
    with town.by() as ctx:
        indicators.find(ctx, town.cycle(ctx), "P01").method = "panel_mean"
    if taken:
        type_in(town, Entry("A01", "P01", typed, None))
    else:
        assert wrong(town, Entry("A01", "P01", typed, None)) == {"A01/P01": "A score lies between 0 and 100."}
        assert wrong(town, Entry("A01", "P01", "50", typed)) == {"A01/P01": "A score lies between 0 and 100."}


def test_a_draft_moves_with_its_period_and_takes_no_second_row(town: Town) -> None:
    type_in(town, Entry("A01", "P01", "600", None, as_of=date(2026, 2, 28)))
    (moved,) = type_in(town, Entry("A01", "P01", "900", None))
    assert (moved.as_of, moved.number) == (date(2026, 3, 31), 1)
    assert kept(town, "A01") == [(1, "draft", "900", "900")]


@pytest.mark.parametrize("account", ["d09_leader", "d01_clerk", "a01_clerk", "lead1", "admin1"])
def test_only_the_clerk_of_the_responsible_unit_types_announces_and_hands_in(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D09", [Entry("A01", "P01", "900", None)])
    with town.refusal(NotYours, account) as ctx:
        readings.announce(ctx, town.cycle(ctx), town.round(ctx), "P01", date(2026, 5, 6))
    with town.refusal(NotYours, account) as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D09", None)


def test_nothing_is_entered_before_the_round_opens(town: Town) -> None:
    with town.by("d09_clerk") as ctx, pytest.raises(NotOpen, match="august opens at"):
        readings.enter(ctx, town.cycle(ctx), town.round(ctx, "august"), "D09", [Entry("A01", "P01", "3600", None)])


# ---- handing in and verifying


def test_a_sheet_is_handed_in_verified_and_from_then_on_counts(town: Town) -> None:
    enter(town, "D09", FIRST)
    assert counting(town) == {}
    submit(town)
    assert kept(town, "A01") == [(1, "reported", "900", "900")]
    assert counting(town) == {}
    town.now = datetime(2026, 4, 2, 10, tzinfo=SHANGHAI)
    sign(town)
    assert counting(town)["A06"] == Decimal(850)
    with town.by(reading=True) as ctx:
        sheet = readings.sheet(ctx, town.round(ctx), "D09")
        assert (sheet.status, sheet.submitted_by, sheet.signed_by, sheet.signed_at) == (
            *("signed", "d09_clerk", "d09_leader", town.now),
        )
        used = indicators.find(ctx, town.cycle(ctx), "P01")
        (first,) = [each for each in readings.history(ctx, used.indicator_id, "A01") if each.as_of == date(2026, 3, 31)]
        assert (first.verified_by, first.verified_at) == ("d09_leader", town.now)


def test_empty_cells_stop_nobody(town: Town) -> None:
    hand_in(town, {("P01", "A01"): "900"})
    assert counting(town) == {"A01": Decimal(900)}


def test_what_was_handed_in_is_not_typed_over(town: Town) -> None:
    enter(town, "D09", FIRST)
    submit(town)
    with town.refusal(SheetClosed, "d09_clerk") as ctx:
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D09", [Entry("A01", "P01", "1", None)])
    with town.refusal(SheetClosed, "d09_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D09", None)
    with town.refusal(SheetClosed, "d09_clerk") as ctx:
        readings.announce(ctx, town.cycle(ctx), town.round(ctx), "P03", None)


def test_the_leader_gives_a_sheet_back_and_it_comes_again(town: Town) -> None:
    enter(town, "D09", FIRST)
    submit(town)
    sign(town, verdict="returned")
    with town.by(reading=True) as ctx:
        sheet = readings.sheet(ctx, town.round(ctx), "D09")
        assert (sheet.status, sheet.return_note, sheet.signed_by) == ("returned", "请复核", None)
    enter(town, "D09", {("P01", "A01"): "910"})
    submit(town)
    sign(town)
    assert (counting(town)["A01"], counting(town)["A02"]) == (Decimal(910), Decimal(890))
    assert kept(town, "A01") == [(1, "verified", "910", "910")]


@pytest.mark.parametrize("account", ["d09_clerk", "d01_leader", "a01_leader", "lead1"])
def test_only_the_units_leader_verifies(town: Town, account: str) -> None:
    enter(town, "D09", FIRST)
    submit(town)
    with town.refusal(NotYours, account) as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D09", "signed", None)


def test_only_what_was_handed_in_is_verified(town: Town) -> None:
    enter(town, "D09", FIRST)
    with town.refusal(SheetClosed, "d09_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D09", "signed", None)


def test_who_typed_or_handed_in_does_not_verify(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d09_leader", "clerk", "D09")
        appoint(ctx, "d01_leader", "leader", "D09")
    enter(town, "D09", {("P01", "A01"): "900"}, by="d09_leader")
    submit(town)
    with town.refusal(SameHands, "d09_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D09", "signed", None)
    sign(town, account="d01_leader")
    assert counting(town) == {"A01": Decimal(900)}


def test_who_handed_in_does_not_verify_though_another_typed(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d09_leader", "clerk", "D09")
    enter(town, "D09", {("P01", "A01"): "900"})
    submit(town, account="d09_leader")
    with town.refusal(SameHands, "d09_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D09", "signed", None)
    # They may still give it back.
    sign(town, verdict="returned")


def test_nobody_verifies_in_the_name_of_who_typed(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d09_clerk", "leader", "D09")
    enter(town, "D09", FIRST)
    submit(town)
    with town.refusal(SameHands) as ctx:
        ctx.actor, ctx.on_behalf_of = "d01_leader", "d09_clerk"
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D09", "signed", None)


# ---- announcing


@pytest.mark.planted(27)
def test_an_announced_indicator_is_pending_until_its_figures_are_accepted(town: Town) -> None:
    for day in (date(2026, 5, 6), date(2026, 5, 8)):
        with town.by("d09_clerk") as ctx:
            readings.announce(ctx, town.cycle(ctx), town.round(ctx), "P01", day)
    with town.by() as ctx:
        round, used = town.round(ctx), indicators.find(ctx, town.cycle(ctx), "P01")
        (mark,) = readings.pending(ctx, round)
        assert (mark.cycle_indicator_id, mark.expected_on) == (used.id, date(2026, 5, 8))
        readings.accept_late(ctx, town.cycle(ctx), round, used, "d09_leader")
        assert readings.pending(ctx, round) == []
        assert [each["on"] for each in acts(ctx, "readings.announce")] == ["2026-05-06", "2026-05-08"]


# ---- closing


@pytest.mark.planted(28)
def test_who_has_not_signed_when_collection_closes_is_named_and_its_figures_do_not_count(town: Town) -> None:
    hand_in(town, FIRST)
    enter(town, "D32", {("S07", "A01"): "99"})
    submit(town, "D32")
    enter(town, "D35", {("J01", "A01"): "99"})
    assert close(town) == ["D01", "D25", "D32", "D35"]
    assert counting(town, "S07") == counting(town, "J01") == {}
    assert counting(town)["A01"] == Decimal(900)
    with town.by(reading=True) as ctx:
        assert readings.late_units(ctx, town.round(ctx)) == ["D01", "D25", "D32", "D35"]
        assert readings.sheet(ctx, town.round(ctx), "D09").status == "signed"


def test_after_the_close_nothing_is_entered_handed_in_or_verified(town: Town) -> None:
    enter(town, "D32", {("S07", "A01"): "99"})
    submit(town, "D32")
    close(town)
    with town.refusal(SheetClosed, "d32_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D32", "signed", None)
    with town.refusal(SheetClosed, "d35_clerk") as ctx:
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D35", [Entry("A01", "J01", "99", None)])
    with town.refusal(SheetClosed, "d35_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D35", None)


def test_a_returned_sheet_that_is_not_signed_again_is_late_and_none_of_its_figures_counts(town: Town) -> None:
    hand_in(town, FIRST)
    with town.by("lead1") as ctx:
        readings.reopen(ctx, town.cycle(ctx), town.round(ctx), ["D09"], "数据有误")
    assert "D09" in close(town)
    assert counting(town) == {}
    town.now = datetime(2026, 5, 6, 10, tzinfo=SHANGHAI)
    with town.by() as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "P01")
        readings.correct(ctx, town.cycle(ctx), town.round(ctx), used, "A01", Decimal(880), "d09_clerk")
    assert counting(town) == {"A01": Decimal(880)}


def test_what_a_late_unit_brings_after_the_close_counts_once_it_is_accepted(town: Town) -> None:
    enter(town, "D32", {("S07", "A01"): "99"})
    close(town)
    town.now = datetime(2026, 5, 6, 10, tzinfo=SHANGHAI)
    with town.by() as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "S07")
        readings.accept_late(ctx, town.cycle(ctx), town.round(ctx), used, "d32_leader")
    assert counting(town, "S07") == {"A01": Decimal(99)}
    assert counting(town, "P01") == {}


# ---- correcting


def test_a_returned_sheet_is_corrected_beside_what_was_verified(town: Town) -> None:
    hand_in(town, FIRST)
    with town.by("lead1") as ctx:
        readings.reopen(ctx, town.cycle(ctx), town.round(ctx), ["D09"], "A01 有误")
    enter(town, "D09", {("P01", "A01"): "840"})
    assert counting(town)["A01"] == Decimal(900)
    submit(town)
    sign(town)
    assert kept(town, "A01") == [(1, "verified", "900", "900"), (2, "verified", "840", "840")]
    assert kept(town, "A02") == [(1, "verified", "890", "890")]
    assert (counting(town)["A01"], counting(town)["A02"]) == (Decimal(840), Decimal(890))


def test_beside_a_verified_figure_stands_no_older_one(town: Town) -> None:
    hand_in(town, FIRST)
    with town.by("lead1") as ctx:
        readings.reopen(ctx, town.cycle(ctx), town.round(ctx), ["D09"], "A01 有误")
    with pytest.raises(WrongCells) as refused:
        type_in(town, Entry("A01", "P01", "600", None, as_of=date(2026, 2, 28)))
    assert str(refused.value.fields["A01/P01"]) == "A figure of 2026-03-31 is verified; correct that one."


def correct(ctx: Context, town: Town, unit: str, value: str) -> Reading:
    used = indicators.find(ctx, town.cycle(ctx), "P01")
    return readings.correct(ctx, town.cycle(ctx), town.round(ctx), used, unit, Decimal(value), "d09_clerk")


def test_a_correction_is_a_further_row_of_the_same_period_and_keeps_what_was_reported(town: Town) -> None:
    type_in(town, Entry("A01", "P01", "600", "590", as_of=date(2026, 2, 28)))
    submit(town)
    sign(town)
    close(town)
    with town.by("d09_leader") as ctx:
        made = correct(ctx, town, "A01", "620")
        assert (made.as_of, made.number, made.reported, made.verified) == (
            *(date(2026, 2, 28), 2, Decimal(600), Decimal(620)),
        )
        assert (made.entered_by, made.verified_by) == ("d09_clerk", "d09_leader")
        assert correct(ctx, town, "A01", "630").number == 3
        # Where nothing stood, the correction is of the round's own day.
        fresh = correct(ctx, town, "A02", "880")
        assert (fresh.as_of, fresh.number, fresh.reported) == (date(2026, 3, 31), 1, Decimal(880))
    assert (counting(town)["A01"], counting(town)["A02"]) == (Decimal(630), Decimal(880))


def test_a_correction_of_a_typed_score_lies_between_0_and_100_too(town: Town) -> None:
    with town.by() as ctx:
        indicators.find(ctx, town.cycle(ctx), "P01").method = "panel_mean"
    with town.refusal(Invalid, "d09_leader") as ctx:
        correct(ctx, town, "A01", "100.5")


# ---- history


@pytest.mark.requirement("C1")
def test_every_figure_of_a_pair_stands_in_its_history_by_date_corrections_included(town: Town) -> None:
    type_in(town, Entry("A01", "P01", "600", None, as_of=date(2026, 2, 28)))
    submit(town)
    sign(town)
    with town.by("lead1") as ctx:
        readings.reopen(ctx, town.cycle(ctx), town.round(ctx), ["D09"], "补 3 月数")
    hand_in(town, {("P01", "A01"): "900"})
    with town.by("d09_leader") as ctx:
        correct(ctx, town, "A01", "880")
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "P01")
        told = [
            (each.as_of.isoformat(), each.number, _plain(each.verified))
            for each in readings.history(ctx, used.indicator_id, "A01")
        ]
    assert told == [
        ("2024-12-31", 1, "5447"),
        ("2025-12-31", 1, "5802"),
        ("2026-02-28", 1, "600"),
        ("2026-03-31", 1, "900"),
        ("2026-03-31", 2, "880"),
    ]


@pytest.mark.requirement("C1")
def test_of_several_periods_in_a_round_the_latest_counts_and_the_round_before_keeps_its_own(town: Town) -> None:
    type_in(town, Entry("A01", "P01", "600", None, as_of=date(2026, 2, 28)))
    submit(town)
    sign(town)
    with town.by() as ctx:
        cycle, used = town.cycle(ctx), indicators.find(ctx, town.cycle(ctx), "P01")
        for day, value in ((date(2026, 6, 30), "3000"), (date(2026, 7, 31), "3600"), (date(2026, 5, 31), "2500")):
            entry = Entry("A01", "P01", value, value, day)
            readings.remember(ctx, used.indicator, entry, Decimal(value), Decimal(value))
        ctx.session.flush()
        counting = {
            round.key: readings.effective(ctx, cycle, round, used.indicator_id, used.responsible_unit)
            for round in plans.rounds(ctx, cycle)
        }
        found = {key: counting[key]["A01"].as_of for key in ("april", "august")}
        assert found == {"april": date(2026, 2, 28), "august": date(2026, 7, 31)}
        assert counting["annual"] == {}
