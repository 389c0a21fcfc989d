"""An environment file's structure, judged: whatever is wrong whoever looks, and whenever.

Nothing here needs the clock, the network or another program; an expired certificate is sound structure.
All mistakes are found at once: each `_judge_…` returns what it could make and adds to the list what it could not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from helpers.certificates.files import read_certificate_file
from helpers.clouds import CLOUDS, Cloud, is_microsoft_host
from helpers.declaration.declaration import CertificateEntry, Declaration
from helpers.declaration.file_schema import EnvironmentFile, ExtraPermission
from helpers.declaration.mistakes import did_you_mean, from_pydantic, mistake_at
from helpers.errors import DeclarationErrors, InputError, Mistake
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
    PermissionType,
    Seen,
    ServicePrincipal,
)
from helpers.permissions import (
    Api,
    NotForPermissions,
    UnknownName,
    apis,
    find_api,
    find_permission,
    other_type,
    profiles,
)
from helpers.plain_text import printable
from helpers.terms import AdminConsent, Revoked, RuleException, Terms, Unaudited
from helpers.terraform_text import CDKTF_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from helpers.declaration.locations import KeyPath, Locations
    from helpers.declaration.yaml_reading import YamlDocument

_MULTI_LINE = {("application", "notes")}


def judge(document: YamlDocument, *, name: str, folder: Path) -> Declaration:
    """Return what the file declares. `folder` holds the file; certificate paths start there and stay below it.

    Raises `DeclarationErrors` with every mistake of the file, in the order of its lines.
    """
    values, locations = _without_nulls(document.values), document.locations
    judging = _Judging(locations, folder)
    judging.mistakes.extend(_unsafe_strings(values, locations))
    try:
        file = EnvironmentFile.model_validate(values)
    except ValidationError as error:
        judging.mistakes.extend(from_pydantic(error, EnvironmentFile, locations))
        raise DeclarationErrors(_in_order(judging.mistakes)) from None
    declaration = judging.declaration(file, name=name)
    if judging.mistakes:
        raise DeclarationErrors(_in_order(judging.mistakes))
    return declaration


@dataclass
class _Judging:
    locations: Locations
    folder: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def declaration(self, file: EnvironmentFile, *, name: str) -> Declaration:
        cloud = self._judge_endpoints(file)
        certificates = tuple(self._judge_certificates(file))
        self._judge_ids(file)
        terms = self._judge_terms(file)
        return Declaration(
            name=name,
            file=self.locations.file,
            cloud=cloud,
            deployer=file.deployer,
            integration=_integration(
                file, frozenset(terms.reasons) | profiles()[terms.profile].permissions, certificates
            ),
            terms=terms,
            certificates=certificates,
            ise_api=file.ise.api,
            state=file.state,
            settings=file,
            locations=self.locations,
        )

    def _complain(self, path: KeyPath, cause: str, remedy: str) -> None:
        self.mistakes.append(mistake_at(self.locations, path, cause, remedy))

    def _judge_ids(self, file: EnvironmentFile) -> None:
        if file.deployer == file.tenant_id:
            remedy = "write the object id of the pipeline's service principal (Enterprise applications > Object ID)"
            self._complain(("deployer",), "is the tenant's id", remedy)

    def _judge_endpoints(self, file: EnvironmentFile) -> Cloud:
        cloud, stated = CLOUDS[file.cloud], file.endpoints
        for key in sorted(stated.model_fields_set - cloud.unconfirmed):
            remedy = f"remove it; the address for cloud `{cloud.name}` is known"
            self._complain(("endpoints", key), "may not be changed", remedy)
        if stated.login_host is not None and not is_microsoft_host(stated.login_host):
            self._complain(("endpoints", "login_host"), *_not_microsoft(stated.login_host))
        audience = stated.intune_audience
        if audience is not None and not _is_microsoft_audience(audience):
            self._complain(("endpoints", "intune_audience"), *_not_microsoft(audience))
        return cloud.overridden(login_host=stated.login_host, intune_audience=audience)

    def _judge_terms(self, file: EnvironmentFile) -> Terms:
        ise = IseRelease(file.ise.release, file.ise.patch)
        reason = why_not(ise)
        if reason:
            self._complain(("ise", "release"), f"ISE {ise} cannot work with Intune: {reason}", what_to_install(ise))
        return Terms(
            profile=file.permissions.profile,
            reasons=self._judge_extra(file.permissions.extra, profiles()[file.permissions.profile].permissions),
            admin_consent=AdminConsent(file.permissions.admin_consent),
            exceptions=frozenset(RuleException(e.rule, e.subject, e.reason, e.until) for e in file.exceptions),
            revoked=frozenset(_revoked(file)),
            unaudited=frozenset(Unaudited(u.surface, u.reason) for u in file.unaudited),
            ise=ise,
        )

    def _judge_extra(
        self, extra: Sequence[ExtraPermission], profile: frozenset[Permission]
    ) -> Mapping[Permission, str]:
        reasons: dict[Permission, str] = {}
        for index, asked in enumerate(extra):
            permission = self._judge_permission(asked, ("permissions", "extra", index))
            if permission is None:
                continue
            if permission in profile or permission in reasons:
                remedy = "remove this entry; the profile or another entry already asks for it"
                self._complain(("permissions", "extra", index), f"{asked.permission} is asked for twice", remedy)
            reasons[permission] = asked.reason
        return MappingProxyType(reasons)

    def _judge_permission(self, asked: ExtraPermission, path: KeyPath) -> Permission | None:
        type_ = PermissionType(asked.type)
        try:
            api = find_api(asked.api)
        except NotForPermissions as error:
            remedy = "ask for permissions of " + " or ".join(f"`{known.name}`" for known in apis())
            self._complain((*path, "api"), f"{asked.api} is not for permissions: {error}", remedy)
            return None
        except UnknownName as error:
            remedy = did_you_mean(error.name, [known.name for known in apis()]) + " Any other API by its client id."
            self._complain((*path, "api"), f"{asked.api!r} is not an API this project knows", remedy)
            return None
        try:
            return find_permission(api, asked.permission, type_)
        except UnknownName as error:
            self._complain((*path, "permission"), *_unknown_permission(api, error, type_))
            return None

    def _judge_certificates(self, file: EnvironmentFile) -> Iterator[CertificateEntry]:
        revoked = {entry.sha256: entry for entry in _revoked(file)}
        by_certificate: dict[str, str] = {}
        for name, block in file.certificates.items():
            path = ("certificates", name)
            try:
                certificate = read_certificate_file(_inside(self.folder, block.file), name=block.file)
            except InputError as error:
                self._complain(path, f"{error.subject}: {error.cause}", error.remedy)
                continue
            fingerprint = certificate.sha256_hex
            if fingerprint in revoked:
                cause = f"{block.file} is revoked ({revoked[fingerprint].reason})"
                self._complain(path, cause, "take this entry out; the node needs a new certificate with a new key")
            if fingerprint in by_certificate:
                cause = f"is the same certificate as `{by_certificate[fingerprint]}`"
                remedy = (
                    f"keep one entry and list its nodes: `{{file: {block.file}, nodes: [{', '.join(block.nodes)}, …]}}`"
                )
                self._complain(path, cause, remedy)
            by_certificate.setdefault(fingerprint, name)
            yield CertificateEntry(name, block.file, tuple(sorted(set(block.nodes))), certificate)


def _integration(
    file: EnvironmentFile, permissions: frozenset[Permission], certificates: Sequence[CertificateEntry]
) -> Integration:
    """Return what Entra holds once everything declared is deployed and consented to."""
    unknown = NotSeen("Entra chooses it at the first deploy")
    owners = Seen(frozenset({file.deployer, *file.application.owners}))
    return Integration(
        tenant_id=file.tenant_id,
        client_id=Seen(file.client_id) if file.client_id else unknown,
        application=Application(
            object_id=unknown,
            display_name=Seen(file.application.display_name),
            notes=Seen(file.application.notes or ""),
            service_management_reference=Seen(file.application.service_management_reference or ""),
            owners=owners,
            exposure=Seen(Exposure()),
        ),
        service_principal=ServicePrincipal(object_id=unknown, owners=owners, enabled=Seen(True)),  # noqa: FBT003 — a value, not a switch
        requested=Seen(permissions),
        granted=Seen(permissions),
        credentials=Seen(frozenset(_credential(entry) for entry in certificates)),
    )


def _credential(entry: CertificateEntry) -> Credential:
    return Credential(
        kind=CredentialKind.CERTIFICATE,
        holder=Holder.APPLICATION,
        key_id=entry.certificate.key_id,
        not_before=entry.certificate.not_before,
        not_after=entry.certificate.not_after,
        fingerprint=Seen(entry.certificate.sha256_hex),
    )


def _revoked(file: EnvironmentFile) -> Iterator[Revoked]:
    for entry in file.revoked:
        yield Revoked(entry.sha256.replace(":", "").upper(), entry.common_name, entry.reason, entry.date)


def _inside(folder: Path, written: str) -> Path:
    """Return the path a file names, if it stays below `folder` whatever links it follows. Raises `InputError`."""
    relative = PurePosixPath(written)
    if relative.is_absolute() or ".." in relative.parts or "\\" in written or "\0" in written:
        cause = "is not a path below the environments' folder"
        raise InputError(written, cause, "put the file below that folder and write its path with / from there")
    path = folder / relative
    try:
        resolved = path.resolve()
        inside = resolved.is_relative_to(folder.resolve())
    except (OSError, RuntimeError) as error:
        raise InputError(
            written, f"cannot be followed ({error.__class__.__name__})", "put the file itself there"
        ) from None
    if not inside:
        raise InputError(written, "leads out of the environments' folder by a link", "put the file itself there")
    return path


def _unknown_permission(api: Api, error: UnknownName, type_: PermissionType) -> tuple[str, str]:
    cause = f"{error.name!r} is not a known {type_} permission of {api.name}"
    other = other_type(api, error.name, type_)
    if other is not None:
        return cause, f"it is a permission of type `{other}`"
    if error.nearest:
        return cause, "did you mean " + " or ".join(f"`{name}`" for name in error.nearest) + "?"
    return cause, "write a permission this project does not know by its id (GUID)"


def _is_microsoft_audience(audience: str) -> bool:
    host = audience.removeprefix("https://").removesuffix("/")
    return audience == f"https://{host}/" and "/" not in host and is_microsoft_host(host)


def _not_microsoft(value: str) -> tuple[str, str]:
    cause = f"{value!r} is not under one of Microsoft's domains"
    return cause, "give the address Microsoft's documentation names for this cloud"


def _unsafe_strings(value: Any, locations: Locations, path: KeyPath = ()) -> Iterator[Mistake]:  # noqa: ANN401 — any plain value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _unsafe_strings(inner, locations, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unsafe_strings(inner, locations, (*path, index))
    elif isinstance(value, str):
        if printable(value, keep="\n" if path in _MULTI_LINE else "") != value:
            yield mistake_at(locations, path, "holds control or invisible characters", "type the text anew")
        if CDKTF_MARKER in value:
            yield mistake_at(locations, path, f"holds `{CDKTF_MARKER}`, a marker of CDKTF's own", "use another text")


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 — any plain value
    """Read `key:` with nothing after it as if the key were not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def _in_order(mistakes: list[Mistake]) -> list[Mistake]:
    return sorted(dict.fromkeys(mistakes), key=lambda mistake: (mistake.line, mistake.key))
