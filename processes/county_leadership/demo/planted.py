"""What is planted in the demo city and in the small city, so that somebody can work out the answer by hand.

A plant is a line ``case indicator group date target | figures``: the figure of each unit of the group, in order. ``.``
leaves the figure (and the target) to the generator, ``?`` leaves the row out (no figure came in). README.md says what
follows from each.
"""

from dataclasses import dataclass, field
from typing import Any

from processes.county_leadership.demo.acts import acts
from processes.county_leadership.demo.opinions import opinions

UNTOUCHED, ABSENT = ".", "?"


@dataclass(frozen=True, slots=True)
class Plant:
    case: int
    indicator: str
    group: str
    date: str
    target: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One city's deliberate facts; an empty story is a city left to chance."""

    plants: tuple[Plant, ...] = ()
    #: (unit, indicator) pairs nobody assesses.
    exempt: frozenset[tuple[str, str]] = frozenset()
    #: The second unit of a pair closes the year with the scores of the first, but for what is planted.
    twins: tuple[tuple[str, str], ...] = ()
    #: Thousandths by which a unit usually runs ahead of its targets.
    strength: dict[str, int] = field(default_factory=dict)
    #: Thousandths added at the year's end to everything that is not a main indicator.
    neglect: dict[str, int] = field(default_factory=dict)
    votes: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    #: (indicator, when it became known): its April figures came after the collection had closed.
    late: tuple[str, str] | None = None
    #: The responsible unit that handed in nothing in August.
    absent_owner: str | None = None
    #: Further rows of events.csv: at, kind, unit, indicator, by, json.
    events: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = ()


def _plants(lines: str) -> tuple[Plant, ...]:
    result = []
    for line in lines.strip().splitlines():
        facts, figures = line.split("|")
        case, indicator, group, date, target = facts.split()
        result.append(Plant(int(case), indicator, group, date, target, tuple(figures.split())))
    return tuple(result)


def _strengths(text: str) -> dict[str, int]:
    return {unit: int(thousandths) for unit, thousandths in (item.split() for item in text.split(","))}


CITY = Story(
    plants=_plants("""
1  E13 A april  200  | 60 58 54 48 46 44
2  E14 B april  100  | 30 29 28 27 26 25 23 23 22 21
3  S20 A april  95   | 95 95 95 95 95 95
4  P01 B august 6000 | 4200 4150 4100 4050 4000 3950 3900 3700 3650 3600
5  H05 B april  80   | 84 83 82 81 52 51.2 80 50.4 49.6 82.4
6  E15 A august 120  | 84 80 78 72 71 48
7  H01 B august 120  | 60 62 64 66 67 68 70 72 75 90
7  H04 C april  35   | 28 35 38.5 42
8  E34 A april  80   | 80 85 87 90 70 76
9  E04 B april  40   | 11 10.8 10.6 10.4 10.2 8 10.1 9.6 9.4 9.2
9  E04 B august 40   | 25 24.8 24.6 24.4 24.2 ? 24 23.8 23.6 23.4
10 E02 B april  6.5  | 7.8 7.6 7.4 7.2 7 6.9 6.8 6.7 6.6 .
11 E30 C april  90   | 92 90 88 86
11 E30 C annual 90   | 93 91 89 87
12 E30 A april  90   | 93 92 91 90 88 89
12 E30 A august 90   | 93 92 91 90 94 89
13 S07 A april  98   | 99 99 98.5 98 97 96
13 S07 A august 98   | 99 98.8 98.6 98.4 98.2 95
14 E03 B april  200  | . . . . . . 46 . . .
14 E03 B august 200  | . . . . . . 50 . . .
14 S02 B april  400  | . . . . . . 104 . . .
14 S02 B august 400  | . . . . . . 364 . . .
14 J02 B april  95   | . . . . . . 93.1 . . .
14 J02 B august 95   | . . . . . . 64.6 . . .
14 E15 B april  100  | . . . . . . 12 . . .
14 E15 B august 100  | . . . . . . 40 . . .
14 P09 B april  20   | . . . . . . 1 . . .
14 P09 B august 20   | . . . . . . 6 . . .
14 H10 B april  3.2  | . . . . . . 2.72 . . .
14 H10 B august 3.2  | . . . . . . 2.56 . . .
14 J05 B april  95   | . . . . . . 81.7 . . .
14 J05 B august 95   | . . . . . . 79.8 . . .
14 P19 B april  96   | . . . . . . 84.48 . . .
14 P19 B august 96   | . . . . . . 82.56 . . .
14 E33 B april  5    | . . . . . . 4.3 . . .
14 E33 B august 5    | . . . . . . 4.2 . . .
15 J01 A april  98   | 99 99 97 99 99 99
15 J01 A august 98   | 99.5 99.5 99.5 99.5 99.5 99.5
26 J01 B april  98   | 99 99 99 99 97 99 99 99 99 99
26 J01 B august 98   | 99.5 99.5 99.5 99.5 99.5 99.5 99.5 99.5 99.5 99.5
17 P05 B annual 90   | . . 86.4 90 . . . . . .
17 P06 B annual 60   | . . 60 57.6 . . . . . .
20 E14 A annual 100  | . 120 . . . .
20 E16 A annual 50   | . 60 . . . .
21 J16 B annual 85   | 89.995 90 88.5 88.5 87.25 86 81.5 84 85.75 83
23 J03 A annual 100  | . . 96 100 . .
24 J17 A annual 85   | 100 100 100 100 100 100
24 J17 B annual 85   | 100 100 100 100 100 100 100 100 100 100
24 J17 C annual 85   | 100 100 100 100
25 P03 A april  3000 | 0 0 30 0 60 0
27 S24 A april  100  | 100 100 100 100 100 100
27 S24 B april  100  | 100 100 96 100 100 100 100 100 100 100
27 S24 C april  100  | 100 100 100 100
27 S24 A august 100  | 100 100 100 100 100 100
27 S24 B august 100  | 100 100 100 100 100 100 100 100 100 100
27 S24 C august 100  | 100 100 100 100
"""),
    exempt=frozenset(
        {("B10", "E02"), *((unit, "E23") for unit in ("B01", "B02", "B03", "B04", "B06", "B09"))}
        | {("B05", "E29"), ("B05", "S21"), ("B07", "H11"), ("B07", "E29"), ("B07", "S19"), ("B08", "H11")}
        | {("B09", "S21"), ("B10", "H11")}
    ),
    twins=(("B03", "B04"), ("A03", "A04")),
    strength=_strengths("""
A01 25, A02 12, A03 6, A04 6, A05 -10, A06 -25,
B01 32, B02 28, B03 16, B04 16, B05 0, B06 -4, B07 -35, B08 -12, B09 -18, B10 -28,
C01 22, C02 4, C03 -14, C04 -18
"""),
    neglect={"C04": -450},
    votes={
        ("A03", "J18"): {"优秀": 12, "良好": 6, "一般": 2, "较差": 0},
        ("A04", "J18"): {"优秀": 10, "良好": 6, "一般": 4, "较差": 0},
    },
    late=("S24", "2026-05-06T10:00:00+08:00"),
    absent_owner="D22",
    events=(
        ("2026-05-01T00:00:00+08:00", "rebound", "A03", "J01", "supervisor1", {"cycle": 2026}),
        ("2026-05-01T00:00:00+08:00", "omit_follow_up", "B05", "J01", "", {"cycle": 2026}),
        ("2026-06-15T09:00:00+08:00", "owner_change", "D07", "P10", "lead1", {"from": "D34", "to": "D07"}),
        *acts(),
        *opinions(),
    ),
)

#: The indicators of the small city: one group of six, the planted cases that fit.
SMALL_INDICATORS = ("E13", "E14", "E15", "E30", "E34", "S07", "P01", "P03", "H01", "H05", "J01", "J02")
SMALL = Story(
    plants=_plants("""
1  E13 A april  200  | 60 58 54 48 46 44
2  E14 A april  100  | 30 29 23 23 22 21
3  P01 A april  6000 | 1500 1500 1500 1500 1500 1500
4  P01 A august 6000 | 4200 4150 4100 3700 3650 3600
5  H05 A april  80   | 80 82 52 51.2 50.4 49.6
6  E15 A august 120  | 84 80 78 72 71 48
7  H01 A august 120  | 60 62 64 72 75 90
8  E34 A april  80   | 80 85 87 90 70 76
9  E13 A august 200  | 124 122 120 118 116 ?
10 J02 A april  95   | 97 96 95.6 95.2 95 .
12 E30 A april  90   | 93 92 91 90 88 89
12 E30 A august 90   | 93 92 91 90 94 89
13 S07 A april  98   | 99 99 98.5 98 97 96
13 S07 A august 98   | 99 98.8 98.6 98.4 98.2 95
15 J01 A april  98   | 99 99 97 99 99 99
15 J01 A august 98   | 99.5 99.5 99.5 99.5 99.5 99.5
25 P03 A april  3000 | 0 0 30 0 60 0
26 E15 A april  120  | 31 29 31 31 31 31
"""),
    exempt=frozenset({("A06", "J02")}),
    strength=_strengths("A01 25, A02 12, A03 6, A04 0, A05 -10, A06 -25"),
    events=(
        ("2026-05-01T00:00:00+08:00", "rebound", "A03", "J01", "supervisor1", {"cycle": 2026}),
        ("2026-05-01T00:00:00+08:00", "omit_follow_up", "A02", "E15", "", {"cycle": 2026}),
    ),
)
