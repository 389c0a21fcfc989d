"""The parts of a file that can be judged further, even when other parts are not of the right shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError

from helpers.declaration.file_schema import (
    CertificateBlock,
    EndpointsBlock,
    EnvironmentFile,
    IseBlock,
    RevokedBlock,
)
from helpers.declaration.state_settings import STATES, StateSettings
from helpers.model import PermissionType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helpers.declaration.blocks import Block

B = TypeVar("B", bound="Block")


@dataclass(frozen=True)
class AskedPermission:
    """An extra permission as far as it is written down; None for what is missing or of no use."""

    api: str | None
    permission: str | None
    type: PermissionType | None
    reason: str | None


@dataclass(frozen=True)
class SoundParts:
    """What is left to judge. Extra permissions by their position in the file; None where a part has no shape."""

    cloud: str | None
    endpoints: Mapping[str, str]
    ise: IseBlock | None
    profile: str | None
    admin_consent: str | None
    extra: Mapping[int, AskedPermission]
    certificates: Mapping[str, CertificateBlock]
    revoked: Sequence[RevokedBlock]
    state: StateSettings | None


def parts_of(file: EnvironmentFile) -> SoundParts:
    """Return all parts of a sound file."""
    return SoundParts(
        cloud=file.cloud,
        endpoints=file.endpoints.model_dump(include=file.endpoints.model_fields_set),
        ise=file.ise,
        profile=file.permissions.profile,
        admin_consent=file.permissions.admin_consent,
        extra={index: _asked(block.model_dump()) for index, block in enumerate(file.permissions.extra)},
        certificates=file.certificates,
        revoked=file.revoked,
        state=file.state,
    )


def sound_parts(values: Mapping[str, Any]) -> SoundParts:
    """Return what can be used of a file that cannot be used as a whole. Defaults hold where a key is not given."""
    permissions = _mapping(values.get("permissions"))
    certificates = ((name, _certificate(name, item)) for name, item in _mapping(values.get("certificates")).items())
    revoked = (_block(RevokedBlock, item) for item in _list(values.get("revoked")))
    return SoundParts(
        cloud=values.get("cloud") or "global",
        endpoints={
            key: value
            for key, value in _mapping(values.get("endpoints")).items()
            if isinstance(value, str) and _block(EndpointsBlock, {key: value})
        },
        ise=_block(IseBlock, values.get("ise")),
        profile=permissions.get("profile") or "minimal",
        admin_consent=permissions.get("admin_consent"),
        extra={index: _asked(_mapping(item)) for index, item in enumerate(_list(permissions.get("extra")))},
        certificates={name: block for name, block in certificates if block},
        revoked=[block for block in revoked if block],
        state=_state(_mapping(values.get("state"))),
    )


def _state(values: Mapping[str, Any]) -> StateSettings | None:
    model = STATES.get(str(values.get("backend")))
    return cast("StateSettings | None", _block(model, values)) if model else None


def _certificate(name: str, value: Any) -> CertificateBlock | None:  # noqa: ANN401 — whatever the file holds
    """Return the entry `name`. Where only its file can be used, that is judged all the same."""
    long_form = {"file": value, "nodes": [name]} if isinstance(value, str) else value
    file = _mapping(long_form).get("file")
    usable = _block(CertificateBlock, {"file": file, "nodes": ["any"]})
    return _block(CertificateBlock, long_form) or (usable and usable.model_copy(update={"nodes": ["…"]}))


def _asked(values: Mapping[str, Any]) -> AskedPermission:
    api, permission, type_, reason = (values.get(key) for key in ("api", "permission", "type", "reason"))
    return AskedPermission(
        api=_text(api),
        permission=_text(permission),
        type=PermissionType(type_) if type_ in list(PermissionType) else None,
        reason=_text(reason),
    )


def _text(value: Any) -> str | None:  # noqa: ANN401 — whatever the file holds
    return value if isinstance(value, str) and value.strip() else None


def _block(model: type[B], value: Any) -> B | None:  # noqa: ANN401 — whatever the file holds
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 — whatever the file holds
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:  # noqa: ANN401 — whatever the file holds
    return value if isinstance(value, list) else []
