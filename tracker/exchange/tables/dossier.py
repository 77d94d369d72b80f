"""Dossier of one project (一工程一档案): its facts, key nodes, months, problems and changes, each a small table.

On paper they stand below one another on one page (`dossier_sheet`); programs get each as a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import DEMONSTRATION, Paper, PrintedTable, TableColumn, TableLine
from tracker.ledger.columns import fen
from tracker.ledger.handle import UnknownError
from tracker.ledger.histories import CHANGING, History, history_of, replaced_by
from tracker.ledger.records import Record
from tracker.model.dates import PartialDate
from tracker.model.fields import FIELD, STATED, Kind
from tracker.model.folding import State, elapsed_share, progress_share
from tracker.model.months import chinese_month, last_day, year_of
from tracker.model.printing import print_value
from tracker.model.problems import months_late, problems_of
from tracker.model.ranking import print_share
from tracker.model.record_words import RECORD_WORDS
from tracker.model.stages import STAGE_WORDS, Stage

_ALWAYS = frozenset({
    "name", "county", "category", "level", "responsible_unit", "total_investment", "year_plan", "cumulative_investment",
    "stage", "progress",
})  # fmt: skip
"""The facts that have a place even where nobody has filled them in."""

_ELSEWHERE = frozenset({
    "phone", "planned_start", "planned_completion", "actual_start", "actual_completion", "problem", "problem_owner",
    "problem_limit", "year_investment", "month_investment", "progress_percent",
})  # fmt: skip
"""Fields that are no facts of the first table: phone numbers stay in the ledger, the others stand further below."""

_LATER_NODES = (Stage.ACCEPTED, Stage.IN_OPERATION, Stage.EFFECTIVE)


def dossier_tables(asked: Asked) -> list[PrintedTable]:
    """Give a project's dossier at a month. Raises UnknownError where the project was not known by then."""
    history = history_of(asked.ledger, asked.programme, asked.project)
    states = history.until(asked.month)
    if not states:
        raise UnknownError(f"{chinese_month(asked.month)}时项目 {asked.project} 还没有登记，或登记已撤销。")
    state = states[-1]
    parts = (
        ("facts", "基本情况", _FACTS, _facts(asked, state)),
        ("nodes", "关键节点", _NODES, _nodes(asked, states)),
        ("months", "逐月情况", _MONTHS, (_month(asked, each) for each in states)),
        ("problems", "存在问题", _PROBLEMS, _problems(states)),
        ("changes", "更正与变更", _CHANGES, _changes(asked, history)),
    )
    mark = f"（{DEMONSTRATION}）" if asked.programme.demonstration else ""
    day = last_day(asked.month)
    return [
        PrintedTable(
            key=key,
            name=name,
            title=f"{asked.programme.name}工程项目档案（{chinese_month(asked.month)}）{mark}",
            columns=columns,
            lines=[TableLine(tuple(line)) for line in lines],
            said=f"项目编码：{asked.project}　截至{day.year}年{day.month}月{day.day}日",
            unit="单位：万元",
            notes=_notes(history, states) if key == "months" else (),
            annex=asked.annex,
            demonstration=asked.programme.demonstration,
            paper=Paper.A4_UPRIGHT,
        )
        for key, name, columns, lines in parts
    ]


_FACTS = (
    TableColumn("field", "字段", on_paper=False),
    TableColumn("heading", "项目"),
    TableColumn("value", "内容", bounds=(20, 90), left=True),
)
_NODES = (
    TableColumn("node", "节点"),
    TableColumn("planned", "计划"),
    TableColumn("actual", "实际"),
    TableColumn("standing", "情况", bounds=(12, 40)),
)
_MONTHS = (
    TableColumn("month", "月份"),
    TableColumn("stage", "建设阶段"),
    TableColumn("month_done", "本月完成", "万元"),
    TableColumn("year_done", "本年完成", "万元"),
    TableColumn("cumulative_investment", "累计完成", "万元"),
    TableColumn("total_rate", "占总投资", "%"),
    TableColumn("progress_rate", "完成进度", "%"),
    TableColumn("reported", "本月填报"),
)
_PROBLEMS = (
    TableColumn("problem", "存在问题", bounds=(24, 60), left=True),
    TableColumn("months", "起止"),
    TableColumn("owner", "责任单位", bounds=(10, 24)),
    TableColumn("limit", "解决时限"),
    TableColumn("standing", "情况"),
)
_CHANGES = (
    TableColumn("month", "月份"),
    TableColumn("kind", "事项"),
    TableColumn("what", "内容", bounds=(20, 60), left=True),
    TableColumn("reason", "理由", bounds=(14, 40), left=True),
    TableColumn("recorded", "登记", bounds=(12, 24)),
)


def _facts(asked: Asked, state: State) -> Iterator[tuple[Written, ...]]:
    """Give what a project is and where it stands, in the fields' order, with the rates beside their sums."""
    values, decimals = dict(state.values), asked.programme.decimals
    if year_of(state.month) != year_of(asked.month):
        values.pop("year_plan", None)
    for field in STATED:
        if field.name in _ELSEWHERE or (field.name not in values and field.name not in _ALWAYS):
            continue
        held = values.get(field.name)
        if field.name == "stage":
            said = cells.state_value(state, "stage")
        elif field.kind is Kind.PLACE:
            said = cells.words(asked.place_name(str(held)))
        elif field.kind is Kind.PLACES:
            said = cells.words("、".join(asked.place_name(code) for code in held or ()))
        else:
            said = cells.words(None if held is None else print_value(field.name, held))
        yield Written(field.name), Written(field.title), said
        if field.name == "cumulative_investment":
            done = fen(state.year_done) if year_of(state.month) == year_of(asked.month) else None
            yield Written("year_done"), Written("本年完成（万元）"), cells.words(_sum(done))
    share, elapsed = progress_share(values, state.started, state.completed), elapsed_share(values, state.month)
    for key, words, found in (("progress_rate", "完成进度（%）", share), ("elapsed_rate", "序时进度（%）", elapsed)):
        printed = None if found is None else print_share(found.numerator, found.denominator, decimals)
        yield Written(key), Written(words), cells.words(printed)


def _sum(sum_in_fen: int | None) -> str | None:
    said = cells.money(sum_in_fen)
    return said.said or None


def _nodes(asked: Asked, states: Sequence[State]) -> Iterator[tuple[Written, ...]]:
    """Give when a project was registered, started, completed and came into use, each against its plan."""
    state = states[-1]
    yield Written("列入清单"), cells.EMPTY, Written(chinese_month(states[0].month), said=states[0].month), cells.EMPTY
    for words, planned, actual, done in (
        ("开工", "planned_start", "actual_start", state.started),
        ("完工", "planned_completion", "actual_completion", state.completed),
    ):
        plan, date = state.values.get(planned), state.values.get(actual)
        yield (
            Written(words),
            cells.state_value(state, planned),
            cells.state_value(state, actual),
            cells.words(_kept(plan, date, asked.month, words, done=done)),
        )
    for stage in _LATER_NODES:
        month = next((each.month for each in states if each.stage is stage), None)
        if month is not None:
            yield Written(STAGE_WORDS[stage]), cells.EMPTY, Written(chinese_month(month), said=month), cells.EMPTY


def _kept(plan: PartialDate | None, date: PartialDate | None, month: str, words: str, *, done: bool) -> str:
    """Say how a node's date stands to its plan."""
    if date is None:
        if done:
            return f"已{words}，日期未填"
        if plan is None or plan.due_month > month:
            return f"未{words}，未到期" if plan else f"未{words}"
        late = months_late(plan, month)
        return f"未{words}，已逾期 {late} 个月" if late else f"未{words}，本月到期"
    if plan is None:
        return "没有计划时间"
    late = months_late(plan, date.due_month)
    return f"比计划晚 {late} 个月" if late > 0 else f"比计划早 {-late} 个月" if late < 0 else "按计划"


def _month(asked: Asked, state: State) -> tuple[Written, ...]:
    total, cumulative = fen(state.values.get("total_investment")), fen(state.values.get("cumulative_investment"))
    share = progress_share(state.values, state.started, state.completed) if state.listed else None
    decimals = asked.programme.decimals
    return (
        Written(chinese_month(state.month), said=state.month),
        cells.state_value(state, "stage"),
        cells.state_value(state, "month_investment"),
        cells.money(fen(state.year_done)),
        cells.money(cumulative),
        cells.rate((cumulative, total) if cumulative is not None and total else None, decimals),
        cells.rate((share.numerator, share.denominator) if share is not None else None, decimals),
        Written("已报" if state.reported else "未报"),
    )


def _problems(states: Sequence[State]) -> Iterator[tuple[Written, ...]]:
    for problem in problems_of(states):
        standing = problem.overdue or ("" if problem.is_open else "已解决")
        texts = (problem.text, problem.months_words, problem.owner, problem.limit, standing)
        yield tuple(cells.words(text) for text in texts)


def _changes(asked: Asked, history: History) -> Iterator[tuple[Written, ...]]:
    """Give the records that are no monthly returns, up to the month, the latest first."""
    for record in reversed(history.records):
        head = record.head
        if head["kind"] in CHANGING and head["month"] <= asked.month:
            signed = f"{head['recorded_by']} {str(head['recorded_at'])[:10]}"
            yield (
                Written(chinese_month(head["month"]), said=head["month"]),
                Written(RECORD_WORDS[head["kind"]]),
                cells.words(_what(asked, history, record)),
                cells.words(head["reason"]),
                cells.words(signed),
            )


def _what(asked: Asked, history: History, record: Record) -> str:
    """Say what a record changed, field by field."""
    lines = []
    for name, before, now in replaced_by(history, record.sequence):
        field = FIELD[name]
        if name == "phone":
            lines.append(field.heading)
            continue
        was, stands = (_printed(asked, name, value) for value in (before, now))
        lines.append(f"{field.heading}：{was} → {stands}")
    return "；".join(lines)


def _printed(asked: Asked, name: str, value: object) -> str:
    if value is None:
        return "空"
    return asked.place_name(str(value)) if FIELD[name].kind is Kind.PLACE else print_value(name, value)


def _notes(history: History, states: Sequence[State]) -> list[str]:
    corrected = [chinese_month(state.month) for state in states if state.month in history.corrected]
    if not corrected:
        return []
    return [f"封账后有更正的月份，表中为封账时的数字：{'、'.join(corrected)}。"]
