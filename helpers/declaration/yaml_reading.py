"""YAML text → plain values and their places, in one pass over the parser's events: nothing is ever constructed.

Plain scalars mean what YAML 1.2 and every editor say: `true`, `false`, `null` and whole numbers; all else is text, so
that `release: 3.10` is not 3.1, and `no` is not false. What an environment file has no use for is refused: anchors and
aliases (a few lines can stand for gigabytes), tags, merge keys, several documents, keys given twice (YAML silently
takes the last one).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from helpers.declaration.locations import KeyPath, Location, Locations, dotted
from helpers.errors import DeclarationErrors, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML was built without libyaml; slower, otherwise the same
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

# The parser, for whoever else must see a file as its judge does.
Loader = _Loader

# PyYAML's events; its stubs do not know that the parser always gives them marks, nor which has a tag.
Event: TypeAlias = Any
Mark: TypeAlias = Any

# Far above any deployment (a certificate's entry takes a line or two), far below what makes a reader wait.
MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 20
_MAX_VALUES = 20_000
_MAX_KEY = 100

_WORDS: dict[str, bool | None] = {"true": True, "True": True, "TRUE": True}
_WORDS |= {"false": False, "False": False, "FALSE": False}
_WORDS |= dict.fromkeys(("", "~", "null", "Null", "NULL"), None)
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")

# What YAML 1.2, section 5.1 calls printable: nothing else may stand in a file, not even in quotes.
_NOT_YAML = re.compile("[^\\t\\n\\r -~\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

# What libyaml says of the slips people make → what to do about them.
_REMEDIES = {
    "mapping values are not allowed": "put the value in quotes if it holds `: `, or mend the indentation",
    "found character that cannot start any token": "put the value in quotes, and indent with spaces, not tabs",
    "found unexpected end of stream": "close the quotes",
    "did not find expected key": "indent the keys of one block alike",
}


@dataclass(frozen=True)
class YamlDocument:
    """What a file says: plain values, where each stands, and what is wrong with it as YAML, by path."""

    values: dict[str, Any]
    locations: Locations
    mistakes: tuple[tuple[KeyPath, Mistake], ...] = ()


def read_yaml(text: bytes, *, file: str) -> YamlDocument:
    """Read the one mapping a YAML file holds; `file` is the name that messages carry.

    Raises `DeclarationErrors` when nothing more can be said of the file. What is wrong with single values stands
    beside them in the result, so that everything else can be judged too.
    """
    if len(text) > MAX_BYTES:
        raise _useless(file, 0, f"is larger than {MAX_BYTES // 1024} KiB", "keep one deployment in each file")
    decoded = _decoded(text, file)
    try:
        return _Reading(file, _Loader(decoded)).document()
    except yaml.MarkedYAMLError as error:
        problem = error.problem or error.context or "unreadable"
        remedy = next((remedy for words, remedy in _REMEDIES.items() if words in problem), "mend that line")
        raise _useless(
            file, _line(error.problem_mark or error.context_mark), f"is not YAML: {problem}", remedy
        ) from None


def _decoded(text: bytes, file: str) -> str:
    """Return the text of a file. Raises `DeclarationErrors` naming the line that is none, which PyYAML would not."""
    encoding = "utf-16" if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise _useless(file, line, "is not UTF-8 text", "save the file as UTF-8") from None
    unwanted = _NOT_YAML.search(decoded)
    if unwanted:
        line = decoded.count("\n", 0, unwanted.start()) + 1
        raise _useless(file, line, f"holds the control character {unwanted[0]!r}", "take it out")
    return decoded


def _useless(file: str, line: int, cause: str, remedy: str) -> DeclarationErrors:
    return DeclarationErrors([Mistake(file, line, "", cause, remedy)])


def _line(mark: Mark) -> int:
    return mark.line + 1 if mark else 0


@dataclass
class _Reading:
    """One walk over the events of a file, collecting values, places and mistakes."""

    file: str
    loader: _Loader
    values_read: int = 0
    places: dict[KeyPath, Location] = field(default_factory=dict)
    mistakes: list[tuple[KeyPath, Mistake]] = field(default_factory=list)

    def document(self) -> YamlDocument:
        try:
            values = self._only_document()
        finally:
            self.loader.dispose()
        if not isinstance(values, dict):
            remedy = "begin with `schema: 1`; `ise-intune new NAME` writes a file"
            raise _useless(self.file, 1, "is not a mapping of keys", remedy)
        return YamlDocument(values, Locations(self.file, self.places), tuple(self.mistakes))

    def _only_document(self) -> Any:  # noqa: ANN401 — any plain value
        self._next()  # the stream's start
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise _useless(self.file, 0, "is empty", "`ise-intune new NAME` writes a commented file")
        values = self._value(self._next(), (), depth=0)
        self._next()  # the document's end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            remedy = "keep one deployment in each file, without `---` between"
            raise _useless(self.file, _line(after.start_mark), "holds more than one document", remedy)
        return values

    def _next(self) -> Event:
        event: Event = self.loader.get_event()
        return event

    def _value(self, event: Event, path: KeyPath, *, depth: int) -> Any:  # noqa: ANN401 — any plain value
        self._keep_bounds(event, depth)
        self.places.setdefault(path, self._location(event))
        if isinstance(event, yaml.AliasEvent):
            self._complain(event, path, "is an alias (`*`)", "write the value out; put it in quotes if it is text")
            return None
        if event.anchor is not None:
            self._complain(event, path, "has an anchor (`&`)", "take it off; put the value in quotes if it is text")
        if event.tag is not None:
            self._complain(event, path, f"carries the tag {event.tag[:80]!r}", "write plain text, in quotes if need be")
        if isinstance(event, yaml.MappingStartEvent):
            return dict(self._pairs(path, depth=depth + 1))
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(path, depth=depth + 1))
        return _scalar(event)

    def _pairs(self, path: KeyPath, *, depth: int) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, path, depth=depth)
            here = (*path, key)
            if key in seen:
                self._complain(event, here, "is given twice", "keep one of the two")
                self._skip(depth=depth)
                continue
            seen.add(key)
            self.places[here] = self._location(event)
            yield key, self._value(self._next(), here, depth=depth)

    def _key(self, event: Event, path: KeyPath, *, depth: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._complain(event, (*path, "?"), "is a key that is not plain text", "write keys as plain words")
            self._skip(event, depth=depth)
            return "?"
        if event.tag is not None or event.anchor is not None:
            self._complain(event, (*path, event.value), "is a key with a tag or an anchor", "write keys as plain words")
        key: str = event.value
        if key == "<<":
            self._complain(event, (*path, key), "is YAML's merge key", "write out what it would bring in")
        return key if len(key) <= _MAX_KEY else f"{key[:_MAX_KEY]}…"

    def _items(self, path: KeyPath, *, depth: int) -> Iterator[Any]:
        index = 0
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._value(event, (*path, index), depth=depth)
            index += 1

    def _skip(self, event: Event = None, *, depth: int) -> None:
        """Pass over one value, whatever it holds, within the same bounds."""
        inner = 0
        while True:
            event = event or self._next()
            self._keep_bounds(event, depth + inner)
            inner += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            event = None
            if inner <= 0:
                return

    def _keep_bounds(self, event: Event, depth: int) -> None:
        self.values_read += 1
        remedy = "`ise-intune new NAME` shows the shape of the file"
        if depth > _MAX_DEPTH:
            raise _useless(self.file, _line(event.start_mark), "is nested too deeply", remedy)
        if self.values_read > _MAX_VALUES:
            raise _useless(self.file, _line(event.start_mark), f"holds more than {_MAX_VALUES} values", remedy)

    def _complain(self, event: Event, path: KeyPath, cause: str, remedy: str) -> None:
        self.mistakes.append((path, Mistake(self.file, _line(event.start_mark), dotted(path), cause, remedy)))

    def _location(self, event: Event) -> Location:
        return Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: Event) -> str | int | bool | None:
    text: str = event.value
    if not event.implicit[0]:  # quoted, a block, or tagged
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
