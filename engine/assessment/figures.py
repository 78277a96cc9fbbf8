"""Figures as people type them."""

import re
from decimal import Decimal

from engine.errors import Invalid

_WIDTHS = str.maketrans("０１２３４５６７８９．－−＋，", "0123456789.--+,")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
#: No more digits than a figure of any office has.
_PLAIN = re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?")


def figure(text: str | None) -> Decimal | None:
    """A typed number: full-width digits and thousands separators are read, nothing is None, anything else ``Invalid``."""
    plain = (text or "").translate(_WIDTHS).strip()
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if plain and not _PLAIN.fullmatch(plain):
        raise Invalid("{text} is not a number.", text=text)
    return Decimal(plain) if plain else None
