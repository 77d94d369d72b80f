"""The child process that prints documents: a stand-alone script that knows nothing of the ledger.

Run by path as `python -I printing_process.py FONTS MEMORY`; each line on standard input is a request as JSON:

    {"page": HTML, "style": CSS, "tagged": true|false, "seconds": of processor time}

Printing happens apart, within limits, because a text of a few hundred thousand characters keeps the layout busy
for a minute: here that ends a child, which the parent turns into a sentence.

Standard output holds for each request one line of JSON and, where that says `pages`, the PDF's bytes after it; the
process ends with its input, or at the first request that fails:

    {"pages": 12, "size": 34567}
    {"failed": name of the exception}

What a document names is read only from the folder FONTS and from `data:` addresses; anything else is refused
before it is looked for (WeasyPrint would read files and addresses that a page names).
"""

from __future__ import annotations

import ctypes.util
import json
import logging
import resource
import sys
from pathlib import Path
from typing import Any

if sys.platform == "linux":
    # WeasyPrint tries the names that a library has on every system in turn. Those that Linux does not know Python would
    # seek by starting ldconfig, gcc and ld, some fifty processes before the first page; those it knows it just loads.
    ctypes.util.find_library = lambda name: None

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

FAMILIES = {
    "Bulletin BiaoSong": "BiaoSong.ttf",
    "Bulletin FangSong": "FangSong.otf",
    "Bulletin Hei": "Hei.otf",
    "Bulletin Kai": "Kai.ttf",
    "Bulletin Latin": "Latin.otf",
    "Bulletin Song": "Song.otf",
}
"""The six fonts of paper by the names that styles call them, and their files."""


_LARGEST_FONT = 16 << 20


class AddressRefusedError(ValueError):
    """A document named something that is neither one of the fonts nor inside itself."""


class BundledOnly(URLFetcher):  # type: ignore[misc] # WeasyPrint says no types
    """Reads the bundled fonts and what stands in the document itself, nothing else."""

    def __init__(self, fonts: Path) -> None:
        super().__init__(allowed_protocols={"file", "data"}, allow_redirects=False)
        self._fonts = {(fonts / name).as_uri() for name in FAMILIES.values()}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Give what an address holds. Raises AddressRefusedError for any other than a font or `data:`."""
        if url not in self._fonts and not url.startswith("data:"):
            raise AddressRefusedError(url[:200])
        return super().fetch(url, headers)


def set_limits(memory: int) -> None:
    """Limit this process: bytes of address space, no core file, only small files written."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The fonts go to Pango through files of a temporary folder.
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FONT, _LARGEST_FONT))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def allow(seconds: int) -> None:
    """Let this process take so many seconds of processor time from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, resource.RLIM_INFINITY))


class Printer:
    """Prints documents of one style: style and fonts are read once for all of them."""

    def __init__(self, style: str, fonts: Path, *, tagged: bool) -> None:
        faces = "".join(
            f"@font-face {{ font-family: '{family}'; src: url('{(fonts / name).as_uri()}') }}\n"
            for family, name in FAMILIES.items()
        )
        self._fetcher, self._fonts, self._tagged = BundledOnly(fonts), FontConfiguration(), tagged
        self._style = CSS(string=faces + style, font_config=self._fonts, url_fetcher=self._fetcher)

    def print_page(self, page: str) -> tuple[int, bytes]:
        """Print one; gives the number of its pages and the PDF."""
        read = HTML(string=page, base_url=None, url_fetcher=self._fetcher)
        document = read.render(font_config=self._fonts, stylesheets=[self._style])
        variant = "pdf/ua-1" if self._tagged else None
        return len(document.pages), document.write_pdf(pdf_variant=variant, pdf_tags=self._tagged)


def main(arguments: list[str]) -> None:
    """Print the documents that are asked for on standard input to standard output, within the limits given."""
    fonts, memory = Path(arguments[0]), int(arguments[1])
    set_limits(memory)
    logging.disable(logging.CRITICAL)
    kept: dict[tuple[str, bool], Printer] = {}
    try:
        for line in sys.stdin.buffer:
            request = json.loads(line)
            allow(request["seconds"])
            manner = request["style"], request["tagged"]
            if manner not in kept:
                kept = {manner: Printer(request["style"], fonts, tagged=request["tagged"])}
            pages, made = kept[manner].print_page(request["page"])
            answer({"pages": pages, "size": len(made)}, made)
    except BaseException as error:  # whatever the layout ends with is this document's fault
        answer({"failed": type(error).__name__})


def answer(line: dict[str, Any], content: bytes = b"") -> None:
    """Write the one line and what follows it."""
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
