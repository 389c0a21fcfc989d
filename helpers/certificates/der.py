"""The little of DER that is needed to tell one structure from another: headers, never values (X.690, section 8.1)."""

from __future__ import annotations

from typing import NamedTuple

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30

_LONG_FORM = 0x80
_LONGEST_LENGTH = 4


class Element(NamedTuple):
    """One element: its tag, and where its content starts and ends. The end may lie beyond the bytes at hand.

    Not a dataclass: hostile input has tens of thousands, and freezing each takes four times as long.
    """

    tag: int
    start: int
    end: int


def element_at(content: bytes, offset: int) -> Element | None:
    """Return the element whose header stands at `offset`; None when there is no complete header.

    An indefinite length (BER) is taken to reach to the end of `content`.
    """
    if offset + 2 > len(content):
        return None
    tag, length = content[offset], content[offset + 1]
    start = offset + 2
    if length == _LONG_FORM:
        return Element(tag, start, len(content))
    if length > _LONG_FORM:
        octets = length - _LONG_FORM
        if octets > _LONGEST_LENGTH or start + octets > len(content):
            return None
        length = int.from_bytes(content[start : start + octets], "big")
        start += octets
    return Element(tag, start, start + length)


def first_children(content: bytes, parent: Element, count: int) -> list[Element]:
    """Return up to `count` children of `parent`, fewer when they end or break."""
    found: list[Element] = []
    offset = parent.start
    while len(found) < count and offset < parent.end:
        child = element_at(content, offset)
        if child is None:
            break
        found.append(child)
        offset = child.end
    return found
