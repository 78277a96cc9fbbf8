"""Papers to take away: what a page shows as a paper, once more as a PDF file and as a Word file.

There is one text of each paper, its template. The page, the PDF and the Word file all come from it.
"""

import io
import re
from typing import Any

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from engine.errors import Invalid
from web.papers import pdf, word

_ARTICLE = re.compile(r'<article class="paper\b.*?</article>', re.DOTALL)
_MADE = {
    "pdf": (pdf.printed, "application/pdf"),
    "docx": (word.written, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


def paper(template: str, name: str, **facts: Any) -> ResponseReturnValue:
    """The page with a paper on it, or the paper alone as the file the reader asks for (``?as=pdf``, ``?as=docx``).

    ``name`` is the file's, without its ending. Raises ``Invalid`` for any other kind of file, ``pdf.NoPdf`` where this
    server can make none.
    """
    page, kind = render_template(template, **facts), request.args.get("as", "")
    if not kind:
        return page
    if kind not in _MADE:
        raise Invalid("A paper is to be had as pdf or docx, not as {kind}.", kind=kind[:20])
    article = _ARTICLE.search(page)
    assert article is not None, f"{template} shows no paper"
    make, mime = _MADE[kind]
    return send_file(
        io.BytesIO(make(article[0], name)), mimetype=mime, download_name=f"{name}.{kind}", as_attachment=True
    )
