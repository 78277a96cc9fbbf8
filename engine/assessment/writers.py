"""Who works on a responsible unit's sheet: its own people, and those of the unit that publishes a figure (数据来源单位).

The data unit may enter its figures; the unit that answers for the indicator hands them in, and its leader signs them.
"""

from engine import access
from engine.assessment import indicators, plans
from engine.db import Context


def entered(ctx: Context, cycle: plans.Cycle, unit: str) -> frozenset[str]:
    """Codes of the unit's indicators whose figures the person may enter. Raises ``NotYours`` where there is none."""
    own = indicators.of_unit(ctx, cycle, unit)
    if not access.may(ctx, f"clerk@{unit}"):
        own = [each for each in own if each.data_unit and access.may(ctx, f"clerk@{each.data_unit}")]
        if not own:
            raise access.NotYours(groups=f"clerk@{unit}")
    return frozenset(each.code for each in own)


def read(ctx: Context, cycle: plans.Cycle, unit: str) -> frozenset[str]:
    """Codes of the unit's indicators whose columns the person may see. Raises ``NotYours`` where there is none."""
    own = indicators.of_unit(ctx, cycle, unit)
    if not access.oversees(ctx) and unit not in access.own_units(ctx):
        own = [each for each in own if each.data_unit in access.own_units(ctx)]
        if not own:
            access.require_unit(ctx, unit)
    return frozenset(each.code for each in own)


def sheets(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The units whose sheets the person has to do with: one's own, and those on which one's unit enters figures."""
    own = access.own_units(ctx)
    return sorted(
        {
            each.responsible_unit
            for each in indicators.in_force(ctx, cycle)
            if {each.responsible_unit, each.data_unit} & own
        }
    )
