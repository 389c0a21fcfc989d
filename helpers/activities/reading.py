"""Read Graph's `directoryAudits`: successful ones alone, whatever state the records are in.

Spellings and traps: verbs of consents say the wrong thing, so what was given and what was taken is read from the values
wherever they state it; category and target order mean nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helpers.activities.activity import CONSENT, Activity, Change, Key, Modified, Target
from helpers.activities.actors import actor_of, address_of, fields, text
from helpers.activities.values import consented, keys, scopes, texts
from helpers.shapes import Misshapen, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

_KEY_DESCRIPTION = "keydescription"
_INCLUDED = "includedupdatedproperties"
# They say what the target is, not what became of it.
_NO_CHANGES = ("targetid.", "includedupdatedproperties")
_TAKING = ("remove", "delete", "hard delete", "unassign")
_GIVING = ("add", "assign", "restore")
_OWNED = ("application.objectid", "serviceprincipal.objectid")


def read_activities(records: Iterable[Mapping[str, Any]]) -> tuple[Activity, ...]:
    """Return what the records tell, newest first, each once; what failed or cannot be read is left out."""
    found = [activity for record in records if (activity := _activity(record)) is not None]
    consents = {each.correlation_id for each in found if each.is_consent}
    known = dict.fromkeys(_without_service_address(each, consents) for each in found)
    return tuple(sorted(known, key=lambda each: each.when, reverse=True))


def count_unreadable(records: Iterable[Mapping[str, Any]]) -> int:
    """Return how many records say not even when they are of, and so were left out."""
    return sum(_moment(fields(record).get("activityDateTime")) is None for record in records)


def _activity(record: object) -> Activity | None:
    said = fields(record)
    when, result = _moment(said.get("activityDateTime")), text(said.get("result")).casefold()
    if when is None or result not in ("", "success"):
        return None
    activity = text(said.get("activityDisplayName"))
    targets = tuple(_targets(said))
    modified = tuple(_modified(said))
    return Activity(
        when=when,
        activity=activity,
        actor=actor_of(said.get("initiatedBy")),
        address="" if activity.casefold() == CONSENT else address_of(said.get("initiatedBy")),
        targets=targets,
        correlation_id=text(said.get("correlationId")).lower(),
        change=_change(activity, text(said.get("operationType")), targets, modified),
        ids=frozenset(_ids(targets, modified)),
    )


def _without_service_address(activity: Activity, consents: set[str]) -> Activity:
    """Return a part of a consent without the address, which is Microsoft's there."""
    is_part = activity.is_grant and activity.correlation_id and activity.correlation_id in consents
    return replace(activity, address="") if is_part else activity


def _moment(value: object) -> datetime | None:
    try:
        return moment(value, "activityDateTime")
    except Misshapen:
        return None


def _targets(record: dict[str, Any]) -> Iterator[Target]:
    for each in _objects(record.get("targetResources")):
        name = text(each.get("userPrincipalName")) or text(each.get("displayName"))
        yield Target(text(each.get("id")).lower(), text(each.get("type")), name)


def _modified(record: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Yield name, old and new value of every modified property, of whichever target."""
    for target in _objects(record.get("targetResources")):
        for each in _objects(target.get("modifiedProperties")):
            yield text(each.get("displayName")), each.get("oldValue"), each.get("newValue")


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _ids(targets: Iterable[Target], modified: Iterable[tuple[str, object, object]]) -> Iterator[str]:
    yield from (target.id for target in targets if target.id)
    for name, old, new in modified:
        if name.casefold().endswith((".objectid", ".templateid")):
            yield from (value.lower() for value in (*(texts(old) or ()), *(texts(new) or ())) if value)


def _change(
    activity: str, operation: str, targets: tuple[Target, ...], modified: tuple[tuple[str, object, object], ...]
) -> Change:
    properties = tuple(Modified(name, texts(old), texts(new)) for name, old, new in modified)
    values = {each.name.casefold(): each for each in properties}
    added, removed, understood = _keys(modified)
    before, after = _scopes(values)
    return Change(
        adds=_adds(activity, operation),
        keys_added=added,
        keys_removed=removed,
        keys_understood=understood,
        app_role=_app_role(values),
        clients=_either(values.get("serviceprincipal.objectid")),
        users=_either(values.get("user.objectid")) | _either(values.get("delegatedpermissiongrant.principalid")),
        apis=_apis(values),
        scopes_before=before,
        scopes_after=after,
        owner_ids=_owner_ids(activity, targets, values),
        role=_first(values.get("role.displayname")),
        properties=tuple(_named(properties)),
    )


def _keys(modified: Iterable[tuple[str, object, object]]) -> tuple[tuple[Key, ...], tuple[Key, ...], bool]:
    """Return the credentials that are there after and not before, the other way round, and whether all were read."""
    added: list[Key] = []
    removed: list[Key] = []
    understood = True
    for name, old, new in modified:
        if name.casefold() == _KEY_DESCRIPTION:
            before, after = keys(old), keys(new)
            if before is None or after is None:
                understood = False
            else:
                added += (after[each] for each in sorted(after.keys() - before.keys()))
                removed += (before[each] for each in sorted(before.keys() - after.keys()))
    return tuple(added), tuple(removed), understood


def _scopes(values: Mapping[str, Modified]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the delegated permissions on both sides; a grant says more than the consent that it came of."""
    granted = values.get("delegatedpermissiongrant.scope")
    if granted is not None:
        return scopes(granted.before), scopes(granted.after)
    permissions = values.get("consentaction.permissions")
    return (frozenset(), frozenset()) if permissions is None else consented(permissions.after)


def _adds(activity: str, operation: str) -> bool | None:
    for verb in (activity.casefold(), operation.casefold()):
        if verb.startswith(_TAKING):
            return False
        if verb.startswith(_GIVING):
            return True
    return None


def _app_role(values: Mapping[str, Modified]) -> tuple[str, str] | None:
    identifier = _first(values.get("approle.id")).lower()
    return (identifier, _first(values.get("approle.value"))) if identifier else None


def _apis(values: Mapping[str, Modified]) -> frozenset[str]:
    """Return the names of the API whose permission was given; of a consent the same property names the client."""
    names = values.get("targetid.serviceprincipalnames") if "approle.id" in values else None
    return (
        frozenset(
            name.lower() for side in (names.after, names.before) for text_ in side or () for name in text_.split(";")
        )
        if names
        else frozenset()
    )


def _owner_ids(activity: str, targets: Iterable[Target], values: Mapping[str, Modified]) -> frozenset[str]:
    """Return who became an owner or ceased to be one: the targets but for what is owned."""
    if "owner" not in activity.casefold().split():
        return frozenset()
    owned = frozenset(identifier for name in _OWNED for identifier in _either(values.get(name)))
    if not owned:
        owned = frozenset(target.id for target in targets if target.type.casefold() == "application")
    return frozenset(target.id for target in targets if target.id and target.id not in owned)


def _named(properties: Iterable[Modified]) -> Iterator[Modified]:
    """Yield the properties that changed, those included that the log only names."""
    told = [each for each in properties if each.name and not _says_no_change(each.name)]
    yield from told
    known = {each.name.casefold() for each in told}
    for each in properties:
        if each.name.casefold().replace(" ", "") == _INCLUDED:
            names = dict.fromkeys(name.strip() for text_ in each.after or () for name in text_.split(","))
            yield from (Modified(name, None, None) for name in names if name and name.casefold() not in known)


def _says_no_change(name: str) -> bool:
    return name.casefold().replace(" ", "").startswith(_NO_CHANGES)


def _first(modified: Modified | None) -> str:
    """Return the value after, or the one before where there is none after."""
    return next(iter((modified.after or modified.before or ()) if modified else ()), "")


def _either(modified: Modified | None) -> frozenset[str]:
    """Return the ids on either side, in lower case."""
    sides = (*(modified.before or ()), *(modified.after or ())) if modified else ()
    return frozenset(side.lower() for side in sides if side)
