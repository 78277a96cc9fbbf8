"""Write a new revision from the difference between the tables and a freshly migrated database."""

import sys

from alembic import command
from sqlalchemy import create_engine

from engine import migrations

if __name__ == "__main__":
    scratch = create_engine("sqlite://")
    migrations.upgrade(scratch)
    command.revision(migrations.config(scratch), message=sys.argv[1], autogenerate=True)
