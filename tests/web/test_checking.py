"""Checking an issued bulletin: the same bytes a year of corrections on, and a page that tells anyone so."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import segno
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from tests.ledger.builders import (
    KEY,
    NOW,
    PROGRAMME,
    YUCI,
    at_day,
    close,
    fill,
    new_ledger,
    open_months,
    place,
    request,
    state,
    values,
)
from tests.web.callers import entered, text_of, with_people
from tests.web.reading_pages import read_page
from tests.web.returning import token_of
from tracker.exchange.bulletins.composing import composed, issue_order, sealed
from tracker.exchange.bulletins.printing import print_bulletin
from tracker.exchange.paper.printer import Printed
from tracker.exchange.tables.asking import Asked
from tracker.ledger.accounts import add_account
from tracker.ledger.bulletins import (
    Issued,
    WordingPlace,
    bulletin_numbered,
    bulletin_path,
    issue,
    save_wordings,
)
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.projects import correct, rename
from tracker.ledger.reading import reading
from tracker.ledger.writing import writing
from tracker.model.months import shift_month
from tracker.model.roles import Role
from tracker.web.checking import address_fault, check_address, opens_only_here
from tracker.web.site import create_site

MONTH, CITY = "2024-07", "140700"
NUMBER, CORRECTION, COUNTYS = "晋中水专班通报〔2024〕7号", "晋中水专班通报〔2025〕9号", "榆次水专班通报〔2024〕1号"
PERSON, DRAFTED = "张印发", "尚未印发的标题"
FAR = {"REMOTE_ADDR": "192.0.2.7"}


@dataclass(frozen=True)
class Year:
    """A ledger a year after a bulletin was issued, and the file as it came from the printer."""

    directory: Path
    content: bytes
    issued: Issued
    address: str


def send_out(ledger: Ledger, number: str, area: str = CITY, content: bytes = b"", old: Issued | None = None) -> Year:
    """Issue a bulletin of the month without its tables, printed unless a content is given."""
    directory = ledger.directory
    asked = Asked(ledger, PROGRAMME, MONTH, place(ledger, area))
    draft = composed(asked, number=number, signed_on=ledger.clock().date(), corrects=old).bulletin
    # Its tables are printed as any others are; the file is what matters here.
    draft = replace(draft, annexes=())
    checksum = sealed(draft).checksum
    with create_site(directory).test_request_context(base_url="http://localhost:5000"):
        address = check_address(checksum)
    bulletin = sealed(draft, address)
    printed = Printed(content, 1) if content else print_bulletin(bulletin)
    with writing(ledger, request(), PERSON) as writes:
        issue(writes, KEY, asked.area, issue_order(bulletin, asked.area, printed, "一县的数填错了" if old else ""))
    return Year(directory, printed.content, bulletin_numbered(ledger, number), address)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Issue a July's bulletin; then, for a year, report, correct July, rename, close; issue a correction."""
    ledger = new_ledger(tmp_path_factory.mktemp("checking") / "ledger")
    codes = fill(ledger)
    close(ledger, MONTH)
    ledger.clock = lambda: NOW
    made = send_out(ledger, NUMBER)
    send_out(ledger, COUNTYS, YUCI, b"%PDF-1.7 a county's own")
    month = "2024-08"
    for step in range(12):
        month = shift_month(month, 1)
        ledger.clock = at_day(f"{month}-15")
        open_months(ledger, month)
        state(ledger, codes[0], month, cumulative_investment=200 + step)
        with writing(ledger, request(), "专班") as writes:
            correct(writes, PROGRAMME, codes[0], MONTH, values(cumulative_investment=101 + step), (), "填错了")
            rename(writes, PROGRAMME, codes[2], f"丙工程之{step}", MONTH, "按批复更名")
        close(ledger, shift_month(month, -1))
    send_out(ledger, CORRECTION, content=b"%PDF-1.7 correction", old=made.issued)
    save_wordings(ledger, WordingPlace(KEY, "2024-08", CITY), {"title": DRAFTED}, {}, PERSON)
    ledger.close()
    return made


@pytest.fixture
def copied(year: Year, tmp_path: Path) -> Path:
    return Path(shutil.copytree(year.directory, tmp_path / "ledger"))


@pytest.fixture(scope="module")
def client(year: Year) -> FlaskClient:
    return create_site(year.directory).test_client()


def compared(client: FlaskClient, content: bytes | None = None, number: str = NUMBER, **more: str) -> TestResponse:
    """Give the page's answer to a file, or to a SHA-256 as `sum`."""
    data: dict[str, object] = {"csrf_token": token_of(client.get("/check")), "number": number, **more}
    if content is not None:
        data["file"] = (io.BytesIO(content), "我的通报.pdf")
    return client.post("/check", data=data)


def test_an_issued_file_is_the_same_a_year_of_corrections_on_and_its_page_says_so(
    year: Year, client: FlaskClient
) -> None:
    file = client.get(f"/bulletin/file/{year.issued.sequence}.pdf")
    assert file.data == year.content
    assert hashlib.sha256(file.data).hexdigest() == year.issued.sha256
    # The ledger itself moved on: July's bulletin would say something else today.
    with reading(year.directory) as ledger:
        asked = Asked(ledger, PROGRAMME, MONTH, place(ledger, CITY))
        today = composed(asked, {}, number=NUMBER, signed_on=NOW.date()).bulletin
    assert sealed(replace(today, annexes=())).checksum != year.issued.said_sha256
    assert today.figures["更正项目数"] == "2"
    found = client.get(year.address)
    page = text_of(found)
    asked_for = client.get("/check", query_string={"number": "晋中水专班通报 [2024] 7号"})
    assert page.replace(token_of(found), "") == text_of(asked_for).replace(token_of(asked_for), "")
    assert page.count("完好") == 2
    assert f"{year.issued.pages} 页，{year.issued.size:,} 字节" in page
    assert all(" ".join(digits[at : at + 8] for at in range(0, 32, 8)) in page
               for digits in (year.issued.sha256, year.issued.said_sha256))  # fmt: skip
    assert "2024年9月1日" in page
    assert "这份通报已有更正通报" in page
    assert CORRECTION in page
    assert NUMBER in text_of(client.get("/check", query_string={"number": CORRECTION}))
    assert "● 一致" in text_of(compared(client, year.content))


@pytest.mark.parametrize("said", [False, True])
def test_one_byte_of_what_is_kept_is_noticed(year: Year, copied: Path, said: bool) -> None:
    ledger = open_ledger(copied)
    path = bulletin_path(ledger, year.issued.said_sha256 if said else year.issued.sha256)
    ledger.close()
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    client = create_site(copied).test_client()
    page = text_of(client.get(year.address))
    assert page.count("完好") == 1
    assert f"台账里保存的{'文字和表格' if said else '文件'}与印发时不同" in page
    # What somebody holds is compared with what was recorded, not with what lies damaged here.
    assert "● 一致" in text_of(compared(client, year.content))
    answer = client.get(f"/bulletin/file/{year.issued.sequence}.pdf")
    if said:
        assert answer.data == year.content
    else:
        assert "■ 不一致" in text_of(compared(client, bytes(damaged)))
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert "请系统管理员从最近的备份里取回" in text_of(answer)


def test_the_code_on_the_printed_paper_is_the_pages_address(year: Year, tmp_path: Path) -> None:
    assert year.address == f"http://localhost:5000/check/{year.issued.said_sha256[:16]}"
    (tmp_path / "paper.pdf").write_bytes(year.content)
    dots = 300 / 25.4
    subprocess.run(
        ["pdftoppm", "-r", "300", "-gray", "-singlefile", "-f", str(year.issued.pages), tmp_path / "paper.pdf",
         tmp_path / "last"], check=True, timeout=60,
    )  # fmt: skip
    with Image.open(tmp_path / "last.pgm") as page:
        # Beside the code, and to the right of it, stands the text.
        beside = page.crop((0, 0, int(61 * dots), page.height)).point([255] * 128 + [0] * 128)
    left, top, _, _ = beside.getbbox() or (0, 0, 0, 0)
    expected = [[bool(dark) for dark in row] for row in segno.make(year.address, error="m", micro=False).matrix]
    module = 30 * dots / len(expected)
    middle = [round((step + 0.5) * module) for step in range(len(expected))]
    drawn = [[beside.getpixel((left + across, top + down)) == 255 for across in middle] for down in middle]
    assert drawn == expected


def test_anyone_may_ask_and_learns_nothing_of_people_projects_and_drafts(year: Year, copied: Path) -> None:
    client = create_site(with_people(copied, "system", "city")).test_client()
    client.environ_base |= FAR

    def got(address: str) -> tuple[int, str]:
        answer = client.get(address)
        return answer.status_code, text_of(answer)

    code, page = got(year.address)
    assert code == 200
    for secret in (PERSON, "丙工程", "甲工程", "一县的数填错了", "/bulletin/file/", DRAFTED, "140702-0001"):
        assert secret not in page
    draft = got("/check?number=晋中水专班通报〔2024〕8号")
    for unknown in ("晋中水专班通报〔2024〕800号", "八号", "0" * 16, year.issued.sha256[:15], "' OR 1 --", "<b>"):
        code, said = got(f"/check?number={unknown}")
        assert code == draft[0] == 404
        assert "没有印发过这个文号或核验码的通报" in said
        assert "<b>" not in said
    assert DRAFTED not in draft[1]
    assert got("/check/" + "f" * 16)[0] == 404
    assert "● 一致" in text_of(compared(client, year.content))


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("{said}", "● 一致"),
        ("{file}  通报.pdf", "● 一致"),
        ("SHA256 的 通报.pdf 哈希:\r\n{file}\r\nCertUtil: -hashfile 命令成功完成。", "● 一致"),
        ("{spaced}", "● 一致"),
        ("{other}", "这是另一份通报的文件"),
        ("0" * 64, "■ 不一致"),
        ("0" * 63, "64 个 0—9"),
        ("0" * 65, "64 个 0—9"),
        ("g" * 64, "64 个 0—9"),
        ("", "64 个 0—9"),
    ],
)
def test_a_sum_is_compared_however_it_is_written(year: Year, client: FlaskClient, written: str, verdict: str) -> None:
    said = year.issued.said_sha256.upper()
    spaced = "\n".join(" ".join(said[at + step : at + step + 8] for step in range(0, 32, 8)) for at in (0, 32))
    other = hashlib.sha256(b"%PDF-1.7 a county's own").hexdigest()
    answer = compared(client, sum=written.format(said=said, file=year.issued.sha256, spaced=spaced, other=other))
    assert verdict in text_of(answer)
    assert answer.status_code == (422 if "64" in verdict else 200)


def test_a_file_is_named_judged_and_forgotten(year: Year, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(path for path in year.directory.rglob("*") if path.is_file())
    assert "“我的通报.pdf”就是印发的文件" in text_of(compared(client, year.content))
    assert "您选的不是 PDF 文件" in text_of(compared(client, b"PK a workbook"))
    found = read_page(text_of(compared(client, b"%PDF-1.7 a county's own", number="")))
    assert found.heading == f"{COUNTYS}是印发的通报"
    assert "● 一致" in found.text
    assert "不是任何一份印发的通报" in text_of(compared(client, b"%PDF-1.7 no bulletin", number=""))
    assert compared(client, number="").status_code == 422
    assert compared(client, year.content, number="晋中水专班通报〔2024〕800号").status_code == 404
    monkeypatch.setitem(client.application.config, "MAX_CONTENT_LENGTH", len(year.content))
    huge = compared(client, year.content)
    assert huge.status_code == 413
    assert "certutil -hashfile" in text_of(huge)
    assert client.post("/check", data={"number": NUMBER, "sum": "0" * 64}).status_code == 400
    assert sorted(path for path in year.directory.rglob("*") if path.is_file()) == before


def test_the_file_is_given_to_whom_the_bulletin_concerns(year: Year, copied: Path) -> None:
    directory = with_people(copied, "system", "province", "city", "lead", "neighbour", "audit")
    ledger = open_ledger(directory)
    countys = bulletin_numbered(ledger, COUNTYS).sequence
    _, once = add_account(ledger, "fresh", Role.READER, CITY, "新读者", "fresh@example.cn")
    ledger.close()

    def answers(name: str) -> list[int]:
        client = entered(create_site(directory).test_client(), name)
        return [client.get(f"/bulletin/file/{each}.pdf").status_code for each in (year.issued.sequence, countys, 1)]

    assert answers("province") == answers("city") == answers("lead") == [200, 200, 404]
    assert answers("neighbour") == [200, 404, 404]
    assert answers("audit") == [403, 403, 403]
    client = entered(create_site(directory).test_client(), "city")
    address = f"/bulletin/file/{year.issued.sequence}.pdf"
    assert address in text_of(client.get(year.address))
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    stranger = create_site(directory).test_client()
    assert stranger.get(address).headers["Location"].startswith("/signin")
    # Whoever still has a one-time password is led to its page from everywhere but from what is open to anyone.
    token = token_of(stranger.get("/signin"))
    stranger.post("/signin", data={"csrf_token": token, "name": "fresh", "password": once}, environ_base=FAR)
    statuses = [stranger.get(each, environ_base=FAR, buffered=True).status_code
                for each in (address, year.address, "/static/yihong.css")]  # fmt: skip
    assert statuses == [303, 200, 200]


def test_the_address_on_paper_is_the_published_one(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_ADDRESS", "https://ledger.example.cn/yihong/")
    with create_site(year.directory).test_request_context(base_url="http://127.0.0.1:5000"):
        address = check_address(year.issued.said_sha256)
    assert address == f"https://ledger.example.cn/yihong/check/{year.issued.said_sha256[:16]}"
    assert not opens_only_here(address)
    monkeypatch.setenv("TRACKER_ADDRESS", "ledger.example.cn")
    with create_site(year.directory).test_request_context(base_url="http://localhost:5000"):
        assert check_address(year.issued.said_sha256) == year.address
    assert "写的是“ledger.example.cn”，应以 http:// 或 https:// 开头" in address_fault()
    monkeypatch.delenv("TRACKER_ADDRESS")
    assert address_fault() == ""
    assert opens_only_here(year.address)
