"""What goes from one instance to another: signals to all who wait, messages to one, by key, also before anyone waits."""

from engine import workflow
from tests.cast import Office
from tests.workflow.running import complete, deploy, instance_of, opened, start, tick, variables

LISTENS = """
start s
and split
user work
boundary told on=work signal=closed aside
user read
catch wait signal=closed
user after
s -> split
split -> work
split -> wait -> after
told -> read
"""


def test_a_thrown_signal_reaches_every_instance_that_waits(office: Office) -> None:
    deploy(office, listens=LISTENS, throws="start s1 \n user work1 \n end loud signal=closed \n s1 -> work1 -> loud")
    first, second = (start(office, "listens", key) for key in ("first", "second"))
    thrower = start(office, "throws", "thrower")
    late = start(office, "listens", "late")
    complete(office, late, "work")
    complete(office, thrower, "work1")
    assert opened(office, first) == opened(office, second) == ["after", "read", "work"]
    assert opened(office, late) == ["after"]


def test_a_message_with_a_key_finds_its_instance(office: Office) -> None:
    deploy(office, waits="start s \n catch wait message=paper prop:key==item \n user after \n s -> wait -> after")
    matters = {item: start(office, "waits", f"m{item}", item=item) for item in (1, 2, 3)}
    with office.by() as ctx:
        assert workflow.send(ctx, "paper", {"pages": 5}, key="2")
    assert {item: opened(office, matter) for item, matter in matters.items()} == {1: [], 2: ["after"], 3: []}
    assert variables(office, matters[2])["pages"] == 5


def test_a_message_that_comes_first_waits_for_the_instance_that_asks_for_it(office: Office) -> None:
    deploy(office, waits="start s \n catch wait message=paper prop:key==item \n user after \n s -> wait -> after")
    with office.by() as ctx:
        assert not workflow.send(ctx, "paper", {"pages": 5}, key="2")
    assert opened(office, start(office, "waits", "one", item=1)) == []
    two, again = start(office, "waits", "two", item=2), start(office, "waits", "again", item=2)
    assert (opened(office, two), opened(office, again)) == (["after"], [])


def test_a_message_end_event_is_heard_in_another_instance(office: Office) -> None:
    deploy(
        office,
        asks="start s \n throw ask message=question in:from==me \n catch answered message=answer \n s -> ask -> answered",
        answers="start s1 \n catch asked message=question \n user judge \n end said message=answer in:verdict==verdict \n s1 -> asked -> judge -> said",
    )
    answering = start(office, "answers", "answering")
    asking = start(office, "asks", "asking", me="A01")
    assert variables(office, answering)["from"] == "A01"
    complete(office, answering, "judge", verdict="yes")
    assert (instance_of(office, asking).status, variables(office, asking)["verdict"]) == ("ended", "yes")


def test_a_clock_that_ticks_late_counts_from_when_things_were_due(office: Office) -> None:
    """Nobody ticked over the weekend: three waits of a day each are over, and the fourth ends on Tuesday."""
    pauses = "\n".join(f"catch c{number} timer=P1D" for number in range(4))
    deploy(office, pauses=f"start s \n {pauses} \n end e \n s -> c0 -> c1 -> c2 -> c3 -> e")
    matter = start(office, "pauses")
    begun = office.now
    office.wait(days=3, hours=5)
    tick(office)
    with office.by(reading=True) as ctx:
        due = workflow.next_due(ctx)
    assert due is not None
    assert (due - begun).total_seconds() == 4 * 24 * 3600
    office.wait(days=1)
    tick(office)
    assert instance_of(office, matter).status == "ended"
