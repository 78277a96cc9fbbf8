"""Whose tasks are whose: groups, taking and putting back, drafts, and a list that is walked by key."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from engine import people, workflow
from engine.errors import NotFound
from engine.workflow import Task, walks
from engine.workflow.inbox import Claimed, NotYourTask
from tests.cast import MONDAY, Office, appoint
from tests.workflow import running
from tests.workflow.moving import task_id
from tests.workflow.running import complete, deploy, start

ONE = "start s \n user plan candidateGroups=clerk@unit \n user sign candidateGroups=leader@unit \n s -> plan -> sign"
#: Thirty working days lie between the first row's date and the last one's; every fourth has none.
MANY = """
start s
user row each=rows as=row candidateGroups=clerk@unit dueDate="=if modulo(row, 4) = 0 then null else string(row) + \\" workdays\\""
s -> row
"""


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def mine(office: Office, account: str, **more: object) -> list[str]:
    with office.by(account, reading=True) as ctx:
        return [task.element for task in workflow.mine(ctx, **more).tasks]  # type: ignore[arg-type]


def test_a_task_of_a_group_is_in_the_inbox_of_everybody_in_it_and_of_nobody_else(office: Office) -> None:
    deploy(office, ONE)
    start(office, unit="A01")
    holders = [account for account in ("zhang", "chen", "li", "wu", "wang", "liu") if mine(office, account)]
    assert holders == ["zhang", "chen"]


def test_who_joins_the_group_tomorrow_sees_it_tomorrow_and_who_leaves_no_more(office: Office) -> None:
    deploy(office, ONE)
    start(office, unit="A01")
    with office.by() as ctx:
        appoint(ctx, "wu", "clerk", people.unit(ctx, "A01"), date(2026, 4, 21))
        ctx.session.query(people.Appointment).filter_by(account="chen").one().to_date = date(2026, 4, 20)
    assert (mine(office, "wu"), mine(office, "chen")) == ([], ["plan"])
    office.wait(days=1)
    assert (mine(office, "wu"), mine(office, "chen")) == (["plan"], [])


def test_a_taken_task_is_only_the_takers_until_it_is_put_back(office: Office) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    with office.by("zhang") as ctx:
        assert workflow.claim(ctx, task).assignee == "zhang"
    assert (mine(office, "zhang"), mine(office, "chen")) == (["plan"], [])
    for act in (workflow.claim, lambda ctx, id: workflow.complete(ctx, id, {})):
        with pytest.raises(Claimed) as refused, office.by("chen") as ctx:
            act(ctx, task)
        assert refused.value.winner == "zhang"
    with office.by("zhang") as ctx:
        workflow.release(ctx, task)
    assert (mine(office, "zhang"), mine(office, "chen")) == (["plan"], ["plan"])


def test_only_who_took_a_task_may_put_it_back(office: Office) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    with office.by("zhang") as ctx:
        workflow.claim(ctx, task)
    with pytest.raises(NotYourTask), office.by("chen") as ctx:
        workflow.release(ctx, task)
    assert mine(office, "chen") == []


def test_a_task_of_one_person_cannot_be_put_back_to_nobody(office: Office) -> None:
    deploy(office, "start s \n user plan assignee==who \n s -> plan")
    task = task_id(office, start(office, who="zhang"), "plan")
    assert (mine(office, "zhang"), mine(office, "chen")) == (["plan"], [])
    with pytest.raises(NotYourTask), office.by("zhang") as ctx:
        workflow.release(ctx, task)


def test_a_stranger_may_not_take_a_task(office: Office) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    with pytest.raises(NotYourTask, match="clerk@A01"), office.by("wu") as ctx:
        workflow.claim(ctx, task)


def test_a_task_that_is_done_can_neither_be_taken_nor_put_back(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, unit="A01")
    task = task_id(office, matter, "plan")
    complete(office, matter, "plan", by="zhang")
    for act in (workflow.claim, workflow.release):
        with pytest.raises(NotFound), office.by("zhang") as ctx:
            act(ctx, task)


def test_who_stands_in_for_another_sees_and_does_the_others_tasks(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, unit="A01")
    with office.by("wu", on_behalf_of="zhang") as ctx:
        assert [task.element for task in workflow.mine(ctx).tasks] == ["plan"]
        workflow.complete(ctx, running.task_of(ctx, matter, "plan").id, {})
    assert mine(office, "li") == ["sign"]


@pytest.mark.parametrize(
    "drawn",
    ["candidateGroups=clerk@unit", "candidateGroups=expert", "candidateGroups=leader@nowhere", "assignee=gone", ""],
)
def test_a_task_nobody_can_do_goes_to_the_administrator_and_says_so(office: Office, drawn: str) -> None:
    deploy(office, f"start s \n user plan {drawn} \n s -> plan")
    matter = start(office, unit="D02")
    assert mine(office, "liu") == ["plan"]
    with office.by(reading=True) as ctx:
        assert running.task_of(ctx, matter, "plan").unattended
    complete(office, matter, "plan", by="liu")


def test_a_task_somebody_can_do_is_not_the_administrators(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, unit="A01")
    assert mine(office, "liu") == []
    with office.by(reading=True) as ctx:
        assert not running.task_of(ctx, matter, "plan").unattended


def test_a_draft_is_kept_unchecked_and_gone_when_the_task_is_done(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, unit="A01")
    task = task_id(office, matter, "plan")
    with office.by("zhang") as ctx:
        workflow.save_draft(ctx, task, {"plan": "", "amount": "not yet"})
    with office.by("chen", reading=True) as ctx:
        assert workflow.task(ctx, task).draft == {"plan": "", "amount": "not yet"}
    complete(office, matter, "plan", by="zhang")
    with office.by("zhang", reading=True) as ctx:
        assert workflow.task(ctx, task).draft is None


def test_only_who_may_do_a_task_may_leave_a_draft(office: Office) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    with pytest.raises(NotYourTask), office.by("wang") as ctx:
        workflow.save_draft(ctx, task, {"plan": "x"})
    with pytest.raises(NotFound), office.by("wu") as ctx:
        workflow.save_draft(ctx, task, {"plan": "x"})


@pytest.mark.parametrize(
    ("typed", "kept"), [("中文 🎯", "中文 🎯"), ("a\x00b", "ab"), ("\ud800c", "c"), ('"\\', '"\\')]
)
def test_a_draft_keeps_every_text_but_for_what_no_database_holds(office: Office, typed: str, kept: str) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    with office.by("zhang") as ctx:
        workflow.save_draft(ctx, task, {"plan": typed, "rows": [{"text": typed}]})
    with office.by("zhang", reading=True) as ctx:
        assert workflow.task(ctx, task).draft == {"plan": kept, "rows": [{"text": kept}]}


def test_a_task_is_seen_by_its_unit_and_by_who_oversees_and_does_not_exist_for_others(office: Office) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    for account in ("zhang", "li", "wang", "sun", "liu"):
        with office.by(account, reading=True) as ctx:
            assert workflow.task(ctx, task).id == task
    for account in ("wu", "zhou", "qian"):
        with pytest.raises(NotFound), office.by(account, reading=True) as ctx:
            workflow.task(ctx, task)


def test_the_first_look_is_remembered(office: Office) -> None:
    deploy(office, ONE)
    task = task_id(office, start(office, unit="A01"), "plan")
    for account in ("chen", "zhang"):
        with office.by(account) as ctx:
            workflow.opened(ctx, workflow.task(ctx, task))
        office.wait(hours=1)
    with office.by(reading=True) as ctx:
        seen = ctx.session.get_one(Task, task)
        assert (seen.opened_by, seen.opened_at) == ("chen", MONDAY)


def pages(office: Office, account: str, limit: int) -> Iterator[list[Task]]:
    after: str | None = None
    while True:
        with office.by(account, reading=True) as ctx:
            page = workflow.mine(ctx, after=after, limit=limit)
        yield page.tasks
        after = page.next
        if after is None:
            return


@pytest.mark.parametrize("limit", [7, 50, 299, 300, 301])
def test_the_list_is_walked_page_by_page_without_gap_or_repetition(office: Office, limit: int) -> None:
    deploy(office, MANY)
    start(office, unit="A01", rows=[number % 30 for number in range(300)])
    found = list(pages(office, "zhang", limit))
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert 0 < len(found[-1]) <= limit
    tasks = [task for page in found for task in page]
    assert len({task.id for task in tasks}) == len(tasks) == 300
    order = [
        (task.due_at is None, task.due_at or datetime.max.replace(tzinfo=MONDAY.tzinfo), task.id) for task in tasks
    ]
    assert order == sorted(order)


def test_what_is_done_between_two_pages_shifts_nothing(office: Office) -> None:
    deploy(office, MANY)
    matter = start(office, unit="A01", rows=[1] * 30)
    with office.by("zhang", reading=True) as ctx:
        first = workflow.mine(ctx, limit=10)
    with office.by("zhang") as ctx:
        for task in first.tasks[:5]:
            workflow.complete(ctx, task.id, {})
    with office.by("zhang", reading=True) as ctx:
        second = workflow.mine(ctx, after=first.next, limit=10)
    assert [task.item for task in (*first.tasks, *second.tasks)] == list(range(1, 21))
    assert running.instance_of(office, matter).version == 6


def test_a_list_may_be_narrowed_to_one_process_and_is_counted_by_it(office: Office) -> None:
    deploy(office, ONE, other="start s \n user elsewhere candidateGroups=clerk@unit \n s -> elsewhere")
    start(office, unit="A01")
    for key in ("2", "3"):
        start(office, "other", key=key, unit="A01")
    assert mine(office, "zhang", process="other") == ["elsewhere"] * 2
    with office.by("zhang", reading=True) as ctx:
        assert workflow.count_mine(ctx) == 3
        assert workflow.count_by_process(ctx) == {"main": 1, "other": 2}


def test_a_count_stops_where_more_would_say_nothing(office: Office) -> None:
    deploy(office, "start s \n user row each=rows as=row candidateGroups=clerk@unit \n s -> row")
    for key in ("1", "2", "3"):
        start(office, key=key, unit="A01", rows=[0] * 200)
    with office.by("zhang", reading=True) as ctx:
        assert workflow.count_mine(ctx) == workflow.COUNTED == 500


def test_tasks_of_a_matter_that_is_set_aside_are_in_no_inbox(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, unit="A01")
    with office.by() as ctx:
        workflow.set_aside(ctx, matter, "the disk was full")
    assert mine(office, "zhang") == []


def test_what_one_has_done_and_started_newest_first(office: Office) -> None:
    deploy(office, ONE)
    for key in ("1", "2", "3"):
        complete(office, start(office, key=key, by="zhang", unit="A01"), "plan", by="zhang")
        office.wait(hours=1)
    with office.by("zhang", reading=True) as ctx:
        done = workflow.done(ctx, limit=2)
        assert [task.instance.key for task in done] == ["3", "2"]
        assert [task.instance.key for task in workflow.done(ctx, before=done[-1].id)] == ["1"]
        started = workflow.started(ctx, limit=2)
        assert [instance.key for instance in started] == ["3", "2"]
        assert [instance.key for instance in workflow.started(ctx, before=started[-1].id)] == ["1"]
    with office.by("chen", reading=True) as ctx:
        assert (workflow.done(ctx), workflow.started(ctx)) == ([], [])


def test_the_rows_of_one_sheet_belong_together(office: Office) -> None:
    sheet = "start s \n user row each=rows as=row candidateGroups=clerk@unit prop:batch==letter \n s -> row"
    deploy(office, sheet)
    start(office, unit="A01", rows=[1, 2], letter="letter/1")
    start(office, key="2", unit="A01", rows=[3], letter="letter/1")
    start(office, key="3", unit="A01", rows=[4], letter="letter/2")
    with office.by("zhang", reading=True) as ctx:
        first = workflow.mine(ctx).tasks[0]
        together = workflow.batch_of(ctx, first)
        assert [(task.instance.key, task.item) for task in together] == [("1", 1), ("1", 2), ("2", 1)]
        alone = workflow.mine(ctx).tasks[3]
        assert workflow.batch_of(ctx, alone) == [alone]


def test_who_holds_a_matter_now(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, unit="A01")
    with office.by("wang", reading=True) as ctx:
        [task] = workflow.of_instances(ctx, [matter])
        assert (task.element, task.unit, workflow.candidates(ctx, task)) == ("plan", "A01", ["clerk@A01"])


def test_a_due_date_is_counted_in_working_days(office: Office) -> None:
    deploy(office, 'start s \n user plan dueDate="7 workdays" \n s -> plan')
    matter = start(office)
    with office.by(reading=True) as ctx:
        # Monday 20 April plus seven working days is Wednesday 29 April.
        assert running.task_of(ctx, matter, "plan").due_at == MONDAY + timedelta(days=9)


def test_a_task_made_overdue_stays_first(office: Office) -> None:
    deploy(office, ONE)
    first, second = start(office, key="1", unit="A01"), start(office, key="2", unit="A01")
    with office.by() as ctx:
        ctx.session.execute(update(Task).where(Task.instance_id == second).values(due_at=MONDAY - timedelta(days=1)))
        ctx.session.execute(update(Task).where(Task.instance_id == first).values(due_at=MONDAY))
    with office.by("zhang", reading=True) as ctx:
        assert [task.instance_id for task in workflow.mine(ctx).tasks] == [second, first]


def test_who_holds_very_many_posts_walks_the_same_list(office: Office) -> None:
    deploy(office, MANY)
    start(office, unit="A01", rows=[number % 30 for number in range(60)])
    few = [task.id for page in pages(office, "zhang", 7) for task in page]
    with office.by() as ctx:
        unit = people.unit(ctx, "A01")
        for number in range(walks.MOST_WALKS):
            appoint(ctx, "zhang", f"role{number}", unit, date(2026, 1, 1))
    assert [task.id for page in pages(office, "zhang", 7) for task in page] == few
    with office.by("zhang", reading=True) as ctx:
        assert workflow.count_mine(ctx) == 60


def test_the_pages_of_what_one_has_done_follow_the_time_it_was_done(office: Office) -> None:
    deploy(office, ONE)
    matters = {key: start(office, key=key, by="zhang", unit="A01") for key in ("1", "2", "3", "4")}
    for key in ("3", "1", "4", "2"):
        complete(office, matters[key], "plan", by="zhang")
        office.wait(hours=1)
    with office.by("zhang", reading=True) as ctx:
        first = workflow.done(ctx, limit=2)
        then = workflow.done(ctx, before=first[-1].id, limit=2)
        assert [task.instance.key for task in [*first, *then]] == ["2", "4", "1", "3"]


def test_a_matter_one_has_started_is_entered_by_its_newest_task_that_one_may_see(office: Office) -> None:
    deploy(office, ONE)
    matter = start(office, by="zhang", unit="A01")
    for account, sees in (("zhang", True), ("wu", False)):
        with office.by(account, reading=True) as ctx:
            ways = workflow.ways_in(ctx, [workflow.instance(ctx, matter)])
            assert (list(ways) == [matter]) is sees
