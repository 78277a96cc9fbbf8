"""What stands, and what an operator does about it: retry, skip, jump, suspend, resume, call off, and a look before each."""

import pytest
from sqlalchemy import func, select

from engine import audit, due, workflow
from engine.access import NotYours
from engine.errors import Conflict
from engine.verify import verify
from engine.workflow import Incident, TaskStatus, operating, spiff
from engine.workflow.instances import NotRunning, NotSuspended
from engine.workflow.operating import NothingStands, WholeStep, call_off, jump, preview, resume, retry, skip, suspend
from engine.workflow.opinions import NothingSaid
from tests.cast import Office
from tests.workflow import running
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id, told  # noqa: F401
from tests.workflow.running import complete, incidents, instance_of, notes, opened, tick

ASKING = """
start s
user plan candidateGroups=clerk@unit
catch wait timer=P1D
service before op=note.write in:text=before
service ask op=counter.ask in:open==open
service after op=note.write in:text=after
user done candidateGroups=lead
s -> plan -> wait -> before -> ask -> after -> done
"""


def standing(office: Office) -> tuple[int, Incident]:
    """A matter that stands because the counter was closed when its timer fired."""
    matter = begun(office, ASKING, open=False)
    complete(office, matter, "plan", by="zhang")
    office.wait(days=1)
    tick(office)
    return matter, incident(office)


def incident(office: Office) -> Incident:
    with office.by(reading=True) as ctx:
        return ctx.session.scalars(select(Incident).order_by(Incident.id.desc())).first()  # type: ignore[return-value]


def beat(office: Office) -> int:
    """What the heartbeat makes again now; how often."""
    times = 0
    while True:
        with office.by() as ctx:
            found = operating.due_retry(ctx)
            if found is None:
                return times
            operating.try_again(ctx, found)
        times += 1


def put(office: Office, matter: int, **values: object) -> None:
    with office.by() as ctx:
        workflow.put_variables(ctx, matter, values)


# ---- by itself


def test_a_failed_call_is_made_again_after_5_30_and_120_minutes_and_then_left_to_people(office: Office) -> None:
    matter, _ = standing(office)
    assert incidents(office, matter) == [("ask", "The counter is closed.")]
    made = [beat(office)]
    for minutes in (5, 29, 1, 119, 1, 600):
        office.wait(minutes=minutes)
        made.append(beat(office))
    assert made == [0, 1, 0, 1, 0, 1, 0]
    kept = incident(office)
    assert (kept.attempts, kept.retry_at, kept.resolved_at) == (3, None, None)
    assert notes(office).count("before") == 1, "what was done before it is not done again"
    with office.by(reading=True) as ctx:
        count = ctx.session.scalar(select(func.count(Incident.id)))
        assert (count, [each.places for each in verify(ctx) if each.places]) == (1, [])


def test_once_it_succeeds_the_matter_goes_on_by_itself(office: Office) -> None:
    matter, _ = standing(office)
    put(office, matter, open=True)
    office.wait(minutes=5)
    assert beat(office) == 1
    assert (incidents(office, matter), opened(office)) == ([], ["done"])
    assert notes(office) == ["before", "counter.ask", "after"]
    (entry,) = entries(office, "incident.retry")
    assert (entry.actor, entry.facts["by_itself"]) == (None, True)


def test_a_fault_of_the_diagram_is_not_tried_again(office: Office) -> None:
    begun(office, "start s \n xor x \n user a \n user b \n s -> x \n x -> a if wanted = 1 \n x -> b if wanted = 2")
    assert incident(office).retry_at is None


def test_an_unforeseen_failure_of_a_retry_counts_and_the_others_go_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = standing(office)
    second = running.start(office, key="2", unit="A01", open=False)
    complete(office, second, "plan", by="zhang")
    office.wait(days=1)
    tick(office)
    put(office, first, open=True)
    put(office, second, open=True)
    real = workflow.Operation.call

    def stumbles(self: workflow.Operation, ctx: object, act: workflow.Act, inputs: object) -> object:
        if act.element == "ask" and act.instance.id == first:
            raise ZeroDivisionError
        return real(self, ctx, act, inputs)  # type: ignore[arg-type]

    monkeypatch.setattr(workflow.Operation, "call", stumbles)
    # By the clock of the host, on which all of it is long due; each failure puts it off further.
    assert [due.retry_next(office.database) for _ in range(3)] == [True, True, False]
    assert opened(office, second) == ["done"]
    with office.by(reading=True) as ctx:
        (left,) = workflow.incidents(ctx, workflow.instance(ctx, first))
        assert left.attempts == 1


def test_a_step_that_was_set_aside_is_taken_again_and_left_to_people_after_the_third_time(office: Office) -> None:
    drawn = "start s \n catch wait timer=P1D \n service fall op=counter.stumble \n user done candidateGroups=lead \n s -> wait -> fall -> done"
    matter = begun(office, drawn)
    office.wait(days=1)
    for attempt, minutes in enumerate((5, 30, 120)):
        fall(office, matter)
        assert (incident(office).attempts, instance_of(office, matter).status) == (attempt, "suspended")
        assert beat(office) == 0
        office.wait(minutes=minutes)
        assert beat(office) == 1
    fall(office, matter)
    assert (incident(office).attempts, incident(office).retry_at) == (3, None)
    with pytest.raises(WholeStep), office.by("liu") as ctx:
        skip(ctx, incident(office).id, "x")
    with office.by("liu") as ctx:
        retry(ctx, incident(office).id)
    assert instance_of(office, matter).status == "running"


def fall(office: Office, matter: int) -> None:
    with pytest.raises(ZeroDivisionError), office.by() as ctx:
        assert workflow.due(ctx) == matter
        workflow.advance(ctx, matter)
    with office.by() as ctx:
        workflow.set_aside(ctx, matter, "division by zero")


# ---- by an operator


def test_a_retry_that_fails_again_tells_why_and_changes_nothing(office: Office) -> None:
    matter, found = standing(office)
    before = running.everything(office)
    with pytest.raises(running.Closed), office.by("liu") as ctx:
        retry(ctx, found.id)
    assert running.everything(office) == before
    put(office, matter, open=True)
    with office.by("liu") as ctx:
        retry(ctx, found.id)
    assert opened(office) == ["done"]
    with pytest.raises(NothingStands), office.by("liu") as ctx:
        retry(ctx, found.id)


def test_skipping_passes_over_the_call_with_a_reason(office: Office) -> None:
    _, found = standing(office)
    with pytest.raises(NothingSaid), office.by("liu") as ctx:
        skip(ctx, found.id, "")
    with office.by("liu") as ctx:
        skip(ctx, found.id, "已线下办理")
    assert (opened(office), notes(office)) == (["done"], ["before", "after"])
    (entry,) = entries(office, "incident.skip")
    assert (entry.actor, entry.facts["reason"]) == ("liu", "已线下办理")


def test_a_jump_takes_one_token_elsewhere_and_marks_what_it_takes_away(office: Office) -> None:
    matter = begun(office, ASKING, open=True)
    task = task_id(office, matter, "plan")
    with office.by("liu") as ctx:
        jump(ctx, matter, row(office, task).token, "done", "直接办结")
    assert (opened(office), row(office, task).gone) == (["done"], "jumped")
    with pytest.raises(spiff.CannotJump), office.by("liu") as ctx:
        jump(ctx, matter, row(office, task_id(office, matter, "done")).token, "s", "x")


def test_one_sees_what_an_act_would_do_and_nothing_has_happened(office: Office) -> None:
    matter, found = standing(office)
    before = running.everything(office)
    with office.by("liu") as ctx:
        seen = preview(ctx, matter, lambda attempt: skip(attempt, found.id, "x"))
    assert (seen.gone, seen.opened, seen.incidents, seen.status) == (
        [],
        ["done"],
        [],
        "running",
    )
    assert running.everything(office) == before
    with office.by("liu") as ctx:
        token = found.token or ""
        seen = preview(ctx, matter, lambda attempt: jump(attempt, matter, token, "plan", "x"))
    assert seen.opened == ["plan"]
    with pytest.raises(running.Closed), office.by("liu") as ctx:
        preview(ctx, matter, lambda attempt: retry(attempt, found.id))
    assert running.everything(office) == before


def test_a_preview_shows_which_tasks_would_be_taken_away(office: Office) -> None:
    matter = begun(office, ASKING, open=True)
    with office.by("liu") as ctx:
        seen = preview(ctx, matter, lambda attempt: call_off(attempt, matter, "x"))
    assert (seen.gone, seen.opened, seen.status) == (["plan"], [], "cancelled")
    assert (opened(office), instance_of(office, matter).status) == (["plan"], "running")


@pytest.mark.parametrize("account", ["wang", "li", "zhang"])
def test_only_the_operator_does_any_of_it(office: Office, account: str) -> None:
    matter, found = standing(office)
    for act in (
        lambda ctx: retry(ctx, found.id),
        lambda ctx: skip(ctx, found.id, "x"),
        lambda ctx: jump(ctx, matter, found.token or "", "done", "x"),
        lambda ctx: suspend(ctx, matter, "x"),
        lambda ctx: resume(ctx, matter, "x"),
        lambda ctx: call_off(ctx, matter, "x"),
    ):
        with pytest.raises(NotYours), office.by(account) as ctx:
            act(ctx)


# ---- suspended


def test_in_a_suspended_matter_nothing_moves_and_its_tasks_keep_what_is_in_them(office: Office) -> None:
    drawn = "start s \n user plan candidateGroups=clerk@unit \n boundary late on=plan timer=P3D aside \n user chase candidateGroups=lead \n"
    matter = begun(office, drawn + "s -> plan \n late -> chase")
    task = task_id(office, matter, "plan")
    with office.by("zhang") as ctx:
        workflow.claim(ctx, task)
        workflow.save_draft(ctx, task, {"goal": "5%"})
    with office.by("liu") as ctx:
        suspend(ctx, matter, "等待上级明确")
    assert mine(office, "zhang") == []
    office.wait(days=4)
    assert tick(office) == 0
    with pytest.raises(NotRunning), office.by("zhang") as ctx:
        workflow.complete(ctx, task, {})
    with pytest.raises(NotRunning), office.by("liu") as ctx:
        suspend(ctx, matter, "again")
    with office.by("liu") as ctx:
        resume(ctx, matter, "已明确")
    kept = row(office, task)
    assert (kept.status, kept.assignee, kept.draft, mine(office, "zhang")) == (
        TaskStatus.OPEN,
        "zhang",
        {"goal": "5%"},
        ["plan"],
    )
    assert (tick(office), opened(office)) == (1, ["chase", "plan"])
    with pytest.raises(NotSuspended), office.by("liu") as ctx:
        resume(ctx, matter, "again")
    acts = [
        (entry.act, entry.actor, entry.facts["reason"])
        for act in ("suspend", "resume")
        for entry in entries(office, f"instance.{act}")
    ]
    assert acts == [("instance.suspend", "liu", "等待上级明确"), ("instance.resume", "liu", "已明确")]
    with office.by(reading=True) as ctx:
        assert [each.places for each in verify(ctx) if each.places] == []
        assert list(audit.broken_entries(ctx)) == []


def test_a_message_that_comes_meanwhile_is_heard_on_resuming(office: Office) -> None:
    matter = begun(office, "start s \n catch wait message=go \n user done candidateGroups=lead \n s -> wait -> done")
    with office.by("liu") as ctx:
        suspend(ctx, matter, "x")
    with office.by() as ctx:
        assert not workflow.send(ctx, "go", {"told": 1})
    with office.by("liu") as ctx:
        resume(ctx, matter, "x")
    assert opened(office) == ["done"]


def test_a_matter_that_is_called_off_ends_and_its_people_are_told(office: Office) -> None:
    matter = begun(office, ASKING, open=True)
    task = task_id(office, matter, "plan")
    with office.by("liu") as ctx:
        call_off(ctx, matter, "重复立项")
    assert (instance_of(office, matter).status, row(office, task).gone) == ("cancelled", "cancelled")
    assert (told(office, "zhang"), told(office, "chen")) == (["task.gone"], ["task.gone"])
    with pytest.raises(Conflict), office.by("liu") as ctx:
        call_off(ctx, matter, "again")


def test_a_suspended_matter_can_be_called_off(office: Office) -> None:
    matter = begun(office, ASKING, open=True)
    with office.by("liu") as ctx:
        suspend(ctx, matter, "x")
        call_off(ctx, matter, "重复立项")
    assert instance_of(office, matter).status == "cancelled"
    assert opened(office) == []
