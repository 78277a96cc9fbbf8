"""Numbers: rounded, taken apart, raised."""

import decimal
from datetime import timedelta
from decimal import Decimal

from engine.feel.arithmetic import negate
from engine.feel.builtins.registry import built_in
from engine.feel.numbers import CONTEXT, ZERO, finite, remainder, rounded
from engine.feel.values import Value, YearMonths


@built_in("decimal", "n: number, scale: number")
def decimal_(n: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_HALF_EVEN)


@built_in("round up", "n: number, scale: number")
def round_up(n: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_UP)


@built_in("round down", "n: number, scale: number")
def round_down(n: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_DOWN)


@built_in("round half up", "n: number, scale: number")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_HALF_UP)


@built_in("round half down", "n: number, scale: number")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_HALF_DOWN)


@built_in("floor", "n: number", "n: number, scale: number")
def floor(n: Decimal, scale: Decimal = ZERO) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_FLOOR)


@built_in("ceiling", "n: number", "n: number, scale: number")
def ceiling(n: Decimal, scale: Decimal = ZERO) -> Decimal | None:
    return rounded(n, scale, decimal.ROUND_CEILING)


@built_in("abs", "n: number|days and time duration|years and months duration")
def abs_(n: Decimal | timedelta | YearMonths) -> Value:
    negative = (
        n.months < 0 if isinstance(n, YearMonths) else n.is_signed() if isinstance(n, Decimal) else n < timedelta(0)
    )
    return negate(n) if negative else n


@built_in("modulo", "dividend: number, divisor: number")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    return remainder(dividend, divisor)


@built_in("sqrt", "number: number")
def sqrt(number: Decimal) -> Decimal | None:
    return finite(CONTEXT.sqrt(number))


@built_in("log", "number: number")
def log(number: Decimal) -> Decimal | None:
    return finite(CONTEXT.ln(number)) if number > 0 else None


@built_in("exp", "number: number")
def exp(number: Decimal) -> Decimal | None:
    return finite(CONTEXT.exp(number))


@built_in("odd", "number: number")
def odd(number: Decimal) -> bool:
    return remainder(number, Decimal(2)) == 1


@built_in("even", "number: number")
def even(number: Decimal) -> bool:
    return remainder(number, Decimal(2)) == 0
