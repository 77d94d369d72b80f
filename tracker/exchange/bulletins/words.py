"""Words: the sections of a bulletin as the program writes them, in the order and the language of published ones.

Every figure is a mark; where there is nothing to tell, a section says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tracker.exchange.bulletins.document import Section
from tracker.exchange.bulletins.figures import (
    CUT,
    MOST_RANKED,
    NONE,
    Facts,
    best,
    peers_of,
    plain,
    ranking_mark,
    worst,
)
from tracker.exchange.bulletins.named import FEW_PROBLEMS, MOST_NAMED
from tracker.ledger.ranking_table import RankedRow, Ranking
from tracker.model.months import chinese_month
from tracker.model.places import PlaceLevel

Paragraphs = Iterator[str]


def default_sections(facts: Facts) -> tuple[Section, ...]:
    """Give the sections of a month's bulletin."""
    return tuple(
        Section(key, f"{number}、{heading}", tuple(write(facts)))
        for number, (key, heading, write) in zip("一二三四五六", _SECTIONS, strict=True)
    )


def work_name(facts: Facts) -> str:
    """Give what a bulletin is about: `晋中市一泓清水入黄河工程`."""
    name = facts.asked.programme.name
    return plain(f"{facts.asked.area_name}{name}{'' if '工程' in name else '工程'}")


def default_title(facts: Facts) -> str:
    """Give the title of a month's bulletin."""
    return f"关于{work_name(facts)}{chinese_month(facts.asked.month)}进展情况的通报"


def default_addressees(facts: Facts) -> str:
    """Give to whom a bulletin of an area goes."""
    if facts.asked.is_unit:
        return "各乡（镇）人民政府、街道办事处，县（市、区）直有关单位："
    if facts.asked.area.level is PlaceLevel.COUNTRY:
        return "各省（自治区、直辖市）有关部门："
    return "各市人民政府，省直有关单位：" if facts.asked.is_large else "各县（市、区）人民政府，市直有关单位："


def default_issuer(facts: Facts) -> str:
    """Give who issues bulletins of an area."""
    return f"{work_name(facts)}专班"


def default_word(facts: Facts) -> str:
    """Give the word of the issuing office in document numbers, where none was issued before."""
    return f"{facts.asked.area.name.rstrip('省市县区旗')}专班通报"


def _total(facts: Facts) -> Paragraphs:
    if facts.is_empty:
        yield f"截至【截止日期】，{plain(facts.asked.area_name)}清单内没有项目，没有进展数字。"
        return
    if facts.asked.month_opened is None:
        yield "【填报月】没有开放填报，以下按【状态月】的状态。"
    yield (
        f"截至【截止日期】，{work_name(facts)}清单内共有项目【项目数】项，已开工【已开工】项（含已完工项目），"
        f"开工率【开工率】{_of_planned(facts, '开工')}；已完工【已完工】项，"
        f"完工率【完工率】{_of_planned(facts, '完工')}；在建【在建】项，未开工【未开工】项。"
    )
    yield _movement(facts)
    yield _investment(facts)
    if facts.asked.tally["unreported"] and facts.asked.month_opened:
        yield "本月未报或未通过审核的项目【未报】项，沿用上次的状态。"
    if facts.corrected:
        yield "本月封账后更正【更正项目数】项（【更正名单】），本通报所列为封账时的数字，更正另见各附件的说明。"


def _of_planned(facts: Facts, verb: str) -> str:
    """Say what a rate is divided by, where that is not every project."""
    if f"{verb}率应计" not in facts.figures:
        return ""
    return f"（按计划应计【{verb}率应计】项，已{verb}【{verb}率已计】项）"


def _movement(facts: Facts) -> str:
    said = facts.figures
    if facts.before is None:
        return "此前没有已填报的月份，不作比较。"
    if all(said.get(mark, "持平") == "持平" for mark in ("已开工增减", "已完工增减", "开工率升降", "完工率升降")):
        text = "与【比较月】相比，开工、完工项目数和开工率、完工率均无变化"
    else:
        parts = []
        for verb in ("开工", "完工"):
            rate = f"，{verb}率【{verb}率升降】" if f"{verb}率升降" in said else ""
            parts.append(f"已{verb}项目【已{verb}增减】{rate}")
        text = f"与【比较月】相比，{'；'.join(parts)}"
    if said["项目数增减"] != "持平":
        text += "；清单内项目【项目数增减】"
    return f"{text}。"


def _investment(facts: Facts) -> str:
    tally, said = facts.asked.tally, facts.figures
    if not tally["total_investment"] and not tally["cumulative_investment"] and not tally["year_plan"]:
        return "项目投资尚未填报，没有投资数字。"
    text = "项目总投资【总投资】，累计完成投资【累计完成投资】"
    text += "，总投资完成率【总投资完成率】" if said["总投资完成率"] != NONE else ""
    if said["年度投资完成率"] == NONE:
        return f"{text}。年度计划投资或本年完成投资没有填报，不计算年度投资完成率。"
    text += (
        "。【年度】年计划投资【年度计划投资】，本年完成投资【本年完成投资】，年度投资完成率【年度投资完成率】，"
        "【投资与序时】（序时进度【序时进度】）"
    )
    text += "；年度投资数据不明、不计入完成率的项目【年度投资完成率不含】项" if tally["year_unknown"] else ""
    return f"{text}。"


def _categories(facts: Facts) -> Paragraphs:
    named = [name for name, _ in facts.categories]
    if facts.is_empty:
        yield "清单内没有项目，没有分类数字。"
        return
    if len(named) == 1:
        yield f"清单内项目均属“{plain(named[0])}”一类，进展同上。"
        return
    for name, tally in facts.categories:
        mark = plain(name)
        completed = f"已完工【{mark}·已完工】项，完工率【{mark}·完工率】" if tally["completed"] else "尚无完工项目"
        yield (
            f"{mark}：共【{mark}·项目数】项，已开工【{mark}·已开工】项，开工率【{mark}·开工率】；"
            f"{completed}；累计完成投资【{mark}·累计完成投资】。"
        )


def _ranking(facts: Facts) -> Paragraphs:
    if facts.asked.is_unit:
        yield f"本通报只涉及{plain(facts.asked.area_name)}一地，不排名。"
        return
    ranked = [ranking for ranking in facts.ranked.values() if peers_of(ranking)]
    if not ranked:
        yield f"没有可以排名的{facts.part_word}。"
        return
    for ranking in ranked:
        groups = peers_of(ranking)
        for peers, rows in groups.items():
            mark = ranking_mark(ranking.measure.title, peers, len(groups) > 1)
            yield _ranked_words(facts, ranking, mark, peers, rows)
    if facts.ranked["completion"].without_projects:
        yield "没有项目、不参加排名的有【没有项目的地区数】个：【没有项目的地区】。"


def _ranked_words(facts: Facts, ranking: Ranking, mark: str, peers: str, rows: list[RankedRow]) -> str:
    head = f"{ranking.measure.title}（{peers}）" if f"·{peers}" in mark else ranking.measure.title
    if len(rows) == 1:
        return f"{head}：只有{plain(rows[0].name)}一地有项目计入，不分先后，为【{mark}】。"
    text = (
        f"{head}：【{mark}】。" if len(rows) <= MOST_RANKED else f"{head}：【{mark}个数】个{facts.part_word}参加排名。"
    )
    if len(rows) > 2 * CUT:
        extremes = {"靠前": best(rows), "靠后": worst(rows)}
        text += "；".join(f"排名{word}的是【{mark}{word}】" for word, found in extremes.items() if found)
        text += "。" if any(extremes.values()) else ""
    if len(rows) > MOST_RANKED:
        text += "全部位次见【附件·排名】。"
    moved = [f"【{mark}位次{word}】" for word in ("上升", "下降") if facts.figures[f"{mark}位次{word}"]]
    if moved:
        text += f"位次与上月相比，{'；'.join(moved)}。"
    return text


def _behind(facts: Facts) -> Paragraphs:
    if facts.is_empty:
        yield "清单内没有项目。"
        return
    for verb, projects, due in (
        ("开工", facts.late_start, "start_by_now"), ("完工", facts.late_completion, "completion_by_now"),
    ):  # fmt: skip
        if projects:
            yield _late_words(facts, verb, len(projects))
        elif not facts.asked.tally[due]:
            yield f"没有计划在【截止日期】前{verb}的项目。"
        else:
            yield f"到【截止日期】应{verb}的项目均已{verb}，没有未按期{verb}的项目。"
    if facts.late_start or facts.late_completion:
        yield "各项目的计划时间、进度和原因见【附件·未按期】。"


def _late_words(facts: Facts, verb: str, number: int) -> str:
    spread = "" if facts.asked.is_unit else f"（【未按期{verb}分布】）"
    if number <= MOST_NAMED:
        return f"未按期{verb}【未按期{verb}】项：【未按期{verb}名单】。"
    return (
        f"未按期{verb}【未按期{verb}】项{spread}，其中逾期最久的【未按期{verb}名单项数】项是：【未按期{verb}名单】。"
    )  # fmt: skip


def _problems(facts: Facts) -> Paragraphs:
    if facts.is_empty:
        yield "清单内没有项目。"
        return
    if facts.problems:
        yield _problem_words(facts)
    else:
        yield "没有填报存在问题的项目。"
    if facts.asked.month_opened is None:
        yield "本月没有开放填报。"
        return
    told = []
    if facts.late_counties:
        told.append("迟报的有【迟报地区数】个：【迟报地区】")
    if facts.missing_counties:
        told.append("没有报全的有【未报全地区数】个：【未报全地区】")
    yield f"月报报送方面，{'；'.join(told)}。" if told else "月报报送方面，各地均按时报全。"


def _problem_words(facts: Facts) -> str:
    who = "" if facts.asked.is_unit else "各地"
    if len(facts.problems) <= FEW_PROBLEMS:
        return f"{who}填报存在问题的项目【有问题】项：【问题名单】。责任单位和解决时限见【附件·问题】。"
    text = f"{who}填报存在问题的项目【有问题】项"
    text += "" if facts.asked.is_unit else f"，涉及【问题涉及地区数】个{facts.part_word}：【问题分布】"
    text += "。按工程类别分，【问题涉及类别】。"
    if len(facts.problems) <= MOST_NAMED:
        text += "按问题分，【问题名单】。"
    elif facts.figures["问题归类"]:
        text += "较多的是【问题归类】。"
    return f"{text}具体问题、责任单位和解决时限见【附件·问题】。"


def _next_steps(facts: Facts) -> Paragraphs:
    if facts.is_empty:
        yield "清单内没有项目，没有工作要求。"
        return
    asks: list[str] = []
    if facts.late_start:
        asks.append(
            "加快未按期开工项目的前期工作。对未按期开工的【未按期开工】项，责任单位要逐项查明原因，倒排工期，尽快开工建设。"
        )
    if facts.late_completion:
        asks.append(
            "抓紧未按期完工项目的建设。对未按期完工的【未按期完工】项，要落实责任人，逐月核对进度，确保质量和安全，尽早完工。"
        )
    if "慢于" in facts.figures.get("投资与序时", ""):
        asks.append("加快投资进度。年度投资完成率【投资与序时】，要加快项目建设和资金支付，推动年度投资任务按期完成。")
    if facts.problems:
        asks.append(
            "协调解决存在的问题。对存在问题的【有问题】项，责任单位要按解决时限逐项办结销号，需上级协调的及时上报。"
        )
    if facts.late_counties or facts.missing_counties:
        asks.append("按时报送月报。迟报和没有报全的地方，要指定专人，按期、如实、完整填报。")
    if not asks:
        asks.append("继续按计划推进。各责任单位要保持进度，确保工程质量和安全，按期、如实填报月报。")
    for number, text in zip("一二三四五", asks, strict=False):
        yield f"（{number}）{text}" if len(asks) > 1 else text


_SECTIONS: tuple[tuple[str, str, Callable[[Facts], Paragraphs]], ...] = (
    ("total", "总体进展", _total),
    ("categories", "分类进展", _categories),
    ("ranking", "各地排名", _ranking),
    ("behind", "未按期开工和未按期完工项目", _behind),
    ("problems", "存在问题", _problems),
    ("next", "下一步工作要求", _next_steps),
)
