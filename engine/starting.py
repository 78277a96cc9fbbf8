"""A new package from the template: a small assessment that can be checked, played and run as it is, to be changed piece by piece."""

import re
import shutil
from pathlib import Path
from typing import Final

from engine.errors import Conflict, Invalid

TEMPLATE: Final = Path(__file__).resolve().parent / "template"
#: The name the template goes by; it stands in its texts wherever the new package's name is to stand.
PLACEHOLDER: Final = "new_assessment"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")


class BadName(Invalid):
    """{name!r} cannot name a package; use small letters, digits and underscores, a letter first, at most 60."""

    code = "bad_name"


class NameTaken(Conflict):
    """There is something at {folder} already; choose another name, or move it away."""

    code = "name_taken"


def start(packages_dir: Path, name: str) -> list[Path]:
    """Make the folder ``name`` among the packages; returns its files, sorted. Nothing is left behind by a refusal.

    Raises ``BadName`` or ``NameTaken``.
    """
    if not _NAME.fullmatch(name):
        raise BadName(name=name)
    folder = packages_dir / name
    # Made first and by itself: of two who start the same name at once, one is refused.
    packages_dir.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        raise NameTaken(folder=folder) from None
    shutil.copytree(TEMPLATE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    made = sorted(path for path in folder.rglob("*") if path.is_file())
    for file in made:
        file.write_text(file.read_text(encoding="utf-8").replace(PLACEHOLDER, name), encoding="utf-8", newline="")
    return made
