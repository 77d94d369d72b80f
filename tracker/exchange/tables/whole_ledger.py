"""Whole ledger (整本台账): every official table and every table of data as the sheets of one workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import overload

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import BY_WORDS, EVERYTHING, Asked
from tracker.exchange.tables.behind import behind_table
from tracker.exchange.tables.dispatch import dispatch_table
from tracker.exchange.tables.problems import problem_table
from tracker.exchange.tables.project_list import project_list
from tracker.exchange.tables.ranking import ranking_table
from tracker.exchange.tables.summary import summary_table
from tracker.exchange.tables.timeliness import timeliness_table
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import Paper, PrintedTable, TableColumn, TableLine
from tracker.ledger.columns import fen
from tracker.ledger.handle import RefusedError
from tracker.ledger.months import PHASE_WORDS, months
from tracker.ledger.programmes import units_of
from tracker.ledger.standings import ProjectState
from tracker.ledger.whole import AreaStates, RecordHead, area_records
from tracker.model.dictionary import HEADINGS, dictionary_cells
from tracker.model.fields import FIELDS, STATED, Field, Kind
from tracker.model.record_words import RECORD_WORDS
from tracker.model.stages import STAGE_WORDS

LONGEST_SHEET = 1_000_000
"""So many lines at most stand on one sheet, which holds 1,048,576 rows with its headings and notes."""

_PRIVATE = frozenset({"phone"})
"""Fields that leave no ledger with its tables."""

_DERIVED = (
    ("listed", "在清单", "当月是否在清单里；终止后不在"),
    ("reported", "本月填报", "当月是否填报"),
    ("effective_stage", "认定阶段", "由填报的阶段和实际开工、完工时间认定"),
    ("started", "已开工", "累计口径，包含已完工的"),
    ("completed", "已完工", "完工、竣工验收、投运、达效"),
    ("year_opening", "上年末累计完成（万元）", "上年末的累计完成投资"),
    ("year_done", "本年完成（万元）", "累计完成减上年末累计；没有上年末累计的取填报的本年完成"),
)
"""The columns of the months' sheet that are no fields: key, heading, what it says."""


def whole_ledger(asked: Asked) -> list[PrintedTable]:
    """Give the tables of an area up to a month, the data dictionary last.

    Raises RefusedError where the months of all projects are more lines than a sheet holds.
    """
    asked = replace(asked, wanted=EVERYTHING)
    number = len(_area_states(asked))
    if number > LONGEST_SHEET:
        raise RefusedError(
            f"{asked.area_name}各项目逐月的情况共 {number} 行，超过一张工作表能放的 {LONGEST_SHEET} 行，"
            "请用 --within 分市导出。"
        )
    official = [
        project_list(asked),
        dispatch_table(asked),
        *(summary_table(replace(asked, by=by)) for by in BY_WORDS),
        ranking_table(asked),
        behind_table(asked),
        problem_table(asked),
        timeliness_table(asked),
    ]
    return [*official, _states(asked), _records(asked), _months(asked), _units(asked), _dictionary(asked)]


class _Lines(Sequence[TableLine]):
    """Lines made of rows whenever they are asked for: a long table is never held whole."""

    def __init__(self, rows: AreaStates | Sequence[RecordHead], line: Callable[..., tuple[Written, ...]]) -> None:
        self._rows, self._line = rows, line

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[TableLine]:
        return (TableLine(self._line(row)) for row in self._rows)

    @overload
    def __getitem__(self, index: int) -> TableLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[TableLine]: ...
    def __getitem__(self, index: int | slice) -> TableLine | list[TableLine]:
        return list(self)[index]


def _data(asked: Asked, key: str, word: str, columns: list[TableColumn], lines: Sequence[TableLine]) -> PrintedTable:
    """Give a table of data: no sums, its lines filtered on screen."""
    made = asked.table(key, word, columns, lines, repeated=2)
    return replace(made, notes=(), filtered=True)


def _states(asked: Asked) -> PrintedTable:
    fields = [field for field in STATED if field.name not in {"name", "county", *_PRIVATE}]
    columns = [
        TableColumn("month", "月份"),
        TableColumn("code", "项目编码"),
        TableColumn("name", "项目名称", bounds=(22, 44), left=True),
        TableColumn("county", "县（市、区）", bounds=(8, 20)),
        *(TableColumn(key, heading) for key, heading, _ in _DERIVED),
        *(_field_column(field) for field in fields),
    ]

    def line(project: ProjectState) -> tuple[Written, ...]:
        state = project.state
        return (
            Written(state.month),
            Written(project.code),
            cells.words(project.name),
            cells.words(asked.place_name(project.county)),
            _yes(state.listed),
            _yes(state.reported),
            cells.words(STAGE_WORDS[state.stage] if state.stage else None),
            _yes(state.started),
            _yes(state.completed),
            cells.money(fen(state.year_opening)),
            cells.money(fen(state.year_done)),
            *(_field_cell(asked, project, field) for field in fields),
        )

    return _data(asked, "states", "逐月情况", columns, _Lines(_area_states(asked), line))


def _area_states(asked: Asked) -> AreaStates:
    return AreaStates(asked.ledger, asked.programme, asked.month, asked.area)


def _yes(said: bool) -> Written:
    return Written("是" if said else "否")


def _field_column(field: Field) -> TableColumn:
    texts = field.kind in (Kind.TEXT, Kind.WORD, Kind.CATEGORY, Kind.PLACES)
    bounds = (10, 50 if field.kind is Kind.TEXT else 24) if texts else None
    return TableColumn(field.name, field.heading, field.unit, bounds=bounds, left=field.kind is Kind.TEXT)


def _field_cell(asked: Asked, project: ProjectState, field: Field) -> Written:
    held = project.state.values.get(field.name)
    if field.kind is Kind.PLACES and held:
        return cells.words("、".join(asked.place_name(code) for code in held))
    if field.name == "stage":
        return cells.words(STAGE_WORDS[held] if held else None)
    return cells.value(project, field.name)


def _records(asked: Asked) -> PrintedTable:
    columns = [
        TableColumn("sequence", "序号"),
        TableColumn("kind", "事项"),
        TableColumn("month", "月份"),
        TableColumn("code", "项目编码"),
        TableColumn("recorded_at", "登记时间"),
        TableColumn("recorded_by", "登记人", bounds=(8, 24)),
        TableColumn("reason", "理由", bounds=(12, 50), left=True),
        TableColumn("import", "导入号"),
        TableColumn("content_hash", "内容校验值", bounds=(16, 34)),
    ]

    def line(record: RecordHead) -> tuple[Written, ...]:
        return (
            Written(record.sequence),
            Written(RECORD_WORDS[record.kind]),
            cells.words(record.month),
            cells.words(record.project),
            cells.words(record.recorded_at[:19].replace("T", " ")),
            cells.words(record.recorded_by),
            cells.words(record.reason),
            Written(record.imported),
            Written(record.content_hash),
        )

    rows = area_records(asked.ledger, asked.programme, asked.month, asked.area)
    return _data(asked, "records", "记录", columns, _Lines(rows, line))


def _months(asked: Asked) -> PrintedTable:
    columns = [
        TableColumn("month", "月份"),
        TableColumn("phase", "状态"),
        TableColumn("opened_at", "开放时间"),
        TableColumn("opened_by", "开放人", bounds=(8, 24)),
        TableColumn("closed_at", "封账时间"),
        TableColumn("closed_by", "封账人", bounds=(8, 24)),
        TableColumn("projects", "封账时项目数"),
        TableColumn("started", "已开工"),
        TableColumn("completed", "已完工"),
        TableColumn("unreported", "未报"),
        TableColumn("state_hash", "封账校验值", bounds=(16, 34)),
    ]
    lines = []
    for found in months(asked.ledger, asked.programme.key).values():
        if found.month > asked.month:
            continue
        closing = found.closing
        head = (found.month, PHASE_WORDS[found.phase], found.opened_at[:10], found.opened_by)
        closed = (
            (cells.words(closing.at[:10]), cells.words(closing.by), Written(closing.projects), Written(closing.started),
             Written(closing.completed), Written(closing.unreported), Written(closing.state_hash))
            if closing else (cells.EMPTY,) * 7
        )  # fmt: skip
        lines.append(TableLine((*map(cells.words, head), *closed)))
    return _data(asked, "months", "月份", columns, lines)


def _units(asked: Asked) -> PrintedTable:
    columns = [TableColumn("code", "代码"), TableColumn("name", "名称", bounds=(16, 40), left=True),
               TableColumn("city", "所属市", bounds=(10, 30))]  # fmt: skip
    lines = [
        TableLine((Written(unit.code), cells.words(unit.name), cells.words(asked.place_name(unit.city))))
        for unit in units_of(asked.ledger, asked.programme.key)
        if (place := asked.places.find(unit.code)) is not None and place.within(asked.area)
    ]
    return _data(asked, "units", "开发区等单元", columns, lines)


def _dictionary(asked: Asked) -> PrintedTable:
    keys = ("field", "heading", "kind", "unit", "span", "reported", "synonyms", "help")
    bounds = {"synonyms": (20, 60), "help": (16, 50)}
    columns = [
        TableColumn(key, heading, bounds=bounds.get(key), left=key in bounds)
        for key, heading in zip(keys, HEADINGS, strict=True)
    ]
    lines = [TableLine(tuple(map(cells.words, dictionary_cells(field)))) for field in FIELDS]
    lines += [
        TableLine(tuple(map(cells.words, (key, heading, "推算", "", "", "", "", said))))
        for key, heading, said in _DERIVED
    ]
    made = _data(asked, "dictionary", "数据字典", columns, lines)
    return replace(made, notes=["联系电话不随台账导出。金额一律以万元计，精确到分；日期照填报的精度。"], paper=Paper.A4)
