"""`drift`: what it looks at, what it says of what it cannot see, and with which exit code it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.faults import Fault
from sandbox.identities import AUDITOR, COLLEAGUE_ID, TENANTS
from tests.commanding import say
from tests.declaring import write_environment
from tests.drifting import NAME, Fleet, entered

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commanding import Said

ELSEWHERE = TENANTS[1].id


@pytest.fixture
def fleet(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return a sandbox with one environment deployed; the command line finds both."""
    return entered(tmp_path, tmp_path_factory, monkeypatch)


def reasons(said: Said) -> dict[str | None, str]:
    """Return what was not checked, in JSON, by its surface."""
    return {each["surface"]: each["reason"] for each in said.json["unchecked"]}


def failure(said: Said) -> str:
    """Return why one environment could not be checked at all."""
    (only,) = said.json["unchecked"]
    assert only["surface"] is None
    return str(only["reason"])


def found(said: Said) -> list[tuple[str, str]]:
    """Return which rules spoke, of which environment."""
    return [(each["environment"], each["id"]) for each in said.json["found"]]


def test_what_nobody_changed_is_clean(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    said = fleet.drift(capsys)
    assert (said.code, said.err) == (0, "")
    assert "CLEAN: All was checked, and nothing was changed behind Terraform's back." in said.out
    assert "No drift in 1 environment." in " ".join(said.out.split())


def test_what_somebody_changed_is_found_said_with_who_and_the_way_back(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.add_owner(COLLEAGUE_ID)
    said = fleet.drift(capsys)
    assert (said.code, said.err) == (2, "")
    assert COLLEAGUE_ID in said.out
    assert "Add owner to application" in said.out
    assert f"cdktf deploy {NAME}" in said.out


def test_an_old_copy_that_the_second_look_does_not_show_is_no_drift(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.add_owner(COLLEAGUE_ID)
    fleet.lag()
    fleet.remove_owner(COLLEAGUE_ID)
    assert fleet.drift(capsys).code == 0
    applications = [path for path in fleet.sandbox.paths().elements() if path.startswith("/v1.0/applications(")]
    assert len(set(applications)) < len(applications), "it was looked at twice"


# What cannot be seen


def test_a_graph_that_is_away_is_not_clean(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.sandbox.faults.set(Fault(service="graph", status=503, count=None))
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert found(said) == []
    unchecked = reasons(said)
    assert {"credentials", "application.owners", "permissions.granted", "service_principal.owners"} <= set(unchecked)
    assert all("503" in reason for reason in unchecked.values())


def test_a_graph_that_refuses_one_thing_leaves_that_unchecked_and_finds_the_rest(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.sandbox.faults.set(Fault(path_prefix="/v1.0/oauth2PermissionGrants", status=403, count=None))
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert reasons(said).keys() == {"permissions.granted.delegated", "permissions.granted_to_users"}
    fleet.add_owner(COLLEAGUE_ID)
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 2, "what was found wins over what could not be checked"
    assert reasons(said).keys() == {"permissions.granted.delegated", "permissions.granted_to_users"}


DIRECTORY = {"permissions.granted.delegated", "permissions.granted_to_users", "service_principal.directory_roles"}
POLICIES = {"service_principal.policies"}
APPLICATION = {"application", "application.owners", "credentials", "permissions.requested", "service_principal"}
IDENTITIES: list[Any] = [
    pytest.param(
        ("Application.Read.All",),
        {"Directory.Read.All": DIRECTORY, "Policy.Read.All": POLICIES},
        id="level 1",
    ),
    pytest.param(("Application.Read.All", "Directory.Read.All"), {"Policy.Read.All": POLICIES}, id="level 2"),
    pytest.param(
        ("Application.Read.All", "Policy.Read.All", "AuditLog.Read.All"),
        {"Directory.Read.All": DIRECTORY},
        id="without level 2",
    ),
    pytest.param(("Policy.Read.All", "AuditLog.Read.All"), {"Application.Read.All": APPLICATION}, id="without level 1"),
    pytest.param((), {"Application.Read.All": APPLICATION}, id="nothing at all"),
]


@pytest.mark.parametrize(("roles", "lacking"), IDENTITIES)
def test_what_an_identity_may_not_read_is_named_with_the_permission_it_lacks(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, roles: tuple[str, ...], lacking: dict[str, set[str]]
) -> None:
    fleet.may(*roles)
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert found(said) == []
    unchecked = reasons(said)
    assert set(unchecked.values()) == {f"needs {permission} (403)" for permission in lacking}
    for permission, surfaces in lacking.items():
        hidden = {surface for surface, reason in unchecked.items() if permission in reason}
        # Of an application that nobody sees, nothing is seen.
        assert hidden == surfaces or (surfaces is APPLICATION and hidden > surfaces)


def test_what_was_not_checked_is_said_once_for_each_reason(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.may("Application.Read.All")
    said = fleet.drift(capsys)
    assert said.out.count("needs Directory.Read.All (403)") == 1
    assert all(surface in said.out for surface in DIRECTORY | POLICIES)
    assert "No drift was seen in 1 environment." in said.out


def test_without_the_audit_log_what_changed_is_found_all_the_same(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.add_owner(COLLEAGUE_ID)
    fleet.sandbox.faults.set(Fault(path_prefix="/v1.0/auditLogs", status=403, count=None))
    said = fleet.drift(capsys, "--format", "json")
    assert (said.code, reasons(said)) == (2, {})
    (environment,) = said.json["environments"]
    assert "AuditLog.Read.All" in environment["unexplained"]


def test_what_the_file_accepts_as_unaudited_is_shown_and_does_not_count(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    reason = "the identity team watches policies"
    fleet.deploy(unaudited=[{"surface": "service_principal.policies", "reason": reason}])
    fleet.may("Application.Read.All", "Directory.Read.All")
    said = fleet.drift(capsys)
    assert said.code == 0
    assert reason in said.out
    assert "(service_principal.policies)" in said.out
    assert "Not seen: needs Policy.Read.All (403)." in " ".join(said.out.split())
    assert fleet.drift(capsys, "--format", "json").json["unchecked"] == []


def test_what_is_accepted_as_unaudited_is_compared_wherever_it_can_be_seen(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.deploy(unaudited=[{"surface": "application.owners", "reason": "many owners come and go"}])
    fleet.add_owner(COLLEAGUE_ID)
    assert fleet.drift(capsys).code == 2


# What the file accepts


def exception(until: str) -> dict[str, str]:
    return {"rule": "owner-added", "subject": COLLEAGUE_ID, "reason": "carl helps until spring", "until": until}


def test_an_exception_covers_what_it_names_and_stays_visible(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.deploy(exceptions=[exception("2999-01-01")])
    fleet.add_owner(COLLEAGUE_ID)
    said = fleet.drift(capsys)
    assert said.code == 0
    assert "ACCEPTED BY AN EXCEPTION" in said.out
    assert "carl helps until spring" in said.out
    assert "every difference is accepted" in " ".join(said.out.split())


def test_an_exception_that_is_over_covers_nothing(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.deploy(exceptions=[exception("2026-01-01")])
    fleet.add_owner(COLLEAGUE_ID)
    assert fleet.drift(capsys).code == 2


def test_a_gate_says_from_where_on_a_finding_counts(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.rename("ISE, renamed in the portal")
    assert fleet.drift(capsys).code == 2
    assert fleet.drift(capsys, "--gate", "high").code == 0


# What it is held against


def test_what_is_declared_and_not_deployed_is_pending_and_no_drift(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.declare_anew(application={"display_name": "Cisco ISE", "owners": [COLLEAGUE_ID]})
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 0
    assert found(said) == [(NAME, "not-deployed")]
    (environment,) = said.json["environments"]
    assert environment["drift"] == []
    assert {each["surface"] for each in environment["pending"]} == {"application.owners", "service_principal.owners"}


def test_what_was_deployed_since_the_outputs_were_written_is_no_drift(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    before = fleet.outputs.read_text(encoding="utf-8")
    fleet.deploy(application={"display_name": "Cisco ISE", "owners": [COLLEAGUE_ID]})
    fleet.outputs.write_text(before, encoding="utf-8")
    said = fleet.drift(capsys)
    assert said.code == 0
    assert "Deployed meanwhile" in said.out


def test_a_deploy_between_the_two_looks_is_no_drift(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another owner and another declaration: the first look sees the new application beside old outputs."""
    before = fleet.outputs.read_text(encoding="utf-8")
    fleet.deploy(application={"display_name": "Cisco ISE", "owners": [COLLEAGUE_ID]})
    after = fleet.outputs.read_text(encoding="utf-8")
    fleet.declare_anew()
    fleet.outputs.write_text(before, encoding="utf-8")
    monkeypatch.setattr("cli.drift.watching._settle", lambda *_: fleet.outputs.write_text(after, encoding="utf-8"))
    said = fleet.drift(capsys, "--format", "json")
    (environment,) = said.json["environments"]
    assert (said.code, environment["drift"]) == (0, [])


def test_without_outputs_what_differs_has_no_known_origin(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    client_id = fleet.deployments[NAME].client_id
    fleet.declare_anew(client_id=client_id)
    fleet.outputs.unlink()
    said = say(capsys, "--root", str(fleet.folder), "drift", "--settle", "0")
    assert said.code == 0, said.out
    fleet.add_owner(COLLEAGUE_ID)
    said = say(capsys, "--root", str(fleet.folder), "drift", "--settle", "0")
    assert said.code == 2
    assert "Not as declared (nobody knows what was deployed)" in said.out


NO_OUTPUTS: list[Any] = [
    pytest.param(None, "cannot be read (No such file or directory)", id="none"),
    pytest.param("[]", "holds no outputs", id="a list"),
    pytest.param("not JSON", "is not JSON", id="text"),
    pytest.param('{"other": {}}', "holds no outputs of 'production' (it has: other)", id="another's"),
    pytest.param('{"production": {}}', "holds no outputs yet", id="of a deploy that never was"),
    pytest.param('{"production": {"client_id": "x"}}', "lacks the output 'tenant_id'", id="half of them"),
]


@pytest.mark.parametrize(("content", "cause"), NO_OUTPUTS)
def test_outputs_that_say_nothing_are_named_with_what_to_do(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, content: str | None, cause: str
) -> None:
    fleet.outputs.unlink()
    if content is not None:
        fleet.outputs.write_text(content, encoding="utf-8")
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert str(fleet.outputs) in failure(said)
    assert cause in failure(said)
    assert "or write `client_id` into" in failure(said)


def test_outputs_without_what_was_applied_are_of_another_version(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    document = json.loads(fleet.outputs.read_text(encoding="utf-8"))
    document[NAME]["applied"] = {}
    fleet.outputs.write_text(json.dumps(document), encoding="utf-8")
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert "does not say what was applied; deploy again with this version of ise-intune" in failure(said)


def test_outputs_of_another_tenant_are_not_looked_up_in_this_one(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.declare_anew(tenant_id=ELSEWHERE)
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert f"its outputs are of the tenant {TENANTS[0].id}, and the file names {ELSEWHERE}" in failure(said)
    assert fleet.sandbox.seen == []


def test_outputs_of_another_environment_do_not_pass_for_ones_own(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    """What `terraform output -json` prints does not name its stack, and another application can be clean."""
    document = json.loads(fleet.outputs.read_text(encoding="utf-8"))
    plain = {name: {"value": value, "type": "string"} for name, value in document[NAME].items()}
    fleet.outputs.write_text(json.dumps(plain), encoding="utf-8")
    fleet.declare_anew("staging", application={"display_name": "ISE (staging)"})
    said = fleet.drift(capsys, NAME, "--format", "json")
    assert said.code == 0
    said = fleet.drift(capsys, "staging", "--format", "json")
    assert said.code == 1
    assert f"its outputs are of the environment '{NAME}'" in failure(said)


def test_outputs_of_another_application_than_the_file_names_are_not_believed(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.declare_anew(client_id=AUDITOR.client_id)
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert f"names {AUDITOR.client_id}; correct `client_id` there" in failure(said)


def test_outputs_of_another_object_than_the_file_adopts_are_not_believed(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    """A file that a killed deploy left its ids in names no client id."""
    fleet.declare_anew(adopted={"application": COLLEAGUE_ID})
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert f"adopts {COLLEAGUE_ID}; give the outputs of its last deploy" in failure(said)


def test_outputs_that_name_one_application_and_tell_of_another_are_not_believed(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    document = json.loads(fleet.outputs.read_text(encoding="utf-8"))
    document[NAME]["client_id"] = AUDITOR.client_id
    fleet.outputs.write_text(json.dumps(document), encoding="utf-8")
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 1
    assert "say that another was applied; deploy again" in failure(said)


def test_a_folder_of_outputs_has_one_file_for_each_environment(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    folder = fleet.folder / "outputs"
    folder.mkdir()
    fleet.outputs.rename(folder / f"{NAME}.json")
    said = say(capsys, "drift", "--outputs", str(folder), "--settle", "0")
    assert said.code == 0


def test_an_application_that_is_gone_is_said_as_that_alone(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.sandbox.graph.delete(f"/v1.0/applications/{fleet.deployments[NAME].application}")
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 2
    (environment,) = said.json["environments"]
    assert [each["difference"]["surface"] for each in environment["drift"]] == ["application"]
    assert environment["drift"][0]["ways_back"][0]["kind"] == "restore"


# Which environments


def test_a_folder_without_environments_does_not_pass_for_clean(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = fleet.folder / "empty"
    empty.mkdir()
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(empty))
    said = fleet.drift(capsys)
    assert (said.code, said.out) == (1, "")
    assert "empty: holds no environment file; name the environments' folder with ISE_INTUNE_ENVIRONMENTS" in said.err


def test_a_name_that_no_file_has_is_refused(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    said = fleet.drift(capsys, "prodution")
    assert (said.code, said.out) == (1, "")
    assert said.err == f"error: prodution: is not an environment; did you mean `{NAME}`?\n"


def test_one_bad_file_hides_nothing_of_the_others(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    write_environment(fleet.environments, "broken", tenant_id="x")
    said = fleet.drift(capsys)
    assert said.code == 1
    assert "broken.yaml" in said.out
    fleet.add_owner(COLLEAGUE_ID)
    assert fleet.drift(capsys).code == 2
    assert fleet.drift(capsys, NAME).code == 2


def test_only_the_environments_that_are_named_are_looked_at(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.deploy("test", application={"display_name": "Cisco ISE (test)"})
    fleet.add_owner(COLLEAGUE_ID)
    assert fleet.drift(capsys, "test").code == 0
    assert fleet.drift(capsys).code == 2


def test_one_tenants_bad_secret_spoils_only_its_own_part(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.deploy("fabrikam", tenant_id=ELSEWHERE)
    fleet.add_owner(COLLEAGUE_ID)
    fleet.forget_secret(ELSEWHERE)
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 2
    assert {environment for environment, _ in found(said)} == {NAME}
    (unchecked,) = said.json["unchecked"]
    assert (unchecked["environment"], unchecked["surface"]) == ("fabrikam", None)
    assert "AADSTS7000215" in unchecked["reason"]
    assert fleet.drift(capsys, "fabrikam").code == 1


def test_environments_of_several_tenants_and_clouds_are_read_in_one_run(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    for number, tenant in enumerate(TENANTS[1:]):
        fleet.deploy(f"tenant-{number}", tenant_id=tenant.id, cloud=tenant.cloud)
    said = fleet.drift(capsys, "--format", "json")
    assert said.code == 0, said.out
    assert len(said.json["environments"]) == len(TENANTS)


# How it is said


def test_interrupting_it_leaves_with_130_and_no_traceback(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.add_owner(COLLEAGUE_ID)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.drift.watching._settle", interrupted)
    said = fleet.drift(capsys)
    assert (said.code, said.out) == (130, "")
    assert said.err.splitlines()[-3:] == ["nothing is reported: the same command looks again", "", "interrupted"]
    assert "reading Entra: 7 of 7 done" in said.err.splitlines()


def test_permissions_are_said_without_an_environment_or_a_sign_in(
    capsys: pytest.CaptureFixture[str], fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(fleet.folder / "nowhere"))
    said = say(capsys, "drift", "--permissions")
    assert (said.code, said.err) == (0, "")
    assert [line for line in said.out.splitlines() if line.startswith("Level ")] == [
        f"Level {level}: {permission}" for level, permission in enumerate(AUDITOR.roles, start=1)
    ]
    assert fleet.sandbox.seen == []


def test_nothing_but_reads_is_sent(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    fleet.add_owner(COLLEAGUE_ID)
    before = len(fleet.sandbox.seen)
    fleet.drift(capsys, "--deep")
    asked = fleet.sandbox.seen[before:]
    assert asked
    assert all(request.method == "GET" or request.path.endswith("/$batch") for request in asked)


def test_what_it_cost_is_said_to_who_asks(capsys: pytest.CaptureFixture[str], fleet: Fleet) -> None:
    said = say(capsys, "-v", "drift", "--outputs", str(fleet.outputs), "--settle", "0")
    assert said.err.startswith("Graph: ")
    assert " round trips, " in said.err
    quiet = say(capsys, "-q", "drift", "--outputs", str(fleet.outputs), "--settle", "0")
    assert (quiet.code, quiet.err) == (0, "")


def test_a_deep_look_finds_other_bytes_under_a_declared_key_id(
    capsys: pytest.CaptureFixture[str], fleet: Fleet
) -> None:
    fleet.swap_bytes()
    said = fleet.drift(capsys)
    assert said.code == 0
    assert "The bytes of certificates were not read" in said.out
    said = fleet.drift(capsys, "--deep")
    assert said.code == 2
    assert "The bytes of certificates were not read" not in said.out
