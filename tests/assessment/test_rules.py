"""Scoring rules: drafted, discussed, reviewed, decided, issued, and from then on the same for ever."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import files
from engine.access import NotYours
from engine.assessment import indicators, rules
from engine.assessment.indicators import SystemIssued, UnknownIndicator
from engine.assessment.rules import NotAsked, OpinionClosed, OpinionDecided, RulesApproved, RulesIssued
from engine.db import Context
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town
from tests.assessment.years import acts, begun

HEAT = {"P01": "每少一个百分点扣一分", "P03": "按完成比例计分"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        yield made


def submit(town: Town, unit: str = "D09", standards: dict[str, str] | None = None) -> None:
    with town.by(f"{unit.lower()}_clerk") as ctx:
        rules.submit(ctx, town.cycle(ctx), unit, HEAT if standards is None else standards)


def submit_all(town: Town) -> None:
    with town.by(reading=True) as ctx:
        own = {
            unit: [each.code for each in indicators.of_unit(ctx, town.cycle(ctx), unit)]
            for unit in ("D01", "D25", "D32", "D35")
        }
    submit(town)
    for unit, codes in own.items():
        submit(town, unit, {code: f"{code} 的评分标准" for code in codes})


def review(town: Town, *returned: str, note: str | None = None) -> None:
    with town.by("lead1") as ctx:
        rules.review(ctx, town.cycle(ctx), returned, note)


def issue(town: Town) -> list[str]:
    with town.by() as ctx:
        return rules.issue(ctx, town.cycle(ctx))


def states(town: Town) -> dict[str, str]:
    with town.by() as ctx:
        return {used.code: drawn.status for used, drawn in rules.booklet(ctx, town.cycle(ctx))}


def standard(town: Town, code: str) -> str:
    with town.by() as ctx:
        return rules.rules_of(ctx, indicators.find(ctx, town.cycle(ctx), code)).standard


# ---- from the draft to the issue


@pytest.mark.requirement("B5")
def test_rules_go_from_draft_over_submitted_and_returned_to_approved_and_issued(town: Town) -> None:
    seen = [states(town)["P01"]]
    submit(town)
    seen.append(states(town)["P01"])
    review(town, "D09", note="标准不明确")
    seen.append(states(town)["P01"])
    submit(town)
    review(town)
    seen.append(states(town)["P01"])
    issue(town)
    seen.append(states(town)["P01"])
    assert seen == ["draft", "submitted", "returned", "approved", "issued"]


@pytest.mark.requirement("B5")
def test_the_unit_that_answers_writes_the_standards_of_its_indicators(town: Town) -> None:
    submit(town)
    with town.by(reading=True) as ctx:
        kept = rules.rules_of(ctx, indicators.find(ctx, town.cycle(ctx), "P03"))
        assert (kept.standard, kept.submitted_by, kept.submitted_at) == ("按完成比例计分", "d09_clerk", town.now)
        assert acts(ctx, "rules.submit") == [{"unit": "D09", "indicators": ["P01", "P03"]}]
    assert states(town)["E13"] == "draft"


@pytest.mark.requirement("B5")
@pytest.mark.parametrize("account", ["d09_leader", "d01_clerk", "a01_clerk", "lead1"])
def test_nobody_else_writes_them(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        rules.submit(ctx, town.cycle(ctx), "D09", HEAT)


@pytest.mark.requirement("B4")
@pytest.mark.requirement("B5")
def test_every_indicator_needs_a_stated_standard(town: Town) -> None:
    for blank in ({"P01": "每少一个百分点扣一分"}, HEAT | {"P03": " \n"}):
        with town.refusal(Invalid, "d09_clerk") as ctx:
            rules.submit(ctx, town.cycle(ctx), "D09", blank)
    assert standard(town, "P01") == ""


def test_a_unit_writes_nothing_on_an_indicator_of_another(town: Town) -> None:
    with town.by("d09_clerk") as ctx, pytest.raises(Invalid, match="D09 does not answer for E13"):
        rules.submit(ctx, town.cycle(ctx), "D09", HEAT | {"E13": "按比例"})


def test_what_was_handed_in_may_be_handed_in_again_until_it_is_approved(town: Town) -> None:
    submit(town)
    submit(town, standards=HEAT | {"P01": "未完成不得分"})
    assert standard(town, "P01") == "未完成不得分"
    review(town)
    with town.refusal(RulesApproved, "d09_clerk") as ctx:
        rules.submit(ctx, town.cycle(ctx), "D09", HEAT)


@pytest.mark.requirement("B5")
def test_approved_rules_change_only_after_the_lead_returns_them(town: Town) -> None:
    submit(town)
    review(town)
    review(town, "D09", note="会议要求修改")
    submit(town, standards=HEAT | {"P01": "未完成不得分"})
    assert (standard(town, "P01"), states(town)["P01"]) == ("未完成不得分", "submitted")


# ---- review


def test_the_lead_accepts_what_was_handed_in_and_returns_what_it_names(town: Town) -> None:
    submit_all(town)
    review(town, "D09", "D32", note="标准不明确")
    found = states(town)
    assert {code for code, state in found.items() if state == "returned"} == {"P01", "P03", "S07"}
    assert {state for code, state in found.items() if code not in ("P01", "P03", "S07")} == {"approved"}
    with town.by(reading=True) as ctx:
        assert rules.rules_of(ctx, indicators.find(ctx, town.cycle(ctx), "P03")).review_note == "标准不明确"
        assert acts(ctx, "rules.review") == [{"returned": ["D09", "D32"], "note": "标准不明确"}]


def test_what_was_never_handed_in_is_not_approved(town: Town) -> None:
    submit(town)
    review(town)
    with town.by() as ctx:
        assert rules.undrafted(ctx, town.cycle(ctx)) == ["D01", "D25", "D32", "D35"]
    assert states(town)["E13"] == "draft"


@pytest.mark.parametrize("account", ["d09_leader", "a01_clerk", "inspector1", "committee1"])
def test_nobody_but_the_lead_reviews(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        rules.review(ctx, town.cycle(ctx), [], None)


@pytest.mark.parametrize("note", [None, "", "  "])
def test_rules_are_not_returned_without_a_word(town: Town, note: str | None) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        rules.review(ctx, town.cycle(ctx), ["D09"], note)


def test_rules_are_returned_only_to_units_that_have_some(town: Town) -> None:
    with town.by("lead1") as ctx, pytest.raises(Invalid, match="A01, X99 have no rules"):
        rules.review(ctx, town.cycle(ctx), ["X99", "A01"], "补充")


# ---- issue


@pytest.mark.planted(22)
@pytest.mark.requirement("B5")
def test_an_issued_version_is_never_changed(town: Town) -> None:
    submit_all(town)
    review(town)
    issue(town)
    with town.refusal(RulesIssued, "d09_clerk") as ctx:
        rules.submit(ctx, town.cycle(ctx), "D09", HEAT | {"P01": "换一种算法"})
    with town.refusal(RulesIssued, "lead1") as ctx:
        rules.review(ctx, town.cycle(ctx), ["D09"], "重写")
    with town.refusal(SystemIssued) as ctx:
        rules.issue(ctx, town.cycle(ctx))
    assert standard(town, "P01") == "每少一个百分点扣一分"
    with town.by(reading=True) as ctx:
        kept = rules.rules_of(ctx, indicators.find(ctx, town.cycle(ctx), "P01"))
        assert (kept.version, kept.status, kept.issued_at) == (1, "issued", town.now)


@pytest.mark.requirement("B6")
def test_the_booklet_lists_every_indicator_once_and_in_order(town: Town) -> None:
    submit_all(town)
    review(town)
    assert issue(town) == []
    with town.by(reading=True) as ctx:
        listed = [(used.code, drawn.standard) for used, drawn in rules.booklet(ctx, town.cycle(ctx))]
    assert [code for code, _ in listed] == [
        *("E13", "E14", "E15", "E30", "E34", "S07", "P01", "P03", "H01", "H05", "J01", "J02"),
    ]
    assert dict(listed)["P01"] == "每少一个百分点扣一分"
    assert dict(listed)["J02"] == "J02 的评分标准"


def test_rules_never_handed_in_are_named_and_stop_nothing(town: Town) -> None:
    submit(town)
    assert issue(town) == ["D01", "D25", "D32", "D35"]
    assert set(states(town).values()) == {"issued"}
    with town.by(reading=True) as ctx:
        assert acts(ctx, "rules.issue") == [{"missing": ["D01", "D25", "D32", "D35"]}]


# ---- opinions


def ask(town: Town, *units: str) -> None:
    with town.by() as ctx:
        rules.ask(ctx, town.cycle(ctx), units)


def give(town: Town, unit: str, *opinions: tuple[str, str]) -> None:
    with town.by(f"{unit.lower()}_clerk") as ctx:
        rules.give(ctx, town.cycle(ctx), unit, opinions)


def requests(ctx: Context, town: Town) -> dict[str, str]:
    found = ctx.session.query(rules.OpinionRequest).filter_by(cycle_id=town.cycle(ctx).id)
    return {each.unit: each.status for each in found}


def test_a_unit_gives_opinions_or_says_it_has_none_and_silence_is_recorded(town: Town) -> None:
    ask(town, "A01", "A02", "A03")
    give(town, "A01", ("P01", "目标偏高"), ("S07", "口径不一"))
    give(town, "A02")
    with town.by() as ctx:
        assert rules.close_opinions(ctx, town.cycle(ctx)) == ["A03"]
        assert requests(ctx, town) == {"A01": "given", "A02": "none", "A03": "silent"}
        on_d09 = rules.opinions_for(ctx, town.cycle(ctx), "D09")
        assert [(each.unit, each.text, each.given_by) for each in on_d09] == [("A01", "目标偏高", "a01_clerk")]
        assert acts(ctx, "opinions.close") == [{"silent": ["A03"]}]


def test_who_is_asked_twice_has_one_request(town: Town) -> None:
    ask(town, "A02", "A01", "A02")
    give(town, "A01", ("P01", "目标偏高"))
    ask(town, "A01", "A03")
    with town.by(reading=True) as ctx:
        assert requests(ctx, town) == {"A01": "given", "A02": "asked", "A03": "asked"}
        assert [each["units"] for each in acts(ctx, "opinions.ask")] == [["A01", "A02"], ["A03"]]


def test_an_opinion_is_given_once_and_before_the_asking_closes(town: Town) -> None:
    ask(town, "A01", "A02")
    give(town, "A01")
    with town.refusal(OpinionClosed, "a01_clerk") as ctx:
        rules.give(ctx, town.cycle(ctx), "A01", [("P01", "补充一条")])
    with town.by() as ctx:
        rules.close_opinions(ctx, town.cycle(ctx))
    with town.refusal(OpinionClosed, "a02_clerk") as ctx:
        rules.give(ctx, town.cycle(ctx), "A02", [("P01", "目标偏高")])


def test_only_who_was_asked_gives_an_opinion_and_only_its_own_clerk(town: Town) -> None:
    ask(town, "A01")
    with town.refusal(NotAsked, "a02_clerk") as ctx:
        rules.give(ctx, town.cycle(ctx), "A02", [])
    for account in ("a02_clerk", "a01_leader", "lead1"):
        with town.refusal(NotYours, account) as ctx:
            rules.give(ctx, town.cycle(ctx), "A01", [])


@pytest.mark.parametrize(
    ("opinion", "error"), [(("X99", "目标偏高"), UnknownIndicator), (("P01", " "), Invalid), (("P01", ""), Invalid)]
)
def test_an_opinion_is_about_an_indicator_and_says_something(
    town: Town, opinion: tuple[str, str], error: type[Any]
) -> None:
    ask(town, "A01")
    with town.refusal(error, "a01_clerk") as ctx:
        rules.give(ctx, town.cycle(ctx), "A01", [("S07", "口径不一"), opinion])


def an_opinion(town: Town) -> int:
    ask(town, "A01")
    give(town, "A01", ("P01", "目标偏高"))
    with town.by(reading=True) as ctx:
        return rules.opinions_for(ctx, town.cycle(ctx), "D09")[0].id


@pytest.mark.parametrize("adopted", [True, False])
def test_an_opinion_is_adopted_or_not_with_a_reason_either_way(town: Town, adopted: bool) -> None:
    opinion = an_opinion(town)
    for blank in ("", "  "):
        with town.refusal(Invalid, "d09_clerk") as ctx:
            rules.decide_opinion(ctx, town.cycle(ctx), "D09", opinion, adopted=adopted, reason=blank)
    with town.by("d09_clerk") as ctx:
        rules.decide_opinion(ctx, town.cycle(ctx), "D09", opinion, adopted=adopted, reason="已核实")
        assert rules.opinions_for(ctx, town.cycle(ctx), "D09", undecided=True) == []
        decided = ctx.session.get_one(rules.Opinion, opinion)
        assert (decided.adopted, decided.reason, decided.decided_by) == (adopted, "已核实", "d09_clerk")
    with town.refusal(OpinionDecided, "d09_clerk") as ctx:
        rules.decide_opinion(ctx, town.cycle(ctx), "D09", opinion, adopted=not adopted, reason="改主意")


def test_an_opinion_is_answered_by_the_unit_that_answers_for_its_indicator(town: Town) -> None:
    opinion = an_opinion(town)
    for account, unit in (("d01_clerk", "D01"), ("d01_clerk", "D09"), ("a01_clerk", "D09"), ("d09_leader", "D09")):
        with town.refusal(NotYours, account) as ctx:
            rules.decide_opinion(ctx, town.cycle(ctx), unit, opinion, adopted=True, reason="采纳")


def test_an_opinion_that_does_not_exist_is_not_found(town: Town) -> None:
    with town.refusal(NotFound, "d09_clerk") as ctx:
        rules.decide_opinion(ctx, town.cycle(ctx), "D09", 9999, adopted=True, reason="采纳")


# ---- decisions of the leading group


def decided(ctx: Context, town: Town, **changed: Any) -> rules.Decision:
    scan = files.store(ctx, "纪要.pdf", io.BytesIO(b"%PDF-1.7 ...")).id
    given = {"meeting_date": date(2026, 1, 5), "minutes_no": "云考领〔2026〕1号", "scan": [scan], "outcome": "approved"}
    return rules.record_decision(ctx, town.cycle(ctx), "targets", given | changed)


def test_a_decision_is_entered_with_the_meeting_its_minutes_and_their_scan(town: Town) -> None:
    with town.by("lead2") as ctx:
        made = decided(ctx, town, note="按期实施")
        assert (made.about, made.meeting_date, made.minutes_no) == ("targets", date(2026, 1, 5), "云考领〔2026〕1号")
        assert (made.approved, made.note, made.recorded_by, made.recorded_at) == (True, "按期实施", "lead2", town.now)
        assert files.stored(ctx, made.file_id).name == "纪要.pdf"
        assert decided(ctx, town, outcome="not_approved").approved is False


@pytest.mark.parametrize("changed", [{"meeting_date": date(2026, 1, 6)}, {"minutes_no": "  "}, {"scan": []}])
def test_a_decision_without_its_proof_or_before_its_meeting_is_refused(town: Town, changed: dict[str, Any]) -> None:
    with town.by("lead1") as ctx, pytest.raises(Invalid):
        decided(ctx, town, **changed)


@pytest.mark.parametrize("account", ["committee1", "org_leader", "d01_clerk", "inspector1"])
def test_nobody_but_the_leads_clerk_enters_a_decision(town: Town, account: str) -> None:
    with town.by(account) as ctx, pytest.raises(NotYours):
        decided(ctx, town)
