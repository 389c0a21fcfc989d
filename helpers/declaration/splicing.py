"""YAML text changed in one place: a pair or an item put in or taken out, and every other character left as it is.

A library that writes YAML anew moves comments, folds lines and changes quotes. Here the parser only says where things
stand, and the text is cut there. Whoever calls this reads the result again and compares what it means.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from helpers.declaration.yaml_reading import Loader

if TYPE_CHECKING:
    from collections.abc import Sequence

Node = yaml.nodes.Node
Mapping = yaml.nodes.MappingNode
List = yaml.nodes.SequenceNode

# What a YAML parser takes for the end of a line.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TO_LINE_END = re.compile("[^\n\r\x85\u2028\u2029]*")
_BLANK = re.compile(r"[ \t]*")
_INDENT = "  "


class CannotSplice(Exception):
    """The text is laid out in a way that no single cut can change safely."""


@dataclass(frozen=True)
class Encoded:
    """A text, and how its file writes it."""

    text: str
    encoding: str
    mark: bytes

    @classmethod
    def of(cls, content: bytes) -> Encoded:
        """Return the text of a file that `read_yaml` can read."""
        for mark, encoding in (
            (codecs.BOM_UTF8, "utf-8"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF16_BE, "utf-16-be"),
        ):
            if content.startswith(mark):
                return cls(content[len(mark) :].decode(encoding), encoding, mark)
        return cls(content.decode("utf-8"), "utf-8", b"")

    def content(self, text: str) -> bytes:
        """Return `text` as this file would hold it."""
        return self.mark + text.encode(self.encoding)


def root_of(text: str) -> Mapping:
    """Return the one mapping of `text`; its nodes carry their places. Raises `CannotSplice`."""
    try:
        # The parser that judges the file: the two of PyYAML differ in what they take for YAML.
        root = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError:
        root = None
    if not isinstance(root, Mapping):
        raise CannotSplice
    return root


def pair(mapping: Mapping, key: str) -> tuple[Node, Node] | None:
    """Return the nodes of a key and its value."""
    return next((found for found in mapping.value if found[0].value == key), None)


def mapping_at(mapping: Mapping, key: str) -> Mapping:
    """Return the mapping under `key`. Raises `CannotSplice` for anything else."""
    found = pair(mapping, key)
    if found is None or not isinstance(found[1], Mapping):
        raise CannotSplice
    return found[1]


def is_json(mapping: Mapping) -> bool:
    """Say whether it is written as JSON has it."""
    return bool(mapping.flow_style) and all(key.style == '"' for key, _ in mapping.value)


def with_pair(text: str, mapping: Mapping, line: str) -> str:
    """Return `text` with a pair, written on one line, at the end of a mapping that has one already."""
    last_key, last_value = mapping.value[-1]
    end = _end(text, last_value, after=last_key)
    if mapping.flow_style:
        return f"{text[:end]}, {line}{text[end:]}"
    return _with_lines_below(text, end, [" " * last_key.start_mark.column + line])


def with_pair_after(text: str, mapping: Mapping, key: str, *, new: str, item: Sequence[str], flow: str) -> str:
    """Return `text` with a new pair behind the one of `key`: a list of one item, given in both its forms."""
    return with_block_after(text, mapping, key, new=new, lines=_as_item(item, 0), flow=f"[{flow}]")


def with_block_after(text: str, mapping: Mapping, key: str, *, new: str, lines: Sequence[str], flow: str) -> str:
    """Return `text` with a new pair behind the one of `key`: `lines` below it, or all on one line as `flow`."""
    name, value = pair(mapping, key) or mapping.value[-1]
    end = _end(text, value, after=name)
    if mapping.flow_style:
        return text[:end] + f', "{new}": {flow}' + text[end:]
    indent = " " * name.start_mark.column
    below = [f"{indent}{_INDENT}{line}" for line in lines]
    return _with_lines_below(text, end, ["", f"{indent}{new}:", *below])


def _with_lines_below(text: str, position: int, lines: Sequence[str]) -> str:
    """Return `text` with whole lines below the one at `position`, ended as that one is."""
    line_end = _to_line_end(text, position)
    ending = _LINE_END.match(text, line_end) or _LINE_END.search(text)
    newline = ending[0] if ending else "\n"
    return text[:line_end] + "".join(newline + line for line in lines) + text[line_end:]


def without_pair(text: str, mapping: Mapping, key: str) -> str:
    """Return `text` without a pair and the comments on its own lines; comments above and below it stay."""
    index = next(index for index, (name, _) in enumerate(mapping.value) if name.value == key)
    name, value = mapping.value[index]
    start, end = name.start_mark.index, _end(text, value, after=name)
    if mapping.flow_style:
        return _without_flow_pair(text, mapping, index, end)
    first = _line_start(text, start)
    if text[first:start].strip(" "):
        raise CannotSplice
    return text[:first] + text[_next_line(text, end) :]


def replaced(text: str, node: Node, new: str) -> str:
    """Return `text` with what a scalar or a collection in brackets says written otherwise."""
    return text[: node.start_mark.index] + new + text[_end(text, node) :]


def with_item(text: str, mapping: Mapping, key: str, *, lines: Sequence[str], flow: str) -> str:
    """Return `text` with an item at the end of the list under `key`, which is there, empty or not.

    `lines` are the item's without indentation, `flow` the same for a list in brackets.
    """
    found = pair(mapping, key)
    if found is None:
        raise CannotSplice
    name, node = found
    if isinstance(node, List) and node.value:
        end = _end(text, node)
        if node.flow_style:
            end = _end(text, node.value[-1])
            return text[:end] + ", " + flow + text[end:]
        return _with_lines_below(text, end, _as_item(lines, node.start_mark.column))
    start, end = node.start_mark.index, node.end_mark.index
    if mapping.flow_style or _LINE_END.search(text, start, end):
        inside = start + 1
        return text[:inside] + flow + text[inside:]
    emptied = _without_value(text, start, end)
    return _with_lines_below(emptied, name.end_mark.index, _as_item(lines, name.start_mark.column + len(_INDENT)))


def _as_item(lines: Sequence[str], column: int) -> list[str]:
    indent = " " * column
    return [f"{indent}- {lines[0]}", *(f"{indent}  {line}" for line in lines[1:])]


def _without_value(text: str, start: int, end: int) -> str:
    """Take `[]` or `null` out of `key: [] # comment`, the comment staying where it is."""
    if start == end:
        return text
    behind = _BLANK.match(text, end)
    after = behind.end() if behind else end
    if after < len(text) and text[after] == "#":
        return text[:start] + text[after:]
    return text[:start].rstrip(" \t") + text[after:]


def _without_flow_pair(text: str, mapping: Mapping, index: int, end: int) -> str:
    start = mapping.value[index][0].start_mark.index
    is_last = index == len(mapping.value) - 1
    if is_last and index:
        before_key, before = mapping.value[index - 1]
        before_end = _end(text, before, after=before_key)
        if not _LINE_END.search(text, before_end, start):
            return text[:before_end] + text[end:]
    comma = re.compile(r"[ \t]*,[ \t]*").match(text, end)
    if comma is None and not is_last:
        raise CannotSplice
    end = comma.end() if comma else end
    first, last = _line_start(text, start), _to_line_end(text, end)
    if not text[first:start].strip() and text[end:last].strip()[:1] in ("", "#"):
        return text[:first] + text[_next_line(text, end) :]
    return text[:start] + text[end:]


def _end(text: str, node: Node, *, after: Node | None = None) -> int:
    """Return where a node's last character ends; for a value that is not written at all, where its key does."""
    if isinstance(node, (Mapping, List)) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1], after=last[0]) if isinstance(node, Mapping) else _end(text, last)
    start, end = node.start_mark.index, node.end_mark.index
    if start == end and after is not None:
        return after.end_mark.index
    # A block of text ends, to the parser, only where the next thing begins.
    return start + len(text[start:end].rstrip())


def _line_start(text: str, position: int) -> int:
    start = 0
    for ending in _LINE_END.finditer(text, 0, position):
        start = ending.end()
    return start


def _to_line_end(text: str, position: int) -> int:
    rest = _TO_LINE_END.match(text, position)
    return rest.end() if rest else position


def _next_line(text: str, position: int) -> int:
    end = _to_line_end(text, position)
    ending = _LINE_END.match(text, end)
    return ending.end() if ending else end
