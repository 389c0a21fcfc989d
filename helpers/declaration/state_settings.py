"""Where Terraform keeps its state: the backends a file may name, and their settings. None of them is a secret.

Secrets are given to Terraform by its own environment variables; a key for one is refused by name (`mistakes.py`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from helpers.declaration.blocks import Block
from helpers.declaration.forms import (
    Blob,
    Container,
    Guid,
    HcpName,
    Host,
    PgSchema,
    ResourceGroup,
    StatePath,
    StateUrl,
    StorageAccount,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class LocalState(Block):
    """A file on this machine: for trying things, and for one person alone."""

    backend: Literal["local"] = Field(description="A file on this machine.")
    path: StatePath | None = Field(default=None, description="From the project's root; default `state/<name>.tfstate`.")


class AzurermState(Block):
    """A blob in an Azure storage account, locked by a lease."""

    backend: Literal["azurerm"] = Field(description="A blob in an Azure storage account, locked by a lease.")
    storage_account_name: StorageAccount = Field(description="Name of the storage account.")
    container_name: Container = Field(description="Name of the blob container in it.")
    key: Blob | None = Field(default=None, description="Name of the blob; default `ise-intune/<name>.tfstate`.")
    resource_group_name: ResourceGroup | None = Field(
        default=None, description="The storage account's resource group; needed unless `use_azuread_auth` is on."
    )
    subscription_id: Guid | None = Field(default=None, description="The storage account's subscription.")
    tenant_id: Guid | None = Field(
        default=None, description="Tenant of the storage account, where it is not the one above."
    )
    use_azuread_auth: bool = Field(
        default=True, description="Sign in to the blob with Entra rather than with an account key."
    )
    use_oidc: bool | None = Field(default=None, description="Sign in with the pipeline's workload identity.")


class PgState(Block):
    """A table in PostgreSQL; the connection string is given by PG_CONN_STR."""

    backend: Literal["pg"] = Field(description="PostgreSQL; the connection string is given by PG_CONN_STR.")
    schema_name: PgSchema | None = Field(default=None, description="Default `ise_intune_<name>`.")


class HttpState(Block):
    """An HTTP server that keeps and locks the state, such as GitLab's; credentials by TF_HTTP_USERNAME/PASSWORD."""

    backend: Literal["http"] = Field(
        description="An HTTP server, such as GitLab's; credentials by TF_HTTP_USERNAME/PASSWORD."
    )
    address: StateUrl = Field(description="Where the state is read and written.")
    lock_address: StateUrl = Field(description="Where it is locked; without it nothing would be.")
    unlock_address: StateUrl = Field(description="Where it is unlocked; without it the lock would stay.")
    update_method: Literal["POST", "PUT"] | None = Field(default=None, description="Terraform's default: POST.")
    lock_method: Literal["POST", "PUT", "LOCK"] | None = Field(default=None, description="Terraform's default: LOCK.")
    unlock_method: Literal["POST", "PUT", "DELETE", "UNLOCK"] | None = Field(
        default=None, description="Terraform's default: UNLOCK."
    )


class RemoteState(Block):
    """A workspace of HCP Terraform; the token is given by TF_TOKEN_app_terraform_io."""

    backend: Literal["remote"] = Field(description="HCP Terraform; the token is given by TF_TOKEN_app_terraform_io.")
    hostname: Host = Field(default="app.terraform.io", description="Host of HCP Terraform or Terraform Enterprise.")
    organization: HcpName = Field(description="Name of the organization.")
    workspace: HcpName | None = Field(default=None, description="Default `ise-intune-<name>`.")


STATES: Mapping[str, type[Block]] = MappingProxyType(
    {"local": LocalState, "azurerm": AzurermState, "pg": PgState, "http": HttpState, "remote": RemoteState}
)
StateSettings = Annotated[
    LocalState | AzurermState | PgState | HttpState | RemoteState,
    Field(discriminator="backend", description="Where Terraform keeps its state. Changing it later needs a migration."),
]


def default_place(backend: str, name: str) -> str | None:
    """Return where in its backend the state of environment `name` is unless its file says; None where it must say."""
    match backend:
        case "local":
            return f"state/{name}.tfstate"
        case "azurerm":
            return f"ise-intune/{name}.tfstate"
        case "pg":
            return f"ise_intune_{name.replace('-', '_')}"
        case "remote":
            return f"ise-intune-{name}"
    return None


def whereabouts(state: StateSettings, name: str) -> dict[str, str]:
    """Return the settings that say where in its backend the state of environment `name` is, defaults filled in.

    The last one tells it from others of the same storage. Two environments with the same backend and whereabouts would
    overwrite each other's state.
    """
    default = default_place(state.backend, name) or ""
    match state:
        case LocalState():
            return {"path": state.path or default}
        case AzurermState():
            account = {"storage_account_name": state.storage_account_name, "container_name": state.container_name}
            return {**account, "key": state.key or default}
        case PgState():
            return {"schema_name": state.schema_name or default}
        case HttpState():
            return {"address": state.address}
        case RemoteState():
            place = {"hostname": state.hostname, "organization": state.organization}
            return {**place, "workspace": state.workspace or default}
