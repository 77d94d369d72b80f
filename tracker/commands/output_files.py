"""Output files: where a verb is told to write, looked at before the work, and written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tracker.commands.requests import UnusableError
from tracker.exchange.reading.file_errors import reason_of


def checked_ending(file: Path, endings: Sequence[str], example: str) -> str:
    """Give a file's ending in small letters. Raises UnusableError where it is none of the endings, or no file to write.

    `example` is a file name for the sentence that says what is expected.
    """
    ending = file.suffix.lower()
    if ending not in endings:
        expected = "、".join(endings[:-1]) + f" 或 {endings[-1]}" if len(endings) > 1 else endings[0]
        raise UnusableError(f"“{file}”应以 {expected} 结尾，例如 {example}。")
    if not file.parent.is_dir():
        raise UnusableError(f"没有“{file.parent}”这个文件夹，请先建立它，或换一个位置。")
    if file.is_dir():
        raise UnusableError(f"“{file}”是一个文件夹，请写文件名，例如 {file / example}。")
    return ending


def write_whole(file: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place and then put it there: whoever has the old one open keeps a whole file.

    Raises UnusableError with the reason where it cannot be written.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.writing")
    try:
        write(unfinished)
        unfinished.replace(file)
    except OSError as error:
        raise UnusableError(f"“{file}”没有写成（{reason_of(error)}），请核对文件夹的权限和磁盘空间。") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
