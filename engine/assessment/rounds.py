"""A round from its opening to its publication: who reports, who is reminded, what is frozen (S3 4.1, D1).

No step waits for every unit: a date closes each collection, and who is missing is named.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine import access, audit, calendars, notifications, workflow
from engine.assessment import adjustments, annual_plan, indicators, plans, readings, rectification, snapshots
from engine.db import Context
from engine.errors import Conflict, Invalid


class AlreadyStarted(Conflict):
    """The year {year} has been started already."""

    code = "already_started"


class AlreadyOpen(Conflict):
    """The round {round} of {year} is open already."""

    code = "already_open"


class AlreadyPublished(Conflict):
    """The round {round} is published already; what comes later comes as a revision."""

    code = "already_published"


def start_year(ctx: Context, cycle: plans.Cycle) -> None:
    """The lead starts the year: one instance of the package's first process, given the dates of the plan.

    Long-term matters of the years before go on in it.
    """
    access.require(ctx, "lead")
    if cycle.status != plans.CycleStatus.PLANNED:
        raise AlreadyStarted(year=cycle.year)
    annual_plan.require_cycle(ctx, cycle)
    package = workflow.package(ctx, cycle.package)
    cycle.status, cycle.started_at = plans.CycleStatus.RUNNING, ctx.now
    workflow.start(
        ctx,
        package.start,
        package=cycle.package,
        key=str(cycle.year),
        title=f"{cycle.year} 年度",
        variables={**plans.schedule_facts(ctx, cycle), "confirm_until": calendars.deadline(ctx, 5)},
    )
    rectification.carry(ctx, cycle)


def open_decomposition(ctx: Context, cycle: plans.Cycle) -> None:
    """Start the decomposition of targets for every responsible and every assessed unit."""
    workflow.start(
        ctx,
        "target_decomposition",
        package=cycle.package,
        key=f"{cycle.year}/targets",
        title=f"{cycle.year} 年度",
        variables={
            "cycle": cycle.id,
            "responsible_units": indicators.responsible_units(ctx, cycle),
            "assessed_units": [unit.code for unit in plans.standing_units(ctx, cycle)],
            "drafts_until": calendars.deadline(ctx, cycle.days("drafting")),
        },
    )


def opinion_units(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """Whom the drafts are sent to: every assessed unit and every co-organiser that is not itself responsible."""
    responsible = set(indicators.responsible_units(ctx, cycle))
    helpers = {each.data_unit for each in indicators.in_force(ctx, cycle) if each.data_unit} - responsible
    return sorted({unit.code for unit in plans.standing_units(ctx, cycle)} | helpers)


def open_round(ctx: Context, cycle: plans.Cycle, key: str) -> None:
    """Open a round of the plan, as an instance of its own. Raises ``AlreadyOpen`` the second time.

    Dates that fall on a day without work move to the next working day (1.4 no. 16).
    """
    opened = plans.round_of(ctx, cycle, key)
    if opened.opened_at is not None:
        raise AlreadyOpen(round=key, year=cycle.year)
    annual_plan.require_cycle(ctx, cycle)
    calendar = calendars.calendar(ctx)
    adjustments.begin_with(ctx, cycle, opened)
    opened.opened_at = ctx.now
    opened.collect_until, opened.publish_by = calendar.roll(opened.collect_until), calendar.roll(opened.publish_by)
    package = workflow.package(ctx, cycle.package)
    late = int((ctx.now - opened.opens_at).total_seconds() // 60)
    audit.record(ctx, "round.open", plans.chain_of(cycle), round=key, minutes_late=max(late, 0))
    workflow.start(
        ctx,
        package.process_of(key),
        package=cycle.package,
        key=f"{cycle.year}/{key}",
        title=_title(cycle, opened),
        variables={"cycle": cycle.id, "round": key, **_collection(ctx, cycle, opened)},
    )


def remind(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[str]:
    """Remind the clerks of the units whose sheet is not signed yet; returns the units."""
    return _tell_unsigned(ctx, cycle, round, "readings.remind", ("clerk",))


def escalate(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[str]:
    """Tell the leaders as well, a day before collection closes."""
    return _tell_unsigned(ctx, cycle, round, "readings.escalate", ("clerk", "leader"))


def close_collection(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> dict[str, Any]:
    """Stop collecting whatever is missing. The annual round's figures are frozen now, for the units to check."""
    late = readings.close(ctx, cycle, round)
    for unit in late:
        notifications.notify(ctx, "readings.late", groups=[f"clerk@{unit}", f"leader@{unit}"], round=round.key)
    if round.kind != plans.RoundKind.ANNUAL:
        return {"late": late}
    snapshots.freeze(ctx, cycle, round)
    return {
        "late": late,
        "assessed_units": [unit.code for unit in plans.standing_units(ctx, cycle)],
        "check_until": calendars.deadline(ctx, cycle.days("own_check")),
        "collate_until": calendars.deadline(ctx, cycle.days("own_check") + cycle.days("collation")),
    }


def check(ctx: Context, cycle: plans.Cycle, round: plans.Round, given: Mapping[str, Any]) -> dict[str, Any]:
    """The lead's verdict on the collected figures; returned sheets are collected again until a new date."""
    access.require(ctx, "lead")
    if given["verdict"] != "returned":
        return {"verdict": given["verdict"]}
    units = list(given.get("units") or [])
    known = set(indicators.responsible_units(ctx, cycle))
    if not units or not set(units) <= known or not (given.get("note") or "").strip():
        raise Invalid("Choose the units whose sheets are returned, and write why.")
    if round.published_at is not None:
        raise AlreadyPublished(round=round.key)
    readings.reopen(ctx, cycle, round, units, given.get("note"))
    for unit in units:
        notifications.notify(ctx, "readings.returned", groups=[f"clerk@{unit}", f"leader@{unit}"], round=round.key)
    until = calendars.deadline(ctx, cycle.days("revision"))
    round.collect_until = calendars.last_day(until)
    soon = until - timedelta(days=1)
    return {
        "verdict": "returned",
        "responsible_units": units,
        "collect_until": until,
        "remind_at": soon,
        "escalate_at": soon,
    }


def publish(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> snapshots.Snapshot:
    """Freeze the figures and publish the round; what comes later comes as a revision."""
    if round.published_at is not None:
        raise AlreadyPublished(round=round.key)
    frozen = snapshots.freeze(ctx, cycle, round)
    round.published_at = ctx.now
    audit.record(ctx, "round.publish", plans.chain_of(cycle), round=round.key, snapshot=frozen.id)
    return frozen


def _title(cycle: plans.Cycle, round: plans.Round) -> str:
    if round.kind == plans.RoundKind.ANNUAL:
        return f"{cycle.year} 年度"
    return f"{cycle.year} 年（截至 {round.as_of.month} 月 {round.as_of.day} 日）"


def _collection(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> dict[str, Any]:
    return {
        "responsible_units": indicators.responsible_units(ctx, cycle),
        "collect_until": round.closes_at,
        "remind_at": round.closes_at - timedelta(days=4),
        "escalate_at": round.closes_at - timedelta(days=1, hours=15),
        "publish_by": calendars.end_of(round.publish_by),
    }


def _tell_unsigned(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, kind: str, roles: tuple[str, ...]
) -> list[str]:
    # A late sheet is closed: its unit was told so and can do nothing more with it.
    settled = (readings.SheetStatus.SIGNED, readings.SheetStatus.LATE)
    units = [
        unit
        for unit in indicators.responsible_units(ctx, cycle)
        if readings.sheet_status(ctx, round, unit) not in settled
    ]
    for unit in units:
        groups = [f"{role}@{unit}" for role in roles]
        until = calendars.last_day(round.closes_at)
        notifications.notify(
            ctx,
            kind,
            groups=groups,
            link=plans.path(ctx, cycle, f"/rounds/{round.key}/sheets/{unit}"),
            until=str(until),
        )
    return units
