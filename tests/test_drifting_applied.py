"""What outputs say was applied: read back whole, and not believed where no deploy could have made it so."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helpers.canonical import to_json
from helpers.drifting.applied import Applied, read_applied
from helpers.errors import InputError
from helpers.model import Credential, CredentialKind, Exposure, Holder, Integration, NotSeen, Seen
from helpers.outputs import read_outputs
from tests.declaring import declare
from tests.deployed import deployed_values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = Credential(CredentialKind.SECRET, Holder.APPLICATION, "secret-1", NotSeen("never shown"))
HIDDEN = Credential(CredentialKind.CERTIFICATE, Holder.SERVICE_PRINCIPAL, "key-1", Seen("AB" * 32))


def applied(integration: Integration) -> Applied:
    """Return what is read back from outputs that say this was applied."""
    values = deployed_values() | {"applied": {"name": "production", "integration": to_json(integration)}}
    text = json.dumps({"production": values})
    return read_applied(read_outputs(text, stack="production", name="f"), name="f")


def with_credential(credential: Credential) -> Callable[[Integration], Integration]:
    def changed(integration: Integration) -> Integration:
        assert isinstance(integration.credentials, Seen)
        return replace(integration, credentials=Seen(integration.credentials.items | {credential}))

    return changed


def with_role(integration: Integration) -> Integration:
    principal = replace(integration.service_principal, directory_roles=Seen(frozenset({"Global Administrator"})))
    return replace(integration, service_principal=principal)


def exposed(integration: Integration) -> Integration:
    open_to_all = Seen(Exposure(sign_in_audience="AzureADMultipleOrgs"))
    return replace(integration, application=replace(integration.application, exposure=open_to_all))


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        pytest.param(with_credential(SECRET), "a secret on the application", id="a secret"),
        pytest.param(with_credential(HIDDEN), "a certificate on the service principal", id="a hidden certificate"),
        pytest.param(with_role, "directory roles", id="a directory role"),
        pytest.param(exposed, "an exposure that is not an ISE application's", id="another audience"),
    ],
)
def test_what_no_deploy_makes_is_not_believed(
    tmp_path: Path, forged: Callable[[Integration], Integration], said: str
) -> None:
    """Whoever can write outputs could otherwise call access of their own deployed, and drift would call it pending."""
    integration = forged(declare(tmp_path).integration)
    with pytest.raises(InputError, match=f"says that a deploy made {said}, which none of this project does"):
        applied(integration)


def test_what_a_deploy_makes_is_read_back_whole(tmp_path: Path) -> None:
    integration = declare(tmp_path).integration
    assert applied(integration).integration == integration
