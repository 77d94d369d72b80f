"""The child process that makes one photo anew: a stand-alone script that knows nothing of the ledger.

Run by path as `python -I picture_process.py FORMAT MEMORY SECONDS PIXELS` with the photo on standard input; FORMAT
is JPEG, PNG or WEBP. Decoding happens apart, within limits, because a hostile file attacks the decoder: here
that ends a child, which the parent turns into a sentence.

Standard output holds one line of JSON and, where that says `pixels`, the new photo's bytes after it:

    {"pixels": [width, height], "taken_at": "2024-08-05T10:20:30+08:00" or null}
    {"too_large": [width, height]}
    {"failed": name of the exception}

What comes out is a picture only: turned as the camera was held, without EXIF, position, comments, colour profile,
further frames or anything else that the file carried.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import datetime

from PIL import ExifTags, Image, ImageOps

_KEPT_MODES = {"JPEG": ("RGB", "L"), "PNG": ("RGB", "L", "RGBA", "LA", "1"), "WEBP": ("RGB", "RGBA")}
_HOW = {"JPEG": {"quality": 85}, "PNG": {}, "WEBP": {"quality": 85, "method": 4}}


def set_limits(memory: int, seconds: int) -> None:
    """Limit this process: bytes of address space, seconds of processor time, no core file, no file written."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def taken_at(exif: Image.Exif) -> str | None:
    """Give the time a photo says it was taken, in ISO form, with its offset where the camera wrote one."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    said = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = details.get(ExifTags.Base.OffsetTimeOriginal) or ""
    if not isinstance(said, str):
        return None
    for text, form in ((f"{said}{offset}", "%Y:%m:%d %H:%M:%S%z"), (said, "%Y:%m:%d %H:%M:%S")):
        try:
            return datetime.strptime(text.strip("\0 "), form).isoformat()  # noqa: DTZ007  # a camera's own clock
        except (ValueError, TypeError):
            continue
    return None


def main(arguments: list[str]) -> None:
    """Make the photo on standard input anew on standard output, within the limits given."""
    kind, (memory, seconds, pixels) = arguments[0], (int(argument) for argument in arguments[1:])
    content = io.BytesIO(sys.stdin.buffer.read())
    set_limits(memory, seconds)
    # The parent's limit on pixels is the one that counts; it is looked at before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    made = io.BytesIO()
    try:
        with Image.open(content, formats=[kind]) as image:
            width, height = image.size
            if width * height > pixels:
                answer(json.dumps({"too_large": [width, height]}))
                return
            when = taken_at(image.getexif())
            upright = ImageOps.exif_transpose(image)
        if upright.mode not in _KEPT_MODES[kind]:
            seen_through = "transparency" in upright.info or upright.mode in ("RGBA", "LA", "PA", "RGBa", "La")
            upright = upright.convert("RGBA" if seen_through and kind != "JPEG" else "RGB")
        upright.info = {}
        upright.save(made, kind, **_HOW[kind])
    except BaseException as error:  # whatever the decoder ends with is this photo's fault
        answer(json.dumps({"failed": type(error).__name__}))
        return
    answer(json.dumps({"pixels": upright.size, "taken_at": when}), made.getvalue())


def answer(line: str, content: bytes = b"") -> None:
    """Write the one line and what follows it."""
    sys.stdout.buffer.write(line.encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
