"""A plan to measure with: as many applications as asked for, each with certificates of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from bench.certificates import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TENANT = "11111111-2222-3333-4444-555555555555"
_DEPLOYER = "66666666-7777-8888-9999-000000000000"
_GRAPH = "00000003-0000-0000-c000-000000000000"
_READ, _MORE = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"
_PROVIDER = "registry.terraform.io/hashicorp/azuread"
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
# What the provider says of every application and service principal, needed or not: most of a plan is this.
_UNSET = dict.fromkeys(
    (
        "app_role", "app_role_ids", "alternative_names", "app_roles", "description", "feature_tags", "features",
        "group_membership_claims", "homepage_url", "identifier_uris", "login_url", "logo_image", "logo_url",
        "logout_url", "marketing_url", "notes", "notification_email_addresses", "oauth2_permission_scope_ids",
        "oauth2_permission_scopes", "optional_claims", "password", "preferred_single_sign_on_mode",
        "privacy_statement_url", "public_client", "redirect_uris", "saml_metadata_url", "saml_single_sign_on",
        "service_management_reference", "service_principal_names", "single_page_application", "support_url", "tags",
        "template_id", "terms_of_service_url", "timeouts", "web",
    )
)  # fmt: skip


def write_plan(path: Path, applications: int) -> None:
    """Write a plan as Terraform shows it: every application gains a permission, and a certificate beside its own."""
    pems = make_certificates(2 * applications, since=_SINCE)
    changes = [change for number in range(applications) for change in _changes(number, next(pems), next(pems))]
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [_state(each, "after") for each in changes]}},
        "resource_changes": changes,
        "prior_state": {"values": {"root_module": {"resources": [*map(_prior, changes), *_graph()]}}},
        "configuration": _configuration(changes),
        "complete": True,
        "errored": False,
    }
    path.write_text(json.dumps(plan), encoding="utf-8")


def _changes(number: int, kept: str, added: str) -> Iterator[dict[str, Any]]:
    application, principal, client = (_id(f"{kind} {number}") for kind in ("application", "principal", "client"))
    was = {
        **_UNSET,
        "id": f"/applications/{application}",
        "object_id": application,
        "client_id": client,
        "display_name": f"Cisco ISE {number}",
        "owners": [_DEPLOYER],
        "sign_in_audience": "AzureADMyOrg",
        "required_resource_access": [_access(_READ)],
    }
    yield _change(
        f"azuread_application.application-{number}", was, {**was, "required_resource_access": [_access(_READ, _MORE)]}
    )
    there = {
        **_UNSET,
        "id": f"/servicePrincipals/{principal}",
        "object_id": principal,
        "client_id": client,
        "owners": [_DEPLOYER],
        "account_enabled": True,
    }
    yield _change(f"azuread_service_principal.principal-{number}", there, there)
    one, other = (_certificate(application, f"{name} {number}", pem) for name, pem in (("old", kept), ("new", added)))
    yield _change(f"azuread_application_certificate.old-{number}", one, one)
    yield _change(f"azuread_application_certificate.new-{number}", None, other)
    assigned = {"app_role_id": _READ, "principal_object_id": principal, "resource_object_id": _id("graph")}
    yield _change(f"azuread_app_role_assignment.read-{number}", assigned, assigned)
    yield _change(f"azuread_app_role_assignment.more-{number}", None, {**assigned, "app_role_id": _MORE})


def _change(address: str, before: dict[str, Any] | None, after: dict[str, Any]) -> dict[str, Any]:
    actions = ["create"] if before is None else ["no-op"] if before == after else ["update"]
    return {
        **_named(address),
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {} if before else {"id": True},
            "before_sensitive": {"value": True} if before and "value" in before else {},
            "after_sensitive": {"value": True} if "value" in after else {},
        },
    }


def _named(address: str) -> dict[str, Any]:
    type_, _, name = address.partition(".")
    return {"address": address, "mode": "managed", "type": type_, "name": name, "provider_name": _PROVIDER}


def _prior(change: dict[str, Any]) -> dict[str, Any]:
    return _state(change, "before")


def _state(change: dict[str, Any], side: str) -> dict[str, Any]:
    return {**_named(change["address"]), "values": change["change"][side] or {}, "sensitive_values": {}}


def _graph() -> Iterator[dict[str, Any]]:
    address = "azuread_service_principal.graph"
    yield {
        **_named(address),
        "address": f"data.{address}",
        "mode": "data",
        "values": {"client_id": _GRAPH, "object_id": _id("graph")},
    }


def _configuration(changes: list[dict[str, Any]]) -> dict[str, Any]:
    code = [{**_named(each["address"]), "provider_config_key": "azuread", "expressions": {}} for each in changes]
    provider = {"name": "azuread", "expressions": {"tenant_id": {"constant_value": _TENANT}}}
    return {"provider_config": {"azuread": provider}, "root_module": {"resources": code}}


def _access(*roles: str) -> dict[str, Any]:
    return {"resource_app_id": _GRAPH, "resource_access": [{"id": role, "type": "Role"} for role in roles]}


def _certificate(application: str, key: str, pem: str) -> dict[str, Any]:
    return {
        "application_id": f"/applications/{application}",
        "encoding": "pem",
        "end_date": f"{_SINCE + timedelta(days=365):%Y-%m-%dT%H:%M:%SZ}",
        "end_date_relative": None,
        "key_id": _id(key),
        "start_date": f"{_SINCE:%Y-%m-%dT%H:%M:%SZ}",
        "timeouts": None,
        "type": "AsymmetricX509Cert",
        "value": pem,
    }


def _id(of: str) -> str:
    return str(uuid5(NAMESPACE_URL, of))
