"""Applications on their first day, as Graph shows them: one with everything that can be wrong, and parts of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers.adopting.fresh import Start, fresh_findings, start_of
from helpers.ise_releases import IseRelease
from helpers.model import Permission, PermissionType
from helpers.observing import Unread, observe
from helpers.permissions import AZURE_AD_GRAPH, INTUNE_API, MICROSOFT_GRAPH, find_api, find_permission, profiles
from helpers.rules.policy import Policy
from tests.declaring import DEPLOYER, declare
from tests.making_certificates import make_certificate, rsa_key, to_pem
from tests.seen_in_graph import application, assignment, deployed, grant, more, password, principal, with_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.adopting.fresh import Fresh
    from helpers.declaration.declaration import Declaration
    from helpers.observing import Document, Documents

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
_OLD_API = "a9100000-0000-0000-c000-00000000000e"
LEFT = "05e00000-0000-4000-8000-00000000000d"
STAYS = "05e00000-0000-4000-8000-00000000000e"
DIRECTORY = find_permission(find_api(MICROSOFT_GRAPH), "Directory.Read.All", PermissionType.APPLICATION)
APPLICATIONS = find_permission(find_api(MICROSOFT_GRAPH), "Application.Read.All", PermissionType.APPLICATION)
COMPLIANCE = find_permission(find_api(INTUNE_API), "get_device_compliance", PermissionType.APPLICATION)
RETIRED = Permission(AZURE_AD_GRAPH, "5778995a-e1bf-45b8-affa-663a9f3f4d04", PermissionType.APPLICATION)


def declared(folder: Path, **changes: Any) -> Declaration:  # noqa: ANN401 — any plain value
    """Return a declaration whose certificates are the same in every run."""
    for name, days in (("psn-01", 400), ("psn-02", 12)):
        file = folder / "certificates" / f"{name}.pem"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            began, ends = NOW - timedelta(days=300), NOW + timedelta(days=days)
            made = make_certificate(f"{name}.example.net", key=rsa_key(name), not_before=began, not_after=ends)
            file.write_bytes(to_pem(made))
    return declare(folder, **changes)


def sound(declaration: Declaration) -> Documents:
    """Return what Graph shows of an application that has what ISE needs, and nothing else."""
    owners = ({"@odata.type": "#microsoft.graph.servicePrincipal", "id": DEPLOYER},)
    shown = with_bytes(deployed(declaration), declaration)
    accounts = ({"id": DEPLOYER, "accountEnabled": True},)
    return replace(shown, application_owners=owners, service_principal_owners=owners, owner_accounts=accounts)


def asking(documents: Documents, *permissions: Permission) -> Documents:
    """Return documents of an application that asks for just these permissions."""
    by_api: dict[str, list[Document]] = {}
    for each in permissions:
        kind = "Scope" if each.type is PermissionType.DELEGATED else "Role"
        by_api.setdefault(each.api, []).append({"id": each.id, "type": kind})
    required = [{"resourceAppId": api, "resourceAccess": access} for api, access in by_api.items()]
    return application(documents, requiredResourceAccess=required)


def granted(documents: Documents, *permissions: Permission) -> Documents:
    """Return documents of an application to which just these application permissions are granted."""
    return replace(documents, app_role_assignments=tuple(map(assignment, permissions)))


def owned(documents: Documents, *owners: str) -> Documents:
    """Return documents of an application that further people own, some of whom have left."""
    people = tuple({"@odata.type": "#microsoft.graph.user", "id": each} for each in owners)
    accounts = tuple({"id": each, "accountEnabled": each != LEFT} for each in owners)
    return more(more(documents, "application_owners", *people), "owner_accounts", *accounts)


def key(key_id: str, *, ends: datetime) -> Document:
    """Return a key credential whose bytes nobody knows."""
    return {
        "customKeyIdentifier": None,
        "displayName": "CN=old",
        "endDateTime": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "key": None,
        "keyId": key_id,
        "startDateTime": "2023-01-01T00:00:00Z",
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }


def with_keys(documents: Documents, *keys: Document) -> Documents:
    """Return documents of an application with further key credentials."""
    assert isinstance(documents.application, dict)
    return application(documents, keyCredentials=[*documents.application["keyCredentials"], *keys])


def first_day(declaration: Declaration | Start, documents: Documents, **policy: Any) -> Fresh:  # noqa: ANN401
    """Return what is wrong."""
    return fresh_findings(declaration, observe(documents), now=NOW, policy=Policy(**policy))


def everything_wrong(folder: Path) -> tuple[Start, Documents]:
    """Return an application with which everything is wrong that can be at the same time."""
    certificates = {"psn-01": "certificates/psn-01.pem", "psn-02": "certificates/psn-02.pem"}
    declaration = declared(folder, certificates=certificates, permissions={"profile": "support-tip-2020"})
    documents = sound(declaration)
    delegated = sorted(each for each in profiles()["support-tip-2020"].permissions if each.type == "delegated")
    documents = asking(documents, DIRECTORY, *delegated, RETIRED, COMPLIANCE)
    documents = granted(documents, DIRECTORY, COMPLIANCE)
    documents = more(documents, "app_role_assignments", assignment(RETIRED, resourceId=_OLD_API))
    documents = replace(documents, resources={**documents.resources, _OLD_API: {"appId": AZURE_AD_GRAPH}})
    documents = more(documents, "delegated_grants", grant(find_api(MICROSOFT_GRAPH).app_id, "User.Read", user=STAYS))
    documents = owned(documents, LEFT, STAYS)
    documents = replace(documents, service_principal_owners=())
    documents = with_keys(
        documents,
        key("0a000000-0000-4000-8000-000000000001", ends=NOW - timedelta(days=30)),
        key("0a000000-0000-4000-8000-000000000002", ends=NOW - timedelta(days=60)),
        key("0a000000-0000-4000-8000-000000000003", ends=NOW + timedelta(days=30)),
    )
    documents = application(
        documents,
        signInAudience="AzureADMultipleOrgs",
        isFallbackPublicClient=True,
        passwordCredentials=[password()],
        identifierUris=["api://ise"],
        web={
            "homePageUrl": "https://ise.example.net",
            "logoutUrl": None,
            "redirectUris": ["https://ise.example.net/a", "https://ise.example.net/b"],
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": True},
            "redirectUriSettings": [],
        },
        api={
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "oauth2PermissionScopes": [
                {"id": f"0b000000-0000-4000-8000-00000000000{number}", "isEnabled": True, "value": f"scope-{number}"}
                for number in (1, 2)
            ],
            "preAuthorizedApplications": [],
            "requestedAccessTokenVersion": None,
        },
    )
    documents = principal(documents, accountEnabled=False, signInAudience="AzureADMultipleOrgs")
    documents = more(
        documents,
        "federated_credentials",
        {"id": "0c000000-0000-4000-8000-000000000001", "name": "ci", "issuer": "https://ci.example", "subject": "x"},
    )
    documents = more(
        documents,
        "directory_roles",
        {
            "id": "assignment-1",
            "principalId": "0b0e0000-0000-4000-8000-00000000000b",
            "directoryScopeId": "/",
            "roleDefinitionId": "0d000000-0000-4000-8000-000000000001",
            "roleDefinition": {"displayName": "Directory Readers"},
        },
    )
    documents = replace(documents, policies=Unread("needs Policy.Read.All (403)"))
    start = replace(start_of(declaration), file="environments/production.yaml", locations=None)
    return replace(start, ise=IseRelease("3.2", 3)), documents
