"""The environment file, key by key: the one definition behind reading, judging and the editor's completion.

`environments/environment.schema.json` is generated from these classes (`ise-intune check --schema`). What a schema
cannot say, such as whether a file holds a certificate, is judged in `structure.py`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from helpers.clouds import CLOUDS, DEFAULT_CLOUD
from helpers.declaration.adoption_schema import AdoptedBlock, AdoptedCertificateBlock
from helpers.declaration.blocks import Block
from helpers.declaration.forms import (
    ENTRY_NAME,
    Address,
    Audience,
    EntryName,
    Guid,
    Host,
    Line,
    NodeName,
    Release,
    Sha256,
    Text,
)
from helpers.declaration.state_settings import StateSettings
from helpers.model import PermissionType
from helpers.permissions import profiles
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

SCHEMA_VERSION = 1
# A deployment has at most 50 Policy Service Nodes, each with a certificate and during a renewal its successor.
_MOST_CERTIFICATES = 200
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(value: Any) -> Any:  # noqa: ANN401 — whatever the file holds
    """YAML's dates arrive as text; what is not a date is left for pydantic to refuse."""
    if not isinstance(value, str) or not _ISO_DAY.fullmatch(value):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


def _no_boolean(value: Any) -> Any:  # noqa: ANN401 — whatever the file holds
    """Keep `true` from being 1, which it is to Python."""
    return str(value) if isinstance(value, bool) else value


def _short_forms(value: Any) -> Any:  # noqa: ANN401 — whatever the file holds
    """Write each `entry: path` as the long form it stands for: presented by the node of the entry's name."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"file": entry, "nodes": [name]} if isinstance(entry, str) else entry for name, entry in value.items()
    }


Day = Annotated[date, BeforeValidator(_day)]


class ApplicationBlock(Block):
    """The application object in Entra, as the portal shows it under *App registrations*."""

    display_name: Line = Field(
        description="Name of the application in Entra; unique in the tenant, since a second one is refused.",
        examples=["Cisco ISE – Intune compliance (production)"],
    )
    owners: list[Guid] = Field(
        default=[],
        description="Object ids of further owners, of the application and of its service principal. "
        "An owner can add a certificate and so become ISE. The deployer is always an owner.",
    )
    service_principal_owners: list[Guid] | None = Field(
        default=None,
        description="The same for the service principal alone, where its further owners are others; left out, they are "
        "those of `owners`.",
    )
    notes: Text | None = Field(default=None, description="Free text shown with the application.")
    service_management_reference: Text | None = Field(
        default=None, description="Reference into your service management, such as a CMDB id."
    )


class ExtraPermission(Block):
    """A permission beyond the profile."""

    api: Text = Field(
        description="The API's name, or its client id (GUID).", examples=["Microsoft Graph", "Microsoft Intune API"]
    )
    permission: Text = Field(description="The permission's name, or its id (GUID).", examples=["Directory.Read.All"])
    type: Literal[tuple(type_.value for type_ in PermissionType)] = Field(  # type: ignore[valid-type]
        description="`application`: used by ISE itself. `delegated`: on behalf of a user, which ISE never is."
    )
    reason: Text = Field(description="Why ISE needs it; every review shows this.")


class PermissionsBlock(Block):
    """What the application may do, and who grants it."""

    profile: Literal[tuple(profiles())] = Field(  # type: ignore[valid-type]
        default="minimal",
        description="\n".join(f"`{name}`: {profile.purpose}." for name, profile in profiles().items()),
    )
    extra: list[ExtraPermission] = Field(default=[], description="Permissions beyond the profile, each with a reason.")
    admin_consent: Literal[tuple(choice.value for choice in AdminConsent)] = Field(  # type: ignore[valid-type]
        default=AdminConsent.MANUAL.value,
        description="`manual`: an administrator opens the consent page once. `terraform`: the pipeline grants, which "
        "needs AppRoleAssignment.ReadWrite.All, a power to grant anything to anyone.",
    )


class IseBlock(Block):
    """The ISE deployment this is for."""

    release: Release = Field(description="ISE's release, in quotes.", examples=["3.3"])
    patch: Annotated[int, Field(ge=0, le=99)] = Field(default=0, description="Patch number installed; 0 for none.")
    api: Address | None = Field(
        default=None,
        description="Address of the primary PAN's API, to fetch certificates and import trust roots.",
        examples=["https://pan.example.net"],
    )


class CertificateBlock(Block):
    """One certificate ISE signs in with, and the nodes that present it."""

    file: Text = Field(description="Path of the exported certificate, from the folder of this file. No private key.")
    nodes: Annotated[list[NodeName], Field(min_length=1)] = Field(description="The ISE nodes that present it.")
    formerly: EntryName | None = Field(
        default=None,
        description="The name this entry had before it was renamed, so that the deploy moves it in the state instead "
        "of making it anew. Take it out once every deployment has it.",
    )
    adopted: AdoptedCertificateBlock | None = Field(
        default=None,
        description="Written by `ise-intune adopt`: the credential was there before, and is imported. It stays as long "
        "as the entry does; without it, Terraform replaces the credential.",
    )


class ExceptionBlock(Block):
    """A finding accepted for a while; every report shows it."""

    rule: Text = Field(description="Id of the rule.")
    subject: Text = Field(description="What the finding is about, as the report names it.")
    reason: Text = Field(description="Why this is accepted.")
    until: Day = Field(description="Last day it holds, UTC.", examples=["2027-03-31"])


class RevokedBlock(Block):
    """A certificate that must not come back."""

    sha256: Sha256 = Field(description="SHA-256 of the certificate, hex, with or without colons.")
    public_key_sha256: Sha256 | None = Field(
        default=None,
        description="SHA-256 of its public key (DER of the SubjectPublicKeyInfo), hex, with or without colons: no "
        "other certificate over that key is accepted either.",
    )
    common_name: Text = Field(description="Its common name, for the reader.")
    reason: Text = Field(description="Why it was revoked.")
    date: Day = Field(description="When it was revoked.")


class UnauditedBlock(Block):
    """A place where access can be that is knowingly not audited."""

    surface: Text = Field(description="Name of the surface, as the drift report shows it.")
    reason: Text = Field(description="Why nobody looks.")


class EndpointsBlock(Block):
    """Endpoints that no document of Microsoft's confirms for this cloud; only under Microsoft's own domains."""

    login_host: Host | None = Field(default=None, description="Sign-in host, a bare name.")
    intune_audience: Audience | None = Field(default=None, description="Token Audience, https:// and a final slash.")


class _ShortFormSchema:
    """Teaches the JSON Schema the short form `entry: path`, which `_short_forms` accepts."""

    @staticmethod
    def __get_pydantic_json_schema__(core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        long_form = next(iter(schema["patternProperties"].values()))
        short_form = {"type": "string", "description": "Path of the certificate of the node of that name."}
        return schema | {
            "patternProperties": {ENTRY_NAME: {"anyOf": [short_form, long_form]}},
            "additionalProperties": False,
        }


class EnvironmentFile(Block):
    """One Cisco ISE deployment and its application in Entra."""

    schema_: Annotated[Literal[1], BeforeValidator(_no_boolean)] = Field(
        alias="schema", description="Version of this file's format."
    )
    tenant_id: Guid = Field(description="The Entra tenant (directory id).")
    cloud: Literal[tuple(CLOUDS)] = Field(  # type: ignore[valid-type]
        default=DEFAULT_CLOUD, description="Microsoft's cloud the tenant is in."
    )
    deployer: Guid = Field(
        description="Object id of the pipeline's service principal (in *Enterprise applications*, not the client id). "
        "It is always an owner: the provider would take it off otherwise, and the first deploy then fails."
    )
    client_id: Guid | None = Field(default=None, description="The application's client id, once it exists.")
    application: ApplicationBlock
    adopted: AdoptedBlock | None = Field(
        default=None, description="An application that was there before; `ise-intune adopt` writes this."
    )
    permissions: PermissionsBlock = Field(default_factory=PermissionsBlock)
    ise: IseBlock
    certificates: Annotated[
        dict[EntryName, CertificateBlock],
        Field(min_length=1, max_length=_MOST_CERTIFICATES),
        BeforeValidator(_short_forms),
        _ShortFormSchema,
    ] = Field(
        description="The certificates ISE's nodes sign in with, by a name of your choice. Short form: "
        "`name: path`, presented by the node of that name."
    )
    revoked: list[RevokedBlock] = Field(default=[], description="Certificates that must never come back.")
    exceptions: list[ExceptionBlock] = Field(default=[], description="Findings accepted until a date, with a reason.")
    unaudited: list[UnauditedBlock] = Field(default=[], description="Surfaces knowingly not audited.")
    endpoints: EndpointsBlock = Field(default_factory=EndpointsBlock)
    state: StateSettings
