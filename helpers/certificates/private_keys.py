"""Finding private keys: in any form, anywhere in the bytes, also cut off, mislabelled or beside a certificate.

Nothing found here is ever kept or shown: callers learn the kind of key only.
"""

from __future__ import annotations

import base64
import re

from helpers.certificates.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Element, element_at

# Written as dotted identifiers: 1.2.840.113549.1.5 (PKCS #5, password-based encryption), 1.2.840.113549.1.12 (PKCS #12)
# and 1.2.840.113549.1.7 (PKCS #7). The first two stand in encrypted keys and never in a certificate.
_PKCS5 = bytes.fromhex("2a864886f70d0105")
_PKCS12 = bytes.fromhex("2a864886f70d010c")
# What follows: without it half an octet would be missing in base64, and RSA's own identifier would look the same.
_PKCS5_LAST = (b"\x01", b"\x03", b"\x04", b"\x06", b"\x0a", b"\x0b", b"\x0d")
_PKCS12_LAST = (b"\x01", b"\x0a")
_PKCS7 = bytes.fromhex("2a864886f70d0107")

_SMALLEST_NUMBER = 32  # octets of an RSA modulus or a DSA prime: below 256 bits it is some other pair of integers
_SMALLEST_SCALAR = 16  # octets of a key on the shortest curves
_PKCS12_VERSION = 3

_WHITE = b"\0 \t\r\n\v\f"
_ESCAPED_LINE_END = re.compile(rb"\\[nrt]")  # whose letter would pass for base64
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Everything else goes, however base64 is wrapped or quoted in JSON, source code or mail.
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64 + b"-_"))

# Kinds of key by words that stand beside or inside them, in small letters and without white space, in which capitals
# cost no time. All words of a line must be there; one pattern over both would need time that grows with the square of
# the input.
_MARKS = tuple(
    (tuple(re.compile(pattern) for pattern in patterns), kind)
    for patterns, kind in (
        ((rb"-(?:begin|end)encryptedprivatekey",), "an encrypted private key"),
        ((rb"-(?:begin|end)opensshprivatekey",), "a private key (OpenSSH)"),
        ((rb"openssh-key-v1",), "a private key (OpenSSH)"),
        ((rb"-(?:begin|end)[a-z0-9]{0,30}privatekey",), "a private key"),
        ((rb"proc-type:4,encrypted",), "an encrypted private key"),
        ((rb"dek-info:",), "an encrypted private key"),
        ((rb"putty-user-key-file",), "a private key (PuTTY)"),
        ((rb"privateexponent:",), "a private key (printed as text)"),
        ((rb"priv:[0-9a-f]{2}:[0-9a-f]{2}:",), "a private key (printed as text)"),
        ((rb"<rsakeyvalue>", rb"<d>"), "a private key (XML)"),
        ((rb"[\"']kty[\"']:", rb"[\"'](?:d|k)[\"']:"), "a private key (JWK)"),
    )
)
# PKCS #8 or #1 in hex digits: SEQUENCE, INTEGER 0, then SEQUENCE or a long INTEGER.
_HEX_KEY_START = re.compile(rb"3082[0-9a-f]{4}020100(?:30|0282)")

# Kinds of key by the bytes they start with.
_MAGICS = (
    (b"\x1e\xf1\xb5\xb0", "a private key (.pvk)"),
    (b"\xfe\xed\xfe\xed", "a Java keystore, which carries private keys,"),
    (b"\xce\xce\xce\xce", "a Java keystore, which carries private keys,"),
)
# Microsoft's PRIVATEKEYBLOB, inside a .pvk or alone: type 7, version 2, algorithm, magic.
_MICROSOFT_BLOB = re.compile(rb"\x07\x02\x00\x00\x00[\x24\xa4]\x00\x00(?:RSA2|DSS2)")

# The start of PKCS #1, #8, #12 and of SEC 1: SEQUENCE, INTEGER of one octet, which is the version.
_KEY_START = re.compile(
    rb"(?=\x30(?:[\x00-\x80]|\x81.|\x82..|\x83.{3}|\x84.{4})\x02\x01[\x00\x01\x03][\x02\x04\x30])", re.DOTALL
)
# The same in base64, which starts with an M: one alternative per length of the SEQUENCE's header.
_BASE64_KEY_START = re.compile(
    rb"(?=M(?:[A-H][AEIMQUYcgkosw048]CAQ|IACAQ|I[E-H].AgE|I[I-L]..[AQgw]IB|I[M-P]...[AEIMQUYcgkosw048]CAQ))"
)
# A certificate has none of these starts, a long chain one by chance; hostile input has tens of thousands.
_MOST_STARTS = 1000
_A_HEAP = "what looks like a heap of private keys"
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/]{16,}[A-Za-z0-9+/\s]*")
_BASE64_WINDOW = 512  # characters: room for a SEQUENCE, a version and the longest algorithm identifier


def _base64_spellings(word: bytes) -> tuple[bytes, ...]:
    """Return the three ways in which `word` can stand inside base64, without the characters its neighbours touch."""
    spellings = []
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + word)
        complete = (shift + len(word)) * 8 // 6
        spellings.append(encoded[(0, 2, 3)[shift] : complete])
    return tuple(spellings)


_BASE64_MARKS = tuple(
    (spelling, kind)
    for word, kind in (
        (b"PRIVATE KEY-----", "a private key"),
        (b"openssh-key-v1\0", "a private key (OpenSSH)"),
        *((_PKCS12 + last, "a PKCS #12 container or an encrypted private key") for last in _PKCS12_LAST),
        *((_PKCS5 + last, "an encrypted private key") for last in _PKCS5_LAST),
    )
    for spelling in _base64_spellings(word)
)


def private_key_in(content: bytes) -> str | None:
    """Return what kind of private key stands in `content`, such as `a private key (PKCS #8)`; None for none.

    Looks at the bytes as they are, and as text in any encoding that keeps ASCII apart from NULs (so UTF-16 too),
    with base64 and hex in it. Compressed content must be unpacked first.
    """
    squeezed = content.translate(None, _WHITE)
    return (
        _marked(squeezed)
        or _binary_key_in(content)
        or _base64_key_in(_ESCAPED_LINE_END.sub(b"", squeezed).translate(_URL_SAFE, _NOT_BASE64))
        or _encoded_key_in(_ESCAPED_LINE_END.sub(b"\n", content.translate(None, b"\0")))
    )


def _marked(squeezed: bytes) -> str | None:
    small = squeezed.lower()
    for patterns, kind in _MARKS:
        if all(pattern.search(small) for pattern in patterns):
            return kind
    if _HEX_KEY_START.search(small.replace(b":", b"")):
        return "a private key (in hex digits)"
    return None


def _binary_key_in(content: bytes) -> str | None:
    for magic, kind in _MAGICS:
        if content.startswith(magic):
            return kind
    if _MICROSOFT_BLOB.search(content):
        return "a private key (.pvk)"
    for count, candidate in enumerate(_KEY_START.finditer(content)):
        kind_there = _A_HEAP if count == _MOST_STARTS else _key_at(content, candidate.start())
        if kind_there:
            return kind_there
    if _PKCS12 in content:
        return "a PKCS #12 container or an encrypted private key"
    return "an encrypted private key" if _PKCS5 in content else None


def _base64_key_in(solid: bytes) -> str | None:
    for count, candidate in enumerate(_BASE64_KEY_START.finditer(solid)):
        kind = (
            _A_HEAP
            if count == _MOST_STARTS
            else _key_at(_decoded_prefix(solid[candidate.start() : candidate.start() + _BASE64_WINDOW]), 0)
        )
        if kind:
            return kind
    return next((kind for spelling, kind in _BASE64_MARKS if spelling in solid), None)


def _encoded_key_in(text: bytes) -> str | None:
    """Look into whole runs of base64, for the kinds that are told by words or magic numbers."""
    for run in _BASE64_RUN.finditer(text):
        content = _decoded_prefix(run[0].translate(None, _NOT_BASE64))
        kind = _marked(content.translate(None, _WHITE)) or _binary_key_in(content)
        if kind:
            return kind
    return None


def _decoded_prefix(window: bytes) -> bytes:
    return base64.b64decode(window[: len(window) // 4 * 4])


def _key_at(content: bytes, offset: int) -> str | None:
    """Return the kind of key whose SEQUENCE stands at `offset`, judged by its first elements."""
    outer = element_at(content, offset)
    version = element_at(content, outer.start) if outer else None
    if outer is None or version is None or version.tag != INTEGER or version.end != version.start + 1:
        return None
    second = element_at(content, version.end)
    if second is None or second.end > outer.end or version.end > len(content):
        return None
    number = content[version.start]
    if second.tag == SEQUENCE:
        return _container_at(content, second, number)
    if second.tag == INTEGER and number in (0, 1) and second.end - second.start >= _SMALLEST_NUMBER:
        return "a private key (PKCS #1)"
    if second.tag == OCTET_STRING and number == 1 and second.end - second.start >= _SMALLEST_SCALAR:
        return "a private key (EC)"
    return None


def _container_at(content: bytes, second: Element, version: int) -> str | None:
    first = element_at(content, second.start)
    if first is None or first.tag != OBJECT_IDENTIFIER:
        return None
    if version == _PKCS12_VERSION:
        return "a PKCS #12 container" if content.startswith(_PKCS7, first.start) else None
    # In a certificate of version 1, whose serial number is 0 or 1, the issuer follows instead: a SEQUENCE.
    after = element_at(content, second.end)
    return "a private key (PKCS #8)" if after is not None and after.tag == OCTET_STRING else None
