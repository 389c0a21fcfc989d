"""Why a host could not be asked: HTTP libraries raise classes of their own, people need the cause and what to do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from helpers.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator


def unreachable(service: str, host: str, error: Exception, *, trust: str) -> ServiceError:
    """Return what to tell a person whose request to `host` failed with `error`, of httpx or of requests.

    `trust` says what to do where the host's certificate is not trusted. Nothing of the error's own text is shown: it
    can hold what was sent.
    """
    cause, remedy = _explained(host, list(_chain(error)), trust)
    return ServiceError(service, cause, remedy)


def _explained(host: str, chain: list[BaseException], trust: str) -> tuple[str, str]:
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            why = getattr(error, "verify_message", "") or "no reason given"
            return f"the certificate of {host} is not trusted here ({why})", trust
        if isinstance(error, ssl.SSLError):
            return f"{host} does not speak TLS with us", "check address and port, and what stands in between"
        if type(error).__name__ == "gaierror":
            return f"the name {host} cannot be resolved", "check the name, and DNS or HTTPS_PROXY here"
        if isinstance(error, TimeoutError):
            return f"{host} gave no answer in time", "check the network between here and there, then try again"
    if any(type(error).__name__ == "ProxyError" for error in chain):
        return f"the proxy does not lead to {host}", "check HTTPS_PROXY, and let that proxy allow the host"
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        return f"the connection to {host} is refused", "check address and port, and HTTPS_PROXY where it is set"
    return f"{host} cannot be asked ({type(chain[0]).__name__})", "check the network between here and there"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those it was raised because of, outermost first; urllib3 keeps some as an argument alone."""
    while error is not None:
        yield error
        yield from (argument for argument in error.args if isinstance(argument, BaseException))
        error = error.__cause__ or error.__context__
