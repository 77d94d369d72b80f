"""Attachments on pages: what a county adds and takes back, who may fetch it, and that nothing in it can run."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG
from tests.web.reading_pages import read_page
from tests.web.returning import (
    COUNTY,
    ELSEWHERE,
    MONTH,
    PAGE,
    code,
    enter,
    filled,
    hidden,
    token_of,
    worked_in,
)
from tracker.ledger.accounts import add_demonstration_account
from tracker.ledger.attachments import Attachment, attachments_of
from tracker.ledger.handle import Ledger
from tracker.model.roles import Role
from tracker.web.site import create_site

ATTACHMENTS = f"{PAGE}/attachments/{code(1)}"
PAPER = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worked_in(
        tmp_path_factory.mktemp("made") / "ledger", 2, "demo-lead", "demo-reporter", "demo-reader", "demo-audit"
    )


def photo() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30)).save(made, "JPEG")
    return made.getvalue()


def add(client: FlaskClient, *files: tuple[str, bytes], address: str = ATTACHMENTS, **posted: str) -> TestResponse:
    said = {**hidden(client.get(ATTACHMENTS).get_data(as_text=True)), **posted}
    sent = [(io.BytesIO(content), name) for name, content in files]
    return client.post(address, data={**said, "file": sent}, content_type="multipart/form-data")


def attached(ledger: Ledger) -> list[Attachment]:
    return attachments_of(ledger, YIHONG.key, MONTH, [code(1), code(2)])


def test_several_files_are_attached_at_once_and_shown(reporter: FlaskClient, ledger: Ledger) -> None:
    answer = add(reporter, ("现场.jpg", photo()), ("文件夹/批复\x07 文件.pdf", PAPER))
    assert answer.status_code == 303
    assert [each.name for each in attached(ledger)] == ["现场.jpg", "批复 文件.pdf"]
    html = reporter.get(ATTACHMENTS).get_data(as_text=True)
    page = read_page(html.replace("<img", "<input"))
    assert page.heading == "榆次区第1号治理工程：2024年9月附件 2 个"
    assert re.search(r'<img src="/attachment/\d+" alt="现场.jpg" width="40" height="30" loading="lazy">', html)
    assert html.count("<img") == 1
    assert "照片和附件（2）" in reporter.get(PAGE).get_data(as_text=True)


def test_a_photo_is_shown_and_a_paper_only_handed_over(reporter: FlaskClient, ledger: Ledger) -> None:
    add(reporter, ("现场.jpg", photo()), ("批复.pdf", PAPER))
    shown, kept = attached(ledger)
    picture = reporter.get(f"/attachment/{shown.sequence}", buffered=True)
    paper = reporter.get(f"/attachment/{kept.sequence}", buffered=True)
    assert picture.mimetype == "image/jpeg"
    assert picture.headers["Content-Disposition"].startswith("inline")
    assert (paper.mimetype, paper.data) == ("application/pdf", PAPER)
    assert paper.headers["Content-Disposition"].startswith("attachment; ")
    assert paper.headers["Content-Disposition"].endswith("filename*=UTF-8''%E6%89%B9%E5%A4%8D.pdf")
    for answer in (picture, paper):
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_cannot_be_attached_is_named_and_the_rest_is_kept(reporter: FlaskClient, ledger: Ledger) -> None:
    answer = add(reporter, ("现场.jpg", photo()), ("说明.docx", b"PK\x03\x04"), ("空.pdf", b""))
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "“说明.docx”不是照片，也不是 PDF" in text
    assert "“空.pdf”是空文件" in text
    assert 'alt="现场.jpg"' in text
    assert [each.name for each in attached(ledger)] == ["现场.jpg"]


def test_no_file_at_all_says_what_to_do(reporter: FlaskClient) -> None:
    answer = add(reporter)
    assert answer.status_code == 422
    assert "请先选照片或 PDF" in answer.get_data(as_text=True)


def test_too_large_a_request_is_refused_with_a_sentence(reporter: FlaskClient, ledger: Ledger) -> None:
    body = b"--x\r\nContent-Disposition: form-data; name=file; filename=a.pdf\r\n\r\n" + bytes(11 * 1024 * 1024)
    answer = reporter.post(ATTACHMENTS, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "10 MB" in answer.get_data(as_text=True)
    assert attached(ledger) == []


def test_the_same_press_twice_attaches_once(reporter: FlaskClient, ledger: Ledger) -> None:
    key = hidden(reporter.get(ATTACHMENTS).get_data(as_text=True))["key"]
    assert add(reporter, ("现场.jpg", photo()), key=key).status_code == 303
    assert add(reporter, ("现场.jpg", photo()), key=key).status_code == 303
    assert len(attached(ledger)) == 1


def test_one_is_taken_back_with_a_reason(reporter: FlaskClient, ledger: Ledger) -> None:
    add(reporter, ("现场.jpg", photo()))
    (kept,) = attached(ledger)
    address = f"{ATTACHMENTS}/{kept.sequence}"
    said = hidden(reporter.get(ATTACHMENTS).get_data(as_text=True))
    without = reporter.post(address, data=said)
    assert without.status_code == 422
    assert "请写明撤去附件的理由" in without.get_data(as_text=True)
    said = hidden(reporter.get(ATTACHMENTS).get_data(as_text=True))
    assert reporter.post(address, data={**said, "reason": "传错了项目"}).status_code == 303
    assert attached(ledger) == []
    assert reporter.post(address, data={**said, "reason": "传错了项目"}).status_code == 404


def test_a_sent_row_takes_no_more(county: Path, ledger: Ledger, reporter: FlaskClient) -> None:
    add(reporter, ("现场.jpg", photo()))
    lead = enter(create_site(county).test_client(), "demo-lead")
    lead.post(PAGE, data={**filled(lead), "do": "quiet"})
    lead.post(f"{PAGE}/send", data=hidden(lead.get(f"{PAGE}/send").get_data(as_text=True)))
    answer = lead.get(ATTACHMENTS)
    assert "这个项目本月已经报送，附件不能再增减" in answer.get_data(as_text=True)
    assert 'type="file"' not in answer.get_data(as_text=True)
    refused = reporter.post(
        f"{ATTACHMENTS}/{attached(ledger)[0].sequence}",
        data={"csrf_token": token_of(reporter.get("/account")), "key": "0" * 32, "reason": "传错了"},
    )
    assert refused.status_code == 422
    assert len(attached(ledger)) == 1


@pytest.mark.parametrize(
    "address",
    [f"{PAGE}/attachments/{ELSEWHERE}-0001", f"{PAGE.replace(COUNTY, ELSEWHERE)}/attachments/{ELSEWHERE}-0001",
     f"{PAGE}/attachments/nobody", "/attachment/1", "/attachment/999999"],
)  # fmt: skip
def test_what_is_not_ones_own_is_not_there(reporter: FlaskClient, address: str) -> None:
    assert reporter.get(address).status_code == 404


def test_another_projects_attachments_take_nothing_in(reporter: FlaskClient, ledger: Ledger) -> None:
    before = ledger.connection.execute("SELECT count(*) FROM record").fetchone()[0]
    answer = add(reporter, ("现场.jpg", photo()), address=f"{PAGE}/attachments/{ELSEWHERE}-0001")
    assert answer.status_code == 404
    assert ledger.connection.execute("SELECT count(*) FROM record").fetchone()[0] == before
    assert not (ledger.directory / "attachments").exists()


def test_only_who_sees_the_county_may_fetch(county: Path, reporter: FlaskClient, ledger: Ledger) -> None:
    add(reporter, ("现场.jpg", photo()))
    address = f"/attachment/{attached(ledger)[0].sequence}"
    assert enter(create_site(county).test_client(), "demo-reader").get(address, buffered=True).status_code == 200
    assert enter(create_site(county).test_client(), "demo-audit").get(address).status_code == 403
    # The account that the demonstration enters as stands for another county here.
    add_demonstration_account(ledger, "demo-city", Role.LEAD, ELSEWHERE, "太谷区负责人（示例）")
    assert enter(create_site(county).test_client(), "demo-city").get(address).status_code == 404


def test_a_lost_file_says_so(reporter: FlaskClient, ledger: Ledger) -> None:
    add(reporter, ("现场.jpg", photo()))
    (kept,) = attached(ledger)
    shutil.rmtree(ledger.directory / "attachments")
    answer = reporter.get(f"/attachment/{kept.sequence}")
    assert answer.status_code == 404
    assert "的文件不见了" in answer.get_data(as_text=True)
