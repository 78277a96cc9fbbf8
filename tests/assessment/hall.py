"""The standing cast with those who decide for the city and the bodies that are asked: for what needs no indicators.

| account | post |
|---|---|
| ``gao``, ``fang`` | members of the leading group LXZ |
| ``lin`` | supervisor at D02 |
| ``ma`` | a second lead at D01 |
| ``he`` | leader of D01 |
| ``cao``, ``yu``, ``xu`` | clerks of D39 (discipline), D34 (audit), D32 (petitions) |
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import files, people
from engine.assessment import annual_plan
from engine.assessment.annual_plan import Draft, EntryKind
from engine.db import Base, Context
from engine.errors import BihuanError
from engine.people import Person, Unit
from tests.cast import Office, appoint

UNITS = {"LXZ": "考核领导小组", "D39": "纪委监委", "D34": "审计局", "D32": "信访局"}
PEOPLE = {
    "gao": ("高明", "committee", "LXZ"),
    "fang": ("方正", "committee", "LXZ"),
    "lin": ("林静", "supervisor", "D02"),
    "ma": ("马丽", "lead", "D01"),
    "he": ("何勇", "leader", "D01"),
    "cao": ("曹军", "clerk", "D39"),
    "yu": ("于洋", "clerk", "D34"),
    "xu": ("徐慧", "clerk", "D32"),
}


@pytest.fixture
def hall(office: Office) -> Office:
    """Monday 20 April 2026, and everybody above at work."""
    with office.by() as ctx:
        units = {code: Unit(code=code, name=name, kind="department", group="") for code, name in UNITS.items()}
        ctx.session.add_all(units.values())
        ctx.session.add_all(Person(account=account, name=name) for account, (name, _, _) in PEOPLE.items())
        ctx.session.flush()
        known = {unit.code: unit for unit in ctx.session.scalars(select(Unit))}
        for account, (_, role, code) in PEOPLE.items():
            appoint(ctx, account, role, known[code])
    return office


@contextmanager
def refusal(office: Office, error: type[BihuanError], account: str | None) -> Iterator[Context]:
    """A transaction in which the person is refused with this very error."""
    with pytest.raises(error) as refused, office.by(account) as ctx:
        yield ctx
    assert type(refused.value) is error


def appoint_as(ctx: Context, account: str, role: str, code: str) -> None:
    """Give a person a further post."""
    appoint(ctx, account, role, people.unit(ctx, code))


def count(office: Office, table: type[Base]) -> int:
    with office.by(reading=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(table)) or 0


def upload(office: Office, account: str, name: str = "材料.pdf") -> int:
    with office.by(account) as ctx:
        return files.store(ctx, name, io.BytesIO(b"%PDF-1.7 " + name.encode())).id


def planned(office: Office, name: str, **changed: Any) -> int:
    """An approved entry of the plan of 2026, proposed by the lead and approved by the leading group."""
    given = {"organiser": "D01", "subject": name, "basis": "云委〔2026〕1号", "kind": EntryKind.BUSINESS} | changed
    with office.by("wang") as ctx:
        entry = annual_plan.propose(ctx, 2026, Draft(name=name, **given)).id
    with office.by("gao") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="云考领〔2026〕2号")
    return entry


def day(month: int, number: int) -> date:
    return date(2026, month, number)
