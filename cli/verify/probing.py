"""A probe, agreed to by whoever runs it, and what the report says of it afterwards."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cli.asking import somebody_is_there
from cli.results import complain, say
from clients.application_keys import ForbiddenByPolicy, application_keys
from clients.chain import meaning_of
from clients.graph import Tenant
from clients.interruption import ended_like_ctrl_c
from clients.ise_wire import IseNode
from clients.probe import Notes, Trace, registered
from helpers.errors import InputError, ServiceError
from helpers.verifying import links
from helpers.verifying.meanings import CREDENTIALS, FORBIDDEN_BY_POLICY, LEFT_BEHIND, MEDDLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.settings import Settings
    from cli.verify.target import Target
    from helpers.clouds import Cloud
    from helpers.verifying.links import Link

_REST = "the probe could not be registered"


@dataclass(frozen=True)
class Proven:
    """What came of the way, and of the probe itself."""

    links: tuple[Link, ...]
    notes: tuple[str, ...]


def probed(
    settings: Settings, target: Target, cloud: Cloud, go: Callable[[IseNode], tuple[Link, ...]], *, yes: bool
) -> Proven:
    """Register a probe, go the way with it, and remove it. Raises `InputError` where nobody agreed."""
    _agreed(target, yes=yes)
    tenant_id, client_id = target.outputs.tenant_id.lower(), target.outputs.client_id.lower()
    notes = Notes(settings.root / ".cache" / "verify", tenant_id, client_id)
    trace = Trace()
    try:
        with (
            ended_like_ctrl_c(),
            application_keys(Tenant(tenant_id, cloud), client_id, os.environ) as keys,
            registered(keys, notes, trace, name=target.name) as probe,
        ):
            say(settings, f"registered a probe, key id {probe.key_id}; it ends {probe.ends:%H:%M} UTC")
            walked = go(IseNode(cloud, tenant_id, client_id, probe.certificate, probe.key))
    except KeyboardInterrupt:
        _say_what_is_left(notes, trace, target.name)
        raise
    except ServiceError as error:
        walked = (_not_registered(error), links.not_tested("everything behind it", _REST))
    return Proven((*walked, *_of(trace)), tuple(_notes(trace)))


def _agreed(target: Target, *, yes: bool) -> None:
    if yes:
        return
    if not somebody_is_there():
        raise InputError("--probe", "changes the application, and nobody is here to ask", "give --yes too")
    question = (
        f"Register a certificate on the application {target.outputs.client_id} ({target.name}) for 15 minutes, sign in"
        " with it as ISE does, and remove it?"
    )
    if not click.confirm(question, err=True):
        raise InputError("--probe", "was not agreed to", "nothing was changed")


def _not_registered(error: ServiceError) -> Link:
    """Return the link of a probe that could not be: that says nothing of ISE's way."""
    meaning = FORBIDDEN_BY_POLICY if isinstance(error, ForbiddenByPolicy) else meaning_of(error, CREDENTIALS)
    return links.not_tested(links.PROBE, f"{error.service} {error.cause}: {meaning}")


def _of(trace: Trace) -> Iterator[Link]:
    if trace.failure is not None:
        what = f"it could not be removed: {trace.failure.cause}"
        yield links.broken(links.PROBE, what, LEFT_BEHIND)
    if trace.meddled:
        yield links.broken(links.OTHER_CREDENTIALS, "; ".join(trace.meddled), MEDDLED)
    elif trace.before:
        count = len(trace.before)
        yield links.works(links.OTHER_CREDENTIALS, f"the same before and after: {count} key id{'s' * (count != 1)}")


def _notes(trace: Trace) -> Iterator[str]:
    for key_id in trace.swept:
        yield f"A probe that an earlier run had left was removed first: key id {key_id}."
    for key_id in trace.suspects:
        yield f"Key id {key_id} looks like a probe, and is not one of this machine's: it was left alone."
    for key_id in trace.unlike:
        yield f"Key id {key_id} is noted as a probe's, and does not look like one: it was left alone."


def _say_what_is_left(notes: Notes, trace: Trace, name: str) -> None:
    left = [key_id for key_id, _, _ in notes.read()]
    if trace.before and not left:
        complain("the probe was removed")
    for key_id in left:
        why = f" ({trace.failure.cause})" if trace.failure else ""
        complain(
            f"the probe may still be there{why}: key id {key_id}; `ise-intune verify {name} --probe` removes it first,"
            " and it ends 15 minutes after it was made"
        )
