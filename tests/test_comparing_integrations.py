"""compare: what differs between two accounts of what is in Entra, and what nobody can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from helpers.comparing import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    Difference,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
    compare,
)
from helpers.model import (
    Application,
    Credential,
    CredentialKind,
    Exposure,
    Gap,
    Holder,
    Integration,
    NotSeen,
    Permission,
    PermissionType,
    Seen,
    ServicePrincipal,
)

READ = Permission("api", "read", PermissionType.APPLICATION)
WRITE = Permission("api", "write", PermissionType.APPLICATION)
NODE = Credential(
    kind=CredentialKind.CERTIFICATE,
    holder=Holder.APPLICATION,
    key_id="key-1",
    fingerprint=Seen("AA"),
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2028, 1, 1, tzinfo=UTC),
)
SECRET = replace(NODE, kind=CredentialKind.SECRET, key_id="key-2", fingerprint=NotSeen("a secret is never shown"))
BASE = Integration(
    tenant_id="tenant",
    client_id=Seen("client"),
    application=Application(
        object_id=Seen("application"),
        display_name=Seen("Cisco ISE"),
        notes=Seen(""),
        service_management_reference=Seen(""),
        owners=Seen(frozenset({"owner"})),
        exposure=Seen(Exposure()),
    ),
    service_principal=ServicePrincipal(
        object_id=Seen("principal"), owners=Seen(frozenset({"owner"})), enabled=Seen(items=True)
    ),
    requested=Seen(frozenset({READ})),
    granted=Seen(frozenset({READ})),
    credentials=Seen(frozenset({NODE})),
)


def in_application(**changes: object) -> Integration:
    return replace(BASE, application=replace(BASE.application, **changes))  # type: ignore[arg-type]


def in_principal(**changes: object) -> Integration:
    return replace(BASE, service_principal=replace(BASE.service_principal, **changes))  # type: ignore[arg-type]


def exposed(**changes: object) -> Integration:
    return in_application(exposure=Seen(replace(Exposure(), **changes)))  # type: ignore[arg-type]


def test_what_is_the_same_does_not_differ() -> None:
    assert compare(BASE, BASE) == ()


CHANGED = {
    "tenant": (replace(BASE, tenant_id="other"), ValueChanged(Surface.TENANT, "tenant", "other")),
    "client id": (replace(BASE, client_id=Seen("other")), ValueChanged(Surface.CLIENT_ID, "client", "other")),
    "application made anew": (
        in_application(object_id=Seen("other")),
        ValueChanged(Surface.APPLICATION_OBJECT, "application", "other"),
    ),
    "display name": (
        in_application(display_name=Seen("ISE")),
        ValueChanged(Surface.DISPLAY_NAME, "Cisco ISE", "ISE"),
    ),
    "notes": (in_application(notes=Seen("new")), ValueChanged(Surface.NOTES, "", "new")),
    "reference": (
        in_application(service_management_reference=Seen("CMDB-1")),
        ValueChanged(Surface.SERVICE_MANAGEMENT_REFERENCE, "", "CMDB-1"),
    ),
    "owner added": (
        in_application(owners=Seen(frozenset({"owner", "stranger"}))),
        ValueAdded(Surface.APPLICATION_OWNERS, "stranger"),
    ),
    "owner removed": (
        in_application(owners=Seen(frozenset[str]())),
        ValueRemoved(Surface.APPLICATION_OWNERS, "owner"),
    ),
    "audience": (
        exposed(sign_in_audience="AzureADMultipleOrgs"),
        ValueChanged(Surface.SIGN_IN_AUDIENCE, "AzureADMyOrg", "AzureADMultipleOrgs"),
    ),
    "redirect URI": (
        exposed(redirect_uris=frozenset({"https://evil.example"})),
        ValueAdded(Surface.REDIRECT_URIS, "https://evil.example"),
    ),
    "identifier URI": (
        exposed(identifier_uris=frozenset({"api://x"})),
        ValueAdded(Surface.IDENTIFIER_URIS, "api://x"),
    ),
    "public client": (exposed(public_client=True), ValueChanged(Surface.PUBLIC_CLIENT, "false", "true")),
    "principal made anew": (
        in_principal(object_id=Seen("other")),
        ValueChanged(Surface.SERVICE_PRINCIPAL_OBJECT, "principal", "other"),
    ),
    "principal's owner": (
        in_principal(owners=Seen(frozenset({"owner", "stranger"}))),
        ValueAdded(Surface.SERVICE_PRINCIPAL_OWNERS, "stranger"),
    ),
    "principal disabled": (
        in_principal(enabled=Seen(items=False)),
        ValueChanged(Surface.SERVICE_PRINCIPAL_ENABLED, "true", "false"),
    ),
    "permission requested": (
        replace(BASE, requested=Seen(frozenset({READ, WRITE}))),
        PermissionAdded(Surface.REQUESTED, WRITE),
    ),
    "permission no longer requested": (
        replace(BASE, requested=Seen(frozenset[Permission]())),
        PermissionRemoved(Surface.REQUESTED, READ),
    ),
    "permission granted": (
        replace(BASE, granted=Seen(frozenset({READ, WRITE}))),
        PermissionAdded(Surface.GRANTED, WRITE),
    ),
    "consent withdrawn": (
        replace(BASE, granted=Seen(frozenset[Permission]())),
        PermissionRemoved(Surface.GRANTED, READ),
    ),
    "secret added": (
        replace(BASE, credentials=Seen(frozenset({NODE, SECRET}))),
        CredentialAdded(Surface.CREDENTIALS, SECRET),
    ),
    "certificate removed": (
        replace(BASE, credentials=Seen(frozenset[Credential]())),
        CredentialRemoved(Surface.CREDENTIALS, NODE),
    ),
    "certificate swapped under its key id": (
        replace(BASE, credentials=Seen(frozenset({replace(NODE, fingerprint=Seen("BB"))}))),
        CredentialChanged(Surface.CREDENTIALS, NODE, replace(NODE, fingerprint=Seen("BB"))),
    ),
    "end date moved": (
        replace(BASE, credentials=Seen(frozenset({replace(NODE, not_after=datetime(2099, 1, 1, tzinfo=UTC))}))),
        CredentialChanged(Surface.CREDENTIALS, NODE, replace(NODE, not_after=datetime(2099, 1, 1, tzinfo=UTC))),
    ),
}


@pytest.mark.parametrize(("after", "difference"), CHANGED.values(), ids=CHANGED)
def test_each_change_is_one_difference(after: Integration, difference: Difference) -> None:
    assert compare(BASE, after) == (difference,)


@pytest.mark.parametrize("after", [after for after, _ in CHANGED.values()], ids=CHANGED)
def test_the_way_back_is_a_difference_too(after: Integration) -> None:
    (back,) = compare(after, BASE)
    assert back.surface == compare(BASE, after)[0].surface


def test_the_same_certificate_on_the_other_object_is_another_credential() -> None:
    """Sign-ins with the service principal's own credentials show nowhere in App registrations."""
    moved = replace(NODE, holder=Holder.SERVICE_PRINCIPAL)
    assert compare(BASE, replace(BASE, credentials=Seen(frozenset({moved})))) == (
        CredentialAdded(Surface.CREDENTIALS, moved),
        CredentialRemoved(Surface.CREDENTIALS, NODE),
    )


UNSEEN = NotSeen("not asked for")


@pytest.mark.parametrize(
    ("side", "surface"),
    [
        (replace(BASE, client_id=UNSEEN), Surface.CLIENT_ID),
        (replace(BASE, requested=UNSEEN), Surface.REQUESTED),
        (replace(BASE, granted=UNSEEN), Surface.GRANTED),
        (replace(BASE, credentials=UNSEEN), Surface.CREDENTIALS),
        (in_application(object_id=UNSEEN), Surface.APPLICATION_OBJECT),
        (in_application(display_name=UNSEEN), Surface.DISPLAY_NAME),
        (in_application(owners=UNSEEN), Surface.APPLICATION_OWNERS),
        (in_application(exposure=UNSEEN), Surface.EXPOSURE),
        (in_principal(owners=UNSEEN), Surface.SERVICE_PRINCIPAL_OWNERS),
        (in_principal(enabled=UNSEEN), Surface.SERVICE_PRINCIPAL_ENABLED),
    ],
    ids=lambda value: value.value if isinstance(value, Surface) else None,
)
def test_what_one_side_did_not_see_is_not_compared_and_never_clean(side: Integration, surface: Surface) -> None:
    expected = (NotCompared(surface, "not asked for"),)
    assert compare(BASE, side) == expected
    assert compare(side, BASE) == expected


def test_bytes_that_nobody_read_are_not_compared() -> None:
    unread = replace(NODE, fingerprint=NotSeen("Graph hides `key` in lists"))
    (found,) = compare(BASE, replace(BASE, credentials=Seen(frozenset({unread}))))
    assert found == NotCompared(Surface.CERTIFICATE_BYTES, "bytes of key-1: Graph hides `key` in lists")


def test_dates_that_differ_are_found_even_where_bytes_were_not_read() -> None:
    unread = replace(NODE, fingerprint=UNSEEN, not_after=datetime(2099, 1, 1, tzinfo=UTC))
    (found,) = compare(BASE, replace(BASE, credentials=Seen(frozenset({unread}))))
    assert found == CredentialChanged(Surface.CREDENTIALS, NODE, unread)


def test_two_credentials_that_share_a_key_id_are_two() -> None:
    """What signs for SAML and the password of its private key have one key id between them."""
    signs = replace(SECRET, kind=CredentialKind.OTHER_KEY)
    both = replace(BASE, credentials=Seen(frozenset({NODE, SECRET, signs})))
    assert set(compare(BASE, both)) == {
        CredentialAdded(Surface.CREDENTIALS, SECRET),
        CredentialAdded(Surface.CREDENTIALS, signs),
    }
    assert compare(both, both) == ()


def test_a_credential_of_another_kind_under_its_key_id_took_the_place_of_the_old_one() -> None:
    signs = replace(NODE, kind=CredentialKind.OTHER_KEY, fingerprint=NotSeen("only a certificate has one"))
    taken = replace(BASE, credentials=Seen(frozenset({signs})))
    assert compare(BASE, taken) == (CredentialChanged(Surface.CREDENTIALS, NODE, signs),)


def test_delegated_permissions_that_nobody_could_see_do_not_look_taken_back() -> None:
    """Reading them needs a permission more than reading the others."""
    delegated = replace(READ, id="sign-in", type=PermissionType.DELEGATED)
    before = replace(BASE, granted=Seen(frozenset({READ, delegated})))
    unseen = replace(BASE, granted=Seen(frozenset({WRITE})), gaps=frozenset({Gap(Surface.DELEGATED, "403")}))
    assert compare(before, unseen) == (
        PermissionAdded(Surface.GRANTED, WRITE),
        PermissionRemoved(Surface.GRANTED, READ),
        NotCompared(Surface.DELEGATED, "403"),
    )
