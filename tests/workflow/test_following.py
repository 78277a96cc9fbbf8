"""Matters that answer each other: an exchange of any length is heard, one without end stands as an incident."""

import pytest

from engine import workflow
from engine.errors import BihuanError
from engine.workflow import Status, following, operating
from tests.cast import Office
from tests.workflow import running
from tests.workflow.running import complete, deploy, everything, incidents, instance_of, opened, start, variables

#: Asks until it has heard often enough; whoever answers does so at once.
ASKS = (
    "start s \n user go \n xor again \n throw ask message=question in:n==heard \n catch answered message=answer \n"
    ' script more feel="heard + 1" resultVariable=heard \n xor enough \n user done \n end e \n'
    " s -> go -> again -> ask -> answered -> more -> enough \n enough -> done if heard >= wanted \n"
    " enough -> again default \n done -> e"
)
ANSWERS = (
    "start s \n xor next \n catch asked message=question \n throw say message=answer \n xor over \n end e \n"
    " s -> next -> asked -> say -> over \n over -> next if n >= 0 \n over -> e default"
)
#: Two that would go on for ever.
PING = "start s \n user go \n xor x \n throw out message=ping \n catch back message=pong \n end e \n s -> go -> x -> out -> back \n back -> x if true \n back -> e default"
PONG = "start s \n xor x \n catch in message=ping \n throw out message=pong \n end e \n s -> x -> in -> out \n out -> x if true \n out -> e default"


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that is soon reached: what happens there is the same at any."""
    monkeypatch.setattr(following, "MAX_ANSWERS", 20)


def test_a_long_exchange_within_one_step_is_heard_to_its_end(office: Office) -> None:
    deploy(office, ASKS, other=ANSWERS)
    start(office, "other", key="o")
    asking = start(office, heard=0, wanted=80)
    complete(office, asking, "go")
    assert (opened(office), variables(office, asking)["heard"]) == (["done"], 80)


@pytest.mark.usefixtures("few")
def test_one_who_tells_many_and_is_answered_by_each_is_no_exchange_without_end(office: Office) -> None:
    """Telling and its answer are free, however many are told."""
    many = following.MAX_ANSWERS + 5
    deploy(
        office,
        "start s \n user go \n send tell message=question each=all as=one prop:key==one in:of==one \n receive told message=answer each=all as=one prop:key==one \n user done \n"
        " s -> go -> tell -> told -> done",
        other="start s \n catch asked message=question prop:key==me \n throw say message=answer prop:key==me \n s -> asked -> say",
    )
    with office.by("wang") as ctx:
        for number in range(many):
            workflow.start(ctx, "other", key=f"o{number}", title="o", variables={"me": str(number)})
    asking = start(office, all=[str(number) for number in range(many)])
    complete(office, asking, "go")
    assert (opened(office), incidents(office, asking)) == (["done"], [])


def test_two_that_answer_each_other_without_end_stand_as_an_incident_and_nothing_is_half_done(office: Office) -> None:
    deploy(office, PING, other=PONG)
    other, matter = start(office, "other", key="o"), start(office)
    complete(office, matter, "go")
    standing = [(each, *found) for each in (matter, other) for found in incidents(office, each)]
    ((where, element, cause),) = standing
    assert (where, element) in [(matter, "out"), (other, "out")]
    assert cause.startswith("The processes main and other answer each other without end: p")
    assert f"would follow {following.MAX_ANSWERS} answers in one step" in cause
    for each in (matter, other):
        assert instance_of(office, each).status == Status.RUNNING
    with office.by(reading=True) as ctx:
        for each in (matter, other):
            found = workflow.instance(ctx, each)
            chain = [entry.seq for entry in workflow.history(ctx, found)]
            assert chain == list(range(1, found.version + 1))


@pytest.mark.usefixtures("few")
def test_the_incident_can_be_skipped_and_the_rest_goes_on(office: Office) -> None:
    deploy(office, PING, other=PONG)
    other, matter = start(office, "other", key="o"), start(office)
    complete(office, matter, "go")
    with office.by("liu") as ctx:
        (found,) = [
            *workflow.incidents(ctx, workflow.instance(ctx, matter)),
            *workflow.incidents(ctx, workflow.instance(ctx, other)),
        ]
        operating.skip(ctx, found.id, "let it rest")
    assert incidents(office, matter) == incidents(office, other) == []


@pytest.mark.usefixtures("few")
def test_a_clock_that_sets_off_an_exchange_without_end_goes_on_with_other_matters(office: Office) -> None:
    deploy(
        office,
        PING.replace("user go", "catch go timer=P1D"),
        other=PONG,
        third="start s \n catch c timer=P1D \n user a \n s -> c -> a",
    )
    start(office, "other", key="o")
    matter = start(office)
    third = start(office, "third", key="3")
    office.wait(days=1)
    assert running.tick(office) == 2
    assert opened(office, third) == ["a"]
    assert len(incidents(office, matter)) <= 1
    assert instance_of(office, matter).status == Status.RUNNING


@pytest.mark.usefixtures("few")
def test_signals_that_answer_each_other_are_bounded_alike(office: Office) -> None:
    hears = "start s \n user rest \n boundary heard on=rest signal={} aside \n throw out signal={} \n s -> rest \n heard -> out"
    deploy(office, hears.format("pong", "ping"), other=hears.format("ping", "pong"))
    other, matter = start(office, "other", key="o"), start(office)
    with office.by("wang") as ctx:
        assert workflow.signal(ctx, "ping") == 1
    assert [element for each in (matter, other) for element, _ in incidents(office, each)] == ["out"]


@pytest.mark.usefixtures("few")
def test_a_matter_that_keeps_a_message_for_itself_without_end_is_bounded_alike(office: Office) -> None:
    deploy(
        office,
        "start s \n user go \n xor x \n throw out message=m \n catch back message=m \n end e \n s -> go -> x -> out -> back \n back -> x if true \n back -> e default",
    )
    matter = start(office)
    complete(office, matter, "go")
    ((element, cause),) = incidents(office, matter)
    assert element == "out"
    assert cause.startswith("The processes main answer each other without end: m")


@pytest.mark.usefixtures("few")
def test_answers_that_double_each_time_are_bounded_by_their_number(office: Office) -> None:
    """Each message sets off a branch of its own, which sends two."""
    twice = "start s{0} \n user rest{0} \n s{0} -> rest{0} \n sub heard event {{ \n start on message={1} aside \n throw a message={2} \n throw b message={2} \n end f \n on -> a -> b -> f \n }}"
    deploy(office, twice.format("", "ping", "pong"), other=twice.format("", "pong", "ping"))
    first, second = start(office), start(office, "other", key="o")
    with office.by("wang") as ctx:
        assert workflow.send(ctx, "ping")
    found = [element for each in (first, second) for element, _ in incidents(office, each)]
    assert found and set(found) <= {"a", "b"}


@pytest.mark.usefixtures("few")
def test_an_operation_that_keeps_an_exchange_going_refuses_the_person_who_set_it_off(office: Office) -> None:
    told = PING.replace("throw out message=ping", 'service out op=matter.tell in:message="ping"')
    deploy(office, told, other=PONG.replace("throw out message=pong", 'service out op=matter.tell in:message="pong"'))
    start(office, "other", key="o")
    matter = start(office)
    before = everything(office)
    with pytest.raises(BihuanError) as refused:
        complete(office, matter, "go")
    assert refused.value.code == "answers_without_end"
    assert everything(office) == before
