"""The one registry of operations, and the decorators that enter a name in it."""

from typing import Any

from engine.errors import Invalid
from engine.workflow import Act, Registry

registry = Registry()
operation, prepares = registry.operation, registry.prepares

Values = dict[str, Any]


class UnknownVerdict(Invalid):
    """{verdict!r} is no verdict here; it is one of {words}. Mend the form of this task."""

    code = "unknown_verdict"


def verdict_of(act: Act, *words: str) -> str:
    """The person's verdict. A form that offers another word must not pass for a consent: ``UnknownVerdict``."""
    given = str(act.answers["verdict"])
    if given not in words:
        raise UnknownVerdict(verdict=given, words=", ".join(words))
    return given
