"""The command line: ``bihuan COMMAND``. People's text by default, one JSON document with ``--json``.

0 done, 1 refused (one line on standard error: what, and the cure; nothing changed), 2 wrong usage.
"""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
import waitress

from engine import demo, importing, migrations, people, simulation, ticker, verify
from engine.assessment import plans
from engine.db import SHANGHAI, Database, transaction
from engine.errors import BihuanError, Invalid
from engine.operations import registry
from engine.reports.loop_state import loop_state
from engine.settings import Settings, read_settings
from engine.workflow import definitions, packages, scenarios
from web import create_app

P = ParamSpec("P")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bihuan")
def main() -> None:
    """闭环 Bihuan: the workflow engine of an assessment cycle."""
    # A pipe that takes no Chinese would otherwise end a command in the middle of its answer.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")


def command(name: str) -> Callable[[Callable[P, Any]], click.Command]:
    """A command of ours: it knows ``--database`` and ``--json`` and turns a refusal into one line and exit 1."""

    def declare(function: Callable[P, Any]) -> click.Command:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except BihuanError as error:
                _refuse(error, bool(kwargs.get("as_json")))

        with_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(run)
        with_database = click.option("--database", metavar="URL", help="Database to work on.")(with_json)
        return main.command(name)(with_database)

    return declare


def _refuse(error: BihuanError, as_json: bool) -> None:
    """A command that promises problems in its JSON prints them there too; the one line goes to standard error."""
    details = getattr(error, "complaints", None) or getattr(error, "problems", None)
    if details and as_json:
        _print({"problems": [each.as_json() for each in details]})
    for each in details or []:
        click.echo(" · ".join(str(part) for part in each.as_json().values() if part not in (None, "")), err=True)
    line = " ".join(str(error).split())
    click.echo(f"error: {line}", err=True)
    sys.exit(1)


def _print(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


def _answer(document: Mapping[str, Any], as_json: bool, *lines: str) -> None:
    if as_json:
        _print(document)
    else:
        for line in lines:
            click.echo(line)


def _settings(database: str | None) -> Settings:
    return read_settings(database_url=database)


@contextmanager
def _open(database: str | None, *, migrated: bool = True) -> Iterator[Database]:
    opened = Database(_settings(database), registry)
    try:
        if migrated:
            migrations.require_current(opened.engine)
        yield opened
    finally:
        opened.dispose()


@command("init")
def init(database: str | None, as_json: bool) -> None:
    """Create or migrate the database."""
    with _open(database, migrated=False) as opened:
        revision = migrations.upgrade(opened.engine)
    _answer({"revision": revision}, as_json, f"The database is at revision {revision}.")


@command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--package", metavar="NAME", help="Package of indicators and values.")
@click.option("--cycle", type=int, metavar="YEAR", help="Cycle of indicators and values.")
def import_(
    database: str | None, as_json: bool, files: tuple[Path, ...], package: str | None, cycle: int | None
) -> None:
    """Import units, people, appointments, indicators, values or the calendar from CSV: all or nothing."""
    contents = [(str(file), file.read_bytes()) for file in files]
    with _open(database) as opened, transaction(opened) as ctx:
        year = plans.make_cycle(ctx, package or packages.default_key(ctx), cycle) if cycle else None
        counts = importing.import_files(ctx, contents, year)
    lines = [f"{kind}: {count} rows" for kind, count in counts.items()]
    _answer({"imported": counts, "problems": []}, as_json, *lines)


@command("account")
@click.argument("act", type=click.Choice(["create", "reset", "disable"]))
@click.argument("account")
def account(database: str | None, as_json: bool, act: str, account: str) -> None:
    """Give an account, a new one-time password, or disable the account."""
    with _open(database) as opened, transaction(opened) as ctx:
        if act == "disable":
            people.disable_account(ctx, account)
            password = None
        else:
            password = people.give_account(ctx, account, again=act == "reset")
    said = f"One-time password of {account}: {password}" if password else f"{account} is disabled."
    _answer({"account": account, "one_time_password": password}, as_json, said)


@command("deploy")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def deploy(database: str | None, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Check and deploy diagrams, tables, forms or package folders."""
    with _open(database) as opened, transaction(opened) as ctx:
        deployed = [
            each for group in _deployments(paths) for each in definitions.deploy(ctx, definitions.sources_of(group))
        ]
    rows = [{"kind": each.kind, "key": each.key, "version": each.version, "new": each.new} for each in deployed]
    lines = [f"{each.kind} {each.key}: version {each.version}{' (new)' if each.new else ''}" for each in deployed]
    _answer({"deployed": sorted(rows, key=lambda row: (row["kind"], row["key"]))}, as_json, *lines)


def _deployments(paths: tuple[Path, ...]) -> list[list[Path]]:
    """Each folder is a deployment of its own; loose files are one together."""
    folders = [[path] for path in paths if path.is_dir()]
    loose = [path for path in paths if not path.is_dir()]
    return [*folders, loose] if loose else folders


@command("check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def check(database: str | None, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Check for deployment without deploying; exit 1 if there is an error."""
    complaints = [
        each for group in _deployments(paths) for each in definitions.check(definitions.sources_of(group), registry)
    ]
    lines = [f"{each.file}: {each.problem.severity} {each.problem.code}: {each.problem.message}" for each in complaints]
    _answer({"problems": [each.as_json() for each in complaints]}, as_json, *(lines or ["No problems."]))
    if any(each.problem.severity == "error" for each in complaints):
        sys.exit(1)


@command("play")
@click.argument("diagram", type=click.Path(exists=True, path_type=Path))
@click.option("--scenario", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def play(database: str | None, as_json: bool, diagram: Path, scenario: Path) -> None:
    """Play a scenario against a diagram in memory; exit 0 if it holds."""
    played = scenarios.play(diagram, scenario, registry)
    _answer(_played(played), as_json, *_played_lines(played))
    if not played.ok:
        sys.exit(1)


def _played(played: scenarios.Played) -> dict[str, Any]:
    if played.problems:
        return {"ok": False, "problems": [definitions.Complaint(*each).as_json() for each in played.problems]}
    failure = played.failure
    trace = [{"at": each.at.isoformat(), "event": each.event, "element": each.element} for each in played.trace]
    told = {"step": failure.step, "expected": failure.expected, "actual": failure.actual} if failure else None
    return {"ok": played.ok, "steps": played.steps, "trace": trace, "failure": told}


def _played_lines(played: scenarios.Played) -> list[str]:
    if played.problems:
        return [f"{file}: {each.severity} {each.code}: {each.message}" for file, each in played.problems]
    if played.failure is None:
        return [f"It holds: {played.steps} steps."]
    return [f"Step {played.failure.step}: expected {played.failure.expected}, found {played.failure.actual}."]


@command("demo")
@click.option("--package", metavar="NAME")
@click.option("--at", metavar="DATE", help="Play up to this day at 09:00; 15 September of the cycle by default.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--reset", is_flag=True, help="Start over.")
def demo_(database: str | None, as_json: bool, package: str | None, at: str | None, seed: int, reset: bool) -> None:
    """Play the demo city up to a date; an existing demo is kept."""
    with _open(database, migrated=False) as opened:
        folder = _folder(opened, package)
        if reset:
            demo.reset(opened)
        migrations.upgrade(opened.engine)
        shipped = packages.read_folder(folder)
        until = _morning(at) if at else _morning(f"{demo.cycle_year(shipped, folder)}-09-15")
        simulation.play(opened, folder, until, seed=seed, demo_holds=True, tell=_progress(as_json))
        with transaction(opened, reading=True) as ctx:
            accounts = demo.accounts(ctx, shipped)
    lines = [
        f"{each['account']}  {each['password']}  {each['name']} {each['role']}@{each['unit']}" for each in accounts
    ]
    _answer({"at": until.isoformat(), "accounts": accounts}, as_json, *lines)


@command("simulate")
@click.option("--package", metavar="NAME")
@click.option("--until", required=True, metavar="DATE", help="That day at 09:00.")
@click.option("--seed", type=int, default=1, show_default=True)
def simulate(database: str | None, as_json: bool, package: str | None, until: str, seed: int) -> None:
    """Play the package's year with simulated people; run again, it goes on from where it stands."""
    with _open(database, migrated=False) as opened:
        migrations.upgrade(opened.engine)
        folder = _folder(opened, package)
        year = simulation.play(opened, folder, _morning(until), seed=seed, tell=_progress(as_json))
        with transaction(opened, now=_morning(until), reading=True) as ctx:
            state = loop_state(ctx, plans.find(ctx, packages.read_folder(folder).key, year))
    _answer(state, as_json, *_told(state))


@command("loop")
@click.option("--package", metavar="NAME")
@click.option("--cycle", type=int, metavar="YEAR")
def loop(database: str | None, as_json: bool, package: str | None, cycle: int | None) -> None:
    """The state of the loop."""
    with _open(database) as opened, transaction(opened, reading=True) as ctx:
        state = loop_state(ctx, plans.find(ctx, package or packages.default_key(ctx), cycle))
    _answer(state, as_json, *_told(state))


@command("verify")
def verify_(database: str | None, as_json: bool) -> None:
    """Check the invariants; exit 1 if one is broken."""
    with _open(database) as opened, transaction(opened, reading=True) as ctx:
        findings = verify.verify(ctx)
    rows = [
        {"id": each.id, "title": each.title, "broken": len(each.places), "examples": list(each.places[:5])}
        for each in findings
    ]
    lines = [f"{row['id']:4} {row['broken']:6} {row['title']}" for row in rows]
    _answer({"invariants": rows}, as_json, *lines)
    if any(each.places for each in findings):
        sys.exit(1)


@command("tick")
@click.option("--once", is_flag=True, help="Do what is due now and stop.")
def tick(database: str | None, as_json: bool, once: bool) -> None:
    """Do what is due, now or for ever."""
    with _open(database) as opened:
        if once:
            done = ticker.beat(opened)
            _answer({"advanced": done}, as_json, f"{done} matters advanced.")
        else:
            _until_stopped(lambda stopping: ticker.run(opened, stopping))


@command("serve")
@click.option("--host", metavar="HOST", help="Address to listen on; BIHUAN_HOST or 127.0.0.1 by default.")
@click.option("--port", type=int, help="Port to listen on; PORT or 8000 by default.")
def serve(database: str | None, as_json: bool, host: str | None, port: int | None) -> None:
    """Serve everything in one process: pages, API, ticker."""
    with _open(database) as opened:
        address = (host or opened.settings.host, port or opened.settings.port)
        server = waitress.create_server(create_app(database=opened), host=address[0], port=address[1], threads=8)
        _answer(
            {"url": f"http://{address[0]}:{address[1]}"}, as_json, f"Bihuan serves on http://{address[0]}:{address[1]}"
        )
        with ticker.heartbeat(opened):
            _until_stopped(lambda stopping: _serve(server, stopping))


def _serve(server: Any, stopping: threading.Event) -> None:
    """Requests under way are finished before the server ends."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    stopping.wait()
    server.close()
    thread.join(timeout=10)


def _folder(database: Database, package: str | None) -> Path:
    root = database.settings.packages_dir
    folder = root / (package or packages.default_folder(root))
    if not (folder / packages.FILE).exists():
        raise packages.NoPackage(package=package)
    return folder


def _morning(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(9), SHANGHAI)
    except ValueError:
        raise Invalid("{day} is no date; write it as 2026-09-15.", day=day) from None


def _progress(as_json: bool) -> Callable[[str], None]:
    return (lambda _: None) if as_json else (lambda month: click.echo(month, err=True))


def _told(state: Mapping[str, Any]) -> list[str]:
    """The loop's state in a few lines for a person."""
    lines = [f"{state['package']} {state['cycle']} · {state['now']}"]
    lines += [f"  {stage}: {count}" for stage, count in state["stages"].items()]
    lines += [
        f"  {each['round']}: published {each['published_at']}, {len(each['warned'])} warned" for each in state["rounds"]
    ]
    lines += [f"  {name}: {count}" for name, count in state["rectifications"].items()]
    lines += [f"  broken loops: {len(state['broken_loops'])}", f"  tasks: {state['tasks']}"]
    return lines


def _until_stopped(run: Callable[[Any], None]) -> None:
    """Run until SIGTERM or Ctrl-C; what is under way is finished."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    run(stopping)
