"""Exact numbers: decimal text in, whole numbers and ratios inside, one HALF_UP rounding out.

A column of decimals is a column of whole numbers over one power of ten, and a score is a numerator over a denominator
that nobody reduces: reducing costs a greatest common divisor a row, and a mean of 3,000 growth rates has a denominator
of thousands of digits. Nothing here is ever a float.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Any, Final, TypeAlias, TypeVar

from engine.errors import Invalid

Ratio: TypeAlias = tuple[int, int]
"""Numerator and denominator (above 0), not reduced."""

PLACES: Final = 6
"""Decimals of a stored indicator score and of a re-spread weight."""

_PLAIN: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.([0-9]{1,40}))?").fullmatch
_WRITTEN: Final = re.compile(r"([+-]?)([0-9]{0,40})(?:\.([0-9]{0,40}))?(?:[eE]([+-]?[0-9]{1,2}))?").fullmatch
_WIDE: Final = Context(prec=2000, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
_EXACT: Final = Context(prec=2000, traps=[InvalidOperation, Inexact])


class BadCase(Invalid):
    """The case cannot be computed as it is written."""

    code = "bad_case"


_Value = TypeVar("_Value", int, Decimal, Fraction)


def parts(value: Any) -> tuple[int, int]:
    """Whole number and count of decimal places: "4.75" is (475, 2). ``ValueError`` unless it is finite decimal text.

    Whole numbers and ``Decimal`` are taken as well, a float is not: what it stands for is no longer what was written.
    """
    if value.__class__ is not str:
        # Most are decimals, and asking for a type by name is half of what reading one costs.
        if value.__class__ is not Decimal and (isinstance(value, bool) or not isinstance(value, int | Decimal | str)):
            raise ValueError(value)
        value = str(value)
    plain = _PLAIN(value)
    if plain is None:
        return _parts_of_exponent(value)
    places = plain[1]
    return (int(value), 0) if places is None else (int(value.replace(".", "", 1)), len(places))


def _parts_of_exponent(text: str) -> tuple[int, int]:
    written = _WRITTEN(text)
    if written is None or not (written[2] or written[3]):
        raise ValueError(text)
    sign, whole, decimals, exponent = written.groups(default="")
    number, places = int(sign + whole + decimals), len(decimals) - int(exponent or 0)
    return (number, places) if places >= 0 else (number * 10**-places, 0)


def fraction(value: Any) -> Fraction:
    """Decimal text as a fraction; ``ValueError`` unless finite decimal text."""
    number, places = parts(value)
    return Fraction(number, 10**places)


def rounded(value: Ratio, places: int = PLACES) -> int:
    """HALF_UP (a half goes away from zero), counted in units of the last place: (1, 3) at 2 places is 33."""
    number, over = value
    if number < 0:
        return -rounded((-number, over), places)
    units: int = (2 * number * 10**places + over) // (2 * over)  # 10**places could be a float, for all mypy knows
    return units


def placed(units: int, places: int = PLACES) -> Decimal:
    """``units`` of the last place as a decimal: 33 at 2 places is 0.33."""
    return _WIDE.scaleb(Decimal(units), -places)


def half_up(value: Fraction | Ratio, places: int = PLACES) -> Decimal:
    """One HALF_UP rounding of an exact value."""
    ratio = value.as_integer_ratio() if isinstance(value, Fraction) else value
    return placed(rounded(ratio, places), places)


def shown(value: Decimal, places: int) -> str:
    """Text with exactly ``places`` decimals, HALF_UP; a value that rounds to nothing is 0, never -0."""
    text = f"{_WIDE.quantize(value, Decimal(1).scaleb(-places)):f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def digits(value: Decimal) -> str:
    """Every digit of an exact decimal and no more: plain notation, no closing zeros, so that equals print equal."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def exact_sum(products: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """The sum of products of decimals, without any rounding."""
    result = Decimal(0)
    for left, right in products:
        result = _EXACT.fma(left, right, result)
    return result


def difference(value: Decimal, other: Decimal) -> Decimal:
    """``value`` - ``other``, without any rounding."""
    return _EXACT.subtract(value, other)


def hundredth(value: Decimal) -> Decimal:
    """``value`` / 100, without any rounding."""
    return _EXACT.scaleb(value, -2)


def competition_ranks(values: Sequence[_Value | None], *, highest_first: bool = True) -> list[int | None]:
    """Competition ranks (1, 2, 2, 4) in the order given; what is None has none, and only exact equals tie."""
    first: dict[_Value, int] = {}
    for rank, value in enumerate(sorted((v for v in values if v is not None), reverse=highest_first), start=1):
        first.setdefault(value, rank)
    return [None if value is None else first[value] for value in values]


def order_keys(values: Sequence[Ratio | None]) -> list[int | None]:
    """Whole numbers in the same order, equal only for exact equals; comparing them is many times quicker.

    Two fractions with denominators up to d differ by at least 1/d² or not at all, so times d² they differ in whole
    numbers.
    """
    apart = max((value[1] for value in values if value is not None), default=1) ** 2
    return [None if value is None else value[0] * apart // value[1] for value in values]


def root_half_up(value: Fraction, degree: int, places: int = PLACES) -> int:
    """The ``degree``-th root (of a value of 0 or more), HALF_UP in units of the last place, proved by whole powers.

    A logarithm only guesses; the guess is moved until guess**degree <= value < (guess + 1)**degree, in half units.
    """
    if value == 0:
        return 0
    halves = 2 * 10**places
    number, over = value.numerator * halves**degree, value.denominator
    narrow = Context(prec=40)
    guess = int(narrow.exp(narrow.divide(narrow.ln(narrow.divide(Decimal(number), Decimal(over))), Decimal(degree))))
    while guess**degree * over > number:
        guess -= 1
    while (guess + 1) ** degree * over <= number:
        guess += 1
    return (guess + 1) // 2
