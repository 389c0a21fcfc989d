"""JSON values from elsewhere, held to the shape that is expected of them before anything is read from them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_LONGEST = 200


class Misshapen(Exception):
    """A value is not of the form it must have. The text says where and what; no remedy, since each source has one."""


def mapping(value: object, where: str) -> dict[str, Any]:
    """Return an object; null and a missing one are empty. Raises `Misshapen`."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Misshapen(f"{where} is not an object")
    return value


def objects(value: object, where: str) -> list[dict[str, Any]]:
    """Return a list of objects; null and a missing one are empty. Raises `Misshapen`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Misshapen(f"{where} is not a list of objects")
    return value


def texts(value: object, where: str) -> list[str]:
    """Return a list of texts; null and a missing one are empty. Raises `Misshapen`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Misshapen(f"{where} is not a list of texts")
    return value


def text(value: object, where: str) -> str:
    """Return a text; null and a missing one are empty. Raises `Misshapen`."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Misshapen(f"{where} is not a text")
    return value


def flag(value: object, where: str, *, default: bool = False) -> bool:
    """Return a truth value; null and a missing one are `default`. Raises `Misshapen`."""
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Misshapen(f"{where} is neither true nor false")
    return value


def moment(value: object, where: str) -> datetime | None:
    """Return an aware moment in whole seconds. Raises `Misshapen`."""
    written = text(value, where)
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise Misshapen(f"{where} is not a date") from None


def short(value: str) -> str:
    """Return a text from elsewhere at a length that a sentence bears."""
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
