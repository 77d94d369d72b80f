"""Actions on projects: each from a month on and with a reason; closed months keep their figures."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.builders import YIHONG
from tests.web.callers import caller, text_of, with_people
from tests.web.reading_pages import read_page
from tests.web.returning import BEFORE, COUNTY, ELSEWHERE, MONTH, code, county_ledger, hidden
from tracker.ledger.closing import close_month
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, places_of
from tracker.ledger.projects import state_at
from tracker.ledger.reading import reading
from tracker.ledger.writing import writing

DOSSIER = f"/project/{code(1)}"
CITY = 140700


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = county_ledger(tmp_path_factory.mktemp("actions") / "ledger", projects=2)
    with_people(directory, "system", "city", "province", "lead")
    ledger = open_ledger(directory)
    area = find_place(places_of(ledger, YIHONG), YIHONG, None)
    with writing(ledger, "close", "省专班") as writes:
        close_month(writes, YIHONG, BEFORE, area, "按期封账")
    ledger.close()
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


def held(directory: Path, month: str = MONTH, project: str = code(1)) -> dict[str, Any]:
    with reading(directory) as ledger:
        state = state_at(ledger, YIHONG, project, month)
    assert state is not None
    return {**state.values, "listed": state.listed}


def frozen(directory: Path) -> list[tuple[Any, ...]]:
    with reading(directory) as ledger:
        rows = ledger.connection.execute("SELECT * FROM state WHERE month = ? ORDER BY project", (BEFORE,))
        return [tuple(row) for row in rows]


def act(client: Any, action: str, **data: str) -> Any:
    return opened(client, action)(**data)


def opened(client: Any, action: str, project: str = code(1)) -> Callable[..., Any]:
    """Open an action's form; gives what posts it with what is typed, whatever happened meanwhile."""
    address = f"/project/{project}/{action}"
    shown = hidden(text_of(client.get(f"{address}?month={MONTH}")))
    return lambda **data: client.post(address, data={**shown, "month": MONTH, "reason": "县政府批复", **data})


def test_a_project_is_renamed_once_however_often_one_presses(directory: Path) -> None:
    client = caller(directory, "city")
    for _ in range(2):
        answer = act(client, "rename", name="榆次区新名称工程", key="r" * 32)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{DOSSIER}?month={MONTH}")
    assert held(directory)["name"] == "榆次区新名称工程"
    with reading(directory) as ledger:
        number = ledger.connection.execute("SELECT count(*) FROM record WHERE kind = 'renaming'").fetchone()[0]
    assert number == 1
    dossier = text_of(client.get(f"{DOSSIER}?month={MONTH}"))
    assert "县政府批复" in dossier
    assert "city 测试员" in dossier


def test_a_project_moves_to_another_county_and_leaves_the_months_before(directory: Path) -> None:
    before = frozen(directory)
    assert act(caller(directory, "city"), "move", county=ELSEWHERE).status_code == 303
    assert held(directory)["county"] == ELSEWHERE
    assert frozen(directory) == before
    assert caller(directory, "lead").get(f"{DOSSIER}?month={MONTH}").status_code == 404
    assert caller(directory, "lead").get(f"{DOSSIER}?month={BEFORE}").status_code == 200


@pytest.mark.parametrize("county", ["", "1407", "110101", "nowhere"])
def test_a_project_moves_only_to_a_county_of_the_area(directory: Path, county: str) -> None:
    answer = act(caller(directory, "province"), "move", county=county)
    assert (answer.status_code, "请选一个县" in text_of(answer)) == (409, True)
    assert held(directory)["county"] == COUNTY


def test_a_citys_task_force_moves_nothing_out_of_the_city(directory: Path) -> None:
    assert act(caller(directory, "city"), "move", county="140215").status_code == 409
    assert held(directory)["county"] == COUNTY


def test_a_project_ends_and_a_split_leaves_its_parts(directory: Path) -> None:
    client = caller(directory, "city")
    assert act(client, "terminate").status_code == 303
    assert held(directory)["listed"] is False
    split = opened(client, "split", code(2))
    one = split(names="甲段\n\n")
    assert one.status_code in (409, 422)
    assert "甲段" in text_of(one)
    assert split(names="甲段\r\n\r\n 乙段 \r\n").status_code == 303
    assert held(directory, project=code(2))["listed"] is False
    assert [held(directory, project=code(number))["name"] for number in (3, 4)] == ["甲段", "乙段"]


@pytest.mark.parametrize("action", ["rename", "move", "terminate", "split", "correct"])
def test_every_action_wants_a_reason_and_keeps_what_was_typed(directory: Path, action: str) -> None:
    typed = {"name": "新名称", "names": "甲\n乙", "county": ELSEWHERE, "progress": "写好的进展"}
    answer = act(caller(directory, "city"), action, **{**typed, "reason": ""})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "请写明理由" in page
    kept = {"rename": 'value="新名称"', "split": "甲\n乙", "correct": "写好的进展",
            "move": f'<option selected value="{ELSEWHERE}">', "terminate": ""}[action]  # fmt: skip
    assert kept in page
    assert held(directory)["listed"] is True


def corrected(client: Any, month: str = MONTH, **typed: str) -> Any:
    """Send the form of a correction as a browser would, with what is typed over what it shows."""
    page = f"{DOSSIER}/correct?month={month}"
    html = text_of(client.get(page))
    found = dict(re.findall(r'name="(seen-[^"]+)" value="([^"]*)"', html))
    return lambda **more: client.post(
        f"{DOSSIER}/correct",
        data={**found, **{name.removeprefix("seen-"): text for name, text in found.items()},
              "csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)[1],  # type: ignore[index]
              "month": month, "reason": "填错一位", **typed, **more},
    )  # fmt: skip


def test_a_correction_of_a_closed_month_leaves_its_figures_and_stands_beside_them(directory: Path) -> None:
    before = frozen(directory)
    client = caller(directory, "city")
    page = text_of(client.get(f"{DOSSIER}/correct?month={BEFORE}"))
    assert "2024年8月已经封账：那个月的数字不变" in page
    assert corrected(client, BEFORE, year_investment="123.45", cumulative_investment="623.45")().status_code == 303
    assert frozen(directory) == before
    assert str(held(directory)["year_investment"]) == "123.45"
    with reading(directory) as ledger:
        beside = ledger.connection.execute(
            "SELECT year_investment FROM state_corrected WHERE month = ? AND project = ?", (BEFORE, code(1))
        ).fetchone()
    assert beside is not None
    dossier = text_of(client.get(f"{DOSSIER}?month={MONTH}"))
    assert "更正" in dossier
    assert "填错一位" in dossier


def test_a_wrong_text_stands_at_its_field_and_a_doubt_wants_a_tick(directory: Path) -> None:
    client = caller(directory, "city")
    wrong = corrected(client, total_investment="约三千")()
    page = text_of(wrong)
    assert wrong.status_code == 422
    assert "还有 1 处要改" in page
    assert 'aria-describedby="fault-total_investment"' in page
    assert 'value="约三千"' in page
    nothing = corrected(client)()
    assert (nothing.status_code, "没有改动任何一栏" in text_of(nothing)) == (422, True)
    doubted = corrected(client, cumulative_investment="30000")
    answer = doubted()
    assert (answer.status_code, "核对属实请勾选确认" in text_of(answer)) == (422, True)
    assert doubted(confirmed="y").status_code == 303
    assert str(held(directory)["cumulative_investment"]) == "30000"


def test_two_who_correct_different_fields_do_not_undo_each_other(directory: Path) -> None:
    first = corrected(caller(directory, "city"), progress="第一位写的")
    second = corrected(caller(directory, "province"), remark="第二位写的")
    assert first().status_code == 303
    assert second().status_code == 303
    now = held(directory)
    assert (now["progress"], now["remark"]) == ("第一位写的", "第二位写的")


def test_two_who_correct_one_field_are_shown_both_and_nothing_is_lost(directory: Path) -> None:
    first = corrected(caller(directory, "city"), progress="第一位写的")
    client = caller(directory, "province")
    second = corrected(client, progress="第二位写的")
    assert first().status_code == 303
    answer = second()
    page = text_of(answer)
    assert answer.status_code == 422
    assert "有 1 栏在您填写时被别人改过" in page
    assert "现在是：第一位写的" in page
    assert "第二位写的" in page
    assert held(directory)["progress"] == "第一位写的"
    again = dict(re.findall(r'name="(seen-[^"]+)" value="([^"]*)"', page))
    assert again["seen-progress"] == "第一位写的"
    assert second(**again).status_code == 303
    assert held(directory)["progress"] == "第二位写的"


def test_who_acts_on_a_project_that_another_changed_meanwhile_is_shown_both(directory: Path) -> None:
    client = caller(directory, "province")
    forms = {action: opened(client, action) for action in ("rename", "move", "terminate", "split")}
    assert act(caller(directory, "city"), "rename", name="市里起的<名>").status_code == 303
    typed = {"name": "省里起的名", "county": ELSEWHERE, "names": "甲段\n乙段", "reason": "省里批复"}
    answers = {action: form(**typed) for action, form in forms.items()}
    for action, answer in answers.items():
        page = read_page(text_of(answer))
        assert (action, answer.status_code) == (action, 409)
        assert "您打开本页以后，这个项目又登记了更名，您的没有登记" in page.text
        assert "city 测试员更名，理由：县政府批复" in page.text
        assert 'value="省里批复"' in text_of(answer)
    assert held(directory)["name"] == "市里起的<名>"
    rows = read_page(text_of(answers["rename"])).rows
    assert ["名称", "榆次区第1号治理工程", "市里起的<名>", "省里起的名"] in rows
    again = hidden(text_of(answers["rename"]))
    assert forms["rename"](**{**typed, **again}).status_code == 303
    assert held(directory)["name"] == "省里起的名"


def test_a_form_that_does_not_say_what_it_saw_changes_nothing(directory: Path) -> None:
    client = caller(directory, "city")
    for seen in ("", "x", "٣", "9" * 30):
        assert act(client, "terminate", seen=seen).status_code == 409
    assert held(directory)["listed"] is True


def test_what_there_is_not_is_said_alike_for_what_may_not_be_seen(directory: Path) -> None:
    client = caller(directory, "city")
    unknown = text_of(client.get("/project/140215-0001/rename"))
    assert "没有编码为“140215-0001”的项目，或者它不在您的范围内" in unknown
    assert client.get(f"{DOSSIER}/erase").status_code == 404
    assert client.get(f"{DOSSIER}/rename?month=2020-01").status_code == 404
    assert client.get(f"{DOSSIER}/rename?month=xx").status_code == 404
    assert client.get(f"{DOSSIER}/terminate").status_code == 200
