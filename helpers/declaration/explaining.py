"""Every setting of an environment: its value, where that comes from, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.declaration.file_schema import Block
from helpers.declaration.locations import dotted
from helpers.ise_form import IseForm
from helpers.model import Seen, stated
from helpers.permissions import api_name, permission_name, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from helpers.declaration.declaration import Declaration
    from helpers.declaration.locations import KeyPath, Locations


@dataclass(frozen=True)
class Explained:
    """One setting. `source` is `line N` of the file, `default`, or what it was derived from."""

    key: str
    value: str
    source: str
    meaning: str


def explained(declaration: Declaration) -> list[Explained]:
    """Return every setting of the file, then what follows from them."""
    return [*_settings(declaration.settings, declaration.locations, ()), *_derived(declaration)]


def _settings(block: BaseModel, locations: Locations, path: KeyPath) -> Iterator[Explained]:
    for name, field in type(block).model_fields.items():
        key = field.alias or name
        value, here = getattr(block, name), (*path, key)
        if hasattr(value, "model_fields_set"):
            yield from _settings(value, locations, here)
            continue
        source = f"line {locations.places[here].line}" if here in locations.places else "default"
        meaning = field.description or _inherited(type(block))
        yield Explained(dotted(here), _shown(value), source, meaning)


def _inherited(block: type[BaseModel]) -> str:
    return (block.__doc__ or "").splitlines()[0]


def _derived(declaration: Declaration) -> Iterator[Explained]:
    integration, terms = declaration.integration, declaration.terms
    for permission in sorted(stated(integration.requested)):
        why = terms.reasons.get(permission)
        source = "permissions.extra" if why else f"permissions.profile {terms.profile}"
        meaning = why or f"Asked for by {profiles()[terms.profile].purpose}."
        name = f"{permission_name(permission)} ({permission.type})"
        yield Explained(f"→ permission on {api_name(permission.api)}", name, source, meaning)
    client_id = integration.client_id.items if isinstance(integration.client_id, Seen) else "<client id>"
    form = IseForm(declaration.cloud, integration.tenant_id, client_id, terms.ise)
    for label, value in form.fields().items():
        yield Explained(f"→ ISE: {label}", value, "cloud, tenant_id and ise", "")
    for endpoint in sorted(declaration.cloud.unconfirmed):
        yield Explained(f"→ {endpoint}", "not confirmed", "cloud", "State it under `endpoints` once you know it works.")


def _shown(value: Any) -> str:  # noqa: ANN401 — any value of a file
    if value is None:
        return "not set"
    if value in ([], {}):
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {block.file} ({', '.join(block.nodes)})" for key, block in value.items())
    if isinstance(value, list):
        return ", ".join(_item(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _item(item: Any) -> str:  # noqa: ANN401 — any item of a file's list
    return " ".join(str(part) for part in item.model_dump().values()) if isinstance(item, Block) else str(item)
