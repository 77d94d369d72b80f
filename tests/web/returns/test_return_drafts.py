"""Drafts of a return: saved field by field and as a whole page, alive elsewhere, and never over somebody's text."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG
from tests.web.reading_pages import read_page
from tests.web.returning import (
    COUNTY,
    ELSEWHERE,
    MONTH,
    PAGE,
    code,
    enter,
    filled,
    hidden,
    shown,
    token_of,
    worked_in,
)
from tracker.ledger.closing import lock_month
from tracker.ledger.handle import Ledger
from tracker.ledger.writing import writing
from tracker.web.return_saving import LONGEST_DRAFT

DRAFT = f"{PAGE}/draft"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worked_in(tmp_path_factory.mktemp("made") / "ledger", 3, "demo-lead", "demo-reporter")


def drafts(ledger: Ledger) -> list[tuple[str, str, str, int]]:
    rows = ledger.connection.execute("SELECT project, field, text, version FROM draft ORDER BY project, field")
    return [tuple(row) for row in rows]


def save(client: FlaskClient, number: int, name: str, text: str, seen: int | str = 0, **more: str) -> TestResponse:
    """Save one field as the page's script does."""
    said = {"project": code(number), "field": name, "text": text, "seen": str(seen), **more}
    return client.post(DRAFT, data=said, headers={"X-CSRFToken": token_of(client.get(PAGE))})


def test_one_field_is_saved_and_the_answer_says_what_the_row_is_now(reporter: FlaskClient, ledger: Ledger) -> None:
    answer = save(reporter, 1, "cumulative_investment", "620")
    assert answer.status_code == 200
    said = answer.get_json()
    assert said["version"] == 1
    assert len(said["at"]) == len("08:30")
    assert "改动 1 处" in said["state"]
    assert "未填 <strong>2</strong> 项" in said["tasks"]
    assert said["quiet"] == 2
    assert "已填 1 项" in said["title"]
    assert drafts(ledger) == [(code(1), "cumulative_investment", "620", 1)]


def test_the_answer_carries_the_rows_faults_as_the_page_shows_them(reporter: FlaskClient) -> None:
    said = save(reporter, 1, "cumulative_investment", "约三千").get_json()
    assert "“约三千”不是数字" in said["below"]["cumulative_investment"]
    assert "须改正 <strong>1</strong> 处" in said["tasks"]
    html = reporter.get(PAGE).get_data(as_text=True)
    assert said["below"]["cumulative_investment"].strip() in html
    mended = save(reporter, 1, "cumulative_investment", "620", seen=1).get_json()
    assert "form-fault" not in mended["below"]["cumulative_investment"]


def test_what_the_reporter_typed_the_lead_sees(reporter: FlaskClient, lead: FlaskClient) -> None:
    save(reporter, 1, "progress", "管网完成。")
    assert shown(lead.get(PAGE).get_data(as_text=True))[f"{code(1)}:progress"] == "管网完成。"


def test_two_texts_for_one_field_both_stay(reporter: FlaskClient, lead: FlaskClient, ledger: Ledger) -> None:
    save(reporter, 1, "progress", "甲的文字。")
    answer = save(lead, 1, "progress", "乙的文字。", seen=0)
    assert answer.status_code == 409
    theirs = answer.get_json()["theirs"]
    assert (theirs["text"], theirs["version"], theirs["by"]) == ("甲的文字。", 1, "榆次区填报员（示例）")
    assert drafts(ledger) == [(code(1), "progress", "甲的文字。", 1)]
    assert save(lead, 1, "progress", "乙的文字。", seen=theirs["version"]).status_code == 200
    assert drafts(ledger) == [(code(1), "progress", "乙的文字。", 2)]


def test_the_same_text_from_two_windows_is_no_conflict(reporter: FlaskClient, lead: FlaskClient) -> None:
    assert save(reporter, 1, "progress", "一样。").get_json()["version"] == 1
    assert save(lead, 1, "progress", "一样。").get_json()["version"] == 1


def test_typing_a_change_takes_the_tick_away_and_says_so(reporter: FlaskClient, ledger: Ledger) -> None:
    ticked = save(reporter, 1, "unchanged", "yes").get_json()
    assert ticked["unchanged"] == {"ticked": True, "version": 1}
    assert "本月无变化" in ticked["state"]
    typed = save(reporter, 1, "progress", "管网完成。").get_json()
    assert typed["unchanged"] == {"ticked": False, "version": 2}
    assert [row[1:3] for row in drafts(ledger)] == [("progress", "管网完成。"), ("unchanged", "")]


def test_a_tick_over_changes_says_which_are_not_sent(reporter: FlaskClient) -> None:
    save(reporter, 1, "progress", "管网完成。")
    assert "形象进度不会报送" in save(reporter, 1, "unchanged", "yes").get_json()["ignored"]


def test_a_page_sent_as_a_whole_meets_anothers_text_and_shows_both(
    reporter: FlaskClient, lead: FlaskClient, ledger: Ledger
) -> None:
    mine = filled(lead, p1_progress="乙的文字。", p2_progress="另一处。")
    save(reporter, 1, "progress", "甲的文字。")
    answer = lead.post(PAGE, data=mine)
    assert answer.status_code == 409
    html = answer.get_data(as_text=True)
    text = read_page(html).text
    assert "榆次区填报员（示例）同时改了这一栏，两份都在" in text
    assert "甲的文字。" in text
    assert shown(html)[f"{code(1)}:progress"] == "乙的文字。"
    assert [row[:3] for row in drafts(ledger)] == [
        (code(1), "progress", "甲的文字。"), (code(2), "progress", "另一处。"),
    ]  # fmt: skip
    # Saving once more without choosing overwrites nothing.
    again = lead.post(PAGE, data=shown(html))
    assert again.status_code == 409
    assert shown(again.get_data(as_text=True))[f"{code(1)}:progress"] == "乙的文字。"
    chosen = lead.post(PAGE, data={**shown(html), "mine": f"{code(1)}|progress|1"})
    assert chosen.status_code == 303
    assert (code(1), "progress", "乙的文字。", 2) in drafts(ledger)


def test_choosing_the_others_text_keeps_it(reporter: FlaskClient, lead: FlaskClient, ledger: Ledger) -> None:
    mine = filled(lead, p1_progress="乙的文字。")
    save(reporter, 1, "progress", "甲的文字。")
    html = lead.post(PAGE, data=mine).get_data(as_text=True)
    chosen = lead.post(PAGE, data={**shown(html), "theirs": f"{code(1)}|progress"})
    assert chosen.status_code == 303
    assert drafts(ledger) == [(code(1), "progress", "甲的文字。", 1)]


def test_fields_left_as_shown_overwrite_nothing(reporter: FlaskClient, lead: FlaskClient, ledger: Ledger) -> None:
    untouched = filled(lead, p2_progress="另一处。")
    save(reporter, 1, "progress", "甲的文字。")
    assert lead.post(PAGE, data=untouched).status_code == 303
    assert drafts(ledger) == [(code(1), "progress", "甲的文字。", 1), (code(2), "progress", "另一处。", 1)]


def test_the_quiet_press_leaves_alone_what_somebody_began_meanwhile(
    reporter: FlaskClient, lead: FlaskClient, ledger: Ledger
) -> None:
    posted = filled(lead)
    save(reporter, 1, "progress", "甲的文字。")
    answer = lead.post(PAGE, data={**posted, "do": "quiet"})
    assert answer.headers["Location"].endswith("marked=2")
    assert [row[:2] for row in drafts(ledger)] == [
        (code(1), "progress"), (code(2), "unchanged"), (code(3), "unchanged"),
    ]  # fmt: skip


def test_line_ends_are_kept_as_line_feeds(reporter: FlaskClient, ledger: Ledger) -> None:
    reporter.post(PAGE, data=filled(reporter, p1_progress="一。\r\n二。"))
    assert drafts(ledger)[0][2] == "一。\n二。"
    before = drafts(ledger)
    html = reporter.get(PAGE).get_data(as_text=True)
    reporter.post(PAGE, data={name: text.replace("\n", "\r\n") for name, text in shown(html).items()})
    assert drafts(ledger) == before


@pytest.mark.parametrize(
    ("field", "seen"), [("name", "0"), ("county", "0"), ("answer:name", "0"), ("nothing", "0"), ("progress", "-1"),
                        ("progress", "x"), ("progress", "9" * 19)],
)  # fmt: skip
def test_fields_that_a_county_does_not_report_are_refused(
    reporter: FlaskClient, ledger: Ledger, field: str, seen: str
) -> None:
    answer = save(reporter, 1, field, "改", seen=seen)
    assert answer.status_code == 400
    assert drafts(ledger) == []


@pytest.mark.parametrize("project", [f"{ELSEWHERE}-0001", "nobody", ""])
def test_a_project_of_another_county_is_not_there(reporter: FlaskClient, ledger: Ledger, project: str) -> None:
    assert save(reporter, 1, "progress", "伪造", project=project).status_code == 404
    assert drafts(ledger) == []


def test_another_countys_drafts_are_not_there(reporter: FlaskClient, ledger: Ledger) -> None:
    said = {"project": f"{ELSEWHERE}-0001", "field": "progress", "text": "伪造", "seen": "0"}
    headers = {"X-CSRFToken": token_of(reporter.get(PAGE))}
    assert reporter.post(DRAFT.replace(COUNTY, ELSEWHERE), data=said, headers=headers).status_code == 404
    assert drafts(ledger) == []


def test_without_the_pages_token_a_draft_is_refused(reporter: FlaskClient, ledger: Ledger) -> None:
    said = {"project": code(1), "field": "progress", "text": "改", "seen": "0"}
    assert reporter.post(DRAFT, data=said).status_code == 400
    assert drafts(ledger) == []


def test_after_signing_out_a_draft_is_refused_and_nothing_is_lost(reporter: FlaskClient, ledger: Ledger) -> None:
    save(reporter, 1, "progress", "第一句。")
    token = token_of(reporter.get(PAGE))
    reporter.post("/signout", data={"csrf_token": token})
    said = {"project": code(1), "field": "progress", "text": "第二句。", "seen": "1"}
    assert reporter.post(DRAFT, data=said, headers={"X-CSRFToken": token}).status_code in (400, 403)
    enter(reporter, "demo-reporter")
    assert shown(reporter.get(PAGE).get_data(as_text=True))[f"{code(1)}:progress"] == "第一句。"


def test_a_month_that_ended_meanwhile_refuses_with_a_sentence(reporter: FlaskClient, ledger: Ledger) -> None:
    token = token_of(reporter.get(PAGE))
    with writing(ledger, "lock", "省专班") as writes:
        lock_month(writes, YIHONG, MONTH)
    said = {"project": code(1), "field": "progress", "text": "改", "seen": "0"}
    answer = reporter.post(DRAFT, data=said, headers={"X-CSRFToken": token})
    assert answer.status_code == 409
    assert "已经截止填报" in answer.get_json()["refused"]


def test_a_row_sent_meanwhile_refuses_with_a_sentence(reporter: FlaskClient, lead: FlaskClient, ledger: Ledger) -> None:
    typed = filled(reporter, p1_progress="来不及了。")
    lead.post(PAGE, data={**filled(lead), "do": "quiet"})
    sent = lead.post(f"{PAGE}/send", data=hidden(lead.get(f"{PAGE}/send").get_data(as_text=True)))
    assert sent.status_code == 303
    answer = reporter.post(PAGE, data=typed)
    assert answer.status_code == 409
    text = read_page(answer.get_data(as_text=True)).text
    assert "没有存下的内容" in text
    assert "来不及了。" in text
    assert drafts(ledger) == []


def test_a_text_beyond_all_bounds_is_given_back(reporter: FlaskClient, ledger: Ledger) -> None:
    answer = save(reporter, 1, "progress", "长" * (LONGEST_DRAFT + 1))
    assert answer.status_code == 409
    assert "太长" in answer.get_json()["refused"]
    assert drafts(ledger) == []
