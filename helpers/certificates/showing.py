"""A certificate as people and programs read it: aligned text, JSON, PEM, the value, the manifest's entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.certificates.remark import days_left
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.certificates.certificate import Certificate
    from helpers.certificates.remark import Remark

_LONGEST_TEXT = 200  # characters of a name; a subject may have a million


@dataclass(frozen=True)
class Shown:
    """One certificate that was read: where from, what it is, and what there is to say about it."""

    name: str
    certificate: Certificate
    remarks: tuple[Remark, ...]


def as_text(shown: Shown, now: datetime) -> str:
    """Return an aligned block, ending in a newline. Every line but the value's is short; times are UTC."""
    rows = _rows(shown.certificate, now)
    width = max(len(label) for label, _ in rows)
    lines = [one_line(shown.name)]
    lines += [f"  {label:<{width}}  {text}" for label, text in rows]
    lines += [f"  {remark.severity}: {remark.what}; {remark.remedy}" for remark in shown.remarks]
    return "\n".join(lines) + "\n"


def _rows(certificate: Certificate, now: datetime) -> list[tuple[str, str]]:
    left = days_left(certificate, now)
    signature = f"signed over {certificate.signature_hash.upper()}"
    by = "itself" if certificate.self_signed else _short(certificate.issuer)
    return [
        ("Common name", _short(certificate.common_name)),
        ("Subject", _short(certificate.subject)),
        ("Issued by", by),
        ("Serial number", _short(f"{certificate.serial_number:X}")),
        ("Valid", f"{certificate.start_date} to {certificate.end_date} ({_days(left)})"),
        ("Key", f"RSA, {certificate.key_bits} bits, {signature}"),
        ("SHA-1", f"{certificate.sha1_hex}  (Entra: Thumbprint; ISE: Fingerprint)"),
        ("SHA-1, base64", f"{certificate.sha1_base64}  (manifest: customKeyIdentifier)"),
        ("SHA-256", certificate.sha256_hex),
        ("Public key", f"{certificate.public_key_sha256}  (SHA-256)"),
        ("Key id", certificate.key_id),
        ("Value", certificate.value),
    ]


def _days(left: int) -> str:
    if left < 0:
        return "expired"
    return f"{left} day left" if left == 1 else f"{left} days left"


def _short(text: str) -> str:
    shown = one_line(text[: _LONGEST_TEXT + 1])
    return shown if len(shown) <= _LONGEST_TEXT else shown[: _LONGEST_TEXT - 3] + "..."


def as_object(shown: Shown, now: datetime) -> dict[str, Any]:
    """Return the certificate and its forms for JSON, named as in the stack's output `certificates`."""
    certificate = shown.certificate
    return {
        "file": shown.name,
        "common_name": certificate.common_name,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "self_signed": certificate.self_signed,
        "serial_number": f"{certificate.serial_number:X}",
        "not_before": certificate.start_date,
        "not_after": certificate.end_date,
        "days_left": days_left(certificate, now),
        "key_bits": certificate.key_bits,
        "signature_hash": certificate.signature_hash,
        "thumbprint_sha1": certificate.sha1_hex,
        "thumbprint_sha1_base64": certificate.sha1_base64,
        "sha256": certificate.sha256_hex,
        "public_key_sha256": certificate.public_key_sha256,
        "key_id": certificate.key_id,
        "value": certificate.value,
        "pem": certificate.pem,
    }


def found_in(shown: Shown) -> list[dict[str, str]]:
    """Return the remarks for JSON."""
    return [
        {
            "id": remark.id,
            "severity": remark.severity,
            "subject": shown.name,
            "what": remark.what,
            "remedy": remark.remedy,
        }
        for remark in shown.remarks
    ]


def unchecked_in(shown: Shown) -> list[dict[str, str]]:
    """Return for JSON what could not be verified about the certificate."""
    certificate = shown.certificate
    if not certificate.self_signed or certificate.self_signature is not None:
        return []
    what = f"its self-signature over {certificate.signature_hash}, which cannot be verified here"
    return [{"subject": shown.name, "what": what}]
