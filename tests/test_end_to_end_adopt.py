"""An application that somebody made by hand is adopted, deployed without a write to Graph, and has not drifted."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.control import Control
from sandbox.identities import AUDITOR, CONSENTING_DEPLOYER, TENANTS
from sandbox.orders import Registration
from sandbox.portal.registering import register_in
from sandbox.shapes import SHAPES
from sandbox.sign_ins import PastSignIns
from tests.making_certificates import make_certificate, rsa_key, to_pem, to_zip
from tests.projects import MIRROR, NAME, Applied, Project, deploy
from tests.sandboxes import served
from tests.test_guide import blocks

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.identities import Pipeline

TENANT = TENANTS[0].id
_NO_WRITE = {"GET", "HEAD"}
_CERTIFICATE = "azuread_application_certificate.certificate-"
_unmodified = pytest.mark.skipif(
    not MIRROR, reason="AZUREAD_PROVIDER_MIRROR names no mirror of the unmodified azuread provider"
)


@dataclass(frozen=True)
class Adopted:
    """A sandbox with an application in it, and the folder its file goes into."""

    made: Project
    client_id: str

    def adopt(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Run the verb as the pipeline."""
        return self.cli(
            "adopt",
            self.client_id,
            "--tenant",
            TENANT,
            "--name",
            NAME,
            "--deployer",
            CONSENTING_DEPLOYER.object_id,
            *more,
        )

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run the gate alone."""
        return self.cli("adopt", "--check", NAME)

    def review(self) -> subprocess.CompletedProcess[str]:
        """Review the plan as a pipeline does."""
        planned = self.made.terraform("plan", "-no-color", "-input=false", "-out=plan.bin")
        assert planned.returncode == 0, planned.stderr
        plan = self.made.environments / "plan.json"
        plan.write_text(self.made.terraform("show", "-json", "plan.bin").stdout, encoding="utf-8")
        return self.cli("review", "--plan", str(plan))

    def deploy(self) -> None:
        """Apply what is synthesized."""
        done = self.made.terraform("apply", "-auto-approve", "-no-color", "-input=false")
        assert done.returncode == 0, done.stderr

    def drift(self) -> subprocess.CompletedProcess[str]:
        """Look for drift, by the file alone."""
        return self.cli("drift", NAME, "--deep", "--settle", "0", "--format", "json")

    def requests(self) -> list[dict[str, Any]]:
        """Return what Graph was asked so far."""
        log = self.made.folder.requests_log
        seen = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
        return [each for each in seen if each["host"].startswith("graph.")]

    def writes(self, since: int) -> list[str]:
        """Return the writes to Graph since so many requests; a batch is told by what is in it."""
        return [
            f"{each['method']} {each['path']}"
            for each in self.requests()[since:]
            if each["method"] not in _NO_WRITE and not each["path"].endswith("/$batch")
        ]

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line as who signs in."""
        return self.made.run(sys.executable, "-m", "cli", *arguments)

    def seen_by(self, pipeline: Pipeline) -> Adopted:
        """Return the same with another pipeline signed in."""
        return replace(self, made=replace(self.made, deployer=pipeline))


@contextmanager
def adopted(
    path: Path, provider: str, shape: str, *, owns: bool = True, pipeline: Pipeline = CONSENTING_DEPLOYER
) -> Iterator[Adopted]:
    """Serve a new sandbox with an application of a shape; `pipeline` is who signs in."""
    (path / "environments").mkdir(parents=True)
    with served(path / "sandbox") as (folder, _endpoint):
        wanted = Registration(shape, TENANT, deployer=CONSENTING_DEPLOYER.object_id, deployer_owns=owns)
        registered = register_in(folder, wanted)
        yield Adopted(Project(folder, path / "environments", provider, pipeline), registered.client_id)


def _adopt_and_deploy(it: Adopted, *more: str) -> None:
    before = len(it.requests())
    done = it.adopt(*more)
    assert done.returncode == 0, done.stderr
    assert re.search(r"a deploy imports \d+ objects, and changes nothing", done.stderr)
    it.deploy()
    assert it.writes(before) == []
    again = it.check()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "objects are in the state already, and a deploy changes nothing" in again.stderr


def _left(it: Adopted) -> list[str]:
    """Return the options that let all stay that no file declares, as the verb itself offers them."""
    offered = re.findall(r"--leave (\S+)", it.adopt().stderr)
    return [word for each in dict.fromkeys(offered) for word in ("--leave", each)]


@pytest.mark.e2e
def test_what_was_made_by_hand_is_deployed_without_a_write(tmp_path: Path) -> None:
    """The shape with most that a deploy could strip: redirect URIs, a scope, owners of their own."""
    with adopted(tmp_path, "stand-in", "redirects-and-owners") as it:
        _adopt_and_deploy(it)
        drift = it.drift()
        assert json.loads(drift.stdout)["found"] == [], drift.stdout


@pytest.mark.e2e
@pytest.mark.slow
def test_a_deployer_that_is_no_owner_passes_no_gate(tmp_path: Path) -> None:
    with adopted(tmp_path, "stand-in", "cisco", owns=False) as it:
        done = it.adopt()
        assert done.returncode == 2, done.stderr
        assert "would change: azuread_application.application is changed" in done.stderr
        assert it.check().returncode == 2
        assert it.review().returncode == 2


@pytest.mark.e2e
@pytest.mark.slow
@_unmodified
@pytest.mark.parametrize("shape", SHAPES)
def test_the_unmodified_provider_changes_nothing_of_any_shape(tmp_path: Path, shape: str) -> None:
    with adopted(tmp_path, "mirror", shape) as it:
        more = _left(it) if shape == "with-secret" else []
        assert it.adopt(*more).returncode == 0
        reviewed = it.review()
        assert reviewed.returncode == 0, reviewed.stdout
        assert "are taken into its state" in reviewed.stdout
        _adopt_and_deploy(it, *more, "--replace")
        it.made.synthesize()
        assert it.made.terraform("plan", "-detailed-exitcode", "-no-color", "-input=false").returncode == 0


@pytest.mark.e2e
@pytest.mark.slow
@_unmodified
def test_the_unmodified_provider_imports_consent_as_code(tmp_path: Path) -> None:
    """As the auditor, who may read all of it and write nothing: not even a deploy that imports needs more."""
    with adopted(tmp_path, "mirror", "support-tip-2020", pipeline=AUDITOR) as it:
        _adopt_and_deploy(it, "--admin-consent", "terraform")


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.parametrize("provider", ["stand-in", pytest.param("mirror", marks=_unmodified)])
def test_an_adopted_application_is_renewed_by_evidence_and_let_go_as_it_is(tmp_path: Path, provider: str) -> None:
    """What a team does with one over the years, each step by the command that the step before names."""
    with adopted(tmp_path, provider, "redirects-and-owners") as it:
        before = len(it.requests())
        _adopt_and_deploy(it)
        _nothing_is_to_be_done(it)
        assert it.writes(before) == []
        evidence = _renew(it)
        _retire(it, evidence)
        _nothing_is_to_be_done(it)
        _let_go(it)


def _outputs(it: Adopted) -> str:
    """Write the outputs of the last deploy into a file, as a pipeline hands them on; return its name."""
    file = it.made.environments.parent / "outputs.json"
    file.write_text(json.dumps({NAME: it.made.outputs()}), encoding="utf-8")
    return str(file)


def _nothing_is_to_be_done(it: Adopted) -> None:
    """The gate, the run sheet and every way of looking for drift agree."""
    auditor, outputs = it.seen_by(AUDITOR), _outputs(it)
    for more in ([], ["--deep"], ["--outputs", outputs], ["--deep", "--outputs", outputs]):
        seen = auditor.cli("drift", NAME, "--settle", "0", *more)
        assert (seen.returncode, "CLEAN" in seen.stdout) == (0, True), seen.stdout + seen.stderr
    again = it.check()
    assert again.returncode == 0, again.stdout + again.stderr
    assert "a deploy changes nothing" in again.stderr
    sheet = auditor.cli("runsheet", NAME, "--outputs", outputs)
    assert (sheet.returncode, it.client_id in sheet.stdout) == (0, True), sheet.stderr
    doctor = auditor.cli("doctor", NAME, "--outputs", outputs)
    for part in ("declaration", "certificates", "outputs", "drift"):
        assert f"\n{part} well " in f"\n{doctor.stdout}", doctor.stdout + doctor.stderr


def _renew(it: Adopted) -> str:
    """Add a successor of psn-01's certificate, deploy it, and let weeks pass; return the file of the evidence."""
    export = it.made.environments.parent / "export.zip"
    # It ends before the one that it replaces, as certificates do of which people expect less by the year.
    newer = make_certificate("psn-01.ise.sandbox.test", key=rsa_key("renewed"), not_before=datetime.now(UTC))
    export.write_bytes(to_zip({"Defaultselfsignedserver.pem": to_pem(newer)}))
    added = it.cli("certificate", "add", NAME, "psn-01-2027", str(export), "--node", "psn-01")
    assert added.returncode == 0, added.stderr
    assert deploy(it.made) == Applied(created=(f"{_CERTIFICATE}psn-01-2027",))
    outputs, evidence = _outputs(it), str(it.made.environments.parent / "usage.json")
    look = ("certificate", "usage", NAME, "--outputs", outputs)
    auditor = it.seen_by(AUDITOR)
    early = auditor.cli(*look, "--entry", "psn-01", "--format", "json", "--output", evidence)
    assert early.returncode == 1, early.stderr
    refused = it.cli("certificate", "remove", NAME, "psn-01", "--evidence", evidence)
    assert refused.returncode == 1
    assert "psn-01: stays" in refused.stderr
    _signed_in(it, "psn-01", 25, 20, 12)
    _signed_in(it, "psn-01-2027", 11, 3, 0.1)
    _signed_in(it, "pan", 25, 3, 0.1)
    everything = auditor.cli(*look)
    assert everything.returncode == 0, everything.stdout
    seen = auditor.cli(*look, "--entry", "psn-01", "--format", "json", "--output", evidence)
    assert seen.returncode == 0, seen.stderr
    return evidence


def _signed_in(it: Adopted, entry: str, *days: float) -> None:
    key_id = it.made.outputs()["certificates"][entry]["key_id"]
    at = tuple((datetime.now(UTC) - timedelta(days=each)).isoformat() for each in days)
    with Control(it.made.folder) as control:
        control.keep_past(PastSignIns(TENANT, it.client_id, at, key_id))


def _retire(it: Adopted, evidence: str) -> None:
    """Take the imported certificate away for the reason that it is unused; the next deploy does just that."""
    removed = it.cli("certificate", "remove", NAME, "psn-01", "--evidence", evidence)
    assert removed.returncode == 0, removed.stderr
    assert "unused since " in removed.stderr
    assert deploy(it.made) == Applied(deleted=(f"{_CERTIFICATE}psn-01",))


def _let_go(it: Adopted) -> None:
    """Let Terraform forget it all, by the guide: from where it is in the stack's folder."""
    (block,) = blocks("leaving-by-forgetting")
    before, _synthesizing, forgetting = len(it.requests()), *block.script.split("cd cdktf.out/stacks/production\n")
    it.made.synthesize()
    done = it.made.run("sh", "-c", 'cd "$CDKTF_OUTDIR/stacks/$0" && bash -euc "$1"', NAME, forgetting)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 to add, 0 to change, 0 to destroy" in done.stdout
    assert it.made.terraform("state", "list").stdout == ""
    assert it.writes(before) == []
    assert json.loads(it.seen_by(AUDITOR).drift().stdout)["found"] == []
