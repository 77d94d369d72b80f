"""Rooms: every route says who may use it, in one way, so that a test can ask each of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from tracker.ledger.audit import note_refusal
from tracker.ledger.signing_in import change_due
from tracker.model.roles import Permission
from tracker.web.identity import actor, from_loopback, identity
from tracker.web.page_ledger import page_handle

__all__ = ["PERMISSION_MARK", "Permission", "permission_of", "room"]

_Parameters = ParamSpec("_Parameters")
_View = Callable[_Parameters, ResponseReturnValue]

PERMISSION_MARK = "_permission"

ONE_TIME_ROOM = "signing.password"
"""The one page that an account may use whose password is a one-time one, or older than the rules allow."""


def room(permission: Permission) -> Callable[[_View[_Parameters]], _View[_Parameters]]:
    """Declare and enforce the permission of a route's function.

    Whoever is not signed in is led to the sign-in page; an account whose role does not allow it gets a page that
    says so, and the attempt is noted in the audit log.
    """

    def declare(view: _View[_Parameters]) -> _View[_Parameters]:
        @functools.wraps(view)
        def admitted(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> ResponseReturnValue:
            elsewhere = _elsewhere(permission)
            return view(*arguments, **named) if elsewhere is None else redirect(elsewhere, 303)

        setattr(admitted, PERMISSION_MARK, permission)
        return admitted

    return declare


def _elsewhere(permission: Permission) -> str | None:
    """Give None for who may come in, else where to go first; who may not come in at all gets a page that says so."""
    if permission is Permission.EVERYONE and from_loopback():
        return None
    me = identity()
    if me.closed:
        abort(403)
    if me.may(permission):
        open_still = permission in (Permission.EVERYONE, Permission.SIGNED_IN)
        first = not open_still and me.account and change_due(page_handle(), me.account)
        return url_for(ONE_TIME_ROOM) if first else None
    if me.account is None and not me.local and request.method in ("GET", "HEAD"):
        return url_for("signing.enter", next=request.full_path.rstrip("?"))
    if me.account is None and not me.local:
        abort(403, "登录已经结束，这次提交没有处理。请重新登录后再试；已保存的草稿都在。")
    sentence = f"您的身份（{me.role_words or '未授权'}）不能使用这一页。如工作需要，请联系安全管理员授权。"
    note_refusal(page_handle(), "page", f"{request.method} {request.path}", sentence, actor())
    return abort(403, sentence)


def permission_of(view: Callable[..., object]) -> Permission | None:
    """Give the permission that a route's function declares, or None where it declares none."""
    found = getattr(view, PERMISSION_MARK, None)
    return found if isinstance(found, Permission) else None
