"""Debriefings: report, valid review and comment make one complete; who cannot come is called again."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import ballots, debriefings
from engine.assessment.debriefings import Comment, CommentedBefore, DebriefedBefore, ReportedBefore, SessionClosed
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, moment
from tests.assessment.years import begun


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        made.now = moment("2026-12-03 09:00")
        yield made


def open_session(town: Town, *units: str) -> int:
    with town.by("lead1") as ctx:
        return debriefings.open_session(ctx, town.cycle(ctx), "H05", units or ("A01", "A02"))


def report(town: Town, session: int, unit: str, text: str = "述职报告", excuse: str = "") -> None:
    with town.by(f"{unit.lower()}_leader") as ctx:
        debriefings.report(ctx, town.cycle(ctx), session, unit, text, excuse)


def review(town: Town, *units: str, void: bool = False) -> None:
    """A democratic review of the units, closed on the spot by its one voter."""
    with town.by("lead1") as ctx:
        plan = ballots.Plan(
            title="民主测评",
            kind="democratic_review",
            period="2026",
            subjects=[{"code": unit, "name": unit, "kind": "unit"} for unit in units],
            options=[("好", Decimal(100)), ("差", Decimal(50))],
            classes=[("all", "全体", Decimal(1))],
            opens_at=ctx.now,
            closes_at=ctx.now + timedelta(days=2),
        )
        held = ballots.make(ctx, town.cycle(ctx), plan)
        (token,) = ballots.issue(ctx, town.cycle(ctx), held.id, "all", 1)
        ballots.cast(ctx, token, dict.fromkeys(units, "好"))
        ballots.close(ctx, town.cycle(ctx), held.id).void = void


def close_reports(town: Town, session: int) -> list[str]:
    with town.by("lead1") as ctx:
        return debriefings.close_reports(ctx, town.cycle(ctx), session)


def comment(town: Town, session: int, marks: Sequence[tuple[str, str]]) -> None:
    with town.by("committee1") as ctx:
        given = [Comment(unit, mark, "抓得实") for unit, mark in marks]
        debriefings.comment(ctx, town.cycle(ctx), session, given)


def debriefed(town: Town) -> set[str]:
    with town.by("lead1", reading=True) as ctx:
        return debriefings.debriefed(ctx, town.cycle(ctx))


@pytest.mark.requirement("M1")
def test_report_review_and_comment_together_make_it_complete(town: Town) -> None:
    session = open_session(town)
    report(town, session, "A01")
    report(town, session, "A02")
    assert close_reports(town, session) == ["A01", "A02"]
    assert debriefed(town) == set()
    review(town, "A01", "A02", void=True)
    comment(town, session, [("A01", "93.5"), ("A02", "88")])
    assert debriefed(town) == set()  # The review is void.
    review(town, "A01")
    assert debriefed(town) == {"A01"}
    with town.by("lead1", reading=True) as ctx:
        (marks,) = debriefings.marks(ctx, town.cycle(ctx)).values()
        assert marks == {"A01": Decimal("93.5"), "A02": Decimal(88)}


def test_a_review_held_before_the_session_was_called_is_none_of_it(town: Town) -> None:
    review(town, "A01")
    town.now += timedelta(hours=1)
    session = open_session(town, "A01")
    report(town, session, "A01")
    close_reports(town, session)
    comment(town, session, [("A01", "90")])
    assert debriefed(town) == set()


def test_who_excuses_himself_and_who_is_silent_are_absent_and_called_again(town: Town) -> None:
    session = open_session(town, "A01", "A02", "A03")
    report(town, session, "A01")
    report(town, session, "A02", "", "因病请假")
    assert close_reports(town, session) == ["A01"]
    review(town, "A01")
    comment(town, session, [("A01", "90")])
    with town.refusal(SessionClosed, "a03_leader") as ctx:
        debriefings.report(ctx, town.cycle(ctx), session, "A03", "迟到的报告")
    with town.refusal(DebriefedBefore, "lead1") as ctx:
        debriefings.open_session(ctx, town.cycle(ctx), "H05", ["A01", "A02"])
    second = open_session(town, "A02", "A03")
    assert second == session + 1
    report(town, second, "A02")


def test_only_the_leader_of_the_unit_reports_and_once(town: Town) -> None:
    session = open_session(town)
    with town.refusal(NotYours, "a02_leader") as ctx:
        debriefings.report(ctx, town.cycle(ctx), session, "A01", "述职报告")
    for text, excuse in (("", ""), ("述职报告", "又请假")):
        with town.refusal(Invalid, "a01_leader") as ctx:
            debriefings.report(ctx, town.cycle(ctx), session, "A01", text, excuse)
    with town.refusal(NotFound, "a03_leader") as ctx:
        debriefings.report(ctx, town.cycle(ctx), session, "A03", "未通知的单位")
    report(town, session, "A01")
    with town.refusal(ReportedBefore, "a01_leader") as ctx:
        debriefings.report(ctx, town.cycle(ctx), session, "A01", "再交一次")


def test_the_leading_group_comments_on_everybody_who_came_and_on_nobody_else(town: Town) -> None:
    session = open_session(town)
    report(town, session, "A01")
    report(town, session, "A02")
    close_reports(town, session)
    for wrong in ([("A01", "90")], [("A01", "90"), ("A02", "100.5")], [("A01", "90"), ("A02", "")]):
        with pytest.raises(Invalid):
            comment(town, session, wrong)
    with town.refusal(NotYours, "lead1") as ctx:
        debriefings.comment(ctx, town.cycle(ctx), session, [Comment("A01", "90", "好")])
    comment(town, session, [("A01", "90"), ("A02", "80")])
    with pytest.raises(CommentedBefore):
        comment(town, session, [("A01", "91"), ("A02", "80")])


def test_a_unit_reads_its_own_debriefing_alone(town: Town) -> None:
    open_session(town)
    with town.by("a01_clerk", reading=True) as ctx:
        assert [each.unit for each in debriefings.seen(ctx, town.cycle(ctx))] == ["A01"]
    with town.by("committee1", reading=True) as ctx:
        assert [each.unit for each in debriefings.seen(ctx, town.cycle(ctx))] == ["A01", "A02"]
