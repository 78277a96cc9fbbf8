"""Guarded matters: an operator asks, a second person confirms, and never the same; everything else stays as it was."""

import pytest
from sqlalchemy import select

from engine import workflow
from engine.access import NotYours
from engine.people import Appointment, Unit
from engine.workflow import Status, definitions, operating
from engine.workflow.definitions import DeploymentRefused, Source
from engine.workflow.operating import NeedsSecond
from engine.workflow.opinions import NothingSaid
from engine.workflow.seconding import AskedAlready, DecidedAlready, MovedOn, OwnRequest, ask, decide, waiting
from engine.workflow.spiff import CannotJump
from engine.workflow.store import Incident
from tests.cast import Office, appoint
from tests.conformance.layout import lay_out
from tests.workflow import running
from tests.workflow.moving import entries, told
from tests.workflow.running import complete, instance_of, opened, task_of
from tests.workflow.spiff.drawing import draw

PACKAGE = """
key: letters
title: Letters
roles: {lead: Lead, clerk: Clerk, leader: Leader}
start: letter
starts_at: "{year}-01-05T09:00+08:00"
guarded: [letter]
schedule:
  - {round: april, as_of: "{year}-03-31", opens_at: "{year}-04-01T00:00+08:00", collect_until: "{year}-04-22", publish_by: "{year}-04-30"}
"""
LETTER = """
start s
user sign candidateGroups=lead formRef=any
service ask op=counter.ask in:open==open
user receive candidateGroups=lead formRef=any
user file candidateGroups=lead formRef=any
end e
s -> sign -> ask -> receive -> file -> e
"""


@pytest.fixture
def office(office: Office) -> Office:
    """Two administrators, and a package with one guarded process and one that is not."""
    running.equip(office)
    with office.by() as ctx:
        appoint(ctx, "sun", "admin", ctx.session.scalars(select(Unit).where(Unit.code == "D02")).one())
    deploy(office, PACKAGE)
    return office


def deploy(office: Office, package: str) -> None:
    drawn = [Source(f"{name}.bpmn", lay_out(draw(LETTER, process=name))) for name in ("letter", "memo")]
    drawn.append(Source("any.form.json", b'{"id": "any", "type": "default", "components": []}'))
    with office.by("liu") as ctx:
        definitions.deploy(ctx, [Source("package.yaml", package.encode()), *drawn])


def letter(office: Office, process: str = "letter", key: str = "1") -> int:
    with office.by("wang") as ctx:
        values = {"open": True}
        matter = workflow.start(ctx, process, package="letters", key=key, title=f"Letter {key}", variables=values).id
    complete(office, matter, "sign", by="wang")
    return matter


def asked(office: Office, matter: int, by: str = "liu", act: str = "cancel", **more: object) -> int:
    with office.by(by) as ctx:
        return ask(ctx, matter, act, "发错单位", **more).id  # type: ignore[arg-type]


def decided(office: Office, request: int, by: str, confirmed: bool = True, answer: str = "情况属实") -> None:
    with office.by(by) as ctx:
        decide(ctx, request, confirmed, answer)


def test_nobody_moves_a_guarded_matter_alone(office: Office) -> None:
    matter = letter(office)
    with office.by(reading=True) as ctx:
        token = task_of(ctx, matter, "receive").token
    with pytest.raises(NeedsSecond), office.by("liu") as ctx:
        operating.call_off(ctx, matter, "发错单位")
    with pytest.raises(NeedsSecond), office.by("liu") as ctx:
        operating.jump(ctx, matter, token, "file", "发错单位")
    assert opened(office, matter) == ["receive"]


def test_a_matter_that_is_not_guarded_is_moved_by_one(office: Office) -> None:
    memo = letter(office, "memo", "2")
    with office.by("liu") as ctx:
        operating.call_off(ctx, memo, "发错单位")
    assert instance_of(office, memo).status == Status.CANCELLED


def test_what_is_asked_for_is_done_when_another_operator_confirms(office: Office) -> None:
    matter = letter(office)
    request = asked(office, matter)
    assert (instance_of(office, matter).status, opened(office, matter)) == (Status.RUNNING, ["receive"])
    decided(office, request, "sun")
    assert instance_of(office, matter).status == Status.CANCELLED
    with office.by("sun", reading=True) as ctx:
        assert waiting(ctx) == []
        assert [(each.act, each.actor) for each in workflow.history(ctx, workflow.instance(ctx, matter))][-1] == (
            "instance.cancel",
            "liu",
        )
    assert [(each.actor, each.facts["act"]) for each in entries(office, "operator.ask")] == [("liu", "cancel")]
    assert [(each.actor, each.facts["asked_by"]) for each in entries(office, "operator.confirm")] == [("sun", "liu")]


def test_the_lead_department_may_confirm_and_is_told(office: Office) -> None:
    matter = letter(office)
    request = asked(office, matter)
    assert (told(office, "wang"), told(office, "sun"), told(office, "liu")) == (
        ["operator.asked"],
        ["operator.asked"],
        [],
    )
    decided(office, request, "wang")
    assert instance_of(office, matter).status == Status.CANCELLED


def test_who_has_asked_does_not_confirm_nor_does_a_bystander(office: Office) -> None:
    request = asked(office, letter(office))
    with pytest.raises(OwnRequest):
        decided(office, request, "liu")
    with pytest.raises(NotYours):
        decided(office, request, "zhang")
    with pytest.raises(NotYours), office.by("zhang") as ctx:
        waiting(ctx)


def test_only_an_operator_asks(office: Office) -> None:
    matter = letter(office)
    with pytest.raises(NotYours):
        asked(office, matter, by="wang")


def test_a_refusal_leaves_the_matter_and_something_else_may_be_asked_for(office: Office) -> None:
    matter = letter(office)
    with pytest.raises(NothingSaid):
        decided(office, asked(office, matter), "sun", answer=" ")
    with pytest.raises(AskedAlready):
        asked(office, matter)
    with office.by("sun", reading=True) as ctx:
        ((request, _),) = waiting(ctx)
    decided(office, request.id, "sun", confirmed=False)
    assert opened(office, matter) == ["receive"]
    with pytest.raises(DecidedAlready):
        decided(office, request.id, "sun")
    with office.by(reading=True) as ctx:
        token = task_of(ctx, matter, "receive").token
    decided(office, asked(office, matter, act="jump", token=token, element="file"), "sun")
    assert opened(office, matter) == ["file"]


def test_a_matter_that_has_moved_on_is_not_moved_as_it_was_asked_for(office: Office) -> None:
    matter = letter(office)
    request = asked(office, matter)
    complete(office, matter, "receive", by="wang")
    with pytest.raises(MovedOn):
        decided(office, request, "sun")
    assert opened(office, matter) == ["file"]


def test_what_could_not_be_done_is_not_asked_for(office: Office) -> None:
    matter = letter(office)
    with pytest.raises(CannotJump), office.by("liu") as ctx:
        ask(ctx, matter, "jump", "x", token=task_of(ctx, matter, "receive").token, element="nowhere")
    with office.by("sun", reading=True) as ctx:
        assert waiting(ctx) == []


def test_an_incident_of_a_guarded_matter_is_passed_over_by_two(office: Office) -> None:
    with office.by("wang") as ctx:
        matter = workflow.start(ctx, "letter", package="letters", key="3", title="3", variables={"open": False}).id
    with office.by() as ctx:
        ctx.memo["patient"] = True
        workflow.complete(ctx, task_of(ctx, matter, "sign").id, {})
    with office.by(reading=True) as ctx:
        incident = ctx.session.scalars(select(Incident.id)).one()
    with pytest.raises(NeedsSecond), office.by("liu") as ctx:
        operating.skip(ctx, incident, "已线下办理")
    decided(office, asked(office, matter, act="skip", incident=incident), "sun")
    assert opened(office, matter) == ["receive"]


def test_an_operator_who_lost_the_post_meanwhile_has_asked_in_vain(office: Office) -> None:
    matter = letter(office)
    request = asked(office, matter, by="sun")
    with office.by() as ctx:
        for post in ctx.session.scalars(select(Appointment).where(Appointment.account == "sun")):
            post.to_date = post.from_date
    with pytest.raises(NotYours):
        decided(office, request, "liu")
    assert opened(office, matter) == ["receive"]


def test_a_guarded_process_that_is_not_there_is_complained_of(office: Office) -> None:
    with pytest.raises(DeploymentRefused, match="there is no process leter"):
        deploy(office, PACKAGE.replace("[letter]", "[leter]"))
