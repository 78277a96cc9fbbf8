"""What the invented people of the demo city enter of their own accord: lines of ``events.csv``, few figures rest on them.

Peacetime records of every unit, assessors and their training, two special assessments, the veto that is taken back
(case 16), the target that is lowered in October (18), the appeal that is upheld (19) and the rules that stay as they were
issued (22).
"""

from collections.abc import Iterator
from typing import Any

#: at, kind, unit, indicator, by, json
Act = tuple[str, str, str, str, str, dict[str, Any]]

UNITS = [*(f"A{n:02}" for n in range(1, 7)), *(f"B{n:02}" for n in range(1, 11)), *(f"C{n:02}" for n in range(1, 5))]
VISITS = ("重点项目现场，进度与台账一致", "便民服务中心，群众办事等候时间较长", "产业园区，企业反映用工紧张")
TALKS = ("班子分工明确，对落后指标原因认识清楚", "主要负责同志对整改措施亲自部署", "建议加强科室之间的数据核对")
MEETINGS = ("对照检查较为深刻，相互批评坦诚", "查摆问题具体，整改责任到人", "个别同志发言联系实际不够")
FINDINGS = ("督办事项超期两周未报结果", "同一材料报送口径前后不一", "群众来信办理时限掌握不严")
PRAISE = ("防汛期间组织转移及时，无人员伤亡", "营商环境专项工作经验在全市推广")
REMINDERS = ("数据报送连续两次退回，请加强审核", "班子成员分管工作交叉，请理顺分工")
LOWERED = {"value": "62", "reason": "两家规上工业企业整体搬迁至市级园区", "basis": "T市政府专题会议纪要〔2026〕21号"}
FLOOD, PARK = "防汛救灾专项考核", "重点园区建设专项考核"
ASPECTS = ("attitude", "responsibility", "leadership", "role", "effect")


def acts() -> Iterator[Act]:
    yield from _records()
    yield from _assessors()
    yield from _special(FLOOD, "B03", "2026-07", "sudden_event", "relief", "excellent")
    yield from _special(PARK, "C02", "2026-09", "important_work", "key_project", "good")
    yield from _planted()


def _record(day: str, kind: str, unit: str, by: str, text: str, **more: Any) -> Act:
    return (f"{day}T16:30:00+08:00", "record", unit, "", by, {"kind": kind, "text": text} | more)


def _records() -> Iterator[Act]:
    for number, unit in enumerate(UNITS):
        day = f"{1 + number:02}"
        supervisor = f"supervisor{number % 3 + 1}"
        yield _record(f"2026-05-{day}", "field_visit", unit, supervisor, VISITS[number % 3], tags=["joint"])
        yield _record(f"2026-09-{day}", "talk", unit, "lead2", TALKS[number % 3], tags=["cadre_work"])
        yield _record(f"2026-12-{day}", "democratic_life_meeting", unit, "lead3", MEETINGS[number % 3])
    for number, unit in enumerate(UNITS[::2]):
        finding = FINDINGS[number % 3]
        yield _record(f"2026-06-{10 + number}", "supervision_finding", unit, "inspector1", finding, tags=["joint"])
    for number, unit in enumerate(("A01", "B01", "B02", "B03", "C01", "A02")):
        yield _record(f"2026-10-{10 + number}", "commendation", unit, "lead1", PRAISE[number % 2])
    for number, unit in enumerate(("A06", "B07", "B10", "C04")):
        yield _record(f"2026-08-{10 + number}", "reminder", unit, "lead1", REMINDERS[number % 2])
    taken = "巡察反馈：选人用人程序记录不完整"
    yield _record("2026-11-05", "taken_over", "B07", "lead2", taken, tags=["inspection_tour"])


def _assessors() -> Iterator[Act]:
    for number, account in enumerate(("lead2", "lead3", "supervisor1", "supervisor2", "d09_clerk", "d25_clerk")):
        full = account.startswith(("lead", "supervisor"))
        unit = {"l": "ORG", "s": "DCS"}.get(account[0], account[:3].upper())
        speciality = ("干部考核", "数据审核", "督查督办", "现场核查", "经济运行", "生态环境")[number]
        said = {"account": account, "kind": "full_time" if full else "part_time", "speciality": speciality}
        yield (f"2026-01-12T10:{number:02}:00+08:00", "assessor", unit, "", "lead1", said)
    for day, kind, topic, accounts in (
        ("2026-03-13", "course", "计分细则与数据核验", ["lead2", "lead3", "supervisor1", "d09_clerk", "d25_clerk"]),
        ("2026-06-26", "study_tour", "赴外市学习过程监控做法", ["lead3", "supervisor2"]),
        ("2026-10-30", "follow_class", "跟班参加年度考核准备", ["d09_clerk"]),
    ):
        said = {"kind": kind, "topic": topic, "accounts": accounts, "from": day, "to": day, "outcome": "考试合格"}
        yield (f"{day}T17:00:00+08:00", "training", "", "", "lead1", said)


def _special(name: str, unit: str, month: str, trigger: str, tag: str, rating: str) -> Iterator[Act]:
    """From the entry in the year's plan to the conclusion, with what the three bodies say."""
    title = f"{name}（{unit}）"
    plan = {
        "kind": "special",
        "name": name,
        "organiser": "ORG",
        "subject": name,
        "basis": "市委办〔2026〕15号",
        "units": [unit],
    }
    yield (f"{month}-02T09:00:00+08:00", "planned", "", "", "lead1", plan)
    yield (
        f"{month}-03T15:00:00+08:00",
        "plan_approved",
        "",
        "",
        "committee1",
        {"name": name, "document": "领导小组〔2026〕7号"},
    )
    yield (f"{month}-04T09:00:00+08:00", "duty", "", "", "lead1", {"name": name, "accounts": ["lead2", "supervisor1"]})
    opened = {"name": name, "trigger": trigger, "title": title, "occasion": "市委部署的专项工作", "tags": [tag]}
    yield (f"{month}-04T10:00:00+08:00", "special", unit, "", "lead1", opened)
    for body, asked in (("discipline", "D39"), ("petitions", "D32")):
        question = {
            "title": title,
            "body": body,
            "asked": asked,
            "question": "任务期间有无问题反映",
            "due": f"{month}-15",
        }
        yield (f"{month}-06T09:00:00+08:00", "corroboration_asked", unit, "", "lead1", question)
        said = {"title": title, "body": body, "text": "未收到相关问题反映"}
        yield (f"{month}-10T11:00:00+08:00", "corroborated", unit, "", f"{asked.lower()}_clerk", said)
    waived = {"title": title, "body": "audit", "reason": "任务期间未安排审计项目"}
    yield (f"{month}-11T09:00:00+08:00", "corroboration_waived", unit, "", "committee1", waived)
    rated = {aspect: [rating, "查看现场、访谈和台账后评定"] for aspect in ASPECTS}
    yield (f"{month}-20T16:00:00+08:00", "special_rated", unit, "", "supervisor1", {"title": title, "aspects": rated})
    concluded = {"title": title, "conclusion": "任务完成，作用发挥明显，结果存入平时考核档案。"}
    yield (f"{month}-22T10:00:00+08:00", "special_concluded", unit, "", "lead1", concluded)


def _planted() -> Iterator[Act]:
    item = {"code": "YP-01", "name": "安全生产一票否决", "basis": "市委办〔2026〕8号"}
    yield ("2026-02-10T09:00:00+08:00", "bar_item", "", "", "lead1", item)
    yield ("2026-02-12T15:00:00+08:00", "bar_listed", "", "", "committee1", {"document": "领导小组〔2026〕2号"})
    fire = {"item": "YP-01", "basis": "市安委会事故调查报告〔2027〕3号"}
    yield ("2027-02-18T10:00:00+08:00", "bar", "B02", "", "inspector1", fire)
    yield (
        "2027-02-22T15:00:00+08:00",
        "bar_confirmed",
        "B02",
        "",
        "committee1",
        {"note": "领导小组会议纪要〔2027〕4号"},
    )
    taken_back = {"why": "省级复核认定事故不属该县监管责任"}
    yield ("2027-03-22T10:00:00+08:00", "bar_revoked", "B02", "", "lead2", taken_back)
    rules = {"codes": ["P02", "P11"], "standard": "按完成率计分，另加奖励分。"}
    yield ("2026-06-18T10:00:00+08:00", "rules_changed", "D22", "", "d22_clerk", rules)
    yield ("2026-10-15T10:00:00+08:00", "target_change", "A05", "E17", "a05_clerk", LOWERED)
    decided = {"document": "领导小组〔2026〕12号"}
    yield ("2026-10-26T15:00:00+08:00", "target_changes_approved", "", "", "committee1", decided)
    yield from _appeal()


def _appeal() -> Iterator[Act]:
    """Dated before the year can have a result: each waits for its moment. The hours run backwards, so one comes a day."""
    text = "年末2件欠薪案件已按期办结，因系统回填延迟被计为超期，完成值应为100%，结案材料附后。"
    note = "经核查结案文书，2件案件均在法定期限内办结，完成值应更正。"
    for hour, kind, by, said in (
        ("15:40", "appeal_filed", "b10_leader", {"text": text}),
        ("14:20", "appeal_accepted", "lead1", {}),
        ("11:00", "appeal_upheld", "lead2", {"note": note}),
        ("10:10", "appeal_corrected", "d20_leader", {"value": "100"}),
        ("09:30", "appeal_recomputed", "lead1", {}),
    ):
        yield (f"2027-01-05T{hour}:00+08:00", kind, "B10", "P20", by, said)
