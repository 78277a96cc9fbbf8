"""Doing a task: who may, with which answers, alone or a whole sheet at once, held for signers or at once in effect."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import audit, feel
from engine.db import Context, changed
from engine.errors import Conflict, Invalid, Message, Refused
from engine.workflow import definitions, forms, inbox, standing
from engine.workflow.instances import load, locked, save
from engine.workflow.store import Instance, Kind, Parked, Signer, Task, TaskStatus


class Changed(Conflict):
    """The matter has changed since you opened it; reload and look again."""

    code = "changed"


def complete(ctx: Context, task_id: int, answers: Mapping[str, Any], *, version: int | None = None) -> Task:
    """Do a task. The answers are checked against its form; its operation is called; the token moves; all or nothing.

    ``version`` is the instance's as the person saw it: with another one ``Changed`` is raised, unless None. Raises
    ``TaskClosed`` with the winner's name, ``access.NotYours``, ``forms.WrongAnswers``, or what the operation refuses.
    """
    task, instance = locked(ctx, task_id)
    if version is not None and version != instance.version:
        raise Changed
    inbox.require_mine(ctx, task)
    inbox.require_free(ctx, task)
    given = check_answers(ctx, task, answers)
    if task.ballot is not None:
        require_one_vote(ctx, task)
    if task.followed:
        return _hold(ctx, task, answers)
    return finish(ctx, task, instance, given)


def finish(ctx: Context, task: Task, instance: Instance, given: Mapping[str, Any], **facts: Any) -> Task:
    """The step itself: what was checked goes through the task's operation, and the token moves."""
    # Before it is marked as done in memory alone: its row is written with the rest of the step.
    standing.known(ctx, instance)
    machine = load(ctx, instance, task=task, answers=given)
    vote = machine.complete(task.token, given)
    by = {"completed_by": ctx.actor, "on_behalf_of": ctx.on_behalf_of}
    done = changed(ctx, task, status=TaskStatus.COMPLETED, completed_at=ctx.now, vote=vote, draft=None, **by)
    save(ctx, instance, machine, "task.complete", None, done, task=task.id, element=task.element, **facts)
    return task


def _hold(ctx: Context, task: Task, answers: Mapping[str, Any]) -> Task:
    """Signers speak after it: what was handed in is kept, and they are asked now."""
    task.held, task.held_by = feel.dumps(dict(answers)), inbox.principal(ctx)
    task.parked, task.draft = Parked.HELD, None
    waiting = select(Task).join(Signer, Signer.task_id == Task.id).where(Signer.of_id == task.id)
    for asked in ctx.session.scalars(waiting.where(Task.status == TaskStatus.WAITING)):
        asked.status, asked.created_at = TaskStatus.OPEN, ctx.now
    audit.record(ctx, "task.hold", f"task:{task.id}")
    return task


class VotedAlready(Refused):
    """You have a vote of your own here, or have voted for somebody; one hand casts one ballot."""

    code = "voted_already"


def require_one_vote(ctx: Context, task: Task) -> None:
    """Neither twice by oneself nor once more for whom one stands in for."""
    others = select(Task.completed_by, Task.assignee).where(
        Task.instance_id == task.instance_id,
        Task.element == task.element,
        Task.visits == task.visits,
        Task.id != task.id,
        Task.status.in_((TaskStatus.OPEN, TaskStatus.COMPLETED)),
    )
    for completed_by, assignee in ctx.session.execute(others):
        if ctx.actor is not None and ctx.actor == (completed_by or assignee):
            raise VotedAlready


class WrongRows(Invalid):
    """{count} rows are not complete; nothing was handed in. See the marked fields."""

    code = "wrong_rows"


def complete_all(ctx: Context, answers: Mapping[int, Mapping[str, Any]]) -> list[Task]:
    """Do several tasks at once, all or none. Raises ``WrongRows`` whose fields are named ``<task>.<field>``."""
    wrong: dict[str, Message] = {}
    for task_id, given in answers.items():
        try:
            check_answers(ctx, ctx.session.get_one(Task, task_id), given)
        except forms.WrongAnswers as error:
            wrong |= {f"{task_id}.{name}": message for name, message in error.fields.items()}
    if wrong:
        raise WrongRows(count=len({name.partition(".")[0] for name in wrong}), fields=wrong)
    return [complete(ctx, task_id, given) for task_id, given in answers.items()]


def check_answers(ctx: Context, task: Task, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as the task's form types them; without a form they are taken as they are."""
    if task.form is None:
        return dict(answers)
    return forms.check(form_of(ctx, task), answers, inbox.offered(ctx, task))


def form_of(ctx: Context, task: Task) -> dict[str, Any]:
    """The schema of the task's form, in the version its instance has pinned."""
    return definitions.form(ctx, task.instance.release[f"{Kind.FORM}:{task.form}"])
