"""Whatever the bytes: an answer, in bounds, with nothing in it that should not be seen."""

from __future__ import annotations

import base64
import json
import random
import re
import time
import tracemalloc
import warnings
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.results import json_text
from helpers.certificates import LARGEST_INPUT, Certificate, read_certificate, remarks
from helpers.certificates.showing import Shown, as_object, as_text, found_in, unchecked_in
from helpers.errors import InputError, PrivateKeyFound
from tests.making_certificates import (
    ec_key,
    make_certificate,
    make_pkcs7,
    make_request,
    make_revocation_list,
    private_keys,
    to_manifest_entry,
    to_pem,
    to_zip,
)
from tests.thoroughness import examples

NOW = datetime(2027, 3, 1, tzinfo=UTC)
DER = make_certificate(dns_names=["psn-01.example.net"])
PEM = to_pem(DER)
RAW_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# A run of base64 this long in an output must be of the certificate itself, or it leaks something.
LONG_RUN = re.compile(r"[A-Za-z0-9+/]{65,}")


@cache
def sources() -> list[bytes]:
    """Whole inputs to start from, accepted and refused."""
    return [
        DER,
        PEM,
        base64.b64encode(DER),
        PEM.decode().encode("utf-16"),
        to_zip({"psn.pem": PEM}),
        to_zip({"psn.pem": PEM}, method=0),
        json.dumps(to_manifest_entry(DER)).encode(),
        make_pkcs7(DER),
        to_pem(make_pkcs7(DER), "PKCS7"),
        make_request(),
        make_revocation_list(),
        make_certificate(key=ec_key()),
        *private_keys().values(),
    ]


def wrapped(content: bytes, how: str) -> bytes:
    """Put `content` into something else."""
    if how == "zip":
        return to_zip({"a": content})
    if how == "base64":
        return base64.b64encode(content)
    if how == "pem":
        return to_pem(content)
    if how == "json":
        return json.dumps(to_manifest_entry(content)).encode()
    return content


@st.composite
def any_bytes(draw: st.DrawFn) -> bytes:
    """Bytes that are nearly something: flipped, cut, spliced and wrapped."""
    content = bytearray(draw(st.sampled_from(sources())))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(("flip", "cut", "drop", "insert", "splice", "double"))):
            case "flip" if at < len(content):
                content[at] = draw(st.integers(0, 255))
            case "cut":
                del content[at:]
            case "drop":
                del content[at : at + draw(st.integers(1, 40))]
            case "insert":
                content[at:at] = draw(st.binary(max_size=20))
            case "splice":
                content[at:at] = draw(st.sampled_from(sources()))
            case _:
                content *= 2
    how = st.lists(st.sampled_from(("nothing", "zip", "base64", "pem", "json")), max_size=2)
    result = bytes(content)
    for wrapping in draw(how):
        result = wrapped(result, wrapping)
    return result


def require_a_clean_answer(content: bytes) -> None:
    """Read and show `content` in every way, and look at whatever comes out."""
    started = time.process_time()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            certificate = read_certificate(content, name="export.zip")
        except InputError as refusal:
            require_one_clean_line(refusal)
        else:
            require_clean_forms(certificate)
    assert said == []
    assert time.process_time() - started < 1


def require_one_clean_line(refusal: InputError) -> None:
    message = str(refusal)
    assert "\n" not in message
    assert not RAW_CONTROL.search(message)
    assert not LONG_RUN.search(message)


def require_clean_forms(certificate: Certificate) -> None:
    shown = Shown("export.zip", certificate, remarks(certificate, NOW, max_lifetime_days=1))
    document = json_text([as_object(shown, NOW), found_in(shown), unchecked_in(shown), certificate.manifest_entry()])
    for output in (as_text(shown, NOW), document, certificate.pem):
        assert not RAW_CONTROL.search(output)
        for run in LONG_RUN.findall(output.replace(certificate.value, "")):
            assert len(run) <= 200
    with pytest.raises(InputError):
        read_certificate(certificate.der + b"\0", name="x")


@settings(max_examples=examples(80), deadline=None, suppress_health_check=list(HealthCheck))
@given(any_bytes())
def test_nearly_valid_bytes_get_a_clean_answer(content: bytes) -> None:
    require_a_clean_answer(content)


@settings(max_examples=examples(40), deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_get_a_clean_answer(content: bytes) -> None:
    require_a_clean_answer(content)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_bytes())
def test_nearly_valid_bytes_get_a_clean_answer_over_twenty_thousand_examples(content: bytes) -> None:
    require_a_clean_answer(content)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    form=st.sampled_from(["pkcs8-pem", "pkcs8-der", "pkcs1-der", "ec-pem", "openssh", "pkcs12", "pkcs8-encrypted-der"]),
    before=st.sampled_from([b"", PEM, b"text\n", b"\0\1\2"]),
    after=st.binary(max_size=50),
    how=st.lists(st.sampled_from(["nothing", "zip", "base64"]), max_size=1),
)
def test_a_whole_private_key_never_gets_through(form: str, before: bytes, after: bytes, how: list[str]) -> None:
    content = before + private_keys()[form] + b"\n" + after
    for wrapping in how:
        content = wrapped(content, wrapping)
    with pytest.raises(PrivateKeyFound, match="must stay on the ISE node"):
        read_certificate(content, name="export.zip")


@pytest.mark.parametrize("position", range(0, len(DER), 7))
def test_each_flipped_byte_of_a_certificate_gets_a_clean_answer(position: int) -> None:
    for flipped in (0x01, 0x80, 0xFF):
        content = bytearray(DER)
        content[position] ^= flipped
        require_a_clean_answer(bytes(content))
        require_a_clean_answer(to_pem(bytes(content)))


def filling(pattern: bytes) -> bytes:
    return pattern * (LARGEST_INPUT // len(pattern))


HARD = {
    "starts of keys in base64": filling(b"MIGAAgEA"),
    "longer starts of keys in base64": filling(b"MIIEAAIBAD"),
    "starts of keys": filling(b"\x30\x82\x10\x00\x02\x01\x00\x30\x05\x06"),
    "starts of PEM": filling(b"-----BEGIN CERTIFICATE-----\n"),
    "marks of PEM that never end": filling(b"-----BEGIN " + b" " * 500),
    "nearly private keys": filling(b"-BEGIN" + b"A" * 30),
    "halves of an XML key": filling(b"<RSAKeyValue>"),
    "halves of a JWK": filling(b'"kty":'),
    "header lines": filling(b"-----BEGIN CERTIFICATE-----\na: b\n\n\n-----END CERTIFICATE-----\n"),
    "blank lines in PEM": b"-----BEGIN CERTIFICATE-----" + b"\n" * 250_000 + b"-----END CERTIFICATE-----",
    "deep JSON": filling(b'{"a":'),
    "a long number": b"[" + b"9" * (LARGEST_INPUT - 2) + b"]",
    "zeros": bytes(LARGEST_INPUT),
    "runs of base64": filling(b"AAAAAAAAAAAAAAAA!"),
    "noise": random.Random(4).randbytes(LARGEST_INPUT),  # noqa: S311 — the same noise every time
    "a certificate many times": filling(PEM),
}


# Made when it is their turn: who collects tests need not pack a hundred megabytes.
PACKED = {
    "a bomb": lambda: to_zip({"a.pem": bytes(_HUGE)}),
    "a bomb of lies": lambda: to_zip({"a.pem": bytes(_HUGE)}).replace(
        _HUGE.to_bytes(4, "little"), (1000).to_bytes(4, "little")
    ),
    "a directory of thousands": lambda: to_zip({f"{number}": b"" for number in range(2500)}),
}
_HUGE = 100_000_000
READABLE = {"a certificate many times"}


@pytest.mark.parametrize("kind", [*HARD, *PACKED])
def test_the_hardest_inputs_stay_under_a_second_and_50_mib(kind: str) -> None:
    content = HARD[kind] if kind in HARD else PACKED[kind]()
    require_a_clean_answer(content)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"^psn: ") if kind not in READABLE else nullcontext():
            read_certificate(content, name="psn")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * 1024 * 1024
