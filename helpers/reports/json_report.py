"""The parts of a verb's JSON that say what differs; `docs/review.schema.json` describes them.

Texts are as they came: JSON escapes what it must, and a program compares better with what is really there.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from helpers.comparing.differences import Difference, NotCompared
from helpers.model import Credential, Permission, Seen
from helpers.moments import second
from helpers.permissions import api_name, permission_name
from helpers.reports.finding_object import finding_object
from helpers.reports.of_review import outcome_of
from helpers.sentences import sentence
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.declaration.declaration import CertificateEntry
    from helpers.reviewing.review import AnyDifference, EnvironmentReview, Review

Object = dict[str, Any]


def review_object(review: Review) -> Object:
    """Return what a review says, but for `found`, `unchecked` and `errors`."""
    verdict = {
        "outcome": outcome_of(review).value,
        "gate": str(review.gate),
        "complete": review.complete,
        "digest": review.digest,
    }
    return {"review": verdict, "environments": [_environment(each) for each in review.environments]}


def unchecked_objects(review: Review) -> list[Object]:
    """Return what nobody can vouch for: what was not understood, and what was not compared."""
    return [entry for environment in review.environments for entry in _unchecked(environment)]


def error_objects(review: Review) -> list[Object]:
    """Return what could not be read."""
    return [{"message": error} for error in review.errors]


def found_objects(review: Review) -> list[Object]:
    """Return every finding, with the environment it is about and the column that causes it."""
    return [
        {"environment": environment.name, **finding_object(finding), "column": finding.location.column}
        for environment in review.environments
        for finding in environment.findings
    ]


def _environment(environment: EnvironmentReview) -> Object:
    application = environment.application
    return {
        "name": environment.name,
        "file": environment.file,
        "application": application,
        "status": environment.status.value,
        "changes": [difference_object(each, application, environment.consent) for each in environment.changes],
        "drift": [difference_object(each, application, AdminConsent.MANUAL) for each in environment.drift],
        "outside": list(environment.outside),
        "unclear": list(environment.unclear),
    }


def _unchecked(environment: EnvironmentReview) -> list[Object]:
    name = environment.name
    unclear = [{"environment": name, "surface": None, "reason": text} for text in environment.unclear]
    not_compared = [
        {"environment": name, "surface": each.surface.value, "reason": each.reason}
        for each in dict.fromkeys((*environment.changes, *environment.drift))
        if isinstance(each, NotCompared)
    ]
    return unclear + not_compared


def difference_object(difference: AnyDifference, application: str, consent: str = AdminConsent.MANUAL) -> Object:
    """Return a difference: its kind, its surface, its sentence and what it holds."""
    surface = {"surface": difference.surface.value} if isinstance(difference, Difference) else {}
    said = str(sentence(difference, application=application, consent=consent))
    return {"kind": _kind(difference), **surface, "sentence": said, **_details(difference)}


def _kind(difference: AnyDifference) -> str:
    """Return `permission-added` for a `PermissionAdded`; the schema lists them all."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(difference).__name__).lower()


def _details(difference: AnyDifference) -> Object:
    return {each.name: _value(getattr(difference, each.name)) for each in fields(difference) if each.name != "surface"}


def _value(value: Permission | Credential | CertificateEntry | str) -> Object | str:
    match value:
        case Permission():
            return _permission(value)
        case Credential():
            return _credential(value)
        case str():
            return value
    return _entry(value)


def _permission(permission: Permission) -> Object:
    return {
        "api": permission.api,
        "api_name": api_name(permission.api),
        "id": permission.id,
        "name": permission_name(permission),
        "type": permission.type.value,
    }


def _credential(credential: Credential) -> Object:
    return {
        "kind": credential.kind.value,
        "holder": credential.holder.value,
        "key_id": credential.key_id,
        "sha256": credential.fingerprint.items if isinstance(credential.fingerprint, Seen) else None,
        "not_before": moment_text(credential.not_before),
        "not_after": moment_text(credential.not_after),
    }


def moment_text(moment: datetime | None) -> str | None:
    """Return an aware time in UTC as `YYYY-MM-DDTHH:MM:SSZ`."""
    return second(moment) if moment else None


def _entry(entry: CertificateEntry) -> Object:
    certificate = entry.certificate
    return {
        "name": entry.name,
        "file": entry.file,
        "nodes": list(entry.nodes),
        "formerly": entry.formerly,
        "common_name": certificate.common_name,
        "sha256": certificate.sha256_hex,
        "thumbprint_sha1": certificate.sha1_hex,
        "key_id": entry.key_id,
        "not_before": certificate.start_date,
        "not_after": certificate.end_date,
    }
