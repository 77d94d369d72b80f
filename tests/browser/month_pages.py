"""The month's pages: a county in the middle of its return, and what each role sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.driving import serving
from tests.web.builders import YIHONG
from tests.web.returning import COUNTY, MONTH, PAGE, code, county_ledger
from tracker.ledger.drafts import DraftPlace, save_draft
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, places_of
from tracker.ledger.returns import Reported, rows_of_month, send, send_back
from tracker.ledger.writing import writing
from tracker.web.signing import DEMONSTRATION
from tracker.web.site import create_site

NOBODY = ""
"""Whoever has not signed in."""

MONTH_PAGES = {
    "signin": (NOBODY, "/signin"),
    "first": (NOBODY, "/first"),
    "account": ("demo-lead", "/account"),
    "accounts": ("demo-system", "/accounts"),
    "programmes": ("demo-system", "/programmes"),
    "programme": ("demo-system", f"/programmes/{YIHONG.key}"),
    "policy": ("demo-security", "/policy"),
    "policy-account": ("demo-security", "/policy/demo-lead"),
    "audit": ("demo-audit", "/audit"),
    "month": ("demo-province", f"/month/{MONTH}/14"),
    "month-missing": ("demo-city", f"/month/{MONTH}/1407?only=missing"),
    "month-close": ("demo-province", f"/month/{MONTH}/14/close"),
    "review-area": ("demo-city", f"/review/{MONTH}/1407"),
    "review": ("demo-city", f"/review/{MONTH}/{COUNTY}"),
    "return": ("demo-lead", PAGE),
    "return-send": ("demo-lead", f"{PAGE}/send"),
    "attachments": ("demo-lead", f"{PAGE}/attachments/{code(1)}"),
    "action-rename": ("demo-city", f"/project/{code(2)}/rename?month={MONTH}"),
    "action-split": ("demo-city", f"/project/{code(2)}/split?month={MONTH}"),
    "action-correct": ("demo-city", f"/project/{code(2)}/correct?month={MONTH}"),
    "dossier-acting": ("demo-city", f"/project/{code(1)}?month={MONTH}"),
    "bulletin-words": ("demo-city", f"/bulletin/{MONTH}/1407/words"),
}
"""Every page of the month's work by its name: whose it is and its address."""


class People:
    """One page for each account, signed in when first asked for."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._pages: dict[str, Page] = {}

    def page(self, name: str) -> tuple[Page, str]:
        """Give the page of whoever a page of the month belongs to, and its whole address."""
        account, path = MONTH_PAGES[name]
        if account not in self._pages:
            self._pages[account] = self._browser.new_context(locale="zh-CN").new_page()
            if account != NOBODY:
                self._pages[account].goto(f"{self._address}/signin")
                person = next(words for known, _, _, words in DEMONSTRATION if known == account)
                self._pages[account].get_by_role("button", name=person).click()
                self._pages[account].wait_for_url(lambda url: not url.endswith("/signin"))
        return self._pages[account], self._address + path


@contextmanager
def serving_month(directory: Path, browser: Browser) -> Iterator[People]:
    """Make a county in the middle of its return and serve it; gives its people."""
    ledger = open_ledger(county_ledger(directory, projects=6))
    _begin(ledger)
    ledger.close()
    with serving(create_site(directory)) as address:
        people = People(browser, address)
        # Every role has entered once, so that the administrators' lists have somebody in them.
        for name in MONTH_PAGES:
            people.page(name)
        yield people


def _begin(ledger: Ledger) -> None:
    """Send three rows, one of them with an answered doubt, have one sent back, and leave two half filled in."""
    place = find_place(places_of(ledger, YIHONG), YIHONG, COUNTY)
    asked = {"field": "cumulative_investment", "said": "400", "message": "累计完成投资小于上月，请核对",
             "answer": "上月多报一笔，已核减。"}  # fmt: skip
    rows = [
        Reported(code(1), {"cumulative_investment": Decimal(7000)}),
        Reported(code(2), {"cumulative_investment": Decimal(400)}, answers=(asked,)),
        Reported(code(3), {"progress": "管网完成，正在调试。"}),
        Reported(code(4)),
    ]
    with writing(ledger, "send", "榆次区负责人（示例）") as writes:
        send(writes, YIHONG, MONTH, place, rows, {})
    found = next(row for row in rows_of_month(ledger, YIHONG, MONTH, place) if row.project == code(1))
    with writing(ledger, "back", "晋中市专班（示例）") as writes:
        send_back(
            writes, YIHONG, MONTH, place, (code(1), found.sequence or 0), "请核对全部投资数字。",
            {"cumulative_investment": "超过总投资，疑多写一个 0。"}, final=True,
        )  # fmt: skip
    for number, text in ((5, "约七百"), (6, "450")):
        save_draft(
            ledger, DraftPlace(YIHONG.key, MONTH, code(number), "cumulative_investment"), text, 0,
            "榆次区填报员（示例）",
        )  # fmt: skip
