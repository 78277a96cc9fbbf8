"""Running matters under a newer version: what they keep, what stands against it, a batch with its report."""

import pytest

from engine import audit, workflow
from engine.access import NotYours
from engine.verify import verify
from engine.workflow import TaskStatus, copies, migration, moves
from engine.workflow.migration import CannotMigrate, migrate, migrate_all, plans
from tests.cast import Office
from tests.workflow import running
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id  # noqa: F401
from tests.workflow.running import complete, deploy, instance_of, opened, tick

OLD = """
start s
user plan candidateGroups=clerk@unit
boundary late on=plan timer=P3D aside
user chase candidateGroups=lead
user sign candidateGroups=leader@unit
s -> plan -> sign
late -> chase
"""
#: A signature of the lead has been added behind.
NEW = OLD.replace("s -> plan -> sign", "user approve candidateGroups=lead \n s -> plan -> sign -> approve")


def moved(office: Office, matter: int, names: dict[str, str] | None = None) -> None:
    with office.by("liu") as ctx:
        migrate(ctx, matter, "年度规则调整", names)


def against(office: Office, matter: int, names: dict[str, str] | None = None) -> list[tuple[str, str]]:
    with office.by("liu", reading=True) as ctx:
        (plan,) = [each for each in plans(ctx, "main", names=names) if each.instance.id == matter]
        return [(each.element, each.code) for each in plan.obstacles]


def sound(office: Office) -> bool:
    with office.by(reading=True) as ctx:
        return not any(each.places for each in verify(ctx)) and not list(audit.broken_entries(ctx))


def test_an_open_task_keeps_holder_draft_and_age_and_the_rest_is_the_new_version(office: Office) -> None:
    matter = begun(office, OLD)
    task = task_id(office, matter, "plan")
    with office.by("zhang") as ctx:
        workflow.claim(ctx, task)
        workflow.save_draft(ctx, task, {"goal": "5%"})
    before = row(office, task)
    office.wait(days=1)
    deploy(office, NEW)
    assert instance_of(office, matter).version == 1, "nobody is moved unasked"
    moved(office, matter)
    kept = row(office, task)
    assert (kept.status, kept.assignee, kept.draft, kept.created_at) == (
        TaskStatus.OPEN,
        "zhang",
        {"goal": "5%"},
        before.created_at,
    )
    assert sound(office)
    complete(office, matter, "plan", by="zhang")
    complete(office, matter, "sign", by="li")
    assert opened(office) == ["approve"]
    (entry,) = entries(office, "instance.migrate")
    assert (entry.actor, entry.facts["reason"]) == ("liu", "年度规则调整")


def test_a_timer_keeps_its_instant(office: Office) -> None:
    matter = begun(office, OLD)
    office.wait(days=2)
    deploy(office, NEW.replace("P3D", "P30D"))
    moved(office, matter)
    assert (tick(office), opened(office)) == (0, ["plan"])
    office.wait(days=1)
    assert (tick(office), opened(office)) == (1, ["chase", "plan"])
    assert sound(office)


def test_an_element_that_is_called_otherwise_is_named(office: Office) -> None:
    matter = begun(office, OLD)
    deploy(office, NEW.replace("plan", "draft").replace("late", "reminder"))
    assert sorted(against(office, matter)) == [("late", "no_target"), ("plan", "no_target")]
    before = running.everything(office)
    with pytest.raises(CannotMigrate, match="no plan"):
        moved(office, matter)
    assert running.everything(office) == before
    names = {"plan": "draft", "late": "reminder"}
    assert against(office, matter, names) == []
    moved(office, matter, names)
    assert (opened(office), mine(office, "zhang")) == (["draft"], ["draft"])
    office.wait(days=3)
    assert (tick(office), opened(office)) == (1, ["chase", "draft"])
    assert sound(office)


@pytest.mark.parametrize(
    ("new", "obstacles"),
    [
        (
            OLD.replace(
                "user plan candidateGroups=clerk@unit", "user plan each=units as=unit candidateGroups=clerk@unit"
            ),
            {"other_kind"},
        ),
        (OLD.replace("user plan candidateGroups=clerk@unit", "receive plan message=go"), {"other_kind"}),
        (OLD.replace("boundary late on=plan timer=P3D aside", "boundary late on=plan timer=P3D"), {"other_host"}),
        (OLD.replace("boundary late on=plan timer=P3D aside", "boundary late on=sign timer=P3D aside"), {"other_host"}),
        (OLD.replace("timer=P3D", "message=go"), {"other_event"}),
    ],
)
def test_what_is_done_in_another_way_stands_against_it(office: Office, new: str, obstacles: set[str]) -> None:
    matter = begun(office, OLD)
    deploy(office, new)
    assert {code for _, code in against(office, matter)} == obstacles
    with pytest.raises(CannotMigrate):
        moved(office, matter)


BLOCK = """
start s
and split
user left candidateGroups=clerk@unit
user right candidateGroups=lead
and join
user last candidateGroups=lead
s -> split
split -> left -> join
split -> right -> join -> last
"""


def test_what_waits_at_a_join_waits_there_as_long_as_its_flow_is_drawn(office: Office) -> None:
    matter = begun(office, BLOCK)
    complete(office, matter, "left", by="zhang")
    deploy(
        office,
        BLOCK.replace("join -> last", "join -> more -> last").replace(
            "user last", "user more candidateGroups=lead \n user last"
        ),
    )
    moved(office, matter)
    complete(office, matter, "right", by="wang")
    assert opened(office) == ["more"]


def test_a_flow_that_is_gone_stands_against_it(office: Office) -> None:
    matter = begun(office, BLOCK)
    complete(office, matter, "left", by="zhang")
    # One flow more before it, so that the flow by which the token came is another one now.
    deploy(
        office,
        BLOCK.replace(
            "split -> left -> join",
            "user other candidateGroups=lead \n split -> other -> join \n split -> left -> join",
        ),
    )
    assert ("join", "no_flow") in against(office, matter)


NESTED = """
start s
sub inner {
  start t
  user each_of each=units as=county candidateGroups=clerk@county
  t -> each_of
}
user after candidateGroups=lead
s -> inner -> after
"""


def test_inside_a_subprocess_and_of_several_every_token_goes_along(office: Office) -> None:
    matter = begun(office, NESTED, units=["A01", "A02"])
    complete(office, matter, "each_of", by="zhang")
    deploy(
        office,
        NESTED.replace("user after", "user more candidateGroups=lead \n user after").replace(
            "inner -> after", "inner -> more -> after"
        ),
    )
    moved(office, matter)
    assert (opened(office), mine(office, "wu")) == (["each_of"], ["each_of"])
    complete(office, matter, "each_of", by="wu")
    assert opened(office) == ["more"]
    assert sound(office)


def test_a_return_leads_to_what_the_new_version_still_has(office: Office) -> None:
    drawn = "start s \n user one candidateGroups=clerk@unit \n user two candidateGroups=clerk@unit \n user three candidateGroups=lead \n"
    matter = begun(office, drawn + "s -> one -> two -> three")
    complete(office, matter, "one", by="zhang")
    done = task_id(office, matter, "two")
    complete(office, matter, "two", by="zhang")
    deploy(office, drawn.replace("user two candidateGroups=clerk@unit \n", "") + "s -> one -> three")
    moved(office, matter)
    with office.by("wang", reading=True) as ctx:
        assert [each.element for each in moves.targets(ctx, running.task_of(ctx, matter, "three"))] == ["one"]
    with office.by("zhang", reading=True) as ctx:
        seen = workflow.task(ctx, done)
        assert not moves.may_withdraw(ctx, seen)
        assert copies.of_task(ctx, seen) == []


def test_a_batch_moves_what_it_can_and_tells_what_it_left(office: Office) -> None:
    first = begun(office, OLD)
    second = running.start(office, key="2", unit="A01")
    third = running.start(office, key="3", unit="A01")
    complete(office, first, "plan", by="zhang")
    complete(office, third, "plan", by="zhang")
    complete(office, third, "sign", by="li")
    deploy(office, NEW.replace("user plan candidateGroups=clerk@unit", "receive plan message=go"))
    with office.by("liu") as ctx:
        report = migrate_all(ctx, "main", "年度规则调整")
    assert report.moved == [first]
    assert [(plan.instance.id, {each.code for each in plan.obstacles}) for plan in report.left] == [
        (second, {"other_kind"})
    ]
    assert instance_of(office, third).status == "ended"
    with office.by("liu", reading=True) as ctx:
        assert [each.instance.id for each in plans(ctx, "main")] == [second]
    assert sound(office)


def test_only_the_operator_moves_matters(office: Office) -> None:
    matter = begun(office, OLD)
    deploy(office, NEW)
    for act in (lambda ctx: migrate(ctx, matter, "x"), lambda ctx: migration.plans(ctx, "main")):
        with pytest.raises(NotYours), office.by("wang") as ctx:
            act(ctx)
