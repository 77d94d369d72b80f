"""Checking: what is wrong with words that the task force wrote, and whether a bulletin agrees with its own tables.

Words may be changed and figures may not: a figure stands as a mark, and one that is typed by hand is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal

from tracker.exchange.bulletins.composing import HEAD_PARTS, Composed, paragraphs_of
from tracker.exchange.bulletins.corrections import WHY
from tracker.exchange.bulletins.document import LONGEST_PARAGRAPH, MARK, MOST_PARAGRAPHS, Bulletin, unknown_marks
from tracker.exchange.bulletins.figures import (
    COUNTED,
    RATES,
    SUMMED,
    Facts,
    Standing,
    places_in_words,
    plain,
    ranking_mark,
)
from tracker.exchange.writing.printed_table import LineRank, PrintedTable
from tracker.model.faults import Fault, Severity
from tracker.model.written import clean_text

LONGEST_SECTION = 6000
"""Characters of a section at most, before its figures are put in."""

LONGEST_HEAD = 100
LONGEST_LIST = 400
"""Characters of a head's part at most; addressees and who else is sent it may be longer."""

_LONG_PARTS = ("addressees", "copied_to")

_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)} | {ord("．"): ord("."), ord("％"): ord("%")}
_DATE = (
    r"\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?|\d{1,2}\s*月(?:\s*\d{1,2}\s*日|[底初份])?"
    r"|\d{4}-\d{2}(?:-\d{2})?"
)
_ALLOWED = re.compile(
    rf"{_DATE}|\d{{1,2}}\s*日|\d{{1,2}}[:：时]\d{{0,2}}"
    r"|[〔\[]\s*\d{4}\s*[〕\]]\s*\d+\s*号|第\s*\d+\s*[条款项章节次批期号]|附件\s*\d+|\d\s*\+\s*N"
    r"|(?:(?<=\n)|^)\s*[(（]?\d{1,2}[)）.．、](?!\d)",
    re.MULTILINE,
)
_NUMBER = re.compile(
    r"\d[\d,，]*(?:\.\d+)?\s*(?:个百分点|%|亿元|万元|[项个家处公里座户]|)|百分之[〇零一二三四五六七八九十百点]+"
    r"|[〇零一二三四五六七八九十百千]{2,}(?=项|个百分点|亿元|万元)(?:项|个百分点|亿元|万元)"
)
_DIGITS = re.compile(r"[\d.]+")
_WAN = Decimal(10_000)


def cleaned(text: str) -> str:
    """Give typed words without control characters and unseen marks, lines ended alike."""
    return "\n".join(line.rstrip() for line in clean_text(text).split("\n"))


def faults_of_words(composed: Composed, texts: Mapping[str, str]) -> list[Fault]:
    """Give what is wrong with words of some parts; `field` names the part.

    A fault FIX must be mended; ASK is about a figure typed by hand, which somebody must answer for. What the program
    itself wrote is never asked about.
    """
    faults: list[Fault] = []
    for part, text in texts.items():
        found = list(_faults_of(composed, part, text))
        faults += [Fault(each.severity, each.message, field=part, said=each.said) for each in found]
    return faults


def _faults_of(composed: Composed, part: str, text: str) -> Iterator[Fault]:
    if part not in composed.defaults:
        yield Fault(Severity.FIX, "没有这个部分，请从通报的编辑页面修改。")
        return
    head = HEAD_PARTS.get(part)
    most = LONGEST_SECTION if head is None else LONGEST_LIST if part in _LONG_PARTS else LONGEST_HEAD
    if len(text) > most:
        yield Fault(Severity.FIX, f"写了 {len(text)} 个字，最多 {most} 个字，请缩短。")
        return
    if head and part != "copied_to" and not text.strip():
        yield Fault(Severity.FIX, f"{head}不能为空，请填写，或恢复原来的文字。")
    if head and "\n" in text:
        yield Fault(Severity.FIX, f"{head}只能写一行，请去掉换行。")
    if head and MARK.search(text):
        yield Fault(Severity.FIX, f"{head}里不能用数字标记，请直接写文字。")
        return
    lone = MARK.sub("", text)
    if "【" in lone or "】" in lone:
        yield Fault(Severity.FIX, "有单独的“【”或“】”，数字标记应成对，例如【已开工】，请补上或删去。")
    yield from unknown_marks(text, composed.bulletin.figures)
    if head is None:
        yield from _too_long_for_paper(composed, text)
    if text != composed.defaults[part]:
        yield from _typed_figures(composed, text)


def _too_long_for_paper(composed: Composed, text: str) -> Iterator[Fault]:
    """Refuse what the printer would cut: words that are issued stand on paper whole."""
    figures = composed.bulletin.figures
    paragraphs = paragraphs_of(MARK.sub(lambda found: figures.get(found[1].strip(), found[0]), text))
    if len(paragraphs) > MOST_PARAGRAPHS:
        yield Fault(Severity.FIX, f"写了 {len(paragraphs)} 段，最多 {MOST_PARAGRAPHS} 段，请合并。")
    longest = max(map(len, paragraphs), default=0)
    if longest > LONGEST_PARAGRAPH:
        sentence = f"有一段填上数字以后有 {longest} 个字，最多 {LONGEST_PARAGRAPH} 个字，请分段或缩短。"
        yield Fault(Severity.FIX, sentence)


def _typed_figures(composed: Composed, text: str) -> Iterator[Fault]:
    """Ask about each figure that is typed by hand; dates, numbers of documents and of articles, and names are none."""
    figures = composed.bulletin.figures
    bare = MARK.sub(lambda found: "\0" * len(found[0]), text.translate(_FULL_WIDTH))
    for name in _names(composed.facts):
        bare = bare.replace(name, "\0" * len(name))
    bare = _ALLOWED.sub(lambda found: "\0" * len(found[0]), bare)
    for found in _NUMBER.finditer(bare):
        said = found[0].strip()
        near = _meant(bare[: found.start()], said, figures)
        mend = f"请改用标记【{near}】或确认" if near else "请改用数字标记或确认"
        yield Fault(Severity.ASK, f"写了“{said}”，不是台账算出的数；{mend}。", said=said)


def _names(facts: Facts) -> list[str]:
    """Give the names with digits in them that a text may hold, the longest first."""
    asked = facts.asked
    projects = (each.name for each in (*facts.late_start, *facts.late_completion, *facts.problems))
    known = {asked.programme.name, asked.area_name, *(plain(name) for name, _ in facts.categories), *projects}
    return sorted((name for name in known if _DIGITS.search(name)), key=len, reverse=True)


def _meant(before: str, said: str, figures: Mapping[str, str]) -> str:
    """Give the mark that a typed figure seems to mean: the one named just before it, else one that says the same."""
    words = before[-30:].rstrip(" 为是共达到约有计：:，")
    named = [mark for mark in figures if words.endswith(mark)]
    if named:
        return max(named, key=len)
    number = _DIGITS.search(said)
    if number is None:
        return ""
    alike = [mark for mark, text in figures.items() if (same := _DIGITS.match(text)) and same[0] == number[0]]
    return alike[0] if alike else ""


def faults_of_issue(composed: Composed) -> list[Fault]:
    """Give what keeps a bulletin from being issued: words that must be mended, and figures that its tables deny.

    Figures typed by hand were answered for when the words were saved.
    """
    wrong = [fault for fault in faults_of_words(composed, composed.texts) if fault.severity is not Severity.ASK]
    unsaid = [part for part, text in composed.texts.items() if WHY in text]
    wrong += [Fault(Severity.FIX, f"还没有写明更正的事由，请把“{WHY}”换成事由。", field=part) for part in unsaid]
    return wrong or contradictions(composed.bulletin)


def contradictions(bulletin: Bulletin) -> list[Fault]:
    """Give every figure of a bulletin's text that is not what its own annexed tables say."""
    faults = []
    tables: dict[str, PrintedTable] = {}
    for table in bulletin.annexes:
        tables.setdefault(_key(table), table)
    for mark, expected, annex in _annexed(tables):
        said = bulletin.figures.get(mark)
        if said is not None and said != expected:
            message = f"【{mark}】写的是“{said}”，{annex}里是“{expected}”，文字和附表不一致，没有印发。"
            faults.append(Fault(Severity.STOP, message, field="mark", said=said))
    return faults


def _key(table: PrintedTable) -> str:
    heading = next((column.heading for column in table.columns if column.key == "name"), "")
    return f"{table.key}:{heading}" if table.key == "summary" else table.key


def _annexed(tables: Mapping[str, PrintedTable]) -> Iterator[tuple[str, str, str]]:
    """Give marks with what the annexed tables say in their place, and which annex that is."""
    for key, table in tables.items():
        if key.startswith("summary"):
            yield from _summed(table)
            if key.endswith("类别"):
                yield from _by_category(table)
        elif key == "behind":
            yield from _sections(table)
        elif key == "ranking":
            yield from _ranked(table)
        elif key == "problems":
            lines = sum(line.rank is LineRank.PLAIN for line in table.lines)
            yield "有问题", str(lines), table.annex


_CATEGORY_MARKS = {"项目数": "projects", "已开工": "started", "已完工": "completed"}


def _summed(table: PrintedTable) -> Iterator[tuple[str, str, str]]:
    total = next(line for line in table.lines if line.rank is LineRank.TOTAL)
    said = {column.key: cell.value for column, cell in zip(table.columns, total.cells, strict=True)}
    for mark, name in COUNTED.items():
        if name in said:
            yield mark, str(said[name]), table.annex
    for column in table.columns:
        for mark, name in SUMMED.items():
            if column.key == name:
                yield mark, _money(said[name], column.unit), table.annex
    for mark, name in RATES.items():
        yield mark, _rate(table, total.cells, f"{name}_rate"), table.annex


def _by_category(table: PrintedTable) -> Iterator[tuple[str, str, str]]:
    keys = [column.key for column in table.columns]
    for line in table.lines:
        if line.rank is not LineRank.PLAIN:
            continue
        mark = plain(str(line.cells[keys.index("name")].value))
        for word, name in _CATEGORY_MARKS.items():
            if name in keys:
                yield f"{mark}·{word}", str(line.cells[keys.index(name)].value), table.annex
        for word in ("开工率", "完工率"):
            yield f"{mark}·{word}", _rate(table, line.cells, f"{RATES[word]}_rate"), table.annex


def _ranked(table: PrintedTable) -> Iterator[tuple[str, str, str]]:
    """Give the places of the table in words, by measure and group of peers."""
    keys = [column.key for column in table.columns]
    lines = [line.cells for line in table.lines if line.rank is LineRank.PLAIN]
    for word in ("开工率", "完工率"):
        at = {name: keys.index(f"{RATES[word]}_{name}") for name in ("place", "tied", "rate")}
        groups: dict[str, list[tuple[int, str, Standing]]] = {}
        for cells in lines:
            place = cells[at["place"]].value
            if isinstance(place, int):
                name, code, peers = (str(cells[keys.index(key)].value or "") for key in ("name", "code", "peers"))
                standing = Standing(name, place, bool(cells[at["tied"]].value), cells[at["rate"]].said)
                groups.setdefault(peers, []).append((place, code, standing))
        for peers, found in groups.items():
            mark = ranking_mark(word, peers, len(groups) > 1)
            yield (
                mark,
                places_in_words([standing for *_, standing in sorted(found, key=lambda it: it[:2])]),
                table.annex,
            )


def _sections(table: PrintedTable) -> Iterator[tuple[str, str, str]]:
    """Give how many lines stand under each heading of the list of what is behind."""
    counts: list[int] = []
    for line in table.lines:
        if line.rank is LineRank.SECTION:
            counts.append(0)
        elif counts:
            counts[-1] += 1
    for mark, number in zip(("未按期开工", "未按期完工"), counts, strict=False):
        yield mark, str(number), table.annex


def _rate(table: PrintedTable, line: Iterable[object], key: str) -> str:
    for column, cell in zip(table.columns, line, strict=True):
        if column.key == key:
            said = getattr(cell, "said", "")
            return f"{said}%" if said else "—"
    return "—"


def _money(value: object, unit: str) -> str:
    """Print a table's sum as a text tells it: from 1 亿元 on in 亿元."""
    exact = Decimal(repr(value)) if isinstance(value, int | float) else Decimal(0)
    if unit == "万元" and abs(exact) >= _WAN:
        exact, unit = exact / _WAN, "亿元"
    return f"{exact.quantize(Decimal('0.01'), ROUND_HALF_UP)}{unit}"
