"""The archive of daily assessment: what lies in it, who reads it, and its review before the grades."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from engine import access, files
from engine.assessment import archives, records, results
from engine.assessment.archives import ArchiveNotReviewed, ArchiveReview
from engine.assessment.records import Draft, RecordKind
from engine.assessment.rectification import ItemStatus
from engine.errors import Invalid
from engine.people import UnknownUnit
from engine.reports import archive as packing
from engine.reports.workbooks import Table, workbook
from engine.workflow import forms
from tests.assessment import years
from tests.assessment.hall import day
from tests.assessment.test_records import write
from tests.assessment.town import Town, april, delivered, ended
from tests.processes.demo_files import CITY


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as made:
        yield made


@pytest.fixture
def settled(tmp_path: Path) -> Iterator[Town]:
    """April is open; the figures of the year's end are frozen and the grades proposed."""
    with years.collecting(tmp_path) as town:
        years.settle_year(town)
        with town.by() as ctx:
            results.propose(ctx, town.cycle(ctx))
        yield town


def held(town: Town, unit: str, by: str = "lead1") -> archives.Archive:
    with town.by(by, reading=True) as ctx:
        return archives.archive(ctx, town.cycle(ctx), unit)


# ---- what lies in it


@pytest.mark.requirement("A6")
def test_a_supervision_finding_lies_in_the_units_archive_with_the_matter_it_opened(town: Town) -> None:
    number = write(town, "inspector1", RecordKind.SUPERVISION_FINDING, "A02", text="项目未开工")
    with town.by("inspector1") as ctx:
        opened = records.open_matter(ctx, town.cycle(ctx), number, "E13", day(7, 31)).number
    for account in ("lead1", "inspector1", "a02_leader"):
        found = held(town, "A02", account)
        assert [each.id for each in found.records] == [number]
        assert [each.number for each in found.matters] == [opened]
    assert held(town, "A01").records == ()


def test_a_unit_reads_its_own_archive_as_far_as_it_is_said_to_it(town: Town) -> None:
    write(town, "lead1", RecordKind.TALK, "A01")
    told = write(town, "lead1", RecordKind.COMMENDATION, "A01")
    assert [each.id for each in held(town, "A01", "a01_clerk").records] == [told]
    assert len(held(town, "A01", "committee1").records) == 2
    for account in ("a02_clerk", "d01_clerk"):
        with town.refusal(access.NotYours, account) as ctx:
            archives.archive(ctx, town.cycle(ctx), "A01")
    with town.refusal(UnknownUnit, "lead1") as ctx:
        archives.archive(ctx, town.cycle(ctx), "Z99")


@pytest.mark.requirement("I4")
def test_the_archive_is_taken_out_whole_with_an_index_and_every_file(town: Town) -> None:
    with delivered() as late:
        item = late.matter("A04", "E13")
        late.begin(item, "d01_clerk")
        late.hand_in(item)
        with late.by("inspector1") as ctx:
            given = Draft(RecordKind.SUPERVISION_FINDING, "A04", day(4, 20), "资金未到位")
            stored = [files.store(ctx, "照片.png", io.BytesIO(b"\x89PNG" + text)).id for text in (b"1", b"2")]
            number = records.write(ctx, given, stored).id
        with late.by("lead1", reading=True) as ctx:
            whole = archives.archive(ctx, late.cycle(ctx), "A04")
            index = workbook([Table("档案", [["编号"], [item.number]])])
            papers = packing.papers(ctx, whole)
            out = io.BytesIO()
            packing.pack(ctx, out, index, papers)
            packed = zipfile.ZipFile(out)
    assert len(whole.matters) == 7
    assert sorted(packed.namelist()) == sorted(
        [
            "index.xlsx",
            f"{item.number}/佐证.pdf",
            f"record-{number}/照片.png",
            f"record-{number}/照片-{stored[1]}.png",
        ]
    )
    assert packed.read(f"record-{number}/照片-{stored[1]}.png") == b"\x89PNG2"
    assert load_workbook(io.BytesIO(packed.read("index.xlsx")))["档案"]["A2"].value == item.number


def test_an_archive_that_lost_a_file_is_not_taken_out_as_if_it_were_whole(town: Town) -> None:
    with town.by("lead1") as ctx:
        stored = files.store(ctx, "材料.pdf", io.BytesIO(b"%PDF-1.7 x"))
        records.write(ctx, Draft(RecordKind.TALK, "A01", day(4, 20), "谈话"), [stored.id])
        files.path_of(ctx.database, stored.sha256).unlink()
    with town.refusal(packing.LostPaper, "lead1") as ctx:
        packing.pack(ctx, io.BytesIO(), b"", packing.papers(ctx, archives.archive(ctx, town.cycle(ctx), "A01")))


# ---- its review


@pytest.mark.requirement("H3")
def test_no_grade_is_decided_before_the_archives_are_reviewed(settled: Town) -> None:
    with settled.refusal(ArchiveNotReviewed) as ctx:
        results.decide(ctx, settled.cycle(ctx))
    with settled.by("lead1") as ctx:
        archives.review(ctx, settled.cycle(ctx), reviewed=True)
    with settled.by() as ctx:
        results.decide(ctx, settled.cycle(ctx))
        assert all(each.grade for each in results.of_cycle(ctx, settled.cycle(ctx)))


@pytest.mark.requirement("H3")
def test_one_unit_whose_archive_was_not_reviewed_holds_the_grades_up(settled: Town) -> None:
    with settled.by("lead1") as ctx:
        made = archives.review(ctx, settled.cycle(ctx), reviewed=True)
        ctx.session.delete(made[0])
    with settled.refusal(ArchiveNotReviewed) as ctx:
        results.decide(ctx, settled.cycle(ctx))


@pytest.mark.requirement("H3")
def test_the_review_keeps_what_lay_in_each_archive(town: Town) -> None:
    praised = write(town, "lead1", RecordKind.COMMENDATION, "A01")
    wrong = write(town, "lead1", RecordKind.TALK, "A01")
    with town.by("lead1") as ctx:
        records.make_void(ctx, wrong, "对象有误")
    finding = write(town, "inspector1", RecordKind.SUPERVISION_FINDING, "A02")
    with town.by("inspector1") as ctx:
        opened = records.open_matter(ctx, town.cycle(ctx), finding, "E13", day(7, 31))
        assert opened.status == ItemStatus.OPENED
    with town.by("lead1") as ctx:
        archives.review(ctx, town.cycle(ctx), reviewed=True)
    write(town, "lead1", RecordKind.REMINDER, "A01")
    with town.by("lead1", reading=True) as ctx:
        found = {unit: each.references for unit, each in archives.reviews(ctx, town.cycle(ctx)).items()}
    empty: dict[str, list[object]] = {"records": [], "matters": [], "slips": [], "special": []}
    assert found["A01"] == empty | {"records": [praised]}
    assert found["A02"] == empty | {"records": [finding], "matters": [opened.number]}
    assert found["A03"] == empty and sorted(found) == list(years.UNITS)


@pytest.mark.requirement("H3")
def test_the_form_of_the_decision_on_grades_asks_for_it_and_that_on_targets_does_not() -> None:
    schema = forms.read((CITY / "forms" / "record_decision.form.json").read_bytes())
    given = {"meeting_date": "2027-02-08", "minutes_no": "2号", "outcome": "approved", "scan": ["file:1"]}
    with pytest.raises(forms.WrongAnswers) as refused:
        forms.check(schema, given, {"about": "grades"})
    assert list(refused.value.fields) == ["archives_reviewed"]
    assert forms.check(schema, given | {"archives_reviewed": True}, {"about": "grades"})["archives_reviewed"] is True
    for offered, outcome in (({}, "approved"), ({"about": "grades"}, "not_approved")):
        assert "archives_reviewed" not in forms.check(schema, given | {"outcome": outcome}, offered)


@pytest.mark.requirement("H3")
def test_a_year_lived_through_ends_with_every_archive_reviewed() -> None:
    with ended() as over, over.by("lead1", reading=True) as ctx:
        reviews = archives.reviews(ctx, over.cycle(ctx))
        assert sorted(reviews) == list(years.UNITS)
        matters = {item.number for item in archives.archive(ctx, over.cycle(ctx), "A04").matters}
        assert matters >= set(reviews["A04"].references["matters"]) != set()


@pytest.mark.requirement("H3")
def test_the_lead_says_that_they_are_reviewed_and_nobody_else(settled: Town) -> None:
    with settled.refusal(Invalid, "lead1") as ctx:
        archives.review(ctx, settled.cycle(ctx), reviewed=False)
    with settled.refusal(access.NotYours, "committee1") as ctx:
        archives.review(ctx, settled.cycle(ctx), reviewed=True)
    assert settled.count(ArchiveReview) == [0]
