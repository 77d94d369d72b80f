"""Attachment reading: from the bytes that somebody sent to what may be kept: photos made anew, papers as they are.

What a file is, its first bytes say; its name and what the browser calls it count for nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tracker.ledger.handle import RefusedError

LARGEST_FILE = 10_000_000
"""The most bytes an attachment may have as it is sent."""

MOST_PIXELS = 25_000_000
"""The most pixels of a photo: what phones take in their usual setting stays below it."""

_MEMORY = 1 << 30
_SECONDS = 15
_SCRIPT = Path(__file__).with_name("picture_process.py")
_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PAPER = "application/pdf"
_EXPECTED = "请传照片（JPEG、PNG、WebP）或 PDF 文件"


class AttachmentRefusedError(RefusedError):
    """A file that cannot be attached; its text is a Chinese sentence that says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be kept: its media type, its bytes, and the time that a photo itself gives (ISO form)."""

    media_type: str
    content: bytes
    taken_at: str | None = None


def prepare(content: bytes, name: str) -> Prepared:
    """Give what is to be kept of a file. Raises AttachmentRefusedError; `name` stands in its sentence."""
    if not content:
        raise AttachmentRefusedError(f"“{name}”是空文件。{_EXPECTED}。")
    if len(content) > LARGEST_FILE:
        raise AttachmentRefusedError(
            f"“{name}”有 {len(content) / 1_000_000:.1f} MB，一个附件最多 {LARGEST_FILE // 1_000_000} MB，请压缩后再传。"
        )
    if content.startswith(b"%PDF-"):
        return Prepared(PAPER, content)
    kind = _kind_of(content)
    if kind is None:
        if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypavif"):
            raise AttachmentRefusedError(
                f"“{name}”是 HEIC 照片，多数电脑打不开。"
                "请在手机上改存为 JPEG（苹果手机：设置、相机、格式、兼容性最佳）再传。"
            )
        raise AttachmentRefusedError(f"“{name}”不是照片，也不是 PDF。{_EXPECTED}。")
    return _made_anew(content, kind, name)


def _kind_of(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    return None


def _made_anew(content: bytes, kind: str, name: str) -> Prepared:
    broken = AttachmentRefusedError(
        f"“{name}”打不开，照片可能没有传完或已损坏。请在手机或电脑上打开看看，重新导出再传。"
    )
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(_SCRIPT), kind, str(_MEMORY), str(_SECONDS), str(MOST_PIXELS)],
            input=content, capture_output=True, timeout=2 * _SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise broken from error
    line, _, made = ended.stdout.partition(b"\n")
    try:
        said = json.loads(line)
    except ValueError as error:
        raise broken from error
    if "too_large" in said:
        width, height = said["too_large"]
        raise AttachmentRefusedError(
            f"“{name}”有 {width}×{height} 像素，一张照片最多 {MOST_PIXELS // 10_000} 万像素，请缩小后再传。"
        )
    if "pixels" not in said or not made:
        raise broken
    return Prepared(_PICTURES[kind], made, said["taken_at"])


@lru_cache(maxsize=512)
def picture_size(path: Path) -> tuple[int, int] | None:
    """Give width and height of a kept photo, from its head alone; None where its file is lost or damaged.

    A file under its own SHA-256 never changes, so that looking once is enough.
    """
    from PIL import Image  # noqa: PLC0415  # takes a while to load, and most pages show no photo

    try:
        with Image.open(path, formats=list(_PICTURES)) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError):
        return None
    return width, height
