"""Graph's documents that are not there, cut, odd or hostile: never an error, never clean, never passed over."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.comparing import NotCompared, Surface, compare, subject_of, without_ids
from helpers.model import CredentialKind, Permission, PermissionType
from helpers.observing import Document, Documents, Observed, Unread, observe
from helpers.observing.credentials import NO_KEY
from helpers.observing.properties import Known
from helpers.permissions import MICROSOFT_GRAPH, find_api
from tests.declaring import declare
from tests.hostile_texts import TEXTS
from tests.seen_in_graph import (
    APPLICATION,
    PRINCIPAL,
    USER,
    application,
    assignment,
    changed,
    deployed,
    differences,
    grant,
    key,
    more,
    password,
    principal,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from helpers.declaration.declaration import Declaration

GRAPH = find_api(MICROSOFT_GRAPH).app_id
ELSEWHERE = "e15e0000-0000-4000-8000-00000000000e"
# Entra chooses these: a declaration does not know them, and nobody misses them.
IDS = {Surface.APPLICATION_OBJECT, Surface.SERVICE_PRINCIPAL_OBJECT}
WHY = "needs Directory.Read.All (403)"
UNREAD = Unread(WHY)


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declare(tmp_path, permissions={"profile": "article-2016"})


def unsound(name: str, value: object) -> Callable[[Documents], Documents]:
    things: dict[str, Any] = {name: value}
    return lambda seen: replace(seen, **things)


def unread(name: str) -> Callable[[Documents], Documents]:
    return unsound(name, UNREAD)


def without(documents: Documents, thing: str, name: str) -> Documents:
    left = {each: value for each, value in getattr(documents, thing).items() if each != name}
    things: dict[str, Any] = {thing: left}
    return replace(documents, **things)


def keys_of(documents: Documents) -> list[dict[str, Any]]:
    assert isinstance(documents.application, dict)
    keys: list[dict[str, Any]] = documents.application["keyCredentials"]
    return keys


UNREADABLE: dict[str, tuple[Callable[[Documents], Documents], set[Surface]]] = {
    "application owners": (unread("application_owners"), {Surface.APPLICATION_OWNERS}),
    "owners of the service principal": (unread("service_principal_owners"), {Surface.SERVICE_PRINCIPAL_OWNERS}),
    "federated credentials": (unread("federated_credentials"), {Surface.FEDERATED_CREDENTIALS}),
    "assignments": (unread("app_role_assignments"), {Surface.GRANTED}),
    "delegated grants": (unread("delegated_grants"), {Surface.DELEGATED, Surface.GRANTED_TO_USERS}),
    "directory roles": (unread("directory_roles"), {Surface.DIRECTORY_ROLES}),
    "memberships": (unread("memberships"), {Surface.GROUPS, Surface.DIRECTORY_ROLES}),
    "owned objects": (unread("owned_objects"), {Surface.OWNED_OBJECTS}),
    "policies": (unread("policies"), {Surface.POLICIES}),
    "service principal": (
        unread("service_principal"),
        {
            Surface.SERVICE_PRINCIPAL,
            Surface.SERVICE_PRINCIPAL_OBJECT,
            Surface.SERVICE_PRINCIPAL_OWNERS,
            Surface.SERVICE_PRINCIPAL_ENABLED,
            Surface.SERVICE_PRINCIPAL_SETTINGS,
            Surface.SERVICE_PRINCIPAL_CREDENTIALS,
            Surface.DIRECTORY_ROLES,
            Surface.GROUPS,
            Surface.OWNED_OBJECTS,
            Surface.POLICIES,
            Surface.GRANTED,
            Surface.GRANTED_TO_USERS,
        },
    ),
    "application": (
        unread("application"),
        {
            Surface.APPLICATION,
            Surface.APPLICATION_OBJECT,
            Surface.APPLICATION_ENABLED,
            Surface.DISPLAY_NAME,
            Surface.NOTES,
            Surface.SERVICE_MANAGEMENT_REFERENCE,
            Surface.APPLICATION_OWNERS,
            Surface.EXPOSURE,
            Surface.SERVICE_PRINCIPAL_SETTINGS,
            Surface.REQUESTED,
            Surface.CREDENTIALS,
        },
    ),
}
# Answers that lack what Graph always says, or say it in another form.
ODD: dict[str, tuple[Callable[[Documents], Documents], set[Surface]]] = {
    "no keys": (lambda seen: without(seen, "application", "keyCredentials"), {Surface.CREDENTIALS}),
    "null for keys": (lambda seen: application(seen, keyCredentials=None), {Surface.CREDENTIALS}),
    "null for secrets": (lambda seen: application(seen, passwordCredentials=None), {Surface.CREDENTIALS}),
    "a key without an id": (lambda seen: application(seen, keyCredentials=[{}]), {Surface.CREDENTIALS}),
    "a certificate without an end": (
        lambda seen: application(seen, keyCredentials=[{**keys_of(seen)[0], "endDateTime": None}]),
        {Surface.CREDENTIALS},
    ),
    "a date that is none": (
        lambda seen: application(seen, passwordCredentials=[{**password(), "endDateTime": "soon"}]),
        {Surface.CREDENTIALS},
    ),
    "null for keys of the service principal": (
        lambda seen: principal(seen, keyCredentials=None),
        {Surface.SERVICE_PRINCIPAL_CREDENTIALS},
    ),
    "a federated credential without an id": (
        lambda seen: more(seen, "federated_credentials", {"issuer": "x"}),
        {Surface.FEDERATED_CREDENTIALS},
    ),
    "null for what is asked for": (lambda seen: application(seen, requiredResourceAccess=None), {Surface.REQUESTED}),
    "null for the audience": (
        lambda seen: application(seen, signInAudience=None),
        {Surface.EXPOSURE, Surface.SERVICE_PRINCIPAL_SETTINGS},
    ),
    "redirect URIs in another form": (
        lambda seen: application(seen, web={"redirectUris": "x"}),
        {Surface.EXPOSURE, Surface.SERVICE_PRINCIPAL_SETTINGS},
    ),
    "behaviors that nobody asked for": (
        lambda seen: without(seen, "application", "authenticationBehaviors"),
        {Surface.APPLICATION_SETTINGS},
    ),
    "whether it is deactivated, which nobody asked for": (
        lambda seen: without(seen, "application", "isDisabled"),
        {Surface.APPLICATION_ENABLED},
    ),
    "no word on whether it is enabled": (
        lambda seen: principal(seen, accountEnabled=None),
        {Surface.SERVICE_PRINCIPAL_ENABLED},
    ),
    "an API that nobody found": (lambda seen: replace(seen, resources={}), {Surface.GRANTED}),
    "an owner without an id": (
        lambda seen: more(seen, "application_owners", {"displayName": "x"}),
        {Surface.APPLICATION_OWNERS},
    ),
    "a consent of no known type": (
        lambda seen: more(seen, "delegated_grants", {**grant(GRAPH, "User.Read"), "consentType": "Some"}),
        {Surface.DELEGATED, Surface.GRANTED_TO_USERS},
    ),
    "a role assignment without a role": (
        lambda seen: more(seen, "directory_roles", {"id": "x", "directoryScopeId": "/"}),
        {Surface.DIRECTORY_ROLES},
    ),
    "a list that is none": (unsound("policies", {"value": []}), {Surface.POLICIES}),
    "a list of texts": (unsound("owned_objects", ("x",)), {Surface.OWNED_OBJECTS}),
}


@pytest.mark.parametrize(("change", "surfaces"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_could_not_be_read_is_not_compared_for_that_reason_and_nothing_else_is_touched(
    declaration: Declaration, change: Callable[[Documents], Documents], surfaces: set[Surface]
) -> None:
    found = differences(declaration, change(deployed(declaration)))
    assert {each.surface for each in found} == surfaces - IDS
    assert all(isinstance(each, NotCompared) and WHY in each.reason for each in found)


@pytest.mark.parametrize(("change", "surfaces"), ODD.values(), ids=ODD)
def test_an_answer_that_is_not_as_it_should_be_is_not_compared(
    declaration: Declaration, change: Callable[[Documents], Documents], surfaces: set[Surface]
) -> None:
    found = differences(declaration, change(deployed(declaration)))
    assert {each.surface for each in found} == surfaces
    assert all(isinstance(each, NotCompared) for each in found)


def test_without_delegated_grants_the_other_permissions_are_compared_nevertheless(declaration: Declaration) -> None:
    seen = replace(deployed(declaration), app_role_assignments=(), delegated_grants=UNREAD)
    found = differences(declaration, seen)
    compared = {subject_of(each) for each in found if not isinstance(each, NotCompared)}
    assert compared == {"Directory.Read.All", "get_device_compliance"}


def test_roles_by_membership_are_seen_where_assignments_cannot_be_read(declaration: Declaration) -> None:
    role = {"@odata.type": "#microsoft.graph.directoryRole", "id": ELSEWHERE, "displayName": "Reader"}
    seen = replace(more(deployed(declaration), "memberships", role), directory_roles=UNREAD)
    added, not_compared = differences(declaration, seen)
    assert subject_of(added) == f"{ELSEWHERE} Reader by membership"
    assert not_compared == NotCompared(Surface.DIRECTORY_ROLES, WHY)


BYTES: dict[str, tuple[Any, str]] = {
    "left out by Graph": (None, NO_KEY),
    "not base64": ("%%%", "`key` is no certificate"),
    "no certificate": ("AAAA", "`key` is no certificate"),
    "no text": (7, "`key` is not a text"),
}


@pytest.mark.parametrize(("value", "reason"), BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_certificate_are_not_compared(declaration: Declaration, value: object, reason: str) -> None:
    seen = replace(deployed(declaration), key_credentials=({**key(declaration), "key": value},))
    (found,) = without_ids(compare(declaration.integration, observe(seen).integration))
    assert isinstance(found, NotCompared)
    assert found.surface is Surface.CERTIFICATE_BYTES
    assert found.reason.endswith(reason)


@pytest.mark.parametrize("deep", [(), UNREAD], ids=["left out", "unread"])
def test_bytes_that_did_not_come_are_not_compared(declaration: Declaration, deep: Any) -> None:  # noqa: ANN401
    seen = replace(deployed(declaration), key_credentials=deep)
    (found,) = without_ids(compare(declaration.integration, observe(seen).integration))
    assert isinstance(found, NotCompared)
    assert found.surface is Surface.CERTIFICATE_BYTES


def test_the_bytes_may_be_pem_as_the_provider_sends_them(declaration: Declaration) -> None:
    pem = base64.b64encode(declaration.certificates[0].certificate.pem.encode()).decode()
    seen = replace(deployed(declaration), key_credentials=({**key(declaration), "key": pem},))
    assert without_ids(compare(declaration.integration, observe(seen).integration)) == ()


UNKNOWN: dict[str, tuple[Callable[[Documents], Documents], str]] = {
    "property": (lambda seen: application(seen, trustedCallers=["x"]), "the application has `trustedCallers`"),
    "inner property": (
        lambda seen: application(seen, spa={"redirectUris": [], "more": {"deep": True}}),
        "the application has `spa.more.deep`",
    ),
    "property of the service principal": (
        lambda seen: principal(seen, actsFor="x"),
        "the service principal has `actsFor`",
    ),
    "type": (
        lambda seen: application(seen, **{"@odata.type": "#microsoft.graph.agentIdentityBlueprint"}),
        "the application is of the type `agentIdentityBlueprint`",
    ),
    "membership": (
        lambda seen: more(seen, "memberships", {"@odata.type": "#microsoft.graph.guild", "id": ELSEWHERE}),
        "the service principal is a member of something of the type `guild`",
    ),
    "part of a key": (
        lambda seen: application(seen, keyCredentials=[{**keys_of(seen)[0], "delegatedTo": "x"}]),
        "a key credential has `delegatedTo`",
    ),
    "type of a requested permission": (
        lambda seen: application(
            seen, requiredResourceAccess=[{"resourceAppId": GRAPH, "resourceAccess": [{"id": "x", "type": "Both"}]}]
        ),
        "the application asks for a permission that is neither a role nor a scope",
    ),
    "key id of two secrets": (
        lambda seen: application(seen, passwordCredentials=[password("x"), {**password("x"), "endDateTime": None}]),
        "the key id x is there twice",
    ),
}


@pytest.mark.parametrize(("change", "said"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_nobody_understands_is_said(
    declaration: Declaration, change: Callable[[Documents], Documents], said: str
) -> None:
    assert said in observe(change(deployed(declaration))).not_understood


@pytest.mark.parametrize("holder", ["application", "service_principal"])
@pytest.mark.parametrize("other", [{}, {"endDateTime": "2099-01-01T00:00:00Z"}], ids=["alike", "other dates"])
def test_a_certificate_does_not_hide_behind_the_key_id_of_another(
    declaration: Declaration, holder: str, other: Document
) -> None:
    """Not even where bytes are compared: those of one would stand for both."""
    twins = [key(declaration), {**key(declaration), **other}]
    seen = changed(deployed(declaration), holder, keyCredentials=twins)
    gaps = [each for each in differences(declaration, seen) if isinstance(each, NotCompared)]
    surface = Surface.CREDENTIALS if holder == "application" else Surface.SERVICE_PRINCIPAL_CREDENTIALS
    assert [each.surface for each in gaps if "is there twice" in each.reason] == [surface]


@pytest.mark.parametrize("empty", [None, False, "", [], {}, {"a": None, "b": [{}]}], ids=repr)
def test_a_new_property_with_nothing_in_it_is_not_worth_a_word(declaration: Declaration, empty: object) -> None:
    assert observe(application(deployed(declaration), newest=empty)).not_understood == ()


def test_long_values_are_cut_and_still_told_apart() -> None:
    known = Known(frozenset({"a"}), frozenset())
    one, other = ({*known.settings({"a": "x" * 5000 + end})} for end in "yz")
    assert one != other
    assert all(len(each) < 400 for each in one | other)


def test_when_it_was_done_is_noted_where_graph_says_so(declaration: Declaration) -> None:
    role = Permission(GRAPH, "00000000-0000-0000-0000-000000000000", PermissionType.APPLICATION)
    noted = observe(more(deployed(declaration), "app_role_assignments", assignment(role))).noted
    assert noted["Directory.Read.All"] == "assigned 2026-10-01 08:00 UTC"
    assert noted[role.id] == "assigned 2026-10-01 08:00 UTC"


@pytest.mark.parametrize(
    ("deleted", "said"),
    [
        (
            {"id": APPLICATION, "deletedDateTime": "2026-11-01T10:00:00Z"},
            "deleted 2026-11-01 10:00 UTC, to be restored until 2026-12-01 10:00 UTC",
        ),
        (UNREAD, f"whether it can be restored could not be read: {WHY}"),
    ],
    ids=["deleted", "unread"],
)
def test_what_is_known_of_a_deleted_application_is_noted(declaration: Declaration, deleted: Any, said: str) -> None:  # noqa: ANN401
    seen = observe(replace(deployed(declaration), application=None, deleted=deleted))
    assert seen.noted["application"] == said


def test_both_objects_are_named_as_the_audit_log_names_them(declaration: Declaration) -> None:
    assert observe(principal(deployed(declaration), id=PRINCIPAL.upper())).object_ids == (APPLICATION, PRINCIPAL)


def test_a_secret_that_graph_should_not_have_shown_is_told_nowhere(declaration: Declaration) -> None:
    seen = application(
        deployed(declaration), passwordCredentials=[{**password(), "secretText": "hunter2", "hint": "hun"}]
    )
    observed = observe(seen)
    told = (observed.integration, observed.noted, observed.not_understood)
    assert "hun" not in repr(told)
    assert CredentialKind.SECRET.value in repr(told)


NAMES = st.sampled_from(
    [
        "id", "appId", "keyId", "keyCredentials", "passwordCredentials", "requiredResourceAccess", "resourceAccess",
        "resourceAppId", "type", "web", "spa", "api", "redirectUris", "appRoles", "value", "scope", "consentType",
        "resourceId", "principalId", "appRoleId", "createdDateTime", "startDateTime", "roleDefinition", "displayName",
        "roleDefinitionId", "directoryScopeId", "@odata.type", "deletedDateTime", "accountEnabled", "isDisabled",
        "claimsMatchingExpression", "audiences", "issuer", "servicePrincipalNames", "key",
    ]
)  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.sampled_from([USER, GRAPH, "Role"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(TEXTS, NAMES), inner, max_size=4)),
    max_leaves=12,
)
SLOTS = [
    "application", "service_principal", "deleted", "application_owners", "federated_credentials",
    "service_principal_owners", "app_role_assignments", "delegated_grants", "directory_roles", "memberships",
    "owned_objects", "policies", "key_credentials",
]  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_no_json_whatever_raises(data: st.DataObject) -> None:
    """Neither in the place of a whole document, nor of one of its properties, nor among the members of a list."""
    values: dict[str, Any] = {}
    for slot in SLOTS:
        value = data.draw(JSON, label=slot)
        values[slot] = tuple(value) if isinstance(value, list) else value
    documents = Documents(client_id="c", tenant_id="t", resources={USER: data.draw(JSON)}, **values)
    observed = observe(documents)
    assert isinstance(observed, Observed)
    compare(observed.integration, observed.integration)
    hash(observed.integration)


@pytest.fixture(scope="module")
def deployed_once(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    return deployed(declare(tmp_path_factory.mktemp("declared")))


@settings(deadline=None)
@given(st.data())
def test_no_property_of_any_form_raises(deployed_once: Documents, data: st.DataObject) -> None:
    seen = deployed_once
    thing = data.draw(st.sampled_from(["application", "service_principal"]))
    names = sorted(getattr(seen, thing))
    broken = changed(seen, thing, **{name: data.draw(JSON) for name in data.draw(st.sets(st.sampled_from(names)))})
    observed = observe(broken)
    compare(observed.integration, observed.integration)
    hash(observed.integration)


def test_nesting_beyond_all_measure_is_no_error(declaration: Declaration) -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": [deep]}
    seen = application(deployed(declaration), optionalClaims=deep, unheard=deep)
    assert "the application has `unheard.a`" in observe(seen).not_understood
