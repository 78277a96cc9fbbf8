"""Commands that make a city: its database, its data, its accounts."""

from pathlib import Path

import click

from engine import backups, importing, migrations, people
from engine.assessment import plans
from engine.db import transaction
from engine.workflow import packages
from web.cli.door import answer, command, opened_database


@command("init")
def init(database: str | None, as_json: bool) -> None:
    """Create or migrate the database."""
    with opened_database(database, migrated=False) as opened:
        revision = migrations.upgrade(opened.engine)
    answer({"revision": revision}, as_json, f"The database is at revision {revision}.")


@command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--package", metavar="NAME", help="Package of indicators and values.")
@click.option("--cycle", type=int, metavar="YEAR", help="Cycle of indicators and values.")
def import_(
    database: str | None, as_json: bool, files: tuple[Path, ...], package: str | None, cycle: int | None
) -> None:
    """Import units, people, appointments, indicators, values or the calendar from CSV: all or nothing."""
    contents = [(str(file), file.read_bytes()) for file in files]
    with opened_database(database) as opened, transaction(opened) as ctx:
        year = plans.make_cycle(ctx, package or packages.default_key(ctx), cycle) if cycle else None
        counts = importing.import_files(ctx, contents, year)
    lines = [f"{kind}: {count} rows" for kind, count in counts.items()]
    answer({"imported": counts, "problems": []}, as_json, *lines)


@command("account")
@click.argument("act", type=click.Choice(["create", "reset", "disable"]))
@click.argument("account")
def account(database: str | None, as_json: bool, act: str, account: str) -> None:
    """Give an account, a new one-time password, or disable the account."""
    with opened_database(database) as opened, transaction(opened) as ctx:
        if act == "disable":
            people.disable_account(ctx, account)
            password = None
        else:
            password = people.give_account(ctx, account, again=act == "reset")
    said = f"One-time password of {account}: {password}" if password else f"{account} is disabled."
    answer({"account": account, "one_time_password": password}, as_json, said)


@command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(database: str | None, as_json: bool, file: Path) -> None:
    """Copy the database and the files of one moment into FILE, while people work."""
    with opened_database(database) as opened:
        kept = backups.backup(opened, file)
    _tell(kept, as_json, f"{file}: {kept.rows} rows, {kept.bytes} bytes, SHA-256 {kept.sha256}")


@command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(database: str | None, as_json: bool, file: Path) -> None:
    """Bring a backup into an empty database and its folder of files."""
    with opened_database(database, migrated=False) as opened:
        kept = backups.restore(opened, file)
    _tell(kept, as_json, f"{kept.rows} rows are back, from {file} with SHA-256 {kept.sha256}")


def _tell(kept: backups.Kept, as_json: bool, line: str) -> None:
    answer({"sha256": kept.sha256, "bytes": kept.bytes, "rows": kept.rows}, as_json, line)
    for name in kept.lost:
        click.echo(f"warning: the file {name} was lost before the backup and is not in it", err=True)
