"""What Entra says when it gives no token, and what to tell a person then. Codes: domain.md §7."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpers.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_TEXT = 300
_CODE = re.compile(r"AADSTS(\d{4,8})")
# What can follow Entra's sentence, on a line of its own or not: of use to Microsoft's support alone.
_TAIL = re.compile(r"\s*Trace ID: .*", re.DOTALL)
# A JWT, should anyone ever quote one back: what comes before its last part is enough to know it by.
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")


@dataclass
class SignInRefused(ServiceError):
    """Entra gave no token. `code` is the AADSTS number, 0 where it named none."""

    code: int = 0


_RENEW = "ISE administrator: renew the node's certificate; platform engineer: add the new one and deploy"
_SECRET = "ISE administrator: choose the certificate as authentication; a client secret was sent"  # noqa: S105 — advice
_LICENCE = "Entra administrator: check the tenant's Intune licence; ISE administrator: check cloud and Token Audience"

# Whose job it is, and what to do.
ADVICE: Mapping[int, str] = MappingProxyType(
    {
        700027: "ISE administrator: export this node's Admin certificate; platform engineer: add it and deploy,"
        " for it is not, or no longer, on the application, or has expired",
        700024: "ISE administrator: set the node's clock (NTP)",
        1000502: _RENEW,
        700016: "ISE administrator: check Client ID and the tenant in Token Issuing URL",
        90002: "ISE administrator: check the tenant in Token Issuing URL",
        65001: "Entra administrator: grant admin consent (the output admin_consent_url)",
        650052: _LICENCE,
        500011: _LICENCE,
        650057: "platform engineer: declare the API's permission and deploy",
        7000215: _SECRET,
        7000222: _SECRET,
        53003: "Entra administrator: exclude the application, or allow its network, in Conditional Access for workload"
        " identities",
    }
)
_UNKNOWN = "platform engineer: look the AADSTS code up in Microsoft's list of sign-in errors"
_LATER = "nobody's job yet: try again later, and see Microsoft's service health if it lasts"
_TOO_MANY_REQUESTS, _SERVER_ERROR = 429, 500


def sign_in_refused(document: Mapping[str, Any], status: int, *, advice: Mapping[int, str] = ADVICE) -> SignInRefused:
    """Return the error for a token endpoint's refusal: its JSON, and the HTTP status.

    `advice` is by code; the default is for ISE's sign-in.
    """
    text = _said(document)
    code = _code(document, text)
    said = text if not code or f"AADSTS{code}" in text else f"AADSTS{code}: {text}"
    return SignInRefused("Entra", f"refused the sign-in ({status}): {said}", _remedy(code, status, advice), code)


def _remedy(code: int, status: int, advice: Mapping[int, str]) -> str:
    if code in advice:
        return advice[code]
    return _LATER if status >= _SERVER_ERROR or status == _TOO_MANY_REQUESTS else _UNKNOWN


def _said(document: Mapping[str, Any]) -> str:
    text = _TAIL.sub("", str(document.get("error_description") or document.get("error") or "no reason given"))
    shown = " ".join(_JWT.sub("(a token)", text).split())
    return shown if len(shown) <= _LONGEST_TEXT else f"{shown[:_LONGEST_TEXT]}…"


def _code(document: Mapping[str, Any], text: str) -> int:
    codes = document.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = _CODE.search(text)
    return int(found[1]) if found else 0
