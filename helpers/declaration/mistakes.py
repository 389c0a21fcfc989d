"""What pydantic says of a file → one sentence with cause and remedy, at the line where it stands."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from helpers.declaration.locations import KeyPath, Locations, dotted
from helpers.declaration.state_settings import SECRET_KEYS
from helpers.errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write digits without quotes"),
    "bool_type": ("true or false", "write it without quotes"),
    "list_type": ("a list", "write each item on a line of its own after `- `, or `[]` for none"),
    "dict_type": ("a mapping of keys", "write `key: value` lines below it, indented"),
    "model_type": ("a mapping of keys", "write `key: value` lines below it, indented"),
    "date_type": ("a date", "write it as 2027-03-31"),
    "date_from_datetime_parsing": ("a date", "write it as 2027-03-31"),
}
_GUID_SHAPE = "[0-9a-f]{8}(-"
_WHAT_A_PATTERN_WANTS = (
    (_GUID_SHAPE, "is not a GUID", "copy the id from the portal: 32 hex digits in five groups"),
    (r"\.[0-9]{1,2}$", "is not an ISE release", 'write it as in "3.3", the patch apart'),
    ("^https://", "is not a plain https:// address", "write scheme and host, with no user name, query or secret in it"),
    ("{31}$", "is not a SHA-256", "write 64 hex digits, as `ise-intune certificate show` prints them"),
    ("[A-Za-z][A-Za-z0-9_-]", "is not a usable name", "begin with a letter; then letters, digits, - and _"),
)


def from_pydantic(error: ValidationError, model: type[BaseModel], locations: Locations) -> Iterator[Mistake]:
    """Turn each of pydantic's complaints about `model` into a mistake of the file."""
    for detail in error.errors(include_url=False):
        path = _path_in_file(detail["loc"], locations)
        cause, remedy = _explain(detail, path, model)
        yield mistake_at(locations, path, cause, remedy)


def mistake_at(locations: Locations, path: KeyPath, cause: str, remedy: str) -> Mistake:
    """Return a mistake about what stands at `path`."""
    place = locations.of(path)
    return Mistake(place.file, place.line, dotted(path), cause, remedy)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a remedy for a misspelt name: the nearest known ones, or all where none is near."""
    known = list(known)
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if nearest:
        return "did you mean " + " or ".join(f"`{candidate}`" for candidate in nearest) + "?"
    return "use one of " + ", ".join(f"`{candidate}`" for candidate in known)


def _path_in_file(loc: tuple[int | str, ...], locations: Locations) -> KeyPath:
    """Drop from pydantic's path what stands in no file: the tag of a union, the marker of a mapping's key."""
    path: KeyPath = ()
    for position, part in enumerate(loc):
        is_last = position == len(loc) - 1
        if part == "[key]" or (not is_last and (*path, part) not in locations.places):
            continue
        path = (*path, part)
    return path


def _explain(detail: ErrorDetails, path: KeyPath, model: type[BaseModel]) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing", f"add `{path[-1]}: …`; `ise-intune check --explain` says what it is for"
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]), detail["loc"], model)
    if kind == "literal_error":
        return f"{_shown(detail['input'])} is not one of {context['expected']}", "choose one of these"
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return "names no known backend", f"use `backend:` with one of {context.get('expected_tags', _BACKENDS)}"
    if kind == "string_pattern_mismatch":
        return _pattern(detail["input"], context["pattern"])
    if kind in _EXPECTED:
        expected, remedy = _EXPECTED[kind]
        return f"{_shown(detail['input'])} is not {expected}", remedy
    return f"{_shown(detail['input'])}: {detail['msg'][0].lower()}{detail['msg'][1:]}", "correct the value"


_BACKENDS = "'local', 'azurerm', 'pg', 'http', 'remote'"


def _unknown_key(key: str, loc: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, str]:
    if key in SECRET_KEYS and loc[0] == "state":
        return (
            "is a secret or belongs to one, and no file here holds any",
            f"take it out, change it if it was pushed, and set {SECRET_KEYS[key]} in the pipeline's environment",
        )
    return "is not a known key", did_you_mean(key, _known_keys(model.model_json_schema(by_alias=True), loc[:-1]))


def _known_keys(schema: dict[str, Any], loc: tuple[int | str, ...]) -> list[str]:
    """Walk the JSON Schema down `loc` and return the keys allowed there."""
    node = schema
    for part in loc:
        node = _step(_resolved(node, schema), part)
    return list(_resolved(node, schema).get("properties", {}))


def _step(node: dict[str, Any], part: int | str) -> dict[str, Any]:
    if isinstance(part, int):
        below = node.get("items", {})
    elif "discriminator" in node:
        below = {"$ref": node["discriminator"]["mapping"].get(part, "")}
    elif "patternProperties" in node:
        below = next(iter(node["patternProperties"].values()))["anyOf"][-1]
    else:
        below = node.get("properties", {}).get(part, {})
    step: dict[str, Any] = below
    return step


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref")
    if not reference:
        return node
    definition: dict[str, Any] = schema["$defs"].get(reference.rpartition("/")[2], {})
    return definition


def _pattern(value: object, pattern: str) -> tuple[str, str]:
    for shape, cause, remedy in _WHAT_A_PATTERN_WANTS:
        if shape in pattern:
            return f"{_shown(value)} {cause}", remedy
    return f"{_shown(value)} is not of the expected form", f"it must match {pattern}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return repr(text if len(text) <= 80 else text[:77] + "…")  # noqa: PLR2004 — about what a line holds
