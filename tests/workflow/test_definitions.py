"""Deployment: everything wrong at once, the same bytes the same version, and what running matters have pinned."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import workflow
from engine.audit import Entry
from engine.errors import Invalid
from engine.workflow import definitions
from engine.workflow.definitions import DeploymentRefused, DraftConflict, Source, UnknownDefinition
from engine.workflow.store import Definition, Kind, Version
from tests.cast import MONDAY, Office
from tests.workflow import running
from tests.workflow.running import STORED, complete, start
from tests.workflow.spiff.drawing import draw

FORM = b'{"id": "opinion", "components": [{"type": "textfield", "key": "opinion"}]}'


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def deploy(office: Office, *sources: Source, package: str | None = None) -> list[tuple[str, str, int, bool]]:
    with office.by("wang") as ctx:
        done = definitions.deploy(ctx, sources, package)
    return sorted((each.kind, each.key, each.version, each.new) for each in done)


def stored(**changed: tuple[str, str]) -> list[Source]:
    """The stored diagrams, some with a text in them replaced: ``matter=("old", "new")``."""
    found = []
    for each in definitions.sources_of([STORED]):
        old, new = changed.get(each.name.partition(".")[0], ("", ""))
        assert old in each.content.decode()
        found.append(Source(each.name, each.content.decode().replace(old, new).encode() if old else each.content))
    return found


def complaints(office: Office, *sources: Source, package: str | None = None) -> list[tuple[str, str | None, str, str]]:
    with pytest.raises(DeploymentRefused) as refused:
        deploy(office, *sources, package=package)
    with office.by(reading=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Version)) == 0
        assert ctx.session.scalar(select(func.count()).select_from(Definition)) == 0
    problems = [(each.file, each.problem) for each in refused.value.complaints]
    return [(file, problem.element, problem.severity, problem.code) for file, problem in problems]


def current(office: Office, kind: Kind, key: str) -> int:
    with office.by(reading=True) as ctx:
        found = definitions.find(ctx, kind, key)
        return next(each.number for each in definitions.versions(ctx, found) if each.id == found.current_id)


def test_a_folder_gives_its_diagrams_tables_and_forms() -> None:
    found = [each.name for each in definitions.sources_of([STORED])]
    assert found == ["matter.bpmn", "verification.bpmn", "level.dmn", "plan.form.json"]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.docx").touch()
    for wrong in (tmp_path / "plan.docx", tmp_path / "absent.bpmn"):
        with pytest.raises(Invalid, match="no diagram"):
            definitions.sources_of([wrong])


def test_what_is_deployed_has_a_first_version_with_who_and_when(office: Office) -> None:
    assert deploy(office, *stored()) == [
        ("decision", "level", 1, True),
        ("form", "plan", 1, True),
        ("process", "matter", 1, True),
        ("process", "verification", 1, True),
    ]
    with office.by(reading=True) as ctx:
        found = definitions.find(ctx, Kind.PROCESS, "matter")
        [version] = definitions.versions(ctx, found)
        assert (found.name, version.deployed_by, version.deployed_at) == ("督办事项", "wang", MONDAY)
        assert version.source == (STORED / "matter.bpmn").read_bytes()


def test_the_same_bytes_are_the_same_version(office: Office) -> None:
    deploy(office, *stored())
    assert {new for *_, new in deploy(office, *stored())} == {False}
    with office.by(reading=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Version)) == 4
        assert ctx.session.scalar(select(func.count()).where(Entry.act == "definition.deploy")) == 4


def test_one_changed_byte_is_a_new_version_of_that_file_alone(office: Office) -> None:
    deploy(office, *stored())
    done = deploy(office, *stored(matter=("督办事项", "督办事项 ")))
    assert [each for each in done if each[3]] == [("process", "matter", 2, True)]
    assert current(office, Kind.PROCESS, "matter") == 2


def test_old_bytes_become_current_again_without_a_new_version(office: Office) -> None:
    deploy(office, *stored())
    deploy(office, *stored(matter=("督办事项", "督办")))
    assert ("process", "matter", 1, False) in deploy(office, *stored())
    assert current(office, Kind.PROCESS, "matter") == 1
    with office.by(reading=True) as ctx:
        assert definitions.find(ctx, Kind.PROCESS, "matter").name == "督办事项"


def test_every_complaint_of_every_file_comes_at_once(office: Office) -> None:
    bad = draw(
        "start s \n service a op=note.wrote \n user b formRef=nowhere \n xor x \n end e \n s -> a -> b -> x \n x -> e if ("
    )
    found = complaints(
        office,
        Source("bad.bpmn", bad),
        Source("worse.bpmn", b"<bpmn"),
        Source("table.dmn", b"<nothing/>"),
        Source("sheet.form.json", b"{}"),
    )
    errors = {(file, element, code) for file, element, severity, code in found if severity == "error"}
    assert ("bad.bpmn", "a", "unknown_operation") in errors
    assert any(file == "bad.bpmn" and code == "bad_expression" for file, _, code in errors)
    assert ("worse.bpmn", None, "not_xml") in errors
    assert any(file == "table.dmn" for file, *_ in errors)
    assert ("sheet.form.json", None, "wrong_form") in errors
    assert [severity for _, _, severity, _ in found] == sorted(
        (each[2] for each in found), key=lambda each: each != "error"
    )


def test_one_bad_file_keeps_the_good_ones_out_too(office: Office) -> None:
    complaints(
        office, *stored(), Source("bad.bpmn", draw("start s \n service a op=note.wrote \n s -> a", process="bad"))
    )


def test_a_warning_alone_does_not_stop_a_deployment(office: Office) -> None:
    drawn = Source("main.bpmn", draw("start s \n user b formRef=nowhere \n s -> b"))
    with office.by(reading=True) as ctx:
        found = definitions.check([drawn], ctx.database.operations, definitions.known(ctx, ""))
        assert {(each.problem.severity, each.problem.code) for each in found} == {("warning", "unknown_form")}
    assert deploy(office, drawn) == [("process", "main", 1, True)]


def test_a_wrong_parameter_of_an_operation_is_complained_of(office: Office) -> None:
    drawn = draw("start s \n service a op=note.write in:txt=x \n s -> a")
    found = complaints(office, Source("main.bpmn", drawn))
    assert found.count(("main.bpmn", "a", "error", "wrong_parameter")) == 2


def test_what_was_deployed_before_may_be_referred_to(office: Office) -> None:
    caller = Source("caller.bpmn", draw("start s \n call c calls=verification \n s -> c", process="caller"))
    assert ("caller.bpmn", "c", "error", "unknown_process") in complaints(office, caller)
    deploy(office, *stored())
    assert deploy(office, caller) == [("process", "caller", 1, True)]


def test_several_processes_of_one_file_are_definitions_of_their_own(office: Office) -> None:
    drawn = draw("start s \n call c calls=inner \n s -> c", inner="start s2 \n user u \n s2 -> u")
    assert deploy(office, Source("both.bpmn", drawn)) == [("process", "inner", 1, True), ("process", "main", 1, True)]


def test_what_is_not_there_is_named(office: Office) -> None:
    with office.by() as ctx, pytest.raises(UnknownDefinition, match="process 'nothing'"):
        workflow.start(ctx, "nothing", key="1", title="1")


def test_a_package_keeps_its_definitions_apart_and_finds_the_common_ones(office: Office) -> None:
    deploy(office, Source("opinion.form.json", FORM), Source("note.form.json", FORM.replace(b"opinion", b"note")))
    own = FORM.replace(b"textfield", b"textarea")
    assert deploy(office, Source("opinion.form.json", own), package="county") == [("form", "opinion", 1, True)]
    with office.by(reading=True) as ctx:
        found = [("opinion", ""), ("opinion", "county"), ("note", "county")]
        kinds = [definitions.form(ctx, definitions.find(ctx, Kind.FORM, *each).current_id or 0) for each in found]
        assert [each["components"][0]["type"] for each in kinds] == ["textfield", "textarea", "textfield"]


def test_an_instance_pins_everything_it_can_reach(office: Office) -> None:
    deploy(office, *stored())
    matter = start(office, "matter", unit="A01", files=1)
    with office.by(reading=True) as ctx:
        release = workflow.instance(ctx, matter).release
    assert sorted(release) == ["decision:level", "form:plan", "process:matter", "process:verification"]


def test_a_called_process_mended_after_the_start_changes_no_running_instance(office: Office) -> None:
    """The mended one asks the lead; who started before still asks the inspector, who starts now asks the lead."""
    deploy(office, *stored())
    before = start(office, "matter", key="before", unit="A01", files=1)
    deploy(office, *stored(verification=("inspector", "lead")))
    after = start(office, "matter", key="after", unit="A01", files=1)
    for matter in (before, after):
        complete(office, matter, "submit_plan", by="zhang", plan="先整改再复核")
    assert (asked(office, before), asked(office, after)) == (["inspector"], ["lead"])


def test_a_table_mended_after_the_start_changes_no_running_instance(office: Office) -> None:
    deploy(office, *stored())
    before = start(office, "matter", key="before", unit="A01", files=3)
    deploy(office, *stored(level=("&lt; 3", "&lt; 4")))
    after = start(office, "matter", key="after", unit="A01", files=3)
    for matter in (before, after):
        complete(office, matter, "submit_plan", by="zhang", plan="先整改再复核")
    assert running.variables(office, before)["level"] == "yellow"
    assert running.variables(office, after)["level"] == "red"


def test_a_form_mended_after_the_start_changes_no_running_instance(office: Office) -> None:
    deploy(office, *stored())
    before = start(office, "matter", key="before", unit="A01", files=1)
    deploy(office, *stored(plan=('"minLength": 4', '"minLength": 40')))
    after = start(office, "matter", key="after", unit="A01", files=1)
    complete(office, before, "submit_plan", by="zhang", plan="先整改再复核")
    with pytest.raises(Invalid):
        complete(office, after, "submit_plan", by="zhang", plan="先整改再复核")


def test_a_release_holds_after_the_process_was_started_anew(office: Office, database_url: str) -> None:
    """What is cached in memory is a copy of what is stored: another process reads the same release."""
    deploy(office, *stored())
    before = start(office, "matter", key="before", unit="A01", files=1)
    deploy(office, *stored(verification=("inspector", "lead")))
    office.database.cache.clear()
    complete(office, before, "submit_plan", by="zhang", plan="先整改再复核")
    assert asked(office, before) == ["inspector"]


def asked(office: Office, instance: int) -> list[str]:
    with office.by(reading=True) as ctx:
        return workflow.candidates(ctx, running.task_of(ctx, instance, "verify"))


def draft(office: Office, source: str, based_on: int, by: str = "wang") -> int:
    with office.by(by) as ctx:
        found = definitions.find(ctx, Kind.PROCESS, "matter")
        return definitions.save_draft(ctx, found, source, based_on).version


def test_a_draft_is_kept_beside_what_is_deployed(office: Office) -> None:
    deploy(office, *stored())
    assert [draft(office, "<one/>", 0), draft(office, "<two/>", 1)] == [1, 2]
    with office.by(reading=True) as ctx:
        kept = definitions.draft_of(ctx, definitions.find(ctx, Kind.PROCESS, "matter"))
        assert kept is not None
        assert (kept.source, kept.saved_by, kept.saved_at) == ("<two/>", "wang", MONDAY)
    assert current(office, Kind.PROCESS, "matter") == 1


def test_of_two_designers_the_second_is_told_who_saved_meanwhile(office: Office) -> None:
    deploy(office, *stored())
    draft(office, "<one/>", 0)
    draft(office, "<hers/>", 1, by="sun")
    with pytest.raises(DraftConflict, match="sun"):
        draft(office, "<his/>", 1)
    with pytest.raises(DraftConflict):
        draft(office, "<his/>", 0)


def test_a_dropped_draft_is_gone(office: Office) -> None:
    deploy(office, *stored())
    draft(office, "<one/>", 0)
    with office.by("wang") as ctx:
        definitions.drop_draft(ctx, definitions.find(ctx, Kind.PROCESS, "matter"))
    assert draft(office, "<again/>", 0) == 1
