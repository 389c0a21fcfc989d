"""The report of a review that only its JSON is there of, made by a job that nobody trusts.

A pull request from anybody makes that JSON, so nothing in it is believed beyond what it says of itself: it is held to
`docs/review.schema.json` and to a size, how it ended is worked out anew, and the gate is the reader's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

from helpers.declaration.locations import Location
from helpers.errors import InputError
from helpers.findings import Finding, Severity, standing
from helpers.reports.of_review import STATES, overview_of, plain, sections_of, verdict_of
from helpers.reports.report import Outcome, Report, Reported, Subject, outcome_from, standing_and_accepted
from helpers.reviewing.review import Status
from helpers.shapes import short
from helpers.terms import RuleException

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helpers.rules.policy import Policy
    from helpers.sentences import Sentence

Object = dict[str, Any]

MOST_BYTES = 5 * 1024 * 1024
"""A thousand environments that all change are told in less; validating so much takes seconds."""

_NO_REVIEW = "give what `ise-intune review --format json` wrote"


@dataclass(frozen=True)
class ReadReview:
    """A review as its JSON tells it. `digest` is what it says of itself; nobody can work it out from here."""

    report: Report
    digest: str
    outcome: Outcome


def read_review(content: bytes, *, name: str, schema: Mapping[str, Any], policy: Policy) -> ReadReview:
    """Read a review's JSON; the gate and severities of `policy` count. `name` says in messages where it came from.

    Raises `InputError` for anything that is not exactly as the schema says.
    """
    document = _valid(_parsed(content, name), name, schema)
    try:
        report = _report(document, policy)
    except ValueError:
        raise InputError(name, "says of an exception a day that is none", _NO_REVIEW) from None
    return ReadReview(report, document["review"]["digest"], report.outcome)


def unreadable(error: InputError, policy: Policy) -> Report:
    """Return the report that tells why there is none."""
    said = (str(error),)
    verdict = verdict_of(policy.gate, (), unread=1, unclear=0)
    return _ended(Outcome.CANNOT_TELL, verdict, "", errors=said, gate=policy.gate, digest="-")


def _parsed(content: bytes, name: str) -> Any:  # noqa: ANN401 — any JSON value
    if len(content) > MOST_BYTES:
        cause = f"has more than {MOST_BYTES // 1024 // 1024} MiB"
        raise InputError(name, cause, "review fewer environments in one change")
    try:
        return json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InputError(name, "is not JSON", _NO_REVIEW) from None


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(constant)


def _valid(document: Any, name: str, schema: Mapping[str, Any]) -> Object:  # noqa: ANN401
    from jsonschema import Draft202012Validator

    mistake = next(iter(Draft202012Validator(schema).iter_errors(document)), None)
    if mistake is not None:
        cause = f"is not as docs/review.schema.json says, at {short(mistake.json_path)}"
        raise InputError(name, cause, _NO_REVIEW)
    valid: Object = document
    return valid


def _report(document: Object, policy: Policy) -> Report:
    findings = [Reported(each["environment"], _finding(each, policy)) for each in document["found"]]
    environments: list[Object] = document["environments"]
    errors = tuple(each["message"] for each in document["errors"])
    unclear = sum(len(each["unclear"]) for each in environments)
    found, accepted = standing_and_accepted(findings)
    stops = bool(standing((each.finding for each in findings), policy.gate))
    verdict = verdict_of(policy.gate, [each.finding for each in findings], unread=len(errors), unclear=unclear)
    found_in = {each.subject for each in findings}
    shown = [each for each in environments if _is_worth_showing(each, found_in)]
    return replace(
        _ended(
            outcome_from(found=stops, complete=not errors and not unclear),
            verdict,
            overview_of([Status(each["status"]) for each in environments]),
            errors=errors,
            gate=policy.gate,
            digest=document["review"]["digest"],
        ),
        subjects=tuple(_subject(each) for each in shown),
        findings=found,
        accepted=accepted,
    )


def _ended(
    outcome: Outcome, verdict: str, overview: str, *, errors: tuple[str, ...], gate: Severity, digest: str
) -> Report:
    return Report("review", "Access review", outcome, verdict, overview, (), (), (), errors, gate, digest)


def _finding(said: Object, policy: Policy) -> Finding:
    rule, exception = said["id"], said.get("exception")
    excepted = exception and RuleException(
        rule, said["subject"], exception["reason"], date.fromisoformat(exception["until"])
    )
    return Finding(
        rule=rule,
        severity=policy.severities.get(rule, Severity[said["severity"].upper()]),
        subject=said["subject"],
        what=said["what"],
        remedy=said["remedy"],
        location=Location(said["file"], said["line"], said["column"]),
        exception=excepted,
        why=said.get("why", ""),
    )


def _is_worth_showing(environment: Object, found_in: set[str]) -> bool:
    changes = environment["status"] != Status.UNCHANGED.value
    return changes or environment["name"] in found_in or bool(environment["unclear"])


def _subject(environment: Object) -> Subject:
    changes, drift = environment["changes"], environment["drift"]
    sections = sections_of(
        changes=_said(changes),
        drift=_said(drift),
        not_compared=_said((*changes, *drift), compared=False),
        outside=map(plain, environment["outside"]),
        unclear=map(plain, environment["unclear"]),
    )
    return Subject(
        name=environment["name"],
        title=environment["application"],
        place=environment["file"],
        state=STATES[Status(environment["status"])],
        sections=tuple(sections),
    )


def _said(differences: Sequence[Object], *, compared: bool = True) -> list[Sentence]:
    return [plain(each["sentence"]) for each in differences if (each["kind"] != "not-compared") is compared]
