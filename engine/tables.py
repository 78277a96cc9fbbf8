"""Every module that declares tables, imported once, so that the whole schema is known in one place."""

from engine import audit, calendars, files, notifications, people, requests
from engine.assessment import (
    consultation,
    feedback,
    follow_up,
    indicators,
    letters,
    numbers,
    objections,
    plans,
    readings,
    rectification,
    results,
    revisions,
    rules,
    snapshots,
    supervision,
    targets,
    warnings,
)
from engine.db import Base
from engine.workflow import store

ROOMS = (
    *(audit, calendars, consultation, feedback, files, follow_up, indicators, letters, notifications, numbers),
    *(
        objections,
        people,
        plans,
        readings,
        rectification,
        requests,
        results,
        revisions,
        rules,
        snapshots,
        store,
        supervision,
    ),
    *(targets, warnings),
)
metadata = Base.metadata
