"""The stack's outputs, read back: from `cdktf deploy --outputs-file`, or from `terraform output -json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from helpers.declaration.declaration import CertificateEntry

_TEXTS = (
    "client_id",
    "tenant_id",
    "token_url",
    "auto_discovery_url",
    "token_audience",
    "application_object_id",
    "admin_consent_url",
)
_REMEDY = "deploy with this version: `cdktf deploy NAME --outputs-file FILE`"


@dataclass(frozen=True)
class DeployedCertificate:
    """A certificate as the outputs name it. Fingerprints in upper-case hex, dates as YYYY-MM-DDTHH:MM:SSZ."""

    nodes: tuple[str, ...]
    common_name: str
    thumbprint_sha1: str
    sha256: str
    not_before: str
    not_after: str
    key_id: str


def certificate_output(entry: CertificateEntry) -> dict[str, Any]:
    """Return what the output `certificates` holds of an entry: the JSON that `DeployedCertificate` is read from."""
    certificate = entry.certificate
    return {
        "nodes": list(entry.nodes),
        "common_name": certificate.common_name,
        "thumbprint_sha1": certificate.sha1_hex,
        "sha256": certificate.sha256_hex,
        "not_before": certificate.start_date,
        "not_after": certificate.end_date,
        "key_id": entry.key_id,
    }


@dataclass(frozen=True)
class StackOutputs:
    """What a deploy handed over. `ise_settings` are ISE's field labels with their values."""

    client_id: str
    tenant_id: str
    token_url: str
    auto_discovery_url: str
    token_audience: str
    application_object_id: str
    admin_consent_url: str
    certificates: Mapping[str, DeployedCertificate]
    ise_settings: Mapping[str, str]
    applied: Mapping[str, Any]


def read_outputs(text: str, *, stack: str, name: str) -> StackOutputs:
    """Read outputs from JSON of either form; `name` says in messages where the text came from.

    Raises `InputError` if it is no such JSON, lacks the stack, or lacks an output.
    """
    return OutputsFile.of(text, name=name).stack(stack)


def read_outputs_file(path: Path, *, stack: str) -> StackOutputs:
    """Read the outputs of `stack` from a file, or from `<stack>.json` in a folder. Raises `InputError`."""
    return read_file(path / f"{stack}.json" if path.is_dir() else path).stack(stack)


def read_file(file: Path) -> OutputsFile:
    """Read a file of outputs, of one stack or of many. Raises `InputError`."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(str(file), f"cannot be read ({reason})", _REMEDY) from None
    return OutputsFile.of(text, name=str(file))


@dataclass(frozen=True)
class OutputsFile:
    """A file of outputs, parsed; `name` says in messages where it came from."""

    name: str
    document: Mapping[str, Any]

    @classmethod
    def of(cls, text: str, *, name: str) -> Self:
        """Parse JSON of either form. Raises `InputError`."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError(name, "is not JSON", _REMEDY) from None
        if not isinstance(document, dict):
            raise InputError(name, "holds no outputs", _REMEDY)
        return cls(name, document)

    def stack(self, name: str) -> StackOutputs:
        """Return the outputs of one stack. Raises `InputError` if it is not there, or lacks an output."""
        return _from_values(_values(self.document, name, self.name), self.name)


def _values(document: Mapping[str, Any], stack: str, name: str) -> dict[str, Any]:
    """Return the outputs by name: cdktf files them under the stack, Terraform wraps each in `{"value": …}`."""
    if all(isinstance(entry, dict) and "value" in entry and "type" in entry for entry in document.values()):
        return {key: entry["value"] for key, entry in document.items()}
    values = document.get(stack)
    if isinstance(values, dict):
        return values
    stacks = ", ".join(sorted(document)) or "none"
    raise InputError(
        name, f"holds no outputs of {stack!r} (it has: {stacks})", "name a stack it has, or deploy this one"
    )


def _from_values(values: Mapping[str, Any], name: str) -> StackOutputs:
    if not values:
        raise InputError(name, "holds no outputs yet", "deploy first: `cdktf deploy NAME`")
    missing = [key for key in StackOutputs.__dataclass_fields__ if key not in values]
    if missing:
        raise InputError(name, f"lacks the output {missing[0]!r}", _REMEDY)
    try:
        return StackOutputs(
            **{key: _text(values[key]) for key in _TEXTS},
            certificates={entry: _certificate(fields) for entry, fields in _mapping(values["certificates"]).items()},
            ise_settings={label: _text(value) for label, value in _mapping(values["ise_settings"]).items()},
            applied=_mapping(values["applied"]),
        )
    except (TypeError, KeyError):
        raise InputError(name, "holds outputs of another form", _REMEDY) from None


def _certificate(fields: object) -> DeployedCertificate:
    given = _mapping(fields)
    texts = {key: _text(given[key]) for key in DeployedCertificate.__dataclass_fields__ if key != "nodes"}
    return DeployedCertificate(nodes=tuple(_text(node) for node in given["nodes"]), **texts)


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
