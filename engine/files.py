"""Uploaded files: kept by their hash, written once, named in the database beside who brought them and when."""

import hashlib
import os
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO
from unicodedata import category

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit
from engine.db import Base, Context, Database, Key
from engine.errors import Invalid, Message, NotFound

#: Extension -> the bytes such a file begins with; an empty tuple where there is no fixed beginning.
ALLOWED: dict[str, tuple[bytes, ...]] = {
    ".pdf": (b"%PDF",),
    ".png": (b"\x89PNG",),
    ".jpg": (b"\xff\xd8",),
    ".jpeg": (b"\xff\xd8",),
    ".docx": (b"PK",),
    ".xlsx": (b"PK",),
    ".zip": (b"PK",),
    ".ofd": (b"PK",),
    ".doc": (b"\xd0\xcf\x11\xe0",),
    ".xls": (b"\xd0\xcf\x11\xe0",),
    ".csv": (),
    ".txt": (),
}
UNPACKED_RATIO = 100
CHUNK = 1 << 20


class WrongFile(Invalid):
    """{name}: {why}."""

    code = "wrong_file"


class StoredFile(Base):
    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(Key)
    name: Mapped[str] = mapped_column(String(255))
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("person.account"))
    #: What it belongs to, ``item:17`` or ``decision:3``; None while it only waits in a draft.
    subject: Mapped[str | None] = mapped_column(String(80), index=True)


def store(ctx: Context, name: str, stream: IO[bytes], subject: str | None = None) -> StoredFile:
    """Keep an upload. Raises ``WrongFile`` for an empty, too large, disguised or explosive one; nothing is left behind."""
    name = _bare(name)
    incoming = ctx.database.files / "incoming" / os.urandom(12).hex()
    incoming.parent.mkdir(parents=True, exist_ok=True)
    try:
        size, digest = _receive(name, stream, incoming, ctx.database.settings.upload_megabytes)
        _check(name, incoming)
        target = path_of(ctx.database, digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        # The blob stands before the row that names it commits; a row without its blob would be a lost document.
        os.replace(incoming, target)
    finally:
        incoming.unlink(missing_ok=True)
    stored = StoredFile(
        sha256=digest, size=size, name=name, uploaded_at=ctx.now, uploaded_by=ctx.actor, subject=subject
    )
    ctx.session.add(stored)
    ctx.session.flush()
    audit.record(ctx, "file.store", "files", file=stored.id, name=name, sha256=digest, size=size, subject=subject)
    return stored


def stored(ctx: Context, file_id: int) -> StoredFile:
    found = ctx.session.get(StoredFile, file_id)
    if found is None:
        raise NotFound
    return found


def path_of(database: Database, sha256: str) -> Path:
    return database.files / sha256[:2] / sha256


def _bare(name: str) -> str:
    """The name alone: no folders, and none of the characters that are not seen but turn or end what is."""
    return "".join(each for each in Path(name.replace("\\", "/")).name if category(each)[0] != "C")[-255:]


def _receive(name: str, stream: IO[bytes], target: Path, megabytes: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > megabytes * CHUNK:
                limit = {"megabytes": megabytes}
                raise WrongFile(name=name, why=Message("it is larger than {megabytes} MB; compress or split it", limit))
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise WrongFile(name=name, why=Message("it is empty"))
    return size, digest.hexdigest()


def _check(name: str, path: Path) -> None:
    suffix = Path(name).suffix.lower()
    if suffix not in ALLOWED:
        raise WrongFile(
            name=name, why=Message("files of the kind {suffix} are not accepted", {"suffix": suffix or "?"})
        )
    with path.open("rb") as opened:
        beginning = opened.read(8)
    if ALLOWED[suffix] and not beginning.startswith(ALLOWED[suffix]):
        raise WrongFile(name=name, why=Message("its content is not that of a {suffix} file", {"suffix": suffix}))
    if beginning.startswith(b"PK"):
        _check_archive(name, path)


def _check_archive(name: str, path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        # An undecodable name and a version unheard of come as errors of their own.
        raise WrongFile(name=name, why=Message("it is damaged")) from None
    unpacked = sum(member.file_size for member in members)
    if len(members) > 10_000 or unpacked > UNPACKED_RATIO * max(path.stat().st_size, CHUNK):
        raise WrongFile(name=name, why=Message("it unpacks to far more than it holds"))
