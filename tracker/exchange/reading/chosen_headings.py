"""Chosen headings: which choices a file was read by, what is recorded of them, and what the next list learns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracker.exchange.reading.heading_words import plain_heading
from tracker.exchange.reading.headings import Heading, Table
from tracker.exchange.reading.reading_choices import Origin, ReadingChoices, column_words, is_money
from tracker.ledger.heading_choices import HeadingChoice

_NAMED = 5


def used_choices(choices: ReadingChoices, tables: Iterable[Table]) -> list[dict[str, Any]]:
    """Give what was chosen or remembered as rows of `import_choice`, in the order of sheets and columns."""
    rows: list[dict[str, Any]] = [
        {"kind": "sheet", "sheet": name, "said": "left_out"}
        for name, choice in choices.sheets.items()
        if choice.read is False
    ]
    for table in tables:
        choice = choices.of(table.sheet)
        if choice.rows is not None:
            rows.append({"kind": "rows", "sheet": table.sheet, "said": "-".join(map(str, dict.fromkeys(choice.rows)))})
        if choice.unit is not None:
            rows.append({"kind": "unit", "sheet": table.sheet, "said": choice.unit})
        for heading in table.headings:
            about = {"sheet": table.sheet, "heading": heading.written}
            taught = {"remembered": 1} if heading.day and not _chosen_unit(choices, table, heading) else {}
            if heading.origin in (Origin.CHOSEN, Origin.REMEMBERED):
                said = {"said": heading.field} if heading.field else {}
                rows.append({"kind": "heading", **about, **said, **(taught if heading.origin != Origin.CHOSEN else {})})
            if heading.chosen_unit is not None:
                rows.append({"kind": "unit", **about, "said": heading.chosen_unit, **taught})
    return rows


def to_remember(choices: ReadingChoices, tables: Iterable[Table], area: str) -> list[HeadingChoice]:
    """Give what an office's next list is to be read by: every heading that was matched, and units nowhere written."""
    found: dict[tuple[str, str], HeadingChoice] = {}
    for table in tables:
        sheet_unit = choices.of(table.sheet).unit
        for heading in table.headings:
            plain = plain_heading(heading.parent), plain_heading(heading.own)
            unit = _chosen_unit(choices, table, heading)
            if unit is None and is_money(heading.field) and not heading.written_unit:
                unit = sheet_unit
            if not plain[1] or (heading.origin is not Origin.CHOSEN and unit is None):
                continue
            corrects = heading.known if heading.known != heading.field else None
            if unit is None and plain in choices.remembered and choices.remembered[plain].field == heading.field:
                unit = choices.remembered[plain].unit
            found[plain] = HeadingChoice(area, *plain, heading.field, unit, corrects)
    return list(found.values())


def remembered_notes(tables: Iterable[Table]) -> list[str]:
    """Say which headings are read as an earlier list taught, by the day it did."""
    by_day: dict[str, list[str]] = {}
    for table in tables:
        for heading in table.headings:
            if not heading.day:
                continue
            if heading.origin is Origin.REMEMBERED:
                meaning = f"“{heading.written}”{'读作' if heading.field else ''}{column_words(heading.field)}"
                by_day.setdefault(heading.day, []).append(meaning)
            elif heading.chosen_unit is not None and heading.origin is Origin.KNOWN:
                by_day.setdefault(heading.day, []).append(f"“{heading.written}”的单位是{heading.chosen_unit}")
    return [
        f"{len(said)} 处表头按 {day} 的对应关系读取，可改：{'、'.join(said[:_NAMED])}{'等' * (len(said) > _NAMED)}。"
        for day, said in sorted(by_day.items())
    ]


def _chosen_unit(choices: ReadingChoices, table: Table, heading: Heading) -> str | None:
    """Give the unit that somebody chose for a column of this very file."""
    column = choices.of(table.sheet).columns.get(heading.index)
    return column.unit if column is not None else None
