"""`ise-intune doctor`: every verb's own answer on one page; what stops one part spoils no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpers.examination import PARTS
from sandbox.faults import Fault
from sandbox.identities import AUDITOR
from tests.a_tenant import a_signer, key_credential
from tests.commanding import say
from tests.deployments import undone
from tests.making_certificates import make_certificate, rsa_key, to_pem
from tests.schemas import validator
from tests.verifying import NAME, TENANT, Chain, Served, deploy, enter, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commanding import Said

SCHEMA = validator(json.loads((Path(__file__).parent.parent / "docs" / "doctor.schema.json").read_bytes()))
WELL, ILL, UNCHECKED = "pass", "stop", "cannot tell"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("doctor") / "sandbox") as served:
        yield served


@pytest.fixture
def chain(sandbox: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    enter(sandbox, monkeypatch, tmp_path, pipeline=AUDITOR)
    monkeypatch.delenv("ISE_INTUNE_ISE_USER", raising=False)
    with undone(sandbox.world.store):
        yield deploy(sandbox, tmp_path)
    sandbox.control.clear_faults()


def doctor(chain: Chain, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """Run the verb; hosts of a sandbox are below no public root, so trust is left out unless it is asked for."""
    common = ("--outputs", str(chain.outputs), "--settle", "0", "--format", "json")
    said = say(capsys, "--root", str(chain.place), "doctor", NAME, *common, *arguments)
    SCHEMA.validate(said.json)
    return said


def outcomes(said: Said) -> dict[str, str]:
    return {part["name"]: part["outcome"] for part in said.json["parts"]}


def reasons(said: Said) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in said.json["unchecked"]:
        found.setdefault(each["part"], []).append(each["reason"])
    return found


def test_where_all_is_well_it_says_so_of_every_part(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    said = doctor(chain, capsys, "--without", "trust", "--key", chain.key())
    assert (said.code, said.json["doctor"]["verdict"]) == (0, "All was checked, and all is well.")
    assert outcomes(said) == dict.fromkeys((part for part in PARTS if part != "trust"), WELL)
    assert said.json["doctor"]["left_out"] == ["trust"]


def test_who_interrupts_it_is_told_which_parts_were_looked_at(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.doctor.parts.drift", interrupted)
    said = say(capsys, "--root", str(chain.place), "doctor", NAME, "--outputs", str(chain.outputs))
    assert (said.code, said.out) == (130, "")
    assert said.err.splitlines()[0] == (
        "looked at: declaration, certificates, outputs; not, or not to the end: drift, trust, chain"
    )


def test_what_could_not_be_checked_is_listed_with_its_reason(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    said = doctor(chain, capsys, "--without", "trust")
    assert said.code == 1
    assert outcomes(said)["chain"] == UNCHECKED
    assert "device query: it needs a credential: give --key, or --probe" in reasons(said)["chain"]


def test_hosts_below_no_public_root_are_found(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    """The sandbox's own are: to ISE that would be TLS inspection."""
    said = doctor(chain, capsys, "--without", "drift", "--without", "chain")
    assert (said.code, outcomes(said)["trust"]) == (2, ILL)
    found = {each["subject"] for each in said.json["found"]}
    assert found == {"login.microsoftonline.com", "graph.microsoft.com", "api.manage.microsoft.com"}


def test_drift_and_a_broken_chain_are_found_on_the_same_page(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    foreign = {**key_credential(a_signer("foreign")), "customKeyIdentifier": "AB" * 20, "displayName": "x"}
    chain.change_application(keyCredentials=[*chain.application["keyCredentials"][1:], foreign])
    said = doctor(chain, capsys, "--without", "trust", "--key", chain.key())
    assert said.code == 2
    assert (outcomes(said)["drift"], outcomes(said)["chain"]) == (ILL, ILL)
    found = {(each["part"], each["subject"]) for each in said.json["found"]}
    assert ("drift", foreign["keyId"]) in found
    assert ("chain", "token for Microsoft Graph") in found


def test_a_certificate_that_ends_soon_is_found(
    sandbox: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(sandbox, monkeypatch, tmp_path, pipeline=AUDITOR)
    file = tmp_path / "environments" / "certificates" / "psn-01.pem"
    file.parent.mkdir(parents=True)
    begins, ends = (datetime.now(UTC) + timedelta(days=days) for days in (-300, 5))
    made = make_certificate("psn-01.example.net", key=rsa_key("psn-01"), not_before=begins, not_after=ends)
    file.write_bytes(to_pem(made))
    with undone(sandbox.world.store):
        said = doctor(deploy(sandbox, tmp_path), capsys, "--without", "trust", "--without", "drift")
    assert (said.code, outcomes(said)["certificates"]) == (2, ILL)
    assert any("psn-01 of psn-01: to " in sentence for sentence in sentences(said, "certificates"))


def sentences(said: Said, name: str) -> list[str]:
    part = next(each for each in said.json["parts"] if each["name"] == name)
    return [sentence for section in part["sections"] for sentence in section["sentences"]]


# What stops one part


def test_mistakes_of_the_file_leave_what_the_outputs_tell(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    file = chain.place / "environments" / f"{NAME}.yaml"
    file.write_text(file.read_text().replace("deployer:", "deployed:"))
    said = doctor(chain, capsys, "--without", "trust")
    assert said.code == 1
    assert "deployer: is missing" in reasons(said)["declaration"][0]
    assert reasons(said)["drift"] == ["the environment file has mistakes, or is not here"]
    assert outcomes(said)["outputs"] == WELL
    assert any("admin consent: ok" in sentence for sentence in sentences(said, "chain"))


def test_without_outputs_the_file_is_judged_all_the_same(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    chain.outputs.unlink()
    said = doctor(chain, capsys, "--without", "trust")
    assert said.code == 1
    assert (outcomes(said)["declaration"], outcomes(said)["certificates"]) == (WELL, WELL)
    assert (outcomes(said)["outputs"], outcomes(said)["chain"]) == (UNCHECKED, UNCHECKED)
    assert "cannot be read" in reasons(said)["outputs"][0]


def test_outputs_of_another_tenant_are_found_and_nothing_is_sent_by_them(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    chain.rewrite_outputs(**{TENANT: TENANT.replace("1", "7")})
    said = doctor(chain, capsys, "--without", "trust", "--without", "drift")
    assert (said.code, outcomes(said)["outputs"], outcomes(said)["chain"]) == (2, ILL, UNCHECKED)


def test_a_graph_that_is_away_spoils_drift_and_not_the_declaration(
    chain: Chain, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARM_CLIENT_SECRET", "wrong")
    said = doctor(chain, capsys, "--without", "trust", "--key", chain.key())
    assert said.code == 1
    assert outcomes(said) | {"drift": ""} == {**dict.fromkeys(outcomes(said), WELL), "drift": ""}
    assert "AADSTS7000215" in reasons(said)["drift"][0]


def test_an_ise_that_does_not_answer_spoils_only_what_it_trusts(
    sandbox: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(sandbox, monkeypatch, tmp_path, pipeline=None)
    monkeypatch.setenv("ISE_INTUNE_ISE_USER", "nobody")
    monkeypatch.setenv("ISE_INTUNE_ISE_PASSWORD", "wrong")
    ise = {"release": "3.3", "patch": 4, "api": "https://pan.ise.sandbox.test"}
    with undone(sandbox.world.store):
        said = doctor(deploy(sandbox, tmp_path, ise=ise), capsys, "--without", "drift", "--without", "chain")
    assert "pan.ise.sandbox.test: answered 401" in reasons(said)["trust"][0].replace("ISE at ", "")
    assert len(sentences(said, "trust")) == 4
    assert "wrong" not in said.out + said.err


def test_a_name_that_nothing_has_is_a_mistake_and_no_page(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "--root", str(chain.place), "doctor", "productoin")
    assert (said.code, said.out) == (1, "")
    assert "is not an environment" in said.err


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_every_format_tells_of_every_part(chain: Chain, capsys: pytest.CaptureFixture[str], form: str) -> None:
    chain.sandbox.control.set_fault(Fault(service="intune", count=None, status=503))
    arguments: tuple[Any, ...] = ("--outputs", str(chain.outputs), "--settle", "0", "--key", chain.key())
    said = say(capsys, "--root", str(chain.place), "doctor", NAME, *arguments, "--format", form)
    assert said.code == 2
    assert all(part in said.out for part in PARTS)
    assert "240 minutes" in " ".join(said.out.split())
