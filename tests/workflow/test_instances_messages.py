"""Messages and signals between matters: kept, correlated, delivered in the middle of a step."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from engine import feel, workflow
from engine.workflow import Status
from engine.workflow.store import KeptMessage, Wait
from tests.cast import Office
from tests.workflow import running
from tests.workflow.running import complete, deploy, everything, instance_of, notes, opened, start, variables

CATCH = "start s \n catch c message=came \n user b \n s -> c -> b"
KEYED_MATTER = "start s \n receive c message=came prop:key==item \n user b \n s -> c -> b"


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def send(office: Office, name: str = "came", key: str | None = None, keep: bool = True, **content: object) -> bool:
    with office.by() as ctx:
        return workflow.send(ctx, name, content, key=key, keep=keep)


def kept(office: Office) -> list[tuple[str, str | None, object]]:
    with office.by(reading=True) as ctx:
        rows = ctx.session.scalars(select(KeptMessage).order_by(KeptMessage.id))
        return [(row.name, row.key, feel.loads(row.content)) for row in rows]


def test_a_message_reaches_who_waits_for_it_and_brings_its_values(office: Office) -> None:
    deploy(office, CATCH)
    matter = start(office)
    assert send(office, files=2)
    assert opened(office) == ["b"]
    assert variables(office, matter)["files"] == 2


def test_of_several_who_wait_the_one_that_has_waited_longest_gets_it(office: Office) -> None:
    deploy(office, CATCH)
    first, second = start(office, key="1"), start(office, key="2")
    send(office)
    assert (opened(office, first), opened(office, second)) == (["b"], [])
    send(office)
    assert opened(office, second) == ["b"]


def test_a_message_nobody_waits_for_is_kept_and_serves_one_catch_once(office: Office) -> None:
    deploy(office, CATCH)
    assert not send(office, files=2)
    assert kept(office) == [("came", None, {"files": 2})]
    first, second = start(office, key="1"), start(office, key="2")
    assert (opened(office, first), opened(office, second)) == (["b"], [])
    assert variables(office, first)["files"] == 2
    assert kept(office) == []


def test_kept_messages_serve_in_the_order_in_which_they_came(office: Office) -> None:
    deploy(office, CATCH)
    for number in (1, 2):
        send(office, number=number)
    assert [variables(office, start(office, key=key))["number"] for key in ("1", "2")] == [1, 2]


def test_news_that_is_only_for_who_waits_now_is_not_kept(office: Office) -> None:
    deploy(office, CATCH)
    before = everything(office)
    assert not send(office, keep=False)
    assert everything(office) == before


def test_a_kept_message_wakes_no_boundary_event(office: Office) -> None:
    deploy(office, "start s \n user a \n boundary stop on=a message=came \n user b \n s -> a \n stop -> b")
    send(office)
    matter = start(office)
    assert opened(office, matter) == ["a"]
    assert len(kept(office)) == 1
    send(office)
    assert opened(office, matter) == ["b"]


def test_a_kept_message_wakes_no_boundary_event_of_a_called_process(office: Office) -> None:
    deploy(
        office,
        "start s \n call c calls=child \n s -> c",
        child="start s \n user a \n boundary stop on=a message=came \n user b \n s -> a \n stop -> b",
    )
    send(office)
    matter = start(office)
    assert opened(office, matter) == ["a"]
    assert len(kept(office)) == 1


def test_a_kept_message_serves_a_catch_of_a_called_process(office: Office) -> None:
    deploy(office, "start s \n call c calls=child \n s -> c", child=CATCH)
    send(office)
    assert opened(office, start(office)) == ["b"]


def test_a_message_to_a_matter_whose_step_ends_it_is_kept_for_another(office: Office) -> None:
    deploy(
        office,
        """
        start s
        and split
        user a
        service tell op=matter.tell in:message=came
        end over terminate
        catch c message=came
        s -> split -> a -> tell -> over
        split -> c
        """,
    )
    matter = start(office)
    complete(office, matter, "a")
    assert instance_of(office, matter).status == Status.ENDED
    assert [name for name, _, _ in kept(office)] == ["came"]


def test_a_message_with_a_key_reaches_only_the_matter_of_that_key(office: Office) -> None:
    deploy(office, KEYED_MATTER)
    first, second = start(office, key="1", item=17), start(office, key="2", item=18)
    assert send(office, key="18")
    assert (opened(office, first), opened(office, second)) == ([], ["b"])
    assert not send(office, key="19")
    assert kept(office) == [("came", "19", {})]


def test_a_kept_message_with_a_key_waits_for_the_matter_of_that_key(office: Office) -> None:
    deploy(office, KEYED_MATTER)
    send(office, key="18")
    assert opened(office, start(office, key="1", item=17)) == []
    assert opened(office, start(office, key="2", item=18)) == ["b"]


def test_who_waits_without_a_key_takes_any_message_of_that_name(office: Office) -> None:
    deploy(office, CATCH)
    matter = start(office)
    assert send(office, key="18")
    assert opened(office, matter) == ["b"]


def test_who_waits_without_a_key_is_served_by_any_kept_message_of_that_name(office: Office) -> None:
    deploy(office, CATCH)
    send(office, key="18")
    assert opened(office, start(office)) == ["b"]


def test_a_message_thrown_by_one_matter_moves_another_in_the_same_transaction(office: Office) -> None:
    deploy(office, "start s \n user a \n throw t message=came \n s -> a -> t", other=CATCH)
    other = start(office, "other", key="2")
    matter = start(office)
    complete(office, matter, "a")
    assert opened(office, other) == ["b"]


def test_a_message_to_a_matter_in_the_middle_of_its_own_step_comes_after_the_step(office: Office) -> None:
    """The operation runs while the machine is in memory: what it sends itself must not be lost nor overtake the step."""
    deploy(
        office,
        """
        start s
        and split
        user a
        service tell op=matter.tell in:message=came
        user after
        catch c message=came
        user b
        s -> split -> a -> tell -> after
        split -> c -> b
        """,
    )
    matter = start(office)
    complete(office, matter, "a")
    assert opened(office, matter) == ["after", "b"]
    assert variables(office, matter)["told"] == "came"
    assert instance_of(office, matter).version == 3


def test_a_matter_told_by_one_it_has_told_itself_hears_it(office: Office) -> None:
    """ping goes to the other matter, whose answer comes while the first is still in its step."""
    deploy(
        office,
        """
        start s
        and split
        user a
        throw ping message=ping
        catch pong message=pong
        user b
        s -> split -> a -> ping
        split -> pong -> b
        """,
        other="start s \n catch ping message=ping \n throw pong message=pong \n s -> ping -> pong",
    )
    start(office, "other", key="2")
    matter = start(office)
    complete(office, matter, "a")
    assert opened(office) == ["b"]
    assert instance_of(office, matter).status == Status.RUNNING


def test_a_refusal_in_the_matter_that_is_told_undoes_both(office: Office) -> None:
    deploy(
        office,
        "start s \n user a \n throw t message=came \n s -> a -> t",
        other="start s \n catch c message=came \n service ask op=counter.ask in:open==false \n s -> c -> ask",
    )
    start(office, "other", key="2")
    matter = start(office)
    before = everything(office)
    with pytest.raises(running.Closed):
        complete(office, matter, "a")
    assert everything(office) == before


def test_a_message_goes_past_a_matter_that_was_set_aside(office: Office) -> None:
    deploy(office, CATCH)
    aside, running_one = start(office, key="1"), start(office, key="2")
    with office.by() as ctx:
        workflow.set_aside(ctx, aside, "the disk was full")
    assert send(office)
    assert opened(office, running_one) == ["b"]


HEARS = "start s \n and split \n user a \n catch c signal=closed \n user b \n s -> split -> a \n split -> c -> b"


def test_a_signal_reaches_everyone_who_waits_for_it(office: Office) -> None:
    deploy(office, HEARS, deaf="start s \n user x \n s -> x")
    matters = [start(office, key=key) for key in ("1", "2")]
    deaf = start(office, "deaf", key="3")
    with office.by() as ctx:
        assert workflow.signal(ctx, "closed", {"year": 2026}) == 2
    assert [opened(office, each) for each in (*matters, deaf)] == [["a", "b"], ["a", "b"], ["x"]]
    assert variables(office, matters[1])["year"] == 2026


def test_a_signal_nobody_waits_for_is_forgotten(office: Office) -> None:
    deploy(office, HEARS)
    with office.by() as ctx:
        assert workflow.signal(ctx, "closed") == 0
    assert opened(office, start(office)) == ["a"]


def test_a_signal_thrown_by_a_matter_reaches_others_and_itself(office: Office) -> None:
    deploy(
        office,
        """
        start s
        and split
        user a
        throw t signal=closed
        catch c signal=closed
        user b
        s -> split -> a -> t
        split -> c -> b
        """,
        other=HEARS,
    )
    other, matter = start(office, "other", key="2"), start(office)
    complete(office, matter, "a")
    assert (opened(office, matter), opened(office, other)) == (["b"], ["a", "b"])


def test_a_signal_to_a_matter_in_the_middle_of_its_own_step_is_not_lost(office: Office) -> None:
    """The operation sends the signal while the matter that waits for it is in its step."""
    deploy(
        office,
        """
        start s
        and split
        user a
        service tell op=matter.signal in:signal=closed
        user after
        catch c signal=closed
        user b
        s -> split -> a -> tell -> after
        split -> c -> b
        """,
    )
    matter = start(office)
    complete(office, matter, "a")
    assert opened(office, matter) == ["after", "b"]


def test_a_signal_leaves_a_matter_that_was_set_aside_as_it_stands(office: Office) -> None:
    deploy(office, HEARS)
    aside = start(office)
    with office.by() as ctx:
        workflow.set_aside(ctx, aside, "the disk was full")
    with office.by() as ctx:
        workflow.signal(ctx, "closed")
    assert opened(office, aside) == ["a"]
    with office.by(reading=True) as ctx:
        assert [wait.name for wait in ctx.session.scalars(select(Wait))] == ["closed"]


def test_what_a_message_brings_is_kept_exactly(office: Office) -> None:
    deploy(office, CATCH)
    content = {"typename": "kept", "rows": [{"unit": "A01", "share": "0.10"}], "none": None, "yes": True}
    send(office, **content)
    matter = start(office)
    assert {name: variables(office, matter)[name] for name in content} == content
    assert notes(office) == []


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_message_sent_in_the_moment_somebody_begins_to_wait_for_it_is_not_left_lying(office: Office) -> None:
    deploy(office, CATCH)
    with ThreadPoolExecutor(1) as elsewhere:
        with office.by() as ctx:
            matter = workflow.start(ctx, "main", key="1", title="1").id
            sent = elsewhere.submit(send, office, number=7)
            with pytest.raises(TimeoutError):
                sent.result(timeout=1)
        assert sent.result(timeout=60)
    assert (opened(office, matter), kept(office)) == (["b"], [])
    assert variables(office, matter)["number"] == 7
