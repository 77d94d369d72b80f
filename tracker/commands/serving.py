"""`serve`: the site, on loopback only until somebody administers its accounts."""

from __future__ import annotations

import ipaddress
import os
import socket

import click

from tracker.commands.line import UNUSABLE, ChineseHelp, Options, fail, shared_options
from tracker.model.proxies import trusted_proxies

_THREADS = 4
"""Threads of a worker: pages wait for the database and for nothing else, so a few are enough."""
_WAITING = 128
"""Requests a worker holds at once; further ones wait in the system's queue."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unguarded(host: str) -> str:
    return (
        f"“{host}”不是本机地址，而台账还没有系统管理员，网站只能在本机打开（127.0.0.1）。"
        "请先运行 app.py account add 账号名 --role system，再在本机登录、改掉一次性密码，然后就可以对外打开。"
    )


def _is_free(host: str, port: int) -> bool:
    """Say whether the site can listen there; asked first, because a worker's failure is no sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@click.command(cls=ChineseHelp, help="打开网站。有了系统管理员，才能用本机以外的地址。")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="地址", help="监听的本机地址。")
@click.option(
    "--port", default=5000, show_default=True, type=click.IntRange(1, 65535), metavar="端口", help="监听的端口。"
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), metavar="个数", help="工作进程数。"
)
@shared_options
@click.pass_obj
def serve(options: Options, host: str, port: int, workers: int) -> None:
    """Serve the site until interrupted."""
    from tracker.ledger.account_reading import administrator_exists
    from tracker.ledger.opening import open_ledger

    try:
        trusted_proxies(os.environ.get("TRACKER_PROXIES"))
    except ValueError as error:
        fail(options, str(error), UNUSABLE)
    # A ledger that is missing or cannot be read is said here, before any worker starts.
    ledger = open_ledger(options.data)
    try:
        guarded = administrator_exists(ledger)
    finally:
        ledger.close()
    if not guarded and not _is_loopback(host):
        fail(options, _unguarded(host), UNUSABLE)
    if not _is_free(host, port):
        fail(options, f"端口 {port} 已被别的程序占用，请换一个：serve --port {port + 1}。", UNUSABLE)
    os.environ["TRACKER_DATA"] = str(options.data.resolve())
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    click.echo(f"一泓台账已打开：http://{host}:{port}/ （按 Ctrl+C 关闭）")
    Granian(
        "tracker.web.site:site_from_environment",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=_THREADS,
        backpressure=_WAITING,
        log_level=LogLevels.warning,
    ).serve()
