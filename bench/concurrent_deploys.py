"""Two deploys at once on one state in PostgreSQL, again and again: whether anything that one of them did was lost.

cdktf, Terraform and PostgreSQL are real; Entra is the sandbox's, the provider the stand-in.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measuring import Failed, Figure
from helpers.declaration.environments import read_environment
from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from sandbox.store import Store
from tests.declaring import write_environment
from tests.keeping_state import PostgreSql
from tests.projects import NAME, Project, project
from tests.sandboxes import end

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DATABASE = "rounds"
_KEPT = "SELECT data FROM ise_intune_production.states"
_DECLARED: Mapping[str, Any] = {
    "permissions": {"admin_consent": "terraform"},
    "state": {"backend": "pg"},
}
# What Terraform says when it does not have the lock at once.
_WAITED = "Acquiring state lock"


@dataclass(frozen=True)
class Round:
    """What two deploys at once left: how they ended, whether one waited for the other, what Entra and the state have.

    `declared`, `entra` and `state` are key ids of certificates; `applications` are object ids.
    """

    codes: tuple[int, ...]
    waited: bool
    declared: frozenset[str]
    entra: frozenset[str]
    state: frozenset[str]
    applications: tuple[str, ...]
    said: str

    @property
    def lost(self) -> str:
        """What is not as it should be; empty if nothing was lost or made twice."""
        if any(self.codes):
            return f"deploys ended with {self.codes}: {self.said[-800:]}"
        if len(self.applications) != 1:
            return f"{len(self.applications)} applications"
        if not self.declared == self.entra == self.state:
            return f"declared {sorted(self.declared)}, Entra {sorted(self.entra)}, state {sorted(self.state)}"
        return ""


def measured(rounds: int) -> Iterator[Figure]:
    """Yield in how many of so many rounds something was lost; in each, both deploys add a certificate and take one."""
    with tempfile.TemporaryDirectory() as folder, PostgreSql() as server:
        address = f"{server.database(_DATABASE)}&application_name=bench"
        with project(Path(folder), "stand-in", CONSENTING_DEPLOYER, postgresql=address, **_DECLARED) as made:
            played = [_play(made, server, number) for number in range(rounds)]
            lost = [each.lost for each in played if each.lost]
            if not lost:
                _require_no_plan(made)
    waited = sum(each.waited for each in played)
    shown = f"{len(lost)} of {rounds}, at most 0; one waited for the other in {waited}"
    yield Figure(
        "two deploys at once on PostgreSQL, rounds that lost anything",
        len(lost),
        0.0,
        f"{shown}: {lost[0]}" if lost else shown,
    )


def _play(made: Project, server: PostgreSql, number: int) -> Round:
    """Deploy the same change from two checkouts at the same time."""
    declared = _declare(made, number)
    deploys = [_checkout(made, which).start("cdktf", "deploy", NAME, "--auto-approve") for which in ("one", "other")]
    ended = [end(each) for each in deploys]
    applications = _applications(made)
    return Round(
        codes=tuple(each.returncode for each in ended),
        waited=any(_WAITED in each.stdout for each in ended),
        declared=declared,
        entra=frozenset(key["keyId"] for each in applications for key in each["keyCredentials"]),
        state=_in_state(server),
        applications=tuple(each["id"] for each in applications),
        said="\n".join(each.stdout for each in ended if each.returncode),
    )


def _checkout(made: Project, which: str) -> Project:
    """Return the same project with an output folder of its own, as on another machine."""
    # Below the sandbox's own: elsewhere it would keep the state itself.
    output = made.folder.output / which
    return replace(made, before=("env", f"CDKTF_OUTPUT={output}", f"CDKTF_OUTDIR={output}"))


def _declare(made: Project, number: int) -> frozenset[str]:
    """Declare two certificates, one of which was there in the round before; return the key ids of both."""
    nodes = (f"psn-{number}", f"psn-{number + 1}")
    path = write_environment(
        made.environments,
        NAME,
        tenant_id=TENANTS[0].id,
        deployer=CONSENTING_DEPLOYER.object_id,
        certificates={node: f"certificates/{node}.pem" for node in nodes},
        **_DECLARED,
    )
    return frozenset(entry.key_id for entry in read_environment(path).certificates)


def _applications(made: Project) -> list[dict[str, Any]]:
    store = Store(made.folder.store)
    try:
        return [each for each in store.all(TENANTS[0].id, "application") if each["displayName"] == "Cisco ISE"]
    finally:
        store.close()


def _in_state(server: PostgreSql) -> frozenset[str]:
    kept = json.loads("".join(server.ask(_KEPT, database=_DATABASE)) or "{}")
    certificates = (each for each in kept.get("resources", ()) if each["type"] == "azuread_application_certificate")
    return frozenset(instance["attributes"]["key_id"] for each in certificates for instance in each["instances"])


def _require_no_plan(made: Project) -> None:
    """Raise `Failed` if a plan wants to change anything after all rounds."""
    one = _checkout(made, "one")
    planned = one.terraform("plan", "-detailed-exitcode", "-no-color", "-input=false")
    if planned.returncode != os.EX_OK:
        raise Failed(f"a plan after all rounds ended with {planned.returncode}: {planned.stdout[-500:]}")
