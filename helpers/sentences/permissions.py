"""Sentences about permissions: what is gained or lost, how bad that is, and whether ISE needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.catalogue import describe
from helpers.model import PermissionType
from helpers.sentences.parts import Part, Sentence, name, say, strong
from helpers.surfaces import Surface

if TYPE_CHECKING:
    from helpers.catalogue import PermissionFacts
    from helpers.comparing.differences import PermissionAdded, PermissionRemoved

_BY_DEPLOY = " The deploy grants it; nobody is asked."
_IN_FORCE = " It is consented to, and in force."


def permission_added(difference: PermissionAdded, application: str, *, by_deploy: bool = False) -> Sentence:
    """Say what a permission more allows, and who grants it: a person, or the deploy."""
    facts = describe(difference.permission)
    granted = difference.surface is Surface.GRANTED
    asked = _BY_DEPLOY if by_deploy else f" Needs consent by {facts.consent_by}."
    return say(
        "The application ",
        name(application),
        " is granted " if granted else " gains ",
        *_named(facts),
        f": {facts.allows}." if facts.known else ".",
        f" {str(facts.severity).capitalize()}: {facts.worst}.",
        *_use(facts),
        _IN_FORCE if granted else asked,
    )


def permission_removed(difference: PermissionRemoved, application: str) -> Sentence:
    """Say what a permission less takes away, from ISE above all."""
    facts = describe(difference.permission)
    loss = _loss(facts)
    if difference.surface is Surface.GRANTED:
        return say("The application ", name(application), " is no longer granted ", *_named(facts), ".", *loss)
    return say(
        "The application ",
        name(application),
        " no longer asks for ",
        *_named(facts),
        ". Consent once given stays in force until it is taken back too.",
        *loss,
    )


def _named(facts: PermissionFacts) -> tuple[Part | str, ...]:
    kind = f" ({facts.type} permission on "
    if not facts.known:
        return ("the unknown permission ", strong(facts.name), kind, facts.api, ")")
    return (strong(facts.name), kind, facts.api, ")" if facts.reviewed else "; not reviewed)")


def _use(facts: PermissionFacts) -> tuple[Part | str, ...]:
    """Say whether ISE needs it, and what would do instead."""
    if facts.wrong:
        return (" ISE needs ", strong(facts.enough_instead or ""), ".")
    if facts.type is PermissionType.DELEGATED:
        return (" ISE cannot use it: it signs in as itself, and this works only in the name of a signed-in user.",)
    if facts.enough_instead:
        return (" ISE does not need it: ", strong(facts.enough_instead), " is enough.")
    if facts.purpose:
        return (f" ISE needs it for {facts.purpose}.",)
    return (" No use of it by ISE is known.",)


def _loss(facts: PermissionFacts) -> tuple[Part | str, ...]:
    if facts.purpose is None:
        return (" ISE does not need it.",) if facts.reviewed else ()
    if facts.enough_instead is None:
        return (f" ISE needs it for {facts.purpose}; without it that fails.",)
    return (f" ISE used it for {facts.purpose}, for which it now needs ", strong(facts.enough_instead), ".")
