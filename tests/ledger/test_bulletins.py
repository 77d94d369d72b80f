"""Bulletins in the ledger: issued once, for good, by who may, and kept with their files wherever the ledger goes."""

from __future__ import annotations

import datetime
import errno
import hashlib
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.builders import KEY, PROGRAMME, at_day, close, lines, open_months, place, register, request, values
from tracker.ledger import bulletins
from tracker.ledger.audit import Asked, entries
from tracker.ledger.bulletins import (
    BULLETINS_NAME,
    Issue,
    WordingConflictError,
    WordingPlace,
    bulletin_numbered,
    bulletin_of_record,
    bulletin_path,
    bulletins_of,
    file_of,
    issue,
    next_number,
    read_number,
    said_of,
    save_wordings,
    wordings_of,
)
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, restore
from tracker.ledger.dossiers import build_dossier
from tracker.ledger.handle import Ledger, LedgerError, RefusedError, StorageError, UnknownError
from tracker.ledger.projects import correct
from tracker.ledger.records import head_of
from tracker.ledger.writing import AlreadyRecordedError, writing

MONTH, CITY = "2024-07", "140700"
NUMBER = "晋水专班通报〔2024〕8号"
PDF, SAID = b"%PDF-1.7 the bulletin", '{"title": "通报"}'.encode()
PLACE = WordingPlace(KEY, MONTH, CITY)


def order(ledger: Ledger, **more: Any) -> Issue:
    said: dict[str, Any] = {
        "month": MONTH, "area": place(ledger, CITY), "number": NUMBER, "title": "关于7月进展情况的通报",
        "signed_on": datetime.date(2024, 8, 12), "content": PDF, "pages": 3, "said": SAID,
    }  # fmt: skip
    return Issue(**(said | more))


def issued(ledger: Ledger, key: str | None = None, scope: str = CITY, **more: Any) -> int:
    """Issue a bulletin as the task force of an area does; gives the number of its record."""
    with writing(ledger, key or request(), "市专班") as writes:
        return issue(writes, KEY, place(ledger, scope), order(ledger, **more))


@pytest.fixture
def closed(filled: Ledger) -> Ledger:
    close(filled, MONTH)
    return filled


def test_an_issued_bulletin_is_a_record_with_its_files(closed: Ledger) -> None:
    sequence = issued(closed, number=" 晋水专班通报[2024] 8号 ")
    found = bulletin_numbered(closed, "晋水专班通报（2024）8号")
    assert found == bulletin_of_record(closed, sequence) == bulletins_of(closed, KEY, MONTH, CITY)[0]
    assert (found.number, found.signed_on, found.issued_by, found.corrects) == (NUMBER, "2024-08-12", "市专班", "")
    assert (file_of(closed, found), said_of(closed, found)) == (PDF, SAID)
    assert found.sha256 == hashlib.sha256(PDF).hexdigest()
    dossier = build_dossier(closed, f"programme:{KEY}").decode()
    assert all(said in dossier for said in (NUMBER, found.sha256, found.said_sha256))
    (entry,) = entries(closed, Asked(event="bulletin"))
    assert (entry.allowed, entry.account, entry.event_word) == (True, "市专班", "通报")
    path = bulletin_path(closed, found.sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check(closed) == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"month": "2024-08"}, "还没有封账"),
        ({"month": "2024-09"}, "还没有封账"),
        ({"number": "通报第8号"}, "应写成"),
        ({"title": " \n"}, "请写明标题"),
        ({"scope": "140702"}, "不在您的管理范围"),
        ({"corrects": NUMBER}, "没有印发过"),
    ],
)
def test_what_may_not_be_issued_is_refused_and_leaves_nothing(
    closed: Ledger, more: dict[str, Any], sentence: str
) -> None:
    before = head_of(closed)
    with pytest.raises(RefusedError, match=sentence):
        issued(closed, **more)
    assert head_of(closed) == before
    assert bulletins_of(closed, KEY) == []
    assert not next(entries(closed)).allowed


def test_a_number_is_borne_once_and_the_next_is_suggested(closed: Ledger) -> None:
    assert next_number(closed, KEY, CITY, 2024, "晋中专班通报") == "晋中专班通报〔2024〕1号"
    issued(closed)
    with pytest.raises(RefusedError, match="已经用过"):
        issued(closed, area=place(closed, "140000"), scope="140000")
    with pytest.raises(RefusedError, match="已经印发"):
        issued(closed, number="晋水专班通报〔2024〕9号")
    issued(closed, area=place(closed, "140000"), scope="140000", number="晋水专班通报〔2024〕11号")
    assert next_number(closed, KEY, CITY, 2024, "晋中专班通报") == "晋水专班通报〔2024〕12号"
    assert next_number(closed, KEY, CITY, 2025, "晋中专班通报") == "晋水专班通报〔2025〕1号"
    with pytest.raises(UnknownError, match="没有印发过"):
        bulletin_numbered(closed, "晋水专班通报〔2024〕9号")
    with pytest.raises(UnknownError, match="应写成"):
        bulletin_numbered(closed, "八号")


def test_the_same_click_twice_issues_one(closed: Ledger) -> None:
    first = issued(closed, "click")
    with pytest.raises(AlreadyRecordedError) as caught:
        issued(closed, "click")
    assert caught.value.sequences == [first]
    assert len(bulletins_of(closed, KEY)) == 1


def test_a_disk_that_refuses_the_file_leaves_nothing_issued(closed: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = head_of(closed)
    monkeypatch.setattr(bulletins, "write_durably", full)
    with pytest.raises(StorageError, match="没有印发，台账没有改动"):
        issued(closed, "click")
    assert (head_of(closed), bulletins_of(closed, KEY)) == (before, [])
    monkeypatch.undo()
    assert issued(closed, "click")


def test_words_that_were_changed_after_the_printing_are_not_issued(closed: Ledger) -> None:
    save_wordings(closed, PLACE, {"title": "甲"}, {}, "甲员")
    for seen in ({}, {"title": 2}, {"title": 1, "section:next": 1}):
        with pytest.raises(RefusedError, match="又有改动（甲员"):
            issued(closed, seen=seen)
    assert issued(closed, seen={"title": 1})


def test_a_correction_names_the_old_one_which_stays_as_it_is(closed: Ledger) -> None:
    issued(closed)
    old = bulletin_numbered(closed, NUMBER)
    closed.clock = at_day("2025-09-01")
    project = register(closed, "2024-08", "丁工程")
    with writing(closed, request(), "专班") as writes:
        correct(writes, PROGRAMME, "140702-0001", MONTH, values(cumulative_investment=999), (), "填错了")
    newer = "晋水专班通报〔2025〕1号"
    with pytest.raises(RefusedError, match="理由"):
        issued(closed, number=newer, corrects=NUMBER, content=b"other")
    issued(closed, number=newer, corrects=NUMBER, content=b"other", reason="附件2有误")
    assert file_of(closed, old) == PDF
    kept = bulletin_numbered(closed, NUMBER)
    assert (kept.corrected_by, kept.sha256, kept.issued_at) == ((newer,), old.sha256, old.issued_at)
    assert (bulletin_numbered(closed, newer).corrects, bulletin_numbered(closed, newer).reason) == (NUMBER, "附件2有误")
    assert project
    assert check(closed) == []


def test_a_file_that_was_changed_or_lost_is_named_and_not_given_out(closed: Ledger) -> None:
    issued(closed)
    found = bulletin_numbered(closed, NUMBER)
    path = bulletin_path(closed, found.sha256)
    path.write_bytes(PDF + b" ")
    assert f"通报“{NUMBER}”的文件与印发时不同" in lines(closed)
    with pytest.raises(LedgerError, match="已损坏"):
        file_of(closed, found)
    path.unlink()
    assert f"通报“{NUMBER}”的文件不见了" in lines(closed)
    bulletin_path(closed, found.said_sha256).unlink()
    assert "文字和表格不见了" in lines(closed)


def test_files_go_with_backups_and_come_back_from_dossiers(closed: Ledger, tmp_path: Path) -> None:
    issued(closed)
    issued(closed, number="晋水专班通报〔2024〕9号", corrects=NUMBER, reason="更正", content=b"second")
    backup(closed, tmp_path / "backup.zip")
    shutil.copytree(closed.directory, tmp_path / "copy")
    for source in (tmp_path / "backup.zip", tmp_path / "copy" / "dossiers"):
        restored = restore(source, tmp_path / f"from-{source.name}")
        assert check(restored) == []
        assert restored.directory.joinpath(BULLETINS_NAME).is_dir()
        assert bulletins_of(restored, KEY) == bulletins_of(closed, KEY)
        assert [file_of(restored, each) for each in bulletins_of(restored, KEY)] == [PDF, b"second"]
        restored.close()


def test_words_have_versions_and_two_writers_lose_nothing(ledger: Ledger) -> None:
    open_months(ledger, MONTH)
    save_wordings(ledger, PLACE, {"title": "甲", "section:next": "一"}, {}, "甲员")
    with pytest.raises(WordingConflictError) as caught:
        save_wordings(ledger, PLACE, {"title": "乙", "section:total": "二"}, {}, "乙员")
    assert [(part, each.text, each.saved_by) for part, each in caught.value.standing.items()] == [
        ("title", "甲", "甲员")
    ]
    assert set(wordings_of(ledger, PLACE)) == {"title", "section:next"}
    found = save_wordings(ledger, PLACE, {"title": "乙", "section:next": "一"}, {"title": 1}, "乙员")
    assert {part: (each.text, each.version) for part, each in found.items()} == {
        "title": ("乙", 2), "section:next": ("一", 1)
    }  # fmt: skip
    # The program's own words again; whoever still has the old page open writes over nothing.
    assert save_wordings(ledger, PLACE, {"title": None}, {"title": 2}, "甲员")["title"].text is None
    with pytest.raises(WordingConflictError):
        save_wordings(ledger, PLACE, {"title": "丙"}, {"title": 2}, "乙员")
    assert wordings_of(ledger, PLACE._replace(corrects=NUMBER)) == {}


@pytest.mark.parametrize(
    "written", ["", "通报〔2024〕0号", "通报〔24〕8号", "2024〕8号", "通报〔2024〕8", "通" * 30 + "〔2024〕8号"]
)
def test_what_is_no_document_number_is_refused(written: str) -> None:
    with pytest.raises(RefusedError, match="例如"):
        read_number(written)
