"""From a stack's outputs to its run sheet; nothing that an administrator types is taken unexamined.

Outputs travel: by mail, in pipelines, between people. Whoever changes them could lead ISE's sign-in elsewhere, so every
value is held to its form, and the form's fields to what this version itself makes of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from helpers.errors import InputError
from helpers.examined_outputs import DEPLOY_AGAIN, cloud_of, not_microsofts, require_the_same
from helpers.ise_form import IseForm
from helpers.ise_releases import IseRelease, read_release, what_to_install, why_not
from helpers.runsheet.sheet import FormField, RunSheet, SheetCertificate, State
from helpers.sentences.parts import name as named
from helpers.sentences.parts import say
from helpers.terms import AdminConsent
from helpers.trust_roots import roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.clouds import Cloud
    from helpers.declaration.declaration import Declaration
    from helpers.outputs import DeployedCertificate, StackOutputs
    from helpers.sentences.parts import Sentence

_HEX = re.compile(r"[0-9A-F]+", re.ASCII)
_SHA1_DIGITS, _SHA256_DIGITS = 40, 64
# A release that Intune answers, for a form whose release nobody names: all of them fill it in the same way.
_ANY_THAT_WORKS = IseRelease("3.3", 0)
_UNCONFIRMED = {
    "Token Issuing URL": ("login_host", "Microsoft's documents name more than one sign-in host for this cloud"),
    "Token Audience": ("intune_audience", "no document of Microsoft's names Intune's audience in this cloud"),
}


def run_sheet(
    name: str, outputs: StackOutputs, *, source: str, now: datetime, declaration: Declaration | None = None
) -> RunSheet:
    """Return the run sheet of the stack `name` at `now` (aware); `source` says in messages where the outputs are from.

    `declaration` is the environment file, where it is at hand: its ISE release counts, and what is not deployed yet is
    said. Raises `InputError` for a release that cannot work, outputs of another stack or tenant, and values that no
    deploy of this version hands over.
    """
    require_the_same(name, outputs, declaration, source)
    cloud = cloud_of(outputs, declaration, source)
    _require_declared_facts(outputs, declaration, source)
    ise = _release(outputs, declaration)
    sheet = RunSheet(
        name=name,
        title=_title(outputs) or name,
        cloud=cloud,
        tenant_id=outputs.tenant_id,
        client_id=outputs.client_id,
        ise=ise,
        consent_url=_consent_url(outputs, cloud, source),
        fields=tuple(_fields(outputs, cloud, ise, source)),
        certificates=tuple(
            _certificate(entry, each, now, source)
            for entry, each in sorted(outputs.certificates.items(), key=_by_nodes)
        ),
        roots=roots(),
        warnings=tuple(_warnings(outputs, declaration)),
        made=now.astimezone(UTC).replace(microsecond=0),
        digest="",
    )
    return replace(sheet, digest=_digest(sheet))


def _release(outputs: StackOutputs, declaration: Declaration | None) -> IseRelease | None:
    """Return the declared ISE release. Raises `InputError`, which names the patch, for one that cannot work."""
    ise = declaration.terms.ise if declaration else read_release(_decision(outputs, "ise"))
    reason = why_not(ise) if ise else None
    if ise and reason:
        raise InputError(f"ISE {ise}", f"cannot work with Intune: {reason}", what_to_install(ise))
    return ise


def _decision(outputs: StackOutputs, key: str) -> str:
    decisions = outputs.applied.get("decisions")
    value = decisions.get(key) if isinstance(decisions, dict) else None
    return value if isinstance(value, str) else ""


def _title(outputs: StackOutputs) -> str:
    """Return the application's display name as it was deployed; empty where the outputs do not say."""
    part: object = outputs.applied
    for key in ("integration", "application", "display_name", "items"):
        part = part.get(key) if isinstance(part, dict) else None
    return part if isinstance(part, str) else ""


def _consent_url(outputs: StackOutputs, cloud: Cloud, source: str) -> str:
    """Return the page where an administrator consents by hand; empty where the deploy itself does."""
    if outputs.admin_consent_url != cloud.admin_consent_url(outputs.tenant_id, outputs.client_id):
        raise not_microsofts(source, "consent page", outputs.admin_consent_url)
    consented = _decision(outputs, "permissions.admin_consent") == AdminConsent.TERRAFORM.value
    return "" if consented else outputs.admin_consent_url


def _fields(outputs: StackOutputs, cloud: Cloud, ise: IseRelease | None, source: str) -> Iterator[FormField]:
    form = IseForm(cloud, outputs.tenant_id, outputs.client_id, ise or _ANY_THAT_WORKS)
    for label, value in form.fields().items():
        handed = outputs.ise_settings.get(label)
        if handed != value:
            cause = f"says {handed!r} for the field {label!r}, where it must be {value!r}"
            raise InputError(source, cause, DEPLOY_AGAIN)
        part, why = _UNCONFIRMED.get(label, ("", ""))
        yield FormField(label, value, why if part in cloud.unconfirmed else "")


def _certificate(entry: str, deployed: DeployedCertificate, now: datetime, source: str) -> SheetCertificate:
    for value, digits in ((deployed.thumbprint_sha1, _SHA1_DIGITS), (deployed.sha256, _SHA256_DIGITS)):
        if len(value) != digits or not _HEX.fullmatch(value):
            raise InputError(source, f"holds a fingerprint of {entry!r} that is none", DEPLOY_AGAIN)
    not_before, not_after = (_moment(text, entry, source) for text in (deployed.not_before, deployed.not_after))
    return SheetCertificate(
        entry=entry,
        nodes=deployed.nodes,
        common_name=deployed.common_name,
        sha1=deployed.thumbprint_sha1,
        sha1_base64=base64.b64encode(bytes.fromhex(deployed.thumbprint_sha1)).decode("ascii"),
        sha256=deployed.sha256,
        key_id=deployed.key_id,
        not_before=not_before,
        not_after=not_after,
        state=_state(not_before, not_after, now),
    )


def _require_declared_facts(outputs: StackOutputs, declaration: Declaration | None, source: str) -> None:
    """Raise `InputError` where outputs say other things of a certificate than it says itself, which is at hand."""
    own = {each.certificate.sha256_hex: each.certificate for each in declaration.certificates} if declaration else {}
    for entry, deployed in outputs.certificates.items():
        known = own.get(deployed.sha256)
        if known is None:
            continue
        facts = (known.sha1_hex, known.start_date, known.end_date)
        if (deployed.thumbprint_sha1, deployed.not_before, deployed.not_after) != facts:
            raise InputError(source, f"says of {entry!r} what its certificate does not say", DEPLOY_AGAIN)


def _by_nodes(item: tuple[str, DeployedCertificate]) -> tuple[tuple[str, ...], str]:
    return item[1].nodes, item[0]


def _moment(text: str, entry: str, source: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError(source, f"holds a date of {entry!r} that is none ({text[:64]!r})", DEPLOY_AGAIN)
    return found.astimezone(UTC)


def _state(not_before: datetime, not_after: datetime, now: datetime) -> State:
    if now > not_after:
        return State.EXPIRED
    return State.VALID if now >= not_before else State.NOT_YET_VALID


def _warnings(outputs: StackOutputs, declaration: Declaration | None) -> Iterator[Sentence]:
    """Yield what of the environment file is not in the outputs, and what of the outputs is not in the file any more."""
    if declaration is None:
        return
    declared = {entry.name: entry.certificate.sha256_hex for entry in declaration.certificates}
    deployed: Mapping[str, str] = {entry: each.sha256 for entry, each in outputs.certificates.items()}
    for entry, _ in sorted(declared.items() - deployed.items()):
        yield say("The certificate ", named(entry), " is declared, but not deployed yet: no node can sign in with it.")
    for entry, _ in sorted(deployed.items() - declared.items()):
        yield say("The certificate ", named(entry), " is deployed, but not declared: the next deploy removes it.")
    ise = read_release(_decision(outputs, "ise"))
    if ise and ise != declaration.terms.ise:
        yield say(f"The file declares ISE {declaration.terms.ise}; what is deployed was made for ISE {ise}.")


def _digest(sheet: RunSheet) -> str:
    """Return a SHA-256 in hex of all that is to be typed, imported and compared; the same whenever it is made."""
    content = [
        [sheet.name, str(sheet.ise), sheet.consent_url],
        [[each.label, each.value] for each in sheet.fields],
        [[each.entry, list(each.nodes), each.sha256] for each in sheet.certificates],
        [root.sha256 for root in sheet.roots],
    ]
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()
