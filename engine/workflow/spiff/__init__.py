"""The machine that runs drawn processes. SpiffWorkflow is spoken in this room and nowhere else.

outline(xml)                   what a diagram holds
check(xml, library)            everything that is wrong with it
specify(process, sources)      a process ready to run, with all it calls
Machine.start(...), .load(...) one instance in memory; it acts, tells what is open, and dumps
"""

from engine.workflow.spiff.checks import check
from engine.workflow.spiff.diagram import Element, Event, Flow
from engine.workflow.spiff.host import BpmnError, Call, Decided, Failure, Host
from engine.workflow.spiff.libraries import Library
from engine.workflow.spiff.machine import CannotStart, Ended, Incident, Machine, OpenTask, Suspended
from engine.workflow.spiff.moments import AddWorkdays, Timer, after, times_due
from engine.workflow.spiff.moves import (
    CannotJump,
    CannotSkip,
    LastSigner,
    NoSuchItem,
    NotEarlier,
    NotMultiInstance,
    NotOpen,
    NotStanding,
)
from engine.workflow.spiff.outline import ElementOutline, Outline, ProcessOutline, outline
from engine.workflow.spiff.specification import Specification, specify
from engine.workflow.spiff.tokens import Entry
from engine.workflow.spiff.transplant import Obstacle
from engine.workflow.spiff.votes import NoVote
from engine.workflow.spiff.waiting import Wait, key_of, start_timer

__all__ = [
    "AddWorkdays",
    "BpmnError",
    "Call",
    "CannotJump",
    "CannotSkip",
    "CannotStart",
    "Decided",
    "Element",
    "ElementOutline",
    "Ended",
    "Entry",
    "Event",
    "Failure",
    "Flow",
    "Host",
    "Incident",
    "LastSigner",
    "Library",
    "Machine",
    "NoSuchItem",
    "NoVote",
    "NotEarlier",
    "NotMultiInstance",
    "NotOpen",
    "NotStanding",
    "Obstacle",
    "OpenTask",
    "Outline",
    "ProcessOutline",
    "Specification",
    "Suspended",
    "Timer",
    "Wait",
    "after",
    "check",
    "key_of",
    "outline",
    "specify",
    "start_timer",
    "times_due",
]
