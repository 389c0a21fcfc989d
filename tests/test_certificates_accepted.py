"""Every form in which people have a certificate gives the same certificate."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from helpers.certificates import read_certificate
from tests.making_certificates import (
    make_certificate,
    make_pkcs7,
    tlv,
    to_manifest_entry,
    to_pem,
    to_zip,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DER = make_certificate()
PEM = to_pem(DER)
TEXT = PEM.decode()
ONE_LINE = base64.b64encode(DER)
TRUST = tlv(0x30, tlv(0x0C, b"an alias"))


def in_json(document: object) -> bytes:
    return json.dumps(document).encode()


FORMS: dict[str, Callable[[], bytes]] = {
    "PEM": lambda: PEM,
    "PEM with CRLF": lambda: to_pem(DER, newline="\r\n"),
    "PEM with CR": lambda: to_pem(DER, newline="\r"),
    "PEM with a byte order mark": lambda: b"\xef\xbb\xbf" + PEM,
    "PEM in UTF-16 with a mark": lambda: TEXT.encode("utf-16"),
    "PEM in UTF-16, big end first": lambda: ("\ufeff" + TEXT).encode("utf-16-be"),
    "PEM in UTF-16 without a mark": lambda: TEXT.encode("utf-16-le"),
    "PEM in UTF-16, big end first, without a mark": lambda: TEXT.encode("utf-16-be"),
    "PEM in UTF-32": lambda: TEXT.encode("utf-32"),
    "PEM without its final newline": PEM.rstrip,
    "PEM on one line": lambda: b"-----BEGIN CERTIFICATE-----" + ONE_LINE + b"-----END CERTIFICATE-----",
    "PEM with indented lines and blank ones": lambda: PEM.replace(b"\n", b" \n\n\t "),
    "PEM with no-break spaces": lambda: TEXT.replace("\n", "\xa0\n").encode(),
    "PEM with text around it": lambda: b"subject=CN = psn-01\nMerci\xe9\n" + PEM + b"-- \nsent from my \x1b[1mphone\n",
    "PEM with headers of its own": lambda: PEM.replace(b"-----\nMII", b"-----\nLocal-Name: ISE\n\nMII"),
    "PEM out of an environment variable": lambda: PEM.replace(b"\n", b"\\n"),
    "PEM as a value of some JSON": lambda: in_json({"certificate": TEXT}),
    "PEM labelled X509 CERTIFICATE": lambda: to_pem(DER, "X509 CERTIFICATE"),
    "PEM labelled TRUSTED CERTIFICATE": lambda: to_pem(DER + TRUST, "TRUSTED CERTIFICATE"),
    "PEM labelled TRUSTED CERTIFICATE without trust": lambda: to_pem(DER, "TRUSTED CERTIFICATE"),
    "the same certificate twice": lambda: PEM + to_pem(DER, newline="\r\n"),
    "DER": lambda: DER,
    "base64 on one line": lambda: ONE_LINE,
    "base64 on one line in UTF-16": lambda: ONE_LINE.decode().encode("utf-16"),
    "base64 wrapped": lambda: base64.encodebytes(DER),
    "base64 of PEM, as Terraform sends it": lambda: base64.b64encode(PEM),
    "base64 in quotes": lambda: b'"' + ONE_LINE + b'"\n',
    "ZIP from ISE's API": lambda: to_zip({"Defaultselfsignedservercerti.pem": PEM}),
    "ZIP with another name, folder and case": lambda: to_zip({"Export/PSN 01.CRT": DER}),
    "ZIP stored": lambda: to_zip({"certificate": PEM}, method=0),
    "ZIP with macOS litter": lambda: to_zip(
        {"psn.pem": PEM, "__MACOSX/._psn.pem": b"\0\5\x16\7 litter", "._x": b"\0", ".DS_Store": b"\0\0\0\1Bud1"}
    ),
    "ZIP with Windows litter": lambda: to_zip({"psn.pem": PEM, "Thumbs.db": b"\xd0\xcf\x11\xe0", "desktop.ini": b"[]"}),
    "ZIP with a readme": lambda: to_zip({"readme.txt": b"The certificate of psn-01.", "psn.pem": PEM, "empty": b""}),
    "ZIP with the same certificate twice": lambda: to_zip({"psn.pem": PEM, "psn.cer": DER}),
    "ZIP with one-line base64": lambda: to_zip({"value.txt": ONE_LINE}),
    "manifest entry with value": lambda: in_json(to_manifest_entry(DER)),
    "manifest entry with key": lambda: in_json(to_manifest_entry(DER, member="key")),
    "manifest entry in UTF-16": lambda: in_json(to_manifest_entry(DER)).decode().encode("utf-16"),
    "manifest entry whose key is PEM in base64": lambda: in_json(to_manifest_entry(PEM, member="key")),
    "list of one manifest entry": lambda: in_json([to_manifest_entry(DER)]),
    "whole manifest": lambda: in_json({"appId": "x", "keyCredentials": [to_manifest_entry(DER)], "tags": []}),
    "ZIP with a manifest": lambda: to_zip({"manifest.json": in_json({"keyCredentials": [to_manifest_entry(PEM)]})}),
    "PKCS #7": lambda: make_pkcs7(DER),
    "PKCS #7 in PEM": lambda: to_pem(make_pkcs7(DER), "PKCS7"),
    "PKCS #7 in base64": lambda: base64.b64encode(make_pkcs7(DER)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_accepted_form_gives_the_same_certificate(form: str) -> None:
    assert read_certificate(FORMS[form](), name=form).value == ONE_LINE.decode()
