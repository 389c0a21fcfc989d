"""Calls of Microsoft Graph, as somebody with the right to make them would type them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

# Stands for the id of the one thing that the call before this one lists.
LISTED = "<id>"


@dataclass(frozen=True)
class Call:
    """One request: `path` begins after the version, `body` is a JSON object or None.

    `refers_to` is the id of a directory object that the body is a reference to.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    refers_to: str = ""

    def text(self, graph: str) -> str:
        """Return method and URL on one line, the body on those below; in ASCII, whatever names it holds.

        `graph` is the cloud's Graph without a final slash: no other host is meant to see the caller's token.
        """
        root = f"{graph}/v1.0"
        body = {"@odata.id": f"{root}/directoryObjects/{self.refers_to}"} if self.refers_to else self.body
        request = f"{self.method} {root}{self.path}"
        return request if body is None else f"{request}\n{json.dumps(body, indent=2, ensure_ascii=True)}"


def path(*parts: str) -> str:
    """Return a path of Graph's; every part may be text from elsewhere."""
    return "".join(f"/{part if part == LISTED else quote(part, safe='$-_.~', errors='replace')}" for part in parts)
