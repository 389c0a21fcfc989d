"""Everything else is refused in one line, each with its own reason."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import tarfile
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from helpers.certificates import LARGEST_INPUT, read_certificate
from helpers.errors import InputError, PrivateKeyFound
from tests.making_certificates import (
    PUBLIC_KEY,
    RSASSA_PSS,
    VALIDITY,
    altered,
    ec_key,
    make_certificate,
    make_pkcs7,
    make_public_key,
    make_request,
    make_revocation_list,
    private_keys,
    public_key_of,
    rsa_key,
    tlv,
    to_manifest_entry,
    to_pem,
    to_zip,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DER = make_certificate()
PEM = to_pem(DER)
OTHER = make_certificate("psn-02.example.net")
ONE_LINE = base64.b64encode(DER)
MODULUS = rsa_key().public_key().public_numbers().n


def with_key(modulus: int, exponent: int = 65537) -> bytes:
    return altered(DER, {PUBLIC_KEY: public_key_of(modulus, exponent)})


def pss_bound() -> bytes:
    return altered(DER, {PUBLIC_KEY: public_key_of(MODULUS, algorithm=RSASSA_PSS)})


def ending_before_it_begins() -> bytes:
    return altered(DER, {VALIDITY: tlv(0x30, tlv(0x17, b"300101000000Z"), tlv(0x17, b"290101000000Z"))})


def encrypted_zip() -> bytes:
    packed = bytearray(to_zip({"psn.pem": PEM}))
    packed[6] |= 1  # general purpose flags of the local header …
    packed[packed.index(b"PK\x01\x02") + 8] |= 1  # … and of the directory
    return bytes(packed)


def zip_with_another_method() -> bytes:
    return to_zip({"psn.pem": PEM * 20}, method=zipfile.ZIP_BZIP2)


def zip_hiding_a_file() -> bytes:
    """Carry a second file that the directory does not list."""
    hidden = to_zip({"psn.key": b"x"})
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    whole = to_zip({"psn.pem": PEM})
    directory = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    offset = (directory + len(hidden)).to_bytes(4, "little")
    return whole[:directory] + hidden + whole[directory : end + 16] + offset + whole[end + 20 :]


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("psn.pem"))
    return buffer.getvalue()


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "is empty"),
    "white space": (lambda: b" \r\n", "is empty"),
    "two certificates": (
        lambda: PEM + to_pem(OTHER),
        "holds 2 different certificates ('psn-01.example.net', 'psn-02.example.net')",
    ),
    "a chain in a ZIP": (lambda: to_zip({"a.pem": PEM, "b.pem": to_pem(OTHER)}), "holds 2 different certificates"),
    "a chain in PKCS #7": (lambda: make_pkcs7(DER, OTHER), "holds 2 different certificates"),
    "two manifest entries": (
        lambda: json.dumps([to_manifest_entry(DER), to_manifest_entry(OTHER)]).encode(),
        "holds 2 different certificates",
    ),
    "a CSR": (make_request, "is a certificate signing request (CSR), not a certificate"),
    "a CSR in PEM": (
        lambda: to_pem(make_request(), "CERTIFICATE REQUEST"),
        "holds a certificate signing request (CSR), not only a certificate",
    ),
    "a CSR labelled as certificate": (lambda: to_pem(make_request()), "is a certificate signing request (CSR)"),
    "a CSR in base64": (lambda: base64.b64encode(make_request()), "is a certificate signing request (CSR)"),
    "a CRL": (make_revocation_list, "is a certificate revocation list (CRL), not a certificate"),
    "a CRL in PEM": (lambda: to_pem(make_revocation_list(), "X509 CRL"), "holds a certificate revocation list (CRL)"),
    "a public key": (make_public_key, "is a public key, not a certificate"),
    "a public key in PEM": (lambda: make_public_key(encoding=Encoding.PEM), "holds a public key"),
    "a public key (PKCS #1)": (lambda: make_public_key(form=PublicFormat.PKCS1), "is a public key, not a certificate"),
    "parameters": (lambda: to_pem(b"\x06\x01\x2a", "EC PARAMETERS"), "holds 'EC PARAMETERS', not only a certificate"),
    "HTML": (lambda: b"<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page (HTML), not a certificate"),
    "prose": (lambda: b"Please find the certificate attached. Regards", "is text without a certificate"),
    "words that are base64": (lambda: b"hello world", "is text without a certificate"),
    "an image": (lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is neither a certificate nor a ZIP archive"),
    "an encrypted ZIP": (encrypted_zip, "is an encrypted ZIP archive"),
    "half a ZIP": (lambda: to_zip({"psn.pem": PEM})[:-30], "is a broken ZIP archive"),
    "a ZIP with flipped bits": (
        lambda: to_zip({"psn.pem": PEM}, method=0).replace(b"MII", b"MIJ", 1),
        "is a broken ZIP archive",
    ),
    "an empty ZIP": (lambda: to_zip({}), "is a ZIP archive of 0 files, none a certificate"),
    "a ZIP without certificate": (
        lambda: to_zip({"a.txt": b"one", "b.txt": b"two"}),
        "is a ZIP archive of 2 files, none a certificate",
    ),
    "a ZIP with one other file": (lambda: to_zip({"a.csr": make_request()}), "is a certificate signing request (CSR)"),
    "a ZIP in a ZIP": (lambda: to_zip({"inner.zip": to_zip({"psn.pem": PEM})}), "is an archive inside another"),
    "a ZIP stored in a ZIP": (
        lambda: to_zip({"inner.zip": to_zip({"psn.pem": PEM})}, method=0),
        "is a ZIP archive that holds another",
    ),
    "a ZIP that hides a file": (zip_hiding_a_file, "or files its directory does not list"),
    "a ZIP bomb": (lambda: to_zip({"psn.pem": bytes(50_000_000)}), "unpacks to more than 256 KiB"),
    "a ZIP bomb of many files": (
        lambda: to_zip({f"{number}.pem": bytes(LARGEST_INPUT // 50) for number in range(60)}),
        "unpacks to more than 256 KiB",
    ),
    "a ZIP of too many files": (
        lambda: to_zip({str(number): b"" for number in range(101)}),
        "holds 101 files, more than the 100 that are looked at",
    ),
    "a ZIP packed otherwise": (zip_with_another_method, "packs a file with method 12"),
    "gzip": (lambda: gzip.compress(PEM), "is a gzip archive"),
    "tar": (tar, "is a tar archive"),
    "trailing bytes": (lambda: DER + b"\n", "has 1 trailing byte after its end"),
    "trailing bytes in PEM": (lambda: to_pem(DER + b"\0\0"), "has 2 trailing bytes after its end"),
    "half a certificate": (lambda: DER[:-1], "is cut off: it says that it is longer than it is"),
    "PEM without end": (lambda: PEM[:-30], "is cut off: a PEM block has no end"),
    "PEM without beginning": (lambda: PEM[10:] + PEM, "has the end of a PEM block without its beginning"),
    "PEM inside PEM": (lambda: PEM[:100] + PEM, "has a PEM block that begins inside another"),
    "PEM under two labels": (lambda: PEM.replace(b"END CERT", b"END X509 CERT"), "ends under another label"),
    "empty PEM": (lambda: to_pem(b""), "has a PEM block with nothing in it"),
    "PEM around something else": (lambda: to_pem(b"a certificate"), "is cut off"),
    "broken base64 in PEM": (lambda: PEM.replace(b"MII", b"M*I"), "has broken base64 (at character 2)"),
    "broken base64": (lambda: ONE_LINE[:90] + b"?" + ONE_LINE[91:], "has broken base64 (at character 91)"),
    "base64 cut off": (lambda: ONE_LINE[:-1], "has broken base64 (it is cut off or its padding is wrong)"),
    "base64 short of whole groups": (lambda: ONE_LINE[:-8], "is cut off: it says that it is longer than it is"),
    "an elliptic curve": (lambda: make_certificate(key=ec_key()), "is a certificate for an elliptic curve key"),
    "an Edwards curve": (
        lambda: make_certificate(key=ed25519.Ed25519PrivateKey.generate()),
        "is a certificate for an Ed25519 key",
    ),
    "RSA of 1024 bits": (
        lambda: make_certificate(key=rsa_key("small", 1024)),
        "is a certificate for an RSA key of 1024 bits",
    ),
    "RSA bound to PSS": (pss_bound, "is a certificate for an RSA key bound to PSS signatures"),
    "RSA too large": (lambda: with_key((1 << 16999) + 7), "is a certificate for an RSA key of 17000 bits"),
    "an even modulus": (lambda: with_key(MODULUS + 1), "is a certificate whose RSA key is broken"),
    "a modulus with a small divisor": (lambda: with_key(3 * (MODULUS // 6 * 2 + 1)), "whose RSA key is broken"),
    "an exponent of one": (lambda: with_key(MODULUS, 1), "is a certificate whose RSA key is broken"),
    "an even exponent": (lambda: with_key(MODULUS, 65536), "is a certificate whose RSA key is broken"),
    "no validity": (ending_before_it_begins, "is a certificate that ends before it begins"),
    "a damaged certificate": (lambda: DER[:4] + b"\x31" + DER[5:], "is no certificate, or one that is broken"),
    "an entry without key": (
        lambda: json.dumps({"type": "AsymmetricX509Cert", "key": None}).encode(),
        "is a manifest entry without the certificate's bytes",
    ),
    "other JSON": (lambda: b'{"a": [1, null]}', "is JSON without a certificate"),
    "JSON too deep": (lambda: b"[" * 100_000, "is text without a certificate"),
    "PKCS #7 that is broken": (lambda: make_pkcs7(DER).replace(b"\xa0\x82", b"\xa1\x82"), "is a PKCS #7 file that"),
    "too many bytes": (lambda: PEM + b"\n" * LARGEST_INPUT, "is larger than 256 KiB"),
}


def refusal_of(content: bytes) -> InputError:
    with pytest.raises(InputError, match=r"^export\.zip[:,] ") as caught:
        read_certificate(content, name="export.zip")
    return caught.value


@pytest.mark.parametrize("kind", REFUSED)
def test_everything_else_is_refused_in_one_line_with_its_own_reason_and_a_remedy(kind: str) -> None:
    make, reason = REFUSED[kind]
    refusal = refusal_of(make())
    assert reason in refusal.cause
    assert refusal.remedy
    assert "\n" not in str(refusal)
    assert not isinstance(refusal, PrivateKeyFound)


def test_no_two_reasons_for_single_files_are_worded_alike() -> None:
    single = [
        "a CSR",
        "a CRL",
        "a public key",
        "HTML",
        "an encrypted ZIP",
        "half a ZIP",
        "a ZIP bomb",
        "trailing bytes",
        "broken base64",
        "an elliptic curve",
        "RSA of 1024 bits",
        "RSA bound to PSS",
        "an even modulus",
        "two certificates",
    ]
    assert len({refusal_of(REFUSED[kind][0]()).cause for kind in single}) == len(single)


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "alone": lambda key: key,
    "in base64": base64.b64encode,
    "in wrapped base64": base64.encodebytes,
    "in a ZIP beside the certificate": lambda key: to_zip({"psn.pem": PEM, "psn": key}),
    "in a ZIP among litter": lambda key: to_zip({"psn.pem": PEM, "__MACOSX/._psn": key}),
    "before the certificate": lambda key: key + b"\n" + PEM,
    "in base64 after the certificate": lambda key: PEM + base64.b64encode(key),
    "in wrapped base64 after the certificate": lambda key: PEM + base64.encodebytes(key),
    "in url-safe base64 in a comment": lambda key: b"# key: " + base64.urlsafe_b64encode(key) + b"\n" + PEM,
    "labelled as a certificate": to_pem,
    "labelled as a certificate, in UTF-16": lambda key: to_pem(key).decode().encode("utf-16"),
    "in a manifest entry": lambda key: json.dumps(to_manifest_entry(key)).encode(),
    "in JSON beside the certificate": lambda key: json.dumps(
        [to_manifest_entry(DER), {"x": base64.encodebytes(key).decode()}]
    ).encode(),
    "in hex digits": lambda key: key.hex().encode(),
}
# Java's keystores are told by their first octets alone, and hex digits are looked through for RSA only.
TOLD_BY_THEIR_START = {"java-keystore"}
RSA_IN_DER = {"pkcs8-der", "pkcs1-der", "pkcs1-4096-der"}


def wrapped_keys() -> list[tuple[str, str]]:
    return [
        (form, wrapping)
        for form in private_keys()
        for wrapping in WRAPPINGS
        if (wrapping != "in hex digits" or form in RSA_IN_DER)
        and (wrapping != "before the certificate" or form not in TOLD_BY_THEIR_START)
        and not (wrapping.startswith("in url-safe") and not form.endswith("der"))
    ]


@pytest.mark.parametrize(("form", "wrapping"), wrapped_keys())
def test_a_private_key_is_found_in_any_form_and_any_place_and_never_shown(form: str, wrapping: str) -> None:
    key = private_keys()[form]
    with pytest.raises(PrivateKeyFound, match="Export Certificate Only") as caught:
        read_certificate(WRAPPINGS[wrapping](key), name="export.zip")
    message = str(caught.value)
    assert "\n" not in message
    assert not any(line in message for line in re.findall(r"[A-Za-z0-9+/]{24,}", key.decode("latin-1")))


@pytest.mark.parametrize("form", ["pkcs8-der", "pkcs1-der", "ec-der", "ed25519-der"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_half_a_private_key_is_still_one(form: str, kept: float) -> None:
    key = private_keys()[form]
    with pytest.raises(PrivateKeyFound, match="holds a private key"):
        read_certificate(PEM + base64.b64encode(key)[: int(len(key) * kept)], name="psn.pem")


def test_a_private_key_inside_a_zip_is_named_by_its_file() -> None:
    with pytest.raises(PrivateKeyFound, match=r"^psn\.zip, file a/b\.pem: holds a private key"):
        read_certificate(to_zip({"a/b.pem": private_keys()["pkcs8-pem"]}), name="psn.zip")


def test_an_export_with_a_pvk_is_refused_whatever_is_in_it() -> None:
    with pytest.raises(PrivateKeyFound, match=r"file psn\.pvk: is a private key by its name"):
        read_certificate(to_zip({"psn.pem": PEM, "psn.pvk": b"something unheard of"}), name="psn.zip")


@pytest.mark.parametrize("serial_number", [1, 0])
def test_a_certificate_of_version_1_is_not_taken_for_a_key(serial_number: int) -> None:
    body = [tlv(0x02, bytes([serial_number])), *parts_of_version_1()]
    der = tlv(0x30, tlv(0x30, *body), bytes.fromhex("300d06092a864886f70d01010b0500"), tlv(0x03, bytes(257)))
    assert read_certificate(der, name="psn.cer").serial_number == serial_number
    assert read_certificate(base64.b64encode(der), name="psn.txt").serial_number == serial_number


def parts_of_version_1() -> list[bytes]:
    name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"psn"))))
    validity = tlv(0x30, tlv(0x17, b"260101000000Z"), tlv(0x17, b"360101000000Z"))
    return [bytes.fromhex("300d06092a864886f70d01010b0500"), name, validity, name, public_key_of(MODULUS)]


def test_no_certificate_is_mistaken_for_a_private_key() -> None:
    for number in range(200):
        der = make_certificate(f"psn-{number}", key=ec_key(), dns_names=[f"psn-{number}.example.net"])
        assert "elliptic curve" in refusal_of(to_pem(der)).cause


def test_control_characters_of_names_are_made_visible() -> None:
    content = to_zip({"a\x1b[2Jb.csr": make_request()})
    with pytest.raises(InputError, match=r"^psn\\n\.zip, file a\\x1b\[2Jb\.csr: is a certificate signing request"):
        read_certificate(content, name="psn\n.zip")
    two = to_pem(make_certificate("a\x1b]0;title\x07")) + PEM
    assert r"('a\x1b]0;title\x07', 'psn-01.example.net')" in refusal_of(two).cause


def test_a_very_long_name_in_an_archive_is_cut() -> None:
    assert len(str(refusal_of(to_zip({"x" * 60_000: make_request()})))) < 300


def test_an_expired_certificate_is_read() -> None:
    der = make_certificate(not_before=datetime(2015, 1, 1, tzinfo=UTC), not_after=datetime(2016, 1, 1, tzinfo=UTC))
    assert read_certificate(der, name="old.pem").end_date == "2016-01-01T00:00:00Z"
