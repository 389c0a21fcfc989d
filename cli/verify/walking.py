"""Walking the chain with what there is: a node's key, a probe, or no credential at all."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.progress import shown
from cli.verify.node_key import certificate_of, read_node_key
from cli.verify.probing import probed
from clients.chain import Patience, Walk, check_device, connections, walk
from clients.graph import Directories, Step, Tenant
from clients.ise_wire import IseNode
from helpers.observing import observe
from helpers.verifying import links
from helpers.verifying.links import Outcome
from helpers.verifying.registration import certificate_link, registration_links
from helpers.verifying.verified import Node, Proof, Verified

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cli.settings import Settings
    from cli.verify.acting import Acting
    from cli.verify.target import Target
    from helpers.clouds import Cloud
    from helpers.verifying.links import Link

# Entra learns of a new credential within minutes.
_REPLICATION_SECONDS = 300.0
_NO_CREDENTIAL = "it needs a credential: give --key, or --probe"
_NOT_RELIED_ON = "the outputs cannot be relied on"


@dataclass(frozen=True)
class Wanted:
    """What is asked about, and from when on a query is slow. Raises `InputError` for what is no device."""

    device: str
    most_milliseconds: float

    def __post_init__(self) -> None:
        """Refuse early what is no device."""
        check_device(self.device)


def walked(settings: Settings, target: Target, wanted: Wanted, acting: Acting) -> Verified:
    """Go the way as far as there is something to go it with. Raises `InputError` for what cannot be used."""
    if acting.key is not None:
        return _with_key(settings, target, wanted, key=acting.key, certificate=acting.certificate)
    if acting.probe:
        return _with_probe(settings, target, wanted, yes=acting.yes)
    return _without_credential(settings, target)


def _with_key(settings: Settings, target: Target, wanted: Wanted, *, key: Path, certificate: Path | None) -> Verified:
    """Go the way as the node whose key this is. Raises `InputError` for a key that fits none of its certificates."""
    private = read_node_key(key)
    entry, own = certificate_of(private, target, file=key, certificate=certificate)
    if target.cloud is None:
        return _unreliable(target, Proof.KEY)
    node = IseNode(target.cloud, target.outputs.tenant_id, target.outputs.client_id, own, private)
    registration, unread = _registration(settings, target, target.cloud)
    # Who has the key has the proof: what the directory says besides is good to know, and need not be.
    found = (*registration, *walk(_walk(target, wanted, node)))
    notes = [f"Acted as {entry} ({own.common_name})."]
    if unread:
        notes.append(f"The registration was not read: {unread}.")
    return verified(target, Proof.KEY, found, proven=entry, notes=notes)


def _with_probe(settings: Settings, target: Target, wanted: Wanted, *, yes: bool) -> Verified:
    """Go the way with a credential of our own, and remove it. Raises `InputError` where nobody agreed to it."""
    if target.cloud is None:
        return _unreliable(target, Proof.PROBE)
    registration, unread = _registration(settings, target, target.cloud)
    if unread:
        registration = (links.not_tested(links.REGISTRATION, unread),)
    with shown(settings) as show:

        def waiting(seconds: float) -> None:
            left = max(0.0, _REPLICATION_SECONDS - seconds)
            show(Step("waiting for Entra to know the probe", round(seconds), round(_REPLICATION_SECONDS), left))

        patience = Patience(seconds=_REPLICATION_SECONDS, waiting=waiting)

        def go(node: IseNode) -> tuple[Link, ...]:
            return walk(replace(_walk(target, wanted, node), patience=patience))

        proven = probed(settings, target, target.cloud, go, yes=yes)
    return verified(target, Proof.PROBE, (*registration, *proven.links), notes=proven.notes)


def _without_credential(settings: Settings, target: Target) -> Verified:
    """Look at what needs no credential of ISE's, and say what was not tested."""
    if target.cloud is None:
        return _unreliable(target, Proof.NONE)
    registration, unread = _registration(settings, target, target.cloud)
    if unread:
        registration = (links.not_tested(links.REGISTRATION, unread),)
    hosts = (target.cloud.login_host, target.cloud.graph_host)
    return verified(target, Proof.NONE, (*registration, *connections(hosts, why_no_more=_NO_CREDENTIAL)))


def _walk(target: Target, wanted: Wanted, node: IseNode) -> Walk:
    return Walk(node, target.outputs.admin_consent_url, wanted.device, wanted.most_milliseconds)


def _registration(settings: Settings, target: Target, cloud: Cloud) -> tuple[tuple[Link, ...], str]:
    """Return what the directory says, or why it could not be read."""
    tenant, client_id = Tenant(target.outputs.tenant_id.lower(), cloud), target.outputs.client_id.lower()
    with shown(settings) as show, Directories(os.environ, progress=show) as directories:
        reading = directories.read({tenant: [client_id]})[tenant]
    documents = reading.documents.get(client_id)
    if documents is None:
        return (), reading.failure or "Graph said nothing of it"
    return registration_links(observe(documents).integration, target.outputs, datetime.now(UTC)), ""


def _unreliable(target: Target, proof: Proof) -> Verified:
    return verified(target, proof, (links.not_tested("everything else", _NOT_RELIED_ON),))


def verified(
    target: Target, proof: Proof, found: Sequence[Link], *, proven: str = "", notes: Sequence[str] = ()
) -> Verified:
    """Return a verification of what the outputs are and of what was found beyond them."""
    by_name = {link.name: link.outcome for link in found}
    signed_in = by_name.get(links.GRAPH_TOKEN) is Outcome.OK
    nodes = tuple(
        Node(
            entry,
            certificate.nodes,
            _REGISTERED.get(by_name.get(certificate_link(entry), Outcome.NOT_TESTED)),
            proven=signed_in and entry == proven,
        )
        for entry, certificate in sorted(target.outputs.certificates.items())
    )
    return Verified(
        name=target.name,
        application=target.application,
        tenant_id=target.outputs.tenant_id,
        client_id=target.outputs.client_id,
        location=target.location,
        proof=proof,
        links=(target.link, *found),
        nodes=nodes,
        notes=tuple(notes),
    )


_REGISTERED = {Outcome.OK: True, Outcome.BROKEN: False}
