import pytest

from engine import access, people
from engine.access import NotYours
from tests.cast import Office, appoint


def test_a_person_answers_to_the_role_and_to_the_role_in_the_unit(office: Office) -> None:
    with office.by("zhang", reading=True) as ctx:
        assert access.groups(ctx) == {"clerk", "clerk@A01"}
        assert access.groups(ctx, "wang") == {"lead", "lead@D01"}


def test_a_right_is_held_by_any_of_the_groups(office: Office) -> None:
    with office.by("zhang", reading=True) as ctx:
        access.require(ctx, "clerk@A01")
        access.require(ctx, "lead", "clerk")
        assert not access.may(ctx, "clerk@A02", "leader@A01")
        with pytest.raises(NotYours, match="leader@A01, leader@A02"):
            access.require(ctx, "leader@A01", "leader@A02")


def test_a_right_ends_with_the_post(office: Office) -> None:
    with office.by() as ctx:
        post = ctx.session.query(people.Appointment).filter_by(account="zhang").one()
        post.to_date = ctx.today
    with office.by("zhang", reading=True) as ctx:
        assert access.may(ctx, "clerk@A01")
    office.wait(days=1)
    with office.by("zhang", reading=True) as ctx:
        assert not access.may(ctx, "clerk@A01")


def test_the_system_itself_may_everything_and_a_stranger_nothing(office: Office) -> None:
    with office.by(reading=True) as ctx:
        access.require(ctx, "lead")
        access.require_unit(ctx, "A01")
        assert access.oversees(ctx)
    with office.by("nobody", reading=True) as ctx:
        assert access.groups(ctx) == frozenset()
        assert not access.oversees(ctx)
        with pytest.raises(NotYours):
            access.require_unit(ctx, "A01")


def test_who_acts_for_another_has_the_others_rights(office: Office) -> None:
    with office.by("zhang", on_behalf_of="li", reading=True) as ctx:
        assert access.may(ctx, "leader@A01")
        assert access.own_units(ctx) == {"A01"}


@pytest.mark.parametrize(
    ("account", "oversees"),
    [("wang", True), ("sun", True), ("liu", True), ("zhang", False), ("li", False), ("zhao", False), ("qian", False)],
)
def test_the_lead_the_inspection_and_the_administrator_see_all_units(
    office: Office, account: str, oversees: bool
) -> None:
    with office.by(account, reading=True) as ctx:
        assert access.oversees(ctx) is oversees


def test_the_leader_of_the_lead_department_sees_all_units_too(office: Office) -> None:
    with office.by() as ctx:
        appoint(ctx, "wu", "leader", people.unit(ctx, "D01"))
    with office.by("wu", reading=True) as ctx:
        assert access.oversees(ctx)


def test_an_assessed_unit_sees_only_itself(office: Office) -> None:
    with office.by("li", reading=True) as ctx:
        access.require_unit(ctx, "A01")
        access.require_unit(ctx, "A02", "A01")
        with pytest.raises(NotYours):
            access.require_unit(ctx, "A02")
    with office.by("wang", reading=True) as ctx:
        access.require_unit(ctx, "A02")
