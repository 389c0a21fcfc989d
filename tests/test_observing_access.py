"""Graph's documents read into the model: permissions asked for and granted, and every way to sign in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from helpers.certificates import Certificate
from helpers.comparing import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    compare,
    subject_of,
    without_ids,
)
from helpers.model import CredentialKind, Permission, PermissionType
from helpers.observing import BYTES_NOT_READ, observe
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api, find_permission
from tests.declaring import declare
from tests.making_certificates import make_certificate, rsa_key
from tests.seen_in_graph import (
    CLIENT,
    application,
    assignment,
    changed,
    deployed,
    differences,
    grant,
    key,
    more,
    password,
    with_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from helpers.observing import Document, Documents

GRAPH, INTUNE = find_api(MICROSOFT_GRAPH).app_id, find_api(INTUNE_API).app_id
WRITES = "Directory.ReadWrite.All"
WRITES_ID = find_permission(find_api(MICROSOFT_GRAPH), WRITES, PermissionType.APPLICATION).id
ELSEWHERE = "e15e0000-0000-4000-8000-00000000000e"


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declare(tmp_path, permissions={"profile": "article-2016"}, client_id=CLIENT)


def assigned(api: str, role: str) -> Document:
    return assignment(Permission(api, role, PermissionType.APPLICATION))


def required(seen: Documents) -> list[Document]:
    assert isinstance(seen.application, dict)
    found: list[Document] = seen.application["requiredResourceAccess"]
    return found


# What is granted or asked for, and the name by which a report speaks of it.
PERMISSIONS: dict[str, tuple[Callable[[Documents], Documents], tuple[type[Difference], Surface, str]]] = {
    "app role": (
        lambda seen: more(seen, "app_role_assignments", assigned(GRAPH, WRITES_ID)),
        (PermissionAdded, Surface.GRANTED, WRITES),
    ),
    "the role of no name": (
        lambda seen: more(seen, "app_role_assignments", assigned(INTUNE, "00000000-0000-0000-0000-000000000000")),
        (PermissionAdded, Surface.GRANTED, "00000000-0000-0000-0000-000000000000"),
    ),
    "consent taken back": (
        lambda seen: replace(seen, app_role_assignments=seen.app_role_assignments[1:]),  # type: ignore[index]
        (PermissionRemoved, Surface.GRANTED, "Directory.Read.All"),
    ),
    "delegated": (
        lambda seen: more(seen, "delegated_grants", grant(GRAPH, "Mail.Send")),
        (PermissionAdded, Surface.GRANTED, "Mail.Send"),
    ),
    "delegated, of a name nobody knows": (
        lambda seen: more(seen, "delegated_grants", grant(GRAPH, "New.Thing")),
        (PermissionAdded, Surface.GRANTED, "New.Thing"),
    ),
    "asked for": (
        lambda seen: application(
            seen,
            requiredResourceAccess=[
                *required(seen),
                {"resourceAppId": ELSEWHERE, "resourceAccess": [{"id": ELSEWHERE, "type": "Role"}]},
            ],
        ),
        (PermissionAdded, Surface.REQUESTED, ELSEWHERE),
    ),
    "no longer asked for": (
        lambda seen: application(
            seen, requiredResourceAccess=[each for each in required(seen) if each["resourceAppId"] == GRAPH]
        ),
        (PermissionRemoved, Surface.REQUESTED, "get_device_compliance"),
    ),
}


@pytest.mark.parametrize(("change", "expected"), PERMISSIONS.values(), ids=PERMISSIONS)
def test_every_permission_more_or_less_is_one_difference_by_its_name(
    declaration: Declaration,
    change: Callable[[Documents], Documents],
    expected: tuple[type[Difference], Surface, str],
) -> None:
    (difference,) = differences(declaration, change(deployed(declaration)))
    assert (type(difference), difference.surface, subject_of(difference)) == expected


KEY_ID = "5ec00000-0000-4000-8000-000000000002"


def another_key(declaration: Declaration, **properties: Any) -> Document:  # noqa: ANN401 — any JSON
    return {**key(declaration), "keyId": KEY_ID.upper(), **properties}


CREDENTIALS: dict[str, tuple[str, Callable[[Declaration], Document], CredentialKind]] = {
    "certificate": ("keyCredentials", another_key, CredentialKind.CERTIFICATE),
    "certificate that signs": (
        "keyCredentials",
        lambda declaration: another_key(declaration, usage="Sign"),
        CredentialKind.OTHER_KEY,
    ),
    "symmetric key": (
        "keyCredentials",
        lambda declaration: another_key(declaration, type="Symmetric"),
        CredentialKind.OTHER_KEY,
    ),
    "certificate with a password": (
        "keyCredentials",
        lambda declaration: another_key(declaration, type="X509CertAndPassword", usage="Sign"),
        CredentialKind.OTHER_KEY,
    ),
    "secret": ("passwordCredentials", lambda _: password(KEY_ID), CredentialKind.SECRET),
}


@pytest.mark.parametrize("holder", ["application", "service_principal"])
@pytest.mark.parametrize("case", CREDENTIALS)
def test_every_credential_more_is_one_difference_on_whichever_object(
    declaration: Declaration, holder: str, case: str
) -> None:
    name, make, kind = CREDENTIALS[case]
    seen = deployed(declaration)
    credentials = [*getattr(seen, holder)[name], make(declaration)]
    (difference,) = differences(declaration, changed(seen, holder, **{name: credentials}))
    assert isinstance(difference, CredentialAdded)
    credential = difference.credential
    assert (credential.kind, credential.holder.value, credential.key_id) == (kind, holder, KEY_ID)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"subject": "repo:evil/x"}, "called f, issuer https://i.example, subject repo:evil/x, audience a"),
        (
            {"subject": None, "claimsMatchingExpression": {"value": "claims['sub'] matches '*'", "languageVersion": 1}},
            "called f, issuer https://i.example, expression claims['sub'] matches '*', audience a",
        ),
    ],
    ids=["plain", "flexible"],
)
def test_a_federated_credential_is_one_difference_and_whom_it_trusts_is_noted(
    declaration: Declaration, properties: Document, told: str
) -> None:
    federated = {"id": KEY_ID, "name": "f", "issuer": "https://i.example", "audiences": ["a"], **properties}
    seen = more(deployed(declaration), "federated_credentials", federated)
    (difference,) = differences(declaration, seen)
    assert isinstance(difference, CredentialAdded)
    assert difference.credential.kind is CredentialKind.FEDERATED
    assert observe(seen).noted[KEY_ID] == told


def test_a_declared_certificate_that_is_gone_is_missed(declaration: Declaration) -> None:
    (difference,) = differences(declaration, application(deployed(declaration), keyCredentials=[]))
    assert isinstance(difference, CredentialRemoved)


@pytest.mark.parametrize(
    "properties", [{"usage": "Sign"}, {"type": "Symmetric"}, {"endDateTime": "2039-01-01T00:00:00Z"}], ids=str
)
def test_something_else_behind_a_declared_key_id_is_a_change(declaration: Declaration, properties: Document) -> None:
    seen = application(deployed(declaration), keyCredentials=[{**key(declaration), **properties}])
    (difference,) = differences(declaration, seen)
    assert isinstance(difference, CredentialChanged)


def test_bytes_are_compared_where_they_were_asked_for(declaration: Declaration) -> None:
    seen = with_bytes(deployed(declaration), declaration)
    assert without_ids(compare(declaration.integration, observe(seen).integration)) == ()


def test_other_bytes_under_a_declared_key_id_are_a_change_whatever_identifier_they_bear(
    declaration: Declaration,
) -> None:
    entry = declaration.certificates[0].certificate
    other = Certificate(
        make_certificate(
            entry.common_name, key=rsa_key("thief"), not_before=entry.not_before, not_after=entry.not_after
        )
    )
    swapped = {**entry.manifest_entry("key"), "key": other.value}
    (difference,) = differences(declaration, replace(deployed(declaration), key_credentials=(swapped,)))
    assert isinstance(difference, CredentialChanged)


def test_bytes_that_nobody_asked_for_are_said_not_to_be_compared(declaration: Declaration) -> None:
    found = without_ids(compare(declaration.integration, observe(deployed(declaration)).integration))
    key_id = declaration.certificates[0].certificate.key_id
    assert found == (NotCompared(Surface.CERTIFICATE_BYTES, f"bytes of {key_id}: {BYTES_NOT_READ}"),)
