"""The clock of a play also begins what begins by itself, each time at its own instant."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import simulation, starting
from engine.db import SHANGHAI
from engine.workflow.store import Instance
from tests.conformance.layout import lay_out
from tests.simulation import cities
from tests.workflow.spiff.drawing import draw

BEGINS = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
WEEKLY = "start s cycle=R3/P7D \n catch rest timer=P2D \n end e \n s -> rest -> e"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_of_the_package_begins_each_week_while_the_play_goes_on(database_url: str, tmp_path: Path) -> None:
    starting.start(tmp_path, "house")
    folder = tmp_path / "house"
    (folder / "weekly.bpmn").write_bytes(lay_out(draw(WEEKLY, process="weekly")))
    with cities.opened(database_url, tmp_path / "files") as database:
        for days in (10, 60):
            simulation.play(database, folder, BEGINS + timedelta(days=days))
        with database.sessions() as session:
            query = select(Instance.started_at).where(Instance.process == "weekly").order_by(Instance.id)
            begun = list(session.scalars(query))
    assert begun == [BEGINS + timedelta(days=days) for days in (7, 14, 21)]
