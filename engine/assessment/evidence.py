"""Files that are handed in: each belongs to one matter, slip or review, and comes from those who hand it in (C2)."""

from collections.abc import Sequence

from engine import access, files, people
from engine.db import Context
from engine.errors import Invalid


class NotYourFile(Invalid):
    """The file {name} cannot be handed in here; attach it again."""

    code = "not_your_file"


def attach(ctx: Context, subject: str, file_ids: Sequence[int]) -> None:
    """Let uploads that wait in a draft belong to ``subject``, such as ``item:17``.

    Who may see the subject may read its files, and a number is easily guessed: a file that belongs to something else, or
    that another unit has uploaded, is refused with ``NotYourFile``.
    """
    found = [files.stored(ctx, file_id) for file_id in file_ids]
    for stored in found:
        if not _may_hand_in(ctx, stored, subject):
            raise NotYourFile(name=stored.name)
    for stored in found:
        stored.subject = subject


def _may_hand_in(ctx: Context, stored: files.StoredFile, subject: str) -> bool:
    if stored.subject is not None:
        return stored.subject == subject
    if ctx.actor is None:
        return True
    if stored.uploaded_by is None:
        return False
    if stored.uploaded_by in (ctx.actor, ctx.on_behalf_of):
        return True
    # A colleague may have saved the draft with its files.
    held = people.positions(ctx, stored.uploaded_by)
    return bool({position.unit for position in held} & access.own_units(ctx))
