"""The gallery: every piece of the pages, in all its states, without any ledger."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.reading_pages import read_page
from tracker.web.gallery import ExampleForm
from tracker.web.site import ROOT, create_site

PIECES = ROOT / "templates" / "pieces"
ELSEWHERE = {
    "first_steps", "ways_on", "dossier_months", "timeline", "list_table", "one_time", "after_closing", "return_row",
    "return_tasks", "bulletin", "words_part",
}  # fmt: skip
"""Pieces that belong to one kind of page; the tests of those pages look at them."""


@pytest.fixture
def html(tmp_path: Path) -> str:
    return create_site(tmp_path / "nothing").test_client().get("/gallery").get_data(as_text=True)


def _macros() -> list[tuple[str, str]]:
    return [
        (path.stem, name)
        for path in sorted(PIECES.glob("*.html"))
        for name in re.findall(r"{%-? macro (\w+)\(", path.read_text(encoding="utf-8"))
    ]


def test_every_piece_of_the_pages_stands_in_the_gallery() -> None:
    texts = [(ROOT / "templates" / "gallery.html").read_text(encoding="utf-8")]
    texts += [re.sub(r"{%-? macro .*?%}", "", path.read_text(encoding="utf-8")) for path in PIECES.glob("*.html")]
    gallery = texts[0]
    assert len(_macros()) > 20
    for piece, name in _macros():
        if piece in ELSEWHERE:
            continue
        assert f'"pieces/{piece}.html"' in gallery, f"the gallery does not know {piece}"
        assert any(re.search(rf"\b{name}(\(| as )|call {name}\b", text) for text in texts), (
            f"nothing shows {piece}.{name}"
        )


def test_it_needs_no_ledger_and_says_that_all_is_invented(html: str) -> None:
    page = read_page(html)
    assert page.heading.startswith("样式一览")
    assert "编造" in page.text
    headings = re.findall(r'<h2 id="[a-z-]+-heading">(.*?)</h2>', html)
    assert len(headings) >= 14
    assert all("示例" in heading for heading in headings)


def test_it_shows_the_states_that_are_easily_forgotten(html: str) -> None:
    text = read_page(html).text
    for words in ("● 正常", "▲ 提醒", "■ 预警", "↑2", "↓1", "115.0 %", "不足 3 项", "与上月持平", "项缺数据"):
        assert words in text, words
    for mark in ("notice-plain", "notice-amber", "notice-red", "button-primary", "button-danger", "disabled", "tied"):
        assert mark in html, mark


def test_it_is_not_in_the_navigation(client: FlaskClient) -> None:
    assert "/gallery" not in client.get("/overview/2024-08/14").get_data(as_text=True)


def test_no_identity_stands_twice(html: str) -> None:
    identities = [value for _, name, value in read_page(html).attributes if name == "id"]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("field", ["name", "done", "start", "stage", "problem", "same", "workbook"])
def test_a_fault_is_tied_to_its_field(html: str, field: str) -> None:
    control = next(
        tag for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", html) if f'id="faulty-{field}"' in tag
    )
    assert 'aria-invalid="true"' in control
    told = re.search(r'aria-describedby="([^"]*)"', control)
    assert told is not None
    assert f"faulty-{field}-fault" in told[1].split()
    for identity in told[1].split():
        assert f'id="{identity}"' in html
    assert f'for="faulty-{field}"' in html


def test_every_kind_of_field_has_its_row(html: str) -> None:
    for name in ExampleForm()._fields:
        assert f'<label for="{name}">' in html


def test_what_a_user_typed_stays_escaped_in_the_field() -> None:
    site = create_site(Path("nowhere"))
    hostile = '"><script>alert(1)</script>'
    with site.test_request_context():
        rows = site.jinja_env.from_string('{% from "pieces/form_row.html" import form_row %}{{ form_row(form.name) }}')
        form = ExampleForm(data={"name": hostile})
        form.name.errors = [f"写的是“{hostile}”"]
        shown = rows.render(form=form)
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 2
