"""Added signers: asked to speak before or after the holder of a task (前加签, 后加签), or added to a vote (加签, 减签).

A signer before or after has a task of their own beside the other one, without a token. While those before speak, the task
waits. Those after are asked when it is handed in; what was handed in is held until all of them agree, and comes back as a
draft when one refuses. A voter is one more item of the multi-instance: the base of the vote changes with them.
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import func, select

from engine import access, audit, feel, people
from engine.db import Context
from engine.errors import Conflict, Refused
from engine.workflow import drawn, handing, inbox, instances, moves, opinions
from engine.workflow.completing import check_answers, finish
from engine.workflow.store import Instance, Opined, Parked, Side, Signer, Task, TaskStatus


class VoteIsEnough(Refused):
    """This is a ballot; add somebody to the vote instead of after you."""

    code = "vote_is_enough"


class NotASigner(Refused):
    """This is no signer's task, or its signer has spoken or was taken off already."""

    code = "not_a_signer"


class VotesAlready(Conflict):
    """{name} takes part in this already."""

    code = "votes_already"


def ask_signer(ctx: Context, task_id: int, account: str, side: Side, reason: str) -> Task:
    """Ask somebody to sign before or after oneself; returns the signer's own task."""
    task, instance = instances.locked(ctx, task_id)
    inbox.require_mine(ctx, task)
    if task.parked != Parked.BEFORE:
        inbox.require_free(ctx, task)
    if side == Side.AFTER and task.ballot is not None:
        raise VoteIsEnough
    why = opinions.said(reason)
    _require_new(ctx, task, account)
    asked = _open_for(ctx, task, instance, account, side)
    ctx.session.add(
        Signer(
            task_id=asked.id,
            of_id=task.id,
            side=side,
            account=account,
            asked_by=ctx.actor,
            on_behalf_of=ctx.on_behalf_of,
            asked_at=ctx.now,
            reason=why,
        )
    )
    task.assignee = task.assignee or inbox.principal(ctx)
    if side == Side.BEFORE:
        task.parked = Parked.BEFORE
    else:
        task.followed = True
    audit.record(ctx, "task.ask_signer", f"task:{task.id}", account=account, side=side, reason=why)
    if side == Side.BEFORE:
        opinions.tell(ctx, "task.asked_to_sign", asked, [account], reason=why)
    return asked


def sign(ctx: Context, task_id: int, *, agreed: bool, opinion: str = "") -> Task:
    """Speak as an added signer; a refusal gives its reason. Returns the task one was asked about.

    When the last one after it agrees, that task is done: by the signer, in the name of who handed it in.
    """
    own, instance = instances.locked(ctx, task_id)
    signer, task = _of(ctx, own)
    inbox.require_mine(ctx, own)
    text = opinion.strip() if agreed else opinions.said(opinion)
    own.status, own.completed_at = TaskStatus.COMPLETED, ctx.now
    own.completed_by, own.on_behalf_of, signer.agreed = ctx.actor, ctx.on_behalf_of, agreed
    opinions.opine(ctx, own, Opined.AGREED if agreed else Opined.REFUSED, text)
    audit.record(ctx, "signer.sign", f"task:{task.id}", signer=own.id, agreed=agreed)
    if signer.side == Side.AFTER and not agreed:
        _refused(ctx, task, text)
    else:
        _look_again(ctx, task, instance)
    return task


def remove_signer(ctx: Context, task_id: int, reason: str) -> Task:
    """Take a signer off who has not spoken: whoever asked them, the task's holder, or who oversees. The row stays."""
    own = ctx.session.get(Task, task_id)
    instance = instances.lock(ctx, own.instance_id) if own else None
    if own is None or instance is None:
        raise NotASigner
    ctx.session.refresh(own)
    signer, task = _of(ctx, own)
    if signer.asked_by != ctx.actor and not (inbox.is_mine(ctx, task) or access.oversees(ctx)):
        raise inbox.NotYourTask(groups=signer.asked_by or "")
    _take_off(ctx, own, signer, opinions.said(reason))
    audit.record(ctx, "task.remove_signer", f"task:{task.id}", account=signer.account, reason=reason)
    _look_again(ctx, task, instance)
    return task


def of_task(ctx: Context, task: Task) -> list[tuple[Signer, Task]]:
    """Who was asked to sign beside the task, with their own tasks, in the order in which they were asked."""
    query = select(Signer, Task).join(Task, Task.id == Signer.task_id).where(Signer.of_id == task.id)
    return [(signer, own) for signer, own in ctx.session.execute(query.order_by(Task.id))]


# ---- votes


def add_voter(ctx: Context, task_id: int, value: str, reason: str) -> int:
    """One more to a running vote or any task of several: a person where each is named, else a unit. Their position.

    For whoever has a part in it, or oversees. What it takes is counted anew from the larger base.
    """
    task, _ = instances.locked(ctx, task_id)
    if not access.oversees(ctx):
        inbox.require_mine(ctx, task)
        inbox.require_free(ctx, task)
    why = opinions.said(reason)
    by_name = drawn.element(ctx, task).assignee is not None
    name = people.person(ctx, value).name if by_name else people.unit(ctx, value).name
    if by_name and value not in handing.advisers(ctx, task):
        raise handing.NotAColleague(name=name)
    if value in {each for _, each, state in voters(ctx, task) if state != "removed"}:
        raise VotesAlready(name=name)
    act = "task.add_signer"
    return instances.step(
        ctx,
        task.instance_id,
        act,
        lambda machine: machine.add_item(task.token, value),
        task=task.id,
        value=value,
        reason=why,
    )


def remove_voter(ctx: Context, task_id: int, reason: str, item: int | None = None) -> None:
    """Take a voter off who has not voted (减签): the one of the task, or one by position. Only for those who oversee.

    The base shrinks and the vote is looked at anew; the last one stays (``LastSigner``).
    """
    task, _ = instances.locked(ctx, task_id)
    access.require(ctx, *sorted(access.OVERSEERS))
    why = opinions.said(reason)
    instances.step(
        ctx,
        task.instance_id,
        "task.remove_signer",
        lambda machine: machine.remove_item(task.token, item),
        gone="removed",
        task=task.id,
        item=item,
        reason=why,
    )


def voters(ctx: Context, task: Task) -> list[tuple[int, object, str]]:
    """Of a task of several: position, person or unit, and ``open``, ``done``, ``removed`` or ``ahead``."""
    return instances.peek(ctx, task.instance).items(task.token)


def is_shared(ctx: Context, task: Task) -> bool:
    """Whether it is done by several, so that somebody can be added."""
    loop = drawn.element(ctx, task).loop
    return loop is not None and loop.many and loop.collection is not None


# ---- how it is kept


def _open_for(ctx: Context, task: Task, instance: Instance, account: str, side: Side) -> Task:
    count = ctx.session.scalar(select(func.count(Signer.task_id)).where(Signer.of_id == task.id)) or 0
    asked = Task(
        instance=instance,
        token=f"{task.token}/{count + 1}",
        process=task.process,
        element=task.element,
        name=task.name,
        status=TaskStatus.OPEN if side == Side.BEFORE else TaskStatus.WAITING,
        visits=task.visits,
        item=task.item,
        assignee=account,
        unit=task.unit,
        inputs=feel.dumps({}),
        created_at=ctx.now,
        due_at=task.due_at,
        side=side,
    )
    ctx.session.add(asked)
    ctx.session.flush()
    return asked


def _require_new(ctx: Context, task: Task, account: str) -> None:
    name = people.person(ctx, account).name
    taking_part = {task.assignee, inbox.principal(ctx), ctx.actor}
    taking_part |= {each.account for each, _ in of_task(ctx, task) if each.removed_why is None}
    if account in taking_part:
        raise VotesAlready(name=name)
    if account not in handing.advisers(ctx, task):
        raise handing.NotAColleague(name=name)


def _of(ctx: Context, own: Task) -> tuple[Signer, Task]:
    signer = ctx.session.get(Signer, own.id)
    if signer is None or signer.agreed is not None or own.status not in (TaskStatus.OPEN, TaskStatus.WAITING):
        raise NotASigner
    return signer, ctx.session.get_one(Task, signer.of_id, populate_existing=True)


def _left(ctx: Context, task: Task, side: Side) -> list[tuple[Signer, Task]]:
    waiting = (TaskStatus.OPEN, TaskStatus.WAITING)
    return [(signer, own) for signer, own in of_task(ctx, task) if signer.side == side and own.status in waiting]


def _look_again(ctx: Context, task: Task, instance: Instance) -> None:
    """Somebody has spoken or was taken off: what is the task waiting for now?"""
    ctx.session.flush()
    after = _left(ctx, task, Side.AFTER)
    if task.parked == Parked.HELD:
        if not after:
            _release(ctx, task, instance)
        return
    task.followed = bool(after)
    if task.parked == Parked.BEFORE and not _left(ctx, task, Side.BEFORE):
        task.parked = None
        opinions.tell(ctx, "task.signers_done", task, [task.assignee])


def _release(ctx: Context, task: Task, instance: Instance) -> None:
    """Nobody is left to speak: what was held goes on its way."""
    answers = feel.loads(task.held or "{}")
    owner, task.parked, task.held, task.followed = task.held_by, None, None, False
    acting = ctx if inbox.principal(ctx) == owner else replace(ctx, on_behalf_of=owner)
    finish(acting, task, instance, check_answers(acting, task, answers), handed_in_by=owner)


def _refused(ctx: Context, task: Task, opinion: str) -> None:
    """One who signs after has refused: what was handed in is a draft again, nobody else need speak."""
    task.parked, task.draft, task.followed = None, moves.drafted(task.held), False
    task.held, owner, task.held_by = None, task.held_by, None
    _void(ctx, _left(ctx, task, Side.AFTER))
    opinions.tell(ctx, "task.signer_refused", task, [owner, task.assignee], reason=opinion)


def _void(ctx: Context, left: Iterable[tuple[Signer, Task]]) -> None:
    for signer, own in left:
        _take_off(ctx, own, signer, "another signer has refused")


def _take_off(ctx: Context, own: Task, signer: Signer, why: str) -> None:
    own.status, own.completed_at, own.gone = TaskStatus.CANCELLED, ctx.now, "removed"
    signer.removed_by, signer.removed_why = ctx.actor, why
