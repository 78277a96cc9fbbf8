"""Short ways to make moves in tests of them: who acts on which task, and what can be seen afterwards."""

from typing import Any

import pytest
from sqlalchemy import select

from engine import audit, workflow
from engine.notifications import Notification
from engine.workflow import Task
from engine.workflow.store import TaskStatus
from tests.cast import Office
from tests.workflow import running
from tests.workflow.running import deploy, start


def begun(office: Office, drawn: str, **values: Any) -> int:
    """A matter of the process as it is drawn, running."""
    deploy(office, drawn)
    return start(office, **{"unit": "A01", **values})


def task_id(office: Office, instance: int, element: str, item: int | None = None) -> int:
    with office.by(reading=True) as ctx:
        query = select(Task.id).where(Task.instance_id == instance, Task.element == element, Task.side.is_(None))
        query = query.where(Task.status == TaskStatus.OPEN)
        found = ctx.session.scalars(query if item is None else query.where(Task.item == item)).first()
        assert found is not None, f"{element} is not open"
        return int(found)


def row(office: Office, task: int) -> Task:
    with office.by(reading=True) as ctx:
        return ctx.session.get_one(Task, task)


def mine(office: Office, account: str, **more: Any) -> list[str]:
    with office.by(account, reading=True, **more) as ctx:
        return [task.element for task in workflow.mine(ctx).tasks]


def told(office: Office, account: str) -> list[str]:
    """What somebody was told, by kind, in order."""
    with office.by(reading=True) as ctx:
        query = select(Notification.kind).where(Notification.account == account).order_by(Notification.id)
        return list(ctx.session.scalars(query))


def entries(office: Office, act: str) -> list[audit.Entry]:
    with office.by(reading=True) as ctx:
        return list(ctx.session.scalars(select(audit.Entry).where(audit.Entry.act == act).order_by(audit.Entry.id)))


@pytest.fixture(name="office")
def equipped(office: Office) -> Office:
    return running.equip(office)
