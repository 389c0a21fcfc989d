"""The parts of `verify --format json`; `docs/verify.schema.json` describes them. Texts are as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helpers.reports.finding_object import finding_object
from helpers.reports.of_verify import outcome_of, verdict_of
from helpers.verifying.links import Outcome

if TYPE_CHECKING:
    from helpers.verifying.links import Link
    from helpers.verifying.verified import Node, Verified

Object = dict[str, Any]


def verify_object(verified: Verified) -> Object:
    """Return what a run says, but for `found`, `unchecked` and `errors`."""
    return {
        "verify": {
            "outcome": outcome_of(verified).value,
            "verdict": verdict_of(verified),
            "proven_with": verified.proof.name.lower(),
            "digest": verified.digest,
            "notes": list(verified.notes),
        },
        "environment": {
            "name": verified.name,
            "application": verified.application,
            "tenant_id": verified.tenant_id,
            "client_id": verified.client_id,
        },
        "links": [_link(link) for link in verified.links],
        "nodes": [_node(node) for node in verified.nodes],
    }


def found_objects(verified: Verified) -> list[Object]:
    """Return a finding for every link that is broken or slow."""
    return [{"environment": verified.name, **finding_object(finding)} for finding in verified.findings]


def unchecked_objects(verified: Verified) -> list[Object]:
    """Return every link that nobody tested."""
    return [
        {"environment": verified.name, "link": link.name, "reason": link.what}
        for link in verified.links
        if link.outcome is Outcome.NOT_TESTED
    ]


def _link(link: Link) -> Object:
    took = None if link.milliseconds is None else round(link.milliseconds, 1)
    told = {"name": link.name, "outcome": link.outcome.value, "milliseconds": took, "what": link.what}
    if link.who:
        told.update({"means": link.means, "who": link.who, "do": link.do})
    return told


def _node(node: Node) -> Object:
    return {
        "entry": node.entry,
        "nodes": list(node.nodes),
        "registered": node.registered,
        "possession_proven": node.proven,
    }
