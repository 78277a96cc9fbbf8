"""Every deliberate refusal, one tree.

    BihuanError
    ├── Refused              the act is understood and not done; nothing has changed
    │   ├── Invalid          what was given cannot be used (a form, a file, an argument)
    │   ├── Forbidden        the person may not do this
    │   ├── NotFound         there is no such thing, or the person may not know of it
    │   └── Conflict         somebody or something else was first
    └── Broken               an invariant does not hold; a fault of the program or its data

A class says itself in its docstring: the docstring is the message, in one sentence that names what happened and
the cure, with ``{names}`` for the facts of the case. ``code`` is stable: users script against it. The text is English
here and is translated where people read it, so a fact must stay out of the sentence until it is shown.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence still apart from its facts, so that it can be translated before it is shown."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format_map(self.facts) if self.facts else self.template


class BihuanError(Exception):
    """Something was refused."""

    code: ClassVar[str] = "error"

    def __init__(self, template: str | None = None, **facts: Any) -> None:
        self.template = template or inspect.cleandoc(type(self).__doc__ or "")
        self.facts = facts
        super().__init__(self.template)

    def __str__(self) -> str:
        return self.template.format_map(self.facts) if self.facts else self.template


class Refused(BihuanError):
    """This cannot be done now."""

    code = "refused"


class Invalid(Refused):
    """What was given cannot be used."""

    code = "invalid"

    def __init__(
        self, template: str | None = None, *, fields: Mapping[str, Message] | None = None, **facts: Any
    ) -> None:
        super().__init__(template, **facts)
        #: Path of the form field -> what is wrong with it.
        self.fields = dict(fields or {})


class Forbidden(Refused):
    """You may not do this; ask the administrator of your unit for the role that may."""

    code = "forbidden"


class NotFound(Refused):
    """There is nothing here, or it is not yours to see."""

    code = "not_found"


class Conflict(Refused):
    """Somebody else was first; reload to see what is true now."""

    code = "conflict"


class Broken(BihuanError):
    """An invariant does not hold; tell the administrator, with the time."""

    code = "broken"
