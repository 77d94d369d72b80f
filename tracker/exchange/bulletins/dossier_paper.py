"""Dossier of one project on paper (一工程一档案): facts, dates against plan, months, photos, problems, history."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.exchange.drawing.dossier_picture import CoursePicture, picture_of
from tracker.exchange.paper.tables import cell_text
from tracker.exchange.paper.text import printable
from tracker.exchange.tables.asking import Asked
from tracker.exchange.tables.dossier import dossier_tables
from tracker.exchange.writing.printed_table import DEMONSTRATION, PrintedTable
from tracker.ledger.attachments import Attachment, attachment_path, attachments_of
from tracker.ledger.histories import history_of
from tracker.model.months import chinese_month

MOST_PHOTOS = 6
_SIDE = 900
"""Pixels of a photo's longer side on paper: 80 mm at 285 dots an inch."""
_MOST_PIXELS = 25_000_000
_LONGEST_TEXT = 2_000
_MOST_LINES = 120


@dataclass(frozen=True, slots=True)
class SmallTable:
    """One part of a dossier as printed; its lines hold (text, whether it is a number)."""

    key: str
    name: str
    heads: tuple[str, ...]
    lines: tuple[tuple[tuple[str, bool], ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DossierPage:
    """What a dossier on paper holds; `photos` are (address with the picture in it, words)."""

    title: str
    name: str
    said: str
    tables: tuple[SmallTable, ...]
    picture: CoursePicture | None
    photos: tuple[tuple[str, str], ...]
    more_photos: int
    demonstration: bool


def dossier_page(asked: Asked) -> DossierPage:
    """Gather a project's dossier at a month. Raises UnknownError where the project was not known by then."""
    tables = dossier_tables(asked)
    history = history_of(asked.ledger, asked.programme, asked.project)
    states = history.until(asked.month)
    held = attachments_of(asked.ledger, asked.programme.key, None, [asked.project])
    pictures = [each for each in held if each.is_picture and each.month <= asked.month]
    latest = sorted(pictures, key=lambda each: (each.month, each.sequence), reverse=True)
    photos = _photos(asked, latest[:MOST_PHOTOS])
    return DossierPage(
        title=tables[0].title.removesuffix(f"（{DEMONSTRATION}）"),
        name=printable(str(states[-1].values.get("name", "")))[:200],
        said=tables[0].said,
        tables=tuple(_small(table) for table in tables),
        picture=picture_of(history, states),
        photos=photos,
        more_photos=len(latest) - len(photos),
        demonstration=tables[0].demonstration,
    )


def _small(table: PrintedTable) -> SmallTable:
    kept = [at for at, column in enumerate(table.columns) if column.on_paper]
    heads = tuple(
        table.columns[at].heading + (f"（{table.columns[at].unit}）" if table.columns[at].unit else "") for at in kept
    )
    lines = tuple(
        tuple((printable(cell_text(line.cells[at]))[:_LONGEST_TEXT], isinstance(line.cells[at].value, int | float))
              for at in kept)
        for line in list(table.lines)[:_MOST_LINES]
    )  # fmt: skip
    left_out = len(table.lines) - len(lines)
    notes = (*table.notes, *([f"另有 {left_out} 行见台账。"] if left_out > 0 else []))
    return SmallTable(table.key, table.name, heads, lines, notes)


def _photos(asked: Asked, attachments: Sequence[Attachment]) -> tuple[tuple[str, str], ...]:
    from PIL import Image  # noqa: PLC0415 - only photos need it

    photos = []
    for attachment in attachments:
        # A photo that is lost or damaged is told by `check`; the dossier goes without it.
        with contextlib.suppress(OSError, ValueError, Image.DecompressionBombError):
            content = attachment_path(asked.ledger, attachment.sha256).read_bytes()
            taken = f"，拍摄于 {attachment.taken_at[:10]}" if attachment.taken_at else ""
            photos.append(
                (_address(content), f"{chinese_month(attachment.month)}　{printable(attachment.name)}{taken}")
            )
    return tuple(photos)


def _address(content: bytes) -> str:
    """Give a photo, no larger than paper shows, as an address that holds it."""
    from PIL import Image  # noqa: PLC0415

    with Image.open(io.BytesIO(content)) as photo:
        if photo.width * photo.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        small = photo.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    made = io.BytesIO()
    small.save(made, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(made.getvalue()).decode()}"
