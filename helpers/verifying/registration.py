"""What the directory says of the chain without any credential of ISE's: objects, certificates, permissions, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import CredentialKind, Existence, Holder, NotSeen, PermissionType, Seen
from helpers.moments import minute
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api
from helpers.verifying.links import (
    ROLE_FOR_QUERIES,
    ROLES_FOR_DISCOVERY,
    Link,
    broken,
    not_tested,
    works,
)
from helpers.verifying.meanings import ENTRA, NOT_REQUESTED, PLATFORM, RENEW, Meaning, without_consent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from helpers.model import Credential, Integration, Permission
    from helpers.outputs import DeployedCertificate, StackOutputs

# Whose permission, and which are enough: to find the service, and to ask it.
_NEEDED = ((MICROSOFT_GRAPH, ROLES_FOR_DISCOVERY), (INTUNE_API, (ROLE_FOR_QUERIES,)))
APPLICATION, SERVICE_PRINCIPAL = "application", "service principal"
REQUESTED, CONSENT = "permissions asked for", "admin consent"
_UNCHANGED = Meaning(
    "what was deployed is not there any more", PLATFORM, "`ise-intune drift` says who did it; deploy again"
)
_DISABLED = Meaning(
    "nobody can sign in as it", ENTRA, "enable it, once it is known why it was disabled: `ise-intune drift` says who"
)


def certificate_link(entry: str) -> str:
    """Return the name of the link of a certificate entry."""
    return f"certificate {entry}"


def registration_links(observed: Integration, outputs: StackOutputs, now: datetime) -> tuple[Link, ...]:
    """Return the links of everything that must be in the directory before ISE can sign in at `now` (aware)."""
    return (
        _there(APPLICATION, observed.application.existence, observed.application.enabled),
        _there(SERVICE_PRINCIPAL, observed.service_principal.existence, observed.service_principal.enabled),
        *_certificates(observed.credentials, outputs.certificates, now),
        _permissions(REQUESTED, _asked_for(observed), NOT_REQUESTED, "asked for"),
        _permissions(CONSENT, observed.granted, without_consent(outputs.admin_consent_url), "granted"),
    )


def _there(name: str, existence: Seen[Existence] | NotSeen, enabled: Seen[bool] | NotSeen) -> Link:
    if isinstance(existence, NotSeen):
        return not_tested(name, existence.reason)
    if existence.items is not Existence.PRESENT:
        gone = "was deleted, and can be restored" if existence.items is Existence.DELETED else "is not there"
        return broken(name, f"it {gone}", _UNCHANGED)
    if isinstance(enabled, NotSeen):
        return not_tested(name, enabled.reason)
    return works(name, "there, and enabled") if enabled.items else broken(name, "it is disabled", _DISABLED)


def _certificates(
    credentials: Seen[frozenset[Credential]] | NotSeen, deployed: Mapping[str, DeployedCertificate], now: datetime
) -> Iterator[Link]:
    for entry, certificate in sorted(deployed.items()):
        name = certificate_link(entry)
        if isinstance(credentials, NotSeen):
            yield not_tested(name, credentials.reason)
            continue
        registered = [each for each in credentials.items if _is(each, certificate)]
        yield _certificate(name, certificate, registered[0] if registered else None, now)


def _is(credential: Credential, certificate: DeployedCertificate) -> bool:
    return (
        credential.kind is CredentialKind.CERTIFICATE
        and credential.holder is Holder.APPLICATION
        and credential.key_id == certificate.key_id.lower()
    )


def _certificate(name: str, certificate: DeployedCertificate, registered: Credential | None, now: datetime) -> Link:
    nodes = ", ".join(certificate.nodes)
    if registered is None:
        return broken(name, f"the certificate of {nodes} is not on the application", _UNCHANGED)
    if registered.not_after is not None and registered.not_after <= now:
        return broken(name, f"the certificate of {nodes} ended {minute(registered.not_after)}", RENEW)
    if registered.not_before is not None and registered.not_before > now:
        return broken(name, f"the certificate of {nodes} begins only {minute(registered.not_before)}", RENEW)
    return works(name, f"{nodes}: registered")


def _asked_for(observed: Integration) -> Seen[frozenset[Permission]] | NotSeen:
    """Return the permissions asked for; what was granted needs no asking any more, and that it is not is drift."""
    if isinstance(observed.requested, Seen) and isinstance(observed.granted, Seen):
        return Seen(observed.requested.items | observed.granted.items)
    return observed.requested


def _permissions(name: str, seen: Seen[frozenset[Permission]] | NotSeen, meaning: Meaning, done: str) -> Link:
    """Return the link of what ISE needs: one permission to find the service, one to ask it."""
    if isinstance(seen, NotSeen):
        return not_tested(name, seen.reason)
    found: list[str] = []
    lacking: list[str] = []
    for api, enough in _NEEDED:
        has = next((role for role in enough if _has(seen.items, api, role)), "")
        (found if has else lacking).append(has or enough[0])
    if lacking:
        return broken(name, f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} not {done}", meaning)
    return works(name, f"{' and '.join(found)} are {done}")


def _has(permissions: frozenset[Permission], api: str, role: str) -> bool:
    known = find_api(api)
    identifier = known.permissions.get((PermissionType.APPLICATION, role))
    return any(
        each.api == known.app_id and each.id == identifier and each.type is PermissionType.APPLICATION
        for each in permissions
    )
