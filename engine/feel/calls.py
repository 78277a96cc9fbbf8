"""Functions written out, and calls, as code."""

from typing import Any

from engine.feel import syntax
from engine.feel.functions import Function, Parameter, Signature
from engine.feel.run import Run
from engine.feel.scope import Binds, Code, Frame, Scope
from engine.feel.types import Type, fit
from engine.feel.values import Value, kind


def lambda_(part: syntax.Lambda, scope: Scope) -> Code:
    """A function sees what stood around it where it was written, even when it is called elsewhere."""
    names = tuple(name for name, _ in part.parameters)
    types = tuple(type_ for _, type_ in part.parameters)
    body = scope.inside(Binds.ARGUMENTS, *names).code(part.body)
    parameters = tuple(Parameter(name) for name in names)

    def code(defining: Run, frame: Frame) -> Value:
        given = defining.given

        def call(run: Run, *arguments: Value) -> Value:
            fitted = _fitted(arguments, types)
            if fitted is None:
                return None
            run.enter()
            try:
                if run.given is given:
                    return body(run, (fitted, frame))
                return run.over(given, lambda inner: body(inner, (fitted, frame)))
            finally:
                run.leave()

        return Function(Signature(parameters, call))

    return code


def _fitted(arguments: tuple[Value, ...], types: tuple[Type | None, ...]) -> tuple[Value, ...] | None:
    """The arguments as the parameters' types; None where one does not fit, which makes the whole call null."""
    fitted = tuple(
        value if wanted is None else fit(value, wanted) for value, wanted in zip(arguments, types, strict=True)
    )
    misfits = any(value is None and given is not None for value, given in zip(fitted, arguments, strict=True))
    return None if misfits else fitted


def call(part: syntax.Call, scope: Scope) -> Code:
    find = _function(part, scope)
    shown = part.function.name if type(part.function) is syntax.Name else "This"
    at = part.function.at
    if part.named is not None:
        return _call_by_name(find, [(name, scope.code(value)) for name, value in part.named], shown, at)
    arguments = [scope.code(argument) for argument in part.positional]

    def code(run: Run, frame: Frame) -> Value:
        function = find(run, frame)
        if type(function) is not Function:
            run.charge()
            _doubt_function(run, shown, at, function)
            return None
        given = [argument(run, frame) for argument in arguments]
        answer = function(given, run)
        if answer is None and run.warnings is not None:
            _doubt(run, shown, at, function, given)
        return answer  # type: ignore[no-any-return]

    return code


def _call_by_name(find: Code, arguments: list[tuple[str, Code]], shown: str, at: int) -> Code:
    def code(run: Run, frame: Frame) -> Value:
        function = find(run, frame)
        if type(function) is not Function:
            run.charge()
            _doubt_function(run, shown, at, function)
            return None
        given = {name: argument(run, frame) for name, argument in arguments}
        answer = function.named(given, run)
        if answer is None and run.warnings is not None:
            _doubt(run, shown, at, function, list(given.values()))
        return answer  # type: ignore[no-any-return]

    return code


def _function(part: syntax.Call, scope: Scope) -> Code:
    """A name that is called means a function: a variable of the same name that holds something else does not hide it."""
    if type(part.function) is not syntax.Name:
        return scope.code(part.function)
    name = part.function.name
    built_in = scope.functions.get(name)
    if built_in is not None and not scope.is_free(name):
        return _a_function_or(scope.code(part.function), built_in)
    if built_in is None and not scope.is_hosts(name):
        return scope.code(part.function)
    if built_in is None:
        scope.reads.certain.add(name)

    def code(run: Run, _frame: Frame) -> Value:
        hosts: Any = run.given.get(name)
        return hosts if type(hosts) is Function or built_in is None else built_in

    return code


def _a_function_or(own: Code, built_in: Function) -> Code:
    def code(run: Run, frame: Frame) -> Value:
        value = own(run, frame)
        return value if type(value) is Function else built_in

    return code


def _doubt_function(run: Run, shown: str, at: int, found: Value) -> None:
    if found is None:
        run.warn("unknown_function", at, f"There is no function {shown}; the call is taken as null.")
    else:
        run.warn("wrong_kinds", at, f"{shown} is a {kind(found)} and cannot be called; it is taken as null.")


def _doubt(run: Run, shown: str, at: int, function: Function, given: list[Value]) -> None:
    """A call that gave null although nothing it got was null."""
    if all(value is not None for value in given):
        kinds = ", ".join(kind(value) for value in given) or "nothing"
        known = " or ".join(
            "(" + ", ".join(parameter.name for parameter in signature.parameters) + ")"
            for signature in function.signatures
        )
        run.warn("no_answer", at, f"{shown} of {kinds} has no answer; it takes {known}. It is taken as null.")
