"""A bulletin's words: every figure is the ledger's and the annexed tables', and typing cannot make it another."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.asked_tables import asked as asked_of
from tests.exchange.asked_tables import made_ledger
from tests.ledger.builders import at_day
from tests.web.builders import BEFORE, NOW, YIHONG, build_ledger
from tracker.exchange.bulletins.annexes import annex_titles, annexes_of
from tracker.exchange.bulletins.checking import cleaned, contradictions, faults_of_issue, faults_of_words
from tracker.exchange.bulletins.composing import (
    Composed,
    composed,
    issue_order,
    said_of_bulletin,
    sealed,
    wording_place,
)
from tracker.exchange.bulletins.document import Bulletin, UnknownMarkError, filled_text, marks_of
from tracker.exchange.bulletins.figures import COUNTED, RATES, SUMMED, facts_of
from tracker.exchange.bulletins.named import MOST_NAMED, most_delayed
from tracker.exchange.paper.printer import Printed
from tracker.exchange.tables.asking import Asked
from tracker.ledger.bulletins import bulletin_numbered, file_of, issue, said_of, save_wordings
from tracker.ledger.handle import Ledger
from tracker.ledger.months import months
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.ledger.projects import correct
from tracker.ledger.ranking_table import UNFILLED, Group, ranking
from tracker.ledger.standings import listing, tallies
from tracker.ledger.writing import writing
from tracker.model.dates import PartialDate
from tracker.model.faults import Severity
from tracker.model.folding import StatementKind
from tracker.model.measures import measures_of, print_wan, print_yi, rate_of
from tracker.model.programme import Denominator
from tracker.model.ranking import print_rate
from tracker.model.stages import Stage

AREAS = ("14", "1407", "140702", "140729")
DAY = datetime.date(2024, 9, 12)


@pytest.fixture(scope="module")
def demonstration(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    copy = shutil.copytree(demonstration_made, tmp_path_factory.mktemp("bulletins") / "ledger")
    opened = open_ledger(copy)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A province with hostile names, a closed month and a correction of it."""
    opened = made_ledger(tmp_path_factory.mktemp("words") / "ledger")
    yield opened
    opened.close()


def asked(ledger: Ledger, code: str, month: str, **changed: Any) -> Asked:
    programme = find_programme(ledger, None)
    place = find_place(places_of(ledger, programme), programme, code)
    return Asked(ledger, replace(programme, **changed), month, place)


def text_of(bulletin: Bulletin) -> str:
    return "\n".join(text for section in bulletin.filled() for text in section.paragraphs)


def section(bulletin: Bulletin, key: str) -> str:
    return "\n".join(next(each for each in bulletin.filled() if each.key == key).paragraphs)


def test_the_published_figures_stand_in_the_text(demonstration: Ledger) -> None:
    city = composed(asked(demonstration, "1407", "2024-08")).bulletin
    total = section(city, "total")
    for words in ("共有项目44项", "已开工41项", "开工率93.2%", "已完工28项", "完工率63.6%", "序时进度66.7%"):
        assert words in total
    province = composed(asked(demonstration, "14", "2024-10")).bulletin
    for words in (
        "共有项目285项",
        "已开工277项",
        "开工率97.2%",
        "已完工138项",
        "完工率48.4%",
        "累计完成投资502.50亿元",
    ):
        assert words in section(province, "total")
    assert "太原市、忻州市并列第3（50.0%）" in section(province, "ranking")
    assert [each.heading[:2] for each in province.sections] == [f"{number}、" for number in "一二三四五六"]
    closing = months(demonstration, YIHONG.key)["2024-08"].closing
    whole = composed(asked(demonstration, "14", "2024-08")).bulletin.figures
    assert closing
    assert [whole[mark] for mark in ("项目数", "已开工", "已完工")] == [
        str(number) for number in (closing.projects, closing.started, closing.completed)
    ]


@pytest.mark.parametrize("month", ["2022-12", "2023-12", "2024-01", "2024-06", "2024-08", "2024-10"])
@pytest.mark.parametrize("code", AREAS)
def test_every_figure_is_the_ledgers_and_the_tables(demonstration: Ledger, code: str, month: str) -> None:
    request = asked(demonstration, code, month)
    bulletin = composed(request).bulletin
    agrees(request, bulletin)
    assert contradictions(bulletin) == []


def agrees(request: Asked, bulletin: Bulletin) -> None:
    """Assert that a bulletin's figures are what the ledger counts."""
    ledger, programme, month, place = request.ledger, request.programme, request.month, request.area
    whole = tallies(ledger, programme, month, place)[""]
    printed = {mark: str(whole[name]) for mark, name in COUNTED.items()}
    for mark, name in SUMMED.items():
        in_yi = request.is_large or whole[name] >= 10_000_000_000
        printed[mark] = f"{print_yi(whole[name])}亿元" if in_yi else f"{print_wan(whole[name])}万元"
    for mark, key in RATES.items():
        rate = print_rate(rate_of(measures_of(programme)[key], whole), programme.decimals)
        printed[mark] = "—" if rate is None else f"{rate}%"
    for category, tally in tallies(ledger, programme, month, place, "category").items():
        printed |= {
            f"{category or UNFILLED}·{mark}": str(tally[COUNTED[mark]]) for mark in ("项目数", "已开工", "已完工")
        }
    assert {mark: bulletin.figures[mark] for mark in printed} == printed
    for count, mark in (("late_start", "未按期开工"), ("late_completion", "未按期完工")):
        late = listing(ledger, programme, month, place, count)
        for project in late if len(late) <= MOST_NAMED else ():
            assert project.name in bulletin.figures[f"{mark}名单"]
    for key, mark in (("start", "开工率排名"), ("completion", "完工率排名")):
        if request.is_unit:
            assert mark not in bulletin.figures
            continue
        group: Group = "city" if request.is_large else "county"
        placed = [row for row in ranking(ledger, programme, month, key, group, place).rows if row.placed]
        groups = list(dict.fromkeys(row.peers for row in placed))
        for peers in groups:
            said = bulletin.figures[f"{mark}·{peers}" if len(groups) > 1 else mark]
            places = re.findall(r"(?:^|，)([^（]*?)(并列)?第(\d+)（", said)
            told = [(name, int(at), bool(tied)) for names, tied, at in places for name in names.split("、")]
            own = [row.placed for row in placed if row.peers == peers and row.placed]
            names = [row.name for row in placed if row.peers == peers]
            assert told == [(name, at.place, at.tied) for name, at in zip(names, own, strict=True)]


def test_a_figure_that_is_one_off_is_caught(demonstration: Ledger) -> None:
    bulletin = composed(asked(demonstration, "1407", "2024-08")).bulletin
    looked = 0
    for mark in (
        *COUNTED,
        *SUMMED,
        *RATES,
        "完工率排名",
        "开工率排名",
        "河湖湿地保护修复·已完工",
        "河湖湿地保护修复·开工率",
    ):
        said = bulletin.figures[mark]
        digits = list(re.finditer(r"\d", said))
        if mark == "未报":
            continue
        last = digits[-1]
        off = said[: last.start()] + str((int(last[0]) + 1) % 10) + said[last.end() :]
        faults = contradictions(replace(bulletin, figures={**bulletin.figures, mark: off}))
        assert {fault.severity for fault in faults} == {Severity.STOP}
        assert all(f"【{mark}】写的是“{off}”" in fault.message for fault in faults)
        looked += 1
    assert looked == len(COUNTED) + len(SUMMED) + len(RATES) + 3


def test_no_figure_stands_in_the_programs_own_words_but_as_a_mark(demonstration: Ledger, ledger: Ledger) -> None:
    requests = [asked(demonstration, code, month) for code in AREAS for month in ("2022-12", "2024-10")]
    requests += [asked_of(ledger, code, month) for code in AREAS for month in (BEFORE, NOW, "2024-11", "2020-01")]
    requests += [asked(demonstration, "1407", "2024-08", start_denominator=Denominator.START_BY_NOW)]
    for request in requests:
        found = composed(request)
        own = {part: f"{text}完" for part, text in found.defaults.items() if part.startswith("section:")}
        assert faults_of_words(found, own) == []
        assert faults_of_words(found, found.defaults) == []
        assert contradictions(found.bulletin) == []
        assert "【" not in text_of(found.bulletin)
        agrees(request, found.bulletin)


@pytest.fixture(scope="module")
def draft(demonstration: Ledger) -> Composed:
    return composed(asked(demonstration, "1407", "2024-08"))


@pytest.mark.parametrize(
    ("text", "severity", "sentence"),
    [
        ("已完工43项。", "ask", "写了“43项”，不是台账算出的数；请改用标记【已完工】或确认。"),
        ("全市共有 44 项。", "ask", "写了“44 项”，不是台账算出的数；请改用标记【项目数】或确认。"),
        ("完工率达到６４％。", "ask", "写了“64%”，不是台账算出的数；请改用标记【完工率】或确认。"),
        ("完工四十三项。", "ask", "写了“四十三项”"),
        ("【已完成】项。", "fix", "没有【已完成】这个数字标记，是不是【已完工】？"),
        ("【已完工项。", "fix", "应成对"),
        ("长" * 6001, "fix", "最多 6000 个字"),
        ("长" * 5001, "fix", "最多 5000 个字，请分段或缩短"),
        ("段\n" * 401, "fix", "写了 401 段，最多 400 段"),
    ],
)
def test_what_is_wrong_with_typed_words_is_said(draft: Composed, text: str, severity: str, sentence: str) -> None:
    (fault,) = faults_of_words(draft, {"section:total": text})
    assert (fault.severity.value, fault.field) == (severity, "section:total")
    assert sentence in fault.message


@pytest.mark.parametrize(
    "text",
    [
        "请于2024年10月31日前办结，10月底前上报。",
        "依据晋水专班通报〔2024〕8号第3条，按“1+N”机制推进。",
        "1.加快建设。\n（2）严格考核，每日18:00前报告。",
        "【项目数】项中，【已完工】项完工（见附件2）。",
        "一要加快，二要提质。",
    ],
)
def test_dates_numbers_of_documents_and_headings_may_be_typed(draft: Composed, text: str) -> None:
    assert faults_of_words(draft, {"section:next": text}) == []


def test_heads_are_one_line_and_hold_no_marks(draft: Composed) -> None:
    wrong = {"title": "", "issuer": "甲\n乙", "signed_by": "【项目数】", "printed_by": "长" * 101, "section:none": "无"}
    assert [fault.field for fault in faults_of_words(draft, wrong)] == list(wrong)
    assert cleaned("甲\u202e乙\x00 \r\n丙\u200b") == "甲乙\n丙"


def test_a_mark_that_means_nothing_is_never_printed(draft: Composed) -> None:
    with pytest.raises(UnknownMarkError, match="是不是【未开工】"):
        filled_text("【末开工】", draft.bulletin.figures)
    assert marks_of("【甲】和【 乙 】") == ["甲", "乙"]
    # What a name brings along is text, not a mark.
    assert filled_text("【甲】", {"甲": "【已完工】工程"}) == "【已完工】工程"


def test_words_of_the_task_force_stand_around_the_same_figures(demonstration: Ledger) -> None:
    request = asked(demonstration, "1407", "2024-08")
    found = composed(
        request, {"section:total": "本市【已完工】项。\n\n再接再厉。", "title": "通报", "section:gone": "x"}
    )
    assert section(found.bulletin, "total") == "本市28项。\n再接再厉。"
    assert found.bulletin.title == "通报"
    assert faults_of_issue(found) == []
    wrong = composed(request, {"section:total": "已完工28项，【己完工】项。"})
    assert [fault.said for fault in faults_of_issue(wrong)] == ["【己完工】"]
    denied = replace(found, bulletin=replace(found.bulletin, figures={**found.bulletin.figures, "已完工": "29"}))
    assert {fault.severity for fault in faults_of_issue(denied)} == {Severity.STOP}
    assert found.defaults["title"].startswith("关于晋中市")


def test_nothing_to_tell_is_told_honestly(tmp_path: Path) -> None:
    def one_done(ledger: Ledger) -> None:
        ledger.clock = at_day("2024-09-03")
        with writing(ledger, "one", "测试") as writes:
            writes.open_month(YIHONG.key, NOW)
            code = writes.register(YIHONG.key, NOW, {"name": "甲工程", "county": "140702"})
            done = {
                "stage": Stage.COMPLETED,
                "actual_start": PartialDate(2024, 1),
                "actual_completion": PartialDate(2024, 8),
            }
            writes.state(YIHONG.key, code, NOW, StatementKind.RETURN, done)

    with_one = open_ledger(build_ledger(tmp_path / "ledger", one_done))
    city = composed(asked(with_one, "1407", NOW)).bulletin
    for key, words in {
        "total": "此前没有已填报的月份，不作比较。\n项目投资尚未填报，没有投资数字。",
        "categories": "均属“未填”一类", "ranking": "只有榆次区一地有项目计入", "problems": "没有填报存在问题的项目",
        "behind": "没有计划在2024年8月31日前完工的项目", "next": "继续按计划推进",
    }.items():  # fmt: skip
        assert words in section(city, key)
    assert "不排名" in section(composed(asked(with_one, "140702", NOW)).bulletin, "ranking")
    empty = composed(asked(with_one, "1401", NOW)).bulletin
    assert "没有项目，没有进展数字" in section(empty, "total")
    assert "没有可以排名的" in section(empty, "ranking")
    assert len(empty.annexes) == 1
    assert composed(asked(with_one, "1401", "2020-01")).bulletin.annexes[0].notes
    unopened = section(composed(asked(with_one, "1407", "2024-11")).bulletin, "total")
    assert unopened.startswith("2024年11月没有开放填报，以下按2024年8月的状态。")
    # Another month without any change.
    with writing(with_one, "next", "测试") as writes:
        writes.open_month(YIHONG.key, "2024-09")
    same = composed(asked(with_one, "1407", "2024-09")).bulletin
    assert "均无变化" in section(same, "total")
    assert "本月未报或未通过审核的项目1项" in section(same, "total")
    assert "没有报全的有1个：榆次区" in section(same, "problems")
    with_one.close()


def test_of_very_many_the_most_delayed_are_named_and_a_tie_at_the_cut_lengthens_the_list(ledger: Ledger) -> None:
    projects = facts_of(asked_of(ledger, "14")).problems
    months = dict(zip([each.code for each in projects], [9, 8, *[7] * 12], strict=False))
    many = [project for project in projects for _ in range(40)][:40]
    named = most_delayed(many, lambda each: months[each.code])
    assert [each for each in many if months[each.code] >= 8] == named
    assert most_delayed(many[:30], lambda _: 0) == many[:30]
    assert len(most_delayed(many, lambda _: 1)) == 40


def test_a_bulletin_is_issued_as_it_was_and_corrected_by_another(demonstration_made: Path, tmp_path: Path) -> None:
    ledger = open_ledger(shutil.copytree(demonstration_made, tmp_path / "ledger"))
    request = asked(ledger, "1407", "2024-08")
    number = "晋中专班通报〔2024〕8号"
    save_wordings(ledger, wording_place(request), {"title": "关于8月进展情况的通报"}, {}, "市专班")
    bulletin = sealed(composed(request, number=number, signed_on=DAY).bulletin, "https://example.cn/verify")
    assert bulletin.checksum == hashlib.sha256(said_of_bulletin(bulletin)).hexdigest()
    assert composed(request, number=number, signed_on=DAY).bulletin.draft
    with writing(ledger, "issue", "市专班") as writes:
        issue(writes, YIHONG.key, request.area, issue_order(bulletin, request.area, Printed(b"%PDF", 9)))
    found = bulletin_numbered(ledger, number)
    kept = said_of(ledger, found)
    assert hashlib.sha256(kept).hexdigest() == bulletin.checksum == found.said_sha256
    frozen = text_of(bulletin)

    project = listing(ledger, request.programme, "2024-08", request.area, "not_started")[0]
    ledger.clock = at_day("2025-09-01")
    with writing(ledger, "correct", "市专班") as writes:
        changed = {"actual_start": PartialDate(2024, 8, 20), "stage": Stage.UNDER_CONSTRUCTION}
        correct(writes, request.programme, project.code, "2024-08", changed, (), "漏报开工")
    assert (said_of(ledger, found), file_of(ledger, found)) == (kept, b"%PDF")
    assert json.loads(kept)["figures"]["已开工"] == "41"
    # The month's own words still say what was frozen; the correction says both.
    after = composed(asked(ledger, "1407", "2024-08")).bulletin
    assert text_of(after).startswith(frozen.split("\n", 1)[0])
    assert f"本月封账后更正1项（{project.name}）" in text_of(after)
    assert contradictions(after) == []
    correction = composed(
        asked(ledger, "1407", "2024-08"), number="晋中专班通报〔2025〕1号", signed_on=DAY, corrects=found
    )
    told = text_of(correction.bulletin)
    assert f"《关于8月进展情况的通报》（{number}）" in told
    assert "已开工由41项更正为42项" in told
    assert "开工率由93.2%更正为95.5%" in told
    assert correction.bulletin.title == "关于更正《关于8月进展情况的通报》的通报"
    (table,) = correction.bulletin.annexes
    assert [str(cell.value) for cell in table.lines[0].cells][4] == project.name
    assert faults_of_words(correction, {part: f"{text}完" for part, text in correction.defaults.items()}) == []
    with writing(ledger, "issue again", "市专班") as writes:
        order = issue_order(sealed(correction.bulletin), request.area, Printed(b"%PDF 2", 2), "漏报开工")
        issue(writes, YIHONG.key, request.area, order)
    assert bulletin_numbered(ledger, number).corrected_by == ("晋中专班通报〔2025〕1号",)
    again = composed(request, corrects=bulletin_numbered(ledger, "晋中专班通报〔2025〕1号")).bulletin
    assert again.title == "关于更正《关于更正〈关于8月进展情况的通报〉的通报》的通报"
    ledger.close()


@pytest.mark.parametrize("code", ["14", "1407", "140702"])
def test_annexes_are_named_without_being_made(ledger: Ledger, code: str) -> None:
    request = asked_of(ledger, code)
    made = [(table.annex, table.title.removesuffix("（示例数据）")) for table in annexes_of(request)]
    assert annex_titles(request) == made
