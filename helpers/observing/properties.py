"""Properties that are not as an object has them by default, as texts; and those that this version does not know.

A property is told leaf by leaf, `property.inner: value`, a list by each of its members, so that order means nothing.
Null, false, an empty text, list or object are what every object has, and never told.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEEPEST = 4  # objects in one another: what is deeper is told as JSON
_LONGEST = 300  # characters of a value


@dataclass(frozen=True)
class Known:
    """What is known of one kind of object's properties, by path such as `web.logoutUrl`, a path standing for all in it.

    `told` are settings; everything in `silent` is read elsewhere or gives nobody access. `defaults` are texts that
    objects have without anybody's doing. Of what is in `explicit` even false is somebody's doing.
    """

    told: frozenset[str]
    silent: frozenset[str]
    defaults: frozenset[str] = frozenset()
    explicit: frozenset[str] = frozenset()

    def settings(self, document: Mapping[str, object]) -> Iterator[str]:
        """Yield `property: value` for everything told that is not as it is by default."""
        for path, value in self._leaves(document):
            text = f"{path}: {told(value)}"
            if _covers(self.told, path) and text not in self.defaults:
                yield text

    def unknown(self, document: Mapping[str, object]) -> Iterator[str]:
        """Yield the paths of what has something in it and is not known."""
        paths = dict.fromkeys(path for path, _ in self._leaves(document))
        yield from (path for path in paths if not _covers(self.told | self.silent, path))

    def _leaves(self, document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        for name, value in document.items():
            if not (_is_annotation(name) or name in self.silent):
                yield from _leaves(value, name, explicit=name in self.explicit)


def told(value: object) -> str:
    """Return one value as settings tell it."""
    if isinstance(value, str):
        return _cut(value)
    try:
        return _cut(json.dumps(value, sort_keys=True, ensure_ascii=False))
    except RecursionError:
        return "(nested too deeply to be shown)"


def _leaves(value: object, path: str, *, explicit: bool, depth: int = 1) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, inner in value.items():
            if not _is_annotation(str(name)):
                yield from _leaves(inner, f"{path}.{name}", explicit=explicit, depth=depth + 1)
    elif isinstance(value, list):
        yield from ((path, each) for each in value if each not in (None, "", [], {}))
    elif value not in (None, "", {}) and (explicit or value is not False):
        yield path, value


def _is_annotation(name: str) -> bool:
    """Say whether a name is OData's own: `x@odata.context`, or an action such as `#microsoft.graph.restore`."""
    return "@" in name or name.startswith("#")


def _covers(paths: frozenset[str], path: str) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:length]) in paths for length in range(1, len(parts) + 1))


def _cut(text: str) -> str:
    """Return a text at a bearable length; two that differ beyond it still differ."""
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{text[:_LONGEST]}… (SHA-256 {digest}…)"
