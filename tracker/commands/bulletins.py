"""`bulletin`: what was issued: listed, checked against what is kept and against a file, given out."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import click

from tracker.commands.line import DONE, REFUSED, ChineseGroup, Options, answer, shared_options
from tracker.commands.output_files import checked_ending, write_whole
from tracker.commands.requests import Month, UnusableError, opened
from tracker.exchange.reading.file_errors import reason_of
from tracker.ledger.bulletins import Issued, bulletin_numbered, bulletins_of, file_of, what_is_wrong
from tracker.ledger.programmes import find_programme, places_of
from tracker.model.months import chinese_month

_number = click.argument("number", metavar="发文字号")


@click.group(cls=ChineseGroup, help="印发的通报和更正通报：列出、核验、取出文件。印发在网站的“通报”页。")
def bulletin() -> None:
    """Group what concerns issued bulletins."""


def _mapping(issued: Issued) -> dict[str, Any]:
    return {
        "number": issued.number, "title": issued.title, "month": issued.month, "within": issued.area,
        "signed_on": issued.signed_on, "issued_at": issued.issued_at, "issued_by": issued.issued_by,
        "pages": issued.pages, "bytes": issued.size, "sha256": issued.sha256, "said_sha256": issued.said_sha256,
        "corrects": issued.corrects or None, "corrected_by": list(issued.corrected_by),
    }  # fmt: skip


@bulletin.command("list", help="列出印发的通报和更正通报，按印发的先后。")
@click.option("--month", "named", type=Month(), metavar="YYYY-MM", help="只列一个月的。")
@shared_options
@click.pass_obj
def list_issued(options: Options, named: str | None) -> None:
    """Answer with every issued bulletin of a programme."""
    with opened(options) as ledger:
        programme = find_programme(ledger, options.programme)
        places = places_of(ledger, programme)
        found = bulletins_of(ledger, programme.key, named)
        lines = []
        for each in found:
            place = places.find(each.area)
            notes = [f"更正的是 {each.corrects}"] if each.corrects else []
            notes += [f"已有更正通报 {'、'.join(each.corrected_by)}"] if each.corrected_by else []
            about = f"{place.name if place else each.area} {chinese_month(each.month)}"
            more = f"（{'；'.join(notes)}）" if notes else ""
            lines.append(f"{each.number}　{about}　{each.signed_on}　{each.pages} 页{more}")
    answer(options, {"bulletins": [_mapping(each) for each in found]}, "\n".join(lines) or "还没有印发过通报。")


@bulletin.command("check", help="核验一份印发的通报：保存的是否完好；写了文件，再看它是不是印发的那一份。")
@_number
@click.argument("file", metavar="[文件]", required=False, type=click.Path(path_type=Path))
@shared_options
@click.pass_obj
def check_issued(options: Options, number: str, file: Path | None) -> None:
    """Answer with what was issued and whether it is whole; exit 1 where it is not, or the file is another one."""
    with opened(options) as ledger:
        issued = bulletin_numbered(ledger, number)
        wrong = {"file": what_is_wrong(ledger, issued.sha256), "said": what_is_wrong(ledger, issued.said_sha256)}
    told = _mapping(issued) | {"whole": not any(wrong.values())}
    lines = [
        f"{issued.number}《{issued.title}》，{issued.signed_on} 成文，{issued.pages} 页。",
        f"文件的 SHA-256：{issued.sha256}",
        f"正文与附表的 SHA-256：{issued.said_sha256}",
        f"保存的文件{wrong['file'] or '完好'}，保存的文字和表格{wrong['said'] or '完好'}。",
    ]
    if issued.corrects:
        lines.append(f"更正的是 {issued.corrects}。")
    if issued.corrected_by:
        lines.append(f"已有更正通报：{'、'.join(issued.corrected_by)}。")
    good = bool(told["whole"])
    if file is not None:
        same = _digest(file) == issued.sha256
        told |= {"file": str(file), "same": same}
        lines.append(f"“{file}”{'一致，就是印发的文件' if same else '不一致，不是印发的文件'}。")
        good = good and same
    answer(options, told, "\n".join(lines), DONE if good else REFUSED)


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise UnusableError(f"“{file}”读不出（{reason_of(error)}），请核对路径和权限。") from error


@bulletin.command("file", help="取出印发的文件，与印发时逐字节相同；损坏的不给出。")
@_number
@click.option("-o", "--output", "file", required=True, metavar="文件", type=click.Path(path_type=Path),
              help="写到哪个 .pdf 文件；已有同名文件时替换。")  # fmt: skip
@shared_options
@click.pass_obj
def give_file(options: Options, number: str, file: Path) -> None:
    """Write an issued file, and answer with what was written."""
    checked_ending(file, [".pdf"], "通报.pdf")
    with opened(options) as ledger:
        issued = bulletin_numbered(ledger, number)
        content = file_of(ledger, issued)

    def write(path: Path) -> None:
        path.write_bytes(content)

    write_whole(file, write)
    answer(options, _mapping(issued) | {"file": str(file)}, f"已把 {issued.number} 的文件写到“{file}”。")
