"""Paper: a document becomes a PDF, in a child process with limits; the ledger never waits for it holding a lock.

Documents are pages of our own templates (`templates/paper`), filled with escaped text and nothing else. Fonts are
the six bundled ones, so that paper looks alike on every machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ROOT = Path(__file__).resolve().parents[2]
FONTS = _ROOT / "data" / "fonts"
TEMPLATES = _ROOT / "templates" / "paper"
_SCRIPT = Path(__file__).with_name("paper_process.py")

MEMORY = 1 << 30
"""Bytes of address space that printing may take; a bulletin of 285 projects takes a third of it."""

SECONDS = 120
"""Seconds that printing may take; a bulletin of 285 projects takes about five."""


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
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def filled(template: str, said: Mapping[str, Any]) -> str:
    """Give a template of paper filled with what it says; every text is escaped."""
    return _environment().get_template(template).render(said)


@cache
def style_of(name: str) -> str:
    """Give a style sheet of paper by its file's name."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def print_paper(page: str, style: str, *, tagged: bool = False, seconds: int = SECONDS) -> Printed:
    """Print a page of HTML. Raises NotPrintedError where it takes too long, too much memory, or ends otherwise.

    `tagged` adds the structure that screen readers follow (PDF/UA), at about a fifth more time.
    """
    request = json.dumps({"page": page, "style": style, "tagged": tagged}).encode()
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(_SCRIPT), str(FONTS), str(MEMORY), str(seconds)],
            input=request, capture_output=True, timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise NotPrintedError(
            f"排版超过 {seconds} 秒，已停止，台账没有改动。请缩小范围或缩短过长的文字，再试一次。"
        ) from error
    line, _, content = ended.stdout.partition(b"\n")
    try:
        said = json.loads(line)
    except ValueError as error:
        raise NotPrintedError(
            "排版没有完成（内存不够或时间太长），台账没有改动。请缩小范围或缩短过长的文字，再试一次。"
        ) from error
    if "pages" not in said:
        raise NotPrintedError(f"排版没有完成（{said['failed']}），台账没有改动。请再试一次；仍不成功请联系系统管理员。")
    return Printed(content, said["pages"])
