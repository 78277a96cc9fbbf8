"""The paper an act rests on is attached as it is: a PDF or a picture, for those who may see the act and for nobody else."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine import files
from engine.access import NotYours
from engine.assessment import adjustments, passings, scans, succession, target_changes
from engine.assessment.evidence import NotYourFile
from engine.assessment.scans import NotAScan
from engine.assessment.succession import Split
from engine.errors import BihuanError, Invalid, NotFound
from engine.reports import matter
from tests.assessment import years
from tests.assessment.town import Town, delivered, moment

PAPER = "市委办〔2026〕12号"


@pytest.fixture
def town() -> Iterator[Town]:
    """The day after April's letters."""
    with delivered() as made:
        yield made


@pytest.fixture
def october(tmp_path: Path) -> Iterator[Town]:
    with years.begun(tmp_path) as made:
        made.now = moment("2026-10-20 10:00")
        yield made


def scan(town: Town, account: str, name: str = "批复.pdf") -> int:
    return int(town.upload(account, name).partition(":")[2])


def opens(town: Town, account: str, paper: int) -> bool:
    with town.by(account, reading=True) as ctx:
        try:
            return matter.file(ctx, paper).id == paper
        except NotFound:
            return False


def draft(town: Town, *papers: int) -> int:
    with town.by("lead1") as ctx:
        return adjustments.draft(ctx, town.cycle(ctx), "august", "国家口径调整", PAPER, papers).id


def no_draft(town: Town, error: type[BihuanError], paper: int) -> None:
    with town.refusal(error, "lead1") as ctx:
        adjustments.draft(ctx, town.cycle(ctx), "august", "国家口径调整", PAPER, [paper])


def ask(town: Town, *papers: int) -> int:
    with town.by("a04_clerk") as ctx:
        given = (ctx, town.cycle(ctx), "A04", "E13", Decimal("180"), "项目停建", "市政府〔2026〕9号", papers)
        return target_changes.request(*given).id


@pytest.mark.requirement("B5")
def test_the_papers_of_an_adjustment_are_for_those_who_see_it(town: Town) -> None:
    basis = scan(town, "lead1", "依据.pdf")
    key = draft(town, basis)
    assert [opens(town, who, basis) for who in ("lead2", "committee1", "a04_clerk", "d01_leader")] == [
        True,
        True,
        False,
        False,
    ]
    with town.by("lead1") as ctx:
        adjustments.drop(ctx, town.cycle(ctx), key, "H05")
        weights = {"E13": {"A": Decimal(6)}, "H01": {"A": Decimal(13)}}
        adjustments.weigh(ctx, town.cycle(ctx), key, weights)
        adjustments.submit(ctx, town.cycle(ctx), key)
    approval = scan(town, "committee1", "批复.pdf")
    with town.by("committee1") as ctx:
        adjustments.decide(ctx, town.cycle(ctx), key, approved=True, document="领导小组〔2026〕6号", papers=[approval])
    assert opens(town, "a04_clerk", basis) and opens(town, "a04_clerk", approval)
    with town.by("a04_clerk", reading=True) as ctx:
        assert [each.id for each in scans.of(ctx, "adjustment", [key])[key]] == [basis, approval]
    told = town.acts("paper.attach")
    assert [(each["subject"], [paper["file"] for paper in each["papers"]]) for each in told] == [
        (f"adjustment:{key}", [basis]),
        (f"adjustment:{key}", [approval]),
    ]


@pytest.mark.requirement("B7")
def test_the_papers_of_a_changed_target_are_for_the_unit_the_responsible_one_and_those_who_decide(
    october: Town,
) -> None:
    town = october
    paper = scan(town, "a04_clerk")
    change = ask(town, paper)
    seeing = ("a04_leader", "d01_clerk", "committee1", "lead1", "a05_clerk", "d25_clerk")
    assert [opens(town, who, paper) for who in seeing] == [True, True, True, True, False, False]
    approval = scan(town, "committee1")
    with town.by("committee1") as ctx:
        document = "领导小组〔2026〕5号"
        target_changes.decide(ctx, town.cycle(ctx), change, approved=True, document=document, papers=[approval])
    assert opens(town, "a04_clerk", approval) and not opens(town, "a05_clerk", approval)


def test_the_paper_of_a_succession_is_for_the_units_it_names(town: Town) -> None:
    paper, item = scan(town, "lead1"), town.matter("A04", "E13")
    with town.by("lead1") as ctx:
        split = Split({item.number: "A06"})
        succession.succeed(ctx, "A04", "A05", ctx.today, "区划调整", PAPER, split=split, papers=[paper])
    later = scan(town, "lead1", "划转.pdf")
    with town.by("lead1") as ctx:
        made = passings.pass_on(ctx, "A06", item.number, "A03", "职责划转", PAPER, [later])
    seen = {who: (opens(town, who, paper), opens(town, who, later)) for who in ("lead2", "a05_clerk", "a06_clerk")}
    assert seen == {"lead2": (True, True), "a05_clerk": (True, True), "a06_clerk": (True, True)}
    assert [opens(town, "a03_clerk", each) for each in (paper, later)] == [True, True]
    assert [opens(town, "a02_leader", each) for each in (paper, later)] == [False, False]
    with town.by("a03_clerk", reading=True) as ctx:
        assert [each.id for each in scans.of(ctx, "passing", [made.id])[made.id]] == [later]


def test_a_paper_that_comes_later_is_attached_by_who_may_act_on_the_record(october: Town) -> None:
    town, change = october, ask(october)
    papers = {who: [scan(town, who)] for who in ("a04_leader", "committee1", "lead1", "a05_clerk")}
    for account in ("a04_leader", "committee1"):
        with town.by(account) as ctx:
            target_changes.add_papers(ctx, town.cycle(ctx), change, papers[account])
    with town.refusal(NotYours, "lead2") as ctx:
        target_changes.add_papers(ctx, town.cycle(ctx), change, papers["lead1"])
    with town.refusal(NotFound, "a05_clerk") as ctx:
        target_changes.add_papers(ctx, town.cycle(ctx), change, papers["a05_clerk"])
    with town.refusal(Invalid, "a04_leader") as ctx:
        target_changes.add_papers(ctx, town.cycle(ctx), change, [])
    with town.by(reading=True) as ctx:
        assert len(scans.of(ctx, "target_change", [change])[change]) == 2


def test_the_lead_attaches_to_adjustments_and_successions_later(town: Town) -> None:
    key, paper, other, third = draft(town), *(scan(town, "lead1", name) for name in ("甲.pdf", "乙.pdf", "丙.pdf"))
    with town.by("lead1") as ctx:
        adjustments.add_papers(ctx, town.cycle(ctx), key, [paper])
        succession.succeed(ctx, "A04", "A05", ctx.today, "区划调整", PAPER)
        made = succession.add_papers(ctx, "A04", [other])
        assert [each.id for each in scans.of(ctx, "succession", [made.id])[made.id]] == [other]
    with town.refusal(NotFound, "a04_clerk") as ctx:
        adjustments.add_papers(ctx, town.cycle(ctx), key, [third])
    with town.refusal(NotYours, "a05_leader") as ctx:
        succession.add_papers(ctx, "A04", [third])
    with town.refusal(NotFound, "lead1") as ctx:
        succession.add_papers(ctx, "A05", [third])


def test_only_a_pdf_or_a_picture_is_a_paper(town: Town) -> None:
    with town.by("lead1") as ctx:
        notes = files.store(ctx, "说明.txt", io.BytesIO(b"text")).id
    no_draft(town, NotAScan, notes)


def test_a_file_of_something_else_or_of_another_unit_is_no_paper_of_ours(town: Town) -> None:
    taken, foreign = scan(town, "lead1"), scan(town, "a04_clerk")
    draft(town, taken)
    with town.by("lead1") as ctx:
        adjustments.discard(ctx, town.cycle(ctx), 1, "")
    no_draft(town, NotYourFile, taken)
    no_draft(town, NotYourFile, foreign)
