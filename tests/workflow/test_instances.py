"""Running processes on a real database: start, complete, refuse, contend."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from engine import audit, workflow
from engine.workflow import Status, Task, TaskStatus
from engine.workflow.completing import Changed, WrongRows
from engine.workflow.instances import NotRunning, TaskClosed, TaskWithdrawn, UnknownInstance
from tests.cast import MONDAY, Office
from tests.workflow import running
from tests.workflow.moving import task_id
from tests.workflow.running import Closed, complete, deploy, everything, incidents, instance_of, notes, opened, start

TWO_STEPS = """
start s
user plan candidateGroups=clerk@unit
user sign candidateGroups=leader@unit
s -> plan -> sign
"""
COUNTED = """
start s
user plan candidateGroups=clerk@unit
service write op=note.write in:text="=\\"plan of \\" + unit"
service ask op=counter.ask in:open==open
user sign candidateGroups=leader@unit
s -> plan -> write -> ask -> sign
"""


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def test_a_matter_is_started_and_done_to_its_end(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    assert opened(office) == ["plan"]
    complete(office, matter, "plan", by="zhang", text="先整改")
    assert opened(office) == ["sign"]
    office.wait(days=1)
    complete(office, matter, "sign", by="li")
    assert opened(office) == []
    ended = instance_of(office, matter)
    assert (ended.status, ended.started_by, ended.started_at, ended.ended_at) == (
        Status.ENDED,
        "wang",
        MONDAY,
        office.now,
    )
    assert (ended.version, ended.chain_seq) == (3, 3)


def test_what_a_person_answers_becomes_a_value_of_the_matter(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    complete(office, matter, "plan", by="zhang", amount=Decimal("12.50"), typename="kept", note="先整改")
    assert running.variables(office, matter) == {
        "unit": "A01",
        "amount": Decimal("12.50"),
        "typename": "kept",
        "note": "先整改",
    }


def test_the_record_of_a_task_says_who_did_it_when_and_for_whom(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    office.wait(hours=2)
    with office.by("chen", on_behalf_of="zhang") as ctx:
        workflow.complete(ctx, running.task_of(ctx, matter, "plan").id, {})
    with office.by(reading=True) as ctx:
        done = ctx.session.scalars(select(Task).where(Task.element == "plan")).one()
        assert (done.status, done.completed_by, done.on_behalf_of) == (TaskStatus.COMPLETED, "chen", "zhang")
        assert done.completed_at == office.now


def test_every_step_is_one_entry_of_the_matters_own_chain(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    complete(office, matter, "plan", by="zhang")
    with office.by(reading=True) as ctx:
        entries = workflow.history(ctx, workflow.instance(ctx, matter))
        assert [(entry.seq, entry.act, entry.actor) for entry in entries] == [
            (1, "instance.start", "wang"),
            (2, "task.complete", "zhang"),
        ]
        assert [event[:2] for event in entries[1].facts["trace"]] == [
            ["completed", "plan"],
            ["entered", "sign"],
        ]
        assert list(audit.broken_entries(ctx)) == []


def test_a_matter_is_found_by_its_key_and_its_key_is_given_once(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, key="2026/item/17", unit="A01")
    with office.by(reading=True) as ctx:
        assert workflow.find(ctx, "", "2026/item/17").id == matter
        with pytest.raises(UnknownInstance, match="18"):
            workflow.find(ctx, "", "2026/item/18")
    with pytest.raises(IntegrityError):
        start(office, key="2026/item/17", unit="A01")
    assert len([row for row in everything(office) if row[0] == "instance"]) == 1


def test_an_operation_is_called_with_what_is_drawn_and_what_it_gives_becomes_values(office: Office) -> None:
    deploy(office, COUNTED)
    matter = start(office, unit="A01", open=True)
    complete(office, matter, "plan", by="zhang")
    assert notes(office) == ["plan of A01", "counter.ask"]
    assert running.variables(office, matter)["written"] == "plan of A01"


def test_a_refusing_operation_leaves_everything_as_it_was(office: Office) -> None:
    deploy(office, COUNTED)
    matter = start(office, unit="A01", open=False)
    before = everything(office)
    with pytest.raises(Closed):
        complete(office, matter, "plan", by="zhang")
    assert everything(office) == before
    assert opened(office) == ["plan"]


def test_an_operation_that_fails_unforeseen_leaves_everything_as_it_was_too(office: Office) -> None:
    deploy(office, "start s \n user plan \n service bad op=counter.stumble \n s -> plan -> bad")
    matter = start(office)
    before = everything(office)
    with pytest.raises(ZeroDivisionError):
        complete(office, matter, "plan")
    assert everything(office) == before


def test_an_operation_of_a_task_receives_the_answers_and_its_own_outputs_become_values(office: Office) -> None:
    deploy(office, "start s \n user plan prop:operation=note.hand_in \n s -> plan")
    matter = start(office)
    complete(office, matter, "plan", by=None, text="先整改")
    assert notes(office) == ["note.hand_in"]
    assert running.variables(office, matter) == {"handed_in": {"text": "先整改"}}


def test_an_error_an_operation_ends_with_is_caught_by_the_diagram(office: Office) -> None:
    deploy(
        office,
        "start s \n user plan \n service c op=evidence.count \n boundary none on=c error=NO_EVIDENCE \n user again \n s -> plan -> c \n none -> again",
    )
    matter = start(office)
    complete(office, matter, "plan")
    assert opened(office) == ["again"]


def test_of_two_who_complete_the_same_task_the_second_is_told_the_winner(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    task = task_id(office, matter, "plan")
    complete(office, matter, "plan", by="zhang")
    office.wait(minutes=5)
    with pytest.raises(TaskClosed) as refused, office.by("chen") as ctx:
        workflow.complete(ctx, task, {})
    assert refused.value.winner == "张伟"
    assert refused.value.facts["at"] == MONDAY


def test_two_at_the_same_instant_are_one_completion(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    task = task_id(office, matter, "plan")
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def act(account: str) -> None:
        together.wait()
        try:
            with office.by(account) as ctx:
                workflow.complete(ctx, task, {"who": account})
            outcomes.append("done")
        except TaskClosed as refused:
            outcomes.append(refused.winner)

    threads = [threading.Thread(target=act, args=(account,)) for account in ("zhang", "chen")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    winner = running.variables(office, matter)["who"]
    assert sorted(outcomes) == sorted(["done", {"zhang": "张伟", "chen": "陈静"}[winner]])
    assert instance_of(office, matter).version == 2


def test_who_saw_an_older_state_is_told_that_it_has_changed(office: Office) -> None:
    deploy(office, "start s \n and split \n user a \n user b \n s -> split -> a \n split -> b")
    matter = start(office)
    seen = instance_of(office, matter).version
    complete(office, matter, "a")
    with pytest.raises(Changed), office.by() as ctx:
        workflow.complete(ctx, running.task_of(ctx, matter, "b").id, {}, version=seen)
    assert opened(office) == ["b"]
    with office.by() as ctx:
        workflow.complete(ctx, running.task_of(ctx, matter, "b").id, {}, version=seen + 1)
    assert opened(office) == []


def test_a_task_the_diagram_took_away_is_gone(office: Office) -> None:
    deploy(office, "start s \n user a \n boundary stop on=a message=stop \n user b \n s -> a \n stop -> b")
    matter = start(office)
    task = task_id(office, matter, "a")
    with office.by() as ctx:
        assert workflow.send(ctx, "stop")
    with pytest.raises(TaskWithdrawn), office.by() as ctx:
        workflow.complete(ctx, task, {})
    assert opened(office) == ["b"]


def test_only_a_candidate_may_complete(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    before = everything(office)
    for stranger in ("wu", "li", "wang", "sun", "liu"):
        with pytest.raises(workflow.inbox.NotYourTask, match="clerk@A01"):  # type: ignore[attr-defined]
            complete(office, matter, "plan", by=stranger)
    assert everything(office) == before


def test_a_cancelled_matter_takes_its_tasks_and_waits_along_and_says_why(office: Office) -> None:
    deploy(office, "start s \n user a \n boundary late on=a timer=P3D aside \n user b \n s -> a \n late -> b")
    matter = start(office)
    with office.by("wang") as ctx:
        workflow.cancel(ctx, workflow.instance(ctx, matter), "交办有误")
    ended = instance_of(office, matter)
    assert (ended.status, ended.ended_at) == (Status.CANCELLED, MONDAY)
    assert opened(office) == []
    assert not [row for row in everything(office) if row[0] == "wait"]
    office.wait(days=4)
    assert running.tick(office) == 0
    with office.by(reading=True) as ctx:
        assert workflow.history(ctx, workflow.instance(ctx, matter))[-1].facts["reason"] == "交办有误"


def test_nothing_can_be_done_in_a_matter_that_was_set_aside(office: Office) -> None:
    deploy(office, TWO_STEPS)
    matter = start(office, unit="A01")
    with office.by() as ctx:
        workflow.set_aside(ctx, matter, "the disk was full")
    with pytest.raises(NotRunning, match="Matter 1"):
        complete(office, matter, "plan", by="zhang")
    assert incidents(office, matter) == [("", "the disk was full")]


def test_several_tasks_at_once_are_done_all_or_none(office: Office) -> None:
    """The last row's operation refuses after the others have been done."""
    deploy(office, 'start s \n user row each=rows as=row prop:operation=counter.ask in:open="=row < most" \n s -> row')
    start(office, rows=[1, 2, 3], most=3)
    start(office, key="2", rows=[1, 2, 3], most=4)
    with office.by(reading=True) as ctx:
        tasks = ctx.session.scalars(select(Task.id).order_by(Task.instance_id, Task.item)).all()
    before = everything(office)
    with pytest.raises(Closed), office.by() as ctx:
        workflow.complete_all(ctx, {task: {} for task in tasks[:3]})
    assert everything(office) == before
    with office.by() as ctx:
        done = workflow.complete_all(ctx, {task: {} for task in tasks[3:]})
        assert [task.item for task in done] == [1, 2, 3]
    assert opened(office) == ["row"] * 3


def test_wrong_rows_are_marked_by_task_and_field_and_none_is_handed_in(office: Office) -> None:
    with office.by("wang") as ctx:
        workflow_form = running.STORED / "forms" / "plan.form.json"
        form = workflow.definitions.Source("plan.form.json", workflow_form.read_bytes())  # type: ignore[attr-defined]
        workflow.definitions.deploy(ctx, [form])  # type: ignore[attr-defined]
    deploy(office, "start s \n user row each=rows as=row formRef=plan \n s -> row")
    start(office, rows=[1, 2, 3])
    with office.by(reading=True) as ctx:
        first, second, third = ctx.session.scalars(select(Task.id).order_by(Task.item)).all()
    before = everything(office)
    given = {first: {"plan": "足够长的方案"}, second: {"plan": "短"}, third: {}}
    with pytest.raises(WrongRows, match="2 rows") as refused, office.by() as ctx:
        workflow.complete_all(ctx, given)
    assert set(refused.value.fields) == {f"{second}.plan", f"{third}.plan"}
    assert everything(office) == before


def test_a_matter_opened_by_another_is_its_own(office: Office) -> None:
    deploy(
        office,
        "start s \n user a \n service o op=matter.open in:process=child in:key=child/1 \n s -> a -> o",
        child="start s \n user b \n s -> b",
    )
    matter = start(office)
    complete(office, matter, "a")
    assert opened(office) == ["b"]
    with office.by(reading=True) as ctx:
        assert workflow.find(ctx, "", "child/1").status == Status.RUNNING
    assert instance_of(office, matter).status == Status.ENDED


def test_a_value_changed_from_outside_is_seen_by_the_next_gateway(office: Office) -> None:
    deploy(
        office,
        "start s \n user a \n xor x \n user big \n user small \n s -> a -> x \n x -> big if value > 10 \n x -> small default",
    )
    matter = start(office, value=1)
    with office.by() as ctx:
        workflow.put_variables(ctx, matter, {"value": 11})
    complete(office, matter, "a")
    assert opened(office) == ["big"]


def test_an_operation_may_change_the_values_of_its_own_matter_in_the_middle_of_its_step(office: Office) -> None:
    deploy(office, "start s \n user a \n service p op=matter.put in:value=7 \n user b \n s -> a -> p -> b")
    matter = start(office, value=1)
    complete(office, matter, "a")
    assert opened(office) == ["b"]
    assert running.variables(office, matter)["value"] == 7


def test_a_diagram_that_runs_on_without_waiting_stands_as_an_incident(office: Office) -> None:
    deploy(
        office,
        "start s \n user a \n script r feel=n+1 resultVariable=n \n xor x \n end e \n s -> a -> x \n x -> r if n < 100000000 \n x -> e default \n r -> x",
    )
    matter = start(office, n=0)
    complete(office, matter, "a")
    [(element, cause)] = incidents(office, matter)
    assert element in ("r", "x")
    assert "steps without waiting" in cause


def test_a_sheet_may_be_named_by_a_number(office: Office) -> None:
    deploy(office, 'start s \n user plan "prop:batch==letter" \n end e \n s -> plan -> e')
    matter = start(office, letter=17)
    with office.by(reading=True) as ctx:
        assert running.task_of(ctx, matter, "plan").batch == "17"
