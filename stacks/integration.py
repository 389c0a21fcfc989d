"""The stack of one environment: application, service principal, certificates, consent, outputs.

Addresses are a contract, as state is (`tests/golden/addresses.txt`): every construct is a direct child of the stack,
so that its id is its address. Nothing is decided here; `helpers` did that before a construct exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.adopted import in_order
from helpers.model import PermissionType, stated
from helpers.terms import AdminConsent
from helpers.terraform_text import literal
from stacks.backend import add_backend
from stacks.certificates import add_certificate
from stacks.consent import add_admin_consent
from stacks.framework import (
    Application,
    ApplicationRequiredResourceAccess,
    ApplicationRequiredResourceAccessResourceAccess,
    AzureadProvider,
    ServicePrincipal,
    TerraformResourceLifecycle,
    TerraformStack,
)
from stacks.outputs import Ids, add_outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from helpers.declaration.declaration import Declaration
    from helpers.model import Permission
    from stacks.framework import App

# The names Entra uses in requiredResourceAccess.
_ACCESS_TYPE = {PermissionType.APPLICATION: "Role", PermissionType.DELEGATED: "Scope"}


class IntegrationStack(TerraformStack):
    """Everything Terraform keeps for one environment file."""

    def __init__(self, app: App, declaration: Declaration, *, project_root: str, commit: str | None = None) -> None:
        """Write down what `declaration` says.

        `project_root` leads from the stack's own folder to the project's, for the `local` backend.
        `commit` is recorded in the output `applied`, when given.
        """
        super().__init__(app, declaration.name)
        integration = declaration.integration
        add_backend(self, declaration.name, declaration.state, project_root=project_root)
        # Tenant and cloud are the file's: a pipeline signed in elsewhere fails instead of deploying there.
        AzureadProvider(
            self,
            "azuread",
            tenant_id=integration.tenant_id,
            environment=declaration.cloud.terraform_environment,
        )
        application = _add_application(self, declaration)
        # Asked for once: every property of a construct is a question to Node.
        client_id, application_id = application.client_id, application.id
        service_principal = _add_service_principal(self, declaration, client_id=client_id)
        for entry in declaration.certificates:
            add_certificate(self, entry, application_id=application_id, adopted=declaration.adopted)
        if declaration.terms.admin_consent is AdminConsent.TERRAFORM:
            requested = stated(integration.requested)
            add_admin_consent(self, requested, service_principal=service_principal, adopted=declaration.adopted)
        ids = Ids(client_id, application.object_id, service_principal.object_id)
        add_outputs(self, declaration, ids, commit=commit)


def _add_application(stack: TerraformStack, declaration: Declaration) -> Application:
    declared, adopted = declaration.integration.application, declaration.adopted
    permissions = in_order(stated(declaration.integration.requested), adopted.permission_order if adopted else ())
    application = Application(
        stack,
        "application",
        display_name=literal(stated(declared.display_name)),
        notes=literal(stated(declared.notes)) or None,
        service_management_reference=literal(stated(declared.service_management_reference)) or None,
        sign_in_audience=stated(declared.exposure).sign_in_audience,
        # Anyone can make a second application of this name, and a deploy after a lost state would. Of one that is
        # imported the provider would only note that it looks: a change.
        prevent_duplicate_names=None if adopted else True,
        owners=sorted(stated(declared.owners)),
        required_resource_access=list(_required_resource_access(permissions)),
        lifecycle=_left_alone(adopted.unmanaged_of_application) if adopted else None,
    )
    if adopted:
        application.import_from(f"/applications/{adopted.application}")
    return application


def _left_alone(arguments: Iterable[str]) -> TerraformResourceLifecycle | None:
    """Return the lifecycle of an adopted object of which Terraform leaves some arguments as they are."""
    arguments = list(arguments)
    return TerraformResourceLifecycle(ignore_changes=arguments) if arguments else None


def _required_resource_access(permissions: Sequence[Permission]) -> Iterator[ApplicationRequiredResourceAccess]:
    """Group permissions by API, in their order: the provider keeps them as a list, and another is a diff for ever."""
    for api in sorted({permission.api for permission in permissions}):
        yield ApplicationRequiredResourceAccess(
            resource_app_id=api,
            resource_access=[
                ApplicationRequiredResourceAccessResourceAccess(id=permission.id, type=_ACCESS_TYPE[permission.type])
                for permission in permissions
                if permission.api == api
            ],
        )


def _add_service_principal(stack: TerraformStack, declaration: Declaration, *, client_id: str) -> ServicePrincipal:
    adopted = declaration.adopted
    service_principal = ServicePrincipal(
        stack,
        "service-principal",
        client_id=client_id,
        owners=sorted(stated(declaration.integration.service_principal.owners)),
        lifecycle=_left_alone(adopted.unmanaged_of_service_principal) if adopted else None,
    )
    if adopted and adopted.service_principal:
        service_principal.import_from(f"/servicePrincipals/{adopted.service_principal}")
    return service_principal
