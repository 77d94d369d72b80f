"""Proxies: how many servers in front of the site are trusted to say where a request comes from."""

from __future__ import annotations

_MOST = 9


def trusted_proxies(written: str | None) -> int:
    """Read the number in TRACKER_PROXIES, 0 for nothing written. Raises ValueError with a Chinese sentence.

    Each of them must add to X-Forwarded-For: with more trusted than there are, callers choose their own address.
    """
    plain = (written or "").strip()
    if not plain:
        return 0
    if not (plain.isascii() and plain.isdecimal() and len(plain) == 1):
        raise ValueError(
            f"TRACKER_PROXIES 写的是“{plain[:40]}”，应是网站前面有几层可信的代理：0 到 {_MOST}，例如 1；没有就不要设。"
        )
    return int(plain)
