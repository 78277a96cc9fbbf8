"""Straight lines and deductions over whole numbers: the arithmetic that most methods share."""

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from engine.assessment.scoring.exact import BadCase, Ratio


class Line(NamedTuple):
    """y = (slope * x + offset) / over, for whole x."""

    slope: int
    offset: int
    over: int

    def at(self, x: int) -> Ratio:
        return self.slope * x + self.offset, self.over


def line(slope: Fraction, offset: Fraction) -> Line:
    """The line of two fractions, brought to whole numbers once for a whole column."""
    over = lcm(slope.denominator, offset.denominator)
    return Line(int(slope * over), int(offset * over), over)


def larger(a: Ratio, b: Ratio) -> Ratio:
    return a if a[0] * b[1] >= b[0] * a[1] else b


def smaller(a: Ratio, b: Ratio) -> Ratio:
    return a if a[0] * b[1] <= b[0] * a[1] else b


def whole(*values: Fraction) -> tuple[int, list[int]]:
    """A common denominator and the values counted in it."""
    over = lcm(*(value.denominator for value in values))
    return over, [int(value * over) for value in values]


def deduction(
    points: Fraction, deduct: Fraction, *, mode: str = "pro_rata", floor: Fraction = Fraction(0)
) -> Callable[[int, int], Ratio]:
    """The score after ``number / over`` steps (over above 0): ``points`` less ``deduct`` a step, never under ``floor``.

    No steps or fewer deduct nothing. ``whole_steps`` counts only the steps that are full.
    """
    if floor > points:
        template = "The floor {floor} lies above the {points} points of the indicator; lower it."
        raise BadCase(template, floor=str(floor), points=str(points))
    full, least = points.as_integer_ratio(), floor.as_integer_ratio()
    unit, (start, each) = whole(points, deduct)

    def after(number: int, over: int) -> Ratio:
        if number <= 0:
            return full
        if mode == "whole_steps":
            number, over = number // over, 1
        return larger((start * over - each * number, unit * over), least)

    return after
