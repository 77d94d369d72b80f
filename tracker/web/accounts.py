"""Accounts: the system administrator makes, disables and resets them; and the first administrators of a ledger."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, StringField
from wtforms.validators import DataRequired, Optional

from tracker.ledger.account_reading import Account
from tracker.ledger.accounts import accounts, add_account, disable_account, enable_account, reset_password
from tracker.ledger.handle import Ledger, LedgerError
from tracker.ledger.scopes import scope_name
from tracker.model.roles import ROLE_WORDS, Role
from tracker.web.forms import WritingForm
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError

blueprint = Blueprint("accounts", __name__)

FIRST_ROLES = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)
"""The three administrators that a ledger begins with; no account is two of them."""


class AccountForm(WritingForm):
    """A new account; its role comes from the security administrator."""

    name = StringField("用户名", [DataRequired("请填写用户名，例如 yuci-zhang。")])
    person = StringField("姓名", [DataRequired("请填写姓名，记录里用它署名。")])
    email = EmailField("电子邮箱", [Optional()])


class ActForm(WritingForm):
    """One press about one account."""


class FirstForm(WritingForm):
    """The names of the first three administrators."""

    system = StringField("系统管理员（管账号）的用户名", [DataRequired("请填写用户名。")], default="xitong")
    security = StringField("安全管理员（管授权）的用户名", [DataRequired("请填写用户名。")], default="anquan")
    audit = StringField("审计管理员（看日志）的用户名", [DataRequired("请填写用户名。")], default="shenji")


@blueprint.get("/accounts")
@room(Permission.ACCOUNTS)
def show() -> ResponseReturnValue:
    """Show every account, and the form that makes one."""
    return _page(AccountForm(formdata=None))


def _page(form: AccountForm, made: tuple[Account, str] | None = None, refusal: str = "") -> str:
    ledger = page_ledger()
    now = ledger.clock()
    rows = [(each, scope_name(ledger, each.scope) if each.scope else "", _state(each, each.locked(now)))
            for each in accounts(ledger)]  # fmt: skip
    return render_template(
        "accounts.html", room="accounts", rows=rows, form=form, act=ActForm(formdata=None), made=made, refusal=refusal
    )


def _state(account: Account, locked: bool) -> tuple[str, str]:
    """Give an account's state in words and the lamp that goes with it."""
    if account.disabled:
        return "停用", "red"
    if locked:
        return "锁定中", "amber"
    if account.role is None:
        return "待授权", "amber"
    if account.must_change:
        return "未改一次性密码", "amber"
    return "正常", "green"


@blueprint.post("/accounts")
@room(Permission.ACCOUNTS)
def add() -> ResponseReturnValue:
    """Make an account and show its one-time password, this once."""
    form = AccountForm()
    if not form.validate():
        return _page(form), 422
    with writable_ledger() as ledger:
        try:
            made = add_account(ledger, form.name.data or "", None, None, form.person.data, form.email.data)
        except LedgerError as refusal:
            form.name.errors = [str(refusal)]
            return _page(form), 422
    return _page(AccountForm(formdata=None), made)


@blueprint.post("/accounts/<name>/<action>")
@room(Permission.ACCOUNTS)
def act(name: str, action: str) -> ResponseReturnValue:
    """Disable, enable or reset one account."""
    if not ActForm().validate() or action not in ("disable", "enable", "reset"):
        raise NotThereError("没有这种操作，请返回账号页，用页面上的按钮。")
    with writable_ledger() as ledger:
        try:
            if action == "reset":
                return _reset(ledger, name)
            (disable_account if action == "disable" else enable_account)(ledger, name)
        except LedgerError as refusal:
            return _page(AccountForm(formdata=None), refusal=str(refusal)), 409
    return redirect(url_for("accounts.show"), 303)


def _reset(ledger: Ledger, name: str) -> str:
    made = reset_password(ledger, name)
    return _page(AccountForm(formdata=None), made)


def _refuse_later() -> None:
    """Let only whoever sits at the machine of a ledger without an administrator go on. Raises NotThereError."""
    known = any(each.role is Role.SYSTEM and not each.demonstration for each in accounts(page_ledger()))
    if known or not identity().local:
        raise NotThereError(
            "管理员账号已经建立，请登录。忘记密码，可在运行本站的电脑上执行 app.py account reset 用户名。"
        )


@blueprint.get("/first")
@room(Permission.EVERYONE)
def first() -> ResponseReturnValue:
    """Show the form that makes a ledger's first administrators."""
    _refuse_later()
    return render_template("first.html", room="first", form=FirstForm(formdata=None), made=[])


@blueprint.post("/first")
@room(Permission.EVERYONE)
def make_first() -> ResponseReturnValue:
    """Make the three administrators and show their one-time passwords, this once."""
    _refuse_later()
    form = FirstForm()
    names = [(form.system, Role.SYSTEM), (form.security, Role.SECURITY), (form.audit, Role.AUDIT)]
    if form.validate() and len({(field.data or "").casefold() for field, _ in names}) < len(names):
        form.system.errors = ["三个管理员要用三个不同的用户名：三种权限互相制约，不能由一个账号兼任。"]
    if form.errors:
        return render_template("first.html", room="first", form=form, made=[]), 422
    made = []
    with writable_ledger() as ledger:
        for field, role in names:
            try:
                made.append(add_account(ledger, field.data or "", role, None, ROLE_WORDS[role]))
            except LedgerError as refusal:
                field.errors = [str(refusal)]
                return render_template("first.html", room="first", form=form, made=made), 422
    return render_template("first.html", room="first", form=form, made=made)
