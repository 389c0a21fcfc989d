"""azuread_application_certificate: one entry in an application's list of key credentials."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.provider.graph import saying
from sandbox.provider.legacy import Rules
from sandbox.provider.problems import Refused, already_exists
from sandbox.provider.resource import ResourceType, is_uuid, path_id
from sandbox.provider.values import UNKNOWN, Value, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.provider.graph import Document, Graph

_CHOICES = {"encoding": ("base64", "hex", "pem"), "type": ("AsymmetricX509Cert", "Symmetric")}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PEM_LINE = 64


class ApplicationCertificate(ResourceType):
    """A certificate by which an application may sign in. Nothing of it can be changed, only replaced."""

    type_name = "azuread_application_certificate"
    uuids = ("key_id",)
    unsupported = ("end_date_relative",)
    rules = Rules(
        defaults=MappingProxyType({"encoding": "pem"}),
        replacing=frozenset(
            {"application_id", "encoding", "end_date", "end_date_relative", "key_id", "start_date", "type", "value"}
        ),
    )

    def mistakes(self, config: Values) -> Iterator[Refused]:
        """Yield what the real provider's own validation would say."""
        yield from super().mistakes(config)
        for name, choices in _CHOICES.items():
            if isinstance(config.get(name), str) and config[name] not in choices:
                yield Refused(f"expected {name} to be one of {choices}, got {config[name]}", attribute=name)
        for name in ("start_date", "end_date"):
            if isinstance(config.get(name), str) and not _DATE.fullmatch(config[name]):
                yield Refused(f'expected "{name}" to be a valid RFC3339 date, got "{config[name]}"', attribute=name)
        if isinstance(config.get("application_id"), str):
            try:
                path_id(config["application_id"], "applications")
            except Refused as mistake:
                yield Refused(mistake.summary, attribute="application_id")

    def parse_id(self, identifier: str) -> tuple[str, ...]:
        """Return the application's object id and the key id."""
        parts = identifier.split("/")
        if len(parts) == 3 and parts[1] == "certificate" and is_uuid(parts[0]) and is_uuid(parts[2]):  # noqa: PLR2004
            return parts[0], parts[2]
        raise Refused(
            f'unable to parse Certificate ID: "{identifier}" should be in the format'
            " {objectId}/certificate/{keyId}, both of them UUIDs",
            attribute="id",
        )

    def create(self, graph: Graph, planned: Values) -> Values | None:
        """Write the whole list again with the new entry at its end."""
        (object_id,) = path_id(planned["application_id"], "applications")
        entry = _key_credential(planned)
        identifier = f"{object_id}/certificate/{entry['keyId']}"
        with graph.lock(object_id):
            present = _key_credentials(graph, object_id)
            if _entry(present, entry["keyId"]):
                raise already_exists(self.type_name, identifier)
            with saying(f"Adding certificate for {_shown(object_id)}"):
                _write(graph, object_id, [*present, entry])
            graph.wait_until(
                lambda: _entry(_key_credentials(graph, object_id), entry["keyId"]) is not None,
                f"certificate credential for {_shown(object_id)}",
            )
        planned["id"] = identifier
        return self.read(graph, planned)

    def read(self, graph: Graph, state: Values) -> Values | None:
        """Read the entry's dates and type. An application that is gone is an error: only the entry may be missing."""
        object_id, key_id = self.parse_id(state["id"])
        entry = _entry(_key_credentials(graph, object_id), key_id)
        if entry is None:
            return None
        return state | {
            "application_id": f"/applications/{object_id}",
            "key_id": key_id,
            "type": entry.get("type") or "",
            "start_date": entry.get("startDateTime") or "",
            "end_date": entry.get("endDateTime") or "",
        }

    def delete(self, graph: Graph, state: Values) -> None:
        """Write the whole list again without the entry, and see it gone."""
        object_id, key_id = self.parse_id(state["id"])
        with graph.lock(object_id):
            kept = [entry for entry in _key_credentials(graph, object_id) if not _is(entry, key_id)]
            summary = f'Removing certificate credential "{key_id}" from application with object ID "{object_id}"'
            with saying(summary):
                _write(graph, object_id, kept)
            graph.wait_until(
                lambda: _entry(_key_credentials(graph, object_id), key_id) is None,
                f'deletion of certificate credential "{key_id}" from application with object ID "{object_id}"',
            )


def _key_credentials(graph: Graph, object_id: str) -> list[Document]:
    with saying(f"Retrieving {_shown(object_id)}", attribute="application_id"):
        return graph.get(f"/applications/{object_id}").get("keyCredentials") or []


def _write(graph: Graph, object_id: str, entries: list[Document]) -> None:
    body = {"@odata.type": "#microsoft.graph.application", "id": object_id, "keyCredentials": entries}
    graph.patch(f"/applications/{object_id}", body)


def _key_credential(planned: Values) -> Document:
    entry = {
        "key": _key(planned["value"], planned["encoding"]),
        "keyId": _given(planned["key_id"]) or str(uuid.uuid4()),
        "type": planned["type"] or "",
        "usage": "Verify",
    }
    for name, key in (("start_date", "startDateTime"), ("end_date", "endDateTime")):
        if _given(planned[name]):
            entry[key] = _without_fraction(planned[name])
    return entry


def _key(value: str, encoding: str) -> str:
    """Return base64 of PEM text, whatever the encoding: that is what the real provider sends."""
    if encoding == "pem":
        return base64.b64encode(value.encode()).decode()
    try:
        der = bytes.fromhex(value.strip()) if encoding == "hex" else base64.b64decode(value.strip(), validate=True)
    except (ValueError, binascii.Error) as error:
        name = "hexadecimal" if encoding == "hex" else encoding
        raise Refused(
            "Generating certificate credentials", f"failed to decode {name} certificate data", attribute="value"
        ) from error
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _PEM_LINE] for start in range(0, len(text), _PEM_LINE)]
    pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
    return base64.b64encode(pem.encode()).decode()


def _without_fraction(date: str) -> str:
    """Return the date in whole seconds, its offset kept."""
    moment = datetime.fromisoformat(date).replace(microsecond=0)
    return moment.isoformat().replace("+00:00", "Z") if moment.utcoffset() == timedelta(0) else moment.isoformat()


def _given(value: Value) -> str:
    return value if value is not UNKNOWN and value else ""


def _entry(entries: list[Document], key_id: str) -> Document | None:
    return next((entry for entry in entries if _is(entry, key_id)), None)


def _is(entry: Document, key_id: str) -> bool:
    return (entry.get("keyId") or "").lower() == key_id.lower()


def _shown(object_id: str) -> str:
    return f'Application (Application: "{object_id}")'
