"""A node's key from a file, and the certificate it belongs to."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cli.asking import asked_for
from helpers.certificates import read_certificate_file
from helpers.errors import InputError
from helpers.verifying.node_keys import LARGEST_KEY_FILE, PASSWORD_VARIABLE, KeyLocked, fitting, read_key

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from cli.verify.target import Target
    from helpers.certificates import Certificate


def read_node_key(path: Path) -> RSAPrivateKey:
    """Return the key in a file, asking for its password where there is somebody to ask. Raises `InputError`."""
    content = _content(path)
    password = os.environ.get(PASSWORD_VARIABLE, "")
    try:
        return read_key(content, name=str(path), password=password)
    except KeyLocked:
        password = asked_for(f"Password of {path}", hidden=True)
        if not password:
            raise
    return read_key(content, name=str(path), password=password)


def certificate_of(
    key: RSAPrivateKey, target: Target, *, file: Path, certificate: Path | None
) -> tuple[str, Certificate]:
    """Return the entry and the certificate that the key is of. Raises `InputError` for a key that fits none."""
    if certificate is not None:
        return _given(key, target, file=file, certificate=certificate)
    if target.declaration is None:
        remedy = "give its certificate too, with --certificate, or run where the environment file is"
        raise InputError(str(file), "nobody here knows which certificate it is of", remedy)
    declared = {entry.name: entry.certificate for entry in target.declaration.certificates}
    entries = fitting(key, declared)
    if not entries:
        cause = f"fits no certificate that is declared ({', '.join(declared)})"
        raise InputError(str(file), cause, "give that node's key, or add its certificate and deploy")
    # Of several over one key that which is deployed signs in; else the first, whose refusal is the answer.
    deployed = [entry for entry in entries if entry in target.outputs.certificates]
    entry = (deployed or [*entries])[0]
    return entry, declared[entry]


def _given(key: RSAPrivateKey, target: Target, *, file: Path, certificate: Path) -> tuple[str, Certificate]:
    given = read_certificate_file(certificate)
    if not fitting(key, {"": given}):
        raise InputError(str(file), f"is not the key of {certificate}", _fits_instead(key, target))
    known = {each.sha256: entry for entry, each in target.outputs.certificates.items()}
    if target.declaration:
        known |= {each.certificate.sha256_hex: each.name for each in target.declaration.certificates}
    if given.sha256_hex not in known:
        cause = f"is none of the certificates that are deployed or declared ({', '.join(sorted(set(known.values())))})"
        raise InputError(str(certificate), cause, "add it and deploy, or give the one that the node presents")
    return known[given.sha256_hex], given


def _fits_instead(key: RSAPrivateKey, target: Target) -> str:
    declared = {each.name: each.certificate for each in target.declaration.certificates} if target.declaration else {}
    entries = fitting(key, declared)
    return f"it fits {', '.join(entries)}: leave --certificate out" if entries else "give the certificate of this key"


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(LARGEST_KEY_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no valid name"
        raise InputError(str(path), f"cannot be read ({reason})", "check the path, and who may read it") from None
