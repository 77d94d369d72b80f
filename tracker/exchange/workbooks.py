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
from pathlib import Path
from typing import TypeAlias

from tracker.exchange import workbook_look
from tracker.exchange.workbook_look import Limits, Part
from tracker.model.faults import Fault, Severity

__all__ = [
    "COMMAND_LIMITS",
    "PAGE_LIMITS",
    "Cell",
    "Limits",
    "Merge",
    "ReadingProcess",
    "Sheet",
    "cell_name",
    "column_letters",
    "start_reading",
]

Cell: TypeAlias = (
    str | int | float | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta | None
)
"""What a cell holds; None where it is blank."""

PAGE_LIMITS = Limits(10_000_000, 60_000_000, 500, 20_000, 200, 32_767, 512 << 20, 5)
"""What may be uploaded on a page."""

COMMAND_LIMITS = Limits(100_000_000, 300_000_000, 2_000, 120_000, 200, 32_767, 2 << 30, 120)
"""What may be read at the command line, where nobody waits and the machine is one's own."""

_SCRIPT = Path(__file__).with_name("workbook_process.py")


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


def _decoded(mapping: dict[str, object]) -> object:
    """Turn the child's form of a date, time or duration back; other mappings stay as they are."""
    if len(mapping) == 1:
        for key, value in mapping.items():
            if key == "d":
                return datetime.date.fromisoformat(str(value))
            if key == "m":
                return datetime.datetime.fromisoformat(str(value))
            if key == "t":
                return datetime.time.fromisoformat(str(value))
            if key == "s":
                return datetime.timedelta(microseconds=int(str(value)))
    return mapping


_DECODE = json.JSONDecoder(object_hook=_decoded).raw_decode


def start_reading(path: Path, limits: Limits = PAGE_LIMITS) -> ReadingProcess:
    """Look at a file and, where it may be read, start reading it; the caller goes on meanwhile.

    Raises nothing for any file: what is wrong comes from `ReadingProcess.sheets`.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return ReadingProcess(path, limits, _stop(f"“{path.name}”不是文件。请给出一个 .xlsx 或 .xls 工作簿。"))
        with path.open("rb") as file:
            found = workbook_look.look(file, status.st_size, limits)
    except (FileNotFoundError, NotADirectoryError):
        return ReadingProcess(path, limits, _stop(f"找不到文件“{path}”。请检查路径和文件名。"))
    except (OSError, ValueError):
        return ReadingProcess(path, limits, _stop(f"无法打开文件“{path}”。请检查读取权限，或复制一份后再试。"))
    return ReadingProcess(path, limits, _stop(found) if isinstance(found, str) else found)


class ReadingProcess:
    """A workbook being read by a child process.

    Made by `start_reading`. `sheets` gives the result once; `stop` ends a reading nobody waits for.
    The child is killed when its time is up, whether or not anybody waits.
    """

    def __init__(self, path: Path, limits: Limits, found: list[Part] | Fault) -> None:
        """Start the child on a file whose parts were looked at, or hold the fault found with it."""
        self._path, self._limits = path, limits
        self._parts: list[Part] = []
        self._late = False
        self._taken = False
        self._process: subprocess.Popen[bytes] | None = None
        self._fault: Fault | None = None
        if isinstance(found, Fault):
            self._fault = found
            return
        self._parts = found
        rows = limits.rows + workbook_look.ROWS_AROUND
        numbers = (limits.memory_bytes, limits.seconds, rows, limits.columns, limits.cell_characters)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(_SCRIPT), str(path.absolute()), *map(str, numbers)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._timer = self._started_timer(self._process)

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
            # The child needs longer to load the file than the parent to look through it for error cells.
            errors = self._error_cells()
            result = self._received(process)
            if errors and not isinstance(result, Fault):
                _place_errors(result, errors, self._limits)
            return result
        finally:
            self.stop()

    def _error_cells(self) -> dict[str, dict[tuple[int, int], str]]:
        """Find the error cells, by sheet name; calamine reads them as blanks."""
        with self._path.open("rb") as file:
            by_part = workbook_look.error_cells(file, self._parts)
            names = workbook_look.sheet_parts(file, self._parts) if by_part else {}
        return {sheet: by_part[part] for sheet, part in names.items() if part in by_part}

    def _received(self, process: subprocess.Popen[bytes]) -> list[Sheet] | Fault:
        """Take the child's lines until it ends."""
        sheets: list[Sheet] = []
        rows: list[tuple[int, list[Cell]]] = []
        size = 0
        for line in process.stdout or ():
            size += len(line)
            if size > self._limits.unpacked_bytes:
                return _stop(
                    f"工作簿的文字合计超过 {self._limits.unpacked_bytes // 1_000_000} MB，无法读取。"
                    "请删去无关的列和工作表，或分成几个文件。"
                )
            try:
                value, _ = _DECODE(line.decode("utf-8"))
            except ValueError:  # the child died in the middle of a line
                break
            if isinstance(value, list):
                rows.append((value[0], value[1]))
            elif "sheet" in value and "merges" in value:
                rows = []
                sheets.append(Sheet(value["sheet"], rows, [Merge(*m) for m in value["merges"]], value["visible"]))
            elif "complete" in value:
                return sheets
            else:
                return self._explained(value, None)
        process.wait()
        return self._explained({}, process.returncode)

    def _explained(self, last: dict[str, str], code: int | None) -> Fault:
        """Give the sentence for a reading that did not complete, from the child's last line or its end."""
        limits = self._limits
        sheet, cell = last.get("sheet"), last.get("cell")
        place = f"工作表“{sheet}”的 {cell} 单元格"
        if "limit" in last:
            sentences = {
                "rows": f"有内容的行超过 {limits.rows} 行（到{place}为止）。请分成几个文件。",
                "columns": f"{place}有内容，超过了 {limits.columns} 列的上限。请删去表格右侧多余的内容。",
                "characters": f"{place}的文字超过 {limits.cell_characters} 个字符。请把长文字移到附件。",
                "merges": f"工作表“{sheet}”的合并单元格太多。请取消不必要的合并。",
            }
            return _stop(sentences[last["limit"]], sheet, cell)
        memory_ran_out = last.get("failed") == "MemoryError" or code in (-signal.SIGABRT, -signal.SIGSEGV)
        if "failed" in last and not memory_ran_out:
            message = last.get("message", "").lower()
            locked = last["failed"] == "PasswordError" or "password" in message or "encrypt" in message
            return _stop(workbook_look.LOCKED if locked else workbook_look.BROKEN)
        with self._path.open("rb") as file:
            far = workbook_look.far_cell(file, self._parts, limits)
        if far is not None:
            return _stop(
                f"单元格 {far} 有内容，远在表格之外，使工作表大得无法读取。"
                "请选中表格以外的行和列，删除后保存，再上传。",
                cell=far,
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
        return _stop(workbook_look.BROKEN)


def _place_errors(sheets: list[Sheet], errors: dict[str, dict[tuple[int, int], str]], limits: Limits) -> None:
    """Write the texts of error cells where calamine left blanks."""
    for sheet in sheets:
        rows = dict(sheet.rows)
        for (row, column), text in errors.get(sheet.name, {}).items():
            if column <= limits.columns:
                cells = rows.setdefault(row, [])
                cells.extend([None] * (column - len(cells)))
                if cells[column - 1] is None:
                    cells[column - 1] = text
        if len(rows) > len(sheet.rows):
            sheet.rows[:] = sorted(rows.items())
