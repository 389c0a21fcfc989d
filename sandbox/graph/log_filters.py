"""`$filter` of Graph's logs: a few comparisons joined by `and`, each of what the log's page says it supports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.graph.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from sandbox.store import Document

_COMPARISONS: Mapping[str, Callable[[datetime, datetime], bool]] = MappingProxyType(
    {
        "eq": datetime.__eq__,
        "ge": datetime.__ge__,
        "gt": datetime.__gt__,
        "le": datetime.__le__,
        "lt": datetime.__lt__,
    }
)
OF_MOMENTS = tuple(_COMPARISONS)
_TEXT = r"'(?P<{0}>(?:[^']|'')*)'"
_PATH = r"[A-Za-z]\w*(?:/[A-Za-z]\w*)*"
_CLAUSE = re.compile(
    rf"""\s*(?:
        (?P<path>{_PATH})\s+(?P<operator>eq|ge|gt|le|lt)\s+(?:{_TEXT.format("text")}|(?P<bare>[\w:.+-]+))
      | startswith\(\s*(?P<prefixed>{_PATH})\s*,\s*{_TEXT.format("prefix")}\s*\)
      | (?P<several>[A-Za-z]\w*)/any\(\s*(?P<one>\w+)\s*:\s*(?:
            (?P=one)(?P<of_one>(?:/\w+)?)\s+eq\s+{_TEXT.format("text_of_one")}
          | startswith\(\s*(?P=one)(?P<prefixed_of_one>/\w+)\s*,\s*{_TEXT.format("prefix_of_one")}\s*\)
        )\s*\)
    )\s*(?P<more>and\s|$)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Clause:
    """One condition: what is at a path, which may lead through several objects, compares to a value.

    The value is a text but for the log's `moment`, and for numbers, where it stands without quotation marks.
    """

    path: str
    operator: str
    value: str
    quoted: bool = True

    def matches(self, record: Document, moment: str) -> bool:
        """Say whether a record fits; texts are compared without regard to case."""
        if self.path == moment:
            return _COMPARISONS[self.operator](moment_of(record[moment]), moment_of(self.value))
        wanted = self.value.lower()
        found = [str(value).lower() for value in _values(record, self.path.split("/")) if value is not None]
        return any(value.startswith(wanted) if self.operator == "startswith" else value == wanted for value in found)


def parse_clauses(
    text: str, *, moment: str, supported: Mapping[str, Collection[str]], numbers: Collection[str] = ()
) -> list[Clause]:
    """Parse a $filter; raise Graph's 400 for what it does not understand or the log does not support."""
    return [_checked(clause, moment, supported, numbers) for clause in _clauses(text)]


def moment_of(text: str) -> datetime:
    """Return a time that says its offset; raise Graph's 400 for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise bad_request(f"Invalid value specified for a date and time: {text}", code="BadRequest")
    return moment


def _clauses(text: str) -> Iterator[Clause]:
    position, more = 0, bool(text.strip())
    while more:
        match = _CLAUSE.match(text, position)
        if match is None:
            raise _invalid(text)
        yield _clause(match)
        position, more = match.end(), bool(match["more"])


def _clause(match: re.Match[str]) -> Clause:
    if match["bare"]:
        return Clause(match["path"], match["operator"], match["bare"], quoted=False)
    several = match["several"] or ""
    for path, operator, value in (
        (match["path"], match["operator"], match["text"]),
        (match["prefixed"], "startswith", match["prefix"]),
        (several + (match["of_one"] or ""), "eq", match["text_of_one"]),
        (several + (match["prefixed_of_one"] or ""), "startswith", match["prefix_of_one"]),
    ):
        if value is not None:
            return Clause(path, operator, value.replace("''", "'"))
    raise ValueError(match[0])


def _checked(clause: Clause, moment: str, supported: Mapping[str, Collection[str]], numbers: Collection[str]) -> Clause:
    if clause.operator not in supported.get(clause.path, ()):
        raise bad_request(
            f"Unsupported or invalid query filter clause specified for property '{clause.path}'.",
            code="Request_UnsupportedQuery",
        )
    if clause.quoted is (clause.path == moment or clause.path in numbers):
        raise _invalid(clause.value)
    if clause.path == moment:
        moment_of(clause.value)
    return clause


def _invalid(text: str) -> Exception:
    return bad_request(f"Invalid filter clause: {text}", code="BadRequest")


def _values(value: object, path: list[str]) -> Iterator[object]:
    """Yield what is at a path, through every object of a list."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
