"""Whether the roots cover what a host presents: chains made here, of every kind that stands on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from helpers.certificates.certificate import Certificate
from helpers.trust_roots import FORMER_ROOTS, PresentedChain, Purpose, Root, coverage, coverage_findings, roots
from tests.making_certificates import make_certificate

HOST = "graph.microsoft.com"
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Authorities:
    """A root, what it issued for the host, and the chain that the host presents."""

    root: Root
    chain: PresentedChain


@cache
def authorities() -> Authorities:
    top = trustme.CA(organization_name="Example")
    between = top.create_child_ca()
    leaf = between.issue_cert(HOST)
    ders = [der_of(blob.bytes()) for blob in leaf.cert_chain_pems]
    return Authorities(root_of(top.cert_pem.bytes()), PresentedChain(HOST, tuple(ders)))


def der_of(pem: bytes) -> bytes:
    return load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def root_of(pem: bytes) -> Root:
    certificate = Certificate(der_of(pem))
    return Root("Example Root", Purpose.MUST, certificate.sha256_hex, certificate)


def test_a_chain_below_a_root_is_covered_by_it() -> None:
    chain, root = authorities().chain, authorities().root
    covered = coverage(chain, [*roots(), root], NOW)
    assert (covered.host, covered.root, covered.why) == (HOST, root, "")
    assert coverage_findings([covered]) == ()


def test_a_chain_below_another_root_is_not_and_that_is_said_plainly() -> None:
    covered = coverage(authorities().chain, roots(), NOW)
    assert covered.root is None
    assert covered.why == f"its chain ends below '{covered.below}', which is none of them"
    (found,) = coverage_findings([covered])
    assert (found.id, found.subject) == ("host-not-covered", HOST)
    assert "TLS is inspected on the way" in found.remedy


@pytest.mark.parametrize(
    ("changes", "now"),
    [
        ({"host": "login.microsoftonline.com"}, NOW),
        ({}, NOW + timedelta(days=365 * 1000)),
        ({"ders": "leaf alone"}, NOW),
    ],
    ids=["another host's name", "after its end", "without what is between"],
)
def test_a_chain_that_does_not_verify_is_not_covered(changes: dict[str, str], now: datetime) -> None:
    chain = authorities().chain
    if changes.get("ders"):
        chain = PresentedChain(HOST, chain.ders[:1])
    elif changes:
        chain = replace(chain, **changes)  # type: ignore[arg-type]
    covered = coverage(chain, [authorities().root], now)
    assert covered.root is None
    assert covered.why


def test_a_name_like_a_roots_is_no_cover() -> None:
    forged = make_certificate(roots()[0].name, dns_names=[HOST])
    covered = coverage(PresentedChain(HOST, (forged,)), roots(), NOW)
    assert covered.root is None


def test_a_chain_below_a_known_public_root_says_to_import_that_one() -> None:
    """What Microsoft did before, and may do again: move a service to another of the web's roots."""
    former = FORMER_ROOTS[0].name
    covered = coverage(PresentedChain(HOST, (make_certificate(HOST, issuer=former),)), roots(), NOW)
    assert covered.below == former
    assert "import that root into ISE too" in coverage_findings([covered])[0].remedy


def test_what_is_no_certificate_is_not_covered() -> None:
    covered = coverage(PresentedChain(HOST, (b"not DER",)), roots(), NOW)
    assert (covered.root, covered.why) == (None, "it presents something that is not a certificate")


def test_a_host_that_presents_nothing_is_not_covered() -> None:
    assert coverage(PresentedChain(HOST, ()), roots(), NOW).root is None
