"""The step as SpiffWorkflow alone does it: the whole workflow, diagram included, out of one JSON text and into it again.

The shipped ``rectification`` is read by SpiffWorkflow's own parser and kept by its own serializer. Only what these cannot
read is translated before: a task with several flows gets the gateway it stands for, and expressions are FEEL.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.defaults import UserTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Connection, Engine, text

from engine import feel

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
TABLES = (
    "CREATE TABLE naive_state (id INTEGER PRIMARY KEY, state TEXT)",
    "CREATE TABLE naive_task (id INTEGER PRIMARY KEY, element TEXT, status TEXT)",
    "CREATE TABLE naive_audit (id INTEGER PRIMARY KEY, said TEXT)",
)


class Feel(PythonScriptEngine):  # type: ignore[misc]
    """Expressions are worked out by the same FEEL, so that what differs is the machine."""

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> Any:
        value = feel.compile(feel.read(expression)).evaluate(task.data)
        return value.isoformat() if isinstance(value, datetime) else value


class Office:
    """Matters that are kept so, and the step in which a plan is handed in or goes back."""

    def __init__(self, engine: Engine, drawing: Path, variables: dict[str, Any], number: int) -> None:
        self.engine, self.written = engine, 0
        self.serializer = BpmnWorkflowSerializer()
        begun = self._begun(drawing, variables)
        with engine.begin() as connection:
            for statement in TABLES:
                connection.execute(text(statement))
            for matter in range(number):
                connection.execute(text("INSERT INTO naive_state VALUES (:id, :state)"), {"id": matter, "state": begun})

    def act(self, matter: int, answers: dict[str, Any]) -> None:
        """The plan of a matter is handed in."""
        with self.engine.begin() as connection:
            self._act(connection, matter, answers)

    def _act(self, connection: Connection, matter: int, answers: dict[str, Any]) -> None:
        query = text("SELECT state FROM naive_state WHERE id = :id")
        workflow = self.serializer.deserialize_json(connection.execute(query, {"id": matter}).scalar_one())
        workflow.script_engine = Feel()
        (task,) = workflow.get_tasks(state=TaskState.READY, spec_class=UserTask)
        task.data.update(answers)
        task.run()
        workflow.do_engine_steps()
        (following,) = workflow.get_tasks(state=TaskState.READY, spec_class=UserTask)
        self.written += 1
        row = {"id": self.written, "element": following.task_spec.name, "matter": matter}
        state = self.serializer.serialize_json(workflow)
        connection.execute(text("UPDATE naive_task SET status = 'done' WHERE id = :matter"), row)
        connection.execute(text("INSERT INTO naive_task VALUES (:id, :element, 'open')"), row)
        connection.execute(text("INSERT INTO naive_audit VALUES (:id, :element)"), row)
        connection.execute(text("UPDATE naive_state SET state = :state WHERE id = :matter"), row | {"state": state})

    def _begun(self, drawing: Path, variables: dict[str, Any]) -> str:
        parser = BpmnParser()
        parser.add_bpmn_xml(_readable(etree.parse(drawing).getroot()))
        workflow = BpmnWorkflow(
            parser.get_spec(drawing.stem), parser.get_subprocess_specs(drawing.stem), script_engine=Feel()
        )
        workflow.task_tree.set_data(**variables)
        workflow.do_engine_steps()
        kept: str = self.serializer.serialize_json(workflow)
        return kept


def _readable(root: Any) -> Any:
    """A task out of which several flows lead becomes the task and an exclusive gateway; no step here calls a service."""
    for service in list(root.iter(f"{BPMN}serviceTask")):
        service.tag = f"{BPMN}task"
    for task in list(root.iter(f"{BPMN}userTask")):
        outgoing = task.findall(f"{BPMN}outgoing")
        if len(outgoing) > 1:
            _give_gateway(task, outgoing)
    return root


def _give_gateway(task: Any, outgoing: list[Any]) -> None:
    scope, name = task.getparent(), f"{task.get('id')}_gateway"
    gateway = etree.SubElement(scope, f"{BPMN}exclusiveGateway", id=name)
    if task.get("default"):
        gateway.set("default", task.attrib.pop("default"))
    etree.SubElement(scope, f"{BPMN}sequenceFlow", id=f"to_{name}", sourceRef=task.get("id"), targetRef=name)
    for flow in scope.findall(f"{BPMN}sequenceFlow"):
        if flow.get("sourceRef") == task.get("id") and flow.get("targetRef") != name:
            flow.set("sourceRef", name)
    for each in outgoing:
        task.remove(each)
        gateway.append(each)
    etree.SubElement(task, f"{BPMN}outgoing").text = f"to_{name}"
