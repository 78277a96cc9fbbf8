"""A door commits; nobody else does. What is searched for is the call itself, whatever it is called on."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("engine", "web")


def calls(name: str) -> Iterator[str]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef):
                    yield from (f"{file.relative_to(ROOT)}:{function.name}" for _ in named(function, name))


def named(function: ast.FunctionDef, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield node


def test_the_only_commit_of_the_program_is_in_transaction() -> None:
    assert list(calls("commit")) == ["engine/db.py:transaction"]


def test_nobody_rolls_back_by_hand() -> None:
    """Raising undoes; a rollback in the middle would let the rest of the act go on as if nothing had been."""
    assert list(calls("rollback")) == []


def test_nobody_opens_a_session_beside_the_transaction() -> None:
    assert list(calls("sessions")) == ["engine/db.py:transaction"]


def test_only_emptying_a_demo_begins_a_transaction_of_its_own() -> None:
    """Its tables are dropped: no row is left to which the acts of a transaction could belong."""
    opened = [
        call for package in PACKAGES for on in ("engine", "connection") for call in calls_on(package, "begin", on)
    ]
    assert opened == ["engine/demo.py:reset"]


def calls_on(package: str, name: str, owner: str) -> Iterator[str]:
    """Where ``….owner.name(…)`` is called."""
    for file in sorted((ROOT / package).rglob("*.py")):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for call in named(function, name):
                    if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).split(".")[-1] == owner:
                        yield f"{file.relative_to(ROOT)}:{function.name}"
