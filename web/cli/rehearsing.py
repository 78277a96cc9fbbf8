"""The command that replays a year under other rules, in a copy."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from engine import rehearsal
from web.cli.door import answer, command, opened_database

A_PATH = click.Path(exists=True, path_type=Path)


@command("rehearse")
@click.option("--package", metavar="NAME", help="Which package; the default one otherwise.")
@click.option("--against", required=True, type=int, metavar="YEAR", help="The year to replay, as far as it has come.")
@click.option("--with", "given", multiple=True, required=True, type=A_PATH, metavar="PATH...", help="What is changed.")
@click.argument("more", nargs=-1, type=A_PATH, metavar="")
def rehearse(
    database: str | None,
    as_json: bool,
    package: str | None,
    against: int,
    given: tuple[Path, ...],
    more: tuple[Path, ...],
) -> None:
    """Replay a year with changed tables, parameters, indicators or diagrams, in a copy; nothing real is changed."""
    with opened_database(database) as opened:
        told = rehearsal.rehearse(opened, package, against, [*given, *more])
    answer(told, as_json, *_lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    """What is changed, what would have been different round by round, and what the replay leaves out."""
    before, after = told["before"], told["after"]
    rounds = ", ".join(each["round"] for each in before["rounds"])
    yield f"{before['package']} {before['cycle']} replayed: {rounds}"
    for old, new in zip(before["rounds"], after["rounds"], strict=True):
        yield from _changes(old, new)
        yield from (_difference(each) for each in told["differences"] if each["round"] == old["round"])
    yield from (_story(each) for each in told["differences"] if each["what"] == "story")
    yield f"{len(told['differences'])} differences" if told["differences"] else "Nothing would have been different."
    if after["not_replayed"]:
        yield f"changed, but nothing that is replayed looks at it: {', '.join(after['not_replayed'])}"
    for each in before["recorded_otherwise"]:
        yield f"the record differs from the rules in force: {each['round']} {_difference(each).strip()}"


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """The round, and the rules in it that are other ones."""
    yield f"{old['round']} ({old['as_of']})"
    before, after = _rules(old), _rules(new)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"  {name}: {_written(before, name)} -> {_written(after, name)}"


def _rules(told: Mapping[str, Any]) -> dict[str, Any]:
    """``parameters.lag_points`` and the like -> what it says."""
    flat: dict[str, Any] = {}
    for kind in ("tables", "parameters", "indicators"):
        for name, value in told[kind].items():
            parts = value.items() if isinstance(value, Mapping) else [("", value)]
            flat |= {f"{kind}.{name}.{part}".rstrip("."): each for part, each in parts}
    return flat


def _written(rules: Mapping[str, Any], name: str) -> str:
    return json.dumps(rules[name], ensure_ascii=False) if name in rules else "-"


def _difference(each: Mapping[str, Any]) -> str:
    place = " ".join(filter(None, (each["unit"], each["indicator"])))
    because = f"  [{', '.join(each['because'])}]"
    return f"    {place:12} {each['what']}: {_side(each['before'])} -> {_side(each['after'])}{because}"


def _side(value: Any) -> str:
    """A value as people read it; of a warning its colour, its reasons and the lead they rest on."""
    if not isinstance(value, Mapping):
        return "-" if value is None else str(value)
    if "grave_warnings" in value:
        return f"{value['round']}, {value['grave_warnings']} grave warnings"
    told = f"{value['level']} {', '.join(value['reasons'])}" if value["reasons"] else "none"
    return f"{told} (lead {value['lead_points'] or '-'}, rank {value['rank'] or '-'})"


def _story(each: Mapping[str, Any]) -> str:
    sides = " -> ".join(_told(each[side]) for side in ("before", "after"))
    return f"scenario {each['story']}: {sides}  [{', '.join(each['because'])}]"


def _told(side: Mapping[str, Any]) -> str:
    failure, goes = side["failure"], side["goes"]
    held = "holds" if side["holds"] else f"fails at step {failure['step']}"
    return f"{held}, {goes['at']} {goes['event']} {goes['element']}" if goes["at"] else held
