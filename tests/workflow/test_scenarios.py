from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BihuanError
from engine.workflow.registry import Registry
from engine.workflow.scenarios import Failure, Played, play, read
from tests.workflow.spiff.drawing import draw

OFFICE = Path(__file__).parent / "diagrams" / "office"


@pytest.mark.parametrize("name", ["straight", "late"])
@pytest.mark.parametrize("diagram", [OFFICE, OFFICE / "matter.bpmn"], ids=["folder", "file"])
def test_a_scenario_that_holds_is_played_to_its_end(name: str, diagram: Path) -> None:
    registry = Registry()

    @registry.operation("evidence.count", summary="How many files there are", outputs={"files": "their number"})
    def count(ctx: Any, call: Any, *, item: int) -> None: ...

    played = play(diagram, OFFICE / "scenarios" / f"{name}.yaml", registry)
    assert played.failure is None
    assert played.problems == ()
    assert played.ok


def test_moves_between_people_and_of_an_administrator() -> None:
    """The last step jumps out of a called process, which can be done; the scenario claims otherwise and fails there."""
    played = play(OFFICE, OFFICE / "scenarios" / "people.yaml")
    assert played.failure == Failure(25, {"refused": "nothing_like_it"}, "jump is done")


def write(folder: Path, text: str) -> Path:
    file = folder / "p.bpmn"
    file.write_bytes(draw(text))
    return file


def steps(diagram: Path, *script: dict[str, Any], **said: Any) -> Played:
    return play(diagram, {"process": "main", "steps": list(script), **said})


LINE = "start s \n user a \n user b \n s -> a -> b"


@pytest.mark.parametrize(
    ("claim", "expected", "actual"),
    [
        ({"open": ["b"]}, {"open": ["b"]}, {"open": ["a"]}),
        ({"open": []}, {"open": []}, {"open": ["a"]}),
        ({"finished": True}, {"finished": True}, {"finished": False}),
        ({"variables": {"n": 2}}, {"variables": {"n": 2}}, {"variables": {"n": 1}}),
        ({"variables": {"n": True}}, {"variables": {"n": True}}, {"variables": {"n": 1}}),
        ({"variables": {"x": 0}}, {"variables": {"x": 0}}, {"variables": {"x": None}}),
        ({"due": "2026-05-01"}, {"due": "2026-05-01"}, {"due": None}),
        ({"incident": "a"}, {"incident": "a"}, {"incident": []}),
        ({"visited": ["a"]}, {"visited": ["a"]}, {"visited": []}),
        ({"visited_has": ["a"]}, {"visited_has": ["a"]}, {"visited_has": []}),
        ({"open": ["a"], "finished": True}, {"finished": True}, {"finished": False}),
    ],
)
def test_what_is_not_as_expected_ends_the_play(tmp_path: Path, claim: Any, expected: Any, actual: Any) -> None:
    played = steps(write(tmp_path, LINE), {"expect": claim}, {"complete": "a"}, start={"n": 1})
    assert not played.ok
    assert (played.steps, played.failure) == (1, Failure(1, expected, actual))


def test_expectations_that_hold(tmp_path: Path) -> None:
    start = {"n": Decimal("1.0"), "rows": [{"a": Decimal(2)}], "day": "2026-05-01"}
    claims = {"variables": {"n": 1, "rows": [{"a": 2}], "day": "2026-05-01", "missing": None}}
    assert steps(write(tmp_path, LINE), {"expect": claims}, start=start).ok


def test_a_step_that_is_refused_ends_the_play_unless_it_says_so(tmp_path: Path) -> None:
    diagram = write(tmp_path, LINE)
    played = steps(diagram, {"complete": "b"})
    assert played.failure == Failure(
        1, "complete is done", {"refused": "not_open", "message": "b is not open; open are a."}
    )
    assert steps(diagram, {"complete": "b", "refused": "not_open"}, {"expect": {"open": ["a"]}}).ok
    assert steps(diagram, {"complete": "a", "refused": "not_open"}).failure == Failure(
        1, {"refused": "not_open"}, "complete is done"
    )
    wrong = steps(diagram, {"return": "a", "refused": "not_open"}).failure
    assert wrong is not None
    assert wrong.actual["refused"] == "not_earlier"


def test_a_play_goes_on_past_an_incident(tmp_path: Path) -> None:
    diagram = write(tmp_path, "start s \n and p \n xor x \n user a \n user b \n s -> p -> x -> a if no \n p -> b")
    assert steps(diagram, {"expect": {"incident": "x", "open": ["b"]}}, {"complete": "b"}).ok


def test_messages_signals_and_the_clock(tmp_path: Path) -> None:
    diagram = write(
        tmp_path,
        """
        start s
        user a
        catch m message=paper prop:key==item
        catch g signal=closed
        catch t timer=P2D
        user b
        s -> a -> m -> g -> t -> b
        """,
    )
    played = steps(
        diagram,
        {"message": "paper", "key": 18, "with": {"n": 1}},
        {"message": "paper", "key": 17, "with": {"n": 2}},
        {"complete": "a"},
        {"expect": {"variables": {"n": 2}, "visited": ["a", "m"]}},
        {"signal": "closed", "with": {"by": "office"}},
        {"expect": {"due": "2026-04-22T09:00:00+08:00"}},
        {"advance": "P1D"},
        {"expect": {"open": []}},
        {"advance": "2026-04-22T09:00:00+08:00"},
        {"expect": {"open": ["b"]}},
        start={"item": 17},
        at="2026-04-20T09:00:00+08:00",
    )
    assert played.ok, played.failure
    assert [entry.event for entry in played.trace if entry.element in ("m", "g", "t")] == [
        "entered", "received", "completed", "entered", "received", "completed", "entered", "fired", "completed",
    ]  # fmt: skip


def test_a_stub_is_a_map_a_list_an_error_or_a_failure(tmp_path: Path) -> None:
    diagram = write(
        tmp_path,
        """
        start s
        xor m
        service x op=a.b
        boundary bad on=x error=NO
        user again
        s -> m -> x -> again
        bad -> again
        again -> m
        end e
        again -> e if over
        """,
    )
    played = steps(
        diagram,
        {"expect": {"variables": {"n": 1}}},
        {"complete": "again"},
        {"expect": {"variables": {"n": 1, "why": "late"}, "visited_has": ["bad"]}},
        {"complete": "again"},
        {"expect": {"incident": "x"}},
        {"retry": "x"},
        {"expect": {"incident": "x"}},
        stub={"a.b": [{"n": 1}, {"error": "NO", "why": "late"}, {"fail": "off"}]},
    )
    assert played.ok, played.failure


def test_what_a_person_answers_becomes_variables_unless_the_operation_of_the_task_is_stubbed(tmp_path: Path) -> None:
    diagram = write(tmp_path, "start s \n user a prop:operation=a.b \n user b \n s -> a -> b")
    registry = Registry()
    registry.operation("a.b", summary="")(lambda ctx, call: None)
    answered = {"complete": "a", "with": {"plan": "x"}}
    assert play(diagram, {"steps": [answered, {"expect": {"variables": {"plan": "x"}}}]}, registry).ok
    stubbed = {"steps": [answered, {"expect": {"variables": {"plan": None, "n": 1}}}], "stub": {"a.b": {"n": 1}}}
    assert play(diagram, stubbed).ok


def test_an_operation_neither_registered_nor_stubbed_is_a_problem(tmp_path: Path) -> None:
    played = steps(write(tmp_path, "start s \n service x op=a.b \n s -> x"))
    assert not played.ok
    ((file, problem),) = played.problems
    assert (file, problem.element, problem.code) == ("p.bpmn", "x", "unknown_operation")


def test_only_what_is_reached_has_to_be_right(tmp_path: Path) -> None:
    diagram = write(tmp_path, "start s \n call k calls=q \n s -> k")
    (tmp_path / "q.bpmn").write_bytes(draw("start s \n user a \n s -> a", process="q"))
    (tmp_path / "broken.bpmn").write_bytes(b"<no")
    (tmp_path / "other.bpmn").write_bytes(draw("start s \n complex c \n s -> c", process="other"))
    assert steps(diagram, {"complete": "a"}, {"expect": {"finished": True}}).ok
    (tmp_path / "q.bpmn").write_bytes(draw("start s \n user a \n complex c \n s -> a -> c", process="q"))
    assert [(file, problem.code) for file, problem in steps(diagram).problems] == [("q.bpmn", "not_run")]


def test_a_diagram_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "p.bpmn"
    file.write_bytes(b"<!DOCTYPE x><x/>")
    assert [problem.code for _, problem in steps(file).problems] == ["doctype"]
    file.write_bytes(draw(LINE, process="other"))
    assert [problem.code for _, problem in steps(file).problems] == ["unknown_process"]


@pytest.mark.parametrize(
    "script",
    [
        {"steps": [{}]},
        {"steps": ["complete"]},
        {"steps": [{"complete": "a", "message": "b"}]},
        {"steps": [{"complete": "a", "wiht": {}}]},
        {"steps": [{"expect": {"opne": []}}]},
        {"steps": [{"expect": ["a"]}]},
        {"step": []},
        {"start": [1]},
        {"at": "soon"},
        {"stub": 3},
    ],
)
def test_a_scenario_that_means_nothing_is_refused(tmp_path: Path, script: Any) -> None:
    with pytest.raises(BihuanError) as refused:
        play(write(tmp_path, LINE), script)
    assert refused.value.code == "bad_scenario"


def test_numbers_in_yaml_are_exact(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text("start: {a: 0.1, b: 1e3, c: 3, d: 1_000.5}\n", encoding="utf-8")
    assert read(file).start == {"a": Decimal("0.1"), "b": "1e3", "c": 3, "d": Decimal("1000.5")}


@pytest.mark.parametrize("text", ["start: {a: .nan}", "start: [", "\tx", "start: !!python/object/apply:os.getcwd []"])
def test_yaml_that_is_broken_or_more_than_data_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BihuanError) as refused:
        read(file)
    assert refused.value.code == "bad_scenario"
