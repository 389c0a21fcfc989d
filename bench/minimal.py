"""The least CDKTF program for the same resources: what a synthesis costs without this project.

`python bench/minimal.py OUTPUT COUNT` writes COUNT stacks, each with an application, its service principal, two
certificates and the same ten outputs. It reads nothing and judges nothing; only cdktf and the provider's submodules
are imported.
"""

import os
import sys

os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from cdktf import App, LocalBackend, TerraformOutput, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_azuread.application import (
    Application,
    ApplicationRequiredResourceAccess,
    ApplicationRequiredResourceAccessResourceAccess,
)
from cdktf_cdktf_provider_azuread.application_certificate import ApplicationCertificate
from cdktf_cdktf_provider_azuread.provider import AzureadProvider
from cdktf_cdktf_provider_azuread.service_principal import ServicePrincipal

OWNER = "66666666-7777-8888-9999-000000000000"
GRAPH = ("00000003-0000-0000-c000-000000000000", "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30")
INTUNE = ("c161e42e-d4df-4a3d-9b42-e7a3c31f59d4", "7ec88bad-30c7-4928-a005-4455362cfd98")
CERTIFICATE = "-----BEGIN CERTIFICATE-----\n" + ("A" * 64 + "\n") * 18 + "-----END CERTIFICATE-----\n"

output, count = sys.argv[1], int(sys.argv[2])
app = App(outdir=output)
for number in range(count):
    stack = TerraformStack(app, f"environment-{number}")
    LocalBackend(stack, path=f"environment-{number}.tfstate")
    AzureadProvider(stack, "azuread", tenant_id=OWNER, environment="global")
    application = Application(
        stack,
        "application",
        display_name=f"Cisco ISE {number}",
        sign_in_audience="AzureADMyOrg",
        prevent_duplicate_names=True,
        owners=[OWNER],
        required_resource_access=[
            ApplicationRequiredResourceAccess(
                resource_app_id=api,
                resource_access=[ApplicationRequiredResourceAccessResourceAccess(id=role, type="Role")],
            )
            for api, role in (GRAPH, INTUNE)
        ],
    )
    principal = ServicePrincipal(stack, "service-principal", client_id=application.client_id, owners=[OWNER])
    for node in range(2):
        ApplicationCertificate(
            stack,
            f"psn-{node}",
            application_id=application.id,
            type="AsymmetricX509Cert",
            encoding="pem",
            value=CERTIFICATE,
            key_id=OWNER,
            start_date="2026-11-01T00:00:00Z",
            end_date="2046-11-01T00:00:00Z",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
    client_id, application_id = application.client_id, application.object_id
    certificate = dict.fromkeys(
        ("common_name", "thumbprint_sha1", "sha256", "not_before", "not_after", "key_id"), "A" * 40
    ) | {"nodes": ["psn"]}
    for name, value in {
        "client_id": client_id,
        "tenant_id": OWNER,
        "token_url": f"https://login.microsoftonline.com/{OWNER}/oauth2/v2.0/token",
        "auto_discovery_url": "https://graph.microsoft.com",
        "token_audience": "https://api.manage.microsoft.com/",
        "application_object_id": application_id,
        "admin_consent_url": f"https://login.microsoftonline.com/{OWNER}/adminconsent?client_id={client_id}",
        "certificates": {"psn-01": certificate, "psn-02": certificate},
        "ise_settings": {f"field {field}": client_id for field in range(9)},
        "applied": {
            "name": f"environment-{number}",
            "integration": {
                "schema_version": 1,
                "tenant_id": OWNER,
                "client_id": {"items": client_id},
                "application": {
                    "object_id": {"items": application_id},
                    "display_name": {"items": f"Cisco ISE {number}"},
                    "notes": {"items": ""},
                    "service_management_reference": {"items": ""},
                    "owners": {"items": [OWNER]},
                    "exposure": {
                        "items": {
                            "sign_in_audience": "AzureADMyOrg",
                            "redirect_uris": [],
                            "identifier_uris": [],
                            "public_client": False,
                        }
                    },
                },
                "service_principal": {
                    "object_id": {"items": principal.object_id},
                    "owners": {"items": [OWNER]},
                    "enabled": {"items": True},
                },
                "requested": {
                    "items": [{"api": api, "id": role, "type": "application"} for api, role in (GRAPH, INTUNE)]
                },
                "granted": {"reason": "an administrator consents by hand"},
                "credentials": {
                    "items": [
                        {
                            "kind": "certificate",
                            "holder": "application",
                            "key_id": OWNER,
                            "fingerprint": {"items": "A" * 64},
                            "not_before": "2026-11-01T00:00:00Z",
                            "not_after": "2046-11-01T00:00:00Z",
                        }
                        for node in range(2)
                    ]
                },
            },
            "decisions": dict.fromkeys(
                ("cloud", "deployer", "ise", "login", "audience", "profile", "consent", "state"), "x"
            ),
            "exceptions": [],
        },
    }.items():
        TerraformOutput(stack, name, value=value)
app.synth()
