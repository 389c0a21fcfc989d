"""Watching the store while somebody acts, and writing down what that came to."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from typing import TYPE_CHECKING

from sandbox.audit.activities import Touched, activities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.audit.activities import Activity
    from sandbox.audit.actors import Actor
    from sandbox.directory import Directory
    from sandbox.store import Change, Document
    from sandbox.world import World

KIND = "directoryAudit"


@contextlib.contextmanager
def recorded(world: World, directory: Directory, actor: Actor) -> Iterator[None]:
    """Record every change of one operation, under one correlation id; a refused one is not a change."""
    with world.store.watched() as changes:
        yield
    world.conditions.note(changes, now=world.now())
    correlation_id = str(uuid.uuid4())
    found = activities(_touched(directory, changes), directory, consents=actor.consents)
    for number, activity in enumerate(found):
        record = _record(activity, actor, correlation_id=correlation_id, number=number, now=world.now())
        world.store.put(directory.tenant_id, KIND, record["id"], record)


def _touched(directory: Directory, changes: list[Change]) -> list[Touched]:
    """Return what became of each object: an operation may store one twice, or store it as it was."""
    net: dict[tuple[str, str], Touched] = {}
    for change in changes:
        if change.tenant != directory.tenant_id.lower():
            continue
        identifier = str(((change.after or change.before) or {}).get("id")).lower()
        earlier = net.get((change.kind, identifier))
        before = change.before if earlier is None else earlier.before
        net[change.kind, identifier] = Touched(change.kind, before, change.after)
    return [touched for touched in net.values() if touched.before != touched.after]


def _record(activity: Activity, actor: Actor, *, correlation_id: str, number: int, now: datetime) -> Document:
    details = [{"key": "User-Agent", "value": actor.user_agent}] if actor.user_agent else []
    return {
        "id": f"Directory_{correlation_id}_{secrets.token_hex(3).upper()}_{number}",
        "category": activity.category,
        "correlationId": correlation_id,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": activity.name,
        # Ticks of 100 ns, as Graph writes this time: one digit more than a client may expect.
        "activityDateTime": now.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z",
        "loggedByService": "Core Directory",
        "operationType": activity.operation,
        "initiatedBy": actor.initiated_by,
        "targetResources": list(activity.targets),
        "additionalDetails": details,
    }
