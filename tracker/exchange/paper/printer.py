"""Paper: a document becomes a PDF, in child processes with limits; the ledger never waits for it holding a lock.

Documents are pages of our own templates (`templates/paper`), filled with escaped text and nothing else. Fonts are
the six bundled ones, so that paper looks alike on every machine. A long document is drawn in parts, by two child
processes at once; parts that were drawn before are taken from a folder where the caller names one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ROOT = Path(__file__).resolve().parents[3]
FONTS = _ROOT / "data" / "fonts"
TEMPLATES = _ROOT / "templates" / "paper"
_SCRIPT = Path(__file__).with_name("printing_process.py")

MEMORY = 1 << 30
"""Bytes of address space that a printing process may take; it fills less than a third of it."""

SECONDS = 120
"""Seconds that printing may take; a bulletin of 285 projects takes about three."""

PROCESSES = 2
"""Child processes at once, where there is enough to print."""

KEPT_BYTES = 64 << 20
"""What the folder of drawn parts may hold; the oldest parts go first."""

_WORTH_A_PROCESS = 600
"""Weight (about cells) below which starting a second process takes longer than it saves."""

_SEAL = 32


class NotPrintedError(Exception):
    """A document was not printed; the message is the sentence for whoever asked. The ledger is as it was."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed document: the PDF's bytes and how many pages it has."""

    content: bytes
    pages: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a document to be drawn by itself: a page of HTML, and how heavy it is, in about cells."""

    page: str
    weight: int = 1


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


def print_paper(page: str, style: str, *, tagged: bool = False, seconds: int = SECONDS) -> Printed:
    """Print a page of HTML. Raises NotPrintedError where it takes too long, too much memory, or ends otherwise.

    `tagged` adds the structure that screen readers follow (PDF/UA), at about a fifth more time.
    """
    (printed,) = print_parts([Part(page)], style, tagged=tagged, seconds=seconds)
    return printed


def print_parts(
    parts: Sequence[Part],
    style: str,
    *,
    tagged: bool = False,
    seconds: int = SECONDS,
    folder: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> list[Printed]:
    """Print parts, each a PDF of its own, in their order. Raises NotPrintedError as `print_paper`.

    `folder` keeps what was drawn; `progress` is told (done, of how many) from whichever thread got that far;
    `meanwhile` is called while the processes draw.
    """
    found: dict[int, Printed] = {}
    names = [_name_of(part, style, tagged=tagged) for part in parts]
    if folder is not None:
        found = {at: kept for at, name in enumerate(names) if (kept := _kept(folder / name)) is not None}
    counting = threading.Lock()

    def drawn(at: int, printed: Printed) -> None:
        with counting:
            found[at] = printed
            if progress is not None:
                progress(len(found), len(parts))

    missing = [at for at in range(len(parts)) if at not in found]
    _draw(parts, missing, style, tagged=tagged, seconds=seconds, drawn=drawn, meanwhile=meanwhile)
    if folder is not None and missing:
        _keep(folder, {names[at]: found[at] for at in missing})
    return [found[at] for at in range(len(parts))]


def _draw(
    parts: Sequence[Part], missing: Sequence[int], style: str, *, tagged: bool, seconds: int,
    drawn: Callable[[int, Printed], None], meanwhile: Callable[[], None] | None,
) -> None:  # fmt: skip
    """Draw the parts that are missing, in as many processes as they are worth."""
    whole = sum(parts[at].weight for at in missing)
    shares: list[list[int]] = [[] for _ in range(PROCESSES if whole > _WORTH_A_PROCESS and len(missing) > 1 else 1)]
    loads = [0] * len(shares)
    for at in sorted(missing, key=lambda each: -parts[each].weight):
        lightest = loads.index(min(loads))
        shares[lightest].append(at)
        loads[lightest] += parts[at].weight
    until = time.monotonic() + seconds
    works = [_Work(parts, share, style, tagged, seconds, drawn) for share in shares if share]
    for work in works:
        work.start()
    if meanwhile is not None:
        meanwhile()
    for work in works:
        work.join(max(0.0, until - time.monotonic()))
    late = [work for work in works if work.is_alive()]
    failed = [work.failed for work in works if work.failed]
    if late or failed:
        for work in works:
            work.stop()
        if failed and not late:
            raise NotPrintedError(failed[0])
        raise NotPrintedError(f"排版超过 {seconds} 秒，已停止，台账没有改动。请缩小范围或缩短过长的文字，再试一次。")


class _Work(threading.Thread):
    """One child process and the parts it draws; `failed` is the sentence when it did not draw them all."""

    def __init__(
        self, parts: Sequence[Part], share: Sequence[int], style: str, tagged: bool, seconds: int,
        drawn: Callable[[int, Printed], None],
    ) -> None:  # fmt: skip
        super().__init__(daemon=True)
        self.share, self.drawn, self.failed = share, drawn, ""
        pages = [parts[at].page for at in share]
        self.request = json.dumps({"pages": pages, "style": style, "tagged": tagged}).encode()
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(_SCRIPT), str(FONTS), str(MEMORY), str(seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self) -> None:
        """Hand the request over and take what is drawn, part by part."""
        with self.process as process:
            assert process.stdin is not None  # noqa: S101 - it was asked for as a pipe
            assert process.stdout is not None  # noqa: S101
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(self.request)
                process.stdin.close()
            for at in self.share:
                try:
                    said = json.loads(process.stdout.readline())
                except ValueError:
                    self.failed = (
                        "排版没有完成（内存不够或时间太长），台账没有改动。请缩小范围或缩短过长的文字，再试一次。"
                    )
                    return
                if "pages" not in said:
                    self.failed = (
                        f"排版没有完成（{said['failed']}），台账没有改动。请再试一次；仍不成功请联系系统管理员。"
                    )
                    return
                content = process.stdout.read(said["size"])
                if len(content) != said["size"]:
                    self.failed = "排版没有完成（程序中断），台账没有改动。请再试一次；仍不成功请联系系统管理员。"
                    return
                self.drawn(at, Printed(content, said["pages"]))

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.join()


@cache
def _printer() -> bytes:
    """Give what, beside page and style, makes a part look as it does: the fonts and the printing process."""
    said = [f"{path.name} {path.stat().st_size}" for path in sorted(FONTS.iterdir())]
    return hashlib.sha256("\n".join(said).encode() + _SCRIPT.read_bytes()).digest()


def _name_of(part: Part, style: str, *, tagged: bool) -> str:
    """Give the name under which a part is kept: it says all that the part is made of."""
    whole = json.dumps([part.page, style, tagged]).encode()
    return f"{hashlib.sha256(_printer() + whole).hexdigest()}.part"


def _kept(path: Path) -> Printed | None:
    """Give a part that was kept; None where there is none, or not all of it."""
    try:
        held = path.read_bytes()
    except OSError:
        return None
    seal, pages, content = held[:_SEAL], held[_SEAL : _SEAL + 4], held[_SEAL + 4 :]
    if hashlib.sha256(pages + content).digest() != seal:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return Printed(content, int.from_bytes(pages, "big"))


def _keep(folder: Path, drawn: Mapping[str, Printed]) -> None:
    """Keep parts, and let the oldest go. What the disk refuses is drawn again another time."""
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, printed in drawn.items():
            held = printed.pages.to_bytes(4, "big") + printed.content
            unfinished = folder / f".{secrets.token_hex(8)}.unfinished"
            unfinished.write_bytes(hashlib.sha256(held).digest() + held)
            unfinished.replace(folder / name)
        used = 0
        ages = sorted(((path.stat().st_mtime, path) for path in folder.iterdir()), reverse=True)
        for _, path in ages:
            used += path.stat().st_size
            if used > KEPT_BYTES:
                path.unlink(missing_ok=True)
