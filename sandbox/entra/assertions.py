"""Client assertions: a JWT that says "I am this application", signed by a certificate or by a trusted issuer."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt

from sandbox.entra.certificates import check_signature
from sandbox.entra.refusals import Refused
from sandbox.identities import OIDC_ISSUER
from sandbox.oidc import issuer_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa

    from sandbox.entra.sign_in import Client
    from sandbox.world import World

# How far a client's clock may be off.
_SKEW = timedelta(minutes=5)
_SEGMENTS = 3


@dataclass(frozen=True)
class Assertion:
    """A JWT as it was sent: nothing in it is believed before its signature has been checked."""

    text: str = field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        """The signature algorithm it names."""
        return str(self.header.get("alg"))

    def claim(self, name: str) -> str:
        """Return a claim as text, empty where it is missing or no text."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""

    def is_signed_by(self, key: rsa.RSAPublicKey) -> bool:
        """Say whether the signature is this key's, by the algorithm that the header names."""
        try:
            jwt.PyJWS().decode(self.text, key, algorithms=["RS256", "PS256"])
        except jwt.InvalidTokenError:
            return False
        return True


def parse_assertion(text: str) -> Assertion:
    """Return the assertion's parts, unverified."""
    segments = text.split(".")
    if len(segments) != _SEGMENTS:
        raise Refused(50027, reason="IDX12741: JWT must have three segments (JWS) or five segments (JWE).")
    return Assertion(text, _json_object(segments[0]), _json_object(segments[1]))


def check_assertion(world: World, assertion: Assertion, client: Client) -> None:
    """Refuse an assertion that does not prove to be the client: by certificate, or by an issuer that it trusts."""
    if assertion.claim("iss").lower() == client.app_id.lower():
        client.proof.kind = "certificate"
        _check_certificate_assertion(world, assertion, client)
    else:
        client.proof.kind = "federatedIdentityCredential"
        _check_federated_assertion(world, assertion, client)


def _check_certificate_assertion(world: World, assertion: Assertion, client: Client) -> None:
    if assertion.claim("sub").lower() != client.app_id.lower():
        raise Refused(700021)
    if assertion.claim("aud").lower() not in client.tenant.audiences():
        raise Refused(700023)
    _check_times(assertion, world.now())
    check_signature(assertion, client, now=world.now())


def _check_federated_assertion(world: World, assertion: Assertion, client: Client) -> None:
    """Judge issuer, subject and audience in that order, as Entra's three codes have it."""
    issuer, subject, audience = (assertion.claim(name) for name in ("iss", "sub", "aud"))
    trusted = [
        credential
        for credential in client.application.get("federatedIdentityCredentials") or ()
        if credential["issuer"].rstrip("/") == issuer.rstrip("/")
    ]
    if not trusted and not client.application.get("federatedIdentityCredentials"):
        # An assertion for an application that trusts no one is a certificate's with a wrong issuer.
        raise Refused(700021)
    if not trusted:
        raise Refused(700211, issuer=issuer)
    matching = [credential for credential in trusted if credential.get("subject") == subject]
    if not matching:
        raise Refused(700213, subject=subject)
    client.proof.credential = matching[0]
    if not any(audience in credential["audiences"] for credential in matching):
        raise Refused(700212, audience=audience)
    _check_times(assertion, world.now())
    # The sandbox is its own world: no issuer outside it can be asked for its keys.
    if issuer.rstrip("/") != OIDC_ISSUER or not assertion.is_signed_by(issuer_key(world).public_key()):
        raise Refused(50027, reason="Assertion failed signature validation.")


def _check_times(assertion: Assertion, now: datetime) -> None:
    start = _instant(assertion, "nbf") or _instant(assertion, "iat") or datetime.fromtimestamp(0, UTC)
    end = _instant(assertion, "exp") or datetime.fromtimestamp(0, UTC)
    if not start - _SKEW <= now < end + _SKEW:
        raise Refused(700024, now=_spelled(now), start=_spelled(start), end=_spelled(end))


def _instant(assertion: Assertion, name: str) -> datetime | None:
    value = assertion.claims.get(name)
    if not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused(50027, reason=f"The claim '{name}' is no time.") from error


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _json_object(segment: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError as error:
        raise Refused(50027, reason="IDX12709: JWT is not well formed.") from error
    if not isinstance(value, dict):
        raise Refused(50027, reason="IDX12709: JWT is not well formed.")
    return value
