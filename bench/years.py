"""How long the demo city's whole year takes to play."""

import tempfile
from datetime import datetime
from pathlib import Path

from bench.measure import Figure, timed
from engine import migrations, simulation
from engine.db import SHANGHAI, Database
from engine.operations import registry
from engine.settings import Settings, read_settings

THE_END = datetime(2027, 3, 31, 9, tzinfo=SHANGHAI)


def simulate() -> Figure:
    """The year of ``bihuan simulate --until 2027-03-31`` on SQLite; three minutes are aimed at."""
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/bench.db", files_dir=Path(folder) / "files")
        database = Database(settings, registry)
        migrations.upgrade(database.engine)
        package = read_settings().packages_dir / "county_leadership"
        figure = timed("simulate", lambda: simulation.play(database, package, THE_END))
        database.dispose()
    return figure
