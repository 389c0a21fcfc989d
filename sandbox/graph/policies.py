"""Policies that change what tokens or credentials of an application may be, and whom they apply to."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.graph.applications import APPLICATIONS
from sandbox.graph.calls import Operation, Reply
from sandbox.graph.directory_objects import page, referenced_id, shown_directory_object
from sandbox.graph.documents import check_properties, merged, new_id, without_annotations
from sandbox.graph.errors import bad_request, not_found
from sandbox.graph.odata import filtered, found, listing
from sandbox.graph.relationships import policies, shown_policy
from sandbox.graph.service_principals import SERVICE_PRINCIPALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.graph.calls import Call
    from sandbox.graph.resources import Resource
    from sandbox.store import Document

_OF_TOKENS: Mapping[str, Any] = MappingProxyType(
    {"deletedDateTime": None, "definition": [], "displayName": "", "isOrganizationDefault": False}
)
_OF_CREDENTIALS: Mapping[str, Any] = MappingProxyType(
    {
        "displayName": "",
        "description": None,
        "isEnabled": True,
        "restrictions": {"passwordCredentials": [], "keyCredentials": []},
    }
)


@dataclass(frozen=True)
class _Policies:
    """One kind of policies: its properties, and which kinds of objects have them, by a list of their own or not."""

    kind: str
    shape: Mapping[str, Any]
    of: tuple[Resource, ...]
    has_list: bool = True

    @property
    def name(self) -> str:
        return f"{self.kind.removesuffix('y')}ies"

    def find(self, call: Call, identifier: str) -> Document:
        policy = call.store.get(call.tenant_id, self.kind, identifier)
        if policy is None:
            raise not_found(identifier)
        return policy

    def keep(self, call: Call, policy: Document, applies_to: list[str]) -> Reply:
        call.store.put(call.tenant_id, self.kind, policy["id"], {**policy, "appliesTo": applies_to})
        return Reply()

    def operations(self) -> Iterator[Operation]:
        path = f"/policies/{self.name}"
        yield Operation("GET", path, self._list)
        yield Operation("POST", path, self._create)
        yield Operation("GET", f"{path}/{{policy}}", self._get)
        yield Operation("DELETE", f"{path}/{{policy}}", self._delete)
        yield Operation("GET", f"{path}/{{policy}}/appliesTo", self._applies_to)
        for resource in self.of:
            yield from _of_objects(self, resource)

    def _list(self, call: Call) -> Reply:
        every = found(call, self.kind, {"id": ("eq", "in"), "displayName": ("eq", "startswith")})
        return listing(call, every, f"policies/{self.name}", shown_policy)

    def _get(self, call: Call) -> Reply:
        return self._shown(call, self.find(call, call.path["policy"]), status=200)

    def _create(self, call: Call) -> Reply:
        sent = without_annotations(call.body)
        check_properties(self.kind, sent, self.shape)
        if not sent.get("displayName"):
            raise bad_request("A value is required for property 'displayName' of the policy.")
        policy = {"id": new_id(), **merged(dict(self.shape), sent)}
        self.keep(call, policy, [])
        return self._shown(call, policy, status=201)

    def _delete(self, call: Call) -> Reply:
        call.store.delete(call.tenant_id, self.kind, self.find(call, call.path["policy"])["id"])
        return Reply()

    def _applies_to(self, call: Call) -> Reply:
        applies_to = self.find(call, call.path["policy"])["appliesTo"]
        return page(call, filtered(call, [shown_directory_object(call, identifier) for identifier in applies_to], {}))

    def _shown(self, call: Call, policy: Document, *, status: int) -> Reply:
        context = call.context(f"policies/{self.name}/$entity")
        return Reply(status, {"@odata.context": context, **shown_policy(policy)})


def _of_objects(those: _Policies, resource: Resource) -> Iterator[Operation]:
    """Yield the operations on the policies of one application or service principal."""

    def list_(call: Call) -> Reply:
        applied = filtered(call, policies(those.kind)(call, resource.find(call)), {})
        return listing(call, applied, f"policies/{those.name}", dict)

    def add(call: Call) -> Reply:
        document, policy = resource.find(call), those.find(call, referenced_id(call.body.get("@odata.id")))
        if document["id"] in policy["appliesTo"]:
            raise bad_request("A conflicting object with one or more of the specified property values is present.")
        return those.keep(call, policy, [*policy["appliesTo"], document["id"]])

    def remove(call: Call) -> Reply:
        document, policy = resource.find(call), those.find(call, call.path["policy"])
        if document["id"] not in policy["appliesTo"]:
            raise not_found(policy["id"])
        return those.keep(call, policy, [other for other in policy["appliesTo"] if other != document["id"]])

    path = f"/{resource.collection}/{{id}}/{those.name}"
    if those.has_list:
        yield Operation("GET", path, list_, resource.find)
    yield Operation("POST", f"{path}/$ref", add, resource.find)
    yield Operation("DELETE", f"{path}/{{policy}}/$ref", remove, resource.find)


_BOTH = (APPLICATIONS, SERVICE_PRINCIPALS)
_KINDS = (
    _Policies("tokenLifetimePolicy", _OF_TOKENS, _BOTH),
    _Policies("tokenIssuancePolicy", _OF_TOKENS, (APPLICATIONS,)),
    _Policies("claimsMappingPolicy", _OF_TOKENS, (SERVICE_PRINCIPALS,)),
    _Policies("homeRealmDiscoveryPolicy", _OF_TOKENS, (SERVICE_PRINCIPALS,)),
    # The permissions reference has no list of these on an application.
    _Policies("appManagementPolicy", _OF_CREDENTIALS, _BOTH, has_list=False),
)

_DEFAULT = "defaultAppManagementPolicy"
_ITS_ID = "00000000-0000-0000-0000-000000000000"


def _default(call: Call) -> Document:
    unrestricted: Document = {"passwordCredentials": [], "keyCredentials": []}
    return call.store.get(call.tenant_id, _DEFAULT, _ITS_ID) or {
        "id": _ITS_ID,
        "displayName": "Default app management tenant policy",
        "description": "Default tenant policy that enforces app management restrictions.",
        "isEnabled": False,
        "applicationRestrictions": unrestricted,
        "servicePrincipalRestrictions": unrestricted,
    }


def _get_default(call: Call) -> Reply:
    return Reply(200, {"@odata.context": call.context(f"policies/{_DEFAULT}/$entity"), **_default(call)})


def _change_default(call: Call) -> Reply:
    policy, sent = _default(call), without_annotations(call.body)
    check_properties(_DEFAULT, sent, policy)
    call.store.put(call.tenant_id, _DEFAULT, _ITS_ID, {**merged(policy, sent), "id": _ITS_ID})
    return Reply()


OPERATIONS = (
    *(operation for kind in _KINDS for operation in kind.operations()),
    Operation("GET", f"/policies/{_DEFAULT}", _get_default),
    Operation("PATCH", f"/policies/{_DEFAULT}", _change_default),
)
