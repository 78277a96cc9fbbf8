from tests.workflow.spiff.walking import Begin, World


def test_a_subprocess_is_done_when_nothing_in_it_lives_any_more(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      and p
      user a
      user b
      end e1
      s2 -> p -> a -> e1
      p -> b
    }
    user c
    s -> box -> c
    """)
    walk.complete("a", n=1)
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.open == ["c"]
    assert walk.visited == ["a", "b", "box"]
    assert walk.variables == {"n": 1}


def test_a_terminate_end_in_a_subprocess_ends_only_that(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      and p
      user a
      user b
      end stop terminate
      s2 -> p -> a -> stop
      p -> b
    }
    user c
    s -> box -> c
    """)
    walk.complete("a")
    assert walk.open == ["c"]
    assert walk.visited == ["a", "box"]


def test_subprocesses_lie_in_each_other_and_come_round_again(walks: Begin) -> None:
    walk = walks("""
    start s
    xor m
    sub outer {
      start s2
      sub inner {
        start s3
        user a
        s3 -> a
      }
      s2 -> inner
    }
    xor x
    s -> m -> outer -> x
    x -> m if again
    end e
    x -> e default
    """)
    for again in (True, True, False):
        walk.complete("a", again=again)
    assert walk.finished
    assert walk.visited == ["a", "inner", "outer"] * 3


def test_a_called_process_shares_nothing_unless_mapped(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q give:n=count give:double='=count * 2' take:answer=result \n user c \n s -> k -> c",
        others={"q": "start s \n user a \n s -> a"},
        count=2,
        secret="x",
    )
    assert walk.machine.tasks[0].process == "q"
    walk.complete("a", result="n of " + "it", other=1)
    assert walk.open == ["c"]
    assert walk.variables == {"count": 2, "secret": "x", "answer": "n of it"}
    assert walk.visited == ["a", "k"]


def test_everything_may_be_handed_in_and_out(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q give:all=1 take:all=1 \n user c \n s -> k -> c",
        others={"q": "start s \n user a candidateGroups=clerk@unit \n s -> a"},
        unit="A",
    )
    assert walk.machine.tasks[0].candidates == ("clerk@A",)
    walk.complete("a", other=1)
    assert walk.variables == {"unit": "A", "other": 1}


def test_an_expression_may_be_handed_out(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q take:sum='=a + b' \n user c \n s -> k -> c",
        others={"q": "start s \n user t \n s -> t"},
    )
    walk.complete("t", a=1, b=2)
    assert walk.variables == {"sum": 3}


def test_two_processes_may_have_subprocesses_of_one_name(walks: Begin) -> None:
    walk = walks(
        "start s \n sub box { \n start s2 \n call k calls=q \n s2 -> k \n } \n user c \n s -> box -> c",
        others={"q": "start s \n sub box { \n start s2 \n user a \n s2 -> a \n } \n s -> box"},
    )
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.visited == ["a", "box", "k", "box"]
    assert walk.open == ["c"]


def test_a_process_that_calls_itself_without_end_is_an_incident(walks: Begin) -> None:
    walk = walks("start s \n call k calls=main \n s -> k")
    assert walk.incidents == ["k"]
    assert "more than 40 deep" in walk.machine.incidents[0].cause


def test_a_process_may_call_itself_to_an_end(walks: Begin) -> None:
    walk = walks(
        """
    start s
    xor x
    call k calls=main give:n='=n - 1'
    user a
    s -> x
    x -> k if n > 0
    x -> a default
    """,
        n=3,
    )
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.finished
    assert walk.visited == ["a", "k", "k", "k"]


def test_a_message_reaches_into_a_called_process(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q \n user c \n s -> k -> c",
        others={"q": "start s \n catch m message=paper \n s -> m"},
    )
    walk.message("paper")
    assert walk.open == ["c"]


def test_plain_start_events_all_begin_and_one_with_a_trigger_does_not(walks: Begin) -> None:
    walk = walks("start s \n start s2 message=go \n user a \n user b \n s -> a \n s2 -> b")
    assert walk.open == ["a"]


def test_a_process_that_only_a_message_starts_begins_there(walks: Begin) -> None:
    walk = walks("start s message=go \n user a \n s -> a")
    assert walk.open == ["a"]


def test_what_may_not_be_handed_out_stands_and_can_be_taken_up(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q take:x='=for i in 1..1000000 return i' \n user c \n s -> k -> c",
        others={"q": "start s \n user a \n s -> a"},
        world=World(),
    )
    walk.complete("a")
    assert walk.incidents == ["k"]
    walk.step(lambda machine: machine.skip(machine.incidents[0].task))
    assert walk.open == ["c"]


def test_inputs_of_a_subprocess_are_seen_only_inside(walks: Begin) -> None:
    walk = walks(
        """
        start s
        sub box in:limit==n*2 out:result==limit+1 {
          start s2
          script t feel="limit + 1" resultVariable=limit
          user a
          s2 -> t -> a
        }
        user c
        s -> box -> c
        """,
        n=2,
    )
    assert walk.variables == {"n": 2}
    walk.complete("a")
    assert walk.variables == {"n": 2, "result": 6}


def test_an_output_parameter_is_written_outside_the_activity(walks: Begin) -> None:
    """Even where the activity has something of its own by that name."""
    walk = walks(
        "start s \n user a each=[1,2] as=n out:n==answer sequential \n user b \n s -> a -> b",
    )
    walk.complete("a", answer="x")
    assert walk.task("a").item_value == 2
    assert walk.variables == {"n": "x"}
