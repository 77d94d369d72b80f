"""Issuing work: a bulletin that was printed is issued, in one short write of the ledger, if it still says the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracker.exchange.bulletins.composing import composed, issue_order, sealed, wording_place
from tracker.exchange.bulletins.document import Bulletin
from tracker.exchange.paper.printer import Printed
from tracker.exchange.tables.asking import Asked
from tracker.ledger.audit import Actor
from tracker.ledger.bulletins import bulletin_numbered, issue, wordings_of
from tracker.ledger.handle import Ledger, LedgerError, RefusedError
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.reading import one_moment
from tracker.ledger.records import head_of
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.model.places import Place
from tracker.model.roles import Role

_TRIES = 5
_CHANGED = "排版期间台账有了变化，通报的文字或数字与刚才看到的不同，没有印发。请重新看过草稿，再印发。"
_BUSY = "台账正在登记别的内容，通报没有印发，台账没有改动。请稍候再印发一次。"


class MovedOnError(Exception):
    """The ledger holds more than what the bulletin was compared with."""


def issue_printed(directory: Path, asked: Mapping[str, Any], bulletin: Bulletin, printed: Printed) -> dict[str, Any]:
    """Issue a sealed bulletin that was printed; gives `issued` with its record's number, or `sentence` with why not.

    `asked` says of which `programme`, `month` and `area`, what it `corrects`, its `reason`, the versions of its words
    as `seen`, who issues it (`by`, `role`, `address`, `scope`), and the `request` that it is recorded under.
    """
    ledger = open_ledger(directory)
    role = asked["role"]
    ledger.actor = Actor(asked["by"], Role(role) if role else None, asked["address"])
    try:
        for _ in range(_TRIES):
            try:
                return {"issued": _issued(ledger, asked, bulletin, printed)}
            except MovedOnError:
                continue
        return {"sentence": _BUSY}
    except AlreadyRecordedError as error:
        return {"issued": error.sequences[0]}
    except LedgerError as error:
        return {"sentence": str(error)}
    finally:
        ledger.close()


def _issued(ledger: Ledger, asked: Mapping[str, Any], bulletin: Bulletin, printed: Printed) -> int:
    with one_moment(ledger):
        head = head_of(ledger)
        programme = find_programme(ledger, asked["programme"])
        places = places_of(ledger, programme)
        area, scope = _place(places.find(asked["area"])), _place(places.find(asked["scope"]))
        corrects = bulletin_numbered(ledger, asked["corrects"]) if asked["corrects"] else None
        request = Asked(ledger, programme, asked["month"], area)
        now = composed(request, number=bulletin.number, signed_on=bulletin.signed_on, corrects=corrects).bulletin
        words = wordings_of(ledger, wording_place(request, corrects))
    # Words that were changed meanwhile are refused where it is issued, by whose they are.
    reworded = {part: each.version for part, each in words.items()} != asked["seen"]
    if not reworded and sealed(now).checksum != bulletin.checksum:
        raise RefusedError(_CHANGED)
    order = issue_order(bulletin, area, printed, asked["reason"], asked["seen"])
    with writing(ledger, asked["request"], asked["by"]) as writes:
        if writes.head() != head:
            raise MovedOnError
        return issue(writes, programme.key, scope, order)


def _place(found: Place | None) -> Place:
    if found is None:
        raise RefusedError("这个地区已经不在专项范围内，没有印发。")
    return found
