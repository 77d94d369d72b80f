"""Reading pages back: their text, their title and their tables, as a reader would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "input", "br", "rect", "path"})


@dataclass
class ReadPage:
    """What a page holds: its title, its heading, the cells of its rows, and every link as (address, words)."""

    title: str = ""
    heading: str = ""
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)

    def link_named(self, words: str) -> str:
        return next(address for address, said in self.links if said == words)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = ReadPage()
        self._open: list[str] = []
        self._link: list[str] | None = None
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.attributes += [(tag, name, value) for name, value in attrs]
        if tag in _VOID:
            return
        self._open.append(tag)
        if tag == "tr":
            self.page.rows.append([])
        if tag in ("td", "th"):
            self.page.rows[-1].append("")
        if tag == "a":
            self._address, self._link = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._open.pop() == tag, f"</{tag}> closes something else"
        if tag == "a" and self._link is not None:
            self.page.links.append((self._address, tidy("".join(self._link))))
            self._link = None

    def handle_data(self, data: str) -> None:
        if "title" in self._open:
            self.page.title += data
        if "h1" in self._open:
            self.page.heading += data
        if "td" in self._open or ("th" in self._open):
            self.page.rows[-1][-1] += data
        if self._link is not None:
            self._link.append(data)
        if "head" not in self._open:
            self.page.text += data


def tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def read_page(html: str) -> ReadPage:
    """Read a page; fails where its elements do not nest."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader._open
    page = reader.page
    page.rows = [[tidy(cell) for cell in row] for row in page.rows]
    page.title, page.heading, page.text = tidy(page.title), tidy(page.heading), tidy(page.text)
    return page
