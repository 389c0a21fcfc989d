"""From any bytes that people call a certificate to one `Certificate`, or to one sentence that says why not.

What the bytes are is told by the bytes, never by a file's name. The order is always the same: look for private keys,
unpack one layer (archive, JSON, PEM, base64), look again, and judge what is left as a certificate.
"""

from __future__ import annotations

import base64
import binascii
import re
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from helpers.certificates.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, element_at, first_children
from helpers.certificates.judging import recognized, usable
from helpers.certificates.private_keys import private_key_in
from helpers.certificates.texts import decoded_text, is_binary, pem_blocks, smells_of_base64
from helpers.errors import InputError, PrivateKeyFound
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from helpers.certificates.certificate import Certificate

LARGEST_INPUT = 256 * 1024  # bytes, packed and unpacked alike; a certificate has about two thousand

EXPORT_AGAIN = 'export the node\'s certificate again in ISE with "Export Certificate Only"'
_DEEPEST = 3  # layers in one another: JSON around base64 around PEM is the most that is known to occur
_NAMED_AT_MOST = 3

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHER_ARCHIVES = (
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"MSCF", "cabinet"),
)
# A name proves nothing, but an export with such a file beside the certificate was made with the private key.
_PRIVATE_ENDINGS = (".pvk", ".key", ".pfx", ".p12")
_TAR, _TAR_AT = b"ustar", 257
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2, what a .p7b file is (RFC 5652)

# PEM labels (RFC 7468, sections 5 to 13, and OpenSSL's own): what each stands for.
_CERTIFICATE_LABELS = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_TRUSTED_LABEL = "TRUSTED CERTIFICATE"
_PKCS7_LABELS = {"PKCS7", "CMS", "PKCS #7 SIGNED DATA"}
_OTHER_LABELS = {
    "CERTIFICATE REQUEST": "a certificate signing request (CSR)",
    "NEW CERTIFICATE REQUEST": "a certificate signing request (CSR)",
    "X509 CRL": "a certificate revocation list (CRL)",
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
}


# DER → the file it was found in. The same certificate twice is one.
_Found: TypeAlias = dict[bytes, str]


class _NothingLikeIt(InputError):
    """Nothing in these bytes looks like a certificate. Beside one, in an archive, it does no harm."""


def read_certificate(content: bytes, *, name: str) -> Certificate:
    """Return the one certificate in `content`; `name` says in messages where the bytes came from.

    Accepts PEM, DER, base64, ZIP, PKCS #7 and the manifest's JSON, as `docs/certificates.md` lists them. The
    certificate may be expired or weakly signed (see `remarks`), but Entra can take its key.

    Raises `PrivateKeyFound`, or `InputError` in one line, with its own reason and remedy.
    """
    name = one_line(name)
    if len(content) > LARGEST_INPUT:
        cause = f"is larger than {LARGEST_INPUT // 1024} KiB, a hundred times what a certificate needs"
        raise InputError(name, cause, EXPORT_AGAIN)
    return _the_only(_found_in(content, name=name, depth=0), name=name)


def read_certificates(content: bytes, *, name: str, largest: int = LARGEST_INPUT) -> tuple[Certificate, ...]:
    """Return every certificate in `content`, each once, whatever its key: a bundle of roots, say.

    `content` is of the forms that `read_certificate` takes, at most `largest` bytes of it; it raises the same.
    """
    name = one_line(name)
    if len(content) > largest:
        raise InputError(name, f"is larger than {largest // 1024} KiB", "give its certificates in several files")
    found = _found_in(content, name=name, depth=0)
    return tuple(recognized(der, name=subject) for der, subject in found.items())


def _the_only(found: _Found, *, name: str) -> Certificate:
    if len(found) == 1:
        ((der, subject),) = found.items()
        return usable(recognized(der, name=subject), name=subject)
    names = ", ".join(_called(der, name=name) for der in islice(found, _NAMED_AT_MOST))
    more = ", ..." if len(found) > _NAMED_AT_MOST else ""
    cause = f"holds {len(found)} different certificates ({names}{more})"
    raise InputError(name, cause, "keep only the node's own; Entra does not look at the chain above it")


def _called(der: bytes, *, name: str) -> str:
    try:
        return f"'{one_line(recognized(der, name=name).common_name[:64])}'"
    except InputError:
        return "one that is broken"


def _found_in(content: bytes, *, name: str, depth: int) -> _Found:
    """Return everything in `content` that claims to be a certificate, at least one."""
    if not content.strip():
        raise _NothingLikeIt(name, "is empty", EXPORT_AGAIN)
    _refuse_private_key(content, name=name)
    if content.startswith(_ZIP):
        if depth:
            raise InputError(name, "is an archive inside another", "unpack it and give the certificate alone")
        return _in_zip(content, name=name)
    _refuse_other_archives(content, name=name)
    if _is_der(content):
        return _in_der(content, name=name)
    return _in_text(decoded_text(content), name=name, depth=depth)


def _refuse_private_key(content: bytes, *, name: str) -> None:
    kind = private_key_in(content)
    if kind:
        raise PrivateKeyFound(name, f"holds {kind}, which must stay on the ISE node", EXPORT_AGAIN)


def _refuse_other_archives(content: bytes, *, name: str) -> None:
    for magic, kind in _OTHER_ARCHIVES:
        if content.startswith(magic):
            raise InputError(name, f"is a {kind} archive", "unpack it and give the certificate alone")
    if content.startswith(_TAR, _TAR_AT):
        raise InputError(name, "is a tar archive", "unpack it and give the certificate alone")


def _in_zip(archive: bytes, *, name: str) -> _Found:
    from helpers.certificates.archives import members  # half the time of a start is spent importing zipfile

    found: _Found = {}
    refusals: list[InputError] = []
    for member, content, litter in members(archive, name=name, budget=LARGEST_INPUT):
        subject = f"{name}, file {member}"
        _refuse_private_key(content, name=subject)
        if member.lower().endswith(_PRIVATE_ENDINGS):
            raise PrivateKeyFound(subject, "is a private key by its name", EXPORT_AGAIN)
        if litter:
            continue
        try:
            found |= _found_in(content, name=subject, depth=1)
        except _NothingLikeIt as refusal:
            refusals.append(refusal)
    if found:
        return found
    if len(refusals) == 1:
        raise refusals[0]
    raise InputError(name, f"is a ZIP archive of {len(refusals)} files, none a certificate", EXPORT_AGAIN)


def _is_der(content: bytes) -> bool:
    """Tell DER from text that starts with a zero, which is the same octet."""
    outer = element_at(content, 0)
    return outer is not None and outer.tag == SEQUENCE and (content[1] >= 0x80 or outer.end == len(content))  # noqa: PLR2004 — X.690, section 8.1.3.5: a long length


def _in_der(content: bytes, *, name: str) -> _Found:
    outer = element_at(content, 0)
    if outer is None or outer.end > len(content):
        raise InputError(name, "is cut off: it says that it is longer than it is", EXPORT_AGAIN)
    if outer.end < len(content):
        trailing = len(content) - outer.end
        cause = f"has {trailing} trailing byte{'' if trailing == 1 else 's'} after its end"
        raise InputError(name, cause, "give the certificate's bytes alone, or " + EXPORT_AGAIN)
    children = first_children(content, outer, 3)
    if children and children[0].tag == OBJECT_IDENTIFIER and content.startswith(_SIGNED_DATA, children[0].start):
        return _in_pkcs7(content, name=name)
    if [child.tag for child in children] in ([SEQUENCE, BIT_STRING], [INTEGER, INTEGER]):
        raise InputError(name, "is a public key, not a certificate", EXPORT_AGAIN)
    return {content: name}


def _in_pkcs7(content: bytes, *, name: str) -> _Found:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    from helpers.certificates.certificate import quiet_library

    try:
        with quiet_library():
            found = {item.public_bytes(Encoding.DER): name for item in pkcs7.load_der_pkcs7_certificates(content)}
    except Exception as error:  # it raises what its parsers raise
        raise InputError(name, "is a PKCS #7 file that cannot be read", EXPORT_AGAIN) from error
    if not found:
        raise InputError(name, "is a PKCS #7 file without a certificate", EXPORT_AGAIN)
    return found


def _in_text(text: str, *, name: str, depth: int) -> _Found:
    if _is_html(text):
        raise InputError(name, "is a web page (HTML), not a certificate", EXPORT_AGAIN)
    if is_binary(text):
        raise _NothingLikeIt(name, "is neither a certificate nor a ZIP archive", EXPORT_AGAIN)
    if text.lstrip().startswith(("{", "[", '"')) and depth < _DEEPEST:
        from helpers.certificates.manifests import keys_in

        found: _Found = {}
        for key in keys_in(text, name=name, scan=_refuse_private_key):
            found |= _found_in(key.encode("utf-8", "replace"), name=name, depth=depth + 1)
        if found:
            return found
    if "-----BEGIN" in text:
        return _in_pem(text, name=name)
    return _in_base64(text, name=name, depth=depth)


def _is_html(text: str) -> bool:
    start = text[:1024].lstrip().lower()
    return start.startswith("<") and ("<html" in start or "<!doctype html" in start)


def _in_pem(text: str, *, name: str) -> _Found:
    found: _Found = {}
    for label, body in pem_blocks(text, name=name):
        if label in _OTHER_LABELS:
            raise InputError(name, f"holds {_OTHER_LABELS[label]}, not only a certificate", EXPORT_AGAIN)
        if label not in _CERTIFICATE_LABELS | _PKCS7_LABELS:
            raise InputError(name, f"holds {one_line(label[:40])!r}, not only a certificate", EXPORT_AGAIN)
        content = _from_base64(body, name=name)
        _refuse_private_key(content, name=name)
        found |= _in_der(_without_trust(content) if label == _TRUSTED_LABEL else content, name=name)
    return found


def _without_trust(content: bytes) -> bytes:
    """Return the certificate of OpenSSL's TRUSTED CERTIFICATE, which what it is trusted for follows."""
    certificate = element_at(content, 0)
    trust = element_at(content, certificate.end) if certificate else None
    if certificate and trust and trust.tag == SEQUENCE and trust.end == len(content):
        return content[: certificate.end]
    return content


def _in_base64(text: str, *, name: str, depth: int) -> _Found:
    solid = "".join(text.split())
    if not smells_of_base64(solid) or depth >= _DEEPEST:
        raise _NothingLikeIt(name, "is text without a certificate", EXPORT_AGAIN)
    content = _from_base64(solid, name=name)
    if not _is_der(content) and b"-----BEGIN" not in content:
        raise _NothingLikeIt(name, "is text without a certificate", EXPORT_AGAIN)
    return _found_in(content, name=name, depth=depth + 1)


def _from_base64(body: str, *, name: str) -> bytes:
    solid = "".join(body.split())
    remedy = "copy it again in full, or " + EXPORT_AGAIN
    try:
        content = base64.b64decode(solid.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        wrong = re.search(r"[^A-Za-z0-9+/=]", solid)
        where = f"at character {wrong.start() + 1}" if wrong else "it is cut off or its padding is wrong"
        raise InputError(name, f"has broken base64 ({where})", remedy) from None
    if not content:
        raise InputError(name, "has a PEM block with nothing in it", remedy)
    # Python ignores the bits that the last character has to spare; whoever changed one may have changed others.
    if base64.b64encode(content).decode("ascii") != solid:
        raise InputError(name, "has broken base64 (its end has been changed)", remedy)
    return content
