"""Scopes: which place an account of a role may stand for."""

from __future__ import annotations

from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.programmes import find_place, places_of, programmes
from tracker.ledger.reference import divisions
from tracker.model.places import ROOT_CODE, Place, PlaceLevel, Places
from tracker.model.programme import Programme
from tracker.model.roles import ADMINISTRATORS, ROLE_WORDS, Role

_OF_A_UNIT = (Role.REPORTER, Role.LEAD)


def checked_scope(ledger: Ledger, role: Role | None, code: str | None) -> str | None:
    """Give the full code of the place that an account of a role stands for, None where it stands for none.

    A reporter and a lead stand for a unit (a county, a zone), a task force for a city, a province or a
    programme's whole area, a reader for any area, an administrator for none. Raises RefusedError, and
    UnknownError for a place that no programme of the ledger reaches.
    """
    written = (code or "").strip()
    if role is None or role in ADMINISTRATORS:
        if written:
            word = ROLE_WORDS[role] if role else "没有角色的账号"
            raise RefusedError(f"{word}不设范围，请去掉“{written}”。")
        return None
    word = ROLE_WORDS[role]
    if not written:
        expected = "县（市、区）或开发区，例如 140702" if role in _OF_A_UNIT else "地区，例如 1407（市）、14（省）"
        raise RefusedError(f"{word}要写明范围：一个{expected}。")
    place, places, programme = _found(ledger, written)
    if role in _OF_A_UNIT and not places.is_unit(place):
        raise RefusedError(
            f"{word}的范围应是一个县（市、区）或开发区，{place.name}（{place.code}）不是。请写到县级，例如 140702。"
        )
    if role is Role.TASK_FORCE and not _is_of_a_task_force(place, places, programme):
        raise RefusedError(
            f"{word}的范围应是一个市或省（或专项的全部范围），{place.name}（{place.code}）不是。"
            "请写市或省的代码，例如 1407、14。"
        )
    return place.code


def _is_of_a_task_force(place: Place, places: Places, programme: Programme | None) -> bool:
    if programme is not None and places.find(programme.area) == place:
        return True
    if place.code == ROOT_CODE or place.level is PlaceLevel.UNIT:
        return False
    # A county that hangs on its province stands beside the cities and reviews itself.
    return place.level in (PlaceLevel.PROVINCE, PlaceLevel.CITY) or places.city(place) == place


def _found(ledger: Ledger, code: str) -> tuple[Place, Places, Programme | None]:
    """Find a place in the first programme that reaches it, or among the divisions where there is no programme."""
    found = programmes(ledger)
    if not found:
        place = divisions().find(code)
        if place is None:
            raise UnknownError(f"没有代码为“{code}”的地区。请写行政区划代码，例如 14（省）、1407（市）、140702（县）。")
        return place, divisions(), None
    refusal: UnknownError | None = None
    for programme in found:
        places = places_of(ledger, programme)
        try:
            return find_place(places, programme, code), places, programme
        except UnknownError as error:
            refusal = error
    raise refusal or UnknownError(f"没有代码为“{code}”的地区。")


def scope_name(ledger: Ledger, code: str | None) -> str | None:
    """Give the full name of the place that an account stands for; the code where no programme knows it."""
    if code is None:
        return None
    for programme in programmes(ledger):
        places = places_of(ledger, programme)
        place = places.find(code)
        if place is not None:
            return places.full_name(place)
    place = divisions().find(code)
    return divisions().full_name(place) if place else code
