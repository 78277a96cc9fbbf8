"""The ledger of matters, the search and the units' pages."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete

from engine import people
from engine.assessment import loop, rectification, targets
from engine.reports import ledger, search, unit_year
from tests.assessment.town import Town
from tests.web import matters_fixtures
from tests.web.matters_fixtures import PAGE, Visit, shown

town, visit = matters_fixtures.town, matters_fixtures.visit


def _delivered(town: Town, *units: str) -> None:
    town.live_to("2026-04-21")
    for unit in units:
        town.deliver(unit)


def _numbers(town: Town, account: str, **wanted: str) -> list[str]:
    with town.by(account, reading=True) as ctx:
        return [each.item.number for each in ledger.page(ctx, town.cycle(ctx), ledger.Wanted(**wanted)).lines]


def test_the_ledger_holds_what_the_person_may_see(town: Town) -> None:
    _delivered(town, "A01", "A02", "A03")
    assert len(_numbers(town, "lead1")) == 1 + 2 + 5
    assert _numbers(town, "a02_clerk") == ["ZG-2026-A02-001", "ZG-2026-A02-002"]
    # D25 answers for H01 (A01, A02) and H05 (A03).
    assert len(_numbers(town, "d25_clerk")) == 3
    assert _numbers(town, "expert1") == []


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"unit": "A03"}, 5),
        ({"status": "opened"}, 7),
        ({"status": "plan_signed"}, 1),
        ({"indicator": "H01"}, 2),
        ({"round": "april"}, 8),
        ({"round": "august"}, 0),
        ({"holder": "A03"}, 5),
        ({"holder": "D25"}, 1),
        ({"standing": "open", "unit": "A01"}, 1),
        ({"standing": "closed_out"}, 0),
    ],
)
def test_filters_narrow_the_ledger(town: Town, wanted: dict[str, str], count: int) -> None:
    _delivered(town, "A01", "A02", "A03")
    town.plan(town.matter("A01", "H01"))
    assert len(_numbers(town, "lead1", **wanted)) == count


def test_a_matter_is_held_by_the_post_that_has_to_act(town: Town) -> None:
    _delivered(town, "A03")
    red = town.matter("A03", "H05")
    town.plan(red)
    # A red matter's plan is approved by the lead, a bare role that one unit holds.
    assert _numbers(town, "lead1", holder="ORG") == [red.number]
    with town.by("a03_clerk", reading=True) as ctx:
        lines = {each.item.number: each for each in ledger.page(ctx, town.cycle(ctx), ledger.Wanted()).lines}
        assert [each.holder for each in lines[red.number].held] == ["ORG"]


def test_the_chips_count_what_the_list_then_shows(town: Town) -> None:
    _delivered(town, "A01", "A02")
    town.live_to("2026-05-07")
    with town.by("lead1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        counts = ledger.counts(ctx, cycle, ledger.Wanted(unit="A02", standing="closed_out"))
        assert counts == {"": 2, "open": 2, "overdue": 2} | dict.fromkeys(
            ("to_review", "rebounded", "closed_out", "long_term", "ended"), 0
        )
        overdue = ledger.page(ctx, cycle, ledger.Wanted(standing="overdue"))
        found = {each.id for each in loop.overdue(ctx, rectification.items(ctx, cycle))}
        assert {each.item.id for each in overdue.lines} == found and overdue.total == 3


def test_a_disputed_figure_stops_the_clock_in_the_ledger_too(town: Town) -> None:
    _delivered(town, "A02")
    with town.by(reading=True) as ctx:
        notice, letter = town.notice(ctx, "A02", "H01").id, town.letter(ctx, "A02").id
    objection = {"notice": notice, "claimed": "98", "reason": "口径不一致"}
    town.do("a02_clerk", "check_figures", {"stance": "object", "objections": [objection]}, letter=letter)
    town.live_to("2026-05-07")
    assert _numbers(town, "lead1", standing="overdue") == [town.matter("A02", "E15").number]


def test_the_list_is_walked_page_by_page_and_sorted_both_ways(town: Town) -> None:
    _delivered(town, "A02", "A03", "A04")
    with town.by("lead1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        pages = [
            ledger.page(ctx, cycle, ledger.Wanted(sort="-number"), offset=offset, limit=6) for offset in (0, 6, 12)
        ]
        walked = [line.item.number for page in pages for line in page.lines]
        assert walked == sorted(walked, reverse=True) and len(walked) == 14
        assert {page.total for page in pages} == {14}
        assert len(list(ledger.every(ctx, cycle, ledger.Wanted(), size=5))) == 14


def test_the_page_filters_by_its_address(town: Town, visit: Visit) -> None:
    _delivered(town, "A01", "A02")
    page = shown(visit("lead1"), "/ledger?unit=A02&standing=open")
    assert "ZG-2026-A02-001" in page and "ZG-2026-A01-001" not in page
    assert "/ledger.xlsx?standing=open&unit=A02" in page
    assert "这里没有事项" in shown(visit("lead1"), "/ledger?standing=long_term")
    assert shown(visit("lead1"), "/ledger?standing=nonsense&sort=nonsense&page=99")


def _sheet(answer: Any) -> list[list[Any]]:
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].startswith("attachment")
    page = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return [list(row) for row in page.iter_rows()]


def test_the_export_holds_the_filtered_rows_and_no_formula(town: Town, visit: Visit) -> None:
    _delivered(town, "A01", "A02")
    names = {"A02": '=HYPERLINK("http://x")'}
    with town.by() as ctx:
        for code, name in names.items():
            people.unit(ctx, code).name = name
    rows = _sheet(visit("lead1").get("/ledger.xlsx?unit=A02"))
    assert [row[0].value for row in rows[1:]] == ["ZG-2026-A02-001", "ZG-2026-A02-002"]
    assert [row[1].value for row in rows[1:]] == [names["A02"]] * 2
    assert {cell.data_type for row in rows for cell in row if isinstance(cell.value, str)} == {"s"}
    assert len(_sheet(visit("a01_clerk").get("/ledger.xlsx"))) == 1 + 1


@pytest.mark.parametrize(
    ("account", "text", "found"),
    [
        ("lead1", "a02-00", (2, 0, 0, 0)),
        ("lead1", "预警[2026]1号", (0, 1, 0, 0)),
        ("a01_clerk", "A02", (0, 0, 0, 0)),
        ("a01_clerk", "能源消费", (0, 0, 0, 1)),
        ("lead1", "h05", (0, 0, 0, 1)),
        ("lead1", "100%_", (0, 0, 0, 0)),
        ("lead1", "  ", (0, 0, 0, 0)),
    ],
)
def test_the_search_finds_what_may_be_seen(town: Town, account: str, text: str, found: tuple[int, ...]) -> None:
    _delivered(town, "A02")
    with town.by(account, reading=True) as ctx:
        told = search.search(ctx, town.cycle(ctx), text)
        counted = (len(told.matters), len(told.letters), len(told.units), len(told.indicators))
    assert counted == found


def test_a_bare_figure_is_the_number_of_a_letter_and_no_part_of_one(town: Town) -> None:
    _delivered(town, "A01", "A02")
    with town.by("lead1", reading=True) as ctx:
        found = {text: search.search(ctx, town.cycle(ctx), text).letters for text in ("1", "2", "9")}
    assert [[each.unit for each in letters] for letters in found.values()] == [["A01"], ["A02"], []]


def test_the_search_page_answers_to_nothing_and_to_something(visit: Visit) -> None:
    lead = visit("lead1")
    assert "请写要找的内容" in shown(lead, "/search")
    assert "没有找到" in shown(lead, "/search?q=zzz")
    assert "/units/A02" in shown(lead, "/search?q=A02")


def test_a_units_year_tells_its_place_by_the_share_on_schedule(town: Town) -> None:
    with town.by("lead1", reading=True) as ctx:
        lines = {line.unit.code: line for line in unit_year.assessed_lines(ctx, town.cycle(ctx))}
        rounds = {code: line.rounds[0] for code, line in lines.items()}
        shares = {code: (each.on_schedule, each.ranked) for code, each in rounds.items()}
        places = {code: each.place for code, each in rounds.items()}
    order = sorted(shares, key=lambda code: -shares[code][0] / shares[code][1])
    assert places[order[0]] == 1 and all(
        places[code]
        == 1 + sum(shares[other][0] * shares[code][1] > shares[code][0] * shares[other][1] for other in shares)
        for code in shares
    )
    assert rounds["A01"].warned == 0, "drafted warnings are not counted"


def test_who_sees_one_unit_alone_goes_straight_to_it(visit: Visit) -> None:
    answer = visit("a01_clerk").get("/units", headers=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/units/A01")
    page = shown(visit("lead1"), "/units")
    assert all(f"/units/{code}" in page for code in ("A01", "A06", "D01", "D35"))


def test_a_responsible_units_page_counts_its_indicators(town: Town, visit: Visit) -> None:
    _delivered(town, "A01", "A02", "A03")
    town.plan(town.matter("A01", "H01"))
    with town.by("d25_clerk", reading=True) as ctx:
        told = unit_year.responsible(ctx, town.cycle(ctx), people.unit(ctx, "D25"))
        counted = {each.used.code: (each.warned, each.open) for each in told.indicators}
        steps = [each.step for each in told.waiting]
    # H01: A01 and A02 of the four warned have their letters; H05: A03.
    assert counted == {"H01": (2, 2), "H05": (1, 1)}
    assert steps == ["审批方案"]
    count = sum(len(each.tasks) for each in told.waiting)
    page = shown(visit("d25_clerk"), "/units/D25")
    assert "审批方案" in page and f'在本单位等待办理 <span class="badge-count">{count}</span>' in page


def _unsign(town: Town, unit: str) -> None:
    with town.by() as ctx:
        ctx.session.execute(delete(targets.TargetSignature).where(targets.TargetSignature.unit == unit))


def test_a_unit_that_let_the_signing_pass_may_sign_late(town: Town, visit: Visit) -> None:
    _unsign(town, "A01")
    early = visit("a01_leader").post("/units/A01/sign", data={"answer": "signed"}, headers=PAGE)
    assert early.status_code == 409
    with town.by() as ctx:
        targets.close_signing(ctx, town.cycle(ctx))
    assert "补签目标" in shown(visit("a01_leader"), "/units/A01")
    assert "补签目标" not in shown(visit("a01_clerk"), "/units/A01")
    post = {"data": {"answer": "signed"}, "headers": PAGE}
    assert visit("a01_clerk").post("/units/A01/sign", **post).status_code == 403
    refusal = visit("a01_leader").post("/units/A01/sign", data={"answer": "refused"}, headers=PAGE)
    assert refusal.status_code == 422
    assert visit("a01_leader").post("/units/A01/sign", data={"answer": "perhaps"}, headers=PAGE).status_code == 422
    assert visit("a01_leader").post("/units/A01/sign", **post).status_code == 303
    with town.by(reading=True) as ctx:
        signed = targets.signatures(ctx, town.cycle(ctx))["A01"]
        assert (signed.answer, signed.late, signed.by) == ("signed", True, "a01_leader")
    assert visit("a01_leader").post("/units/A01/sign", **post).status_code == 409
    assert "补签目标" not in shown(visit("a01_leader"), "/units/A01")


def test_a_trend_ends_with_the_last_published_figure(town: Town) -> None:
    with town.by("a01_clerk", reading=True) as ctx:
        told = unit_year.assessed(ctx, town.cycle(ctx), people.unit(ctx, "A01"))
        line = next(each for each in told.indicators if each.used.code == "E13")
    assert [day for day, _ in line.trend][-1] == date(2026, 3, 31)
