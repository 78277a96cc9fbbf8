from tests.workflow.spiff.walking import Begin, World

CATCH = "start s \n user a \n catch m message=paper \n user b \n s -> a -> m -> b"


def test_a_catch_waits_for_its_message(walks: Begin) -> None:
    walk = walks(CATCH)
    walk.complete("a")
    assert walk.open == []
    assert walk.machine.awaits("paper")
    assert walk.message("other") is False
    assert walk.message("paper", pages=3) is True
    assert walk.open == ["b"]
    assert walk.variables == {"pages": 3}
    assert walk.visited == ["a", "m"]


def test_a_message_that_comes_early_is_kept_and_serves_one_catch(walks: Begin) -> None:
    walk = walks(
        "start s \n user a \n catch m1 message=paper \n catch m2 message=paper \n user b \n s -> a -> m1 -> m2 -> b"
    )
    assert walk.message("paper", n=1) is False
    walk.complete("a")
    assert walk.visited == ["a", "m1"]
    assert walk.message("paper", n=2) is True
    assert walk.open == ["b"]


def test_early_messages_are_served_in_the_order_of_their_coming(walks: Begin) -> None:
    walk = walks(
        "start s \n user a \n catch m message=paper \n user b \n catch m2 message=paper \n user c \n s -> a -> m -> b -> m2 -> c"
    )
    walk.message("paper", n="first")
    walk.message("paper", n="second")
    walk.complete("a")
    assert walk.variables == {"n": "first"}
    walk.complete("b")
    assert walk.variables == {"n": "second"}
    assert walk.open == ["c"]


def test_an_early_message_serves_a_receive_task_and_a_race(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    receive r message=paper
    race g
    catch m message=word
    catch t timer=P1D
    user b
    user c
    s -> a -> r -> g
    g -> t -> c
    g -> m -> b
    """)
    walk.message("paper")
    walk.message("word")
    walk.complete("a")
    assert walk.open == ["b"]
    assert walk.visited == ["a", "r", "m"]
    assert walk.due is None


def test_of_several_who_wait_the_one_who_has_waited_longest_gets_it(walks: Begin) -> None:
    walk = walks("""
    start s
    and p
    user a
    catch m1 message=paper
    catch m2 message=paper
    s -> p
    p -> m1
    p -> a -> m2
    """)
    walk.complete("a")
    walk.message("paper")
    assert walk.visited == ["a", "m1"]
    walk.message("paper")
    assert walk.visited == ["a", "m1", "m2"]
    assert walk.finished


def test_a_key_tells_apart_who_waits_for_what(walks: Begin) -> None:
    walk = walks(
        """
    start s
    receive r message=paper each=items as=item prop:key==item
    user b
    s -> r -> b
    """,
        items=[17, 18],
    )
    assert [wait.key for wait in walk.machine.waits] == ["17", "18"]
    assert not walk.machine.awaits("paper", "19")
    assert walk.message("paper", "18", from_18=True) is True
    assert walk.message("paper", "18") is False
    assert walk.open == []
    assert walk.message("paper", "17") is True
    assert walk.open == ["b"]


def test_who_waits_with_a_key_takes_no_message_without_one(walks: Begin) -> None:
    walk = walks("start s \n catch m message=paper prop:key==item \n user b \n s -> m -> b", item="x")
    assert walk.message("paper") is False
    assert walk.message("paper", "y") is False
    assert walk.message("paper", "x") is True


def test_who_waits_without_a_key_takes_any_message_of_the_name(walks: Begin) -> None:
    walk = walks("start s \n catch m message=paper \n user b \n s -> m -> b")
    assert walk.message("paper", "x") is True


def test_an_early_message_waits_for_its_key(walks: Begin) -> None:
    walk = walks(
        "start s \n user a \n receive r message=paper each=[1,2] as=n prop:key==n \n user b \n s -> a -> r -> b"
    )
    walk.message("paper", "2")
    walk.message("paper", "1")
    walk.complete("a")
    assert walk.open == ["b"]


def test_a_key_without_a_value_is_an_incident(walks: Begin) -> None:
    walk = walks("start s \n catch m message=paper prop:key==item \n s -> m")
    assert walk.incidents == ["m"]


def test_a_thrown_message_reaches_who_waits_inside_first(walks: Begin) -> None:
    walk = walks(
        """
    start s
    and p
    catch m message=paper
    user a
    user b
    throw t message=paper in:n==n+1
    s -> p
    p -> m -> b
    p -> a -> t
    """,
        n=1,
    )
    walk.complete("a")
    assert walk.open == ["b"]
    assert walk.variables == {"n": 2}
    assert walk.world.sent == []
    assert walk.happened("sent", "received") == ["sent t", "received m"]


def test_a_message_nobody_inside_waits_for_is_offered_outside(walks: Begin) -> None:
    world = World(delivers=True)
    walk = walks(
        "start s \n send t message=paper prop:key==unit in:n=3 \n catch m message=paper \n s -> t -> m",
        world=world,
        unit="A1",
    )
    assert walk.world.sent == [("paper", "A1", {"n": "3"})]
    assert walk.visited == ["t"]
    assert walk.machine.awaits("paper")


def test_a_message_nobody_takes_is_kept_for_who_will_wait(walks: Begin) -> None:
    walk = walks("start s \n throw t message=paper \n catch m message=paper \n user a \n s -> t -> m -> a")
    assert walk.open == ["a"]
    assert walk.world.sent == [("paper", None, {})]


def test_a_message_end_event_sends(walks: Begin) -> None:
    walk = walks("start s \n user a \n end e message=done \n s -> a -> e")
    walk.complete("a")
    assert walk.world.sent == [("done", None, {})]
    assert walk.finished


def test_a_signal_reaches_everyone_who_waits_in_the_instance_too(walks: Begin) -> None:
    walk = walks("""
    start s
    and p
    catch c1 signal=closed
    catch c2 signal=closed
    user a
    user b
    user c
    end e signal=closed
    s -> p
    p -> c1 -> b
    p -> c2 -> c
    p -> a -> e
    """)
    walk.complete("a")
    assert walk.open == ["b", "c"]
    assert walk.world.signals == [("closed", {})]
    assert walk.visited == ["a", "c1", "c2"]


def test_a_signal_is_not_kept(walks: Begin) -> None:
    walk = walks("start s \n user a \n catch c signal=closed \n user b \n s -> a -> c -> b")
    assert walk.signal("closed") == 0
    walk.complete("a")
    assert walk.open == []
    assert walk.signal("closed", by="office") == 1
    assert walk.open == ["b"]


RACE = """
start s
xor m
race g
catch word message=word
receive paper message=paper
catch late timer=P3D
user a
user b
user c
s -> m -> g
g -> word -> a -> m
g -> paper -> b
g -> late -> c
"""


def test_in_a_race_the_first_event_ends_the_others(walks: Begin) -> None:
    walk = walks(RACE)
    assert len(walk.machine.waits) == 3
    walk.advance(days=3)
    assert walk.open == ["c"]
    assert walk.message("word") is False
    assert walk.machine.waits == []


def test_a_race_may_be_run_again(walks: Begin) -> None:
    walk = walks(RACE)
    walk.message("word")
    assert walk.due is None
    walk.complete("a")
    assert walk.due == "2026-04-23T09:00:00+08:00"
    walk.message("paper")
    assert walk.open == ["b"]
    assert walk.visited == ["word", "a", "paper"]


def test_what_is_waited_for_names_what_can_come_from_outside(walks: Begin) -> None:
    walk = walks(
        """
        start s
        user a
        boundary b1 on=a timer=P1D aside
        boundary b2 on=a message=paper aside prop:key==item
        boundary b3 on=a signal=closed
        boundary b4 on=a when="n > 1"
        boundary b5 on=a error
        boundary b6 on=a escalation
        end e
        s -> a -> e
        b1 -> e
        b2 -> e
        b3 -> e
        b4 -> e
        b5 -> e
        b6 -> e
        sub es event {
          start es_start message=halt
        }
        """,
        item=17,
    )
    found = sorted((wait.element, wait.kind, wait.name, wait.key, wait.due is not None) for wait in walk.machine.waits)
    assert found == [
        ("b1", "timer", None, None, True),
        ("b2", "message", "paper", "17", False),
        ("b3", "signal", "closed", None, False),
        ("b4", "conditional", None, None, False),
        ("es_start", "message", "halt", None, False),
    ]
    assert len({wait.id for wait in walk.machine.waits}) == 5
