"""Importing on pages: nothing is written before somebody has seen it and said yes, and then exactly that, once."""

from __future__ import annotations

import os
import threading

import pytest

from tests.commands.conftest import run
from tests.exchange.builders import write_xlsx
from tests.exchange.lists import listed
from tests.web.builders import NOW, YIHONG
from tests.web.reading_pages import read_page
from tests.web.sending import PLAIN, Sender, text_of
from tracker.ledger.handle import Ledger
from tracker.ledger.imports import recent_imports
from tracker.ledger.programmes import find_programme
from tracker.ledger.projects import correct
from tracker.ledger.writing import writing
from tracker.web.site import create_site
from tracker.web.uploads import KEPT_DAYS, UPLOADS_NAME


def test_two_presses_give_one_import(sender: Sender, senders_ledger: Ledger) -> None:
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
    assert len(recent_imports(senders_ledger, YIHONG.key, 10)) == 1
    assert sender.figures()["projects"] == 2


def test_a_ledger_that_moved_on_is_shown_again_before_anything_is_written(
    sender: Sender, senders_ledger: Ledger
) -> None:
    sender.imports(PLAIN)
    address = sender.sends(listed({"项目名称": "潇河湿地工程", "总投资（万元）": 1300}))
    seen = sender.agreed(address)
    with writing(senders_ledger, "meanwhile", "别人") as writes:
        correct(
            writes, find_programme(senders_ledger, None), "140702-0001", NOW, {"total_investment": 1234}, [], "批复"
        )
    before = sender.head()
    response = sender.post(f"{address}/confirm", agreed=seen)
    assert response.status_code == 409
    page = read_page(response.text)
    assert "台账刚才有了变化，没有导入" in page.text
    assert any(row[-2:] == ["1234.00", "1300.00"] for row in page.rows)
    assert sender.head() == before
    assert sender.confirms(address).status_code == 303
    assert sender.figures()["total_investment"] == 2100 * 1_000_000


def test_a_change_elsewhere_does_not_disturb(sender: Sender, senders_ledger: Ledger) -> None:
    sender.imports(PLAIN)
    address = sender.sends(listed({"项目名称": "潇河湿地工程", "总投资（万元）": 1300}))
    seen = sender.agreed(address)
    with writing(senders_ledger, "meanwhile", "别人") as writes:
        correct(writes, find_programme(senders_ledger, None), "140702-0002", NOW, {"total_investment": 801}, [], "批复")
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
