"""What every command shares: its options, how it answers, how it refuses, how it opens the database."""

import gc
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from engine import migrations
from engine.db import SHANGHAI, Database, transaction
from engine.errors import BihuanError, Invalid, Refused
from engine.operations import registry
from engine.settings import Settings, read_settings
from engine.workflow import packages
from web import groups, words

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
        print_json({"problems": [each.as_json() for each in details]})
    for each in details or []:
        click.echo(" · ".join(str(part) for part in each.as_json().values() if part not in (None, "")), err=True)
    line = " ".join(str(error).split())
    click.echo(f"error: {line}", err=True)
    sys.exit(1)


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


def answer(document: Any, as_json: bool, *lines: str) -> None:
    if as_json:
        print_json(document)
    else:
        for line in lines:
            click.echo(line)


def _settings(database: str | None) -> Settings:
    return read_settings(database_url=database)


class NoDatabase(Refused):
    """The database {database} cannot be used: {why}. Name one with --database or BIHUAN_DATABASE_URL."""

    code = "no_database"


@contextmanager
def opened_database(database: str | None, *, migrated: bool = True) -> Iterator[Database]:
    opened = _reached(_settings(database))
    try:
        if migrated:
            migrations.require_current(opened.engine)
        yield opened
    except BihuanError as error:
        error.facts = _in_words(opened, error)
        raise
    finally:
        opened.dispose()


def _in_words(database: Database, error: BihuanError) -> dict[str, Any]:
    """The facts of a refusal as people read them: states in words, and who is meant by the names this database knows."""
    told = words.facts_of(error)
    if not groups.codes_in(told):
        return told
    with transaction(database, reading=True) as ctx:
        return groups.named(ctx, told, "en")


def _reached(settings: Settings) -> Database:
    """The database, once it has answered. What it says may hold the password; its first line does not."""
    shown = "that is named"
    try:
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
        opened = Database(settings, registry)
        opened.engine.connect().close()
    except ArgumentError:
        # What cannot be read as a URL may hold a password anywhere.
        raise NoDatabase(database=shown, why="it must read sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    except (OSError, SQLAlchemyError) as error:
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise NoDatabase(database=shown, why=why.rstrip(".")) from None
    return opened


def shipped_folder(settings: Settings, package: str | None) -> Path:
    """The folder of a shipped package, the default one's where none is named. Raises ``NoPackage``."""
    root = settings.packages_dir
    folder = root / (package or packages.default_folder(root))
    if not (folder / packages.FILE).exists():
        raise packages.NoPackage(package=package)
    return folder


def morning(day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(9), SHANGHAI)
    except ValueError:
        raise Invalid("{day} is no date; write it as 2026-09-15.", day=day) from None


def until_stopped(run: Callable[[Any], None]) -> None:
    """Run until SIGTERM or Ctrl-C; what is under way is finished."""
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    # What is loaded now stays: the diagrams and programs need not be looked through for garbage ever again.
    gc.collect()
    gc.freeze()
    run(stopping)
