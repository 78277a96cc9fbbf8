"""How a simulated person fills in a form: what the behaviour says, else what the form was opened with, else its need.

Only what the person sees goes in: the form's schema, what it offers, the task. What comes out is what a browser sends.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine import calendars, files
from engine.db import Context
from engine.simulation import behaviour, draws
from engine.workflow import forms

Component = Mapping[str, Any]


class Pen:
    """One person filling in one form."""

    def __init__(
        self, ctx: Context, sees: Mapping[str, Any], specs: Mapping[str, Any], about: Sequence[object]
    ) -> None:
        self.ctx, self.sees, self.specs, self.about = ctx, dict(sees), specs, tuple(about)

    def fill(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to a whole form."""
        return self._fill(schema["components"], self.specs, {})

    def _fill(
        self, components: Sequence[Component], specs: Mapping[str, Any], row: Mapping[str, Any], at: str = ""
    ) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for component in components:
            name = component.get("path") or component.get("key")
            known = {**self.sees, **row, **given}
            if name is None or component["type"] in forms.SILENT or forms.is_hidden(component, known):
                continue
            value = self._answer(component, name, specs, {**row, **given}, f"{at}{name}")
            if value is not None:
                given[name] = value
        return given

    def _answer(
        self, component: Component, name: str, specs: Mapping[str, Any], row: Mapping[str, Any], at: str
    ) -> Any:
        if component["type"] == "dynamiclist":
            return self._rows(component, specs.get(name) or {}, self.sees.get(name) or [], at)
        if name in specs:
            said = behaviour.answer(specs[name], {**self.sees, **row}, *self.about, at)
            return self._upload(component) if component["type"] == "filepicker" and said == "file" else sent(said)
        if row.get(name) not in (None, "") or (not at.count("/") and self.sees.get(name) not in (None, "")):
            return sent(row.get(name) if name in row else self.sees[name])
        return self._needed(component, at) if (component.get("validate") or {}).get("required") else None

    def _rows(self, component: Component, spec: Any, offered: Sequence[Mapping[str, Any]], at: str) -> list[Any]:
        """A list: the rows the behaviour writes, or those offered, each filled in."""
        if isinstance(spec, list):
            written = enumerate(spec)
            return [self._fill(component["components"], each, {}, f"{at}/{index}/") for index, each in written]
        return [self._fill(component["components"], spec, row, f"{at}/{i}/") for i, row in enumerate(offered)]

    def _needed(self, component: Component, at: str) -> Any:
        """Something fitting for a question that must be answered."""
        label = component.get("label") or component.get("dateLabel") or at
        kind = component["type"]
        if kind in ("textfield", "textarea"):
            return f"{label}：{self.sees.get('title', '')}"
        if kind == "datetime":
            return str(self.sees["today"])
        if kind == "checkbox":
            return True
        if kind == "filepicker":
            return self._upload(component)
        if kind == "number":
            return str((component.get("validate") or {}).get("min", 1))
        options = [
            each["value"] for each in component.get("values") or self.sees.get(component.get("valuesKey", "")) or []
        ]
        return draws.one_of(options, *self.about, at) if kind in ("select", "radio") else options[:1]

    def _upload(self, component: Component) -> list[str]:
        """A real file, stored as an upload is; its text says what it stands for."""
        label = component.get("label") or "file"
        content = f"{label}\n{self.sees.get('title', '')}\n{self.ctx.now.isoformat()}\n{self.about}\n"
        stored = files.store(self.ctx, f"{label}.txt", io.BytesIO(content.encode()))
        return [f"file:{stored.id}"]


def sent(value: Any) -> Any:
    """A value as a browser would send it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    return value


def sees_of(today: date, visits: int, due: datetime | None, **more: Any) -> dict[str, Any]:
    """What a behaviour's expressions may name."""
    return {"today": today, "visits": visits, "due_day": calendars.last_day(due) if due else None, **more}
