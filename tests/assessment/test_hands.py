import pytest

from engine.assessment import hands
from tests.cast import Office

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_who_had_no_part_goes_on(office: Office) -> None:
    with office.by("li", reading=True) as ctx:
        hands.require_apart(ctx, "zhang", "chen", None)
        hands.require_apart(ctx)


def test_who_had_a_part_is_refused(office: Office) -> None:
    with office.by("zhang", reading=True) as ctx, pytest.raises(hands.OwnWork):
        hands.require_apart(ctx, "chen", "zhang")


def test_a_deputy_stands_for_both(office: Office) -> None:
    for before in ("chen", "zhang"):
        with office.by("chen", on_behalf_of="zhang", reading=True) as ctx, pytest.raises(hands.OwnWork):
            hands.require_apart(ctx, before)


def test_the_system_had_no_part_in_what_nobody_did(office: Office) -> None:
    with office.by(reading=True) as ctx:
        hands.require_apart(ctx, None)
