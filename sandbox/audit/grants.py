"""Permissions granted and withdrawn: the target is the API, and only the values name who got them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.audit.activity import Activity
from sandbox.audit.targets import added, removed, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sandbox.audit.activity import Touched
    from sandbox.directory import Directory
    from sandbox.store import Document

    _Told = Callable[[str, object], Document]

# The kinds of grants, and the property that names who got one.
_CLIENTS = {"appRoleAssignment": "principalId", "oauth2PermissionGrant": "clientId"}


def of_assignment(touched: Touched, directory: Directory) -> Iterator[Activity]:
    """Yield that an application permission was granted or withdrawn."""
    assignment = touched.document
    resource = _object(directory, assignment["resourceId"])
    if touched.before is None:
        to_user = assignment["principalType"] == "User"
        name = "Add app role assignment grant to user" if to_user else "Add app role assignment to service principal"
        told, operation = added, "Assign"
    else:
        to_user, told, operation = False, removed, "Unassign"
        name = "Remove app role assignment from service principal"
    properties = _role(assignment, resource, directory, told)
    # A category by what it is granted to, not by what it is: unreliable, and so it is here (graph-audit.md §D).
    category = "UserManagement" if to_user else "ApplicationManagement"
    yield Activity(name, operation, (target("servicePrincipal", resource, properties),), category)


def of_delegated_grant(touched: Touched, directory: Directory) -> Iterator[Activity]:
    """Yield that delegated permissions were granted, withdrawn or became others.

    Of others the log says that they were removed and added, whichever of both it was: only the scopes tell.
    """
    if touched.before is None:
        verbs: tuple[str, ...] = ("Add",)
    else:
        verbs = ("Remove",) if touched.after is None else ("Remove", "Add")
    grant = touched.document
    resource = _object(directory, grant["resourceId"])
    for verb in verbs:
        properties = _delegation(touched, directory)
        operation = "Assign" if verb == "Add" else "Unassign"
        yield Activity(
            f"{verb} delegated permission grant", operation, (target("servicePrincipal", resource, properties),)
        )


def of_consent(touched: Sequence[Touched], directory: Directory) -> Iterator[Activity]:
    """Yield the consent that grants came of, one for each application."""
    granted = {_client(each): each for each in touched if each.kind in _CLIENTS and each.after is not None}
    for client_id, each in granted.items():
        client = _object(directory, client_id)
        properties = _consent(each, client)
        yield Activity("Consent to application", "Assign", (target("servicePrincipal", client, properties),))


def _client(touched: Touched) -> str:
    return str(touched.document[_CLIENTS[touched.kind]])


def _consent(touched: Touched, client: Document) -> list[Document]:
    for_all = touched.document.get("consentType") != "Principal"
    context = [("IsAdminConsent", True), ("IsAppOnly", False), ("OnBehalfOfAll", for_all)]
    return [
        *(added(f"ConsentContext.{name}", str(value)) for name, value in context),
        added("ConsentContext.Tags", "WindowsAzureActiveDirectoryIntegratedApp"),
        added("ConsentAction.Permissions", f"{_permissions(touched.before)} => {_consented(touched)}; "),
        added("TargetId.ServicePrincipalNames", client["appId"]),
    ]


def _consented(touched: Touched) -> str:
    """Return what was consented to; of a grant that became another the log repeats the old (graph-audit.md §D)."""
    return _permissions(touched.before or touched.after)


def _permissions(grant: Document | None) -> str:
    if grant is None:
        return "[]"
    client, scope = grant.get("clientId") or grant.get("principalId"), grant.get("scope") or grant.get("appRoleId")
    principal, consent_type = grant.get("principalId") if "scope" in grant else "", grant.get("consentType", "")
    return (
        f"[[Id: {grant['id']}, ClientId: {client}, PrincipalId: {principal or ''}, ResourceId: {grant['resourceId']},"
        f" ConsentType: {consent_type}, Scope: {scope}, CreatedDateTime: , LastModifiedDateTime ]]"
    )


def _role(assignment: Document, resource: Document, directory: Directory, told: _Told) -> list[Document]:
    principal = _object(directory, assignment["principalId"])
    roles = {role["id"].lower(): role for role in resource.get("appRoles", ())}
    role = roles.get(assignment["appRoleId"].lower(), {})
    kind = "User" if assignment["principalType"] == "User" else "ServicePrincipal"
    return [
        told("AppRole.Id", assignment["appRoleId"]),
        told("AppRole.Value", role.get("value")),
        told("AppRole.DisplayName", role.get("displayName")),
        told("AppRoleAssignment.CreatedDateTime", assignment["createdDateTime"]),
        told("AppRoleAssignment.LastModifiedDateTime", assignment["createdDateTime"]),
        told(f"{kind}.ObjectID", assignment["principalId"]),
        told(f"{kind}.DisplayName", principal.get("displayName")),
        told(f"{kind}.AppId", principal.get("appId")),
        told("TargetId.ServicePrincipalNames", ";".join(resource.get("servicePrincipalNames") or ())),
    ]


def _delegation(touched: Touched, directory: Directory) -> list[Document]:
    grant = touched.document
    client = _object(directory, grant["clientId"])
    told = added if touched.after is not None else removed
    return [
        _scopes(touched),
        told("DelegatedPermissionGrant.ConsentType", grant["consentType"]),
        told("DelegatedPermissionGrant.PrincipalId", grant["principalId"] or ""),
        told("ServicePrincipal.ObjectID", grant["clientId"]),
        told("ServicePrincipal.DisplayName", client.get("displayName")),
        told("ServicePrincipal.AppId", client.get("appId")),
    ]


def _scopes(touched: Touched) -> Document:
    """Return the scopes on both sides, each with the space before it that Entra keeps."""
    sides = [None if side is None else f" {side['scope'].strip()}" for side in (touched.before, touched.after)]
    told = added("DelegatedPermissionGrant.Scope", sides[1]) if sides[1] is not None else None
    taken = removed("DelegatedPermissionGrant.Scope", sides[0]) if sides[0] is not None else None
    return {**(taken or told or {}), **({"newValue": told["newValue"]} if told else {})}


def _object(directory: Directory, identifier: str) -> Document:
    kinds = ("servicePrincipal", "deletedServicePrincipal", "user")
    found = (directory.store.get(directory.tenant_id, kind, identifier) for kind in kinds)
    return next((document for document in found if document is not None), {"id": identifier, "appId": None})
