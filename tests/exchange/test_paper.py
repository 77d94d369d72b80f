"""Printing as such: its limits, what is kept, and the papers that are one sheet or one project's."""

from __future__ import annotations

import io
import re
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.exchange.asked_tables import HOSTILE_COUNTY, asked, made_ledger
from tests.web.builders import NOW, PHONE, YIHONG, area
from tracker.exchange.bulletins.dossier_paper import dossier_page
from tracker.exchange.bulletins.leader import leader_page
from tracker.exchange.bulletins.list_paper import list_table
from tracker.exchange.bulletins.printing import print_dossier, print_leader_page, print_list
from tracker.exchange.paper import printer as paper
from tracker.exchange.paper.printer import NotPrintedError, Press, print_paper
from tracker.ledger.attachments import attach
from tracker.ledger.handle import Ledger
from tracker.ledger.standings import listing
from tracker.ledger.writing import writing


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return made_ledger(tmp_path_factory.mktemp("paper") / "ledger")


def text_of(content: bytes) -> str:
    said = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True, timeout=60).stdout
    return "".join(said.decode().split())


def fonts_of(content: bytes, folder: Path) -> set[str]:
    path = folder / "fonts.pdf"
    path.write_bytes(content)
    said = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, timeout=60).stdout.decode()
    return {line.split()[0].rpartition("+")[2] for line in said.splitlines()[2:]}


def test_printing_that_takes_too_long_is_ended_with_a_sentence() -> None:
    start = time.monotonic()
    with pytest.raises(NotPrintedError, match="排版超过 1 秒，已停止，台账没有改动"):
        print_paper(f"<p>{'长' * 400_000}</p>", "", seconds=1)
    assert time.monotonic() - start < 20


def test_printing_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotPrintedError, match="文字过于复杂"):
        print_paper("<div>" * 3000, "")
    monkeypatch.setattr(paper, "MEMORY", 64 << 20)
    with pytest.raises(NotPrintedError, match="排版没有完成"):
        print_paper("<p>短</p>", "")


def test_nothing_outside_the_document_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    page = f"<link rel=attachment href='{secret.as_uri()}'><img src='{secret.as_uri()}'><p>正文</p>"
    reader = PdfReader(io.BytesIO(print_paper(page, "").content))
    assert not reader.attachments


def test_a_press_prints_on_after_a_document_that_failed() -> None:
    with Press() as press:
        with pytest.raises(NotPrintedError, match="文字过于复杂"):
            press.print("<div>" * 3000, "")
        assert press.print("<p>短</p>", "").pages == 1


def test_letters_that_the_six_fonts_lack_are_taken_from_no_other_font(tmp_path: Path) -> None:
    printed = print_paper("<p style=\"font-family: 'Bulletin Song'\">工程é́مشروع😀</p>", "")
    assert {name.partition("-")[0] for name in fonts_of(printed.content, tmp_path)} == {"Bulletin"}


def test_the_leaders_page_is_one_sheet_with_the_ledgers_figures(ledger: Ledger, tmp_path: Path) -> None:
    request = asked(ledger, "14")
    page = leader_page(request)
    printed = print_leader_page(page)
    assert printed.pages == 1
    said = text_of(printed.content)
    tally = request.tally
    assert f"{tally['projects']}项工程，已开工{tally['started']}项，已完工{tally['completed']}项" in said
    for figure in page.figures:
        assert "".join(figure.rate.split()) in said
        assert "".join(figure.fraction.split()) in said
    assert len(page.delayed) == 5
    assert page.more_delayed == tally["behind"] - 5
    assert {name.partition("-")[0] for name in fonts_of(printed.content, tmp_path)} == {"Bulletin"}


@pytest.mark.parametrize(("code", "month"), [(HOSTILE_COUNTY, NOW), ("1407", "2020-01"), ("140702", "2024-11")])
def test_a_leaders_page_of_long_names_of_nothing_and_of_one_county_is_one_sheet(
    ledger: Ledger, code: str, month: str
) -> None:  # fmt: skip
    assert print_leader_page(leader_page(asked(ledger, code, month))).pages == 1


def test_a_countys_list_has_its_signatures_and_no_phone_number(ledger: Ledger) -> None:
    request = asked(ledger, HOSTILE_COUNTY)
    said = text_of(print_list(list_table(request), "平遥县水利局").content)
    assert all(words in said for words in ("填报单位（盖章）：平遥县水利局", "填报人：", "负责人：", "审核人："))
    for project in listing(ledger, YIHONG, NOW, area(ledger, HOSTILE_COUNTY)):
        assert project.code in said
    assert PHONE not in said


def test_a_dossier_on_paper_has_its_facts_its_photos_and_its_history(ledger: Ledger) -> None:
    project = listing(ledger, YIHONG, NOW, area(ledger, "140702"))[0]
    made = io.BytesIO()
    Image.new("RGB", (3000, 2000), "#336699").save(made, "JPEG")
    with writing(ledger, "photo", "测试员") as writes:
        attach(writes, YIHONG.key, project.code, NOW, name="现场<b>.jpg", media_type="image/jpeg",
               content=made.getvalue(), taken_at=None)  # fmt: skip
    printed = print_dossier(dossier_page(asked(ledger, project=project.code)))
    said = text_of(printed.content)
    assert project.code in said
    assert re.sub(r"\s", "", project.name) in said
    assert all(words in said for words in ("基本情况", "关键节点", "逐月情况", "照片", "现场<b>.jpg"))
    assert PHONE not in said
    image, *_ = [image for page in PdfReader(io.BytesIO(printed.content)).pages for image in page.images]
    assert image.image is not None
    assert max(image.image.size) == 900
