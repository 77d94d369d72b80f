"""`dossier`: everything about one project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import click

from tracker.commands.line import ChineseHelp, Options, answer, shared_options
from tracker.commands.output_files import checked_ending
from tracker.commands.requests import Month, UnusableError, opened
from tracker.exchange.tables.asking import Asked
from tracker.ledger.columns import from_columns
from tracker.ledger.dossiers import build_dossier, subject_records
from tracker.ledger.programmes import find_place, find_programme, months_of, places_of
from tracker.ledger.projects import project_programme
from tracker.ledger.records import Record
from tracker.model.fields import FIELD, FIELDS, Kind
from tracker.model.months import chinese_month
from tracker.model.places import Places
from tracker.model.printing import print_value
from tracker.model.record_words import RECORD_WORDS

_PLACE_HEADINGS = {field.title for field in FIELDS if field.kind in (Kind.PLACE, Kind.PLACES)}


@click.command(
    cls=ChineseHelp,
    help="一个项目的全部档案：现状、历月月报、更正和每一条的登记人；用 -o 打印成 .pdf（一工程一档案）。",
)
@click.argument("code", metavar="编码")
@click.option("-o", "--output", "file", metavar="文件", type=click.Path(path_type=Path),
              help="打印到哪个 .pdf 文件；不写时在屏幕上列出。")  # fmt: skip
@click.option("--month", type=Month(), metavar="YYYY-MM", help="打印到哪个月；默认最近开放的月份。")
@shared_options
@click.pass_obj
def dossier(options: Options, code: str, file: Path | None, month: str | None) -> None:
    """Answer with a project's dossier, in JSON the same as its file says; or print it."""
    if file is not None:
        _print(options, code, file, month)
    if month is not None:
        raise UnusableError("--month 只用于打印，请同时写 -o 文件.pdf。")
    with opened(options) as ledger:
        places = places_of(ledger, find_programme(ledger, project_programme(ledger, code)))
        document = json.loads(build_dossier(ledger, code))
        records = subject_records(ledger, code)
    lines = [f"{document['now'].get('项目名称', '登记已撤销的项目')}（{code}）"]
    for heading, value in document["now"].items():
        lines.append(f"  {heading}：{_place_names(value, places) if heading in _PLACE_HEADINGS else value}")
    for record in records:
        lines += _record_lines(record, places)
    answer(options, document, "\n".join(lines))


def _print(options: Options, code: str, file: Path, month: str | None) -> NoReturn:
    """Print a project's dossier to a file, and answer with what was written."""
    # Printing needs much that a dossier on screen does not.
    from tracker.commands.reporting import write_document
    from tracker.exchange.bulletins.dossier_paper import dossier_page
    from tracker.exchange.bulletins.printing import print_dossier

    checked_ending(file, [".pdf"], "工程档案.pdf")
    with opened(options) as ledger:
        programme = find_programme(ledger, project_programme(ledger, code))
        area = find_place(places_of(ledger, programme), programme, None)
        until = month or months_of(ledger, programme.key)[-1]
        request = Asked(ledger, programme, until, area, project=code)

        def make() -> tuple[bytes, dict[str, Any], str]:
            printed = print_dossier(dossier_page(request))
            return printed.content, {"pages": printed.pages}, f"{printed.pages} 页"

        told, words = write_document(file, make)
    said = {"file": str(file), "project": code, "month": until, **told}
    answer(options, said, f"已把项目 {code} 到{chinese_month(until)}的工程档案（{words}）写到“{file}”。")


def _place_names(codes: str, places: Places) -> str:
    """Give the names of places beside the codes that a dossier keeps."""
    named = [(code, places.find(code)) for code in codes.split("、")]
    return "、".join(f"{place.name}（{code}）" if place else code for code, place in named)


def _record_lines(record: Record, places: Places) -> list[str]:
    head = record.head
    word = RECORD_WORDS[head["kind"]]
    reason = f"，理由：{head['reason']}" if head["reason"] else ""
    lines = [f"{head['month']} {word}（{head['recorded_at'][:16].replace('T', ' ')}，{head['recorded_by']}{reason}）"]
    for row in record.details.get("statement", []):
        said = from_columns(row)
        for name, value in said.items():
            printed = print_value(name, value)
            place = FIELD[name].kind in (Kind.PLACE, Kind.PLACES)
            lines.append(f"    {FIELD[name].title}：{_place_names(printed, places) if place else printed}")
        lines += [f"    {FIELD[name].title}：清空" for name in row.get("cleared", "").split()]
        lines += [f"    撤销第 {row['withdraws']} 条记录"] if "withdraws" in row else []
        lines += [f"    审的是第 {row['answers']} 条记录"] if "answers" in row else []
    lines += [
        f"    “{FIELD[row['field']].heading}”：{row['reason']}" for row in record.details.get("returned_field", [])
    ]
    lines += [f"    对“{row['message']}”的答复：{row['answer']}" for row in record.details.get("answered_fault", [])]
    lines += [f"    {row['name']}（SHA-256 {row['sha256']}）" for row in record.details.get("attachment", [])]
    return lines
