"""Changes behind Terraform's back: each shows in Graph, by Graph's rules, and in its audit log where somebody acted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from helpers.errors import InputError
from sandbox.audit import KIND
from sandbox.identities import ADMINISTRATOR_ADDRESS, ADMINISTRATOR_ID, AUDITOR, COLLEAGUE_ID
from sandbox.portal import CHANGES, make_change
from tests.asking_graph import TENANT
from tests.at_the_portal import BY_NAME, open_office
from tests.deployments import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.portal import Change
    from tests.at_the_portal import Office

HARMFUL = [change for change in CHANGES if change.harmful]
HARMLESS = [change for change in CHANGES if not change.harmful]
# What nobody does: Microsoft, or a spelling of Graph's that changes by itself.
BY_NOBODY = {
    "disable-by-microsoft",
    "reorder-owners",
    "upper-case-ids",
    "fractions-of-seconds",
    "other-created-time",
    "spell-out-defaults",
    "add-logo-and-links",
    "change-publisher-domain",
    "null-verified-publisher",
    "thumbprints-in-base64",
    "rename-certificate",
    "new-empty-properties",
    "odata-types",
    "rename-api",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("portal"), tmp_path_factory)


@pytest.fixture(scope="module")
def at_first(shared: Office) -> dict[str, Any]:
    """What Graph shows of everything before any change."""
    return shared.shown()


@pytest.fixture
def office(shared: Office) -> Iterator[Office]:
    """The same office for every test, as it was."""
    with undone(shared.desk.world.store):
        yield shared


def test_there_are_enough_changes_of_either_kind() -> None:
    assert (len(HARMFUL) >= 25, len(HARMLESS) >= 15) == (True, True)
    assert len(BY_NAME) == len(CHANGES)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_shows_in_what_graph_answers(office: Office, at_first: dict[str, Any], change: Change) -> None:
    make_change(change, office.desk)
    assert office.shown() != at_first


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_what_somebody_did_is_the_administrators_in_the_audit_log(office: Office, change: Change) -> None:
    left = make_change(change, office.desk)
    assert (left == []) is (change.name in BY_NOBODY)
    records = office.desk.world.store.all(TENANT, KIND)
    assert {record["initiatedBy"]["user"]["id"] for record in records} <= {ADMINISTRATOR_ID}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_says_what_it_does_after_it(change: Change) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", change.name)
    assert re.match(r"[a-z]+s ", change.does)


NEIGHBOURS = {"neighbour-secret", "neighbour-owner", "neighbour-permission", "neighbour-group", "namesake"}


@pytest.mark.parametrize("name", sorted({*NEIGHBOURS, "deleted-namesake"}))
def test_what_is_done_to_a_neighbour_leaves_the_application_alone(
    office: Office, at_first: dict[str, Any], name: str
) -> None:
    make_change(BY_NAME[name], office.desk)
    after = office.shown()
    ours = [path for path in after if office.deployment.client_id in path]
    assert {path: after[path] for path in ours} == {path: at_first[path] for path in ours}


def test_a_swapped_certificate_differs_in_its_bytes_alone(office: Office) -> None:
    path = f"/v1.0{office.desk.application_path}"
    seen, bytes_ = office.graph.get(path)["keyCredentials"], office.graph.get(path, select="keyCredentials")
    make_change(BY_NAME["swap-certificate"], office.desk)
    assert office.graph.get(path)["keyCredentials"] == seen
    keys = [
        [entry["key"] for entry in shown["keyCredentials"]]
        for shown in (bytes_, office.graph.get(path, select="keyCredentials"))
    ]
    assert [old == new for old, new in zip(*keys, strict=True)] == [False, True]


def test_a_certificates_end_is_earlier_and_all_else_the_same(office: Office) -> None:
    path = f"/v1.0{office.desk.application_path}"
    (old, other) = office.graph.get(path, select="keyCredentials")["keyCredentials"]
    make_change(BY_NAME["change-certificate-end"], office.desk, end="2027-06-01T00:00:00Z")
    changed = {**old, "endDateTime": "2027-06-01T00:00:00Z"}
    assert office.graph.get(path, select="keyCredentials")["keyCredentials"] == [changed, other]


def test_a_flexible_federated_credential_hides_its_expression_from_v1(office: Office) -> None:
    make_change(BY_NAME["add-flexible-federated-credential"], office.desk)
    path = f"{office.desk.application_path}/federatedIdentityCredentials"
    (hidden,), (whole,) = (office.graph.values(f"/{version}{path}") for version in ("v1.0", "beta"))
    assert (hidden["subject"], "claimsMatchingExpression" in hidden) == (None, False)
    assert whole["claimsMatchingExpression"]["value"].startswith("claims['sub']")


def test_a_restored_application_has_its_credentials_and_none_of_what_it_was_granted(office: Office) -> None:
    keys = office.desk.application["keyCredentials"]
    make_change(BY_NAME["restore-application"], office.desk)
    assert office.desk.application["keyCredentials"] == keys
    path = f"/v1.0/servicePrincipals(appId='{office.deployment.client_id}')"
    assert office.graph.refusal("GET", path)[0] == 404


def test_a_deleted_application_is_restored(office: Office) -> None:
    make_change(BY_NAME["delete-application"], office.desk)
    assert make_change(BY_NAME["restore-application"], office.desk) == ["Restore application"]


def test_an_option_says_who_or_what(office: Office) -> None:
    make_change(BY_NAME["add-owner"], office.desk, owner=AUDITOR.object_id)
    assert office.desk.application["owners"][-1] == AUDITOR.object_id
    make_change(BY_NAME["remove-owner"], office.desk, owner=COLLEAGUE_ID)
    assert COLLEAGUE_ID not in office.desk.application["owners"]


def test_a_second_scope_joins_the_first(office: Office) -> None:
    make_change(BY_NAME["consent-for-one-user"], office.desk, scope="User.Read")
    make_change(BY_NAME["consent-for-one-user"], office.desk, scope="email")
    grants = office.graph.values("/v1.0/oauth2PermissionGrants", filter=f"principalId eq '{COLLEAGUE_ID}'")
    assert [grant["scope"] for grant in grants] == ["User.Read email"]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("rename", {"by": "somebody"}, "rename: has no option 'by'; leave it out"),
        ("add-owner", {"owner": COLLEAGUE_ID}, "add-owner: Graph refuses: One or more added object references"),
        ("remove-certificate", {"key_id": "none"}, "has no certificate none; name one with --key-id"),
        ("request-permission", {"permission": "Aplication.Read.All"}, "no 'Aplication.Read.All' .* such as"),
        ("give-directory-role", {"role": "King"}, "--role: there is no role 'King' here; there are: Global"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_that_cannot_be_made_says_why(office: Office, name: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        make_change(BY_NAME[name], office.desk, **options)


@pytest.mark.parametrize("name", ["add-secret", "delete-application", "upper-case-ids"])
def test_what_is_gone_cannot_be_changed(office: Office, name: str) -> None:
    make_change(BY_NAME["delete-application"], office.desk)
    with pytest.raises(InputError, match="has no application here; restore it first"):
        make_change(BY_NAME[name], office.desk)


def test_the_portals_button_is_recorded_from_an_address_that_is_not_the_administrators(office: Office) -> None:
    make_change(BY_NAME["request-and-consent"], office.desk)
    by = {record["activityDisplayName"]: record["initiatedBy"]["user"] for record in office.records()}
    assert by["Update application"]["ipAddress"] == ADMINISTRATOR_ADDRESS
    for name in ("Consent to application", "Add app role assignment to service principal"):
        assert by[name]["ipAddress"].startswith("20.190.")
        assert (by[name]["id"], by[name]["displayName"]) == (ADMINISTRATOR_ID, "Azure ESTS Service")
