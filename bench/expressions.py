"""What an expression costs against the same condition as Python has compiled it."""

from collections.abc import Callable
from decimal import Decimal

from bench.measure import Figure, compared
from engine import feel
from engine.workflow import decisions

TIMES = 20_000
GIVEN = {"lead_points": Decimal("-12.5"), "strictly_worse": Decimal(2), "ranked": Decimal(10)}
FEEL = "lead_points < -10 and strictly_worse < 3 and ranked >= 4"
PYTHON = "lead_points < ten and strictly_worse < three and ranked >= four"
NUMBERS = {"ten": Decimal(-10), "three": Decimal(3), "four": Decimal(4)}
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def condition() -> Figure:
    """A compiled condition against ``eval`` of the compiled Python condition on the same Decimals."""
    code = compile(PYTHON, "condition", "eval")
    given = GIVEN | NUMBERS
    assert eval(code, {}, given) is _condition()() is True
    return compared("condition", 15, "the condition as Python", _condition(), lambda: eval(code, {}, given), TIMES)


def table_30_rules() -> Figure:
    """A table of thirty rules, of which the last one holds, against one condition."""
    model = decisions.read(_table(30))
    given = {"n": Decimal(30)}
    assert model.evaluate("level", given).outputs == Decimal(30)
    return compared(
        "table_30_rules", 25, "one condition", lambda: model.evaluate("level", given), _condition(), TIMES // 10
    )


def _condition() -> Callable[[], object]:
    expression = feel.compile(FEEL, frozenset(GIVEN))
    return lambda: expression.evaluate(GIVEN)


def _table(size: int) -> bytes:
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{n}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>{n}</text></outputEntry></rule>'
        for n in range(1, size + 1)
    )
    return (
        f'<definitions xmlns="{DMN}" id="d" name="d" namespace="d"><decision id="level" name="level">'
        '<decisionTable id="t" hitPolicy="FIRST"><input id="i"><inputExpression id="e" typeRef="number"><text>n</text>'
        f'</inputExpression></input><output id="o" name="level" typeRef="number"/>{rules}</decisionTable></decision>'
        "</definitions>"
    ).encode()
