"""One input of a table: which rules accept a value.

Sets of rules are bits of an int. What can be known beforehand is not tested but looked up: a value among constants in a
dictionary, a number among the boundaries of all ranges and comparisons by bisection. Of what is left, a test that many
rules share is run once, and not at all where none of its rules can match any more.
"""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any, Final

from engine import feel
from engine.feel import Value

_FINER: Final = Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Finer than any number written in FEEL, so that there is always one more between two of them."""


class Column:
    """An input: its label, its expression, the values declared for it, and the tests of the rules on it.

    ``variable`` is a name the tests may call the input by, besides ``?``.
    """

    def __init__(
        self, label: str, expression: feel.Expression, variable: str | None, allowed: feel.Tests | None
    ) -> None:
        self.label = label
        self.expression = expression
        self.variable = variable
        self.allowed = allowed
        self._free = 0
        self._constants: dict[tuple[type, Any], int] = {}
        self._boundaries: list[Decimal] = []
        self._numbers: list[int] = []
        self._null = 0
        self._tested: list[tuple[feel.Tests, int]] = []

    def fill(self, tests: Sequence[feel.Tests]) -> None:
        """Take in the tests of all rules, in their order."""
        numeric: list[tuple[feel.Tests, int]] = []
        tested: dict[str, tuple[feel.Tests, int]] = {}
        for index, each in enumerate(tests):
            rule = 1 << index
            if accepts_anything(each):
                self._free |= rule
            elif each.constants is not None:
                for constant in each.constants:
                    key = type(constant), constant
                    self._constants[key] = self._constants.get(key, 0) | rule
            elif each.boundaries is not None:
                numeric.append((each, rule))
            else:
                tested[each.text] = each, tested.get(each.text, (each, 0))[1] | rule
        self._tested = list(tested.values())
        self._fill_numbers(numeric)

    def _fill_numbers(self, numeric: list[tuple[feel.Tests, int]]) -> None:
        """One verdict for each boundary and for each stretch between two, found out on any number of it, and for null."""
        self._boundaries = sorted({boundary for tests, _ in numeric for boundary in tests.boundaries or ()})
        run = feel.Run({})
        verdicts = [
            sum(rule for tests, rule in numeric if tests.run(value, run) is True)
            for value in (None, *_samples(self._boundaries))
        ]
        self._null, *self._numbers = verdicts

    def accepting(self, value: Value, run: feel.Run, candidates: int) -> int:
        """The rules that accept the value: all of them that are candidates, and perhaps some that are not."""
        accepting = self._free
        if self._constants and type(value) is not list and type(value) is not dict:
            accepting |= self._constants.get((type(value), value), 0)
        if value is None:
            accepting |= self._null
        elif self._boundaries and type(value) is Decimal:
            accepting |= self._numbers[_stretch(self._boundaries, value)]
        for tests, rules in self._tested:
            if candidates & rules and tests.run(value, run) is True:
                accepting |= rules
        return accepting


def accepts_anything(tests: feel.Tests) -> bool:
    return tests.text.strip() in ("", "-")


def _samples(boundaries: list[Decimal]) -> list[Decimal]:
    """Numbers below, at, between and above the boundaries, in the order of ``_stretch``."""
    samples = [boundaries[0].next_minus(_FINER)] if boundaries else []
    for boundary in boundaries:
        samples += [boundary, boundary.next_plus(_FINER)]
    return samples


def _stretch(boundaries: list[Decimal], number: Decimal) -> int:
    place = bisect_left(boundaries, number)
    return 2 * place + (place < len(boundaries) and boundaries[place] == number)
