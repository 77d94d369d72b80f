"""Import reading: what the mapping page shows of a workbook's sheets, and what its form says about them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tracker.exchange.reading.headings import Heading, LookedAt, NoTable, Table, look_at, row_words
from tracker.exchange.reading.reading_choices import (
    AS_WRITTEN,
    NOT_READ,
    OTHER_COLUMNS,
    UNITS,
    ColumnChoice,
    Origin,
    ReadingChoices,
    SheetChoice,
    checked_rows,
    column_words,
    is_money,
    is_readable,
    unit_chosen,
)
from tracker.exchange.reading.workbooks import Cell, Sheet, column_letters
from tracker.ledger.imports import ImportChoice
from tracker.model.fields import FIELDS, Kind
from tracker.model.values import said_text

OPEN, LEFT_OUT = "?", "-"
"""What a column's chooser sends where nobody knows what the heading means, and where it is not to be read."""

_SHOWN_ROWS, _SHOWN_COLUMNS, _SAMPLES = 12, 40, 2
_MOST_SHEETS = 20
_MONTHLY = {Kind.MONEY: "资金", Kind.PLANNED_DATE: "时间", Kind.ACTUAL_DATE: "时间", Kind.STAGE: "进度",
            Kind.PERCENT: "进度", Kind.QUANTITY: "规模"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownHeading:
    """One column of a sheet: its heading, values below it, what it is read as, why, and the unit of its sums.

    `token` is a field, OPEN or LEFT_OUT; `has_unit` says that it is a sum, or may be one; `unit` is "" where nobody
    chose one, `standing_unit` says what then holds.
    """

    index: int
    letter: str
    written: str
    samples: list[str]
    token: str
    why: str
    has_unit: bool
    unit: str
    standing_unit: str


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """One sheet: whether it is read, where its headings stand, its columns, its first rows, what is wrong with it.

    `seen` are the rows of the headings as the form knows them, "" for none; `rows` are those typed or found.
    """

    number: int
    name: str
    visible: bool
    filled: int
    read: bool
    first: str
    last: str
    seen: str
    unit: str
    headings: list[ShownHeading]
    letters: list[str]
    beginning: list[tuple[int, bool, list[str]]]
    open: int
    faults: list[str]


@dataclass(slots=True)
class Said:
    """What the form says: the choices, what is wrong by the sheet's number, and whether headings must be read anew."""

    choices: ReadingChoices
    faults: dict[int, list[str]] = field(default_factory=dict)
    moved: bool = False


def field_groups() -> dict[str, list[tuple[str, str]]]:
    """Give what a column can be read as, by group, as (token, words)."""
    groups: dict[str, list[tuple[str, str]]] = {"不读": [(LEFT_OUT, "不读取")], "项目": []}
    for declared in FIELDS:
        groups.setdefault(_MONTHLY.get(declared.kind, "项目"), []).append((declared.name, declared.heading))
    groups["别的"] = list(OTHER_COLUMNS.items())
    return groups


def shown_sheets(
    sheets: Sequence[Sheet], choices: ReadingChoices, faults: Mapping[int, list[str]] | None = None
) -> list[ShownSheet]:
    """Give the sheets as the page shows them, at most so many; what the form got wrong stands beside its sheet."""
    shown = []
    for number, sheet in enumerate(sheets[:_MOST_SHEETS]):
        if sheet.rows:
            looked = look_at(sheet, choices)
            shown.append(_shown(number, sheet, choices, looked, (faults or {}).get(number, [])))
    if shown and not any(each.read for each in shown) and all(choices.of(each.name).read is None for each in shown):
        # Nothing was found anywhere: the largest sheet is the likeliest to hold the list.
        largest = max(range(len(shown)), key=lambda position: shown[position].filled)
        shown[largest] = replace(shown[largest], read=True)
    return shown


def _shown(number: int, sheet: Sheet, choices: ReadingChoices, looked: LookedAt, faults: list[str]) -> ShownSheet:
    choice = choices.of(sheet.name)
    found = looked.found
    read = not isinstance(found, NoTable) if choice.read is None else choice.read
    rows = looked.rows
    wrong = list(faults)
    if read and not wrong and not isinstance(found, Table | NoTable):
        wrong.append(found.message)
    headings = [_heading(sheet, choice, looked, heading) for heading in looked.headings]
    width = min(max((len(cells) for _, cells in sheet.rows[:_SHOWN_ROWS]), default=0), _SHOWN_COLUMNS)
    beginning = [
        (row, rows is not None and rows[0] <= row <= rows[1],
         [said_text(cell) for cell in (cells + [None] * width)[:width]])
        for row, cells in sheet.rows[:_SHOWN_ROWS]
    ]  # fmt: skip
    return ShownSheet(
        number, sheet.name, sheet.visible, len(sheet.rows), read,
        str(rows[0]) if rows else "", str(rows[1]) if rows else "", f"{rows[0]}-{rows[1]}" if rows else "",
        choice.unit or "", headings, [column_letters(index) for index in range(width)], beginning,
        sum(heading.token == OPEN for heading in headings), wrong,
    )  # fmt: skip


def _heading(sheet: Sheet, choice: SheetChoice, looked: LookedAt, heading: Heading) -> ShownHeading:
    column = choice.columns.get(heading.index, ColumnChoice())
    token = _token(heading) if column.field is None else column.field or LEFT_OUT
    corner = looked.found.corner_unit if isinstance(looked.found, Table) else None
    if heading.written_unit:
        standing = f"{heading.written_unit}（表头写明）"
    elif choice.unit or corner:
        standing = f"{choice.unit or corner}（{'整张表' if choice.unit else '表上写明'}）"
    elif heading.day and heading.chosen_unit and column.unit is None:
        standing = f"{heading.chosen_unit}（按 {heading.day} 的对应关系）"
    else:
        standing = "万元（没有写明）"
    samples = _samples(sheet, looked.rows, heading.index)
    return ShownHeading(
        heading.index, column_letters(heading.index),
        f"{heading.parent} › {heading.own}" if heading.parent else heading.own,
        [said_text(cell) for cell in samples], token, _why(heading),
        is_money(token) or (token == OPEN and any(_may_be_a_sum(cell) for cell in samples)), column.unit or "",
        standing if is_money(token) else "是金额时的单位",
    )  # fmt: skip


def _token(heading: Heading) -> str:
    if heading.field:
        return heading.field
    return LEFT_OUT if heading.origin in (Origin.CHOSEN, Origin.REMEMBERED) else OPEN


def _why(heading: Heading) -> str:
    if heading.origin is Origin.REMEMBERED:
        return f"按 {heading.day} 的对应关系"
    if heading.origin is Origin.CHOSEN:
        return "这次选的"
    if heading.field:
        return ""
    return f"另一列已读作{column_words(heading.known)}" if heading.known else "没有读懂"


def _samples(sheet: Sheet, rows: tuple[int, int] | None, index: int) -> list[Cell]:
    """Give the first different values below a heading."""
    found: dict[str, Cell] = {}
    for number, cells in sheet.rows[: _SHOWN_ROWS * 3]:
        if rows is not None and number > rows[1] and index < len(cells) and said_text(cells[index]):
            found.setdefault(said_text(cells[index]), cells[index])
        if len(found) == _SAMPLES:
            break
    return list(found.values())


def _may_be_a_sum(cell: Cell) -> bool:
    text = said_text(cell).replace(",", "").removesuffix("元").removesuffix("万").removesuffix("亿")
    return not isinstance(cell, datetime.date) and text.replace(".", "", 1).isdigit()


def choices_said(form: Mapping[str, str], sheets: Sequence[Sheet], standing: ReadingChoices) -> Said:
    """Give what the form of the mapping page says; `standing` is what was chosen before, and what is remembered."""
    said = Said(standing)
    chosen = dict(standing.sheets)
    for number, sheet in enumerate(sheets[:_MOST_SHEETS]):
        if f"s{number}-seen" not in form or not sheet.rows:
            continue
        faults: list[str] = []
        chosen[sheet.name] = _sheet_said(form, number, sheet, standing, said, faults)
        if faults:
            said.faults[number] = faults
    said.choices = replace(standing, sheets={name: each for name, each in chosen.items() if each != AS_WRITTEN})
    if not said.faults and not said.moved:
        _look_through(sheets, said)
    return said


def _sheet_said(
    form: Mapping[str, str], number: int, sheet: Sheet, standing: ReadingChoices, said: Said, faults: list[str]
) -> SheetChoice:
    name = f"s{number}-"
    before = standing.of(sheet.name)
    plain = replace(standing, sheets={})
    ticked = f"{name}read" in form
    try:
        unit = unit_chosen(form.get(f"{name}unit") or None)
        rows = _rows_said(form.get(f"{name}first", ""), form.get(f"{name}last", ""))
    except ValueError as error:
        faults.append(str(error))
        return before
    if rows is not None and rows[0] > sheet.rows[-1][0]:
        last = sheet.rows[-1][0]
        faults.append(f"表头写的是{row_words(rows)}，这张表有内容的行到第 {last} 行为止。请看着表格的开头重新填。")
        return before
    if rows is not None and f"{rows[0]}-{rows[1]}" != form.get(f"{name}seen"):
        said.moved = True
        return _ticked(sheet, plain, SheetChoice(None, rows, unit), ticked=ticked)
    base = SheetChoice(None, before.rows, unit)
    columns = _columns_said(form, name, sheet, replace(plain, sheets={sheet.name: base}), faults)
    # Columns are about headings in just these rows.
    choice = replace(base, rows=rows if columns else before.rows, columns=columns)
    return _ticked(sheet, plain, choice, ticked=ticked)


def _ticked(sheet: Sheet, plain: ReadingChoices, choice: SheetChoice, *, ticked: bool) -> SheetChoice:
    """Give the choice with its tick, where that says anything else than what would be done without it."""
    by_itself = not isinstance(look_at(sheet, replace(plain, sheets={sheet.name: choice})).found, NoTable)
    return replace(choice, read=None if ticked == by_itself else ticked)


def _rows_said(first: str, last: str) -> tuple[int, int] | None:
    if not first.strip() and not last.strip():
        return None
    numbers = []
    for text in (first.strip() or last.strip(), last.strip() or first.strip()):
        if not (text.isascii() and text.isdigit() and len(text) < 8):
            raise ValueError(f"表头的行写的是“{said_text(text)}”，应为行号，例如 3。")
        numbers.append(int(text))
    return checked_rows(numbers[0], numbers[1])


def _columns_said(
    form: Mapping[str, str], name: str, sheet: Sheet, base: ReadingChoices, faults: list[str]
) -> dict[int, ColumnChoice]:
    """Give the columns that are to be read otherwise than they are without anybody's choice."""
    looked = look_at(sheet, base)
    tokens: dict[int, str] = {}
    columns: dict[int, ColumnChoice] = {}
    for heading in looked.headings:
        token = form.get(f"{name}c{heading.index}-field", _token(heading))
        if token not in (OPEN, LEFT_OUT) and not (token and is_readable(token)):
            faults.append(
                f"{column_letters(heading.index)} 列：没有“{said_text(token)}”这项内容，"
                "请从列表里选一项，或选“不读取”。"
            )
            continue
        tokens[heading.index] = token
        try:
            unit = unit_chosen(form.get(f"{name}c{heading.index}-unit") or None)
        except ValueError as error:
            faults.append(f"{column_letters(heading.index)} 列：{error}")
            continue
        field_chosen = None if token == _token(heading) else _field_of(token)
        if field_chosen is not None or (unit is not None and is_money(token)):
            columns[heading.index] = ColumnChoice(field_chosen, unit if is_money(token) else None)
    if columns and looked.rows is not None and not faults:
        # What somebody left as it was must stay so, even where another column's change would free its field.
        trial = replace(base.of(sheet.name), rows=looked.rows, columns=columns)
        for heading in look_at(sheet, replace(base, sheets={sheet.name: trial})).headings:
            token = tokens.get(heading.index, OPEN)
            explicit = columns.get(heading.index, ColumnChoice())
            if explicit.field is None and _token(heading) != token and token in (OPEN, LEFT_OUT):
                columns[heading.index] = replace(explicit, field=NOT_READ)
    return columns


def _field_of(token: str) -> str:
    return NOT_READ if token in (OPEN, LEFT_OUT) else token


def _look_through(sheets: Sequence[Sheet], said: Said) -> None:
    """Find what the choices make unreadable."""
    read = False
    for number, sheet in enumerate(sheets):
        choice = said.choices.of(sheet.name)
        if not sheet.rows or choice.read is False:
            continue
        found = look_at(sheet, said.choices).found
        if isinstance(found, NoTable):
            if choice.read:
                missing = "、".join(found.missing)
                said.faults[number] = [
                    f"这张表里还缺少：{missing}。请核对表头在第几行，或指出哪一列是什么；不读就去掉勾。"
                ]
            continue
        read = True
        if not isinstance(found, Table):
            said.faults[number] = [found.message]
    if not read and not said.faults:
        said.faults[-1] = ["没有选要读的工作表，请至少选一张。"]


def choice_lines(choices: Sequence[ImportChoice]) -> list[str]:
    """Give the choices that an import was read by as sentences."""
    return [f"工作表“{each.sheet}”{_choice_words(each)}{'（按以前的对应关系）' * each.remembered}" for each in choices]


def _choice_words(choice: ImportChoice) -> str:
    if choice.kind == "sheet":
        return "没有读"
    if choice.kind == "rows":
        first, _, last = choice.said.partition("-")
        return f"的表头在{row_words((int(first), int(last or first)))}"
    if choice.kind == "unit":
        return f"{f'的“{choice.heading}”' if choice.heading else '的金额'}按{choice.said}读"
    return f"的“{choice.heading}”{'读作' if choice.said else ''}{column_words(choice.said)}"


UNIT_CHOICES = [(unit, unit) for unit in ("万元", "亿元", "元") if unit in UNITS]
