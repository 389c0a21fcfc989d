"""Text as Windows editors, mail and web forms leave it: encodings, PEM blocks, and what may be base64."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u2060")  # what pasting leaves inside text
# Control characters that text does not have. Escape and Ctrl-Z do occur in logs and in files from DOS.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_BOUNDARY = re.compile(r"-----[ \t]{0,4}(BEGIN|END)[ \t]{1,4}([^-\r\n]{1,64})-----")
_WRAPPED_ESCAPES = re.compile(r"\\[nr]")  # line ends of PEM that was copied out of JSON or an environment variable
_HEADER = re.compile(r"^[ \t]*[A-Za-z0-9-]+:.*$", re.MULTILINE)
_BASE64_STARTS = ("MI", "LS0t")  # a SEQUENCE with a long length, and the dashes of PEM: words can be base64 too
_MOST_FOREIGN = 0.02  # share of characters outside the alphabet at which broken base64 is other text


def decoded_text(content: bytes) -> str:
    """Return `content` as text, whatever its encoding; without byte order marks and zero-width characters."""
    return content.decode(_encoding_of(content), errors="replace").translate(_INVISIBLE)


def is_binary(text: str) -> bool:
    """Say whether `text` is no text at all."""
    return _BINARY.search(text) is not None


def pem_blocks(text: str, *, name: str) -> Iterator[tuple[str, str]]:
    """Yield label and body of each PEM block, in order; what stands around the blocks is ignored.

    Raises `InputError` naming `name` for a block that is not closed, or not by its own label.
    """
    again = "copy it again from the first dash to the last"
    opened: re.Match[str] | None = None
    for boundary in _BOUNDARY.finditer(text):
        if boundary[1] == "BEGIN":
            if opened:
                raise InputError(name, "has a PEM block that begins inside another", again)
            opened = boundary
        elif opened is None:
            raise InputError(name, "has the end of a PEM block without its beginning", again)
        elif _label(boundary) != _label(opened):
            raise InputError(name, "has a PEM block that ends under another label", again)
        else:
            yield _label(opened), _body(text[opened.end() : boundary.start()])
            opened = None
    if opened or not _BOUNDARY.search(text):
        raise InputError(name, "is cut off: a PEM block has no end", again)


def smells_of_base64(solid: str) -> bool:
    """Say whether `solid`, text without white space, was meant to be base64, broken or not."""
    foreign = len(re.findall(r"[^A-Za-z0-9+/=]", solid))
    return solid.startswith(_BASE64_STARTS) and foreign <= max(2, len(solid) * _MOST_FOREIGN)


def _encoding_of(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    sample = content[:4096]
    if sample.count(0) > len(sample) // 3:
        return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _label(boundary: re.Match[str]) -> str:
    return " ".join(boundary[2].split()).upper()


def _body(text: str) -> str:
    return _HEADER.sub("", _WRAPPED_ESCAPES.sub("\n", text))
