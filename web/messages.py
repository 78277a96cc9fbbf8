"""Every message id of the program: what must have a Chinese text.

``python -m web.messages`` prints those that have none yet. They stand in templates and calls of gettext, in the docstrings
of errors, in ``Message``, ``say``, the facts of a desk and the summaries of operations.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from engine.operations import registry

ROOT = Path(__file__).resolve().parent.parent
#: Calls whose first argument is a message id.
CALLS = frozenset({"_", "gettext", "lazy_gettext", "say", "Message", "Fact", "Link"})
#: Calls whose first argument is a tuple of them.
TUPLES = frozenset({"Table"})
#: Calls whose second argument is one: the first names a column.
SECOND = frozenset({"_Wrong"})


def message_ids() -> dict[str, str]:
    """Message id -> where it stands."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "web" / "templates").rglob("*.html")):
        for line, text, *_ in extract_from_file("jinja2.ext:babel_extract", file, keywords={"_": None}):
            found.setdefault(str(text), f"{file.name}:{line}")
    for folder in ("engine", "web"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for text, line in _in_source(file):
                found.setdefault(text, f"{file.name}:{line}")
    for name in registry:
        found.setdefault(registry[name].summary, name)
    for name, doc in _errors():
        if doc != "{cause}":
            found.setdefault(doc, name)
    return {text: where for text, where in found.items() if any(letter.isalpha() for letter in text)}


def translated(language: str = "zh") -> dict[str, str]:
    """Message id -> its text in the language, over all catalogues; those without a text are left out."""
    texts: dict[str, str] = {}
    for file in sorted((ROOT / "web" / "translations" / language / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as opened:
            texts |= {str(each.id): str(each.string) for each in read_po(opened) if each.id and each.string}
    return texts


def _in_source(file: Path) -> Iterator[tuple[str, int]]:
    known = {name for name, _ in _errors()}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
            if name in CALLS or name in known:
                yield from _constants([node.args[0]])
            elif name in TUPLES and isinstance(node.args[0], ast.Tuple):
                yield from _constants(node.args[0].elts)
            elif name in SECOND:
                yield from _constants(node.args[1:2])


def _constants(nodes: list[ast.expr]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


@cache
def _errors() -> list[tuple[str, str]]:
    """Every error and its sentence, by where they are told: a class with a code and a docstring is one."""
    files = [file for folder in ("engine", "web") for file in sorted((ROOT / folder).rglob("*.py"))]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef) and any(map(_is_code, node.body))]
    return [(each.name, inspect.cleandoc(doc)) for each in classes if (doc := ast.get_docstring(each))]


def _is_code(node: ast.stmt) -> bool:
    """``code = "not_yours"`` in the body of a class, annotated or not."""
    if isinstance(node, ast.AnnAssign):
        target: ast.expr = node.target
    elif isinstance(node, ast.Assign):
        target = node.targets[0]
    else:
        return False
    return isinstance(target, ast.Name) and target.id == "code" and isinstance(node.value, ast.Constant)


if __name__ == "__main__":
    known = translated()
    for text, where in message_ids().items():
        if text not in known:
            print(f"# {where}\nmsgid {text!r}\n")  # noqa: T201
