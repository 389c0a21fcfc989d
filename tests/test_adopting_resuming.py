"""What is in Entra and in no state: held to ids, to the bytes of certificates, and to what was really read."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from helpers.adopting.gate import next_deploy
from helpers.adopting.resuming import ForeignCertificate, Managed, in_words, managed, orphans
from helpers.certificates.files import read_certificate_file
from helpers.errors import InputError, ServiceError
from helpers.model import PermissionType, stated
from helpers.observing.documents import Unread
from tests.declaring import declare, write_certificate
from tests.seen_in_graph import APPLICATION, CLIENT, PRINCIPAL, application, deployed, with_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.declaration.declaration import Declaration
    from helpers.observing import Documents

NOTHING = Managed(frozenset())
CERTIFICATES = {"psn-01": "certificates/psn-01.pem", "psn-02": "certificates/psn-02.pem"}
CONSENT = {"admin_consent": "terraform", "profile": "article-2016"}


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    """Two certificates, and consent as code to application and delegated permissions."""
    return declare(tmp_path, certificates=CERTIFICATES, permissions=CONSENT)


@pytest.fixture
def entra(declaration: Declaration) -> Documents:
    """Everything that is declared, as Graph shows it."""
    return with_bytes(deployed(declaration), declaration)


def state(**resources: str) -> Managed:
    """Return a state with these ids, by type and name joined by two underscores."""
    ids = {name.replace("__", ".").replace("_01", "-01"): id_ for name, id_ in resources.items()}
    return Managed(frozenset((address, id_.lower()) for address, id_ in ids.items()), CLIENT)


def keys(entra: Documents, number: int = 0, **changes: Any) -> Documents:  # noqa: ANN401 — any JSON
    """Return documents in which a certificate's credential says something else wherever it is shown."""
    shown = [dict(each) for each in entra.key_credentials or ()]  # type: ignore[union-attr]
    shown[number] |= changes
    return replace(entra, key_credentials=tuple(shown))


def shown(*resources: dict[str, Any], **more: Any) -> str:  # noqa: ANN401 — any JSON
    """Return what `terraform show -json` prints of a state."""
    return json.dumps({"format_version": "1.0", "values": {"root_module": {"resources": list(resources), **more}}})


def resource(address: str, id_: str, *, mode: str = "managed", **values: str) -> dict[str, Any]:
    return {"address": address, "type": address.partition(".")[0], "mode": mode, "values": {"id": id_, **values}}


# What a state holds


@pytest.mark.parametrize("content", ['{"format_version":"1.0"}', shown()], ids=["none yet", "an empty one"])
def test_a_state_with_nothing_in_it_holds_nothing(content: str) -> None:
    assert managed(content, name="the state") == NOTHING
    assert NOTHING.application == ""


def test_a_state_holds_what_terraform_manages_and_not_what_it_only_looked_up() -> None:
    read = managed(
        shown(
            resource("azuread_application.application", "/applications/0B1E", client_id="C11E"),
            resource("data.azuread_service_principal.api", "/servicePrincipals/1", mode="data"),
            child_modules=[{"resources": [resource("module.x.azuread_service_principal.y", "/servicePrincipals/2")]}],
        ),
        name="the state",
    )
    assert (read.application, read.client_id) == ("0b1e", "c11e")
    assert read.has("servicePrincipals/2")
    assert not read.has("servicePrincipals/1")


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"values": 1}', shown({"mode": "managed", "address": 1}), shown({"mode": "managed", "values": []})],
)
def test_what_is_no_state_is_refused(content: str) -> None:
    with pytest.raises(InputError, match=r"^the state: .*terraform show -json"):
        managed(content, name="the state")


# What it lacks


def test_of_a_lost_state_everything_is_imported(declaration: Declaration, entra: Documents) -> None:
    found = orphans(declaration, NOTHING, entra)
    assert (found.application, found.service_principal) == (APPLICATION, PRINCIPAL)
    assert found.new == ("the application", "its service principal")
    assert {name: each.key_id for name, each in found.certificates.items()} == {
        entry.name: entry.certificate.key_id for entry in declaration.certificates
    }
    requested = stated(declaration.integration.requested)
    assert {each.permission for each in found.roles} == {
        each.id for each in requested if each.type is PermissionType.APPLICATION
    }
    assert [each.api for each in found.grants] == ["00000003-0000-0000-c000-000000000000"]
    assert found.notes == ()
    assert [*in_words(declaration, found)] == [
        "the application",
        "its service principal",
        *(
            f"the certificate {each.name}: key id {each.key_id}, and the bytes of its file"
            for each in declaration.certificates
        ),
        "consent to Directory.Read.All (Microsoft Graph)",
        "consent to get_device_compliance (Microsoft Intune API)",
        "consent to delegated permissions on Microsoft Graph",
    ]


def test_what_the_state_has_is_not_imported_again_whatever_its_address(
    declaration: Declaration, entra: Documents
) -> None:
    everything = orphans(declaration, NOTHING, entra)
    (grant,) = everything.grants
    ids = {
        "azuread_application__application": f"applications/{APPLICATION}",
        "azuread_service_principal__elsewhere": f"servicePrincipals/{PRINCIPAL}",
        "azuread_service_principal_delegated_permission_grant__g": f"oauth2PermissionGrants/{grant.grant}",
    }
    ids |= {
        f"azuread_application_certificate__any{number}": f"{APPLICATION}/certificate/{each.key_id}"
        for number, each in enumerate(everything.certificates.values())
    }
    ids |= {
        f"azuread_app_role_assignment__{number}": f"servicePrincipals/{one.resource}/appRoleAssignedTo/{one.assignment}"
        for number, one in enumerate(everything.roles)
    }
    assert not orphans(declaration, state(**ids), entra)
    for name in ids:
        assert orphans(declaration, state(**{each: id_ for each, id_ in ids.items() if each != name}), entra), name


def test_what_was_not_made_is_left_to_the_deploy(declaration: Declaration, entra: Documents) -> None:
    bare = replace(
        application(entra, keyCredentials=[]),
        key_credentials=(),
        service_principal=None,
        app_role_assignments=(),
        delegated_grants=(),
    )
    found = orphans(declaration, NOTHING, bare)
    assert (found.new, found.service_principal, found.certificates, found.roles, found.grants) == (
        ("the application",),
        "",
        {},
        (),
        (),
    )


def test_consent_that_a_person_gives_is_no_deploys(tmp_path: Path) -> None:
    by_hand = declare(tmp_path, certificates=CERTIFICATES)
    found = orphans(by_hand, NOTHING, with_bytes(deployed(by_hand), by_hand))
    assert (found.roles, found.grants) == ((), ())


def test_consent_to_other_permissions_or_for_one_user_is_not_imported(
    declaration: Declaration, entra: Documents
) -> None:
    (grant,) = entra.delegated_grants  # type: ignore[misc]
    roles = [{**each, "appRoleId": "0dd00000-0000-4000-8000-000000000001"} for each in entra.app_role_assignments]  # type: ignore[union-attr]
    found = orphans(
        declaration,
        NOTHING,
        replace(
            entra,
            app_role_assignments=tuple(roles),
            delegated_grants=({**grant, "consentType": "Principal", "principalId": CLIENT},),
        ),
    )
    assert (found.roles, found.grants) == ((), ())


def test_what_the_file_imports_already_is_not_written_twice(tmp_path: Path, declaration: Declaration) -> None:
    entra = with_bytes(deployed(declaration), declaration)
    everything = orphans(declaration, NOTHING, entra)
    roles = [{"permission": e.permission, "resource": e.resource, "assignment": "AbC"} for e in everything.roles]
    grants = [{"api": each.api, "grant": "AbC"} for each in everything.grants]
    pinned = {
        name: {"file": CERTIFICATES[name], "nodes": [name], "adopted": {"key_id": each.key_id, "sha256": each.sha256}}
        for name, each in everything.certificates.items()
    }
    adopted = {"application": APPLICATION, "consents": {"roles": roles, "grants": grants}}
    again = declare(tmp_path, permissions=CONSENT, certificates=pinned, adopted=adopted)
    found = orphans(again, NOTHING, entra)
    assert (dict(found.certificates), found.roles, found.grants) == ({}, (), ())
    assert found.new == ("the application", "its service principal")


def test_dates_that_entra_has_otherwise_are_kept(declaration: Declaration, entra: Documents) -> None:
    other = keys(entra, endDateTime="2027-01-02T03:04:05.1234567Z")
    first = orphans(declaration, NOTHING, other).certificates["psn-01"]
    assert (first.not_before, first.not_after) == (None, datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))


def test_a_name_that_holds_another_certificate_in_the_state_is_told_and_not_imported(
    declaration: Declaration, entra: Documents
) -> None:
    former = {"azuread_application_certificate__certificate-psn_01": f"{APPLICATION}/certificate/0ld"}
    found = orphans(declaration, state(**former), entra)
    assert [*found.certificates] == ["psn-02"]
    assert found.notes[0].startswith("psn-01: the state has another certificate under this name (key id 0ld)")


# What must not pass


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param("another", id="another certificate"),
        pytest.param({"key": "bm90aGluZw=="}, id="no certificate"),
        pytest.param({"usage": "Sign"}, id="for another usage"),
        pytest.param({"type": "X509CertAndPassword"}, id="of another type"),
    ],
)
def test_a_foreign_certificate_under_our_key_id_is_refused(
    declaration: Declaration,
    entra: Documents,
    tmp_path: Path,
    changes: Any,  # noqa: ANN401 — any JSON
) -> None:
    if changes == "another":
        file = write_certificate(tmp_path, "certificates/foreign.pem")
        changes = {"key": read_certificate_file(file).value}
    with pytest.raises(
        ForeignCertificate, match=r"psn-01: another certificate stands on the application under its key"
    ):
        orphans(declaration, NOTHING, keys(entra, **changes))


def test_of_two_under_one_key_id_neither_passes_for_the_other(
    declaration: Declaration, entra: Documents, tmp_path: Path
) -> None:
    foreign = read_certificate_file(write_certificate(tmp_path, "certificates/foreign.pem")).value
    (first, *others) = deepcopy(entra.key_credentials)  # type: ignore[misc]
    with pytest.raises(ForeignCertificate):
        orphans(declaration, NOTHING, replace(entra, key_credentials=(first, {**first, "key": foreign}, *others)))


@pytest.mark.parametrize(
    ("unread", "what"),
    [
        pytest.param({"application": Unread("why")}, "application c11e", id="the application"),
        pytest.param({"service_principal": Unread("why")}, "service principal", id="the service principal"),
        pytest.param({"key_credentials": Unread("why")}, "the bytes of certificates", id="bytes"),
        pytest.param({"app_role_assignments": Unread("why")}, "application permissions granted", id="consent"),
        pytest.param({"delegated_grants": Unread("why")}, "delegated permissions granted", id="delegated consent"),
    ],
)
def test_what_was_not_read_might_have_to_be_imported(
    declaration: Declaration, entra: Documents, unread: dict[str, Any], what: str
) -> None:
    with pytest.raises(ServiceError, match=f"{what}.*: not read: why; sign in as who may read it"):
        orphans(declaration, NOTHING, replace(entra, **unread))


def test_grants_that_nobody_asked_for_need_not_be_read(tmp_path: Path) -> None:
    minimal = declare(tmp_path, certificates=CERTIFICATES, permissions={"admin_consent": "terraform"})
    entra = replace(with_bytes(deployed(minimal), minimal), delegated_grants=Unread("why"))
    assert len(orphans(minimal, NOTHING, entra).roles) == 2


def test_bytes_that_graph_did_not_show_are_no_proof(declaration: Declaration, entra: Documents) -> None:
    with pytest.raises(ServiceError, match="the certificate psn-01: not read: Graph showed it without its bytes"):
        orphans(declaration, NOTHING, keys(entra, key=None))


def test_an_application_that_is_gone_is_told_with_both_ways_out(declaration: Declaration, entra: Documents) -> None:
    with pytest.raises(InputError, match=r"is not in Entra any more; restore it there .* `terraform state rm`"):
        orphans(declaration, state(), replace(entra, application=None, service_principal=None))


def test_an_answer_that_is_not_graphs_is_no_traceback(declaration: Declaration, entra: Documents) -> None:
    with pytest.raises(ServiceError, match="answered not as it should"):
        orphans(declaration, NOTHING, application(entra, keyCredentials=7))


# What the next deploy does


def plan(*changes: dict[str, Any]) -> str:
    return json.dumps({"format_version": "1.2", "configuration": {}, "resource_changes": list(changes)})


def change(address: str, *actions: str, mode: str = "managed", importing: bool = False) -> dict[str, Any]:
    return {
        "address": address,
        "mode": mode,
        "change": {"actions": list(actions), **({"importing": {"id": "x"}} if importing else {})},
    }


def test_a_plan_is_told_by_what_it_does() -> None:
    upcoming = next_deploy(
        plan(
            change("a", "no-op", importing=True),
            change("b", "update", importing=True),
            change("c", "create"),
            change("d", "no-op"),
            change("data.e", "read", mode="data"),
        ),
        name="the plan",
    )
    assert (upcoming.imports, upcoming.makes, upcoming.changes, upcoming.ends) == (("a", "b"), ("c",), ("b",), ())


@pytest.mark.parametrize(
    "actions",
    [("delete",), ("delete", "create"), ("create", "delete"), ("forget",), ("create", "forget"), ("unheard-of",), ()],
)
def test_whatever_is_not_known_to_keep_a_resource_ends_it(actions: tuple[str, ...]) -> None:
    assert next_deploy(plan(change("a", *actions)), name="the plan").ends == ("a",)


@pytest.mark.parametrize("content", ["", "{}", plan({"change": 1})], ids=["nothing", "no plan", "of another form"])
def test_what_is_no_plan_is_refused(content: str) -> None:
    with pytest.raises(InputError, match=r"^the plan: "):
        next_deploy(content, name="the plan")
