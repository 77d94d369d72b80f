"""The ranking room: its figures are the ledger's, each leads to its projects, and nothing typed breaks it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.builders import (
    BEFORE,
    NOW,
    YIHONG,
    area,
    empty_ledger,
    one_project_ledger,
    page,
    two_programmes_ledger,
)
from tests.web.reading_pages import ReadPage, read_page
from tracker.ledger.handle import Ledger
from tracker.ledger.ranking_table import ranking
from tracker.ledger.standings import tallies
from tracker.model.measures import measures_of
from tracker.model.ranking import chinese_place, place_units, print_rate
from tracker.web.site import create_site

SHOWN = ("start", "completion", "investment", "progress")
COLUMNS = 2 + 2 * len(SHOWN)


def body_of(read: ReadPage) -> list[list[str]]:
    return [row for row in read.rows if len(row) == COLUMNS]


@pytest.mark.parametrize("by", ["start", "completion", "investment", "progress"])
@pytest.mark.parametrize(
    ("code", "group"), [("14", "city"), ("14", "county"), ("14", "category"), ("14", "level"), ("1407", "county")]
)
def test_every_place_and_rate_is_the_ledgers(
    client: FlaskClient, ledger: Ledger, by: str, code: str, group: str
) -> None:
    read = page(client, f"/ranking/{NOW}/{code}?by={by}&group={group}")
    whole, *body = body_of(read)
    assert whole[0] == "合计"
    chosen = ranking(ledger, YIHONG, NOW, by, group, area(ledger, code))  # type: ignore[arg-type]
    order = [row.name.split(" ")[0] for row in chosen.rows]
    # Units that only this measure does not know stand last among their peers.
    unknown = {name.split(" ")[0] for _, name in chosen.unknown}
    assert [name for row in body if (name := row[0].split(" ")[0]) not in unknown] == order
    for position, key in enumerate(SHOWN):
        found = ranking(ledger, YIHONG, NOW, key, group, area(ledger, code))  # type: ignore[arg-type]
        placed = [chinese_place(row.placed) if row.placed else "—" for row in found.rows]
        rates = [print_rate(row.rate, YIHONG.decimals) for row in found.rows]
        printed = [row[2 + 2 * position].split("—")[0].split("↑")[0].split("↓")[0].replace(" ", "") for row in body]
        assert sorted(each or "—" for each in printed if each) == sorted(each for each in placed if each != "—")
        for rate in rates:
            if rate is not None:
                assert any(row[3 + 2 * position].startswith(f"{rate} %") for row in body)


def test_every_fraction_leads_to_as_many_projects(client: FlaskClient) -> None:
    for group in ("city", "category", "level"):
        read = page(client, f"/ranking/{NOW}/14?by=start&group={group}")
        fractions = [(address, words) for address, words in read.links if "/started" in address and " / " in words]
        assert len(fractions) == len(body_of(read))
        for address, words in fractions:
            numerator = int(words.split(" / ")[0])
            text = page(client, address).text
            assert f"合计 {numerator} 项" in text if numerator else "没有项目" in text


def test_what_has_no_place_is_named_and_few_projects_are_marked(client: FlaskClient, ledger: Ledger) -> None:
    read = page(client, f"/ranking/{NOW}/1407?by=investment")
    found = ranking(ledger, YIHONG, NOW, "investment", "county", area(ledger, "1407"))
    assert found.without_projects
    for _, name in (*found.without_projects, *found.unknown):
        assert name in read.text
    assert "单独排名" in read.text
    few = [row.name for row in found.rows if row.tally["projects"] < 3]
    assert few
    assert [row[0].split(" ")[0] for row in body_of(read) if "不足 3 项" in row[0]] == few
    assert "名次仅供参考" in read.text
    assert "并列" in page(client, f"/ranking/{NOW}/14?group=county").text


def test_the_title_says_who_leads(client: FlaskClient, ledger: Ledger) -> None:
    rows = ranking(ledger, YIHONG, NOW, "completion", "city", area(ledger, "14")).rows
    heading = page(client, f"/ranking/{NOW}/14").heading
    assert heading.startswith("山西省各市完工率：")
    assert rows[0].name in heading
    assert f"{print_rate(rows[0].rate, YIHONG.decimals)} %" in heading


def test_what_is_counted_is_said(client: FlaskClient) -> None:
    for key, measure in measures_of(YIHONG).items():
        assert measure.sentence in page(client, f"/ranking/{NOW}/14?by={key}").text


def test_a_unit_shows_its_months(client: FlaskClient, ledger: Ledger) -> None:
    read = page(client, f"/ranking/{NOW}/14/unit?unit=1407&group=city&by=completion")
    for month in (BEFORE, NOW):
        row = next(
            row for row in ranking(ledger, YIHONG, month, "completion", "city", area(ledger, "14")).rows
            if row.code == "140700"
        )  # fmt: skip
        assert row.placed is not None
        rate = f"{print_rate(row.rate, YIHONG.decimals)} %"
        assert [month, chinese_place(row.placed), rate, f"{row.numerator} / {row.denominator} 项"] in read.rows
    assert read.heading.startswith(f"晋中市完工率 {rate}，")


@pytest.mark.parametrize(("field", "verb"), [("start", "开工"), ("completion", "完工")])
@pytest.mark.parametrize("more", [0, 1, 2, 5, 9999])
def test_where_a_unit_would_stand_is_worked_out_exactly(
    client: FlaskClient, ledger: Ledger, field: str, verb: str, more: int
) -> None:
    rows = ranking(ledger, YIHONG, NOW, field, "city", area(ledger, "14")).rows
    unit = next(row for row in rows if row.code == "140700")
    really = min(more, unit.denominator - unit.numerator)
    rates = {row.code: row.rate for row in rows if row.rate is not None}
    rates[unit.code] = Fraction(unit.numerator + really, unit.denominator)
    then = next(each for each in place_units(rates, YIHONG.tie_rule) if each.key == unit.code)
    text = page(client, f"/ranking/{NOW}/14/unit?unit=1407&group=city&more_{field}={more}").text
    words = chinese_place(then, in_table=False).replace("第", "第 ")
    sentence = next(part for part in text.split("。") if f"若再{verb} {really} 项" in part)
    assert f"变为 {print_rate(rates[unit.code], YIHONG.decimals)} %" in sentence
    assert sentence.endswith(words)
    if more > really:
        assert f"未{verb}的只有 {really} 项" in sentence


def test_a_county_leads_to_its_place_in_its_city(client: FlaskClient) -> None:
    read = page(client, f"/ranking/{NOW}/140781")
    found = page(client, read.link_named("介休市在晋中市的名次"))
    assert found.heading.startswith("介休市完工率")


def test_the_choosers_stay_in_the_room(client: FlaskClient) -> None:
    assert client.get(f"/go?room=ranking&month={BEFORE}&area=1407&by=start&group=city").headers["Location"] == (
        f"/ranking/{BEFORE}/1407?by=start"
    )
    kept = f"/go?room=ranking&month={BEFORE}&by=start&group=city&unit=1407&stood=14&area="
    assert client.get(kept + "14").headers["Location"] == f"/ranking/{BEFORE}/14/unit?unit=1407&by=start&group=city"
    assert client.get(kept + "1410").headers["Location"] == f"/ranking/{BEFORE}/1410?by=start"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/ranking/2024-13/14", "年-月"), ("/ranking/2024-08/99", "99"), ("/ranking/2024-08/14?by=beauty", "完工率"),
        ("/ranking/2024-08/14?group=village", "类别"), ("/ranking/2024-08/1407?group=city", "晋中市不能"),
        ("/ranking/2024-08/140781?group=county", "介休市不能"), ("/ranking/2024-08/14/unit", "没有“”"),
        ("/ranking/2024-08/14/unit?unit=1407&group=county", "1407"), ("/ranking/2024-08/14/unit?unit=%00", "单位"),
        ("/ranking/2024-08/14/unit?unit=1407&more_start=-1", "整数"),
        ("/ranking/2024-08/14/unit?unit=1407&more_start=two", "整数"),
        ("/ranking/2024-08/14/unit?unit=1407&more_completion=99999", "整数"),
        ("/ranking/2024-08/14/unit?unit=1407&more_completion=%EF%BC%92", "整数"),
    ],
)  # fmt: skip
def test_an_address_that_names_nothing_is_a_sentence(client: FlaskClient, address: str, said: str) -> None:
    read = page(client, address, 404)
    assert read.heading == "没有这一页"
    assert said in read.text


def test_months_without_projects_and_months_not_open(client: FlaskClient, tmp_path: Path) -> None:
    assert page(client, "/ranking/1999-01/14").heading == "1999年1月没有数据"
    assert page(client, "/ranking/1999-01/14/unit?unit=1407").heading == "1999年1月没有数据"
    assert "还没有开放填报" in page(client, "/ranking/2024-10/14").text
    empty = create_site(empty_ledger(tmp_path / "ledger")).test_client()
    assert "app.py import" in page(empty, "/ranking/2024-08/14").text


def test_many_small_trends_are_a_press_away(client: FlaskClient, ledger: Ledger) -> None:
    number = len(ranking(ledger, YIHONG, NOW, "completion", "county", area(ledger, "14")).rows)
    read = page(client, f"/ranking/{NOW}/14?group=county")
    shown = client.get(read.link_named(f"看 {number} 个县（市、区）的逐月走势")).get_data(as_text=True)
    assert shown.count('class="chart-small"') == number
    assert client.get(f"/ranking/{NOW}/14").get_data(as_text=True).count('class="chart-small"') == len(
        ranking(ledger, YIHONG, NOW, "completion", "city", area(ledger, "14")).rows
    )


@pytest.mark.parametrize(("group", "words"), [("city", "市"), ("category", "类别"), ("level", "级别")])
def test_the_small_trends_have_their_numbers_beneath(
    client: FlaskClient, ledger: Ledger, group: str, words: str
) -> None:
    read = page(client, f"/ranking/{NOW}/14?group={group}")
    head = read.rows.index([words, BEFORE, NOW])
    printed: dict[str, list[str]] = {}
    for month in (BEFORE, NOW):
        tally = tallies(ledger, YIHONG, month, area(ledger, "14"))[""]
        printed.setdefault("合计", []).append(
            f"{print_rate(Fraction(tally['completed'], tally['projects']), YIHONG.decimals)} %"
        )
        for row in ranking(ledger, YIHONG, month, "completion", group, area(ledger, "14")).rows:  # type: ignore[arg-type]
            printed.setdefault(row.name, []).append(f"{print_rate(row.rate, YIHONG.decimals)} %")
    table = read.rows[head + 1 : head + 1 + len(printed)]
    assert {name: rates for name, *rates in table} == printed
    assert table[0][0] == "合计"


def test_the_overviews_trend_is_the_ledgers(client: FlaskClient, ledger: Ledger) -> None:
    read = page(client, f"/overview/{NOW}/14")
    for month in (BEFORE, NOW):
        tally = tallies(ledger, YIHONG, month, area(ledger, "14"))[""]
        names = ("projects", "start_by_now", "started", "completion_by_now", "completed")
        assert [month, *(str(tally[name]) for name in names)] in read.rows
    stages = [row for row in read.rows if len(row) == 3 and row[2].endswith("%")]
    assert sum(int(row[1]) for row in stages) == tally["projects"]


def test_pictures_hold_no_style_and_have_words(client: FlaskClient) -> None:
    for address in (f"/overview/{NOW}/14", f"/ranking/{NOW}/14", f"/ranking/{NOW}/14/unit?unit=1407&group=city"):
        html = client.get(address).get_data(as_text=True)
        assert "style=" not in html
        assert html.count('role="img"') == html.count("<title id=") == html.count("<desc id=")
        identities = [value for _, name, value in read_page(html).attributes if name == "id"]
        assert len(identities) == len(set(identities))


def test_user_texts_are_escaped(tmp_path: Path) -> None:
    hostile = '<script>alert("1")</script>&{{ 7*7 }}/../x'
    one_project_ledger(tmp_path / "ledger", {"name": hostile, "category": hostile})
    client = create_site(tmp_path / "ledger").test_client()
    read = page(client, f"/ranking/{NOW}/14?group=category")
    address = read.link_named(hostile)
    assert page(client, address).heading.startswith(hostile)
    listed = next(address for address, words in read.links if words == "1" and "category=" in address)
    assert "合计 1 项" in page(client, listed).text
    for shown in (address, f"/ranking/{NOW}/14?group=category", f"/ranking/{NOW}/14/unit?unit={hostile}&by={hostile}"):
        html = client.get(shown).get_data(as_text=True)
        assert "<script" not in html
        assert "49" not in read_page(html).heading


def test_several_programmes_stay_in_the_address(tmp_path: Path) -> None:
    client = create_site(two_programmes_ledger(tmp_path / "ledger")).test_client()
    for address in (f"/ranking/{NOW}/14?programme=other", f"/ranking/{NOW}/14?programme=other&group=category",
                    f"/ranking/{NOW}/14/unit?unit=1407&group=city&programme=other"):  # fmt: skip
        read = page(client, address)
        for found, _ in read.links:
            if found.startswith(("/ranking/", "/projects/")):
                assert "programme=other" in found, found
