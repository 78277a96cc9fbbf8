"""Decision tables and the decisions that need each other."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest

from engine import feel
from engine.workflow import decisions, xml
from engine.workflow.decisions import Model
from engine.workflow.problems import Problem

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
Rule = tuple[Sequence[str], Sequence[str]]


def text(content: str) -> str:
    return f"<text>{escape(content)}</text>"


def file(*parts: str, namespace: str = NAMESPACE, attributes: str = "") -> bytes:
    opening = (
        f'<definitions xmlns="{namespace}" xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="file" {attributes}>'
    )
    return f"{opening}{''.join(parts)}</definitions>".encode()


def decision(key: str, *content: str, name: str = "") -> str:
    return f'<decision id="{key}" name="{name or key}">{"".join(content)}</decision>'


def requires(key: str, kind: str = "informationRequirement", part: str = "requiredDecision") -> str:
    return f'<{kind} id="needs_{key}"><{part} href="#{key}"/></{kind}>'


def literal(expression: str, key: str = "expression") -> str:
    return f'<literalExpression id="{key}">{text(expression)}</literalExpression>'


def table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Rule],
    policy: str = "UNIQUE",
    aggregation: str = "",
    values: Sequence[str] = (),
    defaults: Sequence[str] = (),
) -> str:
    parts = [
        f'<decisionTable id="table" hitPolicy="{policy}"' + (f' aggregation="{aggregation}">' if aggregation else ">")
    ]
    for number, expression in enumerate(inputs, 1):
        parts.append(f'<input id="in{number}" label="{expression}">')
        parts.append(f'<inputExpression id="ine{number}">{text(expression)}</inputExpression></input>')
    for number, name in enumerate(outputs, 1):
        parts.append(f'<output id="out{number}" name="{name}">' if name else f'<output id="out{number}">')
        parts += [f"<outputValues>{text(each)}</outputValues>" for each in values[number - 1 : number] if each]
        parts += [f"<defaultOutputEntry>{text(each)}</defaultOutputEntry>" for each in defaults[number - 1 : number]]
        parts.append("</output>")
    for number, (tests, results) in enumerate(rules, 1):
        parts.append(f'<rule id="r{number}"><description>第{number}条</description>')
        parts += [f'<inputEntry id="r{number}i{n}">{text(cell)}</inputEntry>' for n, cell in enumerate(tests, 1)]
        parts += [f'<outputEntry id="r{number}o{n}">{text(cell)}</outputEntry>' for n, cell in enumerate(results, 1)]
        parts.append("</rule>")
    return "".join([*parts, "</decisionTable>"])


def one(logic: str) -> Model:
    model = decisions.read(file(decision("grade", logic)))
    assert model.problems == ()
    return model


GRADES: list[Rule] = [
    ((">= 90", "-"), ('"excellent"', "1")),
    (("[60..90)", "true"), ('"good"', "2")),
    (("[60..90)", "false"), ('"fair"', "3")),
    (("< 60", ""), ('"poor"', "4")),
]


@pytest.mark.parametrize(
    ("given", "outputs", "rule"),
    [
        ({"score": 95, "complete": None}, {"grade": "excellent", "order": 1}, [1]),
        ({"score": Decimal("89.99"), "complete": True}, {"grade": "good", "order": 2}, [2]),
        ({"score": 60, "complete": False}, {"grade": "fair", "order": 3}, [3]),
        ({"score": 59, "complete": True}, {"grade": "poor", "order": 4}, [4]),
        ({"score": 70, "complete": None}, None, []),
        ({"score": "70", "complete": True}, None, []),
        ({}, None, []),
    ],
)
def test_the_matching_rule_gives_the_result(given: dict[str, object], outputs: object, rule: list[int]) -> None:
    result = one(table(["score", "complete"], ["grade", "order"], GRADES)).evaluate("grade", given)
    assert (result.outputs, result.matched_rules) == (outputs, rule)


@pytest.mark.parametrize(
    ("cell", "accepted", "rejected"),
    [
        ('"a","b"', "b", "c"),
        ('not("a")', "b", "a"),
        ('"甲县", "乙县"', "乙县", "丙县"),
        ("[60..90)", 60, 90),
        ("(60..90]", 90, 60),
        ("< 60, >= 90", 90, 60),
        ("5, 7", 7, 6),
        ("not(5, [7..9])", 6, 8),
        ('date("2026-04-01")', date(2026, 4, 1), date(2026, 4, 2)),
        ('>= date("2026-04-01")', date(2026, 4, 30), date(2026, 3, 31)),
        ('[date("2026-04-01")..date("2026-04-30")]', date(2026, 4, 15), date(2026, 5, 1)),
        ("> limit", 81, 80),
        ("? > limit or ? < 5", 3, 50),
        ("codes", "B", "C"),
        ("null", None, 1),
        ('starts with(?, "A")', "A1", "B1"),
        ('<= @"P30D"', feel.compile('@"P30D"').evaluate({}), feel.compile('@"P31D"').evaluate({})),
    ],
)
def test_a_cell_may_be_any_unary_test(cell: str, accepted: object, rejected: object) -> None:
    model = one(table(["x"], ["y"], [((cell,), ("true",)), (("-",), ("false",))], policy="FIRST"))
    given = {"limit": 80, "codes": ["A", "B"]}
    assert model.evaluate("grade", {**given, "x": accepted}).outputs is True
    assert model.evaluate("grade", {**given, "x": rejected}).outputs is False


OVERLAPPING: list[Rule] = [(("> 1",), ('"a"',)), (("> 2",), ('"b"',)), (("> 3",), ('"a"',))]


@pytest.mark.parametrize(
    ("policy", "values", "outputs", "matched"),
    [
        ("FIRST", "", "a", [1]),
        ("RULE ORDER", "", ["a", "b", "a"], [1, 2, 3]),
        ("COLLECT", "", ["a", "b", "a"], [1, 2, 3]),
        ("OUTPUT ORDER", '"b", "a"', ["b", "a", "a"], [2, 1, 3]),
        ("PRIORITY", '"b", "a"', "b", [2]),
        ("PRIORITY", '"a", "b"', "a", [1]),
    ],
)
def test_the_hit_policy_says_which_rules_count(policy: str, values: str, outputs: object, matched: list[int]) -> None:
    result = one(table(["x"], ["y"], OVERLAPPING, policy=policy, values=[values])).evaluate("grade", {"x": 5})
    assert (result.outputs, result.matched_rules) == (outputs, matched)


def test_rules_that_overlap_are_refused_by_number_where_only_one_may_match() -> None:
    model = one(table(["x"], ["y"], OVERLAPPING))
    assert model.evaluate("grade", {"x": 2}).outputs == "a"
    with pytest.raises(decisions.RulesOverlap) as refusal:
        model.evaluate("grade", {"x": 3})
    assert refusal.value.facts == {"rules": "1, 2", "decision": "grade"}


def test_any_wants_rules_that_agree() -> None:
    model = one(table(["x"], ["y"], OVERLAPPING, policy="ANY"))
    assert model.evaluate("grade", {"x": 2}).outputs == "a"
    agreeing = one(table(["x"], ["y"], [(("> 1",), ("1",)), (("> 2",), ("0.5 * 2",))], policy="ANY"))
    assert agreeing.evaluate("grade", {"x": 5}).matched_rules == [1, 2]
    with pytest.raises(decisions.RulesDisagree) as refusal:
        model.evaluate("grade", {"x": 5})
    assert refusal.value.facts["rules"] == "1, 2, 3"


NUMBERS: list[Rule] = [(("> 1",), ("10",)), (("> 2",), ("0.5",)), (("> 3",), ("7",))]


@pytest.mark.parametrize(
    ("aggregation", "outputs", "nothing"),
    [
        ("SUM", Decimal("17.5"), None),
        ("MIN", Decimal("0.5"), None),
        ("MAX", Decimal(10), None),
        ("COUNT", Decimal(3), 0),
    ],
)
def test_collected_results_are_brought_together(aggregation: str, outputs: Decimal, nothing: object) -> None:
    model = one(table(["x"], ["y"], NUMBERS, policy="COLLECT", aggregation=aggregation))
    assert model.evaluate("grade", {"x": 5}).outputs == outputs
    assert model.evaluate("grade", {"x": 0}).outputs == nothing


def test_results_that_are_no_numbers_are_not_added_up_to_null() -> None:
    model = one(table(["x"], ["y"], [(("-",), ("1",)), (("-",), ('"a"',))], policy="COLLECT", aggregation="SUM"))
    with pytest.raises(decisions.NotSummable):
        model.evaluate("grade", {"x": 5})


@pytest.mark.parametrize(
    ("policy", "aggregation", "outputs"),
    [("UNIQUE", "", 9), ("COLLECT", "", [9]), ("COLLECT", "MAX", 9), ("COLLECT", "COUNT", 0)],
)
def test_defaults_stand_in_where_no_rule_matches(policy: str, aggregation: str, outputs: object) -> None:
    model = one(table(["x"], ["y"], NUMBERS, policy=policy, aggregation=aggregation, defaults=["9"]))
    result = model.evaluate("grade", {"x": 0})
    assert (result.outputs, result.matched_rules) == (outputs, [])


def test_rows_are_always_by_column() -> None:
    model = one(table(["x"], ["y", "z"], [(("-",), ("1", "2")), (("> 3",), ("3", ""))], policy="COLLECT"))
    result = model.evaluate(None, {"x": 5})
    assert result.rows == result.outputs == [{"y": 1, "z": 2}, {"y": 3, "z": None}]


def test_the_explanation_tells_every_cell() -> None:
    model = one(table(["score", "complete"], ["grade", "order"], GRADES))
    (trace,) = model.evaluate("grade", {"score": 70, "complete": True}).explanation
    assert [rule.matched for rule in trace.rules] == [False, True, False, False]
    assert [rule.annotation for rule in trace.rules] == ["第1条", "第2条", "第3条", "第4条"]
    first, second = trace.rules[2].cells
    assert (first.input, first.value, first.test, first.accepted) == ("score", 70, "[60..90)", True)
    assert (second.accepted, second.why) == (False, "true is not accepted by false.")
    (unknown,) = model.evaluate("grade", {"score": "70", "complete": True}).explanation
    assert unknown.rules[0].cells[0].accepted is None
    assert "cannot be told" in unknown.rules[0].cells[0].why


def test_the_explanation_is_of_the_values_that_were_decided_on() -> None:
    given = {"score": 95, "complete": True}
    result = one(table(["score", "complete"], ["grade", "order"], GRADES)).evaluate("grade", given)
    given["score"] = 10
    assert result.explanation[0].rules[0].matched


def test_looking_up_and_testing_cell_by_cell_agree() -> None:
    """The rules found by look-up are those whose cells, each tested on its own, all accept."""
    dice = random.Random(7)
    cells = [
        *("-", "5", "-3", "5, 6", "not(5)", "< 5", ">= 5", "[2..5)", "(2..5]", "< 2, > 7", "[x..7]", "> x", "null"),
        *("5.00000000000000000000000001", "[5..5]", "(5..5.5)", "!= 4", '"a"', '"a", "b"', 'not("a")', "true", "? = 5"),
    ]
    rules: list[Rule] = [([dice.choice(cells), dice.choice(cells)], ["1"]) for _ in range(40)]
    model = one(table(["p", "q"], ["y"], rules, policy="COLLECT"))
    values = [None, True, "a", "b", 0, 2, 4, 5, Decimal("5.00000000000000000000000001"), Decimal("5.2"), 7, -3, [5], 99]
    for _ in range(150):
        result = model.evaluate(None, {"p": dice.choice(values), "q": dice.choice(values), "x": 3})
        assert result.matched_rules == [rule.rule for rule in result.explanation[0].rules if rule.matched]


def problems_of(*parts: str, attributes: str = "") -> list[tuple[str | None, str, str]]:
    found = decisions.read(file(*parts, attributes=attributes)).problems
    return [(problem.element, problem.severity, problem.code) for problem in found]


def test_every_bad_cell_is_complained_of_with_its_element() -> None:
    rules: list[Rule] = [(("> ", "a b"), ("1 +", "2")), (("${x.y()}", "-"), ("1", "${f(1)}"))]
    assert problems_of(decision("d", table(["score", "x)"], ["y", "z"], rules, policy="FIRST"))) == [
        ("ine2", "error", "bad_expression"),
        ("r1i1", "error", "bad_expression"),
        ("r1i2", "error", "bad_expression"),
        ("r1o1", "error", "bad_expression"),
        ("r2i1", "error", "language"),
        ("r2o2", "error", "untranslatable"),
    ]


@pytest.mark.parametrize(
    ("part", "element", "code"),
    [
        (decision("d", table(["x"], ["y"], [], policy="SOME")), "table", "hit_policy"),
        (decision("d", table(["x"], ["y"], [], aggregation="SUM")), "table", "aggregation"),
        (decision("d", table(["x"], ["y", "z"], [], policy="COLLECT", aggregation="SUM")), "table", "aggregation"),
        (decision("d", table(["x"], ["y"], [], policy="COLLECT", aggregation="MEAN")), "table", "aggregation"),
        (decision("d", table(["x"], [], [])), "table", "no_output"),
        (decision("d", table(["x"], ["", ""], [])), "table", "output_name"),
        (decision("d", table(["x"], ["y"], [], policy="PRIORITY")), "table", "no_priorities"),
        (decision("d", table([""], ["y"], [])), "ine1", "no_expression"),
        (decision("d", table(["x"], ["y"], [((), ("1",))])), "r1", "rule_width"),
        (decision("d"), "d", "no_logic"),
        (decision("d", literal("")), "expression", "no_logic"),
        (decision("d", literal("1 +")), "expression", "bad_expression"),
        (decision("d", '<conditional id="c"/>'), "c", "not_run"),
        (decision("d", literal("1").replace("<lit", '<lit expressionLanguage="python"', 0), requires("nobody")), "d", "no_such_decision"),
        (decision("d", requires("other.dmn#x").replace("#other", "other"), literal("1")), "d", "other_file"),
        (decision("d", literal("1")) + decision("d", literal("2")), "d", "duplicate"),
        ("", "file", "no_decision"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_named(part: str, element: str, code: str) -> None:
    assert problems_of(part) == [(element, "error", code)]


def test_a_circle_is_named() -> None:
    model = decisions.read(file(decision("a", requires("b"), literal("b")), decision("b", requires("a"), literal("a"))))
    (problem,) = model.problems
    assert (problem.code, problem.severity) == ("circle", "error")
    assert "a requires b requires a" in problem.message or "b requires a requires b" in problem.message


def test_the_same_rule_twice_is_a_warning() -> None:
    rules: list[Rule] = [(("> 1",), ("1",)), (("> 2",), ("2",)), (("> 1",), ("3",))]
    assert problems_of(decision("d", table(["x"], ["y"], rules))) == [("r3", "warning", "same_rule")]


@pytest.mark.parametrize(
    ("attributes", "codes"),
    [
        ('expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"', []),
        ('expressionLanguage="feel"', []),
        ('expressionLanguage="groovy"', ["language"]),
    ],
)
def test_only_feel_is_spoken(attributes: str, codes: list[str]) -> None:
    assert [code for _, _, code in problems_of(decision("d", literal("1")), attributes=attributes)] == codes


def test_juel_is_translated_or_complained_of() -> None:
    model = decisions.read(file(decision("d", literal("a && !b")), attributes='expressionLanguage="juel"'))
    assert model.problems == ()
    assert model.evaluate("d", {"a": True, "b": None}).outputs is True
    assert decisions.read(file(decision("d", literal("${a + 1}")))).evaluate(None, {"a": 1}).outputs == 2
    rules: list[Rule] = [(("-",), ("1",))]
    bad = file(decision("d", table(["x"], ["y"], rules)), attributes='expressionLanguage="juel"')
    assert [problem.code for problem in decisions.read(bad).problems] == ["language"]


def test_a_decision_with_errors_is_not_evaluated() -> None:
    model = decisions.read(file(decision("d", literal("1 +"))))
    with pytest.raises(decisions.BadDecision) as refusal:
        model.evaluate("d", {})
    assert refusal.value.facts["element"] == "expression"


def test_problems_are_plain_facts() -> None:
    (problem,) = decisions.read(file(decision("d"))).problems
    assert problem == Problem("d", "error", "no_logic", "The decision d has neither a table nor an expression.")


def test_what_is_no_dmn_is_said_or_refused() -> None:
    assert [each.code for each in decisions.read(b"<definitions xmlns='http://bpmn'/>").problems] == ["not_dmn"]
    with pytest.raises(xml.NotXml):
        decisions.read(b"not xml")
    with pytest.raises(xml.Doctype):
        decisions.read(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + file(decision("d", literal("1"))))


def test_a_decision_uses_what_it_requires() -> None:
    model = decisions.read(
        file(
            decision("level", requires("lag"), requires("base"), literal('if lag > base then "red" else "yellow"')),
            decision("lag", requires("base"), literal("base * 2 + extra"), name="欠 序时"),
            decision("base", table(["unit"], ["points"], [(('"A"',), ("10",)), (("-",), ("1",))], policy="FIRST")),
        )
    )
    assert model.problems == ()
    result = model.evaluate(None, {"unit": "A", "extra": 1})
    assert result.outputs == "red"
    assert [trace.decision for trace in result.explanation] == ["base"]
    assert model.evaluate("lag", {"unit": "B", "extra": 1}).outputs == 3
    assert model.inputs == {"unit", "extra"}
    assert model.reads("base") == {"unit"}
    assert model.reads("lag") == {"unit", "extra"}


def test_a_required_result_goes_by_every_name_it_has() -> None:
    top = decision("top", requires("part"), literal("[part, 部分, 部 分, points]"))
    part = decision("part", '<variable name="部 分"/>', table(["x"], ["points"], [(("-",), ("10",))]), name="部分")
    assert decisions.read(file(top, part)).evaluate("top", {"x": 1}).outputs == [10, 10, 10, 10]
    assert decisions.read(file(top, part)).evaluate("top", {"x": 1, "points": 3}).outputs == [10, 10, 10, 3]


def test_which_decision_must_be_clear() -> None:
    model = decisions.read(file(decision("a", literal("1")), decision("b", literal("2"))))
    with pytest.raises(decisions.WhichDecision) as refusal:
        model.evaluate(None, {})
    assert refusal.value.facts["known"] == "a, b"
    with pytest.raises(decisions.NoSuchDecision):
        model.evaluate("c", {})


KNOWLEDGE = (
    '<businessKnowledgeModel id="rate" name="rate of"><encapsulatedLogic>'
    '<formalParameter name="amount of"/><formalParameter name="years"/>'
    "{body}</encapsulatedLogic></businessKnowledgeModel>"
)
NEEDS_RATE = requires("rate", "knowledgeRequirement", "requiredKnowledge")


def test_a_function_keeps_what_it_was_written_among() -> None:
    model = decisions.read(
        file(
            decision("d", requires("f"), literal("f(10)")),
            decision("f", requires("factor"), literal("function(x) x * factor + offset")),
            decision("factor", literal("3")),
        )
    )
    assert model.evaluate("d", {"offset": 1}).outputs == 31


def test_a_comment_in_a_cell_does_not_end_it() -> None:
    source = file(decision("d", literal("1 + 2"))).replace(b"1 + 2", b"1 <!-- one --> + 2")
    assert decisions.read(source).evaluate("d", {}).outputs == 3


def test_business_knowledge_is_called_as_a_function() -> None:
    body = KNOWLEDGE.format(body=literal("amount of * years + offset"))
    model = decisions.read(file(decision("d", NEEDS_RATE, literal("rate of(x, 2) + 1")), body))
    assert model.problems == ()
    assert model.evaluate("d", {"x": 5, "offset": 100}).outputs == 111
    assert model.inputs == {"x", "offset"}


def test_business_knowledge_may_be_a_table_and_be_invoked_by_name() -> None:
    rules: list[Rule] = [(("> 100", "-"), ("2",)), (("<= 100", "> 1"), ("3",))]
    body = KNOWLEDGE.format(body=table(["amount of", "years"], ["r"], rules))
    bindings = [("years", "3"), ("amount of", "x + 1")]
    written = "".join(f'<binding><parameter name="{name}"/>{literal(value)}</binding>' for name, value in bindings)
    model = decisions.read(
        file(decision("d", NEEDS_RATE, f"<invocation>{literal('rate of')}{written}</invocation>"), body)
    )
    assert model.problems == ()
    assert model.evaluate("d", {"x": 100}).outputs == 2
    assert model.evaluate("d", {"x": 99}).outputs == 3


def test_boxed_contexts_lists_and_relations() -> None:
    entries = [("first part", "x * 2"), ("second", "first part + 1")]
    written = "".join(
        f'<contextEntry><variable name="{name}"/>{literal(value)}</contextEntry>' for name, value in entries
    )
    relation = f'<relation><column name="n"/><row>{literal("1")}</row><row>{literal("x")}</row></relation>'
    model = decisions.read(
        file(
            decision("context", f"<context>{written}</context>"),
            decision("result", f"<context>{written}<contextEntry>{literal('second * 10')}</contextEntry></context>"),
            decision("list", f"<list>{literal('1')}{literal('x')}</list>"),
            decision("relation", relation),
        )
    )
    assert model.problems == ()
    assert model.evaluate("context", {"x": 2}).outputs == {"first part": 4, "second": 5}
    assert model.evaluate("result", {"x": 2}).outputs == 50
    assert model.evaluate("list", {"x": 2}).outputs == [1, 2]
    assert model.evaluate("relation", {"x": 2}).outputs == [{"n": 1}, {"n": 2}]
    assert model.inputs == {"x"}


@pytest.mark.parametrize(
    "namespace",
    [
        *("http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/"),
        *("https://www.omg.org/spec/DMN/20191111/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/"),
    ],
)
def test_every_edition_is_read(namespace: str) -> None:
    source = file(decision("d", table(["x"], ["y"], [(("1",), ("2",))])), namespace=namespace)
    assert decisions.read(source).evaluate("d", {"x": 1}).outputs == 2


def test_the_declared_type_and_values_are_kept_to() -> None:
    typed = decision("d", '<variable name="d" typeRef="string"/>', literal("x"))
    assert decisions.read(file(typed)).evaluate("d", {"x": ["a"]}).outputs == "a"
    assert decisions.read(file(typed)).evaluate("d", {"x": 5}).outputs is None
    logic = table(["x"], ["y"], [(("-",), ("1",))]).replace(
        "</input>", f"<inputValues>{text(chr(34) + 'a' + chr(34))}</inputValues></input>"
    )
    model = one(logic)
    assert model.evaluate("grade", {"x": "a"}).warnings == []
    (warning,) = model.evaluate("grade", {"x": "b"}).warnings
    assert (warning.code, warning.message) == ("not_allowed", '"b" is not among the values declared for x.')


def test_a_camunda_input_variable_names_the_input() -> None:
    logic = table(["score + 1"], ["y"], [(("points > 5",), ("true",))]).replace(
        "<input ", '<input camunda:inputVariable="points" '
    )
    assert one(logic).evaluate("grade", {"score": 5}).matched_rules == []
    assert one(logic.replace("points &gt; 5", "[points..9]")).evaluate("grade", {"score": 5}).matched_rules == [1]
    assert one(logic).inputs == {"score"}


def test_the_clock_and_the_bounds_reach_a_table() -> None:
    model = one(table(["today()"], ["y"], [(('date("2026-04-01")',), ("true",))]))
    assert model.evaluate("grade", {}, now=datetime(2026, 3, 31, 17, tzinfo=UTC)).outputs is True
    with pytest.raises(feel.Exhausted):
        one(table(["x"], ["y"], [(("count(for i in 1..1000000 return i) > ?",), ("1",))])).evaluate("grade", {"x": 1})


def test_a_row_of_a_batch_is_answered_as_the_cases_are_written() -> None:
    assert decisions.answer({"expression": "a + 0.2", "context": {"a": Decimal("0.1")}}) == {"n": "0.3"}
    assert decisions.answer({"expression": "=Full Name", "context": {"Full Name": "张三"}}) == "张三"
    assert decisions.answer({"expression": "${a && b}", "context": {"a": True, "b": True}}) is True
    with pytest.raises(feel.FeelSyntaxError):
        decisions.answer({"expression": "1 +"})
    with pytest.raises(decisions.BadRow):
        decisions.answer({"context": {}})
