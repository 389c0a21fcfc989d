"""`ise-intune certificate remove` and `rename`: an entry goes or gets another name, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    assert said.err.splitlines() == [
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
