"""A signature on paper, recorded by somebody else 纸签代录, where the node allows it (property ``paper``).

It is never the signer's own act here: the one who records acts in the signer's name, with the signed or sealed scan, and
both names stand with it.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from engine import access, audit, calendars, files, people
from engine.db import Context
from engine.errors import Invalid, Refused
from engine.workflow import drawn, inbox, instances
from engine.workflow.completing import check_answers, finish, require_one_vote
from engine.workflow.store import PaperSignature, Task


class Manner(StrEnum):
    SIGNED = "signed"
    SEALED = "sealed"


class NoPaper(Refused):
    """This task is not signed on paper; its own holder does it here."""

    code = "no_paper"


class WrongSigner(Invalid):
    """{name} could not sign this task; name the person who has signed."""

    code = "wrong_signer"


class WrongScan(Invalid):
    """Add the scan of the signed paper that you have uploaded, and the day on which it was signed, not a day ahead."""

    code = "wrong_scan"


def sign_on_paper(
    ctx: Context,
    task_id: int,
    answers: Mapping[str, Any],
    *,
    signer: str,
    signed_on: date,
    file_id: int,
    manner: Manner = Manner.SIGNED,
) -> Task:
    """Record that ``signer`` has decided the task on paper; it is done in their name by whoever records it.

    For people of the signer's unit and those who oversee. The operation is asked as it would be by the signer, and where
    different hands are required, neither of the two may be one that had a part before.
    """
    task, instance = instances.locked(ctx, task_id)
    if drawn.policy(ctx, task, "paper") != "yes" or ctx.actor is None or ctx.on_behalf_of is not None:
        raise NoPaper
    inbox.require_free(ctx, task)
    _require_signer(ctx, task, signer)
    _require_scan(ctx, task, file_id, signed_on)
    if task.followed:
        raise inbox.ForSigners
    ctx.on_behalf_of = signer
    try:
        given = check_answers(ctx, task, answers)
        if task.ballot is not None:
            require_one_vote(ctx, task)
        finish(ctx, task, instance, given, paper=file_id, signed_on=str(signed_on))
    finally:
        ctx.on_behalf_of = None
    ctx.session.add(
        PaperSignature(
            task_id=task.id,
            signer=signer,
            recorded_by=ctx.actor,
            recorded_at=ctx.now,
            signed_on=signed_on,
            manner=manner,
            file_id=file_id,
        )
    )
    return task


def signature(ctx: Context, task: Task) -> PaperSignature | None:
    """The paper by which a task was done; None where its holder did it here."""
    return ctx.session.get(PaperSignature, task.id)


def signers(ctx: Context, task: Task) -> list[str]:
    """Who could have signed: its holder by name, else everybody of its groups."""
    if task.assignee is not None:
        return [task.assignee]
    return sorted({account for group in inbox.candidates(ctx, task) for account in people.holders(ctx, group)})


def may_record(ctx: Context, task: Task) -> bool:
    """Whether the acting person may record a paper for this task."""
    if drawn.policy(ctx, task, "paper") != "yes" or ctx.on_behalf_of is not None:
        return False
    return any(_shares_unit(ctx, signer) for signer in signers(ctx, task) if signer != ctx.actor)


def _require_signer(ctx: Context, task: Task, signer: str) -> None:
    name = people.person(ctx, signer).name
    if signer == ctx.actor or signer not in signers(ctx, task):
        raise WrongSigner(name=name)
    if not _shares_unit(ctx, signer):
        raise inbox.NotYourTask(groups=", ".join(inbox.candidates(ctx, task)) or signer)


def _shares_unit(ctx: Context, signer: str) -> bool:
    theirs = {position.unit for position in people.positions(ctx, signer)}
    return access.oversees(ctx) or bool(theirs & access.own_units(ctx))


def _require_scan(ctx: Context, task: Task, file_id: int, signed_on: date) -> None:
    scan = ctx.session.get(files.StoredFile, file_id)
    used = ctx.session.scalar(select(PaperSignature.task_id).where(PaperSignature.file_id == file_id).limit(1))
    in_time = calendars.local_date(task.created_at) <= signed_on <= ctx.today
    if scan is None or scan.uploaded_by != ctx.actor or used is not None or not in_time:
        raise WrongScan
    scan.subject = scan.subject or f"task:{task.id}"
    audit.record(ctx, "task.sign_on_paper", f"task:{task.id}", file=file_id, sha256=scan.sha256, signed_on=signed_on)
