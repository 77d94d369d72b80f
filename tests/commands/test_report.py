"""`report` and `dossier -o`: what scripts get, what is printed, and what is refused."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import pytest

from tests.commands.conftest import Call
from tracker.exchange.bulletins import printing
from tracker.exchange.paper.printer import NotPrintedError, Printed
from tracker.ledger.bulletins import Issue, issue
from tracker.ledger.closing import close_month
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.ledger.writing import writing

MONTH = ("--month", "2024-08", "--within", "1407")
NUMBER = "晋中专班通报〔2024〕1号"


def issued(directory: Path, content: bytes) -> None:
    """Close the month and issue its bulletin with some content."""
    ledger = open_ledger(directory)
    programme = find_programme(ledger, None)
    places = places_of(ledger, programme)
    city = find_place(places, programme, "1407")
    with writing(ledger, "close", "专班") as writes:
        close_month(writes, programme, "2024-08", find_place(places, programme, None), "到期")
    with writing(ledger, "issue", "专班") as writes:
        order = Issue("2024-08", city, NUMBER, "通报", datetime.date(2024, 9, 12), content, 3, b"{}")
        issue(writes, programme.key, city, order)
    ledger.close()


def test_a_draft_is_printed_and_the_issued_one_given_byte_for_byte(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "通报.pdf"
    answer = call("report", *MONTH, "-o", str(path), "--format", "json")
    assert answer.code == 0, answer.out
    told, content = answer.object, path.read_bytes()
    assert content.startswith(b"%PDF")
    assert told == {
        "file": str(path), "kind": "bulletin", "month": "2024-08", "within": "140700", "pages": told["pages"],
        "draft": True, "number": None, "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    assert told["pages"] > 3
    issued(tmp_path / "filled", b"%PDF as it was issued")
    answer = call("report", *MONTH, "-o", str(path))
    assert answer.code == 0
    assert f"印发的通报（{NUMBER}，3 页）" in answer.out
    assert path.read_bytes() == b"%PDF as it was issued"
    told = call("report", *MONTH, "-o", str(path), "--format", "json").object
    assert (told["draft"], told["number"], told["corrected_by"]) == (False, NUMBER, [])
    assert told["sha256"] == hashlib.sha256(b"%PDF as it was issued").hexdigest()


def test_what_was_issued_is_listed_checked_and_given_out(call: Call, tmp_path: Path) -> None:
    assert call("bulletin", "list").out.strip() == "还没有印发过通报。"
    content = b"%PDF as it was issued"
    issued(tmp_path / "filled", content)
    (listed,) = call("bulletin", "list", "--month", "2024-08", "--format", "json").object["bulletins"]
    assert (listed["number"], listed["within"], listed["pages"]) == (NUMBER, "140700", 3)
    file = tmp_path / "取出.pdf"
    assert call("bulletin", "file", NUMBER, "-o", str(file)).code == 0
    assert file.read_bytes() == content
    told = call("bulletin", "check", NUMBER, str(file), "--format", "json")
    assert (told.code, told.object) == (0, listed | {"whole": True, "file": str(file), "same": True})
    file.write_bytes(content + b" ")
    other = call("bulletin", "check", NUMBER, str(file))
    assert other.code == 1
    assert "不一致" in other.out
    (tmp_path / "filled" / "bulletins" / listed["sha256"][:2] / listed["sha256"]).write_bytes(content + b" ")
    damaged = call("bulletin", "check", NUMBER)
    assert damaged.code == 1
    assert "保存的文件与印发时不同，被改动或已损坏，保存的文字和表格完好" in damaged.out
    refused = call("bulletin", "file", NUMBER, "-o", str(tmp_path / "坏.pdf"))
    assert refused.code == 2
    assert "从最近的备份里取回" in refused.err
    assert not (tmp_path / "坏.pdf").exists()
    assert call("bulletin", "check", NUMBER.replace("1号", "9号")).code == 2


def test_the_leaders_page_the_list_and_a_dossier_are_printed(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "纸.pdf"
    calls: list[tuple[tuple[str, ...], dict[str, str]]]
    calls = [(("report", *MONTH, "--kind", kind), {"kind": kind, "within": "140700"}) for kind in ("leader", "list")]
    calls.append((("dossier", "140702-0001"), {"project": "140702-0001"}))
    for arguments, named in calls:
        answer = call(*arguments, "-o", str(path), "--format", "json")
        assert answer.code == 0, answer.out
        content = path.read_bytes()
        pages = answer.object["pages"]
        written = {"file": str(path), "month": "2024-08", "pages": pages, "sha256": hashlib.sha256(content).hexdigest()}
        assert answer.object == written | named
        assert content.startswith(b"%PDF")
        assert pages == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("dossier", "140702-0001", "-o", "档案.txt"), "应以 .pdf 结尾"),
        (("dossier", "140702-0001", "--month", "2024-08"), "-o 文件.pdf"),
        (("dossier", "140702-0099", "-o", "档案.pdf"), "140702-0099"),
        (("dossier", "140702-0001", "--month", "2023-01", "-o", "档案.pdf"), "140702-0001"),
        (("report", *MONTH, "-o", "通报.docx"), "应以 .pdf 结尾"),
        (("report", *MONTH, "-o", "没有/通报.pdf"), "这个文件夹"),
        (("report", *MONTH, "--kind", "poster", "-o", "通报.pdf"), "不在可选的里面"),
        (("report", "--month", "2024-08", "--within", "99", "-o", "通报.pdf"), "99"),
    ],
)
def test_what_cannot_be_printed_is_refused(call: Call, arguments: tuple[str, ...], sentence: str) -> None:
    answer = call(*arguments, "--format", "json")
    assert answer.code == 2
    assert sentence in answer.object["error"]


def test_a_printer_that_fails_leaves_the_file_as_it_was(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Printed:
        raise NotPrintedError("排版超过 120 秒，已停止，台账没有改动。")

    monkeypatch.setattr(printing.Press, "print", fails)
    path = tmp_path / "通报.pdf"
    path.write_bytes(b"old")
    answer = call("report", *MONTH, "-o", str(path), "--format", "json")
    assert (answer.code, answer.object) == (2, {"error": "排版超过 120 秒，已停止，台账没有改动。"})
    assert path.read_bytes() == b"old"
