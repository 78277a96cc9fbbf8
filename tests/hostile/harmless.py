"""What has to be answered as ever, whatever came before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.workflow import decisions
from tests.hostile.attack import deploying, evaluating, running
from tests.hostile.tables import small_table
from tests.workflow.spiff.drawing import draw

_SMALL: Final = draw("""
    start s
    script double feel='amount * 2' resultVariable=twice
    end e
    s -> double -> e
""")


@dataclass(frozen=True)
class Harmless:
    name: str
    says: str
    act: Callable[[], object]


def _expressions() -> list[Harmless]:
    known = {
        "1 + 2 * 3": "Decimal('7')",
        "0.1 + 0.2 = 0.3": "True",
        "amount > 10 and passed": "True",
        "amount >= 3 ** 2": "True",
        'if amount > 100 then "high" else "low"': "'low'",
        "count(units)": "Decimal('2')",
        "units[score > 80].name": "['东城']",
        "sum(units.score)": "Decimal('160')",
        "for unit in units return unit.score / 10": "[Decimal('9'), Decimal('7')]",
        "some unit in units satisfies unit.score < 80": "True",
        'upper case("abc")': "'ABC'",
        'matches("B4-12", "^[A-Z]\\\\d-\\\\d+$")': "True",
        'replace("a-b", "-", "+")': "'a+b'",
        'split("a;b", ";")': "['a', 'b']",
        '@"2026-03-31" + @"P1D" = @"2026-04-01"': "True",
        '(@"2026-04-01" - @"2026-03-31") / @"P1D"': "Decimal('1')",
        "round half up(2.345, 2)": "Decimal('2.35')",
        "amount in [10..20)": "True",
        "{a: 1, b: a + 1}.b": "Decimal('2')",
        "sort([3, 1, 2], function(a, b) a < b)[1]": "Decimal('1')",
        "unknown = null": "True",
    }
    return [Harmless(text, says, evaluating(text)) for text, says in known.items()]


HARMLESS: Final = [
    *_expressions(),
    Harmless("a table", "Decimal('0')", lambda: decisions.read(small_table()).evaluate("level", {"n": 1}).outputs),
    Harmless("a diagram", "'deployed'", deploying(_SMALL)),
    Harmless("a process", "'twice': Decimal('24')", running(_SMALL, amount=12)),
]
