"""The county list: every filter, order and page is the ledger's, says itself, and survives whatever is typed."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from flask.testing import FlaskClient

from tests.web.builders import BEFORE, NOW, PHONE, YIHONG, empty_ledger, one_project_ledger
from tests.web.reading_pages import ReadPage
from tests.web.test_overview import area, page
from tracker.ledger.changes import changes_of
from tracker.ledger.handle import Ledger
from tracker.ledger.listings import LAMP_CONDITIONS, ORDERS, PAGE_SIZE, Wanted, select
from tracker.ledger.standings import listing, tallies
from tracker.model.measures import print_wan
from tracker.model.stages import STAGE_WORDS, Stage
from tracker.web.lamps import lamp_of
from tracker.web.list_columns import COLUMNS, USUAL, fields_of, listed_of
from tracker.web.site import create_site
from tracker.web.whereabouts import where_of


def codes(read: ReadPage) -> list[str]:
    """Give the codes of the projects a page lists, in its order."""
    rows = [row for row in read.rows[2:] if row]
    return [found[0] for row in rows if (found := re.findall(r"\d{6}-\d{4}$", row[0]))]


def every_code(client: FlaskClient, query: str = "", where: str = "14") -> list[str]:
    found: list[str] = []
    for number in range(1, 5):
        read = page(client, f"/list/{NOW}/{where}?{query}&page={number}")
        if "已显示最后一页" in read.text:
            break
        found += codes(read)
    return found


FILTERS = [
    ("city=1407", Wanted(city="140700")),
    ("county=140702", Wanted(county="140702")),
    (f"category={quote(YIHONG.categories[0])}", Wanted(category=YIHONG.categories[0])),
    (f"category={quote('未填')}", Wanted(category="")),
    (f"level={quote(YIHONG.levels[0].name)}", Wanted(level=YIHONG.levels[0].name)),
    (f"level={quote('未填')}", Wanted(level="")),
    *((f"stage={stage.value}", Wanted(stage=stage.value)) for stage in Stage),
    *((f"lamp={lamp}", Wanted(lamp=lamp)) for lamp in LAMP_CONDITIONS),
    *(
        (f"{name}={written}", Wanted(**{name: written == "yes"}))
        for name in ("reported", "problem", "changed")
        for written in ("yes", "no")
    ),
    (f"q={quote('湿地')}", Wanted(search="湿地")),
    ("q=fhgd", Wanted(search="汾河谷地")),
    ("q=FHGD&lamp=behind&reported=yes", Wanted(search="汾河谷地", lamp="behind", reported=True)),
]


@pytest.mark.parametrize(("query", "wanted"), FILTERS)
def test_every_filter_lists_what_the_ledger_selects(
    client: FlaskClient, ledger: Ledger, query: str, wanted: Wanted
) -> None:
    expected = select(ledger, YIHONG, NOW, area(ledger, "14"), wanted)
    assert every_code(client, query) == [project.code for project in expected.projects]
    read = page(client, f"/list/{NOW}/14?{query}")
    assert f"共 {expected.number} 项" in read.text
    assert read.heading.endswith(f"符合条件的 {expected.number} 项")
    assert "没有理会" not in read.text
    if not wanted.search:
        assert f"显示：{'，'.join(expected.words)}；" in read.text
    assert ("/list/2024-08/14", "清除") in read.links


def test_the_whole_list_says_what_it_counts_and_sums_first(client: FlaskClient, ledger: Ledger) -> None:
    read = page(client, f"/list/{NOW}/14")
    tally = tallies(ledger, YIHONG, NOW, area(ledger, "14"))[""]
    number, started, completed = tally["projects"], tally["started"], tally["completed"]
    assert read.heading == f"山西省 {number} 项工程，已开工 {started} 项，已完工 {completed} 项"
    assert read.rows[1][0] == f"合计 {number} 项"
    assert print_wan(tally["total_investment"]) in read.rows[1]
    assert print_wan(tally["cumulative_investment"]) in read.rows[1]
    assert f"本页第 1—{PAGE_SIZE} 项" in read.text
    assert page(client, f"/list/{NOW}/14?page=2").rows[1] == read.rows[1]


def test_pages_hold_every_project_once(client: FlaskClient, ledger: Ledger) -> None:
    expected = [project.code for project in listing(ledger, YIHONG, NOW, area(ledger, "14"))]
    assert every_code(client) == expected
    links = dict((words, address) for address, words in page(client, f"/list/{NOW}/14?sort=lamp").links)
    assert links["2"] == f"/list/{NOW}/14?sort=lamp&page=2"


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("order", list(ORDERS))
def test_every_order_is_the_ledgers(client: FlaskClient, ledger: Ledger, order: str, sign: str) -> None:
    found = select(ledger, YIHONG, NOW, area(ledger, "1407"), Wanted(), order, descending=bool(sign))
    read = page(client, f"/list/{NOW}/1407?sort={sign}{order}&column={','.join(COLUMNS)}")
    assert codes(read) == [project.code for project in found.projects]
    sorted_heads = [value for tag, name, value in read.attributes if (tag, name) == ("th", "aria-sort")]
    assert sorted_heads
    assert set(sorted_heads) == {"descending" if sign else "ascending"}


def test_pressing_a_heading_sorts_and_pressing_again_turns_round(client: FlaskClient) -> None:
    read = page(client, f"/list/{NOW}/14?lamp=behind")
    first = next(address for address, words in read.links if words == "总投资")
    assert first == f"/list/{NOW}/14?lamp=behind&sort=-total_investment"
    second = next(address for address, words in page(client, first).links if words == "总投资↓")
    assert second == f"/list/{NOW}/14?lamp=behind&sort=total_investment"


def test_lamps_show_word_and_reason(client: FlaskClient, ledger: Ledger) -> None:
    listed = {project.code: project for project in listing(ledger, YIHONG, NOW, area(ledger, "1407"))}
    read = page(client, f"/list/{NOW}/1407")
    lamps = dict(zip(codes(read), [row[4] for row in read.rows[2:]], strict=True))
    assert len(lamps) == len(listed)
    for code, said in lamps.items():
        lamp = lamp_of(listed[code].state, NOW)
        assert said == f"{lamp.shape} {lamp.word}{'；'.join(lamp.reasons)}"


def test_the_lamp_filter_is_the_lamps_rule(client: FlaskClient, ledger: Ledger) -> None:
    for colour in ("red", "amber", "green"):
        expected = {
            project.code
            for project in listing(ledger, YIHONG, NOW, area(ledger, "14"))
            if lamp_of(project.state, NOW).colour == colour
        }
        assert set(every_code(client, f"lamp={colour}")) == expected


def test_what_changed_is_said_and_leads_to_the_dossier(client: FlaskClient, ledger: Ledger) -> None:
    read = page(client, f"/list/{NOW}/1407")
    changed = changes_of(ledger, YIHONG, NOW, codes(read))
    assert changed
    for code, row in zip(codes(read), read.rows[2:], strict=True):
        assert (row[-1] == "—") == (code not in changed)
    assert any("累计完成投资 +" in row[-1] for row in read.rows[2:])
    assert all(row[-1] == "—" for row in page(client, f"/list/{BEFORE}/1407").rows[2:])


def test_columns_are_chosen_and_stay_in_the_address(client: FlaskClient) -> None:
    usual = page(client, f"/list/{NOW}/14").rows[0]
    assert len(usual) == len(USUAL) + 1
    read = page(client, f"/list/{NOW}/14?column=phone&column=level,progress_words")
    assert [words.rstrip("↑") for words in read.rows[0]] == ["项目", "级别", "形象进度", "联系电话"]
    assert read.link_named("2") == f"/list/{NOW}/14?column=level,progress_words,phone&page=2"
    every = page(client, f"/list/{NOW}/14?column={','.join(COLUMNS)}").rows
    assert len(every[0]) == len(every[1]) == len(every[2]) == len(COLUMNS) + 1


def test_a_county_needs_no_county_column(client: FlaskClient) -> None:
    read = page(client, f"/list/{NOW}/140702")
    assert "县（市、区）" not in read.rows[0]
    assert ("select", "name", "county") not in read.attributes


def test_phone_numbers_show_only_their_end(client: FlaskClient) -> None:
    html = client.get(f"/list/{NOW}/14?column={','.join(COLUMNS)}").get_data(as_text=True)
    assert "尾号 1234" in html
    assert PHONE not in html
    assert "没有同时符合这些条件" in page(client, f"/list/{NOW}/14?q={PHONE}").text


def test_an_empty_result_explains_and_offers_the_way_back(client: FlaskClient) -> None:
    read = page(client, f"/list/{NOW}/1407?q=zzzzzz&stage=effective")
    assert "共 0 项" in read.text
    assert "没有同时符合这些条件" in read.text
    assert (f"/list/{NOW}/1407", "清除全部条件，看晋中市全部工程") in read.links


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stage=finished", "阶段“finished”不可选"),
        ("category=nothing", "类别“nothing”不可选"),
        ("level=%00", "级别“\x00”不可选"),
        ("lamp=blue", "亮灯“blue”不可选"),
        ("reported=maybe", "报送情况“maybe”不可选"),
        ("city=9999", "市“9999”不可选"),
        ("county=110101", "县（市、区）“110101”不可选"),
        ("sort=phone", "不能按“phone”排序"),
        ("sort=-", "不能按“-”排序"),
        ("column=secret", "没有名为“secret”的列"),
        ("page=0", "没有第“0”页"),
        ("page=-1", "没有第“-1”页"),
        ("page=%EF%BC%92", "没有第“２”页"),
        ("page=99999999999999999999", "没有第"),
        ("page=99999", "已显示最后一页"),
        ("foo=1&bar=2", "foo、bar"),
        (f"q={'x' * 300}", "搜索的内容太长"),
    ],
)
def test_what_cannot_be_asked_is_explained(client: FlaskClient, query: str, said: str) -> None:
    assert said in page(client, f"/list/{NOW}/14?{query}").text


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "\"' onmouseover=x", "%' OR 1=1 --", "{{ 7*7 }}", "\x00", "\ud7ff￿", "\u202e工程"],
)
def test_hostile_searches_are_text(client: FlaskClient, hostile: str) -> None:
    html = client.get(f"/list/{NOW}/14", query_string={"q": hostile, "category": hostile, "sort": hostile}).get_data(
        as_text=True
    )
    assert "<script" not in html
    assert " onmouseover=x" not in html.replace("&#34;&#39; onmouseover=x", "")
    assert "共 0 项" in html or "共" in html


def test_bytes_that_are_no_text_are_survived(client: FlaskClient) -> None:
    assert client.get(f"/list/{NOW}/14?q=%ff%fe&category=%80&column=%c3&page=%e4").status_code == 200


def test_a_hostile_name_is_text(tmp_path: Path) -> None:
    name = "<b onclick=x>\"甲'&工程</b>"
    one_project_ledger(tmp_path / "ledger", {"name": name, "category": "<i>", "problem": "<script>"})
    client = create_site(tmp_path / "ledger").test_client()
    html = client.get(f"/list/{NOW}/14?column={','.join(COLUMNS)}").get_data(as_text=True)
    assert "<b onclick" not in html
    assert "<i>" not in html
    assert "<script>" not in html
    assert name in page(client, f"/list/{NOW}/14?q={quote('<b')}").text


def test_month_and_area_change_with_the_filters_kept(client: FlaskClient) -> None:
    response = client.get(f"/go?room=list&month={BEFORE}&area=1407&lamp=red&sort=-progress&county=140702")
    assert response.headers["Location"] == f"/list/{BEFORE}/1407?lamp=red&sort=-progress"


def test_the_sentence_offers_every_choice(client: FlaskClient) -> None:
    read = page(client, f"/list/{NOW}/14")
    named = {value for tag, name, value in read.attributes if (tag, name) == ("select", "name")}
    offered = {"city", "category", "level", "stage", "lamp", "reported", "problem", "changed", "sort"}
    assert offered <= named
    assert "county" in {
        value for _, name, value in page(client, f"/list/{NOW}/14?city=1407").attributes if name == "name"
    }
    assert STAGE_WORDS[Stage.COMPLETED] in read.text


def test_the_room_is_in_the_navigation(client: FlaskClient) -> None:
    assert (f"/list/{NOW}/1407", "清单") in page(client, f"/overview/{NOW}/1407").links


def test_months_without_projects_say_what_comes_next(client: FlaskClient, tmp_path: Path) -> None:
    assert page(client, "/list/1999-01/14").heading == "1999年1月没有数据"
    assert page(client, "/list/2099-01/14?changed=yes").heading.endswith("符合条件的 0 项")
    empty = create_site(empty_ledger(tmp_path / "ledger")).test_client()
    assert empty.get("/list/2024-08/14").status_code == 200
    assert client.get("/list/2024-13/14").status_code == 404
    assert client.get(f"/list/{NOW}/11").status_code == 404


def test_the_form_s_empty_choices_leave_the_address(client: FlaskClient) -> None:
    response = client.get(f"/list/{NOW}/14?q=&lamp=red&stage=&sort=code&column={','.join(USUAL)}")
    assert response.headers["Location"] == f"/list/{NOW}/14?lamp=red"


def test_the_workbook_holds_the_whole_selection(client: FlaskClient, ledger: Ledger) -> None:
    address = page(client, f"/list/{NOW}/14?lamp=behind&sort=-total_investment").link_named("Excel")
    response = client.get(address)
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(BytesIO(response.get_data()), data_only=True).worksheets[0]
    written = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    found = select(ledger, YIHONG, NOW, area(ledger, "14"), Wanted(lamp="behind"), "total_investment", descending=True)
    assert [cell for cell in written if re.fullmatch(r"\d{6}-\d{4}", cell)] == [each.code for each in found.projects]
    assert "亮灯为预警或提醒" in " ".join(written)


def test_a_column_prints_the_same_from_the_fields_it_names_alone(client: FlaskClient, ledger: Ledger) -> None:
    where_area = area(ledger, "14")
    whole = select(ledger, YIHONG, NOW, where_area, Wanted())
    with client.application.test_request_context():
        where = where_of(ledger, NOW, "14")
        for column in COLUMNS.values():
            narrow = select(ledger, YIHONG, NOW, where_area, Wanted(), fields=fields_of([column]))
            for few, every in zip(narrow.projects, whole.projects, strict=True):
                said = column.printing(where, listed_of(few, NOW, None))
                assert said == column.printing(where, listed_of(every, NOW, None)), column.key
