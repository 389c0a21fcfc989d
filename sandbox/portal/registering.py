"""An application made as somebody once made it in the portal: registered, given its certificates, consented to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from helpers.errors import InputError
from sandbox.audit import KIND
from sandbox.graph.authorization import Caller
from sandbox.graph.errors import GraphError
from sandbox.identities import ADMINISTRATOR_ID, DEPLOYERS, TENANTS
from sandbox.ise.nodes import seed_nodes
from sandbox.orders import Made
from sandbox.portal.access import consent
from sandbox.portal.desk import Desk
from sandbox.portal.ordering import in_sandbox
from sandbox.portal.shapes import MAKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.folder import SandboxFolder
    from sandbox.identities import Pipeline
    from sandbox.orders import Registration
    from sandbox.portal.shapes import Shape
    from sandbox.world import World

_Value = TypeVar("_Value")
_TERRAFORM = "HashiCorp Terraform, provider azuread"


def register_in(folder: SandboxFolder, wanted: Registration) -> Made:
    """Make it by the sandbox that is up in the folder, or in its store; raise as `register` and `in_sandbox` do."""
    return in_sandbox(folder, lambda control: control.register(wanted), lambda world: register(world, wanted))


def register(world: World, wanted: Registration) -> Made:
    """Make an application of a shape.

    Raises:
        InputError: no such shape, tenant or pipeline, or Graph refuses what the shape is made of.
    """
    shape, tenant, deployer = (
        _found(wanted.shape, MAKING),
        _found(wanted.tenant_id, {tenant.id: tenant for tenant in TENANTS}),
        _found(wanted.deployer, {pipeline.object_id: pipeline for pipeline in DEPLOYERS}),
    )
    # A world that no server has filled, as a test's, may have no nodes yet.
    seed_nodes(world)
    before = len(world.store.all(tenant.id, KIND))
    try:
        desk = _registered(Desk(world, tenant.id, ""), wanted.display_name, shape, deployer)
        shape.make(desk)
        consent(desk)
        _settle_owner(desk, deployer.object_id, owns=wanted.deployer_owns)
    except GraphError as error:
        raise InputError(wanted.shape, f"Graph refuses: {error.message}", "see what the tenant has now") from error
    records = world.store.all(tenant.id, KIND)[before:]
    left = tuple(record["activityDisplayName"] for record in records)
    return Made(wanted.display_name, desk.app_id, tenant.name, left)


def _found(name: str, known: Mapping[str, _Value]) -> _Value:
    if name not in known:
        raise InputError(name, "is not known here", f"there are: {', '.join(known)}")
    return known[name]


def _registered(nowhere: Desk, display_name: str, shape: Shape, deployer: Pipeline) -> Desk:
    """Make application and service principal; return the administrator's desk with them."""
    maker = _of_pipeline(nowhere, deployer) if shape.by_deployer else nowhere
    made = maker.ask("POST", "/applications", {"displayName": display_name, **shape.application})
    maker.ask("POST", "/servicePrincipals", {"appId": made["appId"], **shape.service_principal})
    desk = replace(nowhere, app_id=made["appId"])
    if not shape.by_deployer:
        # The portal makes whoever registers an application its owner.
        _settle_owner(desk, ADMINISTRATOR_ID, owns=True)
    return desk


def _of_pipeline(desk: Desk, pipeline: Pipeline) -> Desk:
    """Return the desk with a pipeline at it: it has its own permissions alone, and owns what it makes."""
    caller = Caller(pipeline.client_id, pipeline.object_id, frozenset(pipeline.roles))
    return replace(desk, caller=caller, user_agent=_TERRAFORM)


def _settle_owner(desk: Desk, owner: str, *, owns: bool) -> None:
    """Let somebody be an owner of both objects, or of neither."""
    for path, document in ((desk.application_path, desk.application), (desk.principal_path, desk.principal)):
        is_owner = owner in document["owners"]
        if owns and not is_owner:
            desk.ask("POST", f"{path}/owners/$ref", desk.reference(owner))
        if is_owner and not owns:
            desk.ask("DELETE", f"{path}/owners/{owner}/$ref")
