"""Policy: the security administrator gives accounts their role and scope, and sets the rules for signing in."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired

from tracker.ledger.accounts import accounts, find_account, set_role
from tracker.ledger.handle import LedgerError, UnknownError
from tracker.ledger.policies import SETTINGS, Policies, policies, set_policies
from tracker.ledger.scopes import scope_name
from tracker.model.passwords import PROFILE_WORDS
from tracker.model.roles import ADMINISTRATORS, ROLE_WORDS, Role
from tracker.web.forms import WritingForm, choices
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError

blueprint = Blueprint("policy", __name__)


class RoleForm(WritingForm):
    """One account's role and scope."""

    role = SelectField("身份", choices=choices([("", "不授权"), *ROLE_WORDS.items()]))
    scope = StringField("范围（地区代码）")


class PolicyForm(WritingForm):
    """The rules for passwords, signing in and sessions."""

    profile = RadioField("密码要求", choices=choices(PROFILE_WORDS.items()))
    idle_minutes = IntegerField("无操作自动退出", [InputRequired("请填写分钟数，例如 30。")])
    longest_hours = IntegerField("一次登录最长", [InputRequired("请填写小时数，例如 12。")])
    failures = IntegerField("连续输错锁定", [InputRequired("请填写次数，例如 5。")])
    lock_minutes = IntegerField("锁定时长", [InputRequired("请填写分钟数，例如 15。")])


@blueprint.get("/policy")
@room(Permission.POLICY)
def show() -> ResponseReturnValue:
    """Show every account's role and scope, and the rules in force."""
    return _page(_rules_form(policies(page_ledger())))


def _rules_form(rules: Policies) -> PolicyForm:
    return PolicyForm(
        formdata=None, data={"profile": rules.profile.value, **{name: getattr(rules, name) for name in SETTINGS}}
    )


def _page(form: PolicyForm, refusal: str = "") -> str:
    ledger = page_ledger()
    rows = [(each, scope_name(ledger, each.scope) if each.scope else "") for each in accounts(ledger)]
    return render_template("policy.html", room="policy", rows=rows, form=form, settings=SETTINGS, refusal=refusal)


@blueprint.post("/policy")
@room(Permission.POLICY)
def change() -> ResponseReturnValue:
    """Set the rules, all of them or none."""
    form = PolicyForm()
    if not form.validate():
        return _page(form), 422
    said = {name: str(getattr(form, name).data) for name in SETTINGS}
    with writable_ledger() as ledger:
        try:
            set_policies(ledger, {"profile": form.profile.data, **said})
        except LedgerError as refusal:
            return _page(form, str(refusal)), 422
    return redirect(url_for("policy.show"), 303)


@blueprint.get("/policy/<name>")
@room(Permission.POLICY)
def show_account(name: str) -> ResponseReturnValue:
    """Show one account's role and scope, to be changed."""
    return _account_page(name, None)


def _account_page(name: str, form: RoleForm | None) -> str:
    try:
        account = find_account(page_ledger(), name)
    except UnknownError as error:
        raise NotThereError(f"没有“{name}”这个账号。") from error
    form = form or RoleForm(
        formdata=None, data={"role": account.role.value if account.role else "", "scope": account.scope or ""}
    )
    return render_template(
        "policy_account.html", room="policy", account=account, form=form,
        scopeless="、".join(ROLE_WORDS[role] for role in Role if role in ADMINISTRATORS),
    )  # fmt: skip


@blueprint.post("/policy/<name>")
@room(Permission.POLICY)
def grant(name: str) -> ResponseReturnValue:
    """Give one account its role and scope; its sessions end."""
    form = RoleForm()
    if not form.validate():
        return _account_page(name, form), 422
    with writable_ledger() as ledger:
        try:
            set_role(ledger, name, Role(form.role.data) if form.role.data else None, form.scope.data or None)
        except LedgerError as refusal:
            form.scope.errors = [str(refusal)]
            return _account_page(name, form), 422
    return redirect(url_for("policy.show"), 303)
