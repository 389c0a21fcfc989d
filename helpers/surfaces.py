"""The places where access can be, by name: one member for each thing of an `Integration` that is compared."""

from __future__ import annotations

from enum import StrEnum


class Surface(StrEnum):
    """One place where access can be. The values are a contract: `unaudited` in an environment file names them."""

    TENANT = "tenant"
    CLIENT_ID = "client_id"
    APPLICATION = "application"  # whether there is one: present, deleted, absent
    APPLICATION_OBJECT = "application.object_id"
    APPLICATION_ENABLED = "application.enabled"
    DISPLAY_NAME = "application.display_name"
    NOTES = "application.notes"
    SERVICE_MANAGEMENT_REFERENCE = "application.service_management_reference"
    APPLICATION_OWNERS = "application.owners"
    SIGN_IN_AUDIENCE = "application.sign_in_audience"
    REDIRECT_URIS = "application.redirect_uris"
    IDENTIFIER_URIS = "application.identifier_uris"
    PUBLIC_CLIENT = "application.public_client"
    APP_ROLES = "application.app_roles"
    SCOPES = "application.scopes"
    AUTHORIZED_CLIENTS = "application.authorized_clients"
    APPLICATION_SETTINGS = "application.settings"
    EXPOSURE = "application.exposure"
    SERVICE_PRINCIPAL = "service_principal"  # whether there is one
    SERVICE_PRINCIPAL_OBJECT = "service_principal.object_id"
    SERVICE_PRINCIPAL_OWNERS = "service_principal.owners"
    SERVICE_PRINCIPAL_ENABLED = "service_principal.enabled"
    SERVICE_PRINCIPAL_SETTINGS = "service_principal.settings"
    DIRECTORY_ROLES = "service_principal.directory_roles"
    GROUPS = "service_principal.groups"
    OWNED_OBJECTS = "service_principal.owned_objects"
    POLICIES = "service_principal.policies"
    REQUESTED = "permissions.requested"
    GRANTED = "permissions.granted"
    DELEGATED = "permissions.granted.delegated"  # where these alone were not seen
    GRANTED_TO_USERS = "permissions.granted_to_users"
    CREDENTIALS = "credentials"
    FEDERATED_CREDENTIALS = "credentials.federated"
    SERVICE_PRINCIPAL_CREDENTIALS = "credentials.service_principal"
    CERTIFICATE_BYTES = "credentials.bytes"


OWNERS = frozenset({Surface.APPLICATION_OWNERS, Surface.SERVICE_PRINCIPAL_OWNERS})
