"""Follows a guide written in Markdown: its commands and its changes of files, in the order in which they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(sh|diff)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    line: str


@dataclass(frozen=True)
class Change:
    """In ``file`` the text ``old`` becomes ``new``; an empty ``old`` makes the file."""

    file: str
    old: str
    new: str


def steps(guide: str) -> list[Command | Change]:
    found: list[Command | Change] = []
    for kind, content in FENCE.findall(guide):
        found += [Command(line) for line in content.splitlines()] if kind == "sh" else changes(content)
    return found


def changes(content: str) -> Iterator[Change]:
    """The changes of a block: `+++` names the file, a line that is taken out after one that came in begins the next."""
    file, old, new = "", [], []
    for line in [*content.splitlines(), "@@"]:
        ends = line.startswith(("+++ ", "@@")) or (line.startswith("-") and new)
        if ends and (old or new):
            yield Change(file, "\n".join(old), "\n".join(new))
            old, new = [], []
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ")
        elif line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        elif not line.startswith("@@"):
            raise ValueError(f"a change cannot hold the line {line!r}")


def make(change: Change, folder: Path) -> None:
    """Make a change under ``folder``. What is taken out must stand there once."""
    file = folder / change.file
    if not change.old:
        assert not file.exists(), f"{change.file} is there already"
        file.write_text(change.new + "\n", encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    assert text.count(change.old) == 1, f"{change.file}: {change.old!r} stands there {text.count(change.old)} times"
    file.write_text(text.replace(change.old, change.new), encoding="utf-8")
