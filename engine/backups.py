"""A whole city in one file, taken while people work, and brought back into an empty database of either kind.

A backup is a zip: ``manifest.json`` (revision of the schema, and of every member its SHA-256), one ``tables/NAME.jsonl`` a
table with a row a line, and the uploaded files under ``files/`` by their hash. The comment of the zip is the SHA-256 of
the manifest. All rows are read in one transaction that sees one moment and locks nobody out; a file stands before the
row that names it, so every file of that moment is there. The key that signs cookies is no part of it.
"""

import base64
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from sqlalchemy import Column, Connection, Date, LargeBinary, Table, func, inspect, select, text

from engine import files, migrations
from engine.db import Database, Exact, Instant, transaction
from engine.errors import Conflict, Invalid, Refused
from engine.tables import metadata

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
#: Rows that go over in one statement, and bytes in one read.
ROWS, CHUNK = 1000, 1 << 20


class BackupExists(Conflict):
    """There is a file {file} already; name another for the backup."""

    code = "backup_exists"


class NotEmpty(Refused):
    """The database holds a city already; restore into an empty one, named with --database."""

    code = "not_empty"


class DamagedBackup(Invalid):
    """{file} is no whole backup: {why}. Nothing was restored; take another copy of it."""

    code = "damaged_backup"


class OtherRevision(Refused):
    """The backup is of revision {found}, this program is at {needed}; restore it with the release that made it and run bihuan init with this one."""

    code = "other_revision"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup as it lies there."""

    sha256: str
    bytes: int
    rows: int
    #: Names of uploads whose files were already gone when it was made.
    lost: tuple[str, ...] = ()


def backup(database: Database, target: Path) -> Kept:
    """Write the whole city to ``target``, which appears only when it is complete. Raises ``BackupExists``."""
    if target.exists():
        raise BackupExists(file=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    growing = target.with_name(f"{target.name}.{os.urandom(6).hex()}.part")
    try:
        with growing.open("xb") as out:
            rows, lost = _write(database, out)
            out.flush()
            os.fsync(out.fileno())
        # A link, not a replacement: what another has put there meanwhile stays.
        os.link(growing, target)
    except FileExistsError:
        raise BackupExists(file=target) from None
    finally:
        growing.unlink(missing_ok=True)
    return Kept(_digest_of(target), target.stat().st_size, rows, tuple(lost))


def restore(database: Database, source: Path) -> Kept:
    """Bring a backup into an empty database, which is given the schema first when it has none.

    Every checksum is compared before the first row goes in, and all rows go in together or not at all. Raises
    ``DamagedBackup``, ``OtherRevision`` or ``NotEmpty``; then nothing has changed.
    """
    manifest = _checked(source)
    if manifest["revision"] != migrations.head():
        raise OtherRevision(found=manifest["revision"], needed=migrations.head())
    _make_room(database)
    brought: list[Path] = []
    try:
        with zipfile.ZipFile(source) as archive:
            _bring_files(archive, manifest, database, brought)
            rows = _bring_rows(archive, database)
    except BaseException:
        for path in brought:
            path.unlink(missing_ok=True)
        raise
    return Kept(_digest_of(source), source.stat().st_size, rows, tuple(manifest["lost"]))


@contextmanager
def copied(database: Database) -> Iterator[Database]:
    """A copy of the city of one moment, on SQLite whatever the city is on, gone with the block; without its files.

    The city is only read. The copy has its rows and none of the triggers by which a city keeps its record unchanged.
    """
    with TemporaryDirectory(prefix="bihuan-copy-") as folder:
        url, uploads = f"sqlite:///{folder}/bihuan.db", Path(folder) / "files"
        copy = Database(replace(database.settings, database_url=url, files_dir=uploads), database.operations)
        try:
            metadata.create_all(copy.engine)
            with _one_moment(database) as source, transaction(copy) as ctx:
                _copy_rows(source, ctx.session.connection())
            yield copy
        finally:
            copy.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    # Tables refer to each other in circles; each reference is looked at when every row is in.
    target.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for table in metadata.sorted_tables:
        for rows in source.execute(select(table)).mappings().partitions():
            target.execute(table.insert(), [dict(row) for row in rows])


def _write(database: Database, out: IO[bytes]) -> tuple[int, list[str]]:
    members: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, _one_moment(database) as connection:
        rows = sum(_write_table(archive, connection, table, members) for table in metadata.sorted_tables)
        lost = _write_files(archive, connection, database, members)
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        facts = {"format": FORMAT, "revision": revision, "rows": rows, "lost": lost, "members": members}
        manifest = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()
        archive.writestr(MANIFEST, manifest)
        archive.comment = hashlib.sha256(manifest).hexdigest().encode()
    return rows, lost


@contextmanager
def _one_moment(database: Database) -> Iterator[Connection]:
    """A connection whose every look sees the database as it was at the first."""
    with database.engine.connect() as connection:
        options: dict[str, Any] = {"bihuan_reading": True, "yield_per": ROWS}
        if connection.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        yield connection.execution_options(**options)


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table, members: dict[str, str]) -> int:
    name, digest, count = _member(table), hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as out:
        for row in connection.execute(select(table).order_by(*table.primary_key)):
            cells = [_written(value) for value in row]
            line = json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            out.write(line)
            count += 1
    members[name] = digest.hexdigest()
    return count


def _write_files(
    archive: zipfile.ZipFile, connection: Connection, database: Database, members: dict[str, str]
) -> list[str]:
    """Copy every upload once; returns the names of those that are gone or are no longer what they were."""
    stored, lost = files.StoredFile.__table__, []
    for row in connection.execute(select(stored.c.sha256, func.min(stored.c.name)).group_by(stored.c.sha256)):
        path, name = files.path_of(database, row.sha256), f"files/{row.sha256}"
        if not path.is_file() or _digest_of(path) != row.sha256:
            lost.append(str(row[1]))
            continue
        archive.write(path, name)
        members[name] = row.sha256
    return sorted(lost)


def _checked(source: Path) -> Mapping[str, Any]:
    """The manifest of a backup whose every member is what was written."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive, source)
            _check_members(archive, manifest, source)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DamagedBackup(file=source, why=str(error).rstrip(".") or "it ends too early") from error
    return manifest


def _manifest(archive: zipfile.ZipFile, source: Path) -> Mapping[str, Any]:
    if MANIFEST not in archive.namelist():
        raise DamagedBackup(file=source, why="it holds no manifest")
    content = archive.read(MANIFEST)
    if hashlib.sha256(content).hexdigest().encode() != archive.comment:
        raise DamagedBackup(file=source, why="its manifest is not the one that was written")
    manifest: Mapping[str, Any] = json.loads(content)
    if manifest["format"] != FORMAT:
        raise DamagedBackup(file=source, why=f"it is of the format {manifest['format']}, which is not known")
    return manifest


def _check_members(archive: zipfile.ZipFile, manifest: Mapping[str, Any], source: Path) -> None:
    if {*manifest["members"], MANIFEST} != set(archive.namelist()):
        raise DamagedBackup(file=source, why="it does not hold what its manifest lists")
    for name, digest in manifest["members"].items():
        with archive.open(name) as opened:
            if _digest(opened) != digest:
                raise DamagedBackup(file=source, why=f"{name} is not what was written")


def _make_room(database: Database) -> None:
    """The schema of this release with nothing in it. Raises ``NotEmpty``."""
    found = set(inspect(database.engine).get_table_names())
    with database.engine.connect() as connection:
        if any(table.name in found and _holds_rows(connection, table) for table in metadata.sorted_tables):
            raise NotEmpty
    migrations.upgrade(database.engine)


def _holds_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(*table.primary_key).limit(1)).first() is not None


def _bring_files(
    archive: zipfile.ZipFile, manifest: Mapping[str, Any], database: Database, brought: list[Path]
) -> None:
    for name, digest in manifest["members"].items():
        target = files.path_of(database, digest)
        if not name.startswith("files/") or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        brought.append(target)
        with archive.open(name) as opened, target.open("wb") as out:
            while chunk := opened.read(CHUNK):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())


def _bring_rows(archive: zipfile.ZipFile, database: Database) -> int:
    with transaction(database) as ctx:
        connection = ctx.session.connection()
        rows = sum(_bring(archive, connection, table) for table in metadata.sorted_tables)
        _settle_deferred(archive, connection)
        _set_sequences(connection)
    return rows


def _bring(archive: zipfile.ZipFile, connection: Connection, table: Table) -> int:
    """Put the rows of a table in. A reference to what does not stand there yet is left open until everything does."""
    count, later = 0, _deferred(table)
    for batch in _batches(archive, table):
        rows = [{**row, **{name: None for name in later if _waits(table, name, row)}} for row in batch]
        connection.execute(table.insert(), rows)
        count += len(rows)
    return count


def _settle_deferred(archive: zipfile.ZipFile, connection: Connection) -> None:
    for table in metadata.sorted_tables:
        for name in _deferred(table):
            for row in (each for batch in _batches(archive, table) for each in batch if _waits(table, name, each)):
                here = [column == row[column.name] for column in table.primary_key]
                connection.execute(table.update().where(*here).values({name: row[name]}))


def _deferred(table: Table) -> list[str]:
    """Columns that may point to a row which comes in later: those of a circle of tables, and to the table itself."""
    keys = [key for key in table.foreign_keys if key.use_alter or key.column.table is table]
    return sorted(key.parent.name for key in keys)


def _waits(table: Table, name: str, row: Mapping[str, Any]) -> bool:
    """Whether the reference goes to a row that is not in yet; within a table rows come in by their keys."""
    if row[name] is None:
        return False
    (key,) = table.c[name].foreign_keys
    return bool(key.use_alter) or row[name] > row[key.column.name]


def _batches(archive: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    if _member(table) not in archive.namelist():
        return
    readers = [_reader(column) for column in table.columns]
    names = [column.name for column in table.columns]
    with archive.open(_member(table)) as opened:
        lines = iter(io.TextIOWrapper(opened, encoding="utf-8", newline="\n"))
        while batch := [_row(line, names, readers) for line in islice(lines, ROWS)]:
            yield batch


def _row(line: str, names: Sequence[str], readers: Sequence[Callable[[Any], Any]]) -> dict[str, Any]:
    cells = json.loads(line)
    return {name: None if cell is None else read(cell) for name, read, cell in zip(names, readers, cells, strict=True)}


def _written(value: Any) -> Any:
    """A cell as JSON; its column tells how to read it back."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    readers: Mapping[type, Callable[[Any], Any]] = {
        Instant: datetime.fromisoformat,
        Date: date.fromisoformat,
        Exact: Decimal,
        LargeBinary: base64.b64decode,
    }
    return next((read for kind, read in readers.items() if isinstance(column.type, kind)), lambda value: value)


def _set_sequences(connection: Connection) -> None:
    """PostgreSQL goes on numbering after the last row that came in; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        last = connection.scalar(select(func.max(column))) if column is not None else None
        if column is None or last is None:
            continue
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if sequence is not None:
            connection.execute(select(func.setval(sequence, last)))


def _member(table: Table) -> str:
    return f"tables/{table.name}.jsonl"


def _digest_of(path: Path) -> str:
    with path.open("rb") as opened:
        return _digest(opened)


def _digest(opened: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := opened.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
