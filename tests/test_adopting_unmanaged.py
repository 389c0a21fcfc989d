"""What Terraform would strip of an application that is there, argument by argument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.adopting import unmanaged
from helpers.adopting.unmanaged import unmanaged_of_application, unmanaged_of_service_principal
from helpers.declaration.adoption_schema import UNMANAGED_OF_APPLICATION, UNMANAGED_OF_SERVICE_PRINCIPAL
from helpers.observing.documents import Documents, Unread

SCHEMA = Path(__file__).resolve().parent.parent / "sandbox" / "data" / "azuread-3.7.0-schema.json"
# As Graph shows an application and a service principal that nobody touched.
PLAIN: dict[str, Any] = {
    "description": None,
    "groupMembershipClaims": None,
    "identifierUris": [],
    "isDeviceOnlyAuthSupported": None,
    "isFallbackPublicClient": None,
    "appRoles": [],
    "optionalClaims": None,
    "api": {
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
        "requestedAccessTokenVersion": None,
    },
    "info": {"marketingUrl": None, "privacyStatementUrl": None, "supportUrl": None, "termsOfServiceUrl": None},
    "publicClient": {"redirectUris": []},
    "spa": {"redirectUris": []},
    "web": {
        "homePageUrl": None,
        "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
        "logoutUrl": None,
        "redirectUris": [],
    },
    "alternativeNames": [],
    "appRoleAssignmentRequired": False,
    "loginUrl": None,
    "notes": None,
    "notificationEmailAddresses": [],
    "preferredSingleSignOnMode": None,
    "samlSingleSignOnSettings": None,
}


def documents(**properties: Any) -> Documents:  # noqa: ANN401 — any JSON
    shown = {**PLAIN, **properties}
    return Documents("client", "tenant", application=shown, service_principal=shown)


@pytest.mark.parametrize(
    ("properties", "argument"),
    [
        ({"api": {**PLAIN["api"], "requestedAccessTokenVersion": 2}}, "api"),
        ({"api": {**PLAIN["api"], "oauth2PermissionScopes": [{"id": "x"}]}}, "api"),
        ({"api": {**PLAIN["api"], "knownClientApplications": ["x"]}}, "api"),
        ({"api": {**PLAIN["api"], "acceptMappedClaims": True}}, "api"),
        ({"appRoles": [{"id": "x"}]}, "app_role"),
        ({"isDeviceOnlyAuthSupported": True}, "device_only_auth_enabled"),
        ({"isFallbackPublicClient": True}, "fallback_public_client_enabled"),
        ({"groupMembershipClaims": "None"}, "group_membership_claims"),
        ({"identifierUris": ["api://x"]}, "identifier_uris"),
        ({"info": {"marketingUrl": "https://x"}}, "marketing_url"),
        ({"info": {"privacyStatementUrl": "https://x"}}, "privacy_statement_url"),
        ({"info": {"supportUrl": "https://x"}}, "support_url"),
        ({"info": {"termsOfServiceUrl": "https://x"}}, "terms_of_service_url"),
        ({"oauth2RequirePostResponse": True}, "oauth2_post_response_required"),
        ({"optionalClaims": {"idToken": [{"name": "x"}]}}, "optional_claims"),
        ({"publicClient": {"redirectUris": ["https://x"]}}, "public_client"),
        ({"spa": {"redirectUris": ["https://x"]}}, "single_page_application"),
        ({"web": {**PLAIN["web"], "homePageUrl": "https://x"}}, "web"),
        ({"web": {**PLAIN["web"], "logoutUrl": "https://x"}}, "web"),
        ({"web": {**PLAIN["web"], "redirectUris": ["https://x"]}}, "web"),
        ({"web": {"implicitGrantSettings": {"enableIdTokenIssuance": True}}}, "web"),
    ],
)
def test_of_an_application_what_is_not_the_default_is_left_alone(properties: dict[str, Any], argument: str) -> None:
    assert unmanaged_of_application(documents(**properties)) == (argument,)


@pytest.mark.parametrize(
    ("properties", "argument"),
    [
        ({"alternativeNames": ["x"]}, "alternative_names"),
        ({"appRoleAssignmentRequired": True}, "app_role_assignment_required"),
        ({"loginUrl": "https://x"}, "login_url"),
        ({"notes": "x"}, "notes"),
        ({"notificationEmailAddresses": ["x"]}, "notification_email_addresses"),
        ({"preferredSingleSignOnMode": "saml"}, "preferred_single_sign_on_mode"),
        ({"samlSingleSignOnSettings": {"relayState": "x"}}, "saml_single_sign_on"),
    ],
)
def test_of_a_service_principal_too(properties: dict[str, Any], argument: str) -> None:
    assert unmanaged_of_service_principal(documents(**properties)) == (argument,)


def test_a_description_is_left_alone_on_either_object() -> None:
    shown = documents(description="x")
    assert unmanaged_of_application(shown) == unmanaged_of_service_principal(shown) == ("description",)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"api": None, "info": None, "web": None, "spa": None},
        {"api": {"requestedAccessTokenVersion": 1}},
        {"optionalClaims": {"accessToken": [], "idToken": [], "saml2Token": []}},
        {"samlSingleSignOnSettings": {"relayState": None}},
        {"tags": ["WindowsAzureActiveDirectoryIntegratedApp"]},
    ],
    ids=["as made", "without parts", "the first version said", "no claims", "no relay state", "the portal's tag"],
)
def test_of_one_that_nobody_touched_nothing_is(properties: dict[str, Any]) -> None:
    assert unmanaged_of_application(documents(**properties)) == ()
    assert unmanaged_of_service_principal(documents(**properties)) == ()


def test_what_was_not_read_has_nothing_to_say() -> None:
    unread = Documents("client", "tenant", application=Unread("403"), service_principal=None)
    assert unmanaged_of_application(unread) == unmanaged_of_service_principal(unread) == ()


def test_the_table_names_arguments_that_a_file_may_name() -> None:
    assert set(unmanaged._OF_APPLICATION) <= set(UNMANAGED_OF_APPLICATION)
    assert set(unmanaged._OF_SERVICE_PRINCIPAL) <= set(UNMANAGED_OF_SERVICE_PRINCIPAL)


@pytest.mark.parametrize(
    ("resource", "table", "stated"),
    [
        (
            "azuread_application",
            unmanaged._OF_APPLICATION,
            # What a stack states, what the provider computes where it is left out, and what it sends only when made.
            {
                *("display_name", "notes", "owners", "required_resource_access", "service_management_reference"),
                *("sign_in_audience", "prevent_duplicate_names"),
                *("feature_tags", "tags", "template_id", "password", "logo_image"),
            },
        ),
        (
            "azuread_service_principal",
            unmanaged._OF_SERVICE_PRINCIPAL,
            {"account_enabled", "client_id", "owners", "use_existing", "feature_tags", "features", "tags"},
        ),
    ],
)
def test_the_table_holds_every_argument_of_the_providers_schema(
    resource: str, table: dict[str, tuple[str, ...]], stated: set[str]
) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    block = _resource(schema, resource)
    arguments = {name for name, each in block["attributes"].items() if each.get("optional") or each.get("required")}
    arguments |= set(block.get("block_types", {})) - {"timeouts"}
    # An argument of both resources that the record of the schema leaves out, as it does descriptions of everything.
    assert (arguments - stated - {"id"}) | {"description"} == set(table)


def _resource(schema: Any, name: str) -> Any:  # noqa: ANN401 — any JSON
    """Return a resource's block, wherever in the document resources stand."""
    if isinstance(schema, dict):
        for key in ("resource_schemas", "resources"):
            if name in schema.get(key, {}):
                found = schema[key][name]
                return found.get("block", found)
        for inner in schema.values():
            found = _resource(inner, name)
            if found is not None:
                return found
    return None
