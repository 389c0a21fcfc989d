"""The ways back from one difference, in words and with what to type. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import yaml

from helpers.comparing import (
    CredentialAdded,
    CredentialChanged,
    CredentialRemoved,
    NotCompared,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    ValueAdded,
    ValueChanged,
    ValueRemoved,
    subject_of,
)
from helpers.declaration.extra_permissions import extra_item, needs_a_name
from helpers.drifting.account import account
from helpers.drifting.applied import expected
from helpers.findings import GATE
from helpers.model import CredentialKind, Existence, Holder, PermissionType, Seen
from helpers.observing.calls import LISTED
from helpers.observing.undoing import calls_to_undo
from helpers.observing.undoing_together import Undoing
from helpers.permissions import find_api, find_permission, permission_name
from helpers.rules.drift_rules import CHANGED_OUTSIDE
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case
from helpers.surfaces import OWNERS
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from helpers.comparing import Difference
    from helpers.declaration.declaration import Declaration
    from helpers.model import Permission
    from helpers.observing.observed import Observed


class WayKind(StrEnum):
    """Which way it is."""

    DEPLOY = "deploy"
    DECLARE = "declare"
    EXCEPT = "except"
    BY_HAND = "by hand"
    CONSENT = "consent"
    RESTORE = "restore"


@dataclass(frozen=True)
class Way:
    """One way back: what to do in a sentence, and what to type, a command, YAML, calls of Graph or an address.

    One that `follows` is the second half of the way before it; any other is a way of its own.
    """

    kind: WayKind
    text: str
    example: str = ""
    follows: bool = False


_ACCEPTED_FOR = timedelta(days=30)
_AFTER = "; send it after the calls above: Graph is sent whole lists, and this one is as those calls leave it"
_SAY_WHY = "say here why ISE needs it"

# What a deploy was seen to put right (docs/drift.md, "What is found"; tests hold this to what was measured), or cannot
# miss: plain attributes.
_PUT_RIGHT = frozenset(
    {
        Surface.DISPLAY_NAME,
        Surface.NOTES,
        Surface.SERVICE_MANAGEMENT_REFERENCE,
        Surface.APPLICATION_OWNERS,
        Surface.SERVICE_PRINCIPAL_OWNERS,
        Surface.SIGN_IN_AUDIENCE,
        Surface.IDENTIFIER_URIS,
        Surface.PUBLIC_CLIENT,
        Surface.APP_ROLES,
        Surface.SCOPES,
        Surface.REQUESTED,
    }
)
_SETTINGS_PUT_RIGHT = frozenset(
    {
        "web.implicitGrantSettings.enableAccessTokenIssuance",
        "web.implicitGrantSettings.enableIdTokenIssuance",
        "api.acceptMappedClaims",
        "preferredSingleSignOnMode",
    }
)
# Where Terraform keeps some things and not others, and nobody has tried them all.
_SETTINGS = frozenset({Surface.APPLICATION_SETTINGS, Surface.SERVICE_PRINCIPAL_SETTINGS})
_PLATFORMS = ("web", "spa", "publicClient")
_EXISTENCE = frozenset({Surface.APPLICATION, Surface.SERVICE_PRINCIPAL})
_DECLARED = {
    Surface.DISPLAY_NAME: "display_name",
    Surface.NOTES: "notes",
    Surface.SERVICE_MANAGEMENT_REFERENCE: "service_management_reference",
}


def ways_back(
    differences: Iterable[Difference], *, declared: Declaration, observed: Observed, now: datetime
) -> Iterator[tuple[Way, ...]]:
    """Yield the ways back from each difference between what was deployed and what is there, what fits best first.

    Calls are made up in this order: each is of what those before it leave. `now` is aware: an exception lasts some days
    from then. None for what could not be compared.
    """
    undoing = Undoing(observed.documents)
    for each in differences:
        yield () if isinstance(each, NotCompared) else tuple(_ways(each, declared, observed, undoing=undoing, now=now))


def _ways(
    difference: Difference, declared: Declaration, observed: Observed, *, undoing: Undoing, now: datetime
) -> Iterator[Way]:
    consent = _consent(difference, declared, observed)
    by_deploy = _deploy_undoes(difference, declared, observed)
    by_hand = _by_hand(difference, declared, observed, undoing, by_deploy=by_deploy)
    deploy = _deploy(difference, declared) if by_deploy else ()
    if isinstance(difference, CredentialChanged) or difference.surface in _EXISTENCE:
        yield from (*by_hand, *deploy)
    else:
        yield from (*consent, *deploy, *by_hand)
    yield from _declare(difference, declared)
    if difference.surface not in _EXISTENCE:
        yield from _except(difference, declared, observed, now)


def _deploy(difference: Difference, declared: Declaration) -> Iterator[Way]:
    text = "deploy again: Terraform sees it, and puts it back"
    if isinstance(difference, CredentialChanged):
        text = "deploy again: Terraform sees that the certificate is missing, and adds the declared one"
    elif difference.surface is Surface.SERVICE_PRINCIPAL:
        text = "deploy again: Terraform makes a new one, which has to be consented to anew"
    follows = isinstance(difference, CredentialChanged)
    yield Way(WayKind.DEPLOY, text, f"cdktf deploy {declared.name}", follows=follows)


def _deploy_undoes(difference: Difference, declared: Declaration, observed: Observed) -> bool:
    """Say whether Terraform manages it, sees it and can put it right."""
    match difference:
        case CredentialRemoved() | CredentialChanged():
            return _is_declared(difference, declared)
        case PermissionAdded(surface=Surface.GRANTED, permission=permission):
            return _grants(declared) and permission.type is PermissionType.DELEGATED and _asks(declared, permission.api)
        case PermissionRemoved(surface=Surface.GRANTED):
            return _grants(declared)
    return _value_is_put_right(difference, declared, observed)


def _value_is_put_right(difference: Difference, declared: Declaration, observed: Observed) -> bool:
    match difference:
        case ValueChanged(surface=Surface.SERVICE_PRINCIPAL_ENABLED):
            principal = observed.documents.service_principal if observed.documents else None
            return isinstance(principal, dict) and principal.get("accountEnabled") is False
        case ValueChanged(surface=Surface.SERVICE_PRINCIPAL):
            return True
        case ValueAdded(surface=Surface.REDIRECT_URIS, value=uri):
            return uri in _redirect_uris(observed)
        case ValueAdded(surface=surface, value=setting) if surface in _SETTINGS:
            return setting.partition(":")[0] in _SETTINGS_PUT_RIGHT
        case ValueRemoved(surface=surface, value=owner) if surface in OWNERS:
            return owner != declared.deployer
    return difference.surface in _PUT_RIGHT


def _redirect_uris(observed: Observed) -> set[object]:
    """Return those of the application itself: a service principal can have others."""
    application = observed.documents.application if observed.documents else None
    platforms = [application.get(name) for name in _PLATFORMS] if isinstance(application, dict) else []
    return {uri for each in platforms if isinstance(each, dict) for uri in each.get("redirectUris") or ()}


def _is_declared(difference: CredentialRemoved | CredentialChanged, declared: Declaration) -> bool:
    credential = difference.credential if isinstance(difference, CredentialRemoved) else difference.before
    known = {entry.key_id for entry in declared.certificates}
    return credential.holder is Holder.APPLICATION and credential.key_id in known


def _grants(declared: Declaration) -> bool:
    return declared.terms.admin_consent is AdminConsent.TERRAFORM


def _asks(declared: Declaration, api: str) -> bool:
    """Say whether delegated permissions on an API are declared: one grant holds them all, and Terraform that grant."""
    requested = declared.integration.requested
    asked = requested.items if isinstance(requested, Seen) else frozenset()
    return any(each.api == api and each.type is PermissionType.DELEGATED for each in asked)


def _consent(difference: Difference, declared: Declaration, observed: Observed) -> Iterator[Way]:
    """Lead to the page of consent where what is asked for is no longer granted and no deploy grants it."""
    client_id = observed.integration.client_id
    missing = isinstance(difference, PermissionRemoved) and difference.surface is Surface.GRANTED
    if missing and not _grants(declared) and isinstance(client_id, Seen):
        address = declared.cloud.admin_consent_url(declared.integration.tenant_id, client_id.items)
        yield Way(WayKind.CONSENT, "let an administrator consent again, on this page", address)


def _by_hand(
    difference: Difference, declared: Declaration, observed: Observed, undoing: Undoing, *, by_deploy: bool
) -> tuple[Way, ...]:
    alone = calls_to_undo(difference, observed.documents) if observed.documents else ()
    if not alone:
        return _without_calls(difference, by_deploy=by_deploy)
    calls = undoing.calls([difference])
    if not calls:
        return (Way(WayKind.BY_HAND, "nothing more: a call above undoes it too"),)
    example = "\n\n".join(call.text(declared.cloud.graph) for call in calls)
    listed = f"; {LISTED} stands for the id that the call before it shows" if LISTED in example else ""
    after = _AFTER if calls != alone else ""
    if difference.surface in _EXISTENCE:
        return (Way(WayKind.RESTORE, f"restore it{listed}", example),)
    return (Way(WayKind.BY_HAND, f"{_what_by_hand(difference, by_deploy=by_deploy)}{after}", example),)


def _what_by_hand(difference: Difference, *, by_deploy: bool) -> str:
    if isinstance(difference, CredentialChanged):
        return "take the credential away: what stands there is not what was deployed"
    if isinstance(difference, PermissionRemoved) and difference.surface is Surface.GRANTED:
        return "grant it again with this call"
    return f"undo it by hand{_why(difference, by_deploy=by_deploy)}"


def _why(difference: Difference, *, by_deploy: bool) -> str:
    if by_deploy:
        return ", where there is no time for a deploy"
    if difference.surface in _SETTINGS:
        return ": do not count on a deploy, as Terraform is not known to see it"
    if difference.surface in OWNERS:
        return ": a deploy is refused to a deployer that does not own what it changes"
    return ": a deploy does not change it, as Terraform does not look there"


def _without_calls(difference: Difference, *, by_deploy: bool) -> tuple[Way, ...]:
    """Say what to do where no call of Graph undoes it."""
    text = ""
    if isinstance(difference, ValueChanged) and difference.after == Existence.ABSENT:
        text = "take what is gone out of Terraform's state (`terraform state rm`) and deploy; ISE needs the new ids"
    elif difference.surface is Surface.SERVICE_PRINCIPAL_OBJECT:
        text = (
            "delete this one, restore the old one from the deleted ones, and deploy: as long as this one is there,"
            " a deploy is refused"
        )
    elif difference.surface in (Surface.APPLICATION_ENABLED, Surface.SERVICE_PRINCIPAL_ENABLED) and not by_deploy:
        text = "ask Microsoft's support: it was taken out of service there, and nobody else puts it back"
    elif not by_deploy:
        text = "find out who did it and why, and undo it in the portal"
    return (Way(WayKind.BY_HAND, text),) if text else ()


def _declare(difference: Difference, declared: Declaration) -> Iterator[Way]:
    """Offer to take it over where the file can say it."""
    addition = _addition(difference, declared)
    if addition is None:
        return
    text = f"keep it: put this into {declared.file}, and have it reviewed"
    if isinstance(difference, CredentialAdded):
        text = (
            f"keep it: put its certificate beside {declared.file}, this into it, deploy, and then take this one away:"
            " a deploy adds a certificate under a key id of its own"
        )
    yield Way(WayKind.DECLARE, text, as_yaml(addition))


def _addition(difference: Difference, declared: Declaration) -> dict[str, Any] | None:
    match difference:
        case PermissionAdded(permission=permission) if _is_askable(permission, declared):
            return {"permissions": {"extra": [asked_for(permission)]}}
        case ValueAdded(surface=Surface.APPLICATION_OWNERS | Surface.SERVICE_PRINCIPAL_OWNERS, value=owner):
            return {"application": {"owners": [owner]}}
        case ValueChanged(surface=surface, after=after) if surface in _DECLARED and after:
            return {"application": {_DECLARED[surface]: after}}
        case CredentialAdded(credential=credential):
            if credential.kind is CredentialKind.CERTIFICATE and credential.holder is Holder.APPLICATION:
                return {"certificates": _entry(declared)}
    return None


def _is_askable(permission: Permission, declared: Declaration) -> bool:
    """Say whether a file may ask for it."""
    try:
        find_permission(find_api(permission.api), permission_name(permission), permission.type)
    except LookupError:
        return False
    return not (_grants(declared) and needs_a_name(permission))


def asked_for(permission: Permission) -> dict[str, str]:
    """Return the item of `permissions.extra` that asks for a permission; whoever takes it says why."""
    return extra_item(permission, reason=_SAY_WHY)


def _entry(declared: Declaration) -> dict[str, Any]:
    taken = {entry.name for entry in declared.certificates}
    name = next(name for name in (f"found-{number}" for number in range(1, len(taken) + 2)) if name not in taken)
    node = declared.certificates[0].nodes[0] if declared.certificates else name
    return {name: {"file": f"certificates/{name}.pem", "nodes": [node]}}


def _except(difference: Difference, declared: Declaration, observed: Observed, now: datetime) -> Iterator[Way]:
    until = (now + _ACCEPTED_FOR).date()
    subject = subject_of(difference)
    exceptions = [
        {"rule": rule, "subject": subject, "reason": "say here why this is accepted", "until": until}
        for rule in _speaking(difference, declared, observed, now)
    ]
    if exceptions:
        text = f"accept it for a while: put this into {declared.file}; every report goes on showing it"
        yield Way(WayKind.EXCEPT, text, as_yaml({"exceptions": exceptions}))


def _speaking(difference: Difference, declared: Declaration, observed: Observed, now: datetime) -> list[str]:
    """Return the rules that speak of a difference gravely enough to count; any other is in nobody's way."""
    case = Case(
        name=declared.name,
        before=account(declared, expected(declared.integration)),
        after=account(declared, observed.integration),
        differences=(difference,),
        changes=(),
        now=now,
        drift=(difference,),
    )
    found = [each for each in findings_of(case, Policy()) if each.subject == subject_of(difference)]
    rules = list(dict.fromkeys(each.rule for each in found if each.severity >= GATE))
    # The rule that only says that something changed is silent where another says what it means.
    return [rule for rule in rules if rule != CHANGED_OUTSIDE] or rules


def as_yaml(addition: dict[str, Any]) -> str:
    """Return a part of an environment file, in ASCII whatever it holds."""
    return yaml.safe_dump(addition, sort_keys=False, allow_unicode=False, width=1_000_000).rstrip()
