"""Every rule there is, and what they find in one environment's change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.locations import Location
from helpers.findings import Finding, exception_for
from helpers.rules import (
    access_rules,
    adoption_rules,
    certificate_changes,
    credential_rules,
    deployment_rules,
    drift_rules,
    identity_rules,
    permission_rules,
    standing_certificates,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from helpers.rules.policy import Policy
    from helpers.rules.rule import Case, Found, Rule
    from helpers.terms import RuleException

RULES: tuple[Rule, ...] = (
    *permission_rules.RULES,
    *credential_rules.RULES,
    *identity_rules.RULES,
    *access_rules.RULES,
    *certificate_changes.RULES,
    *standing_certificates.RULES,
    *adoption_rules.RULES,
    *deployment_rules.RULES,
    *drift_rules.RULES,
)


def findings_of(case: Case, policy: Policy, *, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """Return what the rules find in a change, gravest first; exceptions are those of the new version of the file."""
    found = [_finding(rule, each, case, policy) for rule in rules for each in rule.look(case)]
    return tuple(sorted(found, key=lambda finding: (-finding.severity, finding.rule, finding.subject)))


def _finding(rule: Rule, found: Found, case: Case, policy: Policy) -> Finding:
    declared = case.after or case.before
    severity = policy.severities.get(rule.id, found.severity or rule.severity)
    exceptions = _granted_before(case)
    return Finding(
        rule=rule.id,
        severity=severity,
        subject=found.subject,
        what=found.what,
        remedy=found.remedy,
        why=rule.why,
        location=declared.locations.of(found.path) if declared else Location(case.name, 1, 1),
        exception=exception_for(rule.id, found.subject, exceptions, case.now.date()),
    )


def _granted_before(case: Case) -> frozenset[RuleException]:
    """Return the exceptions that stood before the change and stand still: a change cannot except itself."""
    if case.before is None or case.after is None:
        return frozenset()
    return case.before.exceptions & case.after.exceptions


def rule_ids() -> tuple[str, ...]:
    """Return the id of every rule: what an exception or a policy may name."""
    return tuple(rule.id for rule in RULES)


def documented() -> Iterator[str]:
    """Yield the lines of `docs/rules.md`."""
    yield "# Rules"
    yield ""
    yield "Generated from the rules themselves (`python -m helpers.rules > docs/rules.md`). An exception in an"
    yield "environment file names a rule by its id, and the subject as a report shows it; a policy file sets"
    yield "severities by id."
    yield ""
    yield "| Rule | Severity | Catches | Why it matters |"
    yield "|---|---|---|---|"
    for rule in RULES:
        yield f"| `{rule.id}` | {rule.severity} | {rule.catches} | {rule.why} |"
