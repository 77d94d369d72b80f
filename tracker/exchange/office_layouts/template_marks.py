"""Template marks: what stands between double braces in an office's own layout, and when two of them are the same."""

from __future__ import annotations

import re
import unicodedata

MARK = re.compile(r"\{\{([^{}\n]{1,60})\}\}")
NUMBER = "#"
"""The mark of the running number."""

TOTAL = "合计:"
"""What stands before a column's name where its sum is meant."""

_DROPPED = re.compile(r"[\s\u3000]+")
_SINCE_JANUARY = re.compile("1[—–-][0-9]{1,2}月(?=完成)|(?<![0-9])1月(?=完成)")


def plain_mark(said: str) -> str:
    """Give a mark in the form that marks are compared in: full-width and plain signs alike, without blanks.

    `合计：总投资` is `合计:总投资`. A heading that names the months so far is the same in any month: `1—8月完成` and
    `1—9月完成` are `本年完成`.
    """
    return _SINCE_JANUARY.sub("本年", _DROPPED.sub("", unicodedata.normalize("NFKC", said)))
