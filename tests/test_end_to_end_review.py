"""One change, three sources: environment files, synthesized stacks and Terraform's plan tell the same of it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from helpers.clouds import CLOUDS
from helpers.comparing import Surface, ValueAdded, compare
from helpers.declaration.environments import read_environments
from helpers.reviewing.plan_reading import read_plan
from helpers.reviewing.review import Reviewed
from helpers.reviewing.synthesized_reading import review_synthesized
from sandbox.endpoint import find_server
from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from tests.declaring import write_environment
from tests.projects import NAME, Project, project
from tests.registering import deployers_token
from tests.reviewing import AFTER, BEFORE, digest, exceptions, told
from tests.synthesizing import synthesized

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from helpers.declaration.declaration import Declaration

pytestmark = pytest.mark.e2e

HERE: dict[str, Any] = {"tenant_id": TENANTS[0].id, "deployer": CONSENTING_DEPLOYER.object_id}
REDIRECT = "https://somewhere.example/answer"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Declaration, Declaration]]:
    """The change of `tests.reviewing`: what was before is deployed, what is after is declared."""
    with project(tmp_path_factory.mktemp("review"), "stand-in", CONSENTING_DEPLOYER, **BEFORE) as one:
        (before,) = read_environments(one.environments)
        one.synthesize()
        applied = one.terraform("apply", "-auto-approve", "-no-color", "-input=false")
        assert applied.returncode == 0, applied.stderr
        write_environment(one.environments, NAME, **HERE, **AFTER)
        (after,) = read_environments(one.environments)
        one.write_stack()
        yield one, before, after


def plan_of(made: Project) -> str:
    done = made.terraform("plan", "-no-color", "-input=false", "-out=plan.bin")
    assert done.returncode == 0, done.stderr
    shown = made.terraform("show", "-json", "plan.bin")
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_a_plan_a_pair_of_stacks_and_a_pair_of_files_tell_the_same_and_drift_apart(
    made: tuple[Project, Declaration, Declaration], tmp_path: Path
) -> None:
    """One test, since the second half changes what the first one saw."""
    one, before, after = made
    synthesized(before, tmp_path / "before")
    synthesized(after, tmp_path / "after")
    (of_stacks,) = review_synthesized(tmp_path / "before", tmp_path / "after")
    (of_plan,) = read_plan(plan_of(one), name="plan.json")
    expected = told(before, after)
    assert [type(each).__name__ for each in expected].count("CertificateEntryAdded") == 1
    for found in (of_stacks, of_plan):
        assert (found.name, found.outside, found.unclear, found.observed) == (NAME, (), (), None)
        assert found.before
        assert found.after
        assert told(found.before, found.after) == expected
        assert exceptions(found.before, found.after) == exceptions(before, after)
        assert digest(found) == digest(Reviewed(NAME, before, after))

    change_behind_terraforms_back(one)
    (drifted,) = read_plan(plan_of(one), name="plan.json")
    assert drifted.observed
    known, found_there = drifted.observed
    assert compare(known.integration, found_there.integration) == (ValueAdded(Surface.REDIRECT_URIS, REDIRECT),)
    assert drifted.unclear == ()
    claims = "azuread_application.application changes `group_membership_claims`, outside what this review compares"
    assert set(drifted.outside) == {claims, f"behind Terraform's back: {claims}"}


def change_behind_terraforms_back(made: Project) -> None:
    """Add a redirect URI, and something that the model does not hold."""
    server = find_server(made.folder)
    assert server
    trust = ssl.create_default_context(cafile=str(made.folder.ca))
    with httpx.Client(proxy=server.proxy_url, verify=trust, trust_env=False) as web:
        token = deployers_token(web, made.folder.path, TENANTS[0], CONSENTING_DEPLOYER)
        application = made.outputs()["application_object_id"]
        web.patch(
            f"{CLOUDS['global'].graph}/v1.0/applications/{application}",
            headers={"Authorization": f"Bearer {token}"},
            json={"web": {"redirectUris": [REDIRECT]}, "groupMembershipClaims": "SecurityGroup"},
        ).raise_for_status()


@pytest.mark.slow
def test_an_environment_before_its_first_deploy_is_new_and_grants_what_it_declares(tmp_path: Path) -> None:
    with project(tmp_path, "stand-in", CONSENTING_DEPLOYER, permissions=AFTER["permissions"]) as one:
        (declared,) = read_environments(one.environments)
        one.synthesize()
        (found,) = read_plan(plan_of(one), name="plan.json")
    assert (found.name, found.before, found.outside, found.unclear) == (NAME, None, (), ())
    assert found.after
    assert found.after.integration == declared.integration
    assert told(declared, found.after) == []
