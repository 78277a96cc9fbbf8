"""The members' points: a year of one committee, twelve branches and 87 members, with its boundaries worked out by hand.

``expected.py`` wrote the answers in ``demo/expected``; what was planted stands here as literals besides, so that neither
the engine nor that script vouches for itself.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml

from engine.assessment import plans
from engine.assessment.points import activities, appeals, entries, months, vetoes, year
from engine.db import Context, transaction
from processes.party_points.demo import generate
from processes.party_points.demo.expected import expected
from tests.processes.demo_files import ROOT, rows
from tests.simulation.cities import THE_END, copied

PACKAGE = ROOT / "processes" / "party_points"
THEME_DAY = date(2026, 7, 1)


# The files


def test_the_generator_writes_the_files_that_are_kept() -> None:
    texts = generate.files()
    assert {name for name, text in texts.items() if (PACKAGE / name).read_text(encoding="utf-8") != text} == set()


def test_the_answers_kept_are_those_the_slow_script_works_out() -> None:
    for name, table in expected.compute(PACKAGE).items():
        assert table == rows(PACKAGE, f"demo/expected/{name}.csv"), name


@pytest.mark.requirement("N1")
def test_the_committee_has_twelve_branches_and_87_members_on_the_first_day_and_on_the_last() -> None:
    units = rows(PACKAGE, "demo/units.csv")
    assert [row["code"] for row in units if row["kind"] == "committee"] == ["DW"]
    assert [row["parent"] for row in units if row["kind"] == "branch"] == ["DW"] * 12
    assert len(_members(date(2026, 1, 5))) == len(_members(date(2026, 12, 31))) == 87
    roles = Counter(row["role"] for row in rows(PACKAGE, "demo/appointments.csv"))
    assert (roles["secretary"], roles["discipline"], roles["lead"]) == (13, 1, 2)


def test_everybody_who_holds_an_office_of_the_committee_belongs_to_a_branch_too() -> None:
    holders = {row["account"] for row in rows(PACKAGE, "demo/appointments.csv") if row["role"] in ("secretary", "lead")}
    assert holders <= _members(date(2026, 1, 5))


def _members(day: date) -> set[str]:
    terms = [row for row in rows(PACKAGE, "demo/appointments.csv") if row["role"] == "member"]
    return {row["account"] for row in terms if row["from"] <= str(day) and (not row["to"] or str(day) <= row["to"])}


@pytest.mark.requirement("N3")
def test_thirty_nine_items_are_of_three_kinds_and_what_is_forbidden_never_gives() -> None:
    items = [row for row in rows(PACKAGE, "items.csv") if row["kind"] != "honour"]
    assert Counter(row["kind"] for row in items) == {"must": 15, "encouraged": 10, "forbidden": 14}
    forbidden = [row for row in items if row["kind"] == "forbidden"]
    assert all(Decimal(row["points"]) < 0 or (row["points"], row["veto"]) == ("0", "1") for row in forbidden)
    assert sorted(row["code"] for row in forbidden if row["veto"]) == ["JL09", "PD08", "ZZ11"]


def _drawn() -> dict[str, Any]:
    content = yaml.safe_load((PACKAGE / "package.yaml").read_text(encoding="utf-8"))
    points: dict[str, Any] = content["parameters"]["points"]
    return points


@pytest.mark.requirement("N2")
def test_four_categories_of_25_make_100_and_the_last_is_10_5_5_5() -> None:
    categories = _drawn()["categories"]
    assert [(each["name"], each["full"]) for each in categories] == [
        *(("政治合格", 25), ("纪律合格", 25), ("品德合格", 25), ("发挥作用合格", 25))
    ]
    parts = [(part["name"], part["full"]) for part in categories[3]["parts"]]
    assert parts == [("业绩", 10), ("创新", 5), ("协同", 5), ("临时任务", 5)]


@pytest.mark.requirement("N2")
def test_who_does_all_that_must_be_done_comes_to_the_full_mark_of_every_category() -> None:
    done: Counter[str] = Counter()
    for row in rows(PACKAGE, "items.csv"):
        # The report on one's thoughts is written once a quarter; a month is full without it.
        if row["kind"] == "must" and row["code"] != "ZZ05":
            done[row["category"]] += int(row["points"])
    assert [done[leaf] for leaf in ("politics", "discipline", "morality")] == [25, 25, 25]
    assert [done[part] for part in ("performance", "innovation", "cooperation", "assignment")] == [10, 5, 5, 5]


@pytest.mark.requirement("N2")
def test_every_branch_lays_down_its_own_method_for_every_part_and_its_criteria_come_to_the_part() -> None:
    told: Counter[tuple[str, str, str]] = Counter()
    for row in rows(PACKAGE, "demo/methods.csv"):
        told[row["branch"], row["from"], row["part"]] += int(row["points"])
    full = {"performance": 10, "innovation": 5, "cooperation": 5, "assignment": 5}
    assert all(points == full[part] for (_, _, part), points in told.items())
    assert {(branch, part) for branch, since, part in told if since == "2026-01-01"} == {
        (f"Z{number:02d}", part) for number in range(1, 13) for part in full
    }


# The year as it was played


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Context, plans.Cycle]]:
    with (
        copied(tmp_path_factory.mktemp("points"), "party_points", THE_END) as database,
        transaction(database, now=THE_END, reading=True) as ctx,
    ):
        yield ctx, plans.find(ctx, "party_points", 2026)


Played = tuple[Context, plans.Cycle]


def _month(played: Played, account: str, month: str) -> months.PointMonth:
    return months.of_member(*played, account, month)


def _text(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")


@pytest.mark.requirement("N5")
def test_every_month_and_every_quarter_comes_to_what_the_slow_script_works_out(played: Played) -> None:
    closed = [row for each in months.closed(*played).values() for row in each]
    assert [
        {
            "account": row.account,
            "month": row.month,
            "branch": row.branch,
            "base": _text(row.base),
            "confirmed": "1" if row.confirmed_at else "0",
        }
        for row in closed
    ] == rows(PACKAGE, "demo/expected/months.csv")
    quarters = {
        (row.account, row.quarter): (_text(row.mean), _text(row.bonus))
        for account in months.closed(*played)
        for row in year.quarters_of(*played, account)
    }
    assert quarters == {
        (row["account"], row["quarter"]): (row["mean"], row["honours"])
        for row in rows(PACKAGE, "demo/expected/quarters.csv")
    }


@pytest.mark.requirement("N10")
def test_the_four_standards_go_by_the_place_in_the_whole_committee(played: Played) -> None:
    found = {each.account: each for each in year.of_cycle(*played) if each.standard}
    assert {account: (each.standard, str(each.committee_rank)) for account, each in found.items()} == {
        row["account"]: (row["standard"], row["rank"]) for row in rows(PACKAGE, "demo/expected/standards.csv")
    }
    # Of 85 ranked members up to 17 (20 %), 60 (70 %: 59.5) and 81 (95 %: 80.75) places.
    assert Counter(each.standard for each in found.values())["优秀"] == 17
    assert max(each.committee_rank or 0 for each in found.values() if each.standard == "合格") <= 60
    assert max(each.committee_rank or 0 for each in found.values() if each.standard == "一般") <= 81


#: Account, mean of the months, review, honours, score and grade by hand.
BY_HAND = [
    ("m01", "100", "100", "0", "100", "优秀"),
    ("m09", "100", "99.9", "0", "99.99", "合格"),
    ("m15", "90", "90", "0", "90", "合格"),
    ("m22", "90", "89.9", "0", "89.99", "基本合格"),
    ("m29", "80", "80", "0", "80", "基本合格"),
    ("m35", "80", "79.9", "0", "79.99", "不合格"),
    ("m10", "98", "96", "2", "99.8", "合格"),
    ("m16", "85", "80", "1.5", "86", "基本合格"),
    ("m23", "79", "85", "0", "79.6", "不合格"),
]


@pytest.mark.requirement("N7")
@pytest.mark.requirement("N8")
@pytest.mark.parametrize(("account", "mean", "review", "honours", "score", "grade"), BY_HAND)
def test_a_boundary_of_the_grades_is_met_to_the_hundredth(
    played: Played, account: str, mean: str, review: str, honours: str, score: str, grade: str
) -> None:
    found = year.result_of(*played, account)
    assert found is not None
    assert [_text(each) for each in (found.mean, found.review, found.bonus)] == [mean, review, honours]
    assert (_text(found.score), found.grade) == (score, grade)


@pytest.mark.requirement("N4")
def test_honours_add_up_beyond_one_hundred(played: Played) -> None:
    # (98 and 100 in turn: 99) x 0.9 + 97 x 0.1 + 4 + 2 = 89.1 + 9.7 + 6.
    found = year.result_of(*played, "m17")
    assert found is not None and (_text(found.score), found.grade) == ("104.8", "优秀")


@pytest.mark.requirement("N9")
def test_the_two_vetoed_members_have_no_points_and_no_place_and_the_third_was_not_vetoed(played: Played) -> None:
    assert vetoes.vetoed(*played) == {"m30", "m48"}
    for account in ("m30", "m48"):
        found = year.result_of(*played, account)
        assert found is not None and found.vetoed
        assert (found.score, found.branch_rank, found.committee_rank, found.grade, found.standard) == (None,) * 5
    spared = year.result_of(*played, "m24")
    assert spared is not None and spared.score is not None
    # Nobody's place counts them: of 87 members 85 are ranked.
    assert max(each.committee_rank or 0 for each in year.of_cycle(*played)) <= 85


@pytest.mark.requirement("N9")
def test_who_proposed_a_veto_did_not_decide_it(played: Played) -> None:
    ctx, cycle = played
    decided = [each for account in ("m24", "m30", "m48") for each in vetoes.of_member(ctx, cycle, account)]
    assert [each.status for each in decided] == ["rejected", "confirmed", "confirmed"]
    assert all(each.decided_by not in (None, each.proposed_by, each.account) for each in decided)


def test_equal_totals_share_a_place_and_the_next_one_is_left_out(played: Played) -> None:
    # 95 x 0.9 + 90 x 0.1 = 94 x 0.9 + 89 x 0.1 + 1 = 94.5.
    places = {each.account: each.branch_rank for each in year.of_cycle(*played) if each.branch == "Z07"}
    assert (places["m42"], places["m43"]) == (3, 3)
    assert sorted(place for place in places.values() if place) == [1, 2, 3, 3, 5, 6, 7]


def test_who_joined_in_may_has_the_mean_of_eight_months_and_who_left_has_no_year(played: Played) -> None:
    joined = year.result_of(*played, "m72")
    assert joined is not None and joined.months == 8
    own = [row["base"] for row in rows(PACKAGE, "demo/expected/months.csv") if row["account"] == "m72"]
    assert len(own) == 8 and joined.mean == sum(map(Decimal, own)) / 8
    assert year.result_of(*played, "m71") is None
    assert [row.month for row in months.closed(*played)["m71"]] == ["2026-01", "2026-02", "2026-03", "2026-04"]


def test_who_changed_branches_keeps_the_months_of_both_and_is_ranked_in_the_new_one(played: Played) -> None:
    own = months.closed(*played)["m21"]
    assert [row.branch for row in own] == ["Z03"] * 6 + ["Z08"] * 6
    assert {row.rated_by for row in own} == {"z03_secretary", "z08_secretary"}
    found = year.result_of(*played, "m21")
    assert found is not None and (found.branch, found.months) == ("Z08", 12)


@pytest.mark.requirement("N6")
def test_nobody_rated_themself_and_the_committees_secretary_rated_the_branches(played: Played) -> None:
    closed = [row for each in months.closed(*played).values() for row in each]
    assert all(row.rated_by != row.account for row in closed)
    secretaries = [row for row in closed if row.account.startswith("z")]
    assert len(secretaries) == 12 * 12 and {row.rated_by for row in secretaries} == {"dw_secretary"}
    assert {row.rated_by for row in closed if row.account == "dw_secretary"} == {"z01_secretary"}


@pytest.mark.requirement("N6")
def test_who_did_not_rate_themself_is_rated_all_the_same(played: Played) -> None:
    found = _month(played, "m41", "2026-04")
    assert (found.confirmed_at, found.base) == (None, Decimal(100))
    assert found.rated_by == "z07_secretary"


def test_where_a_secretary_was_silent_the_entries_count(played: Played) -> None:
    may = [row for each in months.closed(*played).values() for row in each if row.by_entries]
    assert {(row.month, row.branch) for row in may} == {("2026-05", "Z09")}
    assert all(row.rated_by is None and row.base == row.accumulated_total for row in may)


def test_a_mark_that_is_not_that_of_the_entries_says_why(played: Played) -> None:
    found = _month(played, "z03_secretary", "2026-10")
    assert found.marks is not None and Decimal(found.marks["assignment"]) == Decimal("4.5")
    assert found.reason == "防汛值守缺岗一次。"


def test_a_deduction_never_takes_a_part_below_nothing_and_bites_where_more_than_full_was_earned(played: Played) -> None:
    refused, beyond = _month(played, "m64", "2026-08"), _month(played, "m65", "2026-09")
    assert refused.marks is not None and Decimal(refused.marks["assignment"]) == 0  # 5 - 5 - 5
    assert beyond.marks is not None and Decimal(beyond.marks["politics"]) == 21  # 25 + 3 is full, less 4
    assert (refused.base, beyond.base) == (Decimal(95), Decimal(96))


def test_what_is_undone_later_counts_in_the_month_in_which_it_is_undone(played: Played) -> None:
    # 5 too many in March, where the part was full anyway; in May 5 less.
    assert [_month(played, "m12", month).base for month in ("2026-03", "2026-05")] == [Decimal(100), Decimal(95)]
    honoured = {row.quarter: row.bonus for row in year.quarters_of(*played, "m50")}
    assert (honoured["2026-Q2"], honoured["2026-Q3"]) == (Decimal("0.5"), Decimal("-0.5"))
    found = year.result_of(*played, "m50")
    assert found is not None and found.bonus == 0


def test_an_upheld_appeal_gives_the_points_back_and_a_rejected_one_does_not(played: Played) -> None:
    ctx, cycle = played
    verdicts = {each: [one.status for one in appeals.of_member(ctx, cycle, each).values()] for each in ("m36", "m37")}
    assert verdicts == {"m36": ["upheld"], "m37": ["rejected"]}
    assert (_month(played, "m36", "2026-05").base, _month(played, "m37", "2026-06").base) == (Decimal(100), Decimal(98))


@pytest.mark.requirement("N11")
def test_signing_in_gives_the_points_once_and_who_was_on_leave_or_away_has_none(played: Played) -> None:
    ctx, cycle = played
    theme = next(each for each in activities.of_cycle(ctx, cycle) if each.unit == "Z07")
    came = {each.account: each.signed_in_at is not None for each in activities.attendance(ctx, theme)}
    assert [account for account, there in came.items() if not there] == ["m45", "m46"]
    assert {who: leave.status for who, leave in activities.leaves(ctx, theme).items()} == {
        "m45": "approved",
        "m46": "refused",
    }
    # Signed in twice on 1 July: the second time was refused and gave nothing.
    given = [each for each in entries.of_member(ctx, cycle, "m44", THEME_DAY, THEME_DAY) if each.item == "ZZ02"]
    assert [(each.points, each.note) for each in given] == [(Decimal(6), "“七一”主题党日")]
    # Away without leave: 25 less the 6 of the day, less 4.
    assert _month(played, "m46", "2026-07").base == Decimal(90)
