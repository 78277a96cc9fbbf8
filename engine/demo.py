"""A demo database: a package's invented city in it, a clock of its own, and accounts for its people."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, inspect, select, text

from engine import audit, importing, people
from engine.assessment import plans, rounds
from engine.db import Context, Database, is_demo, set_clock, transaction
from engine.errors import Refused
from engine.tables import metadata
from engine.workflow import definitions, packages

PASSWORD = "Bihuan-2026"
CITY = ("units", "people", "appointments")
DRAW_SEED = "demo"


class NotADemo(Refused):
    """This database holds a real city; a demo needs an empty one. Name another with --database."""

    code = "not_a_demo"


def found(database: Database, folder: Path) -> None:
    """Bring the package and its city into an empty database; one that has it already is left as it is.

    Raises ``NotADemo`` for a database that holds anything else.
    """
    package = packages.read_folder(folder)
    begins = package.start_of(cycle_year(package, folder))
    with transaction(database, now=begins) as ctx:
        if people.is_empty(ctx):
            _settle(ctx, folder, package)
        elif not is_demo(ctx):
            raise NotADemo


def reset(database: Database) -> None:
    """Empty a demo database and its files. Raises ``NotADemo`` for any other."""
    if not inspect(database.engine).get_table_names():
        return
    with transaction(database, reading=True) as ctx:
        if not people.is_empty(ctx) and not is_demo(ctx):
            raise NotADemo
    metadata.drop_all(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    shutil.rmtree(database.files, ignore_errors=True)


def cycle_year(package: packages.Package, folder: Path) -> int:
    """The year the package's demo plays: the year of the last figures but for what lies before it."""
    lines = (folder / "demo" / "values.csv").read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("as_of")
    return max(int(line.split(",")[column][:4]) for line in lines[1:])


def accounts(ctx: Context, package: packages.Package) -> list[dict[str, Any]]:
    """Who may sign in to the demo, with the password everybody there shares."""
    rows = ctx.session.execute(
        select(people.Appointment.account, people.Person.name, people.Appointment.role, people.Unit.code)
        .join(people.Person, people.Person.account == people.Appointment.account)
        .join(people.Unit, people.Unit.id == people.Appointment.unit_id)
        .where(*people.in_office(ctx))
        .order_by(people.Appointment.account, people.Appointment.role, people.Unit.code)
    )
    return [
        {"account": account, "password": PASSWORD, "name": name, "role": role, "unit": unit}
        for account, name, role, unit in rows
    ]


def cards(ctx: Context) -> list[dict[str, Any]]:
    """Whom the first page of a demo offers to sign in as: those the package's demo names, with their post."""
    found: list[dict[str, Any]] = []
    for package in packages.deployed(ctx):
        file = ctx.database.settings.packages_dir / package.key / "demo" / "behaviour.yaml"
        wanted = (yaml.safe_load(file.read_text(encoding="utf-8")).get("cards") or []) if file.exists() else []
        known = {each["account"]: each for each in reversed(accounts(ctx, package))}
        found += [{**known[account], "package": package.key} for account in wanted if account in known]
    return found


def _settle(ctx: Context, folder: Path, package: packages.Package) -> None:
    year = cycle_year(package, folder)
    set_clock(ctx, package.start_of(year))
    definitions.deploy(ctx, definitions.sources_of([folder]))
    importing.import_files(ctx, [_file(folder / "demo" / f"{name}.csv") for name in CITY])
    calendar = folder / "calendar.csv"
    if calendar.exists():
        importing.import_files(ctx, [_file(calendar)])
    cycle = plans.make_cycle(ctx, package.key, year, DRAW_SEED)
    measured = [_file(folder / "indicators.csv"), _file(folder / "demo" / "values.csv")]
    importing.import_files(ctx, measured, cycle, past_figures_only=True)
    _open_accounts(ctx)


def start_year(ctx: Context, package: str, year: int) -> None:
    """Start the demo's year when it has not begun."""
    cycle = plans.find(ctx, package, year)
    if cycle.started_at is None:
        rounds.start_year(ctx, cycle)


def _open_accounts(ctx: Context) -> None:
    """One hash for all: forty people share the demo's password, and hashing it 150 times would only take time."""
    everyone = list(ctx.session.scalars(select(people.Person.account).order_by(people.Person.account)))
    people.open_account(ctx, everyone[0], PASSWORD)
    ctx.session.flush()
    shared = ctx.session.get_one(people.Account, everyone[0]).password_hash
    ctx.session.add_all(people.Account(account=each, password_hash=shared, must_change=False) for each in everyone[1:])


def _file(path: Path) -> tuple[str, bytes]:
    return path.name, path.read_bytes()


def last_moment(ctx: Context) -> datetime | None:
    """When something last happened in this database."""
    return ctx.session.scalar(select(func.max(audit.Entry.at)))
