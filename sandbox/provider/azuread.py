"""The provider as PyPI tf knows it: its types, its settings, and the one sign-in that all requests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tf.iface import Provider

from sandbox.provider.app_role_assignment import AppRoleAssignment
from sandbox.provider.application import Application
from sandbox.provider.certificate import ApplicationCertificate
from sandbox.provider.client_config import ClientConfig
from sandbox.provider.delegated_grant import DelegatedPermissionGrant
from sandbox.provider.guard import OutsideSandboxError, find_sandbox
from sandbox.provider.problems import Refused
from sandbox.provider.resource import PREFIX
from sandbox.provider.schema import recording, schema_of
from sandbox.provider.service_principal import ServicePrincipal, ServicePrincipalLookup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tf.schema import Schema
    from tf.utils import Diagnostics

    from sandbox.provider.graph import Graph
    from sandbox.provider.resource import DataSourceType, ResourceType

RESOURCES: tuple[type[ResourceType], ...] = (
    Application,
    ApplicationCertificate,
    AppRoleAssignment,
    DelegatedPermissionGrant,
    ServicePrincipal,
)
DATA_SOURCES: tuple[type[DataSourceType], ...] = (ClientConfig, ServicePrincipalLookup)


class AzureAd(Provider):  # type: ignore[misc]  # tf is untyped
    """The stand-in for hashicorp/azuread."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._graph: Graph | None = None

    @property
    def graph(self) -> Graph:
        """The signed-in caller. Terraform configures a provider before it asks for anything."""
        if self._graph is None:
            raise Refused("The provider was not configured")
        return self._graph

    def get_model_prefix(self) -> str:
        """Return what every type's name begins with."""
        return PREFIX

    def full_name(self) -> str:
        """Return the provider's source address."""
        return "registry.terraform.io/hashicorp/azuread"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        """Return the recorded schema of the provider block."""
        del diags
        return schema_of(0, recording().provider)

    def get_resources(self) -> list[type[ResourceType]]:
        """Return the resource types."""
        return list(RESOURCES)

    def get_data_sources(self) -> list[type[DataSourceType]]:
        """Return the data sources."""
        return list(DATA_SOURCES)

    def new_resource(self, klass: type[ResourceType]) -> ResourceType:
        """Make a resource type's instance."""
        return klass()

    def new_data_source(self, klass: type[DataSourceType]) -> DataSourceType:
        """Make a data source's instance."""
        return klass()

    def validate_config(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        """Refuse to be used outside the sandbox, as early as Terraform asks."""
        del config
        try:
            find_sandbox(self._environment)
        except OutsideSandboxError as error:
            diags.add_error("This azuread provider runs in the sandbox only", str(error))

    def configure_provider(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        """Sign in."""
        # Not needed to show a schema or to judge a configuration, which most starts of a provider are for.
        from sandbox.provider.connection import Connections
        from sandbox.provider.graph import Graph
        from sandbox.provider.sign_in import read_settings

        try:
            connections = Connections(find_sandbox(self._environment))
            self._graph = Graph(read_settings(config, self._environment), connections)
        except OutsideSandboxError as error:
            diags.add_error("This azuread provider runs in the sandbox only", str(error))
        except Refused as error:
            diags.add_error(error.summary, error.detail)
