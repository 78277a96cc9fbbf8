"""Simulated people who ask for something: what they ask stands in ``events.csv``.

kind ``tolerance``   of the unit          {"stance": "ask", "requests": [{"indicator", "points", "basis"}]}
kind ``objectives``  of the unit          {"objectives": [...], "key_results": [...]}: the answers to the form
kind ``progress``    by the owner         {"round", "title" of the key result, "value"}; without a line nobody reports
kind ``rejected``    of the unit          {"round", "title" of the key result, "note"}: the evidence does not hold
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.db import Context
from engine.simulation.judging import NothingSaid
from engine.simulation.world import Event, World


def ask_tolerance(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the unit asks by the file; a unit of which it says nothing asks nothing."""
    found = [each for each in world.of_kind("tolerance") if each.unit == sees["unit"] and each.at <= ctx.now]
    return found[-1].content if found else {"stance": "none"}


def set_objectives(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """The objectives the file gives the unit."""
    return _last(ctx, world, "objectives", lambda event: event.unit == sees["unit"]).content


def report_progress(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the file says of each of the person's key results in this round."""
    said = {
        event.content["title"]: event.content["value"]
        for event in world.of_kind("progress")
        if event.by == ctx.actor and event.content["round"] == sees["round"]
    }
    rows = [{**row, "value": said[row["name"]], "text": "按计划推进，佐证材料附后。"} for row in sees["reports"]]
    return {"reports": rows}


def check_progress(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """On track but for what the file says is rejected."""
    rejected = {
        event.content["title"]: event.content["note"]
        for event in world.of_kind("rejected")
        if event.unit == sees["unit"] and event.content["round"] == sees["round"]
    }
    rows = [
        {**row, "verdict": "rejected", "note": rejected[row["title"]]}
        if row["title"] in rejected
        else {**row, "verdict": "on_track"}
        for row in sees["checks"]
    ]
    return {"checks": rows}


def _last(ctx: Context, world: World, kind: str, fits: Callable[[Event], bool]) -> Event:
    found = [each for each in world.of_kind(kind) if each.at <= ctx.now and fits(each)]
    if not found:
        raise NothingSaid(kind=kind, who=str(ctx.actor), at=ctx.now)
    return found[-1]
