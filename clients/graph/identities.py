"""What each identity of a pipeline may do: the smallest set of application permissions of Microsoft Graph, and why.

This is the one place: `docs/identities.md` is made from it, `ise-intune identities` prints it and holds a token to it.
Sources: domain.md §3 (deployers and consent), `clients.graph.permissions` (what reading needs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.graph.permissions import APPLICATIONS, AUDIT_LOG_READ, DIRECTORY, POLICIES
from helpers.model import PermissionType, stated
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.declaration.declaration import Declaration

OWNED = "Application.ReadWrite.OwnedBy"
ASSIGN = "AppRoleAssignment.ReadWrite.All"
GRANT = "DelegatedPermissionGrant.ReadWrite.All"


@dataclass(frozen=True)
class Granted:
    """A permission that an identity holds, and why; `only_for` says where that is not always so."""

    permission: str
    why: str
    only_for: str = ""


@dataclass(frozen=True)
class Identity:
    """One identity. `environment` is the protected one that its federation is bound to; `besides` is not Graph's."""

    name: str
    in_words: str
    jobs: str
    environment: str
    granted: tuple[Granted, ...]
    besides: str

    @property
    def permissions(self) -> frozenset[str]:
        """What it holds at most."""
        return frozenset(each.permission for each in self.granted)


_LOOKED_UP = "consent as code looks up the APIs it assigns, and Graph refuses to assign what one may not read"
_AS_CODE = "consent as code"
_DELEGATED = "consent as code to delegated permissions"

PLAN = Identity(
    name="plan",
    in_words="reads, for Terraform to plan with",
    jobs="deploy: plan",
    environment="ise-intune-plan",
    granted=(
        Granted(APPLICATIONS, "Terraform reads what it manages, and looks for applications of the same name"),
        Granted(DIRECTORY, "Terraform reads grants of delegated permissions", _DELEGATED),
    ),
    besides="reads the state (azurerm: Storage Blob Data Reader); it plans without a lock",
)
DEPLOY = Identity(
    name="deploy",
    in_words="makes and changes what it owns; an administrator consents by hand",
    jobs="deploy: apply",
    environment="ise-intune-deploy",
    granted=(Granted(OWNED, "creates the application and changes it, as long as it is an owner of it"),),
    besides="is `deployer` in the environment file, so an owner of both objects;"
    " writes the state (azurerm: Storage Blob Data Contributor)",
)
DEPLOY_WITH_CONSENT = Identity(
    name="deploy-with-consent",
    in_words="as deploy, and consents as code: it can grant anything to anybody",
    jobs="deploy: apply",
    environment="ise-intune-deploy",
    granted=(
        *DEPLOY.granted,
        Granted(APPLICATIONS, _LOOKED_UP, _AS_CODE),
        Granted(ASSIGN, "assigns application permissions", _AS_CODE),
        Granted(GRANT, "grants delegated permissions", _DELEGATED),
    ),
    besides=DEPLOY.besides,
)
DRIFT = Identity(
    name="drift",
    in_words="reads all that drift is looked for in, and writes nothing",
    jobs="nightly: drift and expiry; by hand: adopt",
    environment="ise-intune-drift",
    granted=(
        Granted(DIRECTORY, "applications, credentials, consents, directory roles, groups, and the audit log"),
        Granted(POLICIES, "policies of tokens, claims, sign-in and credentials"),
    ),
    besides="reads the state (azurerm: Storage Blob Data Reader); the audit log needs Microsoft Entra ID P1",
)
VERIFY = Identity(
    name="verify",
    in_words="adds a certificate of its own for a quarter of an hour, and acts as ISE with it",
    jobs="by hand: verify --probe",
    environment="ise-intune-deploy",
    granted=(Granted(OWNED, "puts the probe's certificate on the application that it owns, and takes it off"),),
    besides="is an owner of the application: the same identity as deploy",
)
USAGE = Identity(
    name="usage",
    in_words="reads which keys still sign in, before one is taken away",
    jobs="by hand: certificate usage",
    environment="ise-intune-drift",
    granted=(
        Granted(APPLICATIONS, "the application and its keys"),
        Granted(
            AUDIT_LOG_READ, "the sign-in log, for which nothing else is enough, and the report of each key's last use"
        ),
    ),
    besides="can be the same identity as drift; both logs need Microsoft Entra ID P1, in the global cloud",
)
IDENTITIES = (PLAN, DEPLOY, DEPLOY_WITH_CONSENT, DRIFT, VERIFY, USAGE)

# What each job that a token can be held to needs at least.
JOBS = (PLAN.name, DEPLOY.name, DRIFT.name, VERIFY.name, USAGE.name)
_WHATEVER_IS_DECLARED = {each.name: each for each in (DRIFT, VERIFY, USAGE)}
# By job, the other one that the same identity may do.
_ALSO = {VERIFY.name: DEPLOY.name, DRIFT.name: USAGE.name, USAGE.name: DRIFT.name}


def needed(job: str, declarations: Iterable[Declaration]) -> frozenset[str]:
    """Return the permissions that a job (one of `JOBS`) needs for these environments."""
    declarations = list(declarations)
    if job == PLAN.name:
        delegated = any(_consents_to(each, PermissionType.DELEGATED) for each in declarations)
        return frozenset({APPLICATIONS, DIRECTORY} if delegated else {APPLICATIONS})
    if job == DEPLOY.name:
        return frozenset[str]().union(*map(_to_deploy, declarations))
    return _WHATEVER_IS_DECLARED[job].permissions


def of_use(job: str, declarations: Iterable[Declaration]) -> frozenset[str]:
    """Return the permissions that whoever does a job may hold, for the job that the same identity may do too."""
    declarations = list(declarations)
    return needed(job, declarations) | (needed(_ALSO[job], declarations) if job in _ALSO else frozenset())


def _to_deploy(declaration: Declaration) -> frozenset[str]:
    needs = {OWNED}
    if declaration.terms.admin_consent is AdminConsent.TERRAFORM:
        needs.add(APPLICATIONS)
    if _consents_to(declaration, PermissionType.APPLICATION):
        needs.add(ASSIGN)
    if _consents_to(declaration, PermissionType.DELEGATED):
        needs.add(GRANT)
    return frozenset(needs)


def _consents_to(declaration: Declaration, kind: PermissionType) -> bool:
    if declaration.terms.admin_consent is not AdminConsent.TERRAFORM:
        return False
    return any(each.type is kind for each in stated(declaration.integration.requested))


def is_owner(job: str) -> bool:
    """Say whether a job works only as an owner of what is declared: as `deployer`."""
    return job in (DEPLOY.name, VERIFY.name)
