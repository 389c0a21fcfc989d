"""Admin consent as code: one assignment per application permission, one grant per API for delegated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.model import PermissionType
from helpers.permissions import api_name, permission_name, slug
from stacks.framework import AppRoleAssignment, DataAzureadServicePrincipal, ServicePrincipalDelegatedPermissionGrant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.declaration.adopted import Adopted
    from helpers.model import Permission
    from stacks.framework import ServicePrincipal, TerraformStack


def add_admin_consent(
    stack: TerraformStack,
    permissions: Iterable[Permission],
    *,
    service_principal: ServicePrincipal,
    adopted: Adopted | None = None,
) -> None:
    """Grant every one of `permissions` to the integration, for the whole tenant; what is granted is imported."""
    permissions = sorted(permissions)
    for app_id in sorted({permission.api for permission in permissions}):
        # Looked up, not declared: a resource would delete Microsoft's own service principal when destroyed.
        api = DataAzureadServicePrincipal(stack, slug(api_name(app_id)), client_id=app_id)
        of_api = [permission for permission in permissions if permission.api == app_id]
        _assign_roles(stack, of_api, api=api, service_principal=service_principal, adopted=adopted)
        _grant_scopes(stack, of_api, api=api, service_principal=service_principal, adopted=adopted)


def _assign_roles(
    stack: TerraformStack,
    permissions: Iterable[Permission],
    *,
    api: DataAzureadServicePrincipal,
    service_principal: ServicePrincipal,
    adopted: Adopted | None,
) -> None:
    for permission in permissions:
        if permission.type is PermissionType.APPLICATION:
            assignment = AppRoleAssignment(
                stack,
                f"{slug(api_name(permission.api))}-role-{slug(permission_name(permission))}",
                app_role_id=permission.id,
                principal_object_id=service_principal.object_id,
                resource_object_id=api.object_id,
            )
            if adopted and (there := adopted.role_of(permission)):
                assignment.import_from(f"/servicePrincipals/{there.resource}/appRoleAssignedTo/{there.assignment}")


def _grant_scopes(
    stack: TerraformStack,
    permissions: Iterable[Permission],
    *,
    api: DataAzureadServicePrincipal,
    service_principal: ServicePrincipal,
    adopted: Adopted | None,
) -> None:
    scopes = [permission for permission in permissions if permission.type is PermissionType.DELEGATED]
    if scopes:
        grant = ServicePrincipalDelegatedPermissionGrant(
            stack,
            f"{slug(api_name(scopes[0].api))}-scopes",
            service_principal_object_id=service_principal.object_id,
            resource_service_principal_object_id=api.object_id,
            claim_values=sorted(permission_name(permission) for permission in scopes),
        )
        if adopted and (there := adopted.grant_on(scopes[0].api)):
            grant.import_from(f"/oauth2PermissionGrants/{there.grant}")
