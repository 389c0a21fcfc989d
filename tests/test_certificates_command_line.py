"""`ise-intune certificate show`: what is printed where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.certificate import certificate as command
from helpers.certificates import read_certificate
from tests.making_certificates import make_certificate, private_keys, to_pem, to_zip

ROOT = Path(__file__).parent.parent
NOW = datetime.now(UTC).replace(microsecond=0)
DER = make_certificate()
CERTIFICATE = read_certificate(DER, name="psn-01")
EXPIRED = make_certificate("old", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))


@pytest.fixture
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of exports, which is the current one."""
    (tmp_path / "psn-01.zip").write_bytes(to_zip({"Defaultselfsignedservercerti.pem": to_pem(DER)}))
    (tmp_path / "psn-01.pem").write_bytes(to_pem(DER))
    (tmp_path / "old.pem").write_bytes(to_pem(EXPIRED))
    (tmp_path / "with-key.pem").write_bytes(to_pem(DER) + private_keys()["pkcs8-pem"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def show(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(command, ["show", *arguments], input=given, prog_name="ise-intune certificate")


@pytest.mark.usefixtures("exports")
def test_the_text_has_the_value_and_all_its_forms() -> None:
    result = show("psn-01.zip")
    assert (result.exit_code, result.stderr) == (0, "")
    for form in (
        CERTIFICATE.value,
        CERTIFICATE.sha1_hex,
        CERTIFICATE.sha1_base64,
        CERTIFICATE.sha256_hex,
        CERTIFICATE.key_id,
        CERTIFICATE.common_name,
        CERTIFICATE.start_date,
        CERTIFICATE.end_date,
    ):
        assert form in result.stdout


@pytest.mark.usefixtures("exports")
def test_each_format_prints_that_form_alone() -> None:
    assert show("--format", "value", "psn-01.zip").stdout == CERTIFICATE.value + "\n"
    assert show("--format", "pem", "psn-01.zip").stdout == CERTIFICATE.pem
    assert json.loads(show("--format", "manifest", "psn-01.zip").stdout) == CERTIFICATE.manifest_entry("value")
    assert json.loads(show("--format", "manifest-graph", "psn-01.zip").stdout) == CERTIFICATE.manifest_entry("key")


@pytest.mark.usefixtures("exports")
def test_several_entries_are_a_collection_as_in_the_manifest() -> None:
    entries = json.loads(show("--format", "manifest", "psn-01.zip", "old.pem").stdout)
    assert [entry["displayName"] for entry in entries] == [CERTIFICATE.common_name, "old"]


@pytest.mark.usefixtures("exports")
def test_the_json_has_the_same_value_whatever_the_form_was() -> None:
    documents = [json.loads(show("--format", "json", file).stdout) for file in ("psn-01.zip", "psn-01.pem")]
    assert {document["certificates"][0]["value"] for document in documents} == {CERTIFICATE.value}
    assert [sorted(document) for document in documents] == [
        ["certificates", "errors", "found", "schema_version", "unchecked"]
    ] * 2


@pytest.mark.usefixtures("exports")
def test_an_expired_certificate_is_shown_and_found() -> None:
    result = show("old.pem")
    assert result.exit_code == 2
    assert "  error: expired on " in result.stdout
    assert show("--format", "value", "old.pem").stderr.startswith("error: old.pem: expired on ")
    [found] = json.loads(show("--format", "json", "old.pem").stdout)["found"]
    assert (found["id"], found["severity"], found["subject"]) == ("certificate-expired", "error", "old.pem")


@pytest.mark.usefixtures("exports")
def test_a_warning_does_not_change_the_exit_code() -> None:
    result = show("--format", "value", "--max-lifetime-days", "10", "psn-01.pem")
    assert (result.exit_code, result.stdout) == (0, CERTIFICATE.value + "\n")
    assert result.stderr.startswith("warning: psn-01.pem: lives 365 days, longer than the 10 that the policy allows; ")


@pytest.mark.usefixtures("exports")
def test_a_refused_file_is_one_line_on_stderr_and_exit_code_1() -> None:
    result = show("with-key.pem")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error: with-key.pem: holds a private key, which must stay on the ISE node; export the node's certificate "
        'again in ISE with "Export Certificate Only"\n'
    )


@pytest.mark.usefixtures("exports")
def test_the_other_files_are_shown_when_one_is_refused() -> None:
    result = show("--format", "value", "missing.pem", "psn-01.pem", "with-key.pem")
    assert (result.exit_code, result.stdout) == (1, CERTIFICATE.value + "\n")
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == ["missing.pem", "with-key.pem"]


@pytest.mark.usefixtures("exports")
def test_what_was_found_outweighs_what_was_refused() -> None:
    assert show("with-key.pem", "old.pem").exit_code == 2


@pytest.mark.usefixtures("exports")
def test_refusals_stand_in_the_json_too() -> None:
    result = show("--format", "json", "with-key.pem")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["certificates"], document["errors"][0]["subject"]) == ([], "with-key.pem")


def test_standard_input_is_a_dash() -> None:
    assert show("--format", "value", "-", given=DER).stdout == CERTIFICATE.value + "\n"
    assert show("-", given=b"").stderr.startswith("error: standard input: is empty; ")


def test_the_result_can_go_to_a_file_but_never_over_an_input(exports: Path) -> None:
    assert show("--format", "value", "psn-01.pem", "--output", "value.txt").stdout == ""
    assert (exports / "value.txt").read_bytes() == CERTIFICATE.value.encode() + b"\n"
    refused = show("--format", "value", "psn-01.pem", "--output", "./psn-01.pem")
    assert str(refused.exception).startswith("psn-01.pem: is one of the files to show; ")
    assert (exports / "psn-01.pem").read_bytes() == to_pem(DER)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "folder: is a directory; "),
        ("missing", "missing: does not exist; "),
        ("pipe", "pipe: is a pipe or a device, not a file; "),
        ("/dev/zero", "/dev/zero: is a pipe or a device, not a file; "),
        ("locked", "locked: cannot be read (Permission denied); "),
        ("x" * 300, "cannot be read (File name too long); "),
        ("nul\0", "nul\\x00: cannot be read (it has no valid name); "),
        ("huge", "huge: is larger than 256 KiB"),
    ],
)
def test_what_is_no_file_is_refused_at_once(
    exports: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    (exports / "folder").mkdir()
    os.mkfifo(exports / "pipe")
    with (exports / "huge").open("wb") as huge:
        huge.truncate(10**12)
    (exports / "locked").touch()
    really_open = Path.open

    def open_unless_locked(path: Path, *arguments: str) -> object:
        if path.name == "locked":  # permissions do not hold for root, who may be running this
            raise PermissionError(13, "Permission denied")
        return really_open(path, *arguments)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", open_unless_locked)
    result = show(name)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_terminal_of_another_code_page_gets_escapes(exports: Path) -> None:
    (exports / "psn.pem").write_bytes(make_certificate("psn-Zürich-東"))
    run = run_for_real("show", exports / "psn.pem", PYTHONIOENCODING="cp1252")
    assert "psn-Zürich-\\u6771".encode("cp1252") in run.stdout


def test_the_real_program_says_nothing_more_and_stays_small(exports: Path) -> None:
    worst = exports / "worst.pem"
    worst.write_bytes(b"MIGAAgEA" * (256 * 1024 // 8))
    started = time.monotonic()
    run = run_for_real("show", worst)
    assert run.returncode == 1
    assert run.stdout == b""
    assert run.stderr.count(b"\n") == 1
    assert time.monotonic() - started < 5  # a bound on the order of magnitude; the figure is `make bench`'s


def run_for_real(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = "import sys; from cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "certificate", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
