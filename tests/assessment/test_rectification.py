from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine import access, audit, people, workflow
from engine.assessment import hands, indicators, letters, rectification, revisions, warnings
from engine.assessment.rectification import Item, ItemNotice
from engine.db import Context
from engine.errors import Invalid
from engine.workflow import inbox
from tests.assessment.town import Town, april, begun, delivered, moment
from tests.cast import appoint


@pytest.fixture
def town() -> Iterator[Town]:
    with begun() as opened:
        yield opened


@pytest.fixture
def published() -> Iterator[Town]:
    with april() as opened:
        yield opened


def e13(town: Town, ctx: Context, unit: str = "A04") -> Item:
    return town.items(ctx, unit)["E13"]


def accepted(town: Town) -> Item:
    """A04's matter on E13 with accepted evidence, waiting for the lead."""
    item = town.matter("A04", "E13")
    town.hand_in(item)
    town.verify(item, "d01_clerk")
    return item


def close(town: Town, ctx: Context) -> None:
    rectification.close_out(ctx, town.cycle(ctx), e13(town, ctx), None)


def end(town: Town, ctx: Context, outcome: str) -> None:
    rectification.end(ctx, town.cycle(ctx), e13(town, ctx), outcome, "数据有误")


# ---- opening


@pytest.mark.requirement("G1")
def test_a_received_letter_opens_one_matter_for_each_of_its_notices(published: Town) -> None:
    town = published
    letter = town.deliver("A04")
    with town.by(reading=True) as ctx:
        opened = town.items(ctx, "A04")
        assert {code: each.number for code, each in opened.items()} == {
            "E13": "ZG-2026-A04-001",
            "E14": "ZG-2026-A04-002",
            "E30": "ZG-2026-A04-003",
            "E34": "ZG-2026-A04-004",
            "S07": "ZG-2026-A04-005",
            "H05": "ZG-2026-A04-006",
            "J02": "ZG-2026-A04-007",
        }
        assert {each.source for each in opened.values()} == {"warning"}
        assert {each.letter_id for each in opened.values()} == {letter}
        assert {code for code, each in opened.items() if each.red} == {"H05"}
        assert {(each.status, each.round, each.extensions, each.repeated) for each in opened.values()} == {
            ("opened", 1, 0, False)
        }
        for code, each in opened.items():
            assert rectification.notices_of(ctx, each) == [town.notice(ctx, "A04", code)]
            assert town.notice(ctx, "A04", code).status == "received"


def test_every_unit_counts_its_own_matters(published: Town) -> None:
    published.deliver("A04")
    published.deliver("A01")
    assert published.matter("A01", "H01").number == "ZG-2026-A01-001"


def test_aprils_work_is_due_at_the_end_of_july_and_later_letters_at_the_end_of_november(published: Town) -> None:
    town = published
    town.deliver("A01")
    town.live_to("2026-07-31 09:00")
    town.deliver("A02")
    assert town.matter("A01", "H01").work_due == town.matter("A01", "H01").original_due == moment("2026-08-01 00:00")
    # On 31 July the day itself no longer lies ahead; 30 November is a Monday.
    assert town.matter("A02", "H01").work_due == moment("2026-12-01 00:00")


def test_a_letter_after_the_last_of_the_years_dates_gives_thirty_working_days(published: Town) -> None:
    town = published
    town.live_to("2026-11-30 09:00")
    town.deliver("A01")
    # December has 23 working days from the 1st; January goes on with the 4th to the 8th and ends with the 12th: the
    # demo's calendar ends with 2026, so New Year's Friday counts as worked: 1, 4 to 8 and 11 January are seven.
    assert town.matter("A01", "H01").work_due == moment("2027-01-12 00:00")


def test_a_date_that_is_no_working_day_moves_to_the_next(published: Town) -> None:
    town = published
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        cycle.parameters = {**cycle.parameters, "work_due": ["08-01", "11-30"]}
    town.deliver("A01")
    # 1 August 2026 is a Saturday.
    assert town.matter("A01", "H01").work_due == moment("2026-08-04 00:00")


def test_a_notice_taken_back_before_the_receipt_opens_nothing(published: Town) -> None:
    town = published
    town.send_letter("A02")
    with town.by("lead1") as ctx:
        notice = town.notice(ctx, "A02", "E15")
        warnings.end(ctx, town.cycle(ctx), notice, warnings.NoticeStatus.WITHDRAWN, "数据有误")
    town.do("a02_clerk", "receive_letter", {"received": True}, letter=town.letter_id("A02"))
    with town.by(reading=True) as ctx:
        assert set(town.items(ctx, "A02")) == {"H01"}


def test_opening_again_for_the_same_letter_opens_nothing(published: Town) -> None:
    town = published
    town.deliver("A04")
    with town.by() as ctx:
        assert rectification.open_for_letter(ctx, town.cycle(ctx), town.letter(ctx, "A04")) == []


# ---- merging


def test_a_later_notice_joins_the_open_matter_which_keeps_its_dates_and_both_numbers() -> None:
    with delivered() as town:
        town.publish_august({("E13", unit): "124" for unit in ("A01", "A02", "A03")} | {("E13", "A04"): "50"})
        town.deliver("A04", "august")
        with town.by(reading=True) as ctx:
            (item,) = [
                each for each in ctx.session.scalars(select(Item).where(Item.unit == "A04")) if _is_e13(ctx, each)
            ]
            assert (item.number, item.work_due) == ("ZG-2026-A04-001", moment("2026-08-01 00:00"))
            # 50 of 200 is 25 %, 33.3 points behind: red now, and warned twice running.
            assert (item.red, item.repeated) == (True, True)
            kept = rectification.notices_of(ctx, item)
            assert [each.status for each in kept] == ["received", "merged"]
            labels = [ctx.session.get_one(letters.Letter, each.letter_id or 0).label for each in kept]
            assert labels == ["预警〔2026〕4号", "预警〔2026〕7号"]
            merged = ctx.session.scalars(select(ItemNotice.merged).where(ItemNotice.item_id == item.id)).all()
            assert sorted(merged) == [False, True]


def _is_e13(ctx: Context, item: Item) -> bool:
    return indicators.get(ctx, item.cycle_indicator_id).code == "E13"


def test_a_matter_that_was_closed_out_takes_nothing_over(town: Town) -> None:
    town.close(accepted(town))
    with town.by(reading=True) as ctx:
        assert rectification.find(ctx, town.cycle(ctx), "A04", e13(town, ctx).cycle_indicator_id) is None


# ---- closing out


def test_the_lead_closes_out_what_was_accepted(town: Town) -> None:
    town.live_to("2026-05-06 10:00")
    item = accepted(town)
    town.do("lead2", "close_out", {"verdict": "closed", "note": "同意"}, item=item.id)
    closed = town.matter("A04", "E13")
    assert (closed.status, closed.closed_by, closed.closed_at) == ("closed_out", "lead2", town.now)
    assert town.told("a04_leader")[-1] == "item.closed_out"


@pytest.mark.parametrize("account", ["d01_clerk", "a04_leader", "inspector1", "org_leader"])
def test_nobody_but_the_lead_closes_out_or_sends_back(town: Town, account: str) -> None:
    accepted(town)
    with town.refusal(access.NotYours, account) as ctx:
        close(town, ctx)
    with town.refusal(access.NotYours, account) as ctx:
        rectification.return_to_work(ctx, town.cycle(ctx), e13(town, ctx), None)


@pytest.mark.parametrize("handed", [[], ["claimed"], ["returned"]])
def test_what_nobody_has_accepted_is_not_closed_out(town: Town, handed: list[str]) -> None:
    item = town.matter("A04", "E13")
    if handed:
        town.hand_in(item)
    if handed == ["returned"]:
        town.verify(item, "d01_clerk", "returned")
    with town.refusal(rectification.NotAccepted, "lead1") as ctx:
        close(town, ctx)


def test_what_was_accepted_in_an_earlier_round_does_not_close_the_next(town: Town) -> None:
    town.close(accepted(town))
    with town.by() as ctx:
        rectification.reopen(ctx, town.cycle(ctx), e13(town, ctx), "反弹")
    with town.refusal(rectification.NotAccepted, "lead1") as ctx:
        close(town, ctx)


@pytest.mark.parametrize("account", ["a04_clerk", "a04_leader"])
def test_an_owner_of_the_matter_does_not_close_it_out(town: Town, account: str) -> None:
    with town.by() as ctx:
        appoint(ctx, account, "lead", people.unit(ctx, "ORG"))
    accepted(town)
    with town.refusal(hands.OwnWork, account) as ctx:
        close(town, ctx)


def test_a_matter_sent_back_by_the_lead_is_worked_on_again(town: Town) -> None:
    item = accepted(town)
    town.do("lead1", "close_out", {"verdict": "returned", "note": "台账不全"}, item=item.id)
    assert town.matter("A04", "E13").status == "in_progress"
    assert len(town.tasks("submit_evidence", item=item.id)) == 1
    assert town.told("a04_clerk")[-1] == "item.returned"


def test_owners_are_those_who_wrote_or_signed_and_acceptors_those_who_accepted_or_closed(town: Town) -> None:
    town.close(accepted(town), "lead3")
    with town.by(reading=True) as ctx:
        assert rectification.owners(ctx, e13(town, ctx)) == {"a04_clerk", "a04_leader"}
        assert rectification.acceptors(ctx, e13(town, ctx)) == {"d01_clerk", "lead3"}


# ---- ending with the notice, reopening


@pytest.mark.parametrize("outcome", ["withdrawn", "lifted"])
def test_a_matter_ends_with_its_notice_and_keeps_why(town: Town, outcome: str) -> None:
    with town.by() as ctx:
        end(town, ctx, outcome)
    ended = town.matter("A04", "E13")
    assert (ended.status, ended.end_reason, ended.ended_at, ended.closed_at) == (outcome, "数据有误", town.now, None)
    assert town.told("a04_clerk")[-1] == f"item.{outcome}"
    with town.refusal(rectification.ItemClosed) as ctx:
        end(town, ctx, outcome)


@pytest.mark.parametrize("outcome", ["closed_out", "long_term", "opened", "nonsense"])
def test_a_matter_does_not_end_with_its_notice_in_any_other_way(town: Town, outcome: str) -> None:
    with town.refusal(Invalid) as ctx:
        end(town, ctx, outcome)


@pytest.mark.requirement("G2")
def test_a_reopened_matter_is_the_same_with_a_round_more_and_new_dates(town: Town) -> None:
    town.live_to("2026-05-06 10:00")
    town.close(accepted(town))
    town.live_to("2026-06-08 10:00")
    with town.by() as ctx:
        rectification.reopen(ctx, town.cycle(ctx), e13(town, ctx), "反弹")
    again = town.matter("A04", "E13")
    assert (again.number, again.round, again.status, again.closed_at) == ("ZG-2026-A04-001", 2, "opened", None)
    # Seven working days after Monday 8 June: 9 to 12, 15, 16, 17. Thirty more days of work: 19 June is a holiday.
    assert again.plan_due == moment("2026-06-18 00:00")
    assert again.work_due == again.original_due == moment("2026-07-22 00:00")
    assert town.open_elements(again) == ["submit_plan"]
    with town.by(reading=True) as ctx:
        assert len(rectification.hand_ins(ctx, again)) == 1
        assert rectification.hand_ins(ctx, again, round=2) == []
        assert rectification.earlier_plan(ctx, again) == {}


@pytest.mark.parametrize("ended", [False, True])
def test_only_what_was_closed_out_is_reopened(town: Town, ended: bool) -> None:
    if ended:
        with town.by() as ctx:
            end(town, ctx, "lifted")
    with town.refusal(rectification.NotClosedOut) as ctx:
        rectification.reopen(ctx, town.cycle(ctx), e13(town, ctx), "反弹")


# ---- telling


def test_the_clerk_is_reminded_before_the_date_and_not_after_it(town: Town) -> None:
    def remind(at: str) -> None:
        with town.by(now=moment(at)) as ctx:
            rectification.remind(ctx, e13(town, ctx))

    remind("2026-07-31 23:59")
    assert town.told("a04_clerk", "item.due_soon") == ["item.due_soon"]
    remind("2026-08-01 00:00")
    assert town.told("a04_clerk", "item.due_soon") == ["item.due_soon"]
    assert town.told("a04_leader", "item.due_soon") == []


def test_the_leader_is_told_of_a_date_that_has_passed_and_it_is_recorded(town: Town) -> None:
    with town.by() as ctx:
        rectification.tell_leader(ctx, town.cycle(ctx), e13(town, ctx), "work")
    assert town.told("a04_leader", "item.overdue") == ["item.overdue"]
    assert town.told("a04_clerk", "item.overdue") == []
    assert town.acts("item.tell_leader") == [{"item": "ZG-2026-A04-001", "step": "work"}]


def test_every_step_of_a_matter_is_recorded(town: Town) -> None:
    town.close(accepted(town))
    with town.by(reading=True) as ctx:
        acts = [
            (each.act, each.actor)
            for each in ctx.session.scalars(select(audit.Entry).order_by(audit.Entry.id))
            if each.facts.get("item") == "ZG-2026-A04-001"
        ]
    assert acts == [
        ("item.open", "a04_clerk"),
        ("plan.submit", "a04_clerk"),
        ("plan.signed_by_leader", "a04_leader"),
        ("plan.approved", "d01_clerk"),
        ("hand_in.submit", "a04_clerk"),
        ("hand_in.signed_by_leader", "a04_leader"),
        ("hand_in.accepted", "d01_clerk"),
        ("item.close_out", "lead1"),
    ]


# ---- consultation measures


def test_a_measure_opens_a_matter_of_the_leads_or_joins_the_open_one(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        used = indicators.find(ctx, cycle, "P01")
        made = rectification.open_for_measure(ctx, cycle, "A04", used, moment("2026-10-09 00:00"))
        rectification.join_measure(ctx, cycle, e13(town, ctx))
    assert (made.source, made.number, made.letter_id) == ("consultation", "ZG-2026-A04-008", None)
    assert (made.work_due, made.plan_due) == (moment("2026-10-09 00:00"), moment("2026-05-01 00:00"))
    assert town.matter("A04", "E13").source == "consultation"
    assert town.open_elements(made) == ["submit_plan"]


def join(town: Town) -> None:
    with town.by() as ctx:
        rectification.join_measure(ctx, town.cycle(ctx), town.items(ctx, "A04")["E14"])


@pytest.mark.parametrize("claimed", [False, True])
def test_a_plan_that_waits_for_approval_is_put_before_the_lead_when_a_measure_joins(town: Town, claimed: bool) -> None:
    item = town.matter("A04", "E14")
    town.plan(item)
    (task,) = town.tasks("approve_plan", item=item.id)
    if claimed:
        with town.by("d01_clerk") as ctx:
            workflow.claim(ctx, task)
    join(town)
    with town.by("d01_clerk", reading=True) as ctx:
        assert task not in {each.id for each in workflow.mine(ctx).tasks}
    with pytest.raises(inbox.NotYourTask):
        town.approve(item, "d01_clerk")
    town.approve(item, "lead1")
    assert town.matter("A04", "E14").status == "in_progress"
    assert town.acts("task.put_before") == [{"groups": ["lead"]}]


def test_a_plan_that_comes_later_comes_before_the_lead(town: Town) -> None:
    item = town.matter("A04", "E14")
    join(town)
    assert town.acts("task.put_before") == []
    town.plan(item)
    town.approve(item, "lead1")
    assert town.matter("A04", "E14").status == "in_progress"


def test_an_extension_that_waits_is_put_before_the_lead_too(town: Town) -> None:
    item = town.matter("A04", "E13")
    town.hand_in(item, request="extension", reason="招标推迟", new_due="2026-08-31")
    with town.by() as ctx:
        rectification.join_measure(ctx, town.cycle(ctx), e13(town, ctx))
    town.do("lead1", "decide_extension", {"verdict": "approved", "new_due": "2026-08-31"}, item=item.id)
    assert town.matter("A04", "E13").work_due == moment("2026-09-01 00:00")


def test_a_matter_ends_only_with_the_last_of_its_notices() -> None:
    with delivered() as town:
        town.publish_august({("E13", "A04"): "50"})
        town.deliver("A04", "august")
        for round, standing in (("april", "opened"), ("august", "withdrawn")):
            with town.by("lead1") as ctx:
                revisions.withdraw(ctx, town.notice(ctx, "A04", "E13", round).id, "数据有误")
            assert town.matter("A04", "E13").status == standing


# ---- rights


def test_a_matter_is_seen_by_its_unit_by_who_answers_for_the_indicator_and_by_who_oversees(town: Town) -> None:
    for account in ("a04_clerk", "a04_leader", "d01_clerk", "d01_leader", "lead1", "inspector2", "committee1"):
        with town.by(account, reading=True) as ctx:
            assert rectification.item(ctx, e13(town, ctx).id).number == "ZG-2026-A04-001"


@pytest.mark.parametrize("account", ["a05_clerk", "a05_leader", "d25_clerk", "expert1"])
def test_nobody_else_sees_it(town: Town, account: str) -> None:
    with town.refusal(rectification.UnknownItem, account) as ctx:
        rectification.item(ctx, e13(town, ctx).id)


def test_a_matter_that_does_not_exist_is_refused_like_one_that_is_not_yours(town: Town) -> None:
    with town.refusal(rectification.UnknownItem, "lead1") as ctx:
        rectification.item(ctx, 9999)


@pytest.mark.parametrize(
    ("account", "seen"),
    [
        ("a04_clerk", {"A04": 7}),
        # S07 is warned of in three counties, each with the matter of its own.
        ("d32_clerk", {"A04": 1, "A05": 1, "A06": 1}),
        ("inspector1", {"A01": 1, "A02": 2, "A03": 5, "A04": 7, "A05": 8, "A06": 6}),
        ("expert1", {}),
    ],
)
def test_the_years_matters_are_listed_to_whom_they_concern(town: Town, account: str, seen: dict[str, int]) -> None:
    with town.by(account, reading=True) as ctx:
        found = rectification.items(ctx, town.cycle(ctx))
        counted: dict[str, int] = {}
        for each in found:
            counted[each.unit] = counted.get(each.unit, 0) + 1
        assert counted == seen
        assert rectification.items(ctx, town.cycle(ctx), unit="A05") == [each for each in found if each.unit == "A05"]
