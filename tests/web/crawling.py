"""Following every link of the pages, and telling in which language the words on them are."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter
from werkzeug.test import TestResponse

from tests.processes.demo_files import CITY, SMALL
from tests.web.browsing import PAGE, Browser
from web import messages

#: So many addresses of one view, with the same names in their query, are enough to know how it looks.
ENOUGH = 2
#: Attributes that are read out or shown.
SHOWN = ("title", "aria-label", "placeholder", "alt", "data-label", "data-seal")
UNREAD = ("script", "style", "code", "pre", "kbd")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Two words of English beside each other; one alone may be a code, a file name or a unit of measure.
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,}\b")
PLACE = re.compile(r"%\(\w+\)s|\{[^{}]*\}")


@dataclass(slots=True)
class Read(HTMLParser):
    """What a person reads on a page, and where it leads."""

    words: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in UNREAD:
            self.inside.append(tag)
        self.words += [said.strip() for name in SHOWN if (said := given.get(name)) and said.strip()]
        if tag == "a" and (link := given.get("href")):
            self.links.append(link)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside and data.strip():
            self.words.append(" ".join(data.split()))


@dataclass(slots=True)
class Walk:
    """Pages by address with what is read on them; links that led to no page, with the status and where they stand."""

    pages: dict[str, list[str]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def walk(browser: Browser, routes: MapAdapter, start: str = "/") -> Walk:
    """Follow every link from the first page on, a few of each kind."""
    done, queue, seen, kinds = Walk(), [(start, "")], {start}, Counter[Any]()
    while queue:
        path, source = queue.pop(0)
        with browser.get(path, headers=PAGE) as answer:
            links = list(_links(done, path, source, answer))
        for link in links:
            if link not in seen and (kind := _kind(routes, link)) is not None and kinds[kind] < ENOUGH:
                kinds[kind] += 1
                seen.add(link)
                queue.append((link, path))
    return done


def _links(done: Walk, path: str, source: str, answer: TestResponse) -> Iterator[str]:
    """Take down what the answer says; where it leads to."""
    if answer.status_code >= 400:
        done.lost[path] = f"{answer.status_code} from {source}"
    elif answer.status_code >= 300:
        yield answer.headers["Location"]
    elif answer.mimetype == "text/html":
        read = Read()
        read.feed(answer.get_data(as_text=True))
        done.pages[path] = read.words
        for link in read.links:
            whole = path.partition("?")[0] + link if link.startswith("?") else link
            yield whole.partition("#")[0]


def _kind(routes: MapAdapter, link: str) -> tuple[str, ...] | None:
    """The view and what it is asked; None for what is no page of this site or would change the language."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("/language/"):
        return None
    try:
        endpoint, _ = routes.match(parts.path, method="GET")
    except NotFound:
        endpoint = parts.path
    return (str(endpoint), *sorted(parse_qs(parts.query, keep_blank_values=True)))


def english_left(words: Iterable[str]) -> set[str]:
    """What stands in English on a Chinese page: an id that was not translated, or English words beside each other."""
    exact, patterns = _said("en")
    return {
        word
        for word in set(words)
        if not CHINESE.search(word)
        and (word in exact or ENGLISH.search(word) or any(each.fullmatch(word) for each in patterns))
    }


def chinese_left(words: Iterable[str]) -> set[str]:
    """What stands in Chinese on an English page although it is no name or text of the city or its diagrams."""
    exact, patterns = _said("zh")
    known = _data()
    return {
        word
        for word in set(words)
        if CHINESE.search(word)
        and word not in known
        and (word in exact or any(each.fullmatch(word) for each in patterns))
    }


@cache
def _said(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The texts of the program in one language: those that stand for themselves, and those with places to fill."""
    both = messages.translated().items()
    texts = [text if language == "en" else chinese for text, chinese in both if text != chinese]
    plain = frozenset(text for text in texts if not PLACE.search(text))
    filled = [
        text
        for text in texts
        if PLACE.search(text) and re.search(r"[A-Za-z]{2}|[\u4e00-\u9fff]{3}", PLACE.sub("", text))
    ]
    return plain, tuple(re.compile(".+?".join(map(re.escape, PLACE.split(text)))) for text in filled)


@cache
def _data() -> frozenset[str]:
    """Names and texts of the package and its small city, which are Chinese in both languages."""
    found: set[str] = set()
    for file in CITY.glob("*.bpmn"):
        found |= set(re.findall(r'name="([^"]*)"', file.read_text("utf-8")))
    for file in CITY.glob("forms/*.json"):
        found |= set(_strings(json.loads(file.read_text("utf-8"))))
    for folder in (CITY, SMALL):
        for file in folder.rglob("*.csv"):
            found |= _cells(file)
    return frozenset(found | set(re.findall(r"zh: ([^,}]*)", (CITY / "package.yaml").read_text("utf-8"))))


def _cells(file: Path) -> set[str]:
    with file.open(encoding="utf-8", newline="") as opened:
        return {cell for row in csv.reader(opened) for cell in row}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)
