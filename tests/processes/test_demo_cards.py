"""Whoever signs in by a card of a demo's first page finds something to do on the demo's day."""

import os
from datetime import datetime, time
from pathlib import Path

import pytest

from engine import demo, simulation, workflow
from engine.assessment import plans
from engine.assessment.points import activities, membership, scheme
from engine.db import SHANGHAI, Context, transaction
from engine.reports import points as reports
from engine.workflow import packages
from tests import databases
from tests.processes.demo_files import PACKAGES
from tests.simulation.cities import opened

#: Who keeps the system and draws has no part in the work.
KEEPERS = {"admin", "designer"}
#: Demos of large cities take minutes; they are played where the county's is.
QUICK = {"party_points", "party_building", "party_team"}


def has_something_to_do(ctx: Context, cycle: plans.Cycle, account: str) -> bool:
    """A task of their own; or, of who is given points, a month to rate or a meeting ahead they are invited to."""
    if workflow.count_mine(ctx):
        return True
    if not scheme.has_points(cycle) or membership.own_branch(ctx) is None:
        return False
    ahead = [each for each in activities.of_cycle(ctx, cycle) if each.starts_at > ctx.now]
    return bool(ahead or reports.unrated(ctx, cycle, account))


@pytest.mark.requirement("O1")
@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_every_card_of_a_demo_leads_to_something_to_do(folder: Path, tmp_path: Path) -> None:
    if folder.name not in QUICK and not os.environ.get("BIHUAN_FULL_CITY"):
        pytest.skip("Large demo cities are played where BIHUAN_FULL_CITY is set")
    package = packages.read_folder(folder)
    now = datetime.combine(demo.shown_at(package, folder), time(9), SHANGHAI)
    idle: set[str] = set()
    with databases.sqlite(tmp_path) as url, opened(url, tmp_path / "files") as database:
        simulation.play(database, folder, now, demo_holds=True)
        with transaction(database, now=now, reading=True) as ctx:
            cards = demo.cards(ctx)
        roles = {post["role"] for each in cards for post in each["posts"]}
        for each in cards:
            with transaction(database, actor=each["account"], now=now, reading=True) as ctx:
                if not has_something_to_do(ctx, plans.find(ctx, package.key), each["account"]):
                    idle.add(each["account"])
    kept = {each["account"] for each in cards if each["role"] in KEEPERS}
    assert idle - kept == set()
    assert "lead" in roles and len(cards) - len(kept) >= 4


def test_a_card_names_every_post_of_its_person(tmp_path: Path) -> None:
    folder = next(each for each in PACKAGES if each.name == "party_points")
    with databases.sqlite(tmp_path) as url, opened(url, tmp_path / "files") as database:
        demo.found(database, folder)
        with transaction(database, reading=True) as ctx:
            (card,) = [each for each in demo.cards(ctx) if each["account"] == "dw_secretary"]
    assert {(post["role"], post["unit"]) for post in card["posts"]} == {("member", "Z01"), ("secretary", "DW")}
