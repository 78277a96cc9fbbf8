"""Writes the demo committee: units, invented members, a year of points, self-ratings, marks, reviews and events.

    python -m processes.party_points.demo.generate

The files are always the same for the same seed. The answers are not written here: ``expected/expected.py`` works them
out of the files, from the rules' text.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

SEED = 4
YEAR = 2026
Row = tuple[object, ...]
COMMITTEE, OFFICE = "DW", "dw_office"
SINCE, YEAR_BEGINS, YEAR_ENDS = date(2020, 1, 1), date(YEAR, 1, 5), date(YEAR, 12, 31)
#: Code, name, what the branch is like, members other than secretary and staff on 1 January.
BRANCHES = (
    ("Z01", "机关第一党支部", "office", 8),
    ("Z02", "机关第二党支部", "office", 6),
    ("Z03", "综合执法队党支部", "office", 7),
    ("Z04", "卫生院党支部", "service", 7),
    ("Z05", "中心小学党支部", "service", 6),
    ("Z06", "供电所党支部", "service", 6),
    ("Z07", "东街社区党支部", "village", 6),
    ("Z08", "西街社区党支部", "village", 6),
    ("Z09", "前河村党支部", "village", 5),
    ("Z10", "后河村党支部", "village", 5),
    ("Z11", "建材厂党支部", "firm", 5),
    ("Z12", "离退休干部党支部", "village", 4),
)
#: Those who hold an office of the committee: account, role, the branch they live their party life in.
STAFF = (
    ("dw_secretary", "secretary", "Z01"),
    ("dw_office", "lead", "Z01"),
    ("dw_discipline", "discipline", "Z02"),
    ("dw_office2", "lead", "Z02"),
)
KEEPERS = (("admin1", "admin"), ("designer1", "designer"))
SURNAMES, MIDDLES, LASTS = "高林罗郭马徐胡梁宋唐许邓", "家永世佳雨新向", "平辉玲军洁峰云"
#: Who came in May, who left in April, who changed branches in July.
JOINED, LEFT, MOVED = "m72", "m71", "m21"
JOINS_ON, LEAVES_ON, MOVES_ON = date(YEAR, 5, 11), date(YEAR, 4, 30), date(YEAR, 7, 1)

#: What is done every month when all is done, by leaf.
MUST = {
    "ZZ01": 8, "ZZ02": 6, "ZZ03": 6, "ZZ04": 5,
    "JL01": 12, "JL02": 6, "JL03": 7,
    "PD01": 10, "PD02": 8, "PD03": 7,
    "FH01": 10, "FH04": 5, "FH07": 5, "FH10": 5,
}  # fmt: skip
ENCOURAGED = {"ZZ06": 3, "ZZ07": 2, "JL04": 2, "JL05": 2, "PD04": 3, "FH02": 2, "FH05": 3, "FH08": 2}
FORBIDDEN = {"ZZ10": -1, "JL06": -2, "JL07": -3, "FH03": -3, "FH09": -3}
HONOURS = {"HN03": "4", "HN04": "2", "HN05": "1", "HN06": "0.5"}
#: Where a member told to have less than 100 loses it: item and at most how much.
LOSSES = (("FH01", 6), ("PD02", 4), ("FH04", 4), ("FH10", 3), ("FH07", 3), ("ZZ03", 5))
LEAVES = ("politics", "discipline", "morality", "performance", "innovation", "cooperation", "assignment")
NOTES = {
    "ZZ06": "主讲支部党课",
    "ZZ07": "交流学习体会",
    "PD04": "走访帮扶户",
    "FH05": "做法被上级转发",
    "JL07": "外出未报备",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A member whose year was laid down by hand: the base of odd and of even months, the review, honours."""

    bases: tuple[int, int]
    review: str
    honours: tuple[str, ...] = ()


#: The planted boundaries and vectors; the README works their answers out.
TOLD = {
    "m01": Told((100, 100), "100"),
    "m09": Told((100, 100), "99.9"),
    "m15": Told((88, 92), "90"),
    "m22": Told((90, 90), "89.9"),
    "m29": Told((80, 80), "80"),
    "m35": Told((80, 80), "79.9"),
    "m10": Told((97, 99), "96", ("HN04",)),
    "m16": Told((84, 86), "80", ("HN05", "HN06")),
    "m23": Told((79, 79), "85"),
    "m17": Told((98, 100), "97", ("HN03", "HN04")),
    "m42": Told((95, 95), "90"),
    "m43": Told((94, 94), "89", ("HN05",)),
}
NOT_CONFIRMED = ("m41", f"{YEAR}-04")
#: Entries put in by hand: account, item, day, points.
EXTRA = (
    ("m36", "JL06", date(YEAR, 5, 6), -2),  # appealed, upheld
    ("m37", "JL06", date(YEAR, 6, 9), -2),  # appealed, rejected
    ("m38", "JL06", date(YEAR, 9, 2), -2),  # appealed, rejected
    ("m11", "FH02", date(YEAR, 3, 10), 2),  # entered twice, undone within the month
    ("m11", "FH02", date(YEAR, 3, 11), 2),
    ("m12", "FH07", date(YEAR, 3, 17), 5),  # another's, undone in May when March was closed
    ("m64", "FH11", date(YEAR, 8, 12), -5),  # refused two tasks: the part falls to 0, not below
    ("m64", "FH11", date(YEAR, 8, 20), -5),
    ("m65", "ZZ06", date(YEAR, 9, 8), 3),  # more than full, and the deduction bites all the same
    ("m65", "ZZ09", date(YEAR, 9, 22), -4),
    ("m46", "ZZ09", date(YEAR, 7, 1), -4),  # leave refused, stayed away
    ("m50", "HN06", date(YEAR, 6, 16), Decimal("0.5")),  # an honour undone in September
)
#: Members on whose days nothing but what is told here is left to chance.
QUIET = frozenset(TOLD) | {row[0] for row in EXTRA} | {"m41"}
#: Marks a rater gives otherwise than the entries say: month, account, leaf, mark, why.
MARKED = (
    (f"{YEAR}-02", "m49", "performance", "7", "按本支部办法，重点任务进度未达到要求。"),
    (f"{YEAR}-05", "m54", "performance", "9.5", "季度考核结果补录。"),
    (f"{YEAR}-10", "z03_secretary", "assignment", "4.5", "防汛值守缺岗一次。"),
)
#: Raters who hand in nothing: the branch in May, another branch's review.
SILENT = (("Z09", f"{YEAR}-05"), ("Z12", "annual"))


@dataclass(frozen=True, slots=True)
class Member:
    account: str
    #: (branch, first day, last day or None).
    terms: tuple[tuple[str, date, date | None], ...]

    def branch(self, day: date) -> str | None:
        return next((code for code, first, last in self.terms if first <= day and (last is None or day <= last)), None)


def draw(*key: object) -> Random:
    return Random("/".join(map(str, (SEED, *key))))


def members() -> list[Member]:
    """Everybody who belongs to a branch at some time of the year: 87 on the first day and 87 on the last."""
    found: list[Member] = []
    number = 0
    for code, _, _, size in BRANCHES:
        fixed = [f"{code.lower()}_secretary", *(account for account, _, at in STAFF if at == code)]
        plain = [f"m{number + place:02d}" for place in range(1, size + 1)]
        found += [Member(account, _terms(account, code)) for account in (*fixed, *plain)]
        number += size
    return [*found, Member(JOINED, (("Z11", JOINS_ON, None),))]


def _terms(account: str, branch: str) -> tuple[tuple[str, date, date | None], ...]:
    if account == LEFT:
        return ((branch, SINCE, LEAVES_ON),)
    if account == MOVED:
        return ((branch, SINCE, MOVES_ON - timedelta(days=1)), ("Z08", MOVES_ON, None))
    return ((branch, SINCE, None),)


def unit_rows() -> Iterator[Row]:
    yield "Q", "Q镇", "", "city", ""
    yield COMMITTEE, "Q镇党委", "", "committee", "Q"
    for code, name, _, _ in BRANCHES:
        yield code, f"Q镇{name}", "", "branch", COMMITTEE


def appointment_rows() -> Iterator[Row]:
    for member in members():
        for branch, first, last in member.terms:
            yield member.account, "member", branch, first, last or ""
    for code, *_ in BRANCHES:
        yield f"{code.lower()}_secretary", "secretary", code, SINCE, ""
    for account, role, _ in STAFF:
        yield account, role, COMMITTEE, SINCE, ""
    for account, role in KEEPERS:
        yield account, role, COMMITTEE, SINCE, ""


def people_rows() -> list[Row]:
    names = ["".join(parts) for parts in product(SURNAMES, MIDDLES, LASTS)]
    accounts = [*(member.account for member in members()), *(account for account, _ in KEEPERS)]
    step = 61  # coprime to the number of names: neighbours differ in all three characters and none occurs twice
    return [(account, names[place * step % len(names)]) for place, account in enumerate(accounts)]


# A year of entries


def months() -> list[date]:
    """The last day of every month."""
    return [date(YEAR + month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in range(1, 13)]


def entry_rows() -> list[Row]:
    """Entries in the order in which they are made: on Fridays and on a month's last day, of the days before."""
    found: list[Row] = []
    for member in members():
        for end in months():
            found += [_entry(member, *each) for each in _of_month(member, end)]
    found += [_entry(_member(account), item, day, points) for account, item, day, points in EXTRA]
    return sorted(found, key=lambda row: tuple(map(str, row)))


def _member(account: str) -> Member:
    return next(each for each in members() if each.account == account)


def _entry(member: Member, item: str, day: date, points: object) -> Row:
    at = f"{_recorded_on(day)}T17:00:00+08:00"
    return at, _recorder(member, day), member.account, item, day, points, NOTES.get(item, "")


def _recorded_on(day: date) -> date:
    friday = day + timedelta(days=(4 - day.weekday()) % 7)
    return min(friday, next(end for end in months() if end >= day))


def _recorder(member: Member, day: date) -> str:
    return OFFICE if member.account.endswith("_secretary") and member.account[0] == "z" else _secretary(member, day)


def _secretary(member: Member, day: date) -> str:
    return f"{member.branch(day)}_secretary".lower()


def _of_month(member: Member, end: date) -> Iterator[tuple[str, date, object]]:
    """(item, day, points) of one member's month; nothing where the member belongs to no branch at its end."""
    if member.branch(end) is None:
        return
    told = TOLD.get(member.account)
    done = _told(told.bases[end.month % 2 == 0]) if told else _by_chance(member.account, end)
    more = [*(_honoured(told, end) if told else ()), *(() if member.account in QUIET else _aside(member, end))]
    for place, (item, points) in enumerate([*done.items(), *more]):
        if not _signed_in(member, item, end):
            yield item, _day(member, end, place), points


def _day(member: Member, end: date, place: int) -> date:
    first = max(end.replace(day=1), YEAR_BEGINS, *(first for _, first, _ in member.terms if first <= end))
    return first + timedelta(days=draw(member.account, end, place).randrange((end - first).days + 1))


def _told(base: int) -> dict[str, int]:
    """What is done in a month of exactly this base."""
    done, missing = dict(MUST), 100 - base
    for item, most in LOSSES:
        less = min(most, missing)
        done[item], missing = done[item] - less, missing - less
    return done


def _by_chance(account: str, end: date) -> dict[str, object]:
    """What an ordinary member does in a month: nearly everything, some of it in part."""
    rng, diligence = draw(account, end), draw(account).uniform(0.74, 1)
    done: dict[str, object] = {}
    for item, full in MUST.items():
        if account in QUIET or rng.random() < diligence:
            done[item] = full
        elif rng.random() < 0.7:
            done[item] = Decimal(full) * rng.choice((50, 60, 75, 80)) / 100
    return done


def _aside(member: Member, end: date) -> Iterator[tuple[str, object]]:
    """What an ordinary member now and then does beyond, or should not."""
    rng = draw("aside", member.account, end)
    if rng.random() < 0.18:
        yield rng.choice(sorted(ENCOURAGED.items()))
    if rng.random() < 0.03:
        yield rng.choice(sorted(FORBIDDEN.items()))
    if rng.random() < 0.02:
        yield rng.choice(sorted(HONOURS.items()))


def _honoured(told: Told, end: date) -> list[tuple[str, object]]:
    return [(item, HONOURS[item]) for place, item in enumerate(told.honours) if end.month == 7 + place]


# Activities: who was there got its points by signing in

THEME, WARNING = "zhuti", "jingshi"
ACTIVITIES = {
    THEME: ("Z07", "ZZ02", date(YEAR, 7, 1), "“七一”主题党日", "东街社区党群服务中心"),
    WARNING: ("Z01", "JL03", date(YEAR, 9, 16), "警示教育专题会", "镇机关三楼会议室"),
}
#: Who asked for leave: activity, account, when, why. The first and the last get it.
LEAVES_ASKED = (
    (THEME, "m45", f"{YEAR}-06-24T10:00", "陪护住院家属。"),
    (THEME, "m46", f"{YEAR}-06-24T11:00", "个人事务。"),
    (WARNING, "m02", f"{YEAR}-09-03T10:30", "送家属到省城就医。"),
)


def _signed_in(member: Member, item: str, end: date) -> bool:
    """Whether the item's points of the month come from an activity of the member's branch."""
    held = ACTIVITIES.values()
    return any((member.branch(end), item, end.month) == (branch, given, day.month) for branch, given, day, _, _ in held)


def activity_events() -> Iterator[Row]:
    for key, (branch, item, day, title, place) in ACTIVITIES.items():
        begins, ends = (f"{day}T{clock}:00+08:00" for clock in ("14:30", "17:00"))
        facts = {"key": key, "title": title, "place": place, "starts_at": begins, "ends_at": ends, "item": item}
        yield _event(f"{day - timedelta(days=14)}T09:30", "activity", branch, f"{branch.lower()}_secretary", facts)
        away = {account for asked, account, _, _ in LEAVES_ASKED if asked == key}
        there = [each.account for each in members() if each.branch(day) == branch and each.account not in away]
        for minute, account in enumerate(there, start=31):
            yield _event(f"{day}T14:{minute}", "sign_in", branch, account, {"activity": key})
    for key, account, at, reason in LEAVES_ASKED:
        yield _event(at, "leave", ACTIVITIES[key][0], account, {"activity": key, "reason": reason})
    again = {"activity": THEME, "refused": "already_signed_in"}
    yield _event(f"{YEAR}-07-01T14:55", "sign_in", "Z07", "m44", again)


def act_events() -> Iterator[Row]:
    """Vetoes, appeals, counter-entries, and raters who hand in nothing."""
    for at, branch, account, item, basis in (
        ("2026-05-18T10:00", "Z04", "m24", "ZZ11", "网络言论线索，待核实。"),
        ("2026-08-10T10:00", "Z05", "m30", "JL09", "受党内警告处分，见处分决定。"),
        ("2026-10-12T10:00", "Z08", "m48", "PD08", "酒后驾驶，见公安机关处罚决定。"),
    ):
        by, facts = f"{branch.lower()}_secretary", {"account": account, "item": item, "basis": basis}
        yield _event(at, "veto", branch, by, facts)
    for at, account, day, text in (
        ("2026-05-11T09:30", "m36", "2026-05-06", "当日到县里开会，已向支部报备。"),
        ("2026-06-15T09:30", "m37", "2026-06-09", "当日因堵车晚到十分钟，请予免扣。"),
        ("2026-09-04T19:00", "m38", "2026-09-02", "当日身体不适，晚到半小时。"),
    ):
        yield _event(at, "appeal", "Z06", account, {"item": "JL06", "day": day, "text": text})
    for at, branch, account, item, day, reason in (
        ("2026-03-20T16:00", "Z02", "m11", "FH02", "2026-03-11", "重复登记。"),
        ("2026-05-20T16:00", "Z02", "m12", "FH07", "2026-03-17", "属他人事项，误记。"),
        ("2026-09-15T16:00", "Z08", "m50", "HN06", "2026-06-16", "通报撤销。"),
    ):
        by, facts = f"{branch.lower()}_secretary", {"account": account, "item": item, "day": day, "reason": reason}
        yield _event(at, "reversal", branch, by, facts)
    for branch, month in SILENT:
        yield _event(f"{YEAR}-01-05T09:00", "silent_rater", "", "", {"round": month, "rater": f"secretary@{branch}"})


def _event(at: str, kind: str, unit: str, by: str, content: dict[str, Any]) -> Row:
    return f"{at}:00+08:00", kind, unit, "", by, json.dumps(content, ensure_ascii=False)


def event_rows() -> list[Row]:
    return sorted((*activity_events(), *act_events()), key=lambda row: tuple(map(str, row)))


# Self-ratings, marks, reviews, methods


def self_rating_rows() -> list[Row]:
    """Members confirm in the first two days of the next month; some think a part of their work was worth more."""
    found: list[Row] = []
    for end in months():
        for member in members():
            month, rng = f"{end:%Y-%m}", draw("self", member.account, end)
            if member.branch(end) is not None and (member.account, month) != NOT_CONFIRMED and rng.random() < 0.97:
                found.append(_self_rating(member, end, rng))
    return sorted(found, key=lambda row: tuple(map(str, row)))


def _self_rating(member: Member, end: date, rng: Random) -> Row:
    at = f"{end + timedelta(days=rng.choice((1, 1, 2)))}T{rng.choice(('09', '20'))}:30:00+08:00"
    higher = {"performance": "10"} if member.account not in TOLD and rng.random() < 0.06 else {}
    note = "本月承担专项任务，请支部考虑。" if higher else ""
    return at, member.account, f"{end:%Y-%m}", *(higher.get(leaf, "") for leaf in LEAVES), note


def rating_rows() -> list[Row]:
    return [
        (month, account, *(mark if leaf == marked else "" for leaf in LEAVES), why)
        for month, account, marked, mark, why in MARKED
    ]


def review_rows() -> list[Row]:
    return [(member.account, _review(member)) for member in members() if member.branch(YEAR_ENDS) is not None]


def _review(member: Member) -> str:
    if member.account in TOLD:
        return TOLD[member.account].review
    rng = draw("review", member.account)
    return str(min(Decimal("99.5"), round(Decimal(rng.uniform(82, 99.5)), 1)))


#: What the parts of the last category are judged by, for each kind of branch; criteria sum to the part's full marks.
Criteria = tuple[tuple[str, int], ...]
METHODS: dict[str, dict[str, Criteria]] = {
    "office": {"performance": (("重点工作按期完成", 6), ("服务群众零投诉", 4)), "innovation": (("改进措施落地见效", 5),)},
    "service": {"performance": (("业务指标完成", 5), ("服务质量评价", 3), ("安全无事故", 2)), "innovation": (("技术或方法改进", 5),)},
    "village": {"performance": (("责任区走访和诉求办理", 5), ("议事协商和环境整治", 5)), "innovation": (("治理小创新", 3), ("点子被采纳", 2))},
    "firm": {"performance": (("生产任务完成", 7), ("质量和安全", 3)), "innovation": (("工艺改进和合理化建议", 5),)},
}  # fmt: skip
COMMON: dict[str, Criteria] = {"cooperation": (("联办事项配合评价", 5),), "assignment": (("急难险重任务完成情况", 5),)}
#: One branch judges otherwise from July on.
CHANGED = ("Z06", f"{YEAR}-06-25T10:00:00+08:00", f"{YEAR}-07-01", (("迎峰度夏保供", 6), ("业务指标完成", 4)))


def method_rows() -> Iterator[Row]:
    for code, _, kind, _ in BRANCHES:
        for part, criteria in {**METHODS[kind], **COMMON}.items():
            yield from _method(code, f"{YEAR}-01-06T10:00:00+08:00", f"{YEAR}-01-01", part, criteria)
    code, at, since, criteria = CHANGED
    yield from _method(code, at, since, "performance", criteria)


def _method(code: str, at: str, since: str, part: str, criteria: Iterable[tuple[str, int]]) -> Iterator[Row]:
    for criterion, points in criteria:
        yield at, f"{code.lower()}_secretary", code, since, part, criterion, points


# The files


def files() -> dict[str, str]:
    """The committee's files, text by path under the package folder."""
    marks = (*LEAVES,)
    tables: dict[str, tuple[Row, Iterable[Row]]] = {
        "units": (("code", "name", "group", "kind", "parent"), unit_rows()),
        "people": (("account", "name"), people_rows()),
        "appointments": (("account", "role", "unit", "from", "to"), appointment_rows()),
        "entries": (("at", "by", "account", "item", "day", "points", "note"), entry_rows()),
        "self_ratings": (("at", "account", "month", *marks, "note"), self_rating_rows()),
        "ratings": (("month", "account", *marks, "reason"), rating_rows()),
        "reviews": (("account", "score"), review_rows()),
        "methods": (("at", "by", "branch", "from", "part", "criterion", "points"), method_rows()),
        "events": (("at", "kind", "unit", "indicator", "by", "json"), event_rows()),
    }
    return {f"demo/{name}.csv": _csv([heading, *rows]) for name, (heading, rows) in tables.items()}


def _csv(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[_plain(cell) for cell in row] for row in rows])
    return text.getvalue()


def _plain(cell: object) -> str:
    return format(cell.normalize(), "f") if isinstance(cell, Decimal) else str(cell)


def write(folder: Path) -> None:
    for path, text in files().items():
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[1])
    sys.stdout.write("The committee is written.\n")
