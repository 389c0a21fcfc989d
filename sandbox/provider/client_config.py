"""azuread_client_config: who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.provider.resource import DataSourceType

if TYPE_CHECKING:
    from sandbox.provider.graph import Graph
    from sandbox.provider.values import Values


class ClientConfig(DataSourceType):
    """The caller's ids, from its settings and its token; no request."""

    type_name = "azuread_client_config"

    def read(self, graph: Graph, config: Values) -> Values:
        """Return tenant, client and object id."""
        ids = (graph.settings.tenant_id, graph.settings.client_id, graph.caller_id)
        return config | {
            "tenant_id": ids[0],
            "client_id": ids[1],
            "object_id": ids[2],
            "id": "-".join(ids),
        }
