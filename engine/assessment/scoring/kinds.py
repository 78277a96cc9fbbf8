"""What a parameter or a row field may hold: a sentence for people and a reader that refuses everything else.

A reader raises ``ValueError``; who called it knows the name and the unit and makes the one clear sentence of it.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from engine.assessment.scoring.exact import fraction


class Kind(NamedTuple):
    """The values a name may take."""

    text: str  # completes "must be ...", and is the type people read in the list of methods
    read: Callable[[Any], Any]


def number(
    *, above: int | None = None, at_least: int | None = None, at_most: int | None = None, whole: bool = False
) -> Kind:
    """Finite decimal text, read as a ``Fraction``."""

    def read(value: object) -> Fraction:
        result = fraction(value)
        too_low = (above is not None and result <= above) or (at_least is not None and result < at_least)
        if too_low or (at_most is not None and result > at_most) or (whole and result.denominator != 1):
            raise ValueError(value)
        return result

    bounds = {"above": above, "at least": at_least, "at most": at_most}
    limits = " and".join(f" {word} {bound}" for word, bound in bounds.items() if bound is not None)
    return Kind(("a whole number" if whole else "decimal text") + limits, read)


def _read_share(value: object) -> Fraction:
    if not isinstance(value, str) or "/" not in value:
        return fraction(value)
    above, below = (fraction(part) for part in value.split("/"))
    if below <= 0:
        raise ValueError(value)
    return above / below


NUMBER: Final = number()
SHARE: Final = Kind("decimal text or a fraction such as 7/12", _read_share)


def optional(kind: Kind) -> Kind:
    """``kind`` or null; null is read as None."""
    return Kind(f"{kind.text} or null", lambda value: None if value is None else kind.read(value))


def choice(*names: str) -> Kind:
    """One of these words."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError(value)
        return value

    return Kind(" or ".join(names), read)


DIRECTION: Final = choice("higher_better", "lower_better")
MODE: Final = choice("pro_rata", "whole_steps")


def _read_flag(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError(value)
    return value


def _read_text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value


FLAG: Final = Kind("true or false", _read_flag)
TEXT: Final = Kind("a text that is not empty", _read_text)


def list_of(kind: Kind, *, count: int | None = None, filled: bool = False) -> Kind:
    """A list, read as a tuple; of exactly ``count`` entries, or with at least one where ``filled``."""

    def read(value: object) -> tuple[Any, ...]:
        wrong_count = isinstance(value, list | tuple) and count is not None and len(value) != count
        if not isinstance(value, list | tuple) or wrong_count or (filled and not value):
            raise ValueError(value)
        return tuple(kind.read(entry) for entry in value)

    size = f" of {count} entries" if count is not None else " of one or more entries" if filled else ""
    return Kind(f"a list{size}, each {kind.text}", read)


def map_of(kind: Kind, *, total: int | None = None, filled: bool = False) -> Kind:
    """Names and their values; summing exactly to ``total``, or with at least one where ``filled``."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping) or (filled and not value):
            raise ValueError(value)
        result = {_read_text(name): kind.read(entry) for name, entry in value.items()}
        if total is not None and sum(result.values()) != total:
            raise ValueError(value)
        return result

    summing = f", summing to {total}" if total is not None else ""
    return Kind(f"a map of {'one or more ' if filled else ''}names, each with {kind.text}{summing}", read)


def record(**fields: Kind) -> Kind:
    """A map with exactly these keys; one that is absent is read as null, one that is not listed is refused."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not value.keys() <= fields.keys():
            raise ValueError(value)
        return {name: kind.read(value.get(name)) for name, kind in fields.items()}

    return Kind("a map with " + " and ".join(f"{name} ({kind.text})" for name, kind in fields.items()), read)
