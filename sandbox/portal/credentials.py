"""Changes of credentials: certificates, secrets, and issuers that are trusted instead."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from helpers.errors import InputError
from sandbox.portal.change import Change
from sandbox.portal.strangers import entry_of, new_entry

if TYPE_CHECKING:
    from sandbox.portal.desk import Desk
    from sandbox.store import Document


def _add_certificate(desk: Desk, name: str) -> None:
    entry = new_entry(name, start=desk.timestamp())
    desk.change_application(keyCredentials=[*desk.application["keyCredentials"], entry])


def _add_principals_certificate(desk: Desk, name: str) -> None:
    entry = new_entry(name, start=desk.timestamp())
    desk.change_principal(keyCredentials=[*desk.principal["keyCredentials"], entry])


def _remove_certificate(desk: Desk, key_id: str) -> None:
    entry = _certificate(desk, key_id)
    desk.change_application(keyCredentials=[each for each in desk.application["keyCredentials"] if each is not entry])


def _swap_certificate(desk: Desk, key_id: str) -> None:
    """Graph changes no entry: it is taken away and comes back under its old names, with its old dates."""
    old = _certificate(desk, key_id)
    start, end = (datetime.fromisoformat(old[name]) for name in ("startDateTime", "endDateTime"))
    other = entry_of("swapped", start, end)
    _replace(desk, old, {**{name: value for name, value in old.items() if name != "key"}, "key": other["key"]})


def _change_end(desk: Desk, key_id: str, end: str) -> None:
    old = _certificate(desk, key_id)
    start, present = (datetime.fromisoformat(old[name]) for name in ("startDateTime", "endDateTime"))
    halfway = (start + (present - start) / 2).strftime("%Y-%m-%dT%H:%M:%SZ")
    _replace(desk, old, {**old, "endDateTime": end or halfway})


def _replace(desk: Desk, old: Document, new: Document) -> None:
    present = desk.application["keyCredentials"]
    desk.change_application(keyCredentials=[each for each in present if each is not old])
    desk.change_application(keyCredentials=[new if each is old else each for each in present])


def _certificate(desk: Desk, key_id: str) -> Document:
    """Return the certificate named, or the first; raise InputError where it is not there."""
    for entry in desk.application["keyCredentials"]:
        if not key_id or entry["keyId"].lower() == key_id.lower():
            found: Document = entry
            return found
    raise InputError(desk.app_id, f"has no certificate {key_id}".rstrip(), "name one with --key-id, or add one first")


def _add_secret(desk: Desk, name: str) -> None:
    desk.ask("POST", f"{desk.application_path}/addPassword", {"passwordCredential": {"displayName": name}})


def _add_principals_secret(desk: Desk, name: str) -> None:
    desk.ask("POST", f"{desk.principal_path}/addPassword", {"passwordCredential": {"displayName": name}})


def _trust_issuer(desk: Desk, issuer: str, subject: str) -> None:
    credential = {"name": "by-hand", "issuer": issuer, "subject": subject, "audiences": [_EXCHANGE]}
    desk.ask("POST", f"{desk.application_path}/federatedIdentityCredentials", credential)


def _trust_issuer_flexibly(desk: Desk, issuer: str, expression: str) -> None:
    credential = {
        "name": "by-hand-flexible",
        "issuer": issuer,
        "claimsMatchingExpression": {"value": expression, "languageVersion": 1},
        "audiences": [_EXCHANGE],
    }
    desk.ask("POST", f"{desk.application_path}/federatedIdentityCredentials", credential, version="beta")


def _set_encryption_key(desk: Desk, name: str) -> None:
    entry = new_entry(name, start=desk.timestamp(), usage="Encrypt")
    desk.change_application(keyCredentials=[*desk.application["keyCredentials"], entry])
    desk.change_application(tokenEncryptionKeyId=desk.application["keyCredentials"][-1]["keyId"])


_EXCHANGE = "api://AzureADTokenExchange"
_ISSUER = "https://token.actions.githubusercontent.com"

CHANGES = (
    Change(
        "add-certificate",
        "adds a certificate to the application",
        harmful=True,
        make=_add_certificate,
        options={"name": "CN=backdoor"},
    ),
    Change(
        "add-certificate-to-service-principal",
        "adds a certificate to the service principal, which App registrations never shows",
        harmful=True,
        make=_add_principals_certificate,
        options={"name": "CN=backdoor"},
    ),
    Change(
        "swap-certificate",
        "puts other bytes under a certificate's key id, name, thumbprint and dates",
        harmful=True,
        make=_swap_certificate,
        options={"key_id": ""},
    ),
    Change(
        "change-certificate-end",
        "lets a certificate end earlier than it says itself",
        harmful=True,
        make=_change_end,
        options={"key_id": "", "end": ""},
    ),
    Change(
        "remove-certificate",
        "removes a certificate of the application",
        harmful=True,
        make=_remove_certificate,
        options={"key_id": ""},
    ),
    Change(
        "add-secret",
        "adds a client secret to the application",
        harmful=True,
        make=_add_secret,
        options={"name": "test"},
    ),
    Change(
        "add-secret-to-service-principal",
        "adds a client secret to the service principal, which the portal never shows",
        harmful=True,
        make=_add_principals_secret,
        options={"name": "test"},
    ),
    Change(
        "add-federated-credential",
        "trusts another issuer's tokens instead of a certificate",
        harmful=True,
        make=_trust_issuer,
        options={"issuer": _ISSUER, "subject": "repo:somebody/else:ref:refs/heads/main"},
    ),
    Change(
        "add-flexible-federated-credential",
        "trusts another issuer's tokens by an expression, which v1.0 does not show",
        harmful=True,
        make=_trust_issuer_flexibly,
        options={"issuer": _ISSUER, "expression": "claims['sub'] matches 'repo:somebody/*'"},
    ),
    Change(
        "set-token-encryption-key",
        "encrypts the application's tokens with a key of somebody's",
        harmful=True,
        make=_set_encryption_key,
        options={"name": "CN=encryption"},
    ),
)
