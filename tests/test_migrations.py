import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from engine import db, migrations
from engine.migrations import NotMigrated
from engine.tables import metadata
from tests import databases
from tests.conftest import KINDS
from tests.simulation import cities


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    fresh: AbstractContextManager[str] = databases.empty_sqlite(tmp_path)
    if request.param == "postgresql":
        fresh = databases.postgresql(template="template0")
    with fresh as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def differences(engine: Engine) -> list[Any]:
    """What Alembic would write into a new revision."""
    with engine.connect() as connection:
        options = {"compare_type": compare_type, "render_as_batch": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def compare_type(context: Any, _inspected: Any, _column: Any, found: Any, wanted: Any) -> bool | None:
    """Ours are compared by what they become in this database; None leaves the rest to Alembic."""
    if isinstance(wanted, db.Exact):
        return str(found) != str(wanted.load_dialect_impl(context.dialect))
    return None


def schema(engine: Engine) -> dict[str, Any]:
    """Tables with their columns, keys and indexes, to compare before and after."""
    found = inspect(engine)
    return {
        table: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)),
            sorted(str(index["column_names"]) for index in found.get_indexes(table)),
            sorted(str(key["constrained_columns"]) for key in found.get_foreign_keys(table)),
        )
        for table in found.get_table_names()
    }


def test_upgrading_from_nothing_gives_the_tables_the_program_declares(empty: Engine) -> None:
    assert migrations.revision(empty) is None
    assert migrations.upgrade(empty) == migrations.head() == migrations.revision(empty)
    assert differences(empty) == []


def test_a_column_nobody_migrated_would_be_seen(empty: Engine) -> None:
    """Shows that the comparison can fail."""
    migrations.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("ALTER TABLE person ADD COLUMN nickname VARCHAR(10)"))
        connection.execute(text("DROP INDEX ix_task_batch"))
    assert {difference[0] for difference in differences(empty)} == {"remove_column", "add_index"}


def test_down_to_nothing_and_up_again_gives_the_same(empty: Engine) -> None:
    migrations.upgrade(empty)
    before = schema(empty)
    command.downgrade(migrations.config(empty), "base")
    assert schema(empty).keys() <= {"alembic_version"}
    migrations.upgrade(empty)
    assert schema(empty) == before
    assert differences(empty) == []


def test_a_year_that_runs_is_taken_along(tmp_path: Path) -> None:
    """Back and forth over every change of a table since rows of it were first kept; SQLite makes such tables anew."""
    with cities.copied(tmp_path, "small", datetime(2026, 9, 15, 9, tzinfo=db.SHANGHAI)) as database:
        before = rows_of(database.engine)
        command.downgrade(migrations.config(database.engine), "0007")
        migrations.upgrade(database.engine)
        assert rows_of(database.engine) == before
        with database.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def rows_of(engine: Engine) -> dict[str, int]:
    """Table -> its rows, of those that are older than the changes."""
    with engine.connect() as connection:
        counted = ("instance", "task", "candidate", "item", "letter", "reading", "snapshot_row", "wait", "audit_entry")
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in counted}


def test_every_revision_can_be_taken_back_alone(empty: Engine) -> None:
    script = ScriptDirectory.from_config(migrations.config())
    before: dict[str, Any] = schema(empty)
    for revision in reversed(list(script.walk_revisions())):
        command.upgrade(migrations.config(empty), revision.revision)
        after = schema(empty)
        command.downgrade(migrations.config(empty), revision.down_revision or "base")
        assert schema(empty).keys() - {"alembic_version"} == before.keys() - {"alembic_version"}
        command.upgrade(migrations.config(empty), revision.revision)
        assert schema(empty) == after
        before = after


def test_a_year_begun_before_there_was_a_plan_stands_in_it_with_its_indicators_admitted(empty: Engine) -> None:
    command.upgrade(migrations.config(empty), "0006")
    with empty.begin() as connection:
        for statement in BEGUN:
            connection.execute(text(statement))
    migrations.upgrade(empty)
    with empty.begin() as connection:
        planned = connection.execute(text("SELECT year, organiser, package, status FROM planned_assessment")).all()
        admitted = connection.execute(text("SELECT code, unit, status, expires_on FROM admission")).all()
    assert [tuple(each) for each in planned] == [(2026, "D01", "county", "approved")]
    assert [(*each[:3], str(each[3])) for each in admitted] == [("E01", "D10", "admitted", "2026-12-31")]


BEGUN = (
    "INSERT INTO unit (id, code, name, group_code, kind) VALUES (1, 'D01', '考核办', '', 'department')",
    "INSERT INTO person (account, name) VALUES ('wang', '王敏')",
    "INSERT INTO appointment (account, role, unit_id, from_date) VALUES ('wang', 'lead', 1, '2025-01-01')",
    "INSERT INTO cycle (id, package, year, status, parameters, draw_seed) VALUES (1, 'county', 2026, 'running', '{}', 's')",
    "INSERT INTO round (cycle_id, key, kind, position, as_of, opens_at, collect_until, publish_by) "
    "VALUES (1, 'annual', 'annual', 0, '2026-12-31', '2027-01-05 00:00:00', '2027-01-29', '2027-03-05')",
    "INSERT INTO indicator (id, package, code, name, category, unit_of_measure) "
    "VALUES (1, 'county', 'E01', '产值', '经济', '亿元')",
    "INSERT INTO cycle_indicator (cycle_id, indicator_id, position, source, responsible_unit, direction, measure, "
    "schedule, method, params, main) VALUES (1, 1, 0, 'superior', 'D10', 'higher_better', 'cumulative', '{}', "
    "'completion_ratio', '{}', TRUE)",
)


def test_upgrading_twice_changes_nothing(empty: Engine) -> None:
    migrations.upgrade(empty)
    before = schema(empty)
    migrations.upgrade(empty)
    assert schema(empty) == before


def test_the_audit_stays_append_only_after_every_way_up(empty: Engine) -> None:
    migrations.upgrade(empty)
    command.downgrade(migrations.config(empty), "base")
    migrations.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text(ENTRY))
    acts = ["UPDATE audit_entry SET act = 'y'", "DELETE FROM audit_entry"]
    acts += ["TRUNCATE audit_entry"] if empty.dialect.name == "postgresql" else []
    for act in acts:
        with pytest.raises(Exception, match="only ever added"), empty.begin() as connection:
            connection.execute(text(act))


ENTRY = """
INSERT INTO audit_entry (id, chain, seq, at, act, facts, previous, digest)
VALUES (1, 'c', 1, '2026-04-20 00:00:00', 'x', '{}', '', '')
"""


def test_a_database_that_is_behind_or_ahead_is_refused_with_the_cure(empty: Engine) -> None:
    with pytest.raises(NotMigrated, match="bihuan init"):
        migrations.require_current(empty)
    migrations.upgrade(empty)
    migrations.require_current(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NotMigrated, match="9999"):
        migrations.require_current(empty)


def test_revisions_follow_one_another_in_one_line_and_are_named_by_it() -> None:
    script = ScriptDirectory.from_config(migrations.config())
    line = [revision.revision for revision in script.walk_revisions()][::-1]
    assert line == [f"{number:04}" for number in range(1, len(line) + 1)]
    files = sorted(path.name for path in (migrations.FOLDER / "versions").glob("*.py"))
    assert [re.match(r"\d{4}", name)[0] for name in files] == line  # type: ignore[index]
