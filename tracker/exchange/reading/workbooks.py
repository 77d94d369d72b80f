"""Reading a workbook into plain rows: a cheap look first, then a child process with limits.

Whatever goes wrong is one `Fault` with severity stop, never an exception and never a hang.
"""

from __future__ import annotations

import datetime
import json
import signal
import stat
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from tracker.exchange.marking.marking_words import is_fault_sheet
from tracker.exchange.reading.reading_rules import BROKEN, LOCKED, ROWS_AROUND, SAVE_AS, TAKEN, Limits
from tracker.exchange.reading.workbook_look import FileKind, Found, look
from tracker.model.faults import Fault, Severity

__all__ = [
    "COMMAND_LIMITS",
    "PAGE_LIMITS",
    "Cell",
    "Limits",
    "Merge",
    "ReadingProcess",
    "Sheet",
    "Uncalculated",
    "cell_name",
    "column_letters",
    "start_reading",
]

Cell: TypeAlias = (
    str | int | float | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta | None
)
"""What a cell holds; None where it is blank."""

PAGE_LIMITS = Limits(10_000_000, 60_000_000, 500, 20_000, 200, 32_767, 512 << 20, 4)
"""What may be uploaded on a page."""

COMMAND_LIMITS = Limits(100_000_000, 300_000_000, 2_000, 120_000, 200, 32_767, 2 << 30, 120)
"""What may be read at the command line, where nobody waits and the machine is one's own."""

_SECOND_LOOK_SECONDS = 2
_MOST_SHARED = 50_000
# Isolated from the surroundings, the child finds nothing of the program by itself.
_START = (
    f"import sys; sys.path.append({str(Path(__file__).resolve().parents[3])!r}); "
    "from tracker.exchange.reading.workbook_process import main; main(sys.argv[1:])"
)


class Uncalculated(str):
    """The text of a formula, with its sign of equality, that a file holds without its result."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range; rows and columns from 1, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows that are not empty, each with the sheet's own row number (from 1).

    A row's cells begin at column A and end at its last filled cell. A hidden sheet has `visible` False;
    hidden rows and columns are not told apart.
    """

    name: str
    rows: list[tuple[int, list[Cell]]]
    merges: list[Merge]
    visible: bool = True


def column_letters(index: int) -> str:
    """Give the letters of a column counted from 0: 0 is `A`, 26 is `AA`."""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, index: int) -> str:
    """Give a cell's name from its row (from 1) and its column (from 0): `B3`."""
    return f"{column_letters(index)}{row}"


def _stop(message: str, sheet: str | None = None, cell: str | None = None) -> Fault:
    return Fault(Severity.STOP, message, sheet, cell)


# Many rows have the same days: each is made once and held once.
_day = lru_cache(maxsize=1 << 14)(datetime.date.fromisoformat)


def _decoded(mapping: dict[str, object]) -> object:
    """Turn the child's form of a date, time or duration back; other mappings stay as they are."""
    if len(mapping) == 1:
        for key, value in mapping.items():
            if key == "d":
                return _day(str(value))
            if key == "m":
                return datetime.datetime.fromisoformat(str(value))
            if key == "t":
                return datetime.time.fromisoformat(str(value))
            if key == "s":
                return datetime.timedelta(microseconds=int(str(value)))
            if key == "f":
                return Uncalculated(value)
    return mapping


_DECODE = json.JSONDecoder(object_hook=_decoded).raw_decode


def start_reading(path: Path, limits: Limits = PAGE_LIMITS, name: str = "") -> ReadingProcess:
    """Look at a file and, where it may be read, start reading it; the caller goes on meanwhile.

    `name` is what the sender calls the file, where it lies under another name: a text file's one sheet is
    called by it. Raises nothing for any file: what is wrong comes from `ReadingProcess.sheets`.
    """
    name = name or path.name
    found: Found | str
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            found = f"“{path.name}”不是文件。请给出一份 {TAKEN} 格式的清单。"
        else:
            with path.open("rb") as file:
                found = look(file, status.st_size, limits, name)
    except (FileNotFoundError, NotADirectoryError):
        found = f"找不到文件“{path}”。请检查路径和文件名。"
    except (OSError, ValueError):
        found = f"无法打开文件“{path}”。请检查读取权限，或复制一份后再试。"
    return ReadingProcess(path, limits, _stop(found) if isinstance(found, str) else found, Path(name).stem)


class ReadingProcess:
    """A workbook being read by a child process.

    Made by `start_reading`. `sheets` gives the result once; `stop` ends a reading nobody waits for.
    The child is killed when its time is up, whether or not anybody waits.
    """

    def __init__(self, path: Path, limits: Limits, found: Found | Fault, title: str) -> None:
        """Start the child on a file that was looked at, or hold the fault found with it."""
        self._path, self._limits = path, limits
        self._late = False
        self._taken = False
        self._process: subprocess.Popen[bytes] | None = None
        self._fault: Fault | None = None
        if isinstance(found, Fault):
            self._fault = found
            return
        self._found = found
        self._process = self._started(found.kind.value, title)
        self._timer = self._started_timer(self._process)

    def _started(self, kind: str, title: str) -> subprocess.Popen[bytes]:
        """Start a child on the file."""
        limits = self._limits
        rows = limits.rows + ROWS_AROUND
        numbers = (limits.memory_bytes, limits.seconds, rows, limits.columns, limits.cell_characters)
        said = (str(self._path.absolute()), kind, title, *map(str, numbers))
        return subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", _START, *said],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _started_timer(self, process: subprocess.Popen[bytes]) -> threading.Timer:
        """Start the clock that kills the child."""

        def kill() -> None:
            self._late = True
            process.kill()

        timer = threading.Timer(self._limits.seconds, kill)
        timer.daemon = True
        timer.start()
        return timer

    def stop(self) -> None:
        """End the child where one still runs; may be called again."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
            self._timer.cancel()
            self._timer.join()

    def sheets(self) -> list[Sheet] | Fault:
        """Wait for the child and give the sheets in the workbook's order, or one Fault that says why not.

        The time that passed since the start does not count against the wall limit. Raises RuntimeError
        when called a second time or after `stop`.
        """
        if self._fault is not None:
            return self._fault
        process = self._process
        if process is None or self._taken:
            raise RuntimeError("a workbook's sheets can be taken once")
        self._taken = True
        try:
            if not self._late:  # the child may have waited for us with a full pipe
                self._timer.cancel()
                self._timer = self._started_timer(process)
            return self._received(process)
        finally:
            self.stop()

    def _received(self, process: subprocess.Popen[bytes]) -> list[Sheet] | Fault:
        """Take the child's lines until it ends."""
        sheets: list[Sheet] = []
        rows: list[tuple[int, list[Cell]]] = []
        shared: dict[Cell, Cell] = {}
        size = 0
        for line in process.stdout or ():
            try:
                text = line.decode("utf-8")
                value, _ = _DECODE(text)
            except ValueError:  # the child died in the middle of a line
                break
            size += sys.getsizeof(text)
            if size > self._limits.text_bytes:
                return _stop(
                    f"表里的文字合计超过 {self._limits.text_bytes // 1_000_000} MB，无法读取。"
                    "请删去无关的列和工作表，或分成几个文件。"
                )
            if isinstance(value, list):
                # What many rows say, such as counties and units, is held once.
                share = shared.setdefault if len(shared) < _MOST_SHARED else shared.get
                rows.append((value[0], [share(cell, cell) if cell.__class__ is str else cell for cell in value[1]]))
            elif "sheet" in value and "merges" in value:
                rows = []
                sheets.append(Sheet(value["sheet"], rows, [Merge(*m) for m in value["merges"]], value["visible"]))
            elif "complete" in value:
                # What we listed in a workbook given back is no list of its sender's.
                return [sheet for sheet in sheets if not is_fault_sheet(sheet.rows)]
            else:
                return self._explained(value, None)
        process.wait()
        return self._explained({}, process.returncode)

    def _explained(self, last: dict[str, Any], code: int | None) -> Fault:
        """Give the sentence for a reading that did not complete, from the child's last line or its end."""
        limits = self._limits
        if "limit" in last:
            return self._beyond_limit(last["limit"], last["sheet"], last["cell"])
        if "text" in last:
            return _stop(_no_text_table(last, limits))
        far = last.get("far")
        memory_ran_out = last.get("failed") == "MemoryError" or code in (-signal.SIGABRT, -signal.SIGSEGV)
        if "failed" in last and not memory_ran_out and far is None:
            message = str(last.get("message", "")).lower()
            locked = last["failed"] == "PasswordError" or "password" in message or "encrypt" in message
            return _stop(LOCKED if locked else BROKEN)
        if far is None and not self._late:
            far = self._far_cell()
        if far is not None:
            sheet, cell = far
            where = f"工作表“{sheet}”的" if sheet else ""
            return _stop(
                f"{where}单元格 {cell} 有内容，远在表格之外，使工作表大得无法读取。"
                "请选中表格以外的行和列，删除后保存，再上传。",
                sheet or None,
                cell,
            )
        if self._late or code == -signal.SIGXCPU:
            return _stop(
                f"读取超过 {limits.seconds} 秒仍未完成，已停止。请删去无关的工作表、空行和格式，或分成几个文件。"
            )
        if memory_ran_out or code == -signal.SIGKILL:
            return _stop(
                f"读取所需内存超过 {limits.memory_bytes >> 20} MB，已停止。"
                "常见原因是表格下方或右侧很远处有多余的内容。请删去表格以外的行和列，或分成几个文件。"
            )
        return _stop(BROKEN)

    def _far_cell(self) -> list[str] | None:
        """Look for a cell far outside the table, which would explain why reading failed; in a child of its own.

        Gives its sheet and its name, or None.
        """
        if self._found.kind is not FileKind.XLSX:
            return None
        process = self._started("far", "")
        try:
            said, _ = process.communicate(timeout=_SECOND_LOOK_SECONDS)
            far: list[str] | None = json.loads(said)["far"]
            return far
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            return None
        finally:
            process.kill()
            process.communicate()

    def _beyond_limit(self, limit: str, sheet: str, cell: str) -> Fault:
        """Give the sentence for a limit that the child met at a cell."""
        limits = self._limits
        place = f"工作表“{sheet}”的 {cell} 单元格"
        sentences = {
            "rows": f"有内容的行超过 {limits.rows} 行（到{place}为止）。请分成几个文件。",
            "columns": f"{place}有内容，超过了 {limits.columns} 列的上限。请删去表格右侧多余的内容。",
            "characters": f"{place}的文字超过 {limits.cell_characters} 个字符。请把长文字移到附件。",
            "merges": f"工作表“{sheet}”的合并单元格太多。请取消不必要的合并。",
        }
        return _stop(sentences[limit], sheet, cell)


def _no_text_table(last: dict[str, Any], limits: Limits) -> str:
    """Give the sentence for a text file that is no table."""
    line = last["line"]
    near = f"（“{last['near']}”之后）" if last["near"] else ""
    mend = "请用 Excel 或 WPS 打开，核对内容后“另存为”Excel 工作簿（.xlsx），再上传。"
    return {
        "encoding": f"第 {line} 行{near}的编码与其余部分不一致：既不全是 UTF-8，也不全是 GB18030（GBK），"
        f"文件可能由几份拼成，或已损坏。{mend}",
        "nul": f"第 {line} 行{near}有空字符（NUL），文本表格里不会有，文件可能已损坏，或不是表格。{mend}",
        "line": f"第 {line} 行长得不像表格的一行（超过 400 万字）。请检查是否选错了文件；{SAVE_AS}",
        "quote": f'第 {line} 行起英文引号（"）没有成对，或者有一格超过 {limits.cell_characters} 个字符，'
        f"分不清各格。{mend}",
        "prose": f"这是文字，不是表格：没有用逗号、制表符或分号分成几列。请上传 {TAKEN} 格式的清单。",
    }[last["text"]]
