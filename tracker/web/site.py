"""The site: the application that serves one ledger's pages."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from flask import Flask, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from tracker.ledger.handle import Clock, shanghai_now
from tracker.ledger.scopes import scope_name
from tracker.model.measures import print_wan
from tracker.model.months import chinese_month
from tracker.model.proxies import trusted_proxies
from tracker.web import (
    accounts,
    attachments,
    auditing,
    bulletin_files,
    bulletin_issuing,
    bulletin_words,
    bulletins,
    checking,
    county_list,
    dossier,
    gallery,
    import_mapping,
    imports,
    marked,
    months,
    office_templates,
    overview,
    policy,
    printed,
    programmes,
    project_actions,
    projects,
    rankings,
    return_sending,
    return_workbook,
    returns,
    reviews,
    signing,
    tables,
)
from tracker.web.error_pages import handle_errors
from tracker.web.forms import protect_forms
from tracker.web.guarding import guard
from tracker.web.identity import identity
from tracker.web.navigation import rooms_of
from tracker.web.page_ledger import keep_ledger, page_ledger
from tracker.web.reminders import reminders
from tracker.web.rooms import Permission, room
from tracker.web.secret import keep_secret
from tracker.web.wording import DASH, chinese_day

ROOT = Path(__file__).resolve().parents[2]
_STATIC = ROOT / "static"
_A_YEAR = 31_536_000
_ROOMS = (
    overview,
    rankings,
    county_list,
    projects,
    dossier,
    imports,
    import_mapping,
    marked,
    gallery,
    signing,
    accounts,
    programmes,
    policy,
    auditing,
    months,
    reviews,
    project_actions,
    returns,
    return_sending,
    return_workbook,
    attachments,
    bulletins,
    bulletin_words,
    tables,
    office_templates,
    bulletin_issuing,
    printed,
    checking,
    bulletin_files,
)


def create_site(directory: Path, clock: Clock = shanghai_now, proxies: int = 0) -> Flask:
    """Make the application that serves the ledger in a directory; the ledger may be made later.

    `clock` gives the time that the site goes by: what it records, which month is due, when a session ends.
    `proxies` is how many servers in front of it are trusted to say where a request comes from.
    """
    # Flask's own static route would declare no permission, so the site has one of its own.
    site = Flask("tracker.web", template_folder=str(ROOT / "templates"), static_folder=None)
    site.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    site.jinja_env.globals.update(
        asset=_asset, dash=DASH, scope_words=_scope_words, rooms_of=rooms_of, reminders=reminders
    )
    site.jinja_env.filters.update(wan=print_wan, month_words=chinese_month, chinese_day=chinese_day)
    keep_ledger(site, directory, clock)
    guard(site)
    keep_secret(site, directory)
    protect_forms(site)
    site.context_processor(lambda: {"me": identity(), "Permission": Permission})
    handle_errors(site)
    for part in _ROOMS:
        site.register_blueprint(part.blueprint)
    site.add_url_rule("/static/<path:name>", "static", _static)
    if proxies:
        # Only the caller's address is taken from them: scheme and name stay those that the request came with.
        fixed = ProxyFix(site.wsgi_app, x_for=proxies, x_proto=0)
        site.wsgi_app = fixed  # type: ignore[method-assign]
    return site


def site_from_environment() -> Flask:
    """Make the application for the ledger in TRACKER_DATA, by default `data/ledger` beside the program."""
    directory = Path(os.environ.get("TRACKER_DATA") or ROOT / "data" / "ledger")
    return create_site(directory, proxies=trusted_proxies(os.environ.get("TRACKER_PROXIES")))


@room(Permission.EVERYONE)
def _static(name: str) -> ResponseReturnValue:
    response = send_from_directory(_STATIC, name, max_age=_A_YEAR)
    response.cache_control.immutable = True
    return response


@cache
def _digest(name: str, _changed: int) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def _asset(name: str) -> str:
    """Give the address of a static file; it changes with the file, so that browsers may keep it for good."""
    return url_for("static", name=name, v=_digest(name, (_STATIC / name).stat().st_mtime_ns))


def _scope_words(code: str) -> str:
    """Give the name of the place that bounds what somebody sees."""
    return scope_name(page_ledger(), code) or code
