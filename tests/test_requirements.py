"""The list of what is proved is as the tests have it now, and every mark names a row there is."""

import pytest

from tests import requirements_report as writing

KNOWN = {("requirement", "A1"): "First", ("requirement", "A2"): "Second", ("planted", "1"): "A case"}


@pytest.fixture(scope="module")
def found() -> writing.Claims:
    return writing.claims(writing.collect())


def test_every_mark_names_a_row_there_is(found: writing.Claims) -> None:
    assert {row: tests for row, tests in found.items() if row not in writing.rows()} == {}


def test_the_list_is_as_the_tests_have_it_now(found: writing.Claims) -> None:
    kept = writing.REPORT.read_text("utf-8")
    assert kept == writing.report(writing.rows(), found), "run `python -m tests.requirements_report`"


def test_every_row_has_a_section_and_a_title() -> None:
    rows = writing.rows()
    assert {name[0] for kind, name in rows if kind == "requirement"} == writing.SECTIONS.keys()
    assert all(rows.values())
    assert [name for kind, name in rows if kind == "planted"] == [str(case) for case in range(1, 29)]


def test_a_row_is_proved_by_the_tests_that_name_it_each_told_once() -> None:
    found = {("requirement", "A2"): ["tests/test_x.py::test_it_holds", "tests/test_x.py::test_it_is_refused"]}
    told = writing.report(KNOWN, found)
    assert "1 of 2 rows are proved." in told
    assert "## Not yet proved\n\n- **A1** First\n" in told
    assert "### A2 Second\n\n- it holds · [tests/test_x.py](../tests/test_x.py)\n- it is refused" in told
    assert "### 1 A case\n\nNot yet proved." in told


def test_ten_cases_of_one_test_are_one_proof(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("marked") / "test_marked.py"
    file.write_text(
        "import pytest\n"
        "@pytest.mark.requirement('A1', 'A2')\n"
        "@pytest.mark.parametrize('case', [1, pytest.param(2, marks=pytest.mark.planted(1))])\n"
        "def test_it(case):\n    pass\n"
    )
    found = writing.claims(writing.collect(file))
    assert {row: len(tests) for row, tests in found.items()} == dict.fromkeys(KNOWN, 1)


def test_tests_that_cannot_be_collected_prove_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("broken") / "test_broken_file.py"
    file.write_text("import there_is_no_such_module\n")
    with pytest.raises(writing.NotCollected, match="there_is_no_such_module"):
        writing.collect(file)
