"""What an expression may be refused for."""

from typing import Any

from engine.errors import Invalid, Message, Refused


class FeelSyntaxError(Invalid):
    """The expression cannot be read: at character {position} {expected} was expected, but there is {found}."""

    code = "bad_expression"

    def __init__(self, *, position: int, expected: str, found: str) -> None:
        super().__init__(position=position, expected=expected, found=found)


class Untranslatable(Invalid):
    """{token} has no counterpart in FEEL; write this condition in FEEL."""

    code = "untranslatable"

    def __init__(self, token: str) -> None:
        super().__init__(token=token)


class Unusable(Invalid):
    """{what} cannot be used as a value; give plain data."""

    code = "unusable"

    def __init__(self, what: str, **facts: Any) -> None:
        super().__init__(what=Message(what, facts))


class Exhausted(Refused):
    """The expression costs more than one evaluation may: {bound}."""

    code = "too_costly"

    def __init__(self, bound: str) -> None:
        super().__init__(bound=Message(bound))
