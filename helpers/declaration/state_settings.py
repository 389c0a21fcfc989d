"""Where Terraform keeps its state: the backends a file may name, and their settings. None of them is a secret.

Secrets are given to Terraform by its own environment variables; a key for one is refused by name (`SECRET_KEYS`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from collections.abc import Mapping

# What people know from Terraform's own documentation and would write here, and where it goes instead.
SECRET_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "access_key": "ARM_ACCESS_KEY",
        "sas_token": "ARM_SAS_TOKEN",
        "client_secret": "ARM_CLIENT_SECRET",
        "client_certificate_password": "ARM_CLIENT_CERTIFICATE_PASSWORD",
        "oidc_token": "ARM_OIDC_TOKEN",
        "conn_str": "PG_CONN_STR",
        "username": "TF_HTTP_USERNAME",
        "password": "TF_HTTP_PASSWORD",
        "token": "TF_TOKEN_<host>",
    }
)

Setting = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$")]
HttpsUrl = Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9][A-Za-z0-9._~:/?=&-]{0,499}$")]


class _Backend(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LocalState(_Backend):
    """A file on this machine: for trying things, and for one person alone."""

    backend: Literal["local"]
    path: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$")] | None
    ) = Field(default=None, description="From the project's root; default `state/<name>.tfstate`.")


class AzurermState(_Backend):
    """A blob in an Azure storage account, locked by a lease."""

    backend: Literal["azurerm"]
    resource_group_name: Setting | None = Field(default=None, description="Needed unless Entra sign-in is used.")
    storage_account_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3,24}$")]
    container_name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")]
    key: Setting | None = Field(default=None, description="Name of the blob; default `ise-intune/<name>.tfstate`.")
    subscription_id: Setting | None = None
    tenant_id: Setting | None = Field(default=None, description="Tenant of the storage account.")
    use_azuread_auth: bool = Field(
        default=True, description="Sign in to the blob with Entra rather than an account key."
    )
    use_oidc: bool | None = Field(default=None, description="Sign in with the pipeline's workload identity.")


class PgState(_Backend):
    """A table in PostgreSQL; the connection string is given by PG_CONN_STR."""

    backend: Literal["pg"]
    schema_name: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] | None = Field(
        default=None, description="Default `ise_intune_<name>`."
    )


class HttpState(_Backend):
    """An HTTP server that keeps and locks the state, such as GitLab's; credentials by TF_HTTP_USERNAME/PASSWORD."""

    backend: Literal["http"]
    address: HttpsUrl
    lock_address: HttpsUrl | None = None
    unlock_address: HttpsUrl | None = None
    update_method: Literal["POST", "PUT"] | None = None
    lock_method: Literal["POST", "PUT", "LOCK"] | None = None
    unlock_method: Literal["POST", "PUT", "DELETE", "UNLOCK"] | None = None


class RemoteState(_Backend):
    """A workspace of HCP Terraform; the token is given by TF_TOKEN_app_terraform_io."""

    backend: Literal["remote"]
    hostname: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,253}$")] = "app.terraform.io"
    organization: Setting
    workspace: Setting | None = Field(default=None, description="Default `ise-intune-<name>`.")


StateSettings = Annotated[
    LocalState | AzurermState | PgState | HttpState | RemoteState,
    Field(discriminator="backend", description="Where Terraform keeps its state. Changing it later needs a migration."),
]
