"""The keys of an environment file that `ise-intune adopt` writes: what a deploy imports instead of making it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from helpers.declaration.blocks import Block
from helpers.declaration.forms import GraphId, Guid, Sha256, Text

# Arguments that may be left alone: everything of azuread 3.7.0's resources that a stack does not state itself.
UNMANAGED_OF_APPLICATION = (
    "api",
    "app_role",
    "description",
    "device_only_auth_enabled",
    "fallback_public_client_enabled",
    "feature_tags",
    "group_membership_claims",
    "identifier_uris",
    "logo_image",
    "marketing_url",
    "oauth2_post_response_required",
    "optional_claims",
    "password",
    "privacy_statement_url",
    "public_client",
    "single_page_application",
    "support_url",
    "tags",
    "template_id",
    "terms_of_service_url",
    "web",
)
UNMANAGED_OF_SERVICE_PRINCIPAL = (
    "alternative_names",
    "app_role_assignment_required",
    "description",
    "feature_tags",
    "login_url",
    "notes",
    "notification_email_addresses",
    "preferred_single_sign_on_mode",
    "saml_single_sign_on",
    "tags",
)
AUDIENCES = ("AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount")

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def _moment(value: Any) -> Any:  # noqa: ANN401 — whatever the file holds
    """YAML's times arrive as text; what is no time in UTC is left for pydantic to refuse."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return value
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return value


_MOMENT_SCHEMA = WithJsonSchema({"type": "string", "format": "date-time"})
Moment = Annotated[datetime, BeforeValidator(_moment), _MOMENT_SCHEMA]


class AdoptedCertificateBlock(Block):
    """A credential that was on the application before this project."""

    key_id: Guid = Field(description="Key id of the credential in Entra. Terraform imports it, and never its bytes.")
    sha256: Sha256 = Field(
        description="SHA-256 of the certificate that was found under this key id. Another file is refused: Terraform "
        "would silently ignore it. A renewal is a new entry."
    )
    not_before: Moment | None = Field(
        default=None, description="Where Entra's start differs from the certificate's: YYYY-MM-DDTHH:MM:SSZ."
    )
    not_after: Moment | None = Field(default=None, description="The same for its end.")


class AdoptedRoleBlock(Block):
    """An application permission that is granted already."""

    permission: Guid = Field(description="Id of the app role.")
    resource: Guid = Field(description="Object id of the API's service principal.")
    assignment: GraphId = Field(description="Id of the app role assignment.")


class AdoptedGrantBlock(Block):
    """Delegated permissions on an API that are granted already."""

    api: Guid = Field(description="Client id of the API.")
    grant: GraphId = Field(description="Id of the delegated permission grant.")


class ConsentsBlock(Block):
    """Consent that was given by hand, and that Terraform manages from now on."""

    roles: list[AdoptedRoleBlock] = Field(default=[], description="Assignments of app roles.")
    grants: list[AdoptedGrantBlock] = Field(default=[], description="Grants of delegated permissions.")


class KeepsBlock(Block):
    """What the application has beyond what ISE needs, and keeps: drift expects it, and a review says what it means.

    The words are those of the drift report. No deploy makes any of it. To be rid of one, take it away in Entra, then
    its line here.
    """

    sign_in_audience: Literal[AUDIENCES] = Field(  # type: ignore[valid-type]
        default="AzureADMyOrg", description="Who may sign in."
    )
    redirect_uris: list[Text] = Field(default=[], description="Where answers may be sent, of any kind of client.")
    identifier_uris: list[Text] = Field(default=[], description="Names under which others ask for tokens for it.")
    public_client: bool = Field(default=False, description="Whether flows without a credential are allowed.")
    app_roles: list[Text] = Field(default=[], description="App roles it defines, by value.")
    scopes: list[Text] = Field(default=[], description="Scopes it exposes, by value.")
    authorized_clients: list[Text] = Field(default=[], description="Client ids that need no consent for its scopes.")
    settings: list[Text] = Field(default=[], description="Further properties, each as `property: value`.")
    service_principal_settings: list[Text] = Field(default=[], description="The same of its service principal.")


class UnmanagedBlock(Block):
    """Arguments of Terraform's resources that a deploy leaves alone, whatever is there; drift looks at all of it."""

    application: list[Literal[UNMANAGED_OF_APPLICATION]] = Field(  # type: ignore[valid-type]
        default=[], description="Arguments of azuread_application."
    )
    service_principal: list[Literal[UNMANAGED_OF_SERVICE_PRINCIPAL]] = Field(  # type: ignore[valid-type]
        default=[], description="Arguments of azuread_service_principal."
    )


class AdoptedBlock(Block):
    """An application that was there before: the deploy imports it. `ise-intune adopt` writes this."""

    application: Guid = Field(description="Object id of the application (not its client id).")
    service_principal: Guid | None = Field(
        default=None, description="Object id of its service principal. Left out, the deploy makes one."
    )
    permission_order: list[Guid] = Field(
        default=[], description="Ids of its permissions in Entra's order, which Terraform compares."
    )
    consents: ConsentsBlock = Field(
        default_factory=ConsentsBlock, description="Consent to import; only with `admin_consent: terraform`."
    )
    keeps: KeepsBlock = Field(default_factory=KeepsBlock, description="What it has beyond what ISE needs.")
    unmanaged: UnmanagedBlock = Field(default_factory=UnmanagedBlock, description="What Terraform leaves alone.")
