"""What an operator does: take up, pass over or move on what stands; suspend, resume and end a matter; see before acting.

A call that failed is made again by itself after five minutes, half an hour and two hours; then it is left to people. So
is a step that failed unforeseen: it was undone and its matter set aside.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import select

from engine import access, audit
from engine.db import Context
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.workflow import definitions, instances, opinions, packages
from engine.workflow.standing import BACK_OFF
from engine.workflow.store import Incident, Instance, Status, Task, TaskStatus

#: Who may act on what stands.
OPERATOR = "admin"
#: Stands in the memory of an act that a second person has confirmed, or that is only looked at.
SECONDED = "seconded"


class NothingStands(Conflict):
    """This incident has been dealt with already."""

    code = "nothing_stands"


class NeedsSecond(Refused):
    """Matters like {title} are guarded: ask for it with your reason, and a second person confirms it."""

    code = "needs_second"


class WholeStep(Invalid):
    """A whole step was undone here, so there is no element to pass over; retry it once its cause is mended."""

    code = "whole_step"


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do: the tasks it would take away and those it would open, what would stand afterwards."""

    gone: list[str]
    opened: list[str]
    incidents: list[str]
    status: str


def retry(ctx: Context, incident_id: int) -> None:
    """Take up what stands where it stands. What fails again raises its reason, and everything is as it was."""
    access.require(ctx, OPERATOR)
    found, instance = _standing(ctx, incident_id)
    if found.token is None:
        _resume_step(instance, found)
        audit.record(ctx, "incident.retry", "incidents", incident=found.id)
        return
    token = found.token
    _moved(ctx, found, lambda: instances.step(ctx, instance.id, "incident.retry", lambda machine: machine.retry(token)))


def skip(ctx: Context, incident_id: int, reason: str) -> None:
    """Pass over the element as if it had been done, without its operation."""
    access.require(ctx, OPERATOR)
    why, (found, instance) = opinions.said(reason), _standing(ctx, incident_id)
    _require_second(ctx, instance)
    token = _token(found)
    _moved(
        ctx,
        found,
        lambda: instances.step(ctx, instance.id, "incident.skip", lambda machine: machine.skip(token), reason=why),
    )


def jump(ctx: Context, instance_id: int, token: str, element: str, reason: str) -> None:
    """Take one token of a matter to another element: that of an incident, or of an open task."""
    access.require(ctx, OPERATOR)
    why = opinions.said(reason)
    _require_second(ctx, instances.instance(ctx, instance_id))
    instances.step(
        ctx,
        instance_id,
        "instance.jump",
        lambda machine: machine.jump(token, element),
        gone="jumped",
        to=element,
        reason=why,
    )


def suspend(ctx: Context, instance_id: int, reason: str) -> None:
    access.require(ctx, OPERATOR)
    instances.suspend(ctx, instance_id, opinions.said(reason))


def resume(ctx: Context, instance_id: int, reason: str) -> None:
    access.require(ctx, OPERATOR)
    instances.resume(ctx, instance_id, opinions.said(reason))


def call_off(ctx: Context, instance_id: int, reason: str) -> None:
    """End a matter before its end; everybody who holds a task of it is told."""
    access.require(ctx, OPERATOR)
    why = opinions.said(reason)
    instance = instances.instance(ctx, instance_id)
    _require_second(ctx, instance)
    held = [(task, opinions.holders(ctx, task)) for task in _open(ctx, instance_id)]
    instances.cancel(ctx, instance, why)
    for task, accounts in held:
        task.gone = "cancelled"
        opinions.tell(ctx, "task.gone", task, accounts, reason=why)


def _require_second(ctx: Context, instance: Instance) -> None:
    """A guarded matter is moved by two: nobody takes an issued letter back alone, whatever their rights."""
    if SECONDED not in ctx.memo and packages.is_guarded(ctx, instance.package, instance.process):
        raise NeedsSecond(title=instance.title)


class _Seen(Exception):
    """Carries what was seen out of an attempt, which it undoes."""

    def __init__(self, seen: Preview) -> None:
        super().__init__()
        self.seen = seen


def preview(ctx: Context, instance_id: int, act: Callable[[Context], None]) -> Preview:
    """What an act on a matter would do. It is really done, and undone before anybody sees it. Raises what it raises."""
    before = {task.id: task.name for task in _open(ctx, instance_id)}
    attempt = replace(ctx, memo={"acting_in": ctx.memo.get("acting_in"), SECONDED: True})
    try:
        with ctx.session.begin_nested():
            act(attempt)
            ctx.session.flush()
            after = {task.id: task.name for task in _open(ctx, instance_id)}
            instance = instances.instance(ctx, instance_id)
            left = [each.element for each in instances.incidents(ctx, instance)]
            raise _Seen(Preview(_without(before, after), _without(after, before), left, instance.status))
    except _Seen as attempted:
        return attempted.seen


def _without(some: dict[int, str], others: dict[int, str]) -> list[str]:
    return [name for identity, name in some.items() if identity not in others]


def require_matter(ctx: Context, instance_id: int) -> Instance:
    """A matter by its id, for the operator. Raises ``NotYours`` or ``NotFound``."""
    access.require(ctx, OPERATOR)
    found = ctx.session.get(Instance, instance_id)
    if found is None:
        raise NotFound
    return found


def landings(ctx: Context, instance: Instance) -> list[tuple[str, str]]:
    """Where a token of the matter may be taken: id and name of its activities, in the order of the file."""
    drawn = definitions.specification(ctx, instance.process, instance.release).elements.values()
    wanted = [each for each in drawn if each.activity and not each.event_subprocess and not each.for_compensation]
    return [(each.id, each.name or each.id) for each in wanted]


def due_retry(ctx: Context) -> int | None:
    """An incident whose call is to be made again now, its matter locked; None when there is none."""
    query = select(Incident.id, Incident.instance_id).where(
        Incident.retry_at <= ctx.now, Incident.resolved_at.is_(None)
    )
    for incident_id, instance_id in ctx.session.execute(query.order_by(Incident.retry_at, Incident.id).limit(50)).all():
        # On PostgreSQL a matter another ticker has in hand is passed over.
        free = select(Instance.id).where(Instance.id == instance_id).with_for_update(skip_locked=True)
        still = select(Incident.id).where(Incident.id == incident_id, Incident.retry_at <= ctx.now)
        if ctx.session.scalar(free) is not None and ctx.session.scalar(still) is not None:
            found: int = incident_id
            return found
    return None


def try_again(ctx: Context, incident_id: int) -> None:
    """Make the failed call again. What fails again stands as before, and is tried later once more or left to people."""
    found, instance = _standing(ctx, incident_id)
    token = found.token
    if token is None:
        # The step itself is the next beat's; when it fails again, that is counted.
        _resume_step(instance, found)
    elif instance.status != Status.RUNNING:
        found.retry_at = None
    else:
        # Nobody stands at a screen: a refusal stands as the incident it was.
        ctx.memo["patient"] = True
        instances.step(ctx, instance.id, "incident.retry", lambda machine: machine.retry(token), by_itself=True)
        if found.resolved_at is None:
            _count(ctx, found)


def put_off(ctx: Context, incident_id: int) -> None:
    """A retry that failed in a way nobody foresaw counts as one, too."""
    _count(ctx, ctx.session.get_one(Incident, incident_id))


def set_aside(ctx: Context, instance_id: int, cause: str) -> None:
    """A step failed unforeseen and was undone: note the incident and stop the instance, so that others go on."""
    stopped = instances.lock(ctx, instance_id)
    stopped.status = Status.SUSPENDED
    query = select(Incident).where(
        Incident.instance_id == instance_id, Incident.token.is_(None), Incident.element == ""
    )
    standing = ctx.session.scalar(query.where(Incident.resolved_at.is_(None)).limit(1))
    if standing is None:
        first = ctx.now + BACK_OFF[0]
        ctx.session.add(
            Incident(instance_id=instance_id, element="", cause=cause, opened_at=ctx.now, attempts=0, retry_at=first)
        )
        return
    standing.cause = cause
    _count(ctx, standing)


def _count(ctx: Context, found: Incident) -> None:
    found.attempts = (found.attempts or 0) + 1
    later = found.attempts < len(BACK_OFF)
    found.retry_at = ctx.now + BACK_OFF[found.attempts] if later else None


def _resume_step(instance: Instance, found: Incident) -> None:
    if instance.status == Status.SUSPENDED:
        instance.status = Status.RUNNING
    found.retry_at = None


def _moved(ctx: Context, found: Incident, act: Callable[[], None]) -> None:
    """An operator's act on an incident: it is over unless the very same place fails once more."""
    before = found.token
    act()
    ctx.session.flush()
    if found.resolved_at is None and found.token == before:
        found.attempts, found.retry_at = len(BACK_OFF), None


def _standing(ctx: Context, incident_id: int) -> tuple[Incident, Instance]:
    found = ctx.session.get(Incident, incident_id)
    if found is None:
        raise NothingStands
    instance = instances.lock(ctx, found.instance_id)
    ctx.session.refresh(found)
    if found.resolved_at is not None:
        raise NothingStands
    return found, instance


def _token(found: Incident) -> str:
    if found.token is None:
        raise WholeStep
    return found.token


def _open(ctx: Context, instance_id: int) -> list[Task]:
    query = select(Task).where(Task.instance_id == instance_id, Task.status == TaskStatus.OPEN)
    return list(ctx.session.scalars(query.order_by(Task.id)))
