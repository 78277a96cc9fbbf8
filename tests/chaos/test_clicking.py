"""Many people click on the same tasks while tickers and workers compete for the same timers, and one worker is killed."""

import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from engine import audit, hints, people, workflow
from engine.db import Database, transaction
from engine.people import Appointment, Person, Unit
from engine.settings import Settings
from engine.workflow import Incident, Instance, Status, Task, TaskStatus, definitions
from engine.workflow.store import Wait
from tests.deployment.processes import (
    SERVICES,
    answers,
    broker,
    database,
    free_port,
    running,
    surroundings,
    until,
)
from tests.workflow.spiff.drawing import draw

__all__ = ["broker", "surroundings"]

TASKS = 50
SECONDS = 30
CLERKS = [f"clerk{number}" for number in range(8)]
PASSWORD = "Clicking-2026"
DIAGRAM = "start s \n user do candidateGroups=clerk \n catch later timer=PT1S \n end e \n s -> do -> later -> e"


@pytest.mark.postgresql
def test_each_task_is_done_once_each_timer_fires_once_and_each_loser_is_told(
    surroundings: dict[str, str], broker: str, tmp_path: Path
) -> None:
    """Round after round of fresh tasks for half a minute, clicked on by all at once."""
    surroundings["BIHUAN_BROKER_URL"] = broker
    subprocess.run(SERVICES["init"]["command"], env=surroundings, cwd=tmp_path, check=True, capture_output=True)
    with database(surroundings) as opened:
        set_up(opened)
        with ExitStack() as services, ThreadPoolExecutor(len(CLERKS)) as clients:
            addresses, ticker, victim = everything_started(services, surroundings, tmp_path)
            browsers = [signed_in(addresses[number % 2], clerk) for number, clerk in enumerate(CLERKS)]
            doubled = services.enter_context(hints_given_twice(broker))
            rounds: list[Round] = []
            ends = time.monotonic() + SECONDS
            while time.monotonic() < ends:
                rounds.append(Round(len(rounds), begun(opened, len(rounds)), addresses))
                doubled[:] = rounds[-1].tasks.values()
                list(clients.map(rounds[-1].clicked, browsers, [victim] * len(browsers)))
            until(lambda: unended(opened) == 0, *ticker)
        assert victim.returncode == -signal.SIGKILL
        assert len(rounds) > 1
        for each in rounds:
            each.was_won_once(opened)
        nothing_went_wrong(opened)


def everything_started(
    services: ExitStack, surroundings: Mapping[str, str], folder: Path
) -> tuple[list[str], tuple["subprocess.Popen[bytes]", Path], "subprocess.Popen[bytes]"]:
    """Two web processes, two tickers, two workers: the addresses, a ticker with its log, and the worker to be killed."""
    ports = [free_port(), free_port()]
    for port in ports:
        bind: dict[str, Any] = {"--bind=0.0.0.0:8000": f"--bind=127.0.0.1:{port}"}
        log = folder / f"web{port}.log"
        web = services.enter_context(running("web", surroundings, log, **bind))
        until(lambda address=f"http://127.0.0.1:{port}/readyz": answers(address), web, log)  # type: ignore[misc]
    log = folder / "ticker.log"
    ticker = services.enter_context(running("ticker", surroundings, log))
    services.enter_context(running("ticker", surroundings, folder / "ticker2.log"))
    services.enter_context(running("worker", surroundings, folder / "worker.log"))
    victim = services.enter_context(running("worker", surroundings, folder / "victim.log", killed=True))
    return [f"http://127.0.0.1:{port}" for port in ports], (ticker, log), victim


def set_up(opened: Database) -> None:
    """Eight clerks who may all do each task."""
    with transaction(opened) as ctx:
        ctx.session.add(Unit(code="U", name="U", kind="assessed"))
        ctx.session.add_all(Person(account=clerk, name=f"name of {clerk}") for clerk in CLERKS)
        ctx.session.flush()
        unit = people.unit(ctx, "U").id
        for clerk in CLERKS:
            post = Appointment(account=clerk, role="clerk", unit_id=unit, from_date=date(2025, 1, 1))
            ctx.session.add(post)
            people.open_account(ctx, clerk, PASSWORD)
        definitions.deploy(ctx, [definitions.Source("main.bpmn", draw(DIAGRAM))], "")


def begun(opened: Database, turn: int) -> dict[int, int]:
    """Fifty fresh tasks; task -> instance."""
    with transaction(opened) as ctx:
        started = [workflow.start(ctx, "main", key=f"{turn}/{each}", title=str(each)).id for each in range(TASKS)]
        found = ctx.session.scalars(select(Task).where(Task.instance_id.in_(started)))
        return {task.id: task.instance_id for task in found}


@dataclass
class Round:
    """Fifty tasks and what each clerk was told of each: None for who has done it, else the name of who has."""

    number: int
    tasks: dict[int, int]
    addresses: Sequence[str]
    told: dict[tuple[int, str], str | None] = field(default_factory=dict)

    def clicked(self, browser: "Browser", victim: "subprocess.Popen[bytes]") -> None:
        """A clerk tries every task, in an order of their own, now at one web process, now at the other; in the middle of
        the first round a worker dies."""
        order = random.Random(f"{browser.clerk} {self.number}").sample(sorted(self.tasks), len(self.tasks))
        for place, task in enumerate(order):
            if self.number == 0 and place == len(order) // 3:
                victim.kill()
            self.told[task, browser.clerk] = browser.completes(self.addresses[place % 2], task)

    def was_won_once(self, opened: Database) -> None:
        with transaction(opened, reading=True) as ctx:
            for task, instance in self.tasks.items():
                winners = [clerk for clerk in CLERKS if self.told[task, clerk] is None]
                assert len(winners) == 1, (task, winners)
                losers = {self.told[task, clerk] for clerk in CLERKS if clerk not in winners}
                assert losers == {f"name of {winners[0]}"}
                assert ctx.session.get_one(Task, task).completed_by == winners[0]
                query = select(audit.Entry).where(audit.Entry.chain == f"instance:{instance}")
                entries = ctx.session.scalars(query.order_by(audit.Entry.seq)).all()
                assert [entry.act for entry in entries] == ["instance.start", "task.complete", "timer.fire"]
                fired = [line for entry in entries for line in entry.facts["trace"] if line[0] == "fired"]
                assert fired == [["fired", "later"]]


@dataclass
class Browser:
    """One clerk, signed in."""

    clerk: str
    session: requests.Session

    def completes(self, address: str, task: int) -> str | None:
        """None when it was done, else who was told to have been first."""
        answer = self.session.post(f"{address}/api/v1/tasks/{task}/complete", json={"version": 1, "data": {}})
        if answer.status_code == 200:
            return None
        told = answer.json()
        assert (answer.status_code, told["code"]) == (409, "task_closed"), told
        return str(told["winner"])


def signed_in(address: str, clerk: str) -> Browser:
    session = requests.Session()
    told = session.post(f"{address}/api/v1/session", json={"account": clerk, "password": PASSWORD})
    session.headers["X-CSRF-Token"] = told.json()["csrf"]
    return Browser(clerk, session)


@contextmanager
def hints_given_twice(broker: str) -> Iterator[list[int]]:
    """Beside the hints of the two tickers, once a second one for each instance in the list."""
    queue = hints.application(Settings(broker_url=broker))
    stop, instances = threading.Event(), list[int]()

    def give() -> None:
        while not stop.wait(1):
            for instance in [*instances]:
                hints.give(queue, instance, seconds=5)

    giving = threading.Thread(target=give)
    giving.start()
    yield instances
    stop.set()
    giving.join()


def unended(opened: Database) -> int:
    with transaction(opened, reading=True) as ctx:
        return len(ctx.session.scalars(select(Instance.id).where(Instance.status != Status.ENDED)).all())


def nothing_went_wrong(opened: Database) -> None:
    with transaction(opened, reading=True) as ctx:
        assert ctx.session.scalars(select(Incident)).all() == []
        assert ctx.session.scalars(select(Wait)).all() == []
        assert ctx.session.scalars(select(Task).where(Task.status == TaskStatus.OPEN)).all() == []
        assert list(audit.broken_entries(ctx)) == []
