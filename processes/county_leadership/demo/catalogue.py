"""The invented indicators of T市: 120 of them, what they measure, who answers for them and how they are scored.

One line of ``LINES`` is one indicator:

    code | name | unit of measure | method | direction and kind | responsible unit | data unit | source | target | places | flags | schedule | parameters

Direction is H (higher is better), L (lower) or R (range); kind is c (cumulative), l (level) or m (milestone). Source is
s (superior), k (key work) or r (routine). The target is a typical county's. Places are the decimals of its figures.
Flags: m main, + an amount that grows with the size of the unit and adds up to the city's, x exempt in the development
zones, = nearly everybody reaches it, g published with a lag (February's figure in April, June's in August).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

CATEGORIES = {"E": "经济发展", "S": "社会治理", "P": "公共服务", "H": "生态环境", "J": "党的建设"}
#: Weight of each category in cents of a point, by group; a group not named here has the shares of A.
SHARES = {
    "A": {"E": 3000, "S": 2200, "P": 2000, "H": 1300, "J": 1500},
    "B": {"E": 3200, "S": 2000, "P": 2000, "H": 1500, "J": 1300},
    "C": {"E": 5000, "S": 1200, "P": 1200, "H": 1300, "J": 1300},
}
DIRECTIONS = {"H": "higher_better", "L": "lower_better", "R": "range"}
KINDS = {"c": "cumulative", "l": "level", "m": "milestone"}
SOURCES = {"s": "superior", "k": "key_work", "r": "routine"}
#: Scored once a year from a vote or a typed mark: nothing to read in April and August.
SUBJECTIVE = ("vote_grades", "panel_mean")

LINES = """
E01|地区生产总值增速|%|gate_plus_rank|Hl|D01|D02|s|5.5|1|m||
E02|规上工业增加值增速|%|gate_plus_rank|Hl|D03|D02|s|6.5|1|mg||
E03|社会消费品零售总额|亿元|growth_vs_mean|Hc|D06|D02|s|180|1|m+||
E04|一般公共预算收入|亿元|growth_vs_mean|Hc|D05|D05|s|40|2|m+||
E05|规上服务业营业收入|亿元|growth_vs_mean|Hc|D06|D02|s|90|1|+g||
E06|外贸进出口总额|亿元|growth_vs_mean|Hc|D06|D06|s|65|1|+||
E07|数字经济核心产业增加值|亿元|growth_vs_mean|Hc|D15|D02|k|48|1|+||
E08|高新技术产业产值|亿元|growth_vs_mean|Hc|D04|D02|k|120|1|+||
E09|建筑业总产值|亿元|growth_vs_mean|Hc|D09|D02|r|110|1|+||
E10|旅游综合收入|亿元|growth_vs_mean|Hc|D13|D13|r|55|1|+x||
E11|税收收入|亿元|growth_vs_mean|Hc|D17|D17|s|32|2|+||
E12|农林牧渔业总产值|亿元|growth_vs_mean|Hc|D07|D02|r|45|1|+x||
E13|固定资产投资完成额|亿元|completion_ratio|Hc|D01|D02|s|200|1|m+||
E14|重点项目年度投资完成额|亿元|completion_ratio|Hc|D01|D01|k|100|1|m+||
E15|招商引资到位资金|亿元|completion_ratio|Hc|D14|D14|k|120|1|m+||
E16|实际使用外资|百万美元|completion_ratio|Hc|D06|D06|s|50|1|+||{"cap": null}
E17|新增规上工业企业数|家|completion_ratio|Hc|D03|D02|k|40|0|+||
E18|工业技术改造投资|亿元|completion_ratio|Hc|D03|D02|k|60|1|+||
E19|粮食总产量|万吨|completion_ratio|Hc|D07|D02|s|42|1|m+x|03-31=0;07-31=0.4;12-31=1|
E20|高标准农田建设面积|万亩|completion_ratio|Hc|D07|D07|s|6|2|+x|03-31=0.1;07-31=0.3;12-31=1|
E21|省级重点项目开工节点完成数|个|completion_ratio|Hm|D14|D14|k|20|0||03-31=0.2;07-31=0.6;12-31=1|
E22|新增专精特新企业数|家|completion_ratio|Hc|D04|D04|k|30|0|+||
E23|港口货物吞吐量|万吨|completion_ratio|Hc|D08|D08|r|260|0|+x||
E24|新增经营主体数|户|completion_ratio|Hc|D11|D11|r|4200|0|+||
E25|研发经费投入强度|%|efficacy_minmax|Hl|D04|D02|s|2.4|2|||
E26|规上工业企业亩均税收|万元/亩|efficacy_minmax|Hl|D17|D02|k|18|2|||
E27|每万人口高价值发明专利拥有量|件|efficacy_minmax|Hl|D11|D11|s|9|2|||
E28|规上工业企业营业收入利润率|%|efficacy_minmax|Hl|D03|D02|r|6.2|2|||
E29|金融机构存贷比|%|efficacy_minmax|Hl|D12|D12|r|78|1|x||
E30|营商环境评价得分|分|rank_step|Hl|D01|D01|s|90|1|m||
E31|工业用电量增速|%|rank_step|Hl|D03|D02|r|7|1|||
E32|制造业贷款余额增速|%|rank_step|Hl|D12|D12|r|9|1|||
E33|居民人均可支配收入增速|%|rank_step|Hl|D02|D02|s|5|1|mx||
E34|工业产能利用率|%|range|Rl|D03|D02|k|80|1|m||{"low": "75", "high": "85", "width": "20"}
E35|政府债务率|%|range|Rl|D05|D05|s|80|1|||{"low": "60", "high": "100", "width": "40"}
E36|非税收入占比|%|control_limit|Ll|D05|D05|s|30|1|||
S01|生产安全事故起数|起|control_limit|Lc|D31|D31|s|40|0|m+||
S02|信访总量|件|control_limit|Lc|D32|D32|s|400|0|m+||
S03|刑事案件发案数|起|control_limit|Lc|D29|D29|s|600|0|+x||
S04|火灾起数|起|control_limit|Lc|D33|D33|r|90|0|+||
S05|道路交通事故死亡人数|人|control_limit|Lc|D29|D29|s|30|0|+x||
S06|群众安全感|%|per_point_deduct|Hl|D38|D02|s|95|1|x||{"step": "1", "deduct": "5"}
S07|信访事项按期办结率|%|per_point_deduct|Hl|D32|D32|s|98|1|m||{"step": "1", "deduct": "5"}
S08|初次信访事项化解率|%|per_point_deduct|Hl|D32|D32|r|85|1|x||{"step": "1", "deduct": "4"}
S09|重点场所消防检查合格率|%|per_point_deduct|Hl|D33|D33|r|92|1|||{"step": "1", "deduct": "4"}
S10|食品安全抽检合格率|%|per_point_deduct|Hl|D11|D11|s|98|1|||{"step": "1", "deduct": "5", "mode": "whole_steps"}
S11|每万人口治安警情数|起|efficacy_minmax|Ll|D29|D29|r|36|1|x||
S12|行政复议纠错率|%|efficacy_minmax|Ll|D30|D30|r|8|2|x||
S13|法治建设评估得分|分|efficacy_minmax|Hl|D30|D30|s|88|1|||
S14|重大隐患整改销号率|%|target_or_zero|Hl|D31|D31|k|100|1|m=||
S15|隐性债务化解任务完成率|%|target_or_zero|Hl|D05|D05|s|100|1|x=||
S16|平安建设负面事件扣分|分|event_deduct|Lc|D38|D38|s|10|1|||{"full": "100", "cap": "40"}
S17|安全生产负面事件扣分|分|event_deduct|Lc|D31|D31|s|10|1|||{"full": "100", "cap": "30"}
S18|矛盾纠纷调处成功率|%|rank_step|Hl|D30|D30|r|97|1|||
S19|网格化治理示范点建设数|个|completion_ratio|Hc|D38|D38|k|24|0|+x||
S20|公共法律服务站点规范化率|%|completion_ratio|Hl|D30|D30|k|95|1|m=||
S21|视频监控联网点位数|个|completion_ratio|Hc|D29|D29|r|800|0|+x||
S22|应急演练场次|场|completion_ratio|Hc|D31|D31|r|60|0|+||
S23|社区矫正对象教育帮扶率|%|completion_ratio|Hl|D30|D30|r|96|1|x=||
S24|政务服务事项网上可办率|%|completion_ratio|Hl|D16|D16|k|100|1|m=||
P01|城镇新增就业人数|人|completion_ratio|Hc|D20|D20|s|6000|0|m+||
P02|城乡居民基本医疗保险参保率|%|completion_ratio|Hl|D22|D22|s|97|1|m||
P03|清洁取暖改造户数|户|completion_ratio|Hc|D09|D09|k|3000|0|m+x|03-31=0;07-31=0.2;12-31=1|
P04|农村公路新改建里程|公里|completion_ratio|Hc|D08|D08|k|80|1|+x|03-31=0;07-31=0.4;12-31=1|
P05|普惠性幼儿园在园幼儿占比|%|completion_ratio|Hl|D18|D18|r|90|1|x||
P06|养老机构护理型床位占比|%|completion_ratio|Hl|D21|D21|r|60|1|x||
P07|老旧小区改造节点完成数|个|completion_ratio|Hm|D09|D09|k|16|0|x|03-31=0.25;07-31=0.5;12-31=1|
P08|文化惠民演出场次|场|completion_ratio|Hc|D13|D13|r|150|0|+||
P09|民生实事节点完成数|个|completion_ratio|Hm|D21|D21|k|20|0|m|03-31=0.2;07-31=0.5;12-31=1|
P10|防返贫监测对象帮扶措施落实率|%|completion_ratio|Hl|D34|D34|s|100|1|x=||
P11|职工医保住院费用实际报销比例|%|efficacy_minmax|Hl|D22|D22|r|72|1|||
P12|义务教育优质均衡指数|分|efficacy_minmax|Hl|D18|D18|s|86|1|x||
P13|县域内就诊率|%|efficacy_minmax|Hl|D19|D19|s|90|1|x||
P14|每千人口执业医师数|人|efficacy_minmax|Hl|D19|D19|r|3.2|2|x||
P15|人均体育场地面积|平方米|efficacy_minmax|Hl|D24|D24|r|2.6|2|x||
P16|城乡居民收入比|比值|efficacy_minmax|Ll|D02|D02|s|2.1|2|x||
P17|重点人群家庭医生签约率|%|per_point_deduct|Hl|D19|D19|r|78|1|x||{"step": "1", "deduct": "4"}
P18|退役军人安置率|%|per_point_deduct|Hl|D23|D23|r|95|1|||{"step": "1", "deduct": "4"}
P19|农村自来水普及率|%|per_point_deduct|Hl|D26|D26|k|96|2|mx||{"step": "1", "deduct": "4"}
P20|欠薪案件按期办结率|%|target_or_zero|Hl|D20|D20|s|100|1|m=||
P21|保交房任务完成率|%|target_or_zero|Hl|D09|D09|k|100|1|x=||
P22|公共文化服务效能得分|分|rank_step|Hl|D13|D13|r|85|1|||
P23|群众满意度测评|分|vote_grades|Hl|D16|D02|k|85|2||12-31=1|{"values": {"满意": "100", "基本满意": "80", "一般": "60", "不满意": "0"}}
P24|义务教育学校平均班额|人|range|Rl|D18|D18|r|40|1|x||{"low": "35", "high": "45", "width": "15"}
H01|能源消费总量|万吨标准煤|control_limit|Lc|D01|D02|s|120|1|m+||
H02|煤炭消费总量|万吨|control_limit|Lc|D25|D02|s|85|1|+||
H03|用水总量|百万立方米|control_limit|Lc|D26|D26|s|160|1|+x||
H04|PM2.5平均浓度|微克/立方米|control_limit|Ll|D25|D25|s|35|1|m||
H05|空气质量优良天数比例|%|per_point_deduct|Hl|D25|D25|s|80|1|m||{"step": "1", "deduct": "4"}
H06|城镇生活污水集中收集率|%|per_point_deduct|Hl|D26|D26|k|75|1|||{"step": "1", "deduct": "4"}
H07|生活垃圾回收利用率|%|per_point_deduct|Hl|D28|D28|r|38|1|x||{"step": "1", "deduct": "5"}
H08|危险废物规范化管理合格率|%|per_point_deduct|Hl|D25|D25|r|96|1|||{"step": "1", "deduct": "5", "mode": "whole_steps"}
H09|造林绿化面积|亩|completion_ratio|Hc|D27|D27|k|5000|0|+x|03-31=0.5;07-31=0.7;12-31=1|
H10|万元GDP能耗降低率|%|completion_ratio|Hl|D01|D02|s|3.2|2|m||
H11|矿山生态修复面积|亩|completion_ratio|Hc|D10|D10|k|900|0|+x|03-31=0.1;07-31=0.6;12-31=1|
H12|空气质量综合指数|指数|efficacy_minmax|Ll|D25|D25|s|4.2|2|||
H13|城市道路机械化清扫率|%|efficacy_minmax|Hl|D28|D28|r|88|1|x||
H14|农村生活污水治理率|%|rank_step|Hl|D26|D26|k|55|1|x||
H15|地表水断面达标率|%|target_or_zero|Hl|D25|D25|s|100|1|=||
H16|耕地保有量占任务比例|%|range|Rl|D10|D10|s|102.5|1|||{"low": "100", "high": "105", "width": "10"}
J01|党员教育培训覆盖率|%|completion_ratio|Hl|D35|D35|k|98|1|m=||
J02|基层党组织标准化达标率|%|completion_ratio|Hl|D35|D35|k|95|1|m||
J03|主题党日活动开展场次|场|completion_ratio|Hc|D35|D35|r|100|0|+||
J04|发展党员计划完成率|%|per_point_deduct|Hl|D35|D35|r|95|1|||{"step": "1", "deduct": "5"}
J05|巡察反馈问题整改率|%|per_point_deduct|Hl|D39|D39|k|95|1|m||{"step": "1", "deduct": "5"}
J06|理论学习中心组学习测评得分|分|efficacy_minmax|Hl|D36|D36|r|88|1|||
J07|统一战线工作评价得分|分|efficacy_minmax|Hl|D37|D37|r|86|1|||
J08|党建引领基层治理评价得分|分|rank_step|Hl|D38|D38|k|87|1|||
J09|意识形态责任制问题整改完成率|%|target_or_zero|Hl|D36|D36|s|100|1|=||
J10|信息宣传采用篇数|篇|count_capped|Hc|D36|D36|r|16|0|||{"items": {"中央媒体": {"each": "20", "cap": "40"}, "省级媒体": {"each": "5", "cap": "60"}}}
J11|改革创新经验推广数|项|count_capped|Hc|D36|D36|k|6|0|||{"items": {"省级推广": {"each": "25", "cap": "50"}, "市级推广": {"each": "12.5", "cap": "50"}}}
J12|上级表彰奖励数|项|count_capped|Hc|D20|D20|r|8|0|||{"items": {"省部级": {"each": "20", "cap": "60"}, "市厅级": {"each": "8", "cap": "40"}}}
J13|人才项目引进数|个|count_capped|Hc|D20|D20|k|9|0|||{"items": {"领军人才": {"each": "15", "cap": "45"}, "青年人才": {"each": "9", "cap": "55"}}}
J14|志愿服务项目数|个|count_capped|Hc|D36|D36|r|14|0|||{"items": {"示范项目": {"each": "10", "cap": "40"}, "一般项目": {"each": "6", "cap": "60"}}}
J15|服务民营企业活动数|场|count_capped|Hc|D37|D37|r|20|0|x||{"items": {"政企恳谈": {"each": "6", "cap": "60"}, "走访调研": {"each": "4", "cap": "40"}}}
J16|领导班子运行情况专项评分|分|panel_mean|Hl|D35|D35|k|85|3||12-31=1|
J17|精神文明创建检查得分|分|panel_mean|Hl|D36|D36|r|85|2||12-31=1|
J18|领导班子民主测评|分|vote_grades|Hl|D35|D35|k|85|2||12-31=1|{"values": {"优秀": "100", "良好": "80", "一般": "60", "较差": "40"}}
J19|违纪违法案件扣分|分|event_deduct|Lc|D39|D39|s|10|1|||{"full": "100", "cap": "40"}
J20|落实中央八项规定精神问题扣分|分|event_deduct|Lc|D39|D39|s|10|1|||{"full": "100", "cap": "40"}
"""

#: What a method needs beside the line's own parameters; "direction" and "gate" are filled in from the line.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "completion_ratio": {"cap": "1"},
    "target_or_zero": {"direction": ""},
    "rank_step": {"step": "0.05", "floor": "0", "direction": ""},
    "efficacy_minmax": {"base": "60", "span": "40", "clamp": False, "direction": ""},
    "per_point_deduct": {"mode": "pro_rata", "floor": "0", "direction": ""},
    "growth_vs_mean": {"mix": "0.6"},
    "gate_plus_rank": {"gate": "", "gate_points": "40", "rank_points": "60", "step": "0.05"},
}


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    measure: str
    method: str
    direction: str
    kind: str
    owner: str
    data_unit: str
    source: str
    target: Decimal
    places: int
    flags: str
    schedule: str
    params: dict[str, Any]

    @property
    def category(self) -> str:
        return self.code[0]

    @property
    def main(self) -> bool:
        return "m" in self.flags

    @property
    def additive(self) -> bool:
        return "+" in self.flags

    @property
    def lagging(self) -> bool:
        return "g" in self.flags


def _parameters(method: str, direction: str, target: str, own: str) -> dict[str, Any]:
    params: dict[str, Any] = _DEFAULTS.get(method, {}) | json.loads(own or "{}")
    if "direction" in params:
        params["direction"] = direction
    if "gate" in params:
        params["gate"] = target
    return params


def _indicator(line: str) -> Indicator:
    parts = line.split("|")
    code, name, measure, method, nature, owner, data_unit, source, target, places, flags, schedule, own = parts
    direction = DIRECTIONS[nature[0]]
    return Indicator(
        code=code,
        name=name,
        measure=measure,
        method=method,
        direction=direction,
        kind=KINDS[nature[1]],
        owner=owner,
        data_unit=data_unit,
        source=SOURCES[source],
        target=Decimal(target),
        places=int(places),
        flags=flags,
        schedule=schedule,
        params=_parameters(method, direction, target, own),
    )


CATALOGUE = tuple(_indicator(line) for line in LINES.strip().splitlines())


def sample(rng: Random, size: int) -> list[Indicator]:
    """``size`` indicators in catalogue order, at least three of every category."""
    chosen: list[Indicator] = []
    for letter in CATEGORIES:
        chosen += rng.sample([row for row in CATALOGUE if row.category == letter], 3)
    rest = [row for row in CATALOGUE if row not in chosen]
    chosen += rng.sample(rest, size - len(chosen))
    return sorted(chosen, key=CATALOGUE.index)


def shared_out(cents: int, parts: Iterable[int]) -> list[int]:
    """Cents in proportion to the parts; what is left over goes, a cent at a time, to the largest parts in order.

    So two indicators with the same (not the largest) part always weigh the same.
    """
    parts = list(parts)
    shares = [cents * part // sum(parts) for part in parts]
    largest = [place for place, part in enumerate(parts) if part == max(parts)]
    for extra in range(cents - sum(shares)):
        shares[largest[extra % len(largest)]] += 1
    return shares


def weights(chosen: list[Indicator], group: str, rng: Random | None) -> dict[str, str]:
    """Each indicator's weight in the group, in points with two decimals; they sum to 100.00.

    A main indicator weighs about twice a routine one; with ``rng`` the weights are drawn.
    """
    result = {}
    for letter, cents in SHARES.get(group, SHARES["A"]).items():
        rows = [row for row in chosen if row.category == letter]
        parts = [rng.randint(1, 9) if rng else 1 + row.main for row in rows]
        for row, share in zip(rows, shared_out(cents, parts), strict=True):
            result[row.code] = f"{share // 100}.{share % 100:02d}"
    return result
