"""The controlled list of vetoes and responsibility letters: nothing off it is used, and what comes back is reported."""

from pathlib import Path

import pytest

from engine import access
from engine.assessment import bars, hands, veto_list
from engine.assessment.veto_list import ItemDecided, ListedBefore, ListKind, NotListed, SignedBefore
from engine.errors import Invalid
from tests.assessment import hall as halls
from tests.assessment import years
from tests.assessment.hall import day, refusal
from tests.cast import Office

hall = halls.hall
VETO, LETTER = ListKind.VETO, ListKind.LETTER


def listed(office: Office, kind: ListKind, code: str, name: str) -> int:
    with office.by("wang") as ctx:
        item = veto_list.propose(ctx, kind, code, name, "中办发〔2024〕1号").id
    with office.by("gao") as ctx:
        veto_list.decide(ctx, item, listed=True, document="云考领〔2026〕4号")
    return item


def strike(office: Office, item: int) -> None:
    with office.by("gao") as ctx:
        veto_list.strike(ctx, item, document="云考领〔2026〕9号", reason="清理规范")


@pytest.mark.requirement("A5")
def test_only_a_veto_on_the_list_may_be_used(hall: Office) -> None:
    with refusal(hall, NotListed, "wang") as ctx:
        veto_list.require_listed(ctx, VETO, "V01")
    item = listed(hall, VETO, "V01", "安全生产")
    with hall.by("wang") as ctx:
        assert veto_list.require_listed(ctx, VETO, "V01").id == item
    # A letter of the same code is another thing.
    with refusal(hall, NotListed, "wang") as ctx:
        veto_list.require_listed(ctx, LETTER, "V01")
    strike(hall, item)
    with refusal(hall, NotListed, "wang") as ctx:
        veto_list.require_listed(ctx, VETO, "V01")


@pytest.mark.requirement("A5")
def test_no_units_grade_is_barred_by_an_item_off_the_list(tmp_path: Path) -> None:
    with years.begun(tmp_path) as january:
        with january.refusal(NotListed, "lead1") as ctx:
            bars.propose(ctx, january.cycle(ctx), "A01", "V01", "调查报告〔2026〕1号")
        with january.by("lead1") as ctx:
            item = veto_list.propose(ctx, VETO, "V01", "安全生产", "中办发〔2024〕1号").id
        with january.by("committee1") as ctx:
            veto_list.decide(ctx, item, listed=True, document="T考领〔2026〕4号")
        with january.by("lead1") as ctx:
            assert bars.propose(ctx, january.cycle(ctx), "A01", "V01", "调查报告〔2026〕1号").status == "proposed"


@pytest.mark.requirement("A5")
def test_only_a_letter_of_a_listed_kind_is_recorded_once_for_a_year(hall: Office) -> None:
    given = ("L01", "A01", 2026, day(3, 2), "李强")
    with refusal(hall, NotListed, "li") as ctx:
        veto_list.record_letter(ctx, *given)
    listed(hall, LETTER, "L01", "耕地保护责任书")
    with hall.by("li") as ctx:
        veto_list.record_letter(ctx, *given)
    with refusal(hall, SignedBefore, "wang") as ctx:
        veto_list.record_letter(ctx, *given)
    with refusal(hall, access.NotYours, "wu") as ctx:
        veto_list.record_letter(ctx, *given)
    for account, seen in (("li", 1), ("wu", 0), ("wang", 1)):
        with hall.by(account, reading=True) as ctx:
            assert len(veto_list.letters(ctx, 2026)) == seen


@pytest.mark.requirement("A5")
def test_what_an_inspection_finds_in_use_off_the_list_is_a_rebound(hall: Office) -> None:
    listed(hall, VETO, "V01", "安全生产")
    strike(hall, listed(hall, VETO, "V02", "招商引资"))
    used = [(VETO, "V01"), (VETO, "招商引资"), (LETTER, "秸秆禁烧责任状")]
    with hall.by("sun") as ctx:
        veto_list.inspect(ctx, "A01", day(4, 20), "孙立", used, irregular=True)
        veto_list.inspect(ctx, "A02", day(4, 20), "孙立", [(VETO, "安全生产")], irregular=False)
    with hall.by("wang", reading=True) as ctx:
        back = [(each.inspection.unit, each.kind, each.name, each.struck) for each in veto_list.rebounds(ctx)]
        assert [each.irregular for each in veto_list.inspections(ctx)] == [False, True]
    assert back == [("A01", "veto", "招商引资", True), ("A01", "letter", "秸秆禁烧责任状", False)]


@pytest.mark.requirement("A5")
def test_a_rebound_stays_one_when_the_item_is_listed_again_later(hall: Office) -> None:
    strike(hall, listed(hall, VETO, "V02", "招商引资"))
    with hall.by("sun") as ctx:
        veto_list.inspect(ctx, "A01", day(4, 20), "孙立", [(VETO, "V02")], irregular=False)
    hall.wait(days=1)
    listed(hall, VETO, "V02", "招商引资")
    with hall.by("wang", reading=True) as ctx:
        assert [each.name for each in veto_list.rebounds(ctx)] == ["招商引资"]
        assert veto_list.require_listed(ctx, VETO, "V02").listed_on == day(4, 21)


def test_an_inspected_unit_reads_its_own_inspection_and_no_other(hall: Office) -> None:
    with hall.by("sun") as ctx:
        veto_list.inspect(ctx, "A01", day(4, 20), "孙立", [(VETO, "计划外")], irregular=False)
    for account, seen in (("li", 1), ("wu", 0)):
        with hall.by(account, reading=True) as ctx:
            assert len(veto_list.rebounds(ctx)) == len(veto_list.inspections(ctx)) == seen


def test_who_proposes_an_item_does_not_list_it(hall: Office) -> None:
    with hall.by() as ctx:
        halls.appoint_as(ctx, "wang", "committee", "LXZ")
    with hall.by("wang") as ctx:
        item = veto_list.propose(ctx, VETO, "V01", "安全生产", "1号").id
    with refusal(hall, hands.OwnWork, "wang") as ctx:
        veto_list.decide(ctx, item, listed=True, document="2号")
    with refusal(hall, access.NotYours, "ma") as ctx:
        veto_list.decide(ctx, item, listed=True, document="2号")
    with refusal(hall, Invalid, "gao") as ctx:
        veto_list.decide(ctx, item, listed=False, document="2号")


def test_an_item_is_listed_once_and_decided_once(hall: Office) -> None:
    item = listed(hall, VETO, "V01", "安全生产")
    with refusal(hall, ListedBefore, "wang") as ctx:
        veto_list.propose(ctx, VETO, "V01", "安全生产", "1号")
    with refusal(hall, ItemDecided, "fang") as ctx:
        veto_list.decide(ctx, item, listed=True, document="3号")


def test_an_inspection_is_not_recorded_ahead_nor_by_the_inspected(hall: Office) -> None:
    with refusal(hall, Invalid, "sun") as ctx:
        veto_list.inspect(ctx, "A01", day(4, 21), "孙立", [], irregular=False)
    with refusal(hall, access.NotYours, "li") as ctx:
        veto_list.inspect(ctx, "A01", day(4, 20), "李强", [], irregular=False)
