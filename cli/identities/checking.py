"""Whether who is signed in may do what a job does: by the permissions and the id in its token, before it fails."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from cli.drift.sources import read_declarations
from clients.graph.identities import IDENTITIES, is_owner, needed, of_use
from clients.graph.readings import Tenant
from clients.graph.sign_in import SignIn
from helpers.errors import IseIntuneError
from helpers.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration

_KNOWN = frozenset[str]().union(*(each.permissions for each in IDENTITIES))


@dataclass(frozen=True)
class Checked:
    """What one tenant's token says: each line is a sentence."""

    tenant_id: str
    summary: str
    lacks: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def check(settings: Settings, names: Sequence[str], job: str) -> list[Checked]:
    """Hold the token of each tenant to what a job needs for the environments there."""
    declarations, mistakes = read_declarations(settings.environments, names or settings.stacks)
    by_tenant: dict[Tenant, list[Declaration]] = {}
    for each in declarations:
        by_tenant.setdefault(Tenant(each.integration.tenant_id, each.cloud), []).append(each)
    checked = [_checked(tenant, there, job) for tenant, there in by_tenant.items()]
    if mistakes or not checked:
        reasons = tuple(mistakes) or ("no environment was named, and none is there",)
        checked.append(Checked("", "Not every environment could be looked at.", failures=reasons))
    return checked


def _checked(tenant: Tenant, declarations: Sequence[Declaration], job: str) -> Checked:
    try:
        token = SignIn(tenant, os.environ).token()
    except IseIntuneError as error:
        return Checked(tenant.id, f"{tenant.id}: nobody is signed in.", failures=(str(error),))
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    roles = frozenset(role for role in claims.get("roles", ()) if isinstance(role, str))
    who, wanted = str(claims.get("appid") or claims.get("azp") or "?"), needed(job, declarations)
    lacks = (*_missing(who, wanted - roles, job), *_not_owner(str(claims.get("oid", "")), declarations, job))
    return Checked(
        tenant.id,
        _summary(tenant, who, declarations, may=not lacks, job=job),
        lacks=lacks,
        beyond=tuple(_beyond(who, roles - of_use(job, declarations), job)),
    )


def _summary(tenant: Tenant, who: str, declarations: Sequence[Declaration], *, may: bool, job: str) -> str:
    there = f"{counted(len(declarations), 'environment')} in {tenant.id}"
    return one_line(f"{who} may{'' if may else ' not'} do the job {job} for {there}.")


def _missing(who: str, lacking: frozenset[str], job: str) -> Iterator[str]:
    for permission in sorted(lacking):
        yield one_line(
            f"{who} lacks {permission}, without which Graph answers {job} with 403; a Privileged Role Administrator"
            " grants it as an application permission of Microsoft Graph, and the next token has it"
        )


def _not_owner(object_id: str, declarations: Sequence[Declaration], job: str) -> Iterator[str]:
    if not is_owner(job):
        return
    for each in declarations:
        if each.deployer.lower() != object_id.lower():
            yield one_line(
                f"{each.file}: deployer is {each.deployer}, and {object_id or 'nobody'} is signed in: it would not own"
                " what it makes, and be refused in the middle; sign in as the deployer, or correct the file"
            )


def _beyond(who: str, more: frozenset[str], job: str) -> Iterator[str]:
    """Yield what is held without need; what nobody here knows may be for another purpose, and is told too."""
    for permission in sorted(more):
        hint = "" if permission in _KNOWN else ", nor does any other job here"
        yield one_line(f"{who} holds {permission}, which {job} does not need{hint}; take it away")
