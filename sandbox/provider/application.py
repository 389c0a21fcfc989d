"""azuread_application."""

from __future__ import annotations

import uuid
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.provider import application_body as body
from sandbox.provider.features import expand_features
from sandbox.provider.graph import GraphError, is_gone, just_made, saying
from sandbox.provider.legacy import Rules
from sandbox.provider.owners import change_owners, finish_owners, first_owners, list_owners
from sandbox.provider.problems import Refused, duplicate_name
from sandbox.provider.resource import ResourceType, flag, path_id, texts
from sandbox.provider.values import UNKNOWN, Values, is_blank, is_zero

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.provider.graph import Document, Graph

_ACCESS_TYPES = ("Role", "Scope")


def _is_plain_api(api: Values) -> bool:
    return is_blank(api | {"requested_access_token_version": (api["requested_access_token_version"] or 1) > 1})


def _is_plain_web(web: Values) -> bool:
    """Judge as the real provider does, which does not look at the URLs of home page and logout."""
    return is_blank([web["redirect_uris"], web["implicit_grant"]])


class Application(ResourceType):
    """An application registration."""

    type_name = "azuread_application"
    uuids = ("owners",)
    unsupported = ("app_role", "logo_image", "password", "template_id")
    rules = Rules(
        defaults=MappingProxyType(
            {
                "prevent_duplicate_names": False,
                "sign_in_audience": "AzureADMyOrg",
                "api.requested_access_token_version": 1,
                "optional_claims.access_token.essential": False,
                "optional_claims.id_token.essential": False,
                "optional_claims.saml2_token.essential": False,
            }
        ),
        replacing=frozenset({"template_id"}),
        implied=MappingProxyType(
            {
                "api": _is_plain_api,
                "optional_claims": is_blank,
                "public_client": is_blank,
                "single_page_application": is_blank,
                "web": _is_plain_web,
                "web.implicit_grant": is_blank,
            }
        ),
        computed=frozenset({"feature_tags"}),
    )

    def mistakes(self, config: Values) -> Iterator[Refused]:
        """Yield what the real provider's own validation would say of what the stacks declare."""
        yield from super().mistakes(config)
        for name in ("display_name", "notes"):
            if config.get(name) == "":
                yield Refused(f'expected "{name}" to not be an empty string, got ', attribute=name)
        for api in _known_blocks(config.get("api")):
            if not is_zero(api.get("oauth2_permission_scope")):
                yield Refused("The stand-in azuread provider does not support `oauth2_permission_scope`")
        for resource in _known_blocks(config.get("required_resource_access")):
            for access in _known_blocks(resource.get("resource_access")):
                if isinstance(access.get("type"), str) and access["type"] not in _ACCESS_TYPES:
                    yield Refused(f"expected resource_access type to be one of {_ACCESS_TYPES}, got {access['type']}")

    def check_plan(self, graph: Graph, prior: Values | None, planned: Values) -> None:
        """Refuse a new application whose name another has, when `prevent_duplicate_names` asks for that."""
        name = planned["display_name"]
        if prior is None and name is not UNKNOWN and flag(planned["prevent_duplicate_names"]):
            for other in _named(graph, name):
                found = duplicate_name(self.type_name, other["id"], name)
                raise Refused(f"{found.summary}. {found.detail}")

    def parse_id(self, identifier: str) -> tuple[str, ...]:
        """Return the application's object id."""
        return path_id(identifier, "applications")

    def create(self, graph: Graph, planned: Values) -> Values | None:
        """Make the application, then tell from a change of its name whether Graph knows it everywhere."""
        self._check_name(graph, planned, "")
        owners = first_owners(graph, planned["owners"])
        with saying("Could not create application"):
            made = graph.post("/applications", _creation(planned) | {"owners@odata.bind": owners.bound})
        path = f"/applications/{made['id']}"
        planned["id"] = path
        with saying(f'Failed to patch application with object ID "{made["id"]}" after creating'):
            for name in (f"TERRAFORM_UPDATE_{uuid.uuid4()}", planned["display_name"]):
                graph.patch(path, body.named(displayName=name), retry=just_made)
        if planned["oauth2_post_response_required"] is not None:
            self._require_post_response(graph, path, planned)
        if body.api(planned)["acceptMappedClaims"]:
            # Refused in the creating request to a caller with Application.ReadWrite.OwnedBy.
            graph.patch(path, body.named(api=body.api(planned)), retry=just_made)
        with saying(f'Could not remove initial owner from application with object ID: "{made["id"]}"'):
            finish_owners(graph, path, owners)
        return self.read(graph, planned)

    def read(self, graph: Graph, state: Values) -> Values | None:
        """Read the application, what only the beta endpoint shows of it, and its owners."""
        (object_id,) = self.parse_id(state["id"])
        path = f"/applications/{object_id}"
        shown = _shown(object_id)
        try:
            application = graph.get(path)
        except GraphError as error:
            if error.not_found:
                return None
            raise Refused(f"Retrieving {shown}", str(error), attribute="id") from error
        with saying(f"Retrieving additional properties for {shown}"):
            post_response = graph.get(path, beta=True, select="oauth2RequirePostResponse")
        with saying(f"Could not retrieve owners for {shown}", attribute="owners"):
            owners = list_owners(graph, path)
        return (
            state
            | body.flatten(application)
            | {
                "logo_image": state["logo_image"] or "",
                "oauth2_post_response_required": bool(post_response.get("oauth2RequirePostResponse")),
                "owners": owners,
                "password": [],
                "prevent_duplicate_names": flag(state["prevent_duplicate_names"]),
            }
        )

    def update(self, graph: Graph, prior: Values, planned: Values) -> Values | None:
        """Send the properties of every update, and those collections that changed."""
        (object_id,) = self.parse_id(planned["id"])
        path = f"/applications/{object_id}"
        if self.changed(prior, planned, "app_role"):
            raise Refused("The stand-in azuread provider does not change app roles", attribute="app_role")
        with graph.lock(object_id):
            self._check_name(graph, planned, object_id)
            with saying(f'Could not update application with object ID: "{object_id}"'):
                graph.patch(path, self._change(prior, planned))
            if self.changed(prior, planned, "oauth2_post_response_required"):
                self._require_post_response(graph, path, planned)
            if self.changed(prior, planned, "owners"):
                with saying(f'Could not add owners to application with object ID: "{object_id}"'):
                    change_owners(graph, path, planned["owners"])
        return self.read(graph, planned)

    def delete(self, graph: Graph, state: Values) -> None:
        """Delete the application, and see it gone."""
        (object_id,) = self.parse_id(state["id"])
        path = f"/applications/{object_id}"
        with saying(f"deleting {_shown(object_id)}", attribute="id"):
            graph.delete(path)
        graph.wait_until(lambda: is_gone(graph, path), f'deletion of application with object ID "{object_id}"')

    def _change(self, prior: Values, planned: Values) -> Document:
        featured = planned["feature_tags"] and self.changed(prior, planned, "feature_tags")
        tags = expand_features(planned["feature_tags"]) if featured else texts(planned["tags"])
        change = body.common_properties(planned, tags) | {"api": body.api(planned)}
        if self.changed(prior, planned, "identifier_uris"):
            change["identifierUris"] = texts(planned["identifier_uris"])
        if self.changed(prior, planned, "optional_claims"):
            change["optionalClaims"] = body.optional_claims(planned)
        if self.changed(prior, planned, "required_resource_access"):
            change["requiredResourceAccess"] = body.required_resource_access(planned)
        return change

    def _check_name(self, graph: Graph, planned: Values, own_id: str) -> None:
        """Look again at apply: another application of that name may come from the same apply."""
        if flag(planned["prevent_duplicate_names"]):
            for other in _named(graph, planned["display_name"]):
                if other["id"] != own_id:
                    raise duplicate_name(self.type_name, other["id"], planned["display_name"])

    def _require_post_response(self, graph: Graph, path: str, planned: Values) -> None:
        required = flag(planned["oauth2_post_response_required"])
        graph.patch(path, body.named(oauth2RequirePostResponse=required), beta=True, retry=just_made)


def _creation(planned: Values) -> Document:
    featured = planned["feature_tags"] is not UNKNOWN and planned["feature_tags"]
    tags = expand_features(featured) if featured else texts(planned["tags"])
    api = body.api(planned) | {"oauth2PermissionScopes": []}
    if api["acceptMappedClaims"]:
        del api["acceptMappedClaims"]
    return body.common_properties(planned, tags) | {
        "api": api,
        "appRoles": [],
        "identifierUris": texts(planned["identifier_uris"]),
        "optionalClaims": body.optional_claims(planned),
        "requiredResourceAccess": body.required_resource_access(planned),
    }


def _named(graph: Graph, name: str) -> list[Document]:
    # The real provider does not double an apostrophe either.
    return [
        found for found in graph.list("/applications", where=f"displayName eq '{name}'") if found["displayName"] == name
    ]


def _shown(object_id: str) -> str:
    return f'Application (Application: "{object_id}")'


def _known_blocks(blocks: object) -> list[Values]:
    return blocks if isinstance(blocks, list) else []
