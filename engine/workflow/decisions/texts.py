"""From a cell's text to what it means, complaining with the cell's element where it means nothing."""

from collections.abc import Collection
from typing import Final

from engine import feel
from engine.workflow.decisions.sources import Cell, Complain

_JUEL: Final = ("${", "#{")


def expression(cell: Cell, names: Collection[str], complain: Complain) -> feel.Expression | None:
    """The compiled expression; None for an empty cell and, with a complaint, for one that cannot be read."""
    text = _feel_text(cell, complain)
    if not text:
        return None
    try:
        return feel.compile(text, names)
    except feel.FeelSyntaxError as error:
        complain(cell.element, error.code, f"“{cell.text}”: {error}")
        return None


def tests(cell: Cell, names: Collection[str], complain: Complain) -> feel.Tests | None:
    """The compiled unary tests, or None with a complaint."""
    if cell.text.lstrip().startswith(_JUEL) or (cell.language is not None and _is_juel(cell.language)):
        complain(cell.element, "language", "The tests of a table are written in FEEL, not in JUEL.")
        return None
    text = _feel_text(cell, complain)
    try:
        return None if text is None else feel.compile_tests(text, names)
    except feel.FeelSyntaxError as error:
        complain(cell.element, error.code, f"“{cell.text}”: {error}")
        return None


def _feel_text(cell: Cell, complain: Complain) -> str | None:
    text = cell.text.strip()
    language = cell.language
    if language is not None and not _is_feel(language) and not _is_juel(language):
        complain(cell.element, "language", f"Expressions are written in FEEL, not in {language}.")
        return None
    if language is not None and _is_juel(language) and text and not text.startswith(_JUEL):
        text = "${" + text + "}"
    try:
        return feel.read(text)
    except feel.Untranslatable as error:
        complain(cell.element, error.code, str(error))
        return None


def _is_feel(language: str) -> bool:
    return "feel" in language.lower()


def _is_juel(language: str) -> bool:
    return language.lower() == "juel"
