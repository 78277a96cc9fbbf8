"""A one-time link that was lost is replaced, and nobody learns by it whether a ballot was cast (H4).

A slip carries a number beside its link, on a stub that the voter keeps apart; it is the beginning of the digest under which
the link is kept, so that it says nothing of the link itself. The new link takes the very place of the old one, used or not:
one that was not used can be used once, one that was is used already and tells so to whoever opens it. Whoever gives out
links gets the same answer in both cases. To refuse a used link would tell them who has come, which counts do not tell, and
could be tried over all stubs without a trace; this way every attempt is recorded and takes a slip away.
"""

import secrets

from sqlalchemy import func, select, update

from engine import access, audit
from engine.assessment import ballots, plans, voting
from engine.assessment.ballots import VotingLink
from engine.db import Context
from engine.errors import Invalid, NotFound

#: Hexadecimal digits of a slip's number; with 5,000 links two alike are as good as impossible.
DIGITS = 12


class UnknownSlip(NotFound):
    """No link of this vote has the number {number}; read it from the stub of the slip."""

    code = "unknown_slip"


def number_of(token: str) -> str:
    """The number of a slip, in groups of four: ``3F9A-07C2-1B4D``."""
    digits = ballots.digest_of(token)[:DIGITS].upper()
    return "-".join(digits[place : place + 4] for place in range(0, DIGITS, 4))


def replace(ctx: Context, cycle: plans.Cycle, evaluation_id: int, number: str, why: str) -> tuple[str, str]:
    """A new link in the place of a lost one, which opens nothing from now on: its class and its secret, told this once.

    Raises ``UnknownSlip``, ``ballots.AlreadyClosed`` once voting is over, ``voting.ByCallOnly`` where no links are made.
    """
    access.require(ctx, "lead")
    held = ballots.get(ctx, cycle, evaluation_id)
    if voting.voters(ctx, held):
        raise voting.ByCallOnly
    if held.closed_at is not None or ctx.now >= held.closes_at:
        raise ballots.AlreadyClosed
    if not why.strip():
        raise Invalid("Write why the link is replaced.")
    digits = number.replace("-", "").replace(" ", "").lower()
    here = VotingLink.evaluation_id == held.id, func.substr(VotingLink.digest, 1, DIGITS) == digits
    made = secrets.token_urlsafe(24)
    # One statement, so that a ballot cast in the same moment either goes with the old link or finds it gone.
    moved = update(VotingLink).where(*here).values(digest=ballots.digest_of(made)).returning(VotingLink.voters)
    voters = ctx.session.scalar(moved.execution_options(synchronize_session=False))
    if voters is None:
        raise UnknownSlip(number=number.strip() or "-")
    facts = {"evaluation": held.id, "voters": voters, "number": digits, "why": why.strip()}
    audit.record(ctx, "evaluation.replace", plans.chain_of(cycle), **facts)
    return voters, made


def replaced(ctx: Context, cycle: plans.Cycle, held: ballots.Evaluation) -> int:
    """How many links of the vote were replaced until now."""
    acts = (audit.Entry.chain == plans.chain_of(cycle), audit.Entry.act == "evaluation.replace")
    return sum(facts["evaluation"] == held.id for facts in ctx.session.scalars(select(audit.Entry.facts).where(*acts)))
