"""What one identity made or owns: found by its owner and by names, whole, and never cut without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from helpers.errors import ServiceError
from sandbox.faults import Fault
from sandbox.identities import DEPLOYER
from tests.reading_graph import HERE, Sandboxed, a_sandbox, register

if TYPE_CHECKING:
    from pathlib import Path

    from clients.graph import MadeBy

NAME, PREFIX = "Cisco ISE – it's production", "TERRAFORM_UPDATE_"
_OWNER = {"owners@odata.bind": [f"https://graph.microsoft.com/v1.0/directoryObjects/{DEPLOYER.object_id}"]}


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


def made_by(sandbox: Sandboxed, identity: str = DEPLOYER.object_id, *, known: str = "") -> MadeBy:
    with sandbox.directories() as directories:
        return directories.read_made_by(HERE, identity, name=NAME, prefix=PREFIX, known=known)


def test_what_it_owns_and_what_is_called_so_is_read_whole(sandbox: Sandboxed) -> None:
    owned = register(sandbox, displayName="any name", **_OWNER)
    called = register(sandbox, displayName=NAME)
    temporary = register(sandbox, displayName=f"{PREFIX}1")
    register(sandbox, displayName="somebody else's")
    found = made_by(sandbox)
    assert found.app_id == DEPLOYER.client_id
    assert found.owned == {owned["id"]}
    assert {each["id"] for each in found.applications} == {owned["id"], called["id"], temporary["id"]}
    assert all({"createdByAppId", "keyCredentials", "displayName"} <= each.keys() for each in found.applications)


def test_one_that_is_known_is_read_too_and_none_where_it_is_gone(sandbox: Sandboxed) -> None:
    known = register(sandbox, displayName="any name")["id"]
    assert [each["id"] for each in made_by(sandbox, known=known).applications] == [known]
    assert made_by(sandbox, known="99999999-9999-4999-8999-999999999999").applications == ()


def test_more_than_fit_into_one_question_are_read(sandbox: Sandboxed) -> None:
    owned = {register(sandbox, displayName=f"any {number}", **_OWNER)["id"] for number in range(17)}
    assert {each["id"] for each in made_by(sandbox).applications} == owned


def test_an_identity_that_the_tenant_does_not_have_made_nothing(sandbox: Sandboxed) -> None:
    found = made_by(sandbox, "99999999-9999-4999-8999-999999999999")
    assert (found.app_id, found.owned) == ("", frozenset())


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"path_prefix": f"/v1.0/servicePrincipals/{DEPLOYER.object_id}/ownedObjects"}, id="what it owns"),
        pytest.param({"path_prefix": f"/v1.0/servicePrincipals/{DEPLOYER.object_id}"}, id="who it is"),
        pytest.param({"path_prefix": "/v1.0/applications"}, id="applications"),
    ],
)
def test_what_cannot_be_read_is_an_error_since_it_might_be_there(sandbox: Sandboxed, fault: dict[str, Any]) -> None:
    sandbox.faults.set(Fault(service="graph", status=403, count=None, **fault))
    with pytest.raises(
        ServiceError, match=r"what the deployer made cannot be read: needs Application.Read.All \(403\)"
    ):
        made_by(sandbox)
