"""The same click twenty times at once gives one record, whatever is clicked in a month."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.clicking import AT_ONCE, Person, served
from tests.ledger.builders import values
from tests.web.builders import YIHONG, area, build_ledger
from tracker.ledger.checking import check
from tracker.ledger.closing import close_month
from tracker.ledger.drafts import DraftPlace, save_draft
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.months import shift_month

BEFORE = "2014-12"
COUNTY, PROVINCE = "140702", "140000"
CODE = f"{COUNTY}-0001"
CLICKS_OF_A_MONTH = 6


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of one project whose first month is closed."""

    def fill(ledger: Ledger) -> None:
        with writing(ledger, "before", "测试员") as writes:
            writes.open_month(YIHONG.key, BEFORE)
            made = writes.register(YIHONG.key, BEFORE, values(name="榆次区甲工程", county=COUNTY))
            writes.state(YIHONG.key, made, BEFORE, StatementKind.RETURN, values(cumulative_investment=100))
        with writing(ledger, "closing", "测试员") as writes:
            close_month(writes, YIHONG, BEFORE, area(ledger, YIHONG.area), "")

    build_ledger(tmp_path / "ledger", fill)
    ledger = open_ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


def requests_of(ledger: Ledger) -> Counter[str]:
    """Give how many records each request left."""
    return Counter(row["request"] for row in ledger.connection.execute("SELECT request FROM record"))


class Clicking:
    """The rounds of one month, each a click that arrives twenty times."""

    def __init__(self, ledger: Ledger, port: int) -> None:
        self.ledger = ledger
        self.province, self.lead = Person(port, "demo-province"), Person(port, "demo-lead")
        self.rounds = Counter[str]()

    def one(self, person: Person, page: str, ending: str, **more: str) -> None:
        """Click the first form of a page that is sent to an address of this ending."""
        action, said = person.form(page, ending)
        before = requests_of(self.ledger)
        answers = person.click_at_once(action, {**said, **more})
        what = f"{action}: {Counter(answers)}"
        assert len(answers) == AT_ONCE, what
        assert {status for status, _ in answers} == {303}, what
        assert len({place for _, place in answers}) == 1, what
        new = requests_of(self.ledger) - before
        assert len(new) == 1, f"{what}: {new}"
        # A sending is one record beside one for each of its rows; everything else is one.
        assert new.total() == (2 if ending == "/send" else 1), f"{what}: {new}"
        [key] = new
        assert key.endswith(said["key"]), what
        self.rounds[ending] += 1

    def month(self, month: str) -> None:
        """Open a month, send, send back, send anew, accept, close."""
        review = f"/review/{month}/{COUNTY}"
        self.one(self.province, f"/month/{shift_month(month, -1)}/{PROVINCE}", "/open")
        self.fill_in(month, "第一稿")
        self.one(self.lead, f"/return/{month}/{COUNTY}/send", "/send")
        self.one(self.province, review, "/back", reason="请核对")
        self.fill_in(month, "第二稿")
        self.one(self.lead, f"/return/{month}/{COUNTY}/send", "/send")
        self.one(self.province, review, "/accept")
        self.one(self.province, f"/month/{month}/{PROVINCE}/close", "/close")

    def fill_in(self, month: str, text: str) -> None:
        """Fill the county's only row in, as its page does."""
        save_draft(self.ledger, DraftPlace(YIHONG.key, month, CODE, "progress"), f"{month}{text}。", 0, "填报员")


def test_the_same_click_twenty_times_at_once_is_one_record(office: Ledger, long_form: bool) -> None:
    months = 84 if long_form else 4
    started = time.monotonic()
    with served(office.directory) as port:
        clicking = Clicking(office, port)
        month = BEFORE
        for _ in range(months):
            month = shift_month(month, 1)
            clicking.month(month)
    number = clicking.rounds.total()
    print(f"{number} rounds of {AT_ONCE} in {time.monotonic() - started:.1f} s: {dict(clicking.rounds)}")
    assert number == months * CLICKS_OF_A_MONTH
    assert check(office) == []
