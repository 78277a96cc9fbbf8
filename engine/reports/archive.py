"""A unit's archive of a year as one file to take away: an index as a workbook and every paper that lies in it (I4)."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import IO

from sqlalchemy import select

from engine import files
from engine.assessment import archives, follow_up
from engine.db import Context
from engine.errors import Broken

INDEX = "index.xlsx"


class LostPaper(Broken):
    """The file {name} of an archive is recorded but its content is not in the store; tell the administrator."""

    code = "lost_paper"


def papers(ctx: Context, archive: archives.Archive) -> dict[str, list[files.StoredFile]]:
    """Piece of the archive (``record-12``, ``ZG-2026-A01-001``) -> the files that belong to it, oldest first."""
    subjects = dict(_subjects(ctx, archive))
    query = select(files.StoredFile).where(files.StoredFile.subject.in_(subjects)).order_by(files.StoredFile.id)
    found: dict[str, list[files.StoredFile]] = {piece: [] for piece in subjects.values()}
    for stored in ctx.session.scalars(query):
        found[subjects[stored.subject or ""]].append(stored)
    return found


def files_of(ctx: Context, subject: str) -> list[files.StoredFile]:
    """The files of a subject that the caller has been shown, oldest first."""
    query = select(files.StoredFile).where(files.StoredFile.subject == subject)
    return list(ctx.session.scalars(query.order_by(files.StoredFile.id)))


def names(stored: Iterable[files.StoredFile]) -> list[tuple[str, files.StoredFile]]:
    """The name of each file in its folder; two of the same name are told apart by their numbers."""
    found: dict[str, files.StoredFile] = {}
    for each in stored:
        path = PurePath(each.name)
        name = each.name if each.name not in found else f"{path.stem}-{each.id}{path.suffix}"
        found[name] = each
    return list(found.items())


def pack(ctx: Context, out: IO[bytes], index: bytes, held: Mapping[str, Iterable[files.StoredFile]]) -> None:
    """Write the archive as a zip. Raises ``LostPaper`` instead of leaving one out."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(INDEX, index)
        for piece, stored in held.items():
            for name, each in names(stored):
                path = files.path_of(ctx.database, each.sha256)
                if not path.is_file():
                    raise LostPaper(name=each.name)
                packed.write(path, f"{piece}/{name}")


def piece_of_record(record_id: int) -> str:
    return f"record-{record_id}"


def _subjects(ctx: Context, archive: archives.Archive) -> Iterator[tuple[str, str]]:
    """Subject of files -> the piece they lie with: a matter with its slips and second looks."""
    yield from ((f"record:{each.id}", piece_of_record(each.id)) for each in archive.records)
    numbers = {each.id: each.number for each in archive.matters}
    yield from ((f"item:{key}", number) for key, number in numbers.items())
    yield from ((f"slip:{each.id}", numbers[each.item_id]) for each in archive.slips)
    query = select(follow_up.Review).where(follow_up.Review.item_id.in_(numbers))
    yield from ((f"review:{each.id}", numbers[each.item_id]) for each in ctx.session.scalars(query))
