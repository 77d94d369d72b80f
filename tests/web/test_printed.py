"""Documents on paper from the pages: printed by processes of their own, told how far, kept for a day, seen in scope."""

from __future__ import annotations

import enum
import os
import pickle
import shutil
import signal
import stat
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.web.callers import text_of
from tests.web.papers import PAPER, REFRESHES, Bench, nobody_free, papers_ledger, printed_at_once, settled
from tests.web.reading_pages import read_page
from tests.web.returning import BEFORE, COUNTY, ELSEWHERE, MONTH, code, enter, token_of
from tracker.exchange.paper import printer
from tracker.ledger.checking import check
from tracker.ledger.copying import backup
from tracker.ledger.opening import open_ledger
from tracker.web import printing_work
from tracker.web.background_work import OUTCOME, PROGRESS, is_locked, launch
from tracker.web.printing_work import DOCUMENT, KEPT_SECONDS, PRINTING_NAME
from tracker.web.site import create_site

KINDS = ("leader", "list", f"dossier.pdf?project={code(1)}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return papers_ledger(tmp_path_factory.mktemp("papers") / "ledger")


@pytest.fixture
def reader(county: Path) -> FlaskClient:
    """Somebody who reads the city's figures."""
    return enter(create_site(county).test_client(), "demo-city")


def paper(kind: str) -> str:
    return f"{PAPER}/{kind}" if ".pdf" in kind else f"{PAPER}/{kind}.pdf"


def test_documents_wait_their_turn_and_are_given_as_pdf(county: Path, reader: FlaskClient, tmp_path: Path) -> None:
    with nobody_free(county):
        jobs = [reader.get(paper(kind)).headers["Location"] for kind in KINDS]
        # Asked for twice it is the same work.
        assert reader.get(paper("leader")).headers["Location"] == jobs[0]
        pages = [text_of(reader.get(job)) for job in jobs]
    for before, page in enumerate(pages):
        assert REFRESHES in page
        assert f"同时只排 2 份，前面还有 {before} 份在等" in page
    assert read_page(pages[0]).heading == "榆次区2024年8月领导一页：排队等候"
    assert "大约要 5 秒" in pages[0]
    assert read_page(pages[2]).link_named("返回") == f"/project/{code(1)}?month={BEFORE}"
    # Whoever looks begins it; the same process takes those that wait.
    names = ("榆次区2024年8月领导一页", "榆次区2024年8月项目清单", f"{code(1)}工程档案")
    for job, name in zip(jobs, names, strict=True):
        answer = settled(reader, job)
        assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
        said = answer.headers["Content-Disposition"]
        assert said.startswith("inline;")
        assert quote(name) in said
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # Nothing changed: it is there at once.
    assert reader.get(paper("leader")).mimetype == "application/pdf"
    root = county / PRINTING_NAME
    folders = [root, *(each for each in root.iterdir() if each.is_dir())]
    assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o700}
    ledger = open_ledger(county)
    backup(ledger, tmp_path / "backup.zip")
    assert check(ledger) == []
    ledger.close()
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert not [name for name in archive.namelist() if name.startswith(PRINTING_NAME)]


def test_a_double_click_starts_one_process_and_a_change_of_the_ledger_another(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_at_once(monkeypatch)
    bench = Bench(county, monkeypatch)
    first = [reader.get(paper("bulletin")).headers["Location"] for _ in range(3)]
    assert len(set(first)) == len(bench.asked) == 1
    bench.work()
    draft = reader.get(paper("bulletin"))
    assert draft.mimetype == "application/pdf"
    assert "draft=True" in draft.data.decode()
    shutil.rmtree(county / PRINTING_NAME)
    # Cleared away meanwhile, an open page of progress begins anew.
    assert reader.get(first[0]).headers["Location"] == first[0]
    other = reader.get(f"/printed/{MONTH}/{COUNTY}/bulletin.pdf").headers["Location"]
    assert bench.asked == [first[0][-64:], other[-64:]]
    # Another address has nothing to do with it.
    assert reader.get(f"{paper('list')}?job={first[0][-64:]}").headers["Location"][-64:] not in bench.asked[:2]


def test_what_is_not_there_or_beyond_the_scope_is_not_printed(county: Path, reader: FlaskClient) -> None:
    for address in (
        f"{PAPER}/poster.pdf",
        f"{PAPER}/dossier.pdf",
        f"{PAPER}/dossier.pdf?project=140703-0001",
        f"{PAPER}/bulletin.pdf?corrects=晋水专班通报〔2024〕8号",
        f"/printed/{BEFORE}/1402/leader.pdf",
    ):
        assert reader.get(address).status_code == 404
    assert not (county / PRINTING_NAME).exists()
    lead = enter(reader.application.test_client(), "demo-lead")
    assert lead.get(f"/printed/{BEFORE}/{ELSEWHERE}/leader.pdf").status_code == 404


def test_a_printer_that_fails_says_so_and_is_tried_again(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(county, monkeypatch)
    job = reader.get(paper("leader")).headers["Location"]
    with monkeypatch.context() as short:
        short.setattr(printer, "MEMORY", 64 << 20)
        bench.work()
    failed = reader.get(job)
    assert read_page(text_of(failed)).heading == "榆次区2024年8月领导一页：没有排成"
    assert "排版没有完成（" in text_of(failed)
    assert REFRESHES not in text_of(failed)
    assert reader.post(job, data={"csrf_token": token_of(failed)}).headers["Location"] == job
    printed_at_once(monkeypatch)
    bench.work()
    assert reader.get(job).mimetype == "application/pdf"


def test_what_is_no_document_is_never_carried_out(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "harm"),)

    bench = Bench(county, monkeypatch)
    job = reader.get(paper("leader")).headers["Location"]
    (county / PRINTING_NAME / job[-64:] / "content").write_bytes(pickle.dumps(Harmful()))
    bench.work()
    assert "排版的内容没有读出来" in text_of(reader.get(job))
    assert not (tmp_path / "harm").exists()


def test_a_document_is_read_back_where_python_writes_members_by_name(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_name(member: enum.Enum, _protocol: int) -> tuple[object, tuple[type, str]]:
        return getattr, (type(member), member.name)  # as Python 3.11.2 of Debian 12 does

    monkeypatch.setattr(enum.Enum, "__reduce_ex__", by_name)
    bench = Bench(county, monkeypatch)
    job = reader.get(paper("list")).headers["Location"]
    bench.work()
    assert reader.get(job).data.startswith(b"%PDF")


def test_a_full_disk_is_told_where_the_document_is_asked_for(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_said: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(printing_work, "put", full)
    refused = reader.get(paper("leader"))
    assert refused.status_code == 503
    assert "没有开始排版（No space left on device）" in text_of(refused)
    assert "再试一次" in text_of(refused)


def test_what_was_printed_is_cleared_away_after_a_day(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_at_once(monkeypatch)
    bench = Bench(county, monkeypatch)
    old = county / PRINTING_NAME / reader.get(paper("leader")).headers["Location"][-64:]
    bench.work()
    assert (old / DOCUMENT).is_file()
    assert (old / OUTCOME).is_file()
    assert (old / PROGRESS).is_file()
    ages_ago = time.time() - KEPT_SECONDS - 1
    os.utime(old, (ages_ago, ages_ago))
    fresh = reader.get(paper("list")).headers["Location"]
    assert not old.exists()
    assert (county / PRINTING_NAME / fresh[-64:]).is_dir()


def test_the_process_that_printed_stays_for_the_next_document(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing_work, "STAYS_SECONDS", 60)
    started: list[int] = []

    def noted(module: str, arguments: Sequence[str], locks: Sequence[int]) -> int:
        started.append(launch(module, arguments, locks))
        return started[-1]

    monkeypatch.setattr(printing_work, "launch", noted)
    try:
        assert settled(reader, paper("leader")).data.startswith(b"%PDF")
        while not is_locked(county / PRINTING_NAME, "idle"):
            assert Path(f"/proc/{started[0]}").exists()
        assert settled(reader, paper("list")).data.startswith(b"%PDF")
        assert len(started) == 1
    finally:
        os.kill(started[0], signal.SIGKILL)


def test_what_begins_while_it_is_looked_at_did_not_die(
    county: Path, reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begins(folder: Path, *_name: str) -> bool:
        printing_work.note_begun(folder)
        return False

    with nobody_free(county):
        digest = reader.get(paper("leader")).headers["Location"][-64:]
        monkeypatch.setattr(printing_work, "is_locked", begins)
        standing = printing_work.printing_of(county, digest)
    assert standing is not None
    assert not standing.died
