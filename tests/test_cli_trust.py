"""`trust`: its formats, its exit codes, and its probe, through the sandbox's proxy and before hosts that fail."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from clients import tls_chain
from helpers.clouds import CLOUDS
from helpers.trust_roots import bundle, import_payload, roots
from helpers.trust_roots.roots import FORMER_ROOTS
from tests.commanding import say
from tests.sandboxes import served
from tests.test_trust_roots import entry, listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.endpoint import Endpoint

    Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with served(tmp_path_factory.mktemp("trust") / "sandbox") as (_, endpoint):
        yield endpoint


@pytest.fixture
def complete(tmp_path: Path) -> str:
    """Return a file with ISE's list of a deployment that lacks nothing."""
    path = tmp_path / "trusted.json"
    path.write_bytes(listed(*(entry(root.sha256) for root in roots())))
    return str(path)


def test_the_table_names_every_root_and_those_that_have_gone(capsys: Capture) -> None:
    said = say(capsys, "trust")
    assert (said.code, said.err) == (0, "")
    assert all(f"{root.sha256}\n" in said.out for root in roots())
    assert all(former.name in said.out for former in FORMER_ROOTS)


def test_pem_is_the_bundle(capsys: Capture) -> None:
    assert say(capsys, "trust", "--format", "pem").out == bundle(roots())


def test_ise_is_what_its_api_imports(capsys: Capture) -> None:
    assert say(capsys, "trust", "--format", "ise").json == [import_payload(root) for root in roots()]


def test_json_for_programs(capsys: Capture, complete: str) -> None:
    said = say(capsys, "trust", "--format", "json", "--installed", complete)
    assert said.code == 0
    assert [each["installed"] for each in said.json["roots"]] == [True] * len(roots())
    assert (said.json["found"], said.json["unchecked"], said.json["errors"]) == ([], [], [])
    assert len(x509.load_pem_x509_certificates("".join(each["pem"] for each in said.json["roots"]).encode())) == 4


def test_json_does_not_say_installed_where_nobody_looked(capsys: Capture) -> None:
    assert {each["installed"] for each in say(capsys, "trust", "--format", "json").json["roots"]} == {None}


def test_a_deployment_that_lacks_nothing_is_fine(capsys: Capture, complete: str) -> None:
    said = say(capsys, "trust", "--installed", complete)
    assert (said.code, said.err) == (0, "")


def test_what_is_missing_is_exit_code_2_and_what_pem_then_holds(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    file.write_bytes(listed(*(entry(root.sha256) for root in roots()[1:])))
    said = say(capsys, "trust", "--format", "pem", "--installed", str(file))
    assert said.code == 2
    assert said.out == bundle(roots()[:1])
    assert said.err.startswith("high: DigiCert Global Root G2: is missing; ISE cannot connect without it; ")


def test_a_hostile_name_is_shown_as_escapes(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "trusted.json"
    name = "x\x1b[2J\n::error ::\u202e"
    file.write_bytes(listed(entry(roots()[0].sha256, friendlyName=name, trustedFor="Endpoints")))
    said = say(capsys, "trust", "--installed", str(file))
    assert all(line.isprintable() for line in said.err.splitlines())
    assert "x\\x1b[2J\\n" in said.err


def test_the_list_comes_from_standard_input_too(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, complete: str
) -> None:
    with open(complete, "rb") as stream:  # noqa: PTH123 — its bytes, as a pipe would give them
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stream.read())))
    assert say(capsys, "trust", "--installed", "-").code == 0


def test_pages_of_one_list_are_one_list(capsys: Capture, tmp_path: Path) -> None:
    first, last = tmp_path / "1.json", tmp_path / "2.json"
    first.write_bytes(listed(*(entry(root.sha256) for root in roots()[:2]), nextPage={"href": "x"}))
    last.write_bytes(listed(*(entry(root.sha256) for root in roots()[2:])))
    assert say(capsys, "trust", "--installed", str(first), "--installed", str(last)).code == 0
    alone = say(capsys, "trust", "--installed", str(first))
    assert alone.code == 1
    assert alone.err.startswith("not checked: which roots are missing: this is a page of a longer list")


def test_certificates_alone_leave_their_settings_unchecked(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_text(bundle(roots()), encoding="ascii")
    said = say(capsys, "trust", "--installed", str(file))
    assert said.code == 1
    assert "not checked: trust settings: no certificate carries them" in said.err


def test_a_file_that_cannot_be_read_hides_no_other(capsys: Capture, tmp_path: Path, complete: str) -> None:
    said = say(capsys, "trust", "--installed", str(tmp_path / "none"), "--installed", complete)
    assert said.code == 1
    assert "cannot be read (No such file or directory); check its path" in said.err
    assert " yes " in said.out


def test_in_the_sandbox_the_probe_says_that_its_authority_is_not_covered(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, sandbox: Endpoint
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", sandbox.proxy_url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    said = say(capsys, "trust", "--probe", "--cloud", "usgovernmentl5", "--format", "json")
    assert said.code == 2
    hosts = said.json["hosts"]
    assert [each["host"] for each in hosts] == list(CLOUDS["usgovernmentl5"].hosts)
    assert {each["covered_by"] for each in hosts} == {None}
    assert all("ise-intune sandbox" in each["below"] for each in hosts)
    assert {each["id"] for each in said.json["found"]} == {"host-not-covered"}


def test_one_host_can_be_probed(capsys: Capture, monkeypatch: pytest.MonkeyPatch, sandbox: Endpoint) -> None:
    monkeypatch.setenv("HTTPS_PROXY", sandbox.proxy_url)
    said = say(capsys, "trust", "--host", "graph.microsoft.us")
    assert said.code == 2
    assert said.err.startswith("high: graph.microsoft.us: what it presents here is not covered by the roots: ")


@pytest.mark.parametrize("host", ["elsewhere.example.net", "not a host", "host:notaport", ""])
def test_a_host_that_cannot_be_asked_is_exit_code_1(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, sandbox: Endpoint, host: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", sandbox.proxy_url)
    said = say(capsys, "trust", "--host", host)
    assert said.code == 1
    assert said.err.startswith(f"error: {host}: ")


def test_the_chain_is_read_leaf_first_whoever_is_trusted(monkeypatch: pytest.MonkeyPatch, sandbox: Endpoint) -> None:
    monkeypatch.setenv("HTTPS_PROXY", sandbox.proxy_url)
    (chain,), errors = tls_chain.presented_chains(["graph.microsoft.com"])
    leaf = x509.load_der_x509_certificate(chain.ders[0])
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "graph.microsoft.com" in names.get_values_for_type(x509.DNSName)
    assert errors == []


def test_the_command_names_no_secret_of_the_proxy(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:secret@127.0.0.1:9")
    said = say(capsys, "trust", "--host", "graph.microsoft.com", "--format", "json")
    assert said.code == 1
    assert "secret" not in said.out + said.err
    assert json.loads(said.out)["errors"][0]["subject"] == "graph.microsoft.com"
