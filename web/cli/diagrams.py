"""Commands that check, deploy and prove diagrams."""

import sys
from pathlib import Path
from typing import Any

import click

from engine import starting
from engine.db import transaction
from engine.operations import registry
from engine.settings import read_settings
from engine.workflow import definitions, scenarios
from web.cli.door import answer, command, opened_database


@command("new")
@click.argument("name")
def new(database: str | None, as_json: bool, name: str) -> None:
    """Start a package of that name from the template: a small assessment, ready to be checked, played and changed."""
    root = read_settings(database_url=database).packages_dir
    created, folder = [str(path) for path in starting.start(root, name)], root / name
    answer({"created": created}, as_json, f"{folder}: {len(created)} files. Next: bihuan check {folder}")


@command("deploy")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def deploy(database: str | None, as_json: bool, paths: tuple[Path, ...]) -> None:
    """Check and deploy diagrams, tables, forms or package folders."""
    with opened_database(database) as opened, transaction(opened) as ctx:
        deployed = [
            each for group in _deployments(paths) for each in definitions.deploy(ctx, definitions.sources_of(group))
        ]
    rows = [{"kind": each.kind, "key": each.key, "version": each.version, "new": each.new} for each in deployed]
    lines = [f"{each.kind} {each.key}: version {each.version}{' (new)' if each.new else ''}" for each in deployed]
    answer({"deployed": sorted(rows, key=lambda row: (row["kind"], row["key"]))}, as_json, *lines)


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
    answer({"problems": [each.as_json() for each in complaints]}, as_json, *(lines or ["No problems."]))
    if any(each.problem.severity == "error" for each in complaints):
        sys.exit(1)


@command("play")
@click.argument("diagram", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--scenario", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What is to happen."
)
def play(database: str | None, as_json: bool, diagram: Path, scenario: Path) -> None:
    """Play a scenario against a diagram in memory; exit 0 if it holds."""
    played = scenarios.play(diagram, scenario, registry)
    answer(_played(played), as_json, *_played_lines(played))
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
