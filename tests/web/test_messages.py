"""The Chinese of every sentence: all there, saying the same facts, one text for one id, nothing shouted."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.ctx import RequestContext

from engine.access import NotYours
from engine.assessment.rectification.items import ItemClosed
from engine.errors import BihuanError, Message
from engine.files import WrongFile
from tests.web.browsing import Browser
from web import messages, texts, words

CATALOGUES = sorted((messages.ROOT / "web" / "translations" / "zh" / "LC_MESSAGES").glob("*.po"))
#: ``%(name)s`` of templates, ``{name}`` and ``{name!r}`` of sentences.
PLACES = re.compile(r"%\((\w+)\)s|(?<!\{)\{(\w+)[^{}]*\}(?!\})")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _texts(file: Path) -> dict[str, str]:
    with file.open("rb") as opened:
        return {str(each.id): str(each.string) for each in read_po(opened) if each.id}


def _places(text: str) -> list[str]:
    return sorted(name or braced for name, braced in PLACES.findall(text))


def test_every_message_id_has_a_chinese_text() -> None:
    known = messages.translated()
    assert [f"{where}: {text}" for text, where in messages.message_ids().items() if text not in known] == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda file: file.stem)
def test_a_chinese_text_tells_the_facts_of_its_id_and_no_others(catalogue: Path) -> None:
    found = _texts(catalogue)
    assert {text: chinese for text, chinese in found.items() if set(_places(text)) != set(_places(chinese))} == {}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda file: file.stem)
def test_nothing_is_shouted_and_nothing_left_in_english(catalogue: Path) -> None:
    found = _texts(catalogue)
    assert [chinese for chinese in found.values() if "！" in chinese or "!" in PLACES.sub("", chinese)] == []
    worded = {text: chinese for text, chinese in found.items() if re.search(r"[a-z]{2}", PLACES.sub("", text))}
    assert [text for text, chinese in worded.items() if PLACES.sub("", chinese) and not CHINESE.search(chinese)] == []


def test_one_id_has_one_text_whatever_catalogue_is_asked_first() -> None:
    told: defaultdict[str, set[str]] = defaultdict(set)
    for catalogue in CATALOGUES:
        for text, chinese in _texts(catalogue).items():
            told[text].add(chinese)
    assert {text: chinese for text, chinese in told.items() if len(chinese) > 1} == {}


@pytest.fixture
def asked(app: Flask) -> RequestContext:
    return app.test_request_context("/")


@pytest.mark.parametrize(
    ("error", "chinese"),
    [
        (
            WrongFile(
                name="a.pdf", why=Message("it is larger than {megabytes} MB; compress or split it", {"megabytes": 20})
            ),
            "a.pdf：附件超过 20 MB，请压缩后再传，或分成几个文件。",
        ),
        (
            ItemClosed(number="ZG-2026-B07-001", status="closed_out"),
            "整改事项 ZG-2026-B07-001 状态为“已销号”，不能再办理。",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_error_quotes_is_translated_with_it(asked: RequestContext, error: BihuanError, chinese: str) -> None:
    with asked:
        assert texts.said(error) == chinese


def test_every_state_an_error_tells_has_words() -> None:
    def below(error: type[BihuanError]) -> Iterator[type[BihuanError]]:
        yield error
        for each in error.__subclasses__():
            yield from below(each)

    telling = {error.code for error in below(BihuanError) if "{status}" in (error.__doc__ or "")}
    assert telling - words.STATUS_OF.keys() == set()
    assert set(words.STATUS_OF.values()) <= words.WORDS.keys()


def test_english_is_the_id_itself(app: Flask) -> None:
    with app.test_request_context("/", headers={"Cookie": "language=en"}):
        assert texts.said(ItemClosed(number="ZG-1", status="closed_out")) == (
            "The matter ZG-1 is Closed out; nothing more can be done in it."
        )
        assert texts.said(NotYours(groups="lead")) == "This needs lead; you do not hold it."


def test_templates_hold_no_chinese_of_their_own() -> None:
    """What is written in a template is read in both languages."""
    spare = re.compile(r"中文|[，。；：、（）《》“”]")
    wrong = {}
    for file in sorted((messages.ROOT / "web" / "templates").rglob("*.html")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if CHINESE.search(spare.sub("", line)):
                wrong[f"{file.name}:{number}"] = line.strip()
    assert wrong == {}


def test_a_notification_says_its_dates_and_units_in_words(as_: Callable[[str], Browser]) -> None:
    page = as_("a04_clerk").page("/notifications")
    assert not re.search(r"2026-\d\d-\d\d", page)
    assert "到期" in page
