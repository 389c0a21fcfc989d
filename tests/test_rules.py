"""Every rule: one case where it fires, one where it does not; exceptions, policy, and the table in the documentation.

The guards over certificates have a file of their own (test_rules_certificate_changes.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpers.comparing import compare, compare_declarations
from helpers.errors import DeclarationErrors
from helpers.findings import Severity
from helpers.ise_releases import IseRelease
from helpers.model import Credential, CredentialKind, Exposure, Holder, NotSeen, Seen
from helpers.rules.named import misnamed
from helpers.rules.policy import Policy, read_policy
from helpers.rules.registry import RULES, documented, findings_of, rule_ids
from helpers.rules.rule import Case
from tests.declaring import DEPLOYER, OWNER, declare
from tests.making_certificates import altered, make_certificate, rsa_key, to_pem

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.declaration.declaration import Declaration
    from helpers.findings import Finding

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime.now(UTC)
GRAPH = "Microsoft Graph"
HTTP_STATE = dict.fromkeys(("address", "lock_address", "unlock_address"), "https://state.example/x")
AZURE_AD_GRAPH = "00000002-0000-0000-c000-000000000000"
UNKNOWN_API = "99999999-0000-0000-0000-000000000009"
SECRET = Credential(
    kind=CredentialKind.SECRET, holder=Holder.APPLICATION, key_id="k", fingerprint=NotSeen("never shown")
)


def findings(before: Declaration | None, after: Declaration | None, policy: Policy | None = None) -> list[Finding]:
    differences = compare(before.integration, after.integration) if before and after else ()
    changes = compare_declarations(before, after) if before and after else ()
    policy = policy or Policy()
    case = Case("production", before, after, differences, changes, NOW, policy.max_certificate_lifetime_days)
    return list(findings_of(case, policy))


def extra(permission: str, *, api: str = GRAPH, type_: str = "application") -> dict[str, Any]:
    asked = {"api": api, "permission": permission, "type": type_, "reason": "a test"}
    return {"permissions": {"extra": [asked]}}


def in_entra(declaration: Declaration, **changes: Any) -> Declaration:  # noqa: ANN401 — any surface
    return replace(declaration, integration=replace(declaration.integration, **changes))


def exposed(declaration: Declaration, **changes: Any) -> Declaration:  # noqa: ANN401 — any field of Exposure
    application = replace(declaration.integration.application, exposure=Seen(replace(Exposure(), **changes)))
    return in_entra(declaration, application=application)


def with_credentials(declaration: Declaration, *more: Credential) -> Declaration:
    known = declaration.integration.credentials
    assert isinstance(known, Seen)
    return in_entra(declaration, credentials=Seen(known.items | frozenset(more)))


def owned_by(declaration: Declaration, *owners: str) -> Declaration:
    application = replace(declaration.integration.application, owners=Seen(frozenset(owners)))
    principal = replace(declaration.integration.service_principal, owners=Seen(frozenset(owners)))
    return in_entra(declaration, application=application, service_principal=principal)


def dated_certificate(folder: Path, *, start: int, end: int) -> None:
    file = folder / "certificates" / "dated.pem"
    file.parent.mkdir(parents=True, exist_ok=True)
    not_before, not_after = NOW + timedelta(days=start), NOW + timedelta(days=end)
    file.write_bytes(to_pem(make_certificate("dated", key=rsa_key("d"), not_before=not_before, not_after=not_after)))


# Each rule with what changes in the file: top-level keys before and after.
BY_FILE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "permission-tier-0": ({}, extra("Application.ReadWrite.All"), "Application.ReadWrite.All"),
    "permission-writes": (
        {},
        extra("DeviceManagementManagedDevices.ReadWrite.All"),
        "DeviceManagementManagedDevices.ReadWrite.All",
    ),
    "permission-powerful": ({}, extra("Directory.Read.All"), "Directory.Read.All"),
    "permission-delegated": ({}, extra("openid", type_="delegated"), "openid"),
    "permission-unknown": (
        {},
        extra("11111111-1111-1111-1111-111111111111", api=UNKNOWN_API),
        "11111111-1111-1111-1111-111111111111",
    ),
    "owner-added": ({}, {"application": {"display_name": "Cisco ISE", "owners": [OWNER]}}, OWNER),
    "deployer-changed": ({}, {"deployer": OWNER}, "deployer"),
    "consent-as-code": ({}, {"permissions": {"admin_consent": "terraform"}}, "permissions.admin_consent"),
    "state-moved": ({}, {"state": {"backend": "local"}}, "state"),
    "state-host": ({}, {"state": {"backend": "http", **HTTP_STATE}}, "state"),
    "identity-changed": ({}, {"tenant_id": OWNER}, "tenant"),
    "ise-api-changed": (
        {"ise": {"release": "3.3", "api": "https://pan.example.net"}},
        {"ise": {"release": "3.3", "api": "https://evil.example"}},
        "ise.api",
    ),
    "endpoint-changed": (
        {"cloud": "china"},
        {"cloud": "china", "endpoints": {"intune_audience": "https://other.microsoft.cn/"}},
        "endpoints.intune_audience",
    ),
    "revocation-removed": (
        {"revoked": [{"sha256": "AB" * 32, "common_name": "x", "reason": "lost", "date": NOW.date()}]},
        {},
        f"revoked: {'AB' * 32}",
    ),
    "unaudited-added": (
        {},
        {"unaudited": [{"surface": "application.owners", "reason": "no permission"}]},
        "unaudited: application.owners",
    ),
    "exception-added": (
        {},
        {"exceptions": [{"rule": "owner-added", "subject": "x", "reason": "y", "until": NOW.date()}]},
        "exceptions: owner-added about x",
    ),
}


@pytest.mark.parametrize("rule", BY_FILE)
def test_a_rule_fires_on_the_change_it_is_for(tmp_path: Path, rule: str) -> None:
    before, after, subject = BY_FILE[rule]
    found = findings(declare(tmp_path, **before), declare(tmp_path, **after))
    assert (rule, subject) in {(finding.rule, finding.subject) for finding in found}


@pytest.mark.parametrize(("rule", "before", "after"), [(r, b, a) for r, (b, a, _) in BY_FILE.items()], ids=BY_FILE)
def test_a_rule_is_silent_where_nothing_of_its_kind_changes(
    tmp_path: Path, rule: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Not on what was so before, and not when the change is taken back (an exception or revocation apart)."""
    as_it_was = declare(tmp_path, **after)
    assert rule not in {finding.rule for finding in findings(as_it_was, as_it_was)}
    assert rule not in {finding.rule for finding in findings(declare(tmp_path, **before), declare(tmp_path, **before))}


# Each rule with what a plan or Graph could show and an environment file cannot say.
BY_ENTRA: dict[str, tuple[Callable[[Declaration], Declaration], str]] = {
    "credential-secret": (lambda base: with_credentials(base, SECRET), "k"),
    "credential-federated": (
        lambda base: with_credentials(base, replace(SECRET, kind=CredentialKind.FEDERATED)),
        "k",
    ),
    "audience-widened": (
        lambda base: exposed(base, sign_in_audience="AzureADMultipleOrgs"),
        "application.sign_in_audience",
    ),
    "redirect-uri-added": (
        lambda base: exposed(base, redirect_uris=frozenset({"https://evil.example"})),
        "https://evil.example",
    ),
    "identifier-uri-added": (lambda base: exposed(base, identifier_uris=frozenset({"api://x"})), "api://x"),
    "public-client": (lambda base: exposed(base, public_client=True), "application.public_client"),
    "service-principal-disabled": (
        lambda base: in_entra(
            base, service_principal=replace(base.integration.service_principal, enabled=Seen(items=False))
        ),
        "service_principal.enabled",
    ),
    "deployer-not-owner": (lambda base: owned_by(base, OWNER), DEPLOYER),
}


@pytest.mark.parametrize(("rule", "change", "subject"), [(r, *rest) for r, rest in BY_ENTRA.items()], ids=BY_ENTRA)
def test_a_rule_fires_on_what_no_file_declares(
    tmp_path: Path, rule: str, change: Callable[[Declaration], Declaration], subject: str
) -> None:
    base = declare(tmp_path)
    assert (rule, subject) in {(finding.rule, finding.subject) for finding in findings(base, change(base))}
    assert rule not in {finding.rule for finding in findings(change(base), base)}


def test_other_bytes_behind_a_key_id_are_caught(tmp_path: Path) -> None:
    base = declare(tmp_path)
    assert isinstance(base.integration.credentials, Seen)
    (known,) = base.integration.credentials.items
    swapped = in_entra(base, credentials=Seen(frozenset({replace(known, fingerprint=Seen("00" * 32))})))
    (finding,) = findings(base, swapped)
    assert (finding.rule, finding.subject) == ("credential-changed", known.key_id)


def test_a_permission_on_retired_azure_ad_graph_is_caught(tmp_path: Path) -> None:
    """No environment file can ask for one; a plan and an application made in the portal can."""
    base = declare(tmp_path)
    assert isinstance(base.integration.requested, Seen)
    (some, *_) = base.integration.requested.items
    asked = in_entra(base, requested=Seen(base.integration.requested.items | {replace(some, api=AZURE_AD_GRAPH)}))
    assert [finding.rule for finding in findings(base, asked)] == ["permission-wrong-api"]


def test_a_broader_profile_is_caught_for_what_it_adds_without_a_reason(tmp_path: Path) -> None:
    article = declare(tmp_path, permissions={"profile": "article-2016"})
    caught = {(finding.rule, finding.subject) for finding in findings(declare(tmp_path), article)}
    assert caught == {
        ("permission-powerful", "Directory.Read.All"),
        ("permission-delegated", "openid"),
        ("permission-delegated", "offline_access"),
    }


def test_a_revocation_that_no_longer_names_the_key_is_caught(tmp_path: Path) -> None:
    entry = {"sha256": "AB" * 32, "common_name": "x", "reason": "lost", "date": NOW.date()}
    with_key = declare(tmp_path, revoked=[{**entry, "public_key_sha256": "CD" * 32}])
    without = declare(tmp_path, revoked=[entry])
    assert [finding.rule for finding in findings(with_key, without)] == ["revocation-removed"]
    assert findings(without, with_key) == []


def test_no_text_of_a_revocation_can_feign_that_it_names_the_key(tmp_path: Path) -> None:
    entry = {"sha256": "AB" * 32, "common_name": "x", "reason": "lost", "date": NOW.date()}
    with_key = declare(tmp_path, revoked=[{**entry, "public_key_sha256": "CD" * 32}])
    feigned = declare(tmp_path, revoked=[{**entry, "common_name": f"with its key (SHA-256 {'CD' * 32}); x"}])
    assert [finding.rule for finding in findings(with_key, feigned)] == ["revocation-removed"]


def test_a_lesser_permission_beyond_minimal_needs_a_reason(tmp_path: Path) -> None:
    """With the reason that an environment file requires it passes; a plan shows it without one."""
    reasoned = declare(tmp_path, **extra("ServicePrincipalEndpoint.Read.All"))
    base = declare(tmp_path)
    (finding,) = findings(base, reasoned)
    assert (finding.rule, finding.severity) == ("permission-beyond-minimal", Severity.LOW)
    (finding,) = findings(base, replace(reasoned, terms=replace(reasoned.terms, reasons={})))
    assert (finding.rule, finding.severity) == ("permission-beyond-minimal", Severity.MEDIUM)


def test_a_reason_does_not_make_a_permission_lighter_than_it_is(tmp_path: Path) -> None:
    (finding,) = findings(declare(tmp_path), declare(tmp_path, **extra("User.Read.All")))
    assert (finding.rule, finding.severity) == ("permission-beyond-minimal", Severity.MEDIUM)


def test_a_permission_granted_without_being_asked_for_is_caught(tmp_path: Path) -> None:
    """An assignment of its own in a plan is in force at once, whatever the application asks for."""
    base = declare(tmp_path)
    asked = declare(tmp_path, **extra("Directory.ReadWrite.All")).integration.requested
    (finding,) = findings(base, in_entra(base, granted=asked))
    assert (finding.rule, finding.subject) == ("permission-tier-0", "Directory.ReadWrite.All")
    assert "is granted, without asking for it," in finding.what


def test_consent_that_is_taken_back_is_missed(tmp_path: Path) -> None:
    base = declare(tmp_path)
    found = findings(base, in_entra(base, granted=Seen(frozenset())))
    assert {(finding.rule, finding.subject) for finding in found} == {
        ("permission-missing", "Application.Read.All"),
        ("permission-missing", "get_device_compliance"),
    }
    assert all("is not granted" in finding.what and finding.remedy.startswith("grant") for finding in found)


def test_what_the_model_does_not_know_is_high(tmp_path: Path) -> None:
    side = declare(tmp_path)
    case = Case("production", side, side, (), (), NOW, outside=("null_resource.x is created",))
    (finding,) = findings_of(case, Policy())
    assert (finding.rule, finding.severity) == ("outside-model", Severity.HIGH)
    assert "outside-model" not in {finding.rule for finding in findings(side, side)}


def test_a_change_cannot_except_itself(tmp_path: Path) -> None:
    """Whoever asks for the permission would write the exception too; one that stood before counts."""
    waiver = {
        "rule": "permission-powerful",
        "subject": "Directory.Read.All",
        "reason": "y",
        "until": (NOW + timedelta(days=9)).date(),
    }
    excepted = declare(tmp_path, **extra("Directory.Read.All"), exceptions=[waiver])
    asked = next(f for f in findings(declare(tmp_path), excepted) if f.rule == "permission-powerful")
    assert asked.exception is None
    (agreed,) = findings(declare(tmp_path, exceptions=[waiver]), excepted)
    assert agreed.exception is not None


def test_a_permission_ise_cannot_do_without_is_missed(tmp_path: Path) -> None:
    base = declare(tmp_path)
    assert isinstance(base.integration.requested, Seen)
    without = in_entra(base, requested=Seen(frozenset()))
    found = findings(base, without)
    assert {finding.subject for finding in found} == {"Application.Read.All", "get_device_compliance"}
    assert all("does not ask for" in finding.what for finding in found)
    narrowed = declare(tmp_path, permissions={"profile": "article-2016"})
    assert "permission-missing" not in {finding.rule for finding in findings(narrowed, base)}


def test_a_file_that_is_gone_leaves_a_live_application(tmp_path: Path) -> None:
    (finding,) = findings(declare(tmp_path), None)
    assert (finding.rule, finding.subject, finding.severity) == ("environment-removed", "production", Severity.HIGH)


@pytest.mark.parametrize(
    ("rule", "start", "end"),
    [("certificate-expired", -400, -1), ("certificate-expiring", -400, 5), ("certificate-not-yet-valid", 5, 400)],
)
def test_a_declared_certificates_time_is_judged(tmp_path: Path, rule: str, start: int, end: int) -> None:
    dated_certificate(tmp_path, start=start, end=end)
    after = declare(tmp_path, certificates={"dated": "certificates/dated.pem"})
    assert rule in {finding.rule for finding in findings(declare(tmp_path), after)}
    assert rule not in {finding.rule for finding in findings(after, declare(tmp_path))}


@pytest.mark.parametrize(
    ("rule", "der"),
    [
        ("certificate-weak-signature", lambda: altered(make_certificate(), {}, sha1=True)),
        ("certificate-self-signature", lambda: altered(make_certificate(), {}, key=rsa_key("another"))),
    ],
)
def test_a_declared_certificates_making_is_judged(tmp_path: Path, rule: str, der: Callable[[], bytes]) -> None:
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "odd.pem").write_bytes(to_pem(der()))
    after = declare(tmp_path, certificates={"odd": "certificates/odd.pem"})
    assert rule in {finding.rule for finding in findings(declare(tmp_path), after)}
    assert rule not in {finding.rule for finding in findings(after, declare(tmp_path))}


def test_a_lifetime_is_judged_by_the_policy_alone(tmp_path: Path) -> None:
    """ISE's certificates are long-lived: what a tenant forbids is asked for, not assumed."""
    dated_certificate(tmp_path, start=-1, end=700)
    after = declare(tmp_path, certificates={"dated": "certificates/dated.pem"})
    base = declare(tmp_path)
    assert "certificate-lifetime" not in {finding.rule for finding in findings(base, after)}
    strict = findings(base, after, Policy(max_certificate_lifetime_days=365))
    assert ("certificate-lifetime", Severity.MEDIUM) in {(finding.rule, finding.severity) for finding in strict}


def test_an_owner_who_is_known_to_have_left_is_caught(tmp_path: Path) -> None:
    """Known, that is: nobody is said to have left of whom Graph shows nothing."""
    base = declare(tmp_path, application={"display_name": "Cisco ISE", "owners": [OWNER]})
    case = Case("production", base, base, (), (), NOW, departed=frozenset({OWNER}))
    (finding,) = findings_of(case, Policy())
    assert (finding.rule, finding.subject, finding.severity) == ("owner-left", OWNER, Severity.MEDIUM)
    assert findings(base, base) == []


def test_a_release_that_intune_no_longer_answers_is_caught(tmp_path: Path) -> None:
    """No valid file declares one; who takes over what is there may still have it."""
    base = declare(tmp_path)
    old = replace(base, terms=replace(base.terms, ise=IseRelease("3.2", 3)))
    (finding,) = findings(base, old)
    assert (finding.rule, finding.subject, finding.severity) == ("ise-release", "ISE 3.2 patch 3", Severity.HIGH)
    assert finding.remedy == "install patch 4 or later of ISE 3.2"


def test_every_rule_has_a_case_here_or_in_the_guards() -> None:
    guards = (ROOT / "tests" / "test_rules_certificate_changes.py").read_text(encoding="utf-8")
    here = Path(__file__).read_text(encoding="utf-8")
    for other in ("test_rules_access.py", "test_rules_adoption.py", "test_rules_drift.py"):
        here += (ROOT / "tests" / other).read_text(encoding="utf-8")
    from helpers.rules import certificate_changes

    named = {value: name for name, value in vars(certificate_changes).items() if name.isupper() and name != "RULES"}
    for rule in RULES:
        assert f'"{rule.id}"' in here or named.get(rule.id, "?") in guards, rule.id


def test_rule_ids_are_unique() -> None:
    assert len(set(rule_ids())) == len(rule_ids())


def test_the_documented_rules_are_the_rules() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").splitlines() == list(documented())


def test_gravest_first(tmp_path: Path) -> None:
    found = findings(declare(tmp_path), declare(tmp_path, permissions={"profile": "article-2016"}))
    assert [finding.severity for finding in found] == sorted((f.severity for f in found), reverse=True)


def test_a_finding_points_at_the_line_that_causes_it(tmp_path: Path) -> None:
    (finding,) = findings(declare(tmp_path), declare(tmp_path, **extra("Directory.Read.All")))
    lines = (tmp_path / "production.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[finding.location.line - 1].strip() == "- api: Microsoft Graph"


def test_a_policy_sets_severities_and_the_gate(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(
        "schema: 1\ngate: high\nseverities: {permission-powerful: low}\nmax_certificate_lifetime_days: 730\n"
    )
    policy = read_policy(file, rules=rule_ids())
    assert policy.gate is Severity.HIGH
    assert policy.max_certificate_lifetime_days == 730
    (finding,) = findings(declare(tmp_path / "e"), declare(tmp_path / "e", **extra("Directory.Read.All")), policy)
    assert finding.severity is Severity.LOW


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema: 1\nseverities: {permission-tier0: low}\n", "permission-tier-0"),
        ("schema: 1\nseverities: {permission-tier-0: none}\n", "severities.permission-tier-0"),
        ("schema: 1\ngates: high\n", "gates"),
        ("gate: high\n", "schema"),
        ("schema: 2\n", "schema"),
        ("[", "is not YAML"),
        ("", r"is empty; begin with `schema: 1`; docs/review\.md shows a policy"),
        ("high\n", r"is not a mapping of keys; begin with `schema: 1`; docs/review\.md shows a policy"),
        ("schema: 1\n---\nschema: 1\n", r"more than one document; begin with `schema: 1`; docs/review\.md"),
        ("schema: 1\ngate: high\ngate: low\n", "gate: is given twice; keep one of the two"),
        ("schema: 1\nmax_certificate_lifetime_days: 0\n", "max_certificate_lifetime_days"),
    ],
)
def test_a_policy_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """One that is silently passed over would leave a gate open."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(DeclarationErrors, match=message):
        read_policy(file, rules=rule_ids())


def test_a_policy_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationErrors, match="cannot be read"):
        read_policy(tmp_path / "none.yaml", rules=rule_ids())


def test_a_rule_or_surface_that_there_is_not_is_a_mistake(tmp_path: Path) -> None:
    """It would go unheeded: nothing is excepted, nothing is left unaudited."""
    waiver = {"rule": "owner-aded", "subject": "x", "reason": "y", "until": NOW.date()}
    sound = declare(tmp_path, exceptions=[{**waiver, "rule": "owner-added"}])
    assert list(misnamed(sound)) == []
    wrong = declare(tmp_path, exceptions=[waiver], unaudited=[{"surface": "owners", "reason": "y"}])
    exception, surface = misnamed(wrong)
    assert (exception.key, exception.cause) == (
        "exceptions[0].rule",
        "`owner-aded` is not a rule, so nothing is excepted",
    )
    assert exception.remedy == "did you mean `owner-added` or `owner-left`?"
    assert surface.key == "unaudited[0].surface"
