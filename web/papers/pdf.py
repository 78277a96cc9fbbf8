"""A paper as PDF, by the same style sheets as its printed page (WeasyPrint).

Another process does it: a booklet of a hundred pages takes seconds of computing, during which a server's threads would
stand still, and what it needs of memory goes with it.
"""

import subprocess
import sys
import threading
from functools import cache
from html import escape
from pathlib import Path

from engine.errors import Conflict, Refused

STYLES = Path(__file__).parents[1] / "assets" / "css"
#: Seconds after which a paper is given up.
LONGEST = 120
#: So many are made at a time; who comes in between is asked to wait.
_FREE = threading.BoundedSemaphore(2)
_MISSING = "cannot load library"
#: On a paper of several pages every page has its number, as official papers have it.
_PAGES = (
    '@page { @bottom-center { content: "— " counter(page) " —"; font: 14pt "SimSun", "Noto Serif CJK SC", serif; } }'
)
_COMMAND = [
    *(sys.executable, "-m", "weasyprint", "--allowed-protocols", "data"),
    *("--media-type", "print", "--encoding", "utf-8", "-q", "-", "-"),
]


class NoPdf(Refused):
    """This server makes no PDF files: the library Pango is missing. Install libpango-1.0-0 and libpangoft2-1.0-0, or take the Word file."""

    code = "no_pdf"


class PdfBusy(Conflict):
    """Other papers are being made just now; try again in a minute."""

    code = "pdf_busy"


class PdfFailed(Refused):
    """The PDF file of this paper could not be made; take the Word file and tell the administrator."""

    code = "pdf_failed"


def printed(article: str, title: str) -> bytes:
    """The paper as it is printed. Raises ``NoPdf``, ``PdfBusy``, ``PdfFailed``."""
    if not _FREE.acquire(timeout=30):
        raise PdfBusy
    try:
        return _run(_page(article, title))
    finally:
        _FREE.release()


def _run(page: str) -> bytes:
    try:
        made = subprocess.run(_COMMAND, input=page.encode(), capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        raise PdfFailed from None
    if made.returncode and _MISSING in made.stderr.decode(errors="replace"):
        raise NoPdf
    if made.returncode or not made.stdout.startswith(b"%PDF"):
        raise PdfFailed
    return made.stdout


def _page(article: str, title: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_styles()}</style></head><body>{article}</body></html>"
    )


@cache
def _styles() -> str:
    read = ((STYLES / name).read_text("utf-8") for name in ("tokens.css", "paper.css", "sheets_and_design.css"))
    return "\n".join([*read, _PAGES])
