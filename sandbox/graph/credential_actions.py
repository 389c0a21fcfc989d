"""`addPassword`, `removePassword`, `addKey` and `removeKey`: one credential more or less, by name and not by list.

Source: microsoft-graph-docs-contrib, api/application-addpassword.md, -removepassword.md, -addkey.md, -removekey.md, and
concepts/application-rollkey-prooftoken.md for the proof; the pages of service principals say the same.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt
from cryptography import x509

from sandbox.graph import key_credentials
from sandbox.graph.applications import APPLICATIONS
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.documents import check_properties, new_id, without_annotations
from sandbox.graph.errors import bad_request
from sandbox.graph.service_principals import SERVICE_PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.graph.calls import Call
    from sandbox.graph.errors import GraphError
    from sandbox.graph.resources import Resource
    from sandbox.store import Document

_LIFETIME = timedelta(days=730)
_HINT = 3
# What may be said of a new secret; all else is the directory's.
_SENT = ("customKeyIdentifier", "displayName", "endDateTime", "startDateTime")
_PROOF_AUDIENCE = "00000002-0000-0000-c000-000000000000"
_LONGEST_PROOF = timedelta(minutes=10)


def _operations(resource: Resource) -> Iterator[Operation]:
    def add_password(call: Call) -> Reply:
        document = resource.find(call)
        entry = _new_password(call)
        resource.keep(call, {**document, "passwordCredentials": [*document["passwordCredentials"], entry]})
        return _told(call, "passwordCredential", entry)

    def remove_password(call: Call) -> Reply:
        document = resource.find(call)
        kept = _without(document["passwordCredentials"], call, "password")
        resource.keep(call, {**document, "passwordCredentials": kept})
        return Reply()

    def add_key(call: Call) -> Reply:
        document = resource.find(call)
        _check_proof(call, document)
        sent = call.body.get("keyCredential")
        present = document["keyCredentials"]
        entries = key_credentials.updated(present, [*present, sent])
        resource.keep(call, {**document, "keyCredentials": entries})
        return _told(call, "keyCredential", key_credentials.shown(entries[-1], with_key=False))

    def remove_key(call: Call) -> Reply:
        document = resource.find(call)
        _check_proof(call, document)
        resource.keep(call, {**document, "keyCredentials": _without(document["keyCredentials"], call, "key")})
        return Reply()

    actions = {
        "addPassword": add_password,
        "removePassword": remove_password,
        "addKey": add_key,
        "removeKey": remove_key,
    }
    for name, action in actions.items():
        yield Operation("POST", f"/{resource.collection}/{{id}}/{name}", action, resource.find)


def _new_password(call: Call) -> Document:
    """Return a new secret; only here its text is told, and ever after its first letters."""
    sent = without_annotations(call.body.get("passwordCredential") or {})
    check_properties("passwordCredential", sent, _SENT)
    start = _instant(sent, "startDateTime") or call.world.now()
    end = _instant(sent, "endDateTime") or start + _LIFETIME
    if end <= start:
        raise bad_request("Password credential end date is invalid.", code="CredentialInvalidEndDate")
    text = secrets.token_urlsafe(30)
    return {
        "customKeyIdentifier": sent.get("customKeyIdentifier"),
        "displayName": sent.get("displayName"),
        # With fractions, which the dates of certificates have none of.
        "endDateTime": _written(end),
        "hint": text[:_HINT],
        "keyId": new_id(),
        "secretText": text,
        "startDateTime": _written(start),
    }


def _instant(sent: Document, name: str) -> datetime | None:
    if sent.get(name) is None:
        return None
    try:
        instant = datetime.fromisoformat(str(sent[name]))
    except ValueError:
        raise bad_request(f"Invalid value specified for property '{name}' of a password credential.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def _without(entries: list[Document], call: Call, what: str) -> list[Document]:
    identifier = str(call.body.get("keyId")).lower()
    kept = [entry for entry in entries if entry["keyId"].lower() != identifier]
    if len(kept) == len(entries):
        raise bad_request(f"No {what} credential found with keyId '{identifier}'.")
    return kept


def _check_proof(call: Call, document: Document) -> None:
    """Raise Graph's refusal unless the caller shows that it holds a key of the object already."""
    proof = call.body.get("proof")
    if not isinstance(proof, str):
        raise _no_proof()
    for entry in document["keyCredentials"]:
        if datetime.fromisoformat(entry["endDateTime"]) > call.world.now() and _proves(call, proof, document, entry):
            return
    raise _no_proof()


def _proves(call: Call, proof: str, document: Document, entry: Document) -> bool:
    key = x509.load_der_x509_certificate(key_credentials.der_of(entry)).public_key()
    try:
        claims = jwt.decode(
            proof,
            key,  # type: ignore[arg-type]  # RSA: Graph takes no other
            algorithms=["RS256"],
            audience=_PROOF_AUDIENCE,
            issuer=document["id"],
            # Times are judged by the sandbox's clock, which is not always the machine's.
            options={"require": ["aud", "iss", "nbf", "exp"], "verify_exp": False, "verify_nbf": False},
        )
        start, end = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("nbf", "exp"))
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError):
        return False
    return start <= call.world.now() < end <= start + _LONGEST_PROOF


def _no_proof() -> GraphError:
    return bad_request("Access Token missing or malformed.", code="Authentication_MissingOrMalformed")


def _told(call: Call, kind: str, entry: Document) -> Reply:
    return Reply(200, {"@odata.context": call.context(f"microsoft.graph.{kind}"), **entry})


OPERATIONS = (*_operations(APPLICATIONS), *_operations(SERVICE_PRINCIPALS))
