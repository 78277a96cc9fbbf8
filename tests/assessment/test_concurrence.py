"""One unit answers for an indicator and signs; those that co-organise it concur by a date."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import concurrence, indicators, objections, rules
from engine.assessment.concurrence import ConcurrenceOutstanding, ConcurrenceOver, Stance
from engine.assessment.hands import OwnWork
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, delivered, moment
from tests.assessment.years import acts, appoint, begun


@pytest.fixture
def town() -> Iterator[Town]:
    """The day after April's letters; D01 co-organises H05, for which D25 answers."""
    with delivered() as made:
        name(made, "H05", "D01")
        yield made


@pytest.fixture
def january(tmp_path: Path) -> Iterator[Town]:
    """The rules are being drafted; D01 and D09 co-organise J01, for which D35 answers."""
    with begun(tmp_path) as made:
        name(made, "J01", "D01", "D09")
        yield made


def name(town: Town, code: str, *units: str, by: str = "lead1") -> None:
    with town.by(by) as ctx:
        concurrence.name_partners(ctx, town.cycle(ctx), code, units)


def stances(town: Town) -> dict[str, str]:
    """Unit -> how its last concurrence stands."""
    with town.by(reading=True) as ctx:
        found = concurrence.of_cycle(ctx, town.cycle(ctx))
        return {each.unit: each.stance_at(ctx.now) for each in reversed(found)}


def asked(town: Town, unit: str) -> int:
    with town.by(reading=True) as ctx:
        return next(each.id for each in concurrence.of_cycle(ctx, town.cycle(ctx)) if each.unit == unit)


def say(town: Town, account: str, unit: str, stance: str, text: str = "") -> None:
    key = asked(town, unit)
    with town.by(account) as ctx:
        concurrence.answer(ctx, town.cycle(ctx), key, stance, text)


def submit(town: Town, text: str = "按覆盖率计分") -> None:
    with town.by("d35_clerk") as ctx:
        own = indicators.of_unit(ctx, town.cycle(ctx), "D35")
        rules.submit(ctx, town.cycle(ctx), "D35", {each.code: text for each in own})


def review(town: Town) -> None:
    with town.by("lead1") as ctx:
        rules.review(ctx, town.cycle(ctx), [], None)


def test_rules_handed_in_are_put_before_the_co_organisers_and_wait_for_them(january: Town) -> None:
    submit(january)
    assert stances(january) == {"D01": "asked", "D09": "asked"}
    assert january.told("d01_clerk", "concurrence.asked") == ["concurrence.asked"]
    say(january, "d01_clerk", "D01", "concurs")
    with january.refusal(ConcurrenceOutstanding, "lead1") as ctx:
        rules.review(ctx, january.cycle(ctx), [], None)
    say(january, "d09_leader", "D09", "differs", "应以年报为准")
    review(january)
    assert stances(january) == {"D01": "concurs", "D09": "differs"}
    with january.by(reading=True) as ctx:
        used = indicators.find(ctx, january.cycle(ctx), "J01")
        assert rules.rules_of(ctx, used).status == rules.RuleStatus.APPROVED
    assert january.told("d35_leader", "concurrence.answered") == ["concurrence.answered"] * 2


def test_silence_until_the_date_is_recorded_as_such_and_holds_nothing_up(january: Town) -> None:
    """Handed in on a Monday: three working days end with Thursday."""
    submit(january)
    say(january, "d01_clerk", "D01", "concurs")
    january.now = moment("2026-01-08 23:00")
    with january.refusal(ConcurrenceOutstanding, "lead1") as ctx:
        rules.review(ctx, january.cycle(ctx), [], None)
    january.now = moment("2026-01-09 09:00")
    key = asked(january, "D09")
    with january.refusal(ConcurrenceOver, "d09_clerk") as ctx:
        concurrence.answer(ctx, january.cycle(ctx), key, Stance.CONCURS, "")
    review(january)
    assert stances(january) == {"D01": "concurs", "D09": "silent"}
    with january.by(reading=True) as ctx:
        assert acts(ctx, "concurrence.silent") == [{"indicator": "J01", "about": "rules", "units": ["D09"]}]


def test_who_has_spoken_is_asked_anew_only_when_the_text_changes(january: Town) -> None:
    submit(january)
    say(january, "d01_clerk", "D01", "concurs")
    submit(january)
    assert stances(january)["D01"] == "concurs"
    submit(january, "按覆盖率分档计分")
    assert stances(january) == {"D01": "asked", "D09": "asked"}
    with january.by(reading=True) as ctx:
        found = [(each.unit, each.stance) for each in concurrence.of_cycle(ctx, january.cycle(ctx))]
        assert sorted(found)[:2] == [("D01", "asked"), ("D01", "concurs")]
        assert ("D09", "superseded") in found


def dispute(town: Town) -> int:
    """A04 disputes its figure of H05; D25's clerk corrects it to 60."""
    notice = town.dispute("A04", "H05")[0]
    town.do("d25_clerk", "answer_objection", {"outcome": "corrected", "value": "60", "reason": "更正"}, notice=notice)
    return notice


def test_a_disputed_value_is_signed_after_the_co_organisers_have_spoken(town: Town) -> None:
    notice = dispute(town)
    with town.refusal(ConcurrenceOutstanding, "d25_leader") as ctx:
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "H05"))
    say(town, "d01_leader", "D01", "concurs")
    town.do("d25_leader", "sign_answer", {"verdict": "signed"}, notice=notice)
    assert town.acts("objection.sign") == [{"notice": notice, "corrected": True}]


def test_the_co_organiser_neither_answers_nor_signs(town: Town) -> None:
    notice = town.dispute("A04", "H05")[0]
    with town.refusal(NotYours, "d01_clerk") as ctx:
        objections.answer(ctx, notice, "confirmed", None, "无误")
    town.do("d25_clerk", "answer_objection", {"outcome": "confirmed", "value": None, "reason": "无误"}, notice=notice)
    with town.refusal(NotYours, "d01_leader") as ctx:
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "H05"))


def test_who_differs_says_why_and_only_the_unit_that_was_asked_answers(town: Town) -> None:
    dispute(town)
    key = asked(town, "D01")
    with town.refusal(Invalid, "d01_clerk") as ctx:
        concurrence.answer(ctx, town.cycle(ctx), key, Stance.DIFFERS, " ")
    with town.refusal(NotFound, "d09_clerk") as ctx:
        concurrence.answer(ctx, town.cycle(ctx), key, Stance.CONCURS, "")
    with town.refusal(NotYours, "d25_leader") as ctx:
        concurrence.answer(ctx, town.cycle(ctx), key, Stance.CONCURS, "")


def test_who_asked_does_not_answer_for_the_other_unit(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d25_clerk", "clerk", "D01")
    dispute(town)
    key = asked(town, "D01")
    with town.refusal(OwnWork, "d25_clerk") as ctx:
        concurrence.answer(ctx, town.cycle(ctx), key, Stance.CONCURS, "")


def test_the_answering_unit_itself_and_an_assessed_one_co_organise_nothing(town: Town) -> None:
    for unit in ("D25", "A01"):
        with town.refusal(Invalid, "lead1") as ctx:
            concurrence.name_partners(ctx, town.cycle(ctx), "H05", [unit])
    with town.refusal(NotYours, "d01_clerk") as ctx:
        concurrence.name_partners(ctx, town.cycle(ctx), "H05", ["D09"])
    name(town, "H05", "D09", by="d25_clerk")
    with town.by(reading=True) as ctx:
        assert concurrence.partners(ctx, indicators.find(ctx, town.cycle(ctx), "H05")) == ["D09"]
