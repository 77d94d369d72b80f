"""Line breaking: where a Chinese text may go on in another line, in workbooks and on paper alike.

Lines break at Chinese letters and blanks, never before closing or after opening marks; numbers keep their signs.
"""

from __future__ import annotations

import unicodedata

_NEVER_FIRST = frozenset("，。、；：？！）》」』】〕”’％%,.;:?!)]}…")
_NEVER_LAST = frozenset("（《「『【〔“‘([{")


def is_wide(one: str) -> bool:
    """Say whether a letter is as wide as a Chinese one."""
    return unicodedata.east_asian_width(one) in "FWA"


def breakable_parts(line: str) -> list[str]:
    """Take a line apart where it may be broken; the parts together are the line."""
    parts: list[str] = []
    for one in line:
        if one == "%" and len(parts) > 1 and parts[-1] == " ":
            blank = parts.pop()
            parts[-1] += blank + one
        elif parts and _stay_together(parts[-1][-1], one):
            parts[-1] += one
        else:
            parts.append(one)
    return parts


def _stay_together(before: str, after: str) -> bool:
    if before.isspace() or after.isspace():
        return False
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return True
    return not is_wide(before) and not is_wide(after)
