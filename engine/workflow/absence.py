"""Standing in for somebody 代理: for so many days, for some processes or all, without their tasks changing hands.

The tasks stay the absent person's; the agent acts in their name, and both are written down with every act. It does not
pass on: who stands in for somebody does not thereby stand in for those that one stands in for. Tasks that are open
already when it begins are covered, for what counts is the day of the act.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, select

from engine import access, audit, notifications, people
from engine.db import Context
from engine.errors import Conflict, Forbidden, Invalid
from engine.workflow.store import Absence


class NotAgent(Forbidden):
    """You do not stand in for {name} today."""

    code = "not_agent"


class WrongAbsence(Invalid):
    """Choose another person to stand in, in office today, and days that lie ahead and are in order."""

    code = "wrong_absence"


class AbsentTwice(Conflict):
    """Somebody stands in from {since} to {until} already; end that first."""

    code = "absent_twice"


class AgentAbsent(Conflict):
    """{name} is away in those days too, and standing in does not pass on; choose somebody else."""

    code = "agent_absent"


def set_absence(
    ctx: Context,
    account: str,
    agent: str,
    since: date,
    until: date,
    *,
    processes: Sequence[str] | None = None,
    reason: str = "",
) -> Absence:
    """Let ``agent`` act for ``account`` from one day to another, both included. For the person themselves, a leader of
    their unit and the administrator."""
    _require_may_set(ctx, account)
    person, name = people.person(ctx, account), people.person(ctx, agent).name
    in_order = ctx.today <= until and since <= until
    if agent == account or not in_order or not people.positions(ctx, agent) or processes == []:
        raise WrongAbsence
    _require_apart(ctx, account, agent, name, since, until, processes)
    made = Absence(
        account=account,
        agent=agent,
        from_date=since,
        to_date=until,
        processes=None if processes is None else sorted(set(processes)),
        reason=reason.strip(),
        set_by=ctx.actor,
        set_at=ctx.now,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"account": account, "agent": agent, "since": since, "until": until, "processes": made.processes}
    audit.record(ctx, "absence.set", "people", **facts)
    told = {agent, account} - {ctx.actor}
    notifications.notify(
        ctx, "absence.set", accounts=told, name=person.name, agent=name, since=str(since), until=str(until)
    )
    return made


def end_absence(ctx: Context, absence_id: int) -> None:
    """End it today: from now on nobody acts by it any more."""
    found = ctx.session.get(Absence, absence_id)
    if found is None:
        raise WrongAbsence
    _require_may_set(ctx, found.account)
    if found.ended_at is None:
        found.ended_at = ctx.now
        audit.record(ctx, "absence.end", "people", account=found.account, agent=found.agent)


def absences(ctx: Context, account: str) -> list[Absence]:
    """A person's absences that are not over, the next first; for those who may set them. Raises ``NotYours``."""
    _require_may_set(ctx, account)
    query = select(Absence).where(Absence.account == account, Absence.ended_at.is_(None), Absence.to_date >= ctx.today)
    return list(ctx.session.scalars(query.order_by(Absence.from_date)))


def absent(ctx: Context) -> list[Absence]:
    """For whom the signed-in person stands in today."""
    return list(
        ctx.session.scalars(select(Absence).where(Absence.agent == ctx.actor, *_today(ctx)).order_by(Absence.id))
    )


def act_for(ctx: Context, account: str) -> None:
    """From here on in this transaction the actor acts in the name of ``account``. Raises ``NotAgent``.

    The door calls it before anything else; what is looked up afterwards is what the absent person may see and do.
    """
    standing = [each for each in absent(ctx) if each.account == account]
    if not standing:
        raise NotAgent(name=people.names(ctx, [account]).get(account, account))
    ctx.on_behalf_of = account
    if all(each.processes is not None for each in standing):
        ctx.memo["acting_in"] = frozenset(process for each in standing for process in each.processes or ())


def _today(ctx: Context) -> tuple[ColumnElement[bool], ...]:
    return (Absence.ended_at.is_(None), Absence.from_date <= ctx.today, Absence.to_date >= ctx.today)


def _require_may_set(ctx: Context, account: str) -> None:
    # Who stands in for somebody must not prolong it in their name.
    if ctx.actor == account:
        return
    units = sorted({position.unit for position in people.positions(ctx, account)})
    access.require(ctx, *(f"leader@{unit}" for unit in units), "admin")


def _require_apart(
    ctx: Context, account: str, agent: str, name: str, since: date, until: date, processes: Sequence[str] | None
) -> None:
    for standing in _between(ctx, account, since, until):
        if processes is None or standing.processes is None or set(processes) & set(standing.processes):
            raise AbsentTwice(since=standing.from_date, until=standing.to_date)
    if _between(ctx, agent, since, until):
        raise AgentAbsent(name=name)


def _between(ctx: Context, account: str, since: date, until: date) -> list[Absence]:
    query = select(Absence).where(Absence.account == account, Absence.ended_at.is_(None))
    return list(ctx.session.scalars(query.where(Absence.from_date <= until, Absence.to_date >= since)))
