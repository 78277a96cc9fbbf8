"""From hand to hand: transfer 转办, delegation 委派 with its way back, all the tasks of somebody who leaves.

The chain of hands is kept link by link, so that a second hop never covers up the first.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, or_, select

from engine import access, audit, people
from engine.db import Context
from engine.errors import Invalid, Refused
from engine.workflow import drawn, inbox, instances, opinions
from engine.workflow.standing import ADMINISTRATOR
from engine.workflow.store import Absence, Handover, Instance, Opined, Status, Task, TaskStatus

#: Hands a task may go through by transfer; beyond that it is being passed around.
MOST_HOPS: Final = 5


class NotAColleague(Invalid):
    """{name} cannot be given this task; choose somebody from the list."""

    code = "not_a_colleague"


class SamePerson(Invalid):
    """{name} holds this task already."""

    code = "same_person"


class TooManyHops(Refused):
    """This task has gone through {hops} hands; do it, or ask the administrator whom it belongs to."""

    code = "too_many_hops"


class NotDelegated(Refused):
    """Nobody has been asked for an opinion on this task, so there is nothing to give back."""

    code = "not_delegated"


class StaysHere(Refused):
    """The diagram says that this task is not handed to anybody else."""

    code = "stays_here"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What came of handing over somebody's tasks: those that went, and those that did not with the reason's code."""

    moved: list[int]
    left: list[tuple[int, str]]


def colleagues(ctx: Context, task: Task) -> list[str]:
    """To whom the task may be transferred.

    The property ``transfer`` decides: ``no``, ``group`` (who may do it anyhow), ``unit`` (anybody of the unit it is for
    or of its holder's) or ``anyone``. Without it: the group where the task has an operation, which asks for that post
    itself, else the unit.
    """
    operated = drawn.element(ctx, task).operation is not None
    match drawn.policy(ctx, task, "transfer") or ("group" if operated else "unit"):
        case "no":
            return []
        case "anyone":
            found = _in_office(ctx)
        case "unit":
            found = _of_group(ctx, task) | _of_units(ctx, _units(ctx, task))
        case _:
            found = _of_group(ctx, task)
    return sorted(found - {task.assignee or ""})


def advisers(ctx: Context, task: Task) -> list[str]:
    """Whom one may ask for an opinion, as a helper or a signer, or show the task: those who see it anyhow."""
    if access.oversees(ctx):
        found = _in_office(ctx)
    else:
        found = _of_group(ctx, task) | _of_units(ctx, _units(ctx, task) | set(access.own_units(ctx)))
    return sorted(found - {task.assignee or "", inbox.principal(ctx) or ""})


def transfer(ctx: Context, task_id: int, to: str, reason: str = "") -> Task:
    """Hand a task over for good (转办). Its holder may, or the leader of its unit, or the administrator."""
    task, _ = instances.locked(ctx, task_id)
    if not _directs(ctx, task):
        inbox.require_mine(ctx, task)
    inbox.require_free(ctx, task)
    _require_new(ctx, task, to, colleagues(ctx, task))
    if _hops(ctx, task) >= MOST_HOPS:
        raise TooManyHops(hops=MOST_HOPS)
    _link(ctx, task, "transfer", task.assignee or inbox.principal(ctx), to, reason)
    task.assignee, task.opened_at, task.opened_by = to, None, None
    audit.record(ctx, "task.transfer", f"task:{task.id}", to=to, reason=reason)
    opinions.tell(ctx, "task.transferred", task, [to], reason=reason)
    return task


def delegate(ctx: Context, task_id: int, to: str, question: str) -> Task:
    """Ask somebody for an opinion (委派). They cannot do the task; it comes back with what they say."""
    task, _ = instances.locked(ctx, task_id)
    inbox.require_mine(ctx, task)
    inbox.require_free(ctx, task)
    asked = opinions.said(question)
    _require_new(ctx, task, to, advisers(ctx, task))
    owner = inbox.principal(ctx)
    _link(ctx, task, "delegate", owner, to, asked)
    task.delegated_by, task.assignee = owner, to
    audit.record(ctx, "task.delegate", f"task:{task.id}", to=to, reason=asked)
    opinions.tell(ctx, "task.delegated", task, [to], reason=asked)
    return task


def give_back(ctx: Context, task_id: int, opinion: str) -> Task:
    """Answer what one was asked; the task is its owner's again."""
    task, _ = instances.locked(ctx, task_id)
    inbox.require_mine(ctx, task)
    given = opinions.said(opinion)
    owner = _back(ctx, task, "give_back", given)
    opinions.opine(ctx, task, Opined.GIVEN_BACK, given)
    audit.record(ctx, "task.give_back", f"task:{task.id}", to=owner)
    opinions.tell(ctx, "task.given_back", task, [owner], reason=given)
    return task


def take_back(ctx: Context, task_id: int, reason: str = "") -> Task:
    """Take a task back from whom one has asked, without waiting for the opinion."""
    task, _ = instances.locked(ctx, task_id)
    helper = task.assignee
    if task.delegated_by is not None and task.delegated_by != inbox.principal(ctx):
        raise inbox.NotYourTask(groups=task.delegated_by)
    _back(ctx, task, "take_back", reason)
    audit.record(ctx, "task.take_back", f"task:{task.id}", helper=helper, reason=reason)
    opinions.tell(ctx, "task.taken_back", task, [helper], reason=reason)
    return task


def chain(ctx: Context, task: Task) -> list[Handover]:
    """Through whose hands the task has gone, in order."""
    return list(ctx.session.scalars(select(Handover).where(Handover.task_id == task.id).order_by(Handover.id)))


def hand_over(ctx: Context, leaver: str, successor: str, reason: str) -> HandedOver:
    """Give every open task that is in somebody's name to a successor (离岗移交), tasks they have asked others about too.

    For the administrator, or a leader of a unit in which both hold or held a post. A ballot of a vote in which the
    successor votes too stays: one hand casts one ballot. Where the leaver stood in for others, that ends.
    """
    _require_may_replace(ctx, leaver, successor)
    why = opinions.said(reason)
    if leaver == successor or not people.positions(ctx, successor):
        raise NotAColleague(name=people.person(ctx, successor).name)
    done = HandedOver([], [])
    for task in _in_the_name_of(ctx, leaver):
        refused = _hand_one(ctx, task, leaver, successor, why)
        if refused is None:
            done.moved.append(task.id)
        else:
            done.left.append((task.id, refused))
    ended = select(Absence).where(Absence.agent == leaver, Absence.ended_at.is_(None), Absence.to_date >= ctx.today)
    for standing in ctx.session.scalars(ended):
        standing.ended_at = ctx.now
    audit.record(ctx, "people.hand_over", "people", leaver=leaver, successor=successor, reason=why, tasks=done.moved)
    return done


def set_free(ctx: Context, task: Task, reason: str) -> None:
    """A task that somebody had taken, or has asked others about, goes back to its group, whose people have changed.

    One that the diagram gave to a person alone, and what an added signer has before him, stay where they are.
    """
    holder = task.assignee
    if holder is None or task.side is not None or not inbox.candidates(ctx, task):
        return
    task.assignee, task.delegated_by, task.opened_at, task.opened_by = None, None, None, None
    _link(ctx, task, "set_free", holder, None, reason)
    audit.record(ctx, "task.set_free", f"task:{task.id}", holder=holder, reason=reason)


def give_over(ctx: Context, instance_id: int, left: str, heir: str, reason: str, variable: str = "unit") -> None:
    """What waits for the posts of one unit in a running matter, and what still will, is another unit's from now on.

    ``variable`` is the name under which the diagram knows the unit. Raises ``NotRunning`` for a matter that stands still,
    ``ForSigners`` while somebody who was added has to speak on one of its tasks first.
    """
    matter = ctx.session.get_one(Instance, instance_id)
    if matter.status != Status.RUNNING:
        raise instances.NotRunning(title=matter.title, status=matter.status)
    instances.put_variables(ctx, instance_id, {variable: heir})
    if matter.unit == left:
        matter.unit = heir
    for task in inbox.of_instances(ctx, [instance_id]):
        standing = inbox.candidates(ctx, task)
        groups = [f"{role}@{heir}" if unit == left else role + at + unit for role, at, unit in _parted(standing)]
        if groups != standing:
            _give(ctx, task, groups, heir, reason)


def _give(ctx: Context, task: Task, groups: list[str], heir: str, reason: str) -> None:
    if task.side is not None or task.parked is not None or _has_signers_after(ctx, task):
        raise inbox.ForSigners
    set_free(ctx, task, reason)
    groups = [each for each in groups if each != ADMINISTRATOR]
    # As where a task is made: one that nobody could do is the administrator's as well.
    task.unattended = not any(people.holders(ctx, each) for each in groups)
    inbox.put_before(ctx, task, *groups, *([ADMINISTRATOR] if task.unattended else []))
    task.unit, task.opened_at, task.opened_by = heir, None, None


def _has_signers_after(ctx: Context, task: Task) -> bool:
    query = select(Task.id).where(Task.instance_id == task.instance_id, Task.element == task.element)
    return ctx.session.scalars(query.where(Task.status == TaskStatus.WAITING).limit(1)).first() is not None


def _parted(groups: list[str]) -> list[tuple[str, str, str]]:
    return [each.partition("@") for each in groups]


def _hand_one(ctx: Context, task: Task, leaver: str, successor: str, reason: str) -> str | None:
    """Give one task; else the code of what stands against it."""
    if task.ballot is not None and _votes(ctx, task, successor):
        return "voted_already"
    if task.delegated_by == successor or (task.delegated_by == leaver and task.assignee == successor):
        task.delegated_by, task.assignee = None, successor
    elif task.delegated_by == leaver:
        task.delegated_by = successor
    else:
        task.assignee, task.opened_at, task.opened_by = successor, None, None
    _link(ctx, task, "hand_over", leaver, successor, reason)
    opinions.tell(ctx, "task.transferred", task, [successor], reason=reason)
    return None


def _votes(ctx: Context, task: Task, account: str) -> bool:
    query = select(Task.id).where(Task.instance_id == task.instance_id, Task.element == task.element)
    query = query.where(Task.visits == task.visits, Task.status.in_((TaskStatus.OPEN, TaskStatus.COMPLETED)))
    return ctx.session.scalar(query.where(or_(Task.assignee == account, Task.completed_by == account))) is not None


def _in_the_name_of(ctx: Context, account: str) -> list[Task]:
    """Open tasks a person holds or gets back, their instances locked in one order."""
    theirs = or_(Task.assignee == account, Task.delegated_by == account)
    query = select(Task.instance_id).where(theirs, Task.status.in_((TaskStatus.OPEN, TaskStatus.WAITING))).distinct()
    concerned = sorted(ctx.session.scalars(query))
    ctx.session.execute(select(Instance.id).where(Instance.id.in_(concerned)).order_by(Instance.id).with_for_update())
    live = Instance.status.in_((Status.RUNNING, Status.SUSPENDED))
    tasks = select(Task).join(Instance).where(theirs, Task.status.in_((TaskStatus.OPEN, TaskStatus.WAITING)), live)
    return list(ctx.session.scalars(tasks.order_by(Task.id).execution_options(populate_existing=True)))


def _require_may_replace(ctx: Context, leaver: str, successor: str) -> None:
    if access.may(ctx, "admin"):
        return
    held = select(people.Unit.code).join(people.Appointment, people.Appointment.unit_id == people.Unit.id)
    units = set(ctx.session.scalars(held.where(people.Appointment.account == leaver)))
    units &= {position.unit for position in people.positions(ctx, successor)}
    access.require(ctx, *(f"leader@{unit}" for unit in sorted(units)), "admin")


def _directs(ctx: Context, task: Task) -> bool:
    """Whether one may hand on a task that is somebody else's: the administrator, the leader of its unit."""
    return access.may(ctx, "admin", *([f"leader@{task.unit}"] if task.unit else []))


def _require_new(ctx: Context, task: Task, to: str, allowed: list[str]) -> None:
    name = people.person(ctx, to).name
    if to == task.assignee or to == inbox.principal(ctx):
        raise SamePerson(name=name)
    if not allowed:
        raise StaysHere
    if to not in allowed:
        raise NotAColleague(name=name)


def _back(ctx: Context, task: Task, kind: str, reason: str) -> str:
    owner = task.delegated_by
    if owner is None:
        raise NotDelegated
    _link(ctx, task, kind, task.assignee, owner, reason)
    task.assignee, task.delegated_by = owner, None
    return owner


def _link(ctx: Context, task: Task, kind: str, source: str | None, target: str | None, reason: str) -> None:
    ctx.session.add(
        Handover(
            task_id=task.id,
            kind=kind,
            from_account=source,
            to_account=target,
            reason=reason,
            at=ctx.now,
            made_by=ctx.actor,
            on_behalf_of=ctx.on_behalf_of,
        )
    )


def _hops(ctx: Context, task: Task) -> int:
    query = select(func.count(Handover.id)).where(Handover.task_id == task.id, Handover.kind == "transfer")
    return ctx.session.scalar(query) or 0


def _units(ctx: Context, task: Task) -> set[str]:
    """The units a task belongs to: the one it is for, else those of who holds it."""
    if task.unit:
        return {task.unit}
    return {position.unit for position in people.positions(ctx, task.assignee)} if task.assignee else set()


def _of_group(ctx: Context, task: Task) -> set[str]:
    return {account for group in inbox.candidates(ctx, task) for account in people.holders(ctx, group)}


def of_units(ctx: Context, units: set[str]) -> list[str]:
    """Everybody who holds a post in one of the units."""
    return sorted(_of_units(ctx, units))


def _of_units(ctx: Context, units: set[str]) -> set[str]:
    gone = select(people.Unit.successor).where(people.Unit.code.in_(sorted(units)))
    units = units | {code for code in ctx.session.scalars(gone) if code}
    query = select(people.Appointment.account).join(people.Unit).where(people.Unit.code.in_(sorted(units)))
    query = query.where(people.Unit.successor.is_(None))
    return set(ctx.session.scalars(query.where(*people.in_office(ctx))))


def _in_office(ctx: Context) -> set[str]:
    return set(ctx.session.scalars(select(people.Appointment.account).where(*people.in_office(ctx))))
