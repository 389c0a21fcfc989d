"""What reading needs is what it really asks for, and what lacks is named: against the sandbox's own table of rights."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from clients.graph import objects
from clients.graph.permissions import AUDIT_LOG, CHOICE, LEVELS, NEEDS, need_of
from helpers.model import PermissionType
from helpers.observing import Documents, Unread
from helpers.permissions import MICROSOFT_GRAPH, find_api
from sandbox.graph.authorization import RULES, Caller
from sandbox.identities import AUDITOR, COLLEAGUE_ID, DEPLOYER
from sandbox.limits import Limits
from tests.asking_graph import EVERYTHING
from tests.reading_graph import HERE, Sandboxed, a_sandbox, alone, documents_of, in_lists, register

if TYPE_CHECKING:
    from pathlib import Path

    from clients.graph import AuditLog
    from clients.graph.permissions import Need

ALL = frozenset(AUDITOR.roles)
SETS = [frozenset(some) for number in range(len(ALL) + 1) for some in combinations(sorted(ALL), number)]
# What stands in no field of its own: names of ids, what is looked for only where something is missing, and what nobody
# is refused, as Graph shows less of it instead.
ASIDE = {AUDIT_LOG, CHOICE, "resources", "deleted", "owner_accounts"}


@pytest.fixture
def sandbox(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Sandboxed:
    monkeypatch.setattr(objects, "FEW", 0)
    made = a_sandbox(tmp_path, tmp_path_factory)
    vars(made)["graph"] = replace(made.graph, roles=(*EVERYTHING, "Policy.ReadWrite.ApplicationConfiguration"))
    return made


def grant_only(sandbox: Sandboxed, permissions: frozenset[str]) -> None:
    """Take from the auditor every permission but these."""
    api, store = find_api(MICROSOFT_GRAPH), sandbox.world.store
    kept = {api.permissions[PermissionType.APPLICATION, name] for name in permissions}
    for assignment in store.where(HERE.id, "appRoleAssignment", "principalId", AUDITOR.object_id):
        if assignment["appRoleId"] not in kept:
            store.delete(HERE.id, "appRoleAssignment", assignment["id"])


def read_all(sandbox: Sandboxed, *client_ids: str) -> tuple[dict[str, Documents], AuditLog]:
    with sandbox.directories() as directories:
        read = documents_of(directories.read({HERE: client_ids}, kept=sandbox.folder / "kept")[HERE])
        now = sandbox.world.now()
        return read, directories.read_audit_log(HERE, since=now - timedelta(days=1), until=now + timedelta(days=1))


def unread_fields(documents: Documents) -> set[str]:
    return {each.name for each in fields(documents) if isinstance(getattr(documents, each.name), Unread)}


@pytest.mark.parametrize("permissions", SETS, ids=lambda some: "+".join(sorted(some)) or "none")
def test_exactly_what_permissions_do_not_cover_is_unread_and_says_which_lacks(
    sandbox: Sandboxed, permissions: frozenset[str]
) -> None:
    grant_only(sandbox, permissions)
    read, log = read_all(sandbox, DEPLOYER.client_id)
    documents = read[DEPLOYER.client_id]
    lacking = {need.surface for need in NEEDS if not need.satisfied(permissions)}
    assert unread_fields(documents) == lacking - ASIDE
    assert bool(log.unread) is (AUDIT_LOG in lacking)
    assert bool(documents.resources) is ("resources" not in lacking)
    reasons = {each: getattr(documents, each).reason for each in unread_fields(documents)} | {AUDIT_LOG: log.unread}
    # What hangs on an object that could not be read is not asked for: its reason is the object's.
    own = {each: reason for each, reason in reasons.items() if each not in {"delegated_grants", "key_credentials"}}
    assert {each: reason for each, reason in own.items() if reason} == {
        each: f"needs {need_of(each).least} (403)" for each in lacking if each in own
    }


def test_each_level_adds_what_is_at_it_and_nothing_below_needs_more() -> None:
    held: set[str] = set()
    for level, permission in LEVELS.items():
        held.add(permission)
        assert {need.surface for need in NEEDS if need.satisfied(frozenset(held))} >= {
            need.surface for need in NEEDS if need.level <= level
        }
        assert all(need.least in held for need in NEEDS if need.level <= level)
        assert all(need.least not in held for need in NEEDS if need.level > level)


def test_every_field_of_the_contract_has_its_needs() -> None:
    facts = {"client_id", "tenant_id"}
    assert {need.surface for need in NEEDS} - {AUDIT_LOG, CHOICE} == {each.name for each in fields(Documents)} - facts


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.surface)
def test_the_least_permission_is_enough_for_each_request_and_so_is_every_other_named(need: Need) -> None:
    for request in need.requests:
        rule = RULES[f"GET {_as_rule(request)}"]
        for permission in (need.least, *need.also):
            caller = Caller("some-client", "some-object", frozenset({permission}))
            allowed = rule.allows(caller)
            assert allowed, (request, permission)


def _as_rule(request: str) -> str:
    path = re.sub(r"^/(v1\.0|beta)", "", request).replace("(appId='{client id}')", "/{id}")
    return path.replace("{kind}/{id}", "tokenLifetimePolicies/{policy}").replace("{kind}", "tokenLifetimePolicies")


def test_nothing_is_asked_for_that_is_not_in_the_table_and_all_in_it_is(sandbox: Sandboxed) -> None:
    many, gone = register(sandbox), register(sandbox)
    sandbox.graph.delete(f"/v1.0/applications/{gone['id']}")
    _give_many_owners(sandbox, many["appId"])
    policy = sandbox.graph.make("/v1.0/policies/tokenLifetimePolicies", displayName="long", definition=["{}"])
    assert policy["id"]
    wanted = [many["appId"], gone["appId"], DEPLOYER.client_id]
    for choose in (alone, in_lists):
        sandbox.world.conditions.set(Limits())
        with sandbox.directories(choose=choose) as directories:
            directories.read({HERE: wanted}, kept=sandbox.folder / "kept")
            directories.read_again({HERE: wanted}, deep=True)
            now = sandbox.world.now()
            directories.read_audit_log(HERE, since=now, until=now)
    patterns = {request: _pattern(request) for need in NEEDS for request in need.requests}
    paths = {path for path in sandbox.paths() if not path.endswith("$batch")}
    assert [path for path in paths if not any(pattern.fullmatch(path) for pattern in patterns.values())] == []
    assert [name for name, pattern in patterns.items() if not any(map(pattern.fullmatch, paths))] == []


def _give_many_owners(sandbox: Sandboxed, client_id: str) -> None:
    store = sandbox.world.store
    for kind in ("application", "servicePrincipal"):
        (document,) = store.where(HERE.id, kind, "appId", client_id)
        store.put(HERE.id, kind, document["id"], {**document, "owners": [COLLEAGUE_ID] * 20})


def _pattern(request: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/']+", re.escape(request).replace(r"\ ", " ")))


def test_a_tenant_without_the_licence_says_that_it_is_the_licence(sandbox: Sandboxed) -> None:
    sandbox.world.conditions.set(Limits(tenants_without_premium=(HERE.id,)))
    _, log = read_all(sandbox, DEPLOYER.client_id)
    assert log.unread == "needs Microsoft Entra ID P1 (403)"
