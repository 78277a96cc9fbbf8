"""A small office with matters in the middle of something, to be stored with its database and gone on with later."""

from engine import workflow
from tests.cast import Office
from tests.workflow.running import complete, deploy, equip, start, task_of, tick

#: A loop with a join in it, a reminder that comes every two days, and a call.
ROUNDS = """
start s
xor again
and split
user plan candidateGroups=clerk@unit
boundary late on=plan timer=P2D aside
user chase candidateGroups=lead
user figures candidateGroups=clerk@unit
call check calls=checked in:unit=unit
and join
xor enough
user sign candidateGroups=leader@unit
end e
s -> again -> split
split -> plan -> join
split -> figures -> check -> join
late -> chase
join -> enough
enough -> again if more
enough -> sign default
sign -> e
"""
CHECKED = "start begin \n user look candidateGroups=lead \n end done \n begin -> look -> done"
VOTED = """
start s
user vote each=people as=person assignee==person prop:vote=2
user publish candidateGroups=lead
end e
s -> vote -> publish -> e
"""
HEARS = """
start s
sub work {
start begin
user write candidateGroups=clerk@unit
end written
begin -> write -> written
sub told event {
start news message=news prop:key==subject
user answer candidateGroups=lead
news -> answer
}
}
catch paper message=paper
end e
s -> work -> paper -> e
"""
UNDONE = """
start s
user book candidateGroups=clerk@unit
boundary unbook on=book compensate= handler=cancel_booking
user cancel_booking compensates=1 candidateGroups=clerk@unit
throw undo compensate=
end e
s -> book -> undo -> e
"""


def settle(office: Office) -> None:
    """Bring every matter to the middle of something."""
    equip(office)
    deploy(office, rounds=ROUNDS, checked=CHECKED, voted=VOTED, hears=HEARS, undone=UNDONE)
    _second_round(office)
    _half_cast(office)
    _told_already(office)
    complete(office, start(office, "undone", "undone", unit="A01"), "book", by="zhang")
    with office.by("wang") as ctx:
        workflow.send(ctx, "paper", {"pages": 3})


def _second_round(office: Office) -> None:
    rounds = start(office, "rounds", "rounds", unit="A01", more=True)
    office.wait(days=2, hours=1)
    tick(office)
    complete(office, rounds, "plan", by="zhang")
    complete(office, rounds, "figures", by="zhang")
    complete(office, rounds, "look", by="wang")
    with office.by("zhang") as ctx:
        workflow.claim(ctx, task_of(ctx, rounds, "figures").id)
        workflow.save_draft(ctx, task_of(ctx, rounds, "plan").id, {"goal": "5%"})


def _half_cast(office: Office) -> None:
    voted = start(office, "voted", "voted", people=["zhang", "li", "wang"])
    with office.by("li") as ctx:
        (ballot,) = [each for each in workflow.mine(ctx).tasks if each.instance_id == voted]
        workflow.complete(ctx, ballot.id, {"verdict": "agreed"})


def _told_already(office: Office) -> None:
    start(office, "hears", "hears", unit="A01", subject=17)
    with office.by("wang") as ctx:
        workflow.send(ctx, "news", {"text": "at once"}, key="17")
