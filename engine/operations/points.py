"""Points of persons: what the diagrams of months, the annual decision and the exceptions call (S4)."""

from typing import Any

from engine.assessment import plans
from engine.assessment.points import (
    activities,
    appeals,
    membership,
    methods,
    months,
    reviews,
    revocations,
    vetoes,
    year,
)
from engine.db import Context
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.workflow import Act


@operation(
    "points.plan_months",
    summary="The months of the year, each with the instant at which it is over",
    outputs={"months": "each with month and opens_at"},
)
def plan_months(ctx: Context, act: Act, *, cycle: int) -> Values:
    return {"months": months.plan(plans.cycle(ctx, cycle))}


@operation("points.open_month", summary="Open a month for rating, as an instance for every committee")
def open_month(ctx: Context, act: Act, *, cycle: int, month: str) -> None:
    months.open_month(ctx, plans.cycle(ctx, cycle), month)


@operation(
    "points.close_self_rating",
    summary="Self-rating is over and the month's entries are frozen; the raters are next",
    outputs={"raters": "the groups that rate", "unconfirmed": "how many members did not rate themselves"},
)
def close_self_rating(ctx: Context, act: Act, *, cycle: int, month: str, committee: str) -> Values:
    return months.close_self_rating(ctx, plans.cycle(ctx, cycle), month, committee)


@operation("points.rate", summary="A secretary gives the month's marks of everybody on the sheet")
def rate(ctx: Context, act: Act, *, cycle: int, month: str, rater: str) -> None:
    months.rate(ctx, plans.cycle(ctx, cycle), month, rater, act.answers.get("ratings") or [])


@prepares("points.rate")
def prepare_rating(ctx: Context, *, cycle: int, month: str, rater: str) -> Values:
    rated = plans.cycle(ctx, cycle)
    return {"ratings": months.sheet_rows(ctx, rated, month, rater), "method": _method(ctx, rated, month, rater)}


@operation("points.remind_raters", summary="Remind the raters whose sheets are not handed in")
def remind_raters(ctx: Context, act: Act, *, cycle: int, month: str, committee: str) -> None:
    months.remind(ctx, plans.cycle(ctx, cycle), month, committee)


@operation(
    "points.close_month",
    summary="Close the month; where a rater was silent the marks of the entries count",
    outputs={"late": "the raters who were silent"},
)
def close_month(ctx: Context, act: Act, *, cycle: int, month: str, committee: str) -> Values:
    return {"late": months.close_month(ctx, plans.cycle(ctx, cycle), month, committee)}


@operation("points.summarise_quarter", summary="Sum up a quarter of every member")
def summarise_quarter(ctx: Context, act: Act, *, cycle: int, quarter: str, committee: str) -> None:
    year.summarise_quarter(ctx, plans.cycle(ctx, cycle), quarter, committee)


@operation("points.open_annual", summary="Open the annual review and decision, as an instance for every committee")
def open_annual(ctx: Context, act: Act, *, cycle: int) -> None:
    reviews.open_all(ctx, plans.cycle(ctx, cycle))


@operation("points.review", summary="Enter the outcome of the democratic review of everybody on the sheet")
def review(ctx: Context, act: Act, *, cycle: int, rater: str) -> None:
    answers = act.answers
    reviews.enter(ctx, plans.cycle(ctx, cycle), rater, answers.get("reviews") or [], answers.get("minutes"))


@prepares("points.review")
def prepare_review(ctx: Context, *, cycle: int, rater: str) -> Values:
    return {"reviews": reviews.sheet_rows(ctx, plans.cycle(ctx, cycle), rater)}


@operation(
    "points.close_review",
    summary="The review is over: name the sheets that were not handed in",
    outputs={"missing": "the groups whose sheets are missing"},
)
def close_review(ctx: Context, act: Act, *, cycle: int, committee: str) -> Values:
    return {"missing": reviews.missing(ctx, plans.cycle(ctx, cycle), committee)}


@operation("points.propose_annual", summary="Work out everybody's year: score, rank, grade, standard")
def propose_annual(ctx: Context, act: Act, *, cycle: int, committee: str) -> None:
    year.propose(ctx, plans.cycle(ctx, cycle), committee)


@operation(
    "points.decide",
    summary="Enter the committee's decision on the year's points; publicity begins",
    outputs={"approved": "as it was decided", "publicity_until": "until when"},
)
def decide_points(ctx: Context, act: Act, *, cycle: int, committee: str) -> Values:
    return year.decide(ctx, plans.cycle(ctx, cycle), committee, act.answers)


@operation("points.publish", summary="Publish the year's points; the last committee closes the year")
def publish_points(ctx: Context, act: Act, *, cycle: int, committee: str) -> None:
    year.publish(ctx, plans.cycle(ctx, cycle), committee)


@operation("points.decide_veto", summary="Confirm or reject a veto", outputs={"verdict": "confirmed or rejected"})
def decide_veto(ctx: Context, act: Act, *, veto: int, statement: str | None = None) -> Values:
    verdict = verdict_of(act, "confirmed", "rejected")
    found = vetoes.decide(ctx, veto, verdict, act.answers.get("note"), statement)
    if found.status == vetoes.Status.CONFIRMED:
        year.settle(ctx, plans.cycle(ctx, found.cycle_id), found.account)
    return {"verdict": verdict}


@prepares("points.decide_veto")
def prepare_veto(ctx: Context, *, veto: int, statement: str | None = None) -> Values:
    return {**vetoes.told(ctx, veto), "statement": statement}


@operation(
    "points.decide_revocation",
    summary="Revoke a confirmed veto or let it stand",
    outputs={"verdict": "approved or rejected"},
)
def decide_revocation(ctx: Context, act: Act, *, revocation: int) -> Values:
    verdict = verdict_of(act, "approved", "rejected")
    revocations.decide(ctx, revocation, verdict, act.answers.get("note"))
    return {"verdict": verdict}


@prepares("points.decide_revocation")
def prepare_revocation(ctx: Context, *, revocation: int) -> Values:
    return dict(revocations.told(ctx, revocation))


@operation("points.decide_leave", summary="Approve or refuse leave", outputs={"verdict": "approved or refused"})
def decide_leave(ctx: Context, act: Act, *, leave: int) -> Values:
    verdict = verdict_of(act, "approved", "refused")
    activities.decide_leave(ctx, leave, verdict, act.answers.get("note"))
    return {"verdict": verdict}


@prepares("points.decide_leave")
def prepare_leave(ctx: Context, *, leave: int) -> Values:
    return {"reason": activities.leave(ctx, leave).reason}


@operation(
    "points.decide_appeal",
    summary="Uphold a dispute about an entry, which undoes it, or reject it",
    outputs={"verdict": "upheld or rejected"},
)
def decide_appeal(ctx: Context, act: Act, *, appeal: int, statement: str | None = None) -> Values:
    verdict = verdict_of(act, "upheld", "rejected")
    appeals.decide(ctx, appeal, verdict, act.answers.get("note"), statement)
    return {"verdict": verdict}


@prepares("points.decide_appeal")
def prepare_appeal(ctx: Context, *, appeal: int, statement: str | None = None) -> Values:
    return {**appeals.told(ctx, appeal), "statement": statement}


def _method(ctx: Context, cycle: plans.Cycle, month: str, rater: str) -> Any:
    """What the branches on the sheet have set for the parts left to them."""
    rows = months.sheet(ctx, cycle, month, rater)
    day = membership.month_end(month)
    found = {branch: methods.told(ctx, cycle, branch, day) for branch in sorted({row.branch for row in rows})}
    texts = [text if len(found) == 1 else f"{branch}\n{text}" for branch, text in found.items() if text]
    return "\n\n".join(texts)
