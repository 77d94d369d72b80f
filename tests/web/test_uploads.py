"""Importing on pages: nothing is written before somebody has seen it and said yes, and then exactly that, once."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import shutil
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from werkzeug.test import TestResponse

from tests.commands.conftest import run
from tests.exchange.builders import archive, write_xls, write_xlsx
from tests.exchange.lists import listed
from tests.web.builders import NOW, YIHONG
from tests.web.reading_pages import read_page
from tests.web.sending import Sender
from tracker.exchange.reading.workbooks import PAGE_LIMITS
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, restore
from tracker.ledger.handle import Ledger
from tracker.ledger.imports import import_with_key, recent_imports
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.projects import correct
from tracker.ledger.records import head_of
from tracker.ledger.standings import listing
from tracker.ledger.writing import writing
from tracker.web.guarding import LARGEST_REQUEST
from tracker.web.secret import FILE_NAME, VARIABLE, secret_of
from tracker.web.site import create_site
from tracker.web.uploads import KEPT_DAYS, UPLOADS_NAME, shown_name

PLAIN = listed(
    {"项目名称": "潇河湿地工程", "总投资（万元）": 1200, "建设阶段": "在建", "实际开工时间": "2024-03"},
    {"项目名称": "城区管网工程", "总投资（万元）": 800, "建设阶段": "未开工"},
)


@pytest.fixture
def ledger(sender: Sender) -> Iterator[Ledger]:
    opened = sender.ledger()
    yield opened
    opened.close()


def text_of(response: TestResponse) -> str:
    return read_page(response.get_data(as_text=True)).text


def asked(html: str) -> tuple[str, str]:
    """Give the month and the area that a form stands at."""
    month, area = (
        re.search(r'name="month"[^>]* value="([^"]*)"', html),
        re.search(r'<option selected value="([^"]+)"', html),
    )
    assert month
    assert area
    return month[1], area[1]


# From the form to the result


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


def test_a_list_goes_to_the_programme_that_was_chosen(sender: Sender, ledger: Ledger) -> None:
    other = dataclasses.replace(YIHONG, key="other", name="另一个专项", demonstration=False)
    with writing(ledger, "other", "测试") as writes:
        writes.define_programme(other)
    page = sender.sees("/import")
    assert page.link_named("另一个专项") == "/import?programme=other"
    assert 'name="programme" type="hidden" value="other"' in sender.client.get("/import?programme=other").text
    content = (io.BytesIO(sender.workbook(PLAIN)), "清单.xlsx")
    address = sender.post("/import", programme="other", month=NOW, area="1407", workbook=content).headers["Location"]
    assert "专项“另一个专项”" in sender.sees(address).text
    assert sender.confirms(address).status_code == 303
    assert sender.sees(address).link_named("看晋中市2024年8月清单") == "/list/2024-08/1407?programme=other"
    assert [len(recent_imports(ledger, key, 9)) for key in (YIHONG.key, "other")] == [0, 1]
    assert sender.post("/import", programme="nobody", month=NOW, area="1407").status_code == 404


def test_the_county_list_leads_here(sender: Sender) -> None:
    sender.imports(PLAIN)
    assert sender.sees("/list/2024-08/1407").link_named("导入") == "/import?month=2024-08&area=1407"


def test_empty_pages_lead_here(sender: Sender) -> None:
    page = read_page(sender.client.get("/", follow_redirects=True).text)
    assert page.link_named("导入一份清单").startswith("/import?")


# Faults


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


# Once, and only what was seen


def test_two_presses_give_one_import(sender: Sender, ledger: Ledger) -> None:
    address = sender.sends(PLAIN)
    agreed, token = sender.agreed(address), sender.token()
    again = create_site(sender.directory)
    answers: list[int] = []
    gate = threading.Barrier(6)
    cookie = sender.client.get_cookie("yihong")
    assert cookie is not None

    def press() -> None:
        client = again.test_client()
        client.set_cookie("yihong", cookie.value)
        gate.wait()
        answers.append(
            client.post(f"{address}/confirm", data={"csrf_token": token, "agreed": agreed}).status_code
        )  # fmt: skip

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 6
    assert len(recent_imports(ledger, YIHONG.key, 10)) == 1
    assert sender.figures()["projects"] == 2


def test_a_ledger_that_moved_on_is_shown_again_before_anything_is_written(sender: Sender, ledger: Ledger) -> None:
    sender.imports(PLAIN)
    address = sender.sends(listed({"项目名称": "潇河湿地工程", "总投资（万元）": 1300}))
    seen = sender.agreed(address)
    with writing(ledger, "meanwhile", "别人") as writes:
        correct(writes, find_programme(ledger, None), "140702-0001", NOW, {"total_investment": 1234}, [], "批复")
    before = sender.head()
    response = sender.post(f"{address}/confirm", agreed=seen)
    assert response.status_code == 409
    page = read_page(response.text)
    assert "台账刚才有了变化，没有导入" in page.text
    assert any(row[-2:] == ["1234.00", "1300.00"] for row in page.rows)
    assert sender.head() == before
    assert sender.confirms(address).status_code == 303
    assert sender.figures()["total_investment"] == 2100 * 1_000_000


def test_a_change_elsewhere_does_not_disturb(sender: Sender, ledger: Ledger) -> None:
    sender.imports(PLAIN)
    address = sender.sends(listed({"项目名称": "潇河湿地工程", "总投资（万元）": 1300}))
    seen = sender.agreed(address)
    with writing(ledger, "meanwhile", "别人") as writes:
        correct(writes, find_programme(ledger, None), "140702-0002", NOW, {"total_investment": 801}, [], "批复")
    assert sender.post(f"{address}/confirm", agreed=seen).status_code == 303


@pytest.mark.parametrize("agreed", ["", "-", "0" * 64])
def test_nobody_confirms_what_they_have_not_seen(sender: Sender, agreed: str) -> None:
    address = sender.sends(PLAIN)
    before = sender.head()
    assert sender.post(f"{address}/confirm", agreed=agreed).status_code == 409
    assert sender.head() == before


def test_bytes_that_changed_on_the_disk_are_not_imported(sender: Sender) -> None:
    address = sender.sends(PLAIN)
    agreed = sender.agreed(address)
    kept = sender.directory / UPLOADS_NAME / address.rsplit("/", 1)[1] / "workbook"
    kept.write_bytes(sender.workbook(listed({"项目名称": "别的"})))
    response = sender.post(f"{address}/confirm", agreed=agreed)
    assert response.status_code == 404
    assert "被改动或已损坏" in text_of(response)


# Taking back and giving up


def test_an_import_is_taken_back_with_a_reason(sender: Sender) -> None:
    address = sender.imports(PLAIN)
    for missing in ("", "   "):
        response = sender.post(f"{address}/undo", reason=missing)
        assert response.status_code == 422
        assert "请写明为什么撤销" in text_of(response)
    assert sender.figures()["projects"] == 2
    assert sender.post(f"{address}/undo", reason="导错了月份 <b>").status_code == 303
    assert sender.figures()["projects"] == 0
    page = sender.sees(address)
    assert page.heading == "“清单.xlsx”的导入已撤销"
    assert "理由：导错了月份 <b>" in page.text
    head = sender.head()
    assert sender.post(f"{address}/undo", reason="再来一次").status_code == 303
    assert sender.post(f"{address}/confirm", agreed="0" * 64).status_code == 303
    assert sender.head() == head
    assert any("已撤销" in row[-1] for row in sender.sees("/import").rows if row)


def test_an_import_from_the_command_line_is_listed_and_can_be_taken_back(sender: Sender) -> None:
    path = write_xlsx(sender.folder / "命令行.xlsx", {"清单": PLAIN})
    assert run(["--data", str(sender.directory), "import", str(path), "--month", NOW, "--within", "1407"]) == 0
    address = sender.sees("/import").link_named("命令行.xlsx")
    assert sender.post(f"{address}/undo", reason="导错了").status_code == 303
    assert sender.figures()["projects"] == 0


def test_giving_up_removes_the_file_and_nothing_else(sender: Sender) -> None:
    imported, waiting = sender.imports(PLAIN), sender.sends(listed({"项目名称": "丙工程"}))
    assert len(sender.kept()) == 2
    assert sender.post(f"{waiting}/discard").headers["Location"] == "/import?month=2024-08&area=1407"
    assert sender.client.get(waiting).status_code == 404
    sender.post(f"{imported}/discard")
    assert sender.kept() == [imported.rsplit("/", 1)[1]]
    assert sender.sees(imported).heading.startswith("“清单.xlsx”已导入")


def test_what_nobody_confirms_is_removed_at_a_later_upload(sender: Sender) -> None:
    imported, waiting, young = (sender.imports(PLAIN), *(sender.sends(listed({"项目名称": n})) for n in ("丙", "丁")))
    old = sender.directory.stat().st_mtime - (KEPT_DAYS + 1) * 86_400
    for address in (imported, waiting):  # of what was imported the original is kept
        os.utime(sender.directory / UPLOADS_NAME / address.rsplit("/", 1)[1], (old, old))
    latest = sender.sends(listed({"项目名称": "戊"}))
    assert sender.kept() == sorted(address.rsplit("/", 1)[1] for address in (young, latest))
    assert "没有这次上传" in text_of(sender.client.get(waiting))


# The folder, the ledger's other files


def test_uploads_are_private_whole_and_no_part_of_the_ledger(sender: Sender, ledger: Ledger) -> None:
    content = sender.workbook(PLAIN)
    key = sender.sends(content, "八月.xlsx").rsplit("/", 1)[1]
    folder = sender.directory / UPLOADS_NAME / key
    assert (folder / "workbook").read_bytes() == content
    assert json.loads((folder / "upload.json").read_text())["name"] == "八月.xlsx"
    for path in (folder.parent, folder, *folder.iterdir(), sender.directory / FILE_NAME):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert check(ledger) == []
    backup(ledger, sender.folder / "backup")
    restored = restore(sender.folder / "backup", sender.folder / "restored")
    assert head_of(restored) == head_of(ledger)
    assert not {FILE_NAME, UPLOADS_NAME} & {path.name for path in restored.directory.iterdir()}
    restored.close()


def test_the_record_holds_the_senders_name_and_the_digest(sender: Sender, ledger: Ledger) -> None:
    content = sender.workbook(PLAIN)
    address = sender.sends(content, "八月.xlsx")
    sender.confirms(address)
    recorded = import_with_key(ledger, address.rsplit("/", 1)[1])
    assert recorded is not None
    assert (recorded.file, recorded.sha256, recorded.size) == (
        "八月.xlsx", hashlib.sha256(content).hexdigest(), len(content),
    )  # fmt: skip
    programme = find_programme(ledger, None)
    place = places_of(ledger, programme).find("1407")
    assert place is not None
    assert [project.name for project in listing(ledger, programme, NOW, place)] == ["潇河湿地工程", "城区管网工程"]


@pytest.mark.parametrize("key", ["0" * 32, "zz", "..", "0" * 31 + "G", "a" * 64])
def test_an_unknown_key_is_no_page(sender: Sender, key: str) -> None:
    assert sender.client.get(f"/import/{key}").status_code == 404
    for step in ("confirm", "discard", "undo"):
        response = sender.post(f"/import/{key}/{step}", agreed="-", reason="无")
        assert response.status_code == 404


# Forgery, size, cookies


@pytest.mark.parametrize("token", [None, "", "forged", "ImFiYyI.Zx.forged"])
def test_a_forged_or_missing_token_is_refused_in_chinese(sender: Sender, token: str | None) -> None:
    sender.token()
    data = {"month": NOW, "area": "1407", "workbook": (io.BytesIO(sender.workbook(PLAIN)), "a.xlsx")}
    response = sender.client.post("/import", data=data if token is None else {**data, "csrf_token": token})
    assert response.status_code == 400
    assert "刚才选的文件没有收下，需要重新选一次" in text_of(response)
    assert sender.kept() == []


def test_another_browsers_token_is_refused(sender: Sender) -> None:
    foreign = Sender(sender.directory, sender.folder)
    assert sender.client.get("/import").status_code == 200
    response = sender.client.post("/import", data={"csrf_token": foreign.token()})
    assert response.status_code == 400


def test_every_form_asks_for_the_token(sender: Sender) -> None:
    address = sender.sends(PLAIN)
    for step in ("confirm", "discard", "undo"):
        assert sender.client.post(f"{address}/{step}", data={"reason": "无"}).status_code == 400
    assert sender.sees(address).heading.startswith("“清单.xlsx”读到")


def test_too_large_a_request_is_told_the_limit(sender: Sender) -> None:
    response = sender.post(
        "/import", month=NOW, area="1407", workbook=(io.BytesIO(bytes(LARGEST_REQUEST + 1)), "a.xlsx")
    )
    assert response.status_code == 413
    assert "一次最多提交 10 MB" in text_of(response)
    assert PAGE_LIMITS.file_bytes < LARGEST_REQUEST
    assert sender.kept() == []


def test_a_form_without_a_file_or_with_a_strange_month_says_what_is_missing(sender: Sender) -> None:
    response = sender.post("/import", month="2024-07", area="140702")
    assert response.status_code == 422
    assert "请选择要导入的清单文件" in text_of(response)
    assert asked(response.text) == ("2024-07", "140702")
    for wrong, sentence in (
        ({"month": "2099-01"}, "2099年1月还没有到，请核对月份。"),
        ({"month": "八月"}, "“八月”应写成 YYYY-MM，例如 2024-08。"),
        ({"month": ""}, "请写填报月，例如 2024-08。"),
        ({"area": "11"}, "不是有效的选择。"),
    ):
        data = {"month": "2024-07", "area": "1407", **wrong}
        response = sender.post("/import", workbook=(io.BytesIO(sender.workbook(PLAIN)), "a.xlsx"), **data)
        assert response.status_code == 422
        assert sentence in text_of(response)
    assert sender.kept() == []


def test_only_pages_with_forms_set_a_cookie_and_it_is_kept_close(sender: Sender) -> None:
    sender.imports(PLAIN)
    reader = create_site(sender.directory).test_client()
    for address in ("/overview/2024-08/14", "/list/2024-08/14", "/project/140702-0001", "/nowhere"):
        assert "Set-Cookie" not in reader.get(address).headers
    cookie = reader.get("/import").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    safe = create_site(sender.directory).test_client().get("/import", base_url="https://localhost")
    assert "Secure" in safe.headers["Set-Cookie"]


def test_callers_from_elsewhere_may_not_import(sender: Sender) -> None:
    assert sender.client.get("/import", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    data = {"csrf_token": sender.token(), "month": NOW, "area": "1407"}
    response = sender.client.post("/import", data=data, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert response.status_code == 403


# The secret


def test_workers_that_start_together_agree_on_one_secret(empty_directory: Path, tmp_path: Path) -> None:
    shutil.copytree(empty_directory, tmp_path / "ledger")
    found: list[bytes] = []
    gate = threading.Barrier(8)

    def need() -> None:
        gate.wait()
        found.append(secret_of(tmp_path / "ledger"))

    threads = [threading.Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) >= 32
    assert [path.name for path in (tmp_path / "ledger").iterdir() if FILE_NAME in path.name] == [FILE_NAME]


def test_two_workers_accept_each_others_forms(sender: Sender) -> None:
    token = sender.token()
    cookie = sender.client.get_cookie("yihong")
    assert cookie is not None
    other = create_site(sender.directory).test_client()
    other.set_cookie("yihong", cookie.value)
    assert other.post("/import", data={"csrf_token": token}).status_code == 422


def test_the_environment_gives_the_secret_first(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "x" * 40)
    assert secret_of(sender.directory) == b"x" * 40
    assert not (sender.directory / FILE_NAME).exists()
    monkeypatch.setenv(VARIABLE, "short")
    response = create_site(sender.directory).test_client().get("/import")
    assert response.status_code == 503
    assert "太短，至少要 32 个字节" in text_of(response)


def test_reading_needs_no_secret(sender: Sender) -> None:
    client = create_site(sender.directory).test_client()
    client.set_cookie("other", "1")
    client.get("/", follow_redirects=True)
    assert not (sender.directory / FILE_NAME).exists()


def test_a_place_without_a_ledger_takes_no_lists(tmp_path: Path) -> None:
    client = create_site(tmp_path / "none").test_client()
    assert client.get("/import").status_code == 503
    assert client.post("/import", data={}).status_code == 503
    assert not (tmp_path / "none").exists()


def test_a_disk_that_refuses_the_file_says_so(sender: Sender) -> None:
    token = sender.token()
    data = {"csrf_token": token, "month": NOW, "area": "1407"}
    (sender.directory / UPLOADS_NAME).write_text("in the way")
    response = sender.client.post(
        "/import", data={**data, "workbook": (io.BytesIO(sender.workbook(PLAIN)), "a.xlsx")}
    )  # fmt: skip
    assert response.status_code == 503
    assert "文件没有收下" in text_of(response)
