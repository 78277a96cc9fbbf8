"""The supervisor's board: numbers, lights, and who sees what of it.

The small city has six units of one group and twelve main indicators; who is warned in April stands in
``tests/processes/small/demo/expected/first_warnings.csv``: 29 pairs, four of them red, all on H05.
"""

import json
import re

import pytest

from engine.reports import board
from engine.reports.lights import Light
from tests.assessment.town import Town
from tests.web import matters_fixtures
from tests.web.matters_fixtures import Visit, cells, shown, statements

town, visit = matters_fixtures.town, matters_fixtures.visit

H05_RED = {"A03", "A04", "A05", "A06"}


def _board(town: Town, account: str, asked: board.Asked | None = None) -> board.Board:
    with town.by(account, reading=True) as ctx:
        return board.board(ctx, town.cycle(ctx), asked or board.Asked())


def _lights(told: board.Board) -> dict[tuple[str, str], str]:
    return {
        (cell.unit, cell.indicator.code): cell.says for block in told.blocks for _, row in block.rows for cell in row
    }


def test_every_warned_pair_is_lit_by_its_level(town: Town) -> None:
    lights = _lights(_board(town, "lead1"))
    assert {unit for (unit, code), says in lights.items() if says == "red_warning" and code == "H05"} == H05_RED
    assert sum(says == "red_warning" for says in lights.values()) == 4
    assert sum(says == "yellow_warning" for says in lights.values()) == 25


def test_an_overdue_matter_is_orange_and_after_five_working_days_red(town: Town) -> None:
    town.live_to("2026-04-21")
    town.deliver("A01")
    # Seven working days from 21 April, with May Day off and 9 May worked: the plan is due by the end of 30 April.
    town.live_to("2026-05-07")
    assert _lights(_board(town, "lead1"))["A01", "H01"] == "overdue"
    town.live_to("2026-05-18")
    assert _lights(_board(town, "lead1"))["A01", "H01"] == "overdue_long"


def test_a_unit_learns_of_its_warning_with_the_letter_and_not_before(town: Town) -> None:
    before = _board(town, "a01_clerk")
    assert "yellow_warning" not in _lights(before).values()
    assert before.comparison.overall[0].yellow == 0
    (pair,) = [each for each in before.pairs if each.indicator.code == "H01"]
    assert pair.notices == () and str(pair.steps[4].standing) == "not_needed"
    town.send_letter("A01")
    assert _lights(_board(town, "a01_clerk"))["A01", "H01"] == "yellow_warning"


def test_who_does_not_oversee_sees_only_what_is_theirs(town: Town) -> None:
    assert {unit for unit, _ in _lights(_board(town, "a02_clerk"))} == {"A02"}
    judged = _lights(_board(town, "d25_clerk"))
    assert {code for _, code in judged} == {"H01", "H05"} and len({unit for unit, _ in judged}) == 6
    assert _board(town, "expert1").pairs == []


def test_the_ring_counts_pairs_at_hand_and_what_is_late(town: Town) -> None:
    town.live_to("2026-04-21")
    town.deliver("A02")
    town.live_to("2026-05-07")
    stages = {line.stage: line for line in _board(town, "lead1").stages}
    mending = stages["rectification"]
    assert (mending.at_hand, mending.stuck, mending.light) == (2, 2, Light.ORANGE)
    assert mending.oldest is not None
    # Nobody has signed for the other letters, which nobody has drafted: only the feedback sheets are recorded.
    assert stages["process_monitoring"].at_hand == 0


def test_filters_narrow_the_map_and_keep_what_is_overdue_in_sight(town: Town) -> None:
    told = _board(town, "lead1", board.Asked(category="生态环境"))
    assert [used.code for used in told.columns] == ["H01", "H05"]
    assert told.categories == ["经济发展", "社会治理", "公共服务", "生态环境", "党的建设"]
    assert _board(town, "lead1", board.Asked(group="Z")).pairs == []


def test_the_rounds_are_compared_by_what_was_sent_out(town: Town) -> None:
    assert _board(town, "lead1").comparison.overall[0].red == 0, "drafted warnings are not out yet"
    for unit in ("A03", "A04"):
        town.send_letter(unit)
    (april,) = _board(town, "lead1").comparison.overall
    assert (april.yellow, april.red) == (10, 2)
    lines = {used.code: summaries[0] for used, summaries in _board(town, "lead1").comparison.by_indicator}
    assert (lines["H05"].red, lines["E14"].yellow) == (2, 2)


def test_overdue_matters_stand_under_who_holds_them(town: Town) -> None:
    town.live_to("2026-04-21")
    town.deliver("A02")
    town.deliver("A01")
    town.plan(town.matter("A01", "H01"))
    town.live_to("2026-05-07")
    (line,) = _board(town, "lead1").overdue
    assert (line.holder, line.matters, line.steps) == ("A02", 2, ("提交整改方案",))


def test_the_page_names_the_cells_and_leads_to_the_matter(town: Town, visit: Visit) -> None:
    page = shown(visit("lead1"), "/loop")
    assert sum("红色预警" in cell for cell in cells(page)) == 4
    assert 'href="/loop/A03/H05"' in page
    ring = json.loads(re.search(r'id="ring">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert ring["stages"][0]["name"] == "目标分解" and len(ring["stages"]) == 6


def test_somebody_without_a_share_in_the_loop_is_told_so(visit: Visit) -> None:
    assert "看板上没有与您有关的内容" in shown(visit("expert1"), "/loop")


@pytest.mark.parametrize("path", ["/loop", "/loop?all=1", "/ledger", "/units"])
def test_a_page_asks_the_database_no_more_often_for_more_rows(town: Town, visit: Visit, path: str) -> None:
    browser = visit("lead1")
    few = statements(town, lambda: shown(browser, path))
    town.live_to("2026-04-21")
    for unit in ("A03", "A04", "A05"):
        town.deliver(unit)
    # Twenty matters more cost a few statements for what is new to the page, not twenty.
    assert statements(town, lambda: shown(visit("lead1"), path)) - few < 15
