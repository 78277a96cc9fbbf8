"""Figures as people type them."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from engine.errors import Invalid

_WIDTHS = str.maketrans("０１２３４５６７８９．－−＋，", "0123456789.--+,")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
#: No more digits than a figure of any office has.
_PLAIN = re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?")


class Figure(NamedTuple):
    """What was verified last of one unit on one indicator; a figure taken back is none."""

    as_of: date
    reported: Decimal | None
    verified: Decimal | None
    detail: Mapping[str, Any]
    #: What the superior publishes of the same matter.
    superior: Decimal | None


def figure(text: str | None) -> Decimal | None:
    """A typed number: full-width digits and thousands separators are read, nothing is None, anything else ``Invalid``."""
    plain = (text or "").translate(_WIDTHS).strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if plain and not _PLAIN.fullmatch(plain):
        raise Invalid("{text} is not a number.", text=text)
    return Decimal(plain) if plain else None


def mark(text: object) -> Decimal:
    """A mark that a person gives, from 0 to 100 with at most two places; anything else ``Invalid``."""
    given = figure(str(text) if text is not None else None)
    if given is None:
        raise Invalid("Give a mark from 0 to 100.")
    if not 0 <= given <= 100 or given != given.quantize(Decimal("0.01")):
        raise Invalid("{text} is no mark from 0 to 100 with at most two places.", text=text)
    return given
