"""Printing a bulletin on paper after GB/T 9704-2012: its text is laid out, its tables are drawn, both are joined.

The other documents of paper go the same way: the leader's page and the dossier are laid out, the list is drawn.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import ceil

from markupsafe import Markup

from tracker.exchange.bulletins.document import LONGEST_PARAGRAPH, MOST_PARAGRAPHS, Bulletin, Section, checksum_lines
from tracker.exchange.bulletins.dossier_paper import DossierPage
from tracker.exchange.bulletins.leader import LeaderPage
from tracker.exchange.bulletins.numbering import Laid, Table, alphabet_page, joined, laid, ready
from tracker.exchange.paper.justified import CLOSER, SIZE, justified
from tracker.exchange.paper.printer import Press, Printed, filled, print_paper, style_of
from tracker.exchange.paper.table_drawing import placed
from tracker.exchange.paper.tables import AREAS, MILLIMETRE, table_pages
from tracker.exchange.paper.text import broken, printable, width_of
from tracker.exchange.writing.printed_table import DEMONSTRATION, Paper, PrintedTable

DRAFT = "草稿（尚未印发）"
"""What stands on every page of a bulletin that is not issued."""

RECORD = "印发信息"
"""The bookmark of the record block, as in `bulletin.css`."""

_WIDTH, _HEIGHT = (side * MILLIMETRE for side in AREAS[Paper.A4_UPRIGHT])
_LARGEST_ISSUER, _LEAST_IN_ONE_LINE = 54, 27
_TITLE = 22
_SIGNATURES = "　　填报人：＿＿＿＿　　负责人：＿＿＿＿　　审核人：＿＿＿＿　　　　年　　月　　日"
_LETTER = SIZE + CLOSER
_SIGNATURE_ROOM = 20 * _LETTER
_SECOND_LEVEL = re.compile(r"^（[一二三四五六七八九十]+）[^。；]{1,28}(?:。|$)")
_INDENT = 2 * _LETTER
_LINE, _LINES = 28.9, 22
_CLOSER_LINE = 26.0
_HEAD = 39.7 * MILLIMETRE + 3 * 57.6 + 28.9
"""How high the head of the first page is without its mark and title: with the number, the red line, who it goes to."""
_ANNEX_LETTERS = 21
_KEPT_LINES = 2
"""Lines of the text that go with the signature: it never stands on a page without text."""
_LONGEST_NAME, _SHORT_NAME = 40, 18
_ENDS = ("工程", "项目", "流域", "关于", "全省", "全市", "的", "与", "和", "、", "月", "年")
_TORN = 5.0
"""How many letters a line may be longer before a word is torn."""
_NEVER_TORN = re.compile(r"[0-9]{2}|[0-9][年月日号%]|^[（〔《“]|[）〕》”，、。]$")


def print_bulletin(
    bulletin: Bulletin, progress: Callable[[int, int], None] | None = None, press: Press | None = None
) -> Printed:
    """Print a bulletin. Raises NotPrintedError where printing fails, UnknownMarkError for marks without a figure.

    `progress` is told (pages done, of how many); `press` prints it without starting a process.
    """
    marks = said_above(draft=bulletin.draft, demonstration=bulletin.demonstration)
    tables = []
    for number, annex in enumerate(bulletin.annexes, start=1):
        mark = annex_mark(number, len(bulletin.annexes))
        tables.append(Table(placed(table_pages(annex, mark), marks), f"{mark}　{printable(annex.title)}"))
    said = {
        "author": printable(bulletin.issuer),
        "description": printable(bulletin.number) or DRAFT,
        "keywords": "，".join(filter(None, (bulletin.programme_name, bulletin.area_name, bulletin.month, "通报"))),
    }
    head = _Head(bulletin.title, said, marks, ("bulletin.css",))
    document = _laid(head, _front(bulletin) + _record(bulletin), tables, press)
    record = next(page for title, page in document.bookmarks if title == RECORD)
    return joined(document, tables, record, progress)


@dataclass(frozen=True, slots=True)
class _Head:
    """What a document says of itself, what stands above each of its pages, and its styles."""

    title: str
    said: Mapping[str, str]
    marks: str
    styles: tuple[str, ...]

    def page(self, body: str) -> str:
        """Give a page of HTML."""
        title = printable(self.title).replace("\n", "")
        return filled("document.html", {"title": title, "said": self.said, "body": Markup(body)})  # noqa: S704 - our own templates, filled

    @property
    def style(self) -> str:
        """Give the style of official documents and its own, with the marks above the type area."""
        style = "\n".join(style_of(name) for name in ("official.css", *self.styles))
        return f'{style}\n@page {{ @top-left {{ content: "{self.marks}" }} }}\n' if self.marks else style


def _laid(head: _Head, body: str, tables: Sequence[Table], press: Press | None) -> Laid:
    """Lay a page of HTML out, together with the letters of tables that are drawn."""
    with ExitStack() as closing:
        if press is None:
            press = closing.enter_context(Press())
        press.warm()
        ready()
        return laid(press.print(head.page(f"{body}{alphabet_page(tables)}"), head.style, tagged=True))


def annex_mark(number: int, annexes: int) -> str:
    """Give what stands above an annex: `附件`, numbered where there are several."""
    return f"附件{number}" if annexes > 1 else "附件"


def said_above(*, draft: bool = False, demonstration: bool = False) -> str:
    """Give what stands above the type area of every page: 草稿, 示例数据, "" for neither."""
    return "　".join(filter(None, (DRAFT if draft else "", DEMONSTRATION if demonstration else "")))


def _front(bulletin: Bulletin) -> str:
    issuer, size = issuer_mark(printable(bulletin.issuer))
    sections = [_section(section) for section in bulletin.filled()]
    title = title_lines(printable(bulletin.title), _TITLE, _WIDTH - 2 * _TITLE)
    signed_by = broken(bulletin.signed_by, _LETTER, _SIGNATURE_ROOM, balanced=True)
    annexes = [_annex_name(annex) for annex in bulletin.annexes]
    closing = _closing(sections)
    above = _HEAD + len(issuer) * size * 1.15 + len(title) * 34
    after = len(closing) + sum(ceil(len(each) / _ANNEX_LETTERS) for each in annexes) + bool(annexes)
    closer = _fits_closer(above, sum(each.lines for each in sections), after + len(signed_by) + 3)
    return filled("bulletin_front.html", {
        "issuer": issuer,
        "issuer_size": size,
        "number": printable(bulletin.number) or "（文号待编）",
        "title": title,
        "addressees": _colon(printable(bulletin.addressees)),
        "sections": sections,
        "closing": closing,
        "closer": closer,
        "annexes": annexes,
        "signed_by": signed_by,
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


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the text: what stands in 楷体 before the rest, whether it is a paragraph's first, its spacing."""

    head: str
    rest: str
    first: bool
    spacing: float


@dataclass(frozen=True, slots=True)
class _Set:
    """A section as it is set: its heading and its paragraphs' lines."""

    heading: str
    paragraphs: list[list[_Line]]

    @property
    def lines(self) -> int:
        return bool(self.heading) + sum(map(len, self.paragraphs))


def _section(section: Section) -> _Set:
    paragraphs = []
    for paragraph in section.paragraphs[:MOST_PARAGRAPHS]:
        for line in printable(paragraph).split("\n"):
            if line.strip():
                text = line.strip()
                if len(text) > LONGEST_PARAGRAPH:
                    text = f"{text[:LONGEST_PARAGRAPH]}……（以下从略）"
                paragraphs.append(_set(text))
    return _Set(printable(section.heading)[:200], paragraphs)


def _set(text: str) -> list[_Line]:
    """Set a paragraph; a heading of the second level that begins it stands in 楷体."""
    second = _SECOND_LEVEL.match(text)
    head = len(second[0]) if second else 0
    made: list[_Line] = []
    for line in justified(text, _WIDTH, _INDENT):
        made.append(_Line(line.text[:head], line.text[head:], not made, line.spacing))
        head = max(head - len(line.text), 0)
    return made


def _closing(sections: list[_Set]) -> list[_Line]:
    """Take the last lines of the text out of its sections, which stay with what follows them."""
    if not sections or not sections[-1].paragraphs:
        return []
    last = sections[-1].paragraphs.pop()
    kept = last if len(last) <= _KEPT_LINES + 1 else last[-_KEPT_LINES:]
    if len(kept) < len(last):
        sections[-1].paragraphs.append(last[: -len(kept)])
    return kept


def _fits_closer(above: float, lines: int, closing: int) -> bool:
    """Say whether what closes the text finds room on the page where it begins only when its lines stand closer.

    `above` is how high the head of the first page is, `lines` and `closing` count the lines of text before it and its
    own. The standard lets lines be set closer rather than put the signature on another page.
    """
    first = int((_HEIGHT - above) // _LINE)
    free = _HEIGHT - (lines - first) % _LINES * _LINE if lines > first else _HEIGHT - above - lines * _LINE
    return (closing - 1) * _CLOSER_LINE <= free < closing * _LINE


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
    return filled("bulletin_record.html", {
        "copied_to": printable(bulletin.copied_to),
        "printed_by": printable(bulletin.printed_by),
        "printed_on": chinese_day(bulletin.printed_on) if bulletin.printed_on else "",
        "number": printable(bulletin.number),
        "address": printable(bulletin.verify_address),
        "checksum": checksum_lines(printable(bulletin.checksum)),
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


def print_leader_page(page: LeaderPage, press: Press | None = None) -> Printed:
    """Print a leader's page, on one sheet where it can be: what finds no room is said shorter.

    Raises NotPrintedError.
    """
    printed = _leader_sheet(page, _LONGEST_NAME, press)
    if printed.pages > 1:
        printed = _leader_sheet(replace(page, notes=(), requests=page.requests[:3]), _SHORT_NAME, press)
    return printed


def _leader_sheet(page: LeaderPage, longest: int, press: Press | None) -> Printed:
    cut = replace(
        page,
        title=_cut(page.title, 3 * longest),
        delayed=tuple((_cut(name, longest), _cut(where, longest), late) for name, where, late in page.delayed),
        requests=tuple((_cut(who, longest), what) for who, what in page.requests),
        ranking=tuple(replace(row, name=_cut(row.name, longest)) for row in page.ranking),
    )
    said = {"page": cut, "title": title_lines(cut.title, 20, 170 * MILLIMETRE)}
    head = _Head(cut.title, {}, said_above(demonstration=page.demonstration), ("leader.css",))
    return print_paper(head.page(pictured(filled("leader.html", said))), head.style, tagged=True, press=press)


def pictured(page: str) -> str:
    """Give a page whose pictures are written in the fonts of paper; the site's own sets them in its style."""
    return page.replace('<svg class="', '<svg font-family="Bulletin Latin, Bulletin Song" class="')


def _cut(text: str, longest: int) -> str:
    """Keep a name to what a sheet that is read in a minute has room for."""
    text = printable(text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def print_dossier(page: DossierPage, press: Press | None = None) -> Printed:
    """Print a project's dossier; raises NotPrintedError where it fails."""
    head = _Head(page.title, {}, said_above(demonstration=page.demonstration), ("leader.css", "dossier.css"))
    return joined(_laid(head, pictured(filled("dossier.html", {"page": page})), (), press))


def print_list(table: PrintedTable, unit: str, press: Press | None = None) -> Printed:
    """Print a county's list with the lines for its signatures; `unit` is who reports. Raises NotPrintedError."""
    head = _Head(table.title, {}, said_above(demonstration=table.demonstration), ())
    signing = f"填报单位（盖章）：{printable(unit)[:80]}{_SIGNATURES}"
    tables = [Table(placed(table_pages(table, "", signing), head.marks), printable(table.title))]
    return joined(_laid(head, "", tables, press), tables)
