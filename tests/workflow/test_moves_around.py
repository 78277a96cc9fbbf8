"""What goes on around a task: urging, reminders, copies, more time, opinions, phrases, signatures on paper."""

import io
from datetime import date, timedelta

import pytest

from engine import files, ticker, workflow
from engine.access import NotYours
from engine.errors import NotFound
from engine.people import Unit
from engine.verify import verify
from engine.workflow import TaskStatus, copies, extensions, handing, opinions, paper, urging
from engine.workflow.extensions import (
    AskedAlready,
    NoLater,
    NotAsked,
    OwnRequest,
    TooLate,
    ask_extension,
    decide_extension,
)
from engine.workflow.inbox import NotYourTask
from engine.workflow.opinions import NothingSaid, TooManyPhrases, comment, drop_phrase, keep_phrase, phrases
from engine.workflow.paper import NoPaper, WrongScan, WrongSigner, sign_on_paper
from engine.workflow.urging import OwnTask, UrgedEnough, urge
from tests.cast import MONDAY, Office, appoint
from tests.workflow import running
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id, told  # noqa: F401
from tests.workflow.running import complete, opened, tick

PLAN = 'start s \n user plan candidateGroups=clerk@unit dueDate="2026-04-24" {} \n user sign candidateGroups=leader@unit {} \n s -> plan -> sign'


def plan(office: Office, properties: str = "", later: str = "") -> tuple[int, int]:
    matter = begun(office, PLAN.format(properties, later))
    return matter, task_id(office, matter, "plan")


# ---- urging


def test_an_urge_is_recorded_told_and_limited_by_the_day(office: Office) -> None:
    _, task = plan(office)
    for _ in range(2):
        with office.by("wang") as ctx:
            urge(ctx, task, "请抓紧")
    with pytest.raises(UrgedEnough), office.by("sun") as ctx:
        urge(ctx, task)
    office.wait(days=1)
    with office.by("wang") as ctx:
        assert urge(ctx, task).escalated, "the third one goes to the unit's leader as well"
    assert told(office, "zhang") == ["task.urged"] * 3
    assert told(office, "li") == ["task.urged"]
    assert [entry.facts["escalated"] for entry in entries(office, "task.urge")] == [False, False, True]
    with office.by(reading=True) as ctx:
        assert [each.text for each in urging.urges(ctx, row(office, task))] == ["请抓紧", "请抓紧", ""]


def test_neither_its_holder_nor_who_may_not_see_it_urges(office: Office) -> None:
    _, task = plan(office)
    with pytest.raises(OwnTask), office.by("zhang") as ctx:
        urge(ctx, task)
    with pytest.raises(NotFound), office.by("wu") as ctx:
        urge(ctx, task)


def test_an_urge_reaches_the_helper_who_has_the_task(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        handing.delegate(ctx, task, "chen", "请看")
    with office.by("wang") as ctx:
        urge(ctx, task)
    assert told(office, "chen") == ["task.delegated", "task.urged"]


# ---- reminders


def test_who_holds_a_task_is_told_before_it_falls_due_and_once_more_when_it_has(office: Office) -> None:
    plan(office, "prop:remind=2")
    office.now = MONDAY + timedelta(days=1, hours=14)
    ticker_beat(office)
    assert told(office, "zhang") == []
    office.now = MONDAY + timedelta(days=2)  # Wednesday: two working days before Friday
    ticker_beat(office)
    ticker_beat(office)
    assert (told(office, "zhang"), told(office, "chen"), told(office, "li")) == (
        ["task.due_soon"],
        ["task.due_soon"],
        [],
    )
    office.now = MONDAY + timedelta(days=5)
    ticker_beat(office)
    ticker_beat(office)
    assert told(office, "zhang") == ["task.due_soon", "task.overdue"]
    assert told(office, "li") == ["task.overdue"]


def test_who_has_done_it_is_not_reminded(office: Office) -> None:
    matter, _ = plan(office, "prop:remind=2")
    complete(office, matter, "plan", by="zhang")
    office.now = MONDAY + timedelta(days=3)
    ticker_beat(office)
    assert told(office, "zhang") == []


def ticker_beat(office: Office) -> None:
    with office.by() as ctx:
        urging.remind(ctx)


def test_the_heartbeat_reminds(office: Office) -> None:
    """A task that fell due years ago, by the clock of the host."""
    drawn = 'start s \n user plan candidateGroups=clerk@unit dueDate="2020-01-03" prop:remind=1 \n s -> plan'
    begun(office, drawn)
    ticker.beat(office.database)
    ticker.beat(office.database)
    assert told(office, "zhang") == ["task.overdue"]


# ---- copies


def test_a_copy_gives_sight_and_nothing_else_and_is_read_once(office: Office) -> None:
    _, task = plan(office)
    with pytest.raises(NotFound), office.by("zhao") as ctx:
        workflow.task(ctx, task)
    with office.by("wang") as ctx:
        copies.copy(ctx, task, ["zhao", "zhao"], "供参考")
        copies.copy(ctx, task, ["zhao"])
    assert told(office, "zhao") == ["task.copied"]
    with office.by("zhao") as ctx:
        assert (copies.count_unread(ctx), [each.task_id for each in copies.copies(ctx)]) == (1, [task])
        seen = workflow.task(ctx, task)
        copies.read(ctx, seen)
        assert copies.count_unread(ctx) == 0
        with pytest.raises(NotYourTask):
            workflow.complete(ctx, task, {})
    office.wait(hours=1)
    with office.by("zhao") as ctx:
        copies.read(ctx, workflow.task(ctx, task))
    with office.by("wang", reading=True) as ctx:
        assert [(each.account, each.read_at) for each in copies.of_task(ctx, row(office, task))] == [("zhao", MONDAY)]
    assert [entry.facts["accounts"] for entry in entries(office, "task.copy")] == [["zhao"], []]


def test_an_assessed_unit_copies_to_nobody_of_another(office: Office) -> None:
    _, task = plan(office)
    with pytest.raises(handing.NotAColleague), office.by("zhang") as ctx:
        copies.copy(ctx, task, ["wu"])


def test_the_agent_reads_no_copy_in_the_others_name(office: Office) -> None:
    _, task = plan(office)
    with office.by("wang") as ctx:
        copies.copy(ctx, task, ["zhao"])
    with office.by("qian", on_behalf_of="zhao") as ctx:
        copies.read(ctx, ctx.session.get_one(workflow.Task, task))
        assert copies.count_unread(ctx) == 1


def test_the_diagram_may_ask_for_copies(office: Office) -> None:
    matter, _ = plan(office, later='prop:copies="=\\"inspector,leader@\\" + unit"')
    complete(office, matter, "plan", by="zhang")
    for account in ("sun", "li"):
        with office.by(account, reading=True) as ctx:
            assert [each.task.element for each in copies.copies(ctx)] == ["sign"]


# ---- more time


def asked(office: Office, task: int, by: str = "zhang") -> int:
    with office.by(by) as ctx:
        return ask_extension(ctx, task, date(2026, 4, 30), "数据未齐", "已完成一半").id


def test_more_time_is_granted_with_a_date_and_the_first_one_is_kept(office: Office) -> None:
    _, task = plan(office)
    with office.by("wang") as ctx:
        decide_extension(ctx, asked(office, task), date(2026, 4, 28), "同意延期两天")
    found = row(office, task)
    assert (str(found.due_at), str(found.original_due_at)) == ("2026-04-28 16:00:00+00:00", "2026-04-24 15:59:59+00:00")
    with office.by("sun") as ctx:
        decide_extension(ctx, asked(office, task), date(2026, 4, 30), "同意")
    assert str(row(office, task).original_due_at) == "2026-04-24 15:59:59+00:00"
    assert told(office, "zhang") == ["task.extended", "task.extended"]
    assert [entry.actor for entry in entries(office, "task.decide_extension")] == ["wang", "sun"]


TIMED = """
start s
user plan candidateGroups=clerk@unit dueDate==plan_due {}
boundary late on=plan date==plan_due aside
user chase candidateGroups=lead
boundary half on=plan timer=P1D aside
user hurry candidateGroups=lead
s -> plan
late -> chase
half -> hurry
"""


@pytest.mark.parametrize("plan_due", ["2026-04-24", "2026-04-24T17:30:00+08:00"])
def test_what_the_diagram_does_at_the_date_of_a_task_moves_with_the_date(office: Office, plan_due: str) -> None:
    matter = begun(office, TIMED.format(""), plan_due=plan_due)
    with office.by("wang") as ctx:
        decide_extension(ctx, asked(office, task_id(office, matter, "plan")), date(2026, 4, 28), "同意")
    office.wait(days=7)
    tick(office)
    assert opened(office, matter) == ["hurry", "plan"], "the one counts from the start, the other is not due yet"
    office.wait(days=2)
    tick(office)
    assert opened(office, matter) == ["chase", "hurry", "plan"]
    with office.by(reading=True) as ctx:
        assert [entry.facts["task"] for entry in workflow.history(ctx, workflow.instance(ctx, matter))[1:2]] == [
            task_id(office, matter, "plan")
        ]


def test_a_reminder_comes_again_before_the_new_date(office: Office) -> None:
    _, task = plan(office, "prop:remind=2")
    assert str(row(office, task).remind_at) == "2026-04-21 16:00:00+00:00"
    with office.by("wang") as ctx:
        decide_extension(ctx, asked(office, task), date(2026, 4, 30), "同意")
    assert str(row(office, task).remind_at) == "2026-04-27 16:00:00+00:00"


def test_a_refusal_leaves_the_date_and_says_why(office: Office) -> None:
    _, task = plan(office)
    with office.by("wang") as ctx:
        decide_extension(ctx, asked(office, task), None, "理由不充分")
    assert (row(office, task).original_due_at, told(office, "zhang")) == (None, ["task.not_extended"])
    with office.by(reading=True) as ctx:
        (kept,) = extensions.of_task(ctx, row(office, task))
    assert (kept.status, kept.answer, kept.decided_by) == ("refused", "理由不充分", "wang")


def test_it_is_asked_for_in_time_once_and_for_a_later_day(office: Office) -> None:
    _, task = plan(office)
    with pytest.raises(NoLater), office.by("zhang") as ctx:
        ask_extension(ctx, task, date(2026, 4, 24), "数据未齐", "一半")
    with pytest.raises(NothingSaid), office.by("zhang") as ctx:
        ask_extension(ctx, task, date(2026, 4, 30), "数据未齐", "")
    with pytest.raises(NotYourTask), office.by("wu") as ctx:
        ask_extension(ctx, task, date(2026, 4, 30), "数据未齐", "一半")
    asked(office, task)
    with pytest.raises(AskedAlready):
        asked(office, task)
    office.wait(days=5)
    _, late = plan_again(office)
    with pytest.raises(TooLate):
        asked(office, late)


def plan_again(office: Office) -> tuple[int, int]:
    matter = begun(office, PLAN.format("", ""), key="2")
    return matter, task_id(office, matter, "plan")


def test_only_who_oversees_decides_it_once_and_not_for_himself(office: Office) -> None:
    _, task = plan(office)
    first = asked(office, task)
    with pytest.raises(NotYours), office.by("li") as ctx:
        decide_extension(ctx, first, date(2026, 4, 30), "同意")
    with office.by("wang", reading=True) as ctx:
        assert [each.id for each, _ in extensions.undecided(ctx)] == [first]
    with office.by("wang") as ctx:
        decide_extension(ctx, first, None, "不同意")
    with pytest.raises(NotAsked), office.by("sun") as ctx:
        decide_extension(ctx, first, date(2026, 4, 30), "同意")
    matter = begun(office, 'start s \n user check candidateGroups=lead dueDate="2026-04-24" \n s -> check', key="2")
    own = asked(office, task_id(office, matter, "check"), by="wang")
    with pytest.raises(OwnRequest), office.by("wang") as ctx:
        decide_extension(ctx, own, date(2026, 4, 30), "同意")


# ---- opinions and phrases


def test_who_sees_a_task_may_say_something_on_it_and_nobody_else(office: Office) -> None:
    _, task = plan(office)
    with office.by("wang") as ctx:
        comment(ctx, task, " 请附分月计划 ")
    with office.by("zhang", reading=True) as ctx:
        assert [(said.text, said.given_by) for said, _ in opinions.of_matter(ctx, workflow.task(ctx, task))] == [
            ("请附分月计划", "wang")
        ]
    with pytest.raises(NotFound), office.by("wu") as ctx:
        comment(ctx, task, "x")
    with pytest.raises(NothingSaid), office.by("wang") as ctx:
        comment(ctx, task, " ")


def test_phrases_are_ones_own_each_once_and_not_too_many(office: Office) -> None:
    with office.by("zhang") as ctx:
        first = keep_phrase(ctx, "同意")
        assert keep_phrase(ctx, " 同意 ").id == first.id
        keep_phrase(ctx, "请按时办理")
    with office.by("chen") as ctx:
        assert phrases(ctx) == []
        drop_phrase(ctx, first.id)
    with office.by("zhang") as ctx:
        drop_phrase(ctx, first.id)
        assert [each.text for each in phrases(ctx)] == ["请按时办理"]
        with pytest.raises(TooManyPhrases):
            keep_phrase(ctx, "长" * 201)


# ---- paper

TODAY = MONDAY.date()


def scan(office: Office, by: str) -> int:
    with office.by(by) as ctx:
        return files.store(ctx, "签字页.pdf", io.BytesIO(b"%PDF-1.7 signed")).id


def record(office: Office, task: int, by: str, file: int, signer: str = "li", on: date = TODAY) -> None:
    with office.by(by) as ctx:
        sign_on_paper(ctx, task, {"verdict": "signed"}, signer=signer, signed_on=on, file_id=file)


def to_sign(office: Office, properties: str = "prop:paper=yes") -> tuple[int, int]:
    matter, _ = plan(office, later=properties)
    complete(office, matter, "plan", by="zhang")
    return matter, task_id(office, matter, "sign")


def test_a_paper_is_recorded_by_one_in_the_name_of_the_other_and_never_as_the_others_own_act(office: Office) -> None:
    matter, task = to_sign(office)
    with office.by("zhang", reading=True) as ctx:
        assert paper.may_record(ctx, workflow.task(ctx, task))
    file = scan(office, "zhang")
    record(office, task, "zhang", file)
    done = row(office, task)
    assert (done.status, done.completed_by, done.on_behalf_of) == (TaskStatus.COMPLETED, "zhang", "li")
    with office.by(reading=True) as ctx:
        kept = paper.signature(ctx, done)
        assert kept is not None
        assert (kept.signer, kept.recorded_by, kept.signed_on, kept.manner, kept.file_id) == (
            "li",
            "zhang",
            TODAY,
            "signed",
            file,
        )
        assert not any(finding.places for finding in verify(ctx) if finding.id != "I14")
    (entry,) = entries(office, "task.sign_on_paper")
    assert (entry.actor, entry.on_behalf_of, entry.facts["file"]) == ("zhang", None, file)
    assert running.variables(office, matter)["verdict"] == "signed"


@pytest.mark.parametrize("properties", ["", "prop:paper=no"])
def test_a_node_that_does_not_allow_it_takes_no_paper(office: Office, properties: str) -> None:
    _, task = to_sign(office, properties)
    with pytest.raises(NoPaper):
        record(office, task, "zhang", scan(office, "zhang"))


def test_the_signer_is_one_who_could_have_signed_and_not_the_one_who_records(office: Office) -> None:
    _, task = to_sign(office)
    for by, signer, refusal in (("zhang", "chen", WrongSigner), ("li", "li", WrongSigner), ("wu", "li", NotYourTask)):
        with pytest.raises(refusal):
            record(office, task, by, scan(office, by), signer)


def test_the_scan_is_ones_own_unused_and_the_day_not_ahead_nor_before_the_task(office: Office) -> None:
    _, task = to_sign(office)
    foreign = scan(office, "chen")
    for file, on in ((foreign, TODAY), (4711, TODAY)):
        with pytest.raises(WrongScan):
            record(office, task, "zhang", file, on=on)
    own = scan(office, "zhang")
    for on in (date(2026, 4, 19), date(2026, 4, 21)):
        with pytest.raises(WrongScan):
            record(office, task, "zhang", own, on=on)
    record(office, task, "zhang", own)
    other = begun(office, PLAN.format("prop:paper=yes", ""), key="2")
    with office.by() as ctx:
        appoint(ctx, "sun", "clerk", ctx.session.query(Unit).filter_by(code="A01").one())
    with pytest.raises(WrongScan):
        record(office, task_id(office, other, "plan"), "zhang", own, signer="chen")


def test_who_stands_in_for_somebody_records_no_paper(office: Office) -> None:
    _, task = to_sign(office)
    file = scan(office, "zhang")
    with pytest.raises(NoPaper), office.by("zhang", on_behalf_of="chen") as ctx:
        sign_on_paper(ctx, task, {}, signer="li", signed_on=TODAY, file_id=file)
