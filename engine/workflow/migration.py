"""Running instances under a newer version of their diagram: what would stand in the way, and the move itself.

Checked before anything moves; a matter against which something stands stays as it is, whole. Open tasks keep their holder,
draft and age, timers their instants.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine import access, audit
from engine.db import Context, changed, write
from engine.errors import Conflict
from engine.workflow import definitions, instances, opinions, spiff
from engine.workflow.operating import OPERATOR
from engine.workflow.standing import LIVE
from engine.workflow.store import Incident, Instance, Kind, Task, TaskStatus, Wait


class CannotMigrate(Conflict):
    """{title} cannot go on under the new version: {why}"""

    code = "cannot_migrate"


@dataclass(frozen=True, slots=True)
class Plan:
    """What moving one matter would meet."""

    instance: Instance
    #: The versions of its own diagram, by number.
    before: int
    after: int
    obstacles: list[spiff.Obstacle]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a batch: what was moved, and what was left with what stands against it."""

    moved: list[int]
    left: list[Plan]


def plans(ctx: Context, process: str, package: str = "", names: Mapping[str, str] | None = None) -> list[Plan]:
    """Every live matter of a process that has an older version of anything it uses, oldest first."""
    access.require(ctx, OPERATOR)
    release = definitions.release(ctx, process, package)
    query = select(Instance).where(Instance.process == process, Instance.package == package, Instance.status.in_(LIVE))
    found = ctx.session.scalars(query.order_by(Instance.id)).all()
    return [_plan(ctx, each, release, names or {}) for each in found if _is_older(each, release)]


def migrate(ctx: Context, instance_id: int, reason: str, names: Mapping[str, str] | None = None) -> None:
    """Let one matter go on under the current versions. Raises ``CannotMigrate`` with everything that stands against it."""
    access.require(ctx, OPERATOR)
    why, renamed = opinions.said(reason), dict(names or {})
    instance = instances.lock(ctx, instance_id)
    release = definitions.release(ctx, instance.process, instance.package)
    plan = _plan(ctx, instance, release, renamed)
    if plan.obstacles or instance.status not in LIVE:
        told = " ".join(each.message for each in plan.obstacles) or "it is over."
        raise CannotMigrate(title=instance.title, why=told)
    _move(ctx, instance, release, renamed, why)


def migrate_all(
    ctx: Context, process: str, reason: str, *, package: str = "", names: Mapping[str, str] | None = None
) -> Report:
    """Move every matter of a process that can be moved; the others stay whole and are told with their obstacles."""
    opinions.said(reason)
    done = Report([], [])
    for plan in plans(ctx, process, package, names):
        if plan.obstacles:
            done.left.append(plan)
        else:
            migrate(ctx, plan.instance.id, reason, names)
            done.moved.append(plan.instance.id)
    return done


def _is_older(instance: Instance, release: Mapping[str, Any]) -> bool:
    return any(instance.release.get(name) != version for name, version in release.items())


def _plan(ctx: Context, instance: Instance, release: Mapping[str, Any], names: Mapping[str, str]) -> Plan:
    key = f"{Kind.PROCESS}:{instance.process}"
    new = definitions.specification(ctx, instance.process, release)
    obstacles = instances.peek(ctx, instance).obstacles(new, names)
    before, after = (definitions.version(ctx, pinned[key]).number for pinned in (instance.release, release))
    return Plan(instance, before, after, obstacles)


def _move(ctx: Context, instance: Instance, release: dict[str, Any], names: dict[str, str], reason: str) -> None:
    new = definitions.specification(ctx, instance.process, release)
    before = {name: instance.release.get(name) for name in release if instance.release.get(name) != release[name]}
    instance.state = instances.peek(ctx, instance).transplanted(new, names)
    # What a task that is done was asked by stays readable.
    instance.release, instance.version = {**instance.release, **release}, instance.version + 1
    _rename(ctx, instance, names)
    after = {name: release[name] for name in before}
    facts = {"before": before, "after": after, "names": names, "reason": reason}
    entry, link = audit.next_of(ctx, "instance.migrate", instance.chain, instance, trace=[], **facts)
    write(ctx, entry, *changed(ctx, instance, **link))


def _rename(ctx: Context, instance: Instance, names: Mapping[str, str]) -> None:
    """Rows beside the state by what they are called now; a wait or an incident is known by its token."""
    drawn = {each.id: each for each in instances.peek(ctx, instance).tasks}
    open_ones = select(Task).where(
        Task.instance_id == instance.id, Task.status.in_((TaskStatus.OPEN, TaskStatus.WAITING))
    )
    for task in ctx.session.scalars(open_ones):
        found = drawn[task.token.partition("/")[0]]
        task.element, task.name = found.element, found.name or found.element
        if task.side is None:
            task.form, task.operation = found.form, found.properties.get("operation")
    for row in (*_rows(ctx, instance, Wait), *_rows(ctx, instance, Incident)):
        row.element = names.get(row.element, row.element)


def _rows(ctx: Context, instance: Instance, kind: type[Any]) -> list[Any]:
    return list(ctx.session.scalars(select(kind).where(kind.instance_id == instance.id)))
