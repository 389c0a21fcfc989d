"""Reviews made by hand, for what renders them: one with everything in it, one quiet, one that could not tell.

Certificates in them are no certificates but their facts, so that what is rendered is the same on every day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from helpers.certificates.certificate import Certificate
from helpers.comparing.differences import (
    CertificateEntryAdded,
    CertificateEntryRemoved,
    CertificateEntryRenamed,
    CertificateEntrySwapped,
    CertificateNodesChanged,
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    TermChanged,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
)
from helpers.declaration.declaration import CertificateEntry
from helpers.declaration.locations import Location
from helpers.findings import Finding, Severity
from helpers.model import Credential, CredentialKind, Holder, NotSeen, Permission, PermissionType, Seen
from helpers.permissions import MICROSOFT_GRAPH, find_api, find_permission
from helpers.reviewing.review import EnvironmentReview, Review, Status
from helpers.surfaces import Surface
from helpers.terms import RuleException

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.reviewing.review import AnyDifference

APPLICATION = "Cisco ISE – Intune compliance (production)"
FILE = "environments/production.yaml"
_START, _END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True)
class _Facts:
    common_name: str
    not_before: datetime = _START
    not_after: datetime = _END


@dataclass(frozen=True)
class FixedCertificate(Certificate):
    """A certificate of which only what reports show is there."""

    facts: _Facts = field(default_factory=lambda: _Facts("?"))

    @property
    def _facts(self) -> Any:  # noqa: ANN401 — stands in for what is read from the DER
        return self.facts


def entry(name: str, *nodes: str, common_name: str = "", made: str = "") -> CertificateEntry:
    """Return an entry whose certificate is named after it, or is the one `made` for another."""
    certificate = FixedCertificate(f"DER of {made or name}".encode(), _Facts(common_name or f"{name}.example.net"))
    return CertificateEntry(name, f"certificates/{name}.pem", nodes or (name,), certificate)


def credential(kind: CredentialKind, key_id: str = "5", holder: Holder = Holder.APPLICATION) -> Credential:
    """Return a credential whose key id consists of one digit."""
    fingerprint = NotSeen("only certificates have one") if kind is not CredentialKind.CERTIFICATE else Seen("AB" * 32)
    return Credential(kind, holder, "-".join(key_id * length for length in (8, 4, 4, 4, 12)), fingerprint, _START, _END)


def permission(name: str, type_: PermissionType = PermissionType.APPLICATION) -> Permission:
    """Return a permission of Microsoft Graph."""
    return find_permission(find_api(MICROSOFT_GRAPH), name, type_)


UNKNOWN = Permission(
    find_api(MICROSOFT_GRAPH).app_id, "01234567-89ab-cdef-0123-456789abcdef", PermissionType.APPLICATION
)
EVERY_DIFFERENCE: tuple[AnyDifference, ...] = (
    PermissionAdded(Surface.REQUESTED, permission("Directory.Read.All")),
    PermissionAdded(Surface.REQUESTED, UNKNOWN),
    PermissionAdded(Surface.GRANTED, permission("Directory.Read.All")),
    PermissionRemoved(Surface.REQUESTED, permission("Application.Read.All")),
    CredentialAdded(Surface.CREDENTIALS, credential(CredentialKind.SECRET, "1")),
    CredentialRemoved(Surface.CREDENTIALS, credential(CredentialKind.CERTIFICATE, "2")),
    CredentialChanged(
        Surface.CREDENTIALS, credential(CredentialKind.CERTIFICATE, "3"), credential(CredentialKind.SECRET, "3")
    ),
    ValueAdded(Surface.APPLICATION_OWNERS, "99999999-8888-7777-6666-555555555555"),
    ValueRemoved(Surface.SERVICE_PRINCIPAL_OWNERS, "99999999-8888-7777-6666-555555555555"),
    ValueAdded(Surface.REDIRECT_URIS, "https://attacker.example/reply"),
    ValueChanged(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", "AzureADMultipleOrgs"),
    NotCompared(Surface.EXPOSURE, "known after apply"),
    CertificateEntryAdded(entry("psn-01-2027", "psn-01")),
    CertificateEntryRemoved(entry("psn-01", "psn-01")),
    CertificateEntryRenamed(entry("psn-02"), entry("psn-two", "psn-02", made="psn-02")),
    CertificateEntrySwapped(entry("psn-03"), entry("psn-03", made="psn-03 anew")),
    CertificateNodesChanged(entry("shared", "psn-04"), entry("shared", "psn-04", "psn-05")),
    TermChanged("permissions.profile", "minimal", "article-2016"),
    TermChanged("exceptions: tier-0 about x", "", "until 2027-01-31: the migration needs it"),
)


def finding(rule: str, severity: Severity, **changes: Any) -> Finding:  # noqa: ANN401 — any field
    """Return a finding about Directory.Read.All, changed where a test cares."""
    given = {
        "subject": "Directory.Read.All",
        "what": "the application asks for Directory.Read.All, which reads every user, group and device",
        "remedy": "ask for Application.Read.All, which is enough for ISE: `ise-intune check production` then agrees",
        "why": "Whoever steals a node's private key holds all that this permission allows.",
        "location": Location(FILE, 12, 5),
    }
    return Finding(rule=rule, severity=severity, **{**given, **changes})


RICH = Review(
    environments=(
        EnvironmentReview(
            name="production",
            file=FILE,
            application=APPLICATION,
            status=Status.CHANGED,
            changes=EVERY_DIFFERENCE,
            drift=(ValueAdded(Surface.REDIRECT_URIS, "https://localhost/"),),
            outside=("azuread_conditional_access_policy.block (update): this project does not know the type",),
            unclear=("azuread_application.application: `optional_claims` is not known before the apply",),
            findings=(
                finding("permission-beyond-minimal", Severity.HIGH),
                finding(
                    "certificate-removed-with-successor",
                    Severity.HIGH,
                    subject="psn-01",
                    what="node psn-01 loses certificate psn-01 in the same change that adds psn-01-2027: whichever"
                    " goes first, ISE may be left without",
                    remedy="keep psn-01 in this change; remove it in the next, once psn-01 presents the new one",
                    why="Terraform keeps no order between two addresses.",
                    location=Location(FILE, 20, 3),
                ),
                finding("consent-as-code", Severity.MEDIUM, subject="permissions.admin_consent"),
                finding("certificate-node-uncovered", Severity.LOW, subject="psn-06", why=""),
                finding(
                    "redirect-uri",
                    Severity.MEDIUM,
                    subject="https://localhost/",
                    exception=RuleException(
                        "redirect-uri", "https://localhost/", "support case 4711 needs it", date(2027, 1, 31)
                    ),
                ),
            ),
        ),
        EnvironmentReview(
            "quiet", "environments/quiet.yaml", "Cisco ISE (quiet)", Status.UNCHANGED, (), (), (), (), ()
        ),
        EnvironmentReview(
            name="retired",
            file="environments/retired.yaml",
            application="Cisco ISE (retired)",
            status=Status.REMOVED,
            changes=(PermissionRemoved(Surface.REQUESTED, permission("Application.Read.All")),),
            drift=(),
            outside=(),
            unclear=(),
            findings=(
                finding("environment-removed", Severity.MEDIUM, location=Location("environments/retired.yaml", 1, 1)),
            ),
        ),
    ),
    errors=("environments/broken.yaml:3: tenant_id: 'x' is not a GUID; copy it from the portal",),
    gate=Severity.MEDIUM,
)
QUIET = Review(environments=RICH.environments[1:2], errors=(), gate=Severity.MEDIUM)
NOTHING = Review(environments=(), errors=(), gate=Severity.HIGH)
UNCLEAR = Review(
    environments=(
        EnvironmentReview(
            "production", FILE, APPLICATION, Status.CHANGED, (), (), (), ("`count` of something unknown",), ()
        ),
    ),
    errors=(),
    gate=Severity.MEDIUM,
)


def hostile(text: str) -> Review:
    """Return a review in which every text from elsewhere is `text`."""
    changes = tuple(make(text) for make in _TEXTUAL)
    exception = RuleException(text, text, text, date(2027, 1, 31))
    found = finding(text, Severity.HIGH, subject=text, what=text, remedy=text, why=text, location=Location(text, 1, 1))
    environment = EnvironmentReview(
        name=text,
        file=text,
        application=text,
        status=Status.CHANGED,
        changes=(PermissionAdded(Surface.REQUESTED, permission("Directory.Read.All")), *changes),
        drift=changes,
        outside=(text,),
        unclear=(text,),
        findings=(found, finding(text, Severity.LOW, exception=exception, location=Location(text, 1, 1))),
    )
    return Review((environment,), (text,), Severity.MEDIUM)


_TEXTUAL: tuple[Callable[[str], AnyDifference], ...] = (
    lambda text: PermissionAdded(Surface.REQUESTED, Permission(text, text, PermissionType.APPLICATION)),
    lambda text: ValueAdded(Surface.REDIRECT_URIS, text),
    lambda text: ValueChanged(Surface.DISPLAY_NAME, text, text + text),
    lambda text: NotCompared(Surface.EXPOSURE, text),
    lambda text: TermChanged(text, text, text + text),
    lambda text: CertificateEntryAdded(entry(text, text, text, common_name=text, made="hostile")),
    lambda text: CredentialChanged(
        Surface.CREDENTIALS,
        Credential(CredentialKind.CERTIFICATE, Holder.APPLICATION, text, NotSeen(text)),
        Credential(CredentialKind.SECRET, Holder.SERVICE_PRINCIPAL, text, NotSeen(text)),
    ),
)
