"""Every attempt to sign in goes into the sign-in log, whatever became of it, once it is known whose it is."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sandbox.entra.refusals import Refused
from sandbox.entra.resources import requested_resource, resource_principal
from sandbox.sign_ins import SignIn, keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.entra.sign_in import Client, TokenRequest
    from sandbox.world import World


@contextlib.contextmanager
def logged(world: World, client: Client, request: TokenRequest) -> Iterator[None]:
    """Record a sign-in when it is done: a refusal by its number and its text."""
    try:
        yield
    except Refused as refused:
        _keep(world, client, request, error_code=refused.code, reason=refused.text)
        raise
    _keep(world, client, request)


def _keep(world: World, client: Client, request: TokenRequest, *, error_code: int = 0, reason: str = "Other.") -> None:
    credential = client.proof.credential
    sign_in = SignIn(
        client.app_id,
        world.now(),
        str(credential.get("keyId") or ""),
        kind=client.proof.kind,
        federated_id=_federated_id(client),
        resource=_resource(client, request),
        address=request.address,
        user_agent=request.user_agent,
        error_code=error_code,
        reason=reason,
    )
    keep(client.tenant.directory, sign_in)


def _federated_id(client: Client) -> str:
    is_federated = client.proof.kind == "federatedIdentityCredential"
    return str(client.proof.credential.get("id") or "") if is_federated else ""


def _resource(client: Client, request: TokenRequest) -> str:
    """Return the client id of the API asked for, empty where that is not to be had: a refusal may have come first."""
    with contextlib.suppress(Refused):
        return str(resource_principal(client, requested_resource(request), request.version)["appId"])
    return ""
