"""A round on its page: how far collection is, what is published to whom, corrections, figures that come late."""

import json
import re
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.assessment import indicators, readings, revisions, snapshots
from engine.assessment.revisions import Revision
from tests.assessment import years
from tests.assessment.town import Town
from tests.web.assessment_fixtures import PAGE, Visit, april_town, collecting, ended, shown, visit  # noqa: F401


def _units_of(page: str) -> set[str]:
    return set(re.findall(r"A0\d区", page.split('id="figures"')[1]))


def test_progress_counts_every_sheet_and_shows_only_ones_own(collecting: Town, visit: Visit) -> None:
    years.enter(collecting, "D01", {("E13", "A01"): "60"})
    collecting.do("d01_clerk", "enter_values", {}, responsible_unit="D01")
    lead = shown(visit(collecting, "lead1"), "/rounds/april")
    assert "填报中 4" in lead and lead.count("/rounds/april/sheets/") == 5
    own = shown(visit(collecting, "d01_clerk"), "/rounds/april")
    assert "填报中 4" in own and set(re.findall(r"/rounds/april/sheets/(\w+)", own)) == {"D01"}
    assert "/rounds/april/sheets/" not in shown(visit(collecting, "a01_clerk"), "/rounds/april")


def test_who_did_not_sign_in_time_is_named_late(collecting: Town, visit: Visit) -> None:
    collecting.live_to("2026-04-23")
    page = shown(visit(collecting, "lead1"), "/rounds/april")
    late = page.split("逾期单位")[1].split("</p>")[0]
    assert "T市发展改革委" in late and "T市信访局" in late


def test_the_hints_of_a_sheet_rank_whoever_is_ranked_and_count_what_counts(collecting: Town, visit: Visit) -> None:
    def hints() -> dict[str, Any]:
        page = shown(visit(collecting, "d01_clerk"), "/rounds/april/sheets/D01")
        return dict(json.loads(page.split("data-sheet-facts>")[1].split("</script>")[0]))

    before = hints()
    assert before["groups"]["A01"] == "A" and "counts" not in before["indicators"]["E13"]
    with collecting.by() as ctx:
        cycle = collecting.cycle(ctx)
        cycle.parameters = {**cycle.parameters, "rank_scope": "all"}
        indicators.find(ctx, cycle, "E13").counting = indicators.Counting.SUPERIOR
    after = hints()
    assert after["groups"] == {}
    assert (after["indicators"]["E13"]["counts"], "counts" in after["indicators"]["E14"]) == ("superior", False)


def test_a_round_that_is_not_open_says_when_it_opens(april_town: Town, visit: Visit) -> None:
    assert "本轮 8月1日 00:00 开启" in shown(visit(april_town, "lead1"), "/rounds/august")
    assert "未开启" in shown(visit(april_town, "a01_clerk"), "/rounds")


def test_published_figures_are_all_for_the_lead_and_own_for_a_unit(april_town: Town, visit: Visit) -> None:
    assert len(_units_of(shown(visit(april_town, "lead1"), "/rounds/april"))) == 6
    responsible = shown(visit(april_town, "d25_clerk"), "/rounds/april")
    assert len(_units_of(responsible)) == 6
    assert set(re.findall(r">([A-Z]\d\d) ", responsible.split('id="figures"')[1])) == {"H01", "H05"}
    own = shown(visit(april_town, "a02_clerk"), "/rounds/april").split('id="figures"')[1]
    assert len(set(re.findall(r">([A-Z]\d\d) ", own))) == 12 and not re.findall(r"A0[13456]区", own)


def test_a_season_that_has_not_begun_is_not_yet_due_and_an_announced_figure_is_pending(
    collecting: Town, visit: Visit
) -> None:
    with collecting.by("d01_clerk") as ctx:
        readings.announce(ctx, collecting.cycle(ctx), collecting.round(ctx), "E14", None)
    with collecting.by() as ctx:
        snapshots.freeze(ctx, collecting.cycle(ctx), collecting.round(ctx))
    page = shown(visit(collecting, "a01_clerk"), "/rounds/april")
    rows = {code: row for row in page.split("<tr>") for code in ("E13", "E14", "P03") if f">{code} " in row}
    assert "无数据" in rows["E13"] and "待发布" in rows["E14"] and "未到期" in rows["P03"]


def test_a_revision_lists_what_it_changed_to_those_it_concerns(april_town: Town, visit: Visit) -> None:
    with april_town.by("d25_leader") as ctx:
        cycle, april = april_town.cycle(ctx), april_town.round(ctx)
        used = indicators.find(ctx, cycle, "H05")
        readings.correct(ctx, cycle, april, used, "A03", Decimal("91.5"), "d25_clerk")
        snapshots.freeze(ctx, cycle, april, "H05 更正")
    lead = shown(visit(april_town, "lead1"), "/rounds/april")
    assert "第 2 次发布" in lead and "H05 更正" in lead and "1 处差异" in lead and "91.5" in lead
    assert "1 处差异" in shown(visit(april_town, "a03_clerk"), "/rounds/april")
    assert "1 处差异" not in shown(visit(april_town, "a01_clerk"), "/rounds/april")
    first = shown(visit(april_town, "lead1"), "/rounds/april?revision=1").split('id="figures"')[1]
    assert "91.5" not in first
    shown(visit(april_town, "lead1"), "/rounds/april?revision=9", 404)


def test_a_responsible_unit_asks_to_enter_figures_after_publication(april_town: Town, visit: Visit) -> None:
    clerk = visit(april_town, "d25_clerk")
    assert "补报" in shown(clerk, "/rounds/april")
    answer = clerk.post("/rounds/april/revisions", data={"indicator": "H01", "reason": "统计局五月公布"})
    assert answer.status_code == 303 and answer.location == "/rounds/april/sheets/D25?indicator=H01"
    with april_town.by(reading=True) as ctx:
        (made,) = ctx.session.scalars(select(Revision))
        assert (made.reason, made.status) == ("统计局五月公布", revisions.RevisionStatus.REQUESTED)
    form = shown(clerk, "/rounds/april").split("统计局五月公布")[1]
    assert '<option value="H01">' not in form and '<option value="H05">' in form
    again = clerk.post("/rounds/april/revisions", data={"indicator": "H01", "reason": "再次"}, headers=PAGE)
    assert again.status_code == 409


def test_a_request_needs_a_reason_and_the_responsible_clerk(april_town: Town, visit: Visit) -> None:
    blank = visit(april_town, "d25_clerk").post(
        "/rounds/april/revisions", data={"indicator": "H01", "reason": " "}, headers=PAGE
    )
    assert blank.status_code == 422 and "请写明" in blank.get_data(as_text=True)
    for account in ("d01_clerk", "a01_clerk", "lead1"):
        other = visit(april_town, account).post(
            "/rounds/april/revisions", data={"indicator": "H01", "reason": "x"}, headers=PAGE
        )
        assert other.status_code == 403, account
    for account in ("a01_clerk", "lead1", "d25_leader"):
        assert 'action="/rounds/april/revisions"' not in shown(visit(april_town, account), "/rounds/april"), account


def test_annual_figures_are_not_asked_for_this_way(ended: Town, visit: Visit) -> None:
    clerk = visit(ended, "d25_clerk")
    assert "/rounds/annual/revisions" not in shown(clerk, "/rounds/annual")
    answer = clerk.post("/rounds/annual/revisions", data={"indicator": "H01", "reason": "x"}, headers=PAGE)
    assert answer.status_code == 409


def test_an_indicator_on_which_all_scored_the_same_is_flagged(ended: Town, visit: Visit) -> None:
    with ended.by() as ctx:
        frozen = snapshots.latest(ctx, ended.round(ctx, "annual"))
        flat = indicators.find(ctx, ended.cycle(ctx), "J02")
        for row in snapshots.rows(ctx, frozen):
            if row.cycle_indicator_id == flat.id and row.score is not None:
                row.score = Decimal("100")
    assert "J02" in shown(visit(ended, "lead1"), "/rounds/annual").split("得分无区分")[1].split("</section>")[0]
    assert "得分无区分" not in shown(visit(ended, "a01_clerk"), "/rounds/annual")
