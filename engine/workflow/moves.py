"""Against the drawn course: return 退回 to an earlier task, withdrawal 撤回 of what one has handed in.

What an operation has done stands outside the diagram, and moving the token back does not take it back. So a return leads
where nothing of the kind lies in between, or where the diagram says that it may; and a withdrawal never passes it.
"""

import json
from dataclasses import dataclass

from sqlalchemy import select

from engine import audit, feel
from engine.db import Context
from engine.errors import Conflict, Refused
from engine.workflow import drawn, inbox, instances, opinions
from engine.workflow.store import Opined, Parked, Signer, Task, TaskStatus


class NotReturnable(Refused):
    """This task cannot be returned to {element}: what was done since then stands, or the diagram does not allow it."""

    code = "not_returnable"


class NotWithdrawable(Refused):
    """The diagram does not let this task be withdrawn; ask whoever has it now to return it."""

    code = "not_withdrawable"


class AlreadyOpened(Conflict):
    """{winner} has opened what came of it, so it cannot be withdrawn any more; ask for its return."""

    code = "already_opened"

    def __init__(self, winner: str) -> None:
        super().__init__(winner=winner)
        self.winner = winner


class MovedOn(Conflict):
    """The matter has moved on from this task, so it cannot be withdrawn any more; ask for its return."""

    code = "moved_on"


@dataclass(frozen=True, slots=True)
class Target:
    """A place to which a task may be returned."""

    element: str
    name: str


def targets(ctx: Context, task: Task) -> list[Target]:
    """Where this task may be returned to, the nearest first."""
    allowed = drawn.may_return_to(ctx, task)
    found = []
    for element in instances.peek(ctx, task.instance).earlier(task.token):
        if element.id in allowed if allowed is not None else not _acted(ctx, task, element.process, element.id):
            found.append(Target(element.id, element.name or element.id))
    return found


def send_back(ctx: Context, task_id: int, element: str, reason: str) -> list[Task]:
    """Return a task to an earlier one (退回); the tasks that are open there now.

    What descends from that earlier task is undone: the whole block where it lies before a split, one branch where it lies
    inside it. The tasks stay in the history as returned; the new ones are a new round with fresh dates, and go to who did
    them last, as far as they still may.
    """
    task, _ = instances.locked(ctx, task_id)
    inbox.require_mine(ctx, task)
    inbox.require_free(ctx, task)
    why = opinions.said(reason)
    if element not in {target.element for target in targets(ctx, task)}:
        raise NotReturnable(element=element)
    before = _open_tasks(ctx, task)
    instances.step(
        ctx,
        task.instance_id,
        "task.return",
        lambda machine: machine.return_to(task.token, element),
        gone="returned",
        task=task.id,
        to=element,
        reason=why,
    )
    opinions.opine(ctx, task, Opined.RETURNED, why)
    return _settled(ctx, task, before, "task.returned", why)


def withdraw(ctx: Context, task_id: int, reason: str) -> Task:
    """Take back what one has handed in (撤回); the task that is open again.

    The property ``withdraw`` of the node decides: ``never`` (without it), ``before_open`` as long as nobody has opened
    what came of it, ``before_action`` as long as nobody has done it, ``forced`` even then. Never past an operation or a
    message, never a ballot. Whoever had it is told. What is only held for signers is taken back as long as none of them
    has spoken.
    """
    found = ctx.session.get(Task, task_id)
    if found is None or inbox.principal(ctx) not in (found.held_by, found.completed_by, found.on_behalf_of):
        raise inbox.NotYourTask(groups="")
    if found.parked == Parked.HELD:
        return _unhold(ctx, task_id, opinions.said(reason))
    why = opinions.said(reason)
    instances.lock(ctx, found.instance_id)
    ctx.session.refresh(found)
    _require_withdrawable(ctx, found)
    here = _came_of(ctx, found)[0]
    before = _open_tasks(ctx, found)
    instances.step(
        ctx,
        found.instance_id,
        "task.withdraw",
        lambda machine: machine.return_to(here, found.element),
        gone="withdrawn",
        task=found.id,
        reason=why,
    )
    opinions.opine(ctx, found, Opined.WITHDRAWN, why)
    return _settled(ctx, found, before, "task.withdrawn", why)[0]


def may_withdraw(ctx: Context, task: Task) -> bool:
    """Whether the acting person could withdraw the task now."""
    if inbox.principal(ctx) not in (task.held_by, task.completed_by, task.on_behalf_of):
        return False
    if task.parked == Parked.HELD:
        return not _spoken(ctx, task)
    try:
        _require_withdrawable(ctx, task)
    except Refused:
        return False
    return True


def _require_withdrawable(ctx: Context, task: Task) -> None:
    policy = drawn.policy(ctx, task, "withdraw") or "never"
    if policy == "never" or task.status != TaskStatus.COMPLETED or drawn.element(ctx, task).loop is not None:
        raise NotWithdrawable
    done = drawn.done_since(ctx, task.instance, task.process, task.element, task.id)
    if any(drawn.acts_outside(each) or (each.human and policy != "forced") for each in done):
        raise MovedOn
    live = _came_of(ctx, task)
    if not live or _is_repeated(ctx, task):
        raise MovedOn
    opened = select(Task.opened_by).where(Task.instance_id == task.instance_id, Task.token.in_(live))
    reader = ctx.session.scalar(opened.where(Task.opened_at.is_not(None)).limit(1))
    if policy == "before_open" and reader is not None:
        raise AlreadyOpened(reader)


def _unhold(ctx: Context, task_id: int, reason: str) -> Task:
    task, _ = instances.locked(ctx, task_id)
    if _spoken(ctx, task):
        raise MovedOn
    for asked in _signers_tasks(ctx, task):
        asked.status = TaskStatus.WAITING
    task.parked, task.draft, task.held, task.held_by = None, drafted(task.held), None, None
    audit.record(ctx, "task.withdraw", f"task:{task.id}", reason=reason)
    return task


def drafted(held: str | None) -> dict[str, object] | None:
    """What was handed in as a draft, in the plain values a draft is made of."""
    if held is None:
        return None
    plain: dict[str, object] = json.loads(json.dumps(feel.loads(held), default=str))
    return plain


def _signers_tasks(ctx: Context, task: Task) -> list[Task]:
    query = select(Task).join(Signer, Signer.task_id == Task.id).where(Signer.of_id == task.id)
    return list(ctx.session.scalars(query.where(Task.status == TaskStatus.OPEN)))


def _spoken(ctx: Context, task: Task) -> bool:
    query = select(Signer.task_id).where(Signer.of_id == task.id, Signer.side == "after", Signer.agreed.is_not(None))
    return ctx.session.scalar(query.limit(1)) is not None


def _came_of(ctx: Context, task: Task) -> list[str]:
    return instances.peek(ctx, task.instance).came_of(task.token)


def _is_repeated(ctx: Context, task: Task) -> bool:
    """Whether the element has been entered again since: then that later round is what stands."""
    query = select(Task.id).where(Task.instance_id == task.instance_id, Task.element == task.element)
    return ctx.session.scalar(query.where(Task.process == task.process, Task.id > task.id).limit(1)) is not None


def _acted(ctx: Context, task: Task, process: str, element: str) -> bool:
    return any(drawn.acts_outside(each) for each in drawn.done_since(ctx, task.instance, process, element))


def _open_tasks(ctx: Context, task: Task) -> dict[int, list[str]]:
    """The matter's open tasks and who holds each."""
    query = select(Task).where(Task.instance_id == task.instance_id, Task.status == TaskStatus.OPEN)
    return {each.id: opinions.holders(ctx, each) for each in ctx.session.scalars(query)}


def _settled(ctx: Context, moved: Task, before: dict[int, list[str]], kind: str, reason: str) -> list[Task]:
    """After a move: what is open anew goes to who did it last, and everybody it concerns is told."""
    query = select(Task).where(Task.instance_id == moved.instance_id, Task.status == TaskStatus.OPEN)
    after = {task.id: task for task in ctx.session.scalars(query.order_by(Task.id))}
    begun = [task for identity, task in after.items() if identity not in before]
    for task in begun:
        _to_last_hand(ctx, task)
        opinions.tell(ctx, kind, task, [*opinions.holders(ctx, task)], reason=reason)
    lost = {account for identity, held in before.items() if identity not in after for account in held}
    opinions.tell(ctx, "task.gone", moved, sorted(lost), reason=reason)
    return begun


def _to_last_hand(ctx: Context, task: Task) -> None:
    query = select(Task.on_behalf_of, Task.completed_by).where(
        Task.instance_id == task.instance_id,
        Task.process == task.process,
        Task.element == task.element,
        Task.item.is_not_distinct_from(task.item),
        Task.status == TaskStatus.COMPLETED,
    )
    last = ctx.session.execute(query.order_by(Task.id.desc()).limit(1)).first()
    account = (last[0] or last[1]) if last else None
    if task.assignee is None and account in opinions.holders(ctx, task):
        task.assignee = account
