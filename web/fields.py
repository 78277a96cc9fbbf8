"""What a plain form of ours has sent: texts, days, numbers, choices and files. What cannot be read is refused in a sentence."""

from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask import request

from engine import files
from engine.db import Context
from engine.errors import Invalid

Choice = TypeVar("Choice", bound=StrEnum)
#: No text of these forms is longer.
LONGEST = 4000


def text(name: str) -> str:
    """The text, without space around it; empty when it was left out."""
    given = request.form.get(name, "").strip()
    if len(given) > LONGEST or "\0" in given:
        raise Invalid("At most {limit} characters.", limit=LONGEST)
    return given


def day(name: str) -> date:
    """The day. Raises ``Invalid`` when there is none."""
    found = day_or_none(name)
    if found is None:
        raise Invalid("Give the day.")
    return found


def day_or_none(name: str) -> date | None:
    given = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid("{text} is not a date.", text=given) from None


def choice(name: str, kind: type[Choice]) -> Choice:
    """One of an enumeration."""
    try:
        return kind(request.form.get(name, ""))
    except ValueError:
        raise Invalid("Choose one of what is offered.") from None


def choices(name: str, kind: type[Choice]) -> list[Choice]:
    """Several of an enumeration, none among them."""
    try:
        return [kind(each) for each in request.form.getlist(name)]
    except ValueError:
        raise Invalid("Choose one of what is offered.") from None


def number(name: str) -> int:
    """A row's number. Raises ``Invalid`` when none was chosen."""
    found = numbers(name)
    if len(found) != 1:
        raise Invalid("Choose one of what is offered.")
    return found[0]


def numbers(name: str) -> list[int]:
    """Numbers of rows; what is no number was not offered."""
    given = request.form.getlist(name)
    if not all(each.isdecimal() and len(each) < 18 for each in given):
        raise Invalid("Choose one of what is offered.")
    return [int(each) for each in given]


def words(name: str) -> list[str]:
    """Several short texts, in one field with commas or in several."""
    joined = ",".join(request.form.getlist(name)).replace("，", ",").replace("、", ",")
    return [each.strip() for each in joined.split(",") if each.strip()]


def uploads(ctx: Context, name: str = "files") -> list[int]:
    """Keep the files that were sent; their numbers."""
    sent = [each for each in request.files.getlist(name) if each.filename]
    return [files.store(ctx, each.filename or "", each.stream).id for each in sent]
