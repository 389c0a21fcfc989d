"""A change asked for by name: from an administrator who names an application to what the audit log has of it."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING

from helpers.errors import InputError, SetupError
from helpers.outputs import read_outputs
from sandbox import services
from sandbox.control import Control
from sandbox.endpoint import joined, sole_server
from sandbox.identities import PIPELINES, TENANTS
from sandbox.orders import Made
from sandbox.portal import CHANGES
from sandbox.portal.change import make_change
from sandbox.portal.desk import Desk
from sandbox.store import Store
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.folder import SandboxFolder
    from sandbox.identities import SandboxTenant
    from sandbox.orders import Order
    from sandbox.store import Document

_PATIENCE_SECONDS = 30.0


def carry_out(world: World, order: Order) -> Made:
    """Make the change that is ordered.

    Raises:
        InputError: no such change or application, more than one, or the change cannot be made.
    """
    change = next((change for change in CHANGES if change.name == order.change), None)
    if change is None:
        raise InputError(order.change, "is no change", "`ise-intune sandbox portal list` names them all")
    tenant, application = _find(world, order)
    activities = make_change(change, Desk(world, tenant.id, application["appId"]), **order.options)
    return Made(application["displayName"], application["appId"], tenant.name, tuple(activities))


def carry_out_in(folder: SandboxFolder, order: Order) -> Made:
    """Make the change by the sandbox that is up in the folder, or in its store; raise as `carry_out` does, or below."""
    return in_sandbox(folder, lambda control: control.carry_out(order), lambda world: carry_out(world, order))


def in_sandbox(folder: SandboxFolder, by_server: Callable[[Control], Made], by_us: Callable[[World], Made]) -> Made:
    """Have something made by the sandbox that is up in the folder, or in its store where none is: never both.

    Raises:
        InputError: it cannot be made.
        SetupError: another process serves the folder and does not say where.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with joined(folder) as endpoint:
            if endpoint is not None:
                with Control(folder) as control:
                    return by_server(control)
        with sole_server(folder) as ours:
            if ours:
                with contextlib.closing(Store(folder.store)) as store:
                    world = World(folder=folder.path, store=store)
                    services.fill(world)
                    return by_us(world)
        # Another command is about to serve, or about to stop.
        time.sleep(0.05)
    raise SetupError(f"{folder.path}: the process that serves this sandbox does not say where; end it and try again")


def deployed(folder: SandboxFolder, name: str) -> tuple[str, str] | None:
    """Return the tenant's id and the client id of what was deployed as the stack `name` here, None if nothing was."""
    state = folder.path / "state" / f"{name}.tfstate"
    if not state.is_file():
        return None
    try:
        outputs = json.loads(state.read_text(encoding="utf-8")).get("outputs") or {}
    except ValueError as error:
        raise InputError(str(state), "is not JSON", "deploy again, or name the application with --app") from error
    if not outputs:
        return None
    found = read_outputs(json.dumps(outputs), stack=name, name=str(state))
    return found.tenant_id, found.client_id


def _find(world: World, order: Order) -> tuple[SandboxTenant, Document]:
    """Return the one application that an order means, deleted ones included."""
    tenants = [tenant for tenant in TENANTS if order.tenant_id in (None, tenant.id)]
    found = [(tenant, document) for tenant in tenants for document in _called(world, tenant, order.application)]
    if not found:
        known = ", ".join(sorted({document["displayName"] for document in _all(world, tenants)})) or "none yet"
        raise InputError(order.application, "is no application here", f"name one with --app; there are: {known}")
    if len(found) > 1:
        each = ", ".join(f"{document['appId']} in {tenant.name}" for tenant, document in found)
        raise InputError(order.application, f"is more than one application: {each}", "choose by --app and --tenant")
    return found[0]


def _called(world: World, tenant: SandboxTenant, wanted: str) -> Iterator[Document]:
    """Yield the applications of a client id or object id, or those of a display name where there is none."""
    for kind in ("application", "deletedApplication"):
        by_id = [document for key in ("appId", "id") for document in world.store.where(tenant.id, kind, key, wanted)]
        yield from by_id or world.store.where(tenant.id, kind, "displayName", wanted)


def _all(world: World, tenants: list[SandboxTenant]) -> Iterator[Document]:
    pipelines = {pipeline.client_id for pipeline in PIPELINES}
    for tenant in tenants:
        for document in world.store.all(tenant.id, "application"):
            if document["appId"] not in pipelines:
                yield document
