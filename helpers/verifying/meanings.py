"""What an answer on the way from ISE to Intune means, and whose job it is to do what. Rows: domain.md §7.

One table for each service that ISE asks, by AADSTS code or by HTTP status, and one for hosts that cannot be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.errors import Obstacle

if TYPE_CHECKING:
    from collections.abc import Mapping

ISE, ENTRA, PLATFORM = "ISE administrator", "Entra administrator", "platform engineer"
NETWORK, NOBODY = "network administrator", "nobody's job yet"


@dataclass(frozen=True)
class Meaning:
    """What an answer means, who has to act, and what to do."""

    means: str
    who: str
    do: str

    @property
    def task(self) -> str:
        """Whose job it is, and what."""
        return f"{self.who}: {self.do}"

    def __str__(self) -> str:
        return f"{self.means}; {self.task}"


RENEW = Meaning(
    "the certificate is outside its validity",
    ISE,
    "renew the node's certificate; platform engineer: add the new one and deploy",
)
NOT_REGISTERED = Meaning(
    "the certificate that signed is not, or no longer, on the application, or has expired",
    ISE,
    "export this node's Admin certificate; platform engineer: add it and deploy,"
    " for it is not, or no longer, on the application, or has expired",
)
_SECRET = Meaning(
    "a client secret was sent, where ISE has a certificate",
    ISE,
    "choose the certificate as authentication; a client secret was sent",
)
_LICENCE = Meaning(
    "this tenant has no service principal for Intune's API",
    ENTRA,
    "check the tenant's Intune licence; ISE administrator: check cloud and Token Audience",
)
NO_CONSENT = Meaning(
    "nobody consented to the application's permissions",
    ENTRA,
    "grant admin consent (the output admin_consent_url)",
)
NOT_REQUESTED = Meaning(
    "the application does not ask for the permission", PLATFORM, "declare the API's permission and deploy"
)

SIGN_IN: Mapping[int, Meaning] = MappingProxyType(
    {
        700027: NOT_REGISTERED,
        700024: Meaning("the assertion is outside its five minutes", ISE, "set the node's clock (NTP)"),
        1000502: RENEW,
        700016: Meaning(
            "the tenant has no such application", ISE, "check Client ID and the tenant in Token Issuing URL"
        ),
        90002: Meaning("there is no such tenant", ISE, "check the tenant in Token Issuing URL"),
        65001: NO_CONSENT,
        650052: _LICENCE,
        500011: _LICENCE,
        650057: NOT_REQUESTED,
        7000215: _SECRET,
        7000222: _SECRET,
        7000112: Meaning("the application is disabled", ENTRA, "enable it, once it is known why it was disabled"),
        7000229: Meaning(
            "the application has no service principal in this tenant", PLATFORM, "deploy again: the deploy makes it"
        ),
        53003: Meaning(
            "Conditional Access for workload identities blocks the application",
            ENTRA,
            "exclude the application, or allow its network, in Conditional Access for workload identities",
        ),
    }
)
"""What Entra's refusals of a sign-in mean, by AADSTS code."""

LATER = Meaning(
    "the service cannot answer now", NOBODY, "try again later, and see Microsoft's service health if it lasts"
)
_UNKNOWN_CODE = Meaning(
    "this version does not know the code", PLATFORM, "look the AADSTS code up in Microsoft's list of sign-in errors"
)
_NOT_ACCEPTED = "the token is not accepted"

DISCOVERY: Mapping[int, Meaning] = MappingProxyType(
    {
        401: Meaning(_NOT_ACCEPTED, ISE, "check the cloud (Auto Discovery URL), and the clock"),
        403: Meaning(
            "the application may not look for Intune's service",
            ENTRA,
            "grant Application.Read.All to the application (admin consent)",
        ),
        404: Meaning(
            "this tenant has no service principal of Microsoft Intune", ENTRA, "check the tenant's Intune licence"
        ),
    }
)
"""What Microsoft Graph's answers to service discovery mean, by HTTP status."""

NO_SERVICE = Meaning(
    "discovery works, and does not name the service that ISE asks",
    ENTRA,
    "check the tenant's Intune licence; ISE administrator: check the cloud",
)
COMPLIANCE: Mapping[int, Meaning] = MappingProxyType(
    {
        401: Meaning(
            _NOT_ACCEPTED,
            ENTRA,
            "is get_device_compliance granted (admin consent)? ISE administrator: check Token Audience, and the clock",
        ),
        403: Meaning(
            "the application may not ask about devices",
            ENTRA,
            "grant get_device_compliance to the application (admin consent)",
        ),
        503: Meaning(
            "Intune cannot answer now",
            NOBODY,
            "try again later; Intune answers for all devices at once only once in four hours:"
            " ISE's Polling Interval must be 0, or 240 minutes and more",
        ),
    }
)
"""What the answers of Intune's compliance service mean, by HTTP status."""

OWNED = Meaning(
    "this identity may not change the application's credentials",
    PLATFORM,
    "sign in as the deployer: Application.ReadWrite.OwnedBy, and an owner of the application",
)
CREDENTIALS: Mapping[int, Meaning] = MappingProxyType(
    {
        401: Meaning(_NOT_ACCEPTED, PLATFORM, "check as whom you sign in, and the clock here"),
        403: OWNED,
        404: Meaning(
            "the application is not there any more", PLATFORM, "`ise-intune drift` says who deleted it; deploy again"
        ),
    }
)
"""What Microsoft Graph's answers to a change of an application's credentials mean, by HTTP status."""

FORBIDDEN_BY_POLICY = Meaning(
    "an app management policy of the tenant forbids such a credential",
    ENTRA,
    "except the application from the policy for the test; or verify with a node's key: --key",
)
MEDDLED = Meaning(
    "somebody changed the application's credentials meanwhile, or this program did what it must never do",
    PLATFORM,
    "compare them with the declaration at once: `ise-intune drift`; deploy again what is missing",
)
LEFT_BEHIND = Meaning(
    "the probe can sign in as ISE until it ends",
    PLATFORM,
    "run the same command again: it removes the probe first; or remove it in Entra, by its key id",
)
UNPROVEN = Meaning(
    "Graph does not show the probe that it accepted", PLATFORM, "try again in some minutes, or verify with a node's key"
)

IN_BETWEEN = "is a proxy or a login page in between answering in its place?"
_SOMETHING_ELSE = Meaning("that is not what the service answers", NETWORK, IN_BETWEEN)
UNREACHABLE: Mapping[Obstacle, Meaning] = MappingProxyType(
    {
        Obstacle.NAME: Meaning("DNS does not know the host here", NETWORK, "let this network resolve the name"),
        Obstacle.CONNECTION: Meaning("nothing listens there", NETWORK, "allow port 443 to the host; check HTTPS_PROXY"),
        Obstacle.PROXY: Meaning("the proxy forbids the host", NETWORK, "let the proxy lead to the host, for ISE too"),
        Obstacle.TIME: Meaning(
            "the host does not answer, or a firewall drops what is sent", NETWORK, "allow port 443 to the host"
        ),
        Obstacle.TLS: Meaning(
            "something answers that does not speak TLS", NETWORK, "check what stands between here and the host"
        ),
        Obstacle.TRUST: Meaning(
            "the certificate that is presented is below no root that is trusted here",
            NETWORK,
            "exempt the host from TLS inspection, for ISE above all; else give the inspector's root in SSL_CERT_FILE"
            " here, and import it in ISE; `ise-intune trust --probe` shows what is presented",
        ),
        Obstacle.OTHER: Meaning("the connection does not last", NETWORK, "check the network between here and the host"),
    }
)
"""Why a host could not be asked."""

_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500


def of_refusal(code: int, status: int, said: str = "", *, consent_url: str = "") -> Meaning:
    """Return what Entra's refusal means: by its AADSTS code, else by the HTTP status.

    `said` tells an expired key from one that is not there, which have one code. `consent_url` is told where consent
    is missing.
    """
    if code == 700027 and "expired" in said.lower():  # noqa: PLR2004 — Entra's own number
        return RENEW
    if code == 65001 and consent_url:  # noqa: PLR2004 — the same
        return without_consent(consent_url)
    return SIGN_IN.get(code) or of_status({}, status, otherwise=_UNKNOWN_CODE)


def of_status(table: Mapping[int, Meaning], status: int, *, otherwise: Meaning = _SOMETHING_ELSE) -> Meaning:
    """Return what a service's answer means by the table that is its own; without a row, by the kind of status."""
    later = status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS
    return table.get(status) or (LATER if later else otherwise)


def without_consent(consent_url: str) -> Meaning:
    """Return what it means that consent is missing, with the page where it is granted."""
    return Meaning(NO_CONSENT.means, ENTRA, f"grant admin consent at {consent_url}")
