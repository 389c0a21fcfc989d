"""The first day of applications made in the portal: Graph takes every call of it, and ISE keeps what it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helpers.adopting.fresh import Fresh, Start, fresh_findings
from helpers.adopting.fresh_order import Who
from helpers.adopting.keys import found_keys
from helpers.clouds import CLOUDS
from helpers.declaration.adopted import AdoptedCertificate
from helpers.declaration.declaration import CertificateEntry
from helpers.ise_releases import IseRelease
from helpers.model import Seen
from helpers.observing import observe
from helpers.permissions import profiles
from helpers.rules.policy import Policy
from sandbox.identities import COLLEAGUE_ID, DEPLOYER, FORMER_COLLEAGUE_ID, READER
from sandbox.orders import Registration
from sandbox.portal.registering import register
from sandbox.shapes import SHAPES
from tests.making_calls import make_calls
from tests.reading_graph import HERE, Sandboxed, a_sandbox, documents_of

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.observing import Observed

FOREIGN = "laptop-of-carl"


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    made = a_sandbox(tmp_path, tmp_path_factory)
    everything = (*made.graph.roles, "RoleManagement.ReadWrite.Directory", "Policy.ReadWrite.ApplicationConfiguration")
    vars(made)["graph"] = replace(made.graph, roles=everything)
    return made


def made(sandbox: Sandboxed, shape: str) -> str:
    """Return the client id of an application of a shape, which the deployer does not own yet."""
    return register(sandbox.world, Registration(shape, HERE.id, DEPLOYER.object_id, deployer_owns=False)).client_id


def seen(sandbox: Sandboxed, client_id: str) -> Observed:
    """Return what an adoption sees of it."""
    with sandbox.directories() as directories:
        documents = documents_of(directories.read_again({HERE: [client_id]}, deep=True)[HERE])[client_id]
        return observe(directories.with_owner_accounts(HERE, documents))


def start_of(observed: Observed) -> Start:
    """Return what a person says of it: which certificates are nodes', and that none of the others is."""
    entries = [
        CertificateEntry(
            f"node-{number}", f"certificates/node-{number}.pem", (f"psn-{number:02d}",), each.certificate, "",
            AdoptedCertificate(each.key_id, each.certificate.sha256_hex),
        )
        for number, each in enumerate(found_keys(observed, revoked={}))
        if each.certificate is not None and each.certificate.common_name != FOREIGN
    ]  # fmt: skip
    credentials = observed.integration.credentials
    assert isinstance(credentials, Seen)
    declared = {each.key_id for each in entries}
    return Start(
        name="production",
        file="environments/production.yaml",
        cloud=CLOUDS["global"],
        deployer=DEPLOYER.object_id,
        ise=IseRelease("3.3", 4),
        certificates=tuple(entries),
        credentials=frozenset(each for each in credentials.items if each.key_id in declared),
    )


def first_day(sandbox: Sandboxed, start: Start, observed: Observed) -> Fresh:
    return fresh_findings(start, observed, now=sandbox.world.now(), policy=Policy())


@pytest.mark.parametrize("shape", SHAPES)
def test_graph_takes_every_call_and_none_is_left_for_an_administrator(sandbox: Sandboxed, shape: str) -> None:
    client_id = made(sandbox, shape)
    before = seen(sandbox, client_id)
    start = start_of(before)
    fresh = first_day(sandbox, start, before)
    assert (fresh.unchecked, fresh.unknown, fresh.not_understood) == ((), (), ())
    assert all(fresh.steps_of[finding] for finding in fresh.findings)
    for move in (move for step in fresh.steps for move in step.moves if move.label == "Call"):
        make_calls(sandbox.graph, move.example)
    observed = seen(sandbox, client_id)
    after = first_day(sandbox, start, observed)
    assert [step.stage.id for step in after.steps if step.stage.who is Who.ENTRA] == []
    # ISE has all it needs: whatever else went, it was never this.
    integration = observed.integration
    assert isinstance(integration.granted, Seen)
    assert integration.granted.items == profiles()["minimal"].permissions
    assert integration.credentials == Seen(start.credentials)


def test_who_left_is_known_to_whoever_may_see_people_and_to_nobody_else(sandbox: Sandboxed) -> None:
    client_id = made(sandbox, "redirects-and-owners")
    observed = seen(sandbox, client_id)
    fresh = first_day(sandbox, start_of(observed), observed)
    about = {each.subject: each.rule for each in fresh.findings if each.rule.startswith("owner-")}
    assert (about[FORMER_COLLEAGUE_ID], about[COLLEAGUE_ID]) == ("owner-left", "owner-added")
    with sandbox.directories(variables=sandbox.variables(READER)) as directories:
        documents = documents_of(directories.read_again({HERE: [client_id]}, deep=True)[HERE])[client_id]
        hidden = first_day(sandbox, start_of(observed), observe(directories.with_owner_accounts(HERE, documents)))
    assert {each.rule for each in hidden.findings if each.rule.startswith("owner-")} == {"owner-added"}
    assert [each.partition(":")[0] for each in hidden.unknown] == ["whether an owner has left"]
