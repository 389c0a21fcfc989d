"""Why something was not read, in words that a report shows: which permission or licence lacks, or what Graph said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.graph.answered import NOT_GRAPHS
from clients.graph.permissions import need_of
from helpers.observing.documents import Unread

if TYPE_CHECKING:
    from clients.graph.answered import Answer

_LICENCE_CODES = ("authentication_requestfromnonpremiumtenantorb2ctenant", "aadpremiumlicenserequired")
_IN_WORDS = {
    200: f"Graph: {NOT_GRAPHS}",
    401: "the token is not accepted (401)",
    402: "needs a licence (402)",
    404: "Graph does not find it (404)",
    429: "throttled out: Graph had too many requests for longer than a run waits (429)",
}
_FORBIDDEN = 403


def unread(answer: Answer, surface: str) -> Unread:
    """Return why a thing (a field of `Documents`, or the audit log) was not read, from the answer to its request."""
    if answer.trouble:
        return Unread(f"Graph: {answer.trouble}")
    if answer.status == _FORBIDDEN:
        need = need_of(surface)
        lacks = need.licence or "a licence" if _is_about_licences(answer) else need.least
        return Unread(f"needs {lacks} (403)")
    said = f" ({answer.code})" if answer.code else ""
    return Unread(_IN_WORDS.get(answer.status) or f"Graph answered {answer.status}{said}")


def _is_about_licences(answer: Answer) -> bool:
    return answer.code.lower() in _LICENCE_CODES
