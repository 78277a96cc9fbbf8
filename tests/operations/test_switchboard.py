"""Every operation that takes a verdict takes the words it knows and no other."""

from typing import Any, cast

import pytest

from engine.operations.switchboard import UnknownVerdict, verdict_of
from engine.workflow import Act, Instance


def act(verdict: str) -> Act:
    return Act(cast(Instance, None), "task", cast("dict[str, Any]", {"verdict": verdict}))


@pytest.mark.parametrize("word", ["signed", "returned"])
def test_a_verdict_is_one_of_the_words(word: str) -> None:
    assert verdict_of(act(word), "signed", "returned") == word


@pytest.mark.parametrize("word", ["approve", "Signed", ""])
def test_another_word_is_no_consent(word: str) -> None:
    with pytest.raises(UnknownVerdict):
        verdict_of(act(word), "signed", "returned")
