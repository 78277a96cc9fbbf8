"""What the diagram says of a task that stands in it: its element, and the policies of moves written on it."""

from collections.abc import Iterator

from engine.db import Context
from engine.workflow import definitions, instances, spiff
from engine.workflow.spiff.checks.handing import targets_of
from engine.workflow.store import Instance, Task


def element(ctx: Context, task: Task) -> spiff.Element:
    """The element of a task, in the version its instance has pinned."""
    return _elements(ctx, task.instance, task.process)[task.element]


def policy(ctx: Context, task: Task, name: str) -> str | None:
    """A property of the task's element that is written as a word; None also where the matter has moved on to a version
    that has no such element any more."""
    drawn = _elements(ctx, task.instance, task.process).get(task.element)
    value = drawn.properties.get(name) if drawn else None
    return value if isinstance(value, str) else None


def may_return_to(ctx: Context, task: Task) -> tuple[str, ...] | None:
    """The elements the property ``return`` lists; None where the diagram says nothing of it."""
    return targets_of(element(ctx, task).properties.get("return"))


def done_since(
    ctx: Context, instance: Instance, process: str, mark: str, task: int | None = None
) -> list[spiff.Element]:
    """What was completed since an element was last entered, itself included, or since one task of it was done: only what
    lies behind it in the diagram, for what ran beside it is no consequence of it."""
    elements = _elements(ctx, instance, process)
    behind = {mark, *_behind(elements, mark)}
    return [elements[name] for name in _completed(ctx, instance, process, mark, task) if name in behind]


def _completed(ctx: Context, instance: Instance, process: str, mark: str, task: int | None) -> list[str]:
    since: list[str] = []
    prefix = "" if process == instance.process else f"{process}/"
    begun = False
    for entry in instances.history(ctx, instance):
        is_its = task is not None and entry.act == "task.complete" and entry.facts.get("task") == task
        for event, place, *_ in entry.facts.get("trace", []):
            name = place.removeprefix(prefix)
            if name == mark and ((event == "entered" and task is None) or (event == "completed" and is_its)):
                since, begun = [], True
            elif begun and event == "completed":
                since.append(name)
    return since


def _behind(elements: dict[str, spiff.Element], mark: str) -> set[str]:
    """Everything a token may reach from an element: along flows, boundary events, links, into subprocesses and out."""
    found: set[str] = set()
    ahead = [mark]
    while ahead:
        for following in _next(elements, ahead.pop()):
            if following not in found:
                found.add(following)
                ahead.append(following)
    return found


def _next(elements: dict[str, spiff.Element], name: str) -> Iterator[str]:
    here = elements[name]
    yield from (flow.target for flow in here.flows)
    yield from here.boundary
    yield from (inner.id for inner in elements.values() if inner.scope == name)
    if here.scope in elements:
        yield here.scope
    thrown = {event.name for event in here.events if event.kind == "link"}
    if thrown and here.kind == "intermediateThrowEvent":
        yield from (
            each.id for each in elements.values() if each.kind == "intermediateCatchEvent" and _catches(each, thrown)
        )


def _catches(element: spiff.Element, links: set[str | None]) -> bool:
    return any(event.kind == "link" and event.name in links for event in element.events)


def _elements(ctx: Context, instance: Instance, process: str) -> dict[str, spiff.Element]:
    drawn = definitions.specification(ctx, instance.process, instance.release).processes[process]
    return {each.id: each for each in drawn.elements}


def acts_outside(element: spiff.Element) -> bool:
    """Whether doing the element did something a diagram cannot take back: it called an operation, or sent a message."""
    sends = element.kind in ("sendTask", "intermediateThrowEvent", "endEvent") and any(
        event.kind in ("message", "signal") for event in element.events
    )
    return (
        element.operation is not None
        or element.kind == "callActivity"
        or sends
        or any(event.operation for event in element.events)
    )
