"""azuread_service_principal: the application's presence in the tenant, made or looked up."""

from __future__ import annotations

import uuid
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.provider.application_body import flatten_roles, flatten_scopes, ids_by_value
from sandbox.provider.features import expand_features, flatten_deprecated_features, flatten_features
from sandbox.provider.graph import GraphError, is_gone, saying
from sandbox.provider.legacy import Rules
from sandbox.provider.owners import change_owners, finish_owners, first_owners, list_owners
from sandbox.provider.problems import Refused, already_exists
from sandbox.provider.resource import DataSourceType, ResourceType, flag, path_id, text_or_null, texts
from sandbox.provider.values import UNKNOWN, Value, Values, is_blank

if TYPE_CHECKING:
    from sandbox.provider.graph import Document, Graph

_ODATA_TYPE = "#microsoft.graph.servicePrincipal"
# Graph refuses a service principal whose application it does not know everywhere yet; the real provider tries again.
_NOT_REPLICATED = ("does not reference a valid application object", "must in the local tenant")


class ServicePrincipal(ResourceType):
    """A service principal of an application."""

    type_name = "azuread_service_principal"
    uuids = ("client_id", "owners")
    unsupported = ("features",)
    rules = Rules(
        defaults=MappingProxyType({"account_enabled": True}),
        replacing=frozenset({"client_id"}),
        implied=MappingProxyType({"saml_single_sign_on": is_blank}),
        computed=frozenset({"feature_tags", "features"}),
    )

    def parse_id(self, identifier: str) -> tuple[str, ...]:
        """Return the service principal's object id."""
        return path_id(identifier, "servicePrincipals")

    def create(self, graph: Graph, planned: Values) -> Values | None:
        """Make the service principal, or take over the one that is there when `use_existing` says so."""
        with saying("Could not list existing service principals"):
            found = graph.list("/servicePrincipals", where=f"appId eq '{planned['client_id']}'")
        if found and flag(planned["use_existing"]):
            planned["id"] = f"/servicePrincipals/{found[0]['id']}"
            return self.update(graph, planned | {"owners": None}, planned)
        if found:
            raise already_exists(self.type_name, found[0]["id"])
        return self._make(graph, planned)

    def read(self, graph: Graph, state: Values) -> Values | None:
        """Read the service principal, what only the beta endpoint shows of it, and its owners."""
        (object_id,) = self.parse_id(state["id"])
        path, shown = f"/servicePrincipals/{object_id}", _shown(object_id)
        try:
            found = graph.get(path)
        except GraphError as error:
            if error.not_found:
                return None
            raise Refused(f"Retrieving {shown}", str(error)) from error
        attributes = _flatten(found, _metadata_url(graph, path, shown))
        with saying(f"Could not retrieve owners for {shown}", attribute="owners"):
            owners = list_owners(graph, path)
        return state | attributes | {"features": flatten_deprecated_features(found.get("tags")), "owners": owners}

    def update(self, graph: Graph, prior: Values, planned: Values) -> Values | None:
        """Send all properties, and change the owners if they differ."""
        (object_id,) = self.parse_id(planned["id"])
        path = f"/servicePrincipals/{object_id}"
        featured = planned["feature_tags"] and self.changed(prior, planned, "feature_tags")
        tags = expand_features(planned["feature_tags"]) if featured else texts(planned["tags"])
        properties = _properties(planned, tags)
        with saying(f"Updating {_shown(object_id)}"):
            graph.patch(path, properties)
        if self.changed(prior, planned, "owners"):
            with saying(f"Could not add owners to {_shown(object_id)}"):
                change_owners(graph, path, planned["owners"])
        return self.read(graph, planned)

    def delete(self, graph: Graph, state: Values) -> None:
        """Delete the service principal and see it gone; of one taken over, only try."""
        (object_id,) = self.parse_id(state["id"])
        path = f"/servicePrincipals/{object_id}"
        try:
            graph.delete(path)
        except GraphError as error:
            if flag(state["use_existing"]):
                return
            raise Refused(f"Deleting {_shown(object_id)}", str(error), attribute="id") from error
        if not flag(state["use_existing"]):
            graph.wait_until(lambda: is_gone(graph, path), f"deletion of {_shown(object_id)}")

    def _make(self, graph: Graph, planned: Values) -> Values | None:
        owners = first_owners(graph, planned["owners"])
        featured = planned["feature_tags"] is not UNKNOWN and planned["feature_tags"]
        tags = expand_features(featured) if featured else texts(planned["tags"])
        # A change of the description tells whether Graph knows the new object everywhere.
        creation = _properties(planned, tags) | {
            "appId": planned["client_id"],
            "description": f"TERRAFORM_UPDATE_{uuid.uuid4()}",
            "owners@odata.bind": owners.bound,
        }
        with saying("Could not create service principal"):
            made = graph.post("/servicePrincipals", creation, retry=_application_not_replicated)
        path = f"/servicePrincipals/{made['id']}"
        planned["id"] = path
        with saying("Failed to patch service principal after creating"):
            description = text_or_null(planned["description"])
            graph.patch(path, {"@odata.type": _ODATA_TYPE, "description": description})
        with saying(f"Could not remove initial owner from {_shown(made['id'])}"):
            finish_owners(graph, path, owners)
        return self.read(graph, planned)


class ServicePrincipalLookup(DataSourceType):
    """A service principal that is there already: Microsoft Graph's, Intune's."""

    type_name = "azuread_service_principal"

    def read(self, graph: Graph, config: Values) -> Values:
        """Find it by object id, display name or client id, whichever is given first in that order."""
        found = self._find(graph, config)
        path = f"/servicePrincipals/{found['id']}"
        attributes = _flatten(found, _metadata_url(graph, path, _shown(found["id"])))
        return config | attributes | {"features": flatten_deprecated_features(found.get("tags")), "id": path}

    def _find(self, graph: Graph, config: Values) -> Document:
        if config.get("object_id"):
            with saying(f"Retrieving {_shown(config['object_id'])}", attribute="object_id"):
                return graph.get(f"/servicePrincipals/{config['object_id']}")
        key, given = (
            ("displayName", config["display_name"]) if config.get("display_name") else ("appId", config["client_id"])
        )
        if not given:
            raise Refused("one of `client_id,display_name,object_id` must be specified")
        where = f"{key} eq '{given}'"
        with saying(f'Listing service principals for filter "{where}"'):
            found = [one for one in graph.list("/servicePrincipals", where=where) if one[key].lower() == given.lower()]
        if not found:
            raise Refused("No service principal found", "no service principal found")
        if len(found) > 1:
            raise Refused("Multiple service principals found", f'found multiple service principals matching "{where}"')
        return found[0]


def _properties(planned: Values, tags: list[str]) -> Document:
    saml = (planned["saml_single_sign_on"] or [{}])[0] or {}
    return {
        "@odata.type": _ODATA_TYPE,
        "accountEnabled": flag(planned["account_enabled"]),
        "alternativeNames": texts(planned["alternative_names"]),
        "appRoleAssignmentRequired": flag(planned["app_role_assignment_required"]),
        "description": text_or_null(planned["description"]),
        "loginUrl": text_or_null(planned["login_url"]),
        "notes": text_or_null(planned["notes"]),
        "notificationEmailAddresses": texts(planned["notification_email_addresses"]),
        "preferredSingleSignOnMode": text_or_null(planned["preferred_single_sign_on_mode"]),
        "samlSingleSignOnSettings": {"relayState": saml["relay_state"]} if saml.get("relay_state") else {},
        "tags": tags,
    }


def _flatten(found: Document, metadata_url: str) -> Values:
    roles, scopes = found.get("appRoles") or [], found.get("oauth2PermissionScopes") or []
    client_id = found.get("appId") or ""
    saml: Value = found.get("samlSingleSignOnSettings")
    return {
        "account_enabled": bool(found.get("accountEnabled")),
        "alternative_names": found.get("alternativeNames") or [],
        "app_role_assignment_required": bool(found.get("appRoleAssignmentRequired")),
        "app_role_ids": ids_by_value(roles),
        "app_roles": flatten_roles(roles),
        "application_tenant_id": found.get("appOwnerOrganizationId") or "",
        "client_id": client_id,
        "description": found.get("description") or "",
        "display_name": found.get("displayName") or "",
        "feature_tags": flatten_features(found.get("tags")),
        "homepage_url": found.get("homepage") or "",
        "login_url": found.get("loginUrl") or "",
        "logout_url": found.get("logoutUrl") or "",
        "notes": found.get("notes") or "",
        "notification_email_addresses": found.get("notificationEmailAddresses") or [],
        "oauth2_permission_scope_ids": ids_by_value(scopes),
        "oauth2_permission_scopes": flatten_scopes(scopes),
        "object_id": found["id"],
        "preferred_single_sign_on_mode": found.get("preferredSingleSignOnMode") or "",
        "redirect_uris": found.get("replyUrls") or [],
        "saml_metadata_url": metadata_url,
        "saml_single_sign_on": [] if saml is None else [{"relay_state": saml.get("relayState") or ""}],
        "service_principal_names": [
            name for name in found.get("servicePrincipalNames") or [] if name.lower() != client_id.lower()
        ],
        "sign_in_audience": found.get("signInAudience") or "",
        "tags": found.get("tags") or [],
        "type": found.get("servicePrincipalType") or "",
    }


def _metadata_url(graph: Graph, path: str, shown: str) -> str:
    with saying(f"Retrieving {shown} (beta API)"):
        return graph.get(path, beta=True, select="samlMetadataUrl").get("samlMetadataUrl") or ""


def _application_not_replicated(error: GraphError) -> bool:
    return error.status in {400, 403} and any(sentence in error.said for sentence in _NOT_REPLICATED)


def _shown(object_id: str) -> str:
    return f'Service Principal (Service Principal: "{object_id}")'
