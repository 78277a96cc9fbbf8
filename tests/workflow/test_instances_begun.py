"""Processes that a message begins: which, how often, and what the matter is called."""

from typing import Any

import pytest
from sqlalchemy import select

from engine import workflow
from engine.workflow import Instance, Status, definitions, messages
from engine.workflow.store import KeptMessage
from tests import contending
from tests.cast import Office
from tests.workflow import running
from tests.workflow.running import complete, deploy, everything, instance_of, opened, start, variables
from tests.workflow.spiff.drawing import draw

COMPLAINT = "start s message=complaint \n user look \n end e \n s -> look -> e"
KEYED = "start s message=complaint prop:key==item \n user look \n end e \n s -> look -> e"


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def send(office: Office, key: str | None = None, keep: bool = True, **content: object) -> bool:
    with office.by("wang") as ctx:
        return workflow.send(ctx, "complaint", content, key=key, keep=keep)


def matters(office: Office) -> list[tuple[str, str]]:
    with office.by(reading=True) as ctx:
        return [(each.process, each.key) for each in ctx.session.scalars(select(Instance).order_by(Instance.id))]


def the_only(office: Office) -> Instance:
    with office.by(reading=True) as ctx:
        return ctx.session.scalars(select(Instance)).one()


def kept(office: Office) -> list[str | None]:
    with office.by(reading=True) as ctx:
        return [each.key for each in ctx.session.scalars(select(KeptMessage).order_by(KeptMessage.id))]


def test_a_message_begins_the_process_that_starts_with_it(office: Office) -> None:
    deploy(office, COMPLAINT)
    assert send(office, key="17", text="the road", unit="A01")
    begun = the_only(office)
    assert (begun.process, begun.key, begun.title, begun.unit) == ("main", "main/17", "main · 17", "A01")
    assert (begun.started_by, begun.status) == ("wang", Status.RUNNING)
    assert variables(office, begun.id) == {"text": "the road", "unit": "A01"}
    assert opened(office) == ["look"]
    assert kept(office) == []


def test_each_message_without_a_key_begins_a_matter_of_its_own(office: Office) -> None:
    deploy(office, COMPLAINT)
    for _ in range(3):
        send(office)
    day = "main/2026-"
    keys = [key for _, key in matters(office)]
    assert len(keys) == 3 and all(key.startswith(day) for key in keys)
    assert [key.removeprefix(keys[0]) for key in keys] == ["", "#2", "#3"]


def test_every_process_that_starts_with_a_message_is_begun_by_it(office: Office) -> None:
    deploy(office, COMPLAINT, other=COMPLAINT)
    send(office, key="17")
    assert sorted(matters(office)) == [("main", "main/17"), ("other", "other/17")]


def test_who_waits_for_a_message_has_it_and_nothing_is_begun(office: Office) -> None:
    deploy(office, COMPLAINT, waits="start s \n catch c message=complaint \n user b \n s -> c -> b")
    start(office, "waits", key="1")
    send(office)
    assert [process for process, _ in matters(office)] == ["waits"]
    send(office)
    assert [process for process, _ in matters(office)] == ["waits", "main"]


def test_a_message_for_a_matter_that_is_suspended_is_kept_for_it(office: Office) -> None:
    deploy(office, COMPLAINT, waits="start s \n catch c message=complaint \n user b \n s -> c -> b")
    waits = start(office, "waits", key="1")
    with office.by() as ctx:
        workflow.set_aside(ctx, waits, "the disk was full")
    assert not send(office, key="5")
    assert [process for process, _ in matters(office)] == ["waits"]
    assert kept(office) == ["5"]


def test_a_second_message_of_a_key_is_kept_while_the_first_matter_goes_on(office: Office) -> None:
    deploy(office, COMPLAINT)
    assert send(office, key="17")
    assert not send(office, key="17")
    assert (matters(office), kept(office)) == ([("main", "main/17")], ["17"])
    complete(office, the_only(office).id, "look")
    assert send(office, key="17")
    assert [key for _, key in matters(office)] == ["main/17", "main/17#2"]


def test_a_message_that_is_kept_serves_a_later_catch_of_the_matter_it_did_not_begin(office: Office) -> None:
    deploy(office, "start s message=complaint \n user look \n catch more message=complaint \n s -> look -> more")
    send(office, key="17")
    send(office, key="17", more="yes")
    matter = the_only(office).id
    complete(office, matter, "look")
    assert instance_of(office, matter).status == Status.ENDED
    assert variables(office, matter)["more"] == "yes"
    assert kept(office) == []


def test_news_for_who_listens_now_begins_a_matter_and_is_never_kept(office: Office) -> None:
    deploy(office, COMPLAINT)
    assert send(office, key="17", keep=False)
    assert not send(office, key="17", keep=False)
    assert (len(matters(office)), kept(office)) == (1, [])


def test_a_key_drawn_on_the_start_is_worked_out_of_what_the_message_brings(office: Office) -> None:
    deploy(office, KEYED)
    assert send(office, item=17)
    assert not send(office, item=17)
    assert send(office, key="18", item=18)
    assert [key for _, key in matters(office)] == ["main/17", "main/18"]


def test_a_message_whose_key_is_another_than_the_drawn_one_begins_nothing(office: Office) -> None:
    deploy(office, KEYED)
    assert not send(office, key="18", item=17)
    assert not send(office, text="no number")
    assert (matters(office), kept(office)) == ([], ["18", None])


def test_only_the_newest_version_listens(office: Office) -> None:
    deploy(office, COMPLAINT)
    send(office, key="1")
    deploy(office, "start s message=complaint \n user judge \n s -> judge")
    send(office, key="2")
    assert opened(office) == ["judge", "look"]
    deploy(office, "start s \n user judge \n s -> judge")
    assert not send(office, key="3")
    assert kept(office) == ["3"]


def test_a_pool_that_only_documents_is_not_begun(office: Office) -> None:
    source = draw(COMPLAINT, process="partner").replace(b'isExecutable="true"', b'isExecutable="false"')
    with office.by("wang") as ctx:
        definitions.deploy(ctx, [definitions.Source("partner.bpmn", source)])
    assert not send(office)
    assert matters(office) == []


def test_a_matter_begins_at_the_start_that_names_the_message_and_not_at_another(office: Office) -> None:
    deploy(office, "start s \n start t message=complaint \n user plain \n user look \n s -> plain \n t -> look")
    start(office, key="1")
    assert opened(office) == ["plain"]
    send(office)
    assert opened(office) == ["look", "plain"]


def test_what_a_start_says_of_its_results_is_written_as_a_catch_writes_it(office: Office) -> None:
    deploy(office, "start s message=complaint out:subject==text \n user look \n s -> look")
    send(office, text="road")
    assert variables(office, the_only(office).id) == {"subject": "road"}


def test_a_process_can_begin_another_by_a_message_and_hear_from_it(office: Office) -> None:
    deploy(
        office,
        "start s \n user a \n throw ask message=complaint in:text==question \n catch answered message=answer \n user b \n"
        " s -> a -> ask -> answered -> b",
        other="start s message=complaint \n user look \n end e message=answer in:verdict==verdict \n s -> look -> e",
    )
    asking = start(office, question="who pays?")
    complete(office, asking, "a")
    answering = [key for process, key in matters(office) if process == "other"]
    assert len(answering) == 1
    with office.by(reading=True) as ctx:
        other = workflow.find(ctx, "", answering[0]).id
    assert variables(office, other)["text"] == "who pays?"
    complete(office, other, "look", verdict="the city")
    assert (opened(office), variables(office, asking)["verdict"]) == (["b"], "the city")


def test_a_process_that_begins_itself_without_end_is_refused_and_nothing_remains(office: Office) -> None:
    deploy(office, "start s message=complaint \n throw again message=complaint \n s -> again")
    before = everything(office)
    with pytest.raises(messages.NoEnd, match="without end"):
        send(office)
    assert everything(office) == before


def test_what_cannot_be_begun_refuses_the_message_and_nothing_remains(office: Office) -> None:
    deploy(office, "start s message=complaint \n service ask op=counter.ask in:open==false \n s -> ask")
    before = everything(office)
    with pytest.raises(running.Closed):
        send(office)
    assert everything(office) == before


def test_the_story_of_a_matter_says_which_message_began_it(office: Office) -> None:
    deploy(office, COMPLAINT)
    send(office, key="17")
    with office.by(reading=True) as ctx:
        entry: Any = workflow.history(ctx, workflow.find(ctx, "", "main/17"))[0]
    assert (entry.act, entry.facts["message"]) == ("instance.start", "complaint")


def test_many_who_send_one_message_of_a_key_at_once_begin_one_matter(office: Office, database_url: str) -> None:
    """None of them waits for anything but the others: each of the other eleven messages is kept."""
    deploy(office, COMPLAINT)
    taken = contending.together(contending.send_with_key, [(database_url, "complaint", "17", 3)] * 4)
    assert sum(taken) == 1
    assert (matters(office), kept(office)) == ([("main", "main/17")], ["17"] * 11)


CLOSING = "start s signal=closed \n user tidy \n end e \n s -> tidy -> e"


def test_a_signal_begins_every_process_that_starts_with_it_each_time_it_is_sent(office: Office) -> None:
    deploy(office, CLOSING, other=CLOSING.replace("tidy", "count"), deaf=COMPLAINT)
    for year in (2026, 2027):
        with office.by("wang") as ctx:
            assert workflow.signal(ctx, "closed", {"year": year}) == 2
        office.wait(hours=1)
    found = matters(office)
    assert sorted(process for process, _ in found) == ["main", "main", "other", "other"]
    assert len({key for _, key in found}) == 4
    with office.by(reading=True) as ctx:
        begun = ctx.session.scalars(select(Instance).where(Instance.process == "main").order_by(Instance.id)).all()
        assert [workflow.variables(ctx, each)["year"] for each in begun] == [2026, 2027]


def test_a_signal_thrown_in_one_matter_begins_others_and_reaches_who_waits(office: Office) -> None:
    thrower = "start s \n user go \n throw cry signal=closed \n end e \n s -> go -> cry -> e"
    waiter = "start s \n catch c signal=closed \n user b \n s -> c -> b"
    deploy(office, CLOSING, throws=thrower, waits=waiter)
    waits = start(office, "waits", key="w")
    throws = start(office, "throws", key="t")
    complete(office, throws, "go")
    assert opened(office, waits) == ["b"]
    assert [process for process, _ in matters(office)] == ["waits", "throws", "main"]


def test_two_starts_with_one_signal_are_refused(office: Office) -> None:
    twice = "start s signal=closed \n start t signal=closed \n user a \n s -> a \n t -> a"
    with pytest.raises(definitions.DeploymentRefused, match="begins with the signal closed already"):
        deploy(office, twice)
