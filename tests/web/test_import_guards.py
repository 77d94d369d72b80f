"""What is sent: kept privately, guarded against forgery and size, and signed with one secret."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import threading
from pathlib import Path

import pytest

from tests.web.builders import NOW
from tests.web.sending import PLAIN, Sender, asked, text_of
from tracker.exchange.reading.workbooks import PAGE_LIMITS
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, restore
from tracker.ledger.handle import Ledger
from tracker.ledger.imports import import_with_key
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.records import head_of
from tracker.ledger.standings import listing
from tracker.web.guarding import LARGEST_REQUEST
from tracker.web.secret import FILE_NAME, VARIABLE, secret_of
from tracker.web.site import create_site
from tracker.web.uploads import UPLOADS_NAME


def test_uploads_are_private_whole_and_no_part_of_the_ledger(sender: Sender, senders_ledger: Ledger) -> None:
    content = sender.workbook(PLAIN)
    key = sender.sends(content, "八月.xlsx").rsplit("/", 1)[1]
    folder = sender.directory / UPLOADS_NAME / key
    assert (folder / "workbook").read_bytes() == content
    assert json.loads((folder / "upload.json").read_text())["name"] == "八月.xlsx"
    for path in (folder.parent, folder, *folder.iterdir(), sender.directory / FILE_NAME):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert check(senders_ledger) == []
    backup(senders_ledger, sender.folder / "backup")
    restored = restore(sender.folder / "backup", sender.folder / "restored")
    assert head_of(restored) == head_of(senders_ledger)
    assert not {FILE_NAME, UPLOADS_NAME} & {path.name for path in restored.directory.iterdir()}
    restored.close()


def test_the_record_holds_the_senders_name_and_the_digest(sender: Sender, senders_ledger: Ledger) -> None:
    content = sender.workbook(PLAIN)
    address = sender.sends(content, "八月.xlsx")
    sender.confirms(address)
    recorded = import_with_key(senders_ledger, address.rsplit("/", 1)[1])
    assert recorded is not None
    assert (recorded.file, recorded.sha256, recorded.size) == (
        "八月.xlsx", hashlib.sha256(content).hexdigest(), len(content),
    )  # fmt: skip
    programme = find_programme(senders_ledger, None)
    place = places_of(senders_ledger, programme).find("1407")
    assert place is not None
    assert [project.name for project in listing(senders_ledger, programme, NOW, place)] == [
        "潇河湿地工程",
        "城区管网工程",
    ]


@pytest.mark.parametrize("key", ["0" * 32, "zz", "..", "0" * 31 + "G", "a" * 64])
def test_an_unknown_key_is_no_page(sender: Sender, key: str) -> None:
    assert sender.client.get(f"/import/{key}").status_code == 404
    for step in ("confirm", "discard", "undo"):
        response = sender.post(f"/import/{key}/{step}", agreed="-", reason="无")
        assert response.status_code == 404


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
