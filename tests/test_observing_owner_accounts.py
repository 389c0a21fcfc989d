"""Which owners have left, as far as Graph lets anybody see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients.graph import Directories
from helpers.model import Seen
from helpers.observing import Documents, Unread, observe
from sandbox.identities import COLLEAGUE_ID, DEPLOYER, READER
from tests.declaring import DEPLOYER as OWNING
from tests.declaring import declare
from tests.reading_graph import HERE, Sandboxed, a_sandbox, documents_of, register
from tests.seen_in_graph import USER, deployed

if TYPE_CHECKING:
    from pathlib import Path


OWNERS = ({"id": OWNING}, {"id": USER})


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    shown = deployed(declare(tmp_path))
    return replace(shown, application_owners=OWNERS, service_principal_owners=OWNERS[:1])


def accounts(**enabled: bool | None) -> tuple[dict[str, Any], ...]:
    ids = {"deployer": OWNING, "user": USER}
    return tuple({"id": ids[who], "accountEnabled": value} for who, value in enabled.items())


@pytest.mark.parametrize(
    ("found", "left", "unknown"),
    [
        (accounts(deployer=True, user=True), set(), ""),
        (accounts(deployer=True, user=False), {USER}, ""),
        (accounts(deployer=True, user=None), set(), f"needs Directory.Read.All to see the accounts of {USER}"),
        (accounts(deployer=False), {OWNING}, f"needs Directory.Read.All to see the accounts of {USER}"),
        ((), set(), "needs Directory.Read.All to see the accounts of 2 owners"),
        (None, set(), "nobody asked for the accounts of owners"),
        (Unread("throttled out"), set(), "throttled out"),
        (accounts(user=False)[0], set(), "Graph's answer is not as it should be: no list of objects"),
        (
            ({"id": USER, "accountEnabled": "no"},),
            set(),
            "Graph's answer is not as it should be: `accountEnabled` is neither true nor false",
        ),
    ],
    ids=["there", "left", "hidden", "in-part", "none-shown", "not-asked", "unread", "no-list", "no-flag"],
)
def test_an_owner_has_left_only_where_graph_says_that_the_account_is_disabled(
    documents: Documents,
    found: Any,  # noqa: ANN401 — whatever Graph answers
    left: set[str],
    unknown: str,
) -> None:
    observed = observe(replace(documents, owner_accounts=found))
    assert (set(observed.departed), observed.departed_unknown) == (left, unknown)
    assert observed.integration.application.owners == Seen(frozenset({OWNING, USER}))


def test_where_owners_could_not_be_read_nobody_knows_who_left(documents: Documents) -> None:
    observed = observe(replace(documents, service_principal_owners=Unread("needs more"), owner_accounts=()))
    assert (observed.departed, observed.departed_unknown) == (frozenset(), "needs more")


def test_without_owners_nobody_has_left(documents: Documents) -> None:
    nobody = replace(documents, application_owners=(), service_principal_owners=())
    assert observe(nobody).departed_unknown == ""


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


def owned(sandbox: Sandboxed, directories: Directories, *owners: str) -> Documents:
    """Return what is read of an application that these own."""
    made = register(sandbox)
    (stored,) = sandbox.world.store.where(HERE.id, "application", "appId", made["appId"])
    sandbox.world.store.put(HERE.id, "application", stored["id"], {**stored, "owners": [*owners]})
    return documents_of(directories.read({HERE: [made["appId"]]})[HERE])[made["appId"]]


def disable(sandbox: Sandboxed, user: str) -> None:
    account = sandbox.world.store.get(HERE.id, "user", user)
    assert account is not None
    sandbox.world.store.put(HERE.id, "user", user, {**account, "accountEnabled": False})


def test_accounts_of_owners_are_read_in_one_round_trip_where_they_may_be(sandbox: Sandboxed) -> None:
    disable(sandbox, COLLEAGUE_ID)
    with sandbox.directories() as directories:
        documents = owned(sandbox, directories, DEPLOYER.object_id, COLLEAGUE_ID)
        before = directories.statistics.round_trips
        observed = observe(directories.with_owner_accounts(HERE, documents))
        assert directories.statistics.round_trips == before + 1
    assert (set(observed.departed), observed.departed_unknown) == ({COLLEAGUE_ID}, "")


def test_who_may_not_see_users_is_told_which_permission_lacks(sandbox: Sandboxed) -> None:
    disable(sandbox, COLLEAGUE_ID)
    with sandbox.directories(variables=sandbox.variables(READER)) as directories:
        documents = owned(sandbox, directories, DEPLOYER.object_id, COLLEAGUE_ID)
        observed = observe(directories.with_owner_accounts(HERE, documents))
    assert observed.departed == frozenset()
    assert observed.departed_unknown == f"needs Directory.Read.All to see the accounts of {COLLEAGUE_ID}"


def test_where_nobody_can_sign_in_the_reason_is_kept(documents: Documents) -> None:
    with Directories({}) as directories:
        observed = observe(directories.with_owner_accounts(HERE, documents))
    assert observed.departed_unknown != ""
