"""Whose open tasks, in the order of the list: a walk along each group's index, and one along what is theirs by name.

Each walk stops when it has enough for a page, and the page is the best of what they brought. So a page costs the same
for a group of ten tasks and of a hundred thousand, among few tasks of others and among very many.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, func, literal, or_, select, tuple_, union

from engine import access
from engine.db import Context, Instant
from engine.workflow.store import NEVER, Candidate, Instance, Parked, Status, Task, TaskStatus

#: Due instant, ``NEVER`` for none, and id of a task: where it stands in the list.
Place = tuple[datetime, int]
#: Who holds more groups than this has them looked up together: so many walks cost more than one search.
MOST_WALKS = 40


class Shape(NamedTuple):
    """What a list asks for but the values: statements of one shape are put together once."""

    groups: int
    beyond: bool
    process: bool
    package: bool
    scope: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose tasks, from where on, of which processes: None is any."""

    who: str | None
    groups: tuple[str, ...]
    limit: int
    beyond: Place | None = None
    process: str | None = None
    package: str | None = None
    scope: Collection[str] | None = None

    @property
    def shape(self) -> Shape:
        given = (each is not None for each in (self.beyond, self.process, self.package, self.scope))
        return Shape(min(len(self.groups), MOST_WALKS + 1), *given)

    @property
    def values(self) -> dict[str, Any]:
        due, last = self.beyond or (NEVER, 0)
        told: dict[str, Any] = {"who": self.who, "most": self.limit, "due": due, "last": last, "process": self.process}
        told |= {"package": self.package, "scope": sorted(self.scope or ()), "groups": self.groups}
        return told | {f"group_{place}": group for place, group in enumerate(self.groups)}


def asked(ctx: Context, who: str | None, limit: int, **narrower: Any) -> Asked:
    """What the acting person's list asks for; ``who`` is in whose name they act."""
    return Asked(who, tuple(sorted(access.groups(ctx))), limit, **narrower)


def count(ctx: Context, wanted: Asked) -> int:
    """How many open tasks there are, counted up to the limit."""
    return min(ctx.session.scalar(_counting(wanted.shape), wanted.values) or 0, wanted.limit)


@cache
def _counting(shape: Shape) -> Select[Any]:
    return select(func.count()).select_from(ids(shape).subquery())


def ids(shape: Shape) -> CompoundSelect[Any]:
    """The ids of the first tasks, and a few more; to be ordered by who asks, and to be given the values."""
    alone = [Candidate.group == bindparam(f"group_{place}") for place in range(shape.groups)]
    together = Candidate.group.in_(bindparam("groups", expanding=True))
    walks = [_of_group(each, shape) for each in (alone if shape.groups <= MOST_WALKS else [together])]
    parts = [walk.limit(bindparam("most")).subquery() for walk in (*walks, _by_name(shape))]
    return union(*(select(part.c.id) for part in parts))


def _of_group(held: ColumnElement[bool], shape: Shape) -> Select[Any]:
    place = Candidate.due_at, Candidate.task_id
    query = select(Candidate.task_id.label("id")).select_from(Candidate)
    query = query.join(Task, Task.id == Candidate.task_id).join(Instance, Instance.id == Task.instance_id)
    query = query.where(held, Candidate.is_open, Task.assignee.is_(None), *_at_work(shape))
    return _from_there(query, shape, place)


def _by_name(shape: Shape) -> Select[Any]:
    place = func.coalesce(Task.due_at, literal(NEVER, Instant())), Task.id
    query = select(Task.id.label("id")).join(Instance, Instance.id == Task.instance_id)
    query = query.where(Task.assignee == bindparam("who"), Task.status == TaskStatus.OPEN, *_at_work(shape))
    return _from_there(query, shape, place)


def _from_there(query: Select[Any], shape: Shape, place: tuple[Any, Any]) -> Select[Any]:
    if shape.beyond:
        query = query.where(tuple_(*place) > tuple_(bindparam("due", type_=Instant()), bindparam("last")))
    return query.order_by(*place)


def _at_work(shape: Shape) -> list[ColumnElement[bool]]:
    # What is handed in and held for signers is the signers' now.
    clauses = [Instance.status == Status.RUNNING, or_(Task.parked.is_(None), Task.parked != Parked.HELD)]
    if shape.process:
        clauses.append(Instance.process == bindparam("process"))
    if shape.package:
        clauses.append(Instance.package == bindparam("package"))
    if shape.scope:
        clauses.append(Instance.process.in_(bindparam("scope", expanding=True)))
    return clauses
