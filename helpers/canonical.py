"""The canonical JSON of an `Integration`: what the stack's output `applied` holds, and drift reads back.

Lists stand for sets, sorted by their JSON text; a surface is `{"items": …}` when seen and `{"reason": …}` when not.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from helpers.errors import InputError
from helpers.model import Integration

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 1
_ADAPTER = TypeAdapter(Integration)


def to_json(integration: Integration) -> dict[str, Any]:
    """Return `integration` as plain JSON values, equal for equal integrations."""
    document: dict[str, Any] = _sorted_lists(_ADAPTER.dump_python(integration, mode="json"))
    return {"schema_version": SCHEMA_VERSION, **document}


def from_json(document: Mapping[str, Any], *, name: str) -> Integration:
    """Read what `to_json` wrote; keys this version does not know are ignored.

    Raises `InputError` naming `name` when it was written by a newer version or is something else.
    """
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise InputError(
            name, f"schema_version {version!r} is not {SCHEMA_VERSION}", "deploy again with this version of ise-intune"
        )
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(name, f"{where}: {first['msg']}", "deploy again, then read the new outputs") from None


def _sorted_lists(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    if isinstance(value, dict):
        return {key: _sorted_lists(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_sorted_lists(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value
