"""The switchboard: every name a diagram may call, and the verb it means. Nothing is decided here.

A service task calls an operation with the input parameters drawn on it; a user task that names one hands it the person's
answers as well (``act.answers``). What an operation returns becomes routing values of the process. ``prepares`` beside an
operation says what its form is opened with. ``processes/README.md`` lists them all, generated from here.
"""

from engine.operations import (
    collection,
    evaluation,
    matters,
    notices,
    points,
    reviews,
    targets_of_work,
    tolerance,
    year,
)
from engine.operations.switchboard import registry

#: The rooms whose names are entered by being imported here.
ROOMS = (year, collection, notices, matters, reviews, evaluation, tolerance, targets_of_work, points)

__all__ = ["ROOMS", "registry"]
