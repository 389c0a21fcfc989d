"""Rules over what a deploy takes into Terraform's state that was there before: they speak of `Case.imports`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from helpers.findings import Severity
from helpers.reviewing.assembling import review_sources
from helpers.reviewing.review import Reviewed
from helpers.rules.deployment_rules import RULES
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case, Import
from tests.declaring import declare
from tests.recorded_plan import APPLICATION, CERTIFICATE, PRINCIPAL, entry, read, recorded
from tests.taking_over import KEY_ID, taken_over
from tests.taking_over import entry as adopted_entry

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from helpers.findings import Finding

CHANGED, CREATED = (APPLICATION, "is changed"), (CERTIFICATE, "is created")
IMPORTED = ("adoption", "production", Severity.LOW)


@pytest.mark.parametrize(
    ("imports", "found"),
    [
        pytest.param(None, [], id="nothing is imported"),
        pytest.param(Import((APPLICATION,)), [IMPORTED], id="it is imported and nothing else"),
        pytest.param(
            Import((APPLICATION,), (CHANGED,)),
            [("adoption-changes", APPLICATION, Severity.HIGH), IMPORTED],
            id="it is changed at once",
        ),
        pytest.param(
            Import((APPLICATION,), (CREATED,)),
            [IMPORTED, ("adoption-changes", CERTIFICATE, Severity.LOW)],
            id="something is added, which takes nothing from what is there",
        ),
    ],
)
def test_an_import_is_said_and_a_change_with_it_stops(
    tmp_path: Path, imports: Import | None, found: list[tuple[str, str, Severity]]
) -> None:
    side = declare(tmp_path)
    case = Case("production", side, side, (), (), datetime.now(UTC), imports=imports)
    said = [(each.rule, each.subject, each.severity) for each in findings_of(case, Policy(), rules=RULES)]
    assert said == found


def test_a_plan_that_only_imports_passes_the_gate_of_a_review() -> None:
    plan = recorded()
    plan["resource_changes"] = [each for each in plan["resource_changes"] if each["mode"] == "managed"]
    for each in plan["resource_changes"]:
        change = each["change"]
        there = change["after"] if change["before"] is None else change["before"]
        change.update(actions=["no-op"], before=there, after=there, after_unknown={}, importing={"id": "x"})
    plan["resource_drift"] = []
    found = read(plan)
    assert found.imports is not None
    assert {APPLICATION, PRINCIPAL, CERTIFICATE} <= {*found.imports.imported}
    assert found.imports.touched == ()
    assert not any("import" in each for each in found.outside)


def test_a_plan_that_imports_and_changes_the_same_stops() -> None:
    plan = recorded()
    entry(plan, APPLICATION)["change"]["importing"] = {"id": "x"}
    review = review_sources([read(plan)], now=datetime.now(UTC))
    (environment,) = review.environments
    assert ("adoption-changes", APPLICATION) in {(each.rule, each.subject) for each in environment.findings}
    assert review.stops


def test_an_import_of_what_nobody_here_knows_is_outside() -> None:
    plan = recorded()
    one = entry(plan, CERTIFICATE)
    one["type"], one["address"] = "azuread_group", "azuread_group.ise"
    one["change"]["importing"] = {"id": "x"}
    assert any("azuread_group.ise is taken into Terraform's state" in each for each in read(plan).outside)


def changed(before: Declaration, after: Declaration, rule: str) -> list[Finding]:
    """Return what `rule` finds in a change of an environment file."""
    (environment,) = review_sources([Reviewed("production", before, after)], now=datetime.now(UTC)).environments
    return [each for each in environment.findings if each.rule == rule]


def test_an_imported_certificate_that_is_no_longer_pinned_is_high(tmp_path: Path) -> None:
    """graph-audit.md §E.3: without ignore_changes it is replaced."""
    before = taken_over(tmp_path)
    plain = {"psn-01": {"file": "certificates/psn-01.pem", "nodes": ["psn-01"]}}
    (found,) = changed(before, taken_over(tmp_path, certificates=plain), "certificate-adopted-otherwise")
    assert (found.subject, found.severity) == ("psn-01", Severity.HIGH)
    assert f"was imported under key id {KEY_ID} and now has no key id of its own" in found.what


def test_another_key_id_for_an_imported_certificate_is_high(tmp_path: Path) -> None:
    other = {"psn-01": adopted_entry(tmp_path, key_id="eeeeeeee-1111-4222-8333-444444444444")}
    assert changed(taken_over(tmp_path), taken_over(tmp_path, certificates=other), "certificate-adopted-otherwise")


def test_an_imported_certificate_may_go_whole_once_its_node_has_another(tmp_path: Path) -> None:
    new = {"psn-01-2027": {"file": "certificates/new.pem", "nodes": ["psn-01"]}}
    before = taken_over(tmp_path, certificates={"psn-01": adopted_entry(tmp_path), **new})
    assert changed(before, taken_over(tmp_path, certificates=new), "certificate-adopted-otherwise") == []


def test_what_terraform_no_longer_leaves_alone_is_said_to_go(tmp_path: Path) -> None:
    before = taken_over(tmp_path, block={"unmanaged": {"application": ["web", "api"]}})
    after = taken_over(tmp_path, block={"unmanaged": {"application": ["api"]}})
    (found,) = changed(before, after, "adoption-managed-again")
    assert (found.subject, found.severity) == ("adopted.unmanaged.application", Severity.MEDIUM)
    assert found.what == "the deploy takes away whatever application has of: web"
    assert changed(after, before, "adoption-managed-again") == []
