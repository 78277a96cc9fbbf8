"""What results were used for: recorded by people, with who decided and by which paper; nothing is decided here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.access import NotYours
from engine.assessment import result_uses, results
from engine.assessment.result_uses import Draft, NothingToUse, ResultUse, UseVoid
from engine.errors import Invalid
from engine.workflow.store import Instance
from tests.assessment.town import Town
from tests.assessment.years import begun
from tests.simulation import cities

USE = Draft("A01", "promotion_priority", "市委组织部", "市组〔2027〕8号", date(2027, 3, 20), person="赵某")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The year is over: results are published."""
    with cities.copied(tmp_path, "small", cities.THE_END) as database:
        yield Town(database, cities.THE_END)


def record(town: Town, draft: Draft = USE, by: str = "lead1") -> int:
    with town.by(by) as ctx:
        return result_uses.record(ctx, town.cycle(ctx), draft).id


@pytest.mark.requirement("M3")
def test_a_use_keeps_the_published_grade_who_decided_and_the_paper(town: Town) -> None:
    with town.by("lead1", reading=True) as ctx:
        before = ctx.session.scalar(select(func.count()).select_from(Instance))
        grade = next(each.grade for each in results.of_cycle(ctx, town.cycle(ctx)) if each.unit == "A01")
    record(town)
    with town.by("lead1", reading=True) as ctx:
        (kept,) = result_uses.of_cycle(ctx, town.cycle(ctx))
        assert (kept.unit, kept.kind, kept.grade, kept.decided_by) == ("A01", "promotion_priority", grade, "市委组织部")
        assert (kept.document, kept.person, kept.recorded_by) == ("市组〔2027〕8号", "赵某", "lead1")
        # Nothing follows from it: no process is started and no result is touched.
        assert ctx.session.scalar(select(func.count()).select_from(Instance)) == before


@pytest.mark.requirement("M3")
def test_publishing_a_result_records_no_use_by_itself(town: Town) -> None:
    with town.by("lead1", reading=True) as ctx:
        assert all(each.published_at for each in results.of_cycle(ctx, town.cycle(ctx)))
        assert result_uses.of_cycle(ctx, town.cycle(ctx)) == []


def test_before_a_result_is_published_there_is_nothing_to_use(tmp_path: Path) -> None:
    with begun(tmp_path) as early, early.refusal(NothingToUse, "lead1") as ctx:
        result_uses.record(ctx, early.cycle(ctx), replace(USE, decided_on=date(2026, 1, 5)))


@pytest.mark.parametrize(
    "wrong",
    [
        replace(USE, decided_by=" "),
        replace(USE, document=""),
        replace(USE, kind="dismissal"),
        replace(USE, decided_on=date(2027, 4, 1)),
    ],
)
def test_a_use_without_decision_paper_kind_or_day_is_refused(town: Town, wrong: Draft) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        result_uses.record(ctx, town.cycle(ctx), wrong)


def test_only_the_lead_records_and_takes_back_and_the_row_stays(town: Town) -> None:
    with town.refusal(NotYours, "a01_leader") as ctx:
        result_uses.record(ctx, town.cycle(ctx), USE)
    use = record(town)
    with town.refusal(Invalid, "lead1") as ctx:
        result_uses.make_void(ctx, town.cycle(ctx), use, " ")
    with town.by("lead1") as ctx:
        result_uses.make_void(ctx, town.cycle(ctx), use, "文件号有误")
    with town.by("lead1", reading=True) as ctx:
        kept = ctx.session.get_one(ResultUse, use)
        assert (kept.void_why, kept.void_by) == ("文件号有误", "lead1")
    with town.refusal(UseVoid, "lead1") as ctx:
        result_uses.make_void(ctx, town.cycle(ctx), use, "再次")


def test_a_unit_reads_its_own_uses_alone(town: Town) -> None:
    record(town)
    record(town, replace(USE, unit="A02", kind="training"))
    with town.by("a02_leader", reading=True) as ctx:
        assert [each.unit for each in result_uses.of_cycle(ctx, town.cycle(ctx))] == ["A02"]
    with town.by("expert1", reading=True) as ctx:
        assert result_uses.of_cycle(ctx, town.cycle(ctx)) == []
