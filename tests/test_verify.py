"""Each invariant is broken once, by somebody who can write into the database, and named with its place."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import audit, files, verify
from tests.assessment.town import Town, begun, delivered, ended

CYCLE = "county_leadership/2026"
#: What a person with the key to the database does first.
UNLOCK = "DROP TRIGGER audit_entry_no_UPDATE; DROP TRIGGER audit_entry_no_DELETE"
#: Closed out in the year's ordinary course; A03's on J01 came back once, A05's on E30 became long-term.
CLOSED, LONG_TERM = "ZG-2026-A01-001", "ZG-2026-A05-010"
OF_CLOSED = f"(SELECT id FROM item WHERE number = '{CLOSED}')"
OF_LONG_TERM = f"(SELECT id FROM item WHERE number = '{LONG_TERM}')"


@pytest.fixture
def town() -> Iterator[Town]:
    with begun() as opened:
        yield opened


@pytest.fixture
def year() -> Iterator[Town]:
    with ended() as opened:
        yield opened


def tamper(town: Town, *statements: str) -> None:
    with closing(sqlite3.connect(town.database.engine.url.database or "")) as connection:
        connection.executescript(";".join(statements))
        connection.commit()


def asked(town: Town, query: str) -> Any:
    """The one value a query answers with."""
    with closing(sqlite3.connect(town.database.engine.url.database or "")) as connection:
        return connection.execute(query).fetchone()[0]


def broken(town: Town) -> dict[str, tuple[str, ...]]:
    """Invariant -> the places where it does not hold."""
    with town.by(reading=True) as ctx:
        return {each.id: each.places for each in verify.verify(ctx) if each.places}


# ---- nothing broken


def test_a_city_at_work_keeps_every_invariant(town: Town) -> None:
    assert broken(town) == {}


def test_a_city_after_its_year_keeps_every_invariant(year: Town) -> None:
    assert broken(year) == {}


def test_every_invariant_is_asked_in_order(town: Town) -> None:
    with town.by(reading=True) as ctx:
        names = [each.id for each in verify.verify(ctx)]
    assert names == [f"I{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16)]


# ---- the machine


def test_i1_an_instance_that_runs_and_waits_for_nothing_has_lost_its_token(year: Town) -> None:
    tamper(year, "UPDATE instance SET status = 'running' WHERE key = '2026/april'")
    assert broken(year) == {"I1": ("2026/april",)}


def test_i2_a_token_whose_task_is_gone(town: Town) -> None:
    item = town.matter("A04", "E13")
    tamper(town, f"UPDATE task SET status = 'cancelled' WHERE instance_id = {item.instance_id} AND status = 'open'")
    assert broken(town) == {"I2": ("2026/item/ZG-2026-A04-001/1",)}


def test_i2_an_open_task_of_an_instance_that_is_over(year: Town) -> None:
    task = asked(year, "SELECT min(id) FROM task WHERE status = 'cancelled'")
    key = asked(year, f"SELECT key FROM instance JOIN task ON instance.id = instance_id WHERE task.id = {task}")
    tamper(year, f"UPDATE task SET status = 'open' WHERE id = {task}")
    assert broken(year) == {"I2": (key,)}


def test_i3_a_task_that_was_completed_twice(year: Town) -> None:
    task = asked(year, "SELECT min(id) FROM task WHERE status = 'completed'")
    with year.by(asked(year, f"SELECT completed_by FROM task WHERE id = {task}")) as ctx:
        audit.record(ctx, "task.complete", "elsewhere", task=task)
    assert broken(year) == {"I3": (f"task {task}",)}


@pytest.mark.parametrize(("table", "label"), [("letter", "预警〔2026〕1号"), ("slip", "督办〔2026〕1号")])
def test_i3_a_number_that_stands_on_two_papers(year: Town, table: str, label: str) -> None:
    tamper(year, f"UPDATE {table} SET number = 1 WHERE number = 2")
    assert broken(year) == {"I3": (label,)}


@pytest.mark.parametrize("change", ["completed_by = 'lead2'", "status = 'cancelled'"])
def test_i4_a_task_that_is_not_done_as_the_audit_says(year: Town, change: str) -> None:
    task = asked(year, "SELECT min(id) FROM task WHERE completed_by = 'lead1'")
    tamper(year, f"UPDATE task SET {change} WHERE id = {task}")
    assert broken(year) == {"I4": (f"task {task}",)}


def test_i5_a_step_nobody_has_taken(year: Town) -> None:
    tamper(year, "UPDATE instance SET version = version + 1 WHERE key = '2026/april'")
    assert broken(year) == {"I5": ("2026/april",)}


def test_i6_an_entry_of_the_audit_that_was_changed(year: Town) -> None:
    entry = asked(year, "SELECT min(id) FROM audit_entry WHERE act = 'item.close_out'")
    place = asked(year, f"SELECT chain || '#' || seq FROM audit_entry WHERE id = {entry}")
    tamper(year, UNLOCK, f"UPDATE audit_entry SET actor = 'lead2' WHERE id = {entry}")
    assert broken(year) == {"I6": (place,)}


def test_i6_the_last_entries_of_two_chains_that_were_dropped(year: Town) -> None:
    # The archiving of the year: the clerk's act in the year's instance, and what it did in the year's chain.
    tamper(year, UNLOCK, "DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry ORDER BY id DESC LIMIT 2)")
    ends = [asked(year, f"SELECT chain_seq FROM audit_head WHERE chain = 'cycle:{CYCLE}'")]
    ends.append(asked(year, "SELECT chain_seq FROM instance WHERE key = '2026'"))
    task = asked(year, "SELECT max(id) FROM task WHERE element = 'archive'")
    assert broken(year) == {
        "I4": (f"task {task}",),
        "I5": ("2026",),
        "I6": (f"cycle:{CYCLE}#{ends[0]}", f"instance:1#{ends[1]}"),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wait SET due_at = '2026-07-01 00:00:00.000000' WHERE id = {wait}",
        "DELETE FROM wait WHERE id = {wait}",
        "INSERT INTO wait (instance_id, token, element, kind, name, key, due_at)"
        " SELECT instance_id, token, element, kind, name, key, due_at FROM wait WHERE id = {wait}",
    ],
)
def test_i7_a_timer_that_stands_otherwise_than_its_token_waits(town: Town, statement: str) -> None:
    item = town.matter("A04", "E13")
    wait = asked(town, f"SELECT max(id) FROM wait WHERE instance_id = {item.instance_id} AND due_at IS NOT NULL")
    tamper(town, statement.format(wait=wait))
    assert broken(town) == {"I7": ("2026/item/ZG-2026-A04-001/1",)}


def test_i7_a_timer_of_an_instance_that_is_over(year: Town) -> None:
    tamper(
        year,
        "INSERT INTO wait (instance_id, token, element, kind, due_at)"
        " SELECT id, 'gone', 'collection_closes', 'timer', '2027-05-01 00:00:00.000000' FROM instance"
        " WHERE key = '2026/april'",
    )
    assert broken(year) == {"I7": ("2026/april",)}


def test_i12_a_diagram_that_was_changed_under_those_who_pinned_it(year: Town) -> None:
    tamper(year, "UPDATE version SET source = CAST(source || ' ' AS BLOB) WHERE filename = 'warning_level.dmn'")
    assert broken(year) == {"I12": ("warning_level.dmn#1",)}


def test_i12_a_version_that_is_gone(year: Town) -> None:
    tamper(year, "DELETE FROM version WHERE filename = 'warning_level.dmn'")
    assert list(broken(year)) == ["I12"]
    assert "2026/april" in broken(year)["I12"]


@pytest.mark.parametrize("column", ["read_at", "delivered_at"])
def test_i13_a_notification_that_arrived_before_it_was_sent(year: Town, column: str) -> None:
    tamper(year, f"UPDATE notification SET {column} = '2026-01-01 00:00:00.000000' WHERE id = 7")
    assert broken(year) == {"I13": ("notification 7",)}


def test_i13_a_message_that_lies_about_while_a_matter_waits_for_it() -> None:
    with delivered() as town:
        town.dispute("A04", "E13")
        assert broken(town) == {}
        item = town.matter("A04", "E13").id
        tamper(
            town,
            "INSERT INTO kept_message (name, key, content, arrived_at)"
            f" VALUES ('objection_settled', '{item}', '{{}}', '2026-04-21 04:00:00.000000')",
        )
        assert broken(town) == {"I13": ("2026/item/ZG-2026-A04-001/1 objection_settled",)}


@pytest.mark.parametrize("becomes", [None, "%PDF-1.4 x"])
def test_i14_a_file_that_is_gone_or_is_another(year: Town, becomes: str | None) -> None:
    with year.by(reading=True) as ctx:
        stored = ctx.session.scalars(select(files.StoredFile).order_by(files.StoredFile.id)).first()
        assert stored is not None
        path, place = files.path_of(year.database, stored.sha256), f"{stored.id} {stored.name}"
    if becomes is None:
        path.unlink()
    else:
        path.write_bytes(becomes.encode().ljust(path.stat().st_size)[: path.stat().st_size])
    assert place in broken(year)["I14"]
    assert list(broken(year)) == ["I14"]


def test_i15_an_act_that_is_earlier_than_the_one_before_it(year: Town) -> None:
    with year.by(now=year.now - timedelta(days=365)) as ctx:
        audit.record(ctx, "cycle.note", f"cycle:{CYCLE}")
        ctx.session.flush()
        seq = ctx.session.scalar(select(func.max(audit.Entry.seq)).where(audit.Entry.chain == f"cycle:{CYCLE}"))
    assert broken(year) == {"I15": (f"cycle:{CYCLE}#{seq}",)}


# ---- the loop


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM review WHERE item_id = {OF_CLOSED}",
        f"UPDATE hand_in SET verdict = 'returned' WHERE item_id = {OF_CLOSED}",
        f"UPDATE item SET closed_at = NULL WHERE number = '{CLOSED}'",
        # Nobody works on it and yet it counts as open.
        f"UPDATE item SET status = 'in_progress' WHERE number = '{CLOSED}'",
        f"UPDATE item SET status = 'withdrawn' WHERE number = '{CLOSED}'",
        f"UPDATE item SET status = 'lifted', end_reason = 'x' WHERE number = '{CLOSED}'",
    ],
)
def test_i8_a_matter_that_ended_without_proof(year: Town, statement: str) -> None:
    tamper(year, statement)
    assert broken(year) == {"I8": (CLOSED,)}


@pytest.mark.parametrize("change", ["agreed_at = NULL", "stages = '[]'", "verdict = 'refused'"])
def test_i8_a_long_term_matter_that_was_not_granted(year: Town, change: str) -> None:
    tamper(year, f"UPDATE hand_in SET {change} WHERE item_id = {OF_LONG_TERM} AND request = 'long_term'")
    assert broken(year) == {"I8": (LONG_TERM,)}


def test_i8_work_that_is_late_without_its_leader_being_told(town: Town) -> None:
    town.live_to("2026-07-31 12:00")
    assert broken(town) == {}
    tamper(town, "UPDATE item SET work_due = '2026-06-30 16:00:00.000000' WHERE number = 'ZG-2026-A04-001'")
    assert broken(town) == {"I8": ("ZG-2026-A04-001",)}


def test_i8_work_that_is_five_days_late_without_a_slip(town: Town) -> None:
    town.live_to("2026-08-10 12:00")
    assert broken(town) == {}
    tamper(town, "DELETE FROM slip WHERE item_id = (SELECT id FROM item WHERE number = 'ZG-2026-A04-001')")
    assert broken(town) == {"I8": ("ZG-2026-A04-001",)}


def test_i10_who_hands_in_is_neither_who_signs_nor_who_decides(year: Town) -> None:
    accepted = asked(year, "SELECT min(id) FROM hand_in WHERE verdict = 'accepted'")
    tamper(year, f"UPDATE hand_in SET signed_by = submitted_by WHERE id = {accepted}")
    assert broken(year) == {"I10": (f"hand-in {accepted}",)}


def test_i10_who_agrees_to_a_long_term_matter_does_not_decide_on_it(year: Town) -> None:
    request = asked(year, f"SELECT id FROM hand_in WHERE item_id = {OF_LONG_TERM} AND request = 'long_term'")
    tamper(year, f"UPDATE hand_in SET agreed_by = decided_by WHERE id = {request}")
    assert broken(year) == {"I10": (f"hand-in {request}",)}


@pytest.mark.parametrize(
    ("table", "change", "name"),
    [
        ("work_plan", "decided_by = submitted_by", "plan"),
        ("work_plan", "decided_by = signed_by", "plan"),
        ("sheet", "signed_by = submitted_by", "sheet"),
        ("letter", "signed_by = drafted_by", "letter"),
        ("objection", "signed_by = answered_by", "objection"),
    ],
)
def test_i10_who_writes_a_paper_neither_signs_nor_approves_it(year: Town, table: str, change: str, name: str) -> None:
    paper = asked(year, f"SELECT min(id) FROM {table}")
    tamper(year, f"UPDATE {table} SET {change} WHERE id = {paper}")
    assert broken(year) == {"I10": (f"{name} {paper}",)}


def test_i10_an_owner_of_a_matter_does_not_close_it_out(year: Town) -> None:
    tamper(year, f"UPDATE item SET closed_by = 'a01_clerk' WHERE number = '{CLOSED}'")
    assert broken(year) == {"I10": (CLOSED,)}


@pytest.mark.parametrize("part", ["a01_leader", "closed_by"])
def test_i10_neither_owner_nor_acceptor_looks_again(year: Town, part: str) -> None:
    review = asked(year, f"SELECT id FROM review WHERE item_id = {OF_CLOSED}")
    who = asked(year, f"SELECT closed_by FROM item WHERE number = '{CLOSED}'") if part == "closed_by" else part
    tamper(year, f"UPDATE review SET second_reviewer = '{who}' WHERE id = {review}")
    assert broken(year) == {"I10": (f"review {review}",)}


# ---- the results


def test_i9_a_total_that_is_not_the_sum_of_its_parts(year: Town) -> None:
    result = asked(year, "SELECT id FROM result WHERE unit = 'A02'")
    tamper(year, f"UPDATE result SET subjective = '0.01' WHERE id = {result}")
    assert broken(year) == {"I9": (f"result {result} A02",), "I16": (f"{CYCLE}/A02",)}


@pytest.mark.requirement("C6", "H2")
@pytest.mark.parametrize(
    ("statement", "places"),
    [
        ("UPDATE result SET total = '99.5', objective = '99.5' WHERE unit = 'A02'", ("A02",)),
        ("UPDATE result SET rank = 2 WHERE unit = 'A02'", ("A02",)),
        ("UPDATE result SET objective = '90', subjective = '6.4265' WHERE unit = 'A02'", ("A02",)),
        ("UPDATE result SET grade = 'excellent' WHERE unit = 'A05'", ("A05",)),
        ("UPDATE result SET proposed_grade = 'unqualified' WHERE unit = 'A05'", ("A05",)),
        ("DELETE FROM result WHERE unit = 'A02'", ("A02",)),
    ],
)
def test_i16_a_published_result_that_was_touched(year: Town, statement: str, places: tuple[str, ...]) -> None:
    tamper(year, statement)
    assert broken(year) == {"I16": tuple(f"{CYCLE}/{place}" for place in places)}


def test_i16_a_score_that_its_figure_does_not_give(year: Town) -> None:
    snapshot, used = scored(year, "A02", "E13")
    tamper(
        year, f"UPDATE snapshot_row SET score = '1' WHERE unit = 'A02' AND {snapshot} AND cycle_indicator_id = {used}"
    )
    # Six points less in a hundred put A02 behind A01 and A03, who move up.
    assert broken(year) == {
        "I16": (f"{CYCLE}/annual/E13", f"{CYCLE}/A02/E13", f"{CYCLE}/A01", f"{CYCLE}/A02", f"{CYCLE}/A03")
    }


@pytest.mark.requirement("C6", "H2")
@pytest.mark.parametrize(
    ("column", "value", "place"),
    [
        ("actual", "180", "A02/E13"),
        ("target", "240", "A02/E13"),
        ("score", "99.7", "A02/E13"),
        ("state", "exempt", "A02/E13"),
        # Nothing can be added up any more.
        ("unit", "A77", "A77/E13"),
    ],
)
def test_i16_one_frozen_value_that_was_changed(year: Town, column: str, value: str, place: str) -> None:
    """Whatever decides a score is named when it is touched, with the results that hang on it."""
    snapshot, used = scored(year, "A02", "E13")
    tamper(
        year,
        f"UPDATE snapshot_row SET {column} = '{value}' WHERE unit = 'A02' AND {snapshot}"
        f" AND cycle_indicator_id = {used}",
    )
    assert f"{CYCLE}/{place}" in broken(year)["I16"]


@pytest.mark.requirement("C6")
@pytest.mark.parametrize("change", ["rank = 6", "progress = '0.5'", "actual = '1'", "target = '1'"])
def test_i16_a_rank_of_april_that_its_figures_do_not_give(town: Town, change: str) -> None:
    snapshot = asked(town, "SELECT id FROM snapshot WHERE revision = 1")
    used = scored(town, "A02", "E13")[1]
    tamper(
        town,
        f"UPDATE snapshot_row SET {change} WHERE unit = 'A02' AND snapshot_id = {snapshot}"
        f" AND cycle_indicator_id = {used}",
    )
    assert f"{CYCLE}/april/A02/E13" in broken(town)["I16"]


@pytest.mark.requirement("C6", "H2")
def test_i16_what_the_year_changes_later_touches_no_result_of_before(year: Town) -> None:
    tamper(year, "UPDATE weight SET weight = '1'")
    tamper(year, "UPDATE cycle_indicator SET method = 'rank_step', params = '{}', direction = 'lower_better'")
    assert broken(year) == {}


@pytest.mark.requirement("C6")
@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("""weights = '{"A": "99"}'""", "A02"),
        ("""method = 'rank_step', params = '{"step": "0.05", "floor": "0"}'""", "A02/E13"),
        ("direction = 'lower_better'", "annual/A02/E13"),
    ],
)
def test_i16_a_frozen_rule_that_was_changed(year: Town, change: str, place: str) -> None:
    snapshot, used = scored(year, "A02", "E13")
    tamper(year, f"UPDATE snapshot_indicator SET {change} WHERE {snapshot} AND cycle_indicator_id = {used}")
    assert f"{CYCLE}/{place}" in broken(year)["I16"]


def test_i16_what_was_kept_before_there_were_seals_is_checked_by_recomputation(year: Town) -> None:
    tamper(
        year,
        UNLOCK,
        "UPDATE audit_entry SET facts = json_remove(facts, '$.seal', '$.seals')",
        "UPDATE audit_entry SET facts = json_remove(facts, '$.notices') WHERE act = 'letter.issue'",
    )
    assert list(broken(year)) == ["I6"]
    snapshot, used = scored(year, "A02", "E13")
    where = f"WHERE unit = 'A02' AND {snapshot} AND cycle_indicator_id = {used}"
    tamper(year, f"UPDATE snapshot_row SET detail = '{{\"note\": 1}}' {where}")
    assert list(broken(year)) == ["I6"]
    tamper(year, f"UPDATE snapshot_row SET actual = '180' {where}")
    assert f"{CYCLE}/A02/E13" in broken(year)["I16"]


def test_i16_a_snapshot_that_nobody_froze(year: Town) -> None:
    tamper(
        year,
        "INSERT INTO snapshot SELECT 7007, round_id, 9, reason, published_at, published_by, parameters, late, changes"
        " FROM snapshot WHERE id = (SELECT max(snapshot_id) FROM result)",
    )
    assert broken(year) == {"I16": (f"{CYCLE}/annual",)}


def test_i16_a_value_that_cannot_be_read_is_a_finding(year: Town) -> None:
    tamper(year, "UPDATE snapshot_row SET as_of = 'soon' WHERE unit = 'A02'")
    assert f"{CYCLE}/annual" in broken(year)["I16"]


def test_i16_a_score_that_is_gone(year: Town) -> None:
    tamper(year, "UPDATE snapshot_row SET score = NULL, state = 'missing' WHERE unit = 'A02' AND score IS NOT NULL")
    assert CYCLE in broken(year)["I16"]


def test_i16_a_frozen_figure_that_no_verified_reading_carries(year: Town) -> None:
    tamper(
        year,
        "UPDATE reading SET verified = '7' WHERE unit = 'A02' AND as_of = '2026-12-31'"
        " AND indicator_id = (SELECT id FROM indicator WHERE code = 'E13')",
    )
    assert broken(year) == {"I16": (f"{CYCLE}/A02/E13",)}


def scored(town: Town, unit: str, code: str) -> tuple[str, int]:
    """Where the annual snapshot keeps the pair: a condition on the snapshot, and the year's indicator."""
    used = asked(
        town,
        "SELECT cycle_indicator.id FROM cycle_indicator JOIN indicator ON indicator.id = indicator_id"
        f" WHERE code = '{code}'",
    )
    return "snapshot_id = (SELECT max(snapshot_id) FROM result)", used
