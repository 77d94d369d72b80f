"""Who may do what: every route x every role x own and foreign objects, against one table, and nothing leaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG, build_ledger
from tests.web.callers import PEOPLE, entered, with_people
from tests.web.returning import token_of
from tracker.ledger.accounts import add_account
from tracker.ledger.attachments import attach
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.roles import Permission, permissions_of
from tracker.web import printing_work
from tracker.web.rooms import permission_of
from tracker.web.site import create_site

MONTH = "2024-09"
OWN, NEXT, FAR = "140702", "140703", "140215"
NAMES = {OWN: "榆次区甲治理工程", NEXT: "太谷区乙治理工程", FAR: "云州区丙治理工程"}
PLACES = {OWN: "榆次", NEXT: "太谷", FAR: "云州"}
KEYS = {OWN: "a" * 32, NEXT: "b" * 32, FAR: "c" * 32}

EVERYONE = frozenset({"nobody", "local", *PEOPLE})
COUNTY = frozenset({"lead", "reporter", "neighbour"})
READERS = frozenset({"local", "province", "city", "reader"}) | COUNTY
FORCE = frozenset({"province", "city"})
SYSTEM, SECURITY, AUDIT = frozenset({"system"}), frozenset({"security"}), frozenset({"audit"})
FOREIGN = {"city": FAR, "reader": FAR, "lead": NEXT, "reporter": NEXT, "neighbour": OWN}
"""What lies beyond the scope of each caller who has one; the neighbour's own county is the others' foreign one."""


@dataclass(frozen=True)
class Route:
    """What is expected of a route: who is let in, an address to call, and what an own object answers.

    `scoped` says that the address names a county, so that a foreign one is as unknown as none; `rest` holds what
    single callers are answered instead.
    """

    who: frozenset[str]
    permission: Permission
    address: str
    own: int = 200
    scoped: bool = False
    data: dict[str, str] = field(default_factory=dict)
    rest: dict[str, int] = field(default_factory=dict)


P = Permission
AREA = f"{MONTH}/{{county}}"
TABLE: dict[str, Route] = {
    "static": Route(EVERYONE, P.EVERYONE, "/static/yihong.css"),
    "overview.home": Route(EVERYONE, P.EVERYONE, "/", 302),
    "signing.enter": Route(EVERYONE, P.EVERYONE, "/signin"),
    "signing.sign": Route(EVERYONE, P.EVERYONE, "/signin", 422),
    "signing.demonstrate": Route(EVERYONE, P.EVERYONE, "/signin/demonstration", 404),
    "signing.leave": Route(frozenset(PEOPLE), P.SIGNED_IN, "/signout", 303),
    "signing.password": Route(frozenset(PEOPLE), P.SIGNED_IN, "/account"),
    "signing.renew": Route(frozenset(PEOPLE), P.SIGNED_IN, "/account", 422),
    "accounts.first": Route(EVERYONE, P.EVERYONE, "/first", 404, rest={"local": 200}),
    "accounts.make_first": Route(EVERYONE, P.EVERYONE, "/first", 404, data={"system": ""}, rest={"local": 422}),
    "accounts.show": Route(SYSTEM, P.ACCOUNTS, "/accounts"),
    "accounts.add": Route(SYSTEM, P.ACCOUNTS, "/accounts", 422),
    "accounts.act": Route(SYSTEM, P.ACCOUNTS, "/accounts/spare/disable", 303),
    "programmes.show": Route(SYSTEM, P.PROGRAMMES, "/programmes"),
    "programmes.make": Route(SYSTEM, P.PROGRAMMES, "/programmes", 422),
    "programmes.show_one": Route(SYSTEM, P.PROGRAMMES, "/programmes/yihong"),
    "programmes.change": Route(SYSTEM, P.PROGRAMMES, "/programmes/yihong", 422),
    "programmes.add_unit": Route(SYSTEM, P.PROGRAMMES, "/programmes/yihong/unit", 422),
    "policy.show": Route(SECURITY, P.POLICY, "/policy"),
    "policy.change": Route(SECURITY, P.POLICY, "/policy", 422),
    "policy.show_account": Route(SECURITY, P.POLICY, "/policy/spare"),
    "policy.grant": Route(SECURITY, P.POLICY, "/policy/spare", 303, data={"role": ""}),
    "auditing.show": Route(AUDIT, P.AUDIT, "/audit"),
    "auditing.export": Route(AUDIT, P.AUDIT, "/audit/csv"),
    "checking.show": Route(EVERYONE, P.EVERYONE, "/check"),
    "checking.coded": Route(EVERYONE, P.EVERYONE, "/check/0123456789abcdef", 404),
    "checking.compare": Route(EVERYONE, P.EVERYONE, "/check", 422),
    "bulletins.show": Route(READERS, P.READ, f"/bulletin/{AREA}", scoped=True),
    "bulletin_words.edit": Route(FORCE, P.BULLETINS, f"/bulletin/{AREA}/words", 303, scoped=True),
    "bulletin_issuing.issue": Route(FORCE, P.BULLETINS, f"/bulletin/{AREA}/issue", 409, scoped=True),
    "printed.show": Route(READERS, P.READ, f"/printed/{AREA}/leader.pdf", 303, scoped=True),
    "printed.again": Route(READERS, P.READ, f"/printed/{AREA}/leader.pdf", 303, scoped=True),
    "bulletin_files.show": Route(READERS, P.READ, "/bulletin/file/1.pdf", 404, scoped=True),
    "gallery.show": Route(READERS, P.READ, "/gallery"),
    "overview.go": Route(READERS, P.READ, f"/go?month={MONTH}&area={{county}}", 302, scoped=True),
    "overview.show": Route(READERS, P.READ, f"/overview/{AREA}", scoped=True),
    "rankings.show": Route(READERS, P.READ, f"/ranking/{AREA}", scoped=True),
    "rankings.show_unit": Route(READERS, P.READ, f"/ranking/{AREA}/unit?unit={{county}}", 404, scoped=True),
    "tables.show": Route(READERS, P.READ, f"/tables/{AREA}", scoped=True),
    "tables.fetch": Route(READERS, P.READ, f"/tables/{AREA}/dispatch.csv", scoped=True),
    "office_templates.show": Route(FORCE | {"local"}, P.IMPORT, f"/templates/{AREA}", scoped=True),
    "office_templates.add": Route(FORCE | {"local"}, P.IMPORT, f"/templates/{AREA}", 422, scoped=True),
    "office_templates.remove": Route(FORCE | {"local"}, P.IMPORT, f"/templates/{AREA}/remove", 303, scoped=True),
    "office_templates.fetch": Route(FORCE | {"local"}, P.IMPORT, f"/templates/{AREA}/dispatch.xlsx", scoped=True),
    "county_list.show": Route(READERS, P.READ, f"/list/{AREA}", scoped=True),
    "county_list.excel": Route(READERS, P.READ, f"/list/{AREA}/excel", scoped=True),
    "county_list.as_csv": Route(READERS, P.READ, f"/list/{AREA}/csv", scoped=True),
    "projects.show": Route(READERS, P.READ, f"/projects/{AREA}/projects", scoped=True),
    "dossier.show": Route(READERS, P.READ, "/project/{county}-0001", scoped=True),
    "dossier.file": Route(READERS, P.READ, "/project/{county}-0001/file", scoped=True),
    "attachments.fetch": Route(READERS, P.READ, "/attachment/{attachment}", scoped=True),
    "attachments.show": Route(COUNTY, P.FILL, f"/return/{AREA}/attachments/{{county}}-0001", scoped=True),
    "attachments.add": Route(COUNTY, P.FILL, f"/return/{AREA}/attachments/{{county}}-0001", 422, scoped=True),
    "attachments.take_back": Route(
        COUNTY, P.FILL, f"/return/{AREA}/attachments/{{county}}-0001/{{attachment}}", 422, scoped=True
    ),
    "returns.show": Route(COUNTY, P.FILL, f"/return/{AREA}", scoped=True),
    "returns.save": Route(COUNTY, P.FILL, f"/return/{AREA}", 303, scoped=True),
    "returns.draft": Route(COUNTY, P.FILL, f"/return/{AREA}/draft", 400, scoped=True),
    "sending.show": Route(COUNTY, P.FILL, f"/return/{AREA}/send", scoped=True),
    "sending.sign": Route(frozenset({"lead", "neighbour"}), P.SEND, f"/return/{AREA}/send", 422, scoped=True),
    "workbooks.show": Route(COUNTY, P.FILL, f"/return/{AREA}/workbook", scoped=True),
    "workbooks.fetch": Route(COUNTY, P.FILL, f"/return/{AREA}/workbook.xlsx", scoped=True),
    "workbooks.send": Route(COUNTY, P.FILL, f"/return/{AREA}/workbook", 422, scoped=True),
    "workbooks.look": Route(COUNTY, P.FILL, f"/return/{AREA}/workbook/{{key}}", 404, scoped=True),
    "workbooks.confirm": Route(COUNTY, P.FILL, f"/return/{AREA}/workbook/{{key}}", 404, scoped=True),
    "workbooks.every": Route(FORCE, P.MONTHS, f"/month/{AREA}/workbooks.zip", scoped=True),
    "months.show": Route(FORCE, P.MONTHS, f"/month/{AREA}", scoped=True),
    "months.closing": Route(FORCE, P.MONTHS, f"/month/{AREA}/close", scoped=True),
    "months.act": Route(FORCE, P.MONTHS, f"/month/{AREA}/open", 409, scoped=True, rest={"city": 404}),
    "months.permit": Route(FORCE, P.MONTHS, f"/month/{AREA}/permit", 422, scoped=True, data={"county": "{county}"}),
    "reviews.show": Route(FORCE, P.REVIEW, f"/review/{AREA}", scoped=True),
    "reviews.pass_rows": Route(FORCE, P.REVIEW, f"/review/{AREA}/accept", 409, scoped=True),
    "reviews.return_row": Route(
        FORCE, P.REVIEW, f"/review/{AREA}/back", 409, scoped=True, data={"row": "{county}-0001:1"}
    ),
    "project_actions.show": Route(FORCE, P.PROJECTS, "/project/{county}-0001/rename", scoped=True),
    "project_actions.act": Route(FORCE, P.PROJECTS, "/project/{county}-0001/rename", 422, scoped=True),
    "imports.show": Route(FORCE | {"local"}, P.IMPORT, "/import"),
    "imports.send": Route(FORCE | {"local"}, P.IMPORT, "/import", 422),
    "imports.look": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}", scoped=True),
    "marked.give_back": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/marked", 404, scoped=True),
    "imports.work": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/work", 303, scoped=True),
    "imports.original": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/original", 404, scoped=True),
    "import_mapping.show": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/reading", 303, scoped=True),
    "import_mapping.choose": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/reading", 303, scoped=True),
    "import_mapping.headings": Route(FORCE | {"local"}, P.IMPORT, "/import/headings/{county}", scoped=True),
    "import_mapping.forget": Route(
        FORCE | {"local"}, P.IMPORT, "/import/headings/{county}", 409, scoped=True, data={"owner": "{county}"}
    ),
    "imports.confirm": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/confirm", 303, scoped=True),
    "imports.discard": Route(FORCE | {"local"}, P.IMPORT, "/import/{key}/discard", 303, scoped=True),
    "imports.undo": Route(
        FORCE | {"local"}, P.IMPORT, "/import/{key}/undo", 422, scoped=True, data={"reason": ""}
    ),
}  # fmt: skip
"""Every route of the site by its endpoint; an endpoint that is not here fails the test."""

EXAMPLES = frozenset({"gallery.show", "signing.enter", "signing.sign"})
"""Pages with examples of their own, in which some county's name stands whoever asks."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    # Who may ask for a document is the question here, not how it is printed.
    monkeypatch.setattr(printing_work, "launch", lambda *_asked: None)


def _three_counties(directory: Path, attachments: dict[str, int]) -> Path:
    def fill(ledger: Ledger) -> None:
        with writing(ledger, "open", "测试员") as writes:
            writes.open_month(YIHONG.key, "2024-08")
        for county, name in NAMES.items():
            with writing(ledger, f"import:{KEYS[county]}", "测试员") as writes:
                number = writes.note_import(
                    YIHONG.key, "2024-08",
                    {"name": f"{name}.xlsx", "sha256": "0" * 64, "bytes": 1, "within": county, "rows_read": 1,
                     "projects_registered": 1, "returns_recorded": 1, "unchanged": 0}, [],
                )  # fmt: skip
                project = writes.register(YIHONG.key, "2024-08", {"name": name, "county": county}, imported_by=number)
                writes.state(YIHONG.key, project, "2024-08", StatementKind.RETURN, {"progress": f"{name}施工中"})
        with writing(ledger, "next", "测试员") as writes:
            writes.open_month(YIHONG.key, MONTH)

    build_ledger(directory, fill)
    ledger = open_ledger(directory)
    for county, name in NAMES.items():
        with writing(ledger, f"attach-{county}", "测试员") as writes:
            attachments[county] = attach(
                writes, YIHONG.key, f"{county}-0001", MONTH, name=f"{name}.pdf", media_type="application/pdf",
                content=f"%PDF-1.4 {county}".encode(),
            )  # fmt: skip
    ledger.close()
    return directory


class Walk:
    """One caller in front of the ledger, who calls any route about any county."""

    def __init__(self, directory: Path, name: str) -> None:
        self.attachments: dict[str, int] = {}
        _three_counties(directory, self.attachments)
        if name != "local":
            with_people(directory, *{"system", name} & set(PEOPLE))
            ledger = open_ledger(directory)
            add_account(ledger, "spare", None)
            ledger.close()
        self.site = create_site(directory)
        self.client: FlaskClient = self.site.test_client()
        if name in PEOPLE:
            entered(self.client, name)
        self.token = token_of(self.client.get("/signin"))

    def call(self, route: Route, method: str, county: str) -> TestResponse:
        parts: dict[str, Any] = {"county": county, "key": KEYS[county], "attachment": self.attachments[county]}
        address = route.address.format(**parts)
        data = {name: text.format(**parts) for name, text in route.data.items()}
        if method == "GET":
            return self.client.get(address, buffered=True)
        return self.client.post(address, data={"csrf_token": self.token, **data})


@pytest.fixture
def routes(tmp_path: Path) -> dict[str, str]:
    """Every route's method by its endpoint."""
    site = create_site(tmp_path)
    return {rule.endpoint: "POST" if "POST" in (rule.methods or ()) else "GET" for rule in site.url_map.iter_rules()}


def test_every_route_stands_in_the_table_with_the_permission_it_declares(tmp_path: Path) -> None:
    site = create_site(tmp_path)
    declared = {rule.endpoint: permission_of(site.view_functions[rule.endpoint]) for rule in site.url_map.iter_rules()}
    assert declared == {endpoint: route.permission for endpoint, route in TABLE.items()}


def test_the_table_lets_in_exactly_the_roles_that_hold_the_permission() -> None:
    for endpoint, route in TABLE.items():
        holders = {name for name, (role, _) in PEOPLE.items() if route.permission in permissions_of(role)}
        assert route.who & set(PEOPLE) == holders, endpoint


def _last_leaves(endpoints: dict[str, str]) -> list[str]:
    """Give the endpoints with signing out at the end, which ends the walk."""
    return sorted(endpoints, key=lambda endpoint: endpoint == "signing.leave")


@pytest.mark.parametrize("name", sorted(EVERYONE))
def test_every_route_lets_in_whom_it_should_and_nobody_else(tmp_path: Path, routes: dict[str, str], name: str) -> None:
    walk = Walk(tmp_path / "ledger", name)
    own = NEXT if name == "neighbour" else OWN
    wrong = []
    for endpoint in _last_leaves(routes):
        route, method = TABLE[endpoint], routes[endpoint]
        answer = walk.call(route, method, own)
        if name in route.who:
            expected = route.rest.get(name, route.own)
        elif name == "nobody" and method == "GET":
            expected = 303
        else:
            expected = 403
        if answer.status_code != expected:
            wrong.append(f"{method} {endpoint}: {answer.status_code}, not {expected}")
        if name not in route.who:
            wrong += _leaks(endpoint, answer, NAMES)
            if name == "nobody" and method == "GET":
                assert answer.headers["Location"].startswith("/signin?next="), endpoint
    assert wrong == []


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_what_lies_beyond_the_scope_is_not_there(tmp_path: Path, routes: dict[str, str], name: str) -> None:
    walk = Walk(tmp_path / "ledger", name)
    county = FOREIGN[name]
    wrong = []
    for endpoint in _last_leaves(routes):
        route = TABLE[endpoint]
        answer = walk.call(route, routes[endpoint], county)
        if route.scoped and name in route.who and answer.status_code != 404:
            wrong.append(f"{endpoint}: {answer.status_code}, not 404")
        wrong += _leaks(endpoint, answer, {county: NAMES[county]})
    assert wrong == []


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_own_pages_tell_nothing_of_what_lies_beyond_the_scope(
    tmp_path: Path, routes: dict[str, str], name: str
) -> None:
    walk = Walk(tmp_path / "ledger", name)
    own = NEXT if name == "neighbour" else OWN
    foreign = {county: NAMES[county] for county in NAMES if county == FOREIGN[name]}
    wrong = []
    for endpoint in _last_leaves(routes):
        if routes[endpoint] == "GET" and name in TABLE[endpoint].who:
            wrong += _leaks(endpoint, walk.call(TABLE[endpoint], "GET", own), foreign)
    assert wrong == []


@pytest.mark.parametrize("name", ["province", "lead", "local"])
def test_a_month_that_is_not_open_breaks_nothing(tmp_path: Path, routes: dict[str, str], name: str) -> None:
    walk = Walk(tmp_path / "ledger", name)
    for month in ("2030-01", "1999-12", "2024-13"):
        for endpoint, route in TABLE.items():
            if f"/{MONTH}/" in route.address and name in route.who:
                elsewhere = Route(route.who, route.permission, route.address.replace(MONTH, month), data=route.data)
                answer = walk.call(elsewhere, routes[endpoint], OWN)
                assert answer.status_code < 500, f"{endpoint} {month}"
                if month == "2024-13":
                    assert answer.status_code == 404, endpoint


def _leaks(endpoint: str, answer: TestResponse, foreign: dict[str, str]) -> list[str]:
    """Give what an answer says of counties that its reader may not know: a project's name, or the place's."""
    body = answer.get_data().decode("utf-8", "replace")
    places = [] if endpoint in EXAMPLES else [PLACES[county] for county in foreign]
    return [f"{endpoint} tells of {word}" for word in [*foreign.values(), *places] if word in body]
