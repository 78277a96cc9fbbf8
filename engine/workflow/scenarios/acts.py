"""The steps of a scenario: what each of them does to the instance, or to who holds its tasks."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.errors import BihuanError, Conflict, Forbidden
from engine.workflow import spiff
from engine.workflow.scenarios.script import BadScenario, Scenario, Step, mapping
from engine.workflow.scenarios.stage import Folder, Stage
from engine.workflow.spiff import moments


class NotYours(Forbidden):
    """{element} is held by {holder}, not by {by}."""

    code = "not_yours"


class Claimed(Conflict):
    """{element} has been taken by {holder}."""

    code = "claimed"


class NotOpen(Conflict):
    """{element} is not open; open are {open}."""

    code = "not_open"


class Play:
    """A scenario under way."""

    def __init__(self, folder: Folder, process: str, script: Scenario) -> None:
        specification = spiff.specify(process, folder.sources(process))
        self.stage = Stage(folder, script.stub, script.at)
        self.machine = spiff.Machine.start(
            specification,
            script.start,
            self.stage,
            script.at,
            at=folder.begins_at(process, script.message, script.timer),
            message=script.message,
        )
        #: Task -> who holds it, and who has asked that person for help.
        self.holders: dict[str, str] = {}
        self.owners: dict[str, str] = {}

    def make(self, step: Step) -> None:
        """Makes a step. Raises what refuses it, and ``BadScenario`` where it cannot be understood."""
        _ACTS[step.verb](self, step)
        self.stage.now = self.machine.now

    def task(self, step: Step, name: str | None = None) -> spiff.OpenTask:
        """The open task a step is about: of an item, or the oldest."""
        element, item = name or step.element, step.option("item")
        for task in self.machine.tasks:
            if task.element == element and item in (None, task.item):
                return task
        raise self.not_open(element)

    def held(self, step: Step, name: str | None = None) -> spiff.OpenTask:
        """The task, if whoever makes the step may: where somebody holds it, nobody else may."""
        task, by = self.task(step, name), step.option("by")
        holder = self.holders.get(task.id, task.assignee)
        if by is not None and holder not in (None, by):
            raise NotYours(element=task.element, holder=holder, by=by)
        return task

    def standing(self, element: str) -> str:
        """The token of an element that stands, waits or is open."""
        for incident in self.machine.incidents:
            if incident.element == element:
                return incident.task
        for wait in self.machine.waits:
            if wait.element == element:
                return wait.id
        for task in self.machine.tasks:
            if task.element == element:
                return task.id
        raise self.not_open(element)

    def not_open(self, element: str) -> NotOpen:
        return NotOpen(element=element, open=", ".join(sorted(task.element for task in self.machine.tasks)) or "none")


def _complete(play: Play, step: Step) -> None:
    task = play.held(step)
    if task.id in play.owners:  # whoever was asked for help gives the task back, and does not end it
        play.holders[task.id] = play.owners.pop(task.id)
        return
    play.machine.complete(task.id, mapping(step.option("with"), "with"))


def _advance(play: Play, step: Step) -> None:
    to = moments.moment(step.subject, play.machine.now, play.stage.add_workdays)
    play.machine.advance(to)


def _message(play: Play, step: Step) -> None:
    key = step.options.get("key")
    data = mapping(step.options.get("with"), "with")
    play.machine.message(str(step.subject), data, None if key is None else str(key))


def _signal(play: Play, step: Step) -> None:
    play.machine.signal(str(step.subject), mapping(step.options.get("with"), "with"))


def _return(play: Play, step: Step) -> None:
    target = step.subject.get("to") if isinstance(step.subject, Mapping) else step.subject
    source = step.option("from")
    open_tasks = sorted(task.element for task in play.machine.tasks)
    if source is None and not open_tasks:
        raise play.not_open("a task to return from")
    task = play.held(step, source or open_tasks[0])
    play.machine.return_to(task.id, str(target))


def _claim(play: Play, step: Step) -> None:
    task, by = play.task(step), step.option("by")
    holder = play.holders.get(task.id, task.assignee)
    if holder not in (None, by):
        raise Claimed(element=task.element, holder=holder)
    play.holders[task.id] = _person(by, "by")


def _release(play: Play, step: Step) -> None:
    play.holders.pop(play.held(step).id, None)


def _transfer(play: Play, step: Step) -> None:
    play.holders[play.held(step).id] = _person(step.option("to"), "to")


def _delegate(play: Play, step: Step) -> None:
    task = play.held(step)
    play.owners[task.id] = play.holders.get(task.id) or task.assignee or _person(step.option("by"), "by")
    play.holders[task.id] = _person(step.option("to"), "to")


def _person(name: Any, option: str) -> str:
    if not isinstance(name, str):
        raise BadScenario(reason=f"{option}: names nobody")
    return name


def _add_signer(play: Play, step: Step) -> None:
    play.machine.add_item(play.task(step).id, step.option("to"))


def _remove_signer(play: Play, step: Step) -> None:
    task = play.task(step) if step.option("to") is None else _signer(play, step)
    play.machine.remove_item(task.id, step.option("item"))


def _signer(play: Play, step: Step) -> spiff.OpenTask:
    for task in play.machine.tasks:
        if task.element == step.element and task.item_value == step.option("to"):
            return task
    raise play.not_open(f"{step.element} for {step.option('to')}")


def _withdraw(play: Play, step: Step) -> None:
    """撤回: takes back what one has handed in, as long as an open task has come of it."""
    refusal: BihuanError = play.not_open("a task that came of it")
    for task in play.machine.tasks:
        try:
            play.machine.return_to(task.id, step.element)
            return
        except spiff.NotEarlier as error:
            refusal = error
    raise refusal


def _urge(play: Play, step: Step) -> None:
    play.task(step)


def _cancel(play: Play, step: Step) -> None:
    if isinstance(step.subject, Mapping) and "task" in step.subject:
        play.machine.cancel_task(play.task(step).id)
    else:
        play.machine.cancel()


def _jump(play: Play, step: Step) -> None:
    source = step.option("from") or (step.subject.get("task") if isinstance(step.subject, Mapping) else None)
    target = step.subject if isinstance(step.subject, str) else step.option("to")
    here = [each.element for each in play.machine.incidents] + [task.element for task in play.machine.tasks]
    if source is None and not here:
        raise play.not_open("a task to jump from")
    play.machine.jump(play.standing(source or here[0]), str(target))


_ACTS: Final[Mapping[str, Callable[[Play, Step], None]]] = {
    "complete": _complete,
    "advance": _advance,
    "message": _message,
    "signal": _signal,
    "return": _return,
    "claim": _claim,
    "release": _release,
    "transfer": _transfer,
    "delegate": _delegate,
    "add_signer": _add_signer,
    "remove_signer": _remove_signer,
    "withdraw": _withdraw,
    "urge": _urge,
    "suspend": lambda play, step: play.machine.suspend(),
    "resume": lambda play, step: play.machine.resume(),
    "cancel": _cancel,
    "retry": lambda play, step: play.machine.retry(play.standing(step.element)),
    "skip": lambda play, step: play.machine.skip(play.standing(step.element)),
    "jump": _jump,
}
