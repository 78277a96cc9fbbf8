import io
import struct
import zipfile
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from engine import files
from engine.audit import Entry
from engine.db import Database
from engine.errors import NotFound
from engine.files import StoredFile, WrongFile
from engine.settings import Settings
from tests.cast import MONDAY, Office

PDF = b"%PDF-1.7\n" + b"x" * 100
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # With a date of its own: the time of day would make each process name its tests differently.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def zip_of_many(count: int) -> bytes:
    """A central directory of so many entries, without what they would hold: reading the list is the attack."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * count
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), 4)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 4 + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return b"PK\x03\x04" + directory + end64 + locator + end


def on_disk(office: Office) -> list[str]:
    root = office.database.files
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def refusal(office: Office, name: str, content: bytes | IO[bytes]) -> WrongFile:
    """Why the file is refused; afterwards nothing of it is left, neither a row nor a byte."""
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    with pytest.raises(WrongFile) as refused, office.by("zhang") as ctx:
        files.store(ctx, name, stream)
    assert on_disk(office) == []
    with office.by(reading=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(StoredFile)) == 0
        assert ctx.session.scalar(select(func.count()).select_from(Entry)) == 0
    return refused.value


def test_a_file_is_kept_by_its_content_and_named_with_who_brought_it_when(office: Office) -> None:
    with office.by("zhang") as ctx:
        stored = files.store(ctx, "整改方案.pdf", io.BytesIO(PDF), subject="item:17")
        assert (stored.name, stored.size, stored.subject) == ("整改方案.pdf", len(PDF), "item:17")
        assert (stored.uploaded_by, stored.uploaded_at) == ("zhang", MONDAY)
        path = files.path_of(office.database, stored.sha256)
    assert path.read_bytes() == PDF
    assert on_disk(office) == [f"{stored.sha256[:2]}/{stored.sha256}"]
    with office.by(reading=True) as ctx:
        entry = ctx.session.scalars(select(Entry)).one()
        assert (entry.act, entry.facts["sha256"]) == ("file.store", stored.sha256)


def test_the_same_content_twice_is_two_files_of_one_blob(office: Office) -> None:
    with office.by("zhang") as ctx:
        first = files.store(ctx, "a.pdf", io.BytesIO(PDF))
        second = files.store(ctx, "b.pdf", io.BytesIO(PDF))
        assert first.id != second.id
        assert first.sha256 == second.sha256
    assert len(on_disk(office)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PDF),
        ("a.PDF", PDF),
        ("a.png", b"\x89PNG\r\n\x1a\n"),
        ("a.jpg", b"\xff\xd8\xff"),
        ("a.jpeg", b"\xff\xd8\xff"),
        ("a.docx", zipped(word=b"x")),
        ("a.xlsx", zipped(sheet=b"x")),
        ("a.zip", zipped(anything=b"x")),
        ("a.ofd", zipped(doc=b"x")),
        ("a.doc", b"\xd0\xcf\x11\xe0"),
        ("a.xls", b"\xd0\xcf\x11\xe0"),
        ("a.csv", "单位,数值\n".encode()),
        ("a.txt", b"x"),
    ],
)
@SQLITE
def test_the_kinds_that_offices_use_are_taken(office: Office, name: str, content: bytes) -> None:
    with office.by("zhang") as ctx:
        assert files.store(ctx, name, io.BytesIO(content)).size == len(content)


def test_an_empty_file_is_refused(office: Office) -> None:
    assert "empty" in str(refusal(office, "a.pdf", b""))


@SQLITE
def test_a_file_over_the_limit_is_refused_before_it_has_arrived_whole(database_url: str, tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            Endless.read_so_far += size
            return b"%PDF" + b"x" * (size - 4)

    limited = Settings(database_url=database_url, files_dir=tmp_path / "files", upload_megabytes=2)
    office = Office(Database(limited))
    assert "larger than 2 MB" in str(refusal(office, "a.pdf", Endless()))
    assert Endless.read_so_far == 3 * files.CHUNK
    office.database.dispose()


@SQLITE
def test_a_file_of_exactly_the_limit_is_taken(database_url: str, tmp_path: Path) -> None:
    limited = Settings(database_url=database_url, files_dir=tmp_path / "files", upload_megabytes=1)
    office = Office(Database(limited))
    with office.by() as ctx:
        assert files.store(ctx, "a.pdf", io.BytesIO(b"%PDF" + b"x" * (files.CHUNK - 4))).size == files.CHUNK
    assert "larger" in str(refusal_after(office, b"%PDF" + b"x" * (files.CHUNK - 3)))
    office.database.dispose()


def refusal_after(office: Office, content: bytes) -> WrongFile:
    with pytest.raises(WrongFile) as refused, office.by() as ctx:
        files.store(ctx, "b.pdf", io.BytesIO(content))
    assert not any("incoming" in each for each in on_disk(office))
    return refused.value


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\x00 a program"),
        ("a.pdf", b"<html>"),
        ("a.png", PDF),
        ("a.jpg", b"GIF89a"),
        ("a.docx", PDF),
        ("a.xlsx", b"PK but no archive"),
        ("a.zip", zipped(a=b"x" * 1000)[:-30]),
        ("a.doc", zipped(a=b"x")),
        ("a.exe", b"MZ"),
        ("a.html", b"<html>"),
        ("a.svg", b"<svg>"),
        ("a.pdf.js", b"alert(1)"),
        ("pdf", PDF),
        (".pdf", PDF),
        ("", PDF),
        ("..", PDF),
    ],
)
@SQLITE
def test_a_disguised_or_unwanted_file_is_refused(office: Office, name: str, content: bytes) -> None:
    assert refusal(office, name, content).code == "wrong_file"


def test_a_zip_bomb_is_refused(office: Office) -> None:
    bomb = zipped(**{f"{number}.txt": b"0" * (60 << 20) for number in range(2)})
    assert len(bomb) < files.CHUNK
    assert "unpacks" in str(refusal(office, "bomb.zip", bomb))


def test_a_zip_of_a_hundred_thousand_entries_is_refused(office: Office) -> None:
    assert "unpacks" in str(refusal(office, "many.xlsx", zip_of_many(100_000)))


@SQLITE
def test_a_zip_of_ten_thousand_entries_is_taken(office: Office) -> None:
    """The limit is on the count: the same archive just below it is fine."""
    with office.by("zhang") as ctx:
        files.store(ctx, "many.zip", io.BytesIO(zip_of_many(10_000)))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("/etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\system.txt", "system.txt"),
        ("C:\\Users\\li\\方案.txt", "方案.txt"),
        ("a/b/../c.txt", "c.txt"),
        ("a\x00b\n.txt", "ab.txt"),
        ("invoice\u202etxt.exe.txt", "invoicetxt.exe.txt"),
        ("长" * 300 + ".txt", "长" * 251 + ".txt"),
    ],
)
def test_a_name_is_only_a_name_and_never_a_path(office: Office, name: str, kept: str) -> None:
    with office.by("zhang") as ctx:
        stored = files.store(ctx, name, io.BytesIO(b"x"))
        assert stored.name == kept
    assert on_disk(office) == [f"{stored.sha256[:2]}/{stored.sha256}"]


def test_a_broken_upload_leaves_nothing(office: Office) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError), office.by("zhang") as ctx:
        files.store(ctx, "a.pdf", Broken())
    assert on_disk(office) == []


@SQLITE
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_is_stored_or_refused_and_nothing_else(office: Office, data: st.DataObject) -> None:
    whole = bytearray(zipped(**{"方案.txt": b"x" * 50, "b": b"y"}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        with office.by("zhang") as ctx:
            files.store(ctx, "a.zip", io.BytesIO(bytes(whole)))
    except WrongFile:
        pass


def test_a_file_that_is_not_there_is_not_found(office: Office) -> None:
    with office.by(reading=True) as ctx, pytest.raises(NotFound):
        files.stored(ctx, 4711)
