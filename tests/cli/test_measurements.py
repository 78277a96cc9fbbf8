"""The measurements of a whole country's scoring, from a file and from the database, in small."""

import json
from pathlib import Path

import pytest

from bench import scores, snapshots
from engine.assessment import scoring


@pytest.mark.requirement("C6")
def test_the_national_file_is_the_same_every_time_and_every_case_of_it_scores() -> None:
    first, again = list(scores.cases(12, 30)), list(scores.cases(12, 30))
    assert first == again
    assert {len(case["rows"]) for case in first} == {30}
    assert len({case["method"] for case in first}) >= 5
    for case in first:
        assert any(row["score"] is not None for row in scoring.answer(case)["scores"]), case["method"]


def test_what_is_measured_is_that_every_case_was_answered(tmp_path: Path) -> None:
    file = scores.write(tmp_path / "cases.jsonl", 4, 20)
    told = scores.run(file, 4)
    assert told.lines == 4 and told.seconds > 0
    file.write_text(file.read_text("utf-8") + json.dumps({"method": "guess"}) + "\n", "utf-8")
    with pytest.raises(RuntimeError, match="4 of 5"):
        scores.run(file, 5)


def test_the_figure_says_time_growth_and_memory_beside_the_aims() -> None:
    figure = scores.score_national(4, 20)
    assert (figure.name, figure.unit, figure.limit, figure.is_over) == ("score_national", "s", None, False)
    assert figure.ratio is not None and figure.reference is not None
    assert "half the units" in figure.reference and "aims: 120 s, 1024 MB, 2.2" in figure.reference


@pytest.mark.requirement("C6")
def test_the_years_snapshot_is_measured_from_the_database_and_every_row_is_kept(tmp_path: Path) -> None:
    figure = snapshots.snapshot_national(6, 16)
    assert (figure.name, figure.unit, figure.limit, figure.is_over) == ("snapshot_national", "s", None, False)
    assert figure.reference is not None and "aims: 120 s, 1024 MB" in figure.reference
    told = snapshots.run(tmp_path / "year.db", 6, 16)
    assert told.lines == 96 and told.seconds > 0
