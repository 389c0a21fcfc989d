"""The verbs that ask ISE, against the running sandbox: by its real name, TLS, the proxy, and its switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.control import Control
from sandbox.faults import Fault
from sandbox.identities import ISE_API_HOST
from sandbox.ise.accounts import ADMINISTRATOR, accounts
from tests.asking_ise import ADDRESSED
from tests.commanding import say
from tests.keeping_certificates import Kept
from tests.sandboxes import lead_into, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.folder import SandboxFolder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxFolder]:
    """A sandbox, entered as `sandbox run` does it."""
    with (
        served(tmp_path_factory.mktemp("ise") / "sandbox") as (folder, endpoint),
        pytest.MonkeyPatch.context() as environment,
    ):
        lead_into(environment, folder, endpoint)
        environment.setenv("ISE_INTUNE_ISE_USER", ADMINISTRATOR)
        environment.setenv("ISE_INTUNE_ISE_PASSWORD", accounts(folder.path)[ADMINISTRATOR].password)
        yield folder


@pytest.fixture
def kept(folder: SandboxFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    assert folder.ca.exists()
    kept = Kept.below(tmp_path, monkeypatch)
    kept.environment("production", ADDRESSED)
    return kept


def test_certificates_come_and_roots_go_through_the_proxy(
    folder: SandboxFolder, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(capsys, "ise", "export", "production").code == 0
    assert len(kept.declared().certificates) == 3
    said = say(capsys, "ise", "trust", "production", "--format", "json")
    assert said.code == 2, "what the sandbox's ISE trusts at first is dangerous"
    assert [root["state"] for root in said.json["roots"]] == ["there", "imported", "imported", "imported"]
    with Control(folder) as control:
        asked = [(seen.method, seen.path.rpartition("/")[2]) for seen in control.requests() if seen.method == "POST"]
    assert asked == [("POST", "export")] * 2 + [("POST", "import")] * 3


def test_a_switched_off_api_and_a_restarting_one_are_told(
    folder: SandboxFolder, kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept.everything()
    with Control(folder) as control:
        control.turn_open_api(on=False)
        assert "answered 404; turn the API on" in say(capsys, "ise", "export", "production").err
        control.turn_open_api(on=True)
        control.set_fault(Fault(service="ise", status=503, count=None, path_prefix="/api/v1/certs"))
        said = say(capsys, "ise", "export", "production")
        control.clear_faults()
    assert said.code == 1
    for node in ("pan", "psn-01"):
        assert f"error: {node}: ISE at {ISE_API_HOST}, node {node}: answered 503" in said.err
    assert kept.everything() == before


@pytest.mark.usefixtures("kept")
def test_tls_is_verified_unless_it_is_switched_off_aloud(
    folder: SandboxFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    trust = ("ise", "trust", "production", "--dry-run")
    said = say(capsys, *trust)
    assert (said.code, f"the certificate of {ISE_API_HOST} is not trusted here" in said.err) == (1, True)
    said = say(capsys, *trust, "--ca", str(folder.ca))
    assert (said.code, "warning" in said.err) == (2, False)
    said = say(capsys, *trust, "--insecure")
    assert (said.code, said.err.startswith("warning: --insecure: ")) == (2, True)
    assert "InsecureRequestWarning" not in said.err


def test_the_switch_is_turned_in_one_form_alone(folder: SandboxFolder) -> None:
    from helpers.errors import ServiceError

    with Control(folder) as control, pytest.raises(ServiceError, match="is not of the form"):
        control._ask("PATCH", "/ise", json={"open_api": "off"})
