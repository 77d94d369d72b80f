"""Office template: an office's own layout, a workbook with marks in its cells, that official tables are filled into.

`{{标题}}`, `{{月份}}`, `{{地区}}` and their like stand for words; one row with `{{项目名称}}`, `{{总投资}}` or any
other column of the table, and `{{#}}` for the running number, is repeated for every line; `{{合计:总投资}}` is the sum
of a column. A child process opens the workbook (`template_process`): openpyxl takes what a hostile
file asks for.
"""

from __future__ import annotations

import datetime
import difflib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from tracker.exchange.office_layouts.template_marks import NUMBER, TOTAL, plain_mark
from tracker.exchange.reading.workbook_look import FileKind, look
from tracker.exchange.reading.workbooks import PAGE_LIMITS
from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn, TableLine
from tracker.ledger.handle import Ledger, LedgerError
from tracker.ledger.office_templates import OfficeTemplate, content_of
from tracker.model.faults import Fault, Severity
from tracker.model.fields import STATED
from tracker.model.months import chinese_month

WORDS = {
    "标题": "表的标题",
    "月份": "例如 2024年8月",
    "地区": "例如 晋中市",
    "专项": "专项的名称",
    "说明": "截至哪天、范围是什么",
    "单位": "例如 单位：万元",
    "附件": "例如 附件1",
    "注": "表下的注",
}
"""The marks that stand for words, each with what it gives."""

_USUAL_BOUNDS = (11, 16)

SEVERAL = frozenset({"dossier", "ledger"})
"""The kinds of table that are several tables: no layout of one sheet holds them."""

MOST_LINES = 5_000
"""Lines that a template is filled with at most: openpyxl holds every cell."""

LIMITS = replace(PAGE_LIMITS, file_bytes=5_000_000)
"""What a template may be at most, and how long opening it may take."""

_FILL_SECONDS = 40
_PATIENCE = 4
"""How many times its processor time a child may take: the machine does other things as well."""

# Isolated from the surroundings, the child finds nothing of the program by itself.
_START = (
    f"import sys; sys.path.append({str(Path(__file__).resolve().parents[3])!r}); "
    "from tracker.exchange.office_layouts.template_process import main; main(sys.argv[1:])"
)


class TemplateError(LedgerError):
    """A template could not be filled; the message is a Chinese sentence."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a template holds: how many marks, and in words what of it exports will not keep, "" where they keep all."""

    marks: int
    lost: str


def column_names(columns: Sequence[TableColumn]) -> list[str]:
    """Give what each column is called in marks: its heading; head and heading where two headings are alike."""
    times = Counter(column.heading for column in columns)
    return [
        f"{column.group}·{column.heading}" if column.group and times[column.heading] > 1 else column.heading
        for column in columns
    ]


def column_marks(columns: Sequence[TableColumn]) -> dict[str, int]:
    """Give every mark that means a column, with the column's position: its name, or head and heading in any case."""
    marks = {plain_mark(name): position for position, name in enumerate(column_names(columns))}
    for position, column in enumerate(columns):
        if column.group:
            marks[plain_mark(f"{column.group}·{column.heading}")] = position
    return marks


def known_columns(table: PrintedTable) -> list[str]:
    """Give the names of columns that a template for a table may hold.

    A county list has a column for every field that any project fills: of it a template may hold every field.
    """
    names = column_names(table.columns)
    return list(dict.fromkeys([*names, *(field.heading for field in STATED if table.key == "list")]))


def known_marks(table: PrintedTable) -> set[str]:
    """Give every mark of a column that a template for a table may hold, plain."""
    return {*map(plain_mark, known_columns(table)), *column_marks(table.columns)}


def starter(table: PrintedTable) -> PrintedTable:
    """Give a table of marks in place of what it says: written as a workbook, what an office begins its layout with."""
    marks = column_names(table.columns)
    total = next((line for line in table.lines if line.rank is LineRank.TOTAL), None)
    sums = [
        # The word that says what the line is stays as it is.
        Written(cell.value) if cell.value in (None, "合计") else Written(f"{{{{{TOTAL}{mark}}}}}", cell.number_format)
        for mark, cell in zip(marks, total.cells if total else [Written(None)] * len(marks), strict=True)
    ]
    numbers = [mark if column.heading != "序号" else NUMBER for mark, column in zip(marks, table.columns, strict=True)]
    example = next((line.cells for line in table.lines if line.rank is LineRank.PLAIN), [Written(None)] * len(marks))
    line = TableLine(
        tuple(Written(f"{{{{{mark}}}}}", cell.number_format) for mark, cell in zip(numbers, example, strict=True))
    )
    # What a mark is wide says nothing of what will stand in its place.
    columns = [replace(column, bounds=column.bounds or _USUAL_BOUNDS) for column in table.columns]
    return replace(
        table,
        title="{{标题}}",
        said="{{说明}}",
        unit="{{单位}}" if table.unit else "",
        columns=columns,
        notes=["{{注}}"],
        annex="{{附件}}",
        lines=[*([TableLine(tuple(sums), LineRank.TOTAL)] if total else []), line],
        demonstration=False,
        filtered=False,
    )


def write_in_layout(
    ledger: Ledger, template: OfficeTemplate, asked: Asked, table: PrintedTable, target: Path | IO[bytes]
) -> None:
    """Write a table in an office's own layout to a file or a stream.

    Raises LedgerError where the layout cannot be filled, OSError where the file cannot be written.
    """
    around = {"月份": chinese_month(asked.month), "地区": asked.area_name, "专项": asked.programme.name}
    fill(content_of(ledger, template), table, around, target)


def examine(content: bytes, name: str, table: PrintedTable) -> Examined | list[Fault]:
    """Look at a workbook that shall become a template for such a table.

    Gives what it holds, or every fault of it, each with its cell.
    """
    found = look(BytesIO(content), len(content), LIMITS, name)
    if isinstance(found, str):
        return [Fault(Severity.STOP, found)]
    if found.kind is not FileKind.XLSX:
        return [Fault(Severity.STOP, "模板应为 Excel 工作簿（.xlsx）。请用 Excel 或 WPS 打开后“另存为”.xlsx，再上传。")]
    answer = _asked("examine", content, None, None)
    if "marks" not in answer:
        return [Fault(Severity.STOP, _UNREADABLE)]
    if answer["far"]:
        far = answer["far"]
        return [
            Fault(
                Severity.FIX,
                f"{far['cell']} 有内容，离表很远，多半是误留的。模板应在 2000 行、200 列以内，请删去后再上传。",
                far["sheet"],
                far["cell"],
            )
        ]
    faults = _faults_of(answer["marks"], known_marks(table))
    return faults or Examined(sum(len(each["marks"]) for each in answer["marks"]), "、".join(answer["lost"]))


_UNREADABLE = (
    "这个工作簿打不开，或者太大、太复杂。请用 Excel 或 WPS 打开，删去无关的工作表和格式，另存为 .xlsx 后再上传。"
)


def _faults_of(cells: Sequence[Mapping[str, Any]], columns: set[str]) -> list[Fault]:
    """Give what is wrong with a template's marks, cell by cell."""
    words = {*WORDS, NUMBER, *columns, *(TOTAL + column for column in columns)}
    # A mark that is both (地区) means the column only beside others: it makes no row of lines.
    of_line = {NUMBER, *columns} - WORDS.keys()
    faults: list[Fault] = []
    rows: dict[str, int] = {}
    for each in cells:
        sheet, cell, marks = each["sheet"], each["cell"], each["marks"]
        said = "".join(f"{{{{{mark}}}}}" for mark in marks)

        def fault(message: str, sheet: str = sheet, cell: str = cell, said: str = said) -> Fault:
            return Fault(Severity.FIX, message, sheet, cell, None, said)

        unknown = [mark for mark in marks if mark not in words]
        if unknown:
            faults.append(fault("；".join(_unknown_sentence(mark, words) for mark in unknown)))
        elif each["formula"]:
            faults.append(
                fault("公式里放了标记。标记会被换成文字，公式就错了；请把标记放在单独的格里，公式引用那一格。")
            )
        elif of_line & set(marks):
            row = rows.setdefault(sheet, each["row"])
            if row != each["row"]:
                faults.append(
                    fault(
                        f"第 {row} 行已经有各列的标记，这里又有一行。一张表只有一行逐项重复，"
                        "请把各列的标记都放到同一行；"
                        f"要写合计，请用 {{{{{TOTAL}列名}}}}。"
                    )
                )
            elif each["tall"]:
                faults.append(fault("逐项重复的这一行里有上下合并的格，重复不了。请取消上下合并，只留左右合并。"))
    if not rows and not faults:
        example = sorted(columns)[:1] or ["项目名称"]
        faults.append(
            Fault(
                Severity.FIX,
                "没有找到逐项重复的一行。请在一行的各格里写上列的标记，"
                f"例如 {{{{#}}}}、{{{{{example[0]}}}}}，导出时每个项目重复一行。",
            )
        )
    return faults


def _unknown_sentence(mark: str, words: set[str]) -> str:
    near = difflib.get_close_matches(mark, sorted(words), 1, 0.4)
    if near:
        return f"没有“{{{{{mark}}}}}”这个标记，最接近的是 {{{{{near[0]}}}}}，请改正"
    return f"没有“{{{{{mark}}}}}”这个标记，请从可用的标记里选，或去掉双花括号"


def fill(content: bytes, table: PrintedTable, words: Mapping[str, str], target: Path | IO[bytes]) -> None:
    """Fill a template with a table's plain lines and write the workbook to a file or a stream.

    `words` are what the marks of WORDS give beyond what the table itself says (month, area, programme). Raises
    TemplateError where it cannot be filled, OSError where the file cannot be written.
    """
    lines = [line for line in table.lines if line.rank is LineRank.PLAIN]
    if len(lines) > MOST_LINES:
        raise TemplateError(
            f"这张表有 {len(lines)} 行，按本单位格式最多导出 {MOST_LINES} 行。请缩小范围，或用统一格式导出。"
        )
    wish = {
        "words": {**_words_of(table, words), **_totals_of(table)},
        "names": (names := column_marks(table.columns)),
        "of_line": sorted({NUMBER, *names} - WORDS.keys()),
        "columns": [[_told(line.cells[index]) for line in lines] for index in range(len(table.columns))],
        "count": len(lines),
    }
    with tempfile.TemporaryDirectory(prefix="template") as folder:
        filled = Path(folder) / "filled.xlsx"
        answer = _asked("fill", content, filled, wish)
        if "filled" not in answer:
            raise TemplateError(
                "按本单位格式没有导出成：模板的内部结构特殊，写不进去。请换一个模板，或用统一格式导出。"
            )
        written = filled.read_bytes()
    if isinstance(target, Path):
        target.write_bytes(written)
    else:
        target.write(written)


def _words_of(table: PrintedTable, words: Mapping[str, str]) -> dict[str, list[str]]:
    said = {
        "标题": table.title, "说明": table.said, "单位": table.unit, "附件": table.annex, "注": "\n".join(table.notes),
        **words,
    }  # fmt: skip
    return {plain_mark(word): [text, "General"] for word, text in said.items()}


def _totals_of(table: PrintedTable) -> dict[str, object]:
    """Give each column's sum by its mark: that of the line of sums, which knows what is not to be added up twice."""
    total = next((line for line in table.lines if line.rank is LineRank.TOTAL), None)
    if total is None:
        return {}
    return {TOTAL + mark: _told(total.cells[position]) for mark, position in column_marks(table.columns).items()}


def _told(cell: Written) -> list[object]:
    value = {"d": cell.value.isoformat()} if isinstance(cell.value, datetime.date) else cell.value
    return [value, cell.number_format]


def _asked(action: str, content: bytes, target: Path | None, wish: Mapping[str, object] | None) -> dict[str, Any]:
    """Let the child do something with a template; gives its answer, nothing where it died or was killed."""
    seconds = _FILL_SECONDS if wish else LIMITS.seconds
    with tempfile.TemporaryDirectory(prefix="template") as folder:
        source = Path(folder) / "template.xlsx"
        source.write_bytes(content)
        command = [sys.executable, "-I", "-X", "utf8", "-c", _START, action, str(source), str(target or "")]
        answer: dict[str, Any] = {}
        with suppress(subprocess.TimeoutExpired, ValueError, IndexError):
            done = subprocess.run(
                [*command, str(LIMITS.memory_bytes), str(seconds)],
                input=json.dumps(wish or {}).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE * seconds,
                check=False,
            )
            answer = json.loads(done.stdout.splitlines()[-1])
        return answer
