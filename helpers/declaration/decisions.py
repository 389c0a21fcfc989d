"""What people decided in one environment file, as text by key: for showing, recording and comparing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from helpers.declaration.adopted import kept_by
from helpers.model import Seen
from helpers.permissions import api_name, permission_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from helpers.declaration.adopted import Adopted
    from helpers.declaration.declaration import Declaration
    from helpers.terms import Revoked, Terms

KEPT = "adopted.keeps."
"""How a decision begins that says what an adopted application keeps: a key of `keeps`, a colon and the value follow."""
_REVOKED = "revoked: "
_ADOPTED_ENTRY = re.compile(r"certificates\.(?P<entry>[A-Za-z0-9_-]+)\.adopted")
_WITH_KEY = re.compile(r"with its key \(SHA-256 ([0-9A-F]{64})\); ")


def decisions(declaration: Declaration) -> dict[str, str]:
    """Return every decision by a key of its own, so that one exception more shows as just that. Sorted by key."""
    return dict(sorted((*_terms(declaration.terms), *_places(declaration), *_adoption(declaration))))


def _terms(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "permissions.profile", terms.profile
    yield "permissions.admin_consent", terms.admin_consent.value
    yield "ise", f"ISE {terms.ise}"
    for permission, reason in terms.reasons.items():
        name = f"{permission_name(permission)} ({permission.type}) on {api_name(permission.api)}"
        yield f"permissions.extra: {name}", reason
    for exception in terms.exceptions:
        yield f"exceptions: {exception.rule} about {exception.subject}", f"until {exception.until}: {exception.reason}"
    for revoked in terms.revoked:
        yield f"{_REVOKED}{revoked.sha256}", _revocation(revoked)
    for unaudited in terms.unaudited:
        yield f"unaudited: {unaudited.surface}", unaudited.reason


def revocations_in(decisions: Mapping[str, str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each decision that revokes, and the SHA-256 of certificate and key that it revokes, in upper-case hex."""
    for term, text in decisions.items():
        if term.startswith(_REVOKED):
            with_key = _WITH_KEY.match(text)
            yield term, frozenset({term.removeprefix(_REVOKED), *(with_key.groups() if with_key else ())})


def _revocation(revoked: Revoked) -> str:
    # What is ours comes first: name and reason may hold anything, and could feign whatever came after them.
    key = f"with its key (SHA-256 {revoked.public_key_sha256})" if revoked.public_key_sha256 else "without its key"
    return f"{key}; {revoked.common_name}, {revoked.date}: {revoked.reason}"


def _places(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """Yield what decides where a deploy goes: another state, for one, loses sight of what is deployed."""
    yield "cloud", declaration.cloud.name
    yield "deployer", declaration.deployer
    if isinstance(declaration.integration.client_id, Seen):
        yield "client_id", declaration.integration.client_id.items
    yield "endpoints.login_host", declaration.cloud.login_host
    yield "endpoints.intune_audience", declaration.cloud.intune_audience
    if declaration.ise_api:
        yield "ise.api", declaration.ise_api
    settings = declaration.state.model_dump(exclude_none=True)
    yield "state", ", ".join(f"{key}: {value}" for key, value in settings.items())


def _adoption(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """Yield what a deploy imports instead of making it, and what it leaves alone."""
    adopted = declaration.adopted
    if adopted is None:
        return
    yield "adopted.application", adopted.application
    if adopted.service_principal:
        yield "adopted.service_principal", adopted.service_principal
    for role in adopted.roles:
        yield f"adopted.consents: {role.permission}", f"{role.resource}: {role.assignment}"
    for grant in adopted.grants:
        yield f"adopted.consents: {grant.api}", grant.grant
    if adopted.unmanaged_of_application:
        yield "adopted.unmanaged.application", ", ".join(adopted.unmanaged_of_application)
    if adopted.unmanaged_of_service_principal:
        yield "adopted.unmanaged.service_principal", ", ".join(adopted.unmanaged_of_service_principal)
    yield from _kept(adopted)
    for entry in declaration.certificates:
        if entry.adopted:
            yield f"certificates.{entry.name}.adopted", entry.key_id


def _kept(adopted: Adopted) -> Iterator[tuple[str, str]]:
    for key, kept in kept_by(adopted).items():
        for value in kept if isinstance(kept, list) else [kept]:
            yield f"{KEPT}{key}: {value if isinstance(value, str) else 'true'}", "kept"


def adopted_entry(term: str) -> str:
    """Return the entry of which a decision says under which key id it was there before; empty for any other."""
    named = _ADOPTED_ENTRY.fullmatch(term)
    return named["entry"] if named else ""
