"""Paper: a document becomes a PDF, in a child process with limits; the ledger never waits for it holding a lock.

Documents are pages of our own templates (`templates/paper`), filled with escaped text and nothing else. Fonts are
the six bundled ones, so that paper looks alike on every machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ROOT = Path(__file__).resolve().parents[3]
FONTS = _ROOT / "data" / "fonts"
TEMPLATES = _ROOT / "templates" / "paper"
_SCRIPT = Path(__file__).with_name("printing_process.py")

MEMORY = 1 << 30
"""Bytes of address space that the printing process may take; it fills less than a third of it."""

SECONDS = 120
"""Seconds that printing may take; a bulletin of 285 projects takes about two."""

_DOCUMENTS_OF_A_PROCESS = 20
"""After so many a new process prints on: what the layout holds on to goes with the old one."""

_INTERRUPTED = "排版没有完成（内存不够、时间太长或文字过于复杂），台账没有改动。请缩小范围或缩短过长的文字，再试一次。"
_FAILED = "排版没有完成（{}），台账没有改动。请再试一次；仍不成功请联系系统管理员。"
_TOO_MUCH = ("MemoryError", "RecursionError")


class NotPrintedError(Exception):
    """A document was not printed; the message is the sentence for whoever asked. The ledger is as it was."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed document: the PDF's bytes and how many pages it has."""

    content: bytes
    pages: int


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader([TEMPLATES, TEMPLATES.parent]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def filled(template: str, said: Mapping[str, Any]) -> str:
    """Give a template of paper filled with what it says; every text is escaped."""
    return _environment().get_template(template).render(said)


@cache
def style_of(name: str) -> str:
    """Give a style sheet of paper by its file's name."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


class Press:
    """Prints documents one after the other, in a child process that stays for the next until the press is closed.

    Starting the process takes a second, which only the first document waits for. `process` is the child, None before
    the first document and after one that failed.
    """

    def __init__(self) -> None:
        """Begin without a process; the first document, or `warm`, starts one."""
        self.process: subprocess.Popen[bytes] | None = None
        self._documents = 0

    def __enter__(self) -> Press:
        """Give the press."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def warm(self) -> None:
        """Start the process, which reads what it needs while something else is done."""
        if self.process is None:
            # No font of this machine: a letter that the six do not have shall look missing everywhere.
            surroundings = {**os.environ, "FONTCONFIG_FILE": str(FONTS / "fonts.conf")}
            self._documents = 0
            self.process = subprocess.Popen(
                [sys.executable, "-I", str(_SCRIPT), str(FONTS), str(MEMORY)], env=surroundings,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            with self.process:
                self.process = None

    def print(self, page: str, style: str, *, tagged: bool = False, seconds: int = SECONDS) -> Printed:
        """Print a page of HTML. Raises NotPrintedError where it takes too long, too much memory, or ends otherwise.

        `tagged` adds the structure that screen readers follow (PDF/UA), at about a fifth more time.
        """
        self.warm()
        process = self.process
        assert process is not None  # noqa: S101 - just started
        request = json.dumps({"page": page, "style": style, "tagged": tagged, "seconds": seconds}).encode()
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            printed = _asked(process, request + b"\n")
        except NotPrintedError:
            self.close()
            if late.is_set():
                raise NotPrintedError(
                    f"排版超过 {seconds} 秒，已停止，台账没有改动。请缩小范围或缩短过长的文字，再试一次。"
                ) from None
            raise
        finally:
            timer.cancel()
        self._documents += 1
        if self._documents >= _DOCUMENTS_OF_A_PROCESS:
            self.close()
        return printed


def _asked(process: subprocess.Popen[bytes], request: bytes) -> Printed:
    """Hand a request over and take what is printed. Raises NotPrintedError."""
    assert process.stdin is not None  # noqa: S101 - it was asked for as a pipe
    assert process.stdout is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(request)
        process.stdin.flush()
    try:
        said = json.loads(process.stdout.readline())
    except ValueError:
        raise NotPrintedError(_INTERRUPTED) from None
    if "pages" not in said:
        raise NotPrintedError(_INTERRUPTED if said["failed"] in _TOO_MUCH else _FAILED.format(said["failed"]))
    content = process.stdout.read(said["size"])
    if len(content) != said["size"]:
        raise NotPrintedError(_FAILED.format("程序中断"))
    return Printed(content, said["pages"])


def print_paper(
    page: str, style: str, *, tagged: bool = False, seconds: int = SECONDS, press: Press | None = None
) -> Printed:
    """Print a page of HTML, in a process of its own where no `press` is given. Raises NotPrintedError as `Press`."""
    if press is not None:
        return press.print(page, style, tagged=tagged, seconds=seconds)
    with Press() as own:
        return own.print(page, style, tagged=tagged, seconds=seconds)
