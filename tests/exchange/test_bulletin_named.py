"""Names and places in a bulletin's text: what many have in common is said once, ties are told fairly."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tracker.exchange.bulletins.composing import composed
from tracker.exchange.bulletins.figures import best, moves_in_words, worst
from tracker.exchange.bulletins.leader import LeaderPage, leader_page
from tracker.exchange.bulletins.named import FEW_PROBLEMS, MOST_NAMED, _problems
from tracker.exchange.tables.asking import Asked
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.ledger.ranking_table import RankedRow
from tracker.model.problems import months_late


@pytest.fixture(scope="module")
def demonstration(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = open_ledger(shutil.copytree(demonstration_made, tmp_path_factory.mktemp("named") / "ledger"))
    yield opened
    opened.close()


def asked(ledger: Ledger, code: str, month: str) -> Asked:
    programme = find_programme(ledger, None)
    return Asked(ledger, programme, month, find_place(places_of(ledger, programme), programme, code))


def rows(*places: int) -> list[RankedRow]:
    return [cast(RankedRow, SimpleNamespace(placed=SimpleNamespace(place=place))) for place in places]


@pytest.mark.parametrize(
    ("places", "first", "last"),
    [
        ((1, 2, 3, 4, 5, 6, 7), [1, 2, 3], [5, 6, 7]),
        # A tie at the cut lengthens the list …
        ((1, 2, 3, 3, 5, 6, 7, 8), [1, 2, 3, 3], [6, 7, 8]),
        ((1, 2, 3, 4, 5, 6, 6, 6, 6), [1, 2, 3], [6, 6, 6, 6]),
        # … but most of all units are neither the best nor the worst.
        ((1, 2, 3, 4, 4, 6, 6, 6, 6, 10, 11), [1, 2, 3], [10, 11]),
        ((1, 1, 1, 1, 1, 1, 1, 8, 9, 10, 11), [], [9, 10, 11]),
        ((1, 2), [1, 2], [1, 2]),
    ],
)
def test_best_and_worst_with_ties_at_the_cut(places: tuple[int, ...], first: list[int], last: list[int]) -> None:
    for found, expected in ((best(rows(*places)), first), (worst(rows(*places)), last)):
        assert [row.placed.place for row in found if row.placed] == expected


def test_those_that_moved_as_far_are_told_together_the_farthest_first() -> None:
    moved = [("甲县", 1), ("乙县", 8), ("丙县", 1)]
    assert moves_in_words(moved, "上升") == "乙县上升8位，甲县、丙县各上升1位"
    assert moves_in_words([], "下降") == ""


def problems(*texts: str) -> list[Any]:
    return [
        SimpleNamespace(name=f"工程{at}", state=SimpleNamespace(values={"problem": text}))
        for at, text in enumerate(texts, start=1)
    ]


def test_problems_are_told_one_by_one_or_by_what_they_are() -> None:
    few = _problems(problems("资金缺口约 300 万元。", " 征地。拆迁；"))
    assert few["问题名单"] == "工程1（资金缺口约300万元）；工程2（征地，拆迁）"
    assert _problems([])["问题名单"] == ""
    several = _problems(problems("征地", *["管线迁改"] * FEW_PROBLEMS))
    assert several["问题名单"] == "管线迁改的3项（工程2、工程3、工程4）；征地的1项（工程1）"
    many = _problems(problems("征地", *["管线迁改"] * MOST_NAMED))
    assert many == {"问题归类": f"管线迁改的{MOST_NAMED}项", "问题名单": f"管线迁改的{MOST_NAMED}项"}


def test_a_provinces_text_names_each_late_project_once_and_reads_like_one(demonstration: Ledger) -> None:
    found = composed(asked(demonstration, "14", "2024-10"))
    text = {each.key: "\n".join(each.paragraphs) for each in found.bulletin.filled()}
    assert "未按期开工6项：长治市1项，为武乡县湿地公园保护修复工程（逾期1个月）；" in text["behind"]
    assert "永和县小流域水土保持综合治理工程（均逾期4个月）。" in text["behind"]
    for project in (*found.facts.late_start, *found.facts.late_completion):
        assert text["behind"].count(project.name) == 1
    assert "按问题分，管线迁改协调难度较大的7项（" in text["problems"]
    assert "（三）加快投资进度。年度投资完成率慢于序时进度0.6个百分点，" in text["next"]
    assert "排名靠前的是" not in text["ranking"].split("\n")[0]
    city = composed(asked(demonstration, "1407", "2024-08")).bulletin
    ranking, categories = (
        "\n".join(next(each for each in city.filled() if each.key == key).paragraphs)
        for key in ("ranking", "categories")
    )
    assert "排名靠后的是祁县、寿阳县。" in ranking
    assert ranking.count("下降1位") == 1
    assert "尚无完工项目；累计完成投资9299.01万元。" in categories
    assert "完工率0.0%" not in categories


@pytest.fixture(scope="module")
def leaders(demonstration: Ledger) -> tuple[Asked, LeaderPage]:
    request = asked(demonstration, "14", "2024-10")
    return request, leader_page(request)


def test_a_leader_reads_the_projects_late_by_most_months_first(leaders: tuple[Asked, LeaderPage]) -> None:
    request, page = leaders
    late = {
        project.name: max(
            months_late(project.state.values[planned], request.month)
            for planned, done in (
                ("planned_start", project.state.started),
                ("planned_completion", project.state.completed),
            )
            if not done and project.state.values[planned].due_month <= request.month
        )
        for project in request.projects("behind")
    }
    named = [late[name] for name, *_ in page.delayed]
    assert named == sorted(late.values(), reverse=True)[: len(named)]
    assert len(set(named)) > 1


def test_what_is_asked_is_asked_of_cities_and_adds_up(leaders: tuple[Asked, LeaderPage]) -> None:
    request, page = leaders
    assert page.requests[0] == ("临汾市", "3 项尽快开工，4 项抓紧完工")
    for word, count in (("尽快开工", "late_start"), ("抓紧完工", "late_completion")):
        numbers = [
            int(part.split()[0]) for _, said in page.requests for part in said.split("，") if part.endswith(word)
        ]
        assert sum(numbers) == request.tally[count]
    city = leader_page(dataclasses.replace(request, area=find_place(request.places, request.programme, "1407")))
    assert city.figures[2].fraction == "24.96 / 30.30 亿元"
