"""Data dictionary: the declared fields as a table for readers, made from the declarations themselves.

`python -m tracker.model.dictionary > docs/data-dictionary.md` writes it anew.
"""

from __future__ import annotations

from tracker.model.fields import FIELDS, Field, Kind, Span

KIND_WORDS = {
    Kind.CODE: "编码",
    Kind.NAME: "名称",
    Kind.PLACE: "地区",
    Kind.PLACES: "多个地区",
    Kind.CATEGORY: "类别",
    Kind.LEVEL: "级别",
    Kind.WORD: "短文字",
    Kind.TEXT: "文字",
    Kind.MONEY: "金额",
    Kind.PLANNED_DATE: "计划日期",
    Kind.ACTUAL_DATE: "实际日期",
    Kind.STAGE: "阶段",
    Kind.PERCENT: "百分数",
    Kind.QUANTITY: "数量",
}
_SPAN_WORDS = {Span.STANDING: "一直有效", Span.YEAR: "本年有效", Span.MONTH: "本月有效"}

HEADINGS = ("字段", "表头", "类型", "单位", "效期", "每月填报", "认得的其他表头", "说明")
"""The headings of the dictionary's columns."""


def data_dictionary() -> str:
    """Give the data dictionary as Markdown: a row a field, in the order lists print them."""
    lines = [
        "# 数据字典 · Data dictionary",
        "",
        "Made from `tracker/model/fields.py`; not to be edited by hand:",
        "`python -m tracker.model.dictionary > docs/data-dictionary.md`.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        "|---" * len(HEADINGS) + "|",
    ]
    lines += [f"| `{name}` | {' | '.join(cells)} |" for name, *cells in map(dictionary_cells, FIELDS)]
    return "\n".join(lines) + "\n"


def dictionary_cells(field: Field) -> list[str]:
    """Give what the dictionary says of a field, under HEADINGS."""
    kind = KIND_WORDS[field.kind] + (f"（≤{field.longest} 字）" if field.longest else "")
    return [
        field.name,
        field.heading,
        kind,
        field.unit,
        _SPAN_WORDS[field.span],
        "是" if field.reported else "",
        "、".join(field.synonyms),
        field.help,
    ]


if __name__ == "__main__":
    print(data_dictionary(), end="")  # noqa: T201
