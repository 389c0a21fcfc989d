"""An application in the sandbox, and what the directory's audit log holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.asking_graph import EVERYTHING, Graph, filled_world

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from sandbox.world import World

    Record = dict[str, Any]

LOG = "/v1.0/auditLogs/directoryAudits"
ROLES = (*EVERYTHING, "Application.Read.All", "AuditLog.Read.All")
DENIED = (403, "Authorization_RequestDenied")


class Logged:
    """An application that was deployed, and the log of what is done to it from then on."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        application = graph.make("/v1.0/applications", displayName="ISE")
        principal = graph.make("/v1.0/servicePrincipals", appId=application["appId"])
        self.app_id, self.id, self.principal_id = application["appId"], application["id"], principal["id"]
        self.path = f"/v1.0/applications/{self.id}"
        self.principal_path = f"/v1.0/servicePrincipals/{self.principal_id}"
        self.made = len(self.all())

    def all(self) -> list[Record]:
        """Return the whole log, newest first, as one without quotas reads it."""
        return self.graph.values(LOG)

    def new(self) -> list[Record]:
        """Return what was recorded since the deploy, oldest first."""
        return self.all()[::-1][self.made :]

    def names(self) -> list[str]:
        """Return what the new records are called."""
        return [record["activityDisplayName"] for record in self.new()]

    def one(self, name: str) -> Record:
        """Return the one new record of an activity."""
        (record,) = (record for record in self.new() if record["activityDisplayName"] == name)
        return record


def without_quotas(folder: Path, factory: pytest.TempPathFactory) -> World:
    """Return a sandbox whose log can be read as often as a test likes."""
    world = filled_world(folder, factory)
    world.conditions.set(world.conditions.limits.without_quotas())
    return world
