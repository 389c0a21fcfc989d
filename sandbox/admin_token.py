"""The token of the sandbox's folder: who changes things shows it, loopback not being private on a shared machine."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from sandbox.keys import write_secret

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request


def admin_token(folder: Path) -> str:
    """Return the token kept in the sandbox's folder (`admin-token`, mode 0600), made on first use."""
    path = folder / "admin-token"
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(32).encode())
    return path.read_text()


def shows_admin_token(request: Request, folder: Path) -> bool:
    """Say whether the request carries the token, as `Authorization: Bearer …`."""
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(presented.encode(), admin_token(folder).encode())
