"""A third-party panel: three kinds of members, three means, every unit marked, a mean without the extremes."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.access import NotYours
from engine.assessment import panels
from engine.assessment.panels import AlreadyConvened, Given, MarkedBefore, PanelClosed
from engine.errors import Invalid
from tests.assessment.town import Town, moment
from tests.assessment.years import appoint, begun

WEIGHTS = {"documents": "0.3", "site_visit": "0.4", "questionnaire": "0.3"}
UNTIL = moment("2026-11-20 18:00")
MEMBERS = ("expert1", "expert2", "expert3")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Two of the experts are deputies and CPPCC members alone."""
    with begun(tmp_path) as made:
        made.now = moment("2026-11-02 09:00")
        with made.by() as ctx:
            appoint(ctx, "supervisor1", "deputy", "LXZ")
            appoint(ctx, "supervisor2", "cppcc", "LXZ")
        yield made


def convene(town: Town, *members: str, **changed: Any) -> int:
    with town.by("lead1") as ctx:
        given = {"indicator": "H05", "weights": WEIGHTS, "until": UNTIL, **changed}
        accounts = members or ("expert1", "supervisor1", "supervisor2")
        return panels.convene(ctx, town.cycle(ctx), town.round(ctx, "annual"), accounts=accounts, **given).id


def marks(documents: Any, site_visit: Any, questionnaire: Any, *units: str) -> list[Given]:
    given = {"documents": documents, "site_visit": site_visit, "questionnaire": questionnaire}
    return [Given(unit, given) for unit in units or ("A01", "A02", "A03", "A04", "A05", "A06")]


def give(town: Town, panel: int, account: str, given: list[Given]) -> None:
    with town.by(account) as ctx:
        panels.give(ctx, panels.get(ctx, town.cycle(ctx), panel), account, given)


@pytest.mark.requirement("M2")
def test_a_panel_of_three_kinds_judges_by_three_means(town: Town) -> None:
    panel = convene(town)
    give(town, panel, "expert1", marks("80", "90", "70"))  # 24 + 36 + 21 = 81
    give(town, panel, "supervisor1", marks("100", "100", "100"))
    with town.by("lead1") as ctx:
        held = panels.get(ctx, town.cycle(ctx), panel)
        assert {each.account: each.kind for each in panels.members(ctx, held)} == {
            "expert1": "expert",
            "supervisor1": "deputy",
            "supervisor2": "cppcc",
        }
        assert panels.standings(ctx, held)[0] == panels.Standing("A01", 2, None)
        assert panels.marks_of(ctx, held) == []
        assert panels.close(ctx, held) == ["supervisor2"]
        # (81 + 100) / 2
        assert panels.standings(ctx, held)[0] == panels.Standing("A01", 2, Decimal("90.500000"))
        assert panels.judged(ctx, town.cycle(ctx)) == {"A01", "A02", "A03", "A04", "A05", "A06"}
        assert len(panels.marks_of(ctx, held)) == 12


def test_of_more_than_five_members_the_highest_and_the_lowest_mark_are_left_out() -> None:
    # Without 10 and 100 there is (80 + 82 + 84 + 86) / 4; of five marks all count.
    found = panels.means_of({"X": ["10", "80", "82", "84", "86", "100"], "Y": ["70", "80", "90", "90", "100"]})
    assert found == {"X": Decimal("83.000000"), "Y": Decimal("86.000000")}
    assert panels.means_of({"X": []}) == {"X": None}


def test_a_panel_lacks_no_kind_and_nobody_of_an_assessed_unit(town: Town) -> None:
    with pytest.raises(Invalid, match="at least one of each"):
        convene(town, *MEMBERS)
    with pytest.raises(Invalid, match="lead2 is no expert"):
        convene(town, "lead2")
    with town.by() as ctx:
        appoint(ctx, "expert1", "clerk", "A03")
    with pytest.raises(Invalid, match="expert1 holds a post in A03"):
        convene(town)


@pytest.mark.parametrize(
    "weights",
    [
        {"documents": "0.5", "site_visit": "0.4"},
        {"documents": "1.2", "site_visit": "-0.2"},
    ],
)
def test_the_weights_of_the_means_sum_to_one(town: Town, weights: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="sum to exactly 1"):
        convene(town, weights=weights)


def test_a_round_has_one_panel_and_its_date_lies_ahead(town: Town) -> None:
    with pytest.raises(Invalid, match="after today"):
        convene(town, until=town.now)
    convene(town)
    with pytest.raises(AlreadyConvened):
        convene(town)


def test_a_member_marks_every_unit_once_by_every_means_and_only_for_itself(town: Town) -> None:
    panel = convene(town)
    for wrong in (marks("80", "90", "70", "A01"), marks("80", "90", None), marks("80", "90", "101")):
        with pytest.raises(Invalid):
            give(town, panel, "expert1", wrong)
    with town.by("lead1") as ctx, pytest.raises(NotYours):
        panels.give(ctx, panels.get(ctx, town.cycle(ctx), panel), "expert1", marks("80", "90", "70"))
    give(town, panel, "expert1", marks("80", "90", "70"))
    with pytest.raises(MarkedBefore):
        give(town, panel, "expert1", marks("80", "90", "70"))
    with town.by("lead1") as ctx:
        panels.close(ctx, panels.get(ctx, town.cycle(ctx), panel))
    with pytest.raises(PanelClosed):
        give(town, panel, "supervisor1", marks("80", "90", "70"))


def test_a_member_sees_its_own_marks_and_others_no_panel(town: Town) -> None:
    panel = convene(town)
    give(town, panel, "expert1", marks("80", "90", "70"))
    give(town, panel, "supervisor1", marks("80", "90", "70"))
    with town.by("expert1", reading=True) as ctx:
        held = panels.get(ctx, town.cycle(ctx), panel)
        assert {each.account for each in panels.marks_of(ctx, held)} == {"expert1"}
    with town.by("a01_clerk", reading=True) as ctx:
        assert panels.of_cycle(ctx, town.cycle(ctx)) == []
