"""Flipped bits and cuts: whatever is damaged is named, nothing raises, and no good file is lost to it."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.builders import (
    YUCI,
    dump,
    fill,
    lines,
    standing_clock,
)
from tracker.ledger.checking import check, heal
from tracker.ledger.handle import DATABASE_NAME, LedgerError
from tracker.ledger.opening import open_ledger

FIRST = f"{YUCI}-0001"
FIRST_FILE = f"dossiers/{YUCI}/{FIRST}.json"


@dataclass(frozen=True)
class Sound:
    """A sound ledger on disk, closed, with everything it holds."""

    directory: Path
    files: dict[str, bytes]
    held: dict[str, list[tuple[Any, ...]]]

    def laid_out(self, directory: Path, **changed: bytes) -> Path:
        """Lay the ledger out in a directory, with some files changed."""
        shutil.rmtree(directory, ignore_errors=True)
        for place, content in {**self.files, **changed}.items():
            path = directory / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return directory


@pytest.fixture(scope="module")
def sound(fresh_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Sound:
    directory = tmp_path_factory.mktemp("sound") / "ledger"
    shutil.copytree(fresh_directory, directory)
    ledger = open_ledger(directory, standing_clock)
    fill(ledger)
    assert check(ledger) == []
    held = dump(ledger)
    ledger.close()
    files = {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
    assert DATABASE_NAME in files
    return Sound(directory, files, held)


def examined(directory: Path, sound: Sound) -> tuple[str, bool]:
    """Give what opening and checking say, and whether the database still holds all it held."""
    try:
        ledger = open_ledger(directory, standing_clock)
    except LedgerError as error:
        return str(error), False
    try:
        said = lines(ledger)
        return said, bool(said) or dump(ledger) == sound.held
    finally:
        ledger.close()


def test_a_flipped_bit_of_the_database_is_named_or_nothing_differs(
    sound: Sound, tmp_path: Path, long_form: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    content = sound.files[DATABASE_NAME]
    used = [position for position, byte in enumerate(content) if byte]
    chance = random.Random(7)
    named = 0
    flips = chance.sample(used, len(used) // 2 if long_form else 160)
    for position in flips:
        changed = bytearray(content)
        changed[position] ^= 1 << chance.randrange(8)
        directory = sound.laid_out(tmp_path / "flipped", **{DATABASE_NAME: bytes(changed)})
        said, same = examined(directory, sound)
        assert said or same, f"byte {position}"
        assert not said or DATABASE_NAME in said or "dossiers" in said
        named += bool(said)
        for place, before in sound.files.items():
            if place.endswith(".json"):
                assert (directory / place).read_bytes() == before, f"byte {position} reached {place}"
    assert named > 0.9 * len(flips)
    capsys.readouterr()


def test_a_flipped_bit_in_a_record_is_named_with_its_record(sound: Sound, tmp_path: Path) -> None:
    content = sound.files[DATABASE_NAME]
    for text, record in (("征地未完成", 7), ("主体施工", 9), ("丙工程", 6)):
        position = content.index(text.encode()) + 1
        while position > 0:
            changed = bytearray(content)
            changed[position] ^= 1
            said, _ = examined(sound.laid_out(tmp_path / "flipped", **{DATABASE_NAME: bytes(changed)}), sound)
            assert "dossiers" in said or f"第 {record} 条记录" in said or "state" in said
            position = content.find(text.encode(), position) + 1
        spots = [at for at in range(len(content)) if content.startswith(text.encode(), at)]
        assert len(spots) >= 2


@pytest.mark.parametrize(
    "share", [0, 1, 15, 16, 50, 99, 100, 1024, 4095, 4096, 4097, 12288, 20000, 50000, 90000, -4096, -1]
)
def test_a_cut_database_is_named(sound: Sound, tmp_path: Path, share: int, capsys: pytest.CaptureFixture[str]) -> None:
    directory = sound.laid_out(tmp_path / "cut", **{DATABASE_NAME: sound.files[DATABASE_NAME][:share]})
    said, _ = examined(directory, sound)
    assert DATABASE_NAME in said
    for place, before in sound.files.items():
        if place.endswith(".json"):
            assert (directory / place).read_bytes() == before
    capsys.readouterr()


def test_a_flipped_bit_anywhere_in_a_dossier_is_named_by_file_and_healed(sound: Sound, tmp_path: Path) -> None:
    content = sound.files[FIRST_FILE]
    ledger = open_ledger(sound.laid_out(tmp_path / "flipped"), standing_clock)
    path = ledger.directory / FIRST_FILE
    chance = random.Random(11)
    for position in range(chance.randrange(11), len(content), 11):
        changed = bytearray(content)
        changed[position] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        defects = check(ledger)
        assert [defect.place for defect in defects] == [FIRST_FILE], f"byte {position}"
        assert "条" in defects[0].sentence
    assert heal(ledger) == ["已重写 1 份档案文件。"]
    assert path.read_bytes() == content
    ledger.close()


def entry_spans(content: bytes) -> list[tuple[int, int, int]]:
    """Give number, start and end of each record's text in a dossier file."""
    text = content.decode()
    spans = []
    for entry in json.loads(text)["records"]:
        start = text.index(f'"sequence": {entry["sequence"]},')
        end = text.index(entry["chain_hash"]) + 64
        spans.append((entry["sequence"], len(text[:start].encode()), len(text[:end].encode())))
    return spans


def test_a_flipped_bit_in_a_dossiers_record_names_that_record(sound: Sound, tmp_path: Path) -> None:
    content = sound.files[FIRST_FILE]
    ledger = open_ledger(sound.laid_out(tmp_path / "flipped"), standing_clock)
    for number, start, end in entry_spans(content):
        for position in range(start, end, 29):
            changed = bytearray(content)
            changed[position] ^= 4
            (ledger.directory / FIRST_FILE).write_bytes(changed)
            assert f"第 {number} 条" in check(ledger)[0].sentence, f"byte {position}"
    ledger.close()


def test_a_dossier_cut_at_any_length_is_named_with_the_first_record_it_lacks(sound: Sound, tmp_path: Path) -> None:
    content = sound.files[FIRST_FILE]
    ledger = open_ledger(sound.laid_out(tmp_path / "cut"), standing_clock)
    spans = entry_spans(content)
    for length in range(0, len(content), 37):
        (ledger.directory / FIRST_FILE).write_bytes(content[:length])
        defects = check(ledger)
        assert [defect.place for defect in defects] == [FIRST_FILE], f"cut to {length}"
        # An entry ends with the quote after its chain hash and a brace.
        lacking = [number for number, _, end in spans if end + 2 > length]
        if lacking:
            assert f"第 {lacking[0]} 条" in defects[0].sentence, f"cut to {length}"
    assert heal(ledger) == ["已重写 1 份档案文件。"]
    assert (ledger.directory / FIRST_FILE).read_bytes() == content
    ledger.close()


def test_healing_never_raises_on_a_damaged_database(
    sound: Sound, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = sound.files[DATABASE_NAME]
    chance = random.Random(3)
    healed = 0
    for _ in range(40):
        changed = bytearray(content)
        start = chance.randrange(4096, len(content))
        changed[start : start + 40] = bytes(chance.randrange(256) for _ in range(len(changed[start : start + 40])))
        directory = sound.laid_out(tmp_path / "damaged", **{DATABASE_NAME: bytes(changed)})
        try:
            ledger = open_ledger(directory, standing_clock)
        except LedgerError:
            continue
        assert all(sentence.endswith("。") for sentence in heal(ledger))
        check(ledger)
        healed += 1
        ledger.close()
        for place, before in sound.files.items():
            if place.endswith(".json"):
                assert (directory / place).read_bytes() == before
    assert healed > 10
    capsys.readouterr()
