"""Marked workbook: the sender's own file given back, with every fault filled, commented and listed in its place.

An .xlsx keeps whatever is not marked; what can hold no marks (.xls, .ods, .csv) comes back as an .xlsx of its values.
The marks themselves are put in by a child process, `tracker.exchange.marking.marking_process`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tracker.exchange.reading import workbook_look
from tracker.exchange.reading.file_errors import reason_of
from tracker.exchange.reading.workbooks import PAGE_LIMITS, Limits
from tracker.model.faults import SEVERITY_WORDS, Fault
from tracker.model.fields import FIELD

# Isolated from the surroundings, the child finds nothing of the program by itself.
_START = (
    f"import sys; sys.path.append({str(Path(__file__).resolve().parents[3])!r}); "
    "from tracker.exchange.marking.marking_process import main; main(sys.argv[1:])"
)
_TIMES_AS_LONG = 3
"""How much longer than reading marking may work: the same file is read, and written."""
_WAITED_FOR = 2
"""How much longer than it may work it is waited for, where other work goes on beside it."""


class MarkingError(Exception):
    """The marks could not be put in; the message is a Chinese sentence. No file was written."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What came of marking: the name of the sheet that lists the faults, and how many cells are marked."""

    sheet: str
    cells: int


def mark_workbook(
    source: Path, target: Path, faults: Sequence[Fault], *, name: str = "", limits: Limits = PAGE_LIMITS
) -> Marked:
    """Write a sender's file, marked, to `target`, which is replaced when all of it stands.

    `name` is what the sender calls the file. Raises MarkingError, ValueError where there are no faults.
    """
    if not faults:
        raise ValueError("nothing to mark")
    name = name or source.name
    try:
        with tempfile.TemporaryDirectory(prefix=".marking-", dir=target.parent) as folder:
            unfinished = Path(folder) / "marked.xlsx"
            workbook, names = _as_workbook(source, Path(folder), limits, name)
            wish = {"file": name, "faults": [_told(fault, names) for fault in faults]}
            answer = _marked(workbook, unfinished, wish, limits)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.replace(target)
    except OSError as error:
        raise MarkingError(f"标注没有做成：文件没有写成（{reason_of(error)}），请核对权限和磁盘空间后再试。") from error
    return Marked(str(answer["sheet"]), int(str(answer["cells"])))


def _as_workbook(source: Path, folder: Path, limits: Limits, name: str) -> tuple[Path, Mapping[str, str]]:
    """Give the .xlsx to be marked, and the names of its sheets that differ from the sender's."""
    try:
        with source.open("rb") as file:
            found = workbook_look.look(file, source.stat().st_size, limits, name)
    except OSError as error:
        raise MarkingError(f"标注没有做成：打不开原来的文件（{reason_of(error)}）。") from error
    if isinstance(found, str):
        raise MarkingError(f"标注没有做成：{found}")
    if found.kind is workbook_look.FileKind.XLSX:
        return source, {}
    from tracker.exchange.marking.plain_copy import copy_plainly  # noqa: PLC0415  # few files are none: they need not wait for it

    copied = copy_plainly(source, folder / "copy.xlsx", limits, name)
    if isinstance(copied, Fault):
        raise MarkingError(f"标注没有做成：{copied.message}")
    return folder / "copy.xlsx", copied


def _told(fault: Fault, names: Mapping[str, str]) -> dict[str, str]:
    sheet = fault.sheet or ""
    return {
        "severity": fault.severity.value,
        "word": SEVERITY_WORDS[fault.severity],
        "sheet": names.get(sheet, sheet),
        "cell": fault.cell or "",
        "heading": FIELD[fault.field].heading if fault.field in FIELD else "",
        "said": fault.said or "",
        "sentence": fault.sentence,
    }


def _marked(source: Path, target: Path, wish: Mapping[str, object], limits: Limits) -> dict[str, object]:
    """Let the child mark a workbook. Raises MarkingError where it does not end as it should."""
    seconds = limits.seconds * _TIMES_AS_LONG
    numbers = (limits.memory_bytes, seconds, limits.unpacked_bytes)
    command = [sys.executable, "-I", "-X", "utf8", "-c", _START, str(source.absolute()), str(target.absolute())]
    try:
        done = subprocess.run(
            [*command, *map(str, numbers)], input=json.dumps(wish).encode(), capture_output=True,
            timeout=seconds * _WAITED_FOR,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise MarkingError(
            f"标注没有做成：写了 {seconds * _WAITED_FOR} 秒仍未完成，已停止。"
            "请按列出的问题逐条修改，或删去文件里无关的工作表和格式后再试。"
        ) from error
    answer: dict[str, object] = {}
    with suppress(ValueError, IndexError):
        answer = json.loads(done.stdout.splitlines()[-1])
    if "sheet" not in answer:
        raise MarkingError(
            "标注没有做成：这个文件的内部结构特殊，写不进标注。请按列出的问题逐条修改；"
            "或者用 Excel 或 WPS 打开，另存为 .xlsx 后再试。"
        )
    return answer
