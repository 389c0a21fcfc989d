"""ISE's form *Administration > Network Resources > External MDM > Add*, filled in. Facts: domain.md §5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.ise_releases import token_endpoint_version

if TYPE_CHECKING:
    from helpers.clouds import Cloud
    from helpers.ise_releases import IseRelease

# The form's fields as ISE labels them, in its order. JSON and Terraform sort keys, so who prints them asks here.
FIELD_LABELS = (
    "Server Type",
    "Authentication Type",
    "Auto Discovery",
    "Auto Discovery URL",
    "Client ID",
    "Token Issuing URL",
    "Token Audience",
    "Polling Interval",
    "MDM/UEM API version",
)


@dataclass(frozen=True)
class IseForm:
    """The values ISE's administrator types. `client_id` may be a placeholder that Terraform fills in."""

    cloud: Cloud
    tenant_id: str
    client_id: str
    ise: IseRelease

    @property
    def token_url(self) -> str:
        """The *Token Issuing URL*, of the endpoint version this ISE release asks."""
        return self.cloud.token_url(self.tenant_id, version=token_endpoint_version(self.ise))

    @property
    def auto_discovery_url(self) -> str:
        """The *Auto Discovery URL*: Microsoft Graph, without a tenant since June 2023."""
        return self.cloud.graph

    @property
    def token_audience(self) -> str:
        """The *Token Audience*: whom the second token is for."""
        return self.cloud.intune_audience

    def fields(self) -> dict[str, str]:
        """Return each field's label, as ISE shows it and in its order, with its value."""
        values = (
            "Mobile Device Manager",
            "OAuth – Client Credentials",
            "Yes",
            self.auto_discovery_url,
            self.client_id,
            self.token_url,
            self.token_audience,
            # 0 is off. Intune answers the bulk query at most once in 4 hours: less than 240 minutes only gets 503.
            "0",
            # v3 finds devices by GUID; every release that works knows it.
            "v3",
        )
        return dict(zip(FIELD_LABELS, values, strict=True))
