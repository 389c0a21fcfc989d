"""The services of the sandbox, and what a new world begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import entra, graph, intune, ise, oidc
from sandbox.intune.devices import seed_devices
from sandbox.ise.nodes import seed_nodes
from sandbox.ise.trusted_at_first import seed_trusted
from sandbox.seed import seed

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sandbox.hosts import Service
    from sandbox.world import World

# What fills a new world; another number fills every sandbox again, where documents that are there stay.
_FILLING = "5"


def applications(world: World) -> dict[Service, ASGIApp]:
    """Return the application of every service but the admin's."""
    return {
        "entra": entra.application(world),
        "graph": graph.application(world),
        "intune": intune.application(world),
        "ise": ise.application(world),
        "oidc": oidc.application(world),
    }


def fill(world: World) -> None:
    """Fill a new world: tenants, pipelines, Microsoft's own service principals, devices, ISE.

    An old one stays as it is: what was changed behind Terraform's back must still be so tomorrow.
    """
    if world.store.get("", "filling", _FILLING) is None:
        seed(world)
        seed_devices(world)
        seed_nodes(world)
        seed_trusted(world)
        world.store.put("", "filling", _FILLING, {"id": _FILLING})
