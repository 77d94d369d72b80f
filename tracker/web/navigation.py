"""Navigation: the rooms that the caller's role works in, at most six, in the order of the month's work."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, url_for

from tracker.model.roles import Permission
from tracker.web.identity import identity
from tracker.web.whereabouts import Where


@dataclass(frozen=True, slots=True)
class Room:
    """One entry of the navigation: what it is called, its address, and the key that pages name themselves by."""

    key: str
    words: str
    address: str


_BY_AREA = (
    ("overview", "总览", "overview.show", Permission.READ),
    ("ranking", "排名", "rankings.show", Permission.READ),
    ("list", "清单", "county_list.show", Permission.READ),
    ("return", "月报", "returns.show", Permission.FILL),
    ("month", "月报", "months.show", Permission.MONTHS),
    ("review", "审核", "reviews.show", Permission.REVIEW),
    ("bulletin", "通报", "bulletins.show", Permission.READ),
)
_BY_ROLE = (
    ("accounts", "账号", "accounts.show", Permission.ACCOUNTS),
    ("programmes", "专项", "programmes.show", Permission.PROGRAMMES),
    ("policy", "授权", "policy.show", Permission.POLICY),
    ("audit", "审计", "auditing.show", Permission.AUDIT),
)


def rooms_of(where: Where | None) -> list[Room]:
    """Give the rooms of the caller; those about a month and an area only on pages that are about one."""
    me = identity()
    known = current_app.view_functions
    found = [
        Room(key, words, where.to(endpoint))
        for key, words, endpoint, permission in _BY_AREA
        if where is not None and me.may(permission) and endpoint in known
    ]
    return found + [
        Room(key, words, url_for(endpoint))
        for key, words, endpoint, permission in _BY_ROLE
        if me.may(permission) and endpoint in known
    ]
