"""Sending a list: what the form takes, what the preview shows, and which faults keep a list out."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable

import openpyxl
import pytest

from tests.exchange.builders import archive, write_xls
from tests.exchange.lists import listed
from tests.web.builders import NOW, YIHONG
from tests.web.reading_pages import read_page
from tests.web.sending import PLAIN, Sender, asked, text_of
from tracker.ledger.handle import Ledger
from tracker.ledger.imports import recent_imports
from tracker.ledger.writing import writing
from tracker.web.uploads import shown_name


def test_the_form_says_what_it_takes_and_is_set_to_where_one_came_from(sender: Sender) -> None:
    sender.imports(PLAIN, month="2024-07")
    page = sender.sees("/import?month=2024-08&area=140702")
    assert ".xlsx" in page.text
    assert ".xls" in page.text
    assert "10 MB" in page.text
    assert asked(sender.client.get("/import?area=140702").text) == ("2024-07", "140702")
    assert asked(sender.client.get("/import?month=2024-08").text) == ("2024-08", "14")
    assert sender.client.get("/import?month=x&area=nowhere").status_code == 200


def test_a_list_is_shown_then_confirmed_then_read_later(sender: Sender) -> None:
    before = sender.head()
    address = sender.sends(PLAIN)
    page = sender.sees(address)
    assert page.heading == "“清单.xlsx”读到 2 个项目，新登记 2 个，有变化 0 个"
    assert "台账还没有改动" in page.text
    assert ["总投资（万元）", "0.00", "2000.00", "+2000.00"] in page.rows
    assert ["已开工（项）", "0", "1", "+1"] in page.rows
    assert ["潇河湿地工程榆次区 · 清单 第 2 行", "总投资（万元）", "1200.00"] in page.rows
    assert ["建设阶段", "在建"] in page.rows
    assert (sender.head(), sender.figures()["projects"]) == (before, 0)

    assert sender.confirms(address).headers["Location"] == address
    assert (sender.figures()["projects"], sender.figures()["started"]) == (2, 1)
    result = sender.sees(address)
    assert result.heading == "“清单.xlsx”已导入，新登记 2 个，记入月报 2 个"
    assert result.link_named("看晋中市2024年8月清单") == "/list/2024-08/1407"
    recent = sender.sees("/import")
    assert recent.link_named("清单.xlsx") == address
    assert any("2024年8月 · 晋中市" in row and "有效" in row[-1] for row in recent.rows)


def test_old_and_new_stand_side_by_side(sender: Sender) -> None:
    sender.imports(PLAIN, month="2024-07")
    changed = listed(
        {"项目名称": "潇河湿地工程", "总投资（万元）": 1250, "建设阶段": "完工", "实际开工时间": "2024-03-05",
         "实际完工时间": "2024-08-20", "联系电话": "13800001234"},
        {"项目名称": "新建泵站工程", "总投资（万元）": 90, "建设阶段": "未开工"},
    )  # fmt: skip
    page = sender.sees(sender.sends(changed))
    name = "潇河湿地工程140702-0001 · 榆次区 · 清单 第 2 行"
    assert [name, "总投资（万元）", "1200.00", "1250.00"] in page.rows
    assert ["实际开工时间", "2024年3月", "2024-03-05"] in page.rows
    assert ["建设阶段", "在建", "完工"] in page.rows
    assert ["联系电话", "—", "尾号 1234"] in page.rows
    assert "13800001234" not in page.text
    assert ["已完工（项）", "0", "1", "+1"] in page.rows
    assert "清单内有 1 个项目本文件没有提到，保持原样" in page.text
    assert page.link_named("城区管网工程") == "/project/140702-0002?month=2024-08"


def test_what_was_shown_is_what_is_counted_afterwards(sender: Sender) -> None:
    sender.imports(PLAIN, month="2024-07")
    address = sender.sends(
        listed(
            {
                "项目名称": "潇河湿地工程",
                "本月完成投资（万元）": 12.5,
                "累计完成投资（万元）": 300,
                "年度计划投资（万元）": 700,
            }
        )
    )
    sums = {row[0]: row[2] for row in sender.sees(address).rows if len(row) == 4}
    sender.confirms(address)
    after = sender.figures()
    assert sums["累计完成投资（万元）"] == f"{after['cumulative_investment'] / 1_000_000:.2f}" == "300.00"
    assert sums["年度计划投资（万元）"] == f"{after['year_plan'] / 1_000_000:.2f}" == "700.00"
    assert sums["项目（项）"] == str(after["projects"]) == "2"


def test_a_list_that_says_nothing_new_is_not_imported(sender: Sender) -> None:
    sender.imports(PLAIN)
    before = sender.head()
    address = sender.sends(PLAIN)
    page = sender.sees(address)
    assert page.heading == "“清单.xlsx”与台账一致，没有要导入的"
    assert "导入到 2024年8月" not in [words for _, words in page.links]
    sender.post(f"{address}/confirm", agreed="0" * 64)
    assert sender.head() == before


def test_an_exported_list_comes_back_unchanged(sender: Sender) -> None:
    sender.imports(PLAIN)
    exported = sender.client.get("/list/2024-08/1407/excel?column=every").data
    assert "2 个与台账完全一致" in sender.sees(sender.sends(exported, "导出.xlsx")).text


def test_an_xls_is_read_too(sender: Sender) -> None:
    content = write_xls(sender.folder / "old.xls", PLAIN).read_bytes()
    assert "新登记 2 个" in sender.sees(sender.sends(content, "旧版.xls")).heading


def test_a_list_goes_to_the_programme_that_was_chosen(sender: Sender, senders_ledger: Ledger) -> None:
    other = dataclasses.replace(YIHONG, key="other", name="另一个专项", demonstration=False)
    with writing(senders_ledger, "other", "测试") as writes:
        writes.define_programme(other)
    page = sender.sees("/import")
    assert page.link_named("另一个专项") == "/import?programme=other"
    assert 'name="programme" type="hidden" value="other"' in sender.client.get("/import?programme=other").text
    content = (io.BytesIO(sender.workbook(PLAIN)), "清单.xlsx")
    address = sender.post("/import", programme="other", month=NOW, area="1407", workbook=content).headers["Location"]
    assert "专项“另一个专项”" in sender.sees(address).text
    assert sender.confirms(address).status_code == 303
    assert sender.sees(address).link_named("看晋中市2024年8月清单") == "/list/2024-08/1407?programme=other"
    assert [len(recent_imports(senders_ledger, key, 9)) for key in (YIHONG.key, "other")] == [0, 1]
    assert sender.post("/import", programme="nobody", month=NOW, area="1407").status_code == 404


def test_the_county_list_leads_here(sender: Sender) -> None:
    sender.imports(PLAIN)
    assert sender.sees("/list/2024-08/1407").link_named("导入") == "/import?month=2024-08&area=1407"


def test_empty_pages_lead_here(sender: Sender) -> None:
    page = read_page(sender.client.get("/", follow_redirects=True).text)
    assert page.link_named("导入一份清单").startswith("/import?")


def test_faults_stand_at_their_cells_and_keep_everything_out(sender: Sender) -> None:
    faulty = listed(
        {"项目名称": "潇河湿地工程", "总投资（万元）": "约三千"},
        {"项目名称": "城区管网工程", "总投资（万元）": 10, "县（市、区）": "榆茨区"},
        {"项目名称": "好的工程", "总投资（万元）": 10},
    )
    before = sender.head()
    address = sender.sends(faulty)
    page = sender.sees(address)
    assert page.heading == "“清单.xlsx”还不能导入"
    assert ["清单!C2总投资", "约三千", "“约三千”不是数字，请写成数字，例如 3000。"] in page.rows
    assert any(row[0].startswith("清单!B3") and "最接近的是“榆次区”" in row[2] for row in page.rows)
    assert "共 2 处问题，台账没有改动；请改正后再导入。" in page.text
    assert page.link_named("重新上传") == "/import?month=2024-08&area=1407"
    assert sender.post(f"{address}/confirm", agreed="0" * 64, accept="y").status_code in (409, 422)
    assert sender.head() == before


def test_questions_are_answered_before_anything_is_written(sender: Sender) -> None:
    sender.imports(PLAIN, month="2024-07")
    address = sender.sends([["2024年7月工程清单"], *listed({"项目名称": "潇河湿地工程", "总投资（万元）": 1250})])
    page = sender.sees(address)
    assert "请确认 1 处" in page.text
    before = sender.head()
    refused = sender.confirms(address)
    assert refused.status_code == 422
    assert "属实就勾选这里，再导入" in text_of(refused)
    assert sender.head() == before
    assert sender.confirms(address, accept="y").status_code == 303
    assert "确认属实的问题1 处" in sender.sees(address).text


def test_long_lists_of_faults_fold(sender: Sender) -> None:
    rows = listed(*({"项目名称": f"第{number}号工程", "总投资（万元）": "多"} for number in range(130)))
    html = sender.client.get(sender.sends(rows)).text
    page = read_page(html)
    assert "须改正 130 处" in page.text
    assert "其余 80 处" in page.text
    assert sum(row[0].startswith("清单!C") for row in page.rows if row) == 130
    assert html.index("清单!C51") < html.index("<details") < html.index("清单!C52")


def test_a_page_of_very_many_projects_names_how_many_it_leaves_out(sender: Sender) -> None:
    names = [
        f"{first}{second}片区治理工程"
        for first in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
        for second in range(25)
    ]
    rows = listed(
        *(
            {"项目名称": name, "县（市、区）": ("榆次区", "太谷区", "祁县", "平遥县")[n % 4]}
            for n, name in enumerate(names)
        )
    )
    page = sender.sees(sender.sends(rows))
    assert page.heading == "“清单.xlsx”读到 550 个项目，新登记 550 个，有变化 0 个"
    assert "其余 450 个" in page.text
    assert "另有 50 个项目没有列出。" in page.text
    assert ["项目（项）", "0", "550", "+550"] in page.rows


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _: b"", "文件是空的"),
        (lambda _: b"name,county\n1,2\n", "里找不到项目清单的表头"),
        (lambda _: b"%PDF-1.7 ...", "这是PDF 文件"),
        (lambda good: good[: len(good) // 2], "不完整或已损坏"),
        (lambda _: archive({"xl/workbook.xml": b"<w/>", "xl/vbaProject.bin": b"x"}), "带宏的工作簿"),
        (lambda _: archive({"xl/workbook.xml": b'<!DOCTYPE w [<!ENTITY a "b">]><w/>'}), "文档类型声明"),
        (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "设有打开密码"),
        (lambda _: archive({f"part{n}": b"" for n in range(600)}), "600 个部分"),
        (lambda _: b"PK" + bytes(10_100_000), "上限是 10.0 MB"),
    ],
)
def test_what_is_no_list_gets_a_sentence(sender: Sender, make: Callable[[bytes], bytes], sentence: str) -> None:
    before = sender.head()
    page = sender.sees(sender.sends(make(sender.workbook(PLAIN))))
    assert page.heading == "“清单.xlsx”还不能导入"
    assert "无法读取 1 处" in page.text
    assert sentence in page.text
    assert sender.head() == before


def test_a_workbook_beyond_the_limits_is_refused_by_the_reading_process(sender: Sender) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sender.workbook(PLAIN)))
    book.worksheets[0].cell(1_048_576, 16_384, "远")
    content = io.BytesIO()
    book.save(content)
    assert "XFD1048576" in sender.sees(sender.sends(content.getvalue())).text


def test_texts_and_names_are_texts(sender: Sender) -> None:
    evil = "<script>alert(1)</script>"
    rows = listed({"项目名称": f"{evil}工程", "形象进度": "<b>好</b>", "总投资（万元）": 1})
    address = sender.sends(rows, name="<img src=x onerror=alert(1)>.xlsx")
    sender.confirms(address, accept="y")
    faulty = sender.sends(listed({"项目名称": "乙", "总投资（万元）": evil}), name="../../乙.xlsx")
    for where in (address, faulty, "/import", f"/list/{NOW}/1407"):
        html = sender.client.get(where).text
        assert "<script>alert" not in html
        assert "<img" not in html
        assert "<b>好" not in html
    assert "“乙.xlsx”" in sender.sees(faulty).heading


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("清单.xlsx", "清单.xlsx"),
        ("../../etc/清单.xlsx", "清单.xlsx"),
        ("C:\\桌面\\八月 清单.xls", "八月 清单.xls"),
        ("a\u202exslx.exe\n", "a xslx.exe"),
        ("", "未命名的文件"),
        (None, "未命名的文件"),
        ("长" * 300 + ".xlsx", "长" * 87 + "…" + "长" * 7 + ".xlsx"),
    ],
)
def test_names_of_files_are_made_fit_to_show(sent: str | None, shown: str) -> None:
    assert shown_name(sent) == shown
