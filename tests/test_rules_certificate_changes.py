"""Guards over a change of certificates: each fires on the change it is for, and not on its safe form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import compare, compare_declarations
from helpers.findings import Severity
from helpers.rules.certificate_changes import (
    LAST_VALID,
    NODE_UNCOVERED,
    REMOVED_WITH_SUCCESSOR,
    RENAMED,
    SWAPPED,
)
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case
from tests.declaring import declare
from tests.making_certificates import make_certificate, rsa_key, to_pem

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.findings import Finding

NOW = datetime.now(UTC)
CHANGE_RULES = {REMOVED_WITH_SUCCESSOR, SWAPPED, RENAMED, LAST_VALID, NODE_UNCOVERED}


def entry(file: str, *nodes: str, **more: str) -> dict[str, Any]:
    return {"file": f"certificates/{file}.pem", "nodes": list(nodes), **more}


ONE = {"psn-01": entry("one", "psn-01"), "psn-02": entry("two", "psn-02")}
SUCCESSOR = {"psn-01-2027": entry("successor", "psn-01")}
WITHOUT_ONE = {"psn-02": ONE["psn-02"]}


def found(tmp_path: Path, before: dict[str, Any], after: dict[str, Any], **changes: Any) -> list[Finding]:  # noqa: ANN401 — any plain value
    folder = tmp_path / "environments"
    standing = {"exceptions": changes["exceptions"]} if "exceptions" in changes else {}
    earlier = declare(folder, certificates=before, **standing)
    later = declare(folder, certificates=after, **changes)
    differences = compare(earlier.integration, later.integration)
    case = Case("production", earlier, later, differences, compare_declarations(earlier, later), NOW)
    return [finding for finding in findings_of(case, Policy()) if finding.rule in CHANGE_RULES]


def rules(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.subject) for finding in findings]


SAFE = {
    "adding a successor": (ONE, {**ONE, **SUCCESSOR}),
    "removing what it replaced, later": ({**ONE, **SUCCESSOR}, {**WITHOUT_ONE, **SUCCESSOR}),
    "adding a node": (WITHOUT_ONE, ONE),
    "another order": (ONE, dict(reversed(ONE.items()))),
    "renaming with its former name": (
        ONE,
        {**WITHOUT_ONE, "psn-01-old": entry("one", "psn-01", formerly="psn-01")},
    ),
}


@pytest.mark.parametrize(("before", "after"), SAFE.values(), ids=SAFE)
def test_a_safe_change_is_not_spoken_of(tmp_path: Path, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert found(tmp_path, before, after) == []


DANGEROUS = {
    "removing a node's certificate with its successor": (
        ONE,
        {**WITHOUT_ONE, **SUCCESSOR},
        [(REMOVED_WITH_SUCCESSOR, "psn-01")],
    ),
    "the same where a shared certificate is taken over": (
        {"all": entry("one", "psn-01", "psn-02")},
        {"all-2027": entry("successor", "psn-01", "psn-02")},
        [(REMOVED_WITH_SUCCESSOR, "all")],
    ),
    "the same where another entry takes the node over": (
        ONE,
        {"psn-02": entry("two", "psn-01", "psn-02")},
        [(REMOVED_WITH_SUCCESSOR, "psn-01")],
    ),
    "swapping the file under a name": (
        ONE,
        {**ONE, "psn-01": entry("other", "psn-01")},
        [(SWAPPED, "psn-01")],
    ),
    "renaming without the former name": (
        ONE,
        {**WITHOUT_ONE, "node-one": entry("one", "psn-01")},
        [(RENAMED, "node-one")],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), DANGEROUS.values(), ids=DANGEROUS)
def test_a_dangerous_change_is_high(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    findings = found(tmp_path, before, after)
    assert rules(findings) == expected
    assert all(finding.severity is Severity.HIGH and finding.counts for finding in findings)


def test_a_compromised_certificate_may_go_with_its_successor_at_once(tmp_path: Path) -> None:
    """Revoking it is the reason: an outage of one node is better than an intruder who signs in."""
    before = declare(tmp_path / "environments", certificates=ONE)
    compromised = next(each for each in before.certificates if each.name == "psn-01").certificate
    revoked = {
        "sha256": compromised.sha256_hex,
        "common_name": compromised.common_name,
        "reason": "its key was copied",
        "date": NOW.date(),
    }
    assert rules(found(tmp_path, ONE, {**WITHOUT_ONE, **SUCCESSOR}, revoked=[revoked])) == []


def test_capitals_do_not_make_another_node(tmp_path: Path) -> None:
    after = {**WITHOUT_ONE, "psn-01-2027": entry("successor", "PSN-01")}
    assert rules(found(tmp_path, ONE, after)) == [(REMOVED_WITH_SUCCESSOR, "psn-01")]


def test_a_renamed_entry_that_takes_a_node_over_is_its_successor(tmp_path: Path) -> None:
    after = {"both": entry("two", "psn-01", "psn-02", formerly="psn-02")}
    assert rules(found(tmp_path, ONE, after)) == [(REMOVED_WITH_SUCCESSOR, "psn-01")]


def test_a_node_left_without_a_certificate_is_told_but_passes(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, ONE, WITHOUT_ONE)
    assert (finding.rule, finding.subject, finding.severity) == (NODE_UNCOVERED, "psn-01", Severity.LOW)
    assert not finding.counts


def test_removing_the_last_valid_certificate_is_high(tmp_path: Path) -> None:
    """What is left has not begun to be valid: until then no node can sign in."""
    folder = tmp_path / "environments" / "certificates"
    folder.mkdir(parents=True)
    future = make_certificate(
        "future", key=rsa_key("future"), not_before=NOW + timedelta(days=10), not_after=NOW + timedelta(days=400)
    )
    (folder / "future.pem").write_bytes(to_pem(future))
    both = {"psn-01": entry("one", "psn-01"), "psn-01-2027": entry("future", "psn-01")}
    findings = found(tmp_path, both, {"psn-01-2027": both["psn-01-2027"]})
    assert rules(findings) == [(LAST_VALID, "psn-01")]


def test_an_exception_lets_a_change_pass_and_stays_visible(tmp_path: Path) -> None:
    waiver = {
        "rule": SWAPPED,
        "subject": "psn-01",
        "reason": "the node was replaced over night",
        "until": (NOW + timedelta(days=1)).date(),
    }
    after = {**ONE, "psn-01": entry("other", "psn-01")}
    (finding,) = found(tmp_path, ONE, after, exceptions=[waiver])
    assert finding.exception is not None
    assert finding.exception.reason == "the node was replaced over night"
    assert not finding.counts


def test_an_exception_ends_with_its_day(tmp_path: Path) -> None:
    waiver = {"rule": SWAPPED, "subject": "psn-01", "reason": "past", "until": (NOW - timedelta(days=1)).date()}
    (finding,) = found(tmp_path, ONE, {**ONE, "psn-01": entry("other", "psn-01")}, exceptions=[waiver])
    assert finding.exception is None
    assert finding.counts


def test_each_finding_says_what_where_and_what_to_do(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, ONE, {**WITHOUT_ONE, **SUCCESSOR})
    assert finding.what == (
        "node psn-01 loses certificate psn-01 in the same change that adds psn-01-2027: "
        "whichever goes first, ISE may be left without"
    )
    assert finding.remedy == "keep psn-01 in this change; remove it in the next, once psn-01 presents the new one"
    assert finding.location.file.endswith("production.yaml")
