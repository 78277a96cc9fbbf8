"""The random walks of ``spiff.trio`` on a database, through the doors everybody uses, in one process or in several.

Each act is one transaction. In the same transaction its number is written down, so that a process that takes over knows
exactly which act is next, whenever the one before it was killed.
"""

import os
import signal
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select

from engine import audit, workflow
from engine.db import Context, Database, transaction
from engine.settings import Settings
from engine.workflow import Instance, Status, Task, TaskStatus, definitions, moves
from engine.workflow.store import KeptMessage
from tests.workflow.spiff.trio import Act, Trio
from tests.workflow.spiff.walking import START

Line = tuple[str, ...]
"""One line of a trace: what happened, to what, and the flows that were taken."""


def walked(seed: int) -> Trio:
    """The walk as it goes in memory: its acts are made again, its trace is compared with."""
    trio = Trio(seed, doors=True)
    trio.walk()
    return trio


def told(trio: Trio) -> list[Line]:
    own = ("", trio.specification.process)
    return [
        (entry.event, entry.element if entry.process in own else f"{entry.process}/{entry.element}", *entry.flows)
        for entry in trio.straight.trace
    ]


class StoredWalk:
    """A walk on a database."""

    def __init__(self, database: Database, trio: Trio) -> None:
        self.database = database
        self.trio = trio
        self.key = f"walk/{trio.seed}"
        self.now = START

    def deploy(self) -> None:
        with self.at(START) as ctx:
            definitions.deploy(ctx, [definitions.Source(f"walk_{self.trio.seed}.bpmn", self.trio.source)])

    def go_on(self) -> None:
        """Makes every act that has not been made yet, the start first."""
        done = self.done()
        for number, act in enumerate([None, *self.trio.acts]):
            if act is not None and act.kind == "advance":
                self.now = datetime.fromisoformat(act.to)
            if number >= done:
                self.make(number, act)

    def done(self) -> int:
        with self.at(START) as ctx:
            query = select(func.count()).select_from(audit.Entry).where(audit.Entry.chain == self.key)
            return ctx.session.scalar(query) or 0

    def make(self, number: int, act: Act | None) -> None:
        with self.at(self.now) as ctx:
            if act is None:
                workflow.start(ctx, "main", key=self.key, title=self.key)
            else:
                _MAKE[act.kind](ctx, self.instance(ctx), act)
            audit.record(ctx, "walk.act", self.key, number=number)

    def at(self, now: datetime) -> Any:
        return transaction(self.database, now=now)

    def instance(self, ctx: Context) -> Instance:
        return workflow.find(ctx, "", self.key)

    def told(self) -> list[Line]:
        with self.at(self.now) as ctx:
            history = workflow.history(ctx, self.instance(ctx))
            return [tuple(line) for entry in history for line in entry.facts.get("trace", ())]

    def agrees(self) -> None:
        """What stands in the tables is what the machine in memory says."""
        machine = self.trio.straight
        with self.at(self.now) as ctx:
            found = self.instance(ctx)
            query = select(Task).where(Task.instance_id == found.id, Task.status == TaskStatus.OPEN)
            tasks = [(task.element, task.item) for task in ctx.session.scalars(query.order_by(Task.id))]
            assert sorted(tasks, key=str) == sorted(((task.element, task.item) for task in machine.tasks), key=str)
            assert (found.status == Status.ENDED) is machine.finished
            assert workflow.variables(ctx, found) == machine.variables
            assert workflow.next_due(ctx) == machine.due
            assert workflow.incidents(ctx, found) == []

    def clear_away(self) -> None:
        """So that nothing of it hears what is sent in the next walk."""
        with self.at(self.now) as ctx:
            found = self.instance(ctx)
            if found.status == Status.RUNNING:
                workflow.cancel(ctx, found, "the walk is over")
            ctx.session.execute(delete(KeptMessage))


def _complete(ctx: Context, instance: Instance, act: Act) -> None:
    workflow.complete(ctx, _open(ctx, instance, act).id, dict(act.data))


def _open(ctx: Context, instance: Instance, act: Act) -> Task:
    query = select(Task).where(Task.instance_id == instance.id, Task.status == TaskStatus.OPEN)
    return ctx.session.scalars(query.where(Task.element == act.element, Task.item.is_not_distinct_from(act.item))).one()


def _return(ctx: Context, instance: Instance, act: Act) -> None:
    moves.send_back(ctx, _open(ctx, instance, act).id, act.to, "once more")


def _refused(ctx: Context, instance: Instance, act: Act) -> None:
    task = _open(ctx, instance, act)
    with pytest.raises(moves.NotReturnable):
        moves.send_back(ctx, task.id, act.to, "once more")


def _withdraw(ctx: Context, instance: Instance, act: Act) -> None:
    done = select(Task).where(Task.instance_id == instance.id, Task.element == act.element)
    newest = ctx.session.scalars(done.where(Task.status == TaskStatus.COMPLETED).order_by(Task.id.desc())).first()
    assert newest is not None
    moves.withdraw(ctx, newest.id, "too early")


def _advance(ctx: Context, instance: Instance, act: Act) -> None:
    while (due := workflow.due(ctx)) is not None:
        assert due == instance.id
        workflow.advance(ctx, due)


_MAKE: dict[str, Callable[[Context, Instance, Act], object]] = {
    "complete": _complete,
    "message": lambda ctx, instance, act: workflow.send(ctx, act.to),
    "advance": _advance,
    "return": _return,
    "refused": _refused,
    "withdraw": _withdraw,
}


def opened(url: str) -> Database:
    return Database(Settings(database_url=url))


def walk_until_killed(url: str, seed: int, statement: int) -> None:
    """Goes on with a walk in a process of its own, which is killed when it has sent so many statements: between two acts,
    in the middle of one, or when one has just been committed. It finds what has been done in the database alone."""
    trio = walked(seed)
    database = opened(url)
    left = statement

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine, "after_cursor_execute", count)
    event.listen(database.engine, "commit", count)
    StoredWalk(database, trio).go_on()
    database.dispose()
