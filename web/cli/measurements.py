"""The command that measures."""

import sys

import click

import bench as benches
from engine.errors import NotFound
from web.cli.door import answer, command


class NoBench(NotFound):
    """There is no measurement {name}; there are {names}."""

    code = "no_bench"


@command("bench")
@click.argument("names", nargs=-1, metavar="[NAME...]")
def bench(database: str | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Measure what Bihuan costs; exit 1 if a ratio is over its limit."""
    for name in names:
        if name not in benches.NAMES:
            raise NoBench(name=name, names=", ".join(benches.NAMES))
    figures = [_measured(name, as_json) for name in names or benches.NAMES]
    answer({"bench": [each.as_json() for each in figures]}, as_json)
    if any(each.is_over for each in figures):
        sys.exit(1)


def _measured(name: str, as_json: bool) -> benches.Figure:
    """Measure and, for people, tell at once: a run of all takes minutes."""
    figure = benches.NAMES[name]()
    if not as_json:
        limit = "" if figure.limit is None else f" (limit {figure.limit:g})"
        ratio = "" if figure.ratio is None else f"{figure.ratio:8.2f} × {figure.reference}{limit}"
        click.echo(f"{figure.name:18} {figure.value:10.4f} {figure.unit:3} {ratio}{' OVER' if figure.is_over else ''}")
    return figure
