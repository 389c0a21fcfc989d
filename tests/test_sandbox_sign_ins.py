"""The sign-in log and the report of credentials: what a sign-in leaves, who may read it, and by which questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clients import ise_wire
from clients.ise_wire import IseNode
from helpers.certificates import read_certificate
from helpers.clouds import CLOUDS
from helpers.errors import InputError, ServiceError
from sandbox.control import Control
from sandbox.identities import AUDITOR, DEPLOYER, ISE_NODES, READER, TENANTS
from sandbox.ise.nodes import admin_certificate
from sandbox.keys import rsa_key_at
from sandbox.orders import Registration
from sandbox.portal.registering import register
from sandbox.sign_ins import PastSignIns, keep_past
from tests.asking_graph import GRAPH_APP_ID, NOW, TENANT, Clock, Graph, filled_world
from tests.sandboxes import served

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.world import World

LOG = "/beta/auditLogs/signIns"
REPORT = "/beta/reports/appCredentialSignInActivities"
OF_APPLICATIONS = "signInEventTypes/any(t: t eq 'servicePrincipal')"
KEY, NODE = "servicePrincipalCredentialKeyId", ISE_NODES[1]


@dataclass(frozen=True)
class Integration:
    """An application by Cisco's guide, ISE's node, and who reads the logs."""

    world: World
    clock: Clock
    client_id: str

    @property
    def auditor(self) -> Graph:
        """Graph, asked by who may read the logs."""
        return Graph(self.world, AUDITOR.roles, AUDITOR.object_id, AUDITOR.client_id)

    @property
    def key_ids(self) -> list[str]:
        """The key ids of the certificates of ISE's nodes, in the nodes' order."""
        entries = self.auditor.get(f"/v1.0/applications(appId='{self.client_id}')")["keyCredentials"]
        return [entry["keyId"] for entry in entries]

    def speak(self, node: str = NODE) -> None:
        """Let a node sign in to Graph."""
        document = admin_certificate(self.world.store, node)
        certificate = read_certificate(document["pem"].encode(), name=node)
        key = rsa_key_at(self.world.folder / document["key"])
        speaking = IseNode(CLOUDS["global"], TENANT, self.client_id, certificate, key)
        ise_wire.sign_in_to_graph(self.auditor.services.client(), speaking, now=self.clock())

    def rows(self, condition: str = "", **query: str) -> list[dict[str, Any]]:
        """Return the rows of the application that fit."""
        asked = f"{OF_APPLICATIONS} and appId eq '{self.client_id}'{condition and f' and {condition}'}"
        return self.auditor.values(LOG, filter=asked, **query)

    def report(self, **query: str) -> list[dict[str, Any]]:
        """Return the report's rows of the application."""
        return self.auditor.values(REPORT, filter=f"appId eq '{self.client_id}'", **query)

    def past(self, *days: float, **more: Any) -> None:  # noqa: ANN401 — the fields of past sign-ins
        """Put sign-ins into the log so many days ago."""
        at = tuple((self.clock() - timedelta(days=ago)).isoformat() for ago in days)
        keep_past(self.world, PastSignIns(**{"tenant_id": TENANT, "app_id": self.client_id, "at": at, **more}))


@pytest.fixture
def here(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Integration:
    clock = Clock()
    world = filled_world(tmp_path, tmp_path_factory, now=clock)
    world.conditions.set(world.conditions.limits.without_quotas())
    made = register(world, Registration("cisco", TENANT, DEPLOYER.object_id))
    return Integration(world, clock, made.client_id)


def ago(row: dict[str, Any]) -> int:
    """Return how many days before now a row is."""
    return (NOW - NOW.fromisoformat(row["createdDateTime"])).days


def test_a_node_that_signs_in_is_named_by_the_key_id_of_its_certificate(here: Integration) -> None:
    here.speak()
    (row,) = here.rows()
    certificate = read_certificate(admin_certificate(here.world.store, NODE)["pem"].encode(), name=NODE)
    assert (row[KEY], row["servicePrincipalCredentialThumbprint"]) == (here.key_ids[1], certificate.sha1_hex)
    assert row["clientCredentialType"] == "certificate"
    assert row["status"] == {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None}
    assert (row["resourceDisplayName"], row["resourceId"]) == ("Microsoft Graph", GRAPH_APP_ID)
    assert (row["servicePrincipalName"], row["createdDateTime"]) == ("Cisco ISE", "2027-01-15T12:00:00Z")
    assert row["ipAddress"] == "127.0.0.1"


def test_a_pipelines_secret_is_a_key_too(here: Integration) -> None:
    form = {"grant_type": "client_credentials", "client_id": DEPLOYER.client_id, "scope": ".default"}
    (application,) = here.world.store.where(TENANT, "application", "appId", DEPLOYER.client_id)
    (secret,) = application["passwordCredentials"]
    url = CLOUDS["global"].token_url(TENANT, version=2)
    for text in (secret["secretText"], "another", ""):
        scope = {"scope": "https://graph.microsoft.com/.default"}
        here.auditor.services.post(url, data={**form, **scope, "client_secret": text})
    rows = replace(here, client_id=DEPLOYER.client_id).rows()
    seen = [(row["status"]["errorCode"], row["clientCredentialType"], row[KEY]) for row in reversed(rows)]
    assert seen == [(0, "clientSecret", secret["keyId"]), (7000215, "clientSecret", ""), (7000216, "none", "")]


def test_a_certificate_that_is_gone_is_refused_and_its_refusal_names_no_key(here: Integration) -> None:
    here.world.store.put(TENANT, "application", "x", _without_certificates(here))
    with pytest.raises(ServiceError):
        here.speak()
    (row,) = here.rows("status/errorCode eq 700027")
    assert (row[KEY], row["servicePrincipalCredentialThumbprint"], row["uniqueTokenIdentifier"]) == ("", "", "")
    assert "The key was not found" in row["status"]["failureReason"]
    assert row["resourceDisplayName"] == "Microsoft Graph"
    assert here.report() == []


def _without_certificates(here: Integration) -> dict[str, Any]:
    (application,) = here.world.store.where(TENANT, "application", "appId", here.client_id)
    here.world.store.delete(TENANT, "application", application["id"])
    return {**application, "keyCredentials": []}


def test_who_is_no_application_here_leaves_no_row(here: Integration) -> None:
    url = CLOUDS["global"].token_url(TENANT, version=2)
    form = {"grant_type": "client_credentials", "client_id": "5a9d0000-0000-4000-8000-00000000dead"}
    assert here.auditor.services.post(url, data=form).status_code == 400
    assert here.auditor.values(LOG, filter=OF_APPLICATIONS) == []


def test_the_newest_come_first_page_by_page_and_after_thirty_days_they_are_gone(here: Integration) -> None:
    here.past(29, 31, 1, 12, key_id=here.key_ids[0])
    assert [ago(row) for row in here.rows()] == [1, 12, 29]
    first = here.auditor.get(LOG, filter=OF_APPLICATIONS, top="2")
    assert [ago(row) for row in first["value"]] == [1, 12]
    rest = here.auditor.get(first["@odata.nextLink"].removeprefix("https://graph.microsoft.com"))
    assert [ago(row) for row in rest["value"]] == [29]
    assert "@odata.nextLink" not in rest


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("createdDateTime ge 2027-01-05T12:00:00Z", [1, 10]),
        ("createdDateTime gt 2027-01-05T12:00:00Z and createdDateTime lt 2027-01-15T00:00:00+00:00", [1]),
        ("createdDateTime le 2027-01-05T12:00:00Z", [10, 20]),
        ("ipAddress eq '198.51.100.7'", [20]),
        ("startswith(ipAddress, '198.51.')", [20]),
        ("status/errorCode eq 0", [1, 20]),
        ("status/errorCode eq 7000222", [10]),
        ("resourceId eq 'c161e42e-d4df-4a3d-9b42-e7a3c31f59d4'", [1]),
        ("servicePrincipalName eq 'cisco ise'", [1, 10, 20]),
        ("startswith(servicePrincipalName, 'Meraki')", []),
        ("conditionalAccessStatus eq 'notApplied'", [1, 10, 20]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_are_filtered_as_graph_filters_them(here: Integration, condition: str, days: list[int]) -> None:
    here.past(1, resource="c161e42e-d4df-4a3d-9b42-e7a3c31f59d4")
    here.past(10, error_code=7000222)
    here.past(20, address="198.51.100.7")
    assert [ago(row) for row in here.rows(condition)] == days


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filter": f"{KEY} eq 'x'"}, "Request_UnsupportedQuery"),
        ({"filter": "clientCredentialType eq 'certificate'"}, "Request_UnsupportedQuery"),
        ({"filter": "appId ge 'x'"}, "Request_UnsupportedQuery"),
        ({"filter": "status/errorCode eq '0'"}, "BadRequest"),
        ({"filter": "createdDateTime ge '2027-01-05T12:00:00Z'"}, "BadRequest"),
        ({"filter": "createdDateTime ge 2027-01-05"}, "BadRequest"),
        ({"filter": "appId eq unquoted"}, "BadRequest"),
        ({"filter": f"{OF_APPLICATIONS} or appId eq 'x'"}, "BadRequest"),
        ({"orderby": "appId"}, "Request_UnsupportedQuery"),
        ({"top": "1001"}, "Request_UnsupportedQuery"),
    ],
    ids=lambda value: "".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_graph_does_not_support_is_refused(here: Integration, query: dict[str, str], code: str) -> None:
    assert here.auditor.refusal("GET", LOG, **query) == (400, code)


def test_only_beta_has_them_and_only_where_they_are_asked_for_by_event_type(here: Integration) -> None:
    here.speak()
    identifier = here.rows()[0]["id"]
    own = f"appId eq '{here.client_id}'"
    assert here.auditor.values(LOG, filter=own) == here.auditor.values("/v1.0/auditLogs/signIns", filter=own) == []
    assert here.auditor.values(LOG, filter="signInEventTypes/any(t:t eq 'interactiveUser')") == []
    refused = here.auditor.refusal("GET", "/v1.0/auditLogs/signIns", filter=OF_APPLICATIONS)
    assert refused == (400, "Request_UnsupportedQuery")
    assert here.auditor.get(f"{LOG}/{identifier}")["id"] == identifier
    assert here.auditor.refusal("GET", f"{LOG}/none")[0] == 404
    assert here.auditor.refusal("GET", REPORT.replace("beta", "v1.0"))[0] == 400


def test_a_row_may_come_twice_say_no_key_or_an_odd_thumbprint(here: Integration) -> None:
    key = here.key_ids[0]
    here.past(1, key_id=key, copies=2)
    here.past(2)
    here.past(3, key_id=key, thumbprint="ieF43L8nkyw/PEHjWvj+PkWebXk=")
    rows = here.rows()
    assert [(ago(row), row[KEY]) for row in rows] == [(1, key), (1, key), (2, ""), (3, key)]
    assert rows[0] == rows[1]
    assert rows[3]["servicePrincipalCredentialThumbprint"] == "ieF43L8nkyw/PEHjWvj+PkWebXk="


@pytest.mark.parametrize("path", [LOG, REPORT])
def test_the_auditor_reads_the_logs_and_the_reader_does_not(here: Integration, path: str) -> None:
    reader = Graph(here.world, READER.roles, READER.object_id, READER.client_id)
    assert reader.refusal("GET", path) == (403, "Authorization_RequestDenied")
    assert here.auditor.values(path) == []


@pytest.mark.parametrize("path", [LOG, REPORT])
def test_a_tenant_without_premium_has_no_logs_over_graph(here: Integration, path: str) -> None:
    here.world.conditions.set(replace(here.world.conditions.limits, tenants_without_premium=(TENANT,)))
    refused = (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert here.auditor.refusal("GET", path) == refused


@pytest.mark.parametrize("path", [LOG, REPORT])
def test_other_clouds_have_neither(here: Integration, path: str) -> None:
    there = replace(here.auditor, tenant_id=TENANTS[2].id, cloud="usgovernmentl4")
    assert there.refusal("GET", path) == (400, "BadRequest")


@pytest.mark.parametrize("path", [LOG, REPORT])
def test_another_tenant_sees_nothing_of_it(here: Integration, path: str) -> None:
    here.speak()
    query = {"filter": OF_APPLICATIONS} if path == LOG else {}
    assert replace(here.auditor, tenant_id=TENANTS[1].id).values(path, **query) == []


def test_the_logs_take_five_requests_in_ten_seconds_together(here: Integration) -> None:
    here.world.conditions.set(replace(here.world.conditions.limits, log_requests=5))
    answers = [here.auditor.ask("GET", path).status_code for path in (LOG, REPORT, LOG, REPORT, LOG, REPORT)]
    assert answers == [200] * 5 + [429]


def test_the_report_has_the_last_use_of_each_credential_that_was_ever_used(here: Integration) -> None:
    here.speak(NODE)
    here.clock.go_on(3600)
    here.speak(NODE)
    (row,) = here.report()
    (last, _) = here.rows()
    (entry,) = [
        each
        for each in here.auditor.get(f"/v1.0/applications(appId='{here.client_id}')")["keyCredentials"]
        if each["keyId"] == here.key_ids[1]
    ]
    assert (row["keyId"], row["keyType"], row["keyUsage"]) == (entry["keyId"], "certificate", "verify")
    assert (row["createdDateTime"], row["expirationDateTime"]) == (entry["startDateTime"], entry["endDateTime"])
    assert row["signInActivity"] == {
        "lastSignInDateTime": last["createdDateTime"],
        "lastSignInRequestId": last["id"],
    }
    assert (row["credentialOrigin"], row["servicePrincipalObjectId"]) == ("application", last["servicePrincipalId"])


def test_the_report_remembers_longer_than_the_log_and_past_a_removal(here: Integration) -> None:
    here.past(300, key_id=here.key_ids[0])
    here.past(400, key_id=here.key_ids[0])
    here.world.store.put(TENANT, "application", "x", _without_certificates(here))
    assert here.rows() == []
    assert [row["signInActivity"]["lastSignInDateTime"] for row in here.report()] == ["2026-03-21T12:00:00Z"]


def test_the_report_has_no_refused_sign_in_and_may_be_behind(here: Integration) -> None:
    here.past(1, key_id=here.key_ids[0], error_code=1000502)
    here.past(2, key_id=here.key_ids[0], in_report=False)
    assert (len(here.rows()), here.report()) == (2, [])


def test_a_credential_of_the_service_principal_is_told_by_its_origin(here: Integration) -> None:
    (principal,) = here.world.store.where(TENANT, "servicePrincipal", "appId", here.client_id)
    secret = {"keyId": "5a9d0000-0000-4000-8000-00000000beef", "secretText": "x"}
    here.world.store.put(TENANT, "servicePrincipal", principal["id"], {**principal, "passwordCredentials": [secret]})
    here.past(1, key_id=secret["keyId"])
    (row,) = here.auditor.values(REPORT, filter=f"keyId eq '{secret['keyId']}'")
    assert (row["credentialOrigin"], row["keyType"]) == ("servicePrincipal", "clientSecret")
    assert here.rows()[0]["clientCredentialType"] == "clientSecret"


def test_the_report_can_be_written_as_its_examples_are(here: Integration) -> None:
    here.world.conditions.set(replace(here.world.conditions.limits, report_as_in_examples=True))
    here.past(0, key_id=here.key_ids[0])
    (row,) = here.report()
    assert row["signInActivity"]["lastSignInDateTime"] == "2027-01-15T04:00:00-8:00"
    assert (row["expirationDate"], "expirationDateTime" in row) == ("2029-01-14T04:00:00-8:00", False)


def test_past_sign_ins_are_put_into_a_sandbox_that_is_up(tmp_path: Path) -> None:
    with served(tmp_path / "one") as (folder, _), Control(folder) as control:
        control.keep_past(PastSignIns(TENANT, READER.client_id, ("2027-01-01T00:00:00Z",), copies=3))
        with pytest.raises(ServiceError, match=r"sign-ins\.at: holds something else than times"):
            control.keep_past(PastSignIns(TENANT, READER.client_id, ("yesterday",)))
        with pytest.raises(ServiceError, match="nowhere: is no tenant here"):
            control.keep_past(PastSignIns("nowhere", READER.client_id, ()))


@pytest.mark.parametrize(
    "document",
    [
        None,
        {"app_id": "x", "at": []},
        {"tenant_id": TENANT, "app_id": "x", "at": "2027-01-01T00:00:00Z"},
        {"tenant_id": TENANT, "app_id": "x", "at": [], "copies": "2"},
        {"tenant_id": TENANT, "app_id": "x", "at": [], "node": "psn-01"},
        {"tenant_id": TENANT, "app_id": "x", "at": [7]},
        {"tenant_id": TENANT, "app_id": "x", "at": ["2027-01-01T00:00:00"]},
    ],
    ids=["nothing", "no tenant", "one time", "text for a number", "unknown field", "a number", "no offset"],
)
def test_what_are_no_past_sign_ins_is_refused(document: object) -> None:
    with pytest.raises(InputError, match="sign-ins"):
        PastSignIns.from_json(document)
