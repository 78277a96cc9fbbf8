"""Votes of appointed voters: whoever holds a role votes once in the class of that role (H4, M1).

A right to vote says that a person may vote, and later that he or she has. The ballot is cast with a link that is made and
used in the same moment and of which nothing but a digest is kept, so that the program knows who has come and not what
anybody has said. A vote that too few of a class have cast validly is void: it has no scores, and is held again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ForeignKey, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import ballots, plans
from engine.db import Base, Context
from engine.errors import Conflict, Invalid, NotFound, Refused


class NobodyVotes(Refused):
    """Nobody holds the role {group}, so the class {voters} would stay empty; appoint somebody first."""

    code = "nobody_votes"


class VotedBefore(Conflict):
    """You have voted already; every voter has one ballot."""

    code = "voted_before"


class NotVoted(Refused):
    """You have not voted yet; open the vote and cast your ballot first."""

    code = "not_voted"


class ByCallOnly(Refused):
    """Those who vote here are called by name, each with one ballot; no links are made."""

    code = "by_call_only"


class VotingRight(Base):
    """That a person may vote once, in a class; no time, and no way to the ballot."""

    __tablename__ = "voting_right"
    __table_args__ = ({"sqlite_with_rowid": False},)

    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    voters: Mapped[str] = mapped_column(String(40))
    voted: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Turnout:
    """A class of a vote: how many may vote, and how many valid ballots came; the last once it is closed."""

    code: str
    name: str
    entitled: int
    valid: int | None
    is_short: bool


def call(
    ctx: Context, cycle: plans.Cycle, plan: ballots.Plan, groups: Mapping[str, str], fewest: Decimal | None = None
) -> ballots.Evaluation:
    """Draw up a vote and call its voters: class -> the role whose holders vote in it.

    ``fewest`` is the share of each class of whom a valid ballot is needed. Who holds several of the roles votes in the
    class that is named first. Raises ``NobodyVotes``.
    """
    if groups.keys() != {code for code, *_ in plan.classes}:
        raise Invalid("Name a role for every class of voters.")
    if fewest is not None and not 0 < fewest <= 1:
        raise Invalid("The share of ballots that are needed lies between 0 and 1.")
    made = ballots.make(ctx, cycle, plan)
    made.fewest = fewest
    called: set[str] = set()
    for code, name, _ in plan.classes:
        found = sorted(set(people.holders(ctx, groups[code])) - called)
        if not found:
            raise NobodyVotes(group=groups[code], voters=name)
        rights = {"evaluation_id": made.id, "voters": code, "voted": False}
        ctx.session.add_all(VotingRight(**rights, account=account) for account in found)
        called.update(found)
    ctx.session.flush()
    audit.record(ctx, "evaluation.call", plans.chain_of(cycle), evaluation=made.id, voters=len(called), fewest=fewest)
    until = str(calendars.last_day(made.closes_at))
    link = plans.path(ctx, cycle, f"/votes/{made.id}/own")
    notifications.notify(ctx, "vote.called", accounts=called, link=link, title=made.title, until=until)
    return made


def issue(ctx: Context, cycle: plans.Cycle, evaluation_id: int, code: str, count: int) -> list[str]:
    """Links to be handed out, of a vote to which nobody is called by name. Raises ``ByCallOnly``."""
    if voters(ctx, ballots.get(ctx, cycle, evaluation_id)):
        raise ByCallOnly
    return ballots.issue(ctx, cycle, evaluation_id, code, count)


def own(ctx: Context, evaluation_id: int) -> tuple[ballots.Evaluation, VotingRight]:
    """The vote to which the person is called, and the right. Raises ``NotFound`` for anybody else."""
    right = ctx.session.get(VotingRight, (evaluation_id, ctx.actor or ""))
    if right is None:
        raise NotFound
    return ctx.session.get_one(ballots.Evaluation, evaluation_id), right


def vote(ctx: Context, evaluation_id: int, marks: Mapping[str, str], *, as_it_is: bool = False) -> bool:
    """The person casts the one ballot; whether it is valid. Which ballot it is, is kept nowhere.

    A ballot against the rules is given back first (``ballots.InvalidBallot``); cast ``as_it_is`` it counts as invalid.
    Raises ``VotedBefore``, ``ballots.NotVoting``.
    """
    held, right = own(ctx, evaluation_id)
    ballots.require_voting(ctx, held)
    kept = {subject: grade for subject, grade in marks.items() if grade}
    if not as_it_is and (fault := ballots.fault_of(held, kept)) is not None:
        raise ballots.InvalidBallot(why=fault)
    mine = (VotingRight.evaluation_id == held.id, VotingRight.account == right.account)
    used = update(VotingRight).where(*mine, VotingRight.voted.is_(False)).values(voted=True)
    if ctx.session.execute(used.returning(VotingRight.account)).first() is None:
        raise VotedBefore
    (token,) = ballots.new_links(ctx, held, right.voters, 1)
    return ballots.cast(ctx, token, kept, as_it_is=as_it_is)


def require_voted(ctx: Context, evaluation_id: int, account: str) -> None:
    """Refuse with ``NotVoted`` until the person has voted."""
    right = ctx.session.get(VotingRight, (evaluation_id, account), populate_existing=True)
    if right is None or ctx.actor not in (None, account):
        raise access.NotYours(groups=account)
    if not right.voted:
        raise NotVoted


def voters(ctx: Context, held: ballots.Evaluation) -> list[str]:
    """Who is called to vote, by account."""
    query = select(VotingRight.account).where(VotingRight.evaluation_id == held.id)
    return list(ctx.session.scalars(query.order_by(VotingRight.account)))


def turnout(ctx: Context, held: ballots.Evaluation) -> list[Turnout]:
    """Every class with those called; where nobody was called, with the links given out."""
    query = select(VotingRight.voters, func.count()).where(VotingRight.evaluation_id == held.id)
    called: dict[str, int] = dict(ctx.session.execute(query.group_by(VotingRight.voters)).all())
    found = []
    for each in ballots.counts(ctx, held):
        entitled = called.get(each.code, each.issued)
        short = held.fewest is not None and each.valid is not None and each.valid < held.fewest * entitled
        found.append(Turnout(each.code, each.name, entitled, each.valid, short))
    return found


def close(ctx: Context, cycle: plans.Cycle, evaluation_id: int) -> list[Turnout]:
    """Close and count; returns the classes of which too few voted validly, for which the vote is void."""
    held = ballots.close(ctx, cycle, evaluation_id)
    short = [each for each in turnout(ctx, held) if each.is_short]
    held.void = bool(short)
    if short:
        facts = {each.code: [each.entitled, each.valid] for each in short}
        audit.record(ctx, "evaluation.void", plans.chain_of(cycle), evaluation=held.id, short=facts)
    return short
