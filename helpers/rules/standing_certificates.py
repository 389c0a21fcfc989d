"""Rules over the certificates that a changed environment declares, whether or not it is they that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.certificates.remark import remarks
from helpers.expiry import expiries
from helpers.findings import Severity
from helpers.rules.declared_certificates import judged_remark
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from helpers.rules.rule import Case


def _remarked(rule: str) -> Callable[[Case], Iterator[Found]]:
    """Look for what the certificate helper remarks under this id; `certificate show` says the same of a file."""

    def look(case: Case) -> Iterator[Found]:
        if case.after is None:
            return
        for expiry in expiries(case.after, case.now):
            entry, longest = expiry.entry, case.max_lifetime_days
            for remark in remarks(entry.certificate, case.now, lasting=entry, max_lifetime_days=longest):
                if remark.id == rule:
                    severity, what, remedy = judged_remark(expiry, remark)
                    yield Found(entry.name, what, remedy, ("certificates", entry.name), severity)

    return look


RULES = (
    Rule(
        "certificate-expired",
        Severity.HIGH,
        "a declared certificate that has expired",
        "Entra refuses its signatures (AADSTS700027), and every device its nodes serve is kept out.",
        _remarked("certificate-expired"),
    ),
    Rule(
        "certificate-expiring",
        Severity.HIGH,
        "a declared certificate inside its window, without a successor",
        "It is an outage with a date; the window is the time to renew in two deploys.",
        _remarked("certificate-expiring"),
    ),
    Rule(
        "certificate-not-yet-valid",
        Severity.MEDIUM,
        "a declared certificate that is not valid yet",
        "Entra refuses its signatures until then.",
        _remarked("certificate-not-yet-valid"),
    ),
    Rule(
        "certificate-weak-signature",
        Severity.LOW,
        "a certificate signed over a broken hash",
        "Who issued it can no longer be told for sure; Entra does not look, people should.",
        _remarked("certificate-weak-signature"),
    ),
    Rule(
        "certificate-self-signature",
        Severity.MEDIUM,
        "a certificate whose self-signature does not verify",
        "It was altered, or made by something broken.",
        _remarked("certificate-self-signature"),
    ),
    Rule(
        "certificate-lifetime",
        Severity.MEDIUM,
        "a certificate that lives longer than the policy allows",
        "The tenant's app management policy may refuse it in the middle of a deploy.",
        _remarked("certificate-lifetime"),
    ),
)
