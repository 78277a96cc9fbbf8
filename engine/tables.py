"""Every module that declares tables, imported once, so that the whole schema is known in one place."""

from engine import audit, calendars, files, notifications, people, requests
from engine.assessment import (
    admission,
    annual_plan,
    appeals,
    archives,
    assessors,
    ballots,
    bars,
    combined,
    consultation,
    feedback,
    follow_up,
    indicators,
    letters,
    numbers,
    objections,
    plans,
    readings,
    records,
    rectification,
    results,
    revisions,
    rules,
    rulings,
    snapshots,
    special,
    supervision,
    targets,
    veto_list,
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
    *(targets, warnings, appeals, ballots, bars, rulings),
    *(admission, annual_plan, archives, assessors, combined, records, special, veto_list),
)
metadata = Base.metadata
