import importlib
import pkgutil
import string
from collections.abc import Iterator

import pytest

import engine
import web
from engine.errors import BihuanError, Broken, Conflict, Forbidden, Invalid, Message, NotFound, Refused


class Late(Refused):
    """The sheet of {unit} came {days} days late; ask for more time."""

    code = "late"


def everything() -> Iterator[type[BihuanError]]:
    for package in (engine, web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith("engine.migrations.") and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting: list[type[BihuanError]] = [BihuanError]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith(("engine.", "web.")):
            yield found


ERRORS = sorted(everything(), key=lambda error: (error.__module__, error.__qualname__))


def test_the_docstring_is_the_message_filled_with_the_facts() -> None:
    error = Late(unit="A01", days=3)
    assert str(error) == "The sheet of A01 came 3 days late; ask for more time."
    assert error.facts == {"unit": "A01", "days": 3}
    assert error.template == "The sheet of {unit} came {days} days late; ask for more time."


def test_a_message_stays_apart_from_its_facts_until_it_is_shown() -> None:
    assert str(Message("At least {limit}.", {"limit": 3})) == "At least 3."
    assert str(Message("Braces {without} facts stay.")) == "Braces {without} facts stay."


def test_a_refusal_of_a_form_names_its_fields() -> None:
    required = Message("Required.")
    assert Invalid(fields={"plan": required}).fields == {"plan": required}


def test_the_tree_has_the_branches_that_doors_tell_apart() -> None:
    for kind in (Invalid, Forbidden, NotFound, Conflict):
        assert issubclass(kind, Refused)
    assert not issubclass(Broken, Refused)
    assert {kind.code for kind in (Invalid, Forbidden, NotFound, Conflict, Broken)} == {
        *("invalid", "forbidden", "not_found", "conflict", "broken"),
    }


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__qualname__)
def test_every_error_says_one_sentence_and_has_a_stable_code(error: type[BihuanError]) -> None:
    assert error.__doc__, f"{error.__qualname__} has no docstring, so it has no message"
    names = [name for _, name, _, _ in string.Formatter().parse(error.__doc__) if name is not None]
    assert all(name.isidentifier() for name in names), "facts are named"
    assert error.code.isidentifier() and error.code == error.code.lower()
    own = "code" in vars(error)
    assert own, f"{error.__qualname__} has the code of its parent, so nobody can tell them apart"
