"""What there is to say about the trusted certificates of an ISE deployment. The clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.certificates.certificate import Certificate
from helpers.findings import Severity
from helpers.trust_roots.roots import FORMER_ROOTS, Purpose, public_roots, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from helpers.trust_roots.installed import Installed
    from helpers.trust_roots.roots import Root

# A root lives for decades: its successor is imported calmly.
_WINDOW = timedelta(days=180)
WHERE = "Administration > System > Certificates > Trusted Certificates"
# ISE's words in a list for *Trust for client authentication and Syslog* and *… certificate based admin authentication*.
_CLIENTS, _ADMINISTRATORS = "Endpoints", "AdminAuth"
_DANGEROUS = {
    _CLIENTS: (
        "Trust for client authentication and Syslog",
        "whoever has a certificate from anywhere below it could authenticate as a device",
    ),
    _ADMINISTRATORS: (
        "Trust for certificate based admin authentication",
        "whoever has a certificate from anywhere below it could try to sign in as an administrator",
    ),
}


@dataclass(frozen=True)
class TrustFinding:
    """One thing wrong with what a deployment trusts. `subject` can be text from elsewhere."""

    id: str
    severity: Severity
    subject: str
    what: str
    remedy: str


def missing(installed: Iterable[Installed]) -> tuple[Root, ...]:
    """Return the roots that a deployment lacks, or has switched off. Raises `SetupError` as `roots` does."""
    there = {each.sha256 for each in installed if each.enabled is not False}
    return tuple(root for root in roots() if root.sha256 not in there)


def judge(installed: Sequence[Installed], now: datetime, *, complete: bool = True) -> tuple[TrustFinding, ...]:
    """Return what is wrong at `now` (aware), gravest first. Raises `SetupError` as `roots` does.

    Where the list is not `complete`, a root that is not in it is no finding: it may be in the rest.
    """
    lacking = _about_what_lacks(installed) if complete else ()
    findings = [*lacking, *(finding for each in installed for finding in judge_one(each, now))]
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: -finding.severity))


def judge_one(installed: Installed, now: datetime) -> Iterator[TrustFinding]:
    """Yield what is wrong with one certificate, if it is a public root; of others nothing is known here."""
    if not _is_public(installed.sha256):
        return
    yield from _about_its_trust(installed)
    yield from _about_its_time(installed, now)


def _about_what_lacks(installed: Sequence[Installed]) -> Iterator[TrustFinding]:
    off = {each.sha256 for each in installed if each.enabled is False}
    for root in missing(installed):
        must = root.purpose is Purpose.MUST
        severity = Severity.HIGH if must else Severity.MEDIUM
        why = "ISE cannot connect without it" if must else "Microsoft's services may move below it at any time"
        if root.sha256 in off:
            remedy = f"set its status to Enabled: {WHERE}"
            yield TrustFinding("root-disabled", severity, root.name, f"is there, but disabled; {why}", remedy)
        else:
            remedy = "import it; `ise-intune trust --format pem` prints it"
            yield TrustFinding("root-missing", severity, root.name, f"is missing; {why}", remedy)


def _about_its_trust(installed: Installed) -> Iterator[TrustFinding]:
    if installed.trusted_for is None:
        return
    for word, (label, danger) in _DANGEROUS.items():
        if word in installed.trusted_for:
            what = f"is a public root with *{label}*: {danger}"
            yield TrustFinding("root-dangerous-trust", Severity.HIGH, installed.name, what, f"untick it: {WHERE}")
    if not installed.trusted_for and installed.sha256 in _wanted():
        what = "is trusted for nothing, so ISE may not use it"
        remedy = f"tick *Trust for authentication within ISE*: {WHERE}"
        yield TrustFinding("root-without-trust", Severity.MEDIUM, installed.name, what, remedy)


def _about_its_time(installed: Installed, now: datetime) -> Iterator[TrustFinding]:
    former = next((each for each in FORMER_ROOTS if each.sha256 == installed.sha256), None)
    end = installed.not_after or _end_of(installed.sha256)
    wanted = installed.sha256 in _wanted()
    if former and former.expired:
        yield TrustFinding("root-expired", Severity.LOW, installed.name, "has expired", f"delete it: {WHERE}")
    elif end and end < now:
        severity = Severity.HIGH if wanted else Severity.LOW
        remedy = "import its successor, then delete it" if wanted else f"delete it: {WHERE}"
        what = f"expired on {end:%Y-%m-%d}"
        yield TrustFinding("root-expired", severity, installed.name, what, remedy)
    elif end and wanted and end - now < _WINDOW:
        remedy = "import its successor beside it"
        what = f"expires on {end:%Y-%m-%d}"
        yield TrustFinding("root-expiring", Severity.MEDIUM, installed.name, what, remedy)
    elif former:
        remedy = "delete it once `ise-intune trust --probe` finds no host below it"
        yield TrustFinding("root-leaving", Severity.LOW, installed.name, former.until, remedy)


def _is_public(sha256: str) -> bool:
    return sha256 in public_roots() or sha256 in {former.sha256 for former in FORMER_ROOTS}


def _wanted() -> frozenset[str]:
    return frozenset(root.sha256 for root in roots())


def _end_of(sha256: str) -> datetime | None:
    der = public_roots().get(sha256)
    return Certificate(der).not_after if der else None
