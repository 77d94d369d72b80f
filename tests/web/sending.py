"""Sending: somebody with a browser who sends lists, and follows what the pages offer."""

from __future__ import annotations

import io
import re
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.exchange.builders import write_xlsx
from tests.exchange.lists import Rows, listed
from tests.web.builders import NOW
from tests.web.reading_pages import ReadPage, read_page
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.records import head_of
from tracker.ledger.standings import tallies
from tracker.web.site import create_site
from tracker.web.uploads import UPLOADS_NAME

PLAIN = listed(
    {"项目名称": "潇河湿地工程", "总投资（万元）": 1200, "建设阶段": "在建", "实际开工时间": "2024-03"},
    {"项目名称": "城区管网工程", "总投资（万元）": 800, "建设阶段": "未开工"},
)
"""A list of two projects that raises no question."""


class Sender:
    """Somebody at the machine with a browser: sends lists and follows what the pages offer."""

    def __init__(self, directory: Path, folder: Path) -> None:
        self.directory, self.folder = directory, folder
        self.client: FlaskClient = create_site(directory).test_client()

    def token(self, html: str | None = None) -> str:
        text = html or self.client.get("/import").get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', text)
        assert found
        return found[1]

    def workbook(self, rows: Rows) -> bytes:
        return write_xlsx(self.folder / "sent.xlsx", {"清单": rows}).read_bytes()

    def post(self, address: str, **data: object) -> TestResponse:
        # Encoded here: the client would keep a large body in a file that nobody closes.
        fields = {
            name: FileStorage(said[0], said[1]) if isinstance(said, tuple) else said for name, said in data.items()
        }
        boundary, body = encode_multipart({"csrf_token": self.token(), **fields})
        return self.client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    def sends(self, content: bytes | Rows, name: str = "清单.xlsx", month: str = NOW, area: str = "1407") -> str:
        """Send a list; give the address of its preview."""
        if isinstance(content, list):
            content = self.workbook(content)
        response = self.post("/import", month=month, area=area, workbook=(io.BytesIO(content), name))
        assert response.status_code == 303, response.get_data(as_text=True)
        return response.headers["Location"]

    def sees(self, address: str) -> ReadPage:
        response = self.client.get(address)
        assert response.status_code == 200
        return read_page(response.get_data(as_text=True))

    def agreed(self, address: str) -> str:
        found = re.search(r'name="agreed"[^>]* value="([0-9a-f]{64})"', self.client.get(address).get_data(as_text=True))
        assert found
        return found[1]

    def confirms(self, address: str, **data: object) -> TestResponse:
        return self.post(f"{address}/confirm", **{"agreed": self.agreed(address), **data})

    def imports(self, rows: Rows, **how: str) -> str:
        """Send a list and confirm it; give its address."""
        address = self.sends(rows, **how)
        response = self.confirms(address, accept="y")
        assert response.status_code == 303, read_page(response.get_data(as_text=True)).text
        return address

    def ledger(self) -> Ledger:
        return open_ledger(self.directory)

    def head(self) -> tuple[int, str]:
        ledger = self.ledger()
        try:
            return head_of(ledger)
        finally:
            ledger.close()

    def figures(self, month: str = NOW, area: str = "140700") -> dict[str, int]:
        ledger = self.ledger()
        try:
            programme = find_programme(ledger, None)
            place = places_of(ledger, programme).find(area)
            assert place is not None
            return tallies(ledger, programme, month, place)[""]
        finally:
            ledger.close()

    def kept(self) -> list[str]:
        folder = self.directory / UPLOADS_NAME
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def text_of(response: TestResponse) -> str:
    """Give what a reader of an answer's page reads."""
    return read_page(response.get_data(as_text=True)).text


def asked(html: str) -> tuple[str, str]:
    """Give the month and the area that a form stands at."""
    month, area = (
        re.search(r'name="month"[^>]* value="([^"]*)"', html),
        re.search(r'<option selected value="([^"]+)"', html),
    )
    assert month
    assert area
    return month[1], area[1]
