"""The parts of `certificate usage --format json`; `docs/usage.schema.json` describes them. Texts are as they came.

`certificate remove --evidence` reads it again (`helpers.usage.evidence`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.reports.finding_object import finding_object
from helpers.reports.json_report import moment_text
from helpers.reports.of_usage import outcome_of, verdict_of
from helpers.usage.judging import Verdict

if TYPE_CHECKING:
    from helpers.usage.judging import KeyUsage, Usage
    from helpers.usage.reading import SignIn

Object = dict[str, Any]

# A node that nobody looks after is refused every few minutes for a month.
_MOST_REFUSED = 100


def usage_object(usage: Usage) -> Object:
    """Return what a run says, but for `found`, `unchecked` and `errors`."""
    return {
        "usage": {
            "outcome": outcome_of(usage).value,
            "verdict": verdict_of(usage),
            "looked_at": moment_text(usage.sight.now),
            "since": moment_text(usage.sight.since),
            "quiet_days": usage.sight.quiet.days,
            "digest": usage.digest,
            "notes": list(usage.notes),
        },
        "environment": {
            "name": usage.name,
            "application": usage.application,
            "tenant_id": usage.tenant_id,
            "client_id": usage.client_id,
        },
        "keys": [_key(each) for each in usage.keys],
        "gone": [{"key_id": each.key_id, "last_use": moment_text(each.last)} for each in usage.gone],
        "refused_count": len(usage.refused),
        "refused": [_refused(each) for each in usage.refused[:_MOST_REFUSED]],
    }


def found_objects(usage: Usage) -> list[Object]:
    """Return what somebody has to act on."""
    return [{"environment": usage.name, **finding_object(finding)} for finding in usage.findings]


def unchecked_objects(usage: Usage) -> list[Object]:
    """Return every reason why nobody can tell, with the key that it is about."""
    unseen = (
        [{"environment": usage.name, "key_id": None, "entry": None, "reason": usage.unseen}] if usage.unseen else []
    )
    return unseen + [
        {"environment": usage.name, "key_id": each.key.key_id, "entry": each.key.entry or None, "reason": reason}
        for each in usage.keys
        if each.verdict is Verdict.CANNOT_TELL
        for reason in each.reasons
    ]


def _key(usage: KeyUsage) -> Object:
    key = usage.key
    return {
        "key_id": key.key_id,
        "entry": key.entry or None,
        "nodes": list(key.nodes),
        "kind": key.kind.value,
        "holders": sorted(holder.value for holder in key.holders),
        "registered": key.registered,
        "not_after": moment_text(key.not_after),
        "verdict": usage.verdict.value,
        "unused_since": moment_text(usage.since),
        "last_use": moment_text(usage.last),
        "origin": usage.origin or None,
        "addresses": list(usage.addresses),
        "resources": list(usage.resources),
        "reasons": list(usage.reasons),
    }


def _refused(sign_in: SignIn) -> Object:
    return {
        "at": moment_text(sign_in.when),
        "error": sign_in.error,
        "key_id": sign_in.key_id or None,
        "address": sign_in.address or None,
    }
