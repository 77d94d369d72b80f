"""Fault sheet: the sheet 问题清单 that a sender's workbook gets, with every fault and a link to its cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tracker.exchange.marking.comment_parts import plain_line, printable
from tracker.exchange.marking.marking_words import SHEET_MARK, SHEET_NAME
from tracker.exchange.marking.style_marks import AMBER, RED, Styles

HEAD_ROW = 4
"""The row of the headings, which every page of paper repeats."""

_HEADINGS = ("程度", "所在工作表", "单元格", "所在列", "原来写的", "问题和改法")
_WIDTHS = (10, 20, 10, 20, 26, 66)
_MOST_LISTED = 20_000
_LONGEST_SAID = 500
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_BODY_FONT = "<sz val='11'/><name val='仿宋'/><family val='3'/><charset val='134'/>"
_LINK_FONT = "<u/><sz val='11'/><color rgb='FF0B5C7D'/><name val='仿宋'/><family val='3'/><charset val='134'/>"
_HEAD_FONT = "<sz val='{}'/><name val='黑体'/><family val='3'/><charset val='134'/>"
_SIDES = ("left", "right", "top", "bottom")
_LINE = "<{0} style='thin'><color rgb='FFD7E0E8'/></{0}>"
_HOW = (
    "点“单元格”一栏可到出错的位置。红色底纹的须改正；黄色底纹的请核对，属实可以不改。"
    "改好后把这个文件重新上传：本表和各处标注不必自己删，系统会去掉改好了的。"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A fault as it is listed.

    `severity` is stop, fix or ask and `word` what people call it; `sheet` and `cell` are "" where it has no place;
    `heading` is the column's, `said` what was written, `link` the place that the cell leads to, "" for none.
    """

    severity: str
    word: str
    sheet: str
    cell: str
    heading: str
    said: str
    sentence: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Looks:
    """The numbers of the styles that the sheet uses."""

    title: int
    said: int
    head: int
    red: int
    amber: int
    text: int
    centred: int
    link: int


def _looks(styles: Styles) -> _Looks:
    """Add the sheet's styles to the workbook's own."""
    body, link, head, title = (
        styles.add("fonts", f"<font>{font}</font>")
        for font in (_BODY_FONT, _LINK_FONT, _HEAD_FONT.format(11), _HEAD_FONT.format(18))
    )
    border = styles.add("borders", f"<border>{''.join(map(_LINE.format, _SIDES))}<diagonal/></border>")
    fills = {
        colour: styles.add("fills", f"<fill><patternFill patternType='solid'><fgColor rgb='FF{colour:06X}'/>"
                                    "<bgColor indexed='64'/></patternFill></fill>")
        for colour in (0xEEF1F4, RED, AMBER)
    }  # fmt: skip

    def style(font: int, across: str, fill: int = 0, line: int = border, quoted: bool = False) -> int:
        quote = " quotePrefix='1'" if quoted else ""
        indent = " indent='1'" if across == "left" and line else ""
        return styles.add(
            "cellXfs",
            f"<xf numFmtId='0' fontId='{font}' fillId='{fill}' borderId='{line}' xfId='0'{quote} applyFont='1' "
            "applyFill='1' applyBorder='1' applyAlignment='1'>"
            f"<alignment horizontal='{across}' vertical='center' wrapText='1'{indent}/></xf>",
        )

    return _Looks(
        title=style(title, "left", line=0), said=style(body, "left", line=0, quoted=True),
        head=style(head, "center", fills[0xEEF1F4]), red=style(head, "center", fills[RED]),
        amber=style(head, "center", fills[AMBER]), text=style(body, "left", quoted=True),
        centred=style(body, "center", quoted=True), link=style(link, "center", quoted=True),
    )  # fmt: skip


def fault_sheet(faults: Sequence[Listed], file: str, styles: Styles, namespace: str) -> bytes:
    """Give the sheet's part; `file` is what the sender calls the workbook.

    Texts are inline strings, never formulas; the first hidden cell says whose sheet it is, those below it how to
    take the marks off again.
    """
    looks = _looks(styles)
    listed = faults[:_MOST_LISTED]
    rows = [
        (34.0, [(looks.title, SHEET_NAME)]),
        (22.0, [(looks.said, _summary(faults, file))]),
        (38.0, [(looks.said, _HOW)]),
        (24.0, [(looks.head, each) for each in _HEADINGS]),
        *(_row(each, looks) for each in listed),
    ]
    hidden = [SHEET_MARK, *styles.record()]
    rows += [(15.0, [])] * (len(hidden) - len(rows))
    body = "".join(
        _printed(number, height, cells, hidden[number - 1] if number <= len(hidden) else "")
        for number, (height, cells) in enumerate(rows, start=1)
    )
    last = HEAD_ROW + len(listed)
    links = "".join(
        f"<hyperlink ref='C{number}' location={quoteattr(each.link)} display={quoteattr(each.cell)}/>"
        for number, each in enumerate(listed, start=HEAD_ROW + 1)
        if each.link
    )
    links = links and f"<hyperlinks>{links}</hyperlinks>"
    columns = "".join(f"<col min='{n}' max='{n}' width='{w}' customWidth='1'/>" for n, w in enumerate(_WIDTHS, 1))
    merges = "".join(f"<mergeCell ref='A{row}:F{row}'/>" for row in range(1, HEAD_ROW))
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{namespace}">'
        "<sheetPr><tabColor rgb='FFB42318'/><pageSetUpPr fitToPage='1'/></sheetPr>"
        f"<dimension ref='A1:G{max(last, len(hidden))}'/>"
        "<sheetViews><sheetView showGridLines='0' workbookViewId='0'>"
        f"<pane ySplit='{HEAD_ROW}' topLeftCell='A{HEAD_ROW + 1}' activePane='bottomLeft' state='frozen'/>"
        f"<selection pane='bottomLeft' activeCell='C{HEAD_ROW + 1}' sqref='C{HEAD_ROW + 1}'/></sheetView></sheetViews>"
        f"<sheetFormatPr defaultRowHeight='15'/><cols>{columns}<col min='7' max='7' width='9' hidden='1' "
        f"customWidth='1'/></cols><sheetData>{body}</sheetData><autoFilter ref='A{HEAD_ROW}:F{last}'/>"
        f"<mergeCells count='{HEAD_ROW - 1}'>{merges}</mergeCells>{links}"
        "<printOptions horizontalCentered='1'/>"
        "<pageMargins left='0.4' right='0.4' top='0.5' bottom='0.6' header='0.3' footer='0.3'/>"
        "<pageSetup paperSize='9' orientation='landscape' fitToWidth='1' fitToHeight='0'/>"
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页 共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    ).encode()


def filter_range(name: str, count: int) -> str:
    """Give the range that the sheet's filter goes over, as a name for it is defined; `count` is the faults'."""
    return f"{quoted(name)}!$A${HEAD_ROW}:$F${HEAD_ROW + min(count, _MOST_LISTED)}"


def quoted(sheet: str) -> str:
    """Give a sheet's name as it stands in a reference."""
    return "'" + sheet.replace("'", "''") + "'"


def _summary(faults: Sequence[Listed], file: str) -> str:
    words = Counter(each.word for each in faults)
    counts = "，".join(f"{word} {count} 处" for word, count in words.items())
    left_out = f"这里列出前 {_MOST_LISTED} 处。" if len(faults) > _MOST_LISTED else ""
    return f"“{plain_line(file)}”共有 {len(faults)} 处问题：{counts}。{left_out}"


def _row(fault: Listed, looks: _Looks) -> tuple[float, list[tuple[int, str]]]:
    said = fault.said if len(fault.said) <= _LONGEST_SAID else fault.said[:_LONGEST_SAID] + "…"
    cells = [
        (looks.amber if fault.severity == "ask" else looks.red, fault.word),
        (looks.text, fault.sheet or "整个文件"),
        (looks.link if fault.link else looks.centred, fault.cell or "—"),
        (looks.text, fault.heading),
        (looks.text, said),
        (looks.text, fault.sentence),
    ]
    lines = max(_lines(text, width) for (_, text), width in zip(cells, _WIDTHS, strict=True))
    return 8 + 16 * min(lines, 24), cells


def _lines(text: str, width: int) -> int:
    """Give how many lines a text takes in a column of so many digits; Chinese characters are two digits wide."""
    room = width - 2
    return sum(
        max(1, -(-sum(1 if character < "\u2000" else 2 for character in line) // room)) for line in text.split("\n")
    )


def _printed(number: int, height: float, cells: Sequence[tuple[int, str]], hidden: str) -> str:
    made = "".join(
        f"<c r='{letter}{number}' s='{style}' t='inlineStr'><is><t xml:space='preserve'>{_text(text)}</t></is></c>"
        for letter, (style, text) in zip("ABCDEF", cells, strict=False)
    )
    if hidden:
        made += f"<c r='G{number}' t='inlineStr'><is><t xml:space='preserve'>{_text(hidden)}</t></is></c>"
    return f"<row r='{number}' ht='{height:g}' customHeight='1'>{made}</row>"


def _text(text: str) -> str:
    return escape(_ESCAPED.sub("_x005F_", printable(text.replace("\r\n", "\n").replace("\r", "\n"))))
