"""Forms as plain fields, for sheets on which many rows are filled in at once."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask

#: Components that stand well in a row of a sheet; anything else is done one task at a time.
PLAIN = frozenset({"text", "textfield", "textarea", "radio", "datetime"})
_UNLESS = re.compile(r'^=(\w+) != "(\w+)"$')


def register(app: Flask) -> None:
    app.jinja_env.globals.update(simple=is_plain, shown_when=shown_when)


def is_plain(schema: Mapping[str, Any] | None) -> bool:
    """Whether every question can be shown as a plain field, conditions included."""
    return schema is not None and all(
        component["type"] in PLAIN and ("conditional" not in component or shown_when(component))
        for component in schema["components"]
    )


def shown_when(component: Mapping[str, Any]) -> str:
    """``criterion=value`` for a question hidden unless another one has that answer; empty for any other condition."""
    found = _UNLESS.match((component.get("conditional") or {}).get("hide") or "")
    return f"{found[1]}={found[2]}" if found else ""
