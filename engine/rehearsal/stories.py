"""What a changed diagram does is shown by the package's own scenarios, played before and after.

The acts of a year cannot be replayed on another diagram: what people answered lies in the records it led to, and nobody knows
what they would have answered to a question they were not asked.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.db import Context
from engine.rehearsal.changing import Change
from engine.workflow import definitions, scenarios
from engine.workflow.scenarios import Played
from engine.workflow.store import Kind

CALENDAR = "calendar.csv"
_ENDINGS = {kind: ending for ending, kind in definitions.ENDINGS.items()}
_NOTHING = {"at": None, "event": None, "element": None}


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario that reaches something changed, as it went before and after."""

    name: str
    process: str
    #: The changed definitions it reaches: ``process:rectification``.
    reached: tuple[str, ...]
    before: Played
    after: Played

    @property
    def is_other(self) -> bool:
        old, new = (([_entry(each) for each in played.trace], _failure(played)) for played in (self.before, self.after))
        return old != new


def play(ctx: Context, package: str, changes: Iterable[Change], now: Mapping[str, int]) -> list[Story]:
    """The scenarios of the package that reach a changed definition; ``now`` is everything in force in it."""
    changed = {each.name: each.before for each in changes}
    if not changed:
        return []
    shipped = ctx.database.settings.packages_dir / package
    with TemporaryDirectory(prefix="bihuan-stories-") as folder:
        before = _laid_out(ctx, Path(folder) / "before", {**now, **changed}, shipped)
        after = _laid_out(ctx, Path(folder) / "after", now, shipped)
        found = []
        for file in sorted(shipped.glob("scenarios/*.yaml")):
            process = str(scenarios.read(file).process)
            reached = _reached(ctx, package, process, now, changed)
            if reached:
                old, new = (scenarios.play(each, file, ctx.database.operations) for each in (before, after))
                found.append(Story(file.stem, process, reached, old, new))
        return found


def sides(story: Story) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of both plays: whether it holds, the step at which it does not, and what comes where their ways part."""
    ways = zip_longest(*(map(_entry, each.trace) for each in (story.before, story.after)), fillvalue=_NOTHING)
    places = next(((old, new) for old, new in ways if old != new), (_NOTHING, _NOTHING))
    before, after = (
        {"holds": played.ok, "failure": _failure(played), "goes": place}
        for played, place in zip((story.before, story.after), places, strict=True)
    )
    return before, after


def _laid_out(ctx: Context, folder: Path, versions: Mapping[str, int], shipped: Path) -> Path:
    """The definitions as files, under names of their own: a play finds them by what they hold."""
    (folder / "forms").mkdir(parents=True)
    for name, version_id in versions.items():
        kind = Kind(name.partition(":")[0])
        if kind is Kind.PACKAGE:
            continue
        version = definitions.version(ctx, version_id)
        place = folder / "forms" if kind is Kind.FORM else folder
        (place / f"{version.sha256}{_ENDINGS[kind]}").write_bytes(version.source)
    if (shipped / CALENDAR).exists():
        shutil.copyfile(shipped / CALENDAR, folder / CALENDAR)
    return folder


def _reached(
    ctx: Context, package: str, process: str, now: Mapping[str, int], changed: Mapping[str, int]
) -> tuple[str, ...]:
    """Which of the changed definitions the process reaches as it is now."""
    if f"{Kind.PROCESS}:{process}" not in now:
        return ()
    return tuple(sorted(changed.keys() & definitions.release(ctx, process, package).keys()))


def _entry(entry: Any) -> dict[str, Any]:
    return {"at": entry.at.isoformat(), "event": entry.event, "element": entry.element}


def _failure(played: Played) -> dict[str, Any] | None:
    if played.problems:
        (_, problem), *_ = played.problems
        return {"step": 0, "expected": "the diagram runs", "actual": f"{problem.element}: {problem.message}"}
    failure = played.failure
    return {"step": failure.step, "expected": failure.expected, "actual": failure.actual} if failure else None
