"""Writes the demo county: indicators, units, people, figures and events, always the same.

    python -m processes.township_leadership.demo.generate

The answers are not written here: ``demo/expected/expected.py`` works them out of the files, from the rules' text.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

SEED, YEAR = 11, 2026
FOLDER = Path(__file__).resolve().parents[1]
Row = Sequence[object]

TOWNS = {
    "A": ("城关街道", "东湖街道", "河口镇", "新桥镇"),
    "B": ("平安镇", "丰乐镇", "永和镇", "大田乡", "柳林乡"),
    "C": ("云山镇", "石泉乡", "青峰乡", "双溪乡", "岭南乡"),
}
UNITS = {f"{group}{i:02d}": name for group, names in TOWNS.items() for i, name in enumerate(names, 1)}
OFFICES = {
    "D01": "县发展改革局",
    "D02": "县财政局",
    "D03": "县农业农村局",
    "D04": "县委政法委",
    "D05": "县应急管理局",
    "D06": "县卫生健康局",
    "D07": "县教育体育局",
    "D08": "县交通运输局",
    "D09": "县民政局",
    "D10": "县生态环境局",
    "D11": "县林业局",
    "D12": "县政务服务局",
}
OTHERS = {
    "ORG": ("县委组织部（考核办）", "lead"),
    "DCS": ("县委县政府督查室", "inspection"),
    "LXZ": ("县考核工作领导小组", "committee"),
    "EXP": ("县考核专家库", "expert_pool"),
    "PYT": ("群众评议团", "voters"),
}
STAFF = (
    ("lead1", "lead", "ORG"),
    ("lead2", "lead", "ORG"),
    ("org_leader", "leader", "ORG"),
    ("admin1", "admin", "ORG"),
    ("designer1", "designer", "ORG"),
    ("inspector1", "inspector", "DCS"),
    ("inspector2", "inspector", "DCS"),
    ("dcs_leader", "leader", "DCS"),
    ("supervisor1", "supervisor", "DCS"),
    ("supervisor2", "supervisor", "DCS"),
    ("committee1", "committee", "LXZ"),
    *((f"expert{i}", "expert", "EXP") for i in range(1, 8)),
)
#: Class of voters -> how many there are. Experts are the third party.
VOTERS = {"resident": 16, "deputy": 10, "enterprise": 8}

CAP = {"cap": "1"}
MIX = {
    "weights": {"resident": "0.5", "deputy": "0.3", "enterprise": "0.2"},
    "values": {"满意": "100", "基本满意": "80", "一般": "60", "不满意": "0"},
}
PLANTING = "03-31=0.5;06-30=0.8;09-30=0.9;12-31=1"
ECONOMY, ORDER, SERVICE, NATURE, VOICE = "经济发展", "社会管理", "公共服务", "生态环境", "群众满意度"


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    category: str
    owner: str
    unit: str
    #: ``+`` more is better, ``-`` less is better; ``~`` grows over the year.
    nature: str
    method: str
    params: Mapping[str, object]
    main: bool
    weights: tuple[int, int, int]
    typical: str
    schedule: str = ""

    @property
    def is_cumulative(self) -> bool:
        return "~" in self.nature

    @property
    def is_lower_better(self) -> bool:
        return "-" in self.nature

    def weight(self, group: str) -> int:
        return self.weights["ABC".index(group)]


INDICATORS = [
    Indicator("E01", "固定资产投资完成额", ECONOMY, "D01", "亿元", "+~", "completion_ratio", CAP, True, (9, 8, 6), "6"),
    Indicator("E02", "规上工业总产值", ECONOMY, "D01", "亿元", "+~", "growth_vs_mean", {"mix": "0.6"}, False, (7, 5, 0), "24"),
    Indicator("E03", "一般公共预算收入", ECONOMY, "D02", "万元", "+~", "completion_ratio", {"cap": None}, True, (8, 6, 5), "3600"),
    Indicator("E04", "特色农业产值", ECONOMY, "D03", "亿元", "+~", "completion_ratio", CAP, False, (2, 6, 8), "4"),
    Indicator("E05", "村（社区）集体经济收入", ECONOMY, "D03", "万元", "+~", "completion_ratio", CAP, True, (4, 5, 7), "900"),
    Indicator("S01", "信访积案化解率", ORDER, "D04", "%", "+", "completion_ratio", CAP, True, (7, 6, 6), "92"),
    Indicator("S02", "生产安全事故起数", ORDER, "D05", "起", "-~", "control_limit", {}, False, (5, 5, 4), "12"),
    Indicator("S03", "矛盾纠纷调处成功率", ORDER, "D04", "%", "+", "rank_step", {"step": "0.05", "floor": "60"}, False, (5, 5, 5), "96"),
    Indicator("S04", "平安建设扣分", ORDER, "D04", "分", "-~", "event_deduct", {"full": "100", "cap": "40"}, False, (5, 4, 4), "", "12-31=1"),
    Indicator("P01", "城乡居民医保参保率", SERVICE, "D06", "%", "+", "completion_ratio", CAP, True, (6, 6, 6), "95"),
    Indicator("P02", "义务教育巩固率", SERVICE, "D07", "%", "+", "target_or_zero", {}, False, (4, 4, 4), "98"),
    Indicator("P03", "农村公路养护里程", SERVICE, "D08", "公里", "+~", "completion_ratio", CAP, False, (3, 5, 6), "60"),
    Indicator("P04", "养老服务设施覆盖率", SERVICE, "D09", "%", "+", "per_point_deduct", {"step": "1", "deduct": "2", "floor": "0", "mode": "pro_rata"}, False, (5, 4, 4), "88"),
    Indicator("H01", "空气优良天数比例", NATURE, "D10", "%", "+", "completion_ratio", CAP, True, (6, 5, 4), "86"),
    Indicator("H02", "生活污水处理率", NATURE, "D10", "%", "+", "efficacy_minmax", {"base": "60", "span": "40"}, False, (6, 5, 5), "85"),
    Indicator("H03", "秸秆露天焚烧火点数", NATURE, "D10", "处", "-~", "control_limit", {}, False, (3, 5, 4), "24"),
    Indicator("H04", "造林抚育面积", NATURE, "D11", "亩", "+~", "completion_ratio", CAP, False, (0, 3, 9), "1200", PLANTING),
    Indicator("M01", "群众评议满意度", VOICE, "D12", "分", "+", "voter_class_mix", MIX, False, (8, 7, 7), "", "12-31=1"),
    Indicator("M02", "第三方评估得分", VOICE, "D12", "分", "+", "panel_mean", {}, False, (4, 3, 3), "", "12-31=1"),
    Indicator("M03", "12345热线办结满意率", VOICE, "D12", "%", "+", "completion_ratio", CAP, False, (3, 3, 3), "93"),
]  # fmt: skip
BY_CODE = {each.code: each for each in INDICATORS}
ENDS = ("02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31")
#: How far each town is ahead of what is due, in thousandths of the year's target.
STRENGTH = dict(zip(UNITS, (30, 10, -10, -30, 30, 10, 0, -20, -40, 40, 10, 0, -10, -50), strict=True))
EXEMPT = {("B05", "H04")}
#: D08 hands in nothing as of 31 May.
MISSED = ("D08", "05-31")
#: (unit, indicator, day) -> the figure as a share of the target, or as it is where the indicator is no amount.
PLANTED: dict[tuple[str, str, str], str] = {
    # A tie at the bottom: two notices.
    ("B04", "P01", "03-31"): "93.0",
    ("B05", "P01", "03-31"): "93.0",
    # All equal: nobody is warned.
    **{(unit, "S01", "06-30"): "92.0" for unit in UNITS if unit[0] == "A"},
    # 12 % where 50 % is due: red.
    ("C05", "E03", "06-30"): "0.12",
    # 60 % where 75 % is due, but not the last of the group.
    ("B02", "E01", "09-30"): "0.60",
    ("B05", "E01", "09-30"): "0.55",
    # Ahead in spring, standing still since: the forecast sees it before any warning does.
    ("C02", "E05", "03-31"): "0.40",
    ("C02", "E05", "04-30"): "0.42",
    ("C02", "E05", "05-31"): "0.44",
    ("C02", "E05", "06-30"): "0.46",
    ("C02", "E05", "07-31"): "0.55",
    ("C02", "E05", "08-31"): "0.60",
}
DEDUCTIONS = {"A03": ["2"], "B02": ["4"], "C03": ["5", "3"], "C05": ["6"]}
#: Who asks for tolerance: unit -> (indicator, points, grounds). Grounds that name the list are met, others are not.
REQUESTS = {
    "C03": ("S04", "5", "推进矿区闭坑整治时发生群体上访，符合容错清单第三项，已及时处置并挽回损失。"),
    "A02": ("H03", "10", "试点秸秆集中还田初期管护不到位，符合容错清单第五项，未造成污染事故。"),
    "B02": ("S04", "4", "因人手不足未按期完成整改。"),
}
#: What the lead revises after the experts: indicator, field, value. Weights of every group stay 100.
REVISIONS = (
    ("E01", "weight:C", "5"),
    ("E05", "weight:C", "8"),
    ("M01", "weight:A", "9"),
    ("M02", "weight:A", "3"),
    ("M03", "name", "12345热线群众满意率"),
)

SURNAMES, MIDDLES, LASTS = "林何高梁郑罗宋谢唐许韩冯邓曹彭曾", "志文建国海晓春永", "远平华涛琳敏松梅"


def files() -> dict[str, Iterable[Row]]:
    """Every file of the demo by its path, with its header."""
    return {
        "indicators.csv": indicators(),
        "demo/units.csv": units(),
        "demo/people.csv": people(),
        "demo/appointments.csv": appointments(),
        "demo/values.csv": values(),
        "demo/events.csv": events(),
        "demo/revisions.csv": [("indicator", "field", "value"), *REVISIONS],
    }


def indicators() -> Iterator[Row]:
    yield from [
        (*("code", "name", "category", "source", "responsible_unit", "data_unit", "unit_of_measure", "direction"),
         *("kind", "schedule", "method", "params", "main", "target_total", "weight:A", "weight:B", "weight:C"))
    ]  # fmt: skip
    for each in INDICATORS:
        direction = "lower_better" if each.is_lower_better else "higher_better"
        kind = "cumulative" if each.is_cumulative else "level"
        source = "superior" if each.main else "routine"
        params = json.dumps(each.params, ensure_ascii=False)
        weights = [weight or "" for weight in each.weights]
        head = (each.code, each.name, each.category, source, each.owner, each.owner, each.unit, direction)
        yield (*head, kind, each.schedule, each.method, params, int(each.main), "", *weights)


def units() -> Iterator[Row]:
    yield "code", "name", "group", "kind", "parent"
    yield "Y", "云岭县", "", "city", ""
    yield from ((code, name, code[0], "township", "Y") for code, name in UNITS.items())
    yield from ((code, name, "", "department", "Y") for code, name in OFFICES.items())
    yield from ((code, name, "", kind, "Y") for code, (name, kind) in OTHERS.items())


def posts() -> list[tuple[str, str, str]]:
    """(account, role, unit) of everybody."""
    own = [(f"{unit.lower()}_{role}", role, unit) for unit in [*UNITS, *OFFICES] for role in ("clerk", "leader")]
    voters = [(f"{role}{i}", role, "PYT") for role, number in VOTERS.items() for i in range(1, number + 1)]
    return [*own, *STAFF, *voters]


def people() -> Iterator[Row]:
    yield "account", "name"
    for place, (account, _, _) in enumerate(posts()):
        yield account, SURNAMES[place % 16] + MIDDLES[place // 16 % 8] + LASTS[(place * 5 + place // 16) % 8]


def appointments() -> Iterator[Row]:
    yield "account", "role", "unit", "from", "to"
    yield from ((account, role, unit, "2024-01-01", "") for account, role, unit in posts())


def values() -> Iterator[Row]:
    yield "unit", "indicator", "as_of", "reported", "verified", "target", "base", "exempt"
    for unit in UNITS:
        for each in INDICATORS:
            if each.weight(unit[0]):
                yield from of_pair(unit, each)


def of_pair(unit: str, each: Indicator) -> Iterator[Row]:
    """The figures of a unit on an indicator: the year before, then the days on which it is looked at."""
    if (unit, each.code) in EXEMPT:
        yield unit, each.code, f"{YEAR}-12-31", "", "", "", "", 1
        return
    if not each.typical:
        given = str(sum(map(int, DEDUCTIONS.get(unit, [])))) if each.method == "event_deduct" else ""
        yield unit, each.code, f"{YEAR}-12-31", given, given, "", "", 0
        return
    rng = Random(f"{SEED}/{unit}/{each.code}")
    target = goal(unit, each, rng)
    base = rounded(target * Decimal(rng.randint(880, 950)) / 1000, each) if each.is_cumulative else target - 1
    yield unit, each.code, f"{YEAR - 1}-12-31", base, base, base, "", 0
    reached = Decimal(0)
    for day in ENDS:
        drawn = figure(unit, each, day, target, rng)
        reached = max(reached, drawn) if each.is_cumulative and (unit, each.code, day) not in PLANTED else drawn
        if (each.owner, day) != MISSED:
            yield unit, each.code, f"{YEAR}-{day}", reached, reached, target, base, 0


def goal(unit: str, each: Indicator, rng: Random) -> Decimal:
    """Levels are the same for all; amounts differ with the size of the place."""
    typical = Decimal(each.typical)
    size = Decimal(rng.randint(70, 140)) / 100 if each.is_cumulative else Decimal(1)
    return rounded(typical * size, each)


def figure(unit: str, each: Indicator, day: str, target: Decimal, rng: Random) -> Decimal:
    lead = Decimal(STRENGTH[unit] + rng.randint(-35, 35)) / 1000
    planted = PLANTED.get((unit, each.code, day))
    if planted is not None:
        return rounded(target * Decimal(planted), each) if each.is_cumulative else Decimal(planted)
    if not each.is_cumulative:
        return min(rounded(target * (1 + lead / 2), each), Decimal("100.0"))
    share = due(each, day)
    return rounded(max(target * (share - lead if each.is_lower_better else share + lead * share * 2), Decimal(0)), each)


def due(each: Indicator, day: str) -> Decimal:
    """The share of the year's target that is due by the day."""
    steps = dict(step.split("=") for step in each.schedule.split(";")) if each.schedule else {}
    passed = [share for at, share in sorted(steps.items()) if at <= day]
    if steps:
        return Decimal(passed[-1]) if passed else Decimal("0.2")
    return Decimal(day[:2]) / 12


def rounded(value: Decimal, each: Indicator) -> Decimal:
    places = {"亿元": "0.01", "%": "0.1"}.get(each.unit, "1")
    return value.quantize(Decimal(places), ROUND_HALF_UP)


def events() -> Iterator[Row]:
    yield "at", "kind", "unit", "indicator", "by", "json"
    told = [*ballots(), *requests(), *deductions(), missed()]
    yield from sorted(told, key=lambda row: (str(row[0]), str(row[1]), str(row[2]), str(row[4])))


def requests() -> Iterator[Row]:
    """Written down in December for January's asking."""
    for unit, (code, points, basis) in REQUESTS.items():
        asked = {"stance": "ask", "requests": [{"indicator": code, "points": points, "basis": basis}]}
        yield f"{YEAR}-12-20T09:00:00+08:00", "tolerance", unit, "", "", text(asked)


def missed() -> Row:
    owner, day = MISSED
    return f"{YEAR}-06-01T00:00:00+08:00", "missed_collection", owner, "", "", text({"round": f"m{day[:2]}"})


def deductions() -> Iterator[Row]:
    for unit in UNITS:
        content = {"round": "annual", "deductions": DEDUCTIONS.get(unit, [])}
        yield f"{YEAR + 1}-01-08T10:00:00+08:00", "deductions", unit, "S04", "d04_clerk", text(content)


def ballots() -> Iterator[Row]:
    """What every voter writes: residents, deputies and enterprises on satisfaction, experts as the third party."""
    for role, number in VOTERS.items():
        for i in range(1, number + 1):
            yield ballot(f"{role}{i}", "群众评议", tuple(MIX["values"]))
    for i in range(1, 8):
        yield ballot(f"expert{i}", "第三方评估", ("优", "良", "中", "差"))


def ballot(account: str, title: str, grades: Sequence[str]) -> Row:
    rng = Random(f"{SEED}/{account}/{title}")
    marks = {unit: grades[mark(STRENGTH[unit] + rng.randint(-45, 70))] for unit in UNITS}
    return f"{YEAR}-11-28T09:00:00+08:00", "ballot", "", "", account, text({"title": title, "marks": marks})


def mark(warmth: int) -> int:
    """Which of four grades, the best first."""
    return 0 if warmth > 10 else 1 if warmth > -35 else 2 if warmth > -75 else 3


def text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def write(folder: Path) -> None:
    for name, rows in files().items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    write(FOLDER)
