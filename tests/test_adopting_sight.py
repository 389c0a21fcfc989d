"""What keeps an application from being adopted: what nobody saw, and what no file can say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from helpers.adopting.sight import unsayable, unseen
from helpers.adopting.taking import documents_of
from helpers.errors import ServiceError
from helpers.observing import Documents, Unread, observe
from tests.adoptions import an_adoption, taken_from, wishes

if TYPE_CHECKING:
    from helpers.observing import Observed

NOBODY: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    return an_adoption(tmp_path_factory.mktemp("sight"), tmp_path_factory, "cisco").observed()


def with_parts(observed: Observed, **parts: Any) -> Observed:  # noqa: ANN401 — any part
    return observe(replace(documents_of(observed), **parts))


def with_application(observed: Observed, **properties: Any) -> Observed:  # noqa: ANN401 — any JSON
    documents = documents_of(observed)
    assert isinstance(documents.application, dict)
    return with_parts(observed, application={**documents.application, **properties})


def test_of_one_that_was_seen_nothing_is_missing(seen: Observed) -> None:
    assert unseen(seen, by_code=True, left=NOBODY) == ()
    assert unsayable(seen) == ()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"application": Unread("needs more (403)")}, "the application: needs more (403)"),
        ({"application": None}, "the application: there is none with this client id in this tenant"),
        ({"application": None, "deleted": {"id": "x"}}, "the application: it was deleted; restore it first, "),
        ({"application_owners": Unread("throttled")}, "its owners: throttled"),
        ({"service_principal_owners": Unread("throttled")}, "the service principal's owners: throttled"),
        ({"service_principal": Unread("throttled")}, "the service principal: throttled"),
        ({"key_credentials": Unread("throttled")}, "the bytes of the certificate "),
        ({"key_credentials": ()}, "the bytes of the certificate "),
    ],
)
def test_what_could_be_stripped_unseen_stops_it(seen: Observed, parts: dict[str, Any], sentence: str) -> None:
    assert any(each.startswith(sentence) for each in unseen(with_parts(seen, **parts), by_code=False, left=NOBODY))


@pytest.mark.parametrize("part", ["app_role_assignments", "delegated_grants"])
def test_consent_has_to_be_seen_where_terraform_is_to_keep_it(seen: Observed, part: str) -> None:
    partial = with_parts(seen, **{part: Unread("needs more (403)")})
    assert unseen(partial, by_code=False, left=NOBODY) == ()
    assert any("needs more (403)" in each for each in unseen(partial, by_code=True, left=NOBODY))


def test_bytes_of_a_key_that_stays_undeclared_are_not_needed(seen: Observed) -> None:
    documents = documents_of(seen)
    assert isinstance(documents.key_credentials, tuple)
    first, *others = documents.key_credentials
    partial = with_parts(seen, key_credentials=tuple(others))
    assert unseen(partial, by_code=False, left=frozenset({first["keyId"].lower()})) == ()


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"displayName": "Cisco\u202e ISE"}, "its display name is no text for a file"),
        ({"displayName": "TfToken[TOKEN.0]"}, "its display name is no text for a file"),
        ({"displayName": " ISE"}, "its display name is no text for a file"),
        ({"displayName": "x" * 121}, "its display name is no text for a file"),
        ({"notes": "\x1b[2J"}, "its notes are no text for a file"),
        ({"serviceManagementReference": "a\nb"}, "its service management reference is no text for a file"),
        ({"signInAudience": "Everyone"}, "its sign-in audience is 'Everyone'"),
    ],
)
def test_what_no_file_can_say_and_a_deploy_would_change_stops_it(
    seen: Observed, properties: dict[str, Any], sentence: str
) -> None:
    (said,) = unsayable(with_application(seen, **properties))
    assert said.startswith(sentence)


def test_a_name_that_terraform_would_evaluate_is_text(seen: Observed) -> None:
    assert unsayable(with_application(seen, displayName='${file("/etc/hostname")} %{if true}')) == ()


def test_a_disabled_service_principal_would_be_enabled_by_a_deploy(seen: Observed) -> None:
    documents = documents_of(seen)
    assert isinstance(documents.service_principal, dict)
    (said,) = unsayable(with_parts(seen, service_principal={**documents.service_principal, "accountEnabled": False}))
    assert said.startswith("its service principal is disabled, and a deploy would enable it")


def test_without_documents_there_is_nothing_to_adopt() -> None:
    with pytest.raises(LookupError):
        documents_of(replace(observe(Documents("c", "t", None, None)), documents=None))


def test_an_application_without_its_client_id_stops_it(seen: Observed) -> None:
    """Everything else of it is understood then, and the file would not say which application it is of."""
    nameless = with_application(seen, appId={"not": "a text"})
    assert any(each.startswith("its client id: ") for each in unseen(nameless, by_code=False, left=NOBODY))


@pytest.mark.parametrize(
    "grant",
    [
        pytest.param({"consentType": "SomePrincipals"}, id="for nobody we know"),
        pytest.param({"consentType": None}, id="for nobody at all"),
        pytest.param({"resourceId": "not an API of this tenant"}, id="on an API that was not found"),
        pytest.param({"id": 7}, id="with an id that is none"),
    ],
)
def test_consent_of_no_known_form_is_graphs_fault_and_no_defect(seen: Observed, grant: dict[str, Any]) -> None:
    grants = documents_of(seen).delegated_grants
    assert isinstance(grants, tuple)
    odd = with_parts(seen, delegated_grants=({**grants[0], **grant}, *grants[1:]))
    with pytest.raises(ServiceError, match="Microsoft Graph: answered not as it should"):
        taken_from(odd, wishes(by_code=True))
