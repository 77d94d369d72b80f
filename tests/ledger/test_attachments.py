"""Attachments: what may be attached, what is kept of it, and that nothing of it is lost or altered unnoticed."""

from __future__ import annotations

import io
import shutil
import stat
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.ledger.builders import KEY, files_of, lines, place, register, request, standing_clock
from tests.ledger.builders import open_months as open_month
from tracker.exchange.attachment_reading import (
    LARGEST_FILE,
    AttachmentRefusedError,
    picture_size,
    prepare,
)
from tracker.ledger.attachments import (
    MOST_OF_A_PROJECT,
    Attachment,
    attach,
    attachment_numbered,
    attachment_path,
    attachments_of,
    detach,
    keep_content,
    short_name,
)
from tracker.ledger.checking import check
from tracker.ledger.closing import close_month
from tracker.ledger.copying import backup, restore
from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.programmes import find_programme
from tracker.ledger.writing import writing

MONTH = "2024-08"
PAPER = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


@pytest.fixture
def project(ledger: Ledger) -> str:
    open_month(ledger, MONTH)
    return register(ledger, MONTH, "甲工程")


def attached(ledger: Ledger, project: str, content: bytes = PAPER, name: str = "批复.pdf") -> Attachment:
    with writing(ledger, request(), "填报员 测试") as writes:
        number = attach(writes, KEY, project, MONTH, name=name, media_type="application/pdf", content=content)
    return attachment_numbered(ledger, number)


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: object) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size).save(made, kind, **how)
    return made.getvalue()


def located_photo() -> bytes:
    """A photo as a phone makes it: turned, with its time, its place and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "某某手机"
    exif.get_ifd(0x8769)[0x9003] = "2024:08:05 10:20:30"
    exif.get_ifd(0x8769)[0x9011] = "+08:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 41.0, 12.0)
    return photo(exif=exif, comment="位置 37.41".encode())


def test_bytes_lie_under_their_digest_readable_by_nobody_else(ledger: Ledger, project: str) -> None:
    kept = attached(ledger, project)
    path = attachment_path(ledger, kept.sha256)
    assert path.relative_to(ledger.directory).as_posix() == f"attachments/{kept.sha256[:2]}/{kept.sha256}"
    assert path.read_bytes() == PAPER
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [kept.sha256]
    assert (kept.name, kept.size, kept.media_type, kept.recorded_by) == (
        "批复.pdf", len(PAPER), "application/pdf", "填报员 测试",
    )  # fmt: skip
    assert attachments_of(ledger, KEY, MONTH, [project]) == [kept]
    assert attachments_of(ledger, KEY, "2024-07", [project]) == []
    assert attachments_of(ledger, KEY, None, [project]) == [kept]
    assert check(ledger) == []


def test_the_dossier_names_the_attachment(ledger: Ledger, project: str) -> None:
    kept = attached(ledger, project)
    (dossier,) = [content for path, content in files_of(ledger).items() if path.stem == project]
    assert kept.sha256.encode() in dossier


def test_the_same_file_twice_is_refused_but_another_project_may_have_it(ledger: Ledger, project: str) -> None:
    first = attached(ledger, project)
    with pytest.raises(RefusedError, match="已经传过"):
        attached(ledger, project, name="又一个.pdf")
    other = attached(ledger, register(ledger, MONTH, "乙工程"))
    assert other.sha256 == first.sha256


def test_a_project_has_only_so_many_in_a_month(ledger: Ledger, project: str) -> None:
    for number in range(MOST_OF_A_PROJECT):
        attached(ledger, project, PAPER + bytes([number]))
    with pytest.raises(RefusedError, match=f"最多 {MOST_OF_A_PROJECT} 个"):
        attached(ledger, project)


def test_a_closed_month_takes_none_and_gives_none_back(ledger: Ledger, project: str) -> None:
    kept = attached(ledger, project)
    programme = find_programme(ledger, KEY)
    with writing(ledger, request(), "省专班") as writes:
        close_month(writes, programme, MONTH, place(ledger, programme.area), "没有报全")
    with pytest.raises(RefusedError, match="已经封账"):
        attached(ledger, project, PAPER + b"2")
    with pytest.raises(RefusedError, match="已经封账"), writing(ledger, request(), "填报员") as writes:
        detach(writes, kept, "传错了")


def test_one_taken_back_is_gone_from_the_list_and_stays_in_the_records(ledger: Ledger, project: str) -> None:
    kept = attached(ledger, project)
    with pytest.raises(RefusedError, match="请写明撤去附件的理由"), writing(ledger, request(), "填报员") as writes:
        detach(writes, kept, "  ")
    with writing(ledger, request(), "填报员") as writes:
        detach(writes, kept, "传错了项目")
    assert attachments_of(ledger, KEY, MONTH, [project]) == []
    assert attachment_numbered(ledger, kept.sequence) == kept
    with pytest.raises(RefusedError, match="已经撤去"), writing(ledger, request(), "填报员") as writes:
        detach(writes, kept, "传错了项目")
    assert check(ledger) == []
    assert attached(ledger, project).sequence > kept.sequence


def test_a_number_that_is_no_attachment_is_unknown(ledger: Ledger, project: str) -> None:
    with pytest.raises(UnknownError, match="没有这个附件"):
        attachment_numbered(ledger, 1)


def test_check_names_a_file_that_is_missing_or_altered(ledger: Ledger, project: str) -> None:
    lost, spoilt = attached(ledger, project), attached(ledger, project, PAPER + b"2", "照片.pdf")
    attachment_path(ledger, lost.sha256).unlink()
    attachment_path(ledger, spoilt.sha256).write_bytes(PAPER + b"3")
    said = lines(ledger)
    assert f"attachments/{lost.sha256[:2]}/{lost.sha256}：项目 {project} 的附件“批复.pdf”" in said
    assert "的文件不见了，请从最近的备份里取回" in said
    assert f"的附件“照片.pdf”（第 {spoilt.sequence} 条记录）的文件与登记时不同" in said
    assert len(check(ledger)) == 2


def test_what_is_kept_again_mends_a_damaged_file(ledger: Ledger, project: str) -> None:
    kept = attached(ledger, project)
    attachment_path(ledger, kept.sha256).write_bytes(b"damaged")
    assert keep_content(ledger, PAPER) == kept.sha256
    assert check(ledger) == []


def test_a_backup_brings_them_back(ledger: Ledger, project: str, tmp_path: Path) -> None:
    kept = attached(ledger, project)
    unfinished = attachment_path(ledger, kept.sha256).with_name(".half.writing")
    unfinished.write_bytes(b"half")
    backup(ledger, tmp_path / "copy.zip")
    restored = restore(tmp_path / "copy.zip", tmp_path / "restored", standing_clock)
    path = attachment_path(restored, kept.sha256)
    assert path.read_bytes() == PAPER
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [kept.sha256]
    assert check(restored) == []
    restored.close()


def test_a_ledger_made_from_dossiers_takes_the_files_beside_them(ledger: Ledger, project: str, tmp_path: Path) -> None:
    kept = attached(ledger, project)
    restored = restore(ledger.directory / "dossiers", tmp_path / "restored", standing_clock)
    assert attachment_path(restored, kept.sha256).read_bytes() == PAPER
    assert check(restored) == []
    restored.close()


def test_a_lost_file_does_not_keep_the_records_from_coming_back(ledger: Ledger, project: str, tmp_path: Path) -> None:
    attached(ledger, project)
    shutil.rmtree(ledger.directory / "attachments")
    restored = restore(ledger.directory, tmp_path / "restored", standing_clock)
    assert "的文件不见了" in lines(restored)
    restored.close()


def test_long_names_keep_their_end() -> None:
    assert short_name("照片.jpg") == "照片.jpg"
    long = short_name("长" * 300 + "尾.jpg")
    assert len(long) == 120
    assert long.endswith("尾.jpg")


def test_a_photo_is_made_anew_without_what_it_said_of_its_place() -> None:
    sent = located_photo()
    made = prepare(sent, "照片.jpg")
    assert made.media_type == "image/jpeg"
    assert made.taken_at == "2024-08-05T10:20:30+08:00"
    image = Image.open(io.BytesIO(made.content))
    assert image.size == (30, 40), "turned as the camera was held"
    assert dict(image.getexif()) == {}
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(image.info)
    for secret in ("某某手机".encode(), b"37.41", b"Exif", b"GPS"):
        assert secret not in made.content


@pytest.mark.parametrize(
    ("kind", "media_type", "mode"),
    [("JPEG", "image/jpeg", "RGB"), ("JPEG", "image/jpeg", "CMYK"), ("JPEG", "image/jpeg", "L"),
     ("PNG", "image/png", "RGBA"), ("PNG", "image/png", "P"), ("WEBP", "image/webp", "RGB")],
)  # fmt: skip
def test_each_kind_of_photo_stays_of_its_kind(kind: str, media_type: str, mode: str, tmp_path: Path) -> None:
    made = prepare(photo(kind, mode=mode), "照片")
    assert made.media_type == media_type
    assert made.taken_at is None
    path = tmp_path / "made"
    path.write_bytes(made.content)
    assert picture_size(path) == (40, 30)


def test_text_hidden_in_a_picture_does_not_come_through() -> None:
    hidden = photo("PNG") + b"PK\x03\x04 something behind the end"
    assert b"something behind" not in prepare(hidden, "照片.png").content


def test_a_paper_is_kept_as_it_is() -> None:
    assert prepare(PAPER, "批复.pdf").content == PAPER
    assert prepare(PAPER, "照片.jpg").media_type == "application/pdf", "the first bytes count, not the name"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "是空文件"),
        (b"GIF89a....", "不是照片，也不是 PDF"),
        (b"<html>", "不是照片，也不是 PDF"),
        (b"\x00\x00\x00\x18ftypheic....", "HEIC"),
        (b"\xff\xd8\xff\xe0 broken", "打不开"),
        (b"\x89PNG\r\n\x1a\nbroken", "打不开"),
        (b"RIFF\x00\x00\x00\x00WEBPbroken", "打不开"),
        (b"%PDF-1.7" + bytes(LARGEST_FILE), "最多 10 MB"),
    ],
)
def test_what_cannot_be_attached_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(AttachmentRefusedError, match="“文件”") as refused:
        prepare(content, "文件")
    assert sentence in str(refused.value)


def test_a_cut_off_photo_is_refused() -> None:
    whole = photo(size=(400, 300))
    with pytest.raises(AttachmentRefusedError, match="打不开"):
        prepare(whole[: len(whole) // 2], "照片.jpg")


def test_pixels_are_counted_before_anything_is_decoded() -> None:
    small = photo("PNG")
    head = b"IHDR" + struct.pack(">II", 60_000, 50_000) + small[24:29]
    bomb = small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]
    with pytest.raises(AttachmentRefusedError, match="60000×50000 像素，一张照片最多 2500 万像素"):
        prepare(bomb, "大图.png")
