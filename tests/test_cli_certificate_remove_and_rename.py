"""`ise-intune certificate remove` and `rename`: an entry goes or gets another name, and nothing else changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.commanding import Said, say
from tests.keeping_certificates import COMMENTED, FAILURES, Failure, Kept

if TYPE_CHECKING:
    from pathlib import Path

SUCCESSOR = "  psn-01-2027: {file: certificates/next.pem, nodes: [psn-01]} # since March\n"
RENEWED = COMMENTED.replace("  # Zürich", f"{SUCCESSOR}  # Zürich")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept.below(tmp_path, monkeypatch)
    kept.certificate("certificates/next.pem")
    kept.environment("production", RENEWED)
    return kept


def remove(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "certificate", "remove", *arguments)


def rename(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    return say(capsys, "certificate", "rename", *arguments)


def test_an_entry_goes_with_its_line_and_its_file(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    said = remove(capsys, "production", "psn-01")
    assert said.code == 0
    assert kept.text() == RENEWED.replace("  psn-01: certificates/psn-01.pem   # until March\n", "")
    assert not (kept.folder / "certificates/psn-01.pem").exists()
    warning, *rest = said.err.splitlines()
    assert warning == (
        "warning: nothing was shown that says whether psn-01 still signs in; `ise-intune certificate usage production"
        " --entry psn-01 --format json --output usage.json` looks, and `--evidence` holds this to it"
    )
    assert rest == [
        "environments/production.yaml: entry psn-01 taken out",
        "environments/certificates/psn-01.pem: deleted",
        "next: commit and deploy (`cdktf deploy production`), which takes it off the application",
    ]


def test_a_node_left_without_a_certificate_is_named(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.environment("production", RENEWED.replace("nodes: [psn-01]", "nodes: [psn-02]"))
    said = remove(capsys, "production", "psn-01")
    assert "warning: node psn-01 is left without a certificate; right only if it leaves the deployment\n" in said.err


@pytest.mark.parametrize(
    "other",
    [
        COMMENTED,
        COMMENTED.replace("certificates/psn-01.pem", "./certificates//psn-01.pem"),
        COMMENTED.replace("schema: 1", "schema: one"),
        "a tab:\t{ certificates/psn-01.pem",
    ],
    ids=["sound", "other-spelling", "mistaken", "no-yaml"],
)
def test_a_file_that_another_environment_may_name_stays(
    kept: Kept, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    kept.environment("lab", other.replace("display_name: Cisco ISE", "display_name: lab"))
    said = remove(capsys, "production", "psn-01")
    assert said.code == 0
    assert (kept.folder / "certificates/psn-01.pem").exists()
    assert "deleted" not in said.err


def refused(kept: Kept, said: Said, before: dict[str, bytes]) -> str:
    """Return the one line that refused a command, after making sure that nothing was changed."""
    assert (said.code, said.out, kept.everything()) == (1, "", before)
    assert said.err.count("\n") == 1
    return said.err.removeprefix("error: ").rstrip("\n")


def test_the_only_certificate_stays(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    remove(capsys, "production", "psn-01-2027")
    before = kept.everything()
    assert refused(kept, remove(capsys, "production", "psn-01"), before) == (
        "psn-01: is the only certificate of production, and without one ISE cannot sign in; "
        "add another first: `ise-intune certificate add production psn-01-new FILE --node psn-01`"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("production", "psn-1"), "psn-1: is no entry of production; did you mean `psn-01`"),
        (("prod", "psn-01"), "prod: is not an environment; "),
    ],
)
def test_what_is_not_there_cannot_go(
    kept: Kept, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    before = kept.everything()
    assert refused(kept, remove(capsys, *arguments), before).startswith(message)


# The guard


def evidence(kept: Kept, verdict: str = "unused", *, age: float = 0.5, **changes: Any) -> str:  # noqa: ANN401 — any JSON
    """Write what a look at production's keys may have found; return the file."""
    entry = next(each for each in kept.declared().certificates if each.name == "psn-01")
    looked_at = (datetime.now(UTC) - timedelta(days=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {"key_id": entry.key_id.upper(), "verdict": verdict, "unused_since": "2026-11-01T08:00:00Z"}
    environment = {"name": "production", "tenant_id": kept.declared().integration.tenant_id, "client_id": ""}
    document = {
        "schema_version": 1,
        "usage": {"looked_at": looked_at},
        "environment": environment,
        "keys": [{**known, "reasons": ["psn-01 is silent", "the log is behind"]}],
        **changes,
    }
    file = kept.folder.parent / "usage.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


def test_evidence_that_it_is_unused_lets_it_go_and_is_said(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    said = remove(capsys, "production", "psn-01", "--evidence", evidence(kept))
    assert said.code == 0
    assert "warning" not in said.err
    assert "entry psn-01 taken out: unused since 2026-11-01 08:00 UTC, as seen at " in said.err


ELSEWHERE = {"name": "lab", "tenant_id": "99999999-9999-4999-8999-999999999999", "client_id": ""}


@pytest.mark.parametrize(
    ("look", "objections"),
    [
        pytest.param({"verdict": "in use"}, ["psn-01 is in use"], id="in use"),
        pytest.param({"verdict": "cannot tell"}, ["psn-01 is silent; the log is behind"], id="cannot tell"),
        pytest.param({"age": 3.1}, ["and good for 3 days: look again"], id="stale"),
        pytest.param({"age": -1}, ["and good for 3 days: look again"], id="of tomorrow"),
        pytest.param(
            {"environment": ELSEWHERE},
            ["it is of the environment 'lab'", "it is of the tenant 99999999-9999-4999-8999-999999999999"],
            id="of another environment",
        ),
        pytest.param({"keys": []}, ["it says nothing of the key "], id="of other keys"),
    ],
)
def test_evidence_that_does_not_say_so_keeps_it_unless_a_reason_is_given(
    kept: Kept, capsys: pytest.CaptureFixture[str], look: dict[str, Any], objections: list[str]
) -> None:
    file, before = evidence(kept, **look), kept.everything()
    told = refused(kept, remove(capsys, "production", "psn-01", "--evidence", file), before)
    assert told.startswith(f"psn-01: stays by {file}: ")
    assert told.endswith('keep it until it is unused, or say why it can go: `--without-evidence "REASON"`')
    assert [each for each in objections if each not in told] == []
    said = remove(capsys, "production", "psn-01", "--evidence", file, "--without-evidence", "psn-01 was scrapped")
    assert said.code == 0
    assert f"warning: {file} does not say that it is unused: " in said.err
    assert "entry psn-01 taken out: psn-01 was scrapped\n" in said.err


def test_evidence_of_another_application_keeps_it(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = (f"{digit * 8}-0000-4000-8000-000000000001" for digit in "ab")
    kept.environment("production", RENEWED.replace("schema: 1\n", f"schema: 1\nclient_id: {ours}\n"))
    environment = {"name": "production", "tenant_id": kept.declared().integration.tenant_id, "client_id": theirs}
    said = remove(capsys, "production", "psn-01", "--evidence", evidence(kept, environment=environment))
    assert f"it is of the application {theirs}, and environments/production.yaml names {ours}" in said.err


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("{", "is not one JSON document"),
        ("[]", "is not a JSON object"),
        ('{"a":' * 100_000, "is nested too deeply"),
        (
            '{"schema_version": 1, "schema_version": 1}',
            "is not one JSON document (the key 'schema_version' is there twice",
        ),
        ('{"schema_version": NaN}', "is not one JSON document (NaN is no JSON value)"),
        (" " * (5 * 1024**2 + 1), "is larger than 5 MiB, more than any look writes"),
        ("{}", "is no evidence of use: `schema_version` is not 1"),
        ('{"schema_version": 1}', "is no evidence of use: `usage.looked_at` is not there"),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_what_is_no_evidence_is_one_message(
    kept: Kept, capsys: pytest.CaptureFixture[str], content: str | None, cause: str
) -> None:
    file = kept.folder.parent / "usage.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    before = kept.everything()
    told = refused(kept, remove(capsys, "production", "psn-01", "--evidence", str(file)), before)
    assert told.startswith(f"{file}: {cause}")


def test_evidence_with_two_verdicts_on_one_key_is_none(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever of the two counted, the other is what somebody may have read."""
    file = kept.folder.parent / "usage.json"
    evidence(kept)
    document = json.loads(file.read_text(encoding="utf-8"))
    (known,) = document["keys"]
    twice = {**known, "key_id": known["key_id"].upper(), "verdict": "in use"}
    file.write_text(json.dumps({**document, "keys": [twice, known]}), encoding="utf-8")
    before = kept.everything()
    told = refused(kept, remove(capsys, "production", "psn-01", "--evidence", str(file)), before)
    assert "is no evidence of use: a key is there twice, with a verdict each" in told


def test_a_reason_alone_is_said_and_an_empty_one_is_none(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept.everything()
    empty = remove(capsys, "production", "psn-01", "--without-evidence", " ")
    assert refused(kept, empty, before).startswith("--without-evidence: is empty; ")
    said = remove(capsys, "production", "psn-01", "--without-evidence", "psn-01 has left\x1b[0m")
    assert said.err.startswith("environments/production.yaml: entry psn-01 taken out: psn-01 has left\\x1b[0m\n")


def test_an_expired_certificate_needs_no_evidence(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    kept.certificate("certificates/psn-01.pem", days=-1, since=9)
    said = remove(capsys, "production", "psn-01")
    assert (said.code, "warning" in said.err) == (0, False)
    assert "entry psn-01 taken out: expired at " in said.err


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_whatever_fails_entry_and_file_stay_or_go_together(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    before = kept.everything()
    with monkeypatch.context() as patch:
        failure.begin(patch)
        said = remove(capsys, "production", "psn-01")
    after = kept.everything()
    if said.code == 0:
        assert before.keys() - after.keys() == {"certificates/psn-01.pem"}
    else:
        assert (said.code, after) == (failure.code, before)


def test_a_renewal_leaves_the_file_as_if_the_new_entry_had_always_been_there(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.environment("production", COMMENTED)
    assert say(capsys, "certificate", "add", "production", "psn-01-2027", "environments/certificates/next.pem",
               "--node", "psn-01").code == 0  # fmt: skip
    assert remove(capsys, "production", "psn-01").code == 0
    assert [(entry.name, entry.nodes) for entry in kept.declared().certificates] == [("psn-01-2027", ("psn-01",))]
    assert [line for line in COMMENTED.splitlines() if line not in kept.text().splitlines()] == [
        "  psn-01: certificates/psn-01.pem   # until March"
    ]


def test_a_renamed_entry_says_what_it_was_called(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    said = rename(capsys, "production", "psn-01", "psn-01-2026")
    assert said.code == 0
    assert kept.text() == RENEWED.replace(
        "psn-01: certificates/psn-01.pem ",
        "psn-01-2026: {file: certificates/psn-01.pem, nodes: [psn-01], formerly: psn-01} ",
    )
    entry = kept.declared().certificates[0]
    assert (entry.name, entry.nodes, entry.formerly) == ("psn-01-2026", ("psn-01",), "psn-01")
    assert said.err.splitlines() == [
        "environments/production.yaml: entry psn-01 is now psn-01-2026",
        "next: commit and deploy (`cdktf deploy production`), which moves it in the state",
    ]


def test_an_exception_that_names_the_old_entry_is_told(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    exception = "exceptions:\n- {rule: certificate-expiring, subject: psn-01, reason: x, until: 2099-01-01}\n"
    kept.environment("production", RENEWED.replace("state:\n", f"{exception}state:\n"))
    said = rename(capsys, "production", "psn-01", "psn-01-2026")
    assert (
        "warning: the exception for rule certificate-expiring still names psn-01; "
        "change it in environments/production.yaml\n"
    ) in said.err


def test_the_same_name_is_nothing_to_do(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept.everything()
    said = rename(capsys, "production", "psn-01", "psn-01")
    assert (said.code, kept.everything()) == (0, before)
    assert said.err.endswith("is called so already; nothing to do\n")


def test_what_was_renamed_is_deployed_before_it_is_renamed_again(
    kept: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    rename(capsys, "production", "psn-01", "a-1")
    before = kept.everything()
    assert refused(kept, rename(capsys, "production", "a-1", "a-2"), before) == (
        "a-1: was renamed already, from psn-01; deploy that first, take `formerly` out of a-1 in "
        "environments/production.yaml, then rename it again"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("psn-01", "psn-01-2027"), "psn-01-2027: is an entry of production already; choose another name"),
        (("psn-01", "1"), "1: cannot name a certificate; "),
        (("psn-9", "psn-8"), "psn-9: is no entry of production; "),
        (("psn-01", "PSN-01-2027"), "environments/production.yaml:18: certificates.psn-01-2027: is `PSN-01-2027` but"),
    ],
)
def test_a_name_that_cannot_be_is_one_message(
    kept: Kept, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    before = kept.everything()
    assert refused(kept, rename(capsys, "production", *arguments), before).startswith(message)
