"""A backup taken while people work is the city of one moment, on either kind of database; a damaged one is refused."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, inspect, select, text

from engine import backups, files, people, verify
from engine.assessment import plans
from engine.db import SHANGHAI, Database, transaction
from engine.reports.loop_state import loop_state
from engine.settings import Settings
from engine.tables import metadata
from tests import databases
from tests.conftest import KINDS
from tests.simulation import cities
from web.cli import main

pytestmark = pytest.mark.requirement("O3")

#: The small city with matters of every kind under way.
SEPTEMBER = datetime(2026, 9, 15, 9, tzinfo=SHANGHAI)


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[Database]:
    """A database of the kind without even a schema, and a folder without files."""
    folder.mkdir(parents=True)
    made = databases.empty_sqlite(folder) if kind == "sqlite" else databases.postgresql(template="template0")
    with made as url, cities.opened(url, folder / "files") as database:
        yield database


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the small city on SQLite."""
    folder = tmp_path_factory.mktemp("city")
    with cities.copied(folder, "small", SEPTEMBER) as database:
        backups.backup(database, folder / "city.bihuan")
    return folder / "city.bihuan"


def tables_of(database: Database) -> dict[str, list[Any]]:
    with database.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def uploads(database: Database) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in database.files.rglob("*") if each.is_file()}


def state_of(database: Database) -> Any:
    with transaction(database, now=SEPTEMBER, reading=True) as ctx:
        assert [each for each in verify.verify(ctx) if each.places] == []
        return json.loads(json.dumps(loop_state(ctx, plans.find(ctx, "county_leadership"))))


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_backed_up_is_back_row_by_row_and_file_by_file(archive: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "before").mkdir()
    with cities.copied(tmp_path / "before", "small", SEPTEMBER) as before, empty(kind, tmp_path / "after") as after:
        kept = backups.restore(after, archive)
        assert tables_of(after) == tables_of(before)
        assert uploads(after) == uploads(before) != {}
        assert kept.rows == sum(len(rows) for rows in tables_of(before).values()) > 1000
        assert state_of(after) == cities.played("small", SEPTEMBER)[1]


@pytest.mark.postgresql
def test_a_city_comes_back_from_postgresql_to_sqlite(archive: Path, tmp_path: Path) -> None:
    """From one kind to the other and back nothing is lost, nor is anything numbered twice afterwards."""
    with empty("postgresql", tmp_path / "there") as there, empty("sqlite", tmp_path / "back") as back:
        backups.restore(there, archive)
        backups.backup(there, tmp_path / "there.bihuan")
        backups.restore(back, tmp_path / "there.bihuan")
        assert tables_of(back) == tables_of(there)
        for database in (there, back):
            with transaction(database, now=SEPTEMBER) as ctx:
                ctx.session.add(people.Unit(code="NEW", name="new", group="", kind="county"))
            assert state_of(database)["rounds"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_waits_for_nobody_and_holds_only_what_was_finished(tmp_path: Path, archive: Path, kind: str) -> None:
    with empty(kind, tmp_path / "city") as city, empty("sqlite", tmp_path / "copy") as copy:
        backups.restore(city, archive)
        with transaction(city, now=SEPTEMBER) as ctx:
            ctx.session.add(people.Person(account="half_done", name="half done"))
            ctx.session.flush()
            backups.backup(city, tmp_path / "meanwhile.bihuan")
        backups.restore(copy, tmp_path / "meanwhile.bihuan")
        assert "half_done" not in [row[0] for row in tables_of(copy)["person"]]
        assert "half_done" in [row[0] for row in tables_of(city)["person"]]


def test_a_file_that_is_gone_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    with cities.copied(tmp_path / "city", "small", SEPTEMBER) as city, empty("sqlite", tmp_path / "copy") as copy:
        with transaction(city, reading=True) as ctx:
            stored = ctx.session.scalars(select(files.StoredFile).order_by(files.StoredFile.id)).first()
            assert stored is not None
        files.path_of(city, stored.sha256).write_bytes(b"overwritten")
        kept = backups.backup(city, tmp_path / "city.bihuan")
        assert kept.lost == (stored.name,)
        assert backups.restore(copy, tmp_path / "city.bihuan").lost == kept.lost
        assert uploads(copy).keys() == uploads(city).keys() - {stored.sha256}


# What is refused


def is_untouched(database: Database) -> bool:
    return inspect(database.engine).get_table_names() == [] and uploads(database) == {}


def harm(source: Path, target: Path, how: str) -> None:
    content = bytearray(source.read_bytes())
    if how == "a byte changed":
        content[_inside(source)] ^= 0x01
    target.write_bytes({"cut short": content[: len(content) // 2], "no zip": b"a letter"}.get(how, bytes(content)))
    if how in ("a row added", "a member left out", "another manifest"):
        rewrite(source, target, how)


def _inside(source: Path) -> int:
    """A place in the middle of the largest table as it is stored; a byte between two members would say nothing."""
    with zipfile.ZipFile(source) as archive:
        largest = max(archive.infolist(), key=lambda member: member.compress_size)
        header = 30 + len(largest.filename.encode()) + len(largest.extra)
    return largest.header_offset + header + largest.compress_size // 2


def rewrite(source: Path, target: Path, how: str) -> None:
    """A zip that is whole as a zip and yet not what was written."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        after.comment = before.comment
        for name in before.namelist():
            content = before.read(name)
            if how == "a row added" and name == "tables/person.jsonl":
                content += b'["stranger","stranger"]\n'
            if how == "another manifest" and name == "manifest.json":
                content = content.replace(b'"lost": []', b'"lost": [""]')
            if how != "a member left out" or name != "tables/person.jsonl":
                after.writestr(name, content)


@pytest.mark.parametrize(
    "how", ["a byte changed", "cut short", "no zip", "a row added", "a member left out", "another manifest"]
)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(archive: Path, tmp_path: Path, how: str) -> None:
    harm(archive, tmp_path / "harmed.bihuan", how)
    with empty("sqlite", tmp_path / "city") as city:
        with pytest.raises(backups.DamagedBackup, match="Nothing was restored"):
            backups.restore(city, tmp_path / "harmed.bihuan")
        assert is_untouched(city)


def test_a_backup_of_another_revision_is_refused(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty("sqlite", tmp_path / "city") as city:
        monkeypatch.setattr("engine.migrations.head", lambda: "9999")
        with pytest.raises(backups.OtherRevision, match="9999"):
            backups.restore(city, archive)
        assert is_untouched(city)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_restored_over_a_city(archive: Path, tmp_path: Path, kind: str) -> None:
    with empty(kind, tmp_path / "city") as city:
        backups.restore(city, archive)
        with transaction(city) as ctx:
            ctx.session.add(people.Unit(code="NEW", name="new", group="", kind="county"))
        before = tables_of(city)
        with pytest.raises(backups.NotEmpty):
            backups.restore(city, archive)
        assert tables_of(city) == before


def test_a_backup_does_not_overwrite_what_is_there_and_leaves_no_half(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", "utf-8")
    (tmp_path / "city").mkdir()
    with cities.copied(tmp_path / "city", "small", SEPTEMBER) as city, pytest.raises(backups.BackupExists):
        backups.backup(city, tmp_path / "mine")
    assert (tmp_path / "mine").read_text("utf-8") == "mine"
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".part"] == []


def test_a_restore_that_fails_halfway_leaves_neither_rows_nor_files(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(backups, "_settle_deferred", stumble)
    with empty("sqlite", tmp_path / "city") as city:
        with pytest.raises(RuntimeError):
            backups.restore(city, archive)
        assert uploads(city) == {}
        with city.engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(people.Person)) == 0
            assert connection.scalar(text("SELECT count(*) FROM audit_entry")) == 0


# By the command line


def test_the_commands_say_what_was_kept_and_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "city").mkdir()
    with cities.copied(tmp_path / "city", "small", SEPTEMBER) as city:
        url = city.settings.database_url
    told = [tmp_path / "city.bihuan", "--json", "--database"]
    monkeypatch.setenv("BIHUAN_FILES_DIR", str(tmp_path / "city" / "files"))
    made = CliRunner().invoke(main, [*map(str, ["backup", *told, url])])
    monkeypatch.setenv("BIHUAN_FILES_DIR", str(tmp_path / "files"))
    back = CliRunner().invoke(main, [*map(str, ["restore", *told, f"sqlite:///{tmp_path / 'again.db'}"])])
    assert (made.exit_code, back.exit_code) == (0, 0), made.output + back.output
    assert json.loads(made.stdout) == json.loads(back.stdout)
    assert json.loads(made.stdout).keys() == {"sha256", "bytes", "rows"}
    assert json.loads(made.stdout)["bytes"] == (tmp_path / "city.bihuan").stat().st_size
    with cities.opened(f"sqlite:///{tmp_path / 'again.db'}", tmp_path / "files") as again:
        assert state_of(again) == cities.played("small", SEPTEMBER)[1]
        assert isinstance(again.settings, Settings)
    over = CliRunner().invoke(main, [*map(str, ["restore", *told, f"sqlite:///{tmp_path / 'again.db'}"])])
    assert (over.exit_code, over.stderr) == (
        1,
        "error: The database holds a city already; restore into an empty one, named with --database.\n",
    )
