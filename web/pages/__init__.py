"""Pages: each reads its input, makes one call of the engine, renders. Nothing is decided here."""

from flask import Flask

from web.pages import (
    account,
    admin,
    analysis,
    assessments,
    board,
    controls,
    designer,
    diagrams,
    frame,
    hearings,
    inbox,
    indicators,
    ledger,
    matters,
    moves,
    operator,
    papers,
    plan,
    records,
    results,
    rounds,
    search,
    sheets,
    tasks,
    units,
    votes,
)

BLUEPRINTS = (
    *(inbox.inbox, tasks.tasks, account.account, diagrams.diagrams),
    *(plan.plan, indicators.indicators, rounds.rounds, sheets.sheets, results.results, designer.designer, admin.admin),
    *(moves.moves, operator.operator),
    *(board.board, units.units, matters.matters, papers.papers, ledger.ledger, search.search),
    *(assessments.assessments, controls.controls, records.records),
    *(votes.votes, hearings.hearings, analysis.analysis),
)


def register(app: Flask) -> None:
    frame.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
