"""A month of points on SQLite and on PostgreSQL: the same marks, the same audit, the same refusals by the database."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine import verify
from engine.assessment.points import activities, entries, months
from engine.db import Database
from engine.operations import registry
from engine.settings import Settings
from tests.assessment.points.committee import cycle, settle


def test_a_month_comes_to_the_same(database_url: str, tmp_path: Path) -> None:
    database = Database(Settings(database_url=database_url, files_dir=tmp_path / "files"), registry)
    house = settle(database)
    for account, item, points in (("li", "STUDY", "7.25"), ("li", "PRIZE", "30"), ("han", "LATE", "-0.5")):
        house.enter("sun", account, item, "2026-01-05", points)
    with house.by("sun") as ctx:
        plan = activities.Plan("B1", "党课", "礼堂", house.now, house.now.replace(hour=11), "WORK")
        activity = activities.make(ctx, cycle(ctx), plan).id
        token = activities.code(ctx, cycle(ctx), activity)
    with house.by("li") as ctx:
        activities.sign_in(ctx, token)
    with pytest.raises(activities.AlreadySignedIn), house.by("li") as ctx:
        activities.sign_in(ctx, token)
    house.month("2026-01", li="99.5")
    with house.by() as ctx:
        row = months.of_member(ctx, cycle(ctx), "li", "2026-01")
        assert (row.base, row.accumulated_total) == (Decimal("99.5"), Decimal("17.25"))
        assert entries.honours(ctx, cycle(ctx), ["li"]) == {"li": Decimal(30)}
        assert [each for each in verify.verify(ctx) if each.places] == []
    for statement in ("UPDATE point_entry SET note = 'x'", "DELETE FROM point_entry"):
        with pytest.raises(DBAPIError, match="only ever added"), house.by() as ctx:
            ctx.session.execute(text(statement))
    database.dispose()
