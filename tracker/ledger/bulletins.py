"""Bulletins: what was issued, which never changes, and the words of what is still being drawn up.

An issued bulletin is a record in its programme's dossier. Its file, and what it says as programs read it, lie under
their own SHA-256 beside the database, durably before the record that names them is committed. A mistake is mended by
a bulletin of its own that names the one it corrects.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tracker.ledger.attachments import write_durably
from tracker.ledger.drafts import saving_together
from tracker.ledger.handle import Ledger, LedgerError, RefusedError, StorageError, UnknownError
from tracker.ledger.months import Phase, months
from tracker.ledger.originals import is_whole
from tracker.ledger.verifying import Defect
from tracker.ledger.writing import Writing
from tracker.model.months import chinese_month
from tracker.model.places import Place

BULLETINS_NAME = "bulletins"

LONGEST_TITLE = 100
"""Characters of a title at most."""

_NUMBER = re.compile(r"([^\d〔〕\s]{1,20})〔([12]\d{3})〕([1-9]\d{0,4})号")


class DocumentNumber(NamedTuple):
    """A document number (发文字号) taken apart: the office's word, the year, the running number."""

    word: str
    year: int
    running: int

    def __str__(self) -> str:
        """Print it as it stands on paper: `晋水专班通报〔2024〕8号`."""
        return f"{self.word}〔{self.year}〕{self.running}号"


@dataclass(frozen=True, slots=True)
class Issue:
    """What is to be issued: the printed file, what it says (JSON, UTF-8), and what stands in the ledger's record.

    `corrects` is the number of the bulletin that this one corrects, "" for a month's own; `seen` are the versions of
    the words that were printed, by part; None does not look at them.
    """

    month: str
    area: Place
    number: str
    title: str
    signed_on: datetime.date
    content: bytes
    pages: int
    said: bytes
    corrects: str = ""
    reason: str = ""
    seen: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """One issued bulletin: its record's number, who issued it when, and the SHA-256 of its file and of its words.

    `corrects` and `corrected_by` are numbers of other bulletins: the one that this corrects ("" for none), and those
    that correct it.
    """

    sequence: int
    programme: str
    month: str
    area: str
    number: str
    title: str
    signed_on: str
    pages: int
    size: int
    sha256: str
    said_sha256: str
    issued_at: str
    issued_by: str
    reason: str
    corrects: str
    corrected_by: tuple[str, ...]


class WordingPlace(NamedTuple):
    """Which bulletin words belong to: programme, month, area, and the number it corrects ("" for a month's own)."""

    programme: str
    month: str
    area: str
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one part of a bulletin as last saved; `text` is None where the program's own stand again."""

    text: str | None
    version: int
    saved_at: str
    saved_by: str


class WordingConflictError(Exception):
    """Somebody else saved other words meanwhile; `standing` is theirs by part, and nothing was overwritten."""

    def __init__(self, standing: Mapping[str, Wording]) -> None:
        """Take the words that stand, of the parts that differ."""
        super().__init__("、".join(standing))
        self.standing = dict(standing)


def read_number(written: str) -> DocumentNumber:
    """Read a document number as it is written; brackets of other shapes become 〔〕. Raises RefusedError."""
    plain = "".join(written.split()).translate(str.maketrans("[［【(（]］】)）", "〔〔〔〔〔〕〕〕〕〕"))
    match = _NUMBER.fullmatch(plain)
    if match is None:
        raise RefusedError(f"发文字号“{written[:40]}”应写成 机关代字〔年份〕顺序号，例如 晋水专班通报〔2024〕8号。")
    return DocumentNumber(match[1], int(match[2]), int(match[3]))


def next_number(ledger: Ledger, programme: str, area: str, year: int, word: str) -> str:
    """Suggest the next document number of a year: after the last one that bulletins of an area bore.

    `word` is the office's word where none was issued before.
    """
    rows = ledger.connection.execute(
        "SELECT bulletin.number FROM bulletin JOIN record USING (sequence) WHERE record.programme = ? "
        "AND bulletin.area = ? ORDER BY sequence",
        (programme, area),
    )
    borne = [read_number(row["number"]) for row in rows]
    word = borne[-1].word if borne else word
    taken = ledger.connection.execute("SELECT number FROM bulletin WHERE number LIKE ?", (f"{word}〔{year}〕%",))
    last = max((number.running for number in map(read_number, (row["number"] for row in taken))
                if (number.word, number.year) == (word, year)), default=0)  # fmt: skip
    return str(DocumentNumber(word, year, last + 1))


def issue(writing: Writing, programme: str, scope: Place, order: Issue) -> int:
    """Issue a bulletin of a closed month, for good; gives the number of its record.

    `scope` is the area that the issuer stands for. Raises RefusedError for a month that is not closed, an area beyond
    the scope, a number that is taken, a second bulletin that corrects nothing, words that were changed after they were
    printed; StorageError where the disk refuses.
    """
    ledger = writing.ledger
    number = str(read_number(order.number))
    title = " ".join(order.title.split())
    if not order.area.within(scope):
        raise RefusedError(f"{order.area.name}不在您的管理范围（{scope.name}）内，不能印发它的通报。")
    opened = months(ledger, programme).get(order.month)
    if opened is None or opened.phase is not Phase.CLOSED:
        raise RefusedError(f"{chinese_month(order.month)}还没有封账，通报只能看草稿；请先封账再印发。")
    if not title or len(title) > LONGEST_TITLE:
        raise RefusedError(f"请写明标题，不超过 {LONGEST_TITLE} 个字。")
    if _find(ledger, "bulletin.number = ?", number):
        raise RefusedError(f"发文字号“{number}”已经用过，请换一个号。")
    old = _corrected(ledger, programme, order)
    _refuse_other_words(ledger, programme, order)
    row = {
        "area": order.area.code, "number": number, "title": title, "signed_on": order.signed_on.isoformat(),
        "pages": order.pages, "bytes": len(order.content), "sha256": _keep(ledger, order.content),
        "said_sha256": _keep(ledger, order.said),
    }  # fmt: skip
    if old is not None:
        row["corrects"] = old.sequence
    return writing.note_month("bulletin", programme, order.month, {"bulletin": [row]}, order.reason.strip() or None)


def _corrected(ledger: Ledger, programme: str, order: Issue) -> Issued | None:
    """Give the bulletin that an order corrects, None for a month's own. Raises RefusedError."""
    earlier = bulletins_of(ledger, programme, order.month, order.area.code)
    if not order.corrects:
        if earlier:
            raise RefusedError(
                f"{order.area.name}{chinese_month(order.month)}的通报已经印发（{earlier[0].number}），印发后不再改动。"
                "如果有错，请另发更正通报。"
            )
        return None
    for each in earlier:
        if each.number == order.corrects:
            if not order.reason.strip():
                raise RefusedError("请写明更正的理由，例如：附件2中一个县的投资数填报有误。")
            return each
    raise RefusedError(f"{order.area.name}{chinese_month(order.month)}没有印发过“{order.corrects}”，不能更正它。")


def _refuse_other_words(ledger: Ledger, programme: str, order: Issue) -> None:
    if order.seen is None:
        return
    place = WordingPlace(programme, order.month, order.area.code, order.corrects)
    standing = wordings_of(ledger, place)
    if {part: each.version for part, each in standing.items()} != dict(order.seen):
        last = max(standing.values(), key=lambda each: each.saved_at, default=None)
        who = f"（{last.saved_by}，{last.saved_at[:16].replace('T', ' ')}）" if last else ""
        raise RefusedError(f"排版以后通报的文字又有改动{who}，没有印发。请重新看过草稿，再印发。")


def bulletin_path(ledger: Ledger, sha256: str) -> Path:
    """Give the file that holds a content."""
    return ledger.directory / BULLETINS_NAME / sha256[:2] / sha256


def _keep(ledger: Ledger, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    path = bulletin_path(ledger, digest)
    try:
        if not is_whole(path, digest):
            write_durably(path, content)
    except OSError as error:
        raise StorageError(
            f"通报没有存成（{error.strerror or error}），没有印发，台账没有改动；请检查磁盘后再试。"
        ) from error
    return digest


def file_of(ledger: Ledger, issued: Issued) -> bytes:
    """Give an issued bulletin's file, byte for byte. Raises LedgerError where it is no longer what was issued."""
    return _whole(ledger, issued, issued.sha256)


def said_of(ledger: Ledger, issued: Issued) -> bytes:
    """Give what an issued bulletin says, as JSON. Raises LedgerError where it is no longer what was issued."""
    return _whole(ledger, issued, issued.said_sha256)


def _whole(ledger: Ledger, issued: Issued, sha256: str) -> bytes:
    try:
        content = bulletin_path(ledger, sha256).read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise LedgerError(f"{issued.number}的文件不见了或已损坏，请系统管理员从最近的备份里取回。")
    return content


def bulletin_numbered(ledger: Ledger, number: str) -> Issued:
    """Give the issued bulletin of a document number. Raises UnknownError where there is none."""
    try:
        found = _find(ledger, "bulletin.number = ?", str(read_number(number)))
    except RefusedError as error:
        raise UnknownError(str(error)) from error
    if not found:
        raise UnknownError(f"没有印发过“{number[:40]}”，请核对发文字号。")
    return found[0]


def bulletin_of_record(ledger: Ledger, sequence: int) -> Issued:
    """Give the issued bulletin that a record holds. Raises UnknownError where it holds none."""
    found = _find(ledger, "bulletin.sequence = ?", sequence)
    if not found:
        raise UnknownError("这条记录不是通报。")
    return found[0]


def bulletins_of_sum(ledger: Ledger, digits: str) -> list[Issued]:
    """Give the issued bulletins whose file, or whose words, have a SHA-256 that begins with these hex digits."""
    start = digits.lower()
    return _find(ledger, "instr(bulletin.sha256, ?) = 1 OR instr(bulletin.said_sha256, ?) = 1", start, start)


def bulletins_of(
    ledger: Ledger, programme: str, month: str | None = None, area: str | None = None
) -> list[Issued]:  # fmt: skip
    """Give a programme's issued bulletins as they were issued, of one month and area or of all."""
    return _find(
        ledger, "record.programme = ? AND coalesce(?, record.month) = record.month "
        "AND coalesce(?, bulletin.area) = bulletin.area", programme, month, area,
    )  # fmt: skip


def own_bulletin(ledger: Ledger, programme: str, month: str, area: str) -> Issued | None:
    """Give the bulletin of a month and an area that corrects no other; None before it is issued."""
    return next((each for each in bulletins_of(ledger, programme, month, area) if not each.corrects), None)


def _find(ledger: Ledger, condition: str, *bound: object) -> list[Issued]:
    rows = ledger.connection.execute(
        "SELECT bulletin.*, record.programme, record.month, record.recorded_at, record.recorded_by, record.reason, "
        "old.number AS old_number, (SELECT json_group_array(later.number) FROM bulletin AS later "
        "WHERE later.corrects = bulletin.sequence) AS later FROM bulletin JOIN record USING (sequence) "
        f"LEFT JOIN bulletin AS old ON old.sequence = bulletin.corrects WHERE {condition} ORDER BY bulletin.sequence",
        bound,
    ).fetchall()
    return [
        Issued(
            row["sequence"], row["programme"], row["month"], row["area"], row["number"], row["title"],
            row["signed_on"], row["pages"], row["bytes"], row["sha256"], row["said_sha256"], row["recorded_at"],
            row["recorded_by"], row["reason"] or "", row["old_number"] or "", tuple(json.loads(row["later"])),
        )
        for row in rows
    ]  # fmt: skip


def what_is_wrong(ledger: Ledger, sha256: str) -> str:
    """Read a kept content once more, and give what is wrong with it in words; "" where it is what was issued."""
    path = bulletin_path(ledger, sha256)
    try:
        there = path.exists()
        return "" if is_whole(path, sha256) else "与印发时不同，被改动或已损坏" if there else "不见了"
    except OSError as error:
        return f"读不出（{error.strerror or error}）"


def bulletin_defects(ledger: Ledger) -> list[Defect]:
    """Look at every issued bulletin's files: what is missing or no longer what was issued, by its place."""
    defects = []
    for issued in _find(ledger, "1"):
        for sha256, what in ((issued.sha256, "文件"), (issued.said_sha256, "文字和表格")):
            wrong = what_is_wrong(ledger, sha256)
            if wrong:
                place = bulletin_path(ledger, sha256).relative_to(ledger.directory).as_posix()
                defects.append(Defect(place, f"通报“{issued.number}”的{what}{wrong}，请从最近的备份里取回。"))
    return defects


def bring_bulletins(ledger: Ledger, source: Path) -> None:
    """Bring the files that a ledger's bulletins name from another ledger's; what is not there stays out.

    Raises StorageError where the disk refuses to keep one.
    """
    for issued in _find(ledger, "1"):
        for sha256 in (issued.sha256, issued.said_sha256):
            there = source / sha256[:2] / sha256
            if is_whole(there, sha256):
                _keep(ledger, there.read_bytes())


def wordings_of(ledger: Ledger, place: WordingPlace) -> dict[str, Wording]:
    """Give the words that were saved for a bulletin, by part."""
    rows = ledger.connection.execute(
        "SELECT * FROM wording WHERE programme = ? AND month = ? AND area = ? AND corrects = ? ORDER BY part", place
    )
    return {row["part"]: _wording(row) for row in rows}


def _wording(row: sqlite3.Row) -> Wording:
    return Wording(row["text"], row["version"], row["saved_at"], row["saved_by"])


def save_wordings(
    ledger: Ledger, place: WordingPlace, texts: Mapping[str, str | None], seen: Mapping[str, int], by: str
) -> dict[str, Wording]:
    """Save the words of some parts, all or none; gives all that stand afterwards.

    `seen` are the versions that were on the page, by part; parts absent from it were seen as the program's own (0). A
    text of None takes the program's own words back. Raises WordingConflictError where others were saved meanwhile,
    StorageError where the disk refuses.
    """
    with saving_together(ledger):
        standing = wordings_of(ledger, place)
        changed = {part: text for part, text in texts.items() if _text_of(standing, part) != text}
        moved = _moved_on(standing, seen, changed)
        if moved:
            raise WordingConflictError({part: standing[part] for part in moved})
        at = ledger.clock().isoformat()
        ledger.connection.executemany(
            "INSERT INTO wording VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (programme, month, area, corrects, part) DO UPDATE SET text = excluded.text, "
            "version = excluded.version, saved_at = excluded.saved_at, saved_by = excluded.saved_by",
            [
                (*place, part, text, standing[part].version + 1 if part in standing else 1, at, by)
                for part, text in changed.items()
            ],
        )
        return wordings_of(ledger, place)


def _text_of(standing: Mapping[str, Wording], part: str) -> str | None:
    return standing[part].text if part in standing else None


def _moved_on(standing: Mapping[str, Wording], seen: Mapping[str, int], parts: Iterable[str]) -> list[str]:
    """Give the parts that are no longer what was seen."""
    return [part for part in parts if part in standing and standing[part].version != seen.get(part, 0)]
