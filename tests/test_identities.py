"""What each identity may do: the smallest set works, and whatever is taken from it, the sandbox's Graph refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cli.identities import checking
from cli.identities.table import as_markdown
from clients.graph.identities import (
    ASSIGN,
    DEPLOY,
    DEPLOY_WITH_CONSENT,
    DRIFT,
    GRANT,
    IDENTITIES,
    OWNED,
    PLAN,
    USAGE,
    VERIFY,
    needed,
)
from clients.graph.permissions import APPLICATIONS, DIRECTORY, NEEDS, POLICIES, USAGE_NEEDS
from clients.graph.sign_in import SignIn
from helpers.model import PermissionType, stated
from helpers.permissions import permission_name
from sandbox.identities import AUDITOR, CONSENTING_DEPLOYER, DEPLOYER, READER, TENANTS
from tests.commanding import Said, say
from tests.declaring import declare, write_environment
from tests.drifting import Fleet, entered
from tests.granting import grant_only
from tests.reading_graph import Sandboxed, a_sandbox
from tests.stand_in import Failed, StandIn, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.declaration.declaration import Declaration
    from sandbox.identities import Pipeline

PAGE = Path(__file__).resolve().parent.parent / "docs" / "identities.md"
MANUAL: dict[str, Any] = {"admin_consent": "manual"}
AS_CODE: dict[str, Any] = {"admin_consent": "terraform"}
DELEGATED: dict[str, Any] = {"profile": "article-2016", "admin_consent": "terraform"}
CONSENTS = {"by hand": MANUAL, "as code": AS_CODE, "delegated": DELEGATED}


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == as_markdown(IDENTITIES)


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandboxed:
    return a_sandbox(tmp_path, tmp_path_factory)


def declared(folder: Path, permissions: dict[str, Any]) -> Declaration:
    return declare(folder, tenant_id=TENANTS[0].id, deployer=CONSENTING_DEPLOYER.object_id, permissions=permissions)


@dataclass
class Deploy:
    """What Terraform does with a declaration, by the stand-in for the provider, as one pipeline."""

    sandbox: Sandboxed
    declaration: Declaration
    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)

    def provider(self, pipeline: Pipeline, permissions: frozenset[str]) -> StandIn:
        """Return the provider, signed in as a pipeline that holds these permissions and no others."""
        world = self.sandbox.world
        grant_only(world, pipeline, permissions)
        secret = json.loads((world.folder / "deployers.json").read_text())[pipeline.client_id]
        wire = Wire(self.sandbox.graph.services)
        return StandIn(wire, tenant_id=TENANTS[0].id, client_id=pipeline.client_id, client_secret=secret)

    def apply(self, provider: StandIn) -> None:
        """Make everything that the stack declares."""
        application = self._create(
            provider,
            "application",
            display_name="ISE",
            owners=[CONSENTING_DEPLOYER.object_id],
            prevent_duplicate_names=True,
        )
        owners = [CONSENTING_DEPLOYER.object_id]
        principal = self._create(provider, "service_principal", client_id=application["client_id"], owners=owners)
        entry = self.declaration.certificates[0].certificate
        self._create(
            provider,
            "application_certificate",
            application_id=application["id"],
            type="AsymmetricX509Cert",
            encoding="pem",
            value=entry.pem,
            key_id=entry.key_id,
            start_date=entry.start_date,
            end_date=entry.end_date,
        )
        if self.declaration.terms.admin_consent.value == "terraform":
            self._consent(provider, principal["object_id"])

    def _consent(self, provider: StandIn, principal: str) -> None:
        requested = sorted(stated(self.declaration.integration.requested))
        for api in sorted({each.api for each in requested}):
            resource = provider.look_up("service_principal", client_id=api)["object_id"]
            self.looked_up.append(api)
            scopes = []
            for each in (each for each in requested if each.api == api):
                if each.type is PermissionType.DELEGATED:
                    scopes.append(permission_name(each))
                else:
                    ends = {"principal_object_id": principal, "resource_object_id": resource}
                    self._create(provider, "app_role_assignment", app_role_id=each.id, **ends)
            if scopes:
                self._create(
                    provider,
                    "service_principal_delegated_permission_grant",
                    service_principal_object_id=principal,
                    resource_service_principal_object_id=resource,
                    claim_values=sorted(scopes),
                )

    def _create(self, provider: StandIn, kind: str, **config: object) -> dict[str, Any]:
        state = provider.create(kind, **config)
        self.made.append((kind, state))
        return state

    def refresh(self, provider: StandIn) -> None:
        """Read everything again, as a plan does."""
        for kind, state in self.made:
            assert provider.read(kind, state) is not None, kind
        for api in self.looked_up:
            provider.look_up("service_principal", client_id=api)

    def destroy(self, provider: StandIn) -> None:
        """Take down what was made, in reverse."""
        for kind, state in reversed(self.made):
            provider.delete(kind, state)


@pytest.mark.parametrize("consent", CONSENTS)
def test_a_deployer_with_what_it_needs_deploys_plans_and_takes_down(
    sandbox: Sandboxed, tmp_path: Path, consent: str
) -> None:
    deploy = Deploy(sandbox, declared(tmp_path, CONSENTS[consent]))
    provider = deploy.provider(CONSENTING_DEPLOYER, needed("deploy", [deploy.declaration]))
    deploy.apply(provider)
    deploy.refresh(provider)
    deploy.destroy(provider)


def without_one() -> Iterator[Any]:
    for consent, identity in (
        ("by hand", DEPLOY),
        ("as code", DEPLOY_WITH_CONSENT),
        ("delegated", DEPLOY_WITH_CONSENT),
    ):
        for permission in sorted(identity.permissions - ({GRANT} if consent == "as code" else set())):
            yield pytest.param(consent, permission, id=f"{consent} without {permission}")


@pytest.mark.parametrize(("consent", "lacking"), [*without_one()])
def test_a_deployer_without_one_of_them_is_refused_with_graphs_own_words(
    sandbox: Sandboxed, tmp_path: Path, consent: str, lacking: str
) -> None:
    deploy = Deploy(sandbox, declared(tmp_path, CONSENTS[consent]))
    held = needed("deploy", [deploy.declaration])
    assert lacking in held
    provider = deploy.provider(CONSENTING_DEPLOYER, held - {lacking})
    with pytest.raises(Failed, match="Insufficient privileges to complete the operation"):
        deploy.apply(provider)


@pytest.mark.parametrize("consent", CONSENTS)
def test_who_plans_reads_what_was_deployed_and_may_make_nothing(
    sandbox: Sandboxed, tmp_path: Path, consent: str
) -> None:
    deploy = Deploy(sandbox, declared(tmp_path, CONSENTS[consent]))
    deploy.apply(deploy.provider(CONSENTING_DEPLOYER, DEPLOY_WITH_CONSENT.permissions))
    planner = deploy.provider(READER, needed("plan", [deploy.declaration]))
    deploy.refresh(planner)
    with pytest.raises(Failed, match="Insufficient privileges to complete the operation"):
        deploy.destroy(planner)


@pytest.mark.parametrize(("consent", "lacking"), [("by hand", APPLICATIONS), ("delegated", DIRECTORY)])
def test_who_plans_without_one_of_them_is_refused(
    sandbox: Sandboxed, tmp_path: Path, consent: str, lacking: str
) -> None:
    deploy = Deploy(sandbox, declared(tmp_path, CONSENTS[consent]))
    deploy.apply(deploy.provider(CONSENTING_DEPLOYER, DEPLOY_WITH_CONSENT.permissions))
    planner = deploy.provider(READER, needed("plan", [deploy.declaration]) - {lacking})
    with pytest.raises(Failed, match="Insufficient privileges to complete the operation"):
        deploy.refresh(planner)


@pytest.fixture
def fleet(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return entered(tmp_path, tmp_path_factory, monkeypatch)


def test_who_looks_for_drift_sees_everything_with_what_it_needs(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    assert all(need.satisfied(DRIFT.permissions) for need in NEEDS)
    grant_only(fleet.sandbox.world, AUDITOR, DRIFT.permissions)
    said = fleet.drift(capsys, "--format", "json")
    assert (said.code, said.json["unchecked"]) == (0, [])


@pytest.mark.parametrize("lacking", sorted(DRIFT.permissions))
def test_what_who_looks_for_drift_lacks_is_named(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, lacking: str
) -> None:
    grant_only(fleet.sandbox.world, AUDITOR, DRIFT.permissions - {lacking})
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    reasons = {each["reason"] for each in said.json["unchecked"]}
    advice = {"needs Application.Read.All (403)"} if lacking == DIRECTORY else {f"needs {lacking} (403)"}
    assert advice <= reasons, reasons


# -- holding a token to a job


@pytest.fixture
def signed_in(sandbox: Sandboxed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandboxed:
    """Let the command line come to the sandbox, signed in as the consenting deployer, with one environment."""
    for name, value in sandbox.variables(CONSENTING_DEPLOYER).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path / "environments"))
    monkeypatch.setattr(checking, "SignIn", partial(SignIn, transport=sandbox.ways.sign_in))
    declared(tmp_path / "environments", DELEGATED)
    return sandbox


def check(capsys: pytest.CaptureFixture[str], job: str, *more: str) -> Said:
    return say(capsys, "identities", "--check", job, *more)


@pytest.mark.parametrize(
    ("job", "held"),
    [
        ("plan", PLAN.permissions),
        ("deploy", DEPLOY_WITH_CONSENT.permissions),
        ("drift", DRIFT.permissions),
        ("verify", VERIFY.permissions),
        ("usage", USAGE.permissions),
    ],
)
def test_who_may_is_told_so_and_who_lacks_one_is_told_which(
    capsys: pytest.CaptureFixture[str], signed_in: Sandboxed, job: str, held: frozenset[str]
) -> None:
    grant_only(signed_in.world, CONSENTING_DEPLOYER, held)
    may = check(capsys, job)
    assert (may.code, may.err) == (0, "")
    assert may.out == f"{CONSENTING_DEPLOYER.client_id} may do the job {job} for 1 environment in {TENANTS[0].id}.\n"
    for lacking in sorted(held):
        grant_only(signed_in.world, CONSENTING_DEPLOYER, held - {lacking})
        said = check(capsys, job)
        assert said.code == 2
        assert f"lacks {lacking}, without which Graph answers {job} with 403; a Privileged Role Admin" in said.err
        assert " may not do the job " in said.out


@pytest.mark.usefixtures("signed_in")
def test_a_deployer_that_is_not_the_one_in_the_file_is_told_before_it_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_environment(
        tmp_path / "environments", tenant_id=TENANTS[0].id, deployer=DEPLOYER.object_id, permissions=MANUAL
    )
    said = check(capsys, "deploy", "production")
    assert said.code == 2
    assert f"deployer is {DEPLOYER.object_id}, and {CONSENTING_DEPLOYER.object_id} is signed in" in said.err


def test_what_is_held_beyond_need_is_said_and_no_failure(
    capsys: pytest.CaptureFixture[str], signed_in: Sandboxed, tmp_path: Path
) -> None:
    declared(tmp_path / "environments", MANUAL)
    grant_only(signed_in.world, CONSENTING_DEPLOYER, {OWNED, ASSIGN, "Directory.ReadWrite.All"})
    said = check(capsys, "deploy")
    assert said.code == 0
    assert (
        f"warning: {CONSENTING_DEPLOYER.client_id} holds {ASSIGN}, which deploy does not need; take it away" in said.err
    )
    assert "holds Directory.ReadWrite.All, which deploy does not need, nor does any other job here;" in said.err


@pytest.mark.parametrize("job", ["drift", "usage"])
def test_who_looks_for_drift_may_hold_what_the_same_identity_looks_at_use_with(
    capsys: pytest.CaptureFixture[str], signed_in: Sandboxed, job: str
) -> None:
    assert all(need.satisfied(USAGE.permissions) for need in USAGE_NEEDS)
    grant_only(signed_in.world, CONSENTING_DEPLOYER, DRIFT.permissions | USAGE.permissions)
    said = check(capsys, job)
    assert (said.code, said.err) == (0, "")


def test_who_verifies_may_hold_what_the_same_identity_deploys_with(
    capsys: pytest.CaptureFixture[str], signed_in: Sandboxed
) -> None:
    grant_only(signed_in.world, CONSENTING_DEPLOYER, DEPLOY_WITH_CONSENT.permissions)
    said = check(capsys, "verify")
    assert (said.code, said.err) == (0, "")


@pytest.mark.usefixtures("signed_in")
def test_nobody_signed_in_cannot_be_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_CLIENT_SECRET", "wrong")
    said = check(capsys, "plan", "--format", "json")
    assert said.code == 1
    assert "AADSTS7000215" in said.json["errors"][0]["message"]
    assert "wrong" not in said.out.replace("is wrong", "")


@pytest.mark.usefixtures("signed_in")
def test_a_file_with_mistakes_cannot_be_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    declared(tmp_path / "environments", AS_CODE)
    (tmp_path / "environments" / "broken.yaml").write_text("schema: 1\n", encoding="utf-8")
    said = check(capsys, "deploy")
    assert said.code == 1
    assert "broken.yaml" in said.err


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_every_form_names_every_identity_and_permission(capsys: pytest.CaptureFixture[str], form: str) -> None:
    said = say(capsys, "identities", "--format", form)
    assert said.code == 0
    names = {name for each in IDENTITIES for name in (each.name, *each.permissions)}
    assert [name for name in names if name not in said.out] == []
    assert POLICIES in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["production"], "with --check alone"), (["--check", "plan", "--format", "markdown"], "told as text or json")],
)
def test_options_that_do_not_go_together_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    said = say(capsys, "identities", *arguments)
    assert said.code == 1
    assert says in said.err
