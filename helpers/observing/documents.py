"""What Graph answered about one application, or why it did not: what a client brings and the reader understands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, and why, as a report says it: `needs Directory.Read.All (403)`."""

    reason: str


Listing = tuple[Document, ...] | Unread
"""A whole collection, every page of it; never one that was cut."""


@dataclass(frozen=True)
class Documents:
    """Everything Graph said about one application. JSON objects are as Graph's v1.0 shows them, beta where said.

    An object is None where Graph says there is none. `application` also carries what is shown on request alone
    (`authenticationBehaviors`, `isDisabled`). `deleted` is the application in the list of deleted ones, looked for
    where there is no `application`. `federated_credentials` are beta's, which alone tells a flexible one's expression.
    `delegated_grants` are those in which the application is the client. `directory_roles` are role assignments with
    their `roleDefinition`; `memberships` every group and role it is in, through others too. `policies` are those that
    apply to either object, each with `@odata.type`. `key_credentials` are the application's with their `key` where the
    bytes were asked for, else None. `owner_accounts` are the owners of both objects with `accountEnabled` where that
    was asked for, else None. `resources` are the service principals of APIs, by object id in lower case.
    """

    client_id: str
    tenant_id: str
    application: Document | Unread | None
    service_principal: Document | Unread | None
    deleted: Document | Unread | None = None
    application_owners: Listing = ()
    federated_credentials: Listing = ()
    service_principal_owners: Listing = ()
    app_role_assignments: Listing = ()
    delegated_grants: Listing = ()
    directory_roles: Listing = ()
    memberships: Listing = ()
    owned_objects: Listing = ()
    policies: Listing = ()
    key_credentials: Listing | None = None
    owner_accounts: Listing | None = None
    resources: Mapping[str, Document] = field(default_factory=dict)
