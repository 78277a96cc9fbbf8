"""What a rehearsal is given: files that would have been in force, read from the paths somebody names."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Invalid, NotFound
from engine.workflow import definitions
from engine.workflow.definitions import Source

INDICATORS = "indicators.csv"
_ENDINGS = (*definitions.ENDINGS, INDICATORS)


class NotRehearsed(Invalid):
    """{file} cannot be rehearsed; give diagrams, tables, forms, the package.yaml or the indicators.csv of the package, or a folder of them."""

    code = "not_rehearsed"


class GivenTwice(Invalid):
    """{name} is given twice; leave one of the two out."""

    code = "given_twice"


class NotInForce(NotFound):
    """{file} takes the place of nothing: the package {package} has no {names}; give a file of what it has."""

    code = "not_in_force"


@dataclass(frozen=True, slots=True)
class Offered:
    #: Diagrams, tables, forms, ``package.yaml``.
    sources: list[Source]
    indicators: Source | None


def read(paths: Iterable[Path]) -> Offered:
    """The files; a folder gives what of it is deployed and its ``indicators.csv``. Raises ``NotRehearsed``, ``GivenTwice``."""
    found = [file for path in paths for file in _files(path)]
    tables = [file for file in found if file.name == INDICATORS]
    if len(tables) > 1:
        raise GivenTwice(name=INDICATORS)
    sources = [Source(file.name, file.read_bytes()) for file in found if file.name != INDICATORS]
    return Offered(sources, Source(INDICATORS, tables[0].read_bytes()) if tables else None)


def _files(path: Path) -> list[Path]:
    inside = [*definitions.files_in(path), path / INDICATORS] if path.is_dir() else [path]
    files = [file for file in inside if file.is_file() and file.name.endswith(_ENDINGS)]
    if not files:
        raise NotRehearsed(file=path)
    return files


def names(package: str, sources: Iterable[Source], known: Collection[str]) -> set[str]:
    """``process:rectification`` and the like: the definitions of the files that take the place of a known one.

    Raises ``NotInForce`` for a file of which nothing is known, ``GivenTwice`` for a definition that two files hold.
    """
    found: set[str] = set()
    for source in sources:
        held = {f"{kind}:{key}" for kind, key, _ in definitions.contents(source)}
        if not held & set(known):
            told = ", ".join(name.partition(":")[2] for name in sorted(held)) or source.name
            raise NotInForce(file=source.name, package=package, names=told)
        for name in sorted(held & found):
            raise GivenTwice(name=name.partition(":")[2])
        found |= held
    return found & set(known)
