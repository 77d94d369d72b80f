"""The mapping page: what nobody could read is pointed out once, imported, remembered, and fetched again as it came."""

from __future__ import annotations

import fcntl
import hashlib
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pytest
from werkzeug.test import TestResponse

from tests.exchange.builders import write_xlsx
from tests.exchange.lists import Rows, listed
from tests.web.builders import NOW
from tests.web.callers import caller, with_people
from tests.web.reading_pages import ReadPage, read_page
from tests.web.sending import Sender
from tracker.ledger.audit import Asked, entries
from tracker.ledger.checking import check
from tracker.ledger.heading_choices import heading_choices
from tracker.ledger.originals import original_path
from tracker.ledger.programmes import find_programme
from tracker.ledger.writing import writing
from tracker.web import import_work, import_worker
from tracker.web.background_work import JOB, locked
from tracker.web.import_work import PREVIEW, start, work_in
from tracker.web.uploads import UPLOADS_NAME

FOREIGN: Rows = [
    ["榆次区推进情况"],
    ["序", "工程叫法", "坐落", "盘子", "干到哪了", "备查"],
    [1, "甲工程", "榆次区", 12_000_000, "主体施工", "略"],
    [2, "乙工程", "榆次区", 8_000_000, "基础施工", "略"],
]
MATCHED = {
    "s0-seen": "2-2", "s0-read": "1", "s0-first": "2", "s0-last": "2", "s0-unit": "", "s0-c0-field": "serial",
    "s0-c1-field": "name", "s0-c2-field": "county", "s0-c3-field": "total_investment", "s0-c3-unit": "元",
    "s0-c4-field": "progress", "s0-c5-field": "-", "go_on": "1",
}  # fmt: skip


def text_of(response: TestResponse) -> str:
    return read_page(response.get_data(as_text=True)).text


def chosen(response_or_html: str) -> dict[str, str]:
    """Give what stands selected in every chooser of a page, by name."""
    found = {}
    for name, body in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', response_or_html, re.DOTALL):
        selected = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = selected[1] if selected else ""
    return found


def test_a_list_nobody_could_read_is_pointed_out_imported_and_remembered(sender: Sender) -> None:
    head, content = sender.head(), sender.workbook(FOREIGN)
    address = sender.sends(content, "水利局 八月.xlsx", area="140702")
    preview = sender.sees(address)
    assert preview.heading == "“水利局 八月.xlsx”还不能导入"
    mapping = preview.link_named("指出表头在哪一行、各列是什么")
    assert mapping == f"{address}/reading"
    page = sender.client.get(mapping).get_data(as_text=True)
    assert "12000000" in page
    assert {name: token for name, token in chosen(page).items() if name.endswith("field")} == {
        "s0-c0-field": "serial", **{f"s0-c{index}-field": "?" for index in range(1, 6)},
    }  # fmt: skip
    answer = sender.post(mapping, **MATCHED)
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    seen = sender.sees(address)
    assert seen.heading.startswith("“水利局 八月.xlsx”读到 2 个项目，新登记 2 个")
    assert "总投资（万元） 1200.00" in seen.text
    assert sender.head() == head
    assert sender.confirms(address, accept="y").status_code == 303
    result = sender.sees(address)
    assert "“盘子”读作总投资" in result.text
    assert "“盘子”按元读" in result.text
    assert sender.figures(area="140702")["total_investment"] == 20_000_000 * 100
    assert hashlib.sha256(content).hexdigest() in result.text
    with sender.client.get(result.link_named("下载“水利局 八月.xlsx”")) as fetched:
        assert fetched.data == content
        assert fetched.headers["X-Content-Type-Options"] == "nosniff"
        assert fetched.headers["Content-Disposition"].startswith("attachment;")
        assert "水利局 八月.xlsx" in unquote(fetched.headers["Content-Disposition"])
    # The office's next list needs nobody, and says so; from the command line as well.
    again = sender.sees(sender.sends([*FOREIGN, [3, "丙工程", "榆次区", 5_000_000, "未动", "略"]], area="140702"))
    assert again.heading.endswith("新登记 1 个，有变化 0 个")
    assert "5 处表头按 " in again.text
    assert sender.sees(sender.sends(FOREIGN, area="140703")).heading.endswith("还不能导入")
    # What is remembered can be looked at and taken away.
    remembered = sender.sees(result.link_named("记住的对应关系"))
    assert remembered.heading == "榆次区的清单，记住了 5 个表头怎样读"
    gone = sender.post("/import/headings/140702", owner="140702", parent="", heading="盘子")
    assert gone.status_code == 303
    assert sender.sees("/import/headings/140702").heading.endswith("记住了 4 个表头怎样读")
    assert sender.post("/import/headings/140702", owner="140702", parent="", heading="盘子").status_code == 409
    ledger = sender.ledger()
    assert "盘子" not in {each.heading for each in heading_choices(ledger, find_programme(ledger, None).key, "140702")}
    assert check(ledger) == []
    ledger.close()


def test_what_is_pointed_out_can_be_corrected_and_left_alone_again(sender: Sender) -> None:
    address = sender.sends(listed({"项目名称": "甲工程", "总投资（万元）": 900, "概算总投资": 800, "盘子": 5}))
    mapping = f"{address}/reading"
    before = chosen(sender.client.get(mapping).get_data(as_text=True))
    fields = {name: token for name, token in before.items() if name.endswith("-field")}
    assert list(fields.values()) == ["name", "county", "total_investment", "?", "?"]
    as_it_was = {"s0-seen": "1-1", "s0-read": "1", "s0-first": "1", "s0-last": "1", "go_on": "1"}
    # The freed field must not fall to the column that was left alone.
    assert sender.post(mapping, **as_it_was, **{**fields, "s0-c2-field": "year_plan"}).status_code == 303
    after = chosen(sender.client.get(mapping).get_data(as_text=True))
    assert [after[name] for name in fields] == ["name", "county", "year_plan", "-", "?"]
    assert sender.post(mapping, **as_it_was, **fields).status_code == 303
    assert chosen(sender.client.get(mapping).get_data(as_text=True)) == before


def test_what_cannot_be_gets_a_sentence_and_nothing_typed_is_lost(sender: Sender) -> None:
    address = sender.sends(FOREIGN, area="140702")
    for said, sentence in (
        ({"s0-c4-field": "total_investment"}, "都读作“总投资”，一项内容只能来自一列"),
        ({"s0-c1-field": "?"}, "没有哪一列读作“项目名称”"),
        ({"s0-c4-field": "salary"}, "没有“salary”这项内容，请从列表里选一项，或选“不读取”。"),
        ({"s0-c3-unit": "千元"}, "金额单位写的是“千元”"),
        ({"s0-unit": "吨"}, "金额单位写的是“吨”"),
        ({"s0-first": "99", "s0-last": "99"}, "这张表有内容的行到第 4 行为止"),
        ({"s0-first": "三"}, "表头的行写的是“三”，应为行号，例如 3。"),
        ({"s0-first": "3", "s0-last": "2"}, "后一个不能小于前一个"),
        ({"s0-read": None}, "没有选要读的工作表，请至少选一张。"),
    ):
        data = {name: text for name, text in {**MATCHED, **said}.items() if text is not None}
        answer = sender.post(f"{address}/reading", **data)
        assert (answer.status_code, sentence in text_of(answer)) == (422, True), said
        html = answer.get_data(as_text=True)
        assert chosen(html)["s0-c2-field"] == "county"
        assert (
            f'name="s0-first" inputmode="numeric" maxlength="7" autocomplete="off" value="{data["s0-first"]}"' in html
        )
    assert not (folder_of(sender, address) / "choices.json").exists()


def test_other_rows_are_read_anew_before_anything_goes_on(sender: Sender) -> None:
    address = sender.sends([["甲", "乙", "丙"], *FOREIGN], area="140702")
    answer = sender.post(f"{address}/reading", **{**MATCHED, "s0-seen": "1-1", "s0-first": "3", "s0-last": "3"})
    assert answer.headers["Location"] == f"{address}/reading?moved=1"
    page = sender.client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "表头的行改了" in page
    assert [token for name, token in chosen(page).items() if name.endswith("-field")] == ["serial", *"?????"]
    assert 'value="3-3"' in page


def test_a_file_that_cannot_be_opened_has_nothing_to_point_out(sender: Sender) -> None:
    address = sender.sends(b"PK not a workbook", "坏.xlsx")
    assert "指出表头" not in sender.sees(address).text
    assert sender.client.get(f"{address}/reading").headers["Location"] == address


def test_nothing_of_it_is_open_beyond_ones_scope(sender: Sender) -> None:
    waiting = sender.sends(FOREIGN, area="140215")
    done = sender.sends(listed({"项目名称": "甲工程", "县（市、区）": "云州区"}), area="140215")
    assert sender.confirms(done, accept="y").status_code == 303
    with_people(sender.directory, "system", "city", "province")
    city, province = (caller(sender.directory, name) for name in ("city", "province"))
    for address in (f"{waiting}/reading", f"{done}/original", f"{done}/reading", "/import/headings/140215"):
        assert city.get(address).status_code == 404
        with province.get(address) as answer:
            assert answer.status_code == (303 if address == f"{done}/reading" else 200)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', city.get("/import").get_data(as_text=True))
    assert token
    for address, data in (
        (f"{waiting}/reading", MATCHED),
        (f"{waiting}/work", {"stop": "1"}),
        ("/import/headings/1407", {"owner": "140000", "heading": "盘子"}),
    ):
        assert city.post(address, data={"csrf_token": token[1], **data}).status_code == 404
        assert city.post(address, data=data).status_code == 400


# Long files


def folder_of(sender: Sender, address: str) -> Path:
    return sender.directory / UPLOADS_NAME / address.rsplit("/", 1)[1]


def settled(sender: Sender, address: str) -> ReadPage:
    """Follow a page that updates itself until it stands still."""
    while 'http-equiv="refresh"' in sender.client.get(address).get_data(as_text=True):
        with suppress(FileNotFoundError), (folder_of(sender, address) / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)  # given once nobody works any more
    return sender.sees(address)


def test_a_long_list_is_looked_at_and_imported_by_a_process_of_its_own(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_work, "LONG_BYTES", 1)
    address = sender.sends(listed({"项目名称": "甲工程", "总投资（万元）": 1200, "备注": "略"}))
    head, first = sender.head(), sender.client.get(address).get_data(as_text=True)
    assert "<progress" in first
    assert 'aria-live="polite"' in first
    preview = settled(sender, address)
    assert preview.heading == "“清单.xlsx”读到 1 个项目，新登记 1 个，有变化 0 个"
    assert "+1200.00" in preview.text
    assert sender.head() == head
    # What the work left is shown while the ledger says the same.
    kept = folder_of(sender, address) / PREVIEW
    changed = kept.stat().st_mtime_ns
    agreed = sender.agreed(address)
    assert kept.stat().st_mtime_ns == changed
    ledger = sender.ledger()
    with writing(ledger, "meanwhile", "李四") as writes:
        writes.open_month(find_programme(ledger, None).key, "2024-07")
    assert sender.post(f"{address}/confirm", agreed=agreed).headers["Location"] == address
    settled(sender, address)
    assert kept.stat().st_mtime_ns != changed
    assert sender.figures(NOW)["projects"] == 0
    assert sender.post(f"{address}/confirm", agreed=sender.agreed(address)).status_code == 303
    assert settled(sender, address).heading.startswith("“清单.xlsx”已导入，新登记 1 个")
    assert sender.post(f"{address}/confirm", agreed=agreed).status_code == 303
    assert sender.figures(NOW)["projects"] == 1
    assert [each.event for each in entries(ledger, Asked(limit=1))] == ["month import registration return"]
    assert check(ledger) == []
    ledger.close()


def test_work_that_died_or_was_stopped_says_so_and_begins_again_when_asked(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.web.imports.LONG_ROWS", 1)
    address = sender.sends(listed({"项目名称": "甲工程"}))
    folder = folder_of(sender, address)
    (folder / "long").touch()
    (folder / JOB).write_text('{"verb": "preview", "by": "李四", "choices": ""}', encoding="utf-8")
    died = sender.sees(address)
    assert "处理这份清单的程序中途停了" in died.text
    import_work.stop(folder)
    import_worker.main(sender.directory, folder.name)
    assert not (folder / PREVIEW).exists()
    assert sender.sees(address).heading == "“清单.xlsx”比对已停止"
    with locked(folder) as lock:
        assert lock is not None
        assert not start(folder, sender.directory, folder.name, "preview", by="李四", choices="")
        assert work_in(folder).running
        assert sender.sees(address).heading == "“清单.xlsx”正在停止"
    assert sender.post(f"{address}/work", again="1").status_code == 303
    assert settled(sender, address).heading.endswith("新登记 1 个，有变化 0 个")
    (folder / "long").unlink()
    # More rows than the size let expect: begun anew, and told from then on by the folder.
    assert "<progress" in sender.client.get(address).get_data(as_text=True)
    assert settled(sender, address).heading.endswith("新登记 1 个，有变化 0 个")


def test_imports_from_the_command_line_keep_their_file_too(sender: Sender) -> None:
    from tests.commands.conftest import run  # noqa: PLC0415

    path = write_xlsx(sender.folder / "命令行.xlsx", {"清单": listed({"项目名称": "甲工程"})})
    assert run(["--data", str(sender.directory), "import", str(path), "--month", NOW, "--within", "1407"]) == 0
    ledger = sender.ledger()
    assert original_path(ledger, hashlib.sha256(path.read_bytes()).hexdigest()).read_bytes() == path.read_bytes()
    ledger.close()
    address = sender.sees("/import").link_named("命令行.xlsx")
    with sender.client.get(f"{address}/original") as fetched:
        assert fetched.data == path.read_bytes()
