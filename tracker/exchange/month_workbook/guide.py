"""Guide of a month's workbook: what stands on its second sheet, in the words of those who fill it in."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.exchange.month_workbook.gathering import TICKED, UNCHANGED_HEADING, MonthBook
from tracker.exchange.writing.printed_table import DEMONSTRATION
from tracker.model.written import CLEARING_WORD


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide: its title, and its parts, each a heading with its sentences."""

    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


def guide_of(book: MonthBook) -> Guide:
    """Give the guide of a county's workbook."""
    mark = f"（{DEMONSTRATION}）" if book.programme.demonstration else ""
    sent = (f"本月已经报送的 {book.sent} 个项目不在表里。",) if book.sent else ()
    return Guide(
        f"填报说明{mark}",
        (
            ("一、这是什么", (
                f"{book.full_name}{book.month_words}的月报工作簿，专项“{book.programme.name}”，"
                f"共 {len(book.rows)} 个项目。"
                f"{book.made_at[:16].replace('T', ' ')} 由一泓台账生成，不用联网也能填，Excel 和 WPS 都可以。",
                *sent,
            )),
            ("二、怎么填", (
                "1. 灰色的栏是登记的内容，不用改也改不了；要更正的，报专班办理。",
                "2. 白色的栏已经带出现在的数，只改有变化的；没有变化的不动。本月完成投资每月重新填。",
                "3. 鼠标停在格子上，能看到上月报的数；选中格子，能看到怎么填。",
                f"4. 原来有、现在要删掉的，写“{CLEARING_WORD}”。"
                "只把格子删空，算作没有改动；存在问题和备注除外，删空就是没有了。",
                f"5. 一个项目本月什么都没变，在“{UNCHANGED_HEADING}”里选“{TICKED}”。"
                f"整行没动、又没选“{TICKED}”的，算作还没有报。",
                "6. 不知道是哪一天的，写 2024年8月 这样的年月就行。跳出“请核对”时，确认没写错就按“是”。",
                "7. 不要增加行；新项目先报专班列入清单。删掉的行，就是不报那个项目。",
            )),
            ("三、填好以后", (
                f"1. 请在 {book.due.month} 月 {book.due.day} 日前，登录一泓台账，"
                f"打开{book.full_name}{book.month_words}的月报页，点“用工作簿填报”，把文件交回。不能登录的，发给本县负责人或上级专班代为交回。",
                "2. 交回时逐栏合并：别人同时在网页上改过的，两份都列出来由您选，谁的也不会丢。",
                "3. 交回的内容先记入草稿，由本县负责人在月报页核对后签发报送。",
                "4. 请保留原来的文件格式（.xlsx），改名没有关系；另存为别的格式或复制到新文件里，只能当作普通清单读。",
            )),
            ("四、每一栏填什么", ()),
        ),
    )  # fmt: skip
