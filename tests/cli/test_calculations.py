import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.processes.demo_files import CITY
from web.cli import main

FOUR_UNITS = {
    "direction": "higher_better",
    "kind": "cumulative",
    "time_progress": "0.25",
    "rule": {"bottom": 3, "lag_points": "10", "red_lag_points": "30"},
    "rows": [
        {"unit": "A", "target": "100", "actual": "20"},
        {"unit": "B", "target": "100", "actual": "30"},
        {"unit": "C", "target": "100", "actual": "31"},
        {"unit": "D", "target": "100", "actual": "-6"},
        {"unit": "E", "target": "100", "actual": None},
        {"unit": "F", "target": None, "actual": "1"},
    ],
}
ONE_CASE = {
    "method": "completion_ratio",
    "points": "5",
    "params": {"cap": "1"},
    "decimals": 2,
    "rows": [{"unit": "A", "target": "200", "actual": "190", "base": None, "exempt": False}],
}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def told(*arguments: str | Path) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def written(folder: Path, *documents: Any) -> Path:
    file = folder / "case.json"
    file.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in documents), "utf-8")
    return file


def test_warn_names_the_last_three_and_who_is_far_and_whose_figure_is_missing(tmp_path: Path) -> None:
    """A lies 5 points behind, D 31; B and C are ahead, yet B is among the last three of four."""
    assert told("warn", written(tmp_path, FOUR_UNITS)) == {
        "warnings": [
            {"unit": "A", "reasons": ["bottom_three"], "level": "yellow"},
            {"unit": "B", "reasons": ["bottom_three"], "level": "yellow"},
            {"unit": "D", "reasons": ["bottom_three", "far_from_target"], "level": "red"},
            {"unit": "E", "reasons": ["data_missing"], "level": None},
        ],
        "ranks": [
            {"unit": "A", "progress": "0.200000", "lead_points": "-5.000000", "rank": 3},
            {"unit": "B", "progress": "0.300000", "lead_points": "5.000000", "rank": 2},
            {"unit": "C", "progress": "0.310000", "lead_points": "6.000000", "rank": 1},
            {"unit": "D", "progress": "-0.060000", "lead_points": "-31.000000", "rank": 4},
            {"unit": "E", "progress": None, "lead_points": None, "rank": None, "why": "missing"},
            {"unit": "F", "progress": None, "lead_points": None, "rank": None, "why": "no_target"},
        ],
    }


def test_warn_refuses_a_case_it_cannot_read_in_one_line(tmp_path: Path) -> None:
    done = run("warn", written(tmp_path, FOUR_UNITS | {"kind": "weekly"}))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: The kind of a warning case must be")
    assert done.stderr.count("\n") == 1


def test_score_prints_the_score_of_a_case(tmp_path: Path) -> None:
    assert told("score", written(tmp_path, ONE_CASE)) == {"scores": [{"unit": "A", "score": "4.75", "rank": 1}]}


def test_a_batch_of_scores_goes_on_past_a_bad_line(tmp_path: Path) -> None:
    done = run("score", "--batch", written(tmp_path, ONE_CASE, '{"a"', ONE_CASE | {"method": "guess"}, ONE_CASE))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert lines[0] == lines[3] == {"scores": [{"unit": "A", "score": "4.75", "rank": 1}]}
    assert [line["error"]["code"] for line in lines[1:3]] == ["not_json", "bad_case"]


def test_every_method_is_listed_with_an_example_that_scores(tmp_path: Path) -> None:
    listed = told("score", "--methods")
    assert len(listed) == 31
    for method in listed:
        assert {"method", "params", "row_fields", "example", "vectors"} <= method.keys()
        assert told("score", written(tmp_path, method["example"]))["scores"]


def test_eval_keeps_decimals_exact() -> None:
    assert told("eval", "0.1 + x", "--context", '{"x": 0.2}') == {"value": {"n": "0.3"}}


def test_eval_says_what_cannot_be_read_and_exits_with_1() -> None:
    done = run("eval", "1 +", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["code"] == "bad_expression"


def test_a_batch_of_expressions_answers_every_line(tmp_path: Path) -> None:
    rows = [{"expression": "a + 1", "context": {"a": 2}}, {"expression": "a +"}, {"expression": 'date("2026-04-01")'}]
    done = run("eval", "--batch", written(tmp_path, *rows))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0] == {"value": {"n": "3"}}
    assert lines[1]["error"]["code"] == "bad_expression"
    assert lines[2] == {"value": {"date": "2026-04-01"}}


@pytest.mark.parametrize(("grave", "needed"), [(4, False), (5, True)])
def test_decide_evaluates_a_table_and_says_which_rules_matched(grave: int, needed: bool) -> None:
    context = json.dumps({"grave_warnings": grave, "consultation_threshold": 5})
    decided = told("decide", CITY / "consultation_needed.dmn", "--context", context)
    assert decided["outputs"] is needed
    assert len(decided["matched_rules"]) == 1


@pytest.mark.parametrize("arguments", [("score",), ("eval",), ("warn",), ("score", "--methods", "--batch", __file__)])
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
