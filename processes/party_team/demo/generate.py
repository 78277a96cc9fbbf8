"""Writes the demo team: 12 branches with 87 cadres, their objectives, reports, figures and ballots, always the same.

    python -m processes.party_team.demo.generate

The answers are not written here: ``demo/expected/expected.py`` works them out of the files, from the rules' text.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random

SEED, YEAR = 5, 2026
FOLDER = Path(__file__).resolve().parents[1]
Row = Sequence[object]

BRANCHES = {
    "A": ("办公室支部", "人事支部", "财务支部", "法规支部", "信息中心支部"),
    "B": ("城东所支部", "城西所支部", "城南所支部", "城北所支部", "稽查支部", "窗口支部", "退休干部支部"),
}
GROUPS = {
    f"U{place:02d}": (group, name)
    for place, (group, name) in enumerate(((g, n) for g, names in BRANCHES.items() for n in names), 1)
}
#: Three of the twelve branches have eight cadres, the others seven: 87 together.
SIZES = {unit: 8 if unit in ("U06", "U07", "U11") else 7 for unit in GROUPS}
OFFICES = {"D01": "组织科", "D02": "宣传科", "D03": "机关纪委"}
OTHERS = {"GW": ("机关工委办公室", "lead"), "LXZ": ("考核领导小组", "committee"), "DC": ("督查组", "inspection")}
STAFF = (
    ("lead1", "lead", "GW"),
    ("lead2", "lead", "GW"),
    ("gw_leader", "leader", "GW"),
    ("admin1", "admin", "GW"),
    ("designer1", "designer", "GW"),
    ("superior1", "superior", "GW"),
    ("superior2", "superior", "GW"),
    ("superior3", "superior", "GW"),
    ("committee1", "committee", "LXZ"),
    ("inspector1", "inspector", "DC"),
)
#: One of the three superiors leads the assessment as well.
SECOND_POSTS = (("superior1", "lead", "GW"),)

MEETINGS = {
    "支部党员大会": {"each": "5", "cap": "20"},
    "支部委员会会议": {"each": "2.5", "cap": "30"},
    "党小组会": {"each": "2.5", "cap": "30"},
    "党课": {"each": "5", "cap": "20"},
}
ALL_ROUND = {
    "weights": {"self": "0.1", "superior": "0.3", "subordinate": "0.3", "peer": "0.3"},
    "values": {"优秀": "100", "良好": "85", "一般": "70", "较差": "50"},
}
CAP: Mapping[str, object] = {"cap": "1"}
LIFE, TEAM, WORK, VOICE = "组织生活", "队伍建设", "重点任务", "评价反馈"


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    category: str
    owner: str
    unit: str
    kind: str
    method: str
    params: Mapping[str, object]
    weights: tuple[int, int]
    #: The year's target; empty for what is only counted or judged at the year's end.
    target: str
    schedule: str = ""


INDICATORS = [
    Indicator("L01", "三会一课开展次数", LIFE, "D01", "次", "cumulative", "count_capped", {"items": MEETINGS}, (15, 18), "32"),
    Indicator("L02", "学习教育参学率", LIFE, "D02", "%", "level", "target_or_zero", {}, (10, 8), "90"),
    Indicator("T01", "发展党员质量合格率", TEAM, "D01", "%", "level", "completion_ratio", CAP, (10, 12), "100"),
    Indicator("T02", "党务干部人均培训学时", TEAM, "D01", "学时", "cumulative", "completion_ratio", CAP, (8, 8), "40"),
    Indicator("T03", "违纪违规扣分", TEAM, "D03", "分", "cumulative", "event_deduct", {"full": "100", "cap": "50"}, (7, 7), "", "12-31=1"),
    Indicator("K01", "目标完成度", WORK, "D01", "%", "cumulative", "completion_ratio", CAP, (30, 27), "100"),
    Indicator("V01", "服务群众满意度", VOICE, "D02", "%", "level", "per_point_deduct", {"step": "1", "deduct": "4", "floor": "0", "mode": "pro_rata"}, (8, 10), "85"),
    Indicator("V02", "360度评价", VOICE, "D02", "分", "level", "voter_class_mix", ALL_ROUND, (12, 10), "", "12-31=1"),
]  # fmt: skip
ENDS = {"q1": "03-31", "q2": "06-30", "q3": "09-30", "annual": "12-31"}
#: How well each branch goes, in hundredths of what is due.
PACE = dict(zip(GROUPS, (112, 104, 100, 96, 106, 102, 98, 110, 94, 105, 100, 84), strict=True))
#: Two objectives of each branch, with two key results each: title, unit, start, target, weight, quarter it is due in.
AIMS = (
    (
        ("建强基层组织", "年度工作要点第一条：增强党组织政治功能和组织功能", "60"),
        (
            ("开展支部共建活动", "次", "0", "8", "50", "annual"),
            ("整改组织生活会查摆问题", "项", "0", "20", "50", "q3"),
        ),
    ),
    (
        ("服务中心工作", "年度工作要点第四条：党建与业务融合", "40"),
        (
            ("压缩平均办结时限", "天", "10", "5", "70", "annual"),
            ("党员先锋岗覆盖率", "%", "40", "90", "30", "annual"),
        ),
    ),
)
#: A report whose evidence does not hold: unit, round, title.
REJECTED = ("U09", "q2", "开展支部共建活动")
#: Who never reports in a quarter: account, round.
SILENT = ("u12_cadre1", "q2")
DEDUCTIONS = {"U04": ["5"], "U12": ["10", "3"]}

SURNAMES, MIDDLES, LASTS = "陆贾丁薛叶阎余潘杜戴夏钟汪田任姜", "立新明德守正思源", "清刚毅敏诚洁勤学"


def files() -> dict[str, Iterable[Row]]:
    """Every file of the demo by its path, with its header."""
    return {
        "indicators.csv": indicators(),
        "demo/units.csv": units(),
        "demo/people.csv": people(),
        "demo/appointments.csv": appointments(),
        "demo/values.csv": values(),
        "demo/events.csv": events(),
    }


def indicators() -> Iterator[Row]:
    yield from [
        (*("code", "name", "category", "source", "responsible_unit", "data_unit", "unit_of_measure", "direction"),
         *("kind", "schedule", "method", "params", "main", "target_total", "weight:A", "weight:B"))
    ]  # fmt: skip
    for each in INDICATORS:
        direction = "lower_better" if each.method == "event_deduct" else "higher_better"
        params = json.dumps(each.params, ensure_ascii=False)
        head = (each.code, each.name, each.category, "routine", each.owner, each.owner, each.unit, direction)
        yield (*head, each.kind, each.schedule, each.method, params, 1, "", *each.weights)


def units() -> Iterator[Row]:
    yield "code", "name", "group", "kind", "parent"
    yield "Z", "清源区机关", "", "city", ""
    yield from ((code, name, group, "branch", "Z") for code, (group, name) in GROUPS.items())
    yield from ((code, name, "", "department", "Z") for code, name in OFFICES.items())
    yield from ((code, name, "", kind, "Z") for code, (name, kind) in OTHERS.items())


def branch_posts(unit: str) -> list[tuple[str, str, str]]:
    """A secretary, a clerk and cadres: seven or eight people."""
    low = unit.lower()
    cadres = [(f"{low}_cadre{i}", "cadre", unit) for i in range(1, SIZES[unit] - 1)]
    return [(f"{low}_secretary", "secretary", unit), (f"{low}_clerk", "clerk", unit), *cadres]


def posts() -> list[tuple[str, str, str]]:
    own = [post for unit in GROUPS for post in branch_posts(unit)]
    heads = [(f"{unit.lower()}_{role}", role, unit) for unit in OFFICES for role in ("clerk", "leader")]
    return [*own, *heads, *STAFF]


def people() -> Iterator[Row]:
    yield "account", "name"
    for place, (account, _, _) in enumerate(posts()):
        yield account, SURNAMES[place % 16] + MIDDLES[place // 16 % 8] + LASTS[(place * 3 + place // 16) % 8]


def appointments() -> Iterator[Row]:
    yield "account", "role", "unit", "from", "to"
    yield from ((account, role, unit, "2024-01-01", "") for account, role, unit in (*posts(), *SECOND_POSTS))


def values() -> Iterator[Row]:
    """Objectives and votes bring their own figures: their rows hold targets alone."""
    yield "unit", "indicator", "as_of", "reported", "verified", "target", "base", "exempt"
    for unit in GROUPS:
        for each in INDICATORS:
            for day in ENDS.values():
                figure = figure_of(unit, each, day)
                if figure or day == "12-31":
                    yield unit, each.code, f"{YEAR}-{day}", figure, figure, each.target, "", 0


def figure_of(unit: str, each: Indicator, day: str) -> str:
    if each.code in ("K01", "V02"):
        return ""
    if each.code == "T03":
        return str(sum(map(int, DEDUCTIONS.get(unit, [])))) if day == "12-31" else ""
    rng = Random(f"{SEED}/{unit}/{each.code}")
    if each.code == "L01":
        return str(sum(meetings(unit, day).values()))
    if each.kind == "cumulative":
        return plain(Decimal(each.target) * int(day[:2]) / 12 * (PACE[unit] + rng.randint(-4, 4)) / 100, "0.1")
    spread = Decimal(PACE[unit] - 100) / 4 + Random(f"{SEED}/{unit}/{each.code}/{day}").randint(-2, 3)
    return plain(min(Decimal(each.target) + spread, Decimal(100)), "0.1")


def meetings(unit: str, day: str) -> dict[str, int]:
    """How often each kind of meeting was held by then."""
    quarters = int(day[:2]) // 3
    slack = Random(f"{SEED}/{unit}/meetings").randint(0, 2) if PACE[unit] < 100 else 0
    most = {"支部党员大会": quarters, "支部委员会会议": quarters * 3, "党小组会": quarters * 3, "党课": quarters}
    return {kind: max(number - (slack if number > 4 else 0), 0) for kind, number in most.items()}


def plain(value: Decimal, places: str) -> str:
    return format(value.quantize(Decimal(places), ROUND_HALF_UP).normalize(), "f")


def events() -> Iterator[Row]:
    yield "at", "kind", "unit", "indicator", "by", "json"
    told = [*objectives(), *progress(), rejection(), silence(), *counts(), *deductions(), *ballots()]
    yield from sorted(told, key=lambda row: tuple(map(str, row)))


def objectives() -> Iterator[Row]:
    for unit in GROUPS:
        heads, results = [], []
        for number, ((title, basis, weight), aims) in enumerate(AIMS, 1):
            heads.append({"number": str(number), "title": title, "basis": basis, "weight": weight})
            for place, (name, measure, start, target, share, due) in enumerate(aims):
                known = {"objective": str(number), "title": name, "unit_of_measure": measure, "start": start}
                dates = {"due": f"{YEAR}-{ENDS[due]}", "owner": owner(unit, number, place)}
                results.append({**known, "target": target, "weight": share, **dates})
        content = {"objectives": heads, "key_results": results}
        yield f"{YEAR}-01-05T09:00:00+08:00", "objectives", unit, "", "", text(content)


def owner(unit: str, number: int, place: int) -> str:
    low = unit.lower()
    return {(1, 0): f"{low}_secretary", (1, 1): f"{low}_clerk", (2, 0): f"{low}_cadre1", (2, 1): f"{low}_cadre2"}[
        number, place
    ]


def progress() -> Iterator[Row]:
    """What each owner reports each quarter; who is silent has no line."""
    for unit in GROUPS:
        for number, (_, aims) in enumerate(AIMS, 1):
            for place, (name, _, start, target, _, _) in enumerate(aims):
                for round, day in ENDS.items():
                    account = owner(unit, number, place)
                    if (account, round) != SILENT:
                        given = {"round": round, "title": name, "value": reached(unit, name, start, target, day)}
                        yield f"{YEAR}-{day}T18:00:00+08:00", "progress", unit, "", account, text(given)


def reached(unit: str, name: str, start: str, target: str, day: str) -> str:
    share = Decimal(int(day[:2])) / 12 * (PACE[unit] + Random(f"{SEED}/{unit}/{name}").randint(-8, 6)) / 100
    value = Decimal(start) + (Decimal(target) - Decimal(start)) * min(share, Decimal("1.05"))
    return plain(value, "0.1" if Decimal(start) else "1")


def rejection() -> Row:
    unit, round, title = REJECTED
    content = {"round": round, "title": title, "note": "活动台账与照片不符，不予认定。"}
    return f"{YEAR}-{ENDS[round]}T20:00:00+08:00", "rejected", unit, "", "", text(content)


def silence() -> Row:
    account, round = SILENT
    return f"{YEAR}-07-01T00:00:00+08:00", "silent", "", "", "", text({"round": round, "owner": account})


def counts() -> Iterator[Row]:
    for unit in GROUPS:
        content = {"round": "annual", "counts": meetings(unit, "12-31")}
        yield f"{YEAR + 1}-01-08T10:00:00+08:00", "counts", unit, "L01", "d01_clerk", text(content)


def deductions() -> Iterator[Row]:
    for unit in GROUPS:
        content = {"round": "annual", "deductions": DEDUCTIONS.get(unit, [])}
        yield f"{YEAR + 1}-01-08T10:00:00+08:00", "deductions", unit, "T03", "d03_clerk", text(content)


def ballots() -> Iterator[Row]:
    """On each branch: its own secretary, three superiors, its cadres and the other secretaries."""
    superiors = [account for account, role, _ in STAFF if role == "superior"]
    secretaries = [f"{unit.lower()}_secretary" for unit in GROUPS]
    for unit in GROUPS:
        cadres = [account for account, role, _ in branch_posts(unit) if role == "cadre"]
        for account in [*superiors, *cadres, *secretaries]:
            marks = {unit: grade(unit, account)}
            given = {"title": f"360度评价 {unit}", "marks": marks}
            yield f"{YEAR}-12-28T09:00:00+08:00", "ballot", "", "", account, text(given)


def grade(unit: str, account: str) -> str:
    warmth = PACE[unit] + Random(f"{SEED}/{unit}/{account}").randint(-9, 9)
    if account == f"{unit.lower()}_secretary":
        warmth += 6
    return "优秀" if warmth > 102 else "良好" if warmth > 93 else "一般" if warmth > 82 else "较差"


def text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)


def write(folder: Path) -> None:
    for name, rows in files().items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    write(FOLDER)
