"""What a host presents in a TLS handshake: read, not trusted, and nothing but an empty question is sent after it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx

from clients.unreachable import unreachable
from helpers.errors import ServiceError
from helpers.trust_roots.covering import PresentedChain

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIMEOUT_SECONDS = 10
_DER = 2  # ssl's own number for DER in `public_bytes`; it has no public name


def presented_chains(hosts: Iterable[str]) -> tuple[list[PresentedChain], list[ServiceError]]:
    """Return what each host presents, through HTTPS_PROXY where that is set, and why others could not be asked."""
    chains: list[PresentedChain] = []
    errors: list[ServiceError] = []
    with httpx.Client(verify=_trusting_nobody(), timeout=_TIMEOUT_SECONDS) as http:
        for host in hosts:
            try:
                chains.append(presented_chain(http, host))
            except ServiceError as error:
                errors.append(error)
    return chains, errors


def presented_chain(http: httpx.Client, host: str) -> PresentedChain:
    """Return what `host` presents, as `http` reaches it. Raises `ServiceError`."""
    try:
        with http.stream("HEAD", f"https://{host}/") as response:
            stream = response.extensions["network_stream"]
            chain = _chain_of(stream.get_extra_info("ssl_object"))
            # To its end, though there is nothing in it: only then the connection serves for what comes after.
            response.read()
            return PresentedChain(host, chain)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        failure = unreachable(host, host, error, trust="look at what stands in between")
    raise failure


def _trusting_nobody() -> ssl.SSLContext:
    """Return what completes any handshake: to see what is presented, it must not be refused first."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _chain_of(connection: Any) -> tuple[bytes, ...]:  # noqa: ANN401 — ssl's inner object, which has no public type
    """Return the DER of each certificate presented. Python gives the chain a public name from 3.13 on only."""
    inner = getattr(connection, "_sslobj", connection)
    return tuple(certificate.public_bytes(_DER) for certificate in inner.get_unverified_chain() or ())
