"""Deployment: what is drawn is checked as a whole and kept as immutable versions, or refused with every complaint.

The same bytes are the same version. Running instances keep what they pinned at their start.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine import audit
from engine.db import Context
from engine.errors import BihuanError, Invalid, NotFound
from engine.workflow import decisions, forms, packages, schedule, spiff
from engine.workflow.problems import Problem
from engine.workflow.store import Definition, Draft, Kind, Version


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was handed in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Complaint:
    """A problem with the file it is in."""

    file: str
    problem: Problem

    def as_json(self) -> dict[str, Any]:
        found = self.problem
        return {
            "file": self.file,
            "element": found.element,
            "severity": found.severity,
            "code": found.code,
            "message": found.message,
        }


@dataclass(frozen=True, slots=True)
class Deployed:
    kind: str
    key: str
    version: int
    new: bool


class DeploymentRefused(Invalid):
    """The deployment has {count} errors; the first: {first}"""

    code = "deployment_refused"

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        errors = [each for each in complaints if each.problem.severity == "error"]
        super().__init__(count=len(errors), first=f"{errors[0].file}: {errors[0].problem.message}")
        self.complaints = list(complaints)


class UnknownDefinition(NotFound):
    """There is no {kind} {key!r} deployed."""

    code = "unknown_definition"


class DraftConflict(Invalid):
    """The draft was saved meanwhile by {saved_by}; load it again, or save yours under another name."""

    code = "draft_conflict"


#: File ending -> what it holds. ``package.yaml`` is named whole.
ENDINGS = {".bpmn": Kind.PROCESS, ".dmn": Kind.DECISION, ".form.json": Kind.FORM, packages.FILE: Kind.PACKAGE}


def sources_of(paths: Iterable[Path]) -> list[Source]:
    """The deployable files among ``paths``; a folder gives its diagrams, tables, ``forms/`` and ``package.yaml``."""
    found = []
    for path in paths:
        files = files_in(path) if path.is_dir() else [path]
        if not files:
            raise Invalid("{folder} holds no diagram, table, form or package.", folder=path)
        found += files
    for file in found:
        if _kind(file.name) is None or not file.is_file():
            raise Invalid("{file} is no diagram, table, form or package folder.", file=file)
    return [Source(file.name, file.read_bytes()) for file in found]


def check(
    sources: Sequence[Source], operations: Mapping[str, Any], known: spiff.Library | None = None
) -> list[Complaint]:
    """Every complaint about the files as one deployment, errors first. ``known`` is what is deployed already."""
    complaints: list[Complaint] = []
    library = _library(sources, operations, known, complaints)
    for source in sources:
        if _kind(source.name) is Kind.PROCESS:
            problems = spiff.check(source.content, library)
            complaints += [Complaint(source.name, each) for each in problems]
            complaints += _unknown_decisions(source, library) if not _is_unreadable(problems) else []
        elif _kind(source.name) is Kind.PACKAGE:
            complaints += _unknown_guarded(source, library)
    # A file that cannot be read is found unreadable by everyone who looks into it.
    once = [each for number, each in enumerate(complaints) if each not in complaints[:number]]
    return sorted(once, key=lambda each: (each.problem.severity != "error", each.file))


def deploy(ctx: Context, sources: Sequence[Source], package: str | None = None) -> list[Deployed]:
    """Check and keep the files, and when the processes among them begin by the clock.

    Raises ``DeploymentRefused`` with all complaints; then nothing has changed.
    """
    package = package if package is not None else _package_key(sources)
    complaints = check(sources, ctx.database.operations, known(ctx, package))
    if any(each.problem.severity == "error" for each in complaints):
        raise DeploymentRefused(complaints)
    return [
        _keep(ctx, package, kind, key, name, source)
        for source in sources
        for kind, key, name in sorted(set(contents(source)))
    ]


def known(ctx: Context, package: str) -> spiff.Library:
    """What a diagram deployed into ``package`` may refer to."""
    found = list(ctx.session.scalars(select(Definition).where(Definition.package == package)))
    by_kind = {kind: [each for each in found if each.kind == kind] for kind in Kind}
    roles = _roles(packages.current(ctx, package).roles) if by_kind[Kind.PACKAGE] else None
    return spiff.Library(
        operations=ctx.database.operations,
        decisions=[each.key for each in by_kind[Kind.DECISION]],
        forms={each.key: forms.keys(form(ctx, each.current_id or 0)) for each in by_kind[Kind.FORM]},
        processes=[each.key for each in by_kind[Kind.PROCESS]],
        roles=roles,
        strict=bool(package),
    )


def find(ctx: Context, kind: str, key: str, package: str = "") -> Definition:
    """The definition in the package, else the one that belongs to none. Raises ``UnknownDefinition``."""
    query = select(Definition).where(
        Definition.kind == kind, Definition.key == key, Definition.package.in_([package, ""])
    )
    found = ctx.session.scalars(query.order_by(Definition.package.desc())).first()
    if found is None:
        raise UnknownDefinition(kind=kind, key=key)
    return found


def version(ctx: Context, version_id: int) -> Version:
    """A version; immutable, so it is read once per process."""
    cached: Version | None = ctx.database.cache.get(("version", version_id))
    if cached is None:
        cached = ctx.session.get_one(Version, version_id)
        ctx.session.expunge(cached)
        ctx.database.cache["version", version_id] = cached
    return cached


def versions(ctx: Context, definition: Definition) -> list[Version]:
    """Newest first."""
    query = select(Version).where(Version.definition_id == definition.id).order_by(Version.number.desc())
    return list(ctx.session.scalars(query))


def form(ctx: Context, version_id: int) -> forms.Form:
    """The schema of a form version."""
    cached: forms.Form | None = ctx.database.cache.get(("form", version_id))
    if cached is None:
        cached = ctx.database.cache["form", version_id] = forms.read(version(ctx, version_id).source)
    return cached


def decision_model(ctx: Context, version_id: int) -> decisions.Model:
    cached: decisions.Model | None = ctx.database.cache.get(("decision", version_id))
    if cached is None:
        cached = ctx.database.cache["decision", version_id] = decisions.read(version(ctx, version_id).source)
    return cached


def release(ctx: Context, process: str, package: str) -> dict[str, Any]:
    """The current version of the process and of everything it reaches: what an instance pins at its start."""
    pinned: dict[str, Any] = {}
    waiting = [(Kind.PROCESS.value, process)]
    while waiting:
        kind, key = waiting.pop()
        if f"{kind}:{key}" in pinned:
            continue
        current = find(ctx, kind, key, package).current_id
        pinned[f"{kind}:{key}"] = current
        if kind == Kind.PROCESS and current is not None:
            outlined = outline(ctx, current).process(key)
            waiting += [*_reached(outlined), *_evaluated(outlined, ctx.database.operations)]
    return pinned


def outline(ctx: Context, version_id: int) -> spiff.Outline:
    """What the diagram of a version holds."""
    cached: spiff.Outline | None = ctx.database.cache.get(("outline", version_id))
    if cached is None:
        cached = ctx.database.cache["outline", version_id] = spiff.outline(version(ctx, version_id).source)
    return cached


def specification(ctx: Context, process: str, pinned: Mapping[str, Any]) -> spiff.Specification:
    """The parsed diagrams of a release, shared by all its instances."""
    versions_used = {name.partition(":")[2]: each for name, each in pinned.items() if name.startswith("process:")}
    key = ("specification", process, tuple(sorted(versions_used.items())))
    with ctx.database.lock:
        cached: spiff.Specification | None = ctx.database.cache.get(key)
        if cached is None:
            sources = {name: version(ctx, each).source for name, each in versions_used.items()}
            cached = ctx.database.cache[key] = spiff.specify(process, sources)
    return cached


def save_draft(ctx: Context, definition: Definition, source: str, based_on: int) -> Draft:
    """Keep a designer's work. ``based_on`` is the draft's counter as the designer saw it, 0 for none.

    Raises ``DraftConflict`` when somebody else saved since.
    """
    draft = ctx.session.scalar(select(Draft).where(Draft.definition_id == definition.id).with_for_update())
    if draft is None:
        draft = Draft(definition_id=definition.id, version=0)
        ctx.session.add(draft)
    if draft.version != based_on:
        raise DraftConflict(saved_by=draft.saved_by)
    draft.source, draft.version, draft.saved_at, draft.saved_by = source, based_on + 1, ctx.now, ctx.actor
    ctx.session.flush()
    return draft


def draft_of(ctx: Context, definition: Definition) -> Draft | None:
    return ctx.session.scalar(select(Draft).where(Draft.definition_id == definition.id))


def drop_draft(ctx: Context, definition: Definition) -> None:
    if draft := draft_of(ctx, definition):
        ctx.session.delete(draft)


def _keep(ctx: Context, package: str, kind: Kind, key: str, name: str, source: Source) -> Deployed:
    definition = ctx.session.scalar(
        select(Definition).where(Definition.package == package, Definition.kind == kind, Definition.key == key)
    )
    if definition is None:
        definition = Definition(package=package, kind=kind, key=key)
        ctx.session.add(definition)
        ctx.session.flush()
    digest = hashlib.sha256(source.content).hexdigest()
    same = select(Version).where(Version.definition_id == definition.id)
    found = ctx.session.scalar(same.where(Version.sha256 == digest))
    new = found is None
    if found is None:
        number = ctx.session.scalar(
            select(func.coalesce(func.max(Version.number), 0)).where(Version.definition_id == definition.id)
        )
        found = Version(
            definition_id=definition.id,
            number=(number or 0) + 1,
            sha256=digest,
            filename=source.name,
            source=source.content,
            deployed_at=ctx.now,
            deployed_by=ctx.actor,
        )
        ctx.session.add(found)
        ctx.session.flush()
        audit.record(ctx, "definition.deploy", "definitions", kind=kind, key=key, version=found.number, sha256=digest)
    definition.name, definition.current_id = name, found.id
    ctx.session.flush()
    if kind is Kind.PROCESS:
        schedule.plan(ctx, definition, outline(ctx, found.id).process(key))
    return Deployed(kind, key, found.number, new)


def _library(
    sources: Sequence[Source],
    operations: Mapping[str, Any],
    known: spiff.Library | None,
    complaints: list[Complaint],
) -> spiff.Library:
    """What the files may refer to: what is known and what they themselves bring. Unreadable files are complained of."""
    base = known or spiff.Library(operations=operations)
    tables, shown, called = list(base.decisions), dict(base.forms), list(base.processes)
    roles: Collection[str] | None = base.roles
    for source in sources:
        try:
            kind = _kind(source.name)
            if kind is Kind.PACKAGE:
                roles = _roles(packages.read(source.content).roles)
            elif kind is Kind.FORM:
                schema = forms.read(source.content)
                shown[schema["id"]] = forms.keys(schema)
            elif kind is Kind.DECISION:
                model = decisions.read(source.content)
                tables += model.decisions
                complaints += [Complaint(source.name, problem) for problem in model.problems]
            elif kind is Kind.PROCESS:
                called += [each.id for each in spiff.outline(source.content).processes]
        except BihuanError as error:
            complaints.append(Complaint(source.name, Problem(None, "error", error.code, str(error))))
    strict = base.strict or any(_kind(source.name) is Kind.PACKAGE for source in sources)
    return replace(base, decisions=tables, forms=shown, processes=called, roles=roles, strict=strict)


def contents(source: Source) -> Iterator[tuple[Kind, str, str]]:
    """Kind, key and name of each definition in the file."""
    kind = _kind(source.name)
    if kind is Kind.PACKAGE:
        package = packages.read(source.content)
        yield kind, package.key, package.title["zh"]
    elif kind is Kind.FORM:
        schema = forms.read(source.content)
        yield kind, schema["id"], schema.get("name", schema["id"])
    elif kind is Kind.DECISION:
        for key in decisions.read(source.content).decisions:
            yield kind, key, key
    elif kind is Kind.PROCESS:
        for process in spiff.outline(source.content).processes:
            yield kind, process.id, process.name or process.id


def _reached(process: spiff.ProcessOutline) -> list[tuple[str, str]]:
    return [
        *((Kind.PROCESS.value, key) for key in process.called),
        *((Kind.DECISION.value, key) for key in process.decisions),
        *((Kind.FORM.value, key) for key in process.forms),
    ]


def _evaluated(process: spiff.ProcessOutline, operations: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The decisions that operations of the process are told to evaluate."""
    return [(Kind.DECISION.value, decision) for _, decision in _decisions_named(process, operations)]


def _decisions_named(process: spiff.ProcessOutline, operations: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(element, decision) for each parameter drawn on an element that names a decision."""
    for element in process.elements:
        called = operations.get(element.operation) if element.operation else None
        named = [parameter.name for parameter in called.parameters if parameter.type == "decision"] if called else []
        yield from ((element.id, str(element.inputs[name])) for name in named if name in element.inputs)


def _unknown_decisions(source: Source, library: spiff.Library) -> Iterator[Complaint]:
    for process in spiff.outline(source.content).processes:
        for element, decision in _decisions_named(process, library.operations):
            if decision not in library.decisions:
                message = f"{element}: there is no decision {decision}."
                yield Complaint(source.name, Problem(element, "error", "unknown_decision", message))


def _unknown_guarded(source: Source, library: spiff.Library) -> Iterator[Complaint]:
    """A process that is to be guarded and is misspelt would not be guarded, and nobody would see it."""
    try:
        guarded = packages.read(source.content).guarded
    except BihuanError:  # complained of already
        return
    for process in guarded:
        if process not in library.processes:
            message = f"guarded: there is no process {process}."
            yield Complaint(source.name, Problem(None, "error", "unknown_process", message))


def _package_key(sources: Sequence[Source]) -> str:
    for source in sources:
        if _kind(source.name) is Kind.PACKAGE:
            return packages.read(source.content).key
    return ""


def _is_unreadable(problems: Sequence[Problem]) -> bool:
    return any((each.element is None or each.code == "too_large") and each.severity == "error" for each in problems)


def _roles(own: Mapping[str, Any]) -> list[str]:
    return sorted({*own, *packages.SYSTEM_ROLES})


def _kind(name: str) -> Kind | None:
    return next((kind for ending, kind in ENDINGS.items() if name.endswith(ending)), None)


def files_in(folder: Path) -> list[Path]:
    """What of a folder is deployed, in the order in which it is read."""
    inside = [*sorted(folder.glob("*.bpmn")), *sorted(folder.glob("*.dmn")), *sorted(folder.glob("forms/*.form.json"))]
    return [file for file in [folder / packages.FILE, *inside] if file.exists()]
