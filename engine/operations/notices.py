"""Letters, what they open, and objections to what they say."""

from engine import calendars, workflow
from engine.assessment import indicators, letters, objections, plans, rectification, revisions, warnings
from engine.db import Context
from engine.operations.options import letter_of, option
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.workflow import Act, DecisionName


@operation(
    "letters.finish_draft",
    summary="The wording of a letter stands",
    outputs={"sign_until": "until when the leader signs"},
)
def finish_letter(ctx: Context, act: Act, *, letter: int) -> Values:
    cycle, drafted = letter_of(ctx, letter)
    until = letters.finish_draft(ctx, cycle, drafted, act.answers["opening"], act.answers["requirement"])
    return {"sign_until": until}


@prepares("letters.finish_draft")
def prepare_letter(ctx: Context, *, letter: int) -> Values:
    return letters.wording(ctx, *letter_of(ctx, letter))


@operation(
    "letters.sign",
    summary="The lead's leader signs the letter, drawing its number",
    outputs={"verdict": "signed or returned"},
)
def sign_letter(ctx: Context, act: Act, *, letter: int) -> Values:
    if verdict_of(act, "signed", "returned") == "signed":
        letters.sign(ctx, *letter_of(ctx, letter))
    return {"verdict": act.answers["verdict"]}


@operation(
    "letters.issue",
    summary="Send the letter out",
    outputs={"remind_at": "when the unit is reminded", "deemed_at": "when it is deemed received"},
)
def issue_letter(ctx: Context, act: Act, *, letter: int) -> Values:
    return dict(letters.issue(ctx, *letter_of(ctx, letter)))


@operation("letters.receive", summary="The unit signs for the letter")
def receive_letter(ctx: Context, act: Act, *, letter: int) -> None:
    letters.receive(ctx, *letter_of(ctx, letter))


@operation("letters.remind", summary="Remind the unit to sign for the letter")
def remind_of_letter(ctx: Context, act: Act, *, letter: int) -> None:
    letters.remind(ctx, letters.letter(ctx, letter))


@operation("letters.deem_received", summary="Three days are over: the letter counts as received")
def deem_letter(ctx: Context, act: Act, *, letter: int) -> None:
    letters.receive(ctx, *letter_of(ctx, letter), deemed=True)


@operation(
    "items.open",
    summary="Open a matter for each notice of the letter, or merge it",
    outputs={"objection_until": "until when values may be disputed"},
)
def open_items(ctx: Context, act: Act, *, letter: int) -> Values:
    cycle, received = letter_of(ctx, letter)
    rectification.open_for_letter(ctx, cycle, received)
    return {"objection_until": calendars.deadline(ctx, cycle.days("objection"))}


@operation(
    "objections.raise", summary="The unit disputes values of its letter", outputs={"objected": "the disputed notices"}
)
def raise_objections(ctx: Context, act: Act, *, letter: int) -> Values:
    cycle, received = letter_of(ctx, letter)
    if act.answers["stance"] != "object":
        return {"objected": []}
    raised = objections.raise_objections(ctx, cycle, received, act.answers.get("objections") or [])
    return {"objected": [revisions.stop_clock(ctx, cycle, each) for each in raised]}


@prepares("objections.raise")
def prepare_objections(ctx: Context, *, letter: int) -> Values:
    notices = [each for each in warnings.of_letter(ctx, letter) if each.status not in warnings.ENDED]
    return {"notices": [option(each.id, indicators.get(ctx, each.cycle_indicator_id).name) for each in notices]}


@operation("objections.answer", summary="The responsible unit confirms or corrects the value")
def answer_objection(ctx: Context, act: Act, *, notice: int) -> None:
    objections.answer(ctx, notice, act.answers["outcome"], act.answers.get("value"), act.answers["reason"])


@operation(
    "objections.sign",
    summary="Its leader signs the answer; a correction is published as a revision",
    outputs={
        "verdict": "signed or returned",
        "outcome": "confirmed or corrected",
        "round": "the round of the correction",
        "revision": "its number, where there is one",
        "others": "how many other warnings the correction concerns",
    },
)
def sign_objection(ctx: Context, act: Act, *, notice: int, level_table: DecisionName) -> Values:
    if verdict_of(act, "signed", "returned") == "returned":
        return {"verdict": "returned", "outcome": None, "round": None, "revision": None, "others": 0}
    newer = revisions.settle(ctx, notice, workflow.table(ctx, act.instance, level_table))
    if newer is None:
        return {"verdict": "signed", "outcome": "confirmed", "round": None, "revision": None, "others": 0}
    key = ctx.session.get_one(plans.Round, newer.round_id).key
    others = len(newer.changes)
    return {"verdict": "signed", "outcome": "corrected", "round": key, "revision": newer.revision, "others": others}


@operation("objections.decide", summary="After a correction the lead keeps the notice or withdraws it")
def decide_objection(ctx: Context, act: Act, *, notice: int) -> None:
    revisions.decide_objection(ctx, notice, act.answers["decision"], act.answers["reason"])
