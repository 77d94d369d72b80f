"""Checking: the page on which anyone compares a paper or a file in their hands with what was issued.

It is open without an account, so it shows nothing but what stands on the paper's own front and last page: never a
draft, a project or a person.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from typing import IO

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FileField, HiddenField, TextAreaField

from tracker.exchange.bulletins.document import checksum_lines
from tracker.ledger.bulletins import Issued, bulletin_numbered, bulletins_of_sum, what_is_wrong
from tracker.ledger.handle import Ledger, UnknownError
from tracker.ledger.programmes import find_programme, places_of
from tracker.web.bulletin_files import may_open
from tracker.web.forms import WritingForm
from tracker.web.guarding import LARGEST_REQUEST
from tracker.web.identity import is_loopback_name
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import place_words

blueprint = Blueprint("checking", __name__)

ADDRESS = "TRACKER_ADDRESS"
"""The environment variable that says where people open the site."""

CODE_LENGTH = 16
"""How many hex digits of the SHA-256 of text and tables the printed address ends in."""

LONGEST_QUESTION = 60
"""Characters of a document number or a code that are looked at."""

_LONGEST_SUM = 2_000
_CODE = re.compile(rf"[0-9a-f]{{{CODE_LENGTH},64}}")
_SUM = re.compile(r"(?<![0-9a-f])[0-9a-f](?:\s*[0-9a-f]){63}(?![0-9a-f])")
_BLOCK = 1 << 16


class FileForm(WritingForm):
    """A file to compare; it is read from the request itself and never kept."""

    number = HiddenField()
    file = FileField("您手里的 PDF 文件")


class SumForm(WritingForm):
    """A SHA-256 to compare, as it was typed or pasted."""

    number = HiddenField()
    sum = TextAreaField("SHA-256")


@dataclass(frozen=True, slots=True)
class Shown:
    """An issued bulletin as the page shows it: where it is for, what is wrong with what is kept, where its file is."""

    issued: Issued
    area: str
    demonstration: bool
    file_wrong: str
    said_wrong: str
    file_address: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison came to.

    `by_words` says that the SHA-256 is that of text and tables, which stands on the paper; `other` is the bulletin
    that it belongs to where it was not the one asked about; `no_pdf` says that the file sent was no PDF.
    """

    same: bool
    sum: str
    name: str = ""
    by_words: bool = False
    other: Issued | None = None
    no_pdf: bool = False


def check_address(said_sha256: str) -> str:
    """Give the address, as the QR code on paper holds it, of the page that checks a bulletin.

    `said_sha256` is the SHA-256 of what the bulletin says. It begins with TRACKER_ADDRESS where that is an address,
    else with the one that the current request came to; a process that prints must be told it by the request.
    """
    code = said_sha256[:CODE_LENGTH].lower()
    own = os.environ.get(ADDRESS, "").strip().rstrip("/")
    path = url_for("checking.coded", code=code)
    whole = own.startswith(("http://", "https://"))
    return f"{own}{path}" if whole else url_for("checking.coded", code=code, _external=True)


def address_fault() -> str:
    """Say what is wrong with TRACKER_ADDRESS, which what is printed would bear for good; "" where nothing is."""
    own = os.environ.get(ADDRESS, "").strip()
    if not own or own.startswith(("http://", "https://")):
        return ""
    return (
        f"{ADDRESS} 写的是“{own[:80]}”，应以 http:// 或 https:// 开头，例如 https://ledger.example.cn；"
        "现在不会印进核验二维码。请系统管理员改好，再印发。"
    )


def opens_only_here(address: str) -> bool:
    """Say whether an address opens on this machine only, so that a code with it leads nobody else anywhere."""
    return is_loopback_name(address.partition("://")[2].partition("/")[0])


@blueprint.get("/check")
@room(Permission.EVERYONE)
def show() -> ResponseReturnValue:
    """Show the form, and the bulletin of the number or code that was asked for."""
    asked = request.args.get("number", "").strip()
    return _answer(asked) if asked else _page()


@blueprint.get("/check/<code>")
@room(Permission.EVERYONE)
def coded(code: str) -> ResponseReturnValue:
    """Show the bulletin to which the code on a paper leads."""
    return _answer(code)


@blueprint.post("/check")
@room(Permission.EVERYONE)
def compare() -> ResponseReturnValue:
    """Compare a file or a SHA-256 with what was issued; nothing of it is kept."""
    asked = (request.form.get("number") or "").strip()
    issued = _found(page_ledger(), asked) if asked else None
    if asked and issued is None:
        return _answer(asked)
    files, sums = FileForm(), SumForm()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        if request.form.get("sum") is None:
            files.file.errors = ["还没有选文件，请先选您手里的 PDF。"]
            return _page(issued, files=files), 422
        found = read_sum(sums.sum.data or "")
        if found is None:
            sums.sum.errors = ["这里应填一个 SHA-256：64 个 0—9、a—f 的字，中间有空格、换行都可以。"]
            return _page(issued, sums=sums), 422
        return _page(*_judged(issued, found))
    digest, beginning = _read(sent.stream)
    name = "".join(letter for letter in sent.filename if letter.isprintable())[-80:]
    return _page(*_judged(issued, digest, name, no_pdf=not beginning.startswith(b"%PDF-")))


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    most = f"{LARGEST_REQUEST // 1024 // 1024} MB"
    sentence = (
        f"一次最多上传 {most}，这次的没有收下，也没有核对。可以在自己的电脑上算出文件的 SHA-256，粘贴到核验页："
        "Windows 用 certutil -hashfile 文件名 SHA256，统信、麒麟等 Linux 用 sha256sum 文件名。"
    )
    return render_template("error.html", code=413, title="文件太大，没有核对", sentence=sentence), 413


def read_sum(written: str) -> str | None:
    """Find a SHA-256 in what was typed or pasted, be it in groups or with what a program says around it."""
    found = _SUM.search(unicodedata.normalize("NFKC", written[:_LONGEST_SUM]).lower())
    return "".join(found[0].split()) if found else None


def _read(stream: IO[bytes]) -> tuple[str, bytes]:
    """Give the SHA-256 of a content and how it begins, without holding more of it than a block."""
    digest, beginning = hashlib.sha256(), b""
    while block := stream.read(_BLOCK):
        beginning = beginning or block[:8]
        digest.update(block)
    return digest.hexdigest(), beginning


def _found(ledger: Ledger, asked: str) -> Issued | None:
    """Find the bulletin of a document number, or of at least as much of a SHA-256 as the printed address holds."""
    plain = unicodedata.normalize("NFKC", asked[: 2 * LONGEST_QUESTION])
    code = "".join(plain.split()).lower()
    if _CODE.fullmatch(code):
        found = bulletins_of_sum(ledger, code)
        return found[0] if len(found) == 1 else None
    try:
        return bulletin_numbered(ledger, plain)
    except UnknownError:
        return None


def _answer(asked: str) -> ResponseReturnValue:
    issued = _found(page_ledger(), asked)
    if issued is not None:
        return _page(issued)
    return _page(unknown=asked[:LONGEST_QUESTION]), 404


def _judged(
    issued: Issued | None, digest: str, name: str = "", *, no_pdf: bool = False
) -> tuple[Issued | None, Verdict]:
    """Give the bulletin that the page is then about, and what a SHA-256 says of it.

    Where no number was asked for, it is the bulletin whose file it is.
    """
    borne = next(iter(bulletins_of_sum(page_ledger(), digest)), None)
    about = issued or borne
    same = about is not None and digest in (about.sha256, about.said_sha256)
    by_words = borne is not None and digest == borne.said_sha256
    other = borne if borne is not None and not same else None
    return about, Verdict(same, digest, name, by_words, other, no_pdf)


def _shown(ledger: Ledger, issued: Issued) -> Shown:
    programme = find_programme(ledger, issued.programme)
    address = url_for("bulletin_files.show", sequence=issued.sequence) if may_open(ledger, issued) else None
    return Shown(
        issued,
        place_words(places_of(ledger, programme), issued.area),
        programme.demonstration,
        what_is_wrong(ledger, issued.sha256),
        what_is_wrong(ledger, issued.said_sha256),
        address,
    )


def _page(
    issued: Issued | None = None,
    verdict: Verdict | None = None,
    *,
    unknown: str = "",
    files: FileForm | None = None,
    sums: SumForm | None = None,
) -> str:
    ledger = page_ledger()
    number = issued.number if issued else ""
    files, sums = files or FileForm(formdata=None), sums or SumForm(formdata=None)
    files.number.data = sums.number.data = number
    return render_template(
        "check.html", room="check", shown=_shown(ledger, issued) if issued else None, verdict=verdict,
        unknown=unknown, files=files, sums=sums, lines=checksum_lines, most=LARGEST_REQUEST // 1024 // 1024,
        longest=LONGEST_QUESTION, signed_on=datetime.date.fromisoformat(issued.signed_on) if issued else None,
    )  # fmt: skip
