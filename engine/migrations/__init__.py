"""Bringing a database to the schema of this release, on SQLite and on PostgreSQL alike.

bihuan init                              to the newest revision
python -m engine.migrations "Add a column"   a new revision from what the tables say (for developers)
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from engine.errors import Refused

FOLDER = Path(__file__).parent


class NotMigrated(Refused):
    """The database is at revision {found}, this program needs {needed}; run: bihuan init, or for a demo: make demo-reset."""

    code = "not_migrated"


def config(engine: Engine | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["engine"] = engine
    return made


def upgrade(engine: Engine) -> str:
    """Create or migrate the schema; returns the revision it is at now."""
    command.upgrade(config(engine), "head")
    return head()


def head() -> str:
    """The revision this program needs."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    assert found is not None
    return found


def revision(engine: Engine) -> str | None:
    """The revision the database is at; None when it has no schema."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    """Raises ``NotMigrated`` when the database is behind or ahead of this program."""
    found = revision(engine)
    if found != head():
        raise NotMigrated(found=found, needed=head())
