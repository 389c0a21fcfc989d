"""`ise-intune ise export`: what ISE's nodes present becomes entries, beside the old ones; all of it or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clients.ise_api import IseApi
from helpers.certificates import read_certificate_file
from sandbox.ise.accounts import OPERATOR
from sandbox.ise.generating import generate
from sandbox.ise.nodes import admin_certificate_path, self_signed, system_certificates
from sandbox.ise.settings import turn_open_api
from sandbox.keys import rsa_key_at
from sandbox.world import utc_now
from tests.asking_ise import ADDRESSED, PAN, PSN, administrated, ise_world, keys_copied, password, signed_in
from tests.commanding import Said, say
from tests.keeping_certificates import Failure, Kept
from tests.making_certificates import make_certificate, private_keys, rsa_key, to_pem, to_zip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.world import World

YEAR = (datetime.now(UTC) + timedelta(days=730)).year
ADDED = (
    "  pan: certificates/production-pan.pem\n"
    f"  psn-01-{YEAR}: {{file: certificates/production-psn-01-{YEAR}.pem, nodes: [psn-01]}}\n"
)
EXPORTED = ADDRESSED.replace("  # Zürich", f"{ADDED}  # Zürich")
GENERATE: dict[str, Any] = {
    "allowExtendedValidity": True,
    "allowPortalTagTransferForSameSubject": False,
    "allowReplacementOfCertificates": False,
    "allowReplacementOfPortalGroupTag": False,
    "allowRoleTransferForSameSubject": False,
    "allowSanDnsBadName": False,
    "allowSanDnsNonResolvable": True,
    "digestType": "SHA-256",
    "expirationTTL": 3,
    "expirationTTLUnit": "years",
    "hostName": "psn-01",
    "keyLength": "2048",
    "keyType": "RSA",
}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exporting")
    ise_world(folder, folder / "keys.sqlite", now=utc_now).store.close()
    return folder


@pytest.fixture
def world(keys: Path, tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "ise"
    folder.mkdir()
    world = ise_world(keys_copied(keys, folder), folder / "world.sqlite", now=utc_now)
    yield world
    world.store.close()


@pytest.fixture
def kept(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    (tmp_path / "here").mkdir()
    kept = Kept.below(tmp_path / "here", monkeypatch)
    administrated(kept, world, monkeypatch)
    return kept


@pytest.fixture
def exported(kept: Kept, capsys: pytest.CaptureFixture[str]) -> Kept:
    assert export(capsys).code == 0
    return kept


def export(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "ise", "export", "production", *arguments)


def presents(world: World, node: str, pem: str, used_by: str = "Admin") -> None:
    """Let a node use another certificate as Admin; the key stays, and is of no matter here."""
    for document in system_certificates(world.store, node):
        if "Admin" in document["usedBy"]:
            changed = {**document, "pem": pem, "usedBy": used_by}
            world.store.put("", "systemCertificate", document["id"], changed)


def test_who_interrupts_it_is_told_how_far_it_came_and_that_nothing_was_changed(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    really = IseApi.export

    def export(api: IseApi, listed: Any) -> bytes:  # noqa: ANN401 — what is given on
        if fetched:
            raise KeyboardInterrupt
        fetched.append("one")
        return really(api, listed)

    before = kept.everything()
    monkeypatch.setattr(IseApi, "export", export)
    said = say(capsys, "ise", "export", "production")
    assert (said.code, said.out, kept.everything()) == (130, "", before)
    assert said.err.splitlines()[:2] == ["fetching the certificates of ISE's nodes: 1 of 2 done", "nothing was changed"]


def test_each_node_gets_an_entry_and_a_successor_stands_beside_what_it_succeeds(
    kept: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (kept.folder / "certificates/psn-01.pem").read_bytes()
    said = export(capsys)
    assert (said.code, kept.text()) == (0, EXPORTED)
    assert (kept.folder / "certificates/psn-01.pem").read_bytes() == before
    for node, file in ((PAN, "production-pan.pem"), (PSN, f"production-psn-01-{YEAR}.pem")):
        assert (kept.folder / "certificates" / file).read_bytes() == admin_certificate_path(
            world.folder, node
        ).read_bytes()
    assert [line.split()[:4] for line in said.out.splitlines()] == [
        ["NODE", "ENTRY", "CHANGE", "COMMON"],
        ["pan", "pan", "added", PAN],
        ["psn-01", f"psn-01-{YEAR}", "added", "as"],
    ]


def test_it_says_what_was_added_and_that_a_node_is_shut_out_until_then(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    assert kept.text() == ADDRESSED
    assert export(capsys).err.splitlines() == [
        "environments/production.yaml: entry pan added for pan",
        f"environments/production.yaml: entry psn-01-{YEAR} added as successor for psn-01",
        (
            f"warning: psn-01-{YEAR} is in use on psn-01 already, which cannot sign in to Entra until it is deployed: "
            "do so at once"
        ),
        "next: commit and deploy (`cdktf deploy production`)",
        (
            "later: nothing presents psn-01 any more; once `ise-intune certificate usage production --entry psn-01 "
            "--format json --output usage.json` says that psn-01 is unused, `ise-intune certificate remove production "
            "psn-01 --evidence usage.json`, and deploy again"
        ),
    ]


def test_the_same_again_is_nothing_to_do(exported: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    before = exported.everything()
    said = export(capsys)
    assert (said.code, exported.everything()) == (0, before)
    assert "environments/production.yaml: declares what ISE's nodes present already; nothing to do" in said.err
    assert said.out.count("unchanged") == 2


def test_a_renewed_certificate_is_a_further_entry_and_the_old_one_is_left(
    exported: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(world, {**GENERATE, "admin": True})
    said = export(capsys, "--format", "json")
    (renewed,) = [node for node in said.json["nodes"] if node["node"] == "psn-01"]
    assert (renewed["entry"], renewed["change"]) == (f"psn-01-{YEAR + 1}", "added as successor")
    assert renewed["beside"] == ["psn-01", f"psn-01-{YEAR}"]
    names = [entry.name for entry in exported.declared().certificates]
    assert names == ["psn-01", "pan", f"psn-01-{YEAR}", f"psn-01-{YEAR + 1}"]
    assert f"later: nothing presents psn-01-{YEAR} any more" in said.err


def test_a_certificate_can_be_brought_before_its_node_uses_it(
    exported: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    generate(world, {**GENERATE, "name": "psn-01 later"})
    said = export(capsys, "--node", "psn-01", "--friendly-name", "psn-01 later")
    assert said.code == 0
    assert exported.declared().certificates[-1].name == f"psn-01-{YEAR + 1}"
    assert "then: tick Admin for it in ISE on psn-01, and see it sign in" in said.err
    assert "already" not in said.err
    assert "later: " not in said.err


def test_a_friendly_name_that_no_certificate_has_is_told(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept.everything()
    said = export(capsys, "--node", "psn-01", "--friendly-name", "none")
    assert (said.code, kept.everything()) == (1, before)
    assert "node psn-01: has no certificate called 'none'; see Administration" in said.err


# One certificate, several nodes


def test_nodes_that_share_a_certificate_share_an_entry(
    kept: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    presents(world, PSN, admin_certificate_path(world.folder, PAN).read_text())
    assert export(capsys).code == 0
    assert f"  pan-{YEAR}: {{file: certificates/production-pan-{YEAR}.pem, nodes: [pan, psn-01]}}\n" in kept.text()


def test_an_entry_gets_the_node_that_has_come_to_present_its_certificate(
    exported: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    presents(world, PSN, admin_certificate_path(world.folder, PAN).read_text())
    said = export(capsys)
    assert said.code == 0
    line = "  pan: {file: certificates/production-pan.pem, nodes: [pan, psn-01]}\n"
    assert exported.text() == EXPORTED.replace("  pan: certificates/production-pan.pem\n", line)
    assert "entry pan made to be for pan, psn-01" in said.err
    presents(world, PAN, to_pem(make_certificate("pan", key=rsa_key("other"))).decode())
    assert "pan-" in export(capsys, "--node", "pan").out


def test_a_node_keeps_the_name_that_the_file_has_for_it(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    text = ADDRESSED.replace(
        "psn-01: certificates/psn-01.pem", f"radius: {{file: certificates/psn-01.pem, nodes: [{PSN}]}}"
    )
    kept.environment("production", text)
    assert export(capsys, "--node", PSN).code == 0
    assert f"  psn-01-{YEAR}: {{file: certificates/production-psn-01-{YEAR}.pem, nodes: [{PSN}]}}\n" in kept.text()


def test_a_node_that_ise_does_not_list_is_warned_about(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.environment("production", ADDRESSED.replace("psn-01: c", "psn-07: c"))
    said = export(capsys)
    assert said.code == 0
    assert "warning: entry psn-07 is for node psn-07, which this ISE deployment does not list\n" in said.err


# An environment that begins


def test_entries_whose_files_are_still_to_come_get_them(
    kept: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    (kept.folder / "certificates/psn-01.pem").unlink()
    said = export(capsys, "--node", "psn-01")
    assert (said.code, kept.text()) == (0, ADDRESSED)
    written = (kept.folder / "certificates/psn-01.pem").read_bytes()
    assert written == admin_certificate_path(world.folder, PSN).read_bytes()
    assert "environments/certificates/psn-01.pem: written, for psn-01\n" in said.err


def test_an_entry_gets_its_file_and_the_node_that_shares_it_at_once(
    kept: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    presents(world, PSN, admin_certificate_path(world.folder, PAN).read_text())
    (kept.folder / "certificates/psn-01.pem").unlink()
    assert export(capsys).code == 0
    (entry,) = kept.declared().certificates
    assert (entry.name, entry.nodes, entry.certificate.common_name) == ("psn-01", ("pan", "psn-01"), PAN)
    before = kept.everything()
    assert (export(capsys).code, kept.everything()) == (0, before)


def test_an_entry_without_file_or_node_is_told(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.environment("production", ADDRESSED.replace("psn-01: certificates/psn-01", "psn-07: certificates/psn-07"))
    (kept.folder / "certificates/psn-01.pem").unlink()
    assert refused(kept, capsys) == [
        (
            "error: certificates.psn-07: has no file, and is for psn-07, which is none of the nodes that were asked "
            "(pan, psn-01); write the name of a node there"
        )
    ]


def test_an_entry_without_file_for_nodes_that_differ_is_told(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    entry = "psn-01: {file: certificates/both.pem, nodes: [pan, psn-01]}"
    kept.environment("production", ADDRESSED.replace("psn-01: certificates/psn-01.pem", entry))
    (said,) = refused(kept, capsys)
    assert "is for nodes that present different certificates (pan, psn-01); give each an entry of its own" in said


def test_any_other_mistake_of_the_file_comes_first(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.environment("production", ADDRESSED.replace("cloud: global", "cloud: mars"))
    (kept.folder / "certificates/psn-01.pem").unlink()
    (said,) = refused(kept, capsys)
    assert said.startswith("error: environments/production.yaml:3: cloud:")


# Nothing is changed


def refused(kept: Kept, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return what was said of a failure, after making sure that nothing was changed."""
    before = kept.everything()
    said = export(capsys, *arguments)
    assert (said.code, kept.everything()) == (1, before)
    return said.err.splitlines()


def test_a_dry_run_finds_what_would_change_and_changes_nothing(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    (kept.folder / "certificates/psn-01.pem").unlink()
    before = kept.everything()
    said = export(capsys, "--dry-run", "--format", "json")
    assert (said.code, kept.everything()) == (2, before)
    assert [(each["id"], each["entry"], each["change"]) for each in said.json["found"]] == [
        ("environment-differs", "pan", "added"),
        ("environment-differs", "psn-01", "file written"),
    ]
    assert "entry pan would be added for pan" in said.err


def test_a_dry_run_that_finds_nothing_is_fine(exported: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported.text() == EXPORTED
    assert export(capsys, "--dry-run").code == 0


def test_one_node_that_fails_keeps_everything_as_it_is_until_it_is_left_out(
    kept: Kept, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    presents(world, PSN, admin_certificate_path(world.folder, PSN).read_text(), used_by="Portal")
    assert refused(kept, capsys) == [
        f"error: psn-01: ISE at {PAN}, node psn-01: has no certificate used by Admin; assign one in ISE",
        "nothing was changed; --node NODE asks only the nodes it names",
    ]
    assert export(capsys, "--node", "pan").code == 0
    assert kept.declared().certificates[-1].name == "pan"


def test_every_node_that_fails_is_named(
    kept: Kept, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(world, monkeypatch, OPERATOR)
    said = refused(kept, capsys)
    role = "answered 403; the user needs ISE's ERS Admin or Super Admin role"
    assert said[:2] == [f"error: {node}: ISE at {PAN}, node {node}: {role}" for node in ("pan", "psn-01")]


def test_a_private_key_in_an_export_is_refused_and_never_shown(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = private_keys()["pkcs8-encrypted-pem"]
    monkeypatch.setattr(IseApi, "export", lambda _, __: to_zip({"a.pem": to_pem(make_certificate()), "a.pvk": key}))
    said = "\n".join(refused(kept, capsys))
    assert "error: psn-01: ISE's export of psn-01, file a.pvk: holds an encrypted private key" in said
    assert key.decode().splitlines()[1] not in said


def test_another_certificate_than_the_one_listed_is_refused(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IseApi, "export", lambda _, __: to_zip({"a.pem": to_pem(make_certificate())}))
    said = refused(kept, capsys)
    assert "error: pan: ISE's export of pan: is not the certificate that ISE lists; export it again" in said


def test_a_revoked_certificate_does_not_come_back(kept: Kept, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = read_certificate_file(admin_certificate_path(world.folder, PAN))
    item = {"sha256": certificate.sha256_hex, "common_name": PAN, "reason": "stolen", "date": "2026-01-01"}
    kept.environment("production", f"{ADDRESSED}revoked: [{json.dumps(item)}]\n".replace('"2026-01-01"', "2026-01-01"))
    said = refused(kept, capsys)
    assert said[0] == (
        "error: pan: the certificate of pan: is revoked (stolen; production.yaml says so); generate a new "
        "certificate with a new key in ISE, and export that"
    )


def test_an_expired_certificate_is_found(kept: Kept, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    key = rsa_key_at(world.folder / "nodes" / f"{PAN}.eap.key")
    begun = datetime.now(UTC) - timedelta(days=10)
    presents(world, PAN, self_signed(key, PAN, now=begun, lifetime=timedelta(days=9)).decode())
    before = kept.everything()
    said = export(capsys)
    assert (said.code, kept.everything()) == (2, before)
    assert "error: pan: the certificate of pan: expired on " in said.err


@pytest.mark.parametrize(
    "failure", [Failure("sync"), Failure("sync", 3), Failure("rename"), Failure("link", 2, interrupted=True)], ids=str
)
def test_files_are_written_all_or_none(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    before = kept.everything()
    failure.begin(monkeypatch)
    said = export(capsys)
    assert (said.code, kept.everything()) == (failure.code, before)


# Which ISE, and as whom


def test_an_environment_without_an_address_says_where_to_write_it(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.environment("production", ADDRESSED.replace(f"  api: https://{PAN} # the primary PAN\n", ""))
    (said,) = refused(kept, capsys)
    assert said.startswith("error: environments/production.yaml: ise.api: is not set; write the address of the primary")
    assert export(capsys, "--api", f"https://{PAN}").code == 0


@pytest.mark.usefixtures("kept")
def test_an_api_that_is_off_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    turn_open_api(world.store, on=False)
    said = export(capsys)
    assert (said.code, said.err) == (
        1,
        (
            f"error: ISE at {PAN}: answered 404; turn the API on: Administration > System > Settings > API Settings > "
            "Open API (read/write)\n"
        ),
    )


@pytest.mark.usefixtures("kept")
def test_without_an_account_or_a_terminal_the_variable_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISE_INTUNE_ISE_PASSWORD")
    said = export(capsys)
    assert (said.code, said.err.partition(";")[0]) == (1, "error: ISE_INTUNE_ISE_PASSWORD: is not set")


@pytest.mark.usefixtures("kept")
def test_at_a_terminal_the_account_is_asked_for_and_the_password_is_not_shown(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ISE_INTUNE_ISE_USER", "ISE_INTUNE_ISE_PASSWORD"):
        monkeypatch.delenv(name)
    answers = iter(["admin-api", password(world)])
    asked: list[tuple[str, bool]] = []

    def prompt(text: str, *, hide_input: bool, err: bool) -> str:
        asked.append((text, hide_input and err))
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", prompt)
    said = export(capsys)
    assert said.code == 0
    assert asked == [("ISE's API account", False), ("Password of admin-api", True)]
    assert password(world) not in said.out + said.err


@pytest.mark.usefixtures("kept")
def test_not_verifying_is_loud_on_every_run_even_a_quiet_one(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        said = say(capsys, "-q", "ise", "export", "production", "--insecure")
        assert said.err.startswith("warning: --insecure: nobody verifies that https://pan.ise.sandbox.test is ISE; ")
        assert said.code == 0


@pytest.mark.usefixtures("kept")
def test_a_ca_and_no_verification_contradict_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    said = export(capsys, "--insecure", "--ca", "ca.pem")
    assert (said.code, "--ca and --insecure contradict each other" in said.err) == (1, True)


@pytest.mark.usefixtures("kept")
def test_a_node_that_is_none_is_told_with_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    said = export(capsys, "--node", "psn01")
    assert said.code == 1
    assert "error: --node psn01: is no node of this ISE deployment; did you mean `psn-01`?" in said.err
