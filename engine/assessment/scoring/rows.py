"""The rows of a scoring case, read column by column.

``numbers`` is the quick way (whole numbers over one power of ten), ``values`` the general one. Everything present is
read, also what the method does not use and what belongs to an exempt unit, so that a wrong cell never hides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias

from engine.assessment.scoring.exact import BadCase, parts
from engine.assessment.scoring.kinds import FLAG, NUMBER, TEXT, Kind, list_of, map_of, number, optional

Column: TypeAlias = list[int | None]

FULL_POINTS: Final = Fraction(100)
"""Points of a case that names none, and of every indicator inside a cycle."""

_COUNTS: Final = map_of(optional(number(at_least=0)))
_BALLOTS: Final = map_of(optional(number(at_least=0, whole=True)))

ROW_FIELDS: Final[dict[str, Kind]] = {
    "target": NUMBER,
    "actual": NUMBER,
    "base": NUMBER,
    "scores": list_of(optional(NUMBER)),
    "rates": map_of(optional(NUMBER)),
    "votes": _BALLOTS,
    "class_votes": map_of(optional(_BALLOTS)),
    "counts": _COUNTS,
    "deductions": list_of(optional(number(at_least=0))),
    "differences": map_of(optional(NUMBER)),
    "ranks": list_of(optional(number(at_least=1, whole=True))),
    "rank": number(at_least=1, whole=True),
    "of": number(at_least=1, whole=True),
    "standard": NUMBER,
    "declared": NUMBER,
    "site": NUMBER,
    "feedback": NUMBER,
    "monthly": list_of(optional(NUMBER)),
    "review": NUMBER,
    "bonus": NUMBER,
    "vetoed": FLAG,
    "as_of": TEXT,
}
"""Every field a row may have beside ``unit`` and ``exempt``."""

_IDENTITY: Final = {"unit", "exempt"}


@dataclass(frozen=True, slots=True)
class Rows:
    """The units of one indicator and what is known of them."""

    units: Sequence[str] = ()
    exempt: Sequence[bool] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    fields: Mapping[str, Kind] = field(default_factory=lambda: ROW_FIELDS)  # what a row may hold
    points: Fraction = FULL_POINTS  # W, the points of the indicator

    def numbers(self, *names: str) -> tuple[int, list[Column]]:
        """A scale (a power of ten) and each named column in whole numbers of 1/scale; None is missing or exempt."""
        read = [self._parts(name) for name in names]
        finest = max((cell[1] for column in read for cell in column if cell is not None), default=0)
        powers = [10 ** (finest - places) for places in range(finest + 1)]
        return powers[0], [[None if c is None else c[0] * powers[c[1]] for c in column] for column in read]

    def values(self, name: str, kind: Kind | None = None, *, absent: str | None = None) -> list[Any]:
        """The named column, each cell read by ``kind`` (the field's own by default); None is missing or exempt.

        ``absent`` is what a row without the field means.
        """
        reads = kind or self.fields[name]
        cells = [
            None if (cell := row.get(name, absent)) is None else self._read(name, cell, at, reads)
            for at, row in enumerate(self.rows)
        ]
        return [None if exempt else cell for cell, exempt in zip(cells, self.exempt, strict=True)]

    def maps(self, name: str, allowed: Collection[str], kind: Kind | None = None) -> list[Any]:
        """``values`` of a column of maps whose names must be among ``allowed``."""
        read = self.values(name, kind)
        for unit, cell in zip(self.units, read, strict=True):
            strange = sorted(cell.keys() - set(allowed)) if cell else None
            if strange:
                raise BadCase(
                    "The {field} of unit {unit} name {name}, which the parameters do not know; correct one of them.",
                    field=name,
                    unit=unit,
                    name=strange[0],
                )
        return read

    def check_unused(self, used: Collection[str]) -> None:
        """Read what the rows hold beside the fields ``used``, for its faults alone."""
        for name in sorted(set().union(*self.rows) - _IDENTITY - set(used)):
            if self.fields[name] is NUMBER:
                self._parts(name)
            else:
                self.values(name)

    def refuse_negative(self, name: str, column: Column) -> None:
        """A ratio to something below 0 says nothing about the unit."""
        for unit, cell in zip(self.units, column, strict=True):
            if cell is not None and cell < 0:
                raise BadCase(
                    "The {field} of unit {unit} is below 0, so nothing can be measured as a share of it; choose a "
                    "method that counts the difference.",
                    field=name,
                    unit=unit,
                )

    def _parts(self, name: str) -> list[tuple[int, int] | None]:
        try:
            cells = [None if (cell := row.get(name)) is None else parts(cell) for row in self.rows]
        except ValueError:
            self.values(name)  # names the unit; kept out of the loop above, which is the hot one
            raise
        return [None if exempt else cell for cell, exempt in zip(cells, self.exempt, strict=True)]

    def _read(self, name: str, cell: object, at: int, kind: Kind) -> Any:
        try:
            return kind.read(cell)
        except ValueError:
            raise BadCase(
                "The {field} of unit {unit} must be {expected}, not {value}.",
                field=name,
                unit=self.units[at],
                expected=kind.text,
                value=brief(cell),
            ) from None


def open_rows(rows: object, fields: Mapping[str, Kind], points: Fraction = FULL_POINTS) -> Rows:
    """The rows of a case: one map a unit, each unit once, no field but ``fields``, ``unit`` and ``exempt``.

    A field that nobody knows is a slip of the pen, and its value would be lost without a word.
    """
    if not isinstance(rows, list | tuple):
        raise BadCase("The rows of a case must be a list with one row for each unit, not {value}.", value=brief(rows))
    for row in rows:
        # A map of another kind is one as well, but asking takes as long as reading a figure.
        if row.__class__ is not dict and not isinstance(row, Mapping):
            raise BadCase("A row of a case is a map with unit and values, not {value}.", value=brief(row))
    strange = sorted(map(str, set().union(*rows) - _IDENTITY - fields.keys()))
    if strange:
        raise BadCase("A row has no field {field}; remove it or correct its name.", field=strange[0])
    return Rows(*_identify(rows), rows, fields, points)


def _identify(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[bool]]:
    """Units and exemptions; an exemption is true, false, null or absent."""
    units: list[str] = [row.get("unit", "") for row in rows]
    if not all(isinstance(unit, str) and unit for unit in units):
        raise BadCase("Every row of a case names its unit; one of them does not.")
    if len(set(units)) != len(units):
        twice = next(unit for at, unit in enumerate(units) if unit in units[:at])
        raise BadCase("Unit {unit} occurs twice; give each unit one row.", unit=twice)
    exempt = [row.get("exempt") for row in rows]
    for unit, flag in zip(units, exempt, strict=True):
        if flag is not None and flag is not True and flag is not False:
            template = "The exemption of unit {unit} must be true or false, not {value}."
            raise BadCase(template, unit=unit, value=brief(flag))
    return units, [flag is True for flag in exempt]


def brief(value: object) -> str:
    """A value as it goes into a sentence."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
