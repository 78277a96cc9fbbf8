"""Papers as they are (扫描件): what an act of the office rests on, attached as a PDF or a picture beside its number.

Who may see the record may open its papers, and nobody else. They stay: there is no taking one away again.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from sqlalchemy import select

from engine import audit, files
from engine.assessment import evidence
from engine.db import Context
from engine.errors import Invalid

#: A page is looked at years later: no kinds that another program may show otherwise.
KINDS = (".pdf", ".ofd", ".png", ".jpg", ".jpeg")


class NotAScan(Invalid):
    """{name} is no PDF, OFD or picture; scan the paper and attach that."""

    code = "not_a_scan"


def attach(ctx: Context, chain: str, subject: str, file_ids: Sequence[int]) -> None:
    """Let uploads be papers of ``subject``, such as ``adjustment:3``; the act's own chain says so.

    Raises ``NotAScan``, or ``NotYourFile`` for what somebody of another unit has uploaded.
    """
    found = [files.stored(ctx, file_id) for file_id in file_ids]
    for stored in found:
        if PurePath(stored.name).suffix.lower() not in KINDS:
            raise NotAScan(name=stored.name)
    evidence.attach(ctx, subject, file_ids)
    if found:
        told = [{"file": each.id, "name": each.name, "sha256": each.sha256} for each in found]
        audit.record(ctx, "paper.attach", chain, subject=subject, papers=told)


def require_some(file_ids: Sequence[int]) -> None:
    """Refuse an act that attaches and brings nothing."""
    if not file_ids:
        raise Invalid("Choose the file to attach.")


def of(ctx: Context, kind: str, keys: Iterable[int]) -> dict[int, list[files.StoredFile]]:
    """Key -> the papers of each record of a kind, oldest first; look up only what the person may see."""
    wanted = {f"{kind}:{key}": key for key in keys}
    found: dict[int, list[files.StoredFile]] = {key: [] for key in wanted.values()}
    query = select(files.StoredFile).where(files.StoredFile.subject.in_(wanted)).order_by(files.StoredFile.id)
    for each in ctx.session.scalars(query):
        found[wanted[each.subject or ""]].append(each)
    return found
