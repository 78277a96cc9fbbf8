"""The year of a member: mean × 90 % + review × 10 % + honours; grades, ranks, standards, vetoes (N5, N7–N10)."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import audit, files, verify, workflow
from engine.access import NotYours
from engine.assessment import plans
from engine.assessment.points import entries, membership, months, reviews, revocations, scheme, vetoes, year
from engine.db import transaction
from engine.errors import Conflict, Invalid
from engine.reports import points as reports
from engine.reports.loop_state import loop_state
from tests.assessment.points.committee import Committee, cycle, founded

LINES = {"优秀": "100", "合格": "90", "基本合格": "80", "不合格": "0"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[scheme.Scheme]:
    with founded(tmp_path_factory.mktemp("scheme")) as house, house.by() as ctx:
        yield scheme.of_cycle(cycle(ctx))


def member(
    account: str, mean: str, review: str, bonus: str = "0", *, branch: str = "B1", vetoed: bool = False
) -> year.Year:
    return year.Year(account, branch, [Decimal(mean)] * 12, Decimal(review), Decimal(bonus), vetoed)


@pytest.mark.requirement("N7")
@pytest.mark.parametrize(
    ("mean", "review", "bonus", "score", "grade"),
    [
        ("98", "96", "2", "99.8", "合格"),
        ("100", "100", "0", "100", "优秀"),
        ("85", "80", "1.5", "86", "基本合格"),
        ("79", "85", "0", "79.6", "不合格"),
    ],
)
def test_the_derived_vectors_of_the_annual_formula(
    drawn: scheme.Scheme, mean: str, review: str, bonus: str, score: str, grade: str
) -> None:
    found = year.compute(drawn, [member("li", mean, review, bonus)])["li"]
    assert (found.score, found.grade) == (Decimal(score), grade)


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    ("bonus", "score", "grade"),
    # mean 70 and review 70 make 70; the honours bring it to the boundary.
    [
        ("30", "100", "优秀"),
        ("29.99", "99.99", "合格"),
        ("20", "90", "合格"),
        ("19.99", "89.99", "基本合格"),
        ("10", "80", "基本合格"),
        ("9.99", "79.99", "不合格"),
    ],
)
def test_the_boundaries_of_the_grades(drawn: scheme.Scheme, bonus: str, score: str, grade: str) -> None:
    found = year.compute(drawn, [member("li", "70", "70", bonus)])["li"]
    assert (found.score, found.grade) == (Decimal(score), grade)


def test_a_grade_is_taken_on_the_unrounded_value(drawn: scheme.Scheme) -> None:
    # Mean 99.99999966…, so 89.9999997 + 10 = 99.9999997, stored as 100.000000 and still below the line.
    bases = [Decimal(100)] * 299 + [Decimal("99.9999")]
    found = year.compute(drawn, [year.Year("li", "B1", bases, Decimal(100), Decimal(0), vetoed=False)])["li"]
    assert (found.score, found.grade) == (Decimal(100), "合格")


def test_who_joined_late_has_the_mean_of_their_own_months(drawn: scheme.Scheme) -> None:
    late = year.Year("wu", "B1", [Decimal(90), Decimal(100)], Decimal(90), Decimal(0), vetoed=False)
    assert year.compute(drawn, [late])["wu"].score == Decimal("94.5")
    never = year.Year("wu", "B1", [], Decimal(90), Decimal(0), vetoed=False)
    assert year.compute(drawn, [never])["wu"] == year.Computed(None, None, None, None, None)


@pytest.mark.requirement("N9")
def test_a_vetoed_member_has_no_points_and_stands_in_no_ranking(drawn: scheme.Scheme) -> None:
    found = year.compute(
        drawn, [member("a", "99", "99", vetoed=True), member("b", "90", "90"), member("c", "80", "80", branch="B2")]
    )
    assert found["a"] == year.Computed(None, None, None, None, None)
    assert [(found[each].committee_rank, found[each].branch_rank) for each in "bc"] == [(1, 1), (2, 1)]


@pytest.mark.requirement("N10")
def test_ties_share_a_place_and_the_better_standard(drawn: scheme.Scheme) -> None:
    scores = ["95", "95", "90", "85", "80"]
    found = year.compute(drawn, [member(str(n), each, each) for n, each in enumerate(scores)])
    assert [found[str(n)].committee_rank for n in range(5)] == [1, 1, 3, 4, 5]
    # A fifth of five is one place; both firsts have it. 0.7 × 5 = 3.5, so four places come to 合格.
    assert [found[str(n)].standard for n in range(5)] == ["优秀", "优秀", "合格", "合格", "一般"]


def test_of_nobody_nothing_is_worked_out(drawn: scheme.Scheme) -> None:
    assert year.compute(drawn, []) == {}


# ---- a whole year


@contextmanager
def _played(folder: Path) -> Iterator[Committee]:
    """Twelve months: li 98 and 2 points of honours, han 100, wu 90 since May, everybody else 80."""
    with founded(folder) as house:
        for month in membership.months_of(2026):
            if month == "2026-03":
                house.at("2026-03-10")
                house.enter("sun", "li", "PRIZE", "2026-03-09", "2")
            house.month(month, li="98", han="100", wu="90")
        yield house


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    with _played(folder):
        return folder


@pytest.fixture
def ended(whole: Path, tmp_path: Path) -> Iterator[Committee]:
    """A copy of the year whose months are all closed."""
    with founded(tmp_path) as house:
        house.database.dispose()
        (tmp_path / "points.db").write_bytes((whole / "points.db").read_bytes())
        yield house.at("2027-01-15")


def decision(house: Committee, outcome: str = "approved") -> dict[str, Any]:
    with house.by("office") as ctx:
        scan = files.store(ctx, "纪要.txt", io.BytesIO("会议纪要".encode())).id
    return {"meeting_date": house.now.date(), "minutes_no": "1号", "scan": [scan], "outcome": outcome, "note": None}


def decide(house: Committee, outcome: str = "approved") -> dict[str, Any]:
    given = decision(house, outcome)
    with house.by("office") as ctx:
        return year.decide(ctx, cycle(ctx), "DW", given)


def propose(house: Committee) -> dict[str, year.PointResult]:
    with house.by() as ctx:
        return {each.account: each for each in year.propose(ctx, cycle(ctx), "DW")}


@pytest.mark.requirement("N7")
def test_the_year_from_its_months_to_the_published_result(ended: Committee) -> None:
    ended.reviewed(li="96", han="100", wu="90")
    found = propose(ended)
    # By hand: 98·0.9 + 96·0.1 + 2; 100; 90 (of eight months); 80.
    assert {account: str(each.score.normalize()) for account, each in found.items() if each.score} == {
        "li": "99.8",
        "han": "1E+2",
        "wu": "9E+1",
        **dict.fromkeys(("ma", "sun", "qin", "ji", "office"), "8E+1"),
    }
    assert (found["wu"].months, found["li"].months) == (8, 12)
    assert (found["han"].branch, found["han"].branch_rank, found["han"].committee_rank) == ("B2", 1, 1)
    assert (found["li"].branch_rank, found["li"].committee_rank, found["li"].grade) == (1, 2, "合格")
    assert found["ma"].branch_rank == 3 and found["ma"].committee_rank == 4
    assert decide(ended)["approved"]
    with ended.by() as ctx:
        assert loop_state(ctx, cycle(ctx))["results"] == []
        year.publish(ctx, cycle(ctx), "DW")
    with ended.by() as ctx:
        state = loop_state(ctx, cycle(ctx))
        assert cycle(ctx).status == plans.CycleStatus.FINAL
        assert [each for each in verify.verify(ctx) if each.places] == []
    assert state["results"][0] == {"unit": "han", "group": "B2", "score": "100", "rank": 1, "grade": "优秀"}
    assert [each["unit"] for each in state["results"]] == ["han", "ji", "li", "ma", "office", "qin", "sun", "wu"]


def test_months_that_are_not_closed_are_named_before_anything_is_worked_out(house: Committee) -> None:
    house.month("2026-01")
    with pytest.raises(year.MonthsOpen, match="2026-02, 2026-03"):
        propose(house)
    with pytest.raises(year.NoPointsYet), house.by("office") as ctx:
        year.decide(ctx, cycle(ctx), "DW", {})


def test_reviews_that_are_missing_are_named_before_anything_is_worked_out(ended: Committee) -> None:
    ended.at("2027-01-20")
    with ended.by() as ctx:
        reviews.open_all(ctx, cycle(ctx))
    with pytest.raises(year.ReviewMissing, match="secretary@B1, secretary@B2, secretary@DW"):
        propose(ended)


def test_a_review_is_from_0_to_100_handed_in_once_and_never_of_oneself(ended: Committee) -> None:
    ended.at("2027-01-20")
    with ended.by() as ctx:
        reviews.open_all(ctx, cycle(ctx))
    with pytest.raises(Conflict), ended.by() as ctx:
        reviews.open_all(ctx, cycle(ctx))
    rows = [{"account": each, "score": Decimal(90)} for each in ("ma", "li", "wu")]
    for wrong in ("100.01", "-1", "0.001"):
        with pytest.raises(Invalid):
            enter(ended, "sun", "secretary@B1", [*rows[:2], {"account": "wu", "score": Decimal(wrong)}])
    with pytest.raises(Invalid):
        enter(ended, "sun", "secretary@B1", rows[:2])
    with pytest.raises(NotYours):
        enter(ended, "qin", "secretary@B1", rows)
    # The office may for a silent rater, but not on a sheet it stands on itself.
    with pytest.raises(months.OwnMarks):
        enter(ended, "office", "secretary@B2", rows)
    enter(ended, "office", "secretary@B1", rows)
    with pytest.raises(reviews.ReviewEntered):
        enter(ended, "sun", "secretary@B1", rows)
    with ended.by() as ctx:
        assert reviews.missing(ctx, cycle(ctx), "DW") == ["secretary@B2", "secretary@DW"]


def enter(house: Committee, by: str, rater: str, rows: list[dict[str, Any]]) -> None:
    with house.by(by) as ctx:
        reviews.enter(ctx, cycle(ctx), rater, rows, "评议会纪要")


def test_a_proposal_can_be_made_anew_until_it_is_decided(ended: Committee) -> None:
    ended.reviewed()
    propose(ended)
    assert decide(ended, "not_approved") == {"approved": False, "publicity_until": None}
    propose(ended)
    with pytest.raises(year.PointsNotDecided), ended.by() as ctx:
        year.publish(ctx, cycle(ctx), "DW")
    decide(ended)
    with pytest.raises(year.PointsDecided):
        propose(ended)
    with pytest.raises(year.PointsDecided):
        decide(ended)


@pytest.mark.requirement("N9")
def test_a_veto_confirmed_during_publicity_takes_the_points_away_and_moves_nobody_else(ended: Committee) -> None:
    ended.reviewed()
    propose(ended)
    decide(ended)
    with ended.by("sun") as ctx:
        veto = vetoes.propose(ctx, cycle(ctx), "li", "CRIME", "判决书").id
    with ended.by("ji") as ctx:
        vetoes.decide(ctx, veto, "confirmed", None)
    with ended.by() as ctx:
        year.publish(ctx, cycle(ctx), "DW")
    with ended.by() as ctx:
        told = {each["unit"]: each for each in loop_state(ctx, cycle(ctx))["results"]}
        assert [each for each in verify.verify(ctx) if each.places] == []
    assert told["li"] == {"unit": "li", "group": "B1", "score": None, "rank": None, "grade": None}
    assert told["han"]["rank"] == 1


def complete(house: Committee, element: str, account: str, answers: dict[str, Any]) -> None:
    """The one task of that name is done by the account."""
    with house.by(account) as ctx:
        (task,) = [each for each in workflow.mine(ctx).tasks if each.element == element]
        workflow.complete(ctx, task.id, answers)


def veto(house: Committee) -> int:
    """A veto of li, proposed by the secretary and confirmed by the discipline secretary."""
    with house.by("sun") as ctx:
        made = vetoes.propose(ctx, cycle(ctx), "li", "CRIME", "判决书").id
    complete(house, "hear", "li", {"statement": "无"})
    complete(house, "decide", "ji", {"verdict": "confirmed", "note": "属实"})
    return made


def revoke(house: Committee, veto: int) -> None:
    with house.by("sun") as ctx:
        revocations.propose(ctx, veto, "判决已再审撤销")
    complete(house, "decide", "ji", {"verdict": "approved", "note": "属实"})


def places(house: Committee) -> dict[str, tuple[str | None, int | None, str | None]]:
    """Account -> score, place in the committee, grade; and the books agree with them."""
    with house.by() as ctx:
        assert [each for each in verify.verify(ctx) if each.places] == []
        found = year.of_cycle(ctx, cycle(ctx))
        return {
            each.account: (
                None if each.score is None else f"{each.score.normalize():f}",
                each.committee_rank,
                each.grade,
            )
            for each in found
        }


@pytest.mark.requirement("N9")
def test_a_proposal_is_worked_out_anew_when_a_veto_comes_and_when_it_is_revoked(ended: Committee) -> None:
    ended.reviewed(han="100", li="80")
    propose(ended)
    # 98·0.9 + 8 + 2 = 98.2; 100·0.9 + 10 = 100; 90·0.9 + 8 = 89.
    before = places(ended)
    assert (before["han"], before["li"], before["wu"]) == (
        ("100", 1, "优秀"),
        ("98.2", 2, "合格"),
        ("89", 3, "基本合格"),
    )
    made = veto(ended)
    during = places(ended)
    assert (during["li"], during["wu"]) == ((None, None, None), ("89", 2, "基本合格"))
    revoke(ended, made)
    assert places(ended) == before


@pytest.mark.requirement("N9")
def test_after_the_year_is_published_a_revoked_veto_corrects_one_result_alone(ended: Committee) -> None:
    ended.reviewed(han="100", li="80")
    made = veto(ended)
    propose(ended)
    decide(ended)
    with ended.by() as ctx:
        year.publish(ctx, cycle(ctx), "DW")
    published = places(ended)
    assert (published["li"], published["wu"]) == ((None, None, None), ("89", 2, "基本合格"))
    ended.at("2027-03-01")
    revoke(ended, made)
    corrected = places(ended)
    # The place its score has among all; the other one keeps the second place it was told.
    assert corrected == {**published, "li": ("98.2", 2, "合格")}
    with ended.by() as ctx:
        rows = year.of_cycle(ctx, cycle(ctx))
        assert {each.account for each in rows if each.corrected_at is not None} == {"li"}
        (entry,) = ctx.session.scalars(select(audit.Entry).where(audit.Entry.act == "points.correct"))
        assert entry.facts["before"] == [None] * 5 and entry.facts["after"][1] == "合格"


def test_a_veto_confirmed_after_the_year_is_published_strikes_the_result(ended: Committee) -> None:
    ended.reviewed(han="100", li="80")
    propose(ended)
    decide(ended)
    with ended.by() as ctx:
        year.publish(ctx, cycle(ctx), "DW")
    veto(ended)
    assert places(ended)["li"] == (None, None, None)


def test_closed_books_stay_closed(ended: Committee) -> None:
    ended.reviewed()
    made = veto(ended)
    propose(ended)
    decide(ended)
    with ended.by() as ctx:
        year.publish(ctx, cycle(ctx), "DW")
    with ended.by("office") as ctx:
        plans.archive(ctx, cycle(ctx), None)
    with pytest.raises(year.BooksClosed), ended.by("sun") as ctx:
        revocations.propose(ctx, made, "判决已再审撤销")


@pytest.mark.requirement("N5")
def test_a_quarter_is_summed_up_once_with_its_honours(ended: Committee) -> None:
    with ended.by() as ctx:
        assert year.summarise_quarter(ctx, cycle(ctx), "2026-Q1", "DW") == 7
        assert year.summarise_quarter(ctx, cycle(ctx), "2026-Q2", "DW") == 8
    with ended.by() as ctx:
        first, second = year.quarters_of(ctx, cycle(ctx), "li")
        (late,) = year.quarters_of(ctx, cycle(ctx), "wu")
    assert (first.mean, first.bonus, first.months) == (Decimal(98), Decimal(2), 3)
    assert (second.mean, second.bonus) == (Decimal(98), Decimal(0))
    # wu came in May: two months of the second quarter.
    assert (late.months, late.mean) == (2, Decimal(90))
    with pytest.raises(year.QuarterSummed), ended.by() as ctx:
        year.summarise_quarter(ctx, cycle(ctx), "2026-Q1", "DW")


def test_a_result_that_the_months_do_not_give_is_found(ended: Committee) -> None:
    ended.reviewed()
    propose(ended)
    with ended.by() as ctx:
        found = year.result_of(ctx, cycle(ctx), "li")
        assert found is not None
        found.score = Decimal(100)
    with ended.by() as ctx:
        assert year.differing(ctx, cycle(ctx)) == ["li"]
    with transaction(ended.database, now=ended.now) as ctx:
        assert entries.honours(ctx, cycle(ctx), ["li"]) == {"li": Decimal(2)}
        assert membership.place(ctx, "han", date(2026, 12, 31)).branch == "B2"


@pytest.mark.requirement("N12")
def test_members_see_the_results_of_their_branch_once_decided_and_who_keeps_the_committee_all_before(
    ended: Committee,
) -> None:
    ended.reviewed()
    propose(ended)
    assert [seen(ended, who) for who in ("li", "sun", "ma")] == [([], []), ([], []), (EVERYBODY, EVERYBODY)]
    decide(ended)
    branch = ["li", "wu", "ma", "sun"]
    assert seen(ended, "li") == (branch, ["li"])
    assert seen(ended, "sun") == (branch, branch)
    assert seen(ended, "han") == (["han", "ji", "office", "qin"], ["han"])


#: Best first, by hand: 98·0.9 + 8 + 2 = 98.2, 100·0.9 + 8 = 98, 90·0.9 + 8 = 89, then everybody with 80.
EVERYBODY = ["li", "han", "wu", "ji", "ma", "office", "qin", "sun"]


def seen(house: Committee, account: str) -> tuple[list[str], list[str]]:
    """Whose results the person sees, and of whom how they came about."""
    with house.by(account) as ctx:
        found = reports.results(ctx, cycle(ctx), "DW")
        detailed = reports.detailed(ctx, found)
    return [each.account for each in found], [each.account for each in found if each.account in detailed]
