"""Registry: the kinds of official table there are, what each is called and answers, and the function that makes it.

The command line, the page of tables and the offices' own templates find every table here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker.exchange.tables.asking import Asked
from tracker.exchange.tables.behind import behind_table
from tracker.exchange.tables.dispatch import dispatch_table
from tracker.exchange.tables.dossier import dossier_tables
from tracker.exchange.tables.problems import problem_table
from tracker.exchange.tables.project_list import project_list
from tracker.exchange.tables.ranking import ranking_table
from tracker.exchange.tables.summary import summary_table
from tracker.exchange.tables.timeliness import timeliness_table
from tracker.exchange.tables.whole_ledger import whole_ledger
from tracker.exchange.writing.printed_table import PrintedTable


@dataclass(frozen=True, slots=True)
class TableKind:
    """One kind of table: its key, its Chinese name, what it answers, and what makes it.

    `make` gives one table, but several for a dossier and the whole ledger. `by` says that it goes by area, category or
    level, `narrowed` that a selection of projects narrows it.
    """

    key: str
    name: str
    answers: str
    make: Callable[[Asked], list[PrintedTable]]
    by: bool = False
    narrowed: bool = False


def _one(make: Callable[[Asked], PrintedTable]) -> Callable[[Asked], list[PrintedTable]]:
    return lambda asked: [make(asked)]


_KINDS = (
    TableKind(
        "list", "项目清单", "一县一清单：有哪些项目，各项怎样；可原样导入", _one(project_list), narrowed=True
    ),
    TableKind(
        "dispatch", "调度表", "各项目年度计划多少，本月、本年完成多少，干到哪一步", _one(dispatch_table), narrowed=True
    ),
    TableKind(
        "summary", "汇总表", "各地、各类、各级有多少项，开工、完工、投资各到几成", _one(summary_table),
        by=True, narrowed=True,
    ),
    TableKind("ranking", "排名表", "开工、完工、年度投资各排第几，比上月升降几位", _one(ranking_table), by=True),
    TableKind(
        "behind", "未按期开工完工名单", "哪些项目到期没有开工、没有完工，晚了几个月", _one(behind_table), narrowed=True
    ),
    TableKind(
        "problems", "问题清单", "卡在什么问题上，由谁解决，什么时限，自何时起", _one(problem_table), narrowed=True
    ),
    TableKind("timeliness", "月报报送情况", "哪些县按时、迟报、没有报全，本年及时率排第几", _one(timeliness_table)),
    TableKind("dossier", "工程档案", "一个项目的基本情况、关键节点、逐月数字、问题和更正，一页纸", dossier_tables),
    TableKind("ledger", "整本台账", "全部表合成一个工作簿：各表、逐月情况、记录、月份、数据字典", whole_ledger),
)  # fmt: skip

KINDS: dict[str, TableKind] = {kind.key: kind for kind in _KINDS}
"""Every kind of table by its key, in the order they are offered."""
