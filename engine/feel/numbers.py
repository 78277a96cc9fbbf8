"""Numbers: decimals of 34 digits, as IEEE 754 decimal128 has them (DMN 1.3, 10.3.2.3.1)."""

import decimal
from decimal import Decimal
from typing import Final

LARGEST_EXPONENT: Final = 6144
SMALLEST_EXPONENT: Final = -6143
CONTEXT: Final = decimal.Context(
    prec=34, Emax=LARGEST_EXPONENT, Emin=SMALLEST_EXPONENT, rounding=decimal.ROUND_HALF_EVEN, traps=[]
)
"""No traps: what has no answer becomes NaN or infinite, and ``finite`` makes null of it. Sharing it between threads is
safe, since nothing reads its flags."""

_EXACT: Final = decimal.Context(prec=12_400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
"""Wide enough that the quotient of any two numbers has an exact whole part; costs nothing while numbers are short."""

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
SMALLEST_SCALE: Final = -6111
LARGEST_SCALE: Final = 6176
_MOST_DIGITS: Final = 15
"""Of a number that counts something."""
_PLAIN_DIGITS: Final = 60


def finite(number: Decimal) -> Decimal | None:
    return number if number.is_finite() else None


def raised(base: Decimal, exponent: Decimal) -> Decimal:
    """Anything to the power of nought is one, nought too, as it is to the BigDecimal the standard speaks of."""
    return CONTEXT.power(base, exponent) if exponent else ONE


def in_reach(number: Decimal) -> bool:
    """Whether a decimal of the host is a number of FEEL as it stands."""
    return number.is_finite() and SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT


def whole(number: Decimal) -> int | None:
    """The number as an int where it is a whole number that can count something, else None."""
    if number.adjusted() > _MOST_DIGITS or number != number.to_integral_value():
        return None
    return int(number)


def truncated(number: Decimal) -> int | None:
    """The whole part, or None where the number is too large to count anything."""
    return None if number.adjusted() > _MOST_DIGITS else int(number)


def rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """Rounded to ``scale`` decimal places (negative: tens, hundreds ...), null where the scale is out of range."""
    places = truncated(scale)
    if places is None or not SMALLEST_SCALE <= places <= LARGEST_SCALE:
        return None
    if places >= -int(number.as_tuple().exponent):
        return number
    return number.quantize(Decimal((0, (1,), -places)), rounding, _EXACT)


def remainder(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """dividend - divisor * floor(dividend / divisor): the sign is the divisor's."""
    if not divisor:
        return None
    rest = _EXACT.remainder(dividend, divisor)
    if not rest.is_finite():
        return None
    if rest and (rest < 0) is not (divisor < 0):
        rest = _EXACT.add(rest, divisor)
    return finite(CONTEXT.plus(rest))


def show_number(number: Decimal) -> str:
    """Plain digits without trailing zeros; an exponent only where digits would fill a line."""
    if not number:
        return "0"
    if abs(number.adjusted()) >= _PLAIN_DIGITS:
        return str(number.normalize(CONTEXT))
    digits = format(number, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
