"""Names, paths, contexts, lists, ranges and ``if``, as code."""

from typing import Any

from engine.feel import syntax
from engine.feel.comparison import at_most
from engine.feel.members import has_member, member
from engine.feel.run import Run
from engine.feel.scope import Binds, Code, Frame, Scope
from engine.feel.values import Range, Value, kind


def literal(part: syntax.Literal, _scope: Scope) -> Code:
    value = part.value
    return lambda _run, _frame: value


def name(part: syntax.Name, scope: Scope) -> Code:
    return scope.read(part.name, part.at)


def path(part: syntax.Path, scope: Scope) -> Code:
    of, members, at = scope.code(part.of), part.members, part.at

    def code(run: Run, frame: Frame) -> Value:
        value = of(run, frame)
        for step in members:
            value = _member(value, step, run, at)
        return value

    if type(part.of) is syntax.Name and scope.is_hosts(part.of.name):
        return _host_path(part.of.name, members, code)
    return code


def _member(value: Value, step: str, run: Run, at: int) -> Value:
    if run.warnings is not None and value is not None and not has_member(value, step):
        run.warn("unknown_member", at, f"A {kind(value)} here has no {step}; it is taken as null.")
    return member(value, step, run)


def _host_path(head: str, members: tuple[str, ...], otherwise: Code) -> Code:
    """Down the host's own contexts without copying them: only what the path ends at becomes a value."""
    key = (head, members)

    def code(run: Run, frame: Frame) -> Value:
        raw: Any = run.given.get(head)
        for step in members:
            if type(raw) is not dict or step not in raw:
                return otherwise(run, frame)
            raw = raw[step]
        return run.admit(key, raw)

    return code


def condition(part: syntax.If, scope: Scope) -> Code:
    question, then, otherwise = scope.code(part.condition), scope.code(part.then), scope.code(part.otherwise)
    return lambda run, frame: then(run, frame) if question(run, frame) is True else otherwise(run, frame)


def context(part: syntax.Context, scope: Scope) -> Code:
    names = [name for name, _ in part.entries]
    if len(set(names)) < len(names):
        return lambda _run, _frame: None
    codes = [(name, _entry(scope, names, index, value)) for index, (name, value) in enumerate(part.entries)]

    def code(run: Run, frame: Frame) -> Value:
        run.charge(1 + len(codes))
        entries: dict[str, Value] = {}
        inner_frame = (entries, frame)
        for name, value in codes:
            entries[name] = value(run, inner_frame)
        return entries

    return code


def _entry(scope: Scope, names: list[str], index: int, value: syntax.Expression) -> Code:
    """An entry sees those before it; a function is called later and may see itself and those after it too."""
    later = tuple(names[index:]) if type(value) is syntax.Lambda else ()
    return scope.inside(Binds.ENTRIES, *names[:index], later=later).code(value)


def list_(part: syntax.List, scope: Scope) -> Code:
    items = [scope.code(item) for item in part.items]

    def code(run: Run, frame: Frame) -> Value:
        run.charge(1 + len(items))
        return [item(run, frame) for item in items]

    return code


def span(part: syntax.Span, scope: Scope) -> Code:
    low = scope.code(part.low) if part.low else None
    high = scope.code(part.high) if part.high else None
    if (constant := constant_range(part)) is not None:
        return lambda _run, _frame: constant
    return lambda run, frame: _range(part, low(run, frame) if low else None, high(run, frame) if high else None)


def constant_range(part: syntax.Expression) -> Range | None:
    """The range, where both its ends are constants."""
    if type(part) is not syntax.Span or not (_is_constant(part.low) and _is_constant(part.high)):
        return None
    low, high = (end.value if type(end) is syntax.Literal else None for end in (part.low, part.high))
    return _range(part, low, high)


def _is_constant(end: syntax.Expression | None) -> bool:
    return end is None or type(end) is syntax.Literal


def _range(part: syntax.Span, low: Value, high: Value) -> Range | None:
    """A range is between two values of one kind in their order; one end may be null, the unknown one."""
    if part.comparator is None:
        if low is None and high is None:
            return None
        if low is not None and high is not None and at_most(low, high) is not True:
            return None
    return Range(low, high, part.low_included, part.high_included, part.comparator)
