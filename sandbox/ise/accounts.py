"""Who may use ISE's API: an administrator, an operator who may only read, and somebody whose groups give no API at all.

Passwords are this sandbox's alone.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.keys import write_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADMINISTRATOR = "admin-api"
OPERATOR = "operator-api"
HELPDESK = "helpdesk"

_RIGHTS: Mapping[str, dict[str, bool]] = MappingProxyType(
    {
        ADMINISTRATOR: {"may_write": True},
        OPERATOR: {"may_write": False},
        HELPDESK: {"may_write": False, "may_read": False},
    }
)


@dataclass(frozen=True)
class Account:
    """One account. ISE's groups ERS Admin and Super Admin may write, ERS Operator may read, others neither."""

    username: str
    password: str
    may_write: bool
    may_read: bool = True


def accounts(folder: Path) -> dict[str, Account]:
    """Return the accounts by name, made on first use and kept in `ise.json` (mode 0600)."""
    path = folder / "ise.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["accounts"] if path.exists() else []
    known = {account["username"]: Account(**account) for account in kept}
    missing = [name for name in _RIGHTS if name not in known]
    if missing:
        known |= {name: Account(name, secrets.token_urlsafe(24), **_RIGHTS[name]) for name in missing}
        path.unlink(missing_ok=True)
        write_secret(path, json.dumps({"accounts": list(map(asdict, known.values()))}, indent=2).encode())
    return known


def authenticated(folder: Path, authorization: str) -> Account | None:
    """Return whose user name and password an HTTP Basic header carries, None where they are nobody's."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    account = accounts(folder).get(username)
    if account is None or not hmac.compare_digest(account.password.encode(), password.encode()):
        return None
    return account
