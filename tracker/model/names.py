"""Names: how two written names are compared, and how near two different ones are."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

_UNIFIED = str.maketrans(
    {
        **dict.fromkeys("[{<〔【〖《〈「『", "("),
        **dict.fromkeys("]}>〕】〗》〉」』", ")"),
        **dict.fromkeys("\"'“”‘’＂＇„‟`´", '"'),
        **dict.fromkeys("‐‑‒–—―−－﹣", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", None),
    }
)

NEARNESS = 0.8
"""Two names nearly match from this share of common characters on (`difflib` ratio)."""


def plain_name(text: str) -> str:
    """Give the form in which names are compared.

    NFKC, no white space or line breaks, brackets and quotes unified, letters in lower case; digits, 期
    and 号 stay, so 一期 and 二期 are two projects.
    """
    # Folding the case can undo the normal form, and dropping a mark can bring two parts of a letter together.
    folded = unicodedata.normalize("NFKC", text).casefold()
    joined = "".join(folded.split()).translate(_UNIFIED)
    return unicodedata.normalize("NFKC", joined)


def nearly_matching(plain: str, known: Iterable[str]) -> str | None:
    """Give the known plain name that nearly matches, the nearest first, or None; an equal one is no near match."""
    close = difflib.get_close_matches(plain, [name for name in known if name != plain], n=1, cutoff=NEARNESS)
    return close[0] if close else None
