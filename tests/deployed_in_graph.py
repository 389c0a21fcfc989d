"""An application in the sandbox's Graph as a deploy of a file leaves it, and what Graph then shows of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.comparing import Surface, compare, without_ids
from helpers.model import PermissionType, stated
from helpers.observing import observe
from tests.asking_graph import EVERYTHING
from tests.reading_graph import a_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.model import Permission
    from helpers.observing import Document, Observed
    from tests.asking_graph import Graph
    from tests.reading_graph import Sandboxed

APPLICATIONS, PRINCIPALS = "/v1.0/applications", "/v1.0/servicePrincipals"
_MORE = (
    "Application.Read.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "Policy.ReadWrite.ApplicationConfiguration",
)


def a_deployment(declaration: Declaration, folder: Path, factory: pytest.TempPathFactory) -> Deployed:
    """Return what a file declares, deployed to a sandbox of its own."""
    sandbox = a_sandbox(folder, factory)
    return Deployed(sandbox, replace(sandbox.graph, roles=(*EVERYTHING, *_MORE)), declaration)


def deploy(graph: Graph, declaration: Declaration) -> str:
    """Make what a file declares, and consent to it; return the client id."""
    model = declaration.integration
    owners = [reference(owner)["@odata.id"] for owner in sorted(stated(model.application.owners))]
    application = graph.make(
        APPLICATIONS,
        displayName=stated(model.application.display_name),
        requiredResourceAccess=_required(stated(model.requested)),
        keyCredentials=[dict(entry.certificate.manifest_entry("key")) for entry in declaration.certificates],
        **{"owners@odata.bind": owners},
    )
    bound = {"appId": application["appId"], "owners@odata.bind": owners}
    principal = graph.make(PRINCIPALS, **bound)
    for permission in stated(model.granted):
        resource = graph.principal_id(permission.api)
        if permission.type is PermissionType.APPLICATION:
            ends = {"principalId": principal["id"], "resourceId": resource, "appRoleId": permission.id}
            graph.make(f"{PRINCIPALS}/{principal['id']}/appRoleAssignments", **ends)
    return str(application["appId"])


class Deployed:
    """An application in the sandbox, changed and put right by calls of Graph."""

    def __init__(self, sandbox: Sandboxed, graph: Graph, declaration: Declaration) -> None:
        self.sandbox, self.graph, self.declaration = sandbox, graph, declaration
        self.client_id = deploy(graph, declaration)
        self.application = str(graph.get(f"{APPLICATIONS}(appId='{self.client_id}')")["id"])
        self.principal = graph.principal_id(self.client_id)

    @property
    def here(self) -> str:
        """The path of the application."""
        return f"{APPLICATIONS}/{self.application}"

    @property
    def there(self) -> str:
        """The path of the service principal."""
        return f"{PRINCIPALS}/{self.principal}"

    def observed(self) -> Observed:
        """Return what Graph shows now, read into the model."""
        return observe(self.sandbox.read(self.client_id)[self.client_id])

    def look(self) -> tuple[Observed, list[Difference]]:
        """Return what Graph shows now, and what of it differs, bytes that nobody asked for apart."""
        observed = self.observed()
        found = without_ids(compare(self.declaration.integration, observed.integration))
        return observed, [each for each in found if each.surface is not Surface.CERTIFICATE_BYTES]


def reference(identifier: str) -> dict[str, str]:
    """Return a reference to a directory object."""
    return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}


def _required(permissions: Iterable[Permission]) -> list[Document]:
    by_api: dict[str, list[Document]] = {}
    for each in sorted(permissions):
        kind = "Role" if each.type is PermissionType.APPLICATION else "Scope"
        by_api.setdefault(each.api, []).append({"id": each.id, "type": kind})
    return [{"resourceAppId": api, "resourceAccess": access} for api, access in by_api.items()]
