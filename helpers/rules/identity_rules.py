"""Rules over who owns the application, who deploys and consents, and who else may get in through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.comparing import Surface, TermChanged, ValueAdded
from helpers.findings import Severity
from helpers.model import Seen
from helpers.rules.looking import value_added, value_changed
from helpers.rules.rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.rules.rule import Case

_OWNERS = {
    Surface.APPLICATION_OWNERS: "the application",
    Surface.SERVICE_PRINCIPAL_OWNERS: "its service principal",
}


def _owner_added(case: Case) -> Iterator[Found]:
    deployer = case.after.decisions.get("deployer") if case.after else None
    owners: dict[str, list[str]] = {}
    for difference in case.differences:
        if isinstance(difference, ValueAdded) and difference.surface in _OWNERS and difference.value != deployer:
            owners.setdefault(difference.value, []).append(_OWNERS[difference.surface])
    for owner, objects in owners.items():
        what = f"{owner} becomes an owner of {' and '.join(objects)}"
        yield Found(
            owner, what, "leave the deployer alone as owner, or except it with a reason", ("application", "owners")
        )


def _owner_left(case: Case) -> Iterator[Found]:
    for owner in sorted(case.departed):
        what = f"{owner} is an owner, and the account is disabled"
        yield Found(
            owner, what, "take it from the owners: who left answers for nothing here", ("application", "owners")
        )


def _deployer_not_owner(case: Case) -> Iterator[Found]:
    if case.after is None:
        return
    deployer = case.after.decisions.get("deployer")
    for surface, owned in (
        ("the application", case.after.integration.application.owners),
        ("its service principal", case.after.integration.service_principal.owners),
    ):
        if isinstance(owned, Seen) and deployer and deployer not in owned.items:
            what = f"the deployer {deployer} does not own {surface}"
            yield Found(
                deployer, what, "list it among the owners: Graph refuses its next change otherwise", ("deployer",)
            )


def _consent_as_code(case: Case) -> Iterator[Found]:
    now = case.after.decisions.get("permissions.admin_consent") if case.after else None
    before = case.before.decisions.get("permissions.admin_consent") if case.before else None
    if now == "terraform" and before != "terraform":
        what = (
            "the pipeline consents: with the AppRoleAssignment.ReadWrite.All it needs, it can grant anything to anyone"
        )
        remedy = "keep `admin_consent: manual` and let an administrator open the consent page once"
        yield Found("permissions.admin_consent", what, remedy, ("permissions", "admin_consent"))


def _deployer_changed(case: Case) -> Iterator[Found]:
    for change in case.changes:
        if isinstance(change, TermChanged) and change.term == "deployer" and change.before:
            what = f"another identity deploys: {change.before} → {change.after}"
            remedy = "make sure the new one is the pipeline's; the old one loses its ownership"
            yield Found("deployer", what, remedy, ("deployer",))


RULES = (
    Rule(
        "owner-added",
        Severity.MEDIUM,
        "an owner besides the deployer",
        "An owner can add a certificate of their own, and is ISE from then on.",
        _owner_added,
    ),
    Rule(
        "owner-left",
        Severity.MEDIUM,
        "an owner whose account is disabled",
        "Whoever enables the account again has an owner of ISE's application; until then it only looks looked after.",
        _owner_left,
    ),
    Rule(
        "deployer-not-owner",
        Severity.HIGH,
        "a deployer that does not own what it deploys",
        "With Application.ReadWrite.OwnedBy alone, Graph refuses the deploy in the middle.",
        _deployer_not_owner,
    ),
    Rule(
        "deployer-changed",
        Severity.MEDIUM,
        "another identity as the deployer",
        "It becomes an owner: it can add a certificate of its own and sign in as ISE.",
        _deployer_changed,
    ),
    Rule(
        "consent-as-code",
        Severity.MEDIUM,
        "admin consent given by the pipeline",
        "What may consent can give any permission to any application: who controls the pipeline controls the tenant.",
        _consent_as_code,
    ),
    Rule(
        "audience-widened",
        Severity.HIGH,
        "an application that accounts outside the tenant can use",
        "ISE signs in to one tenant. Any other audience lets strangers in.",
        value_changed(
            Surface.SIGN_IN_AUDIENCE,
            lambda after: after != "AzureADMyOrg",
            "the sign-in audience widens",
            "keep AzureADMyOrg",
        ),
    ),
    Rule(
        "redirect-uri-added",
        Severity.HIGH,
        "a redirect URI",
        "ISE needs none. With one, people can be sent to sign in and their tokens led elsewhere.",
        value_added(Surface.REDIRECT_URIS, "answers may now be sent to", "remove it; ISE needs none"),
    ),
    Rule(
        "identifier-uri-added",
        Severity.MEDIUM,
        "an identifier URI",
        "The application becomes an API that others can ask tokens for. ISE's is none.",
        value_added(Surface.IDENTIFIER_URIS, "the application is now also called", "remove it; ISE needs none"),
    ),
    Rule(
        "public-client",
        Severity.HIGH,
        "an application that signs in without a credential",
        "Sign-in flows for public clients need no certificate at all.",
        value_changed(
            Surface.PUBLIC_CLIENT, lambda after: after == "true", "public client flows are allowed", "switch it off"
        ),
    ),
    Rule(
        "service-principal-disabled",
        Severity.HIGH,
        "a service principal that may not sign in",
        "ISE gets no token, and devices are kept out.",
        value_changed(
            Surface.SERVICE_PRINCIPAL_ENABLED, lambda after: after == "false", "sign-in is blocked", "enable it again"
        ),
    ),
)
