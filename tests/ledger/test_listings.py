"""Listings: filters, search, order and pages drawn by chance, each against plain Python over the whole list."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.builders import KEY, PROGRAMME, place, register, standing_clock, values
from tests.ledger.test_standings import (
    COUNTIES,
    MONTHS,
    NOW,
    PLAIN,
    PLAIN_SUMS,
    SCOPES,
    listed_in,
    planned,
    reported,
)
from tracker.ledger.changes import changed_projects, changes_of, earlier_month
from tracker.ledger.columns import fen
from tracker.ledger.handle import Ledger
from tracker.ledger.listings import COUNTED, LAMP_CONDITIONS, ORDERS, PAGE_SIZE, Wanted, choices_of, first_ones, select
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.standings import CONDITIONS, ProjectState, states_at
from tracker.ledger.writing import writing
from tracker.model.fields import STATED, Span
from tracker.model.folding import StatementKind, progress_share, says_nothing_new
from tracker.model.names import plain_name
from tracker.model.stages import Stage

WORDS = ("汾河湿地修复", "长治路污水厂", "农村黑臭水体整治（二期）", "管网 ABC 改造", "100%达标'整治_工程")
SEARCHES = (
    "",
    "污水",
    "湿地 修复",
    "fhsd",
    "wsc",
    "二期",
    "(二期)",
    "ABC",
    "100%",
    "_",
    "'",
    "榆次",
    "ycq",
    "zzzz",
    "140702",
    "工程 7",
)


@pytest.fixture(scope="module")
def drawn(fresh_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A hundred and twenty projects whose facts are drawn by chance, over three months."""
    directory = tmp_path_factory.mktemp("listings") / "ledger"
    shutil.copytree(fresh_directory, directory)
    ledger = open_ledger(directory, standing_clock)
    chance = random.Random(20240803)
    with writing(ledger, "fill", "测试员") as writes:
        for month in MONTHS:
            writes.open_month(KEY, month)
        for number in range(120):
            first = chance.choice(MONTHS)
            name = f"{chance.choice(WORDS)}工程{number}"
            county = COUNTIES[number % len(COUNTIES)]
            code = writes.register(KEY, first, values(name=name, county=county, **planned(chance)))
            for month in MONTHS:
                if month >= first and chance.random() < 0.6:
                    writes.state(KEY, code, month, StatementKind.RETURN, values(**reported(chance)))
    yield ledger
    ledger.close()


def stands(ledger: Ledger, project: ProjectState, wanted: Wanted, changed: set[str]) -> bool:
    """Say whether a project is wanted, from its state alone."""
    state = project.state
    places = places_of(ledger, PROGRAMME)
    county = places.find(project.county)
    assert county is not None
    late, missed = PLAIN["late_completion"](state), PLAIN["late_start"](state)
    lamp = "red" if late else "amber" if missed else "green"
    return all(
        (
            wanted.county in (None, county.code),
            wanted.city in (None, places.city(county).code),
            wanted.category in (None, state.values.get("category", "")),
            wanted.level in (None, state.values.get("level", "")),
            wanted.stage in (None, state.stage or ""),
            wanted.lamp in (None, lamp) or (wanted.lamp == "behind" and lamp != "green"),
            wanted.reported in (None, not PLAIN["unreported"](state)),
            wanted.problem in (None, "problem" in state.values),
            wanted.changed in (None, project.code in changed),
            wanted.count is None or PLAIN[wanted.count](state),
            wanted.without is None or not PLAIN[wanted.without](state),
        )
    )


def really_changed(ledger: Ledger) -> set[str]:
    """Give the codes of what differs from the month before, from the states alone."""
    before = states_at(ledger, PROGRAMME, MONTHS[1])
    found = set()
    for code, state in states_at(ledger, PROGRAMME, NOW).items():
        known = before.get(code)
        names = [field.name for field in STATED if field.span is not Span.MONTH and field.name != "stage"]
        if (
            known is None
            or not known.listed
            or known.stage != state.stage
            or any(not says_nothing_new(name, known.values.get(name), state.values.get(name)) for name in names)
        ):
            found.add(code)
    return found


def draw(chance: random.Random) -> Wanted:
    def maybe(*offered: Any) -> Any:
        return chance.choice(offered) if chance.random() < 0.25 else None

    return Wanted(
        city=maybe("140700", "140200", "419001"),
        county=maybe(*COUNTIES),
        category=maybe("生态修复", "其他", ""),
        level=maybe("省级", ""),
        stage=maybe("", *Stage),
        lamp=maybe(*LAMP_CONDITIONS),
        reported=maybe(True, False),
        problem=maybe(True, False),
        changed=maybe(True, False),
        count=maybe(*CONDITIONS),
        without=maybe(*CONDITIONS),
    )


def test_filters_are_plain_filtering(drawn: Ledger) -> None:
    chance = random.Random(7)
    changed = really_changed(drawn)
    assert changed
    found = 0
    for _ in range(300):
        scope, wanted = chance.choice(SCOPES), draw(chance)
        expected = [each for each in listed_in(drawn, scope) if stands(drawn, each, wanted, changed)]
        selection = select(drawn, PROGRAMME, NOW, place(drawn, scope), wanted)
        assert list(selection.projects) == expected, (scope, wanted)
        assert selection.counts == {name: sum(PLAIN[name](each.state) for each in expected) for name in COUNTED}
        for name in ("total_investment", "year_plan", "cumulative_investment"):
            known = [amount for each in expected if (amount := PLAIN_SUMS[name](each.state)) is not None]
            assert selection.sums[name] == (sum(known) if known else None), (scope, wanted, name)
        found += len(expected)
    assert found > 500


@pytest.mark.parametrize("search", SEARCHES)
def test_searching_finds_what_is_written_and_what_its_initials_are(drawn: Ledger, search: str) -> None:
    initials = {"fhsd": "汾河湿地", "wsc": "污水厂", "ycq": "榆次区", "zzzz": "没有"}
    terms = [plain_name(initials.get(term, term)) for term in search.split()]
    places = places_of(drawn, PROGRAMME)
    expected = []
    for each in listed_in(drawn, "000000"):
        county = places.find(each.county)
        assert county is not None
        text = plain_name(
            " ".join((each.code, each.name, places.full_name(county), each.state.values.get("category", "")))
        )
        if all(term in text for term in terms):
            expected.append(each.code)
    selection = select(drawn, PROGRAMME, NOW, place(drawn, "000000"), Wanted(search=search))
    assert [each.code for each in selection.projects] == expected
    assert bool(expected) is (search != "zzzz")
    assert selection.words == ([f"搜索“{search}”"] if search else [])


def stored(each: ProjectState, name: str) -> str | None:
    return each.state.values[name].text if name in each.state.values else None


def planned_key(each: ProjectState, name: str) -> tuple[str, str] | None:
    planned_date = each.state.values.get(name)
    return (planned_date.due_month, planned_date.text) if planned_date else None


def lamp_key(each: ProjectState) -> tuple[int, str]:
    state = each.state
    late, missed = PLAIN["late_completion"](state), PLAIN["late_start"](state)
    due = [state.values["planned_completion"].due_month] if late else []
    due += [state.values["planned_start"].due_month] if missed else []
    return (0 if late else 1 if missed else 2), min(due, default="9999")


KEYS: dict[str, Any] = {
    "code": lambda each: each.code,
    "county": lambda each: each.county,
    "category": lambda each: each.state.values.get("category"),
    "level": lambda each: each.state.values.get("level"),
    "stage": lambda each: list(Stage).index(each.state.stage) if each.state.stage else None,
    "total_investment": lambda each: each.state.values.get("total_investment"),
    "year_plan": lambda each: each.state.values.get("year_plan"),
    "year_done": lambda each: fen(each.state.year_done),
    "cumulative_investment": lambda each: each.state.values.get("cumulative_investment"),
    "progress": lambda each: progress_share(each.state.values, each.state.started, each.state.completed),
    "actual_start": lambda each: stored(each, "actual_start"),
    "actual_completion": lambda each: stored(each, "actual_completion"),
    "planned_start": lambda each: planned_key(each, "planned_start"),
    "planned_completion": lambda each: planned_key(each, "planned_completion"),
    "lamp": lamp_key,
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", list(ORDERS))
def test_every_order_is_plain_sorting_with_the_unknown_last(drawn: Ledger, order: str, descending: bool) -> None:
    listed = listed_in(drawn, "000000")
    key = KEYS[order]
    known = [each for each in listed if key(each) is not None]
    expected = sorted(known, key=key, reverse=descending)
    # Equals keep their order when Python reverses: by code, as they came.
    expected += [each for each in listed if key(each) is None]
    found = select(drawn, PROGRAMME, NOW, place(drawn, "000000"), Wanted(), order, descending=descending)
    assert [each.code for each in found.projects] == [each.code for each in expected]


def test_pages_together_are_the_list_and_sums_are_of_all(drawn: Ledger) -> None:
    area = place(drawn, "000000")
    whole = select(drawn, PROGRAMME, NOW, area, Wanted(), "progress")
    pages = [select(drawn, PROGRAMME, NOW, area, Wanted(), "progress", page=page) for page in (1, 2, 3, 4)]
    assert [len(page.projects) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 120 - 2 * PAGE_SIZE, 0]
    assert tuple(each for page in pages for each in page.projects) == whole.projects
    assert all((page.counts, page.sums) == (whole.counts, whole.sums) for page in pages)


@pytest.mark.parametrize("order", list(ORDERS))
def test_the_first_ones_are_the_head_of_the_list(drawn: Ledger, order: str) -> None:
    area, wanted = place(drawn, "14"), Wanted(count="behind")
    whole = select(drawn, PROGRAMME, NOW, area, wanted, order).projects
    for number in (0, 1, 6, 500):
        assert first_ones(drawn, PROGRAMME, NOW, area, wanted, order, number) == list(whole[:number])
    assert first_ones(drawn, PROGRAMME, "1999-01", area, wanted, order, 6) == []
    with pytest.raises(ValueError, match="no order"):
        first_ones(drawn, PROGRAMME, NOW, area, wanted, "phone", 6)


def test_an_order_that_is_not_offered_is_refused(drawn: Ledger) -> None:
    for order in ("phone", "project; DROP TABLE state", ""):
        with pytest.raises(ValueError, match="no order"):
            select(drawn, PROGRAMME, NOW, place(drawn, "14"), Wanted(), order)


@pytest.mark.parametrize("hostile", ["'; DROP TABLE record; --", "%", "\\", "\x00", '"]', "😀", ":month"])
def test_what_is_typed_is_bound_and_never_sql(drawn: Ledger, hostile: str) -> None:
    area = place(drawn, "000000")
    for wanted in (Wanted(search=hostile), Wanted(category=hostile), Wanted(level=hostile), Wanted(county=hostile)):
        selection = select(drawn, PROGRAMME, NOW, area, wanted)
        assert all(hostile in each.name for each in selection.projects)


def test_the_filters_say_themselves(drawn: Ledger) -> None:
    wanted = Wanted(
        search=" 污水  厂 ", county="140702", category="生态修复", level="", stage="suspended", lamp="red",
        reported=False, problem=True, changed=True, count="started",
    )  # fmt: skip
    assert select(drawn, PROGRAMME, NOW, place(drawn, "14"), wanted).words == [
        "榆次区", "类别为“生态修复”", "级别为“未填”", "阶段为“停工”", "亮灯为预警", "本月未报送", "有存在问题",
        "比2024年7月有变化", "搜索“污水 厂”",
    ]  # fmt: skip


def test_choices_are_what_the_list_holds(drawn: Ledger) -> None:
    choices = choices_of(drawn, PROGRAMME, NOW, place(drawn, "14"))
    listed = listed_in(drawn, "14")
    assert sum(choices.city.values()) == sum(choices.stage.values()) == len(listed)
    assert choices.category == {
        name: sum(each.state.values.get("category", "") == name for each in listed) for name in choices.category
    }
    assert set(choices.county) == {each.county for each in listed}


def test_a_month_that_is_not_open_has_nothing_to_compare(drawn: Ledger) -> None:
    area = place(drawn, "000000")
    assert earlier_month(drawn, PROGRAMME, NOW) == MONTHS[1]
    assert earlier_month(drawn, PROGRAMME, MONTHS[0]) is None
    assert select(drawn, PROGRAMME, "2024-11", area, Wanted(changed=True)).number == 0
    assert select(drawn, PROGRAMME, MONTHS[0], area, Wanted(changed=True)).words == ["本月有变化"]
    assert select(drawn, PROGRAMME, "1999-01", area, Wanted()).number == 0


def test_changes_name_the_fields_that_changed(ledger: Ledger) -> None:
    with writing(ledger, "months", "测试员") as writes:
        for month in ("2023-12", "2024-01"):
            writes.open_month(KEY, month)
    code = register(ledger, "2023-12", "甲工程", total_investment=100, planned_completion="2024-06-30")
    late = register(ledger, "2024-01", "乙工程")
    with writing(ledger, "returns", "测试员") as writes:
        first = values(cumulative_investment=10, year_plan=50, month_investment=5, actual_start="2023-07")
        writes.state(KEY, code, "2023-12", StatementKind.RETURN, {**first, "stage": Stage.UNDER_CONSTRUCTION})
        writes.state(KEY, code, "2024-01", StatementKind.RETURN, values(cumulative_investment=30, month_investment=20))
    found = changes_of(ledger, PROGRAMME, "2024-01", [code, late, "nobody"])
    assert found[late].entered
    assert [(change.field, change.before, change.now) for change in found[code].fields] == [
        ("cumulative_investment", 10, 30)
    ]


def test_dates_that_agree_are_no_change_and_all_others_are(ledger: Ledger) -> None:
    with writing(ledger, "months", "测试员") as writes:
        for month in ("2023-12", "2024-01"):
            writes.open_month(KEY, month)
    corrected = {
        "vaguer": ("2024-06-30", "2024-06"), "finer": ("2024-06", "2024-06-30"), "other": ("2024-06", "2024-07"),
        "same": ("2024-06", "2024-06"), "new": (None, "2024-06"), "cleared": ("2024-06", None),
    }  # fmt: skip
    codes = {}
    for name, (before, now) in corrected.items():
        planned = {} if before is None else {"planned_completion": before}
        codes[name] = register(ledger, "2023-12", name, **planned)
        with writing(ledger, name, "测试员") as writes:
            said = {} if now is None else values(planned_completion=now)
            cleared = {"planned_completion"} if now is None else set()
            writes.state(
                KEY, codes[name], "2024-01", StatementKind.CORRECTION, said, frozenset(cleared), reason="核对批复"
            )
    found = changed_projects(ledger, PROGRAMME, "2024-01", list(codes.values()))
    assert found == sorted(changes_of(ledger, PROGRAMME, "2024-01", codes.values()))
    assert found == sorted(codes[name] for name in ("finer", "other", "new", "cleared"))
    assert changed_projects(ledger, PROGRAMME, "2023-12", list(codes.values())) == []
