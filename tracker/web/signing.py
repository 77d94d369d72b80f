"""Signing in and out, one's own password; and, in the demonstration ledger, entering as any role."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired

from tracker.ledger.account_reading import Account, account_named
from tracker.ledger.accounts import add_demonstration_account
from tracker.ledger.audit import Actor, note
from tracker.ledger.policies import policies
from tracker.ledger.programmes import programmes
from tracker.ledger.sessions import begin, end
from tracker.ledger.signing_in import PasswordRefusedError, SignInRefusedError, change_due, change_password, sign_in
from tracker.model.roles import ROLE_WORDS, Role
from tracker.web.forms import WritingForm
from tracker.web.identity import SIGNED_IN, from_loopback, identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError

blueprint = Blueprint("signing", __name__)

_INSIDE = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")
"""An address of this site: browsers take a second slash, or a backslash for one, as the start of another's name."""

DEMONSTRATION = (
    ("demo-province", Role.TASK_FORCE, "140000", "省专班（示例）"),
    ("demo-city", Role.TASK_FORCE, "140700", "晋中市专班（示例）"),
    ("demo-lead", Role.LEAD, "140702", "榆次区负责人（示例）"),
    ("demo-reporter", Role.REPORTER, "140702", "榆次区填报员（示例）"),
    ("demo-reader", Role.READER, "140000", "省领导（示例）"),
    ("demo-system", Role.SYSTEM, None, "系统管理员（示例）"),
    ("demo-security", Role.SECURITY, None, "安全管理员（示例）"),
    ("demo-audit", Role.AUDIT, None, "审计管理员（示例）"),
)
"""The accounts that the demonstration ledger lets anybody at its machine enter as: name, role, scope, person."""


class SignInForm(WritingForm):
    """Name and password, and where to go afterwards."""

    name = StringField("用户名", [DataRequired("请填写用户名。")])
    password = PasswordField("密码", [DataRequired("请填写密码。")])
    next = HiddenField()


class EnterForm(WritingForm):
    """Enter the demonstration ledger as one of its accounts."""

    account = HiddenField()


class LeaveForm(WritingForm):
    """Sign out."""


class PasswordForm(WritingForm):
    """Change one's own password."""

    current = PasswordField("现在的密码", [DataRequired("请填写现在的密码；第一次登录时是管理员给的一次性密码。")])
    new = PasswordField("新密码", [DataRequired("请填写新密码。")])
    again = PasswordField("再写一遍新密码", [DataRequired("请再写一遍新密码。")])


@blueprint.get("/signin")
@room(Permission.EVERYONE)
def enter() -> ResponseReturnValue:
    """Show the sign-in form, and the demonstration ledger's roles where it may show them."""
    form = SignInForm(formdata=None)
    form.next.data = request.args.get("next", "")
    return _enter_page(form)


def _enter_page(form: SignInForm) -> str:
    return render_template(
        "signin.html", room="signin", form=form, demonstration=_demonstrations(), enter=EnterForm(formdata=None),
        rules=policies(page_ledger()), first=identity().local,
    )  # fmt: skip


def _demonstrations() -> list[tuple[str, str, str]]:
    """Give (account, person, role) of those that may be entered without a password; none but at the machine itself."""
    if not from_loopback() or not any(programme.demonstration for programme in programmes(page_ledger())):
        return []
    return [(name, person, ROLE_WORDS[role]) for name, role, _, person in DEMONSTRATION]


@blueprint.post("/signin")
@room(Permission.EVERYONE)
def sign() -> ResponseReturnValue:
    """Sign in; a refusal says no more than it must, and the name that was typed stays."""
    form = SignInForm()
    if not form.validate():
        return _enter_page(form), 422
    with writable_ledger() as ledger:
        try:
            account = sign_in(ledger, form.name.data or "", form.password.data or "")
        except SignInRefusedError as refusal:
            form.password.errors = [str(refusal)]
            return _enter_page(form), 422
        _begin(begin(ledger, account, request.remote_addr or "", session.get(SIGNED_IN)))
    return redirect(_inside(form.next.data), 303)


@blueprint.post("/signin/demonstration")
@room(Permission.EVERYONE)
def demonstrate() -> ResponseReturnValue:
    """Enter the demonstration ledger as one of its accounts, which is made when first entered."""
    form = EnterForm()
    wanted = next((each for each in DEMONSTRATION if each[0] == form.account.data), None)
    if not form.validate() or wanted is None or not _demonstrations():
        raise NotThereError("只有在本机打开的示例台账，才能不用密码进入。")
    name, role, scope, person = wanted
    with writable_ledger() as ledger:
        account: Account = account_named(ledger, name) or add_demonstration_account(ledger, name, role, scope, person)
        who = Actor(account.name, account.role, request.remote_addr)
        note(ledger, "sign_in", True, None, "示例台账，不用密码进入", who)
        _begin(begin(ledger, account, request.remote_addr or "", session.get(SIGNED_IN)))
    return redirect(url_for("overview.home"), 303)


def _begin(token: str) -> None:
    # Nothing of the session before, its form token among it, goes over into the new one.
    session.clear()
    session[SIGNED_IN] = token


def _inside(address: str | None) -> str:
    """Give the address to go to after signing in: one of this site's own, whatever was asked for."""
    inside = _INSIDE.fullmatch(address or "") and not (address or "").startswith(url_for("signing.enter"))
    return address if inside and address else url_for("overview.home")


@blueprint.post("/signout")
@room(Permission.SIGNED_IN)
def leave() -> ResponseReturnValue:
    """Sign out: the session ends on the server at once."""
    token = session.get(SIGNED_IN)
    with writable_ledger() as ledger:
        if isinstance(token, str):
            end(ledger, token)
            note(ledger, "sign_out", True)
    session.clear()
    return redirect(url_for("signing.enter"), 303)


@blueprint.get("/account")
@room(Permission.SIGNED_IN)
def password() -> ResponseReturnValue:
    """Show one's own account, and the form that changes its password."""
    return _password_page(PasswordForm(formdata=None))


@blueprint.post("/account")
@room(Permission.SIGNED_IN)
def renew() -> ResponseReturnValue:
    """Change one's own password; every other session of the account ends."""
    form = PasswordForm()
    account = identity().account
    if account is None or not form.validate():
        return _password_page(form), 422
    if form.new.data != form.again.data:
        form.again.errors = ["两遍新密码不一样，请重新填写。"]
        return _password_page(form), 422
    with writable_ledger() as ledger:
        try:
            changed = change_password(ledger, account, form.current.data or "", form.new.data or "")
        except SignInRefusedError as refusal:
            form.current.errors = [str(refusal)]
            return _password_page(form), 422
        except PasswordRefusedError as refusal:
            form.new.errors = refusal.faults
            return _password_page(form), 422
        _begin(begin(ledger, changed, request.remote_addr or ""))
    return redirect(url_for("signing.password", changed="yes"), 303)


def _password_page(form: PasswordForm) -> str:
    account = identity().account
    return render_template(
        "account.html", room="account", form=form, leave=LeaveForm(formdata=None), changed="changed" in request.args,
        due=change_due(page_ledger(), account) if account else None,
    )  # fmt: skip
