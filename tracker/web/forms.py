"""Forms: what every form that changes something shares: a token against forgery, and its words in Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask
from flask_wtf import CSRFProtect, FlaskForm

from tracker.web.secret import known_secret


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
