"""Commands that calculate and touch no database: FEEL expressions, decision tables, scores, warnings."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from engine import feel, json_lines
from engine.assessment import scoring, warnings
from engine.errors import BihuanError, Invalid
from engine.settings import read_settings
from engine.workflow import decisions
from web.cli.door import answer, command, print_json, shipped_folder

#: The table a package ships its warnings' colours in.
WARNING_TABLE = "warning_level"
#: Processes that score a large batch: what the smallest server has.
SCORERS = 2
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class NotAnObject(Invalid):
    """{where} must be a JSON object of names and values."""

    code = "not_an_object"


@command("eval")
@click.argument("expression", required=False)
@click.option("--context", default="{}", metavar="JSON", help="The variables the expression sees.")
@click.option("--batch", type=A_FILE, metavar="FILE.jsonl", help="A row in, a line out; - for each bad one an error.")
def eval_(database: str | None, as_json: bool, expression: str | None, context: str, batch: Path | None) -> None:
    """Evaluate one FEEL expression, or a file of rows."""
    if (expression is None) == (batch is None):
        raise click.UsageError("Give an expression, or --batch with a file.")
    if batch is not None:
        _stream(batch, lambda row: {"value": decisions.answer(row)})
    else:
        _evaluate({"expression": expression, "context": json_lines.read(context, "--context")}, as_json)


def _evaluate(row: Mapping[str, Any], as_json: bool) -> None:
    try:
        value = decisions.answer(row)
    except BihuanError as error:
        if as_json:
            print_json(json_lines.error_line(error))
        raise
    answer({"value": value}, as_json, json.dumps(value, ensure_ascii=False))


@command("decide")
@click.argument("table", type=A_FILE)
@click.option("--context", default="{}", metavar="JSON", help="The inputs.")
@click.option("--decision", metavar="ID", help="Which decision; the one no other requires by default.")
def decide(database: str | None, as_json: bool, table: Path, context: str, decision: str | None) -> None:
    """Evaluate a decision of a DMN file."""
    read = json_lines.read(context, "--context")
    if not isinstance(read, dict):
        raise NotAnObject(where="--context")
    given = {name: feel.decode(value) for name, value in read.items()}
    found = decisions.read(table.read_bytes()).evaluate(decision, given)
    outputs = feel.encode(found.outputs)
    lines = (json.dumps(outputs, ensure_ascii=False), f"rules: {', '.join(map(str, found.matched_rules)) or 'none'}")
    answer({"outputs": outputs, "matched_rules": found.matched_rules}, as_json, *lines)


@command("score")
@click.argument("case", required=False, type=A_FILE)
@click.option("--batch", type=A_FILE, metavar="CASES.jsonl", help="A case in, a line out.")
@click.option("--methods", is_flag=True, help="List every scoring method.")
def score(database: str | None, as_json: bool, case: Path | None, batch: Path | None, methods: bool) -> None:
    """Score a case, a file of cases, or list the methods."""
    if [case is not None, batch is not None, methods].count(True) != 1:
        raise click.UsageError("Give a case, or --batch with a file, or --methods.")
    if batch is not None:
        _stream(batch, scoring.answer, SCORERS)
    elif case is not None:
        scored = scoring.answer(json_lines.read(case, str(case)))
        lines = [f"{row['unit']:12} {row['score'] or '-':>16} {row['rank'] or '-':>4}" for row in scored["scores"]]
        answer(scored, as_json, *lines)
    else:
        described = scoring.described()
        answer(described, as_json, *(f"{each['method']:22} {each['meaning']}" for each in described))


@command("warn")
@click.argument("case", type=A_FILE)
@click.option("--package", metavar="NAME", help="Whose warning table; the default package's otherwise.")
def warn(database: str | None, as_json: bool, case: Path, package: str | None) -> None:
    """The warnings of one indicator and round."""
    file = shipped_folder(read_settings(), package) / f"{WARNING_TABLE}.dmn"
    model = decisions.read(file.read_bytes())
    told = warnings.answer(json_lines.read(case, str(case)), lambda facts: model.evaluate(WARNING_TABLE, facts).outputs)
    lines = [f"{each['unit']:12} {each['level'] or '-':8} {' '.join(each['reasons'])}" for each in told["warnings"]]
    answer(told, as_json, *(lines or ["Nobody is warned."]))


def _stream(file: Path, calculate: Callable[[Any], Any], processes: int = 1) -> None:
    """A line out for each line in; a bad one gives an error line and stops nothing."""
    with file.open("rb") as lines:
        for answered in json_lines.answers(lines, calculate, processes):
            sys.stdout.write(answered + "\n")
