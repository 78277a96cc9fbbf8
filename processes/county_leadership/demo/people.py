"""Units and invented persons of the demo city: who sits where, with accounts that can be guessed for the sign-in cards."""

from collections.abc import Iterable
from itertools import product

Row = tuple[str, ...]

OFFICES = """
D01 发展改革委,D02 统计局,D03 工业和信息化局,D04 科技局,D05 财政局,D06 商务局,D07 农业农村局,D08 交通运输局,D09 住房城乡建设局,
D10 自然资源和规划局,D11 市场监管局,D12 地方金融管理局,D13 文化广电旅游局,D14 投资促进局,D15 数据局,D16 政务服务管理局,
D17 税务局,D18 教育局,D19 卫生健康委,D20 人力资源社会保障局,D21 民政局,D22 医疗保障局,D23 退役军人事务局,D24 体育局,
D25 生态环境局,D26 水务局,D27 林业局,D28 城市管理局,D29 公安局,D30 司法局,D31 应急管理局,D32 信访局,D33 消防救援支队,
D34 乡村振兴局,D35 委组织部,D36 委宣传部,D37 委统战部,D38 委政法委,D39 纪委监委,D40 档案馆
"""
OFFICE_NAMES = {code: f"T市{name}" for code, name in (item.split() for item in OFFICES.split(",") if item.strip())}
CITY_UNITS: tuple[Row, ...] = (
    ("T", "T市", "", "city", ""),
    ("ORG", "T市委组织部（考核办）", "", "lead", "T"),
    ("DCS", "T市委市政府督查室", "", "inspection", "T"),
    ("LXZ", "T市考核工作领导小组", "", "committee", "T"),
    ("EXP", "T市考核专家库", "", "expert_pool", "T"),
)
#: Asked for its opinion on every unit; it answers for no indicator.
AUDIT: Row = ("SJJ", "T市审计局", "", "audit", "T")
KIND_OF_PLACE = {"A": "区", "B": "县", "C": "开发区"}

STAFF: tuple[tuple[str, str, str], ...] = (
    ("lead1", "lead", "ORG"),
    ("lead2", "lead", "ORG"),
    ("lead2", "clerk", "ORG"),
    ("lead3", "lead", "ORG"),
    ("org_leader", "leader", "ORG"),
    ("admin1", "admin", "ORG"),
    ("designer1", "designer", "ORG"),
    ("inspector1", "inspector", "DCS"),
    ("inspector2", "inspector", "DCS"),
    ("dcs_leader", "leader", "DCS"),
    *((f"supervisor{number}", "supervisor", "DCS") for number in range(1, 4)),
    *((f"committee{number}", "committee", "LXZ") for number in range(1, 4)),
    *((f"expert{number}", "expert", "EXP") for number in range(1, 16)),
)
#: The clerk of this unit hands over in July: unit, last day, first day of the successor.
HANDOVER = ("B05", "2026-07-10", "2026-07-11")

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
MIDDLES = "明志文建国海晓春"
LASTS = "远平华涛琳敏"


def assessed_units(groups: dict[str, int]) -> list[Row]:
    """Assessed units as rows of units.csv: A01, A02, ... in the order of the groups."""
    return [
        (code, f"{code}{KIND_OF_PLACE.get(group, '县')}", group, "county", "T")
        for group, size in groups.items()
        for code in (f"{group}{number:02d}" for number in range(1, size + 1))
    ]


def unit_rows(groups: dict[str, int], offices: Iterable[str], *others: Row) -> list[Row]:
    departments = [(code, OFFICE_NAMES[code], "", "department", "T") for code in offices]
    return [CITY_UNITS[0], *assessed_units(groups), *departments, *CITY_UNITS[1:], *others]


def appointment_rows(units: Iterable[Row]) -> list[Row]:
    """Rows of appointments.csv: a clerk and a leader in every county and department, then the city's own staff."""
    rows, units = list[Row](), list(units)
    for unit, _, _, kind, _ in units:
        if kind in ("county", "department"):
            rows += [
                (f"{unit.lower()}_clerk", "clerk", unit, "2024-01-01", HANDOVER[1] if unit == HANDOVER[0] else ""),
                (f"{unit.lower()}_leader", "leader", unit, "2024-01-01", ""),
            ]
        if unit == HANDOVER[0]:
            rows.append((f"{unit.lower()}_clerk2", "clerk", unit, HANDOVER[2], ""))
    heard = [row[0] for row in units if row[3] == "audit"]
    bodies = [(f"{unit.lower()}_{role}", role, unit) for unit in heard for role in ("clerk", "leader")]
    return rows + [(account, role, unit, "2024-01-01", "") for account, role, unit in (*STAFF, *bodies)]


def people_rows(appointments: Iterable[Row]) -> list[Row]:
    """Rows of people.csv: every account once, each with a name of its own put together from three lists."""
    accounts = list(dict.fromkeys(row[0] for row in appointments))
    names = ["".join(parts) for parts in product(SURNAMES, MIDDLES, LASTS)]
    step = 61  # coprime to the number of names, so that neighbours differ in all three characters and none occurs twice
    return [(account, names[place * step % len(names)]) for place, account in enumerate(accounts)]
