"""`ise-intune certificate revoke`: one move after a compromise, and no way back in any file of the folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.commanding import Said, say
from tests.keeping_certificates import COMMENTED, FAILURES, Failure, Kept
from tests.making_certificates import make_certificate, rsa_key, to_pem

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "  psn-02: certificates/psn-02.pem\n"
PRODUCTION = COMMENTED.replace("  # Zürich", f"{OTHER}  # Zürich")
LAB = PRODUCTION.replace("display_name: Cisco ISE", "display_name: lab").replace(" psn-01: ", " node-a: ")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Two environments that share a certificate, each with one more."""
    kept = Kept.below(tmp_path, monkeypatch)
    kept.certificate("certificates/psn-02.pem")
    kept.environment("production", PRODUCTION)
    kept.environment("lab", LAB)
    return kept


def revoke(capsys: pytest.CaptureFixture[str], *arguments: str, reason: str = "laptop stolen – Zürich") -> Said:
    return say(capsys, "certificate", "revoke", *arguments, "--reason", reason)


def test_the_certificate_goes_everywhere_and_its_fingerprint_stays(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate = kept.declared().certificates[0].certificate
    said = revoke(capsys, "production", "psn-01", "--date", "2026-01-31")
    assert said.code == 0
    removed = "psn-01: certificates/psn-01.pem   # until March\n"
    assert kept.text("lab") == LAB.replace("  " + removed.replace("psn-01:", "node-a:"), "")
    revoked = (
        f'\nrevoked:\n  - sha256: "{certificate.sha256_hex}"\n'
        f'    public_key_sha256: "{certificate.public_key_sha256}"\n    common_name: "psn-01.example.net"\n'
        '    reason: "laptop stolen – Zürich"\n    date: 2026-01-31\n'
    )
    assert kept.text() == PRODUCTION.replace(f"  {removed}", "").replace(OTHER, OTHER + revoked)
    assert not (kept.folder / "certificates/psn-01.pem").exists()
    assert said.err.splitlines() == [
        (
            "environments/production.yaml: entry psn-01 taken out, and psn-01.example.net "
            f"(SHA-256 {certificate.sha256_hex}) and its key written under `revoked`"
        ),
        "environments/lab.yaml: entry node-a taken out",
        "environments/certificates/psn-01.pem: deleted",
        "next, at once: commit and deploy (`cdktf deploy production lab`); until then the key can sign in",
        "then: look through the application's sign-in logs in Entra since the key may have been known",
    ]


def test_no_file_of_the_folder_takes_it_back(kept: Kept, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    leaked = (kept.folder / "certificates/psn-01.pem").read_bytes()
    revoke(capsys, "production", "psn-01")
    (tmp_path / "leaked.pem").write_bytes(leaked)
    said = say(capsys, "certificate", "add", "lab", "again", "leaked.pem")
    assert said.err == (
        "error: leaked.pem: is revoked (laptop stolen – Zürich; production.yaml says so); "
        "generate a new certificate with a new key in ISE, and export that\n"
    )
    (kept.folder / "certificates/psn-01.pem").write_bytes(leaked)
    kept.environment("lab", LAB)
    said = say(capsys, "check", "lab")
    assert said.code == 1
    assert (
        "certificates/psn-01.pem is revoked (laptop stolen – Zürich; production.yaml says so); take this entry out"
        in said.out
    )


def test_no_certificate_over_its_key_is_taken_either(
    kept: Kept, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    renewed = to_pem(make_certificate("renewed.example.net", key=rsa_key("psn-01")))
    revoke(capsys, "production", "psn-01")
    (tmp_path / "renewed.pem").write_bytes(renewed)
    for name, whose in (("lab", "laptop stolen – Zürich; production.yaml says so"), ("production", "laptop stolen")):
        said = say(capsys, "certificate", "add", name, "again", "renewed.pem")
        assert said.code == 1
        assert said.err.startswith(f"error: renewed.pem: its key is revoked: {whose}")
        assert said.err.endswith("; make a new key in ISE: generate a new certificate there, and export that\n")
    (kept.folder / "certificates/psn-01.pem").write_bytes(renewed)
    kept.environment("lab", LAB)
    said = say(capsys, "check", "lab")
    assert said.code == 1
    assert (
        "certificates/psn-01.pem: its key is revoked: laptop stolen – Zürich; production.yaml says so; "
        "take this entry out, and make a new key in ISE"
    ) in said.out


def test_every_certificate_over_the_key_goes_with_it(
    kept: Kept, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "renewed.pem").write_bytes(to_pem(make_certificate("renewed.example.net", key=rsa_key("psn-01"))))
    for name in ("lab", "production"):
        assert say(capsys, "certificate", "add", name, "renewed", "renewed.pem", "--node", "psn-01").code == 0
    assert revoke(capsys, "production", "psn-01").code == 0
    assert [entry.name for entry in kept.declared("lab").certificates] == ["psn-02"]
    declared = kept.declared()
    assert [entry.name for entry in declared.certificates] == ["psn-02"]
    assert {each.common_name for each in declared.terms.revoked} == {"psn-01.example.net", "renewed.example.net"}


def test_where_it_holds_the_only_key_another_comes_first(
    kept: Kept, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "renewed.pem").write_bytes(to_pem(make_certificate("renewed.example.net", key=rsa_key("psn-01"))))
    kept.environment("production", COMMENTED)
    say(capsys, "certificate", "add", "production", "renewed", "renewed.pem", "--node", "psn-01")
    before = kept.everything()
    assert refused(kept, revoke(capsys, "production", "psn-01"), before).startswith(
        "psn-01: holds the only key of production, and without one ISE cannot sign in; add another first: "
    )


def test_without_a_date_it_is_todays(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    days = {datetime.now(UTC).date()}
    revoke(capsys, "production", "psn-01")
    [revoked] = kept.declared().terms.revoked
    assert revoked.date in days | {datetime.now(UTC).date()}


@pytest.mark.parametrize("name", ["fill-in", "x BEGIN CERTIFICATE", "   ", "\x1b[2J\u202e", "東京"])
def test_a_certificate_of_any_name_can_be_revoked(kept: Kept, capsys: pytest.CaptureFixture[str], name: str) -> None:
    kept.certificate("certificates/psn-01.pem", label=name)
    sha1 = kept.declared().certificates[0].certificate.sha1_hex
    assert revoke(capsys, "production", "psn-01").code == 0
    [revoked] = kept.declared().terms.revoked
    expected = {"\x1b[2J\u202e": "\\x1b[2J\\u202e", "東京": "東京"}.get(name, f"(SHA-1 {sha1})")
    assert revoked.common_name == expected


def refused(kept: Kept, said: Said, before: dict[str, bytes]) -> str:
    """Return the one line that refused a command, after making sure that nothing was changed."""
    assert (said.code, said.out, kept.everything()) == (1, "", before)
    assert said.err.count("\n") == 1
    return said.err.removeprefix("error: ").rstrip("\n")


def test_where_it_is_the_only_one_another_comes_first(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.environment("lab", LAB.replace(OTHER, ""))
    before = kept.everything()
    assert refused(kept, revoke(capsys, "production", "psn-01"), before) == (
        "node-a: is the only certificate of lab, and without one ISE cannot sign in; "
        "add another first: `ise-intune certificate add lab node-a-new FILE --node node-a`"
    )


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[2J"])
def test_a_reason_is_one_line_of_text(kept: Kept, capsys: pytest.CaptureFixture[str], reason: str) -> None:
    before = kept.everything()
    said = refused(kept, revoke(capsys, "production", "psn-01", reason=reason), before)
    assert said == "--reason: is blank, or holds control or invisible characters; write one line of text"


def test_a_day_to_come_is_no_date(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept.everything()
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    said = refused(kept, revoke(capsys, "production", "psn-01", "--date", tomorrow.isoformat()), before)
    assert f"{tomorrow} is still to come; a revocation holds at once" in said


def test_a_file_with_mistakes_is_left_alone_and_told(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    broken = LAB.replace("schema: 1", "schema: one")
    kept.environment("lab", broken)
    said = revoke(capsys, "production", "psn-01")
    assert said.code == 1
    assert (
        "error: environments/lab.yaml: has mistakes, so nothing was taken out of it; `ise-intune check` names them\n"
    ) in said.err
    assert kept.text("lab") == broken
    assert [entry.name for entry in kept.declared().certificates] == ["psn-02"]
    assert "is revoked" in say(capsys, "check", "lab").out


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_whatever_fails_it_goes_everywhere_or_nowhere(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    before = kept.everything()
    with monkeypatch.context() as patch:
        failure.begin(patch)
        said = revoke(capsys, "production", "psn-01")
    after = kept.everything()
    if said.code == 0:
        assert before.keys() - after.keys() == {"certificates/psn-01.pem"}
        assert after["lab.yaml"] != before["lab.yaml"]
    else:
        assert (said.code, after) == (failure.code, before)
