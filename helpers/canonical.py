"""The canonical JSON of an `Integration`: what the stack's output `applied` holds, and drift reads back.

Lists stand for sets, sorted by their JSON text; a surface is `{"items": …}` when seen and `{"reason": …}` when not.
Surfaces that no file declares are left out where they are as nobody declared them: a model that learns to see one more
reads what was written before, and writes the same.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from helpers.errors import InputError
from helpers.model import Application, Exposure, Integration, ServicePrincipal

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 1
_ADAPTER = TypeAdapter(Integration)
_PLAIN: TypeAdapter[Any] = TypeAdapter(Any)
# What the canonical form has always said of an application's exposure.
_DECLARED_EXPOSURE = ("sign_in_audience", "redirect_uris", "identifier_uris", "public_client")


def to_json(integration: Integration) -> dict[str, Any]:
    """Return `integration` as plain JSON values, equal for equal integrations."""
    document: dict[str, Any] = _sorted_lists(_ADAPTER.dump_python(integration, mode="json"))
    return {"schema_version": SCHEMA_VERSION, **_without_undeclared(document)}


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


def _without_undeclared(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without what no file declares, wherever it is as nobody declared it."""
    kept = _kept(document, _UNDECLARED[Integration])
    for name, kind in (("application", Application), ("service_principal", ServicePrincipal)):
        kept[name] = _kept(document[name], _UNDECLARED[kind])
    exposure = kept["application"]["exposure"]
    if "items" in exposure:
        kept["application"]["exposure"] = {"items": _kept(exposure["items"], _UNDECLARED[Exposure])}
    return kept


def _kept(values: dict[str, Any], undeclared: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in undeclared or value != undeclared[name]}


def _undeclared(kind: type) -> dict[str, Any]:
    """Return the defaults, as JSON, of what the model can see and no file declares."""
    defaults = {each.name: each.default for each in fields(kind) if each.default is not MISSING}
    if kind is Exposure:
        defaults = {name: default for name, default in defaults.items() if name not in _DECLARED_EXPOSURE}
    return {name: _PLAIN.dump_python(default, mode="json") for name, default in defaults.items()}


def _sorted_lists(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    if isinstance(value, dict):
        return {key: _sorted_lists(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted((_sorted_lists(inner) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
    return value


_UNDECLARED = {kind: _undeclared(kind) for kind in (Integration, Application, ServicePrincipal, Exposure)}
