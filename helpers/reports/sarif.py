"""A report as SARIF 2.1.0 (OASIS, errata 01): a result for each finding, at the line that causes it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from helpers.findings import Severity
from helpers.plain_text import one_line
from helpers.reports.report import as_sentence, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from helpers.declaration.locations import Location
    from helpers.findings import Finding
    from helpers.reports.report import Report, Reported

Object = dict[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
# What GitHub sorts alerts by: from 7.0 on it says high, from 4.0 on medium.
_SCORES = {Severity.HIGH: "8.0", Severity.MEDIUM: "5.0", Severity.LOW: "2.0"}
_FINGERPRINT = "iseIntuneFinding/v1"


def as_sarif(report: Report, *, catches: Mapping[str, str]) -> str:
    """Return the report; `catches` says of each rule, by id, what it catches."""
    findings = in_order((*report.findings, *report.accepted))
    rules = _rules(findings, catches)
    run = {
        "tool": {"driver": {"name": "ise-intune", "rules": list(rules.values())}},
        "automationDetails": {"id": f"ise-intune/{report.kind}/"},
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": _results(findings, list(rules)),
        "properties": {"digest": report.digest, "gate": str(report.gate), "outcome": report.outcome.value},
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2) + "\n"


def _rules(findings: Iterable[Reported], catches: Mapping[str, str]) -> dict[str, Object]:
    """Return the rules that found something, by id; where one judged by case, it is as grave as its gravest case."""
    gravest: dict[str, Finding] = {}
    for each in findings:
        gravest.setdefault(each.finding.rule, each.finding)
    return {rule: _rule(gravest[rule], catches.get(rule, "")) for rule in sorted(gravest)}


def _rule(finding: Finding, catches: str) -> Object:
    short = _sentence(catches or finding.rule.replace("-", " "))
    why = _sentence(finding.why or short)
    return {
        "id": finding.rule,
        "shortDescription": {"text": short},
        "fullDescription": {"text": why},
        "help": {"text": f"Catches: {short}\n\nWhy it matters: {why}\n\nWhat to do is said in each result."},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"security-severity": _SCORES[finding.severity], "tags": ["security", "entra", "cisco-ise"]},
    }


def _results(findings: Sequence[Reported], rules: Sequence[str]) -> list[Object]:
    seen: Counter[tuple[str, str, str]] = Counter()
    results = []
    for each in findings:
        name = (each.subject, each.finding.rule, each.finding.subject)
        seen[name] += 1
        results.append(_result(each, rules.index(each.finding.rule), _fingerprint(name, seen[name])))
    return results


def _result(reported: Reported, rule_index: int, fingerprint: str) -> Object:
    finding = reported.finding
    result: Object = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "partialFingerprints": {_FINGERPRINT: fingerprint},
        "suppressions": [],
        "properties": {"environment": one_line(reported.subject), "subject": one_line(finding.subject)},
    }
    if finding.location.file:
        result["locations"] = [_location(finding.location)]
    if finding.exception:
        reason = one_line(finding.exception.reason)
        justification = f"{reason} (until {finding.exception.until})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return result


def _message(finding: Finding) -> str:
    """Return what is so and what to do; brackets and braces are escaped, being links and placeholders to SARIF."""
    text = f"{_sentence(finding.what)} What to do: {_sentence(finding.remedy)}"
    # Sections 3.11.5 and 3.11.6 of the standard.
    text = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")


def _location(location: Location) -> Object:
    region = {"startLine": max(location.line, 1), "startColumn": max(location.column, 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(location.file)}, "region": region}}


def _uri(file: str) -> str:
    path = file.replace("\\", "/").removeprefix("./")
    quoted = quote(path.encode(errors="surrogatepass"), safe="/")
    return f"file://{quoted}" if path.startswith("/") else quoted


def _fingerprint(name: tuple[str, str, str], occurrence: int) -> str:
    """Return a name for a finding that holds while lines move and words change."""
    return hashlib.sha256(json.dumps([*name, occurrence]).encode()).hexdigest()


def _invocation(report: Report) -> Object:
    """Say whether everything could be told; what could not is a notification of its own."""
    unclear = [
        f"{subject.name}: {section.title}: {sentence}"
        for subject in report.subjects
        for section in subject.sections
        if section.incomplete
        for sentence in section.sentences
    ]
    notifications = [
        {"level": level, "message": {"text": one_line(text)}}
        for level, texts in (("error", report.errors), ("warning", unclear))
        for text in texts
    ]
    return {
        "executionSuccessful": not report.errors and not unclear,
        "toolExecutionNotifications": notifications,
    }


def _sentence(text: str) -> str:
    return as_sentence(one_line(text))
