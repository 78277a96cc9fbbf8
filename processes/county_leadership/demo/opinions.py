"""The written opinions of the demo city: discipline, petitions and audit are heard before anybody is excellent.

They are asked when the annual figures begin to come in, and given before the leading group can decide.
"""

from collections.abc import Iterator
from typing import Any

#: at, kind, unit, indicator, by, json
Act = tuple[str, str, str, str, str, dict[str, Any]]

#: Body -> the unit it is in this city, the day of its answer, what it says of every unit.
HEARD = (
    ("discipline", "D39", "2027-01-15", "经核查，该单位领导班子及成员无影响评先评优的违纪违法情形。"),
    ("petitions", "D32", "2027-01-13", "年内信访事项均已按期办结，无重大信访责任事件。"),
    ("audit", "SJJ", "2027-01-19", "年内审计发现问题已整改到位，无重大违规情形。"),
)


def opinions() -> Iterator[Act]:
    for number, (body, unit, day, text) in enumerate(HEARD):
        asked = {"body": body, "due": "2027-01-22"}
        yield (f"2027-01-06T09:{number}0:00+08:00", "opinions_asked", unit, "", "lead1", asked)
        given = {"body": body, "text": text}
        yield (f"{day}T11:00:00+08:00", "opinions_given", unit, "", f"{unit.lower()}_clerk", given)
