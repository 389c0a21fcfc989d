"""An environment file's structure, judged: whatever is wrong whoever looks, and whenever.

Nothing here needs the clock, the network or another program; an expired certificate is sound structure.
All mistakes are found at once, in stages: what a text may hold, the shape of each part, what sound parts mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from helpers.clouds import CLOUDS, Cloud, is_microsoft_host
from helpers.declaration.adopted import adopted
from helpers.declaration.certificate_entries import judge_certificates, reasons_of, revocations
from helpers.declaration.declaration import CertificateEntry, Declaration
from helpers.declaration.extra_permissions import judge_extra
from helpers.declaration.file_schema import EnvironmentFile
from helpers.declaration.mistakes import Complaints
from helpers.declaration.sound_parts import SoundParts, parts_of, sound_parts
from helpers.declaration.state_judging import judge_state
from helpers.declaration.texts import judge_texts
from helpers.ise_releases import IseRelease, what_to_install, why_not
from helpers.model import (
    Application,
    Credential,
    CredentialKind,
    Exposure,
    Holder,
    Integration,
    NotSeen,
    Permission,
    Seen,
    ServicePrincipal,
)
from helpers.permissions import profiles
from helpers.terms import AdminConsent, RuleException, Terms, Unaudited

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from helpers.certificates.certificate import Certificate
    from helpers.declaration.adopted import Adopted
    from helpers.declaration.locations import KeyPath
    from helpers.declaration.yaml_reading import YamlDocument


def judge(
    document: YamlDocument,
    *,
    name: str,
    folder: Path,
    revoked_elsewhere: Mapping[str, str] | None = None,
    coming: Mapping[str, Certificate] | None = None,
) -> Declaration:
    """Return what the file declares. `folder` holds the file; certificate paths start there and stay below it.

    `revoked_elsewhere` are the reasons for what other files revoke, by SHA-256 of certificate or key in upper-case hex;
    `coming` are certificates whose files are about to be written, by path as written.
    Raises `DeclarationErrors` with every mistake of the file, in the order of its lines.
    """
    complaints = Complaints(document.locations, document.mistakes)
    judge_texts(document.values, complaints)
    complaints.settle()
    file = _shaped(document.values, complaints)
    complaints.settle()
    parts = parts_of(file) if file else sound_parts(document.values)
    _judge_apart(document.values, parts, complaints)
    reasons = judge_extra(
        parts.extra,
        complaints,
        profile=parts.profile,
        admin_consent=parts.admin_consent,
        adopted=bool(document.values.get("adopted")),
    )
    revoked = tuple(revocations(parts.revoked))
    reasons_against = {**(revoked_elsewhere or {}), **reasons_of(revoked)}
    certificates = tuple(
        judge_certificates(
            parts.certificates, complaints, environment=name, folder=folder, revoked=reasons_against, coming=coming
        )
    )
    complaints.raise_any()
    assert file is not None, "whatever has no shape was complained of"  # noqa: S101 — for the type checker
    return _declaration(
        document, file, name=name, terms=_terms(file, reasons, frozenset(revoked)), certificates=certificates
    )


def _judge_apart(values: Mapping[str, Any], parts: SoundParts, complaints: Complaints) -> None:
    """Complain of what is wrong whatever the permissions and certificates are."""
    _judge_ids(values, complaints)
    _judge_endpoints(parts, complaints)
    _judge_ise(parts, complaints)
    judge_state(parts.state, complaints)
    _judge_adopted(values, complaints)


def _declaration(
    document: YamlDocument,
    file: EnvironmentFile,
    *,
    name: str,
    terms: Terms,
    certificates: tuple[CertificateEntry, ...],
) -> Declaration:
    asked = frozenset(terms.reasons) | profiles()[terms.profile].permissions
    was_there = adopted(file.adopted) if file.adopted else None
    return Declaration(
        name=name,
        file=document.locations.file,
        cloud=_cloud(file),
        deployer=file.deployer,
        integration=_integration(file, asked, certificates, was_there),
        terms=terms,
        certificates=certificates,
        ise_api=file.ise.api,
        state=file.state,
        settings=file,
        locations=document.locations.also(_permission_places(terms.reasons)),
        adopted=was_there,
    )


def _permission_places(extra: Iterable[Permission]) -> dict[KeyPath, KeyPath]:
    """Lead from a permission's id to the entry that asks for it; `extra` is in the order of the file."""
    return {("permissions", "extra", each.id): ("permissions", "extra", index) for index, each in enumerate(extra)}


def _shaped(values: dict[str, Any], complaints: Complaints) -> EnvironmentFile | None:
    try:
        return EnvironmentFile.model_validate(values)
    except ValidationError as error:
        complaints.of_pydantic(error)
        return None


def _judge_ids(values: Mapping[str, Any], complaints: Complaints) -> None:
    """Complain of an id that was copied from the wrong line of the portal."""
    deployer = str(values.get("deployer")).lower()
    remedy = "write the object id of the pipeline's service principal (Enterprise applications > Object ID)"
    for key, whose in (("tenant_id", "the tenant's id"), ("client_id", "this application's client id")):
        if values.get(key) and deployer == str(values[key]).lower():
            complaints.about(("deployer",), f"is {whose}", remedy)


def _judge_endpoints(parts: SoundParts, complaints: Complaints) -> None:
    cloud = CLOUDS.get(parts.cloud) if isinstance(parts.cloud, str) else None
    for key, address in parts.endpoints.items():
        if cloud and key not in cloud.unconfirmed:
            remedy = f"take it out: the address for cloud `{cloud.name}` is known"
            complaints.about(("endpoints", key), "may not be changed", remedy)
        if not is_microsoft_host(address.removeprefix("https://").removesuffix("/")):
            remedy = "write the address that Microsoft's documentation names for this cloud"
            complaints.about(("endpoints", key), f"{address!r} is not under one of Microsoft's domains", remedy)


def _judge_ise(parts: SoundParts, complaints: Complaints) -> None:
    if parts.ise is None:
        return
    ise = IseRelease(parts.ise.release, parts.ise.patch)
    reason = why_not(ise)
    if reason:
        complaints.about(("ise", "release"), f"ISE {ise} cannot work with Intune: {reason}", what_to_install(ise))


def _judge_adopted(values: Mapping[str, Any], complaints: Complaints) -> None:
    """Complain of what would be imported into nothing, or by nobody."""
    block = values.get("adopted")
    consents = block.get("consents") if isinstance(block, dict) else None
    permissions = values.get("permissions")
    by_code = isinstance(permissions, dict) and permissions.get("admin_consent") == AdminConsent.TERRAFORM.value
    if consents and not by_code:
        remedy = "take it out, or write `admin_consent: terraform`"
        complaints.about(("adopted", "consents"), "has nobody to manage it: consent is given by hand", remedy)
    certificates = values.get("certificates")
    for name, entry in certificates.items() if isinstance(certificates, dict) else ():
        if isinstance(entry, dict) and entry.get("adopted") and not block:
            remedy = "write the application's object id under `adopted` of the file, as `ise-intune adopt` does"
            complaints.about(("certificates", name, "adopted"), "is of no adopted application", remedy)


def _cloud(file: EnvironmentFile) -> Cloud:
    stated = file.endpoints
    return CLOUDS[file.cloud].overridden(login_host=stated.login_host, intune_audience=stated.intune_audience)


def _terms(file: EnvironmentFile, reasons: Mapping[Permission, str], revoked: frozenset[Any]) -> Terms:
    return Terms(
        profile=file.permissions.profile,
        reasons=reasons,
        admin_consent=AdminConsent(file.permissions.admin_consent),
        exceptions=frozenset(RuleException(e.rule, e.subject, e.reason, e.until) for e in file.exceptions),
        revoked=revoked,
        unaudited=frozenset(Unaudited(u.surface, u.reason) for u in file.unaudited),
        ise=IseRelease(file.ise.release, file.ise.patch),
    )


def _integration(
    file: EnvironmentFile,
    permissions: frozenset[Permission],
    certificates: Sequence[CertificateEntry],
    was_there: Adopted | None,
) -> Integration:
    """Return what Entra holds once everything declared is deployed and consented to."""
    unknown = NotSeen("Entra chooses it at the first deploy")
    owners = file.application.owners
    of_principal = file.application.service_principal_owners
    return Integration(
        tenant_id=file.tenant_id,
        client_id=Seen(file.client_id) if file.client_id else unknown,
        application=Application(
            object_id=Seen(was_there.application) if was_there else unknown,
            display_name=Seen(file.application.display_name),
            notes=Seen(file.application.notes or ""),
            service_management_reference=Seen(file.application.service_management_reference or ""),
            owners=Seen(frozenset({file.deployer, *owners})),
            exposure=Seen(was_there.exposure if was_there else Exposure()),
        ),
        service_principal=ServicePrincipal(
            object_id=Seen(was_there.service_principal) if was_there and was_there.service_principal else unknown,
            owners=Seen(frozenset({file.deployer, *(owners if of_principal is None else of_principal)})),
            enabled=Seen(True),  # noqa: FBT003 — a value, not a switch
            settings=Seen(was_there.service_principal_settings if was_there else frozenset()),
        ),
        requested=Seen(permissions),
        granted=Seen(permissions),
        credentials=Seen(frozenset(_credential(entry) for entry in certificates)),
    )


def _credential(entry: CertificateEntry) -> Credential:
    return Credential(
        kind=CredentialKind.CERTIFICATE,
        holder=Holder.APPLICATION,
        key_id=entry.key_id,
        not_before=entry.not_before,
        not_after=entry.not_after,
        fingerprint=Seen(entry.certificate.sha256_hex),
    )
