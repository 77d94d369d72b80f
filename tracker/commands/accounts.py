"""`account`: who may sign in, made and kept by whoever sits at the machine."""

from __future__ import annotations

from typing import Any

import click

from tracker.commands.line import ChineseGroup, Options, answer, shared_options
from tracker.commands.requests import UnusableError, opened
from tracker.ledger.account_reading import Account, accounts
from tracker.ledger.handle import Ledger
from tracker.ledger.scopes import scope_name
from tracker.model.roles import ROLE_WORDS, Role, role_named

_ROLES = "、".join(f"{role.value.replace('_', '-')}（{word}）" for role, word in ROLE_WORDS.items())


class RoleName(click.ParamType[Role]):
    """A role, by its English key or its Chinese word."""

    name = "role"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Role:
        """Give the role, or fail with the roles there are."""
        role = value if isinstance(value, Role) else role_named(str(value))
        if role is None:
            self.fail(f"没有“{value}”这个角色，可选：{_ROLES}", param, ctx)
        return role


@click.group(cls=ChineseGroup, help="账号：新增、查看、停用、启用、重置密码、改角色、安全策略。")
def account() -> None:
    """Group what concerns accounts."""


_role_option = click.option(
    "--role", type=RoleName(), required=True, metavar="角色", help=f"角色，英文或中文：{_ROLES}。"
)
_scope_option = click.option(
    "--scope", metavar="代码", help="范围：填报员、负责人写县，专班写市或省，领导写任一地区；三种管理员不写。"
)


@account.command(help="新增账号；一次性密码只显示这一次，第一次登录时必须改掉，7 天内有效。")
@click.argument("name", metavar="账号名")
@_role_option
@_scope_option
@click.option("--person", metavar="姓名", help="使用这个账号的人；不写就与账号名相同。")
@click.option("--email", metavar="邮箱", help="收催报提醒用。")
@shared_options
@click.pass_obj
def add(options: Options, name: str, role: Role, scope: str | None, person: str | None, email: str | None) -> None:
    """Make an account and print its one-time password."""
    from tracker.ledger.accounts import add_account

    with opened(options) as ledger:
        made, password = add_account(ledger, name, role, scope, person, email)
        mapping = {**_mapping(ledger, made), "one_time_password": password}
        told = _described(ledger, made)
    answer(options, mapping, f"已新增账号 {told}。\n{_password_lines(password)}")


def _password_lines(password: str) -> str:
    return f"一次性密码：{password}\n只显示这一次，请当面或用安全的方式交给本人；7 天内登录并改成自己的密码。"


@account.command("list", help="列出全部账号，停用的也在内。")
@shared_options
@click.pass_obj
def list_accounts(options: Options) -> None:
    """List the accounts."""
    with opened(options) as ledger:
        found = accounts(ledger)
        mapping = {"accounts": [_mapping(ledger, each) for each in found]}
        lines = [f"{_described(ledger, each)}：{'、'.join(_conditions(ledger, each)) or '正常'}" for each in found]
    hint = "还没有账号。新增：app.py account add 账号名 --role system（系统管理员）。"
    answer(options, mapping, "\n".join(lines) or hint)


def _described(ledger: Ledger, each: Account) -> str:
    place = scope_name(ledger, each.scope)
    person = f" {each.person}" if each.person != each.name else ""
    return f"{each.name}{person}（{each.role_word}{f'，{place}' if place else ''}）"


def _conditions(ledger: Ledger, each: Account) -> list[str]:
    """Give what keeps an account from being used as it is, in Chinese."""
    states = [
        (each.disabled, "已停用"),
        (each.demonstration, "示例账号"),
        (each.locked(ledger.clock()), f"锁定到 {each.locked_until:%Y-%m-%d %H:%M}" if each.locked_until else ""),
        (each.must_change and not each.disabled, "还没有改掉一次性密码"),
    ]
    return [word for holds, word in states if holds]


def _mapping(ledger: Ledger, each: Account) -> dict[str, Any]:
    return {
        "name": each.name,
        "person": each.person,
        "role": each.role.value if each.role else None,
        "role_name": each.role_word,
        "scope": each.scope,
        "scope_name": scope_name(ledger, each.scope),
        "email": each.email,
        "disabled": each.disabled,
        "locked": each.locked(ledger.clock()),
        "must_change": each.must_change,
        "demonstration": each.demonstration,
        "created_at": each.created_at.isoformat(),
        "created_by": each.created_by,
    }


@account.command(help="停用账号：马上退出登录，不能再登录；做过的事仍记在名下。")
@click.argument("name", metavar="账号名")
@click.option("--reason", metavar="理由", help="为什么，记入审计日志。")
@shared_options
@click.pass_obj
def disable(options: Options, name: str, reason: str | None) -> None:
    """Disable an account."""
    from tracker.ledger.accounts import disable_account

    with opened(options) as ledger:
        changed = disable_account(ledger, name, reason)
        mapping = _mapping(ledger, changed)
    answer(options, mapping, f"已停用账号“{changed.name}”。")


@account.command(help="重新启用停用的账号，密码不变。")
@click.argument("name", metavar="账号名")
@shared_options
@click.pass_obj
def enable(options: Options, name: str) -> None:
    """Enable a disabled account again."""
    from tracker.ledger.accounts import enable_account

    with opened(options) as ledger:
        changed = enable_account(ledger, name)
        mapping = _mapping(ledger, changed)
    answer(options, mapping, f"已启用账号“{changed.name}”。")


@account.command(help="重置密码：给一个新的一次性密码，解除锁定，马上退出登录。")
@click.argument("name", metavar="账号名")
@shared_options
@click.pass_obj
def reset(options: Options, name: str) -> None:
    """Give an account a new one-time password."""
    from tracker.ledger.accounts import reset_password

    with opened(options) as ledger:
        changed, password = reset_password(ledger, name)
        mapping = {**_mapping(ledger, changed), "one_time_password": password}
    answer(options, mapping, f"已重置账号“{changed.name}”的密码。\n{_password_lines(password)}")


@account.command(help="改一个账号的角色和范围；马上退出登录。")
@click.argument("name", metavar="账号名")
@_role_option
@_scope_option
@shared_options
@click.pass_obj
def role(options: Options, name: str, role: Role, scope: str | None) -> None:
    """Give an account another role and scope."""
    from tracker.ledger.accounts import set_role

    with opened(options) as ledger:
        changed = set_role(ledger, name, role, scope)
        mapping, told = _mapping(ledger, changed), _described(ledger, changed)
    answer(options, mapping, f"已改为 {told}。")


@account.command(help="查看或修改安全策略：密码要求、自动退出、输错锁定。")
@click.option("--set", "settings", multiple=True, metavar="策略=值", help="例如 lock_minutes=30；可以写几个。")
@shared_options
@click.pass_obj
def policy(options: Options, settings: tuple[str, ...]) -> None:
    """Show the rules for passwords and sessions, or set some."""
    from dataclasses import asdict

    from tracker.ledger.policies import policies, policy_lines, set_policies

    said: dict[str, str] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise UnusableError(f"“{text}”应写成 策略=值，例如 lock_minutes=30、profile=asvs。")
        said[name.strip()] = value
    with opened(options) as ledger:
        rules = set_policies(ledger, said) if said else policies(ledger)
    lines = ["安全策略已更新："] if said else []
    answer(options, asdict(rules), "\n".join([*lines, *policy_lines(rules)]))
