from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from engine.assessment import consultation, follow_up, loop, rectification, revisions, targets
from engine.assessment.rectification import Item
from tests.assessment import years
from tests.assessment.town import Town, april, closed, delivered, ended, grave, late, moment

TARGET, MONITORING, CONSULTATION, FEEDBACK, RECTIFICATION, FOLLOW_UP = loop.Stage


@pytest.fixture
def town() -> Iterator[Town]:
    """Tuesday 21 April: A04 and five others have signed for their letters; no matter has a plan yet."""
    with delivered() as opened:
        yield opened


@pytest.fixture
def done() -> Iterator[Town]:
    """Wednesday 6 May: A04's matters on E13 and H05 were closed out."""
    with closed() as opened:
        yield opened


def pair(town: Town, unit: str, code: str, at: str = "") -> loop.Pair:
    """The pair as the loop tells it now, or at another moment at which nobody has done anything more."""
    with town.by(now=moment(at) if at else town.now, reading=True) as ctx:
        (found,) = [each for each in loop.pairs(ctx, town.cycle(ctx), unit=unit) if each.indicator.code == code]
        return found


def standings(found: loop.Pair) -> list[str]:
    return [str(step.standing) for step in found.steps]


def step(found: loop.Pair, stage: loop.Stage) -> loop.Step:
    return next(each for each in found.steps if each.stage is stage)


def standing(town: Town, code: str, stage: loop.Stage, at: str = "", unit: str = "A04") -> str:
    return step(pair(town, unit, code, at), stage).standing


def broken(town: Town, at: str = "") -> list[tuple[str, str, list[str]]]:
    with town.by(now=moment(at) if at else town.now, reading=True) as ctx:
        found = loop.broken(loop.pairs(ctx, town.cycle(ctx)))
        return [(each.unit, each.indicator.code, [str(stage) for stage in each.missing]) for each in found]


# ---- which stages a pair needs


@pytest.mark.requirement("G3")
def test_a_pair_has_the_six_stages_in_the_order_of_the_loop(town: Town) -> None:
    assert [str(each.stage) for each in pair(town, "A04", "E13").steps] == [
        "target_decomposition",
        "process_monitoring",
        "performance_consultation",
        "feedback",
        "rectification",
        "follow_up_review",
    ]


@pytest.mark.requirement("G3")
def test_a_warned_pair_needs_rectification_and_a_second_look(town: Town) -> None:
    assert standings(pair(town, "A04", "E13")) == [
        "recorded",
        "recorded",
        "not_needed",
        "recorded",
        "not_yet",
        "not_yet",
    ]


@pytest.mark.requirement("G3")
def test_a_pair_nobody_warned_needs_neither(town: Town) -> None:
    town.live_to("2026-04-24 00:00")
    assert standings(pair(town, "A01", "E13")) == [
        "recorded",
        "recorded",
        "not_needed",
        "recorded",
        "not_needed",
        "not_needed",
    ]


def test_every_measured_pair_is_one_and_an_exempt_one_is_none(town: Town) -> None:
    with town.by(reading=True) as ctx:
        found = [(each.unit, each.indicator.code) for each in loop.pairs(ctx, town.cycle(ctx))]
    # Six units and twelve indicators; A06 is not measured on J02.
    assert len(found) == len(set(found)) == 71
    assert ("A06", "J02") not in found
    assert [code for unit, code in found if unit == "A01"][:3] == ["E13", "E14", "E15"]


# ---- target decomposition


@pytest.mark.parametrize("refused", [False, True])
def test_a_unit_that_signed_for_its_targets_or_refused_has_the_first_stage(town: Town, refused: bool) -> None:
    with town.by() as ctx:
        kept = targets.signatures(ctx, town.cycle(ctx))["A04"]
        kept.outcome = "refused" if refused else "signed"
    recorded = step(pair(town, "A04", "E13"), TARGET)
    assert (recorded.standing, recorded.by, recorded.at) == ("recorded", kept.by, kept.at)
    assert recorded.paper == "/units/A04"


def test_a_unit_that_never_answered_for_its_targets_misses_it_from_the_first_rounds_opening(town: Town) -> None:
    with town.by() as ctx:
        ctx.session.delete(targets.signatures(ctx, town.cycle(ctx))["A04"])
    assert standing(town, "E13", TARGET) == "missing"
    assert standing(town, "E13", TARGET, unit="A05") == "recorded"
    assert {unit for unit, _, missing in broken(town) if missing == ["target_decomposition"]} == {"A04"}


def test_before_the_first_round_opens_it_is_not_due(tmp_path: Path) -> None:
    with years.begun(tmp_path) as town:
        assert standings(pair(town, "A04", "E13"))[:2] == ["not_yet", "not_yet"]
        assert broken(town) == []


# ---- process monitoring


def test_monitoring_is_due_when_the_first_round_should_have_been_published(tmp_path: Path) -> None:
    with years.collecting(tmp_path) as town:
        # To be published by 30 April.
        assert standing(town, "E13", MONITORING, "2026-04-30 23:59") == "not_yet"
        assert standing(town, "E13", MONITORING, "2026-05-01 00:00") == "missing"


def test_a_published_snapshot_is_its_record(town: Town) -> None:
    recorded = step(pair(town, "A04", "E13"), MONITORING)
    assert (recorded.at, recorded.by, recorded.paper) == (moment("2026-04-20 15:00"), "lead1", "/rounds/april")


# ---- feedback


def test_a_warned_pair_is_told_by_its_letter() -> None:
    with april() as town:
        assert standing(town, "E13", FEEDBACK) == "not_yet"
        letter = town.send_letter("A04")
        # Wednesday 21, Thursday 22 and Friday 23 April are the three working days.
        assert standing(town, "E13", FEEDBACK, "2026-04-23 23:59") == "not_yet"
        assert standing(town, "E13", FEEDBACK, "2026-04-24 00:00") == "missing"
        town.do("a04_leader", "receive_letter", {"received": True}, letter=letter)
        recorded = step(pair(town, "A04", "E13"), FEEDBACK)
        assert (recorded.standing, recorded.by, recorded.paper) == ("recorded", "a04_leader", f"/letters/{letter}")


def test_a_pair_nobody_warned_is_told_by_the_rounds_sheet(town: Town) -> None:
    assert standing(town, "E13", FEEDBACK, unit="A01") == "not_yet"
    # Deemed received on Thursday 23 April at its end; nobody has run the clock.
    assert standing(town, "E13", FEEDBACK, "2026-04-24 00:00", unit="A01") == "missing"
    town.do("a01_clerk", "sign_feedback", {"received": True}, unit="A01")
    recorded = step(pair(town, "A01", "E13"), FEEDBACK)
    assert (recorded.standing, recorded.by, recorded.at) == ("recorded", "a01_clerk", town.now)


def test_a_deemed_receipt_is_a_record_by_nobody(town: Town) -> None:
    town.live_to("2026-04-24 00:00")
    recorded = step(pair(town, "A01", "E13"), FEEDBACK)
    assert (recorded.standing, recorded.by, recorded.at) == ("recorded", None, moment("2026-04-24 00:00"))


# ---- rectification


def test_a_matter_past_its_date_is_overdue_and_not_broken() -> None:
    with late() as town:
        found = step(pair(town, "A04", "E13"), RECTIFICATION)
        assert (found.standing, found.due) == ("not_yet", moment("2026-08-01 00:00"))
        assert broken(town) == []
        with town.by(reading=True) as ctx:
            overdue = loop.overdue(ctx, rectification.items(ctx, town.cycle(ctx)))
        assert "ZG-2026-A04-001" in {each.number for each in overdue}


def test_a_close_out_is_a_record_with_who_and_when(done: Town) -> None:
    recorded = step(pair(done, "A04", "E13"), RECTIFICATION)
    assert (recorded.standing, recorded.by, recorded.at) == ("recorded", "lead1", done.now)
    assert recorded.paper == f"/items/{done.matter('A04', 'E13').id}"


@pytest.mark.parametrize("outcome", ["withdrawn", "lifted"])
def test_a_matter_that_ended_with_its_notice_is_recorded_and_needs_no_second_look(town: Town, outcome: str) -> None:
    with town.by("lead1") as ctx:
        end = {"withdrawn": revisions.withdraw, "lifted": revisions.lift}[outcome]
        end(ctx, town.notice(ctx, "A04", "E13").id, "已回到序时进度")
    assert standings(pair(town, "A04", "E13"))[4:] == ["recorded", "not_needed"]
    assert standings(pair(town, "A04", "E14"))[4:] == ["not_yet", "not_yet"]


def test_a_notice_lifted_before_anybody_received_it_owes_nothing() -> None:
    with april() as town:
        with town.by("lead1") as ctx:
            revisions.lift(ctx, town.notice(ctx, "A04", "E13").id, "已回到序时进度")
        found = pair(town, "A04", "E13")
        assert standings(found)[4:] == ["recorded", "not_needed"]
        assert step(found, RECTIFICATION).by == "lead1"


def test_a_withdrawn_notice_never_warned_anybody() -> None:
    with april() as town:
        with town.by("lead1") as ctx:
            revisions.withdraw(ctx, town.notice(ctx, "A04", "E13").id, "数据有误")
        found = pair(town, "A04", "E13")
        assert (found.notices, standings(found)[4:]) == ((), ["not_needed", "not_needed"])


def test_a_long_term_matter_is_recorded_and_counted_apart() -> None:
    with ended() as town:
        long_term = town.item_of("ZG-2026-A05-010")
        assert long_term.status == "long_term"
        assert standings(pair(town, "A05", town.code_of(long_term)))[4:] == ["recorded", "recorded"]
        with town.by(reading=True) as ctx:
            assert loop.overdue(ctx, rectification.items(ctx, town.cycle(ctx))) == []


# ---- the second look


@pytest.mark.requirement("G3")
@pytest.mark.planted(26)
def test_a_close_out_without_its_second_look_breaks_the_loop_when_the_look_is_due(done: Town) -> None:
    # Thirty days after Wednesday 6 May is Friday 5 June; it is due with the end of that day.
    assert standing(done, "E13", FOLLOW_UP, "2026-06-05 23:59") == "not_yet"
    done.live_to("2026-06-05 12:00")
    with done.by(reading=True) as ctx:
        review = follow_up.of_item(ctx, done.items(ctx, "A04")["E13"])[0].id
    done.do("inspector1", "review_written", {"verdict": "confirmed", "finding": "稳固"}, review=review)
    recorded = step(pair(done, "A04", "E13"), FOLLOW_UP)
    assert (recorded.standing, recorded.by, recorded.at) == ("recorded", "inspector1", done.now)
    # H05 was closed out on the same day and nobody has gone there.
    assert broken(done, "2026-06-06 00:00") == [("A04", "H05", ["follow_up_review"])]


@pytest.mark.requirement("G3")
def test_a_second_look_nobody_planned_is_missing_on_the_same_day(done: Town) -> None:
    with done.by() as ctx:
        ctx.session.execute(
            delete(follow_up.Review).where(follow_up.Review.item_id == done.items(ctx, "A04")["E13"].id)
        )
    assert standing(done, "E13", FOLLOW_UP, "2026-06-05 23:59") == "not_yet"
    assert standing(done, "E13", FOLLOW_UP, "2026-06-06 00:00") == "missing"


def test_a_rebound_is_a_record_and_the_matter_goes_on(done: Town) -> None:
    done.live_to("2026-06-05 12:00")
    with done.by(reading=True) as ctx:
        review = follow_up.of_item(ctx, done.items(ctx, "A04")["E13"])[0].id
    done.do("inspector1", "review_written", {"verdict": "rebounded", "finding": "再次落后"}, review=review)
    assert standings(pair(done, "A04", "E13"))[4:] == ["not_yet", "recorded"]
    with done.by(reading=True) as ctx:
        assert loop.reopenings(ctx, done.cycle(ctx)) == 1


def test_an_owed_second_look_stays_owed_when_a_later_warning_opens_another_matter(done: Town) -> None:
    done.publish_august({("E13", "A04"): "50"})
    done.deliver("A04", "august")
    found = pair(done, "A04", "E13")
    assert [each.number for each in found.items] == ["ZG-2026-A04-001", "ZG-2026-A04-008"]
    assert standings(found)[4:] == ["not_yet", "missing"]


# ---- the consultation


@pytest.mark.requirement("G3")
def test_a_covered_pair_needs_the_measures_of_its_consultation() -> None:
    with grave() as town:
        assert standing(town, "E15", CONSULTATION) == "not_yet"
        assert standing(town, "E30", CONSULTATION) == "not_needed"
        with town.by("lead1") as ctx:
            (held,) = consultation.of_cycle(ctx, town.cycle(ctx))
            until = (town.now + timedelta(days=11)).date()
            consultation.convene(ctx, town.cycle(ctx), held, ["expert1"], until, "问题集中")
        # The experts have until Friday 4 September, the lead five working days more.
        assert standing(town, "E15", CONSULTATION, "2026-09-11 23:59") == "not_yet"
        assert standing(town, "E15", CONSULTATION, "2026-09-12 00:00") == "missing"
        finding = {"indicator": "E15", "problem": "落后", "cause": "储备少", "measure": "建库", "owner": "发改局"}
        with town.by("lead1") as ctx:
            (held,) = consultation.of_cycle(ctx, town.cycle(ctx))
            consultation.conclude(ctx, town.cycle(ctx), held, [{**finding, "due": until}])
            consultation.issue_measures(ctx, town.cycle(ctx), held)
        recorded = step(pair(town, "A04", "E15", "2026-09-12 00:00"), CONSULTATION)
        assert (recorded.standing, recorded.by) == ("recorded", "lead1")
        assert recorded.paper == f"/consultations/{held.id}"


# ---- sums


def test_every_pair_is_counted_once_at_the_furthest_stage_it_has_reached(town: Town) -> None:
    with town.by(reading=True) as ctx:
        counts = loop.stage_counts(loop.pairs(ctx, town.cycle(ctx)))
    # Twenty-nine pairs were warned and have their letter; nobody has signed for a sheet yet.
    assert counts == {
        "target_decomposition": 0,
        "process_monitoring": 42,
        "performance_consultation": 0,
        "feedback": 29,
        "rectification": 0,
        "follow_up_review": 0,
    }


def test_a_plan_past_its_date_is_overdue_unless_the_figure_is_disputed(town: Town) -> None:
    town.dispute("A04", "E13")
    # Seven working days after 21 April end with Thursday the 30th.
    with town.by(now=moment("2026-04-30 23:59"), reading=True) as ctx:
        assert loop.overdue(ctx, rectification.items(ctx, town.cycle(ctx))) == []
    with town.by(now=moment("2026-05-01 00:01"), reading=True) as ctx:
        late = {each.number for each in loop.overdue(ctx, rectification.items(ctx, town.cycle(ctx), unit="A04"))}
    assert late == {f"ZG-2026-A04-{number:03}" for number in range(2, 8)}


def test_a_plan_that_was_handed_in_is_measured_by_the_date_of_the_work(town: Town) -> None:
    town.plan(town.matter("A04", "E13"))
    with town.by(now=moment("2026-05-01 00:01"), reading=True) as ctx:
        late = loop.overdue(ctx, list(ctx.session.scalars(select(Item).where(Item.number == "ZG-2026-A04-001"))))
    assert late == []
