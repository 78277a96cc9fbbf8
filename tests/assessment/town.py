"""The small city with its April round published and nothing done since, and its people at work on what follows.

Everything from there on is done by a test, as the people concerned: a moment of time, a task, an answer at a time.
The April warnings are those of ``tests/processes/small/demo/expected/first_warnings.csv``: A01 has one, A02 two,
A03 five, A04 seven, A05 eight, A06 six; the four on H05 are red.
"""

import fcntl
import io
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import audit, files, workflow
from engine.assessment import (
    indicators,
    letters,
    plans,
    readings,
    warnings,
)
from engine.assessment.rectification import Item
from engine.db import SHANGHAI, Context, Database, transaction
from engine.errors import BihuanError
from engine.notifications import Notification
from engine.operations import registry
from engine.settings import Settings
from engine.workflow.store import Instance, Task, TaskStatus
from tests import databases
from tests.processes.demo_files import SMALL, rows
from tests.simulation import cities

#: The sheets of April are open and nobody has touched them.
OPENED = datetime(2026, 4, 1, 9, tzinfo=SHANGHAI)
#: A Monday: the lead publishes the round.
PUBLISHED = datetime(2026, 4, 20, 15, tzinfo=SHANGHAI)
#: A Tuesday: every unit has its letter in the morning.
DELIVERED = datetime(2026, 4, 21, 10, tzinfo=SHANGHAI)
WARNED = ("A01", "A02", "A03", "A04", "A05", "A06")
RESPONSIBLE = ("D01", "D09", "D25", "D32", "D35")
#: Of A04 on 31 July, when 58.33 % of an amount and all of a level is due: 25 % of 200, of 100 and of 120 is 33.33 points
#: behind, 51.2 of 80 is 36 behind, 90 where 85 is the most is 25 behind in April and August alike.
GRAVE = {
    ("E13", "A04"): "50",
    ("E14", "A04"): "25",
    ("E15", "A04"): "30",
    ("H05", "A04"): "51.2",
    ("E34", "A04"): "90",
    # Far behind for the first time: not grave.
    ("J02", "A04"): "84",
}
PLAN = {
    "problem": "进度落后",
    "cause": "项目储备不足",
    "goal": "到期达到序时进度",
    "measures": "按月调度",
    "responsible_leader": "分管负责人",
    "responsible_office": "发展改革科",
    "responsible_person": "科长",
    "finish_on": "2026-07-31",
    "criterion": "value",
}


def moment(text: str) -> datetime:
    """``2026-05-06 10:00`` of the office; a bare date is its nine o'clock."""
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"{day}T{clock or '09:00'}").replace(tzinfo=SHANGHAI)


@dataclass
class Town:
    database: Database
    now: datetime = PUBLISHED

    def by(self, account: str | None = None, **more: Any) -> AbstractContextManager[Context]:
        """A transaction in which ``account`` acts; the system itself without one."""
        return transaction(self.database, actor=account, **{"now": self.now, **more})

    def live_to(self, text: str) -> None:
        """Let time pass; what falls due on the way is done at its own instant, by the clock and not by people."""
        until = moment(text)
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(due, self.now)
            with self.by() as ctx:
                instance_id = workflow.due(ctx)
                assert instance_id is not None
                workflow.advance(ctx, instance_id)
        self.now = until

    def _next_due(self) -> datetime | None:
        with self.by(reading=True) as ctx:
            return workflow.next_due(ctx)

    @contextmanager
    def refusal(self, error: type[BihuanError], account: str | None = None) -> Iterator[Context]:
        """A transaction in which the person is refused with this very error, and after which nothing has changed."""
        with closing(sqlite3.connect(self.database.engine.url.database or "")) as watching:
            before = watching.execute("PRAGMA data_version").fetchone()
            with pytest.raises(error) as refused, self.by(account) as ctx:
                yield ctx
            assert type(refused.value) is error
            assert watching.execute("PRAGMA data_version").fetchone() == before

    # ---- tasks

    def tasks(self, element: str, **inputs: Any) -> list[int]:
        """The open tasks of an element whose parameters are these."""
        with self.by(reading=True) as ctx:
            query = select(Task).join(Instance).where(Task.element == element, Task.status == TaskStatus.OPEN)
            return [
                each.id
                for each in ctx.session.scalars(query.order_by(Task.id))
                if inputs.items() <= workflow.inputs(each).items()
            ]

    def due(self, element: str, **inputs: Any) -> datetime | None:
        """When the one open task of the element is due."""
        (task_id,) = self.tasks(element, **inputs)
        with self.by(reading=True) as ctx:
            return ctx.session.get_one(Task, task_id).due_at

    def do(self, account: str, element: str, /, given: Mapping[str, Any] | None = None, **inputs: Any) -> None:
        """The person completes the one open task of the element with these parameters."""
        (task_id,) = self.tasks(element, **inputs)
        with self.by(account) as ctx:
            workflow.complete(ctx, task_id, given or {})

    def open_elements(self, item: Item) -> list[str]:
        """The elements at which the matter waits for people."""
        with self.by(reading=True) as ctx:
            return [each.element for each in workflow.of_instances(ctx, [self.item(ctx, item.number).instance_id or 0])]

    # ---- what stands in the database

    def cycle(self, ctx: Context) -> plans.Cycle:
        return plans.find(ctx, "county_leadership")

    def round(self, ctx: Context, key: str = "april") -> plans.Round:
        return plans.round_of(ctx, self.cycle(ctx), key)

    def letter(self, ctx: Context, unit: str, round: str = "april") -> letters.Letter:
        query = select(letters.Letter).where(
            letters.Letter.unit == unit, letters.Letter.round_id == self.round(ctx, round).id
        )
        return ctx.session.scalars(query).one()

    def letter_id(self, unit: str, round: str = "april") -> int:
        with self.by(reading=True) as ctx:
            return self.letter(ctx, unit, round).id

    def notice(self, ctx: Context, unit: str, code: str, round: str = "april") -> warnings.Notice:
        used = indicators.find(ctx, self.cycle(ctx), code)
        (found,) = [
            each
            for each in warnings.of_round(ctx, self.round(ctx, round), unit=unit)
            if each.cycle_indicator_id == used.id
        ]
        return found

    def item(self, ctx: Context, number: str) -> Item:
        return ctx.session.scalars(select(Item).where(Item.number == number)).one()

    def items(self, ctx: Context, unit: str) -> dict[str, Item]:
        """Code of the indicator -> the unit's newest matter on it."""
        query = select(Item).where(Item.unit == unit).order_by(Item.id)
        return {indicators.get(ctx, each.cycle_indicator_id).code: each for each in ctx.session.scalars(query)}

    def item_of(self, number: str) -> Item:
        """The matter of this number as it stands now."""
        with self.by(reading=True) as ctx:
            return self.item(ctx, number)

    def code_of(self, item: Item) -> str:
        """The indicator the matter is about."""
        with self.by(reading=True) as ctx:
            return indicators.get(ctx, item.cycle_indicator_id).code

    def matter(self, unit: str, code: str) -> Item:
        """The unit's newest matter on the indicator as it stands now."""
        with self.by(reading=True) as ctx:
            return self.items(ctx, unit)[code]

    def acts(self, *names: str) -> list[dict[str, Any]]:
        """The facts of the audit entries of these acts, oldest first."""
        with self.by(reading=True) as ctx:
            query = select(audit.Entry).where(audit.Entry.act.in_(names)).order_by(audit.Entry.id)
            return [dict(each.facts) for each in ctx.session.scalars(query)]

    def told(self, account: str, kind: str | None = None) -> list[str]:
        """The kinds of what a person has been told, oldest first; of one kind where that is asked."""
        with self.by(reading=True) as ctx:
            query = select(Notification.kind).where(Notification.account == account).order_by(Notification.id)
            return [each for each in ctx.session.scalars(query) if kind in (None, each)]

    def count(self, *tables: Any) -> list[int]:
        with self.by(reading=True) as ctx:
            return [len(ctx.session.scalars(select(table)).all()) for table in tables]

    # ---- short ways

    def upload(self, account: str, name: str = "佐证.pdf") -> str:
        """A file the person has uploaded, as a form names it."""
        with self.by(account) as ctx:
            return self.upload_in(ctx, name)

    def upload_in(self, ctx: Context, name: str = "佐证.pdf") -> str:
        """The same, in a transaction of the person's."""
        return f"file:{files.store(ctx, name, io.BytesIO(b'%PDF-1.7 ' + name.encode())).id}"

    def send_letter(self, unit: str, round: str = "april") -> int:
        """The lead drafts the unit's letter and its leader signs; returns the letter."""
        letter = self.letter_id(unit, round)
        self.do("lead1", "draft_letter", {"opening": "请整改", "requirement": "逐项报方案"}, letter=letter)
        self.do("org_leader", "sign_letter", {"verdict": "signed"}, letter=letter)
        return letter

    def deliver(self, unit: str, round: str = "april") -> int:
        """The unit signs for its letter, and its matters open."""
        letter = self.send_letter(unit, round)
        self.do(f"{unit.lower()}_clerk", "receive_letter", {"received": True}, letter=letter)
        return letter

    def dispute(self, unit: str, *codes: str) -> list[int]:
        """The unit's clerk disputes the figures of its April letter on these indicators; returns the notices."""
        with self.by(reading=True) as ctx:
            notices = [self.notice(ctx, unit, code).id for code in codes]
        given = [{"notice": each, "claimed": "以年报为准", "reason": "口径不一致"} for each in notices]
        answers = {"stance": "object", "objections": given}
        self.do(f"{unit.lower()}_clerk", "check_figures", answers, letter=self.letter_id(unit))
        return notices

    def plan(self, item: Item, **changed: Any) -> None:
        """The unit's clerk writes the plan and its leader signs it out."""
        unit = item.worked_by.lower()
        self.do(f"{unit}_clerk", "submit_plan", PLAN | changed, item=item.id)
        self.do(f"{unit}_leader", "sign_plan", {"verdict": "signed"}, item=item.id)

    def approve(self, item: Item, account: str) -> None:
        self.do(account, "approve_plan", {"verdict": "approved"}, item=item.id)

    def begin(self, item: Item, approver: str) -> None:
        """The plan is written, signed and approved; the work begins."""
        self.plan(item)
        self.approve(item, approver)

    def hand_in(self, item: Item, **request: Any) -> None:
        """The clerk hands in evidence (or what ``request`` says) and the leader signs it out."""
        unit = item.worked_by.lower()
        given: dict[str, Any] = {"request": "evidence", "account": "已完成", **request}
        if given["request"] == "evidence":
            given.setdefault("evidence", [self.upload(f"{unit}_clerk")])
        self.do(f"{unit}_clerk", "submit_evidence", given, item=item.id)
        self.do(f"{unit}_leader", "sign_evidence", {"verdict": "signed"}, item=item.id)

    def verify(self, item: Item, account: str, verdict: str = "accepted") -> None:
        self.do(account, "verify", {"verdict": verdict, "note": "已对照"}, item=item.id)

    def close(self, item: Item, account: str = "lead1") -> None:
        self.do(account, "close_out", {"verdict": "closed"}, item=item.id)

    def finish(self, item: Item, responsible: str, approver: str | None = None) -> None:
        """The whole way from the plan to the close-out."""
        self.begin(item, approver or responsible)
        self.hand_in(item)
        self.verify(item, responsible)
        self.close(item)

    def publish_august(self, figures: Mapping[tuple[str, str], str]) -> None:
        """August as these figures say it: (indicator, unit) -> value of 31 July. Nobody else has handed in anything."""
        self.live_to("2026-08-24 09:00")
        with self.by() as ctx:
            remember(ctx, self.cycle(ctx), figures, date(2026, 7, 31))
        self.now += timedelta(minutes=5)
        self.do("lead1", "check_values", {"verdict": "publish"}, round="august")


def remember(ctx: Context, cycle: plans.Cycle, figures: Mapping[tuple[str, str], str], as_of: date) -> None:
    """Take figures over as verified ones, as an import of settled figures does."""
    for (code, unit), figure in figures.items():
        library = indicators.find(ctx, cycle, code).indicator
        value = Decimal(figure)
        readings.remember(ctx, library, readings.Entry(unit, code, figure, figure, as_of), value, value)


def april() -> AbstractContextManager[Town]:
    """The town on the afternoon of the publication. Only one town is open at a time in a process."""
    return _town("april")


def delivered() -> AbstractContextManager[Town]:
    """The day after: every letter is out and signed for, its matters are open."""
    return _town("delivered")


def begun() -> AbstractContextManager[Town]:
    """The same, and A04 works on its yellow matter on E13 and its red one on H05."""
    return _town("begun")


def late() -> AbstractContextManager[Town]:
    """Nothing was handed in on what ``begun`` began: since that Thursday it lies before the inspection office."""
    return _town("late")


def closed() -> AbstractContextManager[Town]:
    """A Wednesday, the first working day of May: both matters that ``begun`` began have just been closed out."""
    return _town("closed")


def grave() -> AbstractContextManager[Town]:
    """August is published with five grave warnings of A04, and a consultation of it has been proposed."""
    return _town("grave")


def ended() -> AbstractContextManager[Town]:
    """The city after its whole year, lived by its simulated people; one follow-up review was left out."""
    return _opened(cities.played("small")[0], cities.THE_END)


@contextmanager
def _town(name: str) -> Iterator[Town]:
    now, before, make = STAGES[name]
    source = Path(os.environ[databases.SHARED]) / f"town-{name}"
    source.mkdir(exist_ok=True)
    with (source / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (source / "made").exists():
            with _town(before) if before else _before_april() as town:
                make(town)
            # Closed, the file is whole without its log.
            shutil.copyfile(_home() / "bihuan.db", source / "bihuan.db")
            shutil.copytree(_home() / "files", source / "files")
            (source / "made").touch()
    with _opened(source, now) as town:
        yield town


def _before_april() -> AbstractContextManager[Town]:
    return _opened(cities.played("small", OPENED)[0], OPENED)


@contextmanager
def _opened(source: Path, now: datetime) -> Iterator[Town]:
    database = _database()
    shutil.copyfile(source / "bihuan.db", _home() / "bihuan.db")
    shutil.rmtree(database.files, ignore_errors=True)
    shutil.copytree(source / "files", database.files)
    try:
        yield Town(database, now)
    finally:
        database.dispose()


@cache
def _database() -> Database:
    """One for the whole process: a new one would read every diagram and work out every statement anew."""
    return Database(Settings(database_url=f"sqlite:///{_home() / 'bihuan.db'}", files_dir=_home() / "files"), registry)


@cache
def _home() -> Path:
    return Path(tempfile.mkdtemp(prefix="town-", dir=os.environ[databases.SHARED]))


def _deliver_all(town: Town) -> None:
    town.live_to("2026-04-21 10:00")
    for unit in WARNED:
        town.deliver(unit)


def _begin_work(town: Town) -> None:
    town.begin(town.matter("A04", "E13"), "d01_clerk")
    town.begin(town.matter("A04", "H05"), "lead1")


def _let_pass(town: Town) -> None:
    town.live_to("2026-08-06 10:00")


def _close_out(town: Town) -> None:
    town.live_to("2026-05-06 10:00")
    for code, verifier in (("E13", "d01_clerk"), ("H05", "d25_clerk")):
        item = town.matter("A04", code)
        town.hand_in(item)
        town.verify(item, verifier)
        town.close(item)


def _lag_behind(town: Town) -> None:
    town.publish_august(GRAVE)


def _collect(town: Town) -> None:
    figures = [each for each in rows(SMALL, "demo/values.csv") if each["as_of"] == "2026-03-31" and each["verified"]]
    for unit in RESPONSIBLE:
        with town.by(f"{unit.lower()}_clerk") as ctx:
            own = {each.code for each in indicators.of_unit(ctx, town.cycle(ctx), unit)}
            entries = [
                readings.Entry(each["unit"], each["indicator"], each["reported"], each["verified"])
                for each in figures
                if each["indicator"] in own
            ]
            readings.enter(ctx, town.cycle(ctx), town.round(ctx), unit, entries)
        town.do(f"{unit.lower()}_clerk", "enter_values", {}, responsible_unit=unit)
        town.do(f"{unit.lower()}_leader", "sign_values", {"verdict": "signed"}, responsible_unit=unit)
    town.live_to("2026-04-20 15:00")
    town.do("lead1", "check_values", {"verdict": "publish"}, round="april")


#: Name -> the moment it stands at, the stage it is made from, what is done to make it.
STAGES: dict[str, tuple[datetime, str, Callable[[Town], None]]] = {
    "april": (PUBLISHED, "", _collect),
    "delivered": (DELIVERED, "april", _deliver_all),
    "begun": (DELIVERED, "delivered", _begin_work),
    "late": (datetime(2026, 8, 6, 10, tzinfo=SHANGHAI), "begun", _let_pass),
    "closed": (datetime(2026, 5, 6, 10, tzinfo=SHANGHAI), "begun", _close_out),
    "grave": (datetime(2026, 8, 24, 9, 5, tzinfo=SHANGHAI), "delivered", _lag_behind),
}
