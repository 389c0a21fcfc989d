"""JSON that Terraform and CDKTF write: documents, nested blocks, and what runs parallel to values."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from helpers.errors import InputError
from helpers.shapes import objects

_LONGEST = 200


def load_json(content: str | bytes, *, name: str, remedy: str) -> dict[str, Any]:
    """Return a JSON object in any Unicode encoding. Raises `InputError` for anything else, doubled keys included."""
    try:
        document = json.loads(content, object_pairs_hook=_object, parse_constant=_not_json)
    except RecursionError:
        raise InputError(name, "is nested too deeply to be Terraform's", remedy) from None
    except ValueError as error:
        raise InputError(name, f"is not one JSON document ({str(error)[:_LONGEST]})", remedy) from None
    if not isinstance(document, dict):
        raise InputError(name, "is not a JSON object", remedy)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is there twice: which of the two counts depends on who reads."""
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        message = f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice in one object"
        raise ValueError(message)
    return made


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def blocks(value: object, where: str) -> list[dict[str, Any]]:
    """Return nested blocks: a list of objects as Terraform shows them, or one alone as CDKTF writes it."""
    return [value] if isinstance(value, dict) else objects(value, where)


def any_true(marks: object) -> bool:
    """Say whether anything is marked in what runs parallel to values (`after_unknown`, `after_sensitive`)."""
    if isinstance(marks, dict):
        return any(any_true(each) for each in marks.values())
    if isinstance(marks, list):
        return any(any_true(each) for each in marks)
    return marks is not False and marks is not None
