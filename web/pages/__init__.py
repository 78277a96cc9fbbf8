"""Pages: each reads its input, makes one call of the engine, renders. Nothing is decided here."""

from flask import Flask

from web.pages import (
    account,
    activities,
    adjustments,
    admin,
    analysis,
    assessments,
    board,
    concurrences,
    controls,
    designer,
    diagrams,
    evaluation,
    experts,
    frame,
    hearings,
    inbox,
    indicators,
    ledger,
    matters,
    moves,
    objectives,
    operator,
    papers,
    plan,
    point_rules,
    points,
    records,
    results,
    rounds,
    search,
    series,
    sheets,
    succession,
    targets,
    tasks,
    units,
    votes,
)

BLUEPRINTS = (
    *(inbox.inbox, tasks.tasks, account.account, diagrams.diagrams),
    *(plan.plan, indicators.indicators, rounds.rounds, sheets.sheets, results.results, designer.designer, admin.admin),
    *(moves.moves, operator.operator),
    *(board.board, units.units, matters.matters, papers.papers, ledger.ledger, search.search),
    *(targets.targets, adjustments.adjustments, concurrences.concurrences, succession.succession, series.series),
    *(experts.experts, objectives.objectives),
    *(assessments.assessments, controls.controls, records.records),
    *(votes.votes, evaluation.evaluation, hearings.hearings, analysis.analysis),
    *(points.points, point_rules.point_rules, activities.activities),
)


def register(app: Flask) -> None:
    frame.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
