"""`ise-intune adopt`: an application that somebody made by hand becomes a file, or nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from cli.adopt import adopting, asking
from cli.results import called
from helpers.declaration.environments import read_environment
from helpers.errors import ServiceError
from helpers.model import CredentialKind, stated
from helpers.observing.calls import LISTED
from sandbox.identities import READER
from tests.adoptions import DEPLOYER, NAME, Adoption, an_adoption
from tests.commanding import say
from tests.declaring import declare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHAPE = "cisco"


@pytest.fixture
def adoption(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Adoption:
    marker = request.node.get_closest_marker("parametrize")
    shape = getattr(request, "param", SHAPE) if marker else SHAPE
    made = an_adoption(tmp_path, tmp_path_factory, shape)
    made.enter(monkeypatch)
    return made


with_secret = pytest.mark.parametrize("adoption", ["with-secret"], indirect=True)


def left_alone(adoption: Adoption) -> bool:
    return not adoption.environments.exists() or not any(adoption.environments.iterdir())


def test_it_writes_the_file_and_the_certificates_and_plans(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    said = adoption.adopt(capsys)
    assert said.code == 0, said.err
    declared = read_environment(adoption.file)
    assert [entry.file for entry in declared.certificates] == [
        f"certificates/{NAME}-{entry.name}.pem" for entry in declared.certificates
    ]
    assert {stated(declared.integration.client_id)} == {adoption.client_id}
    assert adoption.shown == [NAME]
    assert (adoption.environments / "environment.schema.json").is_file()
    assert "psn-01: " in said.err
    assert "by the name psn-01.ise.sandbox.test in it" in said.err


def test_nothing_in_entra_is_asked_for_but_to_read(adoption: Adoption, capsys: pytest.CaptureFixture[str]) -> None:
    adoption.adopt(capsys)
    asked = {(each.method, each.path.rpartition("/")[2]) for each in adoption.sandbox.seen}
    assert {method for method, path in asked if path != "$batch"} == {"GET"}
    assert adoption.sandbox.round_trips <= 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", "Prod"), "cannot name an environment"),
        (("--release", "3.1", "--patch", "1"), "cannot work with Intune"),
        (("--node", "x"), "is not of the form KEY_ID=NODE[,NODE]"),
        (("--node", "x=psn 01"), "is not of the form KEY_ID=NODE[,NODE]"),
        (("--node", "x=a", "--node", "X=b"), "gives X twice"),
        (("--exception", "a", "b", "c", "soon"), "ends with a day"),
        (("--tenant", "x"), "is not a GUID"),
        (("--check", "production"), "name one: "),
        (("--client-id", DEPLOYER), "name one: "),
        (("--format", "html"), "give --report FILE too"),
    ],
)
def test_what_was_typed_wrong_is_said_before_anything_is_asked(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    said = adoption.adopt(capsys, *arguments)
    assert said.code == 1
    assert words in said.err
    assert adoption.sandbox.seen == []
    assert left_alone(adoption)


@pytest.mark.parametrize("other", ["--check", "--resume"])
def test_an_option_of_adopting_is_not_passed_over_where_the_file_says_all(
    capsys: pytest.CaptureFixture[str], other: str
) -> None:
    said = say(capsys, "adopt", other, NAME, "--report", "first-day.html", "--release", "3.4")
    assert said.code == 1
    assert "--release, --report: for adopting a CLIENT_ID alone" in said.err


def test_without_a_terminal_the_deployer_has_to_be_given(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    said = say(capsys, "adopt", adoption.client_id, "--tenant", DEPLOYER, "--name", NAME)
    assert said.code == 1
    assert "give --deployer ID" in said.err


def test_an_environment_that_is_there_is_not_touched_unless_it_is_told_so(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adoption.adopt(capsys).code == 0
    before = adoption.file.read_bytes()
    said = adoption.adopt(capsys, "--state", "remote", "--state-setting", "organization=contoso")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "exists already" in said.err
    assert "--replace writes it anew" in said.err
    assert adoption.file.read_bytes() == before
    assert adoption.adopt(capsys, "--replace", "--release", "3.4", "--patch", "2").code == 0
    assert read_environment(adoption.file).terms.ise.release == "3.4"


@with_secret
def test_all_that_is_open_is_said_at_once_with_what_to_give(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert left_alone(adoption)
    credentials = stated(adoption.observed().integration.credentials)
    secret = next(each.key_id for each in credentials if each.kind is CredentialKind.SECRET)
    assert "CN laptop-of-carl" in said.err
    assert said.err.count("=NODE[,NODE]") == 1
    assert f"--leave {secret}" in said.err
    assert f"--exception credential-secret {secret} 'REASON' " in said.err
    assert "/removePassword" in said.err
    assert LISTED not in said.err
    assert said.err.endswith("nothing was written\n")


@with_secret
def test_what_a_person_lets_stay_is_left_and_nothing_is_written_of_it(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    observed = adoption.observed()
    secret = next(e.key_id for e in stated(observed.integration.credentials) if e.kind is CredentialKind.SECRET)
    strange = _strange(adoption)
    said = adoption.adopt(
        capsys, "--leave", strange.upper(), "--exception", "credential-secret", secret, "goes in May", "2099-05-31"
    )
    assert said.code == 0, said.err
    declared = read_environment(adoption.file)
    assert [each.reason for each in declared.exceptions] == ["goes in May"]
    assert strange not in adoption.file.read_text(encoding="utf-8")
    assert "stays as it is: " in said.err


@with_secret
def test_a_node_can_be_said_by_key_id(adoption: Adoption, capsys: pytest.CaptureFixture[str]) -> None:
    observed = adoption.observed()
    secret = next(e.key_id for e in stated(observed.integration.credentials) if e.kind is CredentialKind.SECRET)
    said = adoption.adopt(capsys, "--leave", secret, "--node", f"{_strange(adoption)}=psn-08,psn-09")
    assert said.code == 0, said.err
    assert ("psn-08", "psn-09") in {entry.nodes for entry in read_environment(adoption.file).certificates}


def _strange(adoption: Adoption) -> str:
    documents = adoption.desk.application["keyCredentials"]
    return next(str(each["keyId"]).lower() for each in documents if "laptop-of-carl" in str(each["displayName"]))


@with_secret
def test_at_a_terminal_it_asks_which_nodes_and_what_may_stay(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Iterator[str] = iter(["not a node", "psn-08"])
    for module in (adopting, asking):
        monkeypatch.setattr(module, "somebody_is_there", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: next(answers))
    monkeypatch.setattr(click, "confirm", lambda *_, **__: True)
    said = adoption.adopt(capsys)
    assert said.code == 0, said.err
    assert ("psn-08",) in {entry.nodes for entry in read_environment(adoption.file).certificates}


@with_secret
def test_who_says_no_at_the_terminal_gets_nothing_written(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (adopting, asking):
        monkeypatch.setattr(module, "somebody_is_there", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "")
    monkeypatch.setattr(click, "confirm", lambda *_, **__: False)
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert left_alone(adoption)


def test_what_could_not_be_read_and_no_deploy_touches_is_said(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    adoption.enter(monkeypatch, pipeline=READER)
    said = adoption.adopt(capsys)
    assert said.code == 0, said.err
    assert "not read: the directory roles of Cisco ISE" in said.err


def test_consent_that_nobody_could_read_stops_who_wants_it_as_code(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    adoption.enter(monkeypatch, pipeline=READER)
    said = adoption.adopt(capsys, "--admin-consent", "terraform")
    assert said.code == 1
    assert "delegated permissions: needs Directory.Read.All (403)" in said.err
    assert left_alone(adoption)


def test_consent_as_code_is_imported_and_not_made(adoption: Adoption, capsys: pytest.CaptureFixture[str]) -> None:
    said = adoption.adopt(capsys, "--admin-consent", "terraform")
    assert said.code == 0, said.err
    declared = read_environment(adoption.file)
    assert declared.adopted is not None
    assert {each.permission for each in declared.adopted.roles} == {
        each.id for each in stated(declared.integration.requested) if each.type == "application"
    }
    assert len(declared.adopted.grants) == 1


def test_a_deployer_that_owns_nothing_is_told_who_has_to_do_what(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, SHAPE, owns=False)
    adoption.enter(monkeypatch)
    said = adoption.adopt(capsys)
    assert f"the deployer {DEPLOYER} does not own both objects" in said.err
    ids = adoption.observed().object_ids
    for collection, id_ in zip(("applications", "servicePrincipals"), ids, strict=True):
        assert f"POST https://graph.microsoft.com/v1.0/{collection}/{id_}/owners/$ref" in said.err


def test_an_application_that_is_not_there_is_one_sentence(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    adoption.desk.ask("DELETE", adoption.desk.application_path)
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert "the application: it was deleted; restore it first" in said.err
    assert left_alone(adoption)


def test_a_tenant_that_lets_nobody_in_is_one_sentence(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARM_CLIENT_SECRET", "another")
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert said.err.startswith("error: Microsoft Graph: ")
    assert "another" not in said.err
    assert left_alone(adoption)


@pytest.mark.parametrize(
    "name",
    ['${file("/etc/hostname")}', "a: b # c", "- x\n", "'; rm -rf /", "##vso[task.setvariable]x", "é\u2028ISE", "🔑"],
)
def test_a_name_that_means_no_good_is_text(adoption: Adoption, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Either it is in the file as exactly that text, or nothing is."""
    adoption.desk.change_application(displayName=name)
    said = adoption.adopt(capsys)
    assert "##vso[" not in said.err
    assert "\u2028" not in said.err
    if said.code == 0:
        declared = read_environment(adoption.file)
        assert stated(declared.integration.application.display_name) == name
    else:
        assert "its display name is no text for a file" in said.err
        assert left_alone(adoption)


def test_a_redirect_that_no_file_can_hold_has_to_be_let_stay(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = "https://ise.example/\u202egro"
    adoption.desk.settle("application", {**adoption.desk.application, "web": {"redirectUris": [uri]}})
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert "\u202e" not in said.err
    assert adoption.adopt(capsys, "--leave", uri).code == 0


def test_a_file_that_cannot_be_written_leaves_none_behind(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = adoption.environments / "certificates" / f"{NAME}-psn-01.pem"
    taken.parent.mkdir(parents=True)
    taken.write_text("somebody's", encoding="utf-8")
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert not adoption.file.exists()
    assert [each.name for each in taken.parent.iterdir()] == [taken.name]
    assert taken.read_text(encoding="utf-8") == "somebody's"


def test_a_plan_that_fails_leaves_the_files_and_says_how_to_go_on(
    adoption: Adoption, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ServiceError("terraform", "`terraform plan` failed", "mend it")

    monkeypatch.setattr(adopting, "check", fail)
    said = adoption.adopt(capsys)
    assert said.code == 1
    assert adoption.file.is_file()
    assert f"is written, and was not planned; then: {called()} adopt --check {NAME}" in said.err
    assert "nothing was written" not in said.err


def test_only_an_adopted_environment_has_a_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(tmp_path)
    monkeypatch.setenv("ISE_INTUNE_ENVIRONMENTS", str(tmp_path))
    said = say(capsys, "adopt", "--check", NAME)
    assert said.code == 1
    assert "declares no adopted application" in said.err
