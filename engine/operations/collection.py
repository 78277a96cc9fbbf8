"""Collecting, publishing and revising the figures of a round."""

from engine import workflow
from engine.assessment import consultation, feedback, letters, plans, readings, revisions, rounds, snapshots, warnings
from engine.db import Context
from engine.operations.options import round_of
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.operations.year import prepare_review
from engine.workflow import Act, DecisionName


@operation("readings.submit", summary="A responsible unit's clerk hands its sheet of the round to the unit's leader")
def submit_readings(ctx: Context, act: Act, *, cycle: int, round: str, responsible_unit: str) -> None:
    readings.submit(ctx, *round_of(ctx, cycle, round), responsible_unit, act.answers.get("note"))


@operation(
    "readings.sign", summary="The leader verifies the sheet or gives it back", outputs={"verdict": "signed or returned"}
)
def sign_readings(ctx: Context, act: Act, *, cycle: int, round: str, responsible_unit: str) -> Values:
    verdict = verdict_of(act, "signed", "returned")
    readings.sign(ctx, *round_of(ctx, cycle, round), responsible_unit, verdict, act.answers.get("note"))
    return {"verdict": verdict}


@operation("readings.remind", summary="Remind the units that have not handed in")
def remind_units(ctx: Context, act: Act, *, cycle: int, round: str) -> None:
    rounds.remind(ctx, *round_of(ctx, cycle, round))


@operation("readings.escalate", summary="Tell the leaders of the units that have not handed in")
def escalate_to_leaders(ctx: Context, act: Act, *, cycle: int, round: str) -> None:
    rounds.escalate(ctx, *round_of(ctx, cycle, round))


@operation(
    "rounds.close_collection",
    summary="Stop collecting whatever is missing",
    outputs={
        "late": "who had not signed",
        "assessed_units": "of the annual round: who checks its scores",
        "check_until": "until when",
        "collate_until": "when the lead has collated",
    },
)
def close_collection(ctx: Context, act: Act, *, cycle: int, round: str) -> Values:
    return rounds.close_collection(ctx, *round_of(ctx, cycle, round))


@operation(
    "rounds.check",
    summary="The lead checks the figures: publish, or return sheets to their units",
    outputs={
        "verdict": "publish or returned",
        "responsible_units": "whose sheets are collected again",
        "collect_until": "until when",
        "remind_at": "when they are reminded",
        "escalate_at": "when their leaders are told",
    },
)
def check_round(ctx: Context, act: Act, *, cycle: int, round: str) -> Values:
    return rounds.check(ctx, *round_of(ctx, cycle, round), act.answers)


@prepares("rounds.check")
def prepare_check(ctx: Context, *, cycle: int, round: str) -> Values:
    return prepare_review(ctx, cycle=cycle)


@operation("rounds.publish", summary="Freeze and publish the round's figures")
def publish_round(ctx: Context, act: Act, *, cycle: int, round: str) -> None:
    rounds.publish(ctx, *round_of(ctx, cycle, round))


@operation("warnings.determine", summary="Draft the round's warnings by the table; propose consultations")
def determine_warnings(
    ctx: Context, act: Act, *, cycle: int, round: str, level_table: DecisionName, consultation_table: DecisionName
) -> None:
    warned, opened = round_of(ctx, cycle, round)
    snapshot = snapshots.latest(ctx, opened)
    warnings.determine(ctx, warned, opened, snapshot, workflow.table(ctx, act.instance, level_table))
    warnings.tell_of_missing(ctx, warned, opened, snapshot)
    _propose_consultations(ctx, act, warned, opened, consultation_table)


@operation(
    "letters.draft",
    summary="Draft a letter for each warned unit and give every unit its feedback sheet",
    outputs={"assessed_units": "who gets a sheet", "feedback_deemed_at": "when they are deemed to have it"},
)
def draft_letters(ctx: Context, act: Act, *, cycle: int, round: str) -> Values:
    warned, opened = round_of(ctx, cycle, round)
    letters.draft(ctx, warned, opened, warnings.of_round(ctx, opened))
    deemed_at = feedback.issue(ctx, warned, opened)
    return {
        "assessed_units": [unit.code for unit in plans.standing_units(ctx, warned)],
        "feedback_deemed_at": deemed_at,
    }


@operation("feedback.sign", summary="A unit signs for its feedback sheet")
def sign_feedback(ctx: Context, act: Act, *, cycle: int, round: str, unit: str) -> None:
    feedback.sign(ctx, *round_of(ctx, cycle, round), unit)


@operation("feedback.deem", summary="Three days are over: who has not signed is deemed to have the sheet")
def deem_feedback(ctx: Context, act: Act, *, cycle: int, round: str) -> None:
    feedback.deem(ctx, *round_of(ctx, cycle, round))


@operation("readings.submit_revision", summary="A unit hands in figures that came after publication")
def submit_revision(ctx: Context, act: Act, *, cycle: int, round: str, responsible_unit: str, indicator: str) -> None:
    revisions.submit(ctx, *round_of(ctx, cycle, round), indicator, act.answers.get("note"))


@operation(
    "readings.sign_revision",
    summary="The unit's leader verifies them or gives them back",
    outputs={"verdict": "signed or returned"},
)
def sign_revision(ctx: Context, act: Act, *, cycle: int, round: str, responsible_unit: str, indicator: str) -> Values:
    revisions.sign(ctx, *round_of(ctx, cycle, round), indicator, verdict_of(act, "signed", "returned"))
    return {"verdict": act.answers["verdict"]}


@operation(
    "rounds.decide_revision",
    summary="The lead allows the revision or refuses it",
    outputs={"verdict": "approved or refused"},
)
def decide_revision(ctx: Context, act: Act, *, cycle: int, round: str, indicator: str) -> Values:
    revisions.decide(
        ctx, *round_of(ctx, cycle, round), indicator, verdict_of(act, "approved", "refused"), act.answers.get("note")
    )
    return {"verdict": act.answers["verdict"]}


@operation(
    "rounds.revise", summary="Publish the revision with its list of differences", outputs={"revision": "its number"}
)
def revise_round(
    ctx: Context, act: Act, *, cycle: int, round: str, indicator: str, reason: str, level_table: DecisionName
) -> Values:
    table = workflow.table(ctx, act.instance, level_table)
    published = revisions.publish(ctx, *round_of(ctx, cycle, round), reason, table, indicator)
    return {"revision": published.revision}


@operation("warnings.decide", summary="The lead keeps, withdraws or adds each warning the revision concerns")
def decide_notices(ctx: Context, act: Act, *, cycle: int, round: str, revision: int) -> None:
    revisions.decide_notices(ctx, *round_of(ctx, cycle, round), revision, act.answers.get("notices") or [])


@prepares("warnings.decide")
def prepare_notices(ctx: Context, *, cycle: int, round: str, revision: int) -> Values:
    return {"notices": revisions.notice_rows(ctx, *round_of(ctx, cycle, round), revision)}


@operation(
    "letters.draft_added",
    summary="Draft letters for the warnings a revision added, propose consultations, tell every unit concerned",
)
def draft_added_letters(
    ctx: Context, act: Act, *, cycle: int, round: str, revision: int, consultation_table: DecisionName
) -> None:
    warned, opened = round_of(ctx, cycle, round)
    letters.draft(ctx, warned, opened, warnings.of_round(ctx, opened))
    _propose_consultations(ctx, act, warned, opened, consultation_table)
    revisions.tell(ctx, warned, opened, revision)


def _propose_consultations(ctx: Context, act: Act, cycle: plans.Cycle, round: plans.Round, table: str) -> None:
    grave = warnings.grave(ctx, cycle, round)
    consultation.propose(ctx, cycle, round, grave, workflow.table(ctx, act.instance, table))
