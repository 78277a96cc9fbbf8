"""One row of the public conformance cases, or one line of a batch of expressions, answered.

A row is ``{"expression", "context"}``; it may also be of ``kind`` "table" with a ``table``, name the ``type`` its result is
fitted to, and list in ``pre`` what is evaluated before it, each under its name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine import feel
from engine.errors import Invalid
from engine.feel import Value
from engine.workflow.decisions.errors import BadDecision
from engine.workflow.decisions.sources import Cell, InputSource, OutputSource, RuleSource, TableSource
from engine.workflow.decisions.table import Table


class BadRow(Invalid):
    """The line is not understood: {what}."""

    code = "bad_row"


def answer(row: Any, *, now: datetime | None = None) -> Any:
    """The value of a row, encoded as the cases are. Raises what the expression or the table refuses."""
    if not isinstance(row, Mapping):
        raise BadRow(what="it is no object")
    context = row.get("context") or {}
    if not isinstance(context, dict):
        raise BadRow(what="the context is no object")
    given: dict[str, Value] = {name: feel.decode(value) for name, value in context.items()}
    for before in _before(row):
        given[before["name"]] = _value(before, given, now)
    return feel.encode(_value(row, given, now))


def _before(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    before = row.get("pre") or []
    if not isinstance(before, list) or not all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in before
    ):
        raise BadRow(what="what goes before it is no list of named rows")
    return before


def _value(row: Mapping[str, Any], given: dict[str, Value], now: datetime | None) -> Value:
    names = feel.names_in(given)
    if row.get("kind") == "table":
        value = _table(row, names).run(feel.Run(given, now=now))
    else:
        text = row.get("expression")
        if not isinstance(text, str):
            raise BadRow(what="there is no expression")
        value = feel.compile(feel.read(text), names).evaluate(given, now=now)
    type_ = _type(row.get("type"))
    return value if type_ is None else feel.fit(value, type_)


def _type(named: Any) -> feel.Type | None:
    """The type a row names: a name, or ``{"list": type}``."""
    if isinstance(named, dict):
        of = _type(named.get("list"))
        return feel.Type("list", of=of)
    return feel.type_named(named) if isinstance(named, str) else None


def _table(row: Mapping[str, Any], names: frozenset[str]) -> Table:
    try:
        source = _source(row["table"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRow(what="the table is not written as the cases write it") from error

    def complain(_element: str | None, code: str, message: str) -> None:
        if code != "same_rule":
            raise BadDecision(element="the table", message=message)

    return Table(source, names, complain, "the table")


def _source(written: Mapping[str, Any]) -> TableSource:
    return TableSource(
        element=None,
        hit_policy=written["hit"],
        aggregation=written.get("agg"),
        inputs=tuple(
            InputSource(_cell(each["expr"]), each["expr"], _optional(each.get("values"))) for each in written["inputs"]
        ),
        outputs=tuple(
            OutputSource(None, each.get("name"), _optional(each.get("values")), _optional(each.get("default")))
            for each in written["outputs"]
        ),
        rules=tuple(
            RuleSource(None, tuple(map(_cell, tests)), tuple(map(_cell, results)))
            for tests, results in written["rules"]
        ),
    )


def _cell(text: Any) -> Cell:
    if not isinstance(text, str):
        raise TypeError("a cell is text")
    return Cell(None, text)


def _optional(text: Any) -> Cell | None:
    return None if text is None else _cell(text)
