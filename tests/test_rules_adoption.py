"""Rules over what a deploy takes into Terraform's state that was there before: they speak of `Case.imports`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from helpers.findings import Severity
from helpers.reviewing.assembling import review_sources
from helpers.reviewing.review import Reviewed
from helpers.rules.adoption_rules import RULES
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case, Import
from tests.declaring import declare, write_certificate
from tests.recorded_plan import APPLICATION, CERTIFICATE, PRINCIPAL, entry, read, recorded
from tests.taking_over import API, KEY_ID, sha256, taken_over
from tests.taking_over import APPLICATION as IMPORTED_APPLICATION
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
            [("adoption-changes", CERTIFICATE, Severity.MEDIUM), IMPORTED],
            id="a certificate is added to what may be another team's application",
        ),
        pytest.param(
            Import((CERTIFICATE,), (CREATED,)),
            [IMPORTED, ("adoption-changes", CERTIFICATE, Severity.LOW)],
            id="a certificate is added to an application that the state has",
        ),
        pytest.param(
            Import((APPLICATION,), ((PRINCIPAL, "is created"),)),
            [IMPORTED, ("adoption-changes", PRINCIPAL, Severity.LOW)],
            id="a service principal is made, which is nobody's yet",
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


OTHER = "99999999-1111-4222-8333-444444444444"
BY_CODE = {"profile": "minimal", "admin_consent": "terraform"}
ROLE = {"permission": API, "resource": OTHER, "assignment": "an-assignment"}


def found_in(before: Declaration | None, after: Declaration) -> list[tuple[str, str]]:
    """Return the rules and subjects that stop a change."""
    review = review_sources([Reviewed("production", before, after)], now=datetime.now(UTC))
    (environment,) = review.environments
    return [(each.rule, each.subject) for each in environment.findings if each.counts]


def test_an_application_that_a_new_file_takes_over_is_said_once(tmp_path: Path) -> None:
    """Anybody may write the object id of another team's application; Terraform asks for nothing else."""
    assert found_in(None, taken_over(tmp_path)) == [("adoption-declared", IMPORTED_APPLICATION)]


def test_an_application_that_a_file_takes_over_from_now_on_is_said(tmp_path: Path) -> None:
    plain = {"psn-01": {"file": "certificates/psn-01.pem", "nodes": ["psn-01"]}}
    after = taken_over(tmp_path, certificates=plain)
    assert ("adoption-declared", IMPORTED_APPLICATION) in found_in(declare(tmp_path, certificates=plain), after)


def test_a_certificate_that_is_newly_said_to_have_been_there_is_said(tmp_path: Path) -> None:
    """Without --deep, drift would take a stranger's certificate under that key id for the declared one."""
    write_certificate(tmp_path, "certificates/new.pem")
    pinned = {"key_id": OTHER, "sha256": sha256(tmp_path, "certificates/new.pem")}
    more = {"psn-02": {"file": "certificates/new.pem", "nodes": ["psn-02"], "adopted": pinned}}
    after = taken_over(tmp_path, certificates={"psn-01": adopted_entry(tmp_path), **more})
    assert found_in(taken_over(tmp_path), after) == [("adoption-declared", OTHER)]


def test_an_imported_certificate_under_another_name_is_no_new_one(tmp_path: Path) -> None:
    renamed = {"psn-a": {**adopted_entry(tmp_path), "formerly": "psn-01"}}
    assert found_in(taken_over(tmp_path), taken_over(tmp_path, certificates=renamed)) == []


@pytest.mark.parametrize(
    "before", [{}, {"roles": [{**ROLE, "assignment": "another"}]}], ids=["imported newly", "another id"]
)
def test_consent_that_is_imported_by_an_id_is_said(tmp_path: Path, before: dict[str, object]) -> None:
    """Of another principal's assignment, Terraform would take it away and make it anew."""
    one = taken_over(tmp_path, block={"consents": before}, permissions=BY_CODE)
    other = taken_over(tmp_path, block={"consents": {"roles": [ROLE]}}, permissions=BY_CODE)
    assert found_in(one, other) == [("adoption-declared", f"{OTHER}: an-assignment")]


def test_what_terraform_leaves_alone_from_now_on_is_said(tmp_path: Path) -> None:
    after = taken_over(tmp_path, block={"unmanaged": {"application": ["web"]}})
    assert found_in(taken_over(tmp_path), after) == [("adoption-left-alone", "adopted.unmanaged.application")]


@pytest.mark.parametrize(
    ("kept", "rule"),
    [
        ({"redirect_uris": ["https://evil.example/x"]}, "redirect-uri-added"),
        ({"public_client": True}, "public-client"),
        ({"sign_in_audience": "AzureADMultipleOrgs"}, "audience-widened"),
        ({"settings": ["web.implicitGrantSettings.enableIdTokenIssuance: true"]}, "application-setting"),
        ({"service_principal_settings": ["replyUrls: https://evil.example"]}, "service-principal-setting"),
    ],
)
def test_what_a_new_file_keeps_is_found_as_what_a_change_adds(
    tmp_path: Path, kept: dict[str, object], rule: str
) -> None:
    """Drift expects it from then on, so this is the last time that anybody is told."""
    after = taken_over(tmp_path, block={"keeps": kept})
    assert rule in {each for each, _ in found_in(None, after)}
    assert rule in {each for each, _ in found_in(taken_over(tmp_path), after)}


def test_what_is_kept_is_told_once_from_files_and_at_all_from_where_no_resource_shows_it(tmp_path: Path) -> None:
    uri = "https://evil.example/x"
    before, after = taken_over(tmp_path), taken_over(tmp_path, block={"keeps": {"redirect_uris": [uri]}})
    assert found_in(before, after) == [("redirect-uri-added", uri)]
    case = Case("production", before, after, (), (), datetime.now(UTC))
    (found,) = findings_of(case, Policy(), rules=RULES)
    assert (found.rule, found.subject, found.severity) == ("adoption-kept", uri, Severity.MEDIUM)
