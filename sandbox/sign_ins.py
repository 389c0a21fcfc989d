"""What sign-ins leave behind: a row in the sign-in log, and the last use of a credential in the activity report.

Fields: graph-audit.md §C.1 and §C.2. Nobody has confirmed, but here it is so: a thumbprint is upper-case hexadecimal; a
refused assertion names the key where its thumbprint was found; a credential that was never used has no row in the
report, and one that was removed keeps its.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from helpers.errors import InputError
from helpers.moments import second
from sandbox.directory import Directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.store import Document
    from sandbox.world import World

KIND = "signIn"
ACTIVITY_KIND = "appCredentialSignInActivity"
_CERTIFICATE = "certificate"
_BLOCKED = 53003
# Both collections of either object, by what the two logs call such a credential.
_HELD = {"keyCredentials": _CERTIFICATE, "passwordCredentials": "clientSecret"}
_ORIGINS = ("application", "servicePrincipal")
_GRAPH = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True)
class SignIn:
    """A sign-in of a client, successful where `error_code` is 0. An empty `key_id` means that the row states none."""

    app_id: str
    when: datetime
    key_id: str = ""
    kind: str = _CERTIFICATE
    federated_id: str = ""
    resource: str = _GRAPH
    address: str = "127.0.0.1"
    error_code: int = 0
    reason: str = "Other."
    user_agent: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    correlation_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class _Credential:
    """A credential of an application, and which of its two objects holds it."""

    entry: Document
    kind: str
    origin: str

    @property
    def thumbprint(self) -> str:
        """SHA-1 of a certificate, empty for a secret."""
        if self.kind != _CERTIFICATE:
            return ""
        der = base64.b64decode(self.entry["key"])
        return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


@dataclass(frozen=True)
class PastSignIns:
    """Sign-ins of an application at times gone by: each becomes a `SignIn`, and is kept as `keep` says.

    `at` are times in ISO 8601 with an offset.
    """

    tenant_id: str
    app_id: str
    at: tuple[str, ...]
    key_id: str = ""
    kind: str = _CERTIFICATE
    resource: str = _GRAPH
    address: str = "127.0.0.1"
    error_code: int = 0
    thumbprint: str | None = None
    copies: int = 1
    in_report: bool = True

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read past sign-ins; raise InputError for what are none."""
        known = {each.name: each for each in fields(cls)}
        sent = document if isinstance(document, dict) else {}
        needed = {name for name, each in known.items() if each.default is MISSING}
        fits = needed <= set(sent) <= set(known) and all(_fits(known[name], value) for name, value in sent.items())
        if not fits:
            raise InputError("sign-ins", "are not of their form", "give them what sandbox/sign_ins.py says")
        past = cls(**{**sent, "at": tuple(sent["at"])})
        past.moments()
        return past

    def moments(self) -> list[datetime]:
        """Return when they were; raise InputError for what is no time."""
        try:
            moments = [datetime.fromisoformat(text) for text in self.at]
        except (TypeError, ValueError):
            moments = []
        if len(moments) < len(self.at) or any(moment.tzinfo is None for moment in moments):
            raise InputError("sign-ins.at", "holds something else than times", "write 2026-11-20T03:15:07Z")
        return moments

    def to_json(self) -> dict[str, Any]:
        """Return their fields."""
        return asdict(self)


def _fits(known: Field[Any], value: object) -> bool:
    if known.name == "at":
        return isinstance(value, list)
    if known.name == "thumbprint":
        return value is None or isinstance(value, str)
    return type(value) is (str if known.default is MISSING else type(known.default))


def keep_past(world: World, past: PastSignIns) -> None:
    """Write sign-ins down as if they had happened then.

    Raises:
        InputError: there is no such tenant, or a time is none.
    """
    tenant = world.store.get("", "tenant", past.tenant_id)
    if tenant is None:
        raise InputError(past.tenant_id, "is no tenant here", "`ise-intune sandbox status` lists them")
    directory = Directory(world.store, tenant["id"], tenant["cloud"])
    for moment in past.moments():
        sign_in = SignIn(
            past.app_id,
            moment,
            past.key_id,
            kind=past.kind,
            resource=past.resource,
            address=past.address,
            error_code=past.error_code,
            reason="Other." if not past.error_code else f"AADSTS{past.error_code}",
        )
        keep(directory, sign_in, thumbprint=past.thumbprint, copies=past.copies, in_report=past.in_report)


def keep(
    directory: Directory, sign_in: SignIn, *, thumbprint: str | None = None, copies: int = 1, in_report: bool = True
) -> None:
    """Write a sign-in down.

    `thumbprint` is written as it is, where it shall not be that of the credential; `copies` is how often the row was
    published, under one id; a report that is behind does not have it (`in_report`).
    """
    credential = _credential(directory, sign_in.app_id, sign_in.key_id)
    row = _row(directory, sign_in, credential)
    if thumbprint is not None:
        row["servicePrincipalCredentialThumbprint"] = thumbprint
    for copy in range(copies):
        directory.store.put(directory.tenant_id, KIND, f"{sign_in.id}#{copy}" if copy else sign_in.id, row)
    if credential is not None and in_report and not sign_in.error_code:
        _note_activity(directory, sign_in, credential)


def _credential(directory: Directory, app_id: str, key_id: str) -> _Credential | None:
    for origin, holder in _holders(directory, app_id):
        for collection, kind in _HELD.items():
            for entry in holder.get(collection) or ():
                if key_id and str(entry.get("keyId")).lower() == key_id.lower():
                    return _Credential(entry, kind, origin)
    return None


def _holders(directory: Directory, app_id: str) -> Iterator[tuple[str, Document]]:
    for origin in _ORIGINS:
        for document in directory.store.where(directory.tenant_id, origin, "appId", app_id):
            yield origin, document


def _row(directory: Directory, sign_in: SignIn, credential: _Credential | None) -> Document:
    holders = dict(_holders(directory, sign_in.app_id))
    principal = holders.get("servicePrincipal", {})
    name = principal.get("displayName") or holders.get("application", {}).get("displayName")
    resource = directory.service_principal_by_app_id(sign_in.resource) or {}
    return {
        "id": sign_in.id,
        "createdDateTime": second(sign_in.when),
        "appId": sign_in.app_id,
        "appDisplayName": name,
        "appOwnerTenantId": principal.get("appOwnerOrganizationId"),
        "authenticationProtocol": "none",
        "autonomousSystemNumber": None,
        "clientCredentialType": credential.kind if credential else sign_in.kind,
        "conditionalAccessStatus": "failure" if sign_in.error_code == _BLOCKED else "notApplied",
        "correlationId": sign_in.correlation_id,
        "federatedCredentialId": sign_in.federated_id,
        "ipAddress": sign_in.address,
        "isInteractive": False,
        "location": {"city": "", "state": "", "countryOrRegion": "", "geoCoordinates": {}},
        "resourceDisplayName": resource.get("displayName"),
        "resourceId": sign_in.resource,
        "resourceServicePrincipalId": resource.get("id"),
        "resourceTenantId": directory.tenant_id,
        "servicePrincipalCredentialKeyId": sign_in.key_id,
        "servicePrincipalCredentialThumbprint": credential.thumbprint if credential else "",
        "servicePrincipalId": principal.get("id") or "",
        "servicePrincipalName": name,
        "signInEventTypes": ["servicePrincipal"],
        "status": {"errorCode": sign_in.error_code, "failureReason": sign_in.reason, "additionalDetails": None},
        "uniqueTokenIdentifier": secrets.token_urlsafe(16) if not sign_in.error_code else "",
        "userAgent": sign_in.user_agent,
    }


def _note_activity(directory: Directory, sign_in: SignIn, credential: _Credential) -> None:
    """Let the report have the latest use of a credential."""
    entry, when = credential.entry, second(sign_in.when)
    identifier = base64.b64encode(f"{sign_in.key_id.lower()}|{credential.origin}".encode()).decode()
    present = directory.store.get(directory.tenant_id, ACTIVITY_KIND, identifier)
    if present is not None and present["signInActivity"]["lastSignInDateTime"] >= when:
        return
    holders = dict(_holders(directory, sign_in.app_id))
    document = {
        "id": identifier,
        "appId": sign_in.app_id,
        "appObjectId": holders.get("application", {}).get("id"),
        "createdDateTime": entry.get("startDateTime"),
        "credentialOrigin": credential.origin,
        "expirationDateTime": entry.get("endDateTime"),
        "keyId": sign_in.key_id,
        "keyType": credential.kind,
        "keyUsage": str(entry.get("usage") or "Verify").lower(),
        "resourceId": (directory.service_principal_by_app_id(sign_in.resource) or {}).get("id"),
        "servicePrincipalObjectId": holders.get("servicePrincipal", {}).get("id"),
        "signInActivity": {"lastSignInDateTime": when, "lastSignInRequestId": sign_in.id},
    }
    directory.store.put(directory.tenant_id, ACTIVITY_KIND, identifier, document)
