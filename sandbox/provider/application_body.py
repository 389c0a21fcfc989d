"""An application's arguments → Graph's properties, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.provider.features import flatten_features
from sandbox.provider.resource import flag, text_or_null, texts

if TYPE_CHECKING:
    from sandbox.provider.graph import Document
    from sandbox.provider.values import Value, Values

_ODATA_TYPE = "#microsoft.graph.application"
_CLAIM_COLLECTIONS = {"access_token": "accessToken", "id_token": "idToken", "saml2_token": "saml2Token"}


def named(**properties: Value) -> Document:
    """Return a body of an application with these properties alone."""
    return {"@odata.type": _ODATA_TYPE, **properties}


def common_properties(planned: Values, tags: list[str]) -> Document:
    """Return the properties that creation and every update send."""
    return named(
        description=text_or_null(planned["description"]),
        displayName=planned["display_name"],
        groupMembershipClaims=",".join(texts(planned["group_membership_claims"])) or None,
        info={
            "marketingUrl": text_or_null(planned["marketing_url"]),
            "privacyStatementUrl": text_or_null(planned["privacy_statement_url"]),
            "supportUrl": text_or_null(planned["support_url"]),
            "termsOfServiceUrl": text_or_null(planned["terms_of_service_url"]),
        },
        isDeviceOnlyAuthSupported=flag(planned["device_only_auth_enabled"]),
        isFallbackPublicClient=flag(planned["fallback_public_client_enabled"]),
        notes=text_or_null(planned["notes"]),
        publicClient={"redirectUris": texts(_only(planned["public_client"]).get("redirect_uris"))},
        serviceManagementReference=text_or_null(planned["service_management_reference"]),
        signInAudience=planned["sign_in_audience"],
        spa={"redirectUris": texts(_only(planned["single_page_application"]).get("redirect_uris"))},
        tags=tags,
        web=_web(_only(planned["web"])),
    )


def api(planned: Values) -> Document:
    """Return the properties of the API that the application may be, without scopes: see `unsupported`."""
    block = _only(planned["api"])
    return {
        "acceptMappedClaims": flag(block.get("mapped_claims_enabled")),
        "knownClientApplications": texts(block.get("known_client_applications")),
        "requestedAccessTokenVersion": int(block.get("requested_access_token_version") or 1),
    }


def optional_claims(planned: Values) -> Document:
    """Return the optional claims; nothing at all when the block is left out."""
    if not planned["optional_claims"]:
        return {}
    block = _only(planned["optional_claims"])
    return {theirs: [_claim(claim) for claim in block.get(ours) or []] for ours, theirs in _CLAIM_COLLECTIONS.items()}


def required_resource_access(planned: Values) -> list[Document]:
    """Return the permissions the application asks for, each API's in the order they were declared."""
    return [
        {
            "resourceAppId": resource["resource_app_id"],
            "resourceAccess": [{"id": access["id"], "type": access["type"]} for access in resource["resource_access"]],
        }
        for resource in planned["required_resource_access"] or []
    ]


def flatten(application: Document) -> Values:
    """Return the attributes that an application, as Graph shows it, says something about."""
    info = application.get("info") or {}
    scopes = (application.get("api") or {}).get("oauth2PermissionScopes") or []
    roles = application.get("appRoles") or []
    return {
        "api": _flatten_api(application.get("api")),
        "app_role": flatten_roles(roles),
        "app_role_ids": ids_by_value(roles),
        "client_id": application.get("appId") or "",
        "description": application.get("description") or "",
        "device_only_auth_enabled": bool(application.get("isDeviceOnlyAuthSupported")),
        "disabled_by_microsoft": application.get("disabledByMicrosoftStatus") or "",
        "display_name": application.get("displayName") or "",
        "fallback_public_client_enabled": bool(application.get("isFallbackPublicClient")),
        "feature_tags": flatten_features(application.get("tags")),
        "group_membership_claims": _split(application.get("groupMembershipClaims")),
        "identifier_uris": application.get("identifierUris") or [],
        "logo_url": info.get("logoUrl") or "",
        "marketing_url": info.get("marketingUrl") or "",
        "notes": application.get("notes") or "",
        "oauth2_permission_scope_ids": ids_by_value(scopes),
        "object_id": application["id"],
        "optional_claims": _flatten_claims(application.get("optionalClaims")),
        "privacy_statement_url": info.get("privacyStatementUrl") or "",
        "public_client": _flatten_uris(application.get("publicClient")),
        "publisher_domain": application.get("publisherDomain") or "",
        "required_resource_access": _flatten_access(application.get("requiredResourceAccess")),
        "service_management_reference": application.get("serviceManagementReference") or "",
        "sign_in_audience": application.get("signInAudience") or "",
        "single_page_application": _flatten_uris(application.get("spa")),
        "support_url": info.get("supportUrl") or "",
        "tags": application.get("tags") or [],
        "template_id": application.get("applicationTemplateId") or "",
        "terms_of_service_url": info.get("termsOfServiceUrl") or "",
        "web": _flatten_web(application.get("web")),
    }


def flatten_roles(roles: list[Document]) -> list[Values]:
    """Return app roles as Terraform lists them."""
    return [
        {
            "allowed_member_types": role.get("allowedMemberTypes") or [],
            "description": role.get("description") or "",
            "display_name": role.get("displayName") or "",
            "enabled": bool(role.get("isEnabled")),
            "id": role.get("id") or "",
            "value": role.get("value") or "",
        }
        for role in roles
    ]


def flatten_scopes(scopes: list[Document]) -> list[Values]:
    """Return delegated permissions as Terraform lists them."""
    return [
        {
            "admin_consent_description": scope.get("adminConsentDescription") or "",
            "admin_consent_display_name": scope.get("adminConsentDisplayName") or "",
            "enabled": bool(scope.get("isEnabled")),
            "id": scope.get("id") or "",
            "type": scope.get("type") or "",
            "user_consent_description": scope.get("userConsentDescription") or "",
            "user_consent_display_name": scope.get("userConsentDisplayName") or "",
            "value": scope.get("value") or "",
        }
        for scope in scopes
    ]


def ids_by_value(permissions: list[Document]) -> dict[str, str]:
    """Return the ids of roles or scopes by the value that tokens carry."""
    return {item["value"]: item["id"] for item in permissions if item.get("value") and item.get("id")}


def _only(blocks: Value) -> Values:
    """Return the one block of a list that has at most one."""
    return (blocks or [{}])[0] or {}


def _web(block: Values) -> Document:
    implicit = _only(block.get("implicit_grant"))
    return {
        "homePageUrl": text_or_null(block.get("homepage_url")),
        "implicitGrantSettings": {
            "enableAccessTokenIssuance": flag(implicit.get("access_token_issuance_enabled")),
            "enableIdTokenIssuance": flag(implicit.get("id_token_issuance_enabled")),
        },
        "logoutUrl": text_or_null(block.get("logout_url")),
        "redirectUris": texts(block.get("redirect_uris")),
    }


def _claim(claim: Values) -> Document:
    body = {
        "additionalProperties": texts(claim.get("additional_properties")),
        "essential": flag(claim.get("essential")),
        "name": claim["name"],
    }
    return body | ({"source": claim["source"]} if claim.get("source") else {})


def _flatten_api(found: Document | None) -> list[Values]:
    if found is None:
        return []
    return [
        {
            "known_client_applications": found.get("knownClientApplications") or [],
            "mapped_claims_enabled": bool(found.get("acceptMappedClaims")),
            "oauth2_permission_scope": flatten_scopes(found.get("oauth2PermissionScopes") or []),
            "requested_access_token_version": found.get("requestedAccessTokenVersion") or 1,
        }
    ]


def _flatten_claims(found: Document | None) -> list[Values]:
    if found is None:
        return []
    return [
        {
            ours: [_flatten_claim(claim) for claim in found.get(theirs) or []]
            for ours, theirs in _CLAIM_COLLECTIONS.items()
        }
    ]


def _flatten_claim(claim: Document) -> Values:
    return {
        "additional_properties": claim.get("additionalProperties") or [],
        "essential": bool(claim.get("essential")),
        "name": claim.get("name"),
        "source": claim.get("source") or "",
    }


def _flatten_uris(found: Document | None) -> list[Values]:
    return [] if found is None else [{"redirect_uris": found.get("redirectUris") or []}]


def _flatten_access(found: list[Document] | None) -> list[Values]:
    return [
        {
            "resource_app_id": resource.get("resourceAppId") or "",
            "resource_access": [
                {"id": access.get("id"), "type": access.get("type") or ""}
                for access in resource.get("resourceAccess") or []
            ],
        }
        for resource in found or []
    ]


def _flatten_web(found: Document | None) -> list[Values]:
    if found is None:
        return []
    implicit = found.get("implicitGrantSettings")
    return [
        {
            "homepage_url": found.get("homePageUrl") or "",
            "implicit_grant": []
            if implicit is None
            else [
                {
                    "access_token_issuance_enabled": bool(implicit.get("enableAccessTokenIssuance")),
                    "id_token_issuance_enabled": bool(implicit.get("enableIdTokenIssuance")),
                }
            ],
            "logout_url": found.get("logoutUrl") or "",
            "redirect_uris": found.get("redirectUris") or [],
        }
    ]


def _split(claims: str | None) -> list[str]:
    return [claim.strip() for claim in claims.split(",")] if claims else []
