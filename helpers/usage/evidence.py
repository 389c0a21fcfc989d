"""What `certificate usage --format json` wrote, read again as the reason for which a certificate goes.

It guards against a mistake, not against malice: it is a file, and who writes to the environment's folder can write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.model import Seen
from helpers.moments import minute
from helpers.reviewing.terraform.shapes import load_json
from helpers.shapes import Misshapen, mapping, moment, objects, text, texts
from helpers.usage.judging import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from helpers.declaration.declaration import CertificateEntry, Declaration

FRESH = timedelta(days=3)
"""How long it is good: a node may go back to the old certificate at any time."""
MOST_BYTES = 5 * 1024**2
_CLOCKS = timedelta(minutes=5)
_VERSION = 1
_REMEDY = "write it with `ise-intune certificate usage NAME --format json --output FILE`"


@dataclass(frozen=True)
class Known:
    """What the evidence says of one key."""

    verdict: Verdict
    since: datetime | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """One look at one environment's keys; `keys` are by key id in lower case."""

    environment: str
    tenant_id: str
    client_id: str
    looked_at: datetime
    keys: Mapping[str, Known]


def read_evidence(content: bytes, *, name: str) -> Evidence:
    """Read the JSON of a look; `name` is what messages call it. Raises `InputError`."""
    if len(content) > MOST_BYTES:
        raise InputError(name, f"is larger than {MOST_BYTES // 1024**2} MiB, more than any look writes", _REMEDY)
    document = load_json(content, name=name, remedy=_REMEDY)
    try:
        return _evidence(document)
    except Misshapen as error:
        raise InputError(name, f"is no evidence of use: {error}", _REMEDY) from None


def against(evidence: Evidence, declaration: Declaration, entry: CertificateEntry, now: datetime) -> Iterator[str]:
    """Yield what stands against taking an entry out for this evidence: all of it, in sentences."""
    yield from _of_something_else(evidence, declaration)
    if evidence.looked_at < now - FRESH or evidence.looked_at > now + _CLOCKS:
        yield f"it is of {minute(evidence.looked_at)}, and good for {FRESH.days} days: look again"
    known = evidence.keys.get(entry.key_id.lower())
    if known is None:
        yield f"it says nothing of the key {entry.key_id}"
    elif known.verdict is Verdict.IN_USE:
        yield f"{entry.name} is in use"
    elif known.verdict is Verdict.CANNOT_TELL:
        yield from known.reasons or ("nobody can tell whether it is in use",)


def unused_since(evidence: Evidence, entry: CertificateEntry) -> datetime | None:
    """Return from when on the evidence calls an entry unused."""
    known = evidence.keys.get(entry.key_id.lower())
    return known.since if known else None


def _of_something_else(evidence: Evidence, declaration: Declaration) -> Iterator[str]:
    stated = declaration.integration.client_id
    if evidence.environment != declaration.name:
        yield f"it is of the environment {evidence.environment!r}"
    if evidence.tenant_id != declaration.integration.tenant_id:
        yield f"it is of the tenant {evidence.tenant_id}"
    if isinstance(stated, Seen) and evidence.client_id != stated.items:
        yield f"it is of the application {evidence.client_id}, and {declaration.file} names {stated.items}"


def _evidence(document: object) -> Evidence:
    whole = mapping(document, "the document")
    if whole.get("schema_version") != _VERSION:
        raise Misshapen(f"`schema_version` is not {_VERSION}")
    usage, environment = mapping(whole.get("usage"), "`usage`"), mapping(whole.get("environment"), "`environment`")
    looked_at = moment(usage.get("looked_at"), "`usage.looked_at`")
    if looked_at is None:
        raise Misshapen("`usage.looked_at` is not there")
    keys = [
        (text(each.get("key_id"), "`key_id`").lower(), _known(each)) for each in objects(whole.get("keys"), "`keys`")
    ]
    if len(dict(keys)) != len(keys):
        raise Misshapen("a key is there twice, with a verdict each")
    return Evidence(
        environment=text(environment.get("name"), "`environment.name`"),
        tenant_id=text(environment.get("tenant_id"), "`environment.tenant_id`").lower(),
        client_id=text(environment.get("client_id"), "`environment.client_id`").lower(),
        looked_at=looked_at,
        keys=dict(keys),
    )


def _known(key: dict[str, object]) -> Known:
    verdict = text(key.get("verdict"), "`verdict`")
    if verdict not in [each.value for each in Verdict]:
        raise Misshapen("`verdict` is none that there is")
    since = moment(key.get("unused_since"), "`unused_since`")
    return Known(Verdict(verdict), since, tuple(texts(key.get("reasons"), "`reasons`")))
