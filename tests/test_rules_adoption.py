"""Rules over what a deploy takes into Terraform's state that was there before: they speak of `Case.imports`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from helpers.findings import Severity
from helpers.reviewing.assembling import review_sources
from helpers.rules.deployment_rules import RULES
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case, Import
from tests.declaring import declare
from tests.recorded_plan import APPLICATION, CERTIFICATE, PRINCIPAL, entry, read, recorded

if TYPE_CHECKING:
    from pathlib import Path

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
