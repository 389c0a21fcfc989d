"""What a certificate looks like in every form, held against programs and texts that nobody here wrote."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import uuid
import warnings
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from helpers.certificates import Certificate, expiry_window, read_certificate, remarks
from helpers.certificates.showing import Shown, as_text
from tests.making_certificates import (
    SERIAL_NUMBER,
    VALIDITY,
    altered,
    make_certificate,
    rsa_key,
    tlv,
    to_pem,
)

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
NAME_ELEMENT = 5  # the subject's place in a TBSCertificate


def certificate_of(der: bytes) -> Certificate:
    return read_certificate(der, name="psn-01.pem")


def living(start: datetime, end: datetime) -> Certificate:
    return certificate_of(make_certificate(not_before=start, not_after=end))


def ids(certificate: Certificate, *, now: datetime = NOW, max_lifetime_days: int | None = None) -> list[str]:
    return [remark.id for remark in remarks(certificate, now, max_lifetime_days=max_lifetime_days)]


def test_the_value_is_the_base64_of_the_der_on_one_line() -> None:
    der = make_certificate()
    assert base64.b64decode(certificate_of(der).value, validate=True) == der
    assert certificate_of(der).pem.encode() == to_pem(der)


def test_the_thumbprint_in_the_manifest_is_the_one_entra_shows() -> None:
    certificate = certificate_of(make_certificate())
    assert certificate.sha1_hex == hashlib.sha1(certificate.der, usedforsecurity=False).hexdigest().upper()
    assert base64.b64decode(certificate.sha1_base64).hex().upper() == certificate.sha1_hex
    assert len(certificate.sha1_base64) == len("ieF43L8nkyw/PEHjWvj+PkWebXk=")  # as in the article of 2016


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_on_fingerprints_serial_number_and_dates() -> None:
    certificate = certificate_of(make_certificate(not_before=NOW, not_after=NOW + 365 * DAY))
    ask = ["openssl", "x509", "-noout", "-serial", "-startdate", "-enddate", "-fingerprint"]
    sha1 = subprocess.run([*ask, "-sha1"], input=certificate.pem.encode(), capture_output=True, check=True).stdout
    sha256 = subprocess.run([*ask, "-sha256"], input=certificate.pem.encode(), capture_output=True, check=True).stdout
    key = subprocess.run(
        [*ask[:2], "-noout", "-pubkey"], input=certificate.pem.encode(), capture_output=True, check=True
    )
    der = base64.b64decode(b"".join(key.stdout.splitlines()[1:-1]))
    assert certificate.public_key_sha256 == hashlib.sha256(der).hexdigest().upper()
    assert certificate.sha1_hex in sha1.decode().replace(":", "")
    assert certificate.sha256_hex in sha256.decode().replace(":", "")
    assert f"serial={certificate.serial_number:X}" in sha1.decode().replace("serial=0", "serial=")
    assert "notBefore=Mar  1 12:00:00 2027 GMT" in sha1.decode()
    assert (certificate.start_date, certificate.end_date) == ("2027-03-01T12:00:00Z", "2028-02-29T12:00:00Z")


def test_dates_have_four_digits_of_year_and_no_fraction() -> None:
    validity = tlv(0x30, tlv(0x17, b"500101000000Z"), tlv(0x18, b"99991231235959Z"))
    certificate = certificate_of(altered(make_certificate(), {VALIDITY: validity}))
    assert (certificate.start_date, certificate.end_date) == ("1950-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
    assert ids(certificate) == []


def test_the_key_id_is_the_same_for_the_same_certificate_and_another_for_another() -> None:
    der = make_certificate()
    assert certificate_of(der).key_id == certificate_of(to_pem(der)).key_id
    assert certificate_of(der).key_id != certificate_of(make_certificate()).key_id
    assert uuid.UUID(certificate_of(der).key_id).version == 5


def test_the_key_id_of_a_known_certificate_never_changes() -> None:
    """Another one would replace every credential that is deployed: the namespace and the recipe are frozen."""

    class Known(Certificate):
        start_date = "2027-03-01T12:00:00Z"
        end_date = "2028-02-29T12:00:00Z"

    assert Known(b"the bytes of a certificate").key_id == "6c3fef68-ccc8-5ae4-bdd1-b6a3cae78048"


@pytest.mark.parametrize(("form", "member"), [("value", "value"), ("key", "key")])
def test_the_manifest_entry_has_the_five_values_of_the_article_and_what_cisco_asks_for(form: str, member: str) -> None:
    certificate = certificate_of(make_certificate("psn-01.example.net", not_before=NOW, not_after=NOW + DAY))
    assert certificate.manifest_entry("key" if form == "key" else "value") == {
        "customKeyIdentifier": certificate.sha1_base64,
        "keyId": certificate.key_id,
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        member: certificate.value,
        "displayName": "psn-01.example.net",
        "startDateTime": "2027-03-01T12:00:00Z",
        "endDateTime": "2027-03-02T12:00:00Z",
    }


def test_a_manifest_entry_can_be_read_back() -> None:
    certificate = certificate_of(make_certificate())
    for form in ("value", "key"):
        entry = certificate.manifest_entry("key" if form == "key" else "value")
        assert read_certificate(json.dumps([entry]).encode(), name="manifest.json") == certificate


def test_a_display_name_is_cut_to_what_graph_accepts() -> None:
    long_name = tlv(0x30, tlv(0x31, tlv(0x30, bytes.fromhex("0603550403"), tlv(0x0C, b"x" * 300))))
    certificate = certificate_of(altered(make_certificate(), {NAME_ELEMENT: long_name}))
    assert certificate.manifest_entry()["displayName"] == "x" * 90
    assert certificate.common_name == "x" * 300


def test_of_several_common_names_the_last_and_most_specific_counts() -> None:
    both = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in ("Node", "psn-01")])
    assert certificate_of(altered(make_certificate(), {NAME_ELEMENT: both.public_bytes()})).common_name == "psn-01"


def test_without_a_common_name_the_first_dns_name_is_shown_or_else_the_subject() -> None:
    assert certificate_of(make_certificate(None, dns_names=["psn.example.net"])).common_name == "psn.example.net"
    assert certificate_of(make_certificate(None)).common_name == "O=Example"
    assert certificate_of(altered(make_certificate(), {NAME_ELEMENT: tlv(0x30)})).common_name == "(no name)"


def test_a_good_certificate_gives_nothing_to_say() -> None:
    assert ids(living(NOW - 10 * DAY, NOW + 300 * DAY), max_lifetime_days=310) == []


def test_an_expired_certificate_is_an_error_from_the_second_after_its_end() -> None:
    certificate = living(NOW - 300 * DAY, NOW)
    assert ids(certificate) == ["certificate-expiring"]
    assert ids(certificate, now=NOW + timedelta(seconds=1)) == ["certificate-expired"]
    [remark] = remarks(certificate, NOW + DAY)
    assert (remark.severity, remark.what) == ("error", "expired on 2027-03-01T12:00:00Z")


def test_the_clock_may_be_of_any_time_zone() -> None:
    certificate = living(NOW - 300 * DAY, NOW)
    assert ids(certificate, now=NOW.astimezone(timezone(timedelta(hours=14)))) == ["certificate-expiring"]


def test_a_certificate_of_tomorrow_is_a_warning() -> None:
    assert ids(living(NOW + DAY, NOW + 300 * DAY)) == ["certificate-not-yet-valid"]
    assert ids(living(NOW, NOW + 300 * DAY)) == []


@pytest.mark.parametrize(
    ("lifetime", "left", "expected"),
    [
        (365, 31, []),
        (365, 30, ["certificate-expiring"]),
        (30, 11, []),
        (30, 10, ["certificate-expiring"]),
        (3, 2, []),
        (3, 1, ["certificate-expiring"]),
    ],
)
def test_the_window_is_the_lesser_of_30_days_and_a_third_of_the_lifetime(
    lifetime: int, left: int, expected: list[str]
) -> None:
    certificate = living(NOW + (left - lifetime) * DAY, NOW + left * DAY)
    assert expiry_window(certificate) == min(30 * DAY, lifetime * DAY / 3)
    assert ids(certificate) == expected


def test_a_signature_over_sha_1_is_a_warning() -> None:
    certificate = certificate_of(altered(make_certificate(), {}, sha1=True))
    assert certificate.signature_hash == "sha1"
    assert ids(certificate, now=certificate.not_before) == ["certificate-weak-signature"]


def test_a_self_signature_that_does_not_verify_is_a_warning() -> None:
    certificate = certificate_of(make_certificate(issuer_key=rsa_key("another")))
    assert certificate.self_signature is False
    assert ids(certificate, now=certificate.not_before) == ["certificate-self-signature"]


def test_a_certificate_from_a_ca_has_no_self_signature_to_verify() -> None:
    certificate = certificate_of(make_certificate(issuer="Example CA", issuer_key=rsa_key("another")))
    assert (certificate.self_signed, certificate.self_signature) == (False, None)
    assert ids(certificate, now=certificate.not_before) == []


def test_a_lifetime_over_the_stated_policy_is_a_warning_and_is_not_assumed() -> None:
    certificate = living(NOW - DAY, NOW + 3650 * DAY)
    assert ids(certificate) == []
    assert ids(certificate, max_lifetime_days=365) == ["certificate-lifetime"]


def test_odd_certificates_draw_no_warning_from_the_library() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        certificate = certificate_of(altered(make_certificate(), {SERIAL_NUMBER: tlv(0x02, b"\x85")}))
        assert certificate.serial_number < 0
        assert certificate.self_signature is True
    assert seen == []


def test_the_text_is_aligned_and_escapes_what_a_name_can_carry() -> None:
    certificate = certificate_of(make_certificate("psn\x1b[31m\u202e01", not_before=NOW, not_after=NOW + 365 * DAY))
    text = as_text(Shown("psn\n.zip", certificate, ()), NOW)
    assert text.startswith("psn\\n.zip\n  Common name    psn\\x1b[31m\\u202e01\n")
    assert "  Valid          2027-03-01T12:00:00Z to 2028-02-29T12:00:00Z (365 days left)\n" in text
    assert text.endswith(f"  Value          {certificate.value}\n")
