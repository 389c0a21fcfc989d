"""What pydantic says of a file → one sentence with cause and remedy, at the line where it stands."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpers.declaration.forms import FORMS
from helpers.declaration.keys import known_keys, secret_remedy
from helpers.declaration.locations import KeyPath, Locations, dotted
from helpers.errors import DeclarationErrors, Mistake
from helpers.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

# More would be a file of another kind altogether, and nobody reads on.
_MOST_MISTAKES = 100
# A value up to this length says enough of itself on one line.
_SHOWN = 80

# Pydantic's word for the key of a mapping: with it at its end, a path is that of the key and not of what is under it.
_KEY = "[key]"
_COLLECTIONS = ("a list", "a mapping")
_EXPECTED = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write digits without quotes"),
    "bool_type": ("true or false", "write one of these, without quotes"),
    "list_type": ("a list", "write each item on a line of its own after `- `, or `[]` for none"),
    "dict_type": ("a mapping of keys", "write `key: value` lines below it, indented"),
    "model_type": ("a mapping of keys", "write `key: value` lines below it, indented"),
    "model_attributes_type": ("a mapping of keys", "write `key: value` lines below it, indented"),
    "date_type": ("a date", "write year, month and day as in 2027-03-31"),
}


class Complaints:
    """The mistakes of one file, in stages: what an earlier stage refused, a later one does not complain of again."""

    def __init__(self, locations: Locations, mistakes: Iterable[tuple[KeyPath, Mistake]] = ()) -> None:
        """Begin with what is wrong already, by path."""
        self._locations = locations
        self._mistakes = list(mistakes)
        self._settled: set[KeyPath] = set()
        self.settle()

    def settle(self) -> None:
        """End a stage."""
        self._settled = {path for path, _ in self._mistakes if path}

    def refused(self, path: KeyPath) -> bool:
        """Say whether what stands at `path`, or what it stands in, was complained of at an earlier stage."""
        return any(path[:length] in self._settled for length in range(1, len(path) + 1))

    def about(self, path: KeyPath, cause: str, remedy: str) -> None:
        """Complain of what stands at `path`, unless it was refused at an earlier stage."""
        if not self.refused(path):
            named = path[:-1] if path[-1:] == (_KEY,) else path
            self._mistakes.append((path, mistake_at(self._locations, named, cause, remedy)))

    def of_pydantic(self, error: ValidationError) -> None:
        """Complain of all that pydantic found."""
        for path, cause, remedy in from_pydantic(error, self._locations):
            self.about(path, cause, remedy)

    def raise_any(self) -> None:
        """Raise `DeclarationErrors` with everything complained of so far, in the order of the file's lines."""
        mistakes = sorted(dict.fromkeys(mistake for _, mistake in self._mistakes), key=lambda mistake: mistake.line)
        if len(mistakes) > _MOST_MISTAKES:
            cause = f"has {len(mistakes) - _MOST_MISTAKES} more mistakes"
            more = Mistake(self._locations.file, 0, "", cause, "correct these first, then check again")
            mistakes = [*mistakes[:_MOST_MISTAKES], more]
        if mistakes:
            raise DeclarationErrors(mistakes)


def mistake_at(locations: Locations, path: KeyPath, cause: str, remedy: str) -> Mistake:
    """Return a mistake about what stands at `path`."""
    place = locations.of(path)
    return Mistake(place.file, place.line, dotted(path), cause, remedy)


def from_pydantic(error: ValidationError, locations: Locations) -> Iterator[tuple[KeyPath, str, str]]:
    """Yield path in the file, cause and remedy of each of pydantic's complaints."""
    for detail in error.errors(include_url=False):
        path = _path_in_file(detail["loc"], locations)
        if detail["loc"][-1:] == (_KEY,):
            yield (*path, _KEY), *_explain(detail, path)
            continue
        if detail["type"] != "missing" and path[:1] == ("certificates",) and path not in locations.places:
            # The short form `entry: path` stands for two keys, of which the file has neither.
            if path[-1] != "file":
                continue
            path = path[:-1]
        if (*path, "backend") in locations.places and detail["type"] == "union_tag_invalid":
            path = (*path, "backend")
        yield path, *_explain(detail, path)


def _path_in_file(loc: tuple[int | str, ...], locations: Locations) -> KeyPath:
    """Drop from pydantic's path what stands in no file: the tag of a union, the marker of a mapping's key."""
    path: KeyPath = ()
    for position, part in enumerate(loc):
        is_last = position == len(loc) - 1
        if part == _KEY or (not is_last and (*path, part) not in locations.places):
            continue
        path = (*path, part)
    return path


def _explain(detail: ErrorDetails, path: KeyPath) -> tuple[str, str]:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "missing":
        return "is missing", f"add `{path[-1]}:`; `ise-intune new NAME` writes a file that explains each key"
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]), detail["loc"])
    if path in _OF_THEIR_OWN:
        return _OF_THEIR_OWN[path](value)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return "names no known backend", "write `backend:` and one of local, azurerm, pg, http, remote"
    if kind == "string_pattern_mismatch":
        form = FORMS[context["pattern"]]
        return f"{_shown(value, path)} {form.cause}", form.remedy
    if path[0] == "certificates" and len(path) == 2 and kind in _EXPECTED:  # noqa: PLR2004 — an entry
        return f"{_shown(value, path)} is not a certificate's path", "write the path of its file, from this folder"
    if kind in _EXPECTED:
        expected, remedy = _EXPECTED[kind]
        return f"{_shown(value, path)} is not {expected}", remedy
    return _out_of_bounds(kind, context, path, _shown(value, path))


def _unknown_key(key: str, loc: tuple[int | str, ...]) -> tuple[str, str]:
    secret = secret_remedy(key)
    if secret:
        return "is a secret or belongs to one, and no file here holds any", secret
    return "is not a known key", did_you_mean(key, known_keys(loc[:-1]))


def _out_of_bounds(kind: str, context: dict[str, Any], path: KeyPath, shown: str) -> tuple[str, str]:
    match kind:
        case "literal_error":
            return f"{shown} is not one of {context['expected']}", "choose one of these"
        case "string_too_long" | "too_long" if path[:1] == ("certificates",) and len(path) > 1:
            return "is no path, being too long for one", "put the certificate into a file, and write the file's path"
        case "string_too_long" | "too_long" if shown not in _COLLECTIONS:
            return f"is longer than {context['max_length']} characters", "shorten it"
        case "string_too_short" | "too_short" if shown not in _COLLECTIONS:
            return "is empty", "write something"
        case "too_short":
            return "is empty", f"name at least {context['min_length']}"
        case "too_long":
            return f"holds more than {context['max_length']}", "split the deployment"
        case "greater_than_equal" | "less_than_equal":
            bound = context.get("ge", context.get("le"))
            return f"{shown} is {'below' if 'ge' in context else 'above'} {bound}", "write the number ISE shows"
    return f"{shown} cannot be used here", "see the schema's description of this key"


def _schema_version(value: object) -> tuple[str, str]:
    if isinstance(value, int) and value > 1:
        return f"{value} is a newer form of this file than this ise-intune reads", "update ise-intune"
    return f"{_shown(value, ())} is not 1, the form of file this ise-intune reads", "write `schema: 1`"


def _release(value: object) -> tuple[str, str]:
    return f"{_shown(value, ())} is not an ISE release", 'write it as in "3.3", in quotes, the patch apart'


# Keys whose value has a meaning that is best named, whatever is wrong with it.
_OF_THEIR_OWN: Mapping[KeyPath, Callable[[object], tuple[str, str]]] = MappingProxyType(
    {("schema",): _schema_version, ("ise", "release"): _release}
)


def _shown(value: object, path: KeyPath) -> str:
    """Return a value for a message: cut short, and not at all where people paste secrets."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if path[:1] == ("state",) or "\n" in text or ("://" in text and "@" in text):
        return "the text"
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
