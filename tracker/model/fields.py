"""Fields: every fact that a project carries, declared once.

A declaration holds facts only. Each floor has one small table from `Kind` to its own thing (a column
type, a parser, a widget); nothing about a field is written down a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of value a field takes."""

    CODE = "code"
    NAME = "name"
    PLACE = "place"
    PLACES = "places"
    CATEGORY = "category"
    LEVEL = "level"
    WORD = "word"
    TEXT = "text"
    MONEY = "money"
    PLANNED_DATE = "planned_date"
    ACTUAL_DATE = "actual_date"
    STAGE = "stage"
    PERCENT = "percent"
    QUANTITY = "quantity"


class Span(StrEnum):
    """How long a stated value holds: until restated, within its year, or within its month."""

    STANDING = "standing"
    YEAR = "year"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Field:
    """One declared field.

    `synonyms` are the headings seen in offices' lists beside `heading`; `unit` is printed after the
    heading; `blank_empties` marks the texts that a blank cell empties (elsewhere a blank says nothing);
    `longest` caps texts, in characters; `reported` marks what a county states each month, the rest is
    the task force's to change.
    """

    name: str
    heading: str
    kind: Kind
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    span: Span = Span.STANDING
    blank_empties: bool = False
    longest: int = 0
    reported: bool = False
    help: str = ""

    @property
    def title(self) -> str:
        """Give the heading with its unit, as tables print it: `总投资（万元）`."""
        return f"{self.heading}（{self.unit}）" if self.unit else self.heading


def _outputs() -> tuple[Field, ...]:
    """Give the outputs a project plans and delivers, each as a pair of quantities."""
    kinds = (
        ("sewage_capacity", "污水处理能力", "m³/d"),
        ("pipe_length", "管网长度", "km"),
        ("river_length", "河道治理长度", "km"),
        ("wetland_area", "人工湿地面积", "亩"),
        ("greening_area", "绿化面积", "亩"),
        ("erosion_area", "水土流失治理面积", "km²"),
    )
    pairs: list[Field] = []
    for name, heading, unit in kinds:
        short = heading.removesuffix("长度").removesuffix("面积")
        planned = (f"设计{heading}", f"{short}建设规模", f"计划{short}")
        done = (f"新增{heading}", f"完成{heading}", f"已完成{short}")
        pairs.append(
            Field(f"{name}_planned", f"计划{heading}", Kind.QUANTITY, planned, unit, help="可研或实施方案批复的规模。")
        )
        pairs.append(
            Field(f"{name}_done", f"已建成{heading}", Kind.QUANTITY, done, unit, reported=True, help="截至本月末累计建成的规模。")
        )  # fmt: skip
    return tuple(pairs)


FIELDS: tuple[Field, ...] = (
    Field("code", "项目编码", Kind.CODE, ("编码", "工程编码", "台账编码"), longest=40, help="由台账编定，登记后不变；新项目留空。"),
    Field("name", "项目名称", Kind.NAME, ("工程名称", "项目工程名称", "工程项目名称", "名称", "建设项目名称"), longest=200, help="与批复文件一致；改名用“更名”，编码不变。"),
    Field("county", "县（市、区）", Kind.PLACE, ("县市区", "区县", "县区", "县", "所在县", "所属县区", "所在县区", "市县区", "建设地点", "所属区县", "行政区", "县市区名称"), help="项目所在的县（市、区）或开发区，写全称；跨县的项目写牵头县。"),
    Field("further_counties", "涉及县（市、区）", Kind.PLACES, ("涉及县市区", "其他涉及县", "跨县涉及", "涉及区县", "涉及县区"), help="跨县项目除牵头县外涉及的县，用顿号分隔。"),
    Field("category", "工程类别", Kind.CATEGORY, ("所属类别", "项目类别", "类别", "工程类型", "项目类型", "所属工程类别"), longest=60, help="本专项规定的类别之一。"),
    Field("level", "项目级别", Kind.LEVEL, ("级别", "工程级别", "项目层级", "层级"), longest=20, help="如省级、市级、县级。"),
    Field("batch", "批次", Kind.WORD, ("项目批次", "所属批次", "下达批次"), longest=40, help="列入清单的批次。"),
    Field("package_of", "所属打包项目", Kind.WORD, ("打包项目", "所属项目包", "项目包"), longest=200, help="打包项目的子项填打包项目的名称。"),
    Field("content", "建设规模及内容", Kind.TEXT, ("建设规模及主要内容", "建设内容", "主要建设内容", "建设内容及规模", "建设规模", "主要建设内容及规模", "建设规模与内容"), longest=2000),
    Field("nature", "建设性质", Kind.WORD, ("项目性质", "工程性质"), longest=20, help="如新建、改建、扩建、续建。"),
    Field("total_investment", "总投资", Kind.MONEY, ("计划总投资", "项目总投资", "工程总投资", "概算总投资", "估算总投资", "总投资额", "投资总额"), "万元", help="批复的概算或估算总投资。"),
    Field("year_plan", "年度计划投资", Kind.MONEY, ("本年计划投资", "年度计划", "本年计划", "年度投资计划", "当年计划投资", "今年计划投资", "本年度计划投资", "年计划投资", "年度投资任务"), "万元", Span.YEAR, reported=True, help="本年度计划完成的投资。"),
    Field("cumulative_investment", "累计完成投资", Kind.MONEY, ("自开工累计完成投资", "完成投资", "开工以来累计完成投资", "自开工以来累计完成投资", "累计投资", "已完成投资", "累计完成投资额", "完成投资额", "累计完成"), "万元", reported=True, help="自开工到本月末累计完成的投资。"),
    Field("year_investment", "本年完成投资", Kind.MONEY, ("本年累计完成投资", "本年累计", "年度完成投资", "今年完成投资", "今年累计完成投资", "当年完成投资", "年度累计完成投资", "本年度完成投资", "本年度累计完成投资", "1月至本月完成投资"), "万元", Span.YEAR, reported=True, help="本年1月到本月末完成的投资。"),
    Field("month_investment", "本月完成投资", Kind.MONEY, ("当月完成投资", "月完成投资", "本月投资", "当月投资"), "万元", Span.MONTH, reported=True, help="本月完成的投资；只填此项时，累计按上月累计加本月计算。"),
    Field("funding_received", "到位资金", Kind.MONEY, ("资金到位", "已到位资金", "累计到位资金", "到位资金额"), "万元", reported=True),
    Field("funding_paid", "支付资金", Kind.MONEY, ("已支付资金", "资金支付", "累计支付资金", "支出资金", "已支付"), "万元", reported=True),
    Field("planned_start", "计划开工时间", Kind.PLANNED_DATE, ("拟开工时间", "计划开工日期", "计划开工", "预计开工时间", "拟开工日期", "计划开工年月"), help="例如 2024-08-05、2024年8月、2024年三季度。"),
    Field("planned_completion", "计划完工时间", Kind.PLANNED_DATE, ("拟竣工时间", "计划竣工时间", "拟完工时间", "计划完工日期", "计划竣工日期", "计划完工", "计划竣工", "预计完工时间", "预计竣工时间", "计划建成时间"), help="例如 2025-03-28、2025年3月、2025年一季度。"),
    Field("actual_start", "实际开工时间", Kind.ACTUAL_DATE, ("开工时间", "实际开工日期", "开工日期", "实际开工", "开工年月"), reported=True, help="未开工留空；不得晚于填报月。"),
    Field("actual_completion", "实际完工时间", Kind.ACTUAL_DATE, ("完工时间", "竣工时间", "实际竣工时间", "实际完工日期", "完工日期", "竣工日期", "实际竣工日期", "实际完工", "实际竣工"), reported=True, help="未完工留空；不得晚于填报月，也不得早于开工。"),
    Field("stage", "建设阶段", Kind.STAGE, ("项目状态", "项目阶段", "建设状态", "工程状态", "状态", "阶段", "所处阶段", "目前阶段", "当前阶段"), reported=True, help="谋划、前期、未开工、在建、停工、完工、竣工验收、投运、达效或终止。"),
    Field("progress", "形象进度", Kind.TEXT, ("目前工程形象进度", "进展情况", "工程形象进度", "目前进展", "工程进展", "目前形象进度", "项目进展", "项目进展情况", "工程进展情况", "目前进展情况", "建设进展", "推进情况"), longest=2000, reported=True, help="用一句话说明目前做到哪一步。"),
    Field("progress_percent", "完成进度", Kind.PERCENT, ("形象进度百分比", "工程进度", "总体进度", "完成比例", "工程量完成比例", "进度百分比", "形象进度比例"), "%", reported=True, help="0 到 100。"),
    *_outputs(),
    Field("responsible_unit", "责任单位", Kind.WORD, ("牵头单位", "项目业主", "建设单位", "业主单位", "项目单位", "实施单位", "项目责任单位", "项目法人"), longest=200),
    Field("responsible_person", "责任人", Kind.WORD, ("负责人", "项目负责人", "责任领导", "项目责任人"), longest=60),
    Field("phone", "联系电话", Kind.WORD, ("联系方式", "电话", "责任人电话", "负责人电话"), longest=60, help="列表中只显示后四位。"),
    Field("contact_leader", "包联领导", Kind.WORD, ("挂点领导", "包保领导", "联系领导", "包联县领导", "挂点县领导", "分管领导"), longest=60),
    Field("problem", "存在问题", Kind.TEXT, ("需协调解决的问题", "存在的问题", "问题", "需要协调解决的问题", "存在困难和问题", "存在的主要问题", "存在主要问题", "存在问题及建议", "需协调问题"), blank_empties=True, longest=2000, reported=True, help="没有问题留空；留空即表示上月的问题已解决。"),
    Field("problem_owner", "问题责任单位", Kind.WORD, ("问题责任人", "协调单位", "问题牵头单位"), longest=200, reported=True),
    Field("problem_limit", "问题解决时限", Kind.PLANNED_DATE, ("解决时限", "整改时限", "办结时限", "问题解决期限"), reported=True),
    Field("remark", "备注", Kind.TEXT, ("备 注", "说明", "其他说明"), blank_empties=True, longest=2000, reported=True),
)  # fmt: skip
"""Every field, in the order lists print them."""

FIELD: dict[str, Field] = {field.name: field for field in FIELDS}
"""Every field by its name."""

STATED: tuple[Field, ...] = tuple(field for field in FIELDS if field.kind is not Kind.CODE)
"""Every field that a statement about a project can carry: all but the code, which never changes."""
