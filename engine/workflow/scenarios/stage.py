"""What a play stands on: the files beside the diagram, and answers for the world."""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.errors import BihuanError
from engine.workdays import Calendar
from engine.workflow import decisions, forms, spiff
from engine.workflow.problems import Problem
from engine.workflow.registry import Operation
from engine.workflow.scenarios.script import BadScenario, later, mapping


class Folder:
    """The diagrams, decision tables, forms and the calendar a play may use."""

    def __init__(self, diagram: Path) -> None:
        self.folder = diagram if diagram.is_dir() else diagram.parent
        first = [] if diagram.is_dir() else [diagram]
        others = [file for file in sorted(self.folder.glob("*.bpmn")) if file not in first]
        self.main = first[0] if first else None
        self.unreadable: dict[str, Problem] = {}
        #: Process -> the file that holds it. The file that was named comes before its neighbours.
        self.processes: dict[str, Path] = {}
        for file in [*first, *others]:
            for process in self._processes_in(file):
                self.processes.setdefault(process, file)
        self.models = {file: decisions.read(file.read_bytes()) for file in sorted(self.folder.glob("*.dmn"))}
        self.decisions = {name: file for file, model in self.models.items() for name in model.decisions}
        self.forms = self._forms()
        self.calendar = self._calendar()

    def only_process(self) -> str:
        """The process meant by a scenario that names none."""
        found = [name for name, file in self.processes.items() if self.main in (None, file)]
        if len(found) != 1:
            raise BadScenario(reason=f"it names no process, and there are {', '.join(found) or 'none'}")
        return found[0]

    def problems(
        self, process: str, operations: Mapping[str, Operation], stubs: Collection[str]
    ) -> list[tuple[str, Problem]]:
        """The errors of every diagram and table the process reaches."""
        if self.main is not None and self.main.name in self.unreadable:
            return [(self.main.name, self.unreadable[self.main.name])]
        if process not in self.processes:
            missing = Problem(process, "error", "unknown_process", f"There is no process {process}.")
            return [(self.folder.name if self.main is None else self.main.name, missing)]
        library = spiff.Library(
            operations=operations,
            stubbed=stubs,
            decisions=self.decisions,
            forms=self.forms,
            processes=self.processes,
        )
        files = dict.fromkeys(self.processes[name] for name in self.reached(process))
        found = [(file.name, problem) for file in files for problem in spiff.check(file.read_bytes(), library)]
        tables = {self.decisions[name] for name in self._decisions_of(process) if name in self.decisions}
        found += [(file.name, problem) for file in sorted(tables) for problem in self.models[file].problems]
        return [(file, problem) for file, problem in found if problem.severity == "error"]

    def reached(self, process: str) -> list[str]:
        """The process and every one it can call, as far as they are there."""
        found: dict[str, None] = {}
        ahead = [process]
        while ahead:
            name = ahead.pop()
            if name not in found and name in self.processes:
                found[name] = None
                ahead += spiff.outline(self.processes[name].read_bytes()).process(name).called
        return list(found)

    def begins_at(self, process: str, message: str | None, timer: str | None) -> str | None:
        """The start event of the process that a message, or a signal, triggers, or the one that names a time; None where
        it is begun by hand. Raises ``BadScenario``."""
        outlined = spiff.outline(self.processes[process].read_bytes()).process(process)
        if timer is not None and timer not in outlined.timed_by:
            raise BadScenario(reason=f"{timer} is no start event of {process} with a time")
        if message is None:
            return timer
        found = {**outlined.signalled_by, **outlined.started_by}
        if message not in found:
            raise BadScenario(reason=f"no start event of {process} begins with the message or signal {message}")
        return found[message]

    def sources(self, process: str) -> dict[str, bytes]:
        return {name: self.processes[name].read_bytes() for name in self.reached(process)}

    def _decisions_of(self, process: str) -> set[str]:
        outlines = (spiff.outline(self.processes[name].read_bytes()).process(name) for name in self.reached(process))
        return {decision for outline in outlines for decision in outline.decisions}

    def _processes_in(self, file: Path) -> list[str]:
        try:
            return [process.id for process in spiff.outline(file.read_bytes()).processes]
        except BihuanError as error:
            self.unreadable[file.name] = Problem(None, "error", error.code, str(error))
        except OSError as error:
            raise BadScenario(reason=f"{file}: {error.strerror}") from error
        return []

    def _forms(self) -> dict[str, Collection[str]]:
        schemas = [forms.read(file.read_bytes()) for file in sorted(self.folder.glob("forms/*.form.json"))]
        return {schema["id"]: forms.keys(schema) for schema in schemas}

    def _calendar(self) -> Calendar:
        file = self.folder / "calendar.csv"
        if not file.exists():
            return Calendar({})
        with file.open(encoding="utf-8-sig", newline="") as rows:
            return Calendar.from_rows(csv.DictReader(rows))


@dataclass
class Stage:
    """Answers for the world: operations by their stubs, decisions by the tables beside the diagram."""

    folder: Folder
    stubs: Mapping[str, Any]
    #: What the play's clock shows; decisions may ask for it.
    now: datetime
    calls: dict[str, int] = field(default_factory=dict)

    def operate(self, call: spiff.Call) -> Mapping[str, Any]:
        if call.operation not in self.stubs:
            return dict(call.answers or {})
        rule = self.stubs[call.operation]
        if isinstance(rule, list):
            turn = self.calls.get(call.operation, 0)
            self.calls[call.operation] = turn + 1
            rule = rule[min(turn, len(rule) - 1)] if rule else {}
        answer = dict(mapping(rule, f"the stub of {call.operation}"))
        if "error" in answer:
            raise spiff.BpmnError(str(answer.pop("error")), answer)
        if "fail" in answer:
            raise spiff.Failure(str(answer["fail"]))
        return answer

    def decide(self, decision: str, context: Mapping[str, Any]) -> spiff.Decided:
        model = self.folder.models[self.folder.decisions[decision]]
        try:
            found = model.evaluate(decision, context, now=self.now)
        except BihuanError as error:
            raise spiff.Failure(str(error)) from error
        return spiff.Decided(found.outputs, found.rows)

    def add_workdays(self, start: datetime, days: int) -> datetime:
        return later(self.folder.calendar, start, days)

    def about_to_throw(self, name: str) -> None:
        """A play follows one instance, whose own step budget is enough."""

    def thrown(self, name: str, key: str | None, data: Mapping[str, Any]) -> bool:
        return False

    def signalled(self, name: str, data: Mapping[str, Any]) -> None:
        """Nobody is there but the one instance."""
