"""An application that somebody made by hand is adopted, deployed without a write to Graph, and has not drifted."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.identities import AUDITOR, CONSENTING_DEPLOYER, TENANTS
from sandbox.orders import Registration
from sandbox.portal.registering import register_in
from sandbox.shapes import SHAPES
from tests.projects import MIRROR, NAME, Project
from tests.sandboxes import served

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.identities import Pipeline

TENANT = TENANTS[0].id
_NO_WRITE = {"GET", "HEAD"}


@dataclass(frozen=True)
class Adopted:
    """A sandbox with an application in it, and the folder its file goes into."""

    made: Project
    client_id: str

    def adopt(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Run the verb as the pipeline."""
        return self._cli(
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
        return self._cli("adopt", "--check", NAME)

    def review(self) -> subprocess.CompletedProcess[str]:
        """Review the plan as a pipeline does."""
        planned = self.made.terraform("plan", "-no-color", "-input=false", "-out=plan.bin")
        assert planned.returncode == 0, planned.stderr
        plan = self.made.environments / "plan.json"
        plan.write_text(self.made.terraform("show", "-json", "plan.bin").stdout, encoding="utf-8")
        return self._cli("review", "--plan", str(plan))

    def deploy(self) -> None:
        """Apply what is synthesized."""
        done = self.made.terraform("apply", "-auto-approve", "-no-color", "-input=false")
        assert done.returncode == 0, done.stderr

    def drift(self) -> subprocess.CompletedProcess[str]:
        """Look for drift, by the file alone."""
        return self._cli("drift", NAME, "--deep", "--settle", "0", "--format", "json")

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

    def _cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.made.run(sys.executable, "-m", "cli", *arguments)


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
    assert "imports 0 objects" in again.stderr


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
@pytest.mark.skipif(not MIRROR, reason="AZUREAD_PROVIDER_MIRROR names no mirror of the unmodified azuread provider")
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
@pytest.mark.skipif(not MIRROR, reason="AZUREAD_PROVIDER_MIRROR names no mirror of the unmodified azuread provider")
def test_the_unmodified_provider_imports_consent_as_code(tmp_path: Path) -> None:
    """As the auditor, who may read all of it and write nothing: not even a deploy that imports needs more."""
    with adopted(tmp_path, "mirror", "support-tip-2020", pipeline=AUDITOR) as it:
        _adopt_and_deploy(it, "--admin-consent", "terraform")
