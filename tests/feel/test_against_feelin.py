"""Thousands of expressions made by dice, answered by the engine and by feelin, an implementation of other hands.

Where the two part, the standard decides: each difference is of a kind that is named, with its rule, in ``differences``.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.feel.against import Feelin, NotInstalled, agree, answer, cell_partings, partings
from tests.feel.differences import DIFFERENCES, Difference
from tests.feel.random_expressions import Maker

SEED = 2
EXPRESSIONS = 3_000
CELLS = 750


@pytest.fixture(scope="module")
def feelin() -> Iterator[Feelin]:
    try:
        process = Feelin()
        process.answer({"expression": "1"})
    except NotInstalled as why:
        pytest.skip(f"feelin cannot be asked: {why}")
    yield process
    process.close()


def asked(example: str | tuple[str, str]) -> dict[str, str]:
    return {"expression": example} if isinstance(example, str) else {"tests": example[0], "input": example[1]}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_the_rule_decides_for_the_engine(difference: Difference) -> None:
    assert agree(answer(asked(difference.example)), {"value": difference.answer}), difference.rule


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_feelin_still_differs(difference: Difference, feelin: Feelin) -> None:
    """A kind of difference that has gone explains nothing any more and has to go too."""
    assert not agree({"value": difference.answer}, feelin.answer(asked(difference.example)))


def test_what_the_two_answer_otherwise_is_explained(feelin: Feelin) -> None:
    maker = Maker(SEED)
    found = [parting for _ in range(EXPRESSIONS) for parting in partings(maker.some(), feelin)]
    found += [parting for _ in range(CELLS) for parting in cell_partings(*maker.tests(), feelin)]
    explained = Counter[str]()
    unexplained = []
    for parting in found:
        kind = next((difference for difference in DIFFERENCES if difference.explains(parting)), None)
        if kind is None:
            unexplained.append(str(parting))
        else:
            explained[kind.name] += 1
    assert unexplained == []
    assert explained.total() < EXPRESSIONS / 2  # else nothing else would have been compared


def test_the_same_seed_makes_the_same_expressions() -> None:
    once, again = Maker(SEED), Maker(SEED)
    assert [once.some().text for _ in range(50)] == [again.some().text for _ in range(50)]
