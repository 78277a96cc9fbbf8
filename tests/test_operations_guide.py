"""The designer's guide lists what a diagram may call."""

from engine.operations import __main__ as writing


def test_the_guide_lists_the_operations_as_they_are_now() -> None:
    text = writing.GUIDE.read_text("utf-8")
    assert writing.BEGIN in text and writing.END in text
    assert writing.guide(text) == text, "run `python -m engine.operations`"
