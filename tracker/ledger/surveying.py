"""Surveying: what the dossier files hold, beside what the database holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tracker.ledger.dossier_reading import Contents, read_contents
from tracker.ledger.dossiers import (
    DOSSIERS_NAME,
    LOCK_NAME,
    PROGRAMME_PREFIX,
    UNFINISHED,
    dossier_place,
    dossier_text,
    subject_records,
)
from tracker.ledger.handle import Ledger
from tracker.ledger.records import Record, chain
from tracker.ledger.verifying import Defect, Kept, Truth

Present = Mapping[str, Mapping[str, str]]
"""By project, what holds now in words, from states folded anew."""


@dataclass(slots=True)
class Survey:
    """What the dossier files hold.

    `rewrite` are the dossiers whose file must be written from the database and may be; `whole` those whose
    file is a faithful rebuild; `ahead` are whole records the database lacks, with the file each lies in;
    `copies` are records, by number, that only a file still holds whole; `leftovers` are half-written files.
    """

    defects: list[Defect] = field(default_factory=list)
    rewrite: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    ahead: list[tuple[str, Record]] = field(default_factory=list)
    copies: dict[int, str] = field(default_factory=dict)
    leftovers: list[Path] = field(default_factory=list)


def dossier_files(directory: Path) -> Iterator[tuple[str, Path]]:
    """Give every file under a folder of dossiers with its place in it, in order."""
    for folder, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            yield path.relative_to(directory).as_posix(), path


def survey(ledger: Ledger, truth: Truth, present: Present) -> Survey:
    """Compare every dossier file with the database, and look for files that should not be there."""
    found = Survey()
    directory = ledger.directory / DOSSIERS_NAME
    places = set()
    for subject, kept in sorted(truth.by_subject().items()):
        place = dossier_place(subject)
        places.add(place)
        _look_at(ledger, found, truth, subject, kept, directory / place, present)
    for place, path in dossier_files(directory):
        if place in places or place == LOCK_NAME:
            continue
        shown = f"{DOSSIERS_NAME}/{place}"
        if place.endswith(UNFINISHED):
            found.leftovers.append(path)
            found.defects.append(Defect(shown, "没有写完的临时文件，是写到一半时中断留下的。"))
            continue
        contents = _contents_of(path)
        _sort_out(found, truth, place, contents)
        if not any(dossier_place(record.subject) == place for record in contents.records):
            found.defects.append(Defect(shown, "不认识的文件，不属于这本台账的任何档案。"))
    return found


def _contents_of(path: Path) -> Contents:
    try:
        return read_contents(path.read_bytes())
    except OSError:
        return Contents()


def _look_at(
    ledger: Ledger, found: Survey, truth: Truth, subject: str, kept: dict[int, Kept], path: Path, present: Present
) -> None:
    shown = f"{DOSSIERS_NAME}/{dossier_place(subject)}"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        found.rewrite.add(subject)
        found.defects.append(Defect(shown, f"档案文件缺失（应有 {len(kept)} 条记录，从第 {min(kept)} 条起）。"))
        return
    except OSError as error:
        found.rewrite.add(subject)
        found.defects.append(Defect(shown, f"档案文件打不开（{error.strerror}），第 {min(kept)} 条记录起读不出。"))
        return
    rebuilt = _rebuilt(ledger, truth, subject, present)
    if raw == rebuilt:
        found.whole.add(subject)
        return
    contents = read_contents(raw)
    more = _sort_out(found, truth, dossier_place(subject), contents)
    sentence = _first_unfit(contents, kept)
    if not sentence and not more and rebuilt is not None:
        sentence = f"第 {min(kept)}—{max(kept)} 条记录完好，但文件的其余部分与按数据库重建的不同。"
    if sentence:
        found.defects.append(Defect(shown, sentence))
    if (sentence or rebuilt is None) and not more and contents.entries <= len(kept):
        found.rewrite.add(subject)
    elif not more and contents.entries > len(kept):
        text = f"文件里有 {contents.entries} 条记录，数据库里只有 {len(kept)} 条，不会被覆盖。"
        found.defects.append(Defect(shown, text))


def _rebuilt(ledger: Ledger, truth: Truth, subject: str, present: Present) -> bytes | None:
    """Give what the file should hold, or None where the database cannot say so with certainty."""
    project = not subject.startswith(PROGRAMME_PREFIX)
    if not truth.whole or (project and subject not in present):
        return None
    return dossier_text(subject, subject_records(ledger, subject), present[subject] if project else None)


def _first_unfit(contents: Contents, kept: dict[int, Kept]) -> str:
    """Name the first record of the database that the file does not hold whole."""
    held = {record.sequence: record for record in contents.records}
    for number, expected in kept.items():
        record = held.get(number)
        if record is not None and (record.content_hash, record.chain_hash) == (
            expected.content_hash,
            expected.chain_hash,
        ):
            continue
        if number in contents.damaged:
            return f"第 {number} 条记录的内容与校验值不符，文件被改动或已损坏。"
        if record is not None:
            return f"第 {number} 条记录与数据库里的不同。"
        if all(later not in held for later in kept if later >= number) and not contents.damaged:
            return f"缺第 {number} 条及以后的记录，文件落后于数据库或被截断。"
        return f"缺第 {number} 条记录，文件被改动或已损坏。"
    return ""


def _sort_out(found: Survey, truth: Truth, place: str, contents: Contents) -> int:
    """Note the whole records of a file that the database lacks; give how many it lacks for good or for now."""
    more = 0
    for record in contents.records:
        number = record.sequence
        kept = truth.kept.get(number)
        if dossier_place(record.subject) != place:
            continue
        if kept is not None and kept.content_hash == record.content_hash:
            if number in truth.damaged:
                found.copies[number] = place
            continue
        if number in truth.damaged or any(first <= number <= last for first, last in truth.missing):
            found.copies[number] = place
        found.ahead.append((place, record))
        more += 1
    return more


def continuation(records: list[Record], last: tuple[int, str], previous: Mapping[str, int]) -> list[Record]:
    """Put records that lie in files in sequence behind the last one of a ledger.

    `last` is its number and chain hash, `previous` the last record of each dossier. Raises ValueError with a
    Chinese sentence where they do not continue it without a gap, each chained to the one before.
    """
    ordered = sorted(records, key=lambda record: record.sequence)
    number, link = last
    latest = dict(previous)
    for record in ordered:
        if record.sequence <= number:
            raise ValueError(f"第 {record.sequence} 条记录与台账里已有的不是同一条")
        if record.sequence != number + 1:
            raise ValueError(f"缺第 {number + 1} 条记录")
        if chain(link, record.content_hash) != record.chain_hash:
            raise ValueError(f"第 {record.sequence} 条记录接不上校验链")
        if record.head["previous"] != latest.get(record.subject):
            raise ValueError(f"第 {record.sequence} 条记录所记的上一条不对")
        number, link = record.sequence, record.chain_hash
        latest[record.subject] = number
    return ordered
