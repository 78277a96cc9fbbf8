"""The tables of the machine: what is deployed, what runs, what waits for whom, and what went wrong."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, Key


class Kind(StrEnum):
    PROCESS = "process"
    DECISION = "decision"
    FORM = "form"
    PACKAGE = "package"


class Status(StrEnum):
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"
    CANCELLED = "cancelled"


class TaskStatus(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    #: Taken away by the diagram, by a return or with the whole instance.
    CANCELLED = "cancelled"
    #: For a signer whose turn comes only when the task itself is done.
    WAITING = "waiting"


class Side(StrEnum):
    """On which side of a task an added signer speaks (前加签, 后加签)."""

    BEFORE = "before"
    AFTER = "after"


class Parked(StrEnum):
    """Why a task that is open cannot be handed in just now."""

    #: Signers before it have not spoken yet.
    BEFORE = "before"
    #: It is handed in; signers after it have not spoken yet.
    HELD = "held"


class Opined(StrEnum):
    """What an opinion was given with."""

    COMMENT = "comment"
    GIVEN_BACK = "given_back"
    AGREED = "agreed"
    REFUSED = "refused"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Asking(StrEnum):
    """How far a request for more time is."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class Definition(Base):
    """Something deployed under a name of its own within its package ("" for what belongs to none)."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("package", "kind", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    package: Mapped[str] = mapped_column(String(80), default="")
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300), default="")
    #: What new instances get; running ones keep theirs.
    current_id: Mapped[int | None] = mapped_column(ForeignKey("version.id", use_alter=True))


class Version(Base):
    """Immutable once written: the same bytes are the same version."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("definition_id", "number"), UniqueConstraint("definition_id", "sha256"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    filename: Mapped[str] = mapped_column(String(255))
    source: Mapped[bytes] = mapped_column(LargeBinary)
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str | None] = mapped_column(String(60))
    definition: Mapped[Definition] = relationship(foreign_keys=[definition_id], lazy="joined")


class Draft(Base):
    """A diagram that a designer works on, not yet deployed; one per definition, guarded by its own counter."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"), unique=True)
    source: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    saved_at: Mapped[datetime]
    saved_by: Mapped[str | None] = mapped_column(String(60))


class Instance(Base):
    """One running process: the position of its tokens and a few routing values, nothing else.

    ``state`` is rewritten whole on each step and ``version`` grows by one with it; the row is the lock.
    """

    __tablename__ = "instance"
    __table_args__ = (UniqueConstraint("package", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    package: Mapped[str] = mapped_column(String(80), default="")
    process: Mapped[str] = mapped_column(String(200), index=True)
    #: The matter in words a machine reads, unique in its package: ``2026/april``, ``2026/item/17/1``.
    key: Mapped[str] = mapped_column(String(200))
    #: The matter in words a person reads: ``B07 县 · 万元GDP能耗``.
    title: Mapped[str] = mapped_column(String(300))
    #: The unit it concerns, by code; None where it concerns all.
    unit: Mapped[str | None] = mapped_column(String(40), index=True)
    status: Mapped[str] = mapped_column(String(20), default=Status.RUNNING)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int]
    #: ``process:rectification`` -> id of the version pinned at the start.
    release: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    started_by: Mapped[str | None] = mapped_column(String(60))
    ended_at: Mapped[datetime | None]
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_digest: Mapped[str] = mapped_column(String(64), default="")

    @property
    def chain(self) -> str:
        return f"instance:{self.id}"


class Task(Base):
    """One piece of work for a person, as long as its token stands on it and afterwards as a record."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("instance_id", "token"),
        Index(
            "ix_task_open_due",
            "due_at",
            "id",
            postgresql_where=text("status = 'open'"),
            sqlite_where=text("status = 'open'"),
        ),
        Index("ix_task_assignee", "assignee", "status"),
        Index("ix_task_done", "completed_by", "completed_at"),
        Index("ix_task_batch", "batch"),
        Index(
            "ix_task_remind",
            "remind_at",
            postgresql_where=text("remind_at IS NOT NULL"),
            sqlite_where=text("remind_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    token: Mapped[str] = mapped_column(String(40))
    #: The process whose diagram holds the element: the instance's own, or one it calls.
    process: Mapped[str] = mapped_column(String(200))
    element: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(20), default=TaskStatus.OPEN)
    #: How often this element has been entered in this instance: the round of a loop.
    visits: Mapped[int] = mapped_column(default=1)
    #: Position in the collection of a multi-instance task, from 1.
    item: Mapped[int | None]
    assignee: Mapped[str | None] = mapped_column(String(60))
    #: The unit that has to act, from the candidate group; None where it is a bare role or a named person.
    unit: Mapped[str | None] = mapped_column(String(40), index=True)
    form: Mapped[str | None] = mapped_column(String(200))
    operation: Mapped[str | None] = mapped_column(String(120))
    #: The operation's input parameters as they were when the task was entered, in the codec of process values.
    inputs: Mapped[str] = mapped_column(Text)
    #: Tasks of one element with the same text here are one sheet of work (all rows of a letter).
    batch: Mapped[str | None] = mapped_column(String(120))
    #: Nobody held the group when it was made; it stands with the administrator.
    unattended: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    opened_by: Mapped[str | None] = mapped_column(String(60))
    #: What somebody has typed and not yet handed in.
    draft: Mapped[dict[str, Any] | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    #: Who has asked the present assignee for an opinion and gets the task back (委派).
    delegated_by: Mapped[str | None] = mapped_column(String(60))
    #: Of an added signer's task: the side of the other task on which they speak. Such a task has no token of its own.
    side: Mapped[str | None] = mapped_column(String(10))
    parked: Mapped[str | None] = mapped_column(String(10))
    #: Signers who speak after it have been named: handing it in holds it for them.
    followed: Mapped[bool | None]
    #: What was handed in while signers after it speak, in the codec of process values; and by whom.
    held: Mapped[str | None] = mapped_column(Text)
    held_by: Mapped[str | None] = mapped_column(String(60))
    #: The rule of the vote this task is a ballot of, as it was drawn, and what was cast.
    ballot: Mapped[str | None] = mapped_column(String(120))
    vote: Mapped[str | None] = mapped_column(String(20))
    #: Why it was taken away: ``returned``, ``withdrawn``, ``removed``, ``jumped``; None where the diagram did it.
    gone: Mapped[str | None] = mapped_column(String(20))
    #: The date before the first extension.
    original_due_at: Mapped[datetime | None]
    #: When its holder is told next that it falls due.
    remind_at: Mapped[datetime | None]
    instance: Mapped[Instance] = relationship(lazy="joined")
    candidates: Mapped[list["Candidate"]] = relationship(lazy="select")


class Candidate(Base):
    """A group that may do a task: ``lead`` or ``clerk@B07``.

    Whether the task is open and when it is due stand here too, and a trigger of the database keeps them: a group's open
    tasks are read off one index in the order of the list, however many it has, and had.
    """

    __tablename__ = "candidate"
    __table_args__ = (
        Index(
            "ix_candidate_walk",
            "group_code",
            "due_at",
            "task_id",
            postgresql_where=text("is_open"),
            sqlite_where=text("is_open = 1"),
        ),
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    group: Mapped[str] = mapped_column("group_code", String(100), primary_key=True)
    is_open: Mapped[bool]
    #: ``NEVER`` for a task without a date.
    due_at: Mapped[datetime]


#: After every date a task may have.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Wait(Base):
    """What an instance waits for besides people: an instant, a message, a signal."""

    __tablename__ = "wait"
    __table_args__ = (
        Index(
            "ix_wait_due",
            "due_at",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
        Index("ix_wait_message", "kind", "name", "key"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    token: Mapped[str] = mapped_column(String(80))
    element: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str | None] = mapped_column(String(200))
    key: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime | None]


class KeptMessage(Base):
    """A message that came before anyone waited for it; it serves one catch, once."""

    __tablename__ = "kept_message"
    __table_args__ = (Index("ix_kept_message_name", "name", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    key: Mapped[str | None] = mapped_column(String(200))
    #: In the codec of process values.
    content: Mapped[str] = mapped_column(Text)
    arrived_at: Mapped[datetime]


class Incident(Base):
    """An element that could not go on, with its cause; the instance stands until somebody retries, skips or jumps."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "ix_incident_retry",
            "retry_at",
            postgresql_where=text("retry_at IS NOT NULL"),
            sqlite_where=text("retry_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    element: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    #: What stands, by the token's id; None where a whole step was undone.
    token: Mapped[str | None] = mapped_column(String(40))
    #: How often it was taken up again by itself, and when it will be next; None once that is left to people.
    attempts: Mapped[int | None]
    retry_at: Mapped[datetime | None]


class Handover(Base):
    """A link of the chain by which a task went from hand to hand: transfer, delegation, giving back, a leaver's all."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    from_account: Mapped[str | None] = mapped_column(String(60))
    to_account: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    made_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))


class Signer(Base):
    """Somebody asked to speak before or after the holder of a task; kept also when they are taken off again."""

    __tablename__ = "signer"

    #: The signer's own task.
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    #: The task they speak on.
    of_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    side: Mapped[str] = mapped_column(String(10))
    account: Mapped[str] = mapped_column(String(60))
    asked_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    #: True for agreed, False for refused, None while nothing is said or when it no longer matters.
    agreed: Mapped[bool | None]
    removed_by: Mapped[str | None] = mapped_column(String(60))
    removed_why: Mapped[str | None] = mapped_column(Text)


class TaskOpinion(Base):
    """What somebody said on a task."""

    __tablename__ = "task_opinion"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    given_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))


class Phrase(Base):
    """A sentence somebody writes often (常用语)."""

    __tablename__ = "phrase"
    __table_args__ = (UniqueConstraint("account", "text"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(String(200))


class Urge(Base):
    """Somebody was reminded of a task by a person (催办)."""

    __tablename__ = "urge"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    #: The office's date, by which urges are limited.
    day: Mapped[date]
    urged_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    #: The unit's leader was told too.
    escalated: Mapped[bool]


class TaskCopy(Base):
    """A task shown to somebody for their knowledge (抄送); it gives sight and nothing else."""

    __tablename__ = "task_copy"
    __table_args__ = (UniqueConstraint("task_id", "account"), Index("ix_task_copy_account", "account", "id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    account: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    #: None where the diagram asks for the copy.
    copied_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    read_at: Mapped[datetime | None]
    task: Mapped[Task] = relationship(lazy="joined")


class Absence(Base):
    """``agent`` may act in the name of ``account`` from one day to another, both included (代理)."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account: Mapped[str] = mapped_column(String(60), index=True)
    agent: Mapped[str] = mapped_column(String(60), index=True)
    from_date: Mapped[date]
    to_date: Mapped[date]
    #: The processes it is for; None is all.
    processes: Mapped[list[Any] | None]
    reason: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str | None] = mapped_column(String(60))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Extension(Base):
    """A request for a later date of a task, and what came of it (延期)."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    #: The date in force when it was asked for, the one wanted, the one granted.
    due_at: Mapped[datetime]
    wanted: Mapped[datetime]
    granted: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)
    progress: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    answer: Mapped[str | None] = mapped_column(Text)


class PaperSignature(Base):
    """A task that was signed on paper, and whoever recorded it here (纸签代录): never the signer's own act in the system."""

    __tablename__ = "paper_signature"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), primary_key=True)
    signer: Mapped[str] = mapped_column(String(60))
    recorded_by: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime]
    signed_on: Mapped[date]
    #: Signed or sealed.
    manner: Mapped[str] = mapped_column(String(10))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
