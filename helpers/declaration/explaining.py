"""Every setting of an environment: its value, where that comes from, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.declaration.blocks import Block
from helpers.declaration.locations import dotted
from helpers.declaration.state_settings import whereabouts
from helpers.ise_form import IseForm
from helpers.model import Seen, stated
from helpers.permissions import api_name, permission_name, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.declaration.declaration import Declaration
    from helpers.declaration.locations import KeyPath, Locations


@dataclass(frozen=True)
class Explained:
    """One setting. `source` is `line N` of the file, `default`, or what it was derived from."""

    key: str
    value: str
    source: str
    meaning: str


@dataclass(frozen=True)
class Group:
    """Settings that belong together, under a heading; `block` is the key of the file that holds them, if one does."""

    heading: str
    settings: tuple[Explained, ...]
    block: str = ""


def explained(declaration: Declaration) -> list[Group]:
    """Return every setting of the file, block by block, then what follows from them."""
    file, locations = declaration.settings, declaration.locations
    single = tuple(_settings(file, locations, (), deep=False))
    blocks = [
        Group(f"{key}: {_first_line(value)}", tuple(_settings(value, locations, (key,))), key)
        for key, value in _fields(file)
        if isinstance(value, Block)
    ]
    return [Group("the file itself", single), *blocks, *_derived(declaration)]


def _fields(block: Block) -> Iterator[tuple[str, Any]]:
    for name, field in type(block).model_fields.items():
        yield field.alias or name, getattr(block, name)


def _settings(block: Block, locations: Locations, path: KeyPath, *, deep: bool = True) -> Iterator[Explained]:
    for name, field in type(block).model_fields.items():
        value, here = getattr(block, name), (*path, field.alias or name)
        if isinstance(value, Block):
            if deep:
                yield from _settings(value, locations, here)
            continue
        source = f"line {locations.places[here].line}" if here in locations.places else "default"
        yield Explained(dotted(here), _shown(value), source, field.description or "")


def _first_line(block: Block) -> str:
    line = (type(block).__doc__ or "").splitlines()[0]
    return line[:1].lower() + line[1:].removesuffix(".")


def _derived(declaration: Declaration) -> Iterator[Group]:
    integration = declaration.integration
    yield Group("permissions asked for", tuple(_permissions(declaration)))
    yield Group("certificates", tuple(_certificates(declaration)))
    state = declaration.state
    where = ", ".join(f"{key} {value}" for key, value in whereabouts(state, declaration.name).items())
    yield Group("the state", (Explained(state.backend, where, "state and the file's name", ""),))
    client_id = integration.client_id.items if isinstance(integration.client_id, Seen) else "(known after the deploy)"
    form = IseForm(declaration.cloud, integration.tenant_id, client_id, declaration.terms.ise)
    settings = [Explained(label, value, "", "") for label, value in form.fields().items()]
    settings += [
        Explained(endpoint, "not confirmed", "cloud", "State it under `endpoints` once you know it works.")
        for endpoint in sorted(declaration.cloud.unconfirmed)
    ]
    yield Group("ISE's form, from cloud, tenant_id and ise", tuple(settings))


def _permissions(declaration: Declaration) -> Iterator[Explained]:
    terms = declaration.terms
    for permission in sorted(stated(declaration.integration.requested)):
        why = terms.reasons.get(permission)
        source = "permissions.extra" if why else f"profile {terms.profile}"
        meaning = why or f"Asked for by {profiles()[terms.profile].purpose}."
        yield Explained(api_name(permission.api), f"{permission_name(permission)} ({permission.type})", source, meaning)


def _certificates(declaration: Declaration) -> Iterator[Explained]:
    for entry in declaration.certificates:
        certificate, line = entry.certificate, declaration.locations.of(("certificates", entry.name)).line
        value = f"{certificate.common_name}, {certificate.start_date} to {certificate.end_date}"
        meaning = f"{entry.file}, presented by {', '.join(entry.nodes)}. Thumbprint {certificate.sha1_hex}."
        yield Explained(entry.name, value, f"line {line}", meaning)


def _shown(value: Any) -> str:  # noqa: ANN401 — any value of a file
    if value is None:
        return "not set"
    if value in ([], {}):
        return "none"
    if isinstance(value, dict):
        return ", ".join(value)
    if isinstance(value, list):
        return "; ".join(_item(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _item(item: Any) -> str:  # noqa: ANN401 — any item of a file's list
    return " ".join(str(part) for part in item.model_dump().values()) if isinstance(item, Block) else str(item)
