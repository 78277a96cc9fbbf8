"""Writes the demo district: indicators, units, people, figures and what its judges say, always the same.

    python -m processes.party_building.demo.generate

The answers are not written here: ``demo/expected/expected.py`` works them out of the files, from the rules' text.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

SEED, YEAR = 11, 2026
FOLDER = Path(__file__).parents[1]
#: Kind of organisation -> its prefix, its members.
GROUPS = {
    "SQ": ("临江社区党总支", "望湖社区党总支", "东门社区党委", "新城社区党委", "桥头社区党支部"),
    "QY": ("恒达机械党支部", "远航物流党支部", "绿源食品党支部", "启明科技党支部"),
    "NC": ("柳河村党总支", "石桥村党支部", "清溪村党支部", "双井村党支部"),
    "JG": ("区财政局机关党委", "区教育局机关党委", "区卫健局机关党委"),
}
OFFICES = (
    ("L", "临江区", "city"),
    ("ORG", "临江区委组织部", "lead"),
    ("D01", "临江区委党建工作办公室", "department"),
    ("D02", "临江区委宣传部", "department"),
    ("D03", "临江区纪委监委", "department"),
    ("D04", "临江区委社会工作部", "department"),
    ("DCS", "临江区委督查室", "inspection"),
    ("LXZ", "临江区委党建工作领导小组", "committee"),
    ("PJZ", "临江区第三方评价人才库", "panel_pool"),
)
UNITS = {f"{group}{number:02d}": group for group, names in GROUPS.items() for number in range(1, len(names) + 1)}

# code, name, category, responsible, unit of measure, direction, kind, schedule, method, params, weights by kind
CLASSES = {"weights": {"committee": "0.4", "members": "0.3", "public": "0.3"}}
GRADES = {"values": {"好": "100", "较好": "85", "一般": "70", "差": "50"}}
LATE = "12-31=1"
INDICATORS: tuple[tuple[Any, ...], ...] = (
    (
        "S01",
        "述职民主测评",
        "述职评议",
        "D01",
        "分",
        "higher_better",
        "level",
        LATE,
        "voter_class_mix",
        {**CLASSES, **GRADES},
        20,
    ),
    ("S02", "领导点评", "述职评议", "D01", "分", "higher_better", "level", LATE, "panel_mean", {}, 10),
    ("R01", "随机抽查和实地调研", "日常考核", "D01", "分", "higher_better", "level", "", "panel_mean", {}, 20),
    (
        "Z11",
        "理论学习参与率",
        "思想建设",
        "D02",
        "%",
        "higher_better",
        "level",
        "",
        "completion_ratio",
        {"cap": "1"},
        8,
    ),
    (
        "Z21",
        "三会一课完成次数",
        "组织建设",
        "D01",
        "次",
        "higher_better",
        "cumulative",
        "",
        "completion_ratio",
        {"cap": "1"},
        8,
    ),
    (
        "Z22",
        "在职党员报到服务场次",
        "组织建设",
        "D04",
        "场",
        "higher_better",
        "cumulative",
        "",
        "completion_ratio",
        {"cap": "1"},
        {"SQ": 8},
    ),
    (
        "Z23",
        "党员先锋岗创建数",
        "组织建设",
        "D04",
        "个",
        "higher_better",
        "cumulative",
        "",
        "completion_ratio",
        {"cap": "1"},
        {"QY": 8},
    ),
    (
        "Z24",
        "村级集体经济收入增速",
        "组织建设",
        "D01",
        "%",
        "higher_better",
        "level",
        "",
        "completion_ratio",
        {"cap": "1"},
        {"NC": 8},
    ),
    (
        "Z25",
        "机关党建与业务融合项目数",
        "组织建设",
        "D01",
        "项",
        "higher_better",
        "cumulative",
        "",
        "completion_ratio",
        {"cap": "1"},
        {"JG": 8},
    ),
    ("Z31", "群众满意度", "作风建设", "D04", "分", "higher_better", "level", "", "completion_ratio", {"cap": "1"}, 6),
    (
        "Z41",
        "违纪违规问题数（同比下降15%）",
        "反腐倡廉建设",
        "D03",
        "件",
        "lower_better",
        "cumulative",
        "",
        "control_limit",
        {},
        6,
    ),
    ("Z51", "制度执行专项检查得分", "制度建设", "D03", "分", "higher_better", "level", LATE, "panel_mean", {}, 4),
    ("P01", "第三方评价", "第三方评价", "D01", "分", "higher_better", "level", LATE, "panel_mean", {}, 10),
)
#: Indicators whose figures come of votes, checks, panels and comments, not of files.
JUDGED = ("S01", "S02", "R01", "P01")
TARGETS = {"Z11": "90", "Z21": "48", "Z22": "24", "Z23": "10", "Z24": "8", "Z25": "6", "Z31": "85"}
INSPECTORS = tuple(f"inspector{n}" for n in range(1, 5))
COMMITTEE = tuple(f"committee{n}" for n in range(1, 6))
PANEL = (*(f"expert{n}" for n in range(1, 4)), *(f"deputy{n}" for n in (1, 2)), *(f"cppcc{n}" for n in (1, 2)))

#: How strong an organisation is, in points of a hundred: the twins tie, the vetoed one is the best of its kind.
STRENGTH = {
    "SQ01": 93,
    "SQ02": 89,
    "SQ03": 86,
    "SQ04": 82,
    "SQ05": 74,
    "QY01": 90,
    "QY02": 90,
    "QY03": 80,
    "QY04": 84,
    "NC01": 91,
    "NC02": 78,
    "NC03": 87,
    "NC04": 64,
    "JG01": 95,
    "JG02": 88,
    "JG03": 83,
}
TWIN = {"QY02": "QY01"}
EXEMPT = {("QY04", "Z23")}
ABSENT, VETOED = "NC03", "JG01"
#: What the checks found wrong: (round, unit) -> words.
PROBLEMS = {
    ("half_year", "NC02"): "“三会一课”记录不完整，两次主题党日无签到。",
    ("half_year", "QY03"): "党费收缴台账与缴纳凭证不一致。",
    ("annual", "SQ05"): "服务群众事项未按承诺时限办结并公示。",
}
#: What an autumn check asks to be put right without taking marks off for it: it takes until December.
MINOR = {
    "SQ02": "党员活动室管理制度未上墙，借阅登记不全。",
    "SQ04": "志愿服务积分登记滞后两个月。",
    "NC01": "村务公开栏更新不及时。",
    "JG03": "学习笔记抽查缺三人。",
}
#: Of these voters the first ballot was spoilt: they left the last organisations without a mark.
SPOILT = tuple(f"{unit.lower()}_public" for unit in list(UNITS)[:9])
FIRST_VOTE = "党组织书记述职民主测评（第1场）"
SURNAMES, MIDDLES, LASTS = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许", "明志文建国海晓春", "远平华涛琳敏"

Row = Sequence[Any]


def staff() -> Iterator[tuple[str, str, str]]:
    """(account, role, unit): everybody who has a post."""
    for unit in UNITS:
        for role, ending in (
            ("clerk", "clerk"),
            ("leader", "leader"),
            ("member_rep", "member"),
            ("public_rep", "public"),
        ):
            yield f"{unit.lower()}_{ending}", role, unit
    for office in ("D01", "D02", "D03", "D04"):
        yield f"{office.lower()}_clerk", "clerk", office
        yield f"{office.lower()}_leader", "leader", office
    yield from (("lead1", "lead", "ORG"), ("lead2", "lead", "ORG"), ("org_leader", "leader", "ORG"))
    yield from (("admin1", "admin", "ORG"), ("designer1", "designer", "ORG"))
    yield from ((each, "inspector", "DCS") for each in INSPECTORS)
    yield from ((each, "committee", "LXZ") for each in COMMITTEE)
    yield from ((each, each.rstrip("0123456789"), "PJZ") for each in PANEL)


def people() -> Iterator[Row]:
    names = ["".join(parts) for parts in product(SURNAMES, MIDDLES, LASTS)]
    accounts = list(dict.fromkeys(account for account, *_ in staff()))
    return ((account, names[place * 61 % len(names)]) for place, account in enumerate(accounts))


def units() -> Iterator[Row]:
    yield ("L", "临江区", "", "city", "")
    for group, names in GROUPS.items():
        yield from (
            (f"{group}{number:02d}", name, group, "party_organisation", "L") for number, name in enumerate(names, 1)
        )
    yield from ((code, name, "", kind, "L") for code, name, kind in OFFICES[1:])


def indicators() -> Iterator[Row]:
    for code, name, category, unit, measure, direction, kind, schedule, method, params, weight in INDICATORS:
        shares = [weight.get(group, "") if isinstance(weight, dict) else weight for group in GROUPS]
        written = json.dumps(params, ensure_ascii=False)
        yield (
            code,
            name,
            category,
            "key_work",
            unit,
            unit,
            measure,
            direction,
            kind,
            schedule,
            method,
            written,
            1,
            "",
            *shares,
        )


def strength(unit: str) -> int:
    return STRENGTH[TWIN.get(unit, unit)]


def by_chance(*about: object) -> Random:
    """A stream of its own for each thing, and one for both twins."""
    return Random("/".join(str(TWIN.get(str(part), part)) for part in (SEED, *about)))


def figure(unit: str, code: str, target: Decimal, share: Decimal) -> Decimal:
    """A measured figure around the target, the better the stronger the organisation is."""
    part = Decimal(strength(unit) + by_chance(unit, code).randint(-4, 12)) / 92
    if code in ("Z24", "Z31", "Z11"):
        return (target * part).quantize(Decimal("0.1"))
    return Decimal(round(target * part * share))


def violations(unit: str, base: int, share: Decimal) -> Decimal:
    return Decimal(round(base * (Decimal(178 - strength(unit)) / 100) * share))


def values() -> Iterator[Row]:
    for code, *_, schedule, _, _, weight in INDICATORS:
        for unit, group in UNITS.items():
            if not isinstance(weight, dict) or group in weight:
                yield from _values_of(unit, code, schedule)


def _values_of(unit: str, code: str, schedule: str) -> Iterator[Row]:
    end = f"{YEAR}-12-31"
    if (unit, code) in EXEMPT:
        yield (unit, code, end, "", "", "", "", 1)
    elif code in JUDGED:
        yield (unit, code, end, "", "", 100, "", 0)
    elif code == "Z51":
        typed = strength(unit) + by_chance(unit, code).randint(-3, 4)
        yield (unit, code, end, typed, typed, 100, "", 0)
    else:
        yield from _measured(unit, code)


def _measured(unit: str, code: str) -> Iterator[Row]:
    base = 12 + by_chance(unit, "base").randint(0, 8)
    limit = Decimal(base) * Decimal("0.85")
    if code == "Z41":
        yield (unit, code, f"{YEAR - 1}-12-31", base, base, base, "", 0)
    for day, share in ((f"{YEAR}-06-30", Decimal("0.5")), (f"{YEAR}-12-31", Decimal(1))):
        if code == "Z41":
            got = violations(unit, base, share)
            yield (unit, code, day, got, got, limit, base, 0)
        else:
            target = Decimal(TARGETS[code])
            got = figure(unit, code, target, share)
            yield (unit, code, day, got, got, target, "", 0)


def events() -> list[Row]:
    found = [*_vetoes(), *_checks(), *_panel(), *_ballots(), *_debriefings()]
    return sorted(found, key=lambda row: tuple(map(str, row)))


def _event(at: str, kind: str, said: Mapping[str, Any], unit: str = "", by: str = "") -> Row:
    return (f"{at}T10:00:00+08:00", kind, unit, "", by, json.dumps(said, ensure_ascii=False))


def _vetoes() -> Iterator[Row]:
    item = {"code": "DJ01", "name": "领导班子成员受到党纪重处分", "basis": "区委〔2026〕2号"}
    yield _event("2026-01-20", "bar_item", item, by="lead1")
    yield _event("2026-01-26", "bar_listed", {"document": "区委〔2026〕6号"}, by="committee1")
    yield _event("2026-11-12", "bar", {"item": "DJ01", "basis": "区纪委〔2026〕31号处分决定"}, VETOED, "lead1")
    yield _event("2026-11-20", "bar_confirmed", {"note": "领导小组会议研究确认。"}, by="committee1")


def _checks() -> Iterator[Row]:
    for round, day in (("half_year", "2026-05-02"), ("annual", "2026-09-01")):
        for unit in UNITS:
            problem = PROBLEMS.get((round, unit), "")
            score = strength(unit) + by_chance(unit, round).randint(-3, 5) - (8 if problem else 0)
            problem = problem or (MINOR.get(unit, "") if round == "annual" else "")
            finding = "查阅台账、走访党员群众。" + ("发现问题见整改栏。" if problem else "工作开展正常，记录齐全。")
            said = {
                "round": round,
                "score": str(score),
                "finding": finding,
                "place": "党群服务中心",
                "problem": problem,
            }
            yield _event(day, "check", said, unit)
    for unit in MINOR:
        yield _event("2026-10-13", "slow", {}, unit)


def _panel() -> Iterator[Row]:
    for member in PANEL:
        chance = {unit: by_chance(unit, member) for unit in UNITS}
        marks = [
            {
                "unit": unit,
                **{
                    means: str(min(100, strength(unit) + chance[unit].randint(-6, 8)))
                    for means in ("documents", "site_visit", "questionnaire")
                },
                "remark": "",
            }
            for unit in UNITS
        ]
        yield _event("2026-11-01", "panel", {"marks": marks}, by=member)


def _ballots() -> Iterator[Row]:
    for account, role, _ in staff():
        if role in ("committee", "member_rep", "public_rep"):
            marks = {unit: _grade(unit, account) for unit in UNITS}
            yield _event("2026-12-01", "ballot", {"marks": marks}, by=account)
            if account in SPOILT:
                some = {unit: grade for unit, grade in marks.items() if UNITS[unit] != "JG"}
                yield _event("2026-12-02", "ballot", {"title": FIRST_VOTE, "attempt": 1, "marks": some}, by=account)


def _grade(unit: str, account: str) -> str:
    felt = strength(unit) + by_chance(unit, account).randint(-12, 10)
    return "好" if felt >= 88 else "较好" if felt >= 78 else "一般" if felt >= 64 else "差"


def _debriefings() -> Iterator[Row]:
    yield _event("2026-12-01", "absent", {"session": 1, "excuse": "因病住院，请假。"}, ABSENT)
    for session, called in ((1, [unit for unit in UNITS if unit != ABSENT]), (2, [ABSENT])):
        said = [
            {"unit": unit, "mark": str(_comment(unit)), "text": "思路清、落实实；对短板要列清单、限时改。"}
            for unit in called
        ]
        yield _event("2026-12-01", "comments", {"session": session, "comments": said})


def _comment(unit: str) -> Decimal:
    return Decimal(strength(unit)) + Decimal(by_chance(unit, "comment").randint(-4, 8)) / 2


def write(name: str, heading: Iterable[str], rows: Iterable[Row]) -> None:
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(heading)
        table.writerows(rows)


def main() -> None:
    columns = "code,name,category,source,responsible_unit,data_unit,unit_of_measure,direction,kind,schedule,method,params,main,target_total"
    write("indicators.csv", [*columns.split(","), *(f"weight:{group}" for group in GROUPS)], indicators())
    write("demo/units.csv", ("code", "name", "group", "kind", "parent"), units())
    write("demo/people.csv", ("account", "name"), people())
    posts = ((account, role, unit, "2024-01-01", "") for account, role, unit in staff())
    write("demo/appointments.csv", ("account", "role", "unit", "from", "to"), posts)
    write(
        "demo/values.csv", ("unit", "indicator", "as_of", "reported", "verified", "target", "base", "exempt"), values()
    )
    write("demo/events.csv", ("at", "kind", "unit", "indicator", "by", "json"), events())


if __name__ == "__main__":
    main()
