"""What a change touches that the model does not know, in plain words: nothing that a plan does is passed over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.reviewing.terraform.resource import (
    API_ACCESS,
    APP_ROLE_ASSIGNMENT,
    APPLICATION,
    CERTIFICATE,
    DELEGATED_GRANT,
    FEDERATED,
    FLEXIBLE_FEDERATED,
    OWNER,
    PASSWORD,
    PRINCIPAL_CERTIFICATE,
    PRINCIPAL_PASSWORD,
    SERVICE_PRINCIPAL,
    Resource,
)
from helpers.reviewing.terraform.shapes import any_true
from helpers.reviewing.terraform.side import redirect_uris
from helpers.shapes import Misshapen, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# By type, the attributes that the model holds, or that follow from those. All others are named when they change.
_CERTIFICATE = {"application_id", "encoding", "end_date", "end_date_relative", "key_id", "start_date", "type", "value"}
_SECRET = {"application_id", "end_date", "end_date_relative", "key_id", "rotate_when_changed", "start_date", "value"}
UNDERSTOOD: Mapping[str, set[str]] = {
    APPLICATION: {
        "app_role_ids",
        "client_id",
        "display_name",
        "fallback_public_client_enabled",
        "identifier_uris",
        "logo_url",
        "notes",
        "oauth2_permission_scope_ids",
        "object_id",
        "owners",
        "password",
        "publisher_domain",
        "required_resource_access",
        "service_management_reference",
        "sign_in_audience",
    },
    SERVICE_PRINCIPAL: {
        "account_enabled",
        "app_role_ids",
        "app_roles",
        "application_tenant_id",
        "client_id",
        "display_name",
        "homepage_url",
        "logout_url",
        "oauth2_permission_scope_ids",
        "oauth2_permission_scopes",
        "object_id",
        "owners",
        "redirect_uris",
        "saml_metadata_url",
        "service_principal_names",
        "sign_in_audience",
        "type",
    },
    CERTIFICATE: _CERTIFICATE,
    PRINCIPAL_CERTIFICATE: _CERTIFICATE | {"service_principal_id"},
    PASSWORD: _SECRET,
    PRINCIPAL_PASSWORD: _SECRET | {"service_principal_id"},
    FEDERATED: {"application_id", "credential_id"},
    FLEXIBLE_FEDERATED: {"application_id", "credential_id"},
    APP_ROLE_ASSIGNMENT: {
        "app_role_id",
        "principal_display_name",
        "principal_object_id",
        "principal_type",
        "resource_display_name",
        "resource_object_id",
    },
    DELEGATED_GRANT: {"claim_values", "resource_service_principal_object_id", "service_principal_object_id"},
    OWNER: {"application_id", "owner_object_id"},
    API_ACCESS: {"api_client_id", "application_id", "role_ids", "scope_ids"},
}
_EVERYWHERE = {"id", "timeouts"}
# What a new resource of the stacks carries; only a change of it is worth a word.
_GUARDS = {"prevent_duplicate_names"}
# What Entra says of what nobody set.
_DEFAULTS = {"requested_access_token_version": 1, "visible_to_users": True}


@dataclass(frozen=True)
class Change:
    """What happens to one resource: both sides of it, and what Terraform does that the sides do not tell.

    `forgotten`: Terraform no longer keeps it, and it stays in Entra. `imported`: it was there before Terraform knew.
    `replaced`: another one takes its place. `gap`: the old one goes before the new one is there.
    """

    address: str
    type: str
    before: Resource | None
    after: Resource | None
    forgotten: bool = False
    imported: bool = False
    replaced: bool = False
    gap: bool = False

    @property
    def leaves(self) -> bool:
        """Whether Terraform keeps nothing in this place afterwards, be it destroyed or forgotten."""
        return self.after is None or (self.forgotten and self.after is self.before)

    @property
    def verb(self) -> str:
        """What happens, as a sentence says it; empty for nothing."""
        if self.forgotten:
            return "is forgotten: Terraform no longer keeps it, and it stays as it is"
        if self.replaced:
            return "is replaced"
        if self.before is None:
            return "is created"
        if self.after is None:
            return "is destroyed"
        return "is changed" if _differs(self.before, self.after) else ""


def beyond_model(change: Change) -> Iterator[str]:
    """Yield what a change does that neither an `Integration` nor the certificate entries show."""
    name = short(change.address)
    if change.type not in UNDERSTOOD:
        if change.imported:
            yield f"{name} is taken into Terraform's state by an import; it was there before"
        if change.verb:
            yield f"{name} {change.verb}: this review does not know what it is for"
        return
    if change.forgotten:
        yield f"{name} {change.verb}"
    if change.replaced and change.type in {APPLICATION, SERVICE_PRINCIPAL}:
        yield f"{name} is replaced: another object with other ids; consent is lost, and ISE has to be told the new ones"
    elif change.after is None and change.type == SERVICE_PRINCIPAL:
        yield f"{name} is destroyed: nothing signs in as the application any more, and consent is lost"
    elif change.gap and change.type in {CERTIFICATE, PRINCIPAL_CERTIFICATE}:
        yield f"{name} is taken away before its replacement is there: ISE cannot sign in with it meanwhile"
    if change.type in {FEDERATED, FLEXIBLE_FEDERATED} and change.after and change.verb:
        subject, issuer = (short(change.after.known_text(each)) or "(not known)" for each in ("subject", "issuer"))
        yield f"{name} trusts {subject} of {issuer} to sign in as the application"
    yield from _attributes(change, name)


def _attributes(change: Change, name: str) -> Iterator[str]:
    if change.after is None:
        return
    after, before = change.after, change.before
    passed_over = UNDERSTOOD[change.type] | _EVERYWHERE | (_GUARDS if before is None else set())
    earlier: Mapping[str, Any] = before.values if before else {}
    attributes = sorted((earlier.keys() | after.values.keys() | after.unknown.keys()) - passed_over)
    changed = [attribute for attribute in attributes if _changes(attribute, before, after)]
    if changed:
        verb = "changes" if before else "sets"
        yield f"{name} {verb} {', '.join(f'`{short(each)}`' for each in changed)}, outside what this review compares"
    if before and _redirects_move(before, after):
        yield f"{name} moves redirect URIs to another kind of client"


def _changes(attribute: str, before: Resource | None, after: Resource) -> bool:
    """Say whether an attribute changes beyond what the model holds; unset and empty are the same."""
    earlier, later = before.values.get(attribute) if before else None, after.values.get(attribute)
    if any_true(after.unknown.get(attribute)):
        if before is None:
            return attribute in after.configured
        return earlier != later or not any_true(before.unknown.get(attribute))
    return earlier != later and _told(earlier) != _told(later)


def _told(value: Any) -> Any:  # noqa: ANN401 — any JSON value
    """Return a value without what is empty or a default, and lists in one order; None for nothing at all."""
    if isinstance(value, dict):
        kept = {
            key: told
            for key, inner in value.items()
            if key != "redirect_uris" and inner != _DEFAULTS.get(key) and (told := _told(inner)) is not None
        }
        return kept or None
    if isinstance(value, list):
        told_items = [told for inner in value if (told := _told(inner)) is not None]
        return sorted(told_items, key=lambda each: json.dumps(each, sort_keys=True)) or None
    return None if value is False or value == "" else value


def _redirects_move(before: Resource, after: Resource) -> bool:
    if before.type != APPLICATION or before.values == after.values:
        return False
    try:
        one, other = redirect_uris(before.values), redirect_uris(after.values)
    except Misshapen:
        return False  # said where exposure is read
    return one != other and frozenset().union(*one.values()) == frozenset().union(*other.values())


def _differs(before: Resource, after: Resource) -> bool:
    return before.values != after.values or (any_true(after.unknown) and not any_true(before.unknown))
