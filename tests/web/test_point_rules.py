"""The rules by which points are given, as every member reads them (N2–N4, N7–N10), and the plan of such a year."""

import re

import pytest

from tests.assessment.points.committee import Committee
from tests.web.browsing import PAGE, application
from tests.web.test_points import Visit, house, visit  # noqa: F401

RULES = "/points/rules"


def cells(page: str) -> list[list[str]]:
    """The texts of every row of the page's tables."""
    rows = re.findall(r"<tr>(<td.*?)</tr>", page, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]


@pytest.mark.requirement("N3")
@pytest.mark.requirement("N4")
def test_every_item_of_the_year_stands_in_the_rules_once_with_its_points(visit: Visit) -> None:
    assert cells(visit("li").page(RULES)) == [
        ["MEETING 组织生活", "必做", "+20", "20", "—"],
        ["STUDY 学习", "必做", "+10", "—", "—"],
        ["CRIME 违法", "禁止", "一票否决", "—", "—"],
        ["DISCIPLINE 守纪", "必做", "+25", "—", "—"],
        ["LATE 迟到", "禁止", "-2", "—", "—"],
        ["WORK 本职", "业绩 10", "鼓励", "+10", "—", "—"],
        ["PRIZE 表彰", "+30", "—"],
    ]


@pytest.mark.requirement("N7")
@pytest.mark.requirement("N10")
def test_the_rules_tell_the_formula_the_lines_and_the_standards(visit: Visit) -> None:
    page = visit("li").page(RULES)
    for told in (
        "政治合格 25 + 纪律合格 25 + 品德合格 25 + 发挥作用合格 25（业绩 10、创新 5、协同 5、临时任务 5）",
        "月度平均 × 90% + 民主评议 × 10% + 荣誉加分",
        "优秀 ≥ 100、合格 ≥ 90、基本合格 ≥ 80、不合格 < 80",
        "优秀 20%、合格 50%、一般 25%、后进 5%",
    ):
        assert told in page
    assert "/points/branches/B1" in page


def test_the_rules_are_for_whoever_may_sign_in(house: Committee, visit: Visit) -> None:
    assert visit("ma").get(RULES, headers=PAGE).status_code == 200
    assert application(house.database).test_client().get(RULES, headers=PAGE).status_code == 303


def test_the_plan_of_a_year_of_points_tells_its_deadlines_and_no_story_of_targets(visit: Visit) -> None:
    page = visit("office").page("/plan")
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
    assert [facts[name] for name in ("月末自评", "自评后书记评分", "年度民主评议", "结果公示")] == [
        *("3 个工作日", "5 个工作日", "7 个工作日", "5 个工作日")
    ]
    assert "目标分解过程" not in page
