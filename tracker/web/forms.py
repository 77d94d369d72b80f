"""Forms: what every form that changes something shares: a token against forgery, and its words in Chinese."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect, FlaskForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types

from tracker.web.secret import known_secret

_KEY = re.compile(r"[0-9A-Za-z:_-]{16,120}")


def choices(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Give what a field lets choose from, as (value, words), in the form that it takes."""
    return [SelectChoice(value, words) for value, words in pairs]


def new_key() -> str:
    """Give the one-time key of a form that is shown: sent twice, it gives one record."""
    return secrets.token_hex(16)


def request_key(action: str, sent: str | None) -> str:
    """Give the key under which what a form asks for is recorded once.

    What is no key of a shown form counts as a new one: an empty one, sent twice, would pass for the same click.
    """
    return f"{action}:{sent if sent and _KEY.fullmatch(sent) else new_key()}"


class WritingForm(FlaskForm):  # type: ignore[misc]
    """A form that changes something; showing one gives its reader the cookie that its token belongs to."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What Flask-WTF asks of a form's class."""

        locales: Sequence[str] = ("zh",)

        @property
        def csrf_secret(self) -> bytes:
            """Give the secret that tokens are signed with."""
            return known_secret()


def protect_forms(site: Flask) -> None:
    """Refuse, on every route of a site, whatever is sent without the token of a page of this site.

    A token holds as long as its cookie, which ends with the browser: a page left open over noon still works.
    """
    site.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_I18N_ENABLED=False)
    CSRFProtect(site)
