"""The architecture as a test: `.importlinter` holds the contracts, docs/architecture.md says why."""

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parent.parent
CONFIGURATION = ROOT / ".importlinter"
PREFIX = "importlinter:contract:"
LONGEST = 500
#: Where code of ours lies.
WRITTEN = ("engine", "web", "processes", "bench", "tests")


def contracts() -> dict[str, str]:
    read = ConfigParser()
    read.read(CONFIGURATION, encoding="utf-8")
    return {name.removeprefix(PREFIX): read[name]["name"] for name in read.sections() if name.startswith(PREFIX)}


def sources() -> Iterator[Path]:
    for package in ("engine", "web"):
        yield from (path for path in sorted((ROOT / package).rglob("*.py")) if "node_modules" not in path.parts)


@pytest.mark.parametrize("contract", contracts(), ids=contracts().values())
def test_the_contract_holds(contract: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    outcome = lint_imports(config_filename=str(CONFIGURATION), limit_to_contracts=(contract,), no_cache=False)
    assert outcome == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph("engine", "web", exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """Tests and data makers are read as well."""
    written = [path for package in WRITTEN for path in sorted((ROOT / package).rglob("*.py"))]
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}


def test_no_import_hides_in_a_function() -> None:
    hidden = []
    for path in sources():
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
                hidden += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in found]
    assert hidden == []


@pytest.mark.parametrize("call", ["now", "utcnow", "today"])
def test_the_only_clock_of_the_engine_is_the_context(call: str) -> None:
    """Read once per transaction, in ``engine.db``; whoever asks the host for the time cannot be rehearsed."""
    asked = []
    for path in (ROOT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == call:
                of = ast.unparse(node.func.value)
                asked += [f"{path.relative_to(ROOT)}: {of}.{call}()"] if of in ("datetime", "date", "time") else []
    assert asked == (["engine/db.py: datetime.now()"] if call == "now" else [])


def test_nothing_is_swallowed() -> None:
    """An ``except`` whose body is ``pass`` hides what it caught."""
    silent = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(each, ast.Pass) for each in node.body):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert silent == []


def test_the_program_never_asks_whether_it_is_under_test() -> None:
    asks = [str(path.relative_to(ROOT)) for path in sources() if "PYTEST" in path.read_text(encoding="utf-8").upper()]
    assert asks == []
