"""Who is who in the sandbox: fixed ids, so that an environment file written today fits every sandbox.

Secrets are not here: each sandbox makes its own when it is filled (sandbox/seed.py).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxTenant:
    """A tenant of the sandbox; `cloud` is a name of `helpers.clouds.CLOUDS`."""

    id: str
    name: str
    cloud: str


TENANTS = (
    SandboxTenant("5a9d0000-0001-4000-8000-000000000001", "Contoso", "global"),
    SandboxTenant("5a9d0000-0002-4000-8000-000000000002", "Fabrikam", "global"),
    SandboxTenant("5a9d0000-0003-4000-8000-000000000003", "Contoso Government", "usgovernmentl4"),
    SandboxTenant("5a9d0000-0004-4000-8000-000000000004", "Contoso Defense", "usgovernmentl5"),
    SandboxTenant("5a9d0000-0005-4000-8000-000000000005", "Contoso China", "china"),
)


@dataclass(frozen=True)
class Pipeline:
    """A pipeline's application, with a service principal of the same object id in every tenant of the sandbox.

    `roles` are the Microsoft Graph application permissions it was granted, by value.
    """

    name: str
    client_id: str
    object_id: str
    roles: tuple[str, ...]


# The permissions are those of domain.md §3: what a deploy needs when an administrator consents by hand, and what it
# needs on top when the pipeline consents.
DEPLOYER = Pipeline(
    name="deployer",
    client_id="5a9d0000-00d1-4000-8000-0000000000c1",
    object_id="5a9d0000-00d1-4000-8000-0000000000a1",
    roles=("Application.ReadWrite.OwnedBy",),
)
CONSENTING_DEPLOYER = Pipeline(
    name="consenting-deployer",
    client_id="5a9d0000-00d2-4000-8000-0000000000c2",
    object_id="5a9d0000-00d2-4000-8000-0000000000a2",
    roles=("Application.ReadWrite.OwnedBy", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"),
)
DEPLOYERS = (DEPLOYER, CONSENTING_DEPLOYER)

# Who only reads. The auditor's are what an audit of applications needs at most (graph-audit.md §H, levels 1 to 4).
AUDITOR = Pipeline(
    name="auditor",
    client_id="5a9d0000-00d3-4000-8000-0000000000c3",
    object_id="5a9d0000-00d3-4000-8000-0000000000a3",
    roles=("Application.Read.All", "Directory.Read.All", "Policy.Read.All", "AuditLog.Read.All"),
)
READER = Pipeline(
    name="reader",
    client_id="5a9d0000-00d4-4000-8000-0000000000c4",
    object_id="5a9d0000-00d4-4000-8000-0000000000a4",
    roles=("Application.Read.All",),
)
PIPELINES = (*DEPLOYERS, AUDITOR, READER)

# A person with a role that may do anything in every tenant; `sandbox portal` and tests of consent act as her, from an
# address of the range that RFC 5737 keeps for documentation.
ADMINISTRATOR_ID = "5a9d0000-00e1-4000-8000-0000000000e1"
ADMINISTRATOR_ADDRESS = "198.51.100.23"
# Another person, who has no role: somebody to make an owner of something, or to consent for.
COLLEAGUE_ID = "5a9d0000-00e2-4000-8000-0000000000e2"
# Somebody who has left: the account is there and disabled.
FORMER_COLLEAGUE_ID = "5a9d0000-00e3-4000-8000-0000000000e3"


@dataclass(frozen=True)
class Person:
    """A user of every tenant; `alias` is what stands before the @ of the address."""

    id: str
    name: str
    alias: str
    account_enabled: bool = True


PEOPLE = (
    Person(ADMINISTRATOR_ID, "Ada Administrator", "ada"),
    Person(COLLEAGUE_ID, "Carl Colleague", "carl"),
    Person(FORMER_COLLEAGUE_ID, "Lena Left", "lena", account_enabled=False),
)

# ISE's nodes: the primary PAN answers the API, both nodes have an Admin certificate.
ISE_NODES = ("pan.ise.sandbox.test", "psn-01.ise.sandbox.test")
ISE_API_HOST = "pan.ise.sandbox.test"

# Where Intune's compliance service of a cloud answers in the sandbox (real tenants get a host of their scale unit).
COMPLIANCE_HOSTS = {
    "global": "fef.sandbox.manage.microsoft.com",
    "usgovernmentl4": "fef.sandbox.manage.microsoft.us",
    "usgovernmentl5": "fef.sandbox-dod.manage.microsoft.us",
    "china": "fef.sandbox.manage.microsoft.cn",
}

# The paths below which it answers: v3, which ISE uses today, and v2, which was retired in March 2024. Graph's service
# discovery names them as `https://<compliance host><path>`.
COMPLIANCE_PATH = "/TrafficGateway/TrafficRoutingService/ResourceAccess/ComplianceRetrievalService"
NAC_PATH = "/StatelessNacService"

# A pipeline's own identity provider, as GitHub's is: it vouches for subjects that the deployers trust
# (`federatedIdentityCredentials` on their applications).
OIDC_HOST = "oidc.sandbox.test"
OIDC_ISSUER = f"https://{OIDC_HOST}"

# Faults and changes behind Terraform's back are asked for here, with the token of the sandbox's folder.
ADMIN_HOST = "admin.sandbox.test"
