"""The indicator system: everybody reads the rules, each unit its own targets and figures.

Targets, figures and weights are those of ``tests/processes/small``.
"""

import json
import re

from engine.assessment import indicators, rules
from tests.assessment import years
from tests.assessment.town import Town
from tests.web.assessment_fixtures import Visit, april_town, collecting, ended, shown, visit  # noqa: F401

CODES = ["E13", "E14", "E15", "E30", "E34", "S07", "P01", "P03", "H01", "H05", "J01", "J02"]


def _options(page: str, name: str) -> dict[str, object]:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    assert found is not None, name
    made: dict[str, object] = json.loads(found[1])
    return made


def test_every_indicator_stands_in_the_list_with_weights_that_sum_to_100(april_town: Town, visit: Visit) -> None:
    page = shown(visit(april_town, "lead1"), "/indicators")
    assert re.findall(r'class="code">(\w+)<', page) == CODES
    # Economy weighs 5 × 6.00, society 22, services 2 × 10, environment 2 × 6.5, party 2 × 7.5.
    for share in ("30.00", "22.00", "20.00", "13.00", "15.00", "100.00"):
        assert f'<td class="num">{share}</td>' in page
    assert "权重合计" not in page


def test_weights_that_do_not_sum_to_100_are_said_on_top(april_town: Town, visit: Visit) -> None:
    with april_town.by() as ctx:
        indicators.find(ctx, april_town.cycle(ctx), "S07").weights[0].weight += 1
    assert "A 组权重合计 101，不等于 100" in shown(visit(april_town, "lead1"), "/indicators")


def test_a_unit_sees_its_own_target_where_the_lead_sees_the_decomposition(april_town: Town, visit: Visit) -> None:
    lead = shown(visit(april_town, "lead1"), "/indicators?category=经济发展")
    own = shown(visit(april_town, "a01_clerk"), "/indicators?category=经济发展")
    assert "1,176" in lead and "各单位目标合计" in lead
    assert "本单位目标" in own and "各单位目标合计" not in own and "1,176" not in own


def test_the_booklet_lists_every_indicator_once_and_in_order(april_town: Town, visit: Visit) -> None:
    page = shown(visit(april_town, "a01_clerk"), "/indicators/booklet")
    assert re.findall(r"<td>([A-Z]\d\d) ", page) == CODES
    assert "征求意见稿" not in page


def test_rules_that_are_not_handed_in_are_read_by_their_writers_only(april_town: Town, visit: Visit) -> None:
    with april_town.by() as ctx:
        rules_of = rules.rules_of(ctx, indicators.find(ctx, april_town.cycle(ctx), "H01"))
        rules_of.status, rules_of.standard = rules.RuleStatus.DRAFT, "每超一吨扣一分"
    for account, reads in (("lead1", True), ("d25_clerk", True), ("a01_clerk", False), ("d01_clerk", False)):
        browser = visit(april_town, account)
        assert ("每超一吨扣一分" in shown(browser, "/indicators/H01")) is reads, account
        assert ("每超一吨扣一分" in shown(browser, "/indicators/booklet")) is reads, account


def test_figures_of_other_units_are_for_the_responsible_unit_and_the_lead(april_town: Town, visit: Visit) -> None:
    for account, names in (("lead1", 6), ("d01_clerk", 6), ("a03_clerk", 1), ("d25_clerk", 0)):
        page = shown(visit(april_town, account), "/indicators/E13")
        table = page.split('id="table-head"')[1] if 'id="table-head"' in page else ""
        assert len(set(re.findall(r"A0\d区", table))) == names, account


def test_the_chart_of_one_day_holds_what_the_files_say(april_town: Town, visit: Visit) -> None:
    page = shown(visit(april_town, "lead1"), "/indicators/E13?as_of=2026-03-31")
    chart = _options(page, "across-units")
    assert chart["categories"] == [f"A0{number}区" for number in range(1, 7)]
    (series,) = chart["series"]  # type: ignore[misc]
    table = re.findall(r"<tr[^>]*><th scope=\"row\">.*?</tr>", page, re.S)
    shown_values = [re.findall(r'<td class="num">([^<]*)</td>', row)[-1] for row in table if "A0" in row]
    assert [float(text.replace(",", "")) for text in shown_values] == series["values"]  # type: ignore[index]


def test_the_years_ends_stand_apart_from_the_figures_within_the_year(april_town: Town, visit: Visit) -> None:
    page = shown(visit(april_town, "a01_clerk"), "/indicators/E13")
    assert _options(page, "over-years")["categories"] == ["2024-12-31", "2025-12-31"]


def test_an_unpublished_figure_is_not_shown_to_the_unit_it_is_about(collecting: Town, visit: Visit) -> None:
    years.enter(collecting, "D01", {("E13", "A01"): "59.75"})
    collecting.do("d01_clerk", "enter_values", {}, responsible_unit="D01")
    collecting.do("d01_leader", "sign_values", {"verdict": "signed"}, responsible_unit="D01")
    assert "59.75" in shown(visit(collecting, "d01_clerk"), "/indicators/E13")
    assert "59.75" not in shown(visit(collecting, "a01_clerk"), "/indicators/E13")


def test_first_and_last_are_named_to_a_unit_with_the_published_result(ended: Town, visit: Visit) -> None:
    page = shown(visit(ended, "a01_clerk"), "/indicators/E13")
    assert "前三名" in page and "A 组" in page and "A01区：得分" in page
    with ended.by() as ctx:
        annual = ended.round(ctx, "annual")
        annual.published_at = None
    assert "前三名" not in shown(visit(ended, "a01_clerk"), "/indicators/E13")
    assert "前三名" in shown(visit(ended, "lead1"), "/indicators/E13")


def test_an_unknown_indicator_is_not_there(april_town: Town, visit: Visit) -> None:
    shown(visit(april_town, "lead1"), "/indicators/ZZZ", 404)
