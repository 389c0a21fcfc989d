"""Who may use ISE's API: an administrator and an operator who may only read, with passwords of this sandbox alone."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sandbox.keys import write_secret

if TYPE_CHECKING:
    from pathlib import Path

ADMINISTRATOR = "admin-api"
OPERATOR = "operator-api"


@dataclass(frozen=True)
class Account:
    """One account; only ISE's ERS-Admin role may write, ERS-Operator may read."""

    username: str
    password: str
    may_write: bool


def accounts(folder: Path) -> dict[str, Account]:
    """Return the accounts by name, made on first use and kept in `ise.json` (mode 0600)."""
    path = folder / "ise.json"
    if not path.exists():
        made = [
            Account(ADMINISTRATOR, secrets.token_urlsafe(24), may_write=True),
            Account(OPERATOR, secrets.token_urlsafe(24), may_write=False),
        ]
        write_secret(path, json.dumps({"accounts": [asdict(account) for account in made]}, indent=2).encode())
    kept = json.loads(path.read_text(encoding="utf-8"))["accounts"]
    return {account["username"]: Account(**account) for account in kept}


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
