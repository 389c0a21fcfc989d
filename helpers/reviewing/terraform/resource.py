"""A resource as Terraform will have it, whoever said so: the form in which both front ends hand it to the mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from helpers.model import NotSeen, Seen
from helpers.reviewing.terraform.shapes import any_true
from helpers.shapes import Misshapen, short

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

T = TypeVar("T")

APPLICATION = "azuread_application"
SERVICE_PRINCIPAL = "azuread_service_principal"
CERTIFICATE = "azuread_application_certificate"
PASSWORD = "azuread_application_password"  # noqa: S105 — a type of resource
FEDERATED = "azuread_application_federated_identity_credential"
FLEXIBLE_FEDERATED = "azuread_application_flexible_federated_identity_credential"
PRINCIPAL_CERTIFICATE = "azuread_service_principal_certificate"
PRINCIPAL_PASSWORD = "azuread_service_principal_password"  # noqa: S105 — a type of resource
APP_ROLE_ASSIGNMENT = "azuread_app_role_assignment"
DELEGATED_GRANT = "azuread_service_principal_delegated_permission_grant"
OWNER = "azuread_application_owner"
API_ACCESS = "azuread_application_api_access"

UNKNOWN = "is known only once Terraform applies it"
SENSITIVE = "is marked sensitive, and is not shown"
# Sensitive by the provider's schema. A certificate is public all the same; a secret is never looked at.
_SENSITIVE_BY_SCHEMA = {(CERTIFICATE, "value"), (PRINCIPAL_CERTIFICATE, "value")}


@dataclass
class Notes:
    """What is to be said of one application beside its differences, in the order in which it was found.

    `imported` are addresses, `touched` what else happens to resources by address, where that is known.
    """

    outside: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)

    def not_seen(self, subject: str, reason: str) -> None:
        """Note a value that a review must know and does not."""
        self.unclear.append(f"{short(subject)} {short(reason)}")


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource on one side of a change.

    `address` pairs both sides; `label` is the address at its own time, which a move changes, and `former` the label
    before that move. `unknown` and `sensitive` run parallel to `values`. `links` leads from an attribute to the address
    it refers to, where the value is not there to tell. `configured` are the attributes that the code sets, and
    `provider` is the key of its provider's configuration. `declared` is the certificate that
    the code names where Terraform leaves alone what is there: an imported one, whose bytes it does not know.
    """

    address: str
    label: str
    type: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    sensitive: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    former: str = ""
    configured: Collection[str] = ()
    provider: str = ""
    declared: str = ""

    def hidden(self, attribute: str) -> str | None:
        """Say why an attribute cannot be read, if that is so."""
        if any_true(self.unknown.get(attribute)):
            return UNKNOWN
        if (self.type, attribute) not in _SENSITIVE_BY_SCHEMA and any_true(self.sensitive.get(attribute)):
            return SENSITIVE
        return None

    def known_text(self, attribute: str) -> str:
        """Return an attribute's text; empty where it is none, or hidden."""
        value = self.values.get(attribute)
        return value if isinstance(value, str) and self.hidden(attribute) is None else ""


def read(
    resource: Resource, attributes: tuple[str, ...], convert: Callable[[Mapping[str, Any]], T], notes: Notes
) -> Seen[T] | NotSeen:
    """Return what `convert` makes of a resource's values, if none of `attributes` is hidden from us.

    Whatever is hidden or has another form than it must have is noted: a review without it is not complete.
    """
    for attribute in attributes:
        reason = resource.hidden(attribute)
        if reason:
            notes.not_seen(f"`{attribute}` of {resource.label}", reason)
            return NotSeen(f"`{attribute}` {reason}")
    try:
        return Seen(convert(resource.values))
    except Misshapen as error:
        notes.not_seen(f"{resource.label}:", str(error))
        return NotSeen(f"cannot be understood: {error}")
