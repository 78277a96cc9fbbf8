"""The small city at the beginning of its year, and years whose figures were settled without anybody typing them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import audit, people
from engine.assessment import archives, plans, readings, results, snapshots, veto_list
from engine.assessment.readings import Entry
from engine.db import SHANGHAI, Context
from engine.people import Appointment
from engine.workflow import decisions
from tests.assessment.town import OPENED, Town, moment, remember
from tests.processes.demo_files import CITY, SMALL, values
from tests.simulation import cities

#: The year has just been started; its plan is not confirmed.
BEGUN = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
PACKAGE = "county_leadership"
UNITS = ("A01", "A02", "A03", "A04", "A05", "A06")


@contextmanager
def begun(folder: Path) -> Iterator[Town]:
    """A copy, in ``folder``, of the small city on the first morning of its year."""
    with cities.copied(folder, "small", BEGUN) as database:
        yield Town(database, BEGUN)


@contextmanager
def collecting(folder: Path) -> Iterator[Town]:
    """A copy of the small city on the morning of 1 April: the sheets are open and empty."""
    with cities.copied(folder, "small", OPENED) as database:
        yield Town(database, OPENED)


def acts(ctx: Context, act: str) -> list[dict[str, Any]]:
    """The facts of every audit entry of an act, oldest first."""
    query = select(audit.Entry).where(audit.Entry.act == act).order_by(audit.Entry.id)
    return [dict(each.facts) for each in ctx.session.scalars(query)]


def appoint(ctx: Context, account: str, role: str, unit: str) -> None:
    """Give a person a further post."""
    held = Appointment(account=account, role=role, unit_id=people.unit(ctx, unit).id, from_date=date(2025, 1, 1))
    ctx.session.add(held)
    ctx.session.flush()


def small_figures(day: str, *codes: str) -> dict[tuple[str, str], str]:
    """(indicator, unit) -> the verified figure of the small city's files on that day."""
    return {
        (code, unit): row["verified"]
        for (unit, code, as_of), row in values(SMALL).items()
        if as_of == day and row["verified"] and (not codes or code in codes)
    }


def settle_year(town: Town, changed: Mapping[tuple[str, str], str] | None = None) -> plans.Round:
    """Take over the small city's figures of the year's end, some of them changed ("" is none), and freeze them."""
    figures = small_figures("2026-12-31") | dict(changed or {})
    with town.by() as ctx:
        remember(ctx, town.cycle(ctx), {key: figure for key, figure in figures.items() if figure}, date(2026, 12, 31))
        annual = plans.annual_round(ctx, town.cycle(ctx))
        snapshots.freeze(ctx, town.cycle(ctx), annual)
    return annual


def enter(town: Town, unit: str, figures: Mapping[tuple[str, str], str | None], *, by: str = "") -> None:
    """The clerk of a responsible unit types figures into the April sheet: (indicator, unit) -> figure."""
    entries = [Entry(place, code, figure, None) for (code, place), figure in figures.items()]
    with town.by(by or f"{unit.lower()}_clerk") as ctx:
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), unit, entries)


@contextmanager
def settled(folder: Path) -> Iterator[Town]:
    """A Friday at the end of January 2027: the annual figures are frozen, the archives reviewed, nothing is added up."""
    with begun(folder) as town:
        town.now = moment("2027-01-29 10:00")
        settle_year(town)
        with town.by("lead3") as ctx:
            archives.review(ctx, town.cycle(ctx), reviewed=True)
        yield town


def list_veto(town: Town) -> None:
    """YP-01 stands on the list of vetoes."""
    with town.by("lead1") as ctx:
        item = veto_list.propose(ctx, veto_list.ListKind.VETO, "YP-01", "安全生产一票否决", "市委办〔2026〕8号").id
    with town.by("committee1") as ctx:
        veto_list.decide(ctx, item, listed=True, document="领导小组〔2026〕2号")


def decide(town: Town) -> None:
    """The grades are proposed and decided as proposed."""
    with town.by() as ctx:
        results.propose(ctx, town.cycle(ctx))
        results.decide(ctx, town.cycle(ctx))


def warning_table(context: Mapping[str, object]) -> Any:
    """The shipped table that says whom to warn."""
    return _WARNING_LEVEL.evaluate("warning_level", context).outputs


_WARNING_LEVEL = decisions.read((CITY / "warning_level.dmn").read_bytes())
