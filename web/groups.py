"""Candidate groups as people read them: ``clerk@D01`` is the clerk of a unit, by their names."""

from collections.abc import Mapping
from typing import Any

from engine import people
from engine.db import Context
from engine.workflow import packages
from web import texts

_COMMAS = {"zh": "、", "en": ", "}
#: Facts of an error that hold codes of units, accounts, roles or groups; people read names.
NAMED = frozenset(
    {
        "account",
        "committee",
        "data_unit",
        "groups",
        "responsible_unit",
        "responsible_units",
        "role",
        "saved_by",
        "successor",
        "unit",
        "units",
        "winner",
    }
)


def in_words(ctx: Context, groups: str, language: str | None = None) -> str:
    """Groups, units and accounts as an error lists them ("lead, clerk@D01, D01") -> their names; the unknown stay."""
    language = language or texts.language()
    codes = groups.split(", ")
    units = {unit.code: unit.name for unit in people.units(ctx)}
    roles = {role: names.get(language) or texts.local_name(names) for role, names in packages.role_names(ctx).items()}
    known = people.names(ctx, codes) | roles | units
    return _COMMAS[language].join(dict.fromkeys(_named(code, known) for code in codes))


def codes_in(facts: Mapping[str, Any]) -> dict[str, str]:
    """Those of an error's facts that hold codes."""
    return {name: value for name, value in facts.items() if name in NAMED and isinstance(value, str)}


def named(ctx: Context, facts: Mapping[str, Any], language: str | None = None) -> dict[str, Any]:
    """An error's facts with names for the codes."""
    return {**facts, **{name: in_words(ctx, codes, language) for name, codes in codes_in(facts).items()}}


def _named(code: str, known: dict[str, str]) -> str:
    role, _, unit = code.partition("@")
    return f"{known.get(unit, unit)} {known.get(role, role)}" if unit else known.get(code, code)
