"""The scoring methods by name: what each asks for, and whether given parameters fit.

A method is a function ``formula(rows, **params)`` that answers one exact ratio a row, None for a row without a score.
It raises ``BadCase`` for parameters that contradict each other before it looks at any row, so running it on no rows
checks them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from engine.assessment.scoring.exact import BadCase, Ratio
from engine.assessment.scoring.kinds import Kind
from engine.assessment.scoring.rows import ROW_FIELDS, Rows, brief
from engine.errors import Message

Scores: TypeAlias = list[Ratio | None]
Formula = TypeVar("Formula", bound=Callable[..., Scores])


class _Required:
    """There is no default: the parameter must be given."""


REQUIRED: Final = _Required()


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a method."""

    name: str
    kind: Kind
    meaning: str
    default: Any = REQUIRED  # as it would be written in JSON


@dataclass(frozen=True, slots=True)
class Vector:
    """A case with its scores worked out by hand."""

    case: Mapping[str, Any]
    scores: Mapping[str, str | None]  # unit -> printed score
    grades: Mapping[str, str | None] | None = None  # unit -> grade, of a method that grades


@dataclass(frozen=True, slots=True)
class Method:
    """A scoring method as it is registered."""

    name: str
    formula: Callable[..., Scores]
    params: tuple[Param, ...]
    row_fields: tuple[str, ...]  # beside unit and exempt
    vectors: tuple[Vector, ...]
    grade: Callable[[Ratio, Mapping[str, Any]], str] | None = None  # of an exact value, of a method that grades

    @property
    def example(self) -> Mapping[str, Any]:
        """A whole case that can be scored as it stands."""
        return self.vectors[0].case

    @property
    def meaning(self) -> str:
        """The first sentence of the formula's docstring."""
        return (self.formula.__doc__ or "").split("\n", 1)[0]


METHODS: Final[dict[str, Method]] = {}


def vector(
    points: str,
    rows: Mapping[str, Sequence[Any]],
    scores: Mapping[str, str | None],
    *,
    params: Mapping[str, Any] | None = None,
    decimals: int = 2,
    grades: Mapping[str, str | None] | None = None,
) -> Vector:
    """A vector in short: ``rows`` gives each unit's values in the order of the method's row fields."""
    case = {"points": points, "params": dict(params or {}), "decimals": decimals, "rows": rows}
    return Vector(case, scores, grades)


def method(
    name: str,
    *,
    row_fields: tuple[str, ...],
    params: tuple[Param, ...] = (),
    vectors: tuple[Vector, ...],
    grade: Callable[[Ratio, Mapping[str, Any]], str] | None = None,
) -> Callable[[Formula], Formula]:
    """Register the function below as the scoring method ``name``; a name or a row field is declared only once."""
    if name in METHODS or not set(row_fields) <= ROW_FIELDS.keys():
        raise ValueError(f"scoring method {name} is declared twice or uses an undeclared row field")

    def register(formula: Formula) -> Formula:
        whole = tuple(Vector(_case(name, row_fields, v.case), v.scores, v.grades) for v in vectors)
        METHODS[name] = Method(name, formula, params, row_fields, whole, grade)
        return formula

    return register


def _case(name: str, row_fields: tuple[str, ...], short: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {"unit": unit} | dict(zip(row_fields, values, strict=False))  # fields at the end may be left out
        for unit, values in short["rows"].items()
    ]
    return {"method": name, **short, "rows": rows}


def methods() -> list[Method]:
    """Every method, in the order of their names."""
    return [METHODS[name] for name in sorted(METHODS)]


def described() -> list[dict[str, Any]]:
    """Every method as JSON-ready data: parameters with type, default and meaning, row fields, example, vectors.

    The default of a parameter that must be given is null and its type says so.
    """
    return [
        {
            "method": method.name,
            "meaning": method.meaning,
            "params": [_described_param(param) for param in method.params],
            "row_fields": list(method.row_fields),
            "example": method.example,
            "vectors": [_described_vector(vector) for vector in method.vectors],
        }
        for method in methods()
    ]


def _described_param(param: Param) -> dict[str, Any]:
    required = param.default is REQUIRED
    return {
        "name": param.name,
        "type": param.kind.text + (", required" if required else ""),
        "default": None if required else param.default,
        "meaning": param.meaning,
    }


def _described_vector(vector: Vector) -> dict[str, Any]:
    grades = {} if vector.grades is None else {"grades": dict(vector.grades)}
    return {"case": vector.case, "scores": dict(vector.scores)} | grades


def find(name: object) -> Method:
    """The method of this name; ``BadCase`` when there is none."""
    found = METHODS.get(name) if isinstance(name, str) else None
    if found is None:
        raise BadCase("There is no scoring method {name}; choose one of the list of methods.", name=brief(name))
    return found


def read_params(method: Method, given: object) -> dict[str, Any]:
    """The method's keyword arguments; ``BadCase`` names the first parameter that does not fit."""
    params, problems = _read_params(method, given)
    if problems:
        raise problems[0]
    return params


def check(method: str, params: object) -> list[Message]:
    """What is wrong with a method and its parameters, one sentence each; nothing is wrong with an empty list.

    For the import of indicators, before there are any values: the parameters are read and run on no rows, with the
    100 points an indicator has inside a cycle.
    """
    try:
        found = find(method)
        read, problems = _read_params(found, params)
        if not problems:
            found.formula(Rows(), **read)
    except BadCase as problem:
        problems = [problem]
    return [Message(problem.template, problem.facts) for problem in problems]


def _read_params(method: Method, given: object) -> tuple[dict[str, Any], list[BadCase]]:
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        template = "The parameters of {method} must be a map of names to values, not {value}."
        return {}, [BadCase(template, method=method.name, value=brief(given))]
    known = {param.name for param in method.params}
    problems = [
        BadCase(
            "There is no parameter {name} of {method}; remove it or correct its name.", name=name, method=method.name
        )
        for name in sorted(map(str, given.keys() - known))
    ]
    read: dict[str, Any] = {}
    for param in method.params:
        try:
            read[param.name] = _read_param(method, param, given)
        except BadCase as problem:
            problems.append(problem)
    return read, problems


def _read_param(method: Method, param: Param, given: Mapping[str, Any]) -> Any:
    value = given.get(param.name, param.default)
    facts: dict[str, Any] = {"name": param.name, "method": method.name, "expected": param.kind.text}
    if value is REQUIRED:
        raise BadCase("Parameter {name} of {method} must be given: {expected}.", **facts)
    try:
        return param.kind.read(value)
    except ValueError:
        template = "Parameter {name} of {method} must be {expected}, not {value}."
        raise BadCase(template, value=brief(value), **facts) from None
