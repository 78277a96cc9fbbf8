"""A sheet of many rows: what stands in it, handing in several rows at once, or none."""

import json
from typing import Any

from flask.testing import FlaskClient

from tests.assessment.town import PLAN, Town
from tests.web import matters_fixtures
from tests.web.matters_fixtures import Visit, shown, statements

town, visit = matters_fixtures.town, matters_fixtures.visit


def _plans(town: Town, unit: str) -> dict[str, int]:
    """Code of the indicator -> the unit's open task of writing its plan."""
    with town.by(reading=True) as ctx:
        matters = town.items(ctx, unit)
    return {code: town.tasks("submit_plan", item=item.id)[0] for code, item in matters.items()}


def _hand_in(browser: FlaskClient, first: int, rows: dict[int, dict[str, Any]]) -> Any:
    payload = json.dumps({"rows": rows})
    return browser.post(f"/tasks/{first}/together", data={"payload": payload}, headers={"Accept": "application/json"})


def _delivered(town: Town, unit: str) -> dict[str, int]:
    town.live_to("2026-04-21")
    town.deliver(unit)
    return _plans(town, unit)


def test_a_letters_plans_are_one_table_with_a_column_a_question(town: Town, visit: Visit) -> None:
    tasks = _delivered(town, "A03")
    page = shown(visit("a03_clerk"), f"/tasks/{tasks['E14']}/together")
    assert page.count("data-together-row=") == 5
    for key in ("problem", "cause", "goal", "measures", "finish_on", "criterion", "criterion_text"):
        assert page.count(f'data-question="{key}"') == 5
    assert 'data-shown-when="criterion=deliverables"' in page
    assert f'href="/letters/{town.letter_id("A03")}"' in page


def test_chosen_rows_are_handed_in_together(town: Town, visit: Visit) -> None:
    tasks = _delivered(town, "A02")
    answer = _hand_in(visit("a02_clerk"), tasks["H01"], dict.fromkeys(tasks.values(), PLAN))
    assert answer.status_code == 200 and answer.json["redirect"].endswith("/after")
    assert {town.matter("A02", code).status for code in ("H01", "E15")} == {"plan_submitted"}


def test_one_wrong_row_holds_up_all_and_is_named(town: Town, visit: Visit) -> None:
    tasks = _delivered(town, "A02")
    wrong = {name: value for name, value in PLAN.items() if name != "cause"}
    answer = _hand_in(visit("a02_clerk"), tasks["H01"], {tasks["H01"]: PLAN, tasks["E15"]: wrong})
    assert answer.status_code == 422 and list(answer.json["fields"]) == [f"{tasks['E15']}.cause"]
    assert {town.matter("A02", code).status for code in ("H01", "E15")} == {"opened"}


def test_the_verdict_sheet_stands_beside_what_is_decided(town: Town, visit: Visit) -> None:
    tasks = _delivered(town, "A02")
    _hand_in(visit("a02_clerk"), tasks["H01"], dict.fromkeys(tasks.values(), PLAN))
    (task, _) = town.tasks("sign_plan")
    page = shown(visit("a02_leader"), f"/tasks/{task}/together")
    assert page.count("data-together-row=") == 2 and "is-verdict" in page
    assert page.count(f"<b>{PLAN['goal']}</b>") == 2 and page.count(PLAN["measures"]) == 2
    assert 'data-together-set="verdict" data-value="signed"' in page


def test_evidence_is_linked_where_it_is_verified(town: Town, visit: Visit) -> None:
    _delivered(town, "A01")
    matter = town.matter("A01", "H01")
    town.begin(matter, "d25_clerk")
    town.hand_in(matter)
    (task,) = town.tasks("verify", item=matter.id)
    page = shown(visit("d25_clerk"), f"/tasks/{task}/together")
    assert "/files/" in page and "佐证.pdf" in page and PLAN["goal"] in page
    assert "/letters/" not in page, "the letter is between the lead and the unit"


def test_a_sheet_of_others_is_only_shown_as_a_task(town: Town, visit: Visit) -> None:
    tasks = _delivered(town, "A02")
    path = f"/tasks/{tasks['H01']}/together"
    assert visit("a02_leader").get(path).headers["Location"] == f"/tasks/{tasks['H01']}"
    shown(visit("a01_clerk"), path, 404)


def test_a_draft_is_offered_again_in_its_row(town: Town, visit: Visit) -> None:
    tasks = _delivered(town, "A02")
    browser = visit("a02_clerk")
    assert browser.put(f"/tasks/{tasks['E15']}/draft", json={"data": {"cause": "写到一半"}}).status_code == 200
    assert shown(browser, f"/tasks/{tasks['H01']}/together").count("写到一半") == 1


def test_more_rows_cost_no_more_questions_to_the_database(town: Town, visit: Visit) -> None:
    two, seven = _delivered(town, "A02"), _delivered(town, "A04")
    few = statements(town, lambda: shown(visit("a02_clerk"), f"/tasks/{two['H01']}/together"))
    many = statements(town, lambda: shown(visit("a04_clerk"), f"/tasks/{seven['H05']}/together"))
    # Opening is noted row by row, and a plan's earlier version is looked for row by row; nothing else is.
    assert many - few <= 4 * (7 - 2)
