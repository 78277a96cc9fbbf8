"""Standing in for somebody: for which days and processes, by whom it is set, and that it does not pass on."""

from datetime import date

import pytest
from sqlalchemy import select

from engine import workflow
from engine.access import NotYours
from engine.assessment.hands import OwnWork, require_apart
from engine.people import Person
from engine.workflow import TaskStatus, absence
from engine.workflow.absence import AbsentTwice, AgentAbsent, NotAgent, WrongAbsence, act_for, end_absence, set_absence
from engine.workflow.handing import hand_over
from engine.workflow.inbox import NotYourTask
from tests.cast import Office
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id, told  # noqa: F401
from tests.workflow.running import complete

PLAN = "start s \n user plan candidateGroups=leader@unit \n user next candidateGroups=leader@unit \n s -> plan -> next"
FIRST, LAST = date(2026, 4, 20), date(2026, 4, 24)


def away(office: Office, account: str, agent: str, by: str | None = None, **more: object) -> int:
    with office.by(by or account) as ctx:
        days = {"since": FIRST, "until": LAST, **more}
        return set_absence(ctx, account, agent, **days).id  # type: ignore[arg-type]


def as_agent(office: Office, agent: str, account: str) -> list[str]:
    """The inbox of somebody who stands in for another."""
    with office.by(agent, reading=True) as ctx:
        act_for(ctx, account)
        return [task.element for task in workflow.mine(ctx).tasks]


def test_the_agent_does_the_tasks_and_both_names_stand_with_it(office: Office) -> None:
    matter = begun(office, PLAN)
    away(office, "li", "zhang")
    assert as_agent(office, "zhang", "li") == ["plan"]
    task = task_id(office, matter, "plan")
    with office.by("zhang") as ctx:
        act_for(ctx, "li")
        workflow.claim(ctx, task)

        workflow.complete(ctx, task, {})
    done = row(office, task)
    assert (done.assignee, done.completed_by, done.on_behalf_of, done.status) == (
        "li",
        "zhang",
        "li",
        TaskStatus.COMPLETED,
    )
    with office.by(reading=True) as ctx:
        entry = workflow.history(ctx, workflow.instance(ctx, matter))[-1]
    assert (entry.actor, entry.on_behalf_of) == ("zhang", "li")
    with office.by("li", reading=True) as ctx:
        assert workflow.done(ctx) == []
    with office.by("zhang", reading=True) as ctx:
        act_for(ctx, "li")
        assert [each.id for each in workflow.done(ctx)] == [task]
    assert told(office, "zhang") == ["absence.set"]


def test_it_holds_on_its_days_and_not_before_or_after(office: Office) -> None:
    begun(office, PLAN)
    away(office, "li", "zhang", since=date(2026, 4, 21), until=date(2026, 4, 22))
    for days, holds in ((0, False), (1, True), (1, True), (1, False)):
        office.wait(days=days)
        if holds:
            assert as_agent(office, "zhang", "li") == ["plan"]
        else:
            with pytest.raises(NotAgent):
                as_agent(office, "zhang", "li")


def test_only_the_processes_it_is_for_are_covered(office: Office) -> None:
    matter = begun(office, PLAN)
    away(office, "li", "zhang", processes=["another"])
    assert as_agent(office, "zhang", "li") == []
    with pytest.raises(NotYourTask), office.by("zhang") as ctx:
        act_for(ctx, "li")
        workflow.complete(ctx, task_id(office, matter, "plan"), {})
    away(office, "li", "chen", processes=["main"])
    assert as_agent(office, "chen", "li") == ["plan"]


def test_while_one_stands_in_ones_own_tasks_wait(office: Office) -> None:
    begun(office, "start s \n user own candidateGroups=clerk@unit \n s -> own")
    away(office, "li", "zhang")
    assert as_agent(office, "zhang", "li") == []
    assert mine(office, "zhang") == ["own"]


def test_it_does_not_pass_on(office: Office) -> None:
    begun(office, PLAN)
    away(office, "li", "zhang", since=date(2026, 4, 20), until=date(2026, 4, 21))
    away(office, "zhang", "chen", since=date(2026, 4, 20), until=date(2026, 4, 21))
    with pytest.raises(NotAgent):
        as_agent(office, "chen", "li")
    assert as_agent(office, "chen", "zhang") == []


def test_nobody_is_chosen_who_is_away_himself(office: Office) -> None:
    away(office, "zhang", "chen")
    with pytest.raises(AgentAbsent):
        away(office, "li", "zhang")


def test_two_do_not_stand_in_at_once_for_the_same(office: Office) -> None:
    away(office, "li", "zhang", processes=["main"])
    with pytest.raises(AbsentTwice):
        away(office, "li", "chen")
    away(office, "li", "chen", processes=["another"])
    away(office, "li", "chen", since=date(2026, 4, 25), until=date(2026, 4, 26))


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent": "li"},
        {"agent": "gone"},
        {"since": LAST, "until": FIRST},
        {"since": date(2026, 4, 1), "until": date(2026, 4, 19)},
        {"processes": []},
    ],
)
def test_what_makes_no_sense_is_refused(office: Office, wrong: dict[str, object]) -> None:
    with office.by() as ctx:
        ctx.session.add(Person(account="gone", name="离任"))
    with pytest.raises(WrongAbsence), office.by("li") as ctx:
        set_absence(ctx, "li", **{"agent": "zhang", "since": FIRST, "until": LAST, **wrong})  # type: ignore[arg-type]


def test_the_person_the_units_leader_and_the_administrator_set_it_and_nobody_else(office: Office) -> None:
    for by in ("li", "liu"):
        with office.by(by) as ctx:
            end_absence(ctx, away(office, "zhang", "chen", by=by))
    for stranger in ("chen", "zhou", "wang"):
        with pytest.raises(NotYours):
            away(office, "zhang", "chen", by=stranger)
    with office.by("li", reading=True) as ctx:
        assert absence.absences(ctx, "zhang") == []


def test_the_agent_cannot_prolong_it_in_the_absent_persons_name(office: Office) -> None:
    away(office, "li", "zhang")
    with office.by("zhang") as ctx:
        act_for(ctx, "li")
        # As the leader's agent one may do what the leader may for the staff, but not for the leader.
        with pytest.raises(AbsentTwice):
            set_absence(ctx, "li", "chen", FIRST, LAST)


def test_once_it_is_ended_nobody_acts_by_it(office: Office) -> None:
    made = away(office, "li", "zhang")
    with office.by("li") as ctx:
        end_absence(ctx, made)
    with pytest.raises(NotAgent):
        as_agent(office, "zhang", "li")
    assert [entry.act for entry in entries(office, "absence.end")] == ["absence.end"]


def test_when_the_agent_leaves_the_standing_in_ends(office: Office) -> None:
    away(office, "li", "zhang")
    with office.by("liu") as ctx:
        hand_over(ctx, "zhang", "chen", "调离")
    with pytest.raises(NotAgent):
        as_agent(office, "zhang", "li")


def test_different_hands_stay_different_when_one_stands_in(office: Office) -> None:
    away(office, "li", "zhang")
    with office.by("zhang") as ctx:
        act_for(ctx, "li")
        for before in ("zhang", "li"):
            with pytest.raises(OwnWork):
                require_apart(ctx, before)
        require_apart(ctx, "chen")


def test_what_one_stands_in_for_is_listed(office: Office) -> None:
    away(office, "li", "zhang")
    with office.by("zhang", reading=True) as ctx:
        assert [each.account for each in absence.absent(ctx)] == ["li"]
    matter = begun(office, PLAN)
    complete(office, matter, "plan", by="li")
    with office.by(reading=True) as ctx:
        assert (
            ctx.session.scalars(select(workflow.Task).where(workflow.Task.element == "plan")).one().on_behalf_of is None
        )
