"""Candidate groups as people read them: ``clerk@D01`` is the clerk of a unit, by their names."""

from engine import people
from engine.db import Context
from engine.workflow import packages
from web import texts

_COMMAS = {"zh": "、", "en": ", "}


def in_words(ctx: Context, groups: str) -> str:
    """Groups, units and accounts as an error lists them ("lead, clerk@D01, D01") -> their names; the unknown stay."""
    codes = groups.split(", ")
    units = {unit.code: unit.name for unit in people.units(ctx)}
    roles = {role: texts.local_name(names) for role, names in packages.role_names(ctx).items()}
    known = people.names(ctx, codes) | roles | units
    return _COMMAS[texts.language()].join(dict.fromkeys(_named(code, known) for code in codes))


def _named(code: str, known: dict[str, str]) -> str:
    role, _, unit = code.partition("@")
    return f"{known.get(unit, unit)} {known.get(role, role)}" if unit else known.get(code, code)
