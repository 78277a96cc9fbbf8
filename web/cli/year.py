"""Commands that play a year, and that ask how it stands."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from engine import demo, migrations, simulation, verify
from engine.assessment import plans
from engine.db import transaction
from engine.reports.loop_state import loop_state
from engine.simulation.world import Event
from engine.workflow import packages
from web.cli.door import answer, command, morning, opened_database, shipped_folder


@command("demo")
@click.option("--package", metavar="NAME", help="Which package; the default one otherwise.")
@click.option("--at", metavar="DATE", help="Play up to this day at 09:00; 15 September of the cycle by default.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another one tells other stories.")
@click.option("--reset", is_flag=True, help="Start over.")
def demo_(database: str | None, as_json: bool, package: str | None, at: str | None, seed: int, reset: bool) -> None:
    """Play the demo city up to a date; an existing demo is kept."""
    with opened_database(database, migrated=False) as opened:
        folder = shipped_folder(opened.settings, package)
        if reset:
            demo.reset(opened)
        demo.require_this_release(opened)
        migrations.upgrade(opened.engine)
        shipped = packages.read_folder(folder)
        until = morning(at or str(demo.shown_at(shipped, folder)))
        played = simulation.play(opened, folder, until, seed=seed, demo_holds=True, tell=_progress(as_json))
        with transaction(opened, reading=True) as ctx:
            accounts = demo.accounts(ctx, shipped)
            offered = [each for each in demo.cards(ctx) if each["package"] == shipped.key]
    waiting = _waiting(played.waiting)
    found = {"at": until.isoformat(), "accounts": accounts, **waiting}
    answer(found, as_json, *_people(accounts, offered), *_told_waiting(**waiting))


def _people(accounts: Sequence[Mapping[str, Any]], offered: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those the first page offers; a city's two hundred would push the address of the page out of sight."""
    lines = [f"{each['account']}  {each['name']} {each['role']}@{each['unit']}" for each in offered or accounts]
    more = f"; --json lists all {len(accounts)}" if offered else ""
    return [*lines, f"Everybody has the password {demo.PASSWORD}{more}."]


@command("simulate")
@click.option("--package", metavar="NAME", help="Which package; the default one otherwise.")
@click.option("--until", required=True, metavar="DATE", help="That day at 09:00.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another one tells other stories.")
def simulate(database: str | None, as_json: bool, package: str | None, until: str, seed: int) -> None:
    """Play the package's year with simulated people; run again, it goes on from where it stands."""
    with opened_database(database, migrated=False) as opened:
        migrations.upgrade(opened.engine)
        folder = shipped_folder(opened.settings, package)
        played = simulation.play(opened, folder, morning(until), seed=seed, tell=_progress(as_json))
        with transaction(opened, now=morning(until), reading=True) as ctx:
            state = loop_state(ctx, plans.find(ctx, packages.read_folder(folder).key, played.year))
    waiting = _waiting(played.waiting)
    answer({**state, **waiting}, as_json, *_told(state), *_told_waiting(**waiting))


@command("loop")
@click.option("--package", metavar="NAME", help="Which package; the default one otherwise.")
@click.option("--cycle", type=int, metavar="YEAR", help="Which year; the latest otherwise.")
def loop(database: str | None, as_json: bool, package: str | None, cycle: int | None) -> None:
    """The state of the loop."""
    with opened_database(database) as opened, transaction(opened, reading=True) as ctx:
        state = loop_state(ctx, plans.find(ctx, package or packages.default_key(ctx), cycle))
    answer(state, as_json, *_told(state))


@command("verify")
def verify_(database: str | None, as_json: bool) -> None:
    """Check the invariants; exit 1 if one is broken."""
    with opened_database(database) as opened, transaction(opened, reading=True) as ctx:
        findings = verify.verify(ctx)
    rows = [
        {"id": each.id, "title": each.title, "broken": len(each.places), "examples": list(each.places[:5])}
        for each in findings
    ]
    lines = [f"{row['id']:4} {row['broken']:6} {row['title']}" for row in rows]
    answer({"invariants": rows}, as_json, *lines)
    if any(each.places for each in findings):
        sys.exit(1)


def _progress(as_json: bool) -> Callable[[str], None]:
    return (lambda _: None) if as_json else (lambda month: click.echo(month, err=True))


def _waiting(events: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """Events of the demo that were due and have not come about, under ``waiting``; nothing where all have."""
    lines = [
        {
            "line": each.line,
            "kind": each.kind,
            "unit": each.unit,
            "indicator": each.indicator,
            "since": each.at.isoformat(),
        }
        for each in events
    ]
    return {"waiting": lines} if lines else {}


def _told_waiting(waiting: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Never left unsaid."""
    return [
        f"  still waits for its moment: {each['kind']} {each['unit']} {each['indicator']} (line {each['line']}, since {each['since']})"
        for each in waiting
    ]


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
