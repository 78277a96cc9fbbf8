import pytest

from engine.errors import BihuanError
from engine.workflow.spiff import BpmnError, Failure
from tests.workflow.spiff.walking import Begin, Walk, World

LINE = "start s \n user a \n service x op=x.do \n user b \n end e \n s -> a -> x -> b -> e"


def incident(walk: Walk) -> str:
    return walk.machine.incidents[0].task


def refused(walk: Walk, act: str, *arguments: object) -> str:
    before = walk.machine.dump()
    with pytest.raises(BihuanError) as refusal:
        walk.step(lambda machine: getattr(machine, act)(*arguments))
    assert walk.machine.dump() == before
    return refusal.value.code


# ---- retry


def test_an_operation_is_tried_again_as_often_as_need_be(walks: Begin) -> None:
    walk = walks(LINE, world=World(answers={"x.do": [Failure("1"), Failure("2"), {"n": 1}]}))
    walk.complete("a")
    assert [each.cause for each in walk.machine.incidents] == ["1"]
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert [each.cause for each in walk.machine.incidents] == ["2"]
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert walk.open == ["b"]
    assert walk.happened("incident") == ["incident x", "incident x"]
    assert walk.visited == ["a", "x"]


def test_a_retry_at_a_gateway_asks_the_conditions_again(walks: Begin) -> None:
    walk = walks("start s \n and p \n user w \n xor x \n user a \n s -> p -> w \n p -> x -> a if ok = true")
    assert walk.incidents == ["x"]
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert walk.incidents == ["x"]
    walk.complete("w", ok=True)
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert walk.open == ["a"]


def test_a_retry_of_a_task_that_could_not_leave_does_not_do_it_again(walks: Begin) -> None:
    walk = walks("start s \n and p \n user w \n service a op=x.do \n user b \n s -> p -> w \n p -> a -> b if ok")
    assert walk.incidents == ["a"]
    walk.complete("w", ok=True)
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert len(walk.world.calls) == 1
    assert walk.open == ["b"]


def test_a_retry_of_what_could_not_be_entered_enters_it_anew(walks: Begin) -> None:
    walk = walks("start s \n and p \n user w \n user vote each=people \n s -> p -> w \n p -> vote")
    assert walk.incidents == ["vote"]
    walk.complete("w", people=[1, 2])
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert walk.open == ["vote", "vote"]
    assert walk.machine.tasks[0].visits == 1


def test_a_retry_of_a_vote_that_could_not_be_counted_counts_again(walks: Begin) -> None:
    walk = walks(
        'start s \n and p \n user w \n user vote each=[1,2] until="sum(for i in 1..n return i) < 0" \n user b \n s -> p -> w \n p -> vote -> b',
        n=1_000_000,
    )
    walk.complete("vote")
    assert walk.incidents == ["vote"]
    assert walk.open == ["vote", "w"]
    walk.complete("w", n=1)
    walk.step(lambda machine: machine.retry(incident(walk)))
    assert walk.incidents == []
    walk.complete("vote")
    assert walk.open == ["b"]


def test_a_timer_on_a_standing_task_goes_on(walks: Begin) -> None:
    walk = walks(
        "start s \n service a op=x.do \n boundary late on=a timer=P1D \n user b \n s -> a \n late -> b",
        world=World(answers={"x.do": Failure("off")}),
    )
    assert walk.incidents == ["a"]
    walk.advance(days=1)
    assert walk.incidents == []
    assert walk.open == ["b"]


def test_only_an_incident_is_retried(walks: Begin) -> None:
    walk = walks(LINE)
    assert refused(walk, "retry", walk.machine.tasks[0].id) == "not_standing"
    assert refused(walk, "retry", "999") == "not_open"


# ---- skip


def test_an_incident_may_be_skipped(walks: Begin) -> None:
    walk = walks(LINE, world=World(answers={"x.do": Failure("off")}))
    walk.complete("a")
    walk.step(lambda machine: machine.skip(incident(walk)))
    assert walk.open == ["b"]


def test_a_task_skipped_calls_no_operation(walks: Begin) -> None:
    walk = walks("start s \n user a prop:operation=x.do \n user b \n s -> a -> b")
    task = walk.task("a").id
    walk.step(lambda machine: machine.skip(task))
    assert walk.open == ["b"]
    assert walk.world.calls == []


def test_a_wait_may_be_skipped_and_ends_its_race(walks: Begin) -> None:
    walk = walks(
        "start s \n race g \n catch m message=x \n catch t timer=P1D \n user a \n user b \n s -> g \n g -> m -> a \n g -> t -> b"
    )
    wait = next(wait.id for wait in walk.machine.waits if wait.element == "m")
    walk.step(lambda machine: machine.skip(wait))
    assert walk.open == ["a"]
    assert walk.machine.waits == []


def test_a_gateway_cannot_be_skipped(walks: Begin) -> None:
    walk = walks("start s \n xor x \n user a \n s -> x -> a if no")
    assert refused(walk, "skip", incident(walk)) == "cannot_skip"


def test_one_of_many_may_be_skipped(walks: Begin) -> None:
    walk = walks("start s \n user vote each=[1,2] \n user b \n s -> vote -> b")
    task = walk.task("vote", 1).id
    walk.step(lambda machine: machine.skip(task))
    assert walk.items == [2]


# ---- jump


def test_a_token_may_be_taken_forward_and_back(walks: Begin) -> None:
    walk = walks("start s \n user a \n user b \n user c \n s -> a -> b -> c")
    task = walk.task("a").id
    walk.step(lambda machine: machine.jump(task, "c"))
    assert walk.open == ["c"]
    task = walk.task("c").id
    walk.step(lambda machine: machine.jump(task, "b"))
    assert walk.open == ["b"]
    walk.return_to("a")
    assert walk.open == ["a"]


def test_a_token_may_be_taken_out_of_a_subprocess(walks: Begin) -> None:
    walk = walks(
        "start s \n sub box { \n start s2 \n and p \n user a \n user b \n s2 -> p -> a \n p -> b \n } \n user c \n s -> box -> c"
    )
    task = walk.task("a").id
    walk.step(lambda machine: machine.jump(task, "c"))
    assert walk.open == ["c"]


def test_a_jump_of_one_of_many_takes_the_whole(walks: Begin) -> None:
    walk = walks("start s \n user vote each=[1,2] \n user b \n s -> vote -> b")
    task = walk.task("vote", 2).id
    walk.step(lambda machine: machine.jump(task, "b"))
    assert walk.open == ["b"]


@pytest.mark.parametrize("target", ["s", "join", "late", "nowhere", "es"])
def test_there_are_places_no_token_can_be_put(walks: Begin, target: str) -> None:
    walk = walks("""
    start s
    and p
    user a
    boundary late on=a timer=P1D
    user b
    and join
    s -> p
    p -> a -> join
    p -> b -> join
    sub es event {
      start s2 message=x
      user h
      s2 -> h
    }
    """)
    assert refused(walk, "jump", walk.task("a").id, target) == "cannot_jump"


# ---- cancel, suspend


def test_a_task_may_be_cancelled_and_its_process_ends_without_it(walks: Begin) -> None:
    walk = walks("start s \n and p \n user a \n user b \n s -> p -> a \n p -> b")
    task = walk.task("a").id
    walk.step(lambda machine: machine.cancel_task(task))
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.finished
    assert walk.visited == ["b"]


def test_an_instance_may_be_cancelled_with_everything_in_it(walks: Begin) -> None:
    walk = walks(
        "start s \n sub box { \n start s2 \n user a \n boundary t on=a timer=P1D \n user b \n s2 -> a \n t -> b \n } \n s -> box"
    )
    walk.step(lambda machine: machine.cancel())
    assert walk.finished
    assert walk.open == []
    assert walk.machine.waits == []
    assert walk.due is None
    assert walk.happened("cancelled", "ended") == ["cancelled box", "cancelled a", "cancelled main"]
    assert refused(walk, "signal", "x", {}) == "ended"


def test_nothing_moves_while_an_instance_is_suspended(walks: Begin) -> None:
    walk = walks(
        "start s \n and p \n user a \n catch t timer=P1D \n catch m message=x \n user b \n user c \n s -> p \n p -> a \n p -> t -> b \n p -> m -> c"
    )
    walk.step(lambda machine: machine.suspend())
    assert refused(walk, "complete", walk.task("a").id, {}) == "suspended"
    assert refused(walk, "signal", "x", {}) == "suspended"
    walk.advance(days=2)
    assert walk.message("x", n=1) is False
    assert walk.open == ["a"]
    walk.step(lambda machine: machine.resume())
    assert walk.open == ["a", "c"]
    walk.advance(days=0)
    assert walk.open == ["a", "b", "c"]


def test_what_an_operation_raises_on_the_way_of_a_move_is_caught_as_ever(walks: Begin) -> None:
    walk = walks(
        "start s \n user a \n service x op=x.do \n boundary no on=x error=NO \n user b \n s -> a -> x \n no -> b",
        world=World(answers={"x.do": BpmnError("NO")}),
    )
    task = walk.task("a").id
    walk.step(lambda machine: machine.jump(task, "x"))
    assert walk.open == ["b"]


def test_variables_may_be_changed_from_outside_and_what_waits_for_them_looks_again(walks: Begin) -> None:
    walk = walks("start s \n catch c when='n > 2' \n user a \n s -> c -> a", n=1)
    walk.step(lambda machine: machine.put({"n": 2}))
    assert walk.open == []
    walk.step(lambda machine: machine.suspend())
    walk.step(lambda machine: machine.put({"n": 3}))
    assert walk.open == []
    walk.step(lambda machine: machine.resume())
    assert walk.open == ["a"]
    assert walk.variables == {"n": 3}
