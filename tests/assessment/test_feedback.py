"""Feedback sheets: after a pre-assessment every unit learns how it stands, and of nobody else by name."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from engine.access import NotYours
from engine.assessment import feedback, snapshots
from engine.assessment.feedback import Line
from engine.db import Context
from engine.errors import NotFound
from tests.assessment.town import WARNED, Town, april, moment
from tests.assessment.years import acts


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as opened:
        yield opened


def lines(ctx: Context, town: Town, unit: str) -> dict[str, Line]:
    return {each.indicator.code: each for each in feedback.lines(ctx, town.cycle(ctx), town.round(ctx), unit)}


# ---- issuing and receiving


@pytest.mark.requirement("F3")
def test_every_unit_has_its_sheet_when_the_round_is_published(town: Town) -> None:
    with town.by(reading=True) as ctx:
        sheets = feedback.of_round(ctx, town.round(ctx))
        assert [each.unit for each in sheets] == [*WARNED]
        assert {each.issued_at for each in sheets} == {town.now}
        # Three working days after Monday 20 April.
        assert {each.deemed_at for each in sheets} == {moment("2026-04-24 00:00")}
        assert {each.signed_at for each in sheets} == {None}
    for account in ("a01_clerk", "a06_leader"):
        assert town.told(account, "feedback.issued") == ["feedback.issued"]


def test_issued_again_there_is_no_second_sheet_and_nobody_is_told_twice(town: Town) -> None:
    with town.by() as ctx:
        feedback.issue(ctx, town.cycle(ctx), town.round(ctx))
        assert len(feedback.of_round(ctx, town.round(ctx))) == 6
    assert town.told("a01_clerk", "feedback.issued") == ["feedback.issued"]


@pytest.mark.parametrize("account", ["a04_clerk", "a04_leader"])
def test_the_unit_signs_for_its_sheet(town: Town, account: str) -> None:
    town.now = moment("2026-04-21 10:00")
    town.do(account, "sign_feedback", {"received": True}, unit="A04")
    with town.by("a04_clerk", reading=True) as ctx:
        signed = feedback.of_unit(ctx, town.round(ctx), "A04")
        assert (signed.signed_at, signed.signed_by, signed.deemed) == (town.now, account, False)


@pytest.mark.parametrize("account", ["a05_clerk", "lead1", "d01_leader", "inspector1"])
def test_nobody_else_signs_for_it(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        feedback.sign(ctx, town.cycle(ctx), town.round(ctx), "A04")


def test_after_three_working_days_who_has_not_signed_is_deemed_to_have_it(town: Town) -> None:
    town.do("a04_clerk", "sign_feedback", {"received": True}, unit="A04")
    town.live_to("2026-04-23 23:59")
    with town.by(reading=True) as ctx:
        assert [each.unit for each in feedback.of_round(ctx, town.round(ctx)) if each.signed_at] == ["A04"]
    town.live_to("2026-04-24 00:00")
    with town.by(reading=True) as ctx:
        found = {each.unit: (each.deemed, each.signed_by) for each in feedback.of_round(ctx, town.round(ctx))}
        assert found == dict.fromkeys(WARNED, (True, None)) | {"A04": (False, "a04_clerk")}
        assert acts(ctx, "feedback.deem") == [{"round": "april", "units": ["A01", "A02", "A03", "A05", "A06"]}]
    assert town.tasks("sign_feedback") == []


def test_a_signature_after_that_changes_nothing(town: Town) -> None:
    town.live_to("2026-04-27 09:00")
    with town.by("a01_clerk") as ctx:
        feedback.sign(ctx, town.cycle(ctx), town.round(ctx), "A01")
        kept = feedback.of_unit(ctx, town.round(ctx), "A01")
        assert (kept.deemed, kept.signed_by, kept.signed_at) == (True, None, moment("2026-04-24 00:00"))
        assert acts(ctx, "feedback.sign") == []


# ---- what it says


@pytest.mark.requirement("F3")
def test_a_unit_learns_its_own_figure_its_schedule_its_rank_and_the_mean_of_its_group(town: Town) -> None:
    with town.by("a06_clerk", reading=True) as ctx:
        told = lines(ctx, town, "A06")
        assert list(told)[:3] == ["E13", "E14", "E15"]
        assert len(told) == 12
        line = told["E13"]
        assert (line.own.unit, line.own.actual, line.own.rank, line.ranked) == ("A06", Decimal(44), 6, 6)
        assert (line.own.lead_points, line.own.expected) == (Decimal(-3), "3/12")
        # (30 + 29 + 27 + 24 + 23 + 22) / 6 = 155 / 6 = 25.8333… %
        assert line.mean == Decimal("0.2583")


def test_who_is_exempt_reads_so_and_counts_in_no_mean(town: Town) -> None:
    with town.by("a06_clerk", reading=True) as ctx:
        line = lines(ctx, town, "A06")["J02"]
        assert (line.own.state, line.own.rank, line.ranked) == ("exempt", None, 5)
        # 97, 96, 95.6, 95.2 and 95 of 95 are 478.8 / 475.
        assert line.mean == Decimal("1.0080")


def test_where_nobody_is_due_there_is_no_mean(town: Town) -> None:
    with town.by("a01_leader", reading=True) as ctx:
        line = lines(ctx, town, "A01")["P03"]
        assert (line.own.why, line.ranked, line.mean) == ("not_due", 0, None)


@pytest.mark.requirement("F3")
def test_no_line_speaks_of_another_unit(town: Town) -> None:
    with town.by("a03_clerk", reading=True) as ctx:
        assert {each.own.unit for each in lines(ctx, town, "A03").values()} == {"A03"}


def test_after_a_revision_the_sheet_says_what_counts_now(town: Town) -> None:
    with town.by() as ctx:
        frozen = snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx), "更正")
        for each in snapshots.rows(ctx, frozen, unit="A06"):
            each.actual = Decimal(62)
    with town.by("a06_clerk", reading=True) as ctx:
        assert lines(ctx, town, "A06")["E13"].own.actual == Decimal(62)


# ---- rights


@pytest.mark.requirement("F3")
@pytest.mark.parametrize("account", ["a05_clerk", "a05_leader", "d01_clerk", "expert1"])
def test_a_unit_sees_its_own_sheet_alone(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        feedback.lines(ctx, town.cycle(ctx), town.round(ctx), "A04")
    with town.refusal(NotYours, account) as ctx:
        feedback.of_unit(ctx, town.round(ctx), "A04")


@pytest.mark.parametrize("account", ["lead1", "inspector1", "committee1", "org_leader"])
def test_who_oversees_reads_every_sheet(town: Town, account: str) -> None:
    with town.by(account, reading=True) as ctx:
        assert feedback.of_unit(ctx, town.round(ctx), "A04").unit == "A04"
        assert lines(ctx, town, "A04")["E13"].own.actual == Decimal(48)


def test_there_is_no_sheet_before_the_round_is_published(town: Town) -> None:
    with town.refusal(NotFound, "a04_clerk") as ctx:
        feedback.of_unit(ctx, town.round(ctx, "august"), "A04")
    with town.refusal(snapshots.NotPublished, "a04_clerk") as ctx:
        feedback.lines(ctx, town.cycle(ctx), town.round(ctx, "august"), "A04")


def test_figures_that_are_frozen_but_not_published_are_not_told_either(town: Town) -> None:
    with town.by() as ctx:
        snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx, "annual"))
    with town.refusal(snapshots.NotPublished, "a04_clerk") as ctx:
        feedback.lines(ctx, town.cycle(ctx), town.round(ctx, "annual"), "A04")
