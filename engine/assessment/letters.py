"""Letters: one per unit and round, listing its notices; numbered at signature, signed for once, deemed received in three days.

A yellow letter is an 指标预警提醒函, one with a red or repeated notice an 预警通知书.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people, workflow
from engine.assessment import hands, numbers, plans, warnings
from engine.db import Base, Context, Key
from engine.errors import NotFound, Refused


class UnknownLetter(NotFound):
    """There is no such letter."""

    code = "unknown_letter"


class AlreadyReceived(Refused):
    """The letter {number} was signed for on {day} already."""

    code = "already_received"


class NotNext(Refused):
    """The letter to {unit} is {status}; this cannot be done with it now."""

    code = "not_next"


class LetterStatus(StrEnum):
    DRAFT = "draft"
    SIGNED = "signed"
    ISSUED = "issued"
    RECEIVED = "received"
    #: All its notices were withdrawn; the number stays, shown 作废.
    WITHDRAWN = "withdrawn"


class LetterKind(StrEnum):
    REMINDER = "reminder"
    WARNING = "warning"


class Letter(Base):
    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("round_id", "unit", "part"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    #: 1 is the round's letter; more follow where a revision adds notices.
    part: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default=LetterStatus.DRAFT)
    opening: Mapped[str] = mapped_column(Text, default="")
    requirement: Mapped[str] = mapped_column(Text, default="")
    year: Mapped[int]
    #: Drawn when the leader signs; None before.
    number: Mapped[int | None]
    #: The office's own number and date of the paper, registered beside ours.
    office_number: Mapped[str | None] = mapped_column(String(100))
    office_date: Mapped[date | None]
    drafted_by: Mapped[str | None] = mapped_column(String(60))
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))
    issued_at: Mapped[datetime | None]
    deemed_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None] = mapped_column(String(60))
    #: Nobody signed in time: received by the rule, not by a person.
    deemed: Mapped[bool] = mapped_column(default=False)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))

    @property
    def label(self) -> str:
        """预警〔2026〕3号, or empty before the signature."""
        return f"预警〔{self.year}〕{self.number}号" if self.number else ""

    @property
    def is_void(self) -> bool:
        return self.status == LetterStatus.WITHDRAWN


def draft(ctx: Context, cycle: plans.Cycle, round: plans.Round, notices: Iterable[warnings.Notice]) -> list[Letter]:
    """A letter for each unit among the notices that have none, each with its own ``warning_notice`` instance."""
    by_unit: dict[str, list[warnings.Notice]] = {}
    for each in notices:
        if each.letter_id is None and each.status == warnings.NoticeStatus.DRAFTED:
            by_unit.setdefault(each.unit, []).append(each)
    return [_draft(ctx, cycle, round, unit, found) for unit, found in sorted(by_unit.items())]


def letter(ctx: Context, letter_id: int) -> Letter:
    """A letter the person may see: those who oversee, and once it is issued the unit it is addressed to."""
    found = ctx.session.get(Letter, letter_id)
    if found is None:
        raise UnknownLetter
    if not access.oversees(ctx) and (found.issued_at is None or found.unit not in access.own_units(ctx)):
        raise UnknownLetter
    return found


def visible(ctx: Context, round: plans.Round) -> list[Letter]:
    """The round's letters that the person may see, by unit."""
    query = select(Letter).where(Letter.round_id == round.id)
    if not access.oversees(ctx):
        query = query.where(Letter.unit.in_(access.own_units(ctx)), Letter.issued_at.is_not(None))
    return list(ctx.session.scalars(query.order_by(Letter.unit, Letter.part)))


def wording(ctx: Context, cycle: plans.Cycle, drafted: Letter) -> dict[str, str]:
    """The wording a draft begins with, from what is warned of; official papers are in Chinese."""
    if drafted.opening:
        return {"opening": drafted.opening, "requirement": drafted.requirement}
    round = ctx.session.get_one(plans.Round, drafted.round_id)
    count = sum(each.status not in warnings.ENDED for each in warnings.of_letter(ctx, drafted.id))
    name = people.unit(ctx, drafted.unit).name
    opening = f"{name}：根据{cycle.year}年度{round.as_of.month}月底预考核结果，你单位有{count}项指标需要提醒，现点对点反馈如下。"
    days = cycle.days("plan")
    requirement = (
        f"请于收到本函之日起{days}个工作日内逐项提交整改方案，经单位主要负责人审签后报出；"
        f"对数值有异议的，于{cycle.days('objection')}个工作日内提出。"
    )
    return {"opening": opening, "requirement": requirement}


def finish_draft(ctx: Context, cycle: plans.Cycle, drafted: Letter, opening: str, requirement: str) -> datetime:
    """The lead's wording stands; the leader has until the returned instant to sign."""
    access.require(ctx, "lead")
    _require(drafted, LetterStatus.DRAFT)
    drafted.opening, drafted.requirement, drafted.drafted_by = opening, requirement, ctx.actor
    audit.record(ctx, "letter.draft", plans.chain_of(cycle), letter=drafted.id)
    return calendars.deadline(ctx, cycle.days("letter_sign"))


def sign(ctx: Context, cycle: plans.Cycle, signed: Letter) -> None:
    """The leader of the lead department signs what another has drafted: the number is drawn now and never again."""
    access.require(ctx, f"leader@{plans.offices(ctx).lead}")
    _require(signed, LetterStatus.DRAFT)
    hands.require_apart(ctx, signed.drafted_by)
    signed.status, signed.signed_at, signed.signed_by = LetterStatus.SIGNED, ctx.now, ctx.actor
    signed.number = numbers.draw(ctx, "letter", signed.year)
    audit.record(ctx, "letter.sign", plans.chain_of(cycle), letter=signed.id, number=signed.label)


def issue(ctx: Context, cycle: plans.Cycle, issued: Letter) -> dict[str, datetime]:
    """Send the letter out; returns when the unit is reminded and when it is deemed to have received it."""
    _require(issued, LetterStatus.SIGNED)
    issued.status, issued.issued_at = LetterStatus.ISSUED, ctx.now
    issued.deemed_at = calendars.deadline(ctx, cycle.days("deemed_received"))
    listed = warnings.of_letter(ctx, issued.id)
    for each in listed:
        if each.status == warnings.NoticeStatus.DRAFTED:
            each.status = warnings.NoticeStatus.ISSUED
    _tell(ctx, issued, "letter.issued")
    notices = [each.id for each in listed]
    audit.record(ctx, "letter.issue", plans.chain_of(cycle), letter=issued.id, notices=notices)
    return {"remind_at": calendars.deadline(ctx, cycle.days("receipt_reminder")), "deemed_at": issued.deemed_at}


def remind(ctx: Context, reminded: Letter) -> None:
    _tell(ctx, reminded, "letter.unsigned")


def receive(ctx: Context, cycle: plans.Cycle, received: Letter, *, deemed: bool = False) -> None:
    """The unit signs for the letter, or is deemed to have it; from now on its clocks run. Raises ``AlreadyReceived``."""
    if received.received_at is not None:
        raise AlreadyReceived(number=received.label, day=calendars.local_date(received.received_at))
    if not deemed:
        access.require(ctx, f"clerk@{received.unit}", f"leader@{received.unit}")
    _require(received, LetterStatus.ISSUED)
    received.status, received.received_at, received.deemed = LetterStatus.RECEIVED, ctx.now, deemed
    received.received_by = None if deemed else ctx.actor
    audit.record(ctx, "letter.receive", plans.chain_of(cycle), letter=received.id, deemed=deemed)


def register_office_number(ctx: Context, cycle: plans.Cycle, paper: Letter, number: str, day: date | None) -> None:
    """Note the number and date under which the office's own registry keeps the paper."""
    access.require(ctx, "lead")
    paper.office_number, paper.office_date = number, day
    audit.record(ctx, "letter.register", plans.chain_of(cycle), letter=paper.id, number=number, day=day)


def void_if_empty(ctx: Context, paper: Letter) -> None:
    """A letter whose every notice was withdrawn stands as void; one that nobody has received yet goes no further."""
    taken_back = [each.status == warnings.NoticeStatus.WITHDRAWN for each in warnings.of_letter(ctx, paper.id)]
    if paper.is_void or not all(taken_back):
        return
    paper.status = LetterStatus.WITHDRAWN
    if paper.received_at is None and paper.instance_id is not None:
        workflow.cancel(ctx, workflow.instance(ctx, paper.instance_id), "every notice was withdrawn")


def _require(letter: Letter, status: LetterStatus) -> None:
    if letter.status != status:
        raise NotNext(unit=letter.unit, status=letter.status)


def _draft(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, found: list[warnings.Notice]) -> Letter:
    grave = warnings.is_red(found) or warnings.is_repeated(found)
    before = ctx.session.scalars(select(Letter).where(Letter.round_id == round.id, Letter.unit == unit)).all()
    made = Letter(
        round_id=round.id,
        unit=unit,
        part=len(before) + 1,
        kind=LetterKind.WARNING if grave else LetterKind.REMINDER,
        status=LetterStatus.DRAFT,
        opening="",
        requirement="",
        year=cycle.year,
        deemed=False,
    )
    ctx.session.add(made)
    ctx.session.flush()
    for each in found:
        each.letter_id = made.id
    made.instance_id = workflow.start(
        ctx,
        "warning_notice",
        package=cycle.package,
        key=f"{cycle.year}/{round.key}/letter/{unit}/{made.part}",
        title=people.unit(ctx, unit).name,
        unit=unit,
        variables=_variables(ctx, cycle, made),
    ).id
    return made


def _variables(ctx: Context, cycle: plans.Cycle, made: Letter) -> Mapping[str, Any]:
    return {
        "cycle": cycle.id,
        "letter": made.id,
        "unit": made.unit,
        "lead_unit": plans.offices(ctx).lead,
        "draft_until": calendars.deadline(ctx, cycle.days("letter_draft")),
    }


def _tell(ctx: Context, paper: Letter, kind: str) -> None:
    groups = [f"clerk@{paper.unit}", f"leader@{paper.unit}"]
    notifications.notify(ctx, kind, groups=groups, link=f"/letters/{paper.id}", number=paper.label)
