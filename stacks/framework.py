"""The one door to CDKTF: every framework name the stacks use is imported here, and nowhere else.

Only submodules of the provider are imported: its package root loads every resource there is.
"""

from __future__ import annotations

import os

# jsii announces that its Node is near the end of its life on every start; this project installs that Node on purpose.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from cdktf import (
    App,
    AzurermBackend,
    HttpBackend,
    LocalBackend,
    NamedRemoteWorkspace,
    PgBackend,
    RemoteBackend,
    TerraformBackend,
    TerraformOutput,
    TerraformResourceLifecycle,
    TerraformStack,
)
from cdktf_cdktf_provider_azuread.app_role_assignment import AppRoleAssignment
from cdktf_cdktf_provider_azuread.application import (
    Application,
    ApplicationRequiredResourceAccess,
    ApplicationRequiredResourceAccessResourceAccess,
)
from cdktf_cdktf_provider_azuread.application_certificate import ApplicationCertificate
from cdktf_cdktf_provider_azuread.data_azuread_service_principal import DataAzureadServicePrincipal
from cdktf_cdktf_provider_azuread.provider import AzureadProvider
from cdktf_cdktf_provider_azuread.service_principal import ServicePrincipal
from cdktf_cdktf_provider_azuread.service_principal_delegated_permission_grant import (
    ServicePrincipalDelegatedPermissionGrant,
)

# The feature flags of cdktf.json, given to the App too: `python main.py` and `cdktf synth` then write the same files.
CONTEXT = {"excludeStackIdFromLogicalIds": True, "allowSepCharsInLogicalIds": True}

__all__ = [
    "CONTEXT",
    "App",
    "AppRoleAssignment",
    "Application",
    "ApplicationCertificate",
    "ApplicationRequiredResourceAccess",
    "ApplicationRequiredResourceAccessResourceAccess",
    "AzureadProvider",
    "AzurermBackend",
    "DataAzureadServicePrincipal",
    "HttpBackend",
    "LocalBackend",
    "NamedRemoteWorkspace",
    "PgBackend",
    "RemoteBackend",
    "ServicePrincipal",
    "ServicePrincipalDelegatedPermissionGrant",
    "TerraformBackend",
    "TerraformOutput",
    "TerraformResourceLifecycle",
    "TerraformStack",
]
