"""Peacetime records: every kind with its day, author, unit and sources; what is told, and what opens a matter."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine import access
from engine.assessment import records, rectification
from engine.assessment.evidence import NotYourFile
from engine.assessment.records import (
    Draft,
    MatterOpened,
    NoMatterOfIt,
    Record,
    RecordKind,
    RecordVoid,
    SourceTag,
)
from engine.errors import Invalid, NotFound
from engine.notifications import Notification
from engine.reports import matter
from tests.assessment import hall as halls
from tests.assessment.hall import count, day, refusal, upload
from tests.assessment.town import Town, april
from tests.cast import Office

hall = halls.hall
#: Kind -> who of the cast enters it.
AUTHORS = {
    RecordKind.DEMOCRATIC_LIFE_MEETING: "wang",
    RecordKind.TALK: "wang",
    RecordKind.FIELD_VISIT: "lin",
    RecordKind.TAKEN_OVER: "sun",
    RecordKind.COMMENDATION: "wang",
    RecordKind.REMINDER: "wang",
    RecordKind.SUPERVISION_FINDING: "sun",
}


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as made:
        yield made


def write(office: Office | Town, by: str, kind: RecordKind, unit: str = "A01", **changed: Any) -> int:
    given = {"held_on": day(4, 17), "text": "班子整体运行平稳", "participants": "王敏、李强"} | changed
    files = given.pop("file_ids", ())
    with office.by(by) as ctx:
        return records.write(ctx, Draft(kind, unit, **given), files).id  # type: ignore[arg-type]


def read(office: Office, by: str, number: int) -> Record:
    with office.by(by, reading=True) as ctx:
        return records.get(ctx, number)


def seen(office: Office, by: str, **asked: str) -> list[int]:
    with office.by(by, reading=True) as ctx:
        return [each.id for each in records.of_year(ctx, 2026, **asked)]


# ---- I1, I2


@pytest.mark.requirement("I1")
@pytest.mark.parametrize("kind", RecordKind)
def test_each_kind_is_entered_with_its_day_author_and_unit(hall: Office, kind: RecordKind) -> None:
    number = write(hall, AUTHORS[kind], kind)
    made = read(hall, "gao", number)
    assert (made.kind, made.held_on, made.unit, made.year) == (kind, day(4, 17), "A01", 2026)
    assert (made.recorded_by, made.recorded_at) == (AUTHORS[kind], hall.now)


@pytest.mark.parametrize(
    ("kind", "stranger"),
    [
        (RecordKind.TALK, "qian"),
        (RecordKind.TALK, "li"),
        (RecordKind.COMMENDATION, "sun"),
        (RecordKind.REMINDER, "lin"),
        (RecordKind.SUPERVISION_FINDING, "wang"),
    ],
)
def test_a_kind_is_entered_by_those_it_belongs_to(hall: Office, kind: RecordKind, stranger: str) -> None:
    with refusal(hall, access.NotYours, stranger) as ctx:
        records.write(ctx, Draft(kind, "A01", day(4, 17), "内容"))
    with hall.by(stranger, reading=True) as ctx:
        assert kind not in records.kinds_of(ctx)


@pytest.mark.parametrize("wrong", [{"held_on": day(4, 21)}, {"text": " "}, {"year": 2024}, {"year": 2027}])
def test_a_record_without_words_or_ahead_of_its_day_is_refused(hall: Office, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        write(hall, "wang", RecordKind.TALK, **wrong)
    assert count(hall, Record) == 0


@pytest.mark.requirement("I2")
def test_records_carry_their_sources_and_are_found_by_them(hall: Office) -> None:
    tour = write(hall, "sun", RecordKind.TAKEN_OVER, tags=[SourceTag.INSPECTION_TOUR, SourceTag.JOINT])
    study = write(hall, "wang", RecordKind.FIELD_VISIT, "A02", tags=[SourceTag.STUDY_CAMPAIGN])
    both = write(hall, "wang", RecordKind.TALK, tags=[SourceTag.JOINT])
    assert seen(hall, "wang", tag="joint") == [both, tour]
    assert seen(hall, "wang", tag="study_campaign") == [study]
    assert seen(hall, "wang", tag="joint", kind="talk") == [both]
    assert seen(hall, "wang", unit="A02") == [study]
    assert seen(hall, "wang", tag="central_work") == []


def test_what_is_done_in_january_may_belong_to_the_year_before(hall: Office) -> None:
    number = write(hall, "wang", RecordKind.DEMOCRATIC_LIFE_MEETING, held_on=day(1, 9), year=2025)
    assert read(hall, "wang", number).year == 2025


# ---- who reads


def test_a_unit_reads_what_is_said_to_it_and_nothing_of_talks_and_visits(hall: Office) -> None:
    said = [write(hall, AUTHORS[kind], kind) for kind in sorted(records.TOLD)]
    kept = [write(hall, AUTHORS[kind], kind) for kind in RecordKind if kind not in records.TOLD]
    write(hall, "wang", RecordKind.REMINDER, "A02")
    for account in ("li", "zhang"):
        assert sorted(seen(hall, account)) == said
        with refusal(hall, NotFound, account) as ctx:
            records.get(ctx, kept[0])
    assert seen(hall, "qian") == []
    assert len(seen(hall, "gao")) == 8


@pytest.mark.requirement("I3")
def test_a_commendation_and_a_reminder_reach_the_units_clerk_and_leader(hall: Office) -> None:
    praised = write(hall, "wang", RecordKind.COMMENDATION, text="防汛成效突出")
    with hall.by(reading=True) as ctx:
        told = [(each.account, each.kind, each.link) for each in ctx.session.query(Notification).all()]
    assert sorted(told) == [
        (account, "record.commendation", f"/records/{praised}") for account in ("chen", "li", "zhang")
    ]


def test_the_files_of_a_record_are_read_by_those_who_read_it(hall: Office) -> None:
    file = upload(hall, "wang")
    write(hall, "wang", RecordKind.REMINDER, file_ids=[file])
    for account, may in (("li", True), ("sun", True), ("wu", False)):
        if may:
            with hall.by(account, reading=True) as ctx:
                assert matter.file(ctx, file).id == file
        else:
            with refusal(hall, NotFound, account) as ctx:
                matter.file(ctx, file)


def test_a_file_somebody_else_brought_is_not_taken(hall: Office) -> None:
    file = upload(hall, "li")
    with pytest.raises(NotYourFile):
        write(hall, "wang", RecordKind.TALK, file_ids=[file])
    assert count(hall, Record) == 0


def test_what_was_recorded_wrongly_is_made_void_with_a_reason_and_no_longer_said(hall: Office) -> None:
    number = write(hall, "wang", RecordKind.REMINDER)
    with refusal(hall, access.NotYours, "sun") as ctx:
        records.make_void(ctx, number, "误记")
    with refusal(hall, Invalid, "wang") as ctx:
        records.make_void(ctx, number, " ")
    with hall.by("ma") as ctx:
        records.make_void(ctx, number, "对象有误")
    assert seen(hall, "li") == []
    assert read(hall, "wang", number).void_why == "对象有误"
    with refusal(hall, RecordVoid, "wang") as ctx:
        records.make_void(ctx, number, "再次")


# ---- matters


@pytest.mark.requirement("I3")
def test_a_reminder_opens_a_matter_of_rectification(town: Town) -> None:
    number = write(town, "lead1", RecordKind.REMINDER, "A01", text="投资进度苗头性问题")
    with town.by("lead1") as ctx:
        opened = records.open_matter(ctx, town.cycle(ctx), number, "E13", day(7, 31))
        assert (opened.unit, opened.source, opened.status) == ("A01", "reminder", "opened")
        assert records.get(ctx, number).item_id == opened.id
    matter_of = town.matter("A01", "E13")
    assert town.open_elements(matter_of) == ["submit_plan"]
    town.plan(matter_of)
    town.approve(matter_of, "d01_clerk")
    assert town.matter("A01", "E13").status == "in_progress"


@pytest.mark.requirement("A6")
def test_a_finding_opens_a_matter_and_shares_it(town: Town) -> None:
    number = write(town, "inspector1", RecordKind.SUPERVISION_FINDING, "A02", text="项目未开工")
    with town.by("inspector1") as ctx:
        opened = records.open_matter(ctx, town.cycle(ctx), number, "E13", day(6, 30))
        assert opened.source == "supervision"
        assert [each.id for each in records.of_item(ctx, opened)] == [number]
    with town.by("a02_clerk", reading=True) as ctx:
        assert [each.id for each in records.of_item(ctx, rectification.item(ctx, opened.id))] == [number]


@pytest.mark.requirement("A6")
def test_a_finding_joins_the_matter_that_is_open_already(town: Town) -> None:
    town.live_to("2026-04-21")
    town.deliver("A04")
    standing = town.matter("A04", "E13")
    number = write(town, "inspector1", RecordKind.SUPERVISION_FINDING, "A04")
    with town.by("inspector1") as ctx:
        assert records.open_matter(ctx, town.cycle(ctx), number, "E13", day(6, 30)).id == standing.id
    with town.refusal(MatterOpened, "inspector1") as ctx:
        records.open_matter(ctx, town.cycle(ctx), number, "H05", day(6, 30))


def test_other_kinds_open_nothing_and_nobody_opens_for_another_office(town: Town) -> None:
    talk = write(town, "lead1", RecordKind.TALK)
    finding = write(town, "inspector1", RecordKind.SUPERVISION_FINDING)
    with town.refusal(NoMatterOfIt, "lead1") as ctx:
        records.open_matter(ctx, town.cycle(ctx), talk, "E13", day(6, 30))
    with town.refusal(access.NotYours, "a01_clerk") as ctx:
        records.open_matter(ctx, town.cycle(ctx), finding, "E13", day(6, 30))
    with town.refusal(Invalid, "inspector1") as ctx:
        records.open_matter(ctx, town.cycle(ctx), finding, "E13", day(4, 20))
