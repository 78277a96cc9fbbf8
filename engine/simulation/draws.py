"""Choices of simulated people: each drawn from a hash of what it is about, never from a running stream.

So a run that was killed and goes on draws what it would have drawn, and the order in which people act changes nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


def number(*about: object) -> int:
    """A number below 2^64 that depends on nothing but ``about``."""
    text = "/".join(map(str, about))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def between(low: int, high: int, *about: object) -> int:
    """A whole number from ``low`` to ``high``, both included."""
    return low + number(*about) % (high - low + 1)


def weighted(weights: Mapping[str, int], *about: object) -> str:
    """One of the keys, as likely as its weight."""
    at = number(*about) % sum(weights.values())
    for choice, weight in weights.items():
        at -= weight
        if at < 0:
            return choice
    raise AssertionError("weights sum to more than the number drawn")


def one_of(choices: Sequence[Choice], *about: object) -> Choice:
    return choices[number(*about) % len(choices)]
