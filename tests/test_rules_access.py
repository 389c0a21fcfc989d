"""Rules over credentials and over what nobody declares: each fires on what it is for, and is silent the other way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from helpers.comparing import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    PermissionAdded,
    Surface,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
    subject_of,
)
from helpers.findings import Severity
from helpers.model import Credential, CredentialKind, Holder, NotSeen, Permission, PermissionType, Seen
from helpers.permissions import AZURE_AD_GRAPH, MICROSOFT_GRAPH, find_api
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case
from tests.declaring import declare

if TYPE_CHECKING:
    from helpers.declaration.declaration import Declaration
    from helpers.findings import Finding

NOW = datetime.now(UTC)
HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
ID = "e15e0000-0000-4000-8000-00000000000e"
FOREIGN = Credential(CredentialKind.CERTIFICATE, Holder.APPLICATION, "k", NotSeen("not asked for"))


@pytest.fixture(scope="module")
def declaration(tmp_path_factory: pytest.TempPathFactory) -> Declaration:
    return declare(tmp_path_factory.mktemp("declared"))


def findings(declaration: Declaration, *differences: Difference) -> list[Finding]:
    case = Case("production", declaration, declaration, differences, (), NOW)
    return list(findings_of(case, Policy()))


def added(kind: CredentialKind, holder: Holder = Holder.APPLICATION) -> CredentialAdded:
    return CredentialAdded(Surface.CREDENTIALS, replace(FOREIGN, kind=kind, holder=holder))


def value(surface: Surface, text: str) -> ValueAdded:
    return ValueAdded(surface, text)


def now(surface: Surface, before: str, after: str) -> ValueChanged:
    return ValueChanged(surface, before, after)


SETTING, OF_PRINCIPAL = Surface.APPLICATION_SETTINGS, Surface.SERVICE_PRINCIPAL_SETTINGS
FIRES: dict[str, tuple[Difference, str, Severity]] = {
    "certificate": (added(CredentialKind.CERTIFICATE), "certificate-foreign", HIGH),
    "certificate on the service principal": (
        added(CredentialKind.CERTIFICATE, Holder.SERVICE_PRINCIPAL),
        "certificate-foreign",
        HIGH,
    ),
    "secret on the service principal": (
        added(CredentialKind.SECRET, Holder.SERVICE_PRINCIPAL),
        "credential-secret",
        HIGH,
    ),
    "key of another kind": (added(CredentialKind.OTHER_KEY), "credential-other-key", HIGH),
    "application deleted": (now(Surface.APPLICATION, "present", "deleted"), "application-missing", HIGH),
    "application gone": (now(Surface.APPLICATION, "present", "absent"), "application-missing", HIGH),
    "deactivated": (now(Surface.APPLICATION_ENABLED, "true", "false"), "application-deactivated", HIGH),
    "service principal gone": (
        now(Surface.SERVICE_PRINCIPAL, "present", "absent"),
        "service-principal-missing",
        HIGH,
    ),
    "directory role": (value(Surface.DIRECTORY_ROLES, f"{ID} Global Reader on /"), "directory-role", HIGH),
    "group": (value(Surface.GROUPS, f"{ID} group Team"), "group-membership", MEDIUM),
    "group of roles": (
        value(Surface.GROUPS, f"{ID} group Team, to which roles can be assigned"),
        "group-membership",
        HIGH,
    ),
    "owned object": (value(Surface.OWNED_OBJECTS, f"{ID} application Payroll"), "object-owned", HIGH),
    "policy": (value(Surface.POLICIES, f"{ID} tokenLifetimePolicy Long"), "policy-applied", MEDIUM),
    "policy on credentials": (value(Surface.POLICIES, f"{ID} appManagementPolicy Free"), "policy-applied", HIGH),
    "grant of a user": (value(Surface.GRANTED_TO_USERS, f"User.Read for user {ID}"), "consent-for-user", MEDIUM),
    "app role": (value(Surface.APP_ROLES, "Read"), "app-role-exposed", MEDIUM),
    "scope": (value(Surface.SCOPES, "access"), "scope-exposed", MEDIUM),
    "authorized client": (value(Surface.AUTHORIZED_CLIENTS, ID), "client-authorized", MEDIUM),
    "implicit grant": (
        value(SETTING, "web.implicitGrantSettings.enableIdTokenIssuance: true"),
        "application-setting",
        HIGH,
    ),
    "a claim": (value(SETTING, "groupMembershipClaims: All"), "application-setting", MEDIUM),
    "an address": (value(SETTING, "web.homePageUrl: https://a.example"), "application-setting", LOW),
    "SAML": (value(OF_PRINCIPAL, "preferredSingleSignOnMode: saml"), "service-principal-setting", HIGH),
    "another name": (value(OF_PRINCIPAL, "alternativeNames: x"), "service-principal-setting", MEDIUM),
    "something stricter": (value(OF_PRINCIPAL, "appRoleAssignmentRequired: true"), "service-principal-setting", LOW),
}


@pytest.mark.parametrize(("difference", "rule", "severity"), FIRES.values(), ids=FIRES)
def test_a_rule_speaks_of_a_difference_by_its_subject(
    declaration: Declaration, difference: Difference, rule: str, severity: Severity
) -> None:
    (finding,) = findings(declaration, difference)
    assert (finding.rule, finding.subject, finding.severity) == (rule, subject_of(difference), severity)


def backwards(difference: Difference) -> Difference:
    """Return the difference that undoing it makes."""
    match difference:
        case CredentialAdded(surface=surface, credential=credential):
            return CredentialRemoved(surface, credential)
        case ValueAdded(surface=surface, value=text):
            return ValueRemoved(surface, text)
        case ValueChanged(surface=surface, before=before, after=after):
            return ValueChanged(surface, after, before)
    raise AssertionError


@pytest.mark.parametrize("difference", [each for each, *_ in FIRES.values()], ids=FIRES)
def test_no_rule_minds_that_it_is_undone(declaration: Declaration, difference: Difference) -> None:
    assert findings(declaration, backwards(difference)) == []


def test_a_declared_certificate_is_not_foreign_by_its_bytes_or_else_by_its_key_id(declaration: Declaration) -> None:
    assert isinstance(declaration.integration.credentials, Seen)
    (declared,) = declaration.integration.credentials.items
    unread = replace(declared, fingerprint=FOREIGN.fingerprint)
    other_bytes = replace(declared, fingerprint=Seen("00" * 32))
    same_bytes = replace(declared, key_id="another")
    elsewhere = replace(declared, holder=Holder.SERVICE_PRINCIPAL)
    judged = {
        credential: [each.rule for each in findings(declaration, CredentialAdded(Surface.CREDENTIALS, credential))]
        for credential in (declared, unread, same_bytes, other_bytes, elsewhere)
    }
    assert [*judged.values()] == [[], [], [], ["certificate-foreign"], ["certificate-foreign"]]


def test_a_declared_certificate_that_is_gone_is_an_outage_of_its_nodes(declaration: Declaration) -> None:
    assert isinstance(declaration.integration.credentials, Seen)
    (declared,) = declaration.integration.credentials.items
    (finding,) = findings(declaration, CredentialRemoved(Surface.CREDENTIALS, declared))
    assert (finding.rule, finding.subject, finding.severity) == ("certificate-missing", declared.key_id, HIGH)
    assert "psn-01 can no longer sign in" in finding.what


def test_a_credential_that_has_expired_weighs_less(declaration: Declaration) -> None:
    expired = replace(FOREIGN, not_after=NOW - timedelta(days=1))
    (finding,) = findings(declaration, CredentialAdded(Surface.CREDENTIALS, expired))
    assert (finding.rule, finding.severity) == ("certificate-foreign", MEDIUM)
    assert "expired by now" in finding.what


def test_a_swapped_credential_is_spoken_of_by_its_key_id(declaration: Declaration) -> None:
    swapped = CredentialChanged(Surface.CREDENTIALS, FOREIGN, replace(FOREIGN, not_after=NOW))
    (finding,) = findings(declaration, swapped)
    assert (finding.rule, finding.subject) == ("credential-changed", "k")


GRAPH = find_api(MICROSOFT_GRAPH)
PERMISSIONS = [
    *[Permission(GRAPH.app_id, id_, type_) for (type_, _), id_ in GRAPH.permissions.items()][::25],
    Permission(GRAPH.app_id, "Mail.Send", PermissionType.DELEGATED),
    Permission(AZURE_AD_GRAPH, ID, PermissionType.APPLICATION),
    Permission(ID, ID, PermissionType.APPLICATION),
]


@pytest.mark.parametrize("permission", PERMISSIONS, ids=str)
def test_a_permission_is_spoken_of_by_its_name(declaration: Declaration, permission: Permission) -> None:
    """Whatever rule it is that speaks: an exception names one thing by one word."""
    difference = PermissionAdded(Surface.GRANTED, permission)
    assert {finding.subject for finding in findings(declaration, difference)} <= {subject_of(difference)}
