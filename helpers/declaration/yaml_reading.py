"""YAML text → plain values and their places. Strings are data: nothing is constructed, no tag runs code.

PyYAML composes the nodes (fast, with line marks); this module turns them into `dict`, `list`, `str`, `int`, `bool` and
`None`, and refuses what an environment file has no use for: anchors and aliases (a few lines can stand for gigabytes),
tags, several documents, keys given twice (YAML takes the last one silently).
A number with a point and a date stay text, so that `release: 3.10` is not 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from helpers.declaration.locations import KeyPath, Location, Locations, dotted
from helpers.errors import DeclarationErrors, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml; slower, otherwise the same
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 20

_INT = "tag:yaml.org,2002:int"
_BOOL = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"
_TEXT = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}


@dataclass(frozen=True)
class YamlDocument:
    """What a file says: plain values, and where each stands."""

    values: dict[str, Any]
    locations: Locations


def read_yaml(text: bytes, *, file: str) -> YamlDocument:
    """Read the one mapping a YAML file holds.

    Raises `DeclarationErrors` with everything that is wrong with it as YAML; `file` is the name the messages carry.
    """
    if len(text) > MAX_BYTES:
        raise DeclarationErrors(
            [Mistake(file, 0, "", f"is larger than {MAX_BYTES // 1024} KiB", "keep one deployment in each file")]
        )
    node = _compose(text, file)
    reading = _Reading(file)
    values = reading.value(node, ())
    if not reading.mistakes and not isinstance(values, dict):
        reading.complain(node, (), "is not a mapping of keys", "begin with `schema: 1`; `ise-intune new` writes a file")
    if reading.mistakes:
        raise DeclarationErrors(reading.mistakes)
    return YamlDocument(values, Locations(file, reading.places))


def _compose(text: bytes, file: str) -> yaml.Node:
    try:
        _refuse_aliases(text, file)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        cause = f"is not YAML: {error.problem or error.context}"
        raise DeclarationErrors(
            [Mistake(file, line, "", cause, "mend that line; mind quotes and indentation")]
        ) from None
    except yaml.YAMLError as error:
        cause = f"is not readable text: {str(error).splitlines()[0]}"
        raise DeclarationErrors([Mistake(file, 0, "", cause, "save it as UTF-8 text")]) from None
    except RecursionError:
        raise DeclarationErrors([_too_deep(file, 0)]) from None
    if node is None:
        raise DeclarationErrors([Mistake(file, 0, "", "is empty", "`ise-intune new NAME` writes a commented file")])
    return node


def _refuse_aliases(text: bytes, file: str) -> None:
    """Look at the events before anything is composed: they are cheap, and composing deep input is not."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise DeclarationErrors([_too_deep(file, _line(event))])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if getattr(event, "anchor", None) is not None:
            cause, remedy = "uses an anchor or alias (`&` or `*`)", "write the value out; quote it if it is text"
            raise DeclarationErrors([Mistake(file, _line(event), "", cause, remedy)])


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _too_deep(file: str, line: int) -> Mistake:
    return Mistake(file, line, "", "is nested too deeply", "see `ise-intune new` for the shape of the file")


@dataclass
class _Reading:
    """One walk over the nodes of a file, collecting places and mistakes."""

    file: str
    places: dict[KeyPath, Location] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def value(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401 — any plain value
        self.places.setdefault(path, self._location(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def complain(self, node: yaml.Node, path: KeyPath, cause: str, remedy: str) -> None:
        self.mistakes.append(Mistake(self.file, node.start_mark.line + 1, dotted(path), cause, remedy))

    def _pairs(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(key_node, path, "has a key that is not text", "write keys as plain words")
                continue
            key = key_node.value
            if key in seen:
                self.complain(key_node, (*path, key), "is given twice", "keep one of the two")
                continue
            seen.add(key)
            self.places[(*path, key)] = self._location(key_node)
            yield key, self.value(value_node, (*path, key))

    def _scalar(self, node: yaml.Node, path: KeyPath) -> str | int | bool | None:
        text: str = node.value
        if node.tag in _TEXT:
            return text
        if node.tag == _NULL:
            return None
        if node.tag == _BOOL:
            return text.lower() in {"yes", "true", "on"}
        if node.tag == _INT and text.removeprefix("-").isdecimal() and text.isascii():
            return int(text) if len(text) < 20 else text  # noqa: PLR2004 — longer than any number of this file
        if node.tag == _INT:
            return text
        self.complain(node, path, f"carries the tag {node.tag!r}", "write plain text, in quotes if need be")
        return None

    def _location(self, node: yaml.Node) -> Location:
        return Location(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
