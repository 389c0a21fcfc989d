"""What a team does, on whichever forge: declares, proposes a change, and changes Entra behind Terraform's back."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from helpers.clouds import CLOUDS
from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from tests.declaring import write_environment
from tests.registering import deployers_token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.checkouts import Repository
    from tests.jobs import Surroundings

NAME = "production"
POLICY = ("pipelines/policy.yaml", "policy.yaml")
TWO = {"psn-01": "certificates/psn-01.pem", "psn-02": "certificates/psn-02.pem"}
# Whoever runs code of the change runs into this.
TRAP_SAYS = "code of the change was run"
_TRAP = f"raise SystemExit('{TRAP_SAYS}')\n"
_HERE: dict[str, Any] = {
    "tenant_id": TENANTS[0].id,
    "deployer": CONSENTING_DEPLOYER.object_id,
    "permissions": {"profile": "minimal", "admin_consent": "terraform"},
}


@dataclass(frozen=True)
class Story:
    """A repository with what its users copied, and the world that it is deployed to."""

    repository: Repository
    around: Surroundings

    def declare(self, **changes: Any) -> None:  # noqa: ANN401 — any plain value
        """Write the environment file, in the repository's folder."""
        write_environment(self.repository.path / "environments", NAME, **{**_HERE, **changes})

    def push(self, message: str) -> tuple[str, str]:
        """Commit to main; return the commits before and after."""
        before = self.repository.git("rev-parse", "main")
        return before, self.repository.commit(message)

    def propose(self, head: str, merge: str) -> tuple[str, str]:
        """Let somebody propose a second node, with traps and another policy; return the head's and the merge's commit.

        `head` and `merge` are the refs that the forge gives them.
        """
        git, path = self.repository.git, self.repository.path
        git("checkout", "--quiet", "-b", "patch-1")
        self.declare(certificates=TWO)
        for file in ("helpers/__init__.py", "cli/__init__.py", "main.py", "sitecustomize.py", "environments/trap.py"):
            (path / file).write_text(_TRAP, encoding="utf-8")
        (path / "policy.yaml").write_text("schema: 1\ngate: high\n", encoding="utf-8")
        (path / "Makefile").write_text("setup:\n\tfalse\n", encoding="utf-8")
        head_commit = self.repository.commit("Let a second node sign in, and more")
        git("checkout", "--quiet", "--detach", "main")
        git("merge", "--quiet", "--no-ff", "-m", "Merge 7", "patch-1")
        merge_commit = git("rev-parse", "HEAD")
        git("update-ref", head, head_commit)
        git("update-ref", merge, merge_commit)
        git("checkout", "--quiet", "main")
        return head_commit, merge_commit

    def graph(self, method: str, path: str, content: object = None) -> Any:  # noqa: ANN401 — any JSON value
        """Let the deployer do something by hand, behind Terraform's back."""
        proxy = f"http://127.0.0.1:{self.around.endpoint.proxy_port}"
        trust = ssl.create_default_context(cafile=self.around.folder.ca)
        with httpx.Client(proxy=proxy, verify=trust, trust_env=False) as web:
            token = deployers_token(web, self.around.folder.path, TENANTS[0], CONSENTING_DEPLOYER)
            headers = {"Authorization": f"Bearer {token}"}
            done = web.request(method, f"{CLOUDS['global'].graph}/v1.0{path}", json=content, headers=headers)
            return done.raise_for_status().json() if done.content else None

    def add_secret(self, application: str) -> str:
        """Let somebody add a client secret; return its key id."""
        asked = {"passwordCredential": {"displayName": "by hand"}}
        return str(self.graph("POST", f"/applications/{application}/addPassword", asked)["keyId"])

    def remove_secret(self, application: str, key_id: str) -> None:
        """Take it away again."""
        self.graph("POST", f"/applications/{application}/removePassword", {"keyId": key_id})


def handed_over(folder: Path) -> dict[str, Any]:
    """Return the outputs that a deploy kept, and see that the run sheet is beside them."""
    outputs: dict[str, Any] = json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8"))
    assert outputs["client_id"]["value"] in (folder / f"runsheet-{NAME}.html").read_text(encoding="utf-8")
    return outputs
