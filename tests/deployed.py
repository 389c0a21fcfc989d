"""Outputs as a deploy leaves them, for tests."""

from __future__ import annotations

from typing import Any

from helpers.clouds import CLOUDS
from helpers.ise_form import IseForm
from helpers.ise_releases import IseRelease
from tests.declaring import OWNER, TENANT

CERTIFICATE: dict[str, Any] = {
    "nodes": ["psn-01"],
    "common_name": "psn-01.example.net",
    "thumbprint_sha1": "AB" * 20,
    "sha256": "CD" * 32,
    "not_before": "2026-11-01T00:00:00Z",
    "not_after": "2027-11-01T00:00:00Z",
    "key_id": OWNER,
}


def deployed_values() -> dict[str, Any]:
    """Return every output of a stack by name."""
    cloud = CLOUDS["global"]
    form = IseForm(cloud, TENANT, OWNER, IseRelease("3.3", 4))
    return {
        "client_id": OWNER,
        "tenant_id": TENANT,
        "token_url": form.token_url,
        "auto_discovery_url": form.auto_discovery_url,
        "token_audience": form.token_audience,
        "application_object_id": OWNER,
        "admin_consent_url": cloud.admin_consent_url(TENANT, OWNER),
        "certificates": {"psn-01": CERTIFICATE},
        "ise_settings": dict(sorted(form.fields().items())),
        "applied": {"name": "production", "integration": {}},
    }
