"""The file of an application that somebody made by hand says everything there is, whatever guide was followed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from helpers.adopting.remaining import remaining
from helpers.adopting.sight import unsayable
from helpers.errors import DeclarationErrors
from helpers.model import CredentialKind, PermissionType, Seen, stated
from helpers.permissions import MICROSOFT_GRAPH, find_api, find_permission
from sandbox.identities import FORMER_COLLEAGUE_ID
from sandbox.shapes import SHAPES
from tests.adoptions import Adoption, an_adoption, declared_as, taken_from, wishes

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.portal.desk import Desk

NOW = datetime.now(UTC)
ANOTHER = "0d4f3c11-0000-4000-8000-000000000002"
# With a secret not all can be declared; and Terraform grants by name, which a permission of the retired API has not.
BY_HAND = [shape for shape in SHAPES if shape != "with-secret"]
BY_CODE = [shape for shape in BY_HAND if shape != "article-2016"]


@pytest.mark.parametrize(
    ("shape", "consent"), [*((shape, "manual") for shape in BY_HAND), *((shape, "terraform") for shape in BY_CODE)]
)
def test_everything_of_it_is_declared(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, shape: str, consent: str
) -> None:
    """What the one comparison finds between file and application is nothing."""
    adoption = an_adoption(tmp_path, tmp_path_factory, shape)
    observed = adoption.observed()
    taken = taken_from(observed, wishes(by_code=consent == "terraform"))
    declared = declared_as(taken, adoption.file, admin_consent=consent)
    assert remaining(declared, observed, left=frozenset(), now=NOW) == ()
    assert {entry.name for entry in declared.certificates} == {"pan", "psn-01"}
    assert {entry.key_id for entry in declared.certificates} == {
        each.key_id for each in stated(observed.integration.credentials)
    }


@pytest.mark.parametrize("asked", [[], ["Directory.Read.All"]], ids=["nothing", "less than any guide"])
def test_what_asks_for_less_than_any_profile_is_declared_as_it_was_found(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, asked: list[str]
) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "cisco")
    api = find_api(MICROSOFT_GRAPH)
    access = [{"id": find_permission(api, name, PermissionType.APPLICATION).id, "type": "Role"} for name in asked]
    required = [{"resourceAppId": api.app_id, "resourceAccess": access}] if access else []
    adoption.desk.change_application(requiredResourceAccess=required)
    observed = adoption.observed()
    assert unsayable(observed) == ()
    declared = declared_as(taken_from(observed, wishes()), adoption.file)
    assert declared.terms.profile == "as-found"
    assert declared.integration.requested == observed.integration.requested


def test_the_retired_api_cannot_be_consented_to_by_code(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "article-2016")
    taken = taken_from(adoption.observed(), wishes(by_code=True))
    with pytest.raises(DeclarationErrors, match="cannot be granted by Terraform, which grants by name"):
        declared_as(taken, adoption.file, admin_consent="terraform")


def test_a_secret_and_a_strangers_key_remain(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "with-secret")
    observed = adoption.observed()
    taken = taken_from(observed, wishes())
    (strange,) = taken.unplaced
    assert strange.certificate is not None
    assert strange.certificate.common_name == "laptop-of-carl"
    declared = declared_as(taken, adoption.file)
    found = remaining(declared, observed, left=frozenset(), now=NOW)
    secret = next(each for each in stated(observed.integration.credentials) if each.kind is CredentialKind.SECRET)
    assert {each.subject for each in found} == {strange.key_id, secret.key_id}
    assert all(each.is_open for each in found)
    (told,) = [each for each in found if each.subject == secret.key_id]
    assert any("removePassword" in way.example for way in told.ways)
    assert [rule for rule, _ in told.excepted] == ["credential-secret"]
    left = remaining(declared, observed, left=frozenset({strange.key_id, secret.key_id}), now=NOW)
    assert not any(each.is_open for each in left)


def test_no_call_takes_away_what_is_to_stay(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "with-secret")
    (strange,) = taken_from(adoption.observed(), wishes()).unplaced
    document = adoption.desk.application
    (stored,) = [each for each in document["keyCredentials"] if each["keyId"] == strange.key_id]
    keys = [*document["keyCredentials"], {**stored, "keyId": ANOTHER}]
    adoption.desk.settle("application", {**document, "keyCredentials": keys})
    observed = adoption.observed()
    declared = declared_as(taken_from(observed, wishes()), adoption.file)
    found = remaining(declared, observed, left=frozenset({strange.key_id}), now=NOW)
    (stays,) = [each for each in found if each.subject == strange.key_id]
    (goes,) = [each for each in found if each.subject == ANOTHER]
    assert stays.ways == ()
    assert any(strange.key_id in way.example for way in goes.ways)


def test_of_a_nodes_certificates_the_last_to_end_is_called_as_the_node(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    observed = an_adoption(tmp_path, tmp_path_factory, "with-secret").observed()
    taken = taken_from(observed, wishes())
    of_node = [each for each in taken.keys if each.presenting.nodes == taken.keys[0].presenting.nodes]
    expired, current = of_node
    assert current.entry == current.presenting.nodes[0]
    assert expired.entry == f"{current.entry}-{expired.certificate.not_after.year}"


def test_owners_of_the_service_principal_alone_are_said_apart(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "redirects-and-owners")
    declared = declared_as(taken_from(adoption.observed(), wishes()), adoption.file)
    principal = stated(declared.integration.service_principal.owners)
    assert FORMER_COLLEAGUE_ID in principal
    assert principal < stated(declared.integration.application.owners)


def test_what_entra_says_of_dates_is_recorded_where_the_certificate_says_otherwise(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "cisco")
    _change_stored(adoption.desk, endDateTime="2027-01-01T00:00:00Z")
    observed = adoption.observed()
    declared = declared_as(taken_from(observed, wishes()), adoption.file)
    assert remaining(declared, observed, left=frozenset(), now=NOW) == ()
    ends = {entry.not_after for entry in declared.certificates}
    assert datetime(2027, 1, 1, tzinfo=UTC) in ends


def _change_stored(desk: Desk, **changes: str) -> None:
    document = desk.application
    first, *others = document["keyCredentials"]
    desk.settle("application", {**document, "keyCredentials": [{**first, **changes}, *others]})


def test_a_twin_of_a_certificate_cannot_be_declared_twice(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    adoption = an_adoption(tmp_path, tmp_path_factory, "cisco")
    document = adoption.desk.application
    first = document["keyCredentials"][0]
    twin = {**first, "keyId": "ffffffff-1111-4222-8333-444444444444"}
    adoption.desk.settle("application", {**document, "keyCredentials": [*document["keyCredentials"], twin]})
    observed = adoption.observed()
    declared = declared_as(taken_from(observed, wishes()), adoption.file)
    (found,) = remaining(declared, observed, left=frozenset(), now=NOW)
    assert found.is_open
    assert found.subject in {twin["keyId"], first["keyId"].lower()}


def test_graphs_order_of_permissions_is_kept_where_it_is_not_by_id(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    adoption: Adoption = an_adoption(tmp_path, tmp_path_factory, "support-tip-2020")
    observed = adoption.observed()
    assert observed.documents is not None
    assert isinstance(observed.documents.application, dict)
    asked = [
        access["id"]
        for api in observed.documents.application["requiredResourceAccess"]
        for access in api["resourceAccess"]
    ]
    declared = declared_as(taken_from(observed, wishes()), adoption.file)
    assert declared.adopted is not None
    assert list(declared.adopted.permission_order) == asked
    assert isinstance(declared.integration.application.object_id, Seen)
