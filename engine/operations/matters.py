"""Rectification and the inspection office."""

from engine import calendars
from engine.assessment import follow_up, rectification, supervision
from engine.db import Context
from engine.operations.options import item_of, slip_of
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.workflow import Act


@operation("items.submit_plan", summary="The unit's clerk writes the plan of a matter")
def submit_plan(ctx: Context, act: Act, *, item: int) -> None:
    rectification.submit_plan(ctx, *item_of(ctx, item), act.answers)


@prepares("items.submit_plan")
def prepare_plan(ctx: Context, *, item: int) -> Values:
    return rectification.earlier_plan(ctx, rectification.item(ctx, item))


@operation(
    "items.sign_plan",
    summary="The unit's leader signs the plan out of the unit or gives it back",
    outputs={"verdict": "signed or returned", "approval_due": "when the approval is due"},
)
def sign_plan(ctx: Context, act: Act, *, item: int) -> Values:
    verdict = verdict_of(act, "signed", "returned")
    due = rectification.sign_plan(ctx, *item_of(ctx, item), verdict, act.answers.get("note"))
    return {"verdict": verdict, "approval_due": due}


@operation(
    "items.approve_plan",
    summary="Approve the plan or return it",
    outputs={"verdict": "approved or returned", "plan_due": "when a returned plan is due"},
)
def approve_plan(ctx: Context, act: Act, *, item: int) -> Values:
    cycle, planned = item_of(ctx, item)
    rectification.approve_plan(ctx, cycle, planned, verdict_of(act, "approved", "returned"), act.answers.get("note"))
    return {"verdict": act.answers["verdict"], "plan_due": planned.plan_due}


@operation(
    "items.submit_evidence",
    summary="The unit's clerk hands in evidence or asks for more time",
    outputs={"request": "evidence, extension or long_term"},
)
def submit_evidence(ctx: Context, act: Act, *, item: int) -> Values:
    return {"request": rectification.hand_in(ctx, *item_of(ctx, item), act.answers).request}


@operation(
    "items.sign_evidence",
    summary="The unit's leader signs it out of the unit or gives it back",
    outputs={
        "verdict": "signed or returned",
        "verification_due": "when it is to be verified",
        "decision_due": "when a request is to be decided",
    },
)
def sign_evidence(ctx: Context, act: Act, *, item: int) -> Values:
    cycle, handed = item_of(ctx, item)
    rectification.sign_hand_in(ctx, cycle, handed, verdict_of(act, "signed", "returned"), act.answers.get("note"))
    return {
        "verdict": act.answers["verdict"],
        "verification_due": calendars.deadline(ctx, cycle.days("verification")),
        "decision_due": calendars.deadline(ctx, cycle.days("extension_decision")),
    }


@operation(
    "items.verify",
    summary="The responsible unit accepts the evidence or returns it",
    outputs={"verdict": "accepted or returned", "close_out_due": "when the close-out is due"},
)
def verify_evidence(ctx: Context, act: Act, *, item: int) -> Values:
    due = rectification.verify(ctx, *item_of(ctx, item), verdict_of(act, "accepted", "returned"), act.answers["note"])
    return {"verdict": act.answers["verdict"], "close_out_due": due}


@operation(
    "items.close_out",
    summary="The lead closes the matter out and plans the second look, or returns it",
    outputs={"verdict": "closed or returned"},
)
def close_out(ctx: Context, act: Act, *, item: int) -> Values:
    cycle, done = item_of(ctx, item)
    if verdict_of(act, "closed", "returned") == "closed":
        rectification.close_out(ctx, cycle, done, act.answers.get("note"))
        follow_up.schedule(ctx, cycle, done)
    else:
        rectification.return_to_work(ctx, cycle, done, act.answers.get("note"))
    return {"verdict": act.answers["verdict"]}


@operation(
    "items.decide_extension",
    summary="Grant more time, naming the date, or refuse",
    outputs={"work_due": "when the work is due now"},
)
def decide_extension(ctx: Context, act: Act, *, item: int) -> Values:
    given, verdict = act.answers, verdict_of(act, "approved", "refused")
    due = rectification.decide_extension(ctx, *item_of(ctx, item), verdict, given.get("new_due"), given.get("note"))
    return {"work_due": due}


@prepares("items.decide_extension")
def prepare_extension(ctx: Context, *, item: int) -> Values:
    asked = rectification.latest_hand_in(ctx, rectification.item(ctx, item)).new_due
    return {"new_due": str(asked) if asked else None}


@operation(
    "items.agree_long_term",
    summary="The responsible unit agrees to a long-term matter or refuses",
    outputs={"verdict": "agreed or refused"},
)
def agree_long_term(ctx: Context, act: Act, *, item: int) -> Values:
    rectification.agree_long_term(
        ctx, *item_of(ctx, item), verdict_of(act, "agreed", "refused"), act.answers.get("note")
    )
    return {"verdict": act.answers["verdict"]}


@operation(
    "items.decide_long_term",
    summary="The lead decides on a long-term matter",
    outputs={"verdict": "approved or refused"},
)
def decide_long_term(ctx: Context, act: Act, *, item: int) -> Values:
    rectification.decide_long_term(
        ctx, *item_of(ctx, item), verdict_of(act, "approved", "refused"), act.answers.get("note")
    )
    return {"verdict": act.answers["verdict"]}


@operation("items.remind", summary="Tell the unit's clerk that the date is near")
def remind_of_item(ctx: Context, act: Act, *, item: int) -> None:
    rectification.remind(ctx, rectification.item(ctx, item))


@operation("items.tell_leader", summary="Tell the unit's leader that a date has passed")
def tell_leader(ctx: Context, act: Act, *, item: int, step: str) -> None:
    rectification.tell_leader(ctx, *item_of(ctx, item), step)


@operation("items.end", summary="End a matter whose notice was withdrawn or lifted")
def end_item(ctx: Context, act: Act, *, item: int, outcome: str, reason: str) -> None:
    rectification.end(ctx, *item_of(ctx, item), outcome, reason)


@operation("slips.open", summary="Put an overdue matter before the inspection office")
def open_slip(ctx: Context, act: Act, *, item: int) -> None:
    supervision.open_slip(ctx, *item_of(ctx, item))


@operation(
    "slips.issue",
    summary="The inspection office issues the slip",
    outputs={"answer_until": "until when the unit answers"},
)
def issue_slip(ctx: Context, act: Act, *, slip: int) -> Values:
    return {"answer_until": supervision.issue(ctx, *slip_of(ctx, slip), act.answers["requirement"])}


@operation("slips.answer", summary="The unit answers the slip")
def answer_slip(ctx: Context, act: Act, *, slip: int) -> None:
    supervision.answer(ctx, *slip_of(ctx, slip), act.answers["answer"], act.answers.get("evidence") or [])


@operation("slips.record_interview", summary="Record the talk with the unit")
def record_interview(ctx: Context, act: Act, *, slip: int) -> None:
    supervision.record_interview(ctx, *slip_of(ctx, slip), act.answers)
