"""The plan's page: dates, parameters in words, the story of the decomposition, and who may do what."""

from sqlalchemy import select

from engine.assessment import annual_plan, indicators, plans, rules, targets
from engine.workflow.store import Instance
from tests.assessment.town import Town
from tests.web.assessment_fixtures import PAGE, Visit, april_town, begun, shown, visit  # noqa: F401


def test_the_plan_shows_its_rounds_and_who_confirmed_it(april_town: Town, visit: Visit) -> None:
    page = shown(visit(april_town, "lead1"), "/plan")
    for expected in ("四月预考核", "2026年3月31日", "2026年4月1日", "2026年4月22日", "2026年4月30日", "确认"):
        assert expected in page
    assert 'action="/plan/parameters"' not in page and 'action="/plan/start"' not in page


def test_the_lead_changes_a_parameter_only_before_the_plan_is_confirmed(begun: Town, visit: Visit) -> None:
    lead = visit(begun, "lead1")
    assert lead.post("/plan/parameters", data={"name": "bottom", "value": "2"}).status_code == 303
    with begun.by(reading=True) as ctx:
        assert begun.cycle(ctx).parameters["bottom"] == 2
    with begun.by("lead1") as ctx:
        plans.confirm(ctx, begun.cycle(ctx), None)
    refused = lead.post("/plan/parameters", data={"name": "bottom", "value": "4"}, headers=PAGE)
    assert refused.status_code == 409
    with begun.by(reading=True) as ctx:
        assert begun.cycle(ctx).parameters["bottom"] == 2


def test_a_parameter_of_the_wrong_kind_is_refused_in_words_on_the_same_page(begun: Town, visit: Visit) -> None:
    answer = visit(begun, "lead1").post("/plan/parameters", data={"name": "bottom", "value": "two"}, headers=PAGE)
    assert answer.status_code == 422
    assert "不能为“two”" in answer.get_data(as_text=True)


def test_nobody_but_the_lead_changes_the_plan(begun: Town, visit: Visit) -> None:
    clerk = visit(begun, "d01_clerk")
    assert clerk.post("/plan/parameters", data={"name": "bottom", "value": "2"}, headers=PAGE).status_code == 403
    assert clerk.post("/plan/start", headers=PAGE).status_code == 403


def test_the_lead_starts_a_planned_year_once(begun: Town, visit: Visit) -> None:
    with begun.by() as ctx:
        planned = plans.make_cycle(ctx, "county_leadership", 2027, "seed")
        assert planned.status == plans.CycleStatus.PLANNED
    lead = visit(begun, "lead1")
    assert "/plan/start?year=2027" in shown(lead, "/plan?year=2027")
    assert lead.post("/plan/start?year=2027", headers=PAGE).status_code == 409
    with begun.by() as ctx:
        annual_plan.adopt_cycle(ctx, plans.find(ctx, "county_leadership", 2027), "云考领〔2026〕9号")
    assert lead.post("/plan/start?year=2027").status_code == 303
    with begun.by(reading=True) as ctx:
        started = ctx.session.scalars(select(Instance).where(Instance.key == "2027")).one()
        assert started.process == "annual_cycle"
    assert lead.post("/plan/start?year=2027", headers=PAGE).status_code == 409


def test_silence_refusals_and_missing_signatures_are_named_to_the_lead(april_town: Town, visit: Visit) -> None:
    with april_town.by() as ctx:
        cycle = april_town.cycle(ctx)
        asked = ctx.session.scalars(select(rules.OpinionRequest).where(rules.OpinionRequest.unit == "A03")).one()
        asked.status = rules.OpinionStatus.SILENT
        signed = targets.signatures(ctx, cycle)
        signed["A04"].answer, signed["A04"].reason = targets.Answer.REFUSED, "目标过高"
        signed["A05"].late = True
        ctx.session.delete(signed["A06"])
    page = shown(visit(april_town, "lead1"), "/plan")
    assert "逾期未反馈" in page and "目标过高" in page and "未签领" in page
    own = shown(visit(april_town, "a01_clerk"), "/plan")
    assert "目标过高" not in own and "A04区" not in own and "A06区" not in own


def test_a_unit_without_a_place_in_the_plan_is_flagged_to_those_who_oversee(april_town: Town, visit: Visit) -> None:
    with april_town.by() as ctx:
        for used in indicators.of_unit(ctx, april_town.cycle(ctx), "D32"):
            used.responsible_unit = "D01"
    assert "T市信访局" in shown(visit(april_town, "lead1"), "/plan").split("未纳入考核的单位")[1]
    assert "未纳入考核的单位" not in shown(visit(april_town, "a01_clerk"), "/plan")


def test_the_scan_of_the_minutes_is_for_those_who_oversee(april_town: Town, visit: Visit) -> None:
    with visit(april_town, "lead1").get("/plan/decisions/1/scan") as scan:
        assert scan.status_code == 200 and scan.data
    assert visit(april_town, "a01_clerk").get("/plan/decisions/1/scan", headers=PAGE).status_code == 404
