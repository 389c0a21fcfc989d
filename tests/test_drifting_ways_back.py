"""The ways back: calls that really undo a change, YAML that the file's own reader takes, and no promise too much."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings

from helpers.certificates import Certificate
from helpers.comparing import CredentialRemoved, NotCompared, Surface, compare
from helpers.declaration.environments import read_environment
from helpers.drifting.ways_back import WayKind, ways_back
from helpers.model import PermissionType
from helpers.observing import Observed, observe
from helpers.permissions import MICROSOFT_GRAPH, find_api, find_permission
from helpers.rules.named import misnamed
from helpers.terms import AdminConsent
from sandbox.identities import ADMINISTRATOR_ID, COLLEAGUE_ID, DEPLOYER, TENANTS
from tests.asking_graph import GRAPH_APP_ID
from tests.declaring import declare, write_certificate, write_environment
from tests.deployed_in_graph import APPLICATIONS, a_deployment, reference
from tests.hostile_texts import TEXTS
from tests.making_calls import make_calls
from tests.making_certificates import make_certificate, rsa_key
from tests.seen_in_graph import PRINCIPAL, application, differences, more, principal
from tests.seen_in_graph import deployed as deployed_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.drifting.ways_back import Way
    from tests.deployed_in_graph import Deployed

NOW = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
TENANT = TENANTS[0].id
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
READS_DIRECTORY = find_permission(find_api(MICROSOFT_GRAPH), "Directory.Read.All", PermissionType.APPLICATION).id
HOOK = "https://evil.example/cb"
DEFINED = "de0e0000-0000-4000-8000-000000000001"


@pytest.fixture
def declaration(tmp_path: Path) -> Declaration:
    return declare(tmp_path, tenant_id=TENANT, deployer=DEPLOYER.object_id)


def ways(deployed: Deployed, difference: Difference, observed: Observed | None = None) -> tuple[Way, ...]:
    seen = observed or deployed.observed()
    return only(ways_back([difference], declared=deployed.declaration, observed=seen, now=NOW))


def only(every: Iterator[tuple[Way, ...]]) -> tuple[Way, ...]:
    """Return the ways back from the only difference."""
    (one,) = every
    return one


@pytest.fixture
def deployed(declaration: Declaration, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    return a_deployment(declaration, tmp_path, tmp_path_factory)


def key(seed: str = "thief") -> dict[str, Any]:
    return dict(Certificate(make_certificate("thief.example", key=rsa_key(seed))).manifest_entry("key"))


def with_key(deployed: Deployed, path: str, entry: dict[str, Any]) -> None:
    present = deployed.graph.get(path)["keyCredentials"]
    deployed.graph.change(path, keyCredentials=[*present, entry])


def grant(deployed: Deployed, scope: str, **properties: Any) -> None:  # noqa: ANN401 — any JSON
    body = {"consentType": "AllPrincipals", "principalId": None, **properties}
    resource = deployed.graph.principal_id(GRAPH_APP_ID)
    deployed.graph.make(
        "/v1.0/oauth2PermissionGrants", clientId=deployed.principal, resourceId=resource, scope=scope, **body
    )


def assign(deployed: Deployed, role: str) -> None:
    resource = deployed.graph.principal_id(GRAPH_APP_ID)
    ends = {"principalId": deployed.principal, "resourceId": resource, "appRoleId": role}
    deployed.graph.make(f"{deployed.there}/appRoleAssignments", **ends)


def join(deployed: Deployed, **properties: Any) -> str:  # noqa: ANN401 — any JSON
    body = {"displayName": "Team", "mailEnabled": False, "mailNickname": "team", "securityEnabled": True, **properties}
    group = str(deployed.graph.make("/v1.0/groups", **body)["id"])
    refer(deployed, f"/v1.0/groups/{group}/members", deployed.principal)
    return group


def refer(deployed: Deployed, path: str, identifier: str) -> None:
    assert deployed.graph.ask("POST", f"{path}/$ref", reference(identifier)).status_code == 204


def give_role(deployed: Deployed, principal: str, scope: str = "/") -> None:
    body = {"principalId": principal, "roleDefinitionId": GLOBAL_READER, "directoryScopeId": scope}
    deployed.graph.make("/v1.0/roleManagement/directory/roleAssignments", **body)


def policy(deployed: Deployed, name: str, path: str) -> None:
    made = deployed.graph.make(f"/v1.0/policies/{name}", displayName="Long", definition=["{}"])
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/policies/{name}/{made['id']}"}
    assert deployed.graph.ask("POST", f"{path}/{name}/$ref", body).status_code == 204


def own(deployed: Deployed) -> None:
    owners = [reference(deployed.principal)["@odata.id"]]
    deployed.graph.make(APPLICATIONS, displayName="Payroll", **{"owners@odata.bind": owners})


def role_of(path: str) -> dict[str, Any]:
    role = {"id": DEFINED, "value": "Read", "displayName": "Read", "isEnabled": True, "allowedMemberTypes": ["User"]}
    return {path: [role]}


def scopes() -> dict[str, Any]:
    return {"api": {"oauth2PermissionScopes": [{"id": DEFINED, "value": "access", "isEnabled": True, "type": "User"}]}}


def app(**properties: Any) -> Callable[[Deployed], None]:  # noqa: ANN401 — any JSON
    return lambda deployed: deployed.graph.change(deployed.here, **properties)


def sp(**properties: Any) -> Callable[[Deployed], None]:  # noqa: ANN401 — any JSON
    return lambda deployed: deployed.graph.change(deployed.there, **properties)


def take_back(deployed: Deployed) -> None:
    (one, *_) = deployed.graph.values(f"{deployed.there}/appRoleAssignments")
    deployed.graph.delete(f"{deployed.there}/appRoleAssignments/{one['id']}")


FEDERATED = {"name": "f", "issuer": "https://i.example", "subject": "s"}
# What somebody does behind Terraform's back, and which way leads back first.
CHANGES: dict[str, tuple[Callable[[Deployed], object], WayKind]] = {
    "display name": (app(displayName="Renamed"), WayKind.DEPLOY),
    "notes": (app(notes="x"), WayKind.DEPLOY),
    "owner": (lambda on: refer(on, f"{on.here}/owners", ADMINISTRATOR_ID), WayKind.DEPLOY),
    "owner of the service principal": (lambda on: refer(on, f"{on.there}/owners", COLLEAGUE_ID), WayKind.DEPLOY),
    "the deployer removed from the owners": (
        lambda on: on.graph.delete(f"{on.here}/owners/{DEPLOYER.object_id}/$ref"),
        WayKind.BY_HAND,
    ),
    "audience": (app(signInAudience="AzureADMultipleOrgs"), WayKind.DEPLOY),
    "redirect URI": (app(web={"redirectUris": ["https://b.example", HOOK]}), WayKind.DEPLOY),
    "redirect URI of a page": (app(spa={"redirectUris": [HOOK]}), WayKind.DEPLOY),
    "identifier URI": (app(identifierUris=["api://ise"]), WayKind.DEPLOY),
    "public client": (app(isFallbackPublicClient=True), WayKind.DEPLOY),
    "app role": (app(**role_of("appRoles")), WayKind.DEPLOY),
    "scope": (app(**scopes()), WayKind.DEPLOY),
    "authorized client": (
        app(api={"preAuthorizedApplications": [{"appId": DEFINED, "delegatedPermissionIds": []}]}),
        WayKind.BY_HAND,
    ),
    "implicit grant": (app(web={"implicitGrantSettings": {"enableIdTokenIssuance": True}}), WayKind.DEPLOY),
    "known clients": (app(api={"knownClientApplications": [DEFINED, GRAPH_APP_ID]}), WayKind.BY_HAND),
    "optional claims": (app(optionalClaims={"accessToken": [{"name": "groups"}]}), WayKind.BY_HAND),
    "group claims": (app(groupMembershipClaims="All"), WayKind.BY_HAND),
    "token encryption": (app(tokenEncryptionKeyId=DEFINED), WayKind.BY_HAND),
    "behaviors": (app(authenticationBehaviors={"blockAzureADGraphAccess": False}), WayKind.BY_HAND),
    "deactivated": (app(isDisabled=True), WayKind.BY_HAND),
    "disabled": (sp(accountEnabled=False), WayKind.DEPLOY),
    "assignment required": (sp(appRoleAssignmentRequired=True), WayKind.BY_HAND),
    "SAML": (sp(preferredSingleSignOnMode="saml", notificationEmailAddresses=["a@b.example"]), WayKind.BY_HAND),
    "reply URLs": (sp(replyUrls=[HOOK]), WayKind.BY_HAND),
    "app role of the service principal": (sp(**role_of("appRoles")), WayKind.BY_HAND),
    "log-out address of the service principal": (sp(logoutUrl=HOOK), WayKind.BY_HAND),
    "certificate": (lambda on: with_key(on, on.here, key()), WayKind.BY_HAND),
    "certificate that signs": (lambda on: with_key(on, on.here, {**key(), "usage": "Sign"}), WayKind.BY_HAND),
    "certificate on the service principal": (lambda on: with_key(on, on.there, key()), WayKind.BY_HAND),
    "federated credential": (
        lambda on: on.graph.make(f"{on.here}/federatedIdentityCredentials", **FEDERATED),
        WayKind.BY_HAND,
    ),
    "role assignment": (
        lambda on: assign(on, READS_DIRECTORY),
        WayKind.BY_HAND,
    ),
    "delegated grant": (lambda on: grant(on, "User.Read openid"), WayKind.BY_HAND),
    "delegated grant for one user": (
        lambda on: grant(on, " User.Read openid", consentType="Principal", principalId=COLLEAGUE_ID),
        WayKind.BY_HAND,
    ),
    "consent taken back": (take_back, WayKind.CONSENT),
    "permission asked for": (
        app(requiredResourceAccess=[{"resourceAppId": GRAPH_APP_ID, "resourceAccess": []}]),
        WayKind.DEPLOY,
    ),
    "directory role": (lambda on: give_role(on, on.principal), WayKind.BY_HAND),
    "directory role over one object": (
        lambda on: give_role(on, on.principal, f"/{DEPLOYER.object_id}"),
        WayKind.BY_HAND,
    ),
    "group": (join, WayKind.BY_HAND),
    "group with a role": (lambda on: give_role(on, join(on, isAssignableToRole=True)), WayKind.BY_HAND),
    "owned object": (own, WayKind.BY_HAND),
    "policy of the application": (lambda on: policy(on, "tokenLifetimePolicies", on.here), WayKind.BY_HAND),
    "policy of the service principal": (lambda on: policy(on, "claimsMappingPolicies", on.there), WayKind.BY_HAND),
    "application deleted": (lambda on: on.graph.delete(on.here), WayKind.RESTORE),
    "service principal deleted": (lambda on: on.graph.delete(on.there), WayKind.RESTORE),
}


# What can be taken into the file, and the differences that are then no more.
DECLARABLE = [
    "display name",
    "notes",
    "owner",
    "owner of the service principal",
    "certificate",
    "role assignment",
    "delegated grant",
]


def merged(document: dict[str, Any], addition: dict[str, Any]) -> dict[str, Any]:
    """Return a file with an addition put in: lists grow, keys of a mapping are set."""
    result: dict[str, Any] = deepcopy(document)
    for name, value in addition.items():
        present = result.get(name)
        if isinstance(value, dict):
            result[name] = merged(present or {}, value)
        else:
            result[name] = [*(present or []), *value] if isinstance(value, list) else value
    return result


def with_addition(folder: Path, example: str) -> Declaration:
    """Return what the file in a folder declares with an addition, and leave it as it was."""
    written = yaml.safe_load((folder / "production.yaml").read_text())
    document = merged(written, yaml.safe_load(example))
    for entry in document["certificates"].values():
        write_certificate(folder, entry if isinstance(entry, str) else entry["file"])
    declared = read_environment(write_environment(folder, "production", **document))
    write_environment(folder, "production", **written)
    return declared


@pytest.mark.parametrize("case", CHANGES)
def test_every_way_leads_back(deployed: Deployed, tmp_path: Path, case: str) -> None:
    """What the YAML declares is no difference any more; the calls undo one difference after the other, all of them."""
    change, first = CHANGES[case]
    change(deployed)
    observed, differing = deployed.look()
    offered = {difference: ways(deployed, difference, observed) for difference in differing}
    assert offered[differing[0]][0].kind is first
    kinds = {way.kind for every in offered.values() for way in every}
    assert (WayKind.DECLARE in kinds) == (case in DECLARABLE)
    assert (WayKind.EXCEPT in kinds) == ("deleted" not in case)
    for difference, every in offered.items():
        for way in every:
            if way.kind in (WayKind.DECLARE, WayKind.EXCEPT):
                declared = with_addition(tmp_path, way.example)
                assert list(misnamed(declared)) == []
                if way.kind is WayKind.DECLARE and case != "certificate":
                    assert difference not in compare(declared.integration, observed.integration)
    for _ in range(6):
        first_one = differing[0]
        calls = [way for way in ways(deployed, first_one, observed) if way.kind in (WayKind.BY_HAND, WayKind.RESTORE)]
        make_calls(deployed.graph, calls[0].example)
        observed, differing = deployed.look()
        assert first_one not in differing
        if not differing:
            return
    pytest.fail(f"left: {differing}")


def two_keys(on: Deployed) -> None:
    with_key(on, on.here, key("one"))
    with_key(on, on.here, key("two"))


TWICE = {
    "keys": two_keys,
    "redirect URIs": app(web={"redirectUris": [HOOK, f"{HOOK}2"]}),
    "identifier URIs": app(identifierUris=["api://one", "api://two"]),
    "permissions of one grant": CHANGES["delegated grant"][0],
}


@pytest.mark.parametrize("case", TWICE)
def test_the_calls_of_one_report_sent_in_turn_do_not_undo_each_other(deployed: Deployed, case: str) -> None:
    TWICE[case](deployed)
    observed, differing = deployed.look()
    assert len(differing) > 1
    first, *others = [
        next(way for way in every if way.kind is WayKind.BY_HAND)
        for every in ways_back(differing, declared=deployed.declaration, observed=observed, now=NOW)
    ]
    assert "send it after the calls above" not in first.text
    assert all("send it after the calls above" in way.text for way in others)
    for way in (first, *others):
        make_calls(deployed.graph, way.example)
    assert deployed.look()[1] == []


def test_what_was_just_deployed_does_not_differ(deployed: Deployed) -> None:
    assert deployed.look()[1] == []


def test_another_certificate_under_a_declared_key_id_is_taken_away_and_deployed_anew(deployed: Deployed) -> None:
    entry = deployed.declaration.certificates[0].certificate
    deployed.graph.change(deployed.here, keyCredentials=[])
    other = make_certificate("thief", key=rsa_key("thief"), not_after=entry.not_after - timedelta(days=1))
    with_key(deployed, deployed.here, {**Certificate(other).manifest_entry("key"), "keyId": entry.key_id})
    (difference,) = deployed.look()[1]
    by_hand, deploy, *_ = ways(deployed, difference)
    assert (by_hand.kind, deploy.kind) == (WayKind.BY_HAND, WayKind.DEPLOY)
    make_calls(deployed.graph, by_hand.example)
    (left,) = deployed.look()[1]
    assert isinstance(left, CredentialRemoved)
    assert ways(deployed, left)[0].kind is WayKind.DEPLOY


def test_what_nobody_could_see_has_no_way_back(deployed: Deployed) -> None:
    assert ways(deployed, NotCompared(Surface.CREDENTIALS, "403")) == ()


def test_where_consent_is_missing_its_page_leads_back_and_with_consent_as_code_the_deploy(deployed: Deployed) -> None:
    take_back(deployed)
    (difference,) = deployed.look()[1]
    page = f"https://login.microsoftonline.com/{TENANT}/adminconsent?client_id={deployed.client_id}"
    assert ways(deployed, difference)[0].example == page
    terms = replace(deployed.declaration.terms, admin_consent=AdminConsent.TERRAFORM)
    deployed.declaration = replace(deployed.declaration, terms=terms)
    first = ways(deployed, difference)[0]
    assert (first.kind, first.example) == (WayKind.DEPLOY, "cdktf deploy production")


def test_what_microsoft_took_out_of_service_nobody_else_puts_back(declaration: Declaration) -> None:
    seen = application(deployed_as(declaration), disabledByMicrosoftStatus="DisabledDueToViolationOfServicesAgreement")
    (difference,) = differences(declaration, seen)
    first, *_ = only(ways_back([difference], declared=declaration, observed=observe(seen), now=NOW))
    assert first.example == ""
    assert "Microsoft" in first.text


def test_calls_go_to_the_declared_clouds_graph(tmp_path: Path) -> None:
    declaration = declare(tmp_path, cloud="usgovernmentl5")
    seen = principal(deployed_as(declaration), accountEnabled=False)
    (difference,) = differences(declaration, seen)
    every = only(ways_back([difference], declared=declaration, observed=observe(seen), now=NOW))
    (call,) = [way.example for way in every if way.kind is WayKind.BY_HAND]
    assert call.splitlines()[0] == f"PATCH https://dod-graph.microsoft.us/v1.0/servicePrincipals/{PRINCIPAL}"


def test_without_graphs_documents_nothing_is_made_up(declaration: Declaration) -> None:
    seen = observe(principal(deployed_as(declaration), accountEnabled=False))
    (difference,) = [each for each in compare(declaration.integration, seen.integration) if is_of(each, "enabled")]
    every = only(ways_back([difference], declared=declaration, observed=Observed(seen.integration), now=NOW))
    assert not [way for way in every if way.example.startswith(("PATCH", "POST", "DELETE"))]


def is_of(difference: Difference, name: str) -> bool:
    return difference.surface.value.endswith(name)


@settings(deadline=None)
@given(value=TEXTS)
def test_no_text_from_elsewhere_breaks_out_of_an_example(once: Declaration, value: str) -> None:
    seen = deployed_as(once)
    seen = application(seen, displayName=value or "x", groupMembershipClaims=value or "x", identifierUris=[value])
    seen = more(seen, "owned_objects", {"@odata.type": "#microsoft.graph.group", "id": f"{value}x", "displayName": "x"})
    for difference in differences(once, seen):
        for way in only(ways_back([difference], declared=once, observed=observe(seen), now=NOW)):
            assert all(line.isprintable() and line.isascii() for line in way.example.splitlines())


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Declaration:
    return declare(tmp_path_factory.mktemp("declared"))
