"""What a list of environments shows, read from files that nobody judges: a thousand cost little more than their YAML.

A file that does not plainly say one of these things is not shown; its judge says what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.clouds import CLOUDS, DEFAULT_CLOUD
from helpers.declaration.folder import content_of
from helpers.declaration.state_backends import BACKENDS
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors
from helpers.guids import GUID, NO_GUID
from helpers.ise_releases import RELEASE, IseRelease
from helpers.model import stated
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from helpers.declaration.declaration import Declaration

_BACKENDS = frozenset(each.name for each in BACKENDS)


@dataclass(frozen=True)
class ListedCertificate:
    """An entry: its file as written, which may hold anything, and the nodes that are to present it, sorted."""

    name: str
    file: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """What a list shows of one environment. `state` is the backend."""

    name: str
    file: str
    display_name: str
    cloud: str
    tenant_id: str
    ise: IseRelease
    admin_consent: AdminConsent
    certificates: tuple[ListedCertificate, ...]
    state: str


def listed(files: Iterable[Path]) -> tuple[list[Listed], list[Path]]:
    """Return what each file plainly says, and the files that do not: unreadable ones, or with something missing."""
    plain: list[Listed] = []
    unclear: list[Path] = []
    for path in files:
        environment = _read(path)
        if environment is None:
            unclear.append(path)
        else:
            plain.append(environment)
    return plain, unclear


def listed_of(declaration: Declaration) -> Listed:
    """Return what a list shows of a judged environment."""
    return Listed(
        name=declaration.name,
        file=declaration.file,
        display_name=stated(declaration.integration.application.display_name),
        cloud=declaration.cloud.name,
        tenant_id=declaration.integration.tenant_id,
        ise=declaration.terms.ise,
        admin_consent=declaration.terms.admin_consent,
        certificates=tuple(ListedCertificate(each.name, each.file, each.nodes) for each in declaration.certificates),
        state=declaration.state.backend,
    )


def tenant_in(values: Mapping[str, Any]) -> str | None:
    """Return the tenant's id in small letters, if a file's values name one."""
    tenant_id = str(values.get("tenant_id")).lower()
    return tenant_id if GUID.fullmatch(tenant_id) and tenant_id != NO_GUID else None


def cloud_in(values: Mapping[str, Any]) -> str | None:
    """Return the name of the cloud, if a file's values name a known one or, by saying nothing, the usual one."""
    cloud = values.get("cloud")
    return DEFAULT_CLOUD if cloud is None else cloud if cloud in list(CLOUDS) else None


def _read(path: Path) -> Listed | None:
    try:
        document = read_yaml(content_of(path), file=str(path))
    except DeclarationErrors:
        return None
    if document.mistakes or document.values.get("schema") != 1:
        return None
    try:
        return _said(document.values, path)
    except (AttributeError, KeyError, TypeError, ValueError):  # a part of another shape, or none
        return None


def _said(values: Mapping[str, Any], path: Path) -> Listed:
    """Return what the values say. Raises what comes of asking a value of another shape."""
    return Listed(
        name=path.stem,
        file=str(path),
        display_name=_text(values["application"]["display_name"]),
        cloud=_text(cloud_in(values)),
        tenant_id=_text(tenant_in(values)),
        ise=_release(values["ise"]),
        admin_consent=AdminConsent((values.get("permissions") or {}).get("admin_consent") or AdminConsent.MANUAL),
        certificates=tuple(_certificates(values["certificates"])),
        state=_backend(values["state"]["backend"]),
    )


def _release(ise: Mapping[str, Any]) -> IseRelease:
    release, patch = ise["release"], ise.get("patch") or 0
    if not RELEASE.fullmatch(release) or type(patch) is not int:
        raise ValueError(release)
    return IseRelease(release, patch)


def _backend(name: str) -> str:
    if name not in _BACKENDS:
        raise ValueError(name)
    return name


def _certificates(entries: Mapping[str, Any]) -> Iterator[ListedCertificate]:
    if not entries:
        raise ValueError(entries)
    for name, entry in entries.items():
        if isinstance(entry, str):
            yield ListedCertificate(name, _text(entry), (name,))
        else:
            yield ListedCertificate(
                name, _text(entry["file"]), tuple(sorted({_text(node) for node in list(entry["nodes"])}))
            )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError(value)
    return value
