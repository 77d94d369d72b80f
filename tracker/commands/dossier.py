"""`dossier`: everything about one project."""

from __future__ import annotations

import json

import click

from tracker.commands.line import ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import opened
from tracker.ledger.columns import from_columns
from tracker.ledger.dossiers import build_dossier, subject_records
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.projects import project_programme
from tracker.ledger.records import Record
from tracker.model.fields import FIELD, FIELDS, Kind
from tracker.model.places import Places
from tracker.model.printing import print_value
from tracker.model.record_words import RECORD_WORDS

_PLACE_HEADINGS = {field.title for field in FIELDS if field.kind in (Kind.PLACE, Kind.PLACES)}


@click.command(cls=ChineseHelp, help="一个项目的全部档案：现状、历月月报、更正和每一条的登记人。")
@click.argument("code", metavar="编码")
@shared_options
@click.pass_obj
def dossier(options: Options, code: str) -> None:
    """Answer with a project's dossier, in JSON the same as its file says."""
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
