"""Printing a bulletin: its parts on paper after GB/T 9704-2012, drawn apart and joined into one document.

The front with the text, each annex in groups of pages, and the record block are parts of their own: two processes
draw them at once, and a part that says what it said before is taken from the folder of drawn parts.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tracker.exchange.bulletins.document import Bulletin, Section
from tracker.exchange.bulletins.dossier_paper import DossierPage
from tracker.exchange.bulletins.leader import LeaderPage
from tracker.exchange.bulletins.numbering import Piece, digits_part, joined, ready
from tracker.exchange.paper.printer import Part, Printed, filled, print_parts, style_of
from tracker.exchange.paper.tables import MILLIMETRE, TablePage, chunks, table_pages
from tracker.exchange.paper.text import broken, printable, width_of
from tracker.exchange.writing.printed_table import DEMONSTRATION, PrintedTable

DRAFT = "草稿（尚未印发）"
"""What stands on every page of a bulletin that is not issued."""

LONGEST_PARAGRAPH = 5_000
"""Characters of one paragraph that are printed; a longer one is no bulletin's."""

_MOST_PARAGRAPHS = 400
_CELLS_OF_A_PART = 400
"""About one page of a wide table: what has changed is drawn again, and little else."""
_FRONT_WEIGHT = 300
_WIDTH = 156 * MILLIMETRE
_LARGEST_ISSUER, _LEAST_IN_ONE_LINE = 54, 27
_TITLE = 22
_SIGNATURE_ROOM = 20 * 15.78
_SECOND_LEVEL = re.compile(r"^（[一二三四五六七八九十]+）[^。；]{1,28}$")
_LONGEST_NAME, _SHORT_NAME = 40, 18
_CHECKSUM_LINE = 32
_ENDS = ("工程", "项目", "流域", "关于", "全省", "全市", "的", "与", "和", "、", "月", "年")
_TORN = 5.0
"""How many letters a line may be longer before a word is torn."""
_NEVER_TORN = re.compile(r"[0-9]{2}|[0-9][年月日号%]|^[（〔《“]|[）〕》”，、。]$")


def print_bulletin(
    bulletin: Bulletin, progress: Callable[[int, int], None] | None = None, folder: Path | None = None
) -> Printed:
    """Print a bulletin. Raises NotPrintedError where printing fails, UnknownMarkError for marks without a figure.

    `progress` is told (parts done, of how many); `folder` keeps drawn parts for the next time.
    """
    parts, names = [digits_part(), Part(_front(bulletin), _FRONT_WEIGHT)], ["", ""]
    for number, annex in enumerate(bulletin.annexes, start=1):
        mark = annex_mark(number, len(bulletin.annexes))
        for at, pages in enumerate(chunks(table_pages(annex, mark), _CELLS_OF_A_PART)):
            parts.append(part_of(pages))
            names.append("" if at else f"{mark}　{printable(annex.title)}")
    parts.append(Part(_record(bulletin)))
    names.append("印发信息")
    printed = print_parts(parts, style_for(bulletin), folder=folder, progress=progress, meanwhile=ready)
    last = len(parts) - 1
    pieces = [
        Piece(each, name, even=at == last)
        for at, (each, name) in enumerate(zip(printed, names, strict=True)) if at > 0
    ]  # fmt: skip
    return joined(pieces, printed[0], {
        "/Title": printable(bulletin.title),
        "/Author": printable(bulletin.issuer),
        "/Subject": printable(bulletin.number) or DRAFT,
        "/Keywords": "，".join(filter(None, (bulletin.programme_name, bulletin.area_name, bulletin.month, "通报"))),
    })  # fmt: skip


def annex_mark(number: int, annexes: int) -> str:
    """Give what stands above an annex: `附件`, numbered where there are several."""
    return f"附件{number}" if annexes > 1 else "附件"


def part_of(pages: list[TablePage]) -> Part:
    """Give some pages of a table as a part."""
    return Part(filled("table_pages.html", {"pages": pages}), sum(page.cells for page in pages))


def style_for(bulletin: Bulletin) -> str:
    """Give the style of a bulletin with the marks that stand on each of its pages."""
    return marked_style(("bulletin.css",), draft=bulletin.draft, demonstration=bulletin.demonstration)


def marked_style(names: tuple[str, ...], *, draft: bool, demonstration: bool) -> str:
    """Give the style of official documents and those named, with 草稿 and 示例数据 above the type area."""
    marks = "　".join(filter(None, (DRAFT if draft else "", DEMONSTRATION if demonstration else "")))
    style = "\n".join(style_of(name) for name in ("official.css", *names))
    return f'{style}\n@page {{ @top-left {{ content: "{marks}" }} }}\n' if marks else style


def _front(bulletin: Bulletin) -> str:
    issuer, size = issuer_mark(printable(bulletin.issuer))
    return filled("bulletin_front.html", {
        "issuer": issuer,
        "issuer_size": size,
        "number": printable(bulletin.number) or "（文号待编）",
        "title": title_lines(printable(bulletin.title), _TITLE, _WIDTH - 2 * _TITLE),
        "addressees": _colon(printable(bulletin.addressees)),
        "sections": [_section(section) for section in bulletin.filled()],
        "annexes": [_annex_name(annex) for annex in bulletin.annexes],
        "signed_by": broken(bulletin.signed_by, 15.78, _SIGNATURE_ROOM, balanced=True),
        "signed_on": chinese_day(bulletin.signed_on) if bulletin.signed_on else "　　年　月　日",
    })  # fmt: skip


def issuer_mark(issuer: str) -> tuple[list[str], float]:
    """Give the lines of the red mark and its size in points: as wide as the type area, at most 54 pt."""
    lines = [issuer]
    size = min(_LARGEST_ISSUER, _WIDTH / max(width_of(issuer, 1), 1))
    if size < _LEAST_IN_ONE_LINE:
        lines = broken(issuer, 1, max(width_of(issuer, 1) / 2 + 0.5, 1), balanced=True)
        size = min(_LARGEST_ISSUER, *(_WIDTH / max(width_of(line, 1), 1) for line in lines))
    return lines, round(max(size, 12), 1)


def title_lines(title: str, size: float, room: float) -> list[str]:
    """Break a title into lines about equally long, at a place that does not tear a word where there is one near."""
    lines = broken(title, size, room, balanced=True)
    if len(lines) != 2 or "\n" in title:
        return lines

    def tears(at: int) -> float:
        before, after = title[:at], title[at:]
        if max(width_of(before, size), width_of(after, size)) > room + size or _NEVER_TORN.search(
            before[-1:] + after[:1]
        ):
            return len(title)
        nice = before.endswith(_ENDS) or (after[:1].isdigit() and not before[-1:].isdigit())
        return abs(width_of(before, 1) - width_of(after, 1)) / 2 + (0 if nice else _TORN)

    at = min(range(1, len(title)), key=tears)
    return [title[:at], title[at:]]


def _colon(addressees: str) -> str:
    return addressees if not addressees or addressees.endswith("：") else f"{addressees}："


def _section(section: Section) -> dict[str, object]:
    paragraphs = []
    for paragraph in section.paragraphs[:_MOST_PARAGRAPHS]:
        for line in printable(paragraph).split("\n"):
            if line.strip():
                text = line.strip()
                if len(text) > LONGEST_PARAGRAPH:
                    text = f"{text[:LONGEST_PARAGRAPH]}……（以下从略）"
                paragraphs.append(("second" if _SECOND_LEVEL.match(text) else "", text))
    return {"heading": printable(section.heading)[:200], "paragraphs": paragraphs}


def _annex_name(annex: PrintedTable) -> str:
    return printable(annex.title)[:120].replace("\n", "").removesuffix(f"（{DEMONSTRATION}）")


def chinese_day(day: datetime.date) -> str:
    """Give a day as documents write it: 2024年8月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _record(bulletin: Bulletin) -> str:
    import segno  # noqa: PLC0415 - only paper needs it

    side, path = 0, ""
    if bulletin.verify_address:
        code = segno.make(bulletin.verify_address, error="m", micro=False)
        side, path = modules_of([list(row) for row in code.matrix])
    checksum = printable(bulletin.checksum)
    return filled("bulletin_record.html", {
        "copied_to": printable(bulletin.copied_to),
        "printed_by": printable(bulletin.printed_by),
        "printed_on": chinese_day(bulletin.printed_on) if bulletin.printed_on else "",
        "number": printable(bulletin.number),
        "address": printable(bulletin.verify_address),
        "checksum": [checksum[at : at + _CHECKSUM_LINE] for at in range(0, len(checksum), _CHECKSUM_LINE)],
        "modules": path,
        "side": side,
    })  # fmt: skip


def modules_of(matrix: list[list[int]]) -> tuple[int, str]:
    """Give a QR code's side in modules and the path that draws its dark ones, a stroke a run."""
    runs = []
    for down, row in enumerate(matrix):
        start = None
        for across, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                runs.append(f"M{start} {down + 0.5}h{across - start}")
                start = None
    return len(matrix), "".join(runs)


def print_leader_page(page: LeaderPage, folder: Path | None = None) -> Printed:
    """Print a leader's page, on one sheet: what finds no room is said shorter. Raises NotPrintedError."""
    printed = _leader_sheet(page, _LONGEST_NAME, folder)
    if printed.pages > 1:
        printed = _leader_sheet(replace(page, notes=(), requests=page.requests[:3]), _SHORT_NAME, folder)
    return printed


def _leader_sheet(page: LeaderPage, longest: int, folder: Path | None) -> Printed:
    cut = replace(
        page,
        title=_cut(page.title, 3 * longest),
        delayed=tuple((_cut(name, longest), _cut(where, longest), late) for name, where, late in page.delayed),
        requests=tuple((_cut(who, longest), what) for who, what in page.requests),
        ranking=tuple(replace(row, name=_cut(row.name, longest)) for row in page.ranking),
    )
    said = {"page": cut, "title": title_lines(cut.title, 20, 170 * MILLIMETRE)}
    style = marked_style(("leader.css",), draft=False, demonstration=page.demonstration)
    return print_parts([Part(pictured(filled("leader.html", said)))], style, tagged=True, folder=folder)[0]


def pictured(page: str) -> str:
    """Give a page whose pictures are written in the fonts of paper; the site's own sets them in its style."""
    return page.replace('<svg class="', '<svg font-family="Bulletin Latin, Bulletin Song" class="')


def _cut(text: str, longest: int) -> str:
    """Keep a name to what a sheet that is read in a minute has room for."""
    text = printable(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def print_dossier(page: DossierPage, folder: Path | None = None) -> Printed:
    """Print a project's dossier; raises NotPrintedError where it fails."""
    style = marked_style(("leader.css", "dossier.css"), draft=False, demonstration=page.demonstration)
    part = Part(pictured(filled("dossier.html", {"page": page})))
    return _numbered([part], style, page.title, folder)


def print_list(table: PrintedTable, unit: str, folder: Path | None = None) -> Printed:
    """Print a county's list with the lines for its signatures; `unit` is who reports. Raises NotPrintedError."""
    pages = table_pages(replace(table, annex=""))
    parts = [part_of(group) for group in chunks(pages, _CELLS_OF_A_PART)]
    signing = filled("signing.html", {"unit": printable(unit)[:80]})
    parts[-1] = replace(parts[-1], page=f"{parts[-1].page}{signing}")
    style = marked_style((), draft=False, demonstration=table.demonstration)
    return _numbered(parts, style, table.title, folder)


def _numbered(parts: list[Part], style: str, title: str, folder: Path | None) -> Printed:
    """Print parts as one document with page numbers."""
    printed = print_parts([digits_part(), *parts], style, folder=folder, meanwhile=ready)
    pieces = [Piece(each, "" if at else printable(title)) for at, each in enumerate(printed[1:])]
    return joined(pieces, printed[0], {"/Title": printable(title)})
