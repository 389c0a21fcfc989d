"""`ise-intune certificate expiry`: over all environments, what is shown where, and with which exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commanding import Said, say
from tests.judging import SOUND
from tests.keeping_certificates import Kept

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """An environment whose certificate ends in a year."""
    kept = Kept.below(tmp_path, monkeypatch)
    kept.certificate("certificates/psn-01.pem", days=364.5)
    return kept


def expiry(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "certificate", "expiry", *arguments)


def another(kept: Kept, name: str, *, days: float, more: str = "") -> None:
    """Write an environment whose certificate began 200 days ago and ends in `days`."""
    kept.certificate(f"certificates/{name}.pem", since=200, days=days)
    text = SOUND.replace("display_name: Cisco ISE", f"display_name: {name}")
    kept.environment(
        name, text.replace("psn-01: certificates/psn-01.pem", f"{name}-01: certificates/{name}.pem") + more
    )


def test_a_table_of_all_environments_the_next_to_end_first(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    another(kept, "lab", days=99.5)
    said = expiry(capsys)
    assert (said.code, said.err) == (0, "")
    heading, *rows = said.out.splitlines()
    assert heading.split("  ")[0] == "ENVIRONMENT"
    assert [row.split()[0:4] + row.split()[6:] for row in rows] == [
        ["lab", "lab-01", "lab-01", "lab.example.net", "99", "30", "days", "-"],
        ["production", "psn-01", "psn-01", "psn-01.example.net", "364", "30", "days", "-"],
    ]


def test_inside_the_window_without_a_successor_is_found(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    another(kept, "lab", days=9.5)
    said = expiry(capsys)
    assert said.code == 2
    assert "  NEEDED for lab-01\n" in said.out
    assert said.err.startswith(
        "high: environments/lab.yaml:16: certificate lab-01 (lab.example.net): expires in 9 days"
    )
    assert say(capsys, "check").code == 2


def test_with_a_successor_beside_it_nothing_is_asked_for(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    another(kept, "lab", days=9.5)
    path = kept.folder / "lab.yaml"
    successor = "  new: {file: certificates/psn-01.pem, nodes: [lab-01]}\nstate:"
    path.write_text(path.read_text().replace("state:", successor))
    said = expiry(capsys)
    assert said.code == say(capsys, "check").code == 0
    assert next(line for line in said.out.splitlines() if "lab-01 " in line).endswith("  new")
    assert said.err.startswith("low: environments/lab.yaml:16: ")
    assert say(capsys, "--quiet", "certificate", "expiry").err == ""


def test_an_expired_one_is_found(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    another(kept, "lab", days=-2)
    said = expiry(capsys)
    assert said.code == 2
    assert "  expired  " in said.out


def test_a_dated_exception_is_honoured_and_shown(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    exception = "{rule: certificate-expiring, subject: lab-01, reason: closing down, until: 2099-12-31}"
    another(kept, "lab", days=9.5, more=f"exceptions: [{exception}]\n")
    said = expiry(capsys)
    assert said.code == say(capsys, "check").code == 0
    assert said.err.startswith("excepted until 2099-12-31 (closing down): high: ")


@pytest.mark.parametrize("broken", ["lab.yaml", "lab.yml", "Not A Name.yaml"])
def test_a_broken_file_does_not_hide_the_others(kept: Kept, capsys: pytest.CaptureFixture[str], broken: str) -> None:
    (kept.folder / broken).write_text("schema: one\n", encoding="utf-8")
    said = expiry(capsys)
    assert said.code == 1
    assert "production" in said.out
    assert f"error: environments/{broken}" in said.err
    another(kept, "old", days=9.5)
    assert expiry(capsys).code == 2


def test_names_and_the_environment_variable_select(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    another(kept, "lab", days=9.5)
    assert expiry(capsys, "production").code == 0
    monkeypatch.setenv("ISE_INTUNE_STACKS", "production")
    assert expiry(capsys).code == 0
    assert expiry(capsys, "lab").code == 2
    said = expiry(capsys, "labb")
    assert (said.code, said.err) == (1, "error: labb: is not an environment; did you mean `lab`?\n")


def test_json_has_the_figures_and_what_was_found(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    another(kept, "lab", days=9.5)
    (kept.folder / "broken.yaml").write_text("schema: one\n", encoding="utf-8")
    said = expiry(capsys, "--format", "json")
    assert (said.code, said.err) == (2, "")
    certificate = kept.declared("lab").certificates[0].certificate
    assert sorted(said.json) == ["certificates", "errors", "found", "schema_version", "unchecked"]
    assert said.json["certificates"][0] == {
        "environment": "lab",
        "entry": "lab-01",
        "nodes": ["lab-01"],
        "common_name": "lab.example.net",
        "thumbprint_sha1": certificate.sha1_hex,
        "sha256": certificate.sha256_hex,
        "key_id": certificate.key_id,
        "not_before": certificate.start_date,
        "not_after": certificate.end_date,
        "days_left": 9,
        "window_days": 30,
        "window_seconds": 30 * 86400,
        "in_window": True,
        "successors": [],
        "nodes_without_successor": ["lab-01"],
        "needs_successor": True,
    }
    assert [(found["id"], found["severity"], found["subject"]) for found in said.json["found"]] == [
        ("certificate-expiring", "high", "lab-01")
    ]
    assert said.json["errors"][0]["file"] == "environments/broken.yaml"


def test_the_textfile_is_put_in_place_whole(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = kept.folder.parent / "ise-intune.prom"
    assert expiry(capsys, "--format", "prometheus", "--output", str(output)).code == 0
    before = output.read_text()
    assert 'ise_intune_environment_sound{environment="production"} 1\n' in before
    (kept.folder / "broken.yaml").write_text("schema: one\n", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        assert expiry(capsys, "--format", "prometheus", "--output", str(output)).code == 1
    assert output.read_text() == before
    assert sorted(path.name for path in output.parent.iterdir()) == ["environments", "ise-intune.prom"]
    assert expiry(capsys, "--format", "prometheus", "--output", str(output)).code == 1
    assert 'ise_intune_environment_sound{environment="broken"} 0\n' in output.read_text()


def test_the_calendar_can_go_to_a_file(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    output = kept.folder.parent / "certificates.ics"
    assert expiry(capsys, "--format", "ics", "--output", str(output)).code == 0
    assert output.read_bytes().startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")


def test_without_any_environment_there_is_nothing_to_show(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    (kept.folder / "production.yaml").unlink()
    assert expiry(capsys) == Said(0, "", "")
