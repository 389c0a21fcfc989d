"""A probe on the application: a credential of our own for 15 minutes, that nobody else's suffers from, and no trace.

Its key is made in memory and never leaves it. A note in a file says which key id is ours, before Graph is told, and
goes when it is known to be gone: who comes after a kill removes what is left.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from clients.interruption import once_done
from helpers.certificates import KEY_TYPE, KEY_USAGE, Certificate
from helpers.errors import InputError, Refused, ServiceError
from helpers.shapes import Misshapen, moment
from helpers.verifying.probes import (
    COMMON_NAME,
    LIFETIME,
    SKEW,
    display_name,
    key_ids,
    looks_like_a_probe,
    meddling,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from clients.application_keys import ApplicationKeys, Held

_KEY_BITS = 2048
_VERSION = 1
# How long Graph may show an old copy of what it has accepted.
_LOOKS, _BETWEEN_SECONDS = 15, 2.0
# Before it is removed, what is there should be what was left there; a few looks tell an old copy from a change.
_LOOKS_BEFORE = 3
_UNKNOWN = frozenset[str]()
# No system counts its processes higher, and 0 would be all of a group.
_PROCESSES = range(1, 2**31)
_SERVER_ERROR = 500
_SHOWS_NOT = "does not show the probe that it accepted"


@dataclass(frozen=True)
class Probe:
    """A credential of our own. `ends` is when it can sign in no more, wherever it is left."""

    key_id: str
    certificate: Certificate
    key: rsa.RSAPrivateKey = field(repr=False)
    ends: datetime


@dataclass
class Trace:
    """What a probe met and left. `meddled` are other credentials that changed meanwhile, in words.

    `suspects` look like probes and are not ours to remove; `unlike` are noted as ours and do not look like probes.
    `failure` says why ours could not be removed, if so.
    """

    before: frozenset[str] = frozenset()
    swept: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    meddled: list[str] = field(default_factory=list)
    failure: ServiceError | None = None


@dataclass(frozen=True)
class Notes:
    """Which probes are ours and may still be there: a file each, in a folder. `tenant_id` and `client_id` say where."""

    folder: Path
    tenant_id: str
    client_id: str

    def write(self, key_id: str, ends: datetime) -> None:
        """Note a probe that is about to be. Raises `InputError` where that cannot be: then there must be none."""
        note = {
            "version": _VERSION,
            "tenant_id": self.tenant_id.lower(),
            "client_id": self.client_id.lower(),
            "key_id": key_id,
            "ends": ends.isoformat(),
            "process": os.getpid(),
        }
        path = self._path(key_id)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(json.dumps(note))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            remedy = "make it writable: without a note a probe that is cut short could not be found again"
            raise InputError(str(path), f"cannot be written ({error.strerror})", remedy) from None

    def forget(self, key_id: str) -> None:
        """Note that a probe is gone."""
        with suppress(OSError):
            self._path(key_id).unlink(missing_ok=True)

    def read(self) -> Iterator[tuple[str, datetime, int]]:
        """Yield key id, end and process of each probe that may be left on this application."""
        for path in sorted(self.folder.glob("*.json")):
            # What was cut short, or is another's, is no note.
            with suppress(OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError, Misshapen):
                note = json.loads(path.read_text(encoding="utf-8"))
                key_id, ends, process = note["key_id"], moment(note.get("ends"), "ends"), int(note["process"])
                # Under another name it could never be forgotten, or another file would be, in its place.
                if key_id == path.stem and ends is not None and process in _PROCESSES and self._is_here(note):
                    yield key_id.lower(), ends, process

    def _is_here(self, note: dict[str, Any]) -> bool:
        here = (self.tenant_id.lower(), self.client_id.lower())
        return (note.get("tenant_id"), note.get("client_id")) == here and note.get("version") == _VERSION

    def _path(self, key_id: str) -> Path:
        return self.folder / f"{key_id}.json"


@contextmanager
def registered(keys: ApplicationKeys, notes: Notes, trace: Trace, *, name: str) -> Iterator[Probe]:
    """Register a probe, and remove it whatever happens; `name` is what messages call the environment.

    First it removes what an earlier run left. Raises `ServiceError` where it cannot be registered; that it could not
    be removed is `trace.failure`, so that what the probe has proven is not lost. An interruption while it is being
    removed leaves the note.
    """
    probe = _made(keys.clock.now())
    notes.write(probe.key_id, probe.ends)
    try:
        # Noted before it is looked for others: of two that begin at once, none takes the other's probe for left.
        _check_alone(notes, name, now=keys.clock.now())
        _sweep(keys, notes, trace)
    except BaseException:
        notes.forget(probe.key_id)
        raise
    left = frozenset[str]()
    try:
        _register(keys, trace, probe)
        left = _shown(keys, probe.key_id)
        trace.meddled += meddling(trace.before, left, own=probe.key_id, when="while the probe was registered")
        yield probe
    except _NeverThere as never:
        notes.forget(probe.key_id)
        raise never.refusal from None
    except BaseException:
        _remove(keys, notes, trace, key_id=probe.key_id, left=left)
        raise
    else:
        _remove(keys, notes, trace, key_id=probe.key_id, left=left)


class _NeverThere(Exception):
    """Graph refused the probe, so there is nothing to remove."""

    def __init__(self, refusal: Refused) -> None:
        """Keep what Graph said."""
        super().__init__()
        self.refusal = refusal


def _register(keys: ApplicationKeys, trace: Trace, probe: Probe) -> None:
    try:
        # Cut short, nobody would know whether it is there: so the first Ctrl-C waits for Graph's answer.
        with once_done():
            # Where Graph was busy, it may have done it all the same.
            held = keys.change(lambda now: [*without(now.entries, probe.key_id), _entry(probe)])
            trace.before = held.key_ids - {probe.key_id}
    except Refused as error:
        if error.status < _SERVER_ERROR:
            raise _NeverThere(error) from None
        raise


def _shown(keys: ApplicationKeys, key_id: str) -> frozenset[str]:
    """Return every key id on the application once ours is among them. Raises `ServiceError` if it never is."""
    held = _look(keys, lambda now: key_id in now.key_ids)
    if key_id not in held.key_ids:
        raise ServiceError("Microsoft Graph", _SHOWS_NOT, "try again in some minutes")
    return held.key_ids


def _made(now: datetime) -> Probe:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    begins, ends = (now - SKEW).replace(microsecond=0), (now + LIFETIME).replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Probe(str(uuid.uuid4()), Certificate(der), key, ends)


def _entry(probe: Probe) -> dict[str, Any]:
    return {
        "keyId": probe.key_id,
        "type": KEY_TYPE,
        "usage": KEY_USAGE,
        "key": probe.certificate.value,
        "displayName": display_name(probe.ends),
        "startDateTime": probe.certificate.start_date,
        "endDateTime": probe.certificate.end_date,
    }


def _check_alone(notes: Notes, name: str, *, now: datetime) -> None:
    """Raise `InputError` while another run on this machine has a probe here: each would take the other's for left."""
    for _, ends, process in notes.read():
        # Past its end it is nobody's any more: what has its process's number now is another program.
        if ends > now and process != os.getpid() and _is_running(process):
            remedy = f"wait for its end; if that process is another program's, try again after {ends:%H:%M} UTC"
            raise InputError(name, f"another run (process {process}) has a probe there", remedy)


def _is_running(process: int) -> bool:
    if os.name == "nt":
        return False  # there, asking would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sweep(keys: ApplicationKeys, notes: Notes, trace: Trace) -> None:
    """Remove what earlier runs left, known by its key id and by its looks; tell what is only one of both."""
    left = {key_id: ends for key_id, ends, _ in notes.read()}
    held = keys.read()
    alike = key_ids(entry for entry in held.entries if looks_like_a_probe(entry))
    # A note alone could have been written by anybody, about anybody's credential.
    swept = sorted(alike & left.keys())
    trace.unlike = tuple(sorted((held.key_ids - alike) & left.keys()))
    if swept:
        held = _swept(keys, trace, frozenset(swept))
    now = keys.clock.now()
    for key_id, ends in left.items():
        # Until its end it may still come: Graph shows old copies.
        if key_id not in held.key_ids and (key_id in swept or ends <= now):
            notes.forget(key_id)
    trace.swept = tuple(swept)
    trace.suspects = tuple(sorted(alike - left.keys()))


def _swept(keys: ApplicationKeys, trace: Trace, ids: frozenset[str]) -> Held:
    """Take these away, see that nothing else went with them, and return what is left. Raises `ServiceError`."""
    before = keys.change(lambda now: [entry for entry in now.entries if not key_ids([entry]) & ids])
    after = _look(keys, lambda now: not now.key_ids & ids)
    if after.key_ids & ids:
        raise ServiceError("Microsoft Graph", "still shows a probe that was removed", "try again in some minutes")
    when = "while an old probe was removed"
    trace.meddled += meddling(before.key_ids - ids, after.key_ids, own="", when=when)
    return after


def _look(keys: ApplicationKeys, enough: Callable[[Held], bool], *, looks: int = _LOOKS) -> Held:
    """Read until what is seen is enough, or Graph had time to show it."""
    for _ in range(looks):
        held = keys.read()
        if enough(held):
            return held
        keys.clock.sleep(_BETWEEN_SECONDS)
    return keys.read()


def _remove(keys: ApplicationKeys, notes: Notes, trace: Trace, *, key_id: str, left: frozenset[str]) -> None:
    """Take our own credential away, and see that nothing else went with it; `left` is what was there, if known."""
    try:
        held = _look(keys, lambda now: key_id in now.key_ids and left in (now.key_ids, _UNKNOWN), looks=_LOOKS_BEFORE)
        if left:
            trace.meddled += meddling(left, held.key_ids, own=key_id, when="while the probe was there")
        before = keys.change(lambda now: without(now.entries, key_id))
        after = _look(keys, lambda now: key_id not in now.key_ids)
    except ServiceError as error:
        trace.failure = error
        return
    trace.meddled += meddling(before.key_ids, after.key_ids, own=key_id, when="while the probe was removed")
    if key_id in after.key_ids:
        trace.failure = ServiceError("Microsoft Graph", "still shows the probe", "run the same command again")
        return
    notes.forget(key_id)
