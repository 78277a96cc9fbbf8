from engine.workflow.spiff.host import BpmnError, Call, Failure, Host
from engine.workflow.spiff.machine import Incident, Machine, OpenTask
from engine.workflow.spiff.specification import Specification, specify
from engine.workflow.spiff.waiting import Wait

__all__ = [
    "BpmnError",
    "Call",
    "Failure",
    "Host",
    "Incident",
    "Machine",
    "OpenTask",
    "Specification",
    "Wait",
    "specify",
]
