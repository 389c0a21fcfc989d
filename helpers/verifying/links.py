"""The links of the chain, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from helpers.verifying.meanings import Meaning

# What ISE expects of Intune while a person waits at the door, and from where on that person notices (domain.md §7.6).
EXPECTED_MILLISECONDS, NOTICED_MILLISECONDS = 200.0, 300.0

# As ISE goes.
OUTPUTS = "outputs"
REGISTRATION = "registration"
GRAPH_TOKEN = "token for Microsoft Graph"  # noqa: S105 — the name of a link
GRAPH_ROLES = "permission for service discovery"
DISCOVERY = "service discovery"
INTUNE_TOKEN = "token for Intune"  # noqa: S105 — the name of a link
INTUNE_ROLES = "permission for compliance queries"
SERVICE = "compliance service"
DEVICE = "device query"
# Of a probe.
PROBE = "the probe"
OTHER_CREDENTIALS = "the application's other credentials"

# Any one of these lets ISE look for the compliance service (domain.md §3); the last is not confirmed.
ROLES_FOR_DISCOVERY = (
    "Application.Read.All",
    "Directory.Read.All",
    "Application.ReadWrite.OwnedBy",
    "Application.ReadWrite.All",
    "Directory.ReadWrite.All",
    "ServicePrincipalEndpoint.Read.All",
)
ROLE_FOR_QUERIES = "get_device_compliance"


class Outcome(StrEnum):
    """What came of a link."""

    OK = "ok"
    SLOW = "slow"
    BROKEN = "broken"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Link:
    """A link. `what` is what was seen or said, `milliseconds` how long the answer took, None where nobody waited.

    `means`, `who` and `do` are of what is broken or slow: what it means, and who must do what.
    """

    name: str
    outcome: Outcome
    what: str
    milliseconds: float | None = None
    means: str = ""
    who: str = ""
    do: str = ""


def connection(host: str = "") -> str:
    """Return the name of the link to a host; without one, to the host that only service discovery names."""
    return f"connection to {host or 'the compliance service'}"


def works(name: str, what: str, milliseconds: float | None = None) -> Link:
    """Return a link that does what it shall."""
    return Link(name, Outcome.OK, what, milliseconds)


def broken(name: str, what: str, meaning: Meaning, milliseconds: float | None = None) -> Link:
    """Return a broken link."""
    return Link(name, Outcome.BROKEN, what, milliseconds, meaning.means, meaning.who, meaning.do)


def not_tested(name: str, why: str) -> Link:
    """Return a link that nobody tested, and why."""
    return Link(name, Outcome.NOT_TESTED, why)


def timed(name: str, what: str, milliseconds: float, *, most: float = NOTICED_MILLISECONDS) -> Link:
    """Return a link that works, and is slow where it takes more than `most`: a person waits at the door meanwhile."""
    if milliseconds <= most:
        above = milliseconds > EXPECTED_MILLISECONDS
        return works(name, f"{what}; ISE expects {EXPECTED_MILLISECONDS:.0f} ms" if above else what, milliseconds)
    return Link(
        name,
        Outcome.SLOW,
        f"{what}, but only after more than {most:.0f} ms, the fastest of three times",
        milliseconds,
        f"ISE expects an answer within {EXPECTED_MILLISECONDS:.0f} ms; above {NOTICED_MILLISECONDS:.0f} ms users"
        " notice, and ISE may decide without it",
        "network administrator",
        "measure from ISE's own network; look at proxies and TLS inspection on the way, and at Microsoft's service"
        " health",
    )


def roles_link(name: str, roles: Collection[str], enough: Iterable[str], meaning: Meaning) -> Link:
    """Return the link of a token's permissions: one of those that are enough must be among its `roles`."""
    wanted = tuple(enough)
    found = [role for role in wanted if role in roles]
    if found:
        return works(name, f"the token carries {', '.join(found)}")
    carries = f"only {', '.join(sorted(roles))}" if roles else "no permission at all"
    return broken(name, f"the token carries {carries}, where {wanted[0]} is needed", meaning)


def is_broken(links: Iterable[Link]) -> bool:
    """Say whether any link is broken, or slower than a person at the door bears."""
    return any(link.outcome in (Outcome.BROKEN, Outcome.SLOW) for link in links)


def is_complete(links: Iterable[Link]) -> bool:
    """Say whether every link was tested."""
    return all(link.outcome is not Outcome.NOT_TESTED for link in links)
