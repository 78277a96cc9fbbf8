from tests.workflow.spiff.walking import Begin

TRIP = """
start s
user hotel
boundary undo_hotel on=hotel compensate= handler=cancel_hotel
user cancel_hotel compensates=1
user flight
boundary undo_flight on=flight compensate= handler=cancel_flight
service cancel_flight op=flight.cancel compensates=1
user pay
{} back compensate={}
user after
s -> hotel -> flight -> pay -> back
"""


def test_what_was_completed_is_undone_the_latest_first(walks: Begin) -> None:
    walk = walks(TRIP.format("throw", "") + "back -> after")
    for task in ("hotel", "flight", "pay"):
        walk.complete(task)
    assert walk.open == ["cancel_hotel"]
    assert [call.operation for call in walk.world.calls] == ["flight.cancel"]
    walk.complete("cancel_hotel")
    assert walk.open == ["after"]
    assert walk.visited == ["hotel", "flight", "pay", "cancel_flight", "cancel_hotel"]


def test_one_activity_may_be_named(walks: Begin) -> None:
    walk = walks(TRIP.format("throw", "hotel") + "back -> after")
    for task in ("hotel", "flight", "pay"):
        walk.complete(task)
    walk.complete("cancel_hotel")
    assert walk.open == ["after"]
    assert walk.world.calls == []


def test_what_was_not_completed_is_not_undone(walks: Begin) -> None:
    walk = walks("""
    start s
    and p
    user a
    boundary undo on=a compensate= handler=h
    user h compensates=1
    user b
    throw back compensate=
    user after
    s -> p
    p -> a
    p -> b -> back -> after
    """)
    walk.complete("b")
    assert walk.open == ["a", "after"]


def test_each_completion_is_undone_once(walks: Begin) -> None:
    walk = walks("""
    start s
    xor m
    user a
    boundary undo on=a compensate= handler=h
    service h op=x.undo compensates=1
    user more
    xor x
    throw back compensate=
    user check
    throw again compensate=
    user after
    s -> m -> a -> more -> x
    x -> m if more
    x -> back default
    back -> check -> again -> after
    """)
    for more in (True, True, False):
        walk.complete("a")
        walk.complete("more", more=more)
    assert len(walk.world.calls) == 3
    walk.complete("check")
    assert walk.open == ["after"]
    assert len(walk.world.calls) == 3


def test_a_process_ends_when_its_end_has_undone_everything(walks: Begin) -> None:
    walk = walks(TRIP.format("end", ""))
    for task in ("hotel", "flight", "pay"):
        walk.complete(task)
    assert not walk.finished
    walk.complete("cancel_hotel")
    assert walk.finished


def test_an_event_subprocess_undoes_what_was_done_around_it(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    boundary undo on=a compensate= handler=h
    user h compensates=1
    user b
    s -> a -> b
    sub es event {
      start begin message=stop
      throw back compensate=
      user sorry
      begin -> back -> sorry
    }
    """)
    walk.complete("a")
    walk.message("stop")
    assert walk.open == ["h"]
    walk.complete("h")
    assert walk.open == ["sorry"]
    walk.complete("sorry")
    assert walk.finished


TRANSACTION = """
start s
tx deal {
  start s2
  user book
  boundary undo on=book compensate= handler=unbook
  user unbook compensates=1
  and p
  user wait
  user decide
  xor x
  end no cancel
  end yes
  s2 -> book -> p
  p -> wait
  p -> decide -> x
  x -> no if refused
  x -> yes default
}
boundary cancelled on=deal cancel
user sorry
user done
s -> deal -> done
cancelled -> sorry
"""


def test_a_cancelled_transaction_is_undone_and_left_by_its_cancel_event(walks: Begin) -> None:
    walk = walks(TRANSACTION)
    walk.complete("book")
    assert walk.open == ["decide", "wait"]
    walk.complete("decide", refused=True)
    assert walk.open == ["unbook"]
    walk.complete("unbook")
    assert walk.open == ["sorry"]
    assert walk.visited == ["book", "decide", "unbook", "cancelled"]


def test_a_transaction_that_is_not_cancelled_is_a_subprocess(walks: Begin) -> None:
    walk = walks(TRANSACTION)
    walk.complete("book")
    walk.complete("decide", refused=False)
    walk.complete("wait")
    assert walk.open == ["done"]
    assert walk.visited == ["book", "decide", "wait", "deal"]
