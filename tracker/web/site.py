"""The site: the application that serves one ledger's pages."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from flask import Flask, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from tracker.model.measures import print_wan
from tracker.model.months import chinese_month
from tracker.web import county_list, dossier, gallery, imports, overview, projects, rankings
from tracker.web.error_pages import handle_errors
from tracker.web.forms import protect_forms
from tracker.web.guarding import guard
from tracker.web.page_ledger import keep_ledger
from tracker.web.rooms import Permission, room
from tracker.web.secret import keep_secret
from tracker.web.wording import DASH, chinese_day

ROOT = Path(__file__).resolve().parents[2]
_STATIC = ROOT / "static"
_A_YEAR = 31_536_000


def create_site(directory: Path) -> Flask:
    """Make the application that serves the ledger in a directory; the ledger may be made later."""
    # Flask's own static route would declare no permission, so the site has one of its own.
    site = Flask("tracker.web", template_folder=str(ROOT / "templates"), static_folder=None)
    site.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    site.jinja_env.globals.update(asset=_asset, dash=DASH)
    site.jinja_env.filters.update(wan=print_wan, month_words=chinese_month, chinese_day=chinese_day)
    keep_ledger(site, directory)
    guard(site)
    keep_secret(site, directory)
    protect_forms(site)
    handle_errors(site)
    for part in (overview, rankings, county_list, projects, dossier, imports, gallery):
        site.register_blueprint(part.blueprint)
    site.add_url_rule("/static/<path:name>", "static", _static)
    return site


def site_from_environment() -> Flask:
    """Make the application for the ledger in TRACKER_DATA, by default `data/ledger` beside the program."""
    return create_site(Path(os.environ.get("TRACKER_DATA") or ROOT / "data" / "ledger"))


@room(Permission.LOOPBACK_READER)
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
