"""Corrections: the words of a bulletin that corrects an issued one, and the table of what became of its projects."""

from __future__ import annotations

from dataclasses import replace

from tracker.exchange.bulletins.document import Section
from tracker.exchange.bulletins.figures import COUNTED, RATES, SUMMED, Facts, plain
from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import Asked, corrected_words, shared_columns
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import PrintedTable, TableColumn
from tracker.ledger.corrected import Corrected
from tracker.model.fields import FIELD

WHY = "（请在这里写明更正的事由。）"
"""What the program writes where only people know the reason; a correction with it is not issued."""


def correction_sections(facts: Facts, title: str, number: str) -> tuple[Section, ...]:
    """Give the sections of a bulletin that corrects an issued one, named by its title and document number."""
    reason = f"《{_within(plain(title))}》（{number}）印发后，发现有需要更正的内容。{WHY}"
    content: list[str] = []
    if facts.corrected:
        content.append("封账后更正【更正项目数】项：【更正名单】，更正前后的内容见【附件·更正】。")
        moved = [mark for mark in (*COUNTED, *SUMMED, *RATES) if _moved(facts, mark)]
        if moved:
            units = {mark: "项" if mark in COUNTED else "" for mark in moved}
            told = "；".join(f"{mark}由【{mark}】{unit}更正为【更正后{mark}】{unit}" for mark, unit in units.items())
            content.append(f"按更正后的数字，{told}。")
        else:
            content.append("更正不影响原通报所列的合计数和比率。")
    else:
        content.append("封账后台账的数字没有更正，原通报的数字不变。")
    content.append("原通报不再改动，除以上更正外，其余内容仍然有效。")
    return (
        Section("reason", "一、更正事由", (reason,)),
        Section("content", "二、更正内容", tuple(content)),
    )


def _moved(facts: Facts, mark: str) -> bool:
    return facts.figures.get(f"更正后{mark}", facts.figures[mark]) != facts.figures[mark]


def correction_title(title: str) -> str:
    """Give the title of a bulletin that corrects one."""
    return f"关于更正《{_within(title)}》的通报"


def correction_marks(facts: Facts) -> dict[str, str]:
    """Give the words of a correction's annex by its mark."""
    return {"附件·更正": "附件"} if facts.corrected else {}


def correction_annexes(facts: Facts) -> tuple[PrintedTable, ...]:
    """Give the table of a correction: of each project what was frozen and what it is now; none without corrections."""
    if not facts.corrected:
        return ()
    asked = facts.asked
    columns = [
        *shared_columns(asked),
        TableColumn("what", "更正", bounds=(14, 30), left=True),
        TableColumn("frozen", "封账时", bounds=(20, 60), left=True),
        TableColumn("now", "更正后", bounds=(20, 60), left=True),
    ]
    blocks = [_line(asked, each, number) for number, each in enumerate(facts.corrected, start=1)]
    table = asked.table("corrections", "更正明细", columns, cells.flattened(blocks), repeated=3 if asked.is_unit else 4)
    return (replace(table, annex="附件", notes=()),)


def _line(asked: Asked, corrected: Corrected, number: int) -> Block:
    county = corrected.now.values["county"]
    return Block((
        Written(number),
        Written(county),
        cells.words(asked.place_name(county)),
        Written(corrected.code),
        cells.words(corrected.name),
        cells.words(corrected_words(corrected)),
        cells.words(_values(corrected, frozen=True)),
        cells.words(_values(corrected, frozen=False)),
    ))  # fmt: skip


def _values(corrected: Corrected, *, frozen: bool) -> str:
    """Print the fields that differ, as they were frozen or as they are now."""
    state = corrected.frozen if frozen else corrected.now
    if state is None:
        return "—"
    said = []
    for name in corrected.fields:
        if name == "phone":
            continue
        cell = cells.state_value(state, name)
        said.append(f"{FIELD[name].heading}：{cell.said or cell.value or '—'}")
    return "；".join(said)


def _within(title: str) -> str:
    """Give a title as it stands within another's marks: GB/T 15834 has 〈〉 inside 《》."""
    return title.replace("《", "〈").replace("》", "〉")
