"""The standing cast: an invented small city whose people every test knows, and a clock that tests move.

| account | post |
|---|---|
| ``wang`` | lead at D01, the lead department |
| ``sun`` | inspector at D02, the inspection office |
| ``zhao``, ``qian`` | leader and clerk of D10, a department that is responsible for indicators |
| ``li``, ``zhang``, ``chen`` | leader and the two clerks of A01, a county |
| ``zhou``, ``wu`` | leader and clerk of A02, another county |
| ``liu`` | administrator at D01 |
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine.db import SHANGHAI, Context, Database, transaction
from engine.people import Appointment, Person, Unit

#: A Monday morning, far from any holiday.
MONDAY = datetime(2026, 4, 20, 9, 0, tzinfo=SHANGHAI)
PASSWORD = "Spring-2026"

UNITS = {
    "CITY": ("云溪市", "city", None, ""),
    "D01": ("考核办", "department", "CITY", ""),
    "D02": ("督查室", "department", "CITY", ""),
    "D10": ("统计局", "department", "CITY", ""),
    "A01": ("青河县", "county", "CITY", "A"),
    "A02": ("白石县", "county", "CITY", "A"),
}
PEOPLE = {
    "wang": ("王敏", "lead", "D01"),
    "liu": ("刘洋", "admin", "D01"),
    "sun": ("孙立", "inspector", "D02"),
    "zhao": ("赵刚", "leader", "D10"),
    "qian": ("钱芳", "clerk", "D10"),
    "li": ("李强", "leader", "A01"),
    "zhang": ("张伟", "clerk", "A01"),
    "chen": ("陈静", "clerk", "A01"),
    "zhou": ("周红", "leader", "A02"),
    "wu": ("吴斌", "clerk", "A02"),
}
IN_OFFICE_SINCE = date(2025, 1, 1)


@dataclass
class Office:
    """A database with the cast in it, and what time it is there."""

    database: Database
    now: datetime = MONDAY

    def by(self, account: str | None = None, **more: Any) -> AbstractContextManager[Context]:
        """A transaction in which ``account`` acts; the system itself without one."""
        return transaction(self.database, actor=account, **{"now": self.now, **more})

    def wait(self, **duration: float) -> None:
        """Let time pass: ``wait(days=3)``."""
        self.now += timedelta(**duration)


def move_in(database: Database) -> Office:
    office = Office(database)
    with office.by() as ctx:
        units = {
            code: Unit(code=code, name=name, kind=kind, group=group) for code, (name, kind, _, group) in UNITS.items()
        }
        ctx.session.add_all(units.values())
        ctx.session.add_all(Person(account=account, name=name) for account, (name, _, _) in PEOPLE.items())
        ctx.session.flush()
        for code, (_, _, parent, _) in UNITS.items():
            units[code].parent_id = units[parent].id if parent else None
        for account, (_, role, unit) in PEOPLE.items():
            appoint(ctx, account, role, units[unit])
    return office


def appoint(
    ctx: Context, account: str, role: str, unit: Unit, since: date = IN_OFFICE_SINCE, until: date | None = None
) -> None:
    ctx.session.add(Appointment(account=account, role=role, unit_id=unit.id, from_date=since, to_date=until))
