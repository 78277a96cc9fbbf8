"""Decision tables that are too many, too deep, or know no end."""

from collections.abc import Callable
from typing import Any, Final

from engine.workflow import decisions
from tests.hostile.attack import Attack, deploying

_DMN: Final = 'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d"'


def _file(body: str) -> bytes:
    return f"<definitions {_DMN}>{body}</definitions>".encode()


def _expression(name: str, text: str, *required: str) -> str:
    needed = "".join(
        f'<informationRequirement id="{name}_{each}"><requiredDecision href="#{each}"/></informationRequirement>'
        for each in required
    )
    logic = f'<literalExpression id="{name}_x"><text>{text}</text></literalExpression>'
    return f'<decision id="{name}" name="{name}"><variable name="{name}"/>{needed}{logic}</decision>'


def _table(rules: int, cell: str, policy: str = "FIRST", inputs: int = 1) -> bytes:
    columns = "".join(
        f'<input id="i{n}"><inputExpression id="e{n}"><text>n</text></inputExpression></input>' for n in range(inputs)
    )
    entries = "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for _ in range(inputs))
    rows = "".join(
        f'<rule id="r{number}">{entries.replace("NUMBER", str(number))}<outputEntry><text>{number}</text></outputEntry></rule>'
        for number in range(rules)
    )
    table = f'<decisionTable id="t" hitPolicy="{policy}">{columns}<output id="o" name="o"/>{rows}</decisionTable>'
    return _file(f'<decision id="level" name="level">{table}</decision>')


def _evaluating(content: bytes, decision: str, **given: Any) -> Callable[[], object]:
    return lambda: decisions.read(content).evaluate(decision, given).outputs


_DOUBLED: Final = _expression("d0", "[1]") + "".join(
    _expression(f"d{n}", f"[d{n - 1}, d{n - 1}]", f"d{n - 1}") for n in range(1, 60)
)
_NESTED: Final = "<context>" + '<contextEntry><variable name="a"/><context>' * 100
_ITSELF: Final = (
    '<businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/>'
    "<literalExpression><text>f(n + 1) + f(n + 2)</text></literalExpression></encapsulatedLogic>"
    '<knowledgeRequirement id="k"><requiredKnowledge href="#f"/></knowledgeRequirement></businessKnowledgeModel>'
    '<decision id="level" name="level"><variable name="level"/>'
    '<knowledgeRequirement id="l"><requiredKnowledge href="#f"/></knowledgeRequirement>'
    "<literalExpression><text>f(1)</text></literalExpression></decision>"
)

TABLES: Final = [
    Attack("a table of ten thousand rules", "too_large", deploying(_table(10_000, "&lt; 5"), "hostile.dmn")),
    Attack(
        "two thousand rules that are all asked",
        "None",
        _evaluating(_table(2_000, "&gt; 5, &lt; n - 1, [n + 1..n + 2]"), "level", n=3),
        is_refused=False,
    ),
    Attack(
        "a thousand rules that all loop",
        "too many steps",
        _evaluating(_table(1_000, "count(for i in 1..NUMBER000 return i)"), "level", n=3),
    ),
    Attack("a hundred columns", "", _evaluating(_table(90, "n", inputs=90), "level", n=3), is_refused=False),
    Attack("a cell that is no test", "r0", deploying(_table(1, "n n n"), "hostile.dmn")),
    Attack(
        "a decision that requires itself",
        "circle",
        deploying(_file(_expression("a", "b", "b") + _expression("b", "a", "a")), "hostile.dmn"),
    ),
    Attack("sixty decisions, each twice the last", "too many steps", _evaluating(_file(_DOUBLED), "d59")),
    Attack("a knowledge model that calls itself", "", deploying(_file(_ITSELF), "hostile.dmn")),
    Attack(
        "contexts a hundred deep",
        "",
        deploying(
            _file(
                f'<decision id="level" name="level">{_NESTED}{"</context></contextEntry>" * 100}</context></decision>'
            ),
            "hostile.dmn",
        ),
        is_refused=False,
    ),
    Attack(
        "contexts a thousand deep",
        "not_xml",
        deploying(_file(f'<decision id="level" name="level">{"<context><contextEntry>" * 1_000}'), "hostile.dmn"),
    ),
    Attack("three megabytes of cells", "d too_large", deploying(_table(3_000, "n + NUMBER" * 100), "hostile.dmn")),
    Attack(
        "an output that loops",
        "too many steps",
        _evaluating(_file(_expression("a", "for i in 1..1000000000 return i")), "a"),
    ),
    Attack(
        "a table with a DOCTYPE",
        "doctype",
        deploying(b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + _file(_expression("a", "&a;")), "hostile.dmn"),
    ),
]


def small_table() -> bytes:
    return _table(3, "n")
