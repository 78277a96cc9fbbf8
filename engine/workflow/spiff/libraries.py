"""What a diagram may refer to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engine.workflow.registry import Operation


@dataclass(frozen=True)
class Library:
    """Everything that is there beside the diagram. By default nothing is, and any role may be named."""

    operations: Mapping[str, Operation] = field(default_factory=dict)
    #: Operations somebody answers for in their place: they may be called, and their parameters are not looked at.
    stubbed: Collection[str] = ()
    decisions: Collection[str] = ()
    #: Id of a form -> the keys of its fields.
    forms: Mapping[str, Collection[str]] = field(default_factory=dict)
    processes: Collection[str] = ()
    #: None lets a candidate group be any.
    roles: Collection[str] | None = None
    #: Inside a package a task needs a form and somebody to do it, and a diagram needs a layout.
    strict: bool = False
