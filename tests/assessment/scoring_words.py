"""What is wrong with a method's parameters, in words."""

from engine.assessment import scoring


def check(method: str, params: object) -> list[str]:
    return [str(each) for each in scoring.check(method, params)]
