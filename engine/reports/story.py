"""The story of a matter: what happened in it, by whom, where it stands, as a list and as marks on its diagram."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import workflow
from engine.db import Context
from engine.workflow.store import Instance, Task, TaskStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of a story."""

    name: str
    #: ``done``, ``now``, ``late`` or ``gone`` (taken away by the diagram or a return).
    state: str
    at: datetime | None
    by: str | None
    on_behalf_of: str | None
    #: Who holds it now: a unit's code, an account, or None.
    holder: str | None
    task_id: int


def story(ctx: Context, instances: Iterable[int]) -> list[Step]:
    """Everything people did in the instances and what they still have to do, in time."""
    query = select(Task).where(Task.instance_id.in_(list(instances))).order_by(Task.id)
    steps = [_step(ctx, task) for task in ctx.session.scalars(query) if task.status != TaskStatus.CANCELLED]
    return sorted(steps, key=lambda step: (step.state != "done", step.at or ctx.now, step.task_id))


def marks(ctx: Context, instance: Instance, names: dict[str, str]) -> dict[str, Any]:
    """What a viewer of the instance's diagram shows: done elements, flows taken, where the tokens stand.

    ``names`` gives units and accounts as words. Only elements of the instance's own process are marked.
    """
    done: dict[str, None] = {}
    flows: dict[str, None] = {}
    for entry in workflow.history(ctx, instance):
        for event, element, *taken in entry.facts.get("trace", []):
            if event == "completed":
                done[element] = None
            flows.update(dict.fromkeys(taken))
    active: dict[str, str] = {}
    overdue: dict[str, str] = {}
    for task in workflow.of_instances(ctx, [instance.id]):
        if task.process == instance.process:
            holder = names.get(task.assignee or task.unit or "", "")
            late = task.due_at is not None and task.due_at < ctx.now
            (overdue if late else active)[task.element] = holder
    incidents = {each.element: each.cause for each in workflow.incidents(ctx, instance)}
    return {"done": list(done), "flows": list(flows), "active": active, "overdue": overdue, "incident": incidents}


def _step(ctx: Context, task: Task) -> Step:
    if task.status == TaskStatus.COMPLETED:
        return Step(task.name, "done", task.completed_at, task.completed_by, task.on_behalf_of, None, task.id)
    late = task.due_at is not None and task.due_at < ctx.now
    return Step(task.name, "late" if late else "now", None, None, None, task.assignee or task.unit, task.id)
