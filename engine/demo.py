"""A demo database: a package's invented city in it, a clock of its own, and accounts for its people."""

import csv
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, func, inspect, select, text

from engine import audit, importing, migrations, people
from engine.assessment import annual_plan, plans, rounds
from engine.db import Context, Database, is_demo, set_clock, tables_may_be_made_anew, transaction
from engine.errors import Refused
from engine.workflow import definitions, packages

PASSWORD = "Bihuan-2026"
CITY = ("units", "people", "appointments")
DRAW_SEED = "demo"
#: How a demo's people behave, and what is said of the demo as a whole: ``year``, ``shown_at``, ``cards``.
BEHAVIOUR = "demo/behaviour.yaml"
#: The month and day a demo is played up to where it names none.
SHOWN_AT = "09-15"


class NoDemo(Refused):
    """The package {package} has no demo: {why}."""

    code = "no_demo"


class NotADemo(Refused):
    """This database holds a real city; a demo needs an empty one. Name another with --database."""

    code = "not_a_demo"


class OtherDemo(Refused):
    """This database holds the demo of {held}, not the year {year} of {package}; name another one with --database, or begin anew with --reset."""

    code = "other_demo"


class OldDemo(Refused):
    """This demo was made by another release (its database is at {found}, this program needs {needed}); begin it anew with `make demo-reset` or `bihuan demo --reset`, or keep it with `bihuan init`."""

    code = "old_demo"


def found(database: Database, folder: Path) -> None:
    """Bring the package and its city into an empty database; one that has it already is left as it is.

    Raises ``NotADemo`` for a database that holds a real city, ``OtherDemo`` for another package's demo.
    """
    package = packages.read_folder(folder)
    year = cycle_year(package, folder)
    with transaction(database, now=package.start_of(year)) as ctx:
        if people.is_empty(ctx):
            _settle(ctx, folder, package)
        elif not is_demo(ctx):
            raise NotADemo
        elif not _is_founded(ctx, package.key, year):
            held = ", ".join(each.key for each in packages.deployed(ctx))
            raise OtherDemo(held=held, package=package.key, year=year)


def _is_founded(ctx: Context, package: str, year: int) -> bool:
    cycle = select(plans.Cycle.id).where(plans.Cycle.package == package, plans.Cycle.year == year)
    return ctx.session.scalar(cycle) is not None


def require_this_release(database: Database) -> None:
    """Raises ``OldDemo`` for a demo that was made by another release: its year was played by other diagrams.

    A real city is brought along by a migration; an invented one is quicker and cleaner begun anew.
    """
    made = migrations.revision(database.engine)
    if made is None or made == migrations.head():
        return
    with transaction(database, reading=True) as ctx:
        if is_demo(ctx):
            raise OldDemo(found=made, needed=migrations.head())


def reset(database: Database) -> None:
    """Empty a demo database and its files. Raises ``NotADemo`` for any other."""
    if not inspect(database.engine).get_table_names():
        return
    with transaction(database, reading=True) as ctx:
        if not people.is_empty(ctx) and not is_demo(ctx):
            raise NotADemo
    with database.engine.connect() as connection, tables_may_be_made_anew(connection), connection.begin():
        _drop_tables(connection)
    shutil.rmtree(database.files, ignore_errors=True)


def _drop_tables(connection: Connection) -> None:
    """All that are there, for another release may have had others."""
    more = " CASCADE" if connection.dialect.name == "postgresql" else ""
    for table in inspect(connection).get_table_names():
        connection.execute(text(f'DROP TABLE "{table}"{more}'))


def cycle_year(package: packages.Package, folder: Path) -> int:
    """The year the package's demo plays: the one it names, else that of its last figures. Raises ``NoDemo``."""
    named = said(folder).get("year")
    return int(named) if named is not None else _last_figure(package, folder).year


def shown_at(package: packages.Package, folder: Path) -> date:
    """The day up to which the demo is played where nobody says otherwise. Raises ``NoDemo``."""
    day = said(folder).get("shown_at") or f"{cycle_year(package, folder)}-{SHOWN_AT}"
    try:
        return date.fromisoformat(str(day))
    except ValueError:
        raise NoDemo(package=package.key, why=f"{day} is no date") from None


def said(folder: Path) -> Mapping[str, Any]:
    """What the package says of its demo; empty where it says nothing."""
    file = folder / BEHAVIOUR
    content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None
    return content if isinstance(content, Mapping) else {}


def _last_figure(package: packages.Package, folder: Path) -> date:
    file = folder / "demo" / "values.csv"
    lines = csv.DictReader(file.read_text(encoding="utf-8").splitlines()) if file.exists() else []
    days = [date.fromisoformat(line["as_of"]) for line in lines]
    if not days:
        raise NoDemo(package=package.key, why=f"give it demo/values.csv, or name its year in {BEHAVIOUR}")
    return max(days)


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
    """Whom the first page of a demo offers to sign in as: those the package's demo names, with all their posts."""
    found: list[dict[str, Any]] = []
    for package in packages.deployed(ctx):
        wanted = said(ctx.database.settings.packages_dir / package.key).get("cards") or []
        known: dict[str, list[dict[str, Any]]] = {}
        for each in accounts(ctx, package):
            known.setdefault(each["account"], []).append(each)
        found += [
            {**known[account][0], "package": package.key, "posts": known[account]}
            for account in wanted
            if account in known
        ]
    return found


def _settle(ctx: Context, folder: Path, package: packages.Package) -> None:
    year = cycle_year(package, folder)
    set_clock(ctx, package.start_of(year))
    definitions.deploy(ctx, definitions.sources_of([folder]))
    importing.import_files(ctx, [_file(folder / "demo" / f"{name}.csv") for name in CITY])
    importing.import_files(ctx, _present(folder / "calendar.csv"))
    cycle = plans.make_cycle(ctx, package.key, year, DRAW_SEED)
    measured = _present(folder / "indicators.csv", folder / "demo" / "values.csv", folder / "items.csv")
    importing.import_files(ctx, measured, cycle, past_figures_only=True)
    if not (folder / "indicators.csv").exists():
        annual_plan.adopt_cycle(ctx, cycle, f"package.yaml {year}")
    _open_accounts(ctx)


def _present(*files: Path) -> list[tuple[str, bytes]]:
    """Those of the files that are there: a package need not measure anything, nor know a holiday."""
    return [_file(file) for file in files if file.exists()]


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
