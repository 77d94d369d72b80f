"""Heading choices: what an office's headings mean, as somebody matched them, remembered for the office's next list.

They stand beside the truth: what an import was read by is in its own record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.ledger.audit import audited, note
from tracker.ledger.handle import Ledger, RefusedError
from tracker.model.fields import FIELD
from tracker.model.places import ROOT, Place, Places


@dataclass(frozen=True, slots=True)
class HeadingChoice:
    """What one heading of an office's lists means.

    `parent` and `heading` are plain, as headings are compared; `field` is "" for a heading that is not read, `unit`
    that of a sum whose heading says none, `corrects` the field that the program read it as by itself. `area` is the
    office's code; `chosen_at` is ISO 8601.
    """

    area: str
    parent: str
    heading: str
    field: str
    unit: str | None = None
    corrects: str | None = None
    chosen_at: str = ""
    chosen_by: str = ""

    @property
    def words(self) -> str:
        """Give heading and meaning as people read them."""
        written = f"{self.parent} › {self.heading}" if self.parent else self.heading
        meaning = FIELD[self.field].heading if self.field in FIELD else self.field or "不读取"
        return f"“{written}”{'读作' if self.field else ''}{meaning}{f'（{self.unit}）' if self.unit else ''}"


def heading_choices(ledger: Ledger, programme: str, area: str) -> list[HeadingChoice]:
    """Give what an office's own headings mean, in the order of the headings."""
    rows = ledger.connection.execute(
        "SELECT area, parent, heading, field, unit, corrects, chosen_at, chosen_by FROM heading_choice "
        "WHERE programme = ? AND area = ? ORDER BY parent, heading",
        (programme, area),
    )
    return [HeadingChoice(*row) for row in rows]


def choices_in_force(
    ledger: Ledger, programme: str, places: Places, area: Place
) -> dict[tuple[str, str], HeadingChoice]:
    """Give what headings mean in a list of an area, by (parent, heading): the office's own choices first.

    A county's office often sends its city's form, so what the areas above it chose goes for it as well.
    """
    found: dict[tuple[str, str], HeadingChoice] = {}
    at = area
    while True:
        for choice in heading_choices(ledger, programme, at.code):
            found.setdefault((choice.parent, choice.heading), choice)
        if at.code == ROOT.code or not at.path:
            return found
        at = places.parent(at)


def remember_headings(ledger: Ledger, programme: str, choices: Iterable[HeadingChoice], by: str) -> None:
    """Remember, within the open transaction, what headings mean from now on; noted in the audit log."""
    at, chosen = ledger.clock().isoformat(), list(choices)
    ledger.connection.executemany(
        "INSERT INTO heading_choice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (programme, area, parent, heading) "
        "DO UPDATE SET field = excluded.field, unit = excluded.unit, corrects = excluded.corrects, "
        "chosen_at = excluded.chosen_at, chosen_by = excluded.chosen_by",
        [
            (programme, each.area, each.parent, each.heading, each.field, each.unit, each.corrects, at, by)
            for each in chosen
        ],
    )
    if chosen:
        note(ledger, "headings_remembered", True, chosen[0].area, "；".join(each.words for each in chosen))


def forget_heading(ledger: Ledger, programme: str, area: str, parent: str, heading: str) -> None:
    """Forget what an office's heading means; noted in the audit log. Raises RefusedError where it is not remembered."""
    with audited(ledger, "heading_forgotten", area) as change:
        known = {(each.parent, each.heading): each for each in heading_choices(ledger, programme, area)}
        if (parent, heading) not in known:
            raise RefusedError(f"没有记住“{heading}”这个表头，可能刚才已经删去。")
        change.detail = known[parent, heading].words
        ledger.connection.execute(
            "DELETE FROM heading_choice WHERE programme = ? AND area = ? AND parent = ? AND heading = ?",
            (programme, area, parent, heading),
        )
