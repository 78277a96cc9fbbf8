"""A process ready to run, with everything it calls: parsed once, shared by every instance and every thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.errors import BihuanError, Invalid
from engine.workflow import xml
from engine.workflow.spiff import reading
from engine.workflow.spiff.diagram import UNRUN, Element, Flow, Process
from engine.workflow.spiff.parser import specifications
from engine.workflow.spiff.specs import ScopeSpec


class NotRunnable(Invalid):
    """The diagram cannot be run: {element}: {reason}; have it checked."""

    code = "not_runnable"


@dataclass(frozen=True)
class Specification:
    """What an instance is run by. Nothing in it changes once it is made, but what is worked out once and kept."""

    process: str
    #: Every process that can be reached from the first one, itself included.
    processes: Mapping[str, Process]
    #: (process, process or subprocess) -> SpiffWorkflow's specification. Not for use outside this package.
    specs: Mapping[tuple[str, str], ScopeSpec]

    @property
    def name(self) -> str | None:
        return self.processes[self.process].name

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Id -> flow node of the process, subprocesses included, called processes not."""
        return {element.id: element for element in self.processes[self.process].elements}

    @cached_property
    def flows(self) -> Mapping[str, Flow]:
        """Id -> sequence flow of the process."""
        return {flow.id: flow for scope in self.processes[self.process].scopes.values() for flow in scope.flows}


def specify(process: str, sources: Mapping[str, bytes]) -> Specification:
    """The specification of a process; ``sources`` holds the file of every process it can reach, by process id.

    Raises ``NotRunnable``, or what reading the XML raises. A diagram that has passed the checks raises nothing.
    """
    processes: dict[str, Process] = {}
    specs: dict[tuple[str, str], ScopeSpec] = {}
    ahead = [process]
    while ahead:
        name = ahead.pop()
        if name in processes:
            continue
        if name not in sources:
            raise NotRunnable(element=name, reason="there is no such process")
        root = xml.load(sources[name])
        found = reading.read(root).processes.get(name)
        if found is None:
            raise NotRunnable(element=name, reason="the file holds no such process")
        _compile(found)
        processes[name] = found
        specs |= {(name, scope): spec for scope, spec in specifications(root, found).items()}
        ahead += [element.called or "" for element in found.elements if element.kind == "callActivity"]
    return Specification(process, processes, specs)


def _compile(process: Process) -> None:
    """Every expression once, so that no instance meets a bad one, and every end of every flow."""
    for scope in process.scopes.values():
        for flow in scope.flows:
            if flow.source not in scope.elements or flow.target not in scope.elements:
                raise NotRunnable(element=flow.id, reason="it leads from or to nothing")
    for element in process.elements:
        if element.kind in UNRUN:
            raise NotRunnable(element=element.id, reason=f"the engine runs no {element.kind}")
        for where, formula in element.formulas():
            try:
                formula.expression  # noqa: B018
            except BihuanError as error:
                raise NotRunnable(element=where, reason=str(error)) from error
