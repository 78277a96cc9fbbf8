import io
from collections.abc import Sequence

import pytest

from engine import files, people
from engine.assessment import evidence
from engine.errors import NotFound
from tests.cast import Office, appoint

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def upload(office: Office, account: str | None, subject: str | None = None) -> int:
    with office.by(account) as ctx:
        return files.store(ctx, "佐证.pdf", io.BytesIO(b"%PDF-1.7"), subject).id


def subjects(office: Office, *file_ids: int) -> list[str | None]:
    with office.by(reading=True) as ctx:
        return [files.stored(ctx, each).subject for each in file_ids]


def refused(office: Office, account: str, file_ids: Sequence[int]) -> None:
    with office.by(account) as ctx, pytest.raises(evidence.NotYourFile):
        evidence.attach(ctx, "item:17", file_ids)


@pytest.mark.requirement("C2")
def test_what_a_person_uploads_belongs_to_what_it_is_handed_in_for(office: Office) -> None:
    first, second, kept = (upload(office, "zhang") for _ in range(3))
    with office.by("zhang") as ctx:
        evidence.attach(ctx, "item:17", [first, second])
    assert subjects(office, first, second, kept) == ["item:17", "item:17", None]


def test_a_colleague_of_the_unit_may_hand_it_in(office: Office) -> None:
    file = upload(office, "zhang")
    with office.by("chen") as ctx:
        evidence.attach(ctx, "item:17", [file])
    assert subjects(office, file) == ["item:17"]


def test_another_units_file_is_not_handed_in_and_neither_is_what_came_with_it(office: Office) -> None:
    own, other = upload(office, "zhang"), upload(office, "wu")
    refused(office, "zhang", [own, other])
    assert subjects(office, own, other) == [None, None]


def test_a_file_of_something_else_is_not_handed_in_even_by_who_uploaded_it(office: Office) -> None:
    refused(office, "zhang", [upload(office, "zhang", "item:18")])


def test_a_file_may_be_handed_in_again_for_the_same(office: Office) -> None:
    file = upload(office, "zhang", "item:17")
    with office.by("chen") as ctx:
        evidence.attach(ctx, "item:17", [file])


def test_who_acts_in_somebodys_name_hands_in_what_that_person_uploaded(office: Office) -> None:
    file = upload(office, "zhang")
    with office.by("wu", on_behalf_of="zhang") as ctx:
        evidence.attach(ctx, "item:17", [file])
    assert subjects(office, file) == ["item:17"]


def test_a_file_nobody_uploaded_is_nobodys_to_hand_in(office: Office) -> None:
    refused(office, "zhang", [upload(office, None)])


def test_who_holds_a_post_in_the_unit_too_counts_as_a_colleague(office: Office) -> None:
    file = upload(office, "wu")
    refused(office, "chen", [file])
    with office.by() as ctx:
        appoint(ctx, "wu", "clerk", people.unit(ctx, "A01"))
    with office.by("chen") as ctx:
        evidence.attach(ctx, "item:17", [file])
    assert subjects(office, file) == ["item:17"]


def test_a_file_that_does_not_exist_is_refused(office: Office) -> None:
    with office.by("zhang") as ctx, pytest.raises(NotFound):
        evidence.attach(ctx, "item:17", [9999])
