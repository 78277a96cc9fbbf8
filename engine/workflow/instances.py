"""Running processes: start, complete, send, advance. One instance, one row lock, one transaction.

Order of work in every step: lock the instance row, look whether the task is still open, load, move, prune, save, bring
tasks and waits into line with the tokens, audit. Whatever raises on the way leaves the stored instance as it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import bindparam, select

from engine import audit, feel, people
from engine.db import Context, Write, changed, write
from engine.errors import BihuanError, Conflict, NotFound, Refused
from engine.workflow import definitions, following, messages, schedule, spiff, standing
from engine.workflow.store import Incident, Instance, Kind, Status, Task, TaskStatus, Wait

_Result = TypeVar("_Result")


class TaskClosed(Conflict):
    """This was already done by {winner} at {at}; what you filled in is kept as a draft."""

    code = "task_closed"

    def __init__(self, task: Task, winner: str) -> None:
        super().__init__(winner=winner, at=task.completed_at)
        self.winner = winner


class TaskWithdrawn(Conflict):
    """This task is no longer there: the matter has moved on without it."""

    code = "task_withdrawn"


class NotRunning(Refused):
    """The matter {title} is {status}; nothing can be done in it."""

    code = "not_running"


class UnknownInstance(NotFound):
    """There is no matter {key!r}."""

    code = "unknown_instance"


@dataclass(frozen=True, slots=True)
class Act:
    """What an operation is told besides its parameters."""

    instance: Instance
    element: str
    #: What the person typed, typed by the form; empty for a service task.
    answers: Mapping[str, Any] = field(default_factory=dict)
    task: Task | None = None


def start(
    ctx: Context,
    process: str,
    *,
    package: str = "",
    key: str,
    title: str,
    unit: str | None = None,
    variables: Mapping[str, Any] | None = None,
    begun: messages.Beginning | None = None,
) -> Instance:
    """Start a process. ``key`` names the matter, unique in the package; a second start of the same key is refused.

    Pins the current version of everything the process can reach. ``begun`` by a message, what it brings are the variables;
    begun by the clock, it begins at the instant that was due and catches up from there.
    """
    release = definitions.release(ctx, process, package)
    instance = Instance(
        package=package,
        process=process,
        key=key,
        title=title,
        unit=unit,
        status=Status.RUNNING,
        state=b"",
        version=0,
        release=release,
        started_at=ctx.now,
        started_by=ctx.actor,
        chain_seq=0,
        chain_digest="",
    )
    ctx.session.add(instance)
    ctx.session.flush()
    following.begin_step(ctx, instance.id)
    machine = spiff.Machine.start(
        definitions.specification(ctx, process, release),
        variables or {},
        _Host(ctx, instance),
        begun.due if begun and begun.due else ctx.now,
        at=begun.at if begun else None,
        message=begun.message if begun else None,
    )
    if begun and begun.due:
        machine.advance(ctx.now)
    save(ctx, instance, machine, "instance.start", process=process, **(_how(begun) if begun else {}))
    return instance


def _how(begun: messages.Beginning) -> dict[str, Any]:
    """What the audit says of a beginning that nobody made by hand."""
    if begun.message is not None:
        return {"message": begun.message}
    return {"timer": begun.at, "due": begun.due, "missed": begun.missed}


def _begin(ctx: Context, begun: messages.Beginning, content: Mapping[str, Any]) -> None:
    with messages.begun_by(ctx, begun.message or "", begun.process), following.led_to(ctx, begun.process):
        start(
            ctx,
            begun.process,
            package=begun.package,
            key=begun.key,
            title=begun.title,
            unit=begun.unit,
            variables=content,
            begun=begun,
        )


def send(
    ctx: Context,
    name: str,
    content: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    keep: bool = True,
) -> bool:
    """Send a message to the instance that has waited longest for it; True when one took it or was begun by it.

    Nobody waits: it begins every process that starts with it. There is none either: it is kept and serves the first catch
    that asks for it; without ``keep`` it is news only for who listens now. ``key`` correlates; it is compared as text, and who waits without a key takes any.
    """
    following.about_to_tell(ctx, name)
    return _hand_on(ctx, name, content or {}, key, keep)


def _hand_on(ctx: Context, name: str, content: Mapping[str, Any], key: str | None, keep: bool) -> bool:
    waiting = messages.longest_waiting(ctx, name, key)
    if waiting is None:
        beginnings = messages.beginnings(ctx, name, key, content)
        for each in beginnings:
            _begin(ctx, each, content)
        if beginnings or not keep:
            return bool(beginnings)
        messages.meet(ctx, name)
        waiting = messages.longest_waiting(ctx, name, key)
    if waiting is None:
        messages.keep(ctx, name, key, content)
        return False
    if following.stands_back(ctx, waiting, lambda: _hand_on(ctx, name, content, key, keep)):
        return True
    _deliver(ctx, waiting, name, key, dict(content))
    return True


def advance(ctx: Context, instance_id: int) -> None:
    """Fire what is due in the instance, each at its own instant. A failing operation stands as an incident."""
    instance = lock(ctx, instance_id)
    if instance.status != Status.RUNNING:
        return
    # Nobody stands at a screen: a refusal, here or in whatever this step tells, stands as an incident.
    ctx.memo["patient"] = True
    machine = load(ctx, instance)
    machine.advance(ctx.now)
    save(ctx, instance, machine, "timer.fire")


def cancel(ctx: Context, instance: Instance, reason: str) -> None:
    """End an instance before its end, with the reason; its open tasks and waits go with it."""
    ended = lock(ctx, instance.id)
    machine = load(ctx, ended)
    machine.cancel()
    ended.status, ended.ended_at = Status.CANCELLED, ctx.now
    save(ctx, ended, machine, "instance.cancel", reason=reason)


def find(ctx: Context, package: str, key: str) -> Instance:
    found = ctx.session.scalar(select(Instance).where(Instance.package == package, Instance.key == key))
    if found is None:
        raise UnknownInstance(key=key)
    return found


def instance(ctx: Context, instance_id: int) -> Instance:
    return ctx.session.get_one(Instance, instance_id)


def variables(ctx: Context, instance: Instance) -> dict[str, Any]:
    """The routing values as they stand."""
    return dict(peek(ctx, instance).variables)


def peek(ctx: Context, instance: Instance) -> spiff.Machine:
    """The instance's machine to look at; it is not saved, so nothing may be moved in it."""
    spec = definitions.specification(ctx, instance.process, instance.release)
    return spiff.Machine.load(spec, instance.state, _Host(ctx, instance), ctx.now)


def history(ctx: Context, instance: Instance) -> Sequence[audit.Entry]:
    """What happened in the instance, oldest first."""
    return ctx.session.scalars(
        select(audit.Entry).where(audit.Entry.chain == instance.chain).order_by(audit.Entry.seq)
    ).all()


def incidents(ctx: Context, instance: Instance) -> list[Incident]:
    """What the instance cannot get past until somebody deals with it."""
    query = select(Incident).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
    return list(ctx.session.scalars(query.order_by(Incident.id)))


@dataclass(slots=True)
class _Host:
    """What a running machine may ask of the world around it."""

    ctx: Context
    instance: Instance
    task: Task | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)

    def operate(self, call: spiff.Call) -> Mapping[str, object]:
        operation = self.ctx.database.operations[call.operation]
        own = self.task is not None and call.element == self.task.element and call.answers is not None
        act = Act(self.instance, call.element, self.answers if own else {}, self.task if own else None)
        if not self.ctx.memo.get("patient"):
            return _routing(operation.call(self.ctx, act, call.inputs))
        try:
            with following.undone_on_error(self.ctx), self.ctx.session.begin_nested():
                return _routing(operation.call(self.ctx, act, call.inputs))
        except spiff.BpmnError:
            raise
        except BihuanError as error:
            raise spiff.Failure(str(error)) from error

    def decide(self, decision: str, context: Mapping[str, object]) -> object:
        return table(self.ctx, self.instance, decision)(context)

    def add_workdays(self, start: datetime, days: int) -> datetime:
        return schedule.add_workdays(self.ctx)(start, days)

    def about_to_throw(self, name: str) -> None:
        try:
            following.about_to_tell(self.ctx, name)
        except following.AnswersWithoutEnd as endless:
            raise spiff.Failure(str(endless)) from endless

    def thrown(self, name: str, key: str | None, content: Mapping[str, object]) -> bool:
        # True also when it is kept: then it lies in the table, and the machine must not keep it a second time.
        _hand_on(self.ctx, name, content, key, keep=True)
        return True

    def signalled(self, name: str, content: Mapping[str, object]) -> None:
        _signal(self.ctx, name, content, besides=self.instance.id)


def _routing(outputs: Mapping[str, object]) -> dict[str, object]:
    """An operation's outputs as process values: a state of an enumeration becomes its text."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in outputs.items()}


def table(ctx: Context, instance: Instance, decision: str) -> Callable[[Mapping[str, object]], Any]:
    """A decision in the version the instance has pinned, as a function of what it looks at."""
    model = definitions.decision_model(ctx, instance.release[f"{Kind.DECISION}:{decision}"])
    return lambda context: model.evaluate(decision, context, now=ctx.now).outputs


def put_variables(ctx: Context, instance_id: int, values: Mapping[str, Any]) -> None:
    """Change routing values of a running instance because what they say has changed outside it."""
    following.about_to_tell(ctx, ", ".join(sorted(values)))
    _put(ctx, instance_id, values)


def _put(ctx: Context, instance_id: int, values: Mapping[str, Any]) -> None:
    if following.stands_back(ctx, instance_id, lambda: _put(ctx, instance_id, values)):
        return
    changed = lock(ctx, instance_id)
    if changed.status != Status.RUNNING:
        return
    with following.led_to(ctx, changed.process):
        machine = load(ctx, changed)
        machine.put(values)
        save(ctx, changed, machine, "instance.put_variables", names=sorted(values))


def signal(ctx: Context, name: str, content: Mapping[str, Any] | None = None) -> int:
    """Send a signal to every instance that waits for it and begin every process that starts with it; returns how many."""
    following.about_to_tell(ctx, name)
    return _signal(ctx, name, content or {})


def _signal(ctx: Context, name: str, content: Mapping[str, Any], besides: int | None = None) -> int:
    reached = _waiting_for_signal(ctx, name, besides)
    # What it begins now did not wait when it was sent.
    for instance_id in reached:
        signal_to(ctx, instance_id, name, content)
    beginnings = messages.signalled(ctx, name, content)
    for each in beginnings:
        _begin(ctx, each, content)
    return len(reached) + len(beginnings)


def signal_to(ctx: Context, instance_id: int, name: str, content: Mapping[str, Any]) -> None:
    if following.stands_back(ctx, instance_id, lambda: signal_to(ctx, instance_id, name, content)):
        return
    instance = lock(ctx, instance_id)
    if instance.status != Status.RUNNING:
        return
    with following.led_to(ctx, instance.process):
        machine = load(ctx, instance)
        machine.signal(name, dict(content))
        save(ctx, instance, machine, "signal.receive", name=name)


def _deliver(ctx: Context, instance_id: int, name: str, key: str | None, content: dict[str, Any]) -> None:
    instance = lock(ctx, instance_id)
    with following.led_to(ctx, instance.process):
        machine = load(ctx, instance)
        machine.message(name, content, key)
        save(ctx, instance, machine, "message.receive", name=name, key=key)


def _waiting_for_signal(ctx: Context, name: str, besides: int | None = None) -> list[int]:
    waiting = select(Wait.instance_id).where(Wait.kind == "signal", Wait.name == name)
    query = select(Instance.id).where(Instance.id.in_(waiting), Instance.status == Status.RUNNING)
    return [each for each in ctx.session.scalars(query.order_by(Instance.id)) if each != besides]


def locked(ctx: Context, task_id: int) -> tuple[Task, Instance]:
    """An open task and its instance, which is locked. Raises ``TaskClosed``, ``TaskWithdrawn`` or ``NotRunning``."""
    instance = ctx.session.scalar(_OF_TASK, {"task": task_id})
    if instance is None:
        raise NotFound
    task = next(each for each in standing.tasks(ctx, instance, also=task_id) if each.id == task_id)
    if task.status == TaskStatus.COMPLETED:
        names = people.names(ctx, [task.completed_by])
        raise TaskClosed(task, names.get(task.completed_by or "", task.completed_by or ""))
    if task.status != TaskStatus.OPEN:
        raise TaskWithdrawn
    if instance.status != Status.RUNNING:
        raise NotRunning(title=instance.title, status=instance.status)
    return task, instance


# Asked in every step, and therefore put together once. The instance is locked before its tasks are read, so that what
# is read is what the step before left behind.
_OF_TASK = (
    select(Instance)
    .where(Instance.id == select(Task.instance_id).where(Task.id == bindparam("task")).scalar_subquery())
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock(ctx: Context, instance_id: int) -> Instance:
    standing.forget(ctx, instance_id)
    return ctx.session.get_one(Instance, instance_id, with_for_update=True, populate_existing=True)


def load(
    ctx: Context,
    instance: Instance,
    *,
    task: Task | None = None,
    answers: Mapping[str, Any] | None = None,
) -> spiff.Machine:
    spec = definitions.specification(ctx, instance.process, instance.release)
    following.begin_step(ctx, instance.id)
    machine = spiff.Machine.load(spec, instance.state, _Host(ctx, instance, task, answers or {}), ctx.now)
    standing.remember(ctx, instance, machine)
    return machine


def step(
    ctx: Context,
    instance_id: int,
    act: str,
    move: Callable[[spiff.Machine], _Result],
    /,
    *,
    gone: str | None = None,
    **facts: Any,
) -> _Result:
    """One act that is neither a task done nor a message: lock, load, move, save. Raises ``NotRunning``.

    Tasks it takes away are marked ``gone`` for that reason; ``facts`` go into the audit.
    """
    instance = lock(ctx, instance_id)
    if instance.status != Status.RUNNING:
        raise NotRunning(title=instance.title, status=instance.status)
    machine = load(ctx, instance)
    result = move(machine)
    save(ctx, instance, machine, act, gone, **facts)
    return result


def suspend(ctx: Context, instance_id: int, reason: str) -> None:
    """Nothing moves in the matter until it is resumed: acts are refused, messages kept, timers wait."""
    instance = lock(ctx, instance_id)
    if instance.status != Status.RUNNING:
        raise NotRunning(title=instance.title, status=instance.status)
    machine = load(ctx, instance)
    machine.suspend()
    instance.status = Status.SUSPENDED
    save(ctx, instance, machine, "instance.suspend", reason=reason)


def resume(ctx: Context, instance_id: int, reason: str) -> None:
    """Let a suspended matter go on; what fell due meanwhile is done by the next beat, what was told is heard now."""
    instance = lock(ctx, instance_id)
    if instance.status != Status.SUSPENDED:
        raise NotSuspended(title=instance.title)
    machine = load(ctx, instance)
    if machine.suspended:  # one that was set aside after a failure is not
        machine.resume()
    instance.status = Status.RUNNING
    save(ctx, instance, machine, "instance.resume", reason=reason)


class NotSuspended(Refused):
    """The matter {title} is not suspended, so there is nothing to resume."""

    code = "not_suspended"


def save(
    ctx: Context,
    instance: Instance,
    machine: spiff.Machine,
    act: str,
    gone: str | None = None,
    owed: Sequence[Write] = (),
    /,
    **facts: Any,
) -> None:
    if machine.finished and instance.status == Status.RUNNING:
        instance.status, instance.ended_at = Status.ENDED, ctx.now
    opened = standing.bring_into_line(ctx, instance, machine, gone)
    trace = [[event.event, _place(instance, event), *event.flows] for event in machine.trace]
    entry, link = audit.next_of(ctx, act, instance.chain, instance, trace=trace, **facts)
    moved = changed(ctx, instance, state=machine.dump(), version=instance.version + 1, **link)
    write(ctx, *opened, *owed, entry, *moved)
    following.end_step(ctx, instance.id, machine, lambda stored: _kept_for(ctx, instance, stored))


def _place(instance: Instance, event: spiff.Entry) -> str:
    """The element; one of a called process with that process before it."""
    own = event.process in ("", instance.process)
    return event.element if own else f"{event.process}/{event.element}"


def _kept_for(ctx: Context, instance: Instance, machine: spiff.Machine) -> Callable[[], None] | None:
    """The giving of a message that came early to a catch that waits now, in a step of its own; None where there is none."""
    if instance.status != Status.RUNNING:
        return None
    kept = messages.take_early(ctx, machine.waits)
    if kept is None:
        return None
    return lambda: _deliver(ctx, instance.id, kept.name, kept.key, feel.loads(kept.content))
