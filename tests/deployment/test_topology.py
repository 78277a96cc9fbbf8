"""The processes of ``docker-compose.yml`` are started as it says, on a real PostgreSQL, and do their work together."""

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from configparser import ConfigParser
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import audit, hints, workflow
from engine.db import transaction
from engine.settings import VARIABLES, Settings
from engine.workflow import definitions
from engine.workflow.store import Instance, Status
from tests.deployment.processes import (
    COMPOSE,
    ROOT,
    SERVICES,
    answers,
    broker,
    database,
    free_port,
    running,
    surroundings,
    until,
)

__all__ = ["broker", "surroundings"]

#: A unit of which there may be many is a template.
UNITS = {"worker": "bihuan-worker@.service"}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
OURS = ("init", "web", "ticker", "worker")


def instructions(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ") for line in DOCKERFILE if line.startswith(f"{name} ")]


def test_the_web_and_the_ticker_wait_for_the_set_up_and_the_set_up_for_the_database() -> None:
    assert SERVICES["init"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web", "ticker"):
        assert SERVICES[name]["depends_on"] == {"init": {"condition": "service_completed_successfully"}}
    assert "healthcheck" in SERVICES["database"]
    assert SERVICES["init"]["restart"] == "no"


def test_only_known_variables_are_set_and_no_secret_has_a_default() -> None:
    known = {variable for variable, _ in VARIABLES.values()}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known
        assert re.fullmatch(r"\$\{BIHUAN_SECRET_KEY:\?.+\}", SERVICES[name]["environment"]["BIHUAN_SECRET_KEY"])
    assert ":?" in SERVICES["database"]["environment"]["POSTGRES_PASSWORD"]


def test_every_volume_that_is_mounted_is_declared() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])


def test_the_image_is_made_of_what_there_is_and_does_not_run_as_root() -> None:
    copied = [words for line in instructions("COPY") if "--from=" not in line for words in [line.split()[:-1]]]
    missing = [name for words in copied for name in words if not (ROOT / name).exists()]
    assert missing == []
    assert instructions("USER") == ["bihuan"]
    assert json.loads(instructions("CMD")[0]) == SERVICES["web"]["command"]


@pytest.mark.parametrize("name", ["web", "ticker", "worker"])
def test_a_systemd_unit_runs_the_same_command(name: str) -> None:
    unit = ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "docs" / "systemd" / UNITS.get(name, f"bihuan-{name}.service"))
    command = shlex.split(unit["Service"]["ExecStart"])
    # A proxy stands before it there, so it listens to this machine alone.
    inside = [part.replace("127.0.0.1:8000", "0.0.0.0:8000") for part in command]
    assert [Path(inside[0]).name, *inside[1:]] == SERVICES[name]["command"]


# The same processes, alive


@pytest.mark.postgresql
def test_set_up_web_and_ticker_work_together_on_postgresql(surroundings: dict[str, str], tmp_path: Path) -> None:
    assert set(SERVICES["web"]["environment"]) == set(surroundings) - {"PATH"}
    subprocess.run(SERVICES["init"]["command"], env=surroundings, cwd=tmp_path, check=True, capture_output=True)
    instance = start_what_ends_by_itself(surroundings)
    port, web_log, ticker_log = free_port(), tmp_path / "web.log", tmp_path / "ticker.log"
    with running("web", surroundings, web_log, **{"--bind=0.0.0.0:8000": f"--bind=127.0.0.1:{port}"}) as web:
        until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), web, web_log)
        assert answers(f"http://127.0.0.1:{port}/")
        with running("ticker", surroundings, ticker_log) as ticker:
            until(lambda: has_ended(surroundings, instance), ticker, ticker_log)


@pytest.mark.postgresql
def test_two_workers_do_what_the_ticker_only_hints_at(
    surroundings: dict[str, str], broker: str, tmp_path: Path
) -> None:
    surroundings["BIHUAN_BROKER_URL"] = broker
    subprocess.run(SERVICES["init"]["command"], env=surroundings, cwd=tmp_path, check=True, capture_output=True)
    instances = start_what_end_by_themselves(surroundings, 30)
    logs = [tmp_path / f"{name}.log" for name in ("ticker", "one", "two")]
    with (
        running("worker", surroundings, logs[1]),
        running("worker", surroundings, logs[2]),
        running("ticker", surroundings, logs[0]) as ticker,
    ):
        # Hints of our own beside the ticker's: twice, and of a matter that does not exist.
        queue = hints.application(Settings(broker_url=broker))
        for instance in [*instances, *instances, 10**9]:
            hints.give(queue, instance, seconds=600)
        until(lambda: all(has_ended(surroundings, each) for each in instances), ticker, logs[0])
    fired = fired_timers(surroundings)
    assert sorted(fired) == sorted(f"instance:{each}" for each in instances), "each timer fired once"
    assert not [line for log in logs for line in log.read_text("utf-8").splitlines() if "Traceback" in line]


@pytest.mark.postgresql
def test_the_ticker_does_it_all_itself_while_the_broker_is_away(surroundings: dict[str, str], tmp_path: Path) -> None:
    surroundings["BIHUAN_BROKER_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    subprocess.run(SERVICES["init"]["command"], env=surroundings, cwd=tmp_path, check=True, capture_output=True)
    instance, log = start_what_ends_by_itself(surroundings), tmp_path / "ticker.log"
    with running("ticker", surroundings, log) as ticker:
        until(lambda: has_ended(surroundings, instance), ticker, log)


def fired_timers(surroundings: Mapping[str, str]) -> list[str]:
    with database(surroundings) as opened, transaction(opened, reading=True) as ctx:
        query = select(audit.Entry.chain).where(audit.Entry.act == "timer.fire")
        return list(ctx.session.scalars(query))


def start_what_ends_by_itself(surroundings: Mapping[str, str]) -> int:
    (instance,) = start_what_end_by_themselves(surroundings, 1)
    return instance


def start_what_end_by_themselves(surroundings: Mapping[str, str], number: int) -> list[int]:
    """Instances that wait for nothing but the clock."""
    diagram = Path(__file__).with_name("waiting.bpmn").read_bytes()
    with database(surroundings) as opened, transaction(opened) as ctx:
        definitions.deploy(ctx, [definitions.Source("waiting.bpmn", diagram)], "waiting")
        keys = [str(each) for each in range(number)]
        return [workflow.start(ctx, "waiting", package="waiting", key=key, title=key).id for key in keys]


def has_ended(surroundings: Mapping[str, str], instance: int) -> bool:
    with database(surroundings) as opened, transaction(opened, reading=True) as ctx:
        return bool(ctx.session.get_one(Instance, instance).status == Status.ENDED)
