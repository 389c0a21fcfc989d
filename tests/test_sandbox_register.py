"""Applications as people once made them in the portal: what Graph shows of each, and that ISE signs in with it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from clients import ise_wire
from clients.ise_wire import IseNode
from helpers.certificates import read_certificate
from helpers.clouds import CLOUDS
from helpers.errors import InputError
from helpers.permissions import AZURE_AD_GRAPH, profiles
from sandbox.control import Control
from sandbox.folder import open_folder
from sandbox.identities import (
    ADMINISTRATOR_ID,
    COLLEAGUE_ID,
    CONSENTING_DEPLOYER,
    DEPLOYER,
    FORMER_COLLEAGUE_ID,
    ISE_NODES,
)
from sandbox.ise.nodes import admin_certificate
from sandbox.keys import rsa_key_at
from sandbox.orders import Registration
from sandbox.portal.registering import register
from sandbox.portal.shapes import MAKING
from sandbox.shapes import SHAPES
from tests.asking_graph import NOW, TENANT, Graph, filled_world
from tests.commanding import say
from tests.sandboxes import served

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.orders import Made
    from sandbox.world import World

BY_HAND = sorted(set(SHAPES) - {"half-in-terraform"})


@dataclass(frozen=True)
class Registered:
    """An application, as an administrator and as everybody sees it."""

    world: World
    made: Made

    @property
    def graph(self) -> Graph:
        """Graph, asked by an administrator."""
        return Graph(self.world, object_id=ADMINISTRATOR_ID, roles=())

    @property
    def at(self) -> str:
        """Where Graph has the application."""
        return f"/v1.0/applications(appId='{self.made.client_id}')"

    @property
    def principal_at(self) -> str:
        """Where Graph has the service principal."""
        return f"/v1.0/servicePrincipals(appId='{self.made.client_id}')"

    @property
    def application(self) -> dict[str, Any]:
        """The application, with its certificates."""
        shown: dict[str, Any] = self.graph.get(self.at)
        keys = self.graph.get(self.at, select="keyCredentials")["keyCredentials"]
        return {**shown, "keyCredentials": keys}

    @property
    def principal(self) -> dict[str, Any]:
        """The service principal."""
        shown: dict[str, Any] = self.graph.get(self.principal_at)
        return shown

    def asked(self) -> dict[str, list[tuple[str, str]]]:
        """Return what is asked of each API, in Graph's order."""
        return {
            api["resourceAppId"]: [(access["id"], access["type"]) for access in api["resourceAccess"]]
            for api in self.application["requiredResourceAccess"]
        }

    def owners(self, at: str) -> list[str]:
        """Return who owns the one or the other."""
        return [owner["id"] for owner in self.graph.values(f"{at}/owners")]


def wanted(shape: str, **more: Any) -> Registration:  # noqa: ANN401 — the fields of a registration
    return Registration(**{"shape": shape, "tenant_id": TENANT, "deployer": DEPLOYER.object_id, **more})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = filled_world(tmp_path_factory.mktemp("registered"), tmp_path_factory)
    made.conditions.set(made.conditions.limits.without_quotas())
    return made


@pytest.fixture(scope="module")
def all_of_them(world: World) -> dict[str, Registered]:
    return {shape: Registered(world, register(world, wanted(shape, display_name=shape))) for shape in SHAPES}


@pytest.fixture(params=SHAPES)
def each(request: pytest.FixtureRequest, all_of_them: dict[str, Registered]) -> Registered:
    return all_of_them[request.param]


def certificates(world: World) -> list[bytes]:
    return [read_certificate(admin_certificate(world.store, node)["pem"].encode(), name=node).der for node in ISE_NODES]


def test_every_shape_that_is_named_can_be_made() -> None:
    assert [*MAKING] == [*SHAPES]


def test_ises_nodes_sign_in_with_the_certificates_they_have(each: Registered) -> None:
    for node in ISE_NODES:
        document = admin_certificate(each.world.store, node)
        certificate = read_certificate(document["pem"].encode(), name=node)
        key = rsa_key_at(each.world.folder / document["key"])
        speaking = IseNode(CLOUDS["global"], TENANT, each.made.client_id, certificate, key)
        token = ise_wire.sign_in_to_intune(each.graph.services.client(), speaking, now=NOW)
        assert token.roles == ("get_device_compliance",)


def test_all_that_is_asked_for_was_consented_to(each: Registered) -> None:
    granted = each.graph.values(f"{each.principal_at}/appRoleAssignments")
    roles = [id_ for asked in each.asked().values() for id_, type_ in asked if type_ == "Role"]
    assert sorted(assignment["appRoleId"] for assignment in granted) == sorted(roles)
    scopes = [id_ for asked in each.asked().values() for id_, type_ in asked if type_ == "Scope"]
    grants = each.graph.values(f"{each.principal_at}/oauth2PermissionGrants")
    assert sum(len(grant["scope"].split()) for grant in grants) == len(scopes)


def test_the_pipeline_owns_both_objects_unless_it_is_said_not_to(each: Registered, world: World) -> None:
    for owned in (each.at, each.principal_at):
        assert DEPLOYER.object_id in each.owners(owned)
    other = Registered(world, register(world, wanted(each.made.display_name, deployer_owns=False)))
    for owned in (other.at, other.principal_at):
        assert DEPLOYER.object_id not in other.owners(owned)


def test_a_pipeline_changes_only_what_it_was_made_an_owner_of(world: World) -> None:
    as_deployer = Graph(world, DEPLOYER.roles, DEPLOYER.object_id, DEPLOYER.client_id)
    answers = []
    for owns in (True, False):
        made = register(world, wanted("cisco", deployer_owns=owns))
        path = f"/v1.0/applications(appId='{made.client_id}')"
        answers.append(as_deployer.ask("PATCH", path, {"notes": "ours now"}).status_code)
    assert answers == [204, 403]


def test_the_audit_log_says_who_made_it(all_of_them: dict[str, Registered]) -> None:
    for shape, registered in all_of_them.items():
        assert registered.made.activities[:1] == ("Add application",)
        assert {"Add service principal", "Consent to application"} <= {*registered.made.activities}
        made = registered.application["id"]
        (record,) = registered.graph.values(
            "/v1.0/auditLogs/directoryAudits",
            filter=f"activityDisplayName eq 'Add application' and targetResources/any(t: t/id eq '{made}')",
        )
        by = record["initiatedBy"]
        maker = by["app"]["servicePrincipalId"] if by["app"] else by["user"]["id"]
        assert maker == (DEPLOYER.object_id if shape == "half-in-terraform" else ADMINISTRATOR_ID)


@pytest.mark.parametrize("shape", BY_HAND)
def test_the_portal_makes_who_registers_an_owner_and_marks_the_service_principal(
    all_of_them: dict[str, Registered], shape: str
) -> None:
    made = all_of_them[shape]
    assert made.owners(made.at)[0] == made.owners(made.principal_at)[0] == ADMINISTRATOR_ID
    assert made.principal["tags"] == ["WindowsAzureActiveDirectoryIntegratedApp"]
    assert made.application["api"]["requestedAccessTokenVersion"] is None


@pytest.mark.parametrize("profile", ["article-2016", "support-tip-2020"])
def test_a_guides_application_asks_for_the_permissions_of_its_profile(
    all_of_them: dict[str, Registered], profile: str
) -> None:
    asked = {api: access for api, access in all_of_them[profile].asked().items() if api != AZURE_AD_GRAPH}
    ids = {(api, id_) for api, access in asked.items() for id_, _ in access}
    assert ids == {(permission.api, permission.id) for permission in profiles()[profile].permissions}


def test_permissions_stand_in_the_order_in_which_somebody_asked_for_them(all_of_them: dict[str, Registered]) -> None:
    asked = all_of_them["article-2016"].asked()
    assert next(iter(asked)) == AZURE_AD_GRAPH
    assert any(access != sorted(access) for access in asked.values())


def test_the_articles_certificates_are_pasted_as_its_script_prints_them(
    all_of_them: dict[str, Registered], world: World
) -> None:
    for entry, der in zip(all_of_them["article-2016"].application["keyCredentials"], certificates(world), strict=True):
        certificate = read_certificate(der, name="node")
        assert (entry["key"], entry["customKeyIdentifier"]) == (certificate.value, certificate.sha1_base64)
        assert uuid.UUID(entry["keyId"]).version == 4
        assert entry["keyId"] != certificate.key_id


def test_ciscos_certificates_are_called_as_their_common_names(all_of_them: dict[str, Registered]) -> None:
    entries = all_of_them["cisco"].application["keyCredentials"]
    assert [entry["displayName"] for entry in entries] == [*ISE_NODES]


def test_one_has_a_secret_an_expired_certificate_and_somebody_elses(all_of_them: dict[str, Registered]) -> None:
    application = all_of_them["with-secret"].application
    (secret,) = application["passwordCredentials"]
    assert (secret["displayName"], secret["secretText"]) == ("for a test, delete after", None)
    expired, *_, foreign = application["keyCredentials"]
    assert (expired["endDateTime"] < NOW.isoformat(), expired["displayName"]) == (True, f"CN={ISE_NODES[1]}")
    assert foreign["displayName"] == "CN=laptop-of-carl"


def test_one_has_redirect_uris_an_api_of_its_own_and_an_owner_who_left(all_of_them: dict[str, Registered]) -> None:
    made = all_of_them["redirects-and-owners"]
    application = made.application
    assert application["web"]["redirectUris"]
    assert application["web"]["homePageUrl"]
    assert application["web"]["implicitGrantSettings"]["enableIdTokenIssuance"] is True
    assert application["identifierUris"] == [f"api://{made.made.client_id}"]
    assert all(application["info"][name] for name in ("supportUrl", "termsOfServiceUrl", "privacyStatementUrl"))
    assert [scope["value"] for scope in application["api"]["oauth2PermissionScopes"]] == ["user_impersonation"]
    assert {COLLEAGUE_ID, FORMER_COLLEAGUE_ID} < {*made.owners(made.at)}
    assert COLLEAGUE_ID not in made.owners(made.principal_at)


def test_one_was_made_by_terraform_as_the_pipeline(all_of_them: dict[str, Registered]) -> None:
    made = all_of_them["half-in-terraform"]
    assert made.application["createdByAppId"] == DEPLOYER.client_id
    assert made.application["api"]["requestedAccessTokenVersion"] == 1
    assert made.owners(made.at) == made.owners(made.principal_at) == [DEPLOYER.object_id]


@pytest.mark.parametrize(
    "fields",
    [{"shape": "octagon"}, {"tenant_id": "nowhere"}, {"deployer": COLLEAGUE_ID}],
    ids=lambda each: next(iter(each)),
)
def test_what_is_not_known_is_refused_with_what_is(world: World, fields: dict[str, str]) -> None:
    with pytest.raises(InputError, match="is not known here; there are: "):
        register(world, wanted("cisco", **fields) if "shape" not in fields else wanted(**fields))


def test_what_graph_refuses_is_said(world: World) -> None:
    with pytest.raises(InputError, match="cisco: Graph refuses: Invalid value specified for property 'displayName'"):
        register(world, wanted("cisco", display_name="x" * 300))


def test_the_command_prints_the_client_id_and_makes_it_where_the_sandbox_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = open_folder(tmp_path / "one")
    alone = say(capsys, "sandbox", "register", "cisco", "--folder", str(folder.path))
    with served(folder.path):
        joined = say(capsys, "sandbox", "register", "cisco", "--folder", str(folder.path), "--tenant", "fabrikam")
        with Control(folder) as control, pytest.raises(InputError, match="octagon: is not known here"):
            control.register(wanted("octagon"))
        with Control(folder) as control, pytest.raises(InputError, match="registration: is not of its form"):
            control.register(wanted("cisco", deployer_owns="yes"))
    for said, tenant in ((alone, "Contoso"), (joined, "Fabrikam")):
        assert (said.code, str(uuid.UUID(said.out.strip()))) == (0, said.out.strip())
        assert f"cisco: Cisco ISE in {tenant}, an application by Cisco's guide" in said.err
    assert f"adopt {alone.out.strip()} --tenant {TENANT} --name NAME --deployer " in alone.err
    assert CONSENTING_DEPLOYER.name in say(capsys, "sandbox", "register", "--help").out
