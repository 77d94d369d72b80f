"""`report`: a month and an area on paper: the bulletin, the leader's page, the county list."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tracker.commands.line import ChineseHelp, Choice, Options, answer, shared_options
from tracker.commands.output_files import checked_ending, write_whole
from tracker.commands.requests import UnusableError, asked, month_option, opened, within_option
from tracker.exchange.bulletins.composing import composed
from tracker.exchange.bulletins.leader import leader_page
from tracker.exchange.bulletins.list_paper import list_table
from tracker.exchange.bulletins.printing import print_bulletin, print_leader_page, print_list
from tracker.exchange.paper.printer import NotPrintedError
from tracker.exchange.tables.asking import Asked
from tracker.ledger.bulletins import file_of, own_bulletin
from tracker.model.months import chinese_month

_Answer = tuple[bytes, dict[str, Any], str]
"""A file, what programs are told of it, and what people are told."""


def _bulletin(request: Asked) -> _Answer:
    """Give the issued bulletin byte for byte, or a draft where none is issued."""
    own = own_bulletin(request.ledger, request.programme.key, request.month, request.area.code)
    if own is None:
        printed = print_bulletin(composed(request).bulletin)
        drawn: dict[str, Any] = {"pages": printed.pages, "draft": True, "number": None}
        return printed.content, drawn, f"通报草稿（尚未印发，{printed.pages} 页）"
    told = {"pages": own.pages, "draft": False, "number": own.number, "corrected_by": list(own.corrected_by)}
    corrected = f"，另有更正：{'、'.join(own.corrected_by)}" if own.corrected_by else ""
    return file_of(request.ledger, own), told, f"印发的通报（{own.number}，{own.pages} 页{corrected}）"


def _leader(request: Asked) -> _Answer:
    printed = print_leader_page(leader_page(request))
    return printed.content, {"pages": printed.pages}, f"领导一页纸（{printed.pages} 页）"


def _list(request: Asked) -> _Answer:
    printed = print_list(list_table(request), request.area_name)
    return printed.content, {"pages": printed.pages}, f"项目清单（{printed.pages} 页）"


_KINDS: dict[str, tuple[str, Callable[[Asked], _Answer]]] = {
    "bulletin": ("通报", _bulletin),
    "leader": ("领导一页纸", _leader),
    "list": ("项目清单", _list),
}
"""What there is on paper of a month and an area: its Chinese name and what makes it."""

_KIND_WORDS = "，".join(f"{key} {word}" for key, (word, _) in _KINDS.items())

pdf_output = click.option("-o", "--output", "file", required=True, metavar="文件", type=click.Path(path_type=Path),
                          help="写到哪个 .pdf 文件；已有同名文件时替换。")  # fmt: skip


def write_document(file: Path, make: Callable[[], _Answer]) -> tuple[dict[str, Any], str]:
    """Make a document, write it whole, and give what is told of it. Raises UnusableError where either fails."""
    try:
        content, told, words = make()
    except NotPrintedError as error:
        raise UnusableError(str(error)) from error

    def write(path: Path) -> None:
        path.write_bytes(content)

    write_whole(file, write)
    return told | {"sha256": hashlib.sha256(content).hexdigest()}, words


@click.command(cls=ChineseHelp, help="打印：把某月某地区的通报等写成 .pdf；已印发的通报原样给出，未印发的是草稿。")
@month_option
@within_option
@click.option(
    "--kind", type=Choice(list(_KINDS)), default="bulletin", show_default=True, help=f"哪一种：{_KIND_WORDS}。"
)
@pdf_output
@shared_options
@click.pass_obj
def report(options: Options, month: str, within: str | None, kind: str, file: Path) -> None:
    """Write a document to a file, and answer with what was written."""
    word, make = _KINDS[kind]
    checked_ending(file, [".pdf"], f"{word}.pdf")
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        told, words = write_document(file, lambda: make(Asked(ledger, programme, month, area)))
    said = {"file": str(file), "kind": kind, "month": month, "within": area.code, **told}
    answer(options, said, f"已把{area.name}{chinese_month(month)}的{words}写到“{file}”。")
