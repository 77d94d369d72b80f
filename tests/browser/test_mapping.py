"""Matching headings in a real browser: a list nobody could read is pointed out once, the next one read unasked."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
from playwright.sync_api import FilePayload, Page

from tests.browser.conftest import OpenPage
from tests.browser.driving import NARROW, serving
from tests.web.builders import empty_ledger
from tracker.web.site import create_site

_OVERFLOW = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_FIND = """() => axe.run({rules: {'target-size': {enabled: true}}, resultTypes: ['violations']}).then(
  found => found.violations.flatMap(it => it.nodes.map(node => `${it.id}: ${node.target.join(' ')}`)))"""
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def foreign(*names: str) -> FilePayload:
    """Give an office's list whose headings nobody knows, in two rows."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["推进情况"], ["序", "工程叫法", "坐落", "盘子", None], [None, None, None, "总的", "今年的"]):
        sheet.append(row)
    sheet.merge_cells("D2:E2")
    for number, name in enumerate(names, start=1):
        sheet.append([number, name, "榆次区", 1200, 300])
    content = io.BytesIO()
    book.save(content)
    return {"name": "水利局.xlsx", "mimeType": KIND, "buffer": content.getvalue()}


def send(page: Page, address: str, payload: FilePayload) -> str:
    page.goto(f"{address}/import")
    page.get_by_label("清单文件").set_input_files(payload)
    page.get_by_label("填报月").fill("2024-08")
    page.get_by_label("清单范围").select_option("140702")
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url("**/import/*")
    return page.get_by_role("heading", level=1).inner_text()


def test_headings_are_matched_once_with_the_keyboard_on_a_narrow_page(open_page: OpenPage, tmp_path: Path) -> None:
    with serving(create_site(empty_ledger(tmp_path / "ledger"))) as address:
        page = open_page(NARROW, dark=True)
        assert send(page, address, foreign("甲工程", "乙工程")).endswith("还不能导入")
        page.get_by_role("link", name="指出表头在哪一行").click()
        page.get_by_label("表头从第").fill("2")
        page.get_by_label("行到第").fill("3")
        page.get_by_role("button", name="重新读表头").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/reading?moved=1")
        for column, words in (("B", "项目名称"), ("C", "县（市、区）"), ("D", "总投资"), ("E", "年度计划投资")):
            page.get_by_label(f"{column} 列").first.select_option(label=words)
        assert page.evaluate(_OVERFLOW) <= 0
        page.evaluate(_AXE)
        assert page.evaluate(_FIND) == []
        page.get_by_role("button", name="按这样读，去核对").last.click()
        assert "新登记 2 个" in page.get_by_role("heading", level=1).inner_text()
        page.get_by_role("button", name="导入到").click()
        assert "已导入" in page.get_by_role("heading", level=1).inner_text()
        assert page.get_by_text("“盘子 总的”读作总投资").count() == 1
        page.get_by_role("link", name="记住的对应关系").click()
        assert page.evaluate(_OVERFLOW) <= 0
        page.evaluate(_AXE)
        assert page.evaluate(_FIND) == []
        assert "新登记 1 个" in send(page, address, foreign("甲工程", "乙工程", "丙工程"))
