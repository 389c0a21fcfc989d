"""Graph's documents about one application, read into the model: nothing here asks, and nothing judges."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers.model import Integration, Seen
from helpers.observing.application import application, requested
from helpers.observing.aside import Aside, seen
from helpers.observing.credentials import credentials
from helpers.observing.documents import Unread
from helpers.observing.grants import granted, granted_to_users
from helpers.observing.observed import Observed
from helpers.observing.owner_accounts import departed
from helpers.observing.service_principal import service_principal
from helpers.observing.values import identifier
from helpers.shapes import moment
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.observing.documents import Documents

_RESTORABLE = timedelta(days=30)  # graph-audit.md §A.3: soft-deleted twins
_LAST = datetime.max.replace(tzinfo=UTC) - _RESTORABLE
_OBJECTS = ("application", "service_principal", "deleted")
_PLAIN = ("client_id", "tenant_id", "resources")
_ON_REQUEST = ("key_credentials", "owner_accounts")
_NO_OBJECT = Unread("Graph's answer is not as it should be: no object")
_NO_OBJECTS = Unread("Graph's answer is not as it should be: no list of objects")


def observe(documents: Documents) -> Observed:
    """Return what Graph says of one application. Never raises: what is not as it should be was not seen."""
    documents = _held_to_shape(documents)
    aside = Aside()
    client_id = seen(lambda: identifier(_present(documents), "appId"))
    integration = Integration(
        tenant_id=documents.tenant_id.lower(),
        client_id=client_id if isinstance(documents.application, dict) else Seen(documents.client_id.lower()),
        application=application(documents, aside),
        service_principal=service_principal(documents, aside),
        requested=requested(documents, aside),
        granted=granted(documents, aside),
        credentials=credentials(documents, aside),
        granted_to_users=granted_to_users(documents),
    )
    _note_deletion(documents, aside)
    left, unknown = departed(documents)
    return Observed(
        replace(integration, gaps=frozenset(aside.gaps)),
        object_ids=_object_ids(documents),
        not_understood=tuple(aside.not_understood),
        noted=aside.noted,
        documents=documents,
        departed=left,
        departed_unknown=unknown,
    )


def _held_to_shape(documents: Documents) -> Documents:
    """Return documents in which every object is one, and every list holds nothing else."""
    sound: dict[str, Any] = {}
    for each in fields(documents):
        value = getattr(documents, each.name)
        if isinstance(value, Unread) or each.name in _PLAIN:
            continue
        if each.name in _OBJECTS:
            sound[each.name] = value if value is None or isinstance(value, dict) else _NO_OBJECT
        elif value is not None or each.name not in _ON_REQUEST:
            is_sound = isinstance(value, (list, tuple)) and all(isinstance(one, dict) for one in value)
            sound[each.name] = tuple(value) if is_sound else _NO_OBJECTS
    every: Mapping[str, object] = documents.resources
    resources = {id_: one for id_, one in every.items() if isinstance(one, dict)}
    return replace(documents, **sound, resources=resources)


def _present(documents: Documents) -> dict[str, Any]:
    return documents.application if isinstance(documents.application, dict) else {}


def _object_ids(documents: Documents) -> tuple[str, ...]:
    """Return the ids of both objects; of one that was deleted, the audit log goes on speaking by its id."""
    every = (documents.application, documents.service_principal, documents.deleted)
    ids = (each.get("id") for each in every if isinstance(each, dict))
    return tuple(dict.fromkeys(each.lower() for each in ids if isinstance(each, str)))


def _note_deletion(documents: Documents, aside: Aside) -> None:
    if documents.application is None and isinstance(documents.deleted, dict):
        when = documents.deleted.get("deletedDateTime")
        deleted = seen(lambda: moment(when, "`deletedDateTime`"))
        if isinstance(deleted, Seen) and deleted.items and deleted.items < _LAST:
            until = deleted.items + _RESTORABLE
            fact = f"deleted {deleted.items:%Y-%m-%d %H:%M} UTC, to be restored until {until:%Y-%m-%d %H:%M} UTC"
            aside.note(Surface.APPLICATION, fact)
