"""Why a host could not be asked: HTTP libraries raise classes of their own, people need the cause and what to do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from helpers.errors import Obstacle, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator


def unreachable(service: str, host: str, error: Exception, *, trust: str) -> Unreachable:
    """Return what to tell a person whose request to `host` failed with `error`, of httpx or of requests.

    `trust` says what to do where the host's certificate is not trusted. Nothing of the error's own text is shown: it
    can hold what was sent.
    """
    cause, remedy, obstacle = _explained(host, list(_chain(error)), trust)
    return Unreachable(service, cause, remedy, obstacle)


def _explained(host: str, chain: list[BaseException], trust: str) -> tuple[str, str, Obstacle]:
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            why = getattr(error, "verify_message", "") or "no reason given"
            return f"the certificate of {host} is not trusted here ({why})", trust, Obstacle.TRUST
        if isinstance(error, ssl.SSLError):
            remedy = "check address and port, and what stands in between"
            return f"{host} does not speak TLS with us", remedy, Obstacle.TLS
        if type(error).__name__ == "gaierror":
            remedy = "check the name, and DNS or HTTPS_PROXY here"
            return f"the name {host} cannot be resolved", remedy, Obstacle.NAME
        if isinstance(error, TimeoutError):
            remedy = "check the network between here and there, then try again"
            return f"{host} gave no answer in time", remedy, Obstacle.TIME
    if any(type(error).__name__ == "ProxyError" for error in chain):
        remedy = "check HTTPS_PROXY, and let that proxy allow the host"
        return f"the proxy does not lead to {host}", remedy, Obstacle.PROXY
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        remedy = "check address and port, and HTTPS_PROXY where it is set"
        return f"the connection to {host} is refused", remedy, Obstacle.CONNECTION
    what = f"{host} cannot be asked ({type(chain[0]).__name__})"
    return what, "check the network between here and there", Obstacle.OTHER


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those it was raised because of, outermost first; urllib3 keeps some as an argument alone."""
    while error is not None:
        yield error
        yield from (argument for argument in error.args if isinstance(argument, BaseException))
        error = error.__cause__ or error.__context__
