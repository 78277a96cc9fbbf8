"""Vetoes by two people, disputes about entries, a branch's own method (N2, N9)."""

from datetime import date
from decimal import Decimal

import pytest

from engine import workflow
from engine.access import NotYours
from engine.assessment.points import appeals, checks, entries, items, methods, revocations, vetoes
from engine.errors import Invalid
from engine.reports import points as reports
from tests.assessment.points.committee import Committee, cycle

FULL = [
    methods.Criterion("performance", "完成年度任务", Decimal(6)),
    methods.Criterion("performance", "完成急事", Decimal(4)),
    methods.Criterion("innovation", "提出新办法", Decimal(5)),
    methods.Criterion("cooperation", "配合他人", Decimal(5)),
    methods.Criterion("assignment", "临时任务", Decimal(5)),
]


def proposed(house: Committee, by: str = "sun", account: str = "li") -> int:
    with house.by(by) as ctx:
        return vetoes.propose(ctx, cycle(ctx), account, "CRIME", "法院判决").id


def decide(house: Committee, by: str, veto: int, verdict: str = "confirmed") -> None:
    with house.by(by) as ctx:
        vetoes.decide(ctx, veto, verdict, "属实", "本人无异议")


@pytest.mark.requirement("N9")
def test_a_veto_is_proposed_by_one_and_confirmed_by_another(house: Committee) -> None:
    veto = proposed(house, "ji")
    with house.by() as ctx:
        assert vetoes.vetoed(ctx, cycle(ctx)) == frozenset()
        started = workflow.find(ctx, "party_points", f"2026/veto/{veto}")
        assert started is not None
    with pytest.raises(vetoes.SameHand):
        decide(house, "ji", veto)
    with pytest.raises(NotYours):
        decide(house, "sun", veto)
    decide(house, "ma", veto)
    with house.by() as ctx:
        assert vetoes.vetoed(ctx, cycle(ctx)) == {"li"}
    with pytest.raises(vetoes.VetoMoved):
        decide(house, "ma", veto)


@pytest.mark.requirement("N9")
def test_a_vetoed_member_is_shown_no_points_and_stands_in_no_ranking(house: Committee) -> None:
    house.enter("sun", "li", "PRIZE", "2026-01-05")
    decide(house, "ji", proposed(house))
    with house.by("li") as ctx:
        found = reports.own(ctx, cycle(ctx))
        ranking = reports.branch(ctx, cycle(ctx), "B1")
    assert found.is_vetoed and (found.mark, found.bonus, found.lines, found.months) == (0, 0, [], [])
    assert [each.account for each in ranking] == ["han", "ma", "sun"]


def test_a_rejected_veto_changes_nothing_and_may_be_proposed_again(house: Committee) -> None:
    decide(house, "ji", proposed(house), "rejected")
    with house.by() as ctx:
        assert vetoes.vetoed(ctx, cycle(ctx)) == frozenset()
    again = proposed(house)
    with pytest.raises(vetoes.VetoStands):
        proposed(house, "ma")
    decide(house, "ji", again)
    with pytest.raises(vetoes.VetoStands):
        proposed(house)


def test_a_veto_needs_an_item_that_is_one_and_facts_and_another_person(house: Committee) -> None:
    for item, basis in (("LATE", "迟到"), ("CRIME", " ")):
        with pytest.raises(Invalid), house.by("sun") as ctx:
            vetoes.propose(ctx, cycle(ctx), "li", item, basis)
    with pytest.raises(items.NoItem), house.by("sun") as ctx:
        vetoes.propose(ctx, cycle(ctx), "li", "GHOST", "事实")
    with pytest.raises(vetoes.SameHand):
        proposed(house, "sun", "sun")
    for by in ("li", "han", "qin"):
        with pytest.raises((NotYours, vetoes.SameHand)):
            proposed(house, by)


# ---- disputes


def disputed(house: Committee) -> tuple[int, int]:
    """The entry and the dispute about it."""
    house.enter("sun", "li", "LATE", "2026-01-05")
    with house.by("li") as ctx:
        (entry,) = entries.of_member(ctx, cycle(ctx), "li")
        return entry.id, appeals.raise_appeal(ctx, cycle(ctx), entry.id, "当天请假").id


def test_an_upheld_dispute_undoes_the_entry_and_whoever_made_it_does_not_decide(house: Committee) -> None:
    entry, appeal = disputed(house)
    for by, wrong in (("sun", appeals.SameJudge), ("li", NotYours), ("qin", NotYours)):
        with pytest.raises(wrong), house.by(by) as ctx:
            appeals.decide(ctx, appeal, "upheld", "属实")
    with pytest.raises(Invalid), house.by("ji") as ctx:
        appeals.decide(ctx, appeal, "upheld", " ")
    with house.by("ji") as ctx:
        assert appeals.told(ctx, appeal)["entry"] == "2026-01-05 迟到 -2 孙一"
        appeals.decide(ctx, appeal, "upheld", "属实", "确有请假条")
    with house.by() as ctx:
        rows = entries.of_member(ctx, cycle(ctx), "li")
    assert [(row.points, row.undoes) for row in rows] == [(Decimal(-2), None), (Decimal(2), entry)]
    with pytest.raises(appeals.AppealMoved), house.by("ji") as ctx:
        appeals.decide(ctx, appeal, "rejected", "再议")


def test_a_rejected_dispute_leaves_the_entry(house: Committee) -> None:
    _, appeal = disputed(house)
    with house.by("ma") as ctx:
        appeals.decide(ctx, appeal, "rejected", "记录无误")
    with house.by() as ctx:
        assert len(entries.of_member(ctx, cycle(ctx), "li")) == 1


def test_only_ones_own_entry_is_disputed_once_and_with_words(house: Committee) -> None:
    entry, _ = disputed(house)
    for by, words, wrong in (
        ("han", "不对", appeals.NotYourEntry),
        ("li", "", Invalid),
        ("li", "再说", appeals.AppealMoved),
    ):
        with pytest.raises(wrong), house.by(by) as ctx:
            appeals.raise_appeal(ctx, cycle(ctx), entry, words)


# ---- the branch's own method


def put(house: Committee, criteria: list[methods.Criterion], since: str = "2026-02-01", by: str = "sun") -> None:
    with house.by(by) as ctx:
        methods.put(ctx, cycle(ctx), "B1", date.fromisoformat(since), criteria)


@pytest.mark.requirement("N2")
def test_each_branch_sets_its_method_in_versions_that_hold_from_a_month_on(house: Committee) -> None:
    put(house, FULL)
    put(house, [methods.Criterion("innovation", "新点子", Decimal(5))], "2026-04-01")
    with house.by() as ctx:
        assert methods.in_force(ctx, cycle(ctx), "B1", date(2026, 1, 31)) is None
        assert "提出新办法" in methods.told(ctx, cycle(ctx), "B1", date(2026, 3, 31))
        april = methods.told(ctx, cycle(ctx), "B1", date(2026, 4, 1))
        assert methods.told(ctx, cycle(ctx), "B2", date(2026, 4, 1)) == ""
    # A part that is not named keeps what it had.
    assert "新点子" in april and "提出新办法" not in april and "完成年度任务（6）" in april


@pytest.mark.requirement("N2")
@pytest.mark.parametrize("change", [Decimal("3.99"), Decimal("4.01")])
def test_the_criteria_of_a_part_sum_to_its_full_mark(house: Committee, change: Decimal) -> None:
    with pytest.raises(Invalid, match="not to 10"):
        put(house, [FULL[0], methods.Criterion("performance", "完成急事", change), *FULL[2:]])
    with pytest.raises(Invalid, match="创新 sum to 0"):
        put(house, FULL[:2])


def test_a_method_is_set_by_the_branchs_secretary_for_months_that_are_not_settled(house: Committee) -> None:
    for by in ("li", "ma", "qin"):
        with pytest.raises(NotYours):
            put(house, FULL, by=by)
    for since in ("2026-02-02", "2025-12-01", "2027-01-01"):
        with pytest.raises(Invalid):
            put(house, FULL, since)
    for wrong in (methods.Criterion("politics", "学习", Decimal(5)), methods.Criterion("innovation", " ", Decimal(5))):
        with pytest.raises(Invalid):
            put(house, [*FULL, wrong])
    put(house, FULL)
    with pytest.raises(methods.MethodStands):
        put(house, FULL)
    house.opened("2026-01")
    house.frozen("2026-01")
    with pytest.raises(entries.MonthFrozen):
        put(house, FULL, "2026-01-01")


# ---- a veto is taken back


def revoking(house: Committee, veto: int, by: str = "sun", basis: str = "判决已经再审撤销") -> int:
    with house.by(by) as ctx:
        return revocations.propose(ctx, veto, basis).id


def decide_on(house: Committee, by: str, revocation: int, verdict: str = "approved", note: str = "属实") -> None:
    with house.by(by) as ctx:
        revocations.decide(ctx, revocation, verdict, note)


@pytest.mark.requirement("N9")
def test_a_confirmed_veto_is_revoked_by_two_people_and_the_points_show_again(house: Committee) -> None:
    house.enter("sun", "li", "PRIZE", "2026-01-05")
    veto = proposed(house)
    decide(house, "ji", veto)
    revocation = revoking(house, veto, "ma")
    for by, wrong in (("ma", vetoes.SameHand), ("sun", NotYours), ("li", NotYours)):
        with pytest.raises(wrong):
            decide_on(house, by, revocation)
    with pytest.raises(Invalid):
        decide_on(house, "ji", revocation, note=" ")
    with house.by() as ctx:
        assert workflow.find(ctx, "party_points", f"2026/revocation/{revocation}") is not None
        assert revocations.told(ctx, revocation) == {
            "item": "违法",
            "basis": "法院判决",
            "reason": "判决已经再审撤销",
        }
    decide_on(house, "ji", revocation)
    with house.by("li") as ctx:
        found = reports.own(ctx, cycle(ctx))
        assert not found.is_vetoed and found.bonus == Decimal(30)
        assert "li" in [each.account for each in reports.branch(ctx, cycle(ctx), "B1")]
    with house.by() as ctx:
        kept = vetoes.get(ctx, veto)
        assert (kept.status, kept.basis, kept.decided_by) == ("revoked", "法院判决", "ji")
        assert list(checks.same_hands(ctx)) == []
    with pytest.raises(revocations.RevocationMoved):
        decide_on(house, "ji", revocation)
    with pytest.raises(revocations.NotConfirmed):
        revoking(house, veto)
    # What is found later is another veto.
    assert proposed(house) != veto


def test_a_revocation_that_is_rejected_leaves_the_veto_and_may_be_proposed_again(house: Committee) -> None:
    veto = proposed(house)
    decide(house, "ji", veto)
    revocation = revoking(house, veto)
    with pytest.raises(revocations.RevocationStands):
        revoking(house, veto, "ma")
    decide_on(house, "ma", revocation, "rejected", "材料不足")
    with house.by() as ctx:
        assert vetoes.vetoed(ctx, cycle(ctx)) == {"li"}
    assert revoking(house, veto) != revocation


def test_only_a_confirmed_veto_is_revoked_with_a_reason_and_by_who_keeps_the_member(house: Committee) -> None:
    veto = proposed(house)
    with pytest.raises(revocations.NotConfirmed):
        revoking(house, veto)
    decide(house, "ji", veto)
    with pytest.raises(Invalid):
        revoking(house, veto, basis=" ")
    for by, wrong in (("li", vetoes.SameHand), ("han", NotYours), ("qin", NotYours)):
        with pytest.raises(wrong):
            revoking(house, veto, by)


def test_a_revocation_decided_by_who_proposed_it_is_found(house: Committee) -> None:
    veto = proposed(house)
    decide(house, "ji", veto)
    revocation = revoking(house, veto)
    decide_on(house, "ji", revocation)
    with house.by() as ctx:
        revocations.get(ctx, revocation).decided_by = "sun"
    with house.by() as ctx:
        assert list(checks.same_hands(ctx)) == [f"revocation {revocation}"]


def test_a_year_without_a_process_for_it_says_so(house: Committee) -> None:
    veto = proposed(house)
    decide(house, "ji", veto)
    with house.by() as ctx:
        known = cycle(ctx)
        points = known.parameters["points"]
        drawn = {name: process for name, process in points["processes"].items() if name != "revocation"}
        known.parameters = {**known.parameters, "points": {**points, "processes": drawn}}
    with pytest.raises(revocations.NoRevocation, match="party_points"):
        revoking(house, veto)
