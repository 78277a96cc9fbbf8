"""What operators and unary tests do, as code.

The commonest conditions compare a variable with a constant, so comparisons of two numbers, and of anything with a
constant, take a short way; the long way gives the same answer.
"""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel import arithmetic, syntax
from engine.feel.comparison import (
    ORDER,
    Truth,
    any_holds,
    at_least,
    at_most,
    belongs,
    both,
    compare,
    either,
    equal,
    index_key,
    negation,
)
from engine.feel.numbers import CONTEXT, finite, raised
from engine.feel.run import Run
from engine.feel.scope import Binds, Code, Frame, Scope
from engine.feel.structures import constant_range
from engine.feel.types import conforms
from engine.feel.values import Range, Value, kind

_Fast = Callable[[Any, Any], Any]

_ARITHMETIC: Final[dict[str, Callable[[Value, Value], Value]]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}
_FAST_ARITHMETIC: Final[dict[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
    "**": raised,
}
_FAST_ORDER: Final[dict[str, _Fast]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def _doubt(run: Run, at: int, symbol: str, left: Value, right: Value) -> None:
    """Null that comes from null was warned of where it began; here begins only what two kinds cannot do together."""
    if left is not None and right is not None:
        run.warn("wrong_kinds", at, f"A {kind(left)} {symbol} a {kind(right)} has no answer; it is taken as null.")


def negative(part: syntax.Negative, scope: Scope) -> Code:
    operand, at = scope.code(part.of), part.at

    def code(run: Run, frame: Frame) -> Value:
        value = operand(run, frame)
        answer = arithmetic.negate(value)
        if answer is None and value is not None:
            run.warn("wrong_kinds", at, f"A {kind(value)} has no negative; it is taken as null.")
        return answer

    return code


def chain(part: syntax.Chain, scope: Scope) -> Code:
    first, at = scope.code(part.first), part.at
    rest = tuple(
        (symbol, _FAST_ARITHMETIC[symbol], _ARITHMETIC[symbol], scope.code(operand)) for symbol, operand in part.rest
    )

    def code(run: Run, frame: Frame) -> Value:
        value = first(run, frame)
        for symbol, fast, operate, operand in rest:
            right = operand(run, frame)
            if type(value) is Decimal and type(right) is Decimal:
                answer: Value = finite(fast(value, right))
            else:
                answer = operate(value, right)
            if answer is None and run.warnings is not None:
                _doubt(run, at, symbol, value, right)
            elif type(answer) is str:
                run.charge(1 + len(answer) // 16)
            value = answer
        return value

    return code


def comparison(part: syntax.Comparison, scope: Scope) -> Code:
    if part.comparator in ("=", "!="):
        return _equality(part, scope)
    left, right, at, symbol = scope.code(part.left), scope.code(part.right), part.at, part.comparator
    fast, slow = _FAST_ORDER[symbol], ORDER[symbol]
    if type(part.right) is syntax.Literal and type(part.right.value) is Decimal:
        return _order_with_constant(left, part.right.value, fast, slow, at, symbol)

    def code(run: Run, frame: Frame) -> Value:
        a, b = left(run, frame), right(run, frame)
        if type(a) is Decimal and type(b) is Decimal:
            return fast(a, b)  # type: ignore[no-any-return]
        answer = slow(a, b)
        if answer is None:
            _doubt(run, at, symbol, a, b)
        return answer

    return code


def _order_with_constant(left: Code, constant: Decimal, fast: _Fast, slow: _Fast, at: int, symbol: str) -> Code:
    def code(run: Run, frame: Frame) -> Value:
        value = left(run, frame)
        if type(value) is Decimal:
            return fast(value, constant)  # type: ignore[no-any-return]
        if value is not None:
            _doubt(run, at, symbol, value, constant)
        return None

    return code


def _equality(part: syntax.Comparison, scope: Scope) -> Code:
    left, right, at, symbol = scope.code(part.left), scope.code(part.right), part.at, part.comparator
    same, other = symbol == "=", symbol != "="

    def code(run: Run, frame: Frame) -> Value:
        a, b = left(run, frame), right(run, frame)
        if type(a) is type(b) and (type(a) is str or type(a) is Decimal):
            return same if a == b else other
        answer = equal(a, b, run)
        if answer is None:
            _doubt(run, at, symbol, a, b)
            return None
        return same if answer else other

    return code


def conjunction(part: syntax.Conjunction, scope: Scope) -> Code:
    first, *others = (scope.code(operand) for operand in part.of)
    rest = tuple(others)

    def code(run: Run, frame: Frame) -> Value:
        answer: Value = first(run, frame)
        for operand in rest:
            if answer is False:
                return False
            answer = both(answer, operand(run, frame))
        return answer

    return code


def disjunction(part: syntax.Disjunction, scope: Scope) -> Code:
    first, *others = (scope.code(operand) for operand in part.of)
    rest = tuple(others)

    def code(run: Run, frame: Frame) -> Value:
        answer: Value = first(run, frame)
        for operand in rest:
            if answer is True:
                return True
            answer = either(answer, operand(run, frame))
        return answer

    return code


def between(part: syntax.Between, scope: Scope) -> Code:
    value, low, high = scope.code(part.value), scope.code(part.low), scope.code(part.high)

    def code(run: Run, frame: Frame) -> Value:
        middle = value(run, frame)
        return both(at_least(middle, low(run, frame)), at_most(middle, high(run, frame)))

    return code


def instance_of(part: syntax.InstanceOf, scope: Scope) -> Code:
    value, wanted = scope.code(part.value), part.type

    def code(run: Run, frame: Frame) -> Value:
        candidate = value(run, frame)
        if type(candidate) is list:
            run.charge(1 + len(candidate) // 4)
        return conforms(candidate, wanted)

    return code


def within(part: syntax.In, scope: Scope) -> Code:
    value, tests = scope.code(part.value), _tests(part.tests, scope)
    return lambda run, frame: tests(value(run, frame), run, frame)


Accepts = Callable[[Value, Run, Frame], Truth]
"""Whether a value is accepted; the frame holds whatever else the test may name."""


def unary_tests(part: syntax.UnaryTests, scope: Scope) -> Accepts:
    """A cell of a decision table. The value stands in the frame as ``?`` too."""
    if not part.tests:
        return lambda _value, _run, _frame: True
    accepts = _tests(part.tests, scope.inside(Binds.VALUE, "?"))
    if part.negated:
        return lambda value, run, frame: negation(accepts(value, run, (value, frame)))
    if all(test.comparator is None and type(test.operand) is syntax.Literal for test in part.tests):
        return accepts  # constants need no frame
    return lambda value, run, frame: accepts(value, run, (value, frame))


def _tests(tests: tuple[syntax.Test, ...], scope: Scope) -> Accepts:
    if len(tests) == 1:
        return _test(tests[0], scope)
    if constants := constants_of(tests):
        return _one_of(constants)
    accepts = tuple(_test(test, scope) for test in tests)
    return lambda value, run, frame: any_holds(accept(value, run, frame) for accept in accepts)


def constants_of(tests: tuple[syntax.Test, ...]) -> frozenset[Any] | None:
    """The values that pass, where all the tests are constants of one kind that can be looked up: ``"a", "b", "c"``."""
    values = [test.operand.value for test in tests if test.comparator is None and type(test.operand) is syntax.Literal]
    if not values or len(values) < len(tests) or len({type(value) for value in values}) > 1:
        return None
    return frozenset(values) if index_key(values[0]) is not None else None


def boundaries_of(tests: tuple[syntax.Test, ...]) -> frozenset[Decimal] | None:
    """The numbers at which the verdict may change, where all the tests compare with constant numbers."""
    found: set[Decimal] = set()
    for test in tests:
        span = constant_range(test.operand) if test.comparator is None else None
        if span is not None:
            ends: tuple[Value, ...] = (
                (span.start, span.end) if span.comparator is None else (span.start if span.end is None else span.end,)
            )
        else:
            ends = (test.operand.value,) if type(test.operand) is syntax.Literal else (None,)
        numbers = [end for end in ends if type(end) is Decimal]
        if len(numbers) < len(ends):
            return None
        found.update(numbers)
    return frozenset(found) or None


def _one_of(constants: frozenset[Any]) -> Accepts:
    of = type(next(iter(constants)))

    def accepts(value: Value, run: Run, _frame: Frame) -> Truth:
        if type(value) is of:
            return value in constants
        return any_holds(belongs(value, constant, run) for constant in constants)

    return accepts


def _test(test: syntax.Test, scope: Scope) -> Accepts:
    operand, comparator = scope.code(test.operand), test.comparator
    if comparator is None and (span := constant_range(test.operand)) is not None:
        return _range_test(span)
    if test.speaks_of_input and comparator is None:
        return _own_truth(operand)
    if comparator is None:
        return lambda value, run, frame: belongs(value, operand(run, frame), run)
    if comparator in _FAST_ORDER and type(test.operand) is syntax.Literal and type(test.operand.value) is Decimal:
        return _number_test(_FAST_ORDER[comparator], test.operand.value)
    return lambda value, run, frame: compare(comparator, value, operand(run, frame), run)


def _range_test(span: Range) -> Accepts:
    low, high = span.start, span.end
    if span.comparator is not None or type(low) is not Decimal or type(high) is not Decimal:
        return lambda value, run, _frame: belongs(value, span, run)
    after = operator.ge if span.start_included else operator.gt
    before = operator.le if span.end_included else operator.lt

    def accepts(value: Value, _run: Run, _frame: Frame) -> Truth:
        return (after(value, low) and before(value, high)) if type(value) is Decimal else None

    return accepts


def _number_test(fast: _Fast, constant: Decimal) -> Accepts:
    return lambda value, _run, _frame: fast(value, constant) if type(value) is Decimal else None


def _own_truth(operand: Code) -> Accepts:
    """A test that names its input says itself whether it holds; a value it gives instead is one to belong to."""

    def accepts(value: Value, run: Run, frame: Frame) -> Truth:
        own = operand(run, frame)
        return own if own is None or type(own) is bool else belongs(value, own, run)

    return accepts
