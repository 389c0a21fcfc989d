"""The operating guide: every block of commands in docs/guide.md does on the sandbox what the guide says of it.

The project is a clone of this one, as a user has it, and all procedures share one deployment: they run in the order
of the page. What a person does by hand between two blocks, a test does.
"""

from __future__ import annotations

import contextlib
import json
import re
import ssl
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.admin_token import admin_token
from sandbox.control import Control
from sandbox.identities import DEPLOYER, TENANTS
from sandbox.sign_ins import PastSignIns
from sandbox.store import Store
from tests.checkouts import lend_set_up, repository
from tests.making_certificates import make_certificate, rsa_key, to_pem, to_zip
from tests.sandboxes import ROOT, served, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sandbox.endpoint import Endpoint
    from sandbox.folder import SandboxFolder
    from tests.checkouts import Repository

GUIDE = ROOT / "docs" / "guide.md"
_MARKED = re.compile(
    r"<!-- run: (?P<procedure>[a-z-]+)(?: as (?P<identity>[a-z-]+))?(?: in (?P<tenant>\w+))? -->\n"
    r"```sh\n(?P<script>.*?)```",
    re.DOTALL,
)
_PATIENCE = 120
pytestmark = [pytest.mark.e2e, pytest.mark.slow]
_CONTOSO, _FABRIKAM = TENANTS[:2]
_STATE = {"ACCOUNT": "statesofcontoso", "CONTAINER": "ise-intune"}


@dataclass(frozen=True)
class Block:
    """Commands of the guide: the procedure they belong to, and who runs them in which tenant."""

    procedure: str
    identity: str
    tenant: str
    script: str

    def filled_in(self, values: Mapping[str, str]) -> str:
        """Return the script with each name in capitals replaced; each must be there."""
        script = self.script
        for name, value in values.items():
            script, found = re.subn(rf"\b{name}\b", value, script)
            assert found, f"{self.procedure}: no {name}"
        return script


def blocks(procedure: str) -> list[Block]:
    """Return the blocks of a procedure, in the order of the page."""
    marked = _MARKED.finditer(GUIDE.read_text(encoding="utf-8"))
    return [
        Block(procedure, one["identity"] or DEPLOYER.name, one["tenant"] or _CONTOSO.name, one["script"])
        for one in marked
        if one["procedure"] == procedure
    ]


@dataclass(frozen=True)
class Desk:
    """Where somebody sits who follows the guide: a clone of the project, and a sandbox that is served."""

    project: Path
    upstream: Repository
    folder: SandboxFolder
    endpoint: Endpoint

    def follow(self, block: Block, **values: str) -> str:
        """Run a block as it is written; return what it printed. Any command that fails, fails the test."""
        done = self.run("bash", "-euc", block.filled_in(values), block=block)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, *command: str, block: Block | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the project, inside the sandbox, signed in as the block says."""
        identity, tenant = (block.identity, block.tenant) if block else (DEPLOYER.name, _CONTOSO.name)
        entering = ["sandbox", "run", "--folder", str(self.folder.path), "--provider", "stand-in"]
        here = [
            "sh",
            "-c",
            'unset PYTHONPATH; cd "$0" && . .venv/bin/activate && exec "$@"',
            str(self.project),
            *command,
        ]
        return subprocess.run(
            [sys.executable, "-m", "cli", *entering, "--as", identity, "--tenant", tenant, "--", *here],
            cwd=ROOT,
            env=surroundings(NO_COLOR="1", **_author()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    def accept(self, outputs: str) -> None:
        """Consent as an administrator does: open the address that the deploy handed over."""
        ((_, handed_out),) = json.loads((self.project / outputs).read_text(encoding="utf-8")).items()
        trust = ssl.create_default_context(cafile=str(self.folder.ca))
        with httpx.Client(proxy=self.endpoint.proxy_url, verify=trust, trust_env=False) as browser:
            bearer = {"Authorization": f"Bearer {admin_token(self.folder.path)}"}
            browser.post(handed_out["admin_consent_url"], headers=bearer).raise_for_status()

    def export(self, node: str, label: str) -> str:
        """Export the certificate of a node as ISE does, over a key that the label names; return the file."""
        path = self.folder.path / f"{label}.zip"
        path.write_bytes(to_zip({"Defaultselfsignedserver.pem": to_pem(make_certificate(node, key=rsa_key(label)))}))
        return str(path)

    def in_entra(self, tenant: str = _CONTOSO.id) -> list[dict[str, Any]]:
        """Return the applications that deploys made in a tenant and that are still there."""
        with contextlib.closing(Store(self.folder.store)) as store:
            return store.where(tenant, "application", "createdByAppId", DEPLOYER.client_id)

    def key_ids(self) -> set[str]:
        """Return the key ids of the certificates of the one application."""
        (application,) = self.in_entra()
        return {credential["keyId"] for credential in application["keyCredentials"]}

    def key_id(self, entry: str) -> str:
        """Return the key id under which an entry was deployed."""
        outputs = json.loads((self.project / "outputs-production.json").read_text(encoding="utf-8"))
        return str(outputs["production"]["certificates"][entry]["key_id"])

    def signed_in(self, entry: str, *days: float) -> None:
        """Let a node have signed in with an entry's certificate so many days ago."""
        at = tuple((datetime.now(UTC) - timedelta(days=each)).isoformat() for each in days)
        outputs = json.loads((self.project / "outputs-production.json").read_text(encoding="utf-8"))["production"]
        with Control(self.folder) as control:
            control.keep_past(PastSignIns(_CONTOSO.id, outputs["client_id"], at, self.key_id(entry)))

    def resource_changes(self) -> list[str]:
        """Return the addresses that a plan in the stack's folder, as it is, would change."""
        stack = self.project / "cdktf.out" / "stacks" / "production"
        planned = self.run("terraform", f"-chdir={stack}", "plan", "-out=look.tfplan")
        assert planned.returncode == 0, planned.stderr
        shown = json.loads(self.run("terraform", f"-chdir={stack}", "show", "-json", "look.tfplan").stdout)
        return [one["address"] for one in shown.get("resource_changes", []) if one["change"]["actions"] != ["no-op"]]


def _author() -> dict[str, str]:
    """Return what lets git commit where nobody has said who they are."""
    return {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "A. Person"), ("EMAIL", "person@contoso.example"))
    }


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A fresh clone, with all that set-up would install."""
    path = tmp_path_factory.mktemp("guide")
    upstream = repository(path / "upstream", ())
    project = path / "project"
    subprocess.run(["git", "clone", "--quiet", str(upstream.path), str(project)], check=True)
    with served(path / "sandbox") as (folder, endpoint):
        lend_set_up(project, terraform=folder.programs / "terraform", output=folder.output)
        yield Desk(project, upstream, folder, endpoint)


def test_a_first_deployment_ends_with_a_chain_that_is_proven_and_no_drift(desk: Desk) -> None:
    deploy, prove, nightly = blocks("first-deployment")
    ids = {"TENANT_ID": _CONTOSO.id, "DEPLOYER": DEPLOYER.object_id, "ISE_ADDRESS": "https://pan.ise.sandbox.test"}
    assert "adminconsent" in desk.follow(deploy, **ids, **_STATE)
    desk.accept("outputs-production.json")
    assert "proven with a probe" in desk.follow(prove)
    desk.follow(nightly)
    assert desk.key_ids() == {desk.key_id("psn-01"), desk.key_id("pan")}


def test_an_upgrade_of_ise_changes_nothing_in_entra(desk: Desk) -> None:
    before = desk.in_entra()
    write, ask = blocks("upgrading-ise")
    assert "3.4" in desk.follow(write)
    desk.follow(ask)
    assert desk.in_entra() == before


def test_a_renewal_leaves_the_new_certificate_and_the_other_nodes(desk: Desk) -> None:
    others, old = desk.key_ids() - {desk.key_id("psn-01")}, desk.key_id("psn-01")
    add, look, remove = blocks("renewal")
    desk.follow(add, FILE=desk.export("psn-01", "renewed"))
    assert desk.key_ids() == {*others, old, desk.key_id("psn-01-2027")}
    desk.signed_in("psn-01", 20, 12)
    desk.signed_in("psn-01-2027", 11, 0.1)
    desk.follow(look)
    desk.follow(remove)
    assert desk.key_ids() == {*others, desk.key_id("psn-01-2027")}


def test_a_node_that_joins_gets_a_certificate_and_one_that_leaves_loses_it(desk: Desk) -> None:
    others = desk.key_ids()
    (joins,) = blocks("node-joins")
    (leaves,) = blocks("node-leaves")
    assert "psn-02" in desk.follow(joins, FILE=desk.export("psn-02", "joining"))
    assert desk.key_ids() == {*others, desk.key_id("psn-02")}
    desk.follow(leaves)
    assert desk.key_ids() == others


def test_a_compromised_certificate_is_gone_after_one_deploy_and_stays_out(desk: Desk) -> None:
    stolen = desk.key_id("psn-01-2027")
    (block,) = blocks("compromise")
    desk.follow(block, FILE=desk.export("psn-01", "new-key"))
    assert stolen not in desk.key_ids()
    assert desk.key_id("psn-01-new") in desk.key_ids()
    again = desk.run("ise-intune", "certificate", "add", "production", "again", desk.export("psn-01", "renewed"))
    assert again.returncode == 1
    assert "revoked" in again.stderr


def test_a_new_tenant_gets_its_own_application_and_the_old_one_is_not_touched(desk: Desk) -> None:
    before = desk.in_entra()
    (block,) = blocks("new-tenant")
    ids = {"TENANT_ID": _FABRIKAM.id, "DEPLOYER": DEPLOYER.object_id}
    desk.follow(block, **ids, **_STATE, FILE=desk.export("psn-01", "subsidiary"))
    assert len(desk.in_entra(_FABRIKAM.id)) == 1
    assert desk.in_entra() == before


def test_a_lost_state_makes_the_deploy_fail_and_its_copy_makes_it_fit_again(desk: Desk) -> None:
    before = desk.in_entra()
    (keep,) = blocks("keeping-state")
    (restore,) = blocks("restoring-state")
    copy = str(desk.folder.path / "copy.tfstate")
    desk.follow(keep, BACKUP=copy)
    (desk.folder.path / "state" / "production.tfstate").unlink()
    lost = desk.run("cdktf", "deploy", "production", "--auto-approve")
    assert lost.returncode != 0
    assert "needs to be imported" in " ".join((lost.stdout + lost.stderr).split())
    assert "No changes" in desk.follow(restore, BACKUP=copy)
    assert desk.in_entra() == before


def test_without_a_copy_everything_is_imported_and_nothing_is_written_to_entra(desk: Desk) -> None:
    (block,) = blocks("state-without-copy")
    before, state = desk.in_entra(), desk.folder.path / "state" / "production.tfstate"
    file = desk.project / "environments" / "production.yaml"
    known, declared = state.read_bytes(), file.read_bytes()
    state.unlink()
    assert "No changes" in desk.follow(block)
    assert desk.in_entra() == before
    # What follows in the guide goes on from before.
    state.write_bytes(known)
    file.write_bytes(declared)


def test_a_new_version_plans_no_change_and_leaves_what_is_the_users(desk: Desk) -> None:
    changelog = desk.upstream.path / "CHANGELOG.md"
    changelog.write_text(f"{changelog.read_text(encoding='utf-8')}\nA new version.\n", encoding="utf-8")
    version = desk.upstream.commit("Release")
    mine = (desk.project / "environments" / "production.yaml").read_bytes()
    (block,) = blocks("new-version")
    assert "No changes" in desk.follow(block, UPSTREAM=str(desk.upstream.path), VERSION=version)
    assert (desk.project / "CHANGELOG.md").read_bytes() == changelog.read_bytes()
    assert (desk.project / "environments" / "production.yaml").read_bytes() == mine


def test_going_on_in_hcl_changes_no_resource(desk: Desk) -> None:
    (block,) = blocks("leaving-to-hcl")
    assert "must be replaced" not in desk.follow(block)
    assert desk.resource_changes() == []


def test_terraform_forgets_without_destroying(desk: Desk) -> None:
    before = desk.in_entra()
    state = desk.folder.path / "state" / "production.tfstate"
    kept = state.read_bytes()
    (block,) = blocks("leaving-by-forgetting")
    assert "no longer be managed" in desk.follow(block)
    assert json.loads(state.read_bytes())["resources"] == []
    assert desk.in_entra() == before
    # What follows is of one who stays.
    state.write_bytes(kept)


def test_decommissioning_leaves_no_application_and_no_file(desk: Desk) -> None:
    (block,) = blocks("decommissioning")
    left = desk.follow(block)
    assert desk.in_entra() == []
    assert "subsidiary" in left
    assert "production" not in left.splitlines()[-1]
    certificates = (desk.project / "environments" / "certificates").iterdir()
    assert [file.name for file in certificates] == ["subsidiary-psn-01.pem"]
    assert len(desk.in_entra(_FABRIKAM.id)) == 1
