"""What an environment file says of an application that was there before, and what the stack makes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from helpers.declaration.adopted import in_order
from helpers.declaration.environments import read_environment
from helpers.errors import DeclarationErrors
from helpers.model import Exposure, Permission, PermissionType, stated
from helpers.permissions import profiles
from tests.declaring import DEPLOYER, OWNER, declare, write_environment
from tests.synthesizing import resources, synthesized
from tests.taking_over import API, APPLICATION, KEY_ID, PRINCIPAL, certificate_of, entry, sha256, taken_over

if TYPE_CHECKING:
    from pathlib import Path


def mistakes(path: Path) -> str:
    with pytest.raises(DeclarationErrors) as raised:
        read_environment(path)
    return "\n".join(str(mistake) for mistake in raised.value.mistakes)


def test_an_adopted_certificate_stands_under_the_key_id_that_entra_has(tmp_path: Path) -> None:
    declaration = taken_over(tmp_path)
    (credential,) = stated(declaration.integration.credentials)
    assert credential.key_id == declaration.certificates[0].key_id == KEY_ID
    assert credential.not_after == declaration.certificates[0].certificate.not_after


def test_dates_that_entra_has_otherwise_are_entras(tmp_path: Path) -> None:
    ends = entry(tmp_path, not_before="2026-01-02T03:04:05Z", not_after="2027-01-02T03:04:05Z")
    (credential,) = stated(taken_over(tmp_path, certificates={"psn-01": ends}).integration.credentials)
    assert credential.not_before == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert credential.not_after == datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_another_file_under_a_pinned_key_id_is_refused(tmp_path: Path) -> None:
    """Terraform would silently ignore it: the renewal would be lost."""
    swapped = entry(tmp_path, sha256=sha256(tmp_path, "certificates/other.pem"))
    path = write_environment(tmp_path, adopted={"application": APPLICATION}, certificates={"psn-01": swapped})
    said = mistakes(path)
    assert f"is another certificate than the one adopted under key id {KEY_ID}" in said
    assert "put the old file back, and add this one as an entry of its own beside `psn-01`" in said


def test_two_entries_cannot_stand_under_one_key_id(tmp_path: Path) -> None:
    other: dict[str, Any] = {"file": "certificates/b.pem", "nodes": ["psn-02"]}
    other["adopted"] = {"key_id": KEY_ID, "sha256": sha256(tmp_path, "certificates/b.pem")}
    certificates = {"psn-01": entry(tmp_path), "psn-02": other}
    path = write_environment(tmp_path, adopted={"application": APPLICATION}, certificates=certificates)
    assert "certificates.psn-02.adopted: has the key id of `psn-01`" in mistakes(path)


def test_an_adopted_certificate_needs_an_adopted_application(tmp_path: Path) -> None:
    path = write_environment(tmp_path, certificates={"psn-01": entry(tmp_path)})
    assert "certificates.psn-01.adopted: is of no adopted application" in mistakes(path)


def test_consent_is_imported_only_where_code_consents(tmp_path: Path) -> None:
    consents = {"grants": [{"api": API, "grant": "x-_1"}]}
    path = write_environment(tmp_path, adopted={"application": APPLICATION, "consents": consents})
    assert "adopted.consents: has nobody to manage it" in mistakes(path)


@pytest.mark.parametrize(
    ("adopted", "where"),
    [
        ({"application": "/applications/x"}, "adopted.application"),
        ({"application": APPLICATION, "keeps": {"secret": ["x"]}}, "adopted.keeps.secret"),
        ({"application": APPLICATION, "keeps": {"public_client": "yes"}}, "adopted.keeps.public_client"),
        ({"application": APPLICATION, "unmanaged": {"application": ["owners"]}}, "adopted.unmanaged.application[0]"),
        ({"service_principal": PRINCIPAL}, "adopted.application"),
        ({"application": APPLICATION, "consents": {"grants": [{"api": API, "grant": "../x"}]}}, "grants[0].grant"),
    ],
    ids=["a path", "an unknown surface", "no truth value", "a declared argument", "no application", "a path as an id"],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(tmp_path: Path, adopted: dict[str, Any], where: str) -> None:
    permissions = {"admin_consent": "terraform"}
    assert where in mistakes(write_environment(tmp_path, adopted=adopted, permissions=permissions))


@pytest.mark.parametrize("written", ["2027-01-02", "2027-13-02T00:00:00Z", "2027-01-02T00:00:00+01:00"])
def test_a_time_is_written_in_utc_to_the_second(tmp_path: Path, written: str) -> None:
    certificates = {"psn-01": entry(tmp_path, not_after=written)}
    path = write_environment(tmp_path, adopted={"application": APPLICATION}, certificates=certificates)
    assert "certificates.psn-01.adopted.not_after" in mistakes(path)


def test_what_the_application_keeps_is_declared(tmp_path: Path) -> None:
    keeps = {"redirect_uris": ["https://a.example/b"], "public_client": True, "service_principal_settings": ["a: b"]}
    declared = taken_over(tmp_path, block={"keeps": keeps}).integration
    assert stated(declared.application.exposure) == Exposure(
        redirect_uris=frozenset({"https://a.example/b"}), public_client=True
    )
    assert stated(declared.service_principal.settings) == {"a: b"}


def test_the_service_principal_can_have_owners_of_its_own(tmp_path: Path) -> None:
    application = {"display_name": "x", "owners": [OWNER], "service_principal_owners": []}
    declared = declare(tmp_path, application=application).integration
    assert stated(declared.application.owners) == {DEPLOYER, OWNER}
    assert stated(declared.service_principal.owners) == {DEPLOYER}


def test_every_adopted_object_is_imported_by_its_id(tmp_path: Path) -> None:
    document = synthesized(taken_over(tmp_path), tmp_path / "out")
    assert {each["to"]: each["id"] for each in document["import"]} == {
        "azuread_application.application": f"/applications/{APPLICATION}",
        "azuread_service_principal.service-principal": f"/servicePrincipals/{PRINCIPAL}",
        "azuread_application_certificate.certificate-psn-01": f"{APPLICATION}/certificate/{KEY_ID}",
    }


def test_a_service_principal_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    document = synthesized(taken_over(tmp_path, block={"service_principal": None}), tmp_path / "out")
    assert "azuread_service_principal.service-principal" not in {each["to"] for each in document["import"]}


def test_terraform_leaves_the_bytes_of_an_adopted_certificate_alone(tmp_path: Path) -> None:
    """graph-audit.md §E.3: without exactly this, it is replaced."""
    document = synthesized(taken_over(tmp_path), tmp_path / "out")
    certificate = resources(document, "azuread_application_certificate")["certificate-psn-01"]
    assert certificate["key_id"] == KEY_ID
    assert certificate["type"] == "AsymmetricX509Cert"
    assert certificate["lifecycle"] == {"create_before_destroy": True, "ignore_changes": ["value", "encoding"]}
    assert not {"start_date", "end_date"} & certificate.keys()


def test_a_renewal_beside_an_adopted_certificate_is_made_as_any_other(tmp_path: Path) -> None:
    certificates = {"psn-01": entry(tmp_path), "psn-01-2027": {"file": "certificates/new.pem", "nodes": ["psn-01"]}}
    document = synthesized(taken_over(tmp_path, certificates=certificates), tmp_path / "out")
    renewed = resources(document, "azuread_application_certificate")["certificate-psn-01-2027"]
    assert renewed["lifecycle"] == {"create_before_destroy": True}
    assert renewed["key_id"] == certificate_of(tmp_path, "certificates/new.pem").key_id
    assert len(document["import"]) == 3


def test_terraform_leaves_alone_what_the_file_says_and_looks_for_no_second_name(tmp_path: Path) -> None:
    unmanaged = {"application": ["web", "api"], "service_principal": ["notes"]}
    document = synthesized(taken_over(tmp_path, block={"unmanaged": unmanaged}), tmp_path / "out")
    application = resources(document, "azuread_application")["application"]
    assert application["lifecycle"] == {"ignore_changes": ["api", "web"]}
    assert "prevent_duplicate_names" not in application
    principal = resources(document, "azuread_service_principal")["service-principal"]
    assert principal["lifecycle"] == {"ignore_changes": ["notes"]}


def test_permissions_stand_in_entras_order(tmp_path: Path) -> None:
    """graph-audit.md §E.4: in another order, the import would change the application."""
    ids = sorted(each.id for each in profiles()["support-tip-2020"].permissions)
    document = synthesized(
        taken_over(tmp_path, block={"permission_order": ids[::-1]}, permissions={"profile": "support-tip-2020"}),
        tmp_path / "out",
    )
    for api in resources(document, "azuread_application")["application"]["required_resource_access"]:
        written = [each["id"] for each in api["resource_access"]]
        assert written == sorted(written, reverse=True)


def test_a_permission_that_came_later_follows_those_in_order() -> None:
    one, two, new = (Permission("api", id_, PermissionType.APPLICATION) for id_ in ("a", "b", "c"))
    assert in_order([new, one, two], ["b", "a"]) == [two, one, new]


def test_consent_by_code_imports_what_was_consented_to_by_hand(tmp_path: Path) -> None:
    (role,) = (each for each in profiles()["minimal"].permissions if each.api.startswith("c161e42e"))
    consents = {"roles": [{"permission": role.id, "resource": API, "assignment": "assigned-1"}]}
    permissions = {"profile": "minimal", "admin_consent": "terraform"}
    declaration = taken_over(tmp_path, block={"consents": consents}, permissions=permissions)
    imported = [each["id"] for each in synthesized(declaration, tmp_path / "out")["import"]]
    assert f"/servicePrincipals/{API}/appRoleAssignedTo/assigned-1" in imported


def test_every_part_of_an_adoption_is_a_decision_that_reviews_show(tmp_path: Path) -> None:
    decided = taken_over(tmp_path, block={"unmanaged": {"application": ["web"]}}).decisions
    assert decided["adopted.application"] == APPLICATION
    assert decided["adopted.service_principal"] == PRINCIPAL
    assert decided["adopted.unmanaged.application"] == "web"
    assert decided["certificates.psn-01.adopted"] == KEY_ID
