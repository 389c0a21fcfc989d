"""Sign-ins of an application's keys as Entra's logs hold them, and a look at them, without Entra."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers.model import CredentialKind, Holder
from helpers.usage import QUIET, Key, Sight, read_activities, read_sign_ins

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
CLIENT = "c1c1c1c1-0000-4000-8000-000000000001"
OLD, NEW, OTHER = (f"aaaaaaaa-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
_counter = iter(range(1_000_000))


def ago(days: float = 0, *, hours: float = 0) -> datetime:
    """Return so long before now."""
    return NOW - timedelta(days=days, hours=hours)


def row(key_id: str | None, when: datetime, error: int = 0, **more: Any) -> dict[str, Any]:  # noqa: ANN401 — any JSON
    """Return a row of the sign-in log."""
    return {
        "id": f"row-{next(_counter)}",
        "createdDateTime": when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "appId": CLIENT,
        "signInEventTypes": ["servicePrincipal"],
        "clientCredentialType": "certificate",
        "servicePrincipalCredentialKeyId": key_id,
        "servicePrincipalCredentialThumbprint": "odd",
        "ipAddress": "198.51.100.7",
        "resourceDisplayName": "Microsoft Graph",
        "status": {"errorCode": error, "failureReason": "Other."},
        **more,
    }


def activity(key_id: str, last: datetime | str | None, origin: str = "application") -> dict[str, Any]:
    """Return a row of the activity report."""
    when = last.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(last, datetime) else last
    return {
        "appId": CLIENT,
        "keyId": key_id,
        "keyType": "certificate",
        "credentialOrigin": origin,
        "signInActivity": {"lastSignInDateTime": when},
    }


def key(key_id: str, entry: str = "", *nodes: str, **more: Any) -> Key:  # noqa: ANN401 — a key's own fields
    """Return a certificate on the application; with an entry, a declared one."""
    return Key(key_id, CredentialKind.CERTIFICATE, frozenset({Holder.APPLICATION}), entry, nodes, **more)


def sight(
    *rows: dict[str, Any],
    keys: Iterable[Key] = (key(OLD, "psn-01", "psn-01", superseded=True), key(NEW, "psn-01-2027", "psn-01")),
    reported: Iterable[dict[str, Any]] = (),
    **more: Any,  # noqa: ANN401 — a sight's own fields
) -> Sight:
    """Return what was read: by default of a node with an old certificate and a new one."""
    return Sight(
        **{
            "now": NOW,
            "quiet": QUIET,
            "since": ago(30),
            "keys": tuple(keys),
            "sign_ins": read_sign_ins(rows, CLIENT),
            "reported": read_activities(reported, CLIENT),
            **more,
        }
    )


MOVED = (row(OLD, ago(12)), row(NEW, ago(11)), row(NEW, ago(hours=2)))
"""A node that presented the old certificate until twelve days ago, and the new one since."""
