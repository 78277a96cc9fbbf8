"""A small party committee whose points every test knows: two branches, seven members, seven items.

| account | post |
|---|---|
| ``ma`` | secretary of the committee DW, an ordinary member of B1 |
| ``ji`` | discipline secretary of DW, member of B2 |
| ``office`` | the committee's office (lead), member of B2 |
| ``sun`` | secretary of B1; members ``li``, ``wu`` (since 10 May), ``ma`` |
| ``qin`` | secretary of B2; member ``han`` (of B1 until 30 June) |
"""

import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from engine import importing
from engine.assessment import annual_plan, plans
from engine.assessment.points import entries, membership, months, reviews
from engine.db import SHANGHAI, Context, Database, transaction
from engine.operations import registry
from engine.settings import Settings
from engine.workflow import definitions
from tests import databases

PACKAGE = Path(__file__).parents[3] / "processes" / "party_points"
UNITS = "code,name,group,kind,parent\nDW,镇党委,,committee,\nB1,第一支部,,branch,DW\nB2,第二支部,,branch,DW\n"
PEOPLE = {
    "ma": "马书记",
    "ji": "纪书记",
    "office": "办公室",
    "sun": "孙一",
    "li": "李二",
    "wu": "吴三",
    "qin": "秦四",
    "han": "韩五",
}
APPOINTMENTS = """account,role,unit,from,to
ma,secretary,DW,2024-01-01,
ma,member,B1,2024-01-01,
ji,discipline,DW,2024-01-01,
ji,member,B2,2024-01-01,
office,lead,DW,2024-01-01,
office,member,B2,2024-01-01,
sun,secretary,B1,2024-01-01,
sun,member,B1,2024-01-01,
li,member,B1,2024-01-01,
wu,member,B1,2026-05-10,
qin,secretary,B2,2024-01-01,
qin,member,B2,2024-01-01,
han,member,B1,2024-01-01,2026-06-30
han,member,B2,2026-07-01,
"""
ITEMS = """code,name,category,kind,points,limit,veto,basis
STUDY,学习,politics,must,10,,0,
MEETING,组织生活,politics,must,20,20,0,
DISCIPLINE,守纪,discipline,must,25,,0,
LATE,迟到,discipline,forbidden,-2,,0,
CRIME,违法,discipline,forbidden,0,,1,
WORK,本职,performance,encouraged,10,,0,
PRIZE,表彰,,honour,30,,0,
"""
LEAVES = ("politics", "discipline", "morality", "performance", "innovation", "cooperation", "assignment")


@dataclass
class Committee:
    """The database with the committee in it, and what time it is there."""

    database: Database
    now: datetime

    def by(self, account: str | None = None) -> AbstractContextManager[Context]:
        return transaction(self.database, actor=account, now=self.now)

    def at(self, day: str, hour: int = 9) -> "Committee":
        self.now = datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI) + timedelta(hours=hour)
        return self

    def enter(self, by: str, account: str, item: str, day: str, points: str | None = None) -> None:
        with self.by(by) as ctx:
            given = Decimal(points) if points is not None else None
            entries.add(ctx, cycle(ctx), entries.Draft(account, item, date.fromisoformat(day), given))

    def opened(self, month: str) -> None:
        """The month is over and opened for rating."""
        self.now = datetime.combine(membership.month_end(month) + timedelta(days=1), datetime.min.time(), SHANGHAI)
        with self.by() as ctx:
            months.open_month(ctx, cycle(ctx), month)

    def frozen(self, month: str) -> dict[str, Any]:
        """Its self-rating is over."""
        self.now += timedelta(days=5)
        with self.by() as ctx:
            return months.close_self_rating(ctx, cycle(ctx), month, "DW")

    def rated(self, month: str, rater: str, by: str, **bases: str) -> None:
        """A sheet rated by ``by``: everybody has the base named, all of it where a mark has room, or 80."""
        with self.by(by) as ctx:
            rows = months.sheet(ctx, cycle(ctx), month, rater)
            given = [sheet_row(row.account, bases.get(row.account, "80")) for row in rows]
            months.rate(ctx, cycle(ctx), month, rater, given)

    def closed(self, month: str) -> list[str]:
        with self.by() as ctx:
            return months.close_month(ctx, cycle(ctx), month, "DW")

    def month(self, month: str, **bases: str) -> None:
        """A whole month in which everybody gets the base named, or 80."""
        self.opened(month)
        self.frozen(month)
        self.rated(month, "secretary@B1", "sun", **bases)
        self.rated(month, "secretary@B2", "qin", **bases)
        self.rated(month, "secretary@DW", "ma", **bases)
        self.closed(month)

    def reviewed(self, **scores: str) -> None:
        """The democratic review is held; everybody has the score named, or 80."""
        self.at("2027-01-20")
        with self.by() as ctx:
            reviews.open_all(ctx, cycle(ctx))
        for rater, by in (("secretary@B1", "sun"), ("secretary@B2", "qin"), ("secretary@DW", "ma")):
            with self.by(by) as ctx:
                rows = reviews.sheet(ctx, cycle(ctx), rater)
                given = [{"account": row.account, "score": Decimal(scores.get(row.account, "80"))} for row in rows]
                reviews.enter(ctx, cycle(ctx), rater, given, None)


def cycle(ctx: Context) -> plans.Cycle:
    return plans.find(ctx, "party_points", 2026)


def sheet_row(account: str, base: str) -> dict[str, Any]:
    """Marks that sum to the base, filled category by category."""
    left, row = Decimal(base), {"account": account, "reason": "综合评定"}
    for leaf, full in zip(LEAVES, (25, 25, 25, 10, 5, 5, 5), strict=True):
        row[leaf] = min(left, Decimal(full))
        left -= row[leaf]
    assert left == 0, f"{base} is more than 100"
    return row


def names() -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("account", "name"), *PEOPLE.items()])
    return out.getvalue()


@contextmanager
def founded(folder: Path) -> Iterator[Committee]:
    """A copy of the committee, on 5 January 2026, for one test."""
    shutil.copyfile(_settled(), folder / "points.db")
    database = _opened(folder)
    yield Committee(database, datetime(2026, 1, 5, 9, tzinfo=SHANGHAI))
    database.dispose()


@cache
def _settled() -> Path:
    folder = Path(mkdtemp(prefix="bihuan-points-"))
    with databases.sqlite(folder) as url:
        shutil.copyfile(url.removeprefix("sqlite:///"), folder / "points.db")
    database = _opened(folder)
    settle(database)
    database.dispose()
    return folder / "points.db"


def settle(database: Database) -> Committee:
    """Bring package and committee into an empty database."""
    house = Committee(database, datetime(2026, 1, 5, 9, tzinfo=SHANGHAI))
    with house.by() as ctx:
        definitions.deploy(ctx, definitions.sources_of([PACKAGE]))
        texts = {"units": UNITS, "people": names(), "appointments": APPOINTMENTS}
        importing.import_files(ctx, [(f"{name}.csv", text.encode()) for name, text in texts.items()])
        made = plans.make_cycle(ctx, "party_points", 2026, "seed")
        importing.import_files(ctx, [("items.csv", ITEMS.encode())], made)
        annual_plan.adopt_cycle(ctx, made, "test")
    return house


def _opened(folder: Path) -> Database:
    return Database(Settings(database_url=f"sqlite:///{folder / 'points.db'}", files_dir=folder / "files"), registry)
