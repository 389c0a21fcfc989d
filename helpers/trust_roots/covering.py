"""Whether the roots ISE shall trust cover what a host presents. The clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from helpers.certificates.certificate import Certificate, quiet_library
from helpers.findings import Severity
from helpers.trust_roots.judging import TrustFinding
from helpers.trust_roots.roots import FORMER_ROOTS, public_roots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from helpers.trust_roots.roots import Root

# The question is whom to trust, not how well the host's own certificate was made: of it only its names count.
_FOR_A_HOST = ExtensionPolicy.permit_all().require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)


@dataclass(frozen=True)
class PresentedChain:
    """What a host presented in a TLS handshake that verified nothing: DER, its own certificate first."""

    host: str
    ders: tuple[bytes, ...]


@dataclass(frozen=True)
class Coverage:
    """What came of one host. `presented` are common names and `below` the root it says it is below: raw text.

    `root` is the one of ours that covers it; None where none does, and `why` then says why not.
    """

    host: str
    presented: tuple[str, ...]
    below: str
    root: Root | None
    why: str = ""


def coverage(chain: PresentedChain, trusted: Sequence[Root], now: datetime) -> Coverage:
    """Say which of `trusted` verifies the chain, for the host's name and at `now` (aware)."""
    certificates = [Certificate(der) for der in chain.ders]
    try:
        presented = tuple(certificate.common_name for certificate in certificates)
        below = _below(certificates)
    except Exception:  # noqa: BLE001 — whatever is wrong with it, a server on the way sent it
        return Coverage(chain.host, (), "", None, "it presents something that is not a certificate")
    try:
        root = _verified_by(chain, trusted, now)
    except (VerificationError, ValueError) as error:
        why = _why_not(certificates, trusted, str(error))
        return Coverage(chain.host, presented, below, None, why)
    return Coverage(chain.host, presented, below, root)


def coverage_findings(covered: Sequence[Coverage]) -> tuple[TrustFinding, ...]:
    """Return a finding for every host that none of the roots covers."""
    return tuple(
        TrustFinding("host-not-covered", Severity.HIGH, each.host, _said_of(each), _remedy(each))
        for each in covered
        if each.root is None
    )


def _said_of(covered: Coverage) -> str:
    return f"what it presents here is not covered by the roots: {covered.why}"


def _remedy(covered: Coverage) -> str:
    if covered.below in {former.name for former in FORMER_ROOTS} | _public_names():
        return "import that root into ISE too, once its issuer's page confirms its fingerprint"
    return "that is no public root: TLS is inspected on the way from here; exempt the host there, for ISE above all"


def _public_names() -> set[str]:
    with quiet_library():
        return {Certificate(der).common_name for der in public_roots().values()}


def _below(certificates: Sequence[Certificate]) -> str:
    """Return the common name of who issued the topmost certificate presented."""
    top = certificates[-1]
    if top.self_signed:
        return top.common_name
    with quiet_library():
        issuer = x509.load_der_x509_certificate(top.der).issuer
    names = issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[-1].value) if names else top.issuer


def _verified_by(chain: PresentedChain, trusted: Sequence[Root], now: datetime) -> Root:
    """Return the root at the end of a verified path. Raises `VerificationError`, or `ValueError` for broken DER."""
    with quiet_library():
        anchors = {x509.load_der_x509_certificate(root.certificate.der): root for root in trusted}
        leaf, *others = (x509.load_der_x509_certificate(der) for der in chain.ders)
        policy = PolicyBuilder().store(Store(list(anchors))).time(now)
        policy = policy.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_FOR_A_HOST)
        path = policy.build_server_verifier(x509.DNSName(chain.host)).verify(leaf, others)
    return anchors[path[-1]]


def _why_not(certificates: Sequence[Certificate], trusted: Sequence[Root], error: str) -> str:
    issuers = {certificate.issuer for certificate in certificates}
    if not issuers & {root.certificate.subject for root in trusted}:
        return f"its chain ends below '{_below(certificates)}', which is none of them"
    return f"its chain does not verify ({error.splitlines()[0] if error else 'no reason given'})"
