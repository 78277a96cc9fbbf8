"""A long-term matter of 2026 goes on in 2027: A04 on E13, agreed in May with stages until December and June."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from engine import calendars, importing
from engine.assessment import annual_plan, plans, rectification, rounds, succession
from engine.db import Context
from tests.assessment.town import Town, begun, moment
from tests.processes.demo_files import SMALL

STAGES = [{"goal": "主体完工", "due": "2026-12-31"}, {"goal": "投产", "due": "2027-06-30"}]
REQUEST: dict[str, Any] = {"request": "long_term", "account": "完成三成", "reason": "跨年度项目", "stages": STAGES}


@pytest.fixture
def town() -> Iterator[Town]:
    with begun() as opened:
        opened.hand_in(opened.matter("A04", "E13"), **REQUEST)
        opened.do("d01_clerk", "agree_long_term", {"verdict": "agreed"}, item=opened.matter("A04", "E13").id)
        opened.do("lead1", "decide_long_term", {"verdict": "approved"}, item=opened.matter("A04", "E13").id)
        yield opened


def begin_2027(town: Town, *, renamed: str = "") -> None:
    """The plan of 2027 stands, its indicators are those of 2026, and the lead starts the year."""
    town.now = moment("2027-03-01")
    with town.by() as ctx:
        cycle = plans.make_cycle(ctx, "county_leadership", 2027)
        importing.import_files(ctx, [("indicators.csv", _indicators(renamed))], cycle)
    with town.by("lead1") as ctx:
        entry = annual_plan.propose_cycle(ctx, following(ctx), name="2027 年度考核", basis="T委〔2026〕30号").id
    with town.by("committee1") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="T考领〔2027〕1号")
    with town.by("lead1") as ctx:
        rounds.start_year(ctx, following(ctx))


def following(ctx: Context) -> plans.Cycle:
    return plans.find(ctx, "county_leadership", 2027)


def _indicators(renamed: str) -> bytes:
    """Those of 2026; one may have given way to another indicator of its weight."""
    text = (SMALL / "indicators.csv").read_text(encoding="utf-8")
    return (text.replace(f"\n{renamed},", "\nE99,") if renamed else text).encode()


def test_a_long_term_matter_goes_on_next_year_to_its_last_stage(town: Town) -> None:
    begin_2027(town)
    left = town.item_of("ZG-2026-A04-001")
    made = town.matter("A04", "E13")
    assert (made.number, made.source, made.status, made.round) == ("ZG-2027-A04-001", "long_term", "opened", 1)
    assert (made.carried_from, left.status, left.closed_at) == (left.id, "long_term", None)
    assert calendars.last_day(made.work_due) == date(2027, 6, 30)
    assert town.open_elements(made) == ["submit_plan"]
    assert town.acts("item.carry")[0]["carried_from"] == left.number
    assert town.told("a04_clerk", "item.carried")
    with town.by("a04_clerk", reading=True) as ctx:
        found = rectification.item(ctx, made.id)
        assert [each.number for each in rectification.origins(ctx, found)] == [left.number]
        agreed = rectification.agreed_stages(ctx, found)
        assert agreed is not None
        assert agreed.stages == STAGES
        assert rectification.continued(ctx, rectification.item(ctx, left.id)) is found


def test_its_plan_begins_with_that_of_the_year_before_without_the_date(town: Town) -> None:
    begin_2027(town)
    with town.by("a04_clerk", reading=True) as ctx:
        begins = rectification.earlier_plan(ctx, rectification.item(ctx, town.matter("A04", "E13").id))
    assert begins["problem"] == "进度落后"
    assert "finish_on" not in begins


def test_it_is_worked_on_and_closed_out_as_any_other(town: Town) -> None:
    begin_2027(town)
    town.now = moment("2027-03-02")
    made = town.matter("A04", "E13")
    town.plan(made, finish_on="2027-06-30")
    town.approve(made, "d01_clerk")
    town.hand_in(made)
    town.verify(made, "d01_clerk")
    town.close(made)
    assert town.matter("A04", "E13").status == "closed_out"


def test_it_is_carried_once(town: Town) -> None:
    begin_2027(town)
    with town.by() as ctx:
        assert rectification.carry(ctx, following(ctx)) == []


def test_what_the_new_year_does_not_measure_is_left_to_the_lead(town: Town) -> None:
    begin_2027(town, renamed="E13")
    assert town.matter("A04", "E13").number == "ZG-2026-A04-001"
    assert town.told("lead1", "item.not_carried")


def test_it_goes_to_the_unit_that_stands_in_the_place_of_another(town: Town) -> None:
    town.now = moment("2026-12-01")
    with town.by("lead1") as ctx:
        succession.succeed(ctx, "A04", "A05", moment("2026-11-30").date(), "合并", "编委〔2026〕9号")
    begin_2027(town)
    assert town.matter("A05", "E13").carried_from == town.item_of("ZG-2026-A04-001").id
