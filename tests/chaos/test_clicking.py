"""Many people click on the same tasks while tickers and workers compete for the same timers, and one worker is killed."""

import random
import subprocess
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from engine import audit, hints, people, workflow
from engine.db import transaction
from engine.people import Appointment, Person, Unit
from engine.settings import Settings
from engine.workflow import Instance, Status, Task, TaskStatus, definitions
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
CLERKS = [f"clerk{number}" for number in range(8)]
PASSWORD = "Clicking-2026"
DIAGRAM = "start s \n user do candidateGroups=clerk \n catch later timer=PT1S \n end e \n s -> do -> later -> e"


@pytest.mark.postgresql
def test_each_task_is_done_once_each_timer_fires_once_and_each_loser_is_told(
    surroundings: dict[str, str], broker: str, tmp_path: Path
) -> None:
    surroundings["BIHUAN_BROKER_URL"] = broker
    subprocess.run(SERVICES["init"]["command"], env=surroundings, cwd=tmp_path, check=True, capture_output=True)
    tasks = set_up(surroundings)
    port, logs = free_port(), [tmp_path / f"{name}.log" for name in ("web", "ticker1", "ticker2", "worker1", "worker2")]
    bind = {"--bind=0.0.0.0:8000": f"--bind=127.0.0.1:{port}"}
    with (
        running("web", surroundings, logs[0], **bind) as web,
        running("ticker", surroundings, logs[1]) as ticker,
        running("ticker", surroundings, logs[2]),
        running("worker", surroundings, logs[3]),
        running("worker", surroundings, logs[4], killed=True) as victim,
    ):
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(f"{address}/readyz"), web, logs[0])
        stop = threading.Event()
        doubling = threading.Thread(target=give_hints_twice, args=(broker, list(tasks.values()), stop))
        doubling.start()
        with ThreadPoolExecutor(len(CLERKS)) as clients:
            told = [
                each
                for clicks in clients.map(lambda clerk: click(address, clerk, tasks, victim), CLERKS)
                for each in clicks
            ]
        until(lambda: ended(surroundings) == TASKS, ticker, logs[1])
        stop.set()
        doubling.join()
    assert Counter(told) == {"done": TASKS, "task_closed": TASKS * (len(CLERKS) - 1)}
    with database(surroundings) as opened, transaction(opened, reading=True) as ctx:
        acts: Counter[Any] = Counter(ctx.session.execute(select(audit.Entry.chain, audit.Entry.act)).all())
        for instance in tasks.values():
            chain = f"instance:{instance}"
            assert (acts[chain, "task.complete"], acts[chain, "timer.fire"]) == (1, 1), chain
        assert {each.status for each in ctx.session.scalars(select(Instance))} == {Status.ENDED}
        assert ctx.session.scalars(select(Task).where(Task.status == TaskStatus.OPEN)).all() == []
        assert list(audit.broken_entries(ctx)) == []


def set_up(surroundings: Mapping[str, str]) -> dict[int, int]:
    """Eight clerks who may all do each of fifty tasks; task -> instance."""
    with database(surroundings) as opened, transaction(opened) as ctx:
        ctx.session.add(Unit(code="U", name="U", kind="assessed"))
        ctx.session.add_all(Person(account=clerk, name=f"name of {clerk}") for clerk in CLERKS)
        ctx.session.flush()
        unit = people.unit(ctx, "U").id
        for clerk in CLERKS:
            post = Appointment(account=clerk, role="clerk", unit_id=unit, from_date=date(2025, 1, 1))
            ctx.session.add(post)
            people.open_account(ctx, clerk, PASSWORD)
        definitions.deploy(ctx, [definitions.Source("main.bpmn", draw(DIAGRAM))], "")
        for number in range(TASKS):
            workflow.start(ctx, "main", key=str(number), title=str(number))
        return {task.id: task.instance_id for task in ctx.session.scalars(select(Task))}


def click(address: str, clerk: str, tasks: Mapping[int, int], victim: "subprocess.Popen[bytes]") -> list[str]:
    """What the clerk was told of each task, in an order of their own; in the middle of it all a worker dies."""
    browser = requests.Session()
    signed_in = browser.post(f"{address}/api/v1/session", json={"account": clerk, "password": PASSWORD})
    browser.headers["X-CSRF-Token"] = signed_in.json()["csrf"]
    order = random.Random(clerk).sample(sorted(tasks), len(tasks))
    told = []
    for place, task in enumerate(order):
        if place == len(order) // 3:
            victim.kill()
        answer = browser.post(f"{address}/api/v1/tasks/{task}/complete", json={"version": 1, "data": {}})
        told.append("done" if answer.status_code == 200 else refusal(answer.status_code, answer.json()))
    return told


def refusal(status: int, told: Mapping[str, Any]) -> str:
    assert status == 409 and told["winner"].startswith("name of clerk"), told
    return str(told["code"])


def give_hints_twice(broker: str, instances: list[int], stop: threading.Event) -> None:
    queue = hints.application(Settings(broker_url=broker))
    while not stop.wait(1):
        for instance in instances:
            hints.give(queue, instance, seconds=5)


def ended(surroundings: Mapping[str, str]) -> int:
    with database(surroundings) as opened, transaction(opened, reading=True) as ctx:
        return len(ctx.session.scalars(select(Instance.id).where(Instance.status == Status.ENDED)).all())
