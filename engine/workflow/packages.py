"""A process package: a folder of diagrams, tables and forms with one ``package.yaml`` that says how they belong together.

The folder is deployed as a whole; ``package.yaml`` is itself a versioned definition, so that a cycle can pin it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy import select

from engine.db import Context
from engine.errors import Invalid, NotFound
from engine.workflow.store import Definition, Kind, Version

FILE = "package.yaml"
LARGEST, DEEPEST = 100_000, 20
#: Roles every installation has beside those of a package.
SYSTEM_ROLES = {
    "admin": {"zh": "系统管理员", "en": "Administrator"},
    "designer": {"zh": "流程设计员", "en": "Designer"},
}


class WrongPackage(Invalid):
    """{file}: {why}."""

    code = "wrong_package"


class NoPackage(NotFound):
    """There is no package {package!r}; deploy its folder first."""

    code = "no_package"


class NoPackageYet(NoPackage):
    """No package is deployed yet; deploy one first: bihuan deploy processes/NAME."""

    code = "no_package_yet"


class NoSuchRound(NotFound):
    """The schedule of the package {package} has no round {round}."""

    code = "no_such_round"


@dataclass(frozen=True, slots=True)
class PlannedRound:
    dates: Mapping[str, Any]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the result that must be there as a whole: its indicators have scores, its records exist."""

    key: str
    title: Mapping[str, str]
    indicators: tuple[str, ...]
    records: tuple[str, ...]


#: The six stages of the loop, in its order.
STAGES = (
    *("target_decomposition", "process_monitoring", "performance_consultation"),
    *("feedback", "rectification", "follow_up_review"),
)
#: The processes a round starts where its row of the schedule names none: the last round is the annual one.
ROUND_PROCESS, ANNUAL_PROCESS = "pre_assessment", "annual_assessment"


@dataclass(frozen=True, slots=True)
class Package:
    key: str
    title: Mapping[str, str]
    default: bool
    #: role -> its name by language.
    roles: Mapping[str, Mapping[str, str]]
    #: The process a new cycle starts, and when.
    start: str
    starts_at: str
    schedule: tuple[Mapping[str, Any], ...]
    parameters: Mapping[str, Any]
    #: ``unit`` or ``person``: what is assessed.
    subject: str
    components: tuple[Component, ...] = ()
    #: The groups of units it assesses; None is every unit that has a group.
    groups: tuple[str, ...] | None = None
    #: The stages of the loop the assessment keeps a record of; None is all of them.
    stages: tuple[str, ...] | None = None
    #: Processes in which an operator skips, jumps or cancels only with a second person's consent.
    guarded: tuple[str, ...] = ()
    version_id: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def rounds(self, year: int) -> Iterator[PlannedRound]:
        """The schedule with the year put in: ``key``, ``as_of``, ``opens_at``, ``collect_until``, ``publish_by``."""
        for position, row in enumerate(self.schedule):
            dates: dict[str, Any] = {"key": row["round"], "opens_at": _instant(row["opens_at"], year)}
            dates |= {name: _day(row[name], year) for name in ("as_of", "collect_until", "publish_by")}
            yield PlannedRound(dates, is_last=position == len(self.schedule) - 1)

    def start_of(self, year: int) -> datetime:
        return _instant(self.starts_at, year)

    def round_title(self, key: str) -> Mapping[str, str]:
        """What people call a round of the schedule, by language; empty where the package gives it no title."""
        title: Mapping[str, str] = self._row(key).get("title", {})
        return title

    def process_of(self, key: str) -> str:
        """The process a round of the schedule starts."""
        usual = ANNUAL_PROCESS if self._row(key) is self.schedule[-1] else ROUND_PROCESS
        return str(self._row(key).get("process", usual))

    def has_round(self, key: str) -> bool:
        return any(row["round"] == key for row in self.schedule)

    def _row(self, key: str) -> Mapping[str, Any]:
        for row in self.schedule:
            if row["round"] == key:
                return row
        raise NoSuchRound(package=self.key, round=key)


class _Names(fields.Field[dict[str, str]]):
    """A text by language, or one text for all."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> dict[str, str]:
        if isinstance(value, str):
            return {"zh": value, "en": value}
        if isinstance(value, dict) and value and all(isinstance(one, str) for one in value.values()):
            return {str(language): one for language, one in value.items()}
        raise ValidationError("a text, or a text for each language")


#: Records a component may ask for.
RECORDS = ("debriefing", "spot_check", "panel")


class _RoundFile(Schema):
    round = fields.String(required=True)
    title = _Names()
    process = fields.String()
    as_of = fields.String(required=True)
    opens_at = fields.String(required=True)
    collect_until = fields.String(required=True)
    publish_by = fields.String(required=True)


class _ComponentFile(Schema):
    title = _Names(required=True)
    indicators = fields.List(fields.String(), load_default=list)
    records = fields.List(fields.String(validate=validate.OneOf(RECORDS)), load_default=list)


class _PackageFile(Schema):
    key = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]*$"))
    title = _Names(required=True)
    default = fields.Boolean(load_default=False)
    roles = fields.Dict(keys=fields.String(), values=_Names(), required=True)
    start = fields.String(required=True)
    starts_at = fields.String(required=True)
    schedule = fields.List(fields.Nested(_RoundFile(unknown=RAISE)), required=True, validate=validate.Length(min=1))
    parameters = fields.Dict(keys=fields.String(), load_default=dict)
    components = fields.Dict(
        keys=fields.String(), values=fields.Nested(_ComponentFile(unknown=RAISE)), load_default=dict
    )
    groups = fields.List(fields.String(), validate=validate.Length(min=1))
    stages = fields.List(fields.String(validate=validate.OneOf(STAGES)), validate=validate.Length(min=1))
    guarded = fields.List(fields.String())
    subject = fields.String(load_default="unit", validate=validate.OneOf(["unit", "person"]))


def read(source: bytes, version_id: int | None = None) -> Package:
    """The package a ``package.yaml`` describes. Raises ``WrongPackage`` naming the line of the file that is wrong."""
    try:
        content = _content(source)
        known = _PackageFile(unknown=RAISE).load(content if isinstance(content, dict) else {})
        parts = tuple(_component(key, each) for key, each in known.pop("components").items())
        lists = {name: tuple(known[name]) for name in ("schedule", "stages", "groups", "guarded") if name in known}
        made = Package(**{**known, **lists}, components=parts, version_id=version_id)
        made.start_of(2026)
        _check_order([planned.dates for planned in made.rounds(2026)])
    except (yaml.YAMLError, ValidationError, ValueError, KeyError, IndexError) as error:
        raise WrongPackage(file=FILE, why=str(error)) from None
    return made


def _component(key: str, given: Mapping[str, Any]) -> Component:
    return Component(key, given["title"], tuple(given["indicators"]), tuple(given["records"]))


def _content(source: bytes) -> Any:
    """An alias could say a hundred times over what stands there once, so a package has none."""
    if len(source) > LARGEST:
        raise ValueError(f"it has {len(source)} bytes, where {LARGEST} are allowed")
    _refuse_tangles(yaml.parse(source, yaml.SafeLoader))
    return yaml.safe_load(source)


def _refuse_tangles(events: Iterable[yaml.Event]) -> None:
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(f"its lists and maps lie more than {DEEPEST} deep in each other")
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("it uses an alias (*); write it out")


def read_folder(folder: Path) -> Package:
    try:
        return read((folder / FILE).read_bytes())
    except OSError:
        raise WrongPackage(file=str(folder / FILE), why="there is no such file") from None


def current(ctx: Context, key: str) -> Package:
    """The deployed package, parsed once per version. Raises ``NoPackage``."""
    version = ctx.session.scalar(
        select(Version)
        .join(Definition, Definition.current_id == Version.id)
        .where(Definition.kind == Kind.PACKAGE, Definition.key == key)
    )
    if version is None:
        raise NoPackage(package=key)
    cached: Package | None = ctx.database.cache.get(("package", version.id))
    if cached is None:
        cached = ctx.database.cache["package", version.id] = read(version.source, version.id)
    return cached


def is_guarded(ctx: Context, package: str, process: str) -> bool:
    """Whether the package asks for a second person before an operator moves matters of the process."""
    return package != "" and process in current(ctx, package).guarded


def deployed(ctx: Context) -> list[Package]:
    """Every deployed package, the default one first."""
    keys = ctx.session.scalars(select(Definition.key).where(Definition.kind == Kind.PACKAGE).order_by(Definition.key))
    return sorted((current(ctx, key) for key in keys), key=lambda package: (not package.default, package.key))


def role_names(ctx: Context, package: str = "") -> dict[str, Mapping[str, str]]:
    """Role -> what it is called: in that package, else in the default one, else in any, else in every house."""
    first = sorted(deployed(ctx), key=lambda each: each.key != package)
    names = {role: called for each in reversed(first) for role, called in each.roles.items()}
    return {**names, **SYSTEM_ROLES}


def default_key(ctx: Context) -> str:
    """The package meant where none is named. Raises ``NoPackageYet``."""
    for package in deployed(ctx):
        return package.key
    raise NoPackageYet


def default_folder(packages_dir: Path) -> str:
    """The folder name of the shipped package that says ``default: true``."""
    for folder in sorted(packages_dir.iterdir()):
        if (folder / FILE).exists() and read_folder(folder).default:
            return folder.name
    raise NoPackage(package=str(packages_dir))


def _check_order(rounds: Sequence[Mapping[str, Any]]) -> None:
    """A round's days follow each other, and so do the rounds: a figure belongs to one round by its date."""
    for dates in rounds:
        days = [dates["as_of"], dates["opens_at"].date(), dates["collect_until"], dates["publish_by"]]
        if days != sorted(days):
            raise ValueError(f"the dates of the round {dates['key']} are not in order")
    for before, after in pairwise(rounds):
        if before["as_of"] >= after["as_of"] or before["opens_at"] >= after["opens_at"]:
            raise ValueError(f"the round {after['key']} does not come after {before['key']}")
    if len({dates["key"] for dates in rounds}) != len(rounds):
        raise ValueError("two rounds have the same name")


def _fill(text: str, year: int) -> str:
    return text.format(year=year, next=year + 1)


def _day(text: str, year: int) -> date:
    return date.fromisoformat(_fill(text, year))


def _instant(text: str, year: int) -> datetime:
    moment = datetime.fromisoformat(_fill(text, year))
    if moment.tzinfo is None:
        raise ValueError(f"{text} needs an offset such as +08:00")
    return moment
