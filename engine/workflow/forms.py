"""Forms: a form-js schema read as a marshmallow schema, so that what was asked is what is accepted.

The browser checks the same rules, but only this check counts. Beyond the browser's rules it refuses an answer that was
not among the options and a key that was not asked. Answers come out typed: text, Decimal, date, time, bool, lists.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from engine import feel
from engine.errors import Invalid, Message

Component = Mapping[str, Any]
Offered = Mapping[str, Any]
#: Components that show and ask nothing.
SILENT = frozenset({"text", "html", "image", "spacer", "separator", "button", "table", "documentPreview"})
CONTAINERS = frozenset({"group", "dynamiclist"})
LONGEST_TEXT = 20_000
#: Of a form: its bytes, and groups in each other.
LARGEST, DEEPEST = 500_000, 20
#: No office counts beyond it, and arithmetic with such a number could take for ever.
LARGEST_POWER = 60
#: So many sets of questions of one form are kept ready.
MOST_SCHEMAS = 64
REQUIRED = Message("Required.")


class WrongForm(Invalid):
    """The form {form} cannot be used: {why}."""

    code = "wrong_form"


class WrongAnswers(Invalid):
    """The form is not complete; see the marked fields."""

    code = "wrong_answers"


def read(source: bytes) -> "Form":
    """The schema of a ``*.form.json``. Raises ``WrongForm`` for what form-js would not draw or we would not check."""
    if len(source) > LARGEST:
        raise WrongForm(form="?", why=f"it has {len(source)} bytes, where {LARGEST} are allowed")
    try:
        schema = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise WrongForm(form="?", why=f"it is not JSON ({error})") from None
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list) or not _is_name(schema.get("id")):
        raise WrongForm(form="?", why="it needs an id and a list of components")
    for component, depth in _all(schema["components"]):
        if depth > DEEPEST:
            raise WrongForm(form=schema["id"], why=f"its groups lie more than {DEEPEST} deep in each other")
        if why := _complaint(component):
            raise WrongForm(form=schema["id"], why=why)
        for formula in _formulas(component):
            feel.compile(feel.read(formula))
    return Form(schema)


def _complaint(component: Any) -> str | None:
    """What makes a component unusable, before anybody has filled it in."""
    kind = component.get("type") if isinstance(component, Mapping) else component
    if kind in SILENT:
        return None
    if not isinstance(component, Mapping) or (kind not in CONTAINERS and kind not in READERS):
        return f"components of type {kind} are not used here"
    if kind in CONTAINERS and not isinstance(component.get("components"), list):
        return f"a {kind} needs a list of components"
    if kind != "group" and not _is_name(component.get("path") or component.get("key")):
        return f"a {kind} has neither key nor path"
    if kind == "expression" and not _is_name(component.get("expression")):
        return f"{component['key']} has no expression"
    if any(isinstance(option, Mapping) and "value" not in option for option in component.get("values") or []):
        return f"{component['key']} has an option without a value"
    return _wrong_rule(component.get("validate") or {})


def _wrong_rule(rules: Mapping[str, Any]) -> str | None:
    try:
        feel.browser_pattern(str(rules.get("pattern") or ""))
        limits = [Decimal(str(rules[name])) for name in ("min", "max", "minLength", "maxLength") if name in rules]
    except (ValueError, TypeError, InvalidOperation, feel.Exhausted) as error:
        return f"a rule cannot be used ({error})"
    return None if all(limit.is_finite() for limit in limits) else "a limit is no number"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _formulas(component: Component) -> Iterator[str]:
    texts = (_hide_rule(component), component.get("valuesExpression"), component.get("expression"))
    yield from (text for text in texts if text)


def keys(schema: Mapping[str, Any]) -> list[str]:
    """The names under which answers arrive at the top level, in the order of the form."""
    return [name for name, _ in _asked(schema["components"])]


def check(schema: Mapping[str, Any], answers: Mapping[str, Any], offered: Offered | None = None) -> dict[str, Any]:
    """The answers, typed; fields that a condition hides are left out whatever was sent for them.

    ``offered`` is what the form was opened with; options named by ``valuesKey`` lie there. Raises ``WrongAnswers``
    whose ``fields`` names each wrong field by its path (``items.0.title``).
    """
    questions = schema.questions if isinstance(schema, Form) else Questions(schema["components"])
    try:
        return questions.answered(answers, {**(offered or {}), **answers})
    except ValidationError as error:
        raise WrongAnswers(fields=dict(_flat(error.messages))) from None


class Form(dict[str, Any]):
    """A schema that has been read, with its questions; every answer to it is checked by the same ones."""

    @cached_property
    def questions(self) -> "Questions":
        return Questions(self["components"])


class Questions:
    """Some components as marshmallow schemas: one for each set of them that the conditions have ever left to ask."""

    def __init__(self, components: Iterable[Component]) -> None:
        self.components = list(components)
        self.names = {name for name, _ in _asked(self.components)}
        self.schemas: dict[tuple[int, ...], Schema] = {}

    def answered(self, answers: Mapping[str, Any], known: Offered) -> dict[str, Any]:
        """The answers, typed; what a condition hides is left out."""
        asked = dict(_asked(self.components, known))
        hidden = self.names - asked.keys()
        outside = _KNOWN.set(known)
        try:
            given = {name: value for name, value in answers.items() if name not in hidden}
            return dict(self._schema(asked).load(given))
        finally:
            _KNOWN.reset(outside)

    def _schema(self, asked: Mapping[str, Component]) -> Schema:
        # By the components themselves: two of one name may take turns under opposite conditions.
        key = tuple(map(id, asked.values()))
        if key not in self.schemas:
            if len(self.schemas) >= MOST_SCHEMAS:  # people choose the answers, and with them what is asked
                self.schemas.clear()
            questions = {name: _field(component) for name, component in asked.items()}
            self.schemas[key] = Schema.from_dict(questions)(unknown=RAISE)
        return self.schemas[key]


#: What conditions, options and formulas of the answers under way may look at.
_KNOWN: ContextVar[Offered] = ContextVar("known")


def _field(component: Component) -> fields.Field[Any]:
    if component["type"] == "group":
        return _Part(component)
    return _Rows(component) if component["type"] == "dynamiclist" else _Question(component)


class _Part(fields.Field[Any]):
    """A named group: its answers lie together under its path."""

    def __init__(self, component: Component) -> None:
        super().__init__()
        self.questions = Questions(component["components"])

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _wrong(Message("Expected several answers."))
        return self.questions.answered(value, {**_KNOWN.get(), "this": value})


class _Rows(_Part):
    """Repeated answers. In a row a condition sees the row as ``this``, as it does in the browser."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, list):
            raise _wrong(Message("Expected rows."))
        rows: list[dict[str, Any]] = []
        wrong: dict[int, Any] = {}
        for position, row in enumerate(value):
            try:
                rows.append(super()._deserialize(row, attr, data))
            except ValidationError as error:
                wrong[position] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return rows


class _Question(fields.Field[Any]):
    """One question of the form, answered by the reader of its type."""

    def __init__(self, component: Component) -> None:
        super().__init__(allow_none=True)
        self.component = component

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **_: Any) -> Any:
        rules = self.component.get("validate") or {}
        box = self.component["type"] == "checkbox"
        blank = value is None or value == "" or value == [] or not isinstance(value, _PLAIN) or (box and not value)
        if blank and rules.get("required"):
            raise _wrong(REQUIRED)
        if blank:
            return False if box else value if value == [] else None
        return READERS[self.component["type"]](value, self.component, _KNOWN.get())


_PLAIN = (str, int, float, Decimal, bool, list)


def _wrong(message: Message) -> ValidationError:
    # marshmallow carries any message it is given; ours stays apart from its facts until it is shown.
    return ValidationError([message])


def _text(value: Any, component: Component, _known: Offered) -> str:
    if not isinstance(value, str):
        raise _wrong(Message("Expected text."))
    if any(each == "\0" or "\ud800" <= each <= "\udfff" for each in value):
        raise _wrong(Message("The text holds a character that cannot be kept."))
    rules, stripped = component.get("validate") or {}, value.strip()
    if len(value) > LONGEST_TEXT:
        raise _wrong(Message("At most {limit} characters.", {"limit": LONGEST_TEXT}))
    if "minLength" in rules and len(stripped) < rules["minLength"]:
        raise _wrong(Message("At least {limit} characters.", {"limit": rules["minLength"]}))
    if "maxLength" in rules and len(stripped) > rules["maxLength"]:
        raise _wrong(Message("At most {limit} characters.", {"limit": rules["maxLength"]}))
    if rules.get("pattern") and not _holds(value, str(rules["pattern"])):
        raise _wrong(Message(rules.get("patternErrorMessage") or "This does not have the expected form."))
    return value


def _holds(text: str, pattern: str) -> bool:
    """Whether it has the form; one that cannot be told in time has not."""
    try:
        return feel.browser_pattern(pattern)(text)
    except feel.Exhausted:
        return False


def _number(value: Any, component: Component, _known: Offered) -> Decimal:
    rules = component.get("validate") or {}
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _wrong(Message("Expected a number.")) from None
    if isinstance(value, bool) or not number.is_finite() or abs(number.adjusted()) > LARGEST_POWER:
        raise _wrong(Message("Expected a number."))
    if "min" in rules and number < Decimal(str(rules["min"])):
        raise _wrong(Message("At least {limit}.", {"limit": rules["min"]}))
    if "max" in rules and number > Decimal(str(rules["max"])):
        raise _wrong(Message("At most {limit}.", {"limit": rules["max"]}))
    digits, places = component.get("decimalDigits"), format(number, "f").partition(".")[2].rstrip("0")
    if digits is not None and len(places) > digits:
        raise _wrong(Message("At most {limit} decimal places.", {"limit": digits}))
    return number


def _moment(value: Any, component: Component, _known: Offered) -> date | time | datetime:
    kinds: dict[str, type[date] | type[time] | type[datetime]] = {"date": date, "time": time, "datetime": datetime}
    try:
        moment = kinds[component.get("subtype", "date")].fromisoformat(value)
    except (ValueError, TypeError):
        raise _wrong(Message("Expected a date such as 2026-04-30.")) from None
    # A browser in another language once turned 2026/11/20 into 2027-08-06; a year far off is a slip of that kind.
    if not isinstance(moment, time) and not 1990 <= moment.year <= 2100:
        raise _wrong(Message("The year {year} cannot be meant.", {"year": moment.year}))
    return moment


def _checkbox(value: Any, _component: Component, _known: Offered) -> bool:
    if not isinstance(value, bool):
        raise _wrong(Message("Expected yes or no."))
    return value


def _choice(value: Any, component: Component, known: Offered) -> Any:
    if value not in _options(component, known):
        raise _wrong(Message("Choose one of the options."))
    return value


def _choices(value: Any, component: Component, known: Offered) -> list[Any]:
    if not isinstance(value, list) or any(one not in _options(component, known) for one in value):
        raise _wrong(Message("Choose among the options."))
    return value


def _options(component: Component, known: Offered) -> list[Any]:
    if "valuesKey" in component:
        offered = known.get(component["valuesKey"]) or []
    elif "valuesExpression" in component:
        offered = feel.compile(feel.read(component["valuesExpression"])).evaluate(known) or []
    else:
        offered = component.get("values") or []
    return [option["value"] if isinstance(option, Mapping) else option for option in offered]


def _files(value: Any, component: Component, _known: Offered) -> list[int]:
    """Ids of stored files; whoever received the upload has put ``file:<id>`` in place of the browser's reference."""
    given = value if isinstance(value, list) else [value]
    if any(not isinstance(one, str) or not re.fullmatch(r"file:\d+", one) for one in given):
        raise _wrong(Message("The file has not arrived; attach it again."))
    if len(given) > 1 and not component.get("multiple"):
        raise _wrong(Message("Only one file may be attached here."))
    return [int(one.removeprefix("file:")) for one in given]


def _computed(_value: Any, component: Component, known: Offered) -> Any:
    # What the browser computed is recomputed: a changed figure in a request must not get in by this way.
    return feel.compile(feel.read(component["expression"])).evaluate(known)


Reader = Callable[[Any, Component, Offered], Any]
READERS: dict[str, Reader] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "datetime": _moment,
    "checkbox": _checkbox,
    "select": _choice,
    "radio": _choice,
    "checklist": _choices,
    "taglist": _choices,
    "filepicker": _files,
    "expression": _computed,
}


def _asked(components: Iterable[Component], known: Offered | None = None) -> Iterator[tuple[str, Component]]:
    """Name and component of every question; with ``known``, only of those that no condition hides."""
    for component in components:
        if component["type"] in SILENT or (known is not None and is_hidden(component, known)):
            continue
        if component["type"] == "group" and not component.get("path"):
            yield from _asked(component["components"], known)
        elif not component.get("disabled"):
            yield component.get("path") or component["key"], component


def _all(components: Iterable[Component], depth: int = 0) -> Iterator[tuple[Component, int]]:
    """Every component, and how many others it lies in."""
    for component in components:
        yield component, depth
        inner = component.get("components") if isinstance(component, Mapping) else None
        yield from _all(inner if isinstance(inner, list) else [], depth + 1)


def _hide_rule(component: Component) -> str | None:
    return (component.get("conditional") or {}).get("hide")


def is_hidden(component: Component, known: Offered) -> bool:
    """Whether the component's condition hides it, given what is known."""
    rule = _hide_rule(component)
    return bool(rule) and feel.compile(feel.read(str(rule))).evaluate(known) is True


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, Message]]:
    """marshmallow's nested messages as path -> our message."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
        return
    first = messages[0]
    yield path, first if isinstance(first, Message) else Message("This was not asked for.")
