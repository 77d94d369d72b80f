"""Office templates: the layouts that an office keeps for official tables, and the workbooks they are.

They stand beside the truth: a table filled into one says what any other form of it says. A new version of a name ends
the one before it, and what was removed stays to be looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from tracker.ledger.audit import actor_of, audited
from tracker.ledger.handle import Ledger, LedgerError, RefusedError
from tracker.model.places import ROOT, Place, Places

LONGEST_NAME = 40
"""Characters of a layout's name at most."""

_MOST = 50


@dataclass(frozen=True, slots=True)
class OfficeTemplate:
    """One layout, or a former version of it.

    `area` is the code of the office's area, `kind` the key of a kind of table, `file` what its sender called the
    workbook, `lost` what of it exports do not keep, "" for nothing; times are ISO 8601, `ended_at` and `ended_by` are
    None while it is in force.
    """

    number: int
    area: str
    kind: str
    name: str
    file: str
    sha256: str
    lost: str
    added_at: str
    added_by: str
    ended_at: str | None = None
    ended_by: str | None = None


_COLUMNS = "number, area, kind, name, file, sha256, lost, added_at, added_by, ended_at, ended_by"


def office_templates(ledger: Ledger, programme: str, area: str) -> list[OfficeTemplate]:
    """Give an office's own layouts, the latest first, with those that are in force no more."""
    rows = ledger.connection.execute(
        f"SELECT {_COLUMNS} FROM office_template WHERE programme = ? AND area = ? ORDER BY number DESC",
        (programme, area),
    )
    return [OfficeTemplate(*row) for row in rows]


def templates_in_force(
    ledger: Ledger, programme: str, places: Places, area: Place, kind: str = ""
) -> list[OfficeTemplate]:
    """Give the layouts that tables of an area may be filled into, of one kind or all: its own, then those above it.

    Of layouts of one kind and name the nearest office's goes.
    """
    found: dict[tuple[str, str], OfficeTemplate] = {}
    for place in _upwards(places, area):
        for each in reversed(office_templates(ledger, programme, place.code)):
            if each.ended_at is None and kind in ("", each.kind):
                found.setdefault((each.kind, each.name), each)
    return list(found.values())


def _upwards(places: Places, area: Place) -> Iterator[Place]:
    """Give an area and those it lies in, up to the root."""
    while True:
        yield area
        if area.code == ROOT.code or not area.path:
            return
        area = places.parent(area)


def find_template(
    ledger: Ledger, programme: str, places: Places, area: Place, kind: str, name: str
) -> OfficeTemplate:  # fmt: skip
    """Find the layout of a name for a table of an area. Raises RefusedError that names those there are."""
    found = templates_in_force(ledger, programme, places, area, kind)
    for each in found:
        if each.name == name:
            return each
    known = f"已有的是：{'、'.join(each.name for each in found)}。" if found else "这种表还没有本单位格式。"
    raise RefusedError(f"没有叫“{name}”的本单位格式。{known}")


def content_of(ledger: Ledger, template: OfficeTemplate) -> bytes:
    """Give a layout's workbook. Raises LedgerError where it is not what was kept."""
    row = ledger.connection.execute(
        "SELECT content FROM template_content WHERE sha256 = ?", (template.sha256,)
    ).fetchone()  # fmt: skip
    content = bytes(row[0]) if row else b""
    if hashlib.sha256(content).hexdigest() != template.sha256:
        raise LedgerError(f"本单位格式“{template.name}”的工作簿已经损坏，请删去后重新上传。")
    return content


def add_template(
    ledger: Ledger, programme: str, area: str, kind: str, *, name: str, file: str, content: bytes, lost: str = ""
) -> OfficeTemplate:
    """Keep a layout under a name, noted in the audit log; one of the same name is in force no more.

    The same workbook under the same name, sent twice, is one. Raises RefusedError for a name that is none.
    """
    digest = hashlib.sha256(content).hexdigest()
    with audited(ledger, "template_added", area) as change:
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise RefusedError(f"请给这个格式起一个名字，不超过 {LONGEST_NAME} 个字，例如 市局调度表。")
        own = [each for each in office_templates(ledger, programme, area) if each.ended_at is None]
        before = next((each for each in own if (each.kind, each.name) == (kind, name)), None)
        if before is not None and before.sha256 == digest:
            change.detail = f"{name}（没有变化）"
            return before
        if before is None and len(own) >= _MOST:
            raise RefusedError(f"本单位格式已有 {len(own)} 个，请先删去不用的。")
        at, by = ledger.clock().isoformat(), actor_of(ledger).name
        if before is not None:
            _end(ledger, before, at, by)
        ledger.connection.execute("INSERT OR IGNORE INTO template_content VALUES (?, ?)", (digest, content))
        number = ledger.connection.execute(
            "INSERT INTO office_template (programme, area, kind, name, file, sha256, lost, added_at, added_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (programme, area, kind, name, file, digest, lost, at, by),
        ).lastrowid
        change.detail = f"{name}（{file}，SHA-256 {digest[:12]}{'，替换原来的' if before else ''}）"
    return OfficeTemplate(int(number or 0), area, kind, name, file, digest, lost, at, by)


def remove_template(ledger: Ledger, programme: str, area: str, number: int) -> None:
    """End a layout of an office, noted in the audit log. Raises RefusedError where it is not in force."""
    with audited(ledger, "template_removed", area) as change:
        found = [each for each in office_templates(ledger, programme, area) if each.number == number]
        if not found or found[0].ended_at is not None:
            raise RefusedError("没有这个格式，可能刚才已经删去。")
        change.detail = found[0].name
        _end(ledger, found[0], ledger.clock().isoformat(), actor_of(ledger).name)


def _end(ledger: Ledger, template: OfficeTemplate, at: str, by: str) -> None:
    ledger.connection.execute(
        "UPDATE office_template SET ended_at = ?, ended_by = ? WHERE number = ?", (at, by, template.number)
    )
