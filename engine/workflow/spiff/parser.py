"""SpiffWorkflow's parser, taught to keep everything: one task specification per flow node, with its element."""

from typing import Any, ClassVar, Final

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs import defaults as stock
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.specs.base import TaskSpec

from engine.workflow import xml
from engine.workflow.spiff.diagram import NODES, Process
from engine.workflow.spiff.specs import ScopeSpec, unforeseen

_CLASSES: Final = {tag: spec for tag, (_parser, spec) in BpmnParser.PARSER_CLASSES.items()} | {
    full_tag("businessRuleTask"): stock.ServiceTask
}
_EVENTS: Final = {
    **dict.fromkeys(("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent")),
    **dict.fromkeys(("boundaryEvent", "sendTask", "receiveTask", "eventBasedGateway")),
}


def specifications(root: xml.Element, process: Process) -> dict[str, ScopeSpec]:
    """Id of the process and of each subprocess in it -> its specification."""
    parser = _DiagramParser(process)
    node = next(node for node in root.findall(full_tag("process")) if node.get("id") == process.id)
    parser.create_parser(node)
    return {scope: parser.get_spec(scope) for scope in process.scopes}


class _NodeParser(TaskParser):  # type: ignore[misc]
    """One flow node. Neighbours are not parsed from here: a chain of 500 nodes would be 500 calls deep."""

    @property
    def bpmn_attributes(self) -> dict[str, Any]:
        """Without data associations: they are documentation here, and stock code fails on what it cannot resolve."""
        element = self.spec.scope.elements[self.bpmn_id]
        return {"description": self.get_description(), "lane": element.lane, "bpmn_name": element.name}

    def parse_node(self) -> TaskSpec:
        kind = xml.local(self.node)
        if kind in ("subProcess", "transaction"):
            self.process_parser.parser.create_parser(self.node, lane=self.lane)
        self.task = self.spec_class(self.spec, self.bpmn_id, **_arguments(self.node, kind), **self.bpmn_attributes)
        self.task.element = self.spec.scope.elements[self.bpmn_id]
        return self.task


def _arguments(node: xml.Element, kind: str) -> dict[str, Any]:
    """What the stock classes insist on and the machine never asks them for."""
    if kind == "boundaryEvent":
        return {"event_definition": NoneEventDefinition(), "cancel_activity": node.get("cancelActivity") != "false"}
    if kind in _EVENTS:
        return {"event_definition": NoneEventDefinition()}
    if kind == "scriptTask":
        return {"script": ""}
    if kind in ("subProcess", "transaction"):
        return {"subworkflow_spec": node.get("id")}
    if kind == "callActivity":
        return {"subworkflow_spec": node.get("calledElement")}
    return {}


class _ScopeParser(ProcessParser):  # type: ignore[misc]
    """One process or subprocess: first its nodes, then its flows."""

    def _parse(self) -> None:
        self.spec = ScopeSpec(self.parser.process.scopes[self.bpmn_id])
        for node in self.node:
            if xml.local(node) in NODES:
                self.parse_node(node)
        for flow in self.spec.scope.flows:
            self.spec.task_specs[flow.source].connect(self.spec.task_specs[flow.target])


class _DiagramParser(BpmnParser):  # type: ignore[misc]
    PROCESS_PARSER_CLASS = _ScopeParser
    OVERRIDE_PARSER_CLASSES: ClassVar = {tag: (_NodeParser, unforeseen(spec)) for tag, spec in _CLASSES.items()}

    def __init__(self, process: Process) -> None:
        super().__init__()
        self.process = process
