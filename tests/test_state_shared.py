"""State that several deployers share, in a real PostgreSQL: two deploys at once, and deploys that were ended midway.

Terraform, cdktf and PostgreSQL are real; Entra is the sandbox's, the provider the stand-in unless said otherwise.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.control import Control
from sandbox.faults import Fault
from sandbox.identities import CONSENTING_DEPLOYER, TENANTS
from sandbox.orders import Order
from sandbox.store import Store
from tests.declaring import write_certificate
from tests.keeping_state import PostgreSql
from tests.killing_deploys import APPLY, kill_a_deploy
from tests.projects import MIRROR, NAME, Project, in_stack, project
from tests.sandboxes import ROOT, end, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# The stand-in asks eight times: long enough for a cdktf to come to the lock in the meantime.
_RETRY_SECONDS = 4
_DISPLAY_NAME = "Cisco ISE"
_GRAPH = ("/v1.0/", "/beta/")
# Who asked for the lock last and does not have it.
_WAITS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%'
AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory') AND pid <> pg_backend_pid();
"""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSql]:
    with PostgreSql() as server:
        yield server


# Where a test asks for both, the unmodified provider too where a mirror of it is given.
_BOTH = pytest.mark.parametrize(
    "made",
    [
        "stand-in",
        pytest.param(
            "mirror",
            marks=pytest.mark.skipif(
                not MIRROR, reason="AZUREAD_PROVIDER_MIRROR names no mirror of the unmodified azuread provider"
            ),
        ),
    ],
    indirect=True,
)


@pytest.fixture
def made(postgresql: PostgreSql, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    """A synthesized stack whose state is in a database of its own; nothing is deployed yet."""
    database = re.sub(r"\W", "_", tmp_path.name)
    with project(
        tmp_path,
        getattr(request, "param", "stand-in"),
        CONSENTING_DEPLOYER,
        postgresql=f"{postgresql.database(database)}&application_name=ada",
        permissions={"admin_consent": "terraform"},
        state={"backend": "pg"},
    ) as made:
        made.synthesize()
        yield made


def test_the_state_is_in_the_database_and_no_file_knows_the_password(made: Project, postgresql: PostgreSql) -> None:
    applied = made.terraform(*APPLY)
    assert applied.returncode == 0, applied.stderr
    kept = postgresql.ask("SELECT data FROM ise_intune_production.states", database=_database(made))
    resources = json.loads("".join(kept))["resources"]
    assert "azuread_application_certificate" in {each["type"] for each in resources}
    assert not (made.folder.path / "state").exists()
    password = made.postgresql.partition("tf:")[2].partition("@")[0]
    files = [path for path in made.folder.path.rglob("*") if path.is_file()]
    assert [path for path in files if password.encode() in path.read_bytes()] == []


def test_of_two_deploys_at_once_the_second_waits_and_then_has_nothing_to_do(
    made: Project, postgresql: PostgreSql
) -> None:
    with Control(made.folder) as control:
        first = _held_up(made, control)
        second = made.start("cdktf", "deploy", NAME, "--auto-approve")
        until(lambda: postgresql.ask(_WAITS, database=_database(made)) != [])
        control.clear_faults()
        ended, waited = end(first), end(second)
    assert ended.returncode == 0, ended.stdout
    assert waited.returncode == 0, waited.stdout
    assert "No changes" in waited.stdout
    assert len(_applications(made)) == 1


def test_who_does_not_want_to_wait_is_told_of_the_lock_and_postgresql_knows_the_holder(
    made: Project, postgresql: PostgreSql
) -> None:
    with Control(made.folder) as control:
        first = _held_up(made, control)
        impatient = ("env", "TF_CLI_ARGS_apply=-lock-timeout=0s -no-color")
        second = made.run(*impatient, "cdktf", "deploy", NAME, "--auto-approve")
        holders = postgresql.ask(_documented_query(), database=_database(made))
        control.clear_faults()
        assert end(first).returncode == 0
    assert second.returncode == 1
    assert "Error acquiring the state lock" in _flat(second.stdout)
    assert "cdktf: docs/state.md says what to do" in second.stderr
    assert [line.split("|")[:2] for line in holders] == [["ada", "tf"]]


def test_a_deploy_that_was_interrupted_goes_on_from_where_it_was(made: Project) -> None:
    with Control(made.folder) as control:
        first = _held_up(made, control)
        first.send_signal(signal.SIGINT)
        # It ends what it is making first.
        control.clear_faults()
        ended = end(first)
    assert ended.returncode != 0
    assert "Gracefully shutting down" in ended.stdout
    before = _applications(made)
    _converges(made)
    assert _applications(made) == before


@_BOTH
@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", "/v1.0/applications", id="the application"),
        pytest.param("PATCH", "/v1.0/applications/", id="the name that the provider tries out"),
        pytest.param("POST", "/v1.0/servicePrincipals", id="the service principal"),
        pytest.param("POST", "/v1.0/servicePrincipals/", id="a part of the consent"),
    ],
)
def test_a_first_deploy_that_was_killed_when_this_was_made_is_resumed_and_nothing_is_made_twice(
    made: Project, method: str, path: str
) -> None:
    kill_a_deploy(made, method, path)
    (orphan,) = _all_applications(made)
    said = _resumed(made)
    assert "  imports azuread_application.application\n" in said.stdout
    assert [each["id"] for each in _all_applications(made)] == [orphan["id"]]
    _converges(made)
    assert _applications(made) == [orphan["id"]]
    assert _doubled(made) == []
    assert "in the state already; nothing was written" in _resumed(made).stderr


def test_a_deploy_that_is_not_resumed_is_told_that_the_application_is_there(made: Project) -> None:
    """What docs/state.md says of it: the provider refuses the name, and delete and deploy again is the other way."""
    kill_a_deploy(made, "POST", "/v1.0/applications")
    (orphan,) = _applications(made)
    again = made.terraform(*APPLY)
    assert again.returncode == 1
    assert f'An existing "azuread_application" with name "{_DISPLAY_NAME}" (ID: "{orphan}")' in _flat(again.stderr)
    with Control(made.folder) as control:
        control.carry_out(Order("delete-application", _DISPLAY_NAME))
    _converges(made)
    assert len(_applications(made)) == 1


def test_what_a_killed_deploy_left_besides_is_told_once_another_has_been_made(made: Project) -> None:
    """While the provider tries out another name no name is refused, and the next deploy makes a second application."""
    kill_a_deploy(made, "PATCH", "/v1.0/applications/")
    (left,) = _all_applications(made)
    _converges(made)
    assert len(_all_applications(made)) == 2
    said = _resumed(made)
    assert f'besides there is the application {left["appId"]} "TERRAFORM_UPDATE_' in said.stderr
    assert "nothing was written" in said.stderr


@_BOTH
def test_a_certificate_that_a_killed_deploy_added_is_imported_beside_the_others(made: Project) -> None:
    applied = made.terraform(*APPLY)
    assert applied.returncode == 0, applied.stderr
    (application,) = _applications(made)
    _declare_third_certificate(made)
    made.synthesize()
    kill_a_deploy(made, "PATCH", f"/v1.0/applications/{application}")
    again = made.terraform(*APPLY)
    assert again.returncode == 1
    assert re.search(rf'"{application}/certificate/[0-9a-f-]+" already exists', _flat(again.stderr)), again.stderr
    said = _resumed(made)
    assert "  imports azuread_application_certificate.certificate-psn-03\n" in said.stdout
    _converges(made)
    (kept,) = (each["keyCredentials"] for each in _all_applications(made) if each["id"] == application)
    assert len({each["keyId"] for each in kept}) == len(kept) == 3


@_BOTH
def test_of_a_state_that_was_lost_everything_is_imported_and_nothing_is_written_to_entra(
    made: Project, postgresql: PostgreSql
) -> None:
    _converges(made)
    before = _entra(made)
    postgresql.ask("DROP SCHEMA ise_intune_production CASCADE;", database=_database(made))
    assert "  makes " not in _resumed(made).stdout
    with Control(made.folder) as control:
        begun = len(control.requests())
        _converges(made)
        written = [seen for seen in control.requests()[begun:] if seen.method != "GET" and seen.path.startswith(_GRAPH)]
    assert written == []
    assert _entra(made) == before


def _declare_third_certificate(made: Project) -> None:
    file = made.environments / f"{NAME}.yaml"
    write_certificate(made.environments, "certificates/psn-03.pem")
    text = file.read_text(encoding="utf-8")
    entry = "  psn-02: certificates/psn-02.pem\n"
    assert entry in text
    file.write_text(text.replace(entry, f"{entry}  psn-03: certificates/psn-03.pem\n"), encoding="utf-8")


def _resumed(made: Project) -> subprocess.CompletedProcess[str]:
    """Resume, and return what was said."""
    done = made.run(sys.executable, "-m", "cli", "adopt", "--resume", NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _doubled(made: Project) -> list[object]:
    """Return what is in Entra more than once: certificates by their key, consents by what they grant."""
    (application,) = _all_applications(made)
    assignments = [each for each in _everything(made, "appRoleAssignment") if each["principalId"] == _principal(made)]
    found = [*(each["key"] for each in application["keyCredentials"]), *(each["appRoleId"] for each in assignments)]
    assert len(found) == 4, "two certificates, two consents"
    return [each for each in found if found.count(each) > 1]


def _principal(made: Project) -> str:
    (application,) = _all_applications(made)
    principals = _everything(made, "servicePrincipal")
    (own,) = (each["id"] for each in principals if each["appId"] == application["appId"])
    return str(own)


def _entra(made: Project) -> str:
    kinds = ("application", "servicePrincipal", "appRoleAssignment")
    return json.dumps({kind: _everything(made, kind) for kind in kinds}, sort_keys=True)


def _held_up(made: Project, control: Control) -> subprocess.Popen[str]:
    """Start a deploy and return when its service principal is refused for now, which lasts until faults are cleared."""
    path = "/v1.0/servicePrincipals"
    control.set_fault(
        Fault(service="graph", method="POST", path_prefix=path, status=429, retry_after=_RETRY_SECONDS, count=None)
    )
    process = made.start(*in_stack(*APPLY))
    until(lambda: any((seen.status, seen.path) == (429, path) for seen in control.requests()))
    return process


def _converges(made: Project) -> None:
    """Deploy what the file says, to its end; another plan then has nothing to do."""
    made.synthesize()
    applied = made.terraform(*APPLY)
    assert applied.returncode == 0, applied.stderr
    planned = made.terraform("plan", "-detailed-exitcode", "-no-color", "-input=false")
    assert planned.returncode == 0, planned.stdout


def _applications(made: Project) -> list[str]:
    """Return the object ids of the applications of the declared name."""
    return [each["id"] for each in _all_applications(made) if each["displayName"] == _DISPLAY_NAME]


def _all_applications(made: Project) -> list[dict[str, Any]]:
    """Return the applications that this project's deployer made."""
    every = _everything(made, "application")
    return [each for each in every if each["createdByAppId"] == made.deployer.client_id]


def _everything(made: Project, kind: str) -> list[dict[str, Any]]:
    store = Store(made.folder.store)
    try:
        return list(store.all(TENANTS[0].id, kind))
    finally:
        store.close()


def _documented_query() -> str:
    page = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
    return page.partition("```sql\n")[2].partition("```")[0]


def _flat(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def _database(made: Project) -> str:
    return made.postgresql.rpartition("/")[2].partition("?")[0]
