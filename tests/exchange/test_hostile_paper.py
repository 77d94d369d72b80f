"""Five hundred texts that would like to be more than texts, printed in a table and read back from the PDF."""

from __future__ import annotations

import http.server
import random
import threading
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.exchange.test_bulletin_paper import MILLIMETRE, Page, Word, bulletin, pages_of, told
from tracker.exchange.bulletins.document import Section
from tracker.exchange.bulletins.printing import print_bulletin
from tracker.exchange.paper.tables import TablePage, table_pages
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import Paper, PrintedTable, TableColumn, TableLine

CANARY = "CANARY-6f1c"
SEED = 6
LEFT = 35 * MILLIMETRE
CLOSE = 1.2
"""How far the box of a word may reach over its cell, in points: the fonts' boxes are higher than their letters."""


def texts(file: str, address: str) -> list[str]:
    """Give five hundred hostile texts, the same every time: each trick with each thing it would reach for."""
    tricks = [
        "<img src='{}'>", "<link rel=attachment href='{}'>", "<link rel=stylesheet href={}>", "<object data=\"{}\">",
        "<iframe src='{}'></iframe>", "<embed src='{}'>", "<style>@import '{}';</style>", "<a href='{}'>点我</a>",
        "<svg><image xlink:href='{}'/></svg>", "<div style='background:url({})'>", "url({})", "@import url('{}')",
        "</td></tr></table><img src={}>", "\\75 rl({})", "&lt;img src=&quot;{}&quot;&gt;", "![图]({})", "{}",
        "=HYPERLINK(\"{}\")", "<base href='{}'>", "<meta http-equiv=refresh content='0;url={}'>",
    ]  # fmt: skip
    aims = [
        file, address, f"{address}/a.png?x=1&y=2", "javascript:app.alert(1)", "data:text/html,<script>1</script>",
        "//127.0.0.1/x", "file:///etc/passwd",
    ]  # fmt: skip
    plain = [
        "<script>app.alert('x')</script>", "</section></body></html>", "<style>*{display:none}</style>",
        "<h1 style='position:fixed;top:0'>大</h1>", "<td colspan=100000>", "{{ 7 * 7 }}", "{% raw %}", "%PDF-1.7",
        "/JS (app.alert(1))", "(Tj) ET endstream endobj", "&#x3c;b&gt;", "&amp;&nbsp;&#0;", "]]>", "<!--", "-->",
        "'; DROP TABLE state; --", "\"'`´“”", "\\A \\000041", "=1+1", "+1", "-1", "@SUM(A1)", "\t制表",
        "|cmd' /c calc'!A1",
        "\u202e反写\u202c工程", "\u2066左\u2069右", "\u200b\u200c\u200d零\ufeff宽", "e" + "\u0301" * 60, "Z̷̢̛͓͔a̸l̵g̶o",
        "👨‍👩‍👧‍👦工程🏗️", "🇨🇳", "\ud800坏", "\udfff", "\x00\x07\x1b控制", "一\n二\n三", "一\r\n\r\n二",
        "\u2028分行\u2029分段",
        "W" * 180, "1" * 120, "工" * 400, "，" * 90, "（" * 90, "—" * 90, "a b " * 80, "مشروع النهر", "שלום", "ไทย",
        "喆堃玥镕虒磛", "𠮷野家", "\u3000\u3000缩进", "　", "%", "％" * 40, "Ａ" * 60, "ﷺ" * 20, "\u00ad" * 30 + "软连",
        "ﬃ" * 30,
    ]  # fmt: skip
    made = [trick.replace("{}", aim) for trick in tricks for aim in aims] + plain
    drawn = random.Random(SEED)
    while len(made) < 500:
        both = "".join(drawn.choice(plain + tricks) for _ in range(2))[:220]
        made += [both] if both not in made else []
    drawn.shuffle(made)
    return made


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server on this machine and what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            asked.append("asked")

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def table(said: list[str]) -> PrintedTable:
    """Give a table as the lists are, with the texts as places, names and problems of its projects."""
    columns = [
        TableColumn("number", "序号"), TableColumn("county", "县（市、区）", bounds=(8, 20)),
        TableColumn("name", "项目名称", bounds=(22, 44), left=True), TableColumn("money", "总投资", "万元"),
        TableColumn("problem", "存在问题", bounds=(20, 60), left=True),
    ]  # fmt: skip
    lines = [
        TableLine((Written(10_000 + at), Written(county), Written(name), Written(1234.5, "#,##0.00"), Written(problem)))
        for at, (county, name, problem) in enumerate(zip(said[0::3], said[1::3], said[2::3], strict=False))
    ]  # fmt: skip
    return PrintedTable("made", "表", said[0], columns, lines, said[1], "单位：万元", said[-20:], paper=Paper.A4)


def visible(text: str) -> str:
    """Give what of a text can be compared: letters that the six fonts have and that are written from left to right."""
    return "".join(one for one in text if "!" <= one <= "~" or "\u4e00" <= one <= "\u9fff")


def comparable(text: str) -> bool:
    """Say whether a text is of such letters only, and of signs that no letter is hidden in."""
    return all(
        "!" <= one <= "~" or "\u4e00" <= one <= "\u9fff" or one in "\n \u3000，。、；：（）“”—％" for one in text
    )


def test_five_hundred_hostile_texts_stay_texts_in_their_cells(
    tmp_path: Path, listening: tuple[str, list[str]]
) -> None:  # fmt: skip
    address, asked = listening
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY)
    said = texts(canary.as_uri(), address)
    assert len(said) == len(set(said)) == 500
    annex = table(said)
    document = bulletin(annex)
    hostile = said[:3]
    document = type(document)(**{
        **{name: getattr(document, name) for name in document.__slots__},
        "sections": (Section("total", said[3], tuple(said[:120])),), "issuer": hostile[0], "title": hostile[1],
        "signed_by": hostile[2], "copied_to": said[4], "printed_by": said[5], "verify_address": f"{address}/verify",
    })  # fmt: skip
    pdf = tmp_path / "hostile.pdf"
    pdf.write_bytes(print_bulletin(document).content)

    assert asked == []
    reader = PdfReader(pdf)
    assert not reader.attachments
    assert set(reader.root_object) <= {
        "/Type", "/Pages", "/Outlines", "/Lang", "/ViewerPreferences", "/Metadata", "/StructTreeRoot", "/MarkInfo",
    }  # fmt: skip
    kinds = {str(each.get_object().get("/Subtype")) for page in reader.pages for each in page.get("/Annots", ())}
    assert kinds == set()
    assert all(not page.get("/AA") for page in reader.pages)
    assert b"/JavaScript" not in pdf.read_bytes()
    whole = told("pdftotext", str(pdf), "-")
    assert CANARY not in whole
    assert "root:x:" not in whole

    sheets = pages_of(pdf)
    for sheet in sheets:
        assert all(word.left >= -1 and word.right <= sheet.width + 1 for word in sheet.words)
    pages = [sheet for sheet in sheets if sheet.width > sheet.height]
    cut = table_pages(annex, "附件")
    assert len(pages) == len(cut)
    read = 0
    for page, expected in zip(pages, cut, strict=True):
        read += held_in_their_cells(page, expected)
    assert read > 300


def held_in_their_cells(page: Page, expected: TablePage) -> int:
    """Assert that all words of a page's table lie in their cells; give how many cells say what they should."""
    edges = [LEFT, *(LEFT + each for each in accumulate(expected.widths))]
    words = [word for word in page.words if word.left >= LEFT - CLOSE]
    numbers = {row.cells[0].text: row for row in expected.rows}
    anchors = [word for word in words if word.text in numbers and word.right < edges[1] + CLOSE]
    assert [word.text for word in sorted(anchors, key=lambda each: each.top)] == list(numbers)
    cells = 0
    for anchor in anchors:
        row, middle = numbers[anchor.text], (anchor.top + anchor.bottom) / 2
        top, bottom = middle - row.height / 2, middle + row.height / 2
        held: dict[int, list[Word]] = {}
        for word in words:
            if top < (word.top + word.bottom) / 2 < bottom and word.text.strip():
                assert word.top > top - CLOSE, word
                assert word.bottom < bottom + CLOSE, word
                column = bisect_right(edges, (word.left + word.right) / 2) - 1
                assert 0 <= column < len(row.cells), word
                assert edges[column] - 0.3 <= word.left, (word, edges)
                assert word.right <= edges[column + 1] + 0.3, (word, edges)
                held.setdefault(column, []).append(word)
        for column, cell in enumerate(row.cells):
            if comparable(cell.text):
                # The reading tool may take the words of a cell in another order.
                found = visible("".join(unescaped(word.text) for word in held.get(column, ())))
                assert sorted(found) == sorted(visible(cell.text))
                cells += 1
    return cells


def unescaped(text: str) -> str:
    """Give a text as it stands on paper: the tool that reads it writes XML."""
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&#39;", "'")):
        text = text.replace(written, meant)
    return text.replace("&amp;", "&")
