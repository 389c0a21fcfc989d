"""Applications that a killed deploy may have left behind: made or owned by the deployer, and with a mark of this one.

A name alone is no evidence, since anyone can take it; nor is a key id, which follows from a public certificate. So the
directory itself has to say that the deployer made the application, or owns it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.errors import InputError
from helpers.model import Integration, Seen
from helpers.plain_text import one_line
from helpers.shapes import short

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from helpers.declaration.declaration import Declaration

TEMPORARY = "TERRAFORM_UPDATE_"
"""What the azuread provider calls a new application for a moment, before a random id (provider.md §2)."""

_MADE, _OWNED, _ONLY_OWNED = (
    "made by the deployer",
    "owned by the deployer",
    "owned by the deployer, which did not make it",
)
_TEMPORARILY = f"called as the azuread provider calls a new one for a moment ({TEMPORARY}…)"
_NONE = "none of those that its deployer made or owns bears a mark of this environment"
_OF_OTHERS = "an application that somebody else made is taken over with `ise-intune adopt CLIENT_ID`"


@dataclass(frozen=True)
class Candidate:
    """An application that may have been left behind, and why; ids in lower case. `created` is Graph's text.

    `marked` says whether anything of it is this environment's; the provider's temporary name is not. `surely` says
    whether nobody but a deploy of this environment can have made it.
    """

    object_id: str
    client_id: str
    display_name: str
    created: str
    evidence: tuple[str, ...]
    marked: bool
    surely: bool

    def __str__(self) -> str:
        made = f", made {short(self.created)}" if self.created else ""
        told = f'application {self.client_id} "{short(self.display_name)}"{made}: {"; ".join(self.evidence)}'
        return one_line(told)


def candidates(
    applications: Iterable[Mapping[str, Any]],
    declaration: Declaration,
    *,
    deployer_client_id: str,
    owned: Collection[str],
    others: Iterable[Declaration],
) -> tuple[Candidate, ...]:
    """Return the applications that a deploy of `declaration` may have made, by client id.

    `applications` are Graph's documents; `deployer_client_id` is empty where the tenant knows no deployer; `owned` are
    the object ids of what it owns. `others` are the other environments of the folder: what is theirs is no candidate.
    """
    beside = [each for each in others if each.integration.tenant_id == declaration.integration.tenant_id]
    shared = any(each.deployer == declaration.deployer for each in beside)
    found = []
    for application in applications:
        by_whom = _by_whom(application, deployer_client_id, owned)
        if not by_whom or any(_is_of(application, each) for each in beside) or not _has_ids(application):
            continue
        marks, temporary = [*_marks(application, declaration)], _name(application).startswith(TEMPORARY)
        if marks or temporary:
            evidence = (*by_whom, *marks, *([_TEMPORARILY] if temporary else ()))
            surely = _MADE in by_whom and (bool(marks) or not shared)
            found.append(_candidate(application, evidence, marked=bool(marks), surely=surely))
    return tuple(sorted(found, key=lambda each: each.client_id))


def chosen(found: Collection[Candidate], client_id: str, *, said_by: str) -> Candidate | None:
    """Return the one that `client_id` names or, where it names none, the only one that is surely this environment's.

    `said_by` is where the client id stands. Raises `InputError` for a client id of none of them.
    """
    if not client_id:
        sure = [each for each in found if each.surely and each.marked]
        if sure or any(each.marked for each in found):
            return sure[0] if len(sure) == 1 else None
        return next((each for each in found if each.surely), None) if len(found) == 1 else None
    for each in found:
        if each.client_id == client_id.lower():
            return each
    known = f"there is {', '.join(each.client_id for each in found)}" if found else _NONE
    raise InputError(said_by, f"names {client_id}, which is not what a deploy left behind: {known}", _OF_OTHERS)


def _candidate(application: Mapping[str, Any], evidence: tuple[str, ...], *, marked: bool, surely: bool) -> Candidate:
    return Candidate(
        object_id=_text(application, "id").lower(),
        client_id=_text(application, "appId").lower(),
        display_name=_name(application),
        created=_text(application, "createdDateTime"),
        evidence=evidence,
        marked=marked,
        surely=surely,
    )


def _has_ids(application: Mapping[str, Any]) -> bool:
    return bool(_text(application, "id") and _text(application, "appId"))


def _by_whom(application: Mapping[str, Any], deployer_client_id: str, owned: Collection[str]) -> list[str]:
    made = deployer_client_id and _text(application, "createdByAppId").lower() == deployer_client_id
    owns = _text(application, "id").lower() in owned
    return [fact for fact, holds in ((_MADE, made), (_OWNED if made else _ONLY_OWNED, owns)) if holds]


def _marks(application: Mapping[str, Any], declaration: Declaration) -> Iterator[str]:
    if _name(application) == _declared_name(declaration):
        yield "called as declared"
    held = _key_ids(application)
    entries = [entry.name for entry in declaration.certificates if entry.key_id in held]
    if entries:
        yield f"holds the key id of {', '.join(entries)}"


def _is_of(application: Mapping[str, Any], other: Declaration) -> bool:
    """Say whether another environment's file claims an application."""
    if other.adopted and _text(application, "id").lower() == other.adopted.application:
        return True
    stated = other.integration.client_id
    if isinstance(stated, Seen):
        return _text(application, "appId").lower() == stated.items
    return _name(application) == _declared_name(other)


def _declared_name(declaration: Declaration) -> str:
    integration: Integration = declaration.integration
    name = integration.application.display_name
    return name.items if isinstance(name, Seen) else ""


def _key_ids(application: Mapping[str, Any]) -> frozenset[str]:
    keys = application.get("keyCredentials")
    listed = [each for each in keys if isinstance(each, dict)] if isinstance(keys, list) else []
    return frozenset(_text(each, "keyId").lower() for each in listed)


def _name(application: Mapping[str, Any]) -> str:
    return _text(application, "displayName")


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
