"""What a new sandbox begins with, and that beginning again changes nothing."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from helpers.clouds import CLOUDS
from helpers.permissions import INTUNE_API, MICROSOFT_GRAPH, find_api
from sandbox.directory import Directory, directories
from sandbox.identities import ADMINISTRATOR_ID, AUDITOR, OIDC_ISSUER, PIPELINES, TENANTS
from sandbox.seed import federated_subject, seed
from sandbox.store import Store
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.identities import Pipeline, SandboxTenant


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path, Store(tmp_path / "world.sqlite"))
    seed(world)
    yield world
    world.store.close()


def in_tenant(world: World, tenant: SandboxTenant) -> Directory:
    return Directory(world.store, tenant.id, tenant.cloud)


def test_every_tenant_is_there_in_its_cloud(world: World) -> None:
    found = [(directory.tenant_id, directory.cloud) for directory in directories(world.store)]
    assert found == [(tenant.id, tenant.cloud) for tenant in TENANTS]


@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_an_api_is_found_by_the_address_it_has_in_the_cloud(world: World, tenant: SandboxTenant) -> None:
    cloud, directory = CLOUDS[tenant.cloud], in_tenant(world, tenant)
    names = {cloud.graph: MICROSOFT_GRAPH, cloud.intune_audience: INTUNE_API}
    for address, name in names.items():
        assert (directory.service_principal_by_name(address) or {})["displayName"] == name


@pytest.mark.parametrize("name", [MICROSOFT_GRAPH, INTUNE_API])
def test_an_api_offers_every_permission_of_the_catalogue(world: World, name: str) -> None:
    api = find_api(name)
    found = in_tenant(world, TENANTS[0]).service_principal_by_app_id(api.app_id) or {}
    offered = {entry["id"]: entry["value"] for entry in (*found["appRoles"], *found["oauth2PermissionScopes"])}
    assert offered == {identifier: value for (_, value), identifier in api.permissions.items()}


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: pipeline.name)
@pytest.mark.parametrize("tenant", TENANTS, ids=lambda tenant: tenant.name)
def test_a_pipeline_is_registered_with_the_roles_it_was_granted(
    world: World, tenant: SandboxTenant, pipeline: Pipeline
) -> None:
    directory = in_tenant(world, tenant)
    principal = directory.service_principal_by_app_id(pipeline.client_id) or {}
    graph = directory.service_principal_by_app_id(find_api(MICROSOFT_GRAPH).app_id) or {}
    assert principal["id"] == pipeline.object_id
    assert directory.granted_roles(pipeline.object_id, graph["id"]) == sorted(pipeline.roles)


def test_a_pipeline_signs_in_with_a_secret_of_this_sandbox_or_as_its_pipeline(world: World, tmp_path: Path) -> None:
    path = tmp_path / "deployers.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    known = json.loads(path.read_text())
    for pipeline in PIPELINES:
        application = in_tenant(world, TENANTS[0]).application_by_app_id(pipeline.client_id) or {}
        assert [entry["secretText"] for entry in application["passwordCredentials"]] == [known[pipeline.client_id]]
        trusted = [(entry["issuer"], entry["subject"]) for entry in application["federatedIdentityCredentials"]]
        assert trusted == [(OIDC_ISSUER, federated_subject(pipeline))]
    assert len(set(known.values())) == len(PIPELINES)


def test_two_sandboxes_have_the_same_ids_and_other_secrets(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = World(folder, Store(folder / "world.sqlite"))
    seed(other)
    for kind in ("application", "servicePrincipal", "appRoleAssignment", "user"):
        ids = [[document["id"] for document in each.store.all(TENANTS[1].id, kind)] for each in (world, other)]
        assert ids[0] == ids[1]
    assert (tmp_path / "deployers.json").read_text() != (folder / "deployers.json").read_text()
    other.store.close()


def test_filling_again_keeps_what_was_changed(world: World, tmp_path: Path) -> None:
    before = (tmp_path / "deployers.json").read_text()
    changed = {**(world.store.get(TENANTS[0].id, "user", ADMINISTRATOR_ID) or {}), "displayName": "renamed"}
    world.store.put(TENANTS[0].id, "user", ADMINISTRATOR_ID, changed)
    counts = {kind: len(world.store.all(TENANTS[0].id, kind)) for kind in ("servicePrincipal", "appRoleAssignment")}
    seed(world)
    assert world.store.get(TENANTS[0].id, "user", ADMINISTRATOR_ID) == changed
    assert {kind: len(world.store.all(TENANTS[0].id, kind)) for kind in counts} == counts
    assert (tmp_path / "deployers.json").read_text() == before


def test_who_came_after_a_sandbox_was_made_gets_a_secret_and_the_others_keep_theirs(
    world: World, tmp_path: Path
) -> None:
    path, tenant = tmp_path / "deployers.json", TENANTS[0].id
    known = json.loads(path.read_text())
    path.write_text(json.dumps({name: secret for name, secret in known.items() if name != AUDITOR.client_id}))
    auditors = in_tenant(world, TENANTS[0]).application_by_app_id(AUDITOR.client_id) or {}
    world.store.delete(tenant, "application", auditors["id"])
    world.store.delete(tenant, "servicePrincipal", AUDITOR.object_id)
    seed(world)
    again = json.loads(path.read_text())
    assert {name: secret for name, secret in again.items() if known[name] == secret}.keys() == known.keys() - {
        AUDITOR.client_id
    }
    made = in_tenant(world, TENANTS[0]).application_by_app_id(AUDITOR.client_id) or {}
    assert [entry["secretText"] for entry in made["passwordCredentials"]] == [again[AUDITOR.client_id]]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
