"""Importing in a real browser: a mistake found, mended, looked at, imported and taken back; without scripts too."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import FilePayload, Page

from tests.browser.conftest import OpenPage
from tests.browser.driving import HANDS, NARROW, WIDE, scrolls_sideways, serving
from tests.web.builders import province_ledger
from tracker.web.site import create_site

_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
_FIND = """() => axe.run({rules: {'target-size': {enabled: true}}, resultTypes: ['violations']}).then(
  found => found.violations.flatMap(it => it.nodes.map(node => `${it.id}: ${node.target.join(' ')}`)))"""
LIST = "/list/2024-08/1407"


@pytest.fixture(scope="module")
def own_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A province of this file's own: what is imported into it is seen by nobody else."""
    with serving(create_site(province_ledger(tmp_path_factory.mktemp("uploads") / "province"))) as served:
        yield served


def changed(page: Page, address: str, change: Callable[[Worksheet], None]) -> FilePayload:
    """Give the exported list with some of its cells written anew."""
    book = openpyxl.load_workbook(io.BytesIO(page.request.get(f"{address}{LIST}/excel?column=every").body()))
    change(book.worksheets[0])
    content = io.BytesIO()
    book.save(content)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "八月 清单.xlsx", "mimeType": kind, "buffer": content.getvalue()}


def total_cell(sheet: Worksheet) -> str:
    """Give the cell of the first project's total investment."""
    head = next(row for row in sheet.iter_rows(max_row=6) if any(cell.value == "序号" for cell in row))
    column = next(cell.column for cell in head if str(cell.value).startswith("总投资"))
    row = next(number for number in range(head[0].row + 1, head[0].row + 5) if sheet.cell(number, 1).value == 1)
    return str(sheet.cell(row, column).coordinate)


def send(page: Page, address: str, payload: FilePayload) -> None:
    page.goto(address + LIST)
    page.get_by_role("link", name="导入", exact=True).click()
    page.get_by_label("清单文件").set_input_files(payload)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url("**/import/*")


@pytest.mark.parametrize(("size", "scripts"), [(WIDE, True), (NARROW, False)])
def test_a_mistake_is_found_mended_imported_and_taken_back(
    open_page: OpenPage, own_address: str, tmp_path: Path, size: tuple[int, int], scripts: bool
) -> None:
    page = open_page(size, scripts=scripts, touch=size == NARROW)
    place: list[str] = []

    def spoil(sheet: Worksheet) -> None:
        place.append(total_cell(sheet))
        sheet[place[0]] = "约三千"

    def mend(sheet: Worksheet) -> None:
        sheet[total_cell(sheet)] = 3210

    send(page, own_address, changed(page, own_address, spoil))
    fault = page.locator(".faults tbody tr")
    assert fault.count() == 1
    assert f"!{place[0]}" in fault.inner_text()
    assert "“约三千”不是数字，请写成数字，例如 3000。" in fault.inner_text()
    assert page.get_by_role("button", name="导入到").count() == 0

    send(page, own_address, changed(page, own_address, mend))
    line = page.locator(".changes tbody tr").first
    assert "总投资（万元）" in line.inner_text()
    after = line.locator(".cell-after").inner_text()
    assert "3210.00" in after
    was = line.locator(".cell-before").inner_text().removeprefix("原来 ")
    total = page.locator(".import-sums tr", has_text="总投资").locator("td")
    before, then = total.nth(0).inner_text(), total.nth(1).inner_text()

    def whole() -> str:
        page.goto(own_address + LIST)
        return page.locator(".whole .key-total_investment").inner_text().splitlines()[-1]

    preview = page.url
    assert whole() == before
    page.goto(preview)
    page.get_by_role("button", name="导入到 2024年8月").click()
    page.get_by_role("heading", name="已导入").wait_for()
    assert page.url == preview
    assert whole() == then

    page.goto(preview)
    page.get_by_label("撤销的理由").fill("试着导入的")
    page.get_by_role("button", name="撤销这次导入").click()
    page.get_by_role("heading", name="的导入已撤销").wait_for()
    assert "试着导入的" in page.locator(".notice").inner_text()
    assert whole() == before
    assert was != "3210.00"


def test_no_import_page_scrolls_sideways(open_page: OpenPage, own_address: str) -> None:
    page = open_page(HANDS[0], touch=True)

    def spoil(sheet: Worksheet) -> None:
        cell = sheet[total_cell(sheet)]
        cell.value = "说不清" * 30
        sheet.title = "名称很长很长很长很长很长的工作表ABC"

    for change in (spoil, lambda sheet: sheet.cell(5, 3, f"{'长' * 150}工程")):
        page.goto(f"{own_address}/import")
        assert scrolls_sideways(page, HANDS) == []
        send(page, own_address, changed(page, own_address, change))
        assert scrolls_sideways(page, HANDS) == [], page.title()


def test_everybody_can_use_the_pages(open_page: OpenPage, own_address: str) -> None:
    page = open_page()

    def doubtful(sheet: Worksheet) -> None:
        sheet["A1"] = "2024年7月工程清单"
        sheet[total_cell(sheet)] = 5432
        sheet.insert_cols(1)
        sheet["A3"] = "看不懂的列"

    def look() -> None:
        for size in (WIDE, NARROW):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for colours in ("light", "dark"):
                page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
                page.evaluate(_AXE)
                assert page.evaluate(_FIND) == [], (page.title(), size, colours)

    send(page, own_address, changed(page, own_address, lambda sheet: sheet.__setitem__(total_cell(sheet), "多")))
    page.get_by_text("每一列读成什么").click()
    look()
    send(page, own_address, changed(page, own_address, doubtful))
    assert "看不懂的列" in page.locator(".understood").inner_text()
    look()
    page.get_by_label("都已核对属实").check()
    page.get_by_role("button", name="导入到").click()
    page.get_by_role("heading", name="已导入").wait_for()
    look()
    page.get_by_label("撤销的理由").fill("试着导入的")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="的导入已撤销").wait_for()
    look()
    page.goto(f"{own_address}/import")
    look()


def test_the_keyboard_alone_confirms(open_page: OpenPage, own_address: str) -> None:
    page = open_page()
    send(page, own_address, changed(page, own_address, lambda sheet: sheet.__setitem__(total_cell(sheet), 4321)))
    page.get_by_role("link", name="到确认处").press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "导入到 2024年8月"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="已导入").wait_for()
    page.get_by_label("撤销的理由").fill("试着导入的")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="的导入已撤销").wait_for()
