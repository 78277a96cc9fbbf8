"""What stands on a paper, read from its page: paragraphs by what they are, and tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

#: Class on the page -> kind of paragraph; the first that fits counts.
_CLASSES = {
    "paper-title": "title",
    "paper-to": "to",
    "paper-sender": "sender",
    "paper-note": "small",
    "paper-scope": "small",
    "paper-scope-note": "small",
}
_TAGS = {
    "p": "text",
    "li": "text",
    "dt": "text",
    "dd": "text",
    "caption": "text",
    "h1": "title",
    "h2": "head",
    "h3": "head",
}
#: A line of its own inside these is one paragraph.
_LINES = {"paper-seal": "seal", "paper-number": "number", "paper-signs": "seal"}
_LEFT_OUT = frozenset({"script", "style", "svg", "button", "form", "nav", "input", "select", "canvas"})
_ALONE = frozenset({"br", "img", "input", "hr", "meta", "link", "wbr", "col"})


@dataclass
class Words:
    """A paragraph or a cell: pieces of text, each bold or not."""

    kind: str
    runs: list[tuple[str, bool]] = field(default_factory=list)
    #: Columns a cell goes over.
    span: int = 1

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.runs)


@dataclass
class Grid:
    rows: list[list[Words]] = field(default_factory=list)
    #: Rows at the top that are heads.
    heads: int = 0


Block: TypeAlias = Words | Grid


def blocks(article: str) -> list[Block]:
    """The blocks of an ``<article>`` in their order, empty ones left out."""
    reader = _Reader()
    reader.feed(article)
    reader.close()
    return [each for each in reader.found if (each.rows if isinstance(each, Grid) else each.text.strip())]


class _Reader(HTMLParser):
    """Follows the tags; what stands open is on ``_open``, from the outside in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Block] = []
        self._open: list[tuple[str, frozenset[str]]] = []
        self._left_out = 0
        self._now: Words | None = None
        self._table: Grid | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = frozenset((given.get("class") or "").split())
        if tag == "br":
            self._say("\n")
        if tag in _ALONE:
            return
        self._open.append((tag, classes))
        if self._left_out or tag in _LEFT_OUT or classes & {"no-print", "visually-hidden"}:
            self._left_out += 1
        elif tag in ("table", "tr", "th", "td"):
            self._begin_cell(tag, classes, int(given.get("colspan") or 1))
        elif self._table is None and (kind := self._kind(tag, classes)):
            self._now = Words(kind)
            self.found.append(self._now)

    def handle_endtag(self, tag: str) -> None:
        if not any(opened == tag for opened, _ in self._open):
            return
        while self._open:
            closed, _ = self._open.pop()
            self._left_out = max(self._left_out - 1, 0)
            if closed == tag:
                break
        if tag == "table":
            self._table = None
        if tag in ("p", "td", "th", "table", "li", "h1", "h2", "h3"):
            self._now = None

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._left_out:
            before, after = (" " if data[place].isspace() else "" for place in (0, -1))
            self._say(f"{before}{text}{after}")

    def _begin_cell(self, tag: str, classes: frozenset[str], span: int) -> None:
        if tag == "table":
            self._table = Grid()
            self.found.append(self._table)
        if self._table is None:
            return
        if tag == "tr":
            self._table.rows.append([])
            self._table.heads += any(opened == "thead" for opened, _ in self._open)
        elif tag in ("th", "td") and self._table.rows:
            self._now = Words("th" if tag == "th" else "num" if "num" in classes else "td", span=span)
            self._table.rows[-1].append(self._now)

    def _kind(self, tag: str, classes: frozenset[str]) -> str | None:
        for name, kind in _CLASSES.items():
            if name in classes:
                return kind
        outside = self._open[-2][1] if len(self._open) > 1 else frozenset()
        for name, kind in _LINES.items():
            if name in outside:
                return kind
        return _TAGS.get(tag)

    def _say(self, text: str) -> None:
        if self._now is None or self._left_out:
            return
        if text.startswith(" ") and (not self._now.runs or self._now.runs[-1][0].endswith((" ", "\n"))):
            text = text.lstrip(" ")
        bold = any(tag in ("b", "strong") for tag, _ in self._open)
        if text:
            self._now.runs.append((text, bold))
