"""Forms: every type and every rule of the browser is checked again, and what was not asked is not accepted."""

import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BihuanError
from engine.workflow import forms
from engine.workflow.forms import WrongAnswers, WrongForm


def form(*components: dict[str, Any]) -> dict[str, Any]:
    return forms.read(json.dumps({"id": "f", "components": components}).encode())


def ask(kind: str, key: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, **more}


def accepted(component: dict[str, Any], value: Any, **offered: Any) -> Any:
    return forms.check(form(component), {component.get("path") or component["key"]: value}, offered)["x"]


def refused(schema: dict[str, Any], answers: dict[str, Any], **offered: Any) -> dict[str, str]:
    with pytest.raises(WrongAnswers) as wrong:
        forms.check(schema, answers, offered)
    return {path: str(message) for path, message in wrong.value.fields.items()}


def refusal(component: dict[str, Any], value: Any, **offered: Any) -> str:
    found = refused(form(component), {"x": value}, **offered)
    assert list(found) == ["x"]
    return found["x"]


DATE = ask("datetime", subtype="date")
TIME = ask("datetime", subtype="time")
MOMENT = ask("datetime", subtype="datetime")
COLOURS = [{"label": "红", "value": "red"}, {"label": "黄", "value": "yellow"}]


@pytest.mark.parametrize(
    ("component", "value", "expected"),
    [
        (ask("textfield"), "整改方案", "整改方案"),
        (ask("textarea"), "一\n二", "一\n二"),
        (ask("textfield"), "  spaces stay  ", "  spaces stay  "),
        (ask("number"), 7, Decimal(7)),
        (ask("number"), "0.10", Decimal("0.10")),
        (ask("number"), Decimal("12345678901234567890.1"), Decimal("12345678901234567890.1")),
        (ask("number"), -3, Decimal(-3)),
        (DATE, "2026-04-30", date(2026, 4, 30)),
        (TIME, "09:30", time(9, 30)),
        (MOMENT, "2026-04-30T09:30", datetime(2026, 4, 30, 9, 30)),
        (ask("datetime"), "2026-04-30", date(2026, 4, 30)),
        (ask("checkbox"), True, True),
        (ask("checkbox"), False, False),
        (ask("select", values=COLOURS), "red", "red"),
        (ask("radio", values=COLOURS), "yellow", "yellow"),
        (ask("checklist", values=COLOURS), ["yellow", "red"], ["yellow", "red"]),
        (ask("taglist", values=COLOURS), ["red"], ["red"]),
        (ask("filepicker"), ["file:17"], [17]),
        (ask("filepicker"), "file:17", [17]),
        (ask("filepicker", multiple=True), ["file:17", "file:4"], [17, 4]),
        (ask("expression", expression="=1 + 2"), 99, Decimal(3)),
    ],
)
def test_an_answer_comes_out_typed(component: dict[str, Any], value: Any, expected: Any) -> None:
    found = accepted(component, value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "kind", ["textfield", "textarea", "number", "datetime", "select", "radio", "checklist", "taglist", "filepicker"]
)
@pytest.mark.parametrize("blank", [None, "", []])
def test_a_blank_answer_is_nothing_unless_it_is_required(kind: str, blank: Any) -> None:
    component = ask(kind, values=COLOURS)
    assert accepted(component, blank) in (None, [])
    assert forms.check(form(component), {}) == {"x": None}
    assert refusal({**component, "validate": {"required": True}}, blank) == "Required."


@pytest.mark.parametrize("kind", ["textfield", "number", "select", "checkbox", "filepicker"])
def test_a_required_answer_that_was_not_sent_is_missed(kind: str) -> None:
    assert refused(form(ask(kind, values=COLOURS, validate={"required": True})), {}) == {"x": "Required."}


@pytest.mark.parametrize("value", [False, None])
def test_a_required_box_has_to_be_ticked(value: Any) -> None:
    assert refusal(ask("checkbox", validate={"required": True}), value) == "Required."


@pytest.mark.parametrize(
    ("component", "value", "why"),
    [
        (ask("textfield"), 7, "text"),
        (ask("textfield"), True, "text"),
        (ask("textfield"), ["a"], "text"),
        (ask("textfield", validate={"minLength": 4}), "短短短", "At least 4"),
        (ask("textfield", validate={"minLength": 4}), "短     ", "At least 4"),
        (ask("textfield", validate={"maxLength": 4}), "太长太长太", "At most 4"),
        (ask("textarea"), "长" * 20_001, "At most 20000"),
        (ask("textfield", validate={"pattern": "^[0-9]{6}$"}), "12345", "expected form"),
        (ask("textfield", validate={"pattern": "^[0-9]+$", "patternErrorMessage": "只填数字"}), "a", "只填数字"),
        (ask("textfield"), "a\x00b", "character"),
        (ask("textfield"), "\ud800", "character"),
        (ask("number"), "many", "number"),
        (ask("number"), "NaN", "number"),
        (ask("number"), "Infinity", "number"),
        (ask("number"), "1e1000000", "number"),
        (ask("number"), True, "number"),
        (ask("number"), ["1"], "number"),
        (ask("number", validate={"min": 0}), "-0.01", "At least 0"),
        (ask("number", validate={"min": "0.1"}), "0.09", "At least 0.1"),
        (ask("number", validate={"max": 100}), "100.001", "At most 100"),
        (ask("number", decimalDigits=2), "0.125", "At most 2 decimal places"),
        (ask("number", decimalDigits=0), "1.5", "At most 0 decimal places"),
        (ask("number", decimalDigits=2), "0." + "1" * 60, "At most 2 decimal places"),
        (DATE, "30.4.2026", "date"),
        (DATE, "2026-02-30", "date"),
        (DATE, "2026-04-30T09:00", "date"),
        (DATE, 20260430, "date"),
        (TIME, "25:00", "date"),
        (DATE, "1026-04-30", "year 1026"),
        (DATE, "2206-04-30", "year 2206"),
        (MOMENT, "1989-12-31T23:59", "year 1989"),
        (ask("checkbox"), "yes", "yes or no"),
        (ask("checkbox"), 1, "yes or no"),
        (ask("select", values=COLOURS), "green", "options"),
        (ask("select", values=COLOURS), ["red"], "options"),
        (ask("radio", values=COLOURS), "红", "options"),
        (ask("radio"), "red", "options"),
        (ask("checklist", values=COLOURS), ["red", "green"], "options"),
        (ask("checklist", values=COLOURS), "red", "options"),
        (ask("taglist", values=COLOURS), [["red"]], "options"),
        (ask("filepicker"), ["files::abc"], "not arrived"),
        (ask("filepicker"), [17], "not arrived"),
        (ask("filepicker"), ["file:-1"], "not arrived"),
        (ask("filepicker"), ["file:1", "file:2"], "one file"),
    ],
)
def test_a_wrong_answer_is_refused_with_what_is_wrong(component: dict[str, Any], value: Any, why: str) -> None:
    assert why in refusal(component, value)


@pytest.mark.parametrize(
    ("component", "value"),
    [
        (ask("textfield", validate={"minLength": 4, "maxLength": 4}), "四个汉字"),
        (ask("textfield", validate={"maxLength": 4}), "四个汉字   "),
        (ask("textfield", validate={"pattern": "^[0-9]{6}$"}), "123456"),
        (ask("number", validate={"min": 0, "max": 100}), "0"),
        (ask("number", validate={"min": 0, "max": 100}), "100"),
        (ask("number", decimalDigits=2), "0.1200"),
        (ask("number", decimalDigits=0), "1e3"),
        (DATE, "1990-01-01"),
        (DATE, "2100-12-31"),
    ],
)
def test_an_answer_at_the_edge_of_a_rule_is_accepted(component: dict[str, Any], value: Any) -> None:
    assert accepted(component, value) is not None


def test_every_wrong_field_is_named_at_once_and_a_key_that_was_not_asked_too() -> None:
    schema = form(ask("number", "a"), ask("textfield", "b", validate={"required": True}), ask("textfield", "c"))
    assert refused(schema, {"a": "x", "c": "fine", "secret": 1}) == {
        "a": "Expected a number.",
        "b": "Required.",
        "secret": "This was not asked for.",
    }


def test_the_names_of_a_form_in_their_order() -> None:
    schema = form(
        ask("text", "heading"),
        ask("number", "b"),
        {"type": "group", "components": [ask("textfield", "inner")]},
        {"type": "group", "path": "person", "components": [ask("textfield", "name")]},
        {"type": "dynamiclist", "path": "rows", "components": [ask("textfield", "row")]},
        ask("textfield", "greyed", disabled=True),
    )
    assert forms.keys(schema) == ["b", "inner", "person", "rows"]


def test_what_is_only_shown_is_not_asked_and_not_accepted() -> None:
    assert refused(form(ask("textfield", disabled=True)), {"x": "changed"}) == {"x": "This was not asked for."}


# ---- choices that come from elsewhere


def test_options_named_by_a_key_lie_in_what_the_form_was_opened_with() -> None:
    component = ask("select", valuesKey="experts")
    assert accepted(component, "expert1", experts=[{"label": "专家一", "value": "expert1"}]) == "expert1"
    assert accepted(component, "expert1", experts=["expert1"]) == "expert1"
    assert "options" in refusal(component, "expert2", experts=["expert1"])
    assert "options" in refusal(component, "expert1")


def test_options_cannot_be_brought_along_by_the_answers() -> None:
    schema = form(ask("select", valuesKey="experts"))
    assert "experts" in refused(schema, {"x": "me", "experts": ["me"]})


def test_options_computed_from_what_is_known() -> None:
    component = ask("select", valuesExpression='=units[group = "A"].code')
    units = [{"code": "A01", "group": "A"}, {"code": "B01", "group": "B"}]
    assert accepted(component, "A01", units=units) == "A01"
    assert "options" in refusal(component, "B01", units=units)


# ---- conditions

OUTCOME = ask("radio", "outcome", values=[{"value": "signed"}, {"value": "refused"}])
REASON = ask("textfield", "reason", validate={"required": True}, conditional={"hide": '=outcome != "refused"'})


def test_a_hidden_question_is_not_required_and_what_was_sent_for_it_is_dropped() -> None:
    schema = form(OUTCOME, REASON)
    assert forms.check(schema, {"outcome": "signed"}) == {"outcome": "signed"}
    assert forms.check(schema, {"outcome": "signed", "reason": "left over"}) == {"outcome": "signed"}


def test_a_shown_question_is_checked() -> None:
    schema = form(OUTCOME, REASON)
    assert refused(schema, {"outcome": "refused"}) == {"reason": "Required."}
    assert forms.check(schema, {"outcome": "refused", "reason": "目标值需核实"})["reason"] == "目标值需核实"


def test_a_condition_may_look_at_what_the_form_was_opened_with() -> None:
    schema = form(ask("textfield", validate={"required": True}, conditional={"hide": "=not(overdue)"}))
    assert forms.check(schema, {}, {"overdue": False}) == {}
    assert refused(schema, {}, overdue=True) == {"x": "Required."}


def test_a_hidden_group_hides_what_is_in_it() -> None:
    group = {
        "type": "group",
        "conditional": {"hide": "=true"},
        "components": [ask("textfield", validate={"required": True})],
    }
    assert forms.check(form(group), {"x": "left over"}) == {}


def test_a_condition_inside_a_named_group_holds_too() -> None:
    inner = [
        ask("checkbox", "late"),
        ask("textfield", "why", validate={"required": True}, conditional={"hide": "=person.late != true"}),
    ]
    schema = form({"type": "group", "path": "person", "components": inner})
    assert forms.check(schema, {"person": {"late": False, "why": "left over"}}) == {"person": {"late": False}}
    assert refused(schema, {"person": {"late": True}}) == {"person.why": "Required."}


def test_a_condition_in_a_row_looks_at_its_own_row() -> None:
    rows = [
        ask("radio", "decision", values=["keep", "add"]),
        ask("textfield", "why", validate={"required": True}, conditional={"hide": '=this.decision != "add"'}),
    ]
    schema = form({"type": "dynamiclist", "path": "rows", "components": rows})
    given = [{"decision": "keep"}, {"decision": "add", "why": "新增"}, {"decision": "keep", "why": "left over"}]
    assert forms.check(schema, {"rows": given}) == {
        "rows": [{"decision": "keep"}, {"decision": "add", "why": "新增"}, {"decision": "keep"}]
    }
    assert refused(schema, {"rows": [{"decision": "keep"}, {"decision": "add"}]}) == {"rows.1.why": "Required."}


# ---- rows and groups


def test_the_rows_of_a_list_are_checked_one_by_one() -> None:
    schema = form(
        {
            "type": "dynamiclist",
            "path": "rows",
            "components": [ask("number", "n"), ask("textfield", "t", validate={"required": True})],
        }
    )
    assert forms.check(schema, {"rows": [{"n": "1", "t": "a"}, {"t": "b"}]}) == {
        "rows": [{"n": Decimal(1), "t": "a"}, {"n": None, "t": "b"}]
    }
    assert refused(schema, {"rows": [{"t": "a"}, {"n": "x"}, {"t": "c", "more": 1}]}) == {
        "rows.1.n": "Expected a number.",
        "rows.1.t": "Required.",
        "rows.2.more": "This was not asked for.",
    }


@pytest.mark.parametrize("rows", ["x", 7, {"0": {}}, [7], ["x"], [None], [[]]])
def test_what_are_no_rows_is_refused(rows: Any) -> None:
    schema = form({"type": "dynamiclist", "path": "rows", "components": [ask("number", "n")]})
    assert refused(schema, {"rows": rows})


def test_no_rows_at_all_are_fine() -> None:
    schema = form({"type": "dynamiclist", "path": "rows", "components": [ask("number", "n")]})
    assert forms.check(schema, {"rows": []}) == {"rows": []}
    assert forms.check(schema, {}) == {}


def test_what_the_browser_computed_is_computed_again() -> None:
    schema = form(ask("number", "a"), ask("expression", "double", expression="=a * 2"))
    assert forms.check(schema, {"a": 21, "double": "1000000"}) == {"a": Decimal(21), "double": Decimal(42)}


# ---- what a form may not be


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b'{"components": []}',
        b'{"id": "f"}',
        b'{"id": "f", "components": {}}',
        b'{"id": "", "components": []}',
        b'{"id": 7, "components": []}',
        b'{"id": "f", "components": [7]}',
        b'{"id": "f", "components": [{}]}',
        b'{"id": "f", "components": [{"type": "textfield"}]}',
        b'{"id": "f", "components": [{"type": "iframe", "key": "x"}]}',
        b'{"id": "f", "components": [{"type": "dynamiclist", "components": []}]}',
        b'{"id": "f", "components": [{"type": "group", "components": [{"type": "iframe"}]}]}',
        b'{"id": "f", "components": [{"type": "group"}]}',
        b'{"id": "f", "components": [{"type": "expression", "key": "x"}]}',
        b'{"id": "f", "components": [{"type": "expression", "key": "x", "expression": "=1 +"}]}',
        b'{"id": "f", "components": [{"type": "select", "key": "x", "valuesExpression": "=("}]}',
        b'{"id": "f", "components": [{"type": "select", "key": "x", "values": [{"label": "a"}]}]}',
        b'{"id": "f", "components": [{"type": "textfield", "key": "x", "conditional": {"hide": "=("}}]}',
        b'{"id": "f", "components": [{"type": "textfield", "key": "x", "validate": {"pattern": "("}}]}',
        b'{"id": "f", "components": [{"type": "number", "key": "x", "validate": {"min": "low"}}]}',
        b'{"id": "f", "components": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda source: source[:60].decode(errors="replace"),
)
def test_a_form_that_cannot_be_used_is_refused_when_it_is_read(source: bytes) -> None:
    with pytest.raises(BihuanError) as refusal:
        forms.read(source)
    assert refusal.value.code in ("wrong_form", "bad_expression")
    assert isinstance(refusal.value, WrongForm) or b'"=' in source


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
EVERY_TYPE = form(
    *(ask(kind, kind, values=COLOURS, expression="=1") for kind in sorted(forms.READERS)),
    {"type": "group", "path": "group", "components": [ask("textfield")]},
    {"type": "dynamiclist", "path": "dynamiclist", "components": [ask("number")]},
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*forms.keys(EVERY_TYPE), "other"]), ANYTHING))
def test_whatever_is_sent_is_accepted_or_refused_and_nothing_else(answers: dict[str, Any]) -> None:
    try:
        forms.check(EVERY_TYPE, answers)
    except WrongAnswers as wrong:
        assert wrong.fields
