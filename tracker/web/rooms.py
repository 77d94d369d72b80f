"""Rooms: every route says who may use it, in one way, so that a test can ask each of them."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Callable
from enum import StrEnum
from typing import ParamSpec

from flask import abort, request
from flask.typing import ResponseReturnValue

_Parameters = ParamSpec("_Parameters")
_View = Callable[_Parameters, ResponseReturnValue]


class Permission(StrEnum):
    """What a route asks of whoever calls it."""

    LOOPBACK_READER = "loopback reader"
    """Whoever sits at the machine may read; until there are accounts nobody else may anything."""

    LOOPBACK_WRITER = "loopback writer"
    """Whoever sits at the machine may import lists, as the command line lets them."""


PERMISSION_MARK = "_permission"


def room(permission: Permission) -> Callable[[_View[_Parameters]], _View[_Parameters]]:
    """Declare and enforce the permission of a route's function."""

    def declare(view: _View[_Parameters]) -> _View[_Parameters]:
        @functools.wraps(view)
        def admitted(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> ResponseReturnValue:
            if not _from_loopback(request.remote_addr):
                abort(403)
            return view(*arguments, **named)

        setattr(admitted, PERMISSION_MARK, permission)
        return admitted

    return declare


def permission_of(view: Callable[..., object]) -> Permission | None:
    """Give the permission that a route's function declares, or None where it declares none."""
    found = getattr(view, PERMISSION_MARK, None)
    return found if isinstance(found, Permission) else None


def _from_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
