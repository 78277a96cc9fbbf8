"""What people say on a task: comments, the answers of helpers and signers, reasons; and the phrases they write often."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from engine import audit, notifications, people
from engine.db import Context
from engine.errors import Invalid
from engine.workflow import inbox
from engine.workflow.store import Opined, Phrase, Task, TaskOpinion

#: Phrases a person may keep, and how long one may be.
MOST_PHRASES = 50
LONGEST_PHRASE = 200


class NothingSaid(Invalid):
    """Write why; the people it concerns will read it."""

    code = "nothing_said"


class TooManyPhrases(Invalid):
    """{most} phrases of up to {longest} characters can be kept; take one away first, or write a shorter one."""

    code = "too_many_phrases"


def said(text: str) -> str:
    """A reason or an opinion as it is kept. Raises ``NothingSaid`` for an empty one."""
    kept = text.replace("\0", "").strip()
    if not kept:
        raise NothingSaid
    return kept


def comment(ctx: Context, task_id: int, text: str) -> TaskOpinion:
    """Say something on a task one may see; it moves nothing."""
    task = inbox.task(ctx, task_id)
    given = opine(ctx, task, Opined.COMMENT, said(text))
    audit.record(ctx, "task.comment", f"task:{task.id}")
    return given


def opine(ctx: Context, task: Task, kind: Opined, text: str) -> TaskOpinion:
    """Keep what was said with an act; the act itself is audited by whoever does it."""
    given = TaskOpinion(
        task_id=task.id, kind=kind, text=text, at=ctx.now, given_by=ctx.actor, on_behalf_of=ctx.on_behalf_of
    )
    ctx.session.add(given)
    return given


def of_matter(ctx: Context, task: Task) -> Sequence[tuple[TaskOpinion, Task]]:
    """Everything said on the tasks of the matter, oldest first, each with its task."""
    query = select(TaskOpinion, Task).join(Task, Task.id == TaskOpinion.task_id)
    query = query.where(Task.instance_id == task.instance_id).order_by(TaskOpinion.id)
    return [(said, on) for said, on in ctx.session.execute(query)]


def phrases(ctx: Context) -> list[Phrase]:
    """One's own phrases, in the order in which they were kept."""
    return list(ctx.session.scalars(select(Phrase).where(Phrase.account == ctx.actor).order_by(Phrase.id)))


def keep_phrase(ctx: Context, text: str) -> Phrase:
    """Keep a phrase; one that is kept already stays as it is."""
    known, kept = phrases(ctx), said(text)
    if same := next((each for each in known if each.text == kept), None):
        return same
    if len(kept) > LONGEST_PHRASE or len(known) >= MOST_PHRASES:
        raise TooManyPhrases(most=MOST_PHRASES, longest=LONGEST_PHRASE)
    phrase = Phrase(account=ctx.actor or "", text=kept)
    ctx.session.add(phrase)
    ctx.session.flush()
    return phrase


def drop_phrase(ctx: Context, phrase_id: int) -> None:
    """Take a phrase of one's own away; any other is left alone."""
    for phrase in phrases(ctx):
        if phrase.id == phrase_id:
            ctx.session.delete(phrase)


def tell(ctx: Context, kind: str, task: Task, accounts: Sequence[str | None], **facts: Any) -> None:
    """Tell people of an act on a task, but never whoever did it."""
    told = {account for account in accounts if account and account != ctx.actor}
    by = people.names(ctx, [ctx.actor]).get(ctx.actor or "", "") if told else ""
    more = {"task": task.name, "matter": task.instance.title, "by": by, **facts}
    notifications.notify(ctx, kind, accounts=told, link=f"/tasks/{task.id}", **more)


def holders(ctx: Context, task: Task) -> list[str]:
    """Who has the task before them now: its assignee, else everybody of its groups."""
    if task.assignee is not None:
        return [task.assignee]
    return sorted({account for group in inbox.candidates(ctx, task) for account in people.holders(ctx, group)})
