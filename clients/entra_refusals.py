"""What Entra says when it gives no token, and what to tell a person then. Codes: domain.md §7."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from helpers.errors import Refused
from helpers.verifying.meanings import SIGN_IN, of_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_TEXT = 300
_CODE = re.compile(r"AADSTS(\d{4,8})")
# What can follow Entra's sentence, on a line of its own or not: of use to Microsoft's support alone.
_TAIL = re.compile(r"\s*Trace ID: .*", re.DOTALL)
# A JWT, should anyone ever quote one back: what comes before its last part is enough to know it by.
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")


@dataclass
class SignInRefused(Refused):
    """Entra gave no token. `code` is the AADSTS number, 0 where it named none."""

    code: int = 0


# Whose job it is, and what to do.
ADVICE: Mapping[int, str] = MappingProxyType({code: meaning.task for code, meaning in SIGN_IN.items()})


def sign_in_refused(document: Mapping[str, Any], status: int, *, advice: Mapping[int, str] = ADVICE) -> SignInRefused:
    """Return the error for a token endpoint's refusal: its JSON, and the HTTP status.

    `advice` is by code; the default is for ISE's sign-in.
    """
    text = _said(document)
    code = _code(document, text)
    said = text if not code or f"AADSTS{code}" in text else f"AADSTS{code}: {text}"
    return SignInRefused(
        "Entra", f"refused the sign-in ({status}): {said}", _remedy(code, status, advice), status, code
    )


def _remedy(code: int, status: int, advice: Mapping[int, str]) -> str:
    return advice[code] if code in advice else of_refusal(0, status).task


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
