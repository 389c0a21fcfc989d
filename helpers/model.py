"""The model: what exists in Entra for one ISE deployment, whoever says so.

An environment file, a plan, a synthesized stack and Graph are all read into `Integration`, and one function compares
two of them. Everything is frozen and hashable; order never means anything, so collections are frozensets.
Identifiers are lower-cased GUIDs; times are aware datetimes in UTC, without fractions of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 — pydantic reads these annotations at run time (helpers/canonical.py)
from enum import StrEnum
from typing import Generic, TypeVar

from helpers.surfaces import Surface  # noqa: TC001 — the same

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Seen(Generic[T_co]):
    """A surface that was looked at, and what is there. An empty set means none."""

    items: T_co


@dataclass(frozen=True)
class NotSeen:
    """A surface nobody looked at, or that could not be read, and why. Never the same as none."""

    reason: str


class PermissionType(StrEnum):
    """How a permission is used: by the application itself, or in the name of a signed-in user."""

    APPLICATION = "application"
    DELEGATED = "delegated"


@dataclass(frozen=True, order=True)
class Permission:
    """A permission on an API: `api` is the API's client id, `id` the app role's or scope's id."""

    api: str
    id: str
    type: PermissionType


class CredentialKind(StrEnum):
    """What proves the application's identity.

    A certificate verifies what ISE signed. `OTHER_KEY` is any other key credential: a symmetric key, one that signs.
    """

    CERTIFICATE = "certificate"
    SECRET = "secret"  # noqa: S105 — a kind of credential, not a secret
    FEDERATED = "federated"
    OTHER_KEY = "other_key"


class Holder(StrEnum):
    """Which of the two objects carries a credential; both can sign in."""

    APPLICATION = "application"
    SERVICE_PRINCIPAL = "service_principal"


@dataclass(frozen=True)
class Credential:
    """One way to sign in. `fingerprint` is the SHA-256 of a certificate's DER in upper-case hex."""

    kind: CredentialKind
    holder: Holder
    key_id: str
    fingerprint: Seen[str] | NotSeen
    not_before: datetime | None = None
    not_after: datetime | None = None


class Existence(StrEnum):
    """Whether an object is in the directory; a deleted one can be restored for 30 days."""

    PRESENT = "present"
    DELETED = "deleted"
    ABSENT = "absent"


@dataclass(frozen=True)
class Exposure:
    """Who else may sign in through the application, where answers may be sent, and what others may ask of it.

    As it stands here it is what an application for ISE has. `app_roles` and `scopes` are values that others can be
    granted; `authorized_clients` are client ids that need no consent for them. `settings` are further properties that
    are not as a registration has them by default, each as `property: value`.
    """

    sign_in_audience: str = "AzureADMyOrg"
    redirect_uris: frozenset[str] = frozenset()
    identifier_uris: frozenset[str] = frozenset()
    public_client: bool = False
    app_roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    authorized_clients: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()


# What nobody declares is declared not to be: a reader that does not know these surfaces says so by leaving them out.
_PRESENT: Seen[Existence] = Seen(Existence.PRESENT)
_ENABLED: Seen[bool] = Seen(True)  # noqa: FBT003 — a value, not a switch
_NONE: Seen[frozenset[str]] = Seen(frozenset())


@dataclass(frozen=True)
class Application:
    """The application object: the definition, with its own owners. Text that is not set is empty.

    `enabled` is false where it was deactivated, by the tenant or by Microsoft.
    """

    object_id: Seen[str] | NotSeen
    display_name: Seen[str] | NotSeen
    notes: Seen[str] | NotSeen
    service_management_reference: Seen[str] | NotSeen
    owners: Seen[frozenset[str]] | NotSeen
    exposure: Seen[Exposure] | NotSeen
    existence: Seen[Existence] | NotSeen = _PRESENT
    enabled: Seen[bool] | NotSeen = _ENABLED


@dataclass(frozen=True)
class ServicePrincipal:
    """The application's identity in the tenant, with owners of its own.

    `settings` are as in `Exposure`. `directory_roles`, `groups`, `owned_objects` and `policies` are texts that begin
    with the object's id and say what it is.
    """

    object_id: Seen[str] | NotSeen
    owners: Seen[frozenset[str]] | NotSeen
    enabled: Seen[bool] | NotSeen
    existence: Seen[Existence] | NotSeen = _PRESENT
    settings: Seen[frozenset[str]] | NotSeen = _NONE
    directory_roles: Seen[frozenset[str]] | NotSeen = _NONE
    groups: Seen[frozenset[str]] | NotSeen = _NONE
    owned_objects: Seen[frozenset[str]] | NotSeen = _NONE
    policies: Seen[frozenset[str]] | NotSeen = _NONE


@dataclass(frozen=True)
class Gap:
    """A part of what was seen that was not seen, and why: federated credentials, say, beside certificates."""

    surface: Surface
    reason: str


@dataclass(frozen=True)
class Integration:
    """What exists in Entra for one ISE deployment.

    `requested` are the permissions the application asks for, `granted` those an administrator consented to for the
    whole tenant, `granted_to_users` what single users can be signed in for, each as `scope on API for user id`.
    `credentials` are all there are, whoever holds them; `gaps` are kinds of them, or their bytes, that were not seen.
    """

    tenant_id: str
    client_id: Seen[str] | NotSeen
    application: Application
    service_principal: ServicePrincipal
    requested: Seen[frozenset[Permission]] | NotSeen
    granted: Seen[frozenset[Permission]] | NotSeen
    credentials: Seen[frozenset[Credential]] | NotSeen
    granted_to_users: Seen[frozenset[str]] | NotSeen = _NONE
    gaps: frozenset[Gap] = frozenset()


def stated(surface: Seen[T] | NotSeen) -> T:
    """Return what a surface holds that a declaration always states. Raises LookupError where it was not seen."""
    if isinstance(surface, Seen):
        return surface.items
    message = f"not declared: {surface.reason}"
    raise LookupError(message)
