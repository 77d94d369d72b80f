"""On-time reporting (月报报送情况): which county sent its month when, how far the review is, and the year's places."""

from __future__ import annotations

from dataclasses import replace

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import EVERYTHING, Asked
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn
from tracker.ledger.months import deadline
from tracker.ledger.returns import WAITING, CountyReturn, RowStatus, county_returns
from tracker.ledger.timeliness import PUNCTUALITY_WORDS, Punctuality, Timely, timeliness

_COUNTED = {
    "accepted": (RowStatus.ACCEPTED,),
    "waiting": tuple(WAITING),
    "sent_back": (RowStatus.SENT_BACK,),
    "unreported": (RowStatus.UNREPORTED, RowStatus.DRAFTED),
}
"""The columns that count a county's projects by how far their returns are."""


def timeliness_table(asked: Asked) -> PrintedTable:
    """Give the counties of an area in the order of their year's places, each with its return of the month."""
    # A county reports with all its projects, whatever selection is asked for.
    asked = replace(asked, wanted=EVERYTHING)
    columns = _columns()
    ranked = timeliness(asked.ledger, asked.programme, asked.month, asked.area)
    # Where the month was not opened, nobody had to report it.
    open_month = asked.month_opened is not None
    returns = county_returns(asked.ledger, asked.programme, asked.month, asked.area) if open_month else []
    by_county = {each.county: each for each in returns}
    known = {each.county: each for each in ranked}
    order = [*known, *(county for county in by_county if county not in known)]
    lines = [Block(_cells(asked, columns, county, by_county.get(county), known.get(county))) for county in order]
    whole = Block(_sums(columns, returns), LineRank.TOTAL, lines)
    day = deadline(asked.programme, asked.month)
    return asked.table(
        "timeliness",
        "月报报送情况",
        columns,
        cells.flattened([whole]),
        notes=[
            "按时：清单内最后一个项目的报送不晚于报送期限；迟报：晚于期限；未报全：清单内还有项目没有报送。",
            "及时率＝本年按时报全的月数÷应报的月数；名次按及时率排列，比率相同的并列。",
        ],
        beside=f"报送期限：{day.year}年{day.month}月{day.day}日",
        repeated=2,
    )


def _columns() -> list[TableColumn]:
    month, year = "本月", "本年1月至本月"
    return [
        TableColumn("place", "名次"),
        TableColumn("tied", "并列", on_paper=False),
        TableColumn("code", "代码", on_paper=False),
        TableColumn("name", "县（市、区）", bounds=(12, 30), left=True),
        TableColumn("projects", "应报项目", group=month, summed=True),
        TableColumn("first_sent", "首次报送", group=month, bounds=(21, 24)),
        TableColumn("punctuality", "是否按时", group=month),
        TableColumn("accepted", "通过", group=month, summed=True),
        TableColumn("waiting", "待审", group=month, summed=True),
        TableColumn("sent_back", "退回待改", group=month, summed=True),
        TableColumn("unreported", "未报", group=month, summed=True),
        TableColumn("permitted", "准许迟报至", group=month),
        TableColumn("months", "应报月数", group=year),
        TableColumn("on_time", "按时", group=year),
        TableColumn("late", "迟报", group=year),
        TableColumn("missing", "未报全", group=year),
        TableColumn("rate", "及时率", "%", year),
    ]


def _sums(columns: list[TableColumn], returns: list[CountyReturn]) -> list[Written]:
    said = {"name": Written(f"合计（{len(returns)} 个）"), "projects": cells.count(sum(len(it.rows) for it in returns))}
    for key, statuses in _COUNTED.items():
        said[key] = cells.count(sum(each.number(*statuses) for each in returns))
    return [said.get(column.key, cells.EMPTY) for column in columns]


def _cells(
    asked: Asked, columns: list[TableColumn], county: str, returned: CountyReturn | None, timely: Timely | None
) -> list[Written]:
    said = {"code": Written(county), "name": cells.words(_name(asked, county))}
    if returned is not None and asked.month_opened is not None:
        said |= {key: cells.count(returned.number(*statuses)) for key, statuses in _COUNTED.items()}
        said["projects"] = cells.count(len(returned.rows))
        said["first_sent"] = cells.words(_first_sent(returned))
        said["permitted"] = cells.words(asked.month_opened.permitted.get(county))
    if timely is not None:
        rate = timely.rate
        found = timely.by_month.get(asked.month)
        said |= {
            "place": cells.place(timely.placed),
            "tied": cells.tied(timely.placed),
            "punctuality": cells.words(PUNCTUALITY_WORDS[found] if found else None),
            "months": cells.count(len(timely.by_month)),
            **{each.value: cells.count(timely.number(each)) for each in Punctuality},
            "rate": cells.rate((rate.numerator, rate.denominator), asked.programme.decimals),
        }
    return [said.get(column.key, cells.EMPTY) for column in columns]


def _name(asked: Asked, county: str) -> str:
    place = asked.places.find(county)
    return asked.places.full_name(place) if place and asked.is_large else asked.place_name(county)


def _first_sent(returned: CountyReturn) -> str:
    """Say when a county first sent its return; where it sent none itself, when the task force entered it."""
    if returned.first_sent_at:
        return returned.first_sent_at[:16].replace("T", " ")
    entered = [row.at for row in returned.rows if row.at]
    return f"{min(entered)[:10]} 专班录入" if entered else ""
