"""The one door XML comes in by: capped, without a DOCTYPE, never fetching anything.

A diagram or a decision table is written by people the engine does not know, so it is refused while it is being read,
before a large or hostile file has cost anything.
"""

from typing import Any, Final, TypeAlias

from lxml import etree

from engine.errors import Invalid, Message

Element: TypeAlias = Any
"""An lxml element. lxml carries no types, so this name is all that is said of it."""

MAX_BYTES: Final = 5_000_000
MAX_ELEMENTS: Final = 20_000
_CHUNK: Final = 64 * 1024


class NotXml(Invalid):
    """The file is not well-formed XML: {reason}."""

    code = "not_xml"


class Doctype(Invalid):
    """The file carries a DOCTYPE, which is never needed here; remove it."""

    code = "doctype"


class TooLarge(Invalid):
    """The file is too large: {count} {unit}, where {limit} are allowed; divide it."""

    code = "too_large"


def load(source: bytes) -> Element:
    """The root element of a checked tree.

    Refuses with ``NotXml``, ``Doctype`` or ``TooLarge`` (over 5 MB or over 20,000 elements).
    """
    if len(source) > MAX_BYTES:
        raise TooLarge(count=len(source), unit=Message("bytes"), limit=MAX_BYTES)
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        _feed(parser, source)
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise NotXml(reason=error.msg) from error
    _refuse_doctype(root)
    return root


def _feed(parser: Any, source: bytes) -> None:
    """In chunks: a file over the cap is given up as soon as the count says so."""
    count = 0
    for start in range(0, len(source), _CHUNK):
        parser.feed(source[start : start + _CHUNK])
        for _event, element in parser.read_events():
            if count == 0:
                _refuse_doctype(element)
            count += 1
        if count > MAX_ELEMENTS:
            raise TooLarge(count=_elements(source), unit=Message("elements"), limit=MAX_ELEMENTS)


def _elements(source: bytes) -> int:
    """Of a file already known to hold too many: counted without a parser, so a good estimate and no more work."""
    return source.count(b"<") - source.count(b"</") - source.count(b"<!") - source.count(b"<?")


def _refuse_doctype(element: Element) -> None:
    """``docinfo`` and not a search for the word: the file may be in any encoding."""
    document = element.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise Doctype


def canonical(element: Element) -> bytes:
    """The element in the one form that does not depend on how it was written down; comments are left out."""
    said: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return said


def local(element: Element) -> str:
    """An element's name without its namespace; empty for a comment or a processing instruction."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def namespace(element: Element) -> str:
    return etree.QName(element).namespace or "" if isinstance(element.tag, str) else ""


def split_name(name: str) -> tuple[str, str]:
    """Namespace and local part of an attribute's name in ``{namespace}local`` notation."""
    qualified = etree.QName(name)
    return qualified.namespace or "", qualified.localname
