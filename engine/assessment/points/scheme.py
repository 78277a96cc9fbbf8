"""What a package says of its points: categories with their full marks, weights of the year, lines, standards.

It stands under ``points`` among the parameters, so that a cycle keeps what its year began with (S4, rows N2, N7, N8, N10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from engine.assessment import plans
from engine.errors import Invalid, NotFound

FULL = Decimal(100)
#: Marks and points are written with at most so many decimals.
PLACES = 2
#: Matters of points that people decide by a drawn process.
MATTERS = ("month", "annual", "veto", "leave", "appeal")
#: Those a package may do without: years older than them were made without them.
FURTHER_MATTERS = ("revocation",)


class WrongScheme(Invalid):
    """The points of the package {package} cannot be used: {why}; mend its package.yaml."""

    code = "wrong_scheme"


class NoPoints(NotFound):
    """The package {package} gives nobody points."""

    code = "no_points"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What gets a mark of its own: a category without parts, or a part of one."""

    code: str
    name: str
    full: Decimal
    category: str


@dataclass(frozen=True, slots=True)
class Category:
    code: str
    name: str
    full: Decimal
    leaves: tuple[Leaf, ...]

    @property
    def is_divided(self) -> bool:
        """Whether its parts are rated by a method each branch sets for itself."""
        return self.leaves[0].code != self.code


@dataclass(frozen=True, slots=True)
class Scheme:
    categories: tuple[Category, ...]
    monthly_weight: Decimal
    review_weight: Decimal
    #: Grade -> the least score that has it.
    lines: Mapping[str, str]
    #: (name, share of the ranked members), the best first.
    standards: tuple[tuple[str, Fraction], ...]
    #: Matter -> the process that decides it.
    processes: Mapping[str, str]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(leaf for category in self.categories for leaf in category.leaves)

    def leaf(self, code: str) -> Leaf | None:
        return next((each for each in self.leaves if each.code == code), None)

    @property
    def divided(self) -> tuple[Leaf, ...]:
        """The parts whose method each branch sets."""
        return tuple(leaf for category in self.categories if category.is_divided for leaf in category.leaves)

    def standard(self, rank: int, ranked: int) -> str:
        """The standard of a place among so many: the first whose share, added up, reaches it; ties share the better."""
        reached = Fraction(0)
        for name, share in self.standards:
            reached += share
            if rank <= -(-(reached * ranked) // 1):
                return name
        return self.standards[-1][0]


def has_points(cycle: plans.Cycle) -> bool:
    """Whether the cycle assesses persons by points."""
    return "points" in cycle.parameters


def of_cycle(cycle: plans.Cycle) -> Scheme:
    """The scheme the year keeps. Raises ``NoPoints``, or ``WrongScheme`` with what does not fit."""
    if not has_points(cycle):
        raise NoPoints(package=cycle.package)
    try:
        return _read(cycle.parameters["points"])
    except (ValueError, InvalidOperation, ZeroDivisionError, KeyError, TypeError, AttributeError) as error:
        raise WrongScheme(package=cycle.package, why=str(error)) from None


def plain(number: Decimal, most: Decimal, least: Decimal = Decimal(0)) -> bool:
    """Whether a number lies in these bounds and has no more decimals than marks have."""
    exponent = number.normalize().as_tuple().exponent
    return least <= number <= most and isinstance(exponent, int) and exponent >= -PLACES


def _read(content: Mapping[str, Any]) -> Scheme:
    categories = tuple(_category(each) for each in content["categories"])
    _require_sum("the categories", categories, FULL)
    codes = [leaf.code for category in categories for leaf in category.leaves]
    if len(set(codes)) != len(codes):
        raise ValueError("two categories or parts have the same code")
    return Scheme(
        categories=categories,
        monthly_weight=Decimal(str(content["monthly_weight"])),
        review_weight=Decimal(str(content["review_weight"])),
        lines={str(grade): str(line) for grade, line in content["lines"].items()},
        standards=_standards(content["standards"]),
        processes=_processes(content["processes"]),
    )


def _category(content: Mapping[str, Any]) -> Category:
    code, name, full = str(content["code"]), str(content["name"]), Decimal(str(content["full"]))
    parts = tuple(
        Leaf(str(each["code"]), str(each["name"]), Decimal(str(each["full"])), code)
        for each in content.get("parts") or ()
    )
    if parts:
        _require_sum(f"the parts of {code}", parts, full)
    if full <= 0 or any(each.full <= 0 for each in parts):
        raise ValueError(f"{code} has no marks")
    return Category(code, name, full, parts or (Leaf(code, name, full, code),))


def _require_sum(what: str, each: Sequence[Category | Leaf], full: Decimal) -> None:
    total = sum((one.full for one in each), Decimal(0))
    if total != full:
        raise ValueError(f"{what} sum to {total}, not to {full}")


def _standards(content: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, Fraction], ...]:
    found = tuple((str(each["name"]), Fraction(str(each["share"]))) for each in content)
    if sum(share for _, share in found) != 1 or any(share < 0 for _, share in found):
        raise ValueError("the shares of the standards do not sum to 1")
    return found


def _processes(content: Mapping[str, Any]) -> dict[str, str]:
    if missing := [each for each in MATTERS if each not in content]:
        raise ValueError(f"no process is named for {missing[0]}")
    return {each: str(content[each]) for each in (*MATTERS, *FURTHER_MATTERS) if each in content}
