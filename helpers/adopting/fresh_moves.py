"""What to do about each thing that is beyond the least: the smallest change that puts it right, by stage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helpers.adopting.fresh_order import STAGES, Move
from helpers.adopting.fresh_places import placed
from helpers.adopting.fresh_renewals import ENDS, renewals
from helpers.catalogue import describe
from helpers.comparing import (
    CredentialAdded,
    PermissionAdded,
    PermissionRemoved,
    Surface,
    ValueAdded,
    ValueChanged,
)
from helpers.drifting.ways_back import as_yaml, asked_for
from helpers.model import CredentialKind, PermissionType, Seen
from helpers.observing.calls import LISTED
from helpers.observing.undoing_together import Undoing
from helpers.permissions import profiles
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
    from datetime import datetime

    from helpers.adopting.fresh_items import Beyond, Item
    from helpers.adopting.fresh_places import Placed
    from helpers.adopting.fresh_start import Start
    from helpers.comparing import Difference
    from helpers.model import Permission
    from helpers.observing import Observed
    from helpers.observing.calls import Call

_MOST_MOVES = 20  # of a stage: what comes after them is much of the same
_MOST_CALLS = 10  # of a move
_MOST_LINES = 400  # of a move's calls: nobody reads more before sending them
_CALL, _YAML, _PAGE, _RUN = "Call", "YAML", "Page", "Run"
_NOT_BY_CALL = "no call of Graph does it: find out who did it and why, and undo it in the portal"
_TOO_LONG = "the call sends all that stays along, too much to show here: do it in the portal"
_AT_MICROSOFT = "ask Microsoft's support: it was taken out of service there, and nobody else puts it back"
_OF_SURFACES = {
    Surface.REDIRECT_URIS: "take the redirect URIs away",
    Surface.IDENTIFIER_URIS: "take the identifier URIs away",
    Surface.PUBLIC_CLIENT: "switch public client flows off",
    Surface.APP_ROLES: "disable the app roles that it offers, then take them away",
    Surface.SCOPES: "disable the scopes that it offers, then take them away",
    Surface.AUTHORIZED_CLIENTS: "take away the clients that need nobody's consent",
    Surface.APPLICATION_SETTINGS: "set back what of the application is not as by default",
    Surface.SERVICE_PRINCIPAL_SETTINGS: "set back what of the service principal is not as by default",
    Surface.DIRECTORY_ROLES: "take its directory roles away",
    Surface.GROUPS: "take it out of groups and administrative units",
    Surface.OWNED_OBJECTS: "take away what it owns",
    Surface.POLICIES: "take the policies off it that are its alone",
    Surface.GRANTED_TO_USERS: "take back what single users consented to",
}
_KINDS = {
    CredentialKind.SECRET: "client secret",
    CredentialKind.FEDERATED: "federated credential",
    CredentialKind.CERTIFICATE: "certificate",
    CredentialKind.OTHER_KEY: "key",
}
_STAGES_OF_RULES = {"ise-release": "ise", "owner-left": "left", "deployer-not-owner": "deployer"}
_KEEPS = {Surface.SERVICE_PRINCIPAL_SETTINGS: "service_principal_settings"}
# The stages in which each thing is put right by itself, as it may be the one that harms; elsewhere all of one surface
# are at once, or all there are.
_ONE_BY_ONE = frozenset({"restore", "revoke", "keys"})
_BY_SURFACE = frozenset({"doors", "rights", "tidy", "later"})


@dataclass
class Mending:
    """The moves of one application. Calls are made up in the order of the steps: each is of what is left by then."""

    start: Start
    observed: Observed
    beyond: Beyond
    now: datetime
    undoing: Undoing = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what Graph shows."""
        self.undoing = Undoing(self.observed.documents)

    def moves(self) -> dict[str, tuple[Move, ...]]:
        """Return what to do in each stage, by its id."""
        by_stage: dict[str, list[Placed]] = {}
        for each in placed(self.beyond.items, consent=self.start.admin_consent, departed=self.observed.departed):
            by_stage.setdefault(each[0], []).append(each)
        moves = {stage.id: [*self._of_stage(stage.id, by_stage.get(stage.id, []))] for stage in STAGES}
        for stage, move in (*self._standing(), *self._in_the_file(by_stage)):
            moves[stage].append(move)
        return {stage: _not_too_many(each) for stage, each in moves.items() if each}

    def _of_stage(self, stage: str, things: Sequence[Placed]) -> Iterator[Move]:
        groups: dict[Hashable, list[Placed]] = {}
        for number, thing in enumerate(things):
            groups.setdefault(self._group(stage, number, thing), []).append(thing)
        for number, together in enumerate(groups.values()):
            findings = tuple(dict.fromkeys(finding for _, item, _ in together for finding in item.findings))
            # Those that come after the last one are one move, without calls.
            move = self._worded(stage, together) if number < _MOST_MOVES else Move("")
            yield replace(move, about=_about(together), findings=findings)

    def _group(self, stage: str, number: int, thing: Placed) -> Hashable:
        """Return what things have in common that are put right at once."""
        (first, *_) = thing[2]
        if isinstance(first, CredentialAdded) and self._has_expired(first):
            return first.credential.kind, first.credential.holder
        if stage == "revoke" and isinstance(first, PermissionAdded) and _is_delegated(first.permission):
            return first.permission.api  # ISE never signs in for a user: none of them can be the one it needs
        if stage in _ONE_BY_ONE:
            return number
        return first.surface if stage in _BY_SURFACE else None

    def _has_expired(self, added: CredentialAdded) -> bool:
        """Say whether a key has ended: nobody signs in with it any more."""
        return added.credential.not_after is not None and added.credential.not_after < self.now

    def _worded(self, stage: str, together: Sequence[Placed]) -> Move:
        words: Mapping[str, Callable[[Sequence[Placed]], Move]] = {
            "restore": self._restore,
            "deployer": self._deployer,
            "ask": self._ask,
            "consent": self._consent,
            "audience": self._audience,
            "unasked": self._unasked,
            "revoke": self._revoke,
            "keys": self._key,
            "add": self._lost,
            "left": self._owners,
            "owners": self._owners,
            "later": _remedies,
        }
        return words.get(stage, self._by_surface)(together)

    def _by_surface(self, together: Sequence[Placed]) -> Move:
        return self._by_call(_OF_SURFACES[together[0][2][0].surface], together)

    def _by_call(self, text: str, together: Sequence[Placed]) -> Move:
        calls = self.undoing.calls(_differences(together))
        if not calls:
            return Move(f"{text} ({_NOT_BY_CALL})")
        more = len(calls) - _MOST_CALLS
        text += f", with these and {more:,} more calls like them" if more > 0 else ""
        return self._called(text, calls[:_MOST_CALLS])

    def _called(self, text: str, calls: Sequence[Call]) -> Move:
        example = "\n\n".join(call.text(self.start.cloud.graph) for call in calls)
        if example.count("\n") > _MOST_LINES:
            return Move(f"{text} ({_TOO_LONG})")
        text += f"; {LISTED} stands for the id that the call before it shows" if LISTED in example else ""
        return Move(text, label=_CALL, example=example)

    def _restore(self, together: Sequence[Placed]) -> Move:
        move = self._by_call(_remedies(together).text, together)
        return move if move.example else Move(_AT_MICROSOFT)

    def _deployer(self, together: Sequence[Placed]) -> Move:
        return self._by_call("make the deployer an owner where it is none", together)

    def _ask(self, together: Sequence[Placed]) -> Move:
        extra = [asked_for(each) for each in _permissions(together)]
        text = f"put this into {self.start.file}, beside what is there, and deploy"
        return Move(text, label=_YAML, example=as_yaml({"permissions": {"extra": extra}}))

    def _consent(self, together: Sequence[Placed]) -> Move:
        calls = self.undoing.calls(_differences(together))
        if len(calls) == len(_permissions(together)):
            text = "grant this and no more; the page of consent would grant all that is asked for, needed or not"
            return self._called(text, calls)
        integration = self.observed.integration
        client_id = integration.client_id.items if isinstance(integration.client_id, Seen) else ""
        page = self.start.cloud.admin_consent_url(integration.tenant_id, client_id)
        text = "consent on this page; it grants all that is asked for, and what is too much goes in a later step"
        return Move(text, label=_PAGE, example=page)

    def _audience(self, _together: Sequence[Placed]) -> Move:
        return Move(f"take `sign_in_audience` out of `adopted.keeps` in {self.start.file}, and deploy")

    def _unasked(self, together: Sequence[Placed]) -> Move:
        asked = self.observed.integration.requested
        going = {*_permissions(together), *profiles()["minimal"].permissions}
        left = (asked.items if isinstance(asked, Seen) else frozenset()) - going
        kept = [asked_for(each) for each in sorted(left)]
        by_code = self.start.admin_consent is AdminConsent.TERRAFORM
        block = {
            "profile": "minimal",
            **({"admin_consent": self.start.admin_consent.value} if by_code else {}),
            **({"extra": kept} if kept else {}),
        }
        takes = ", which takes the consent back too" if by_code else ""
        text = (
            f"let the `permissions` of {self.start.file} be no more than this, and deploy{takes}; no longer asked for"
        )
        return Move(text, label=_YAML, example=as_yaml({"permissions": block}))

    def _revoke(self, together: Sequence[Placed]) -> Move:
        return self._by_call("take the consent back", together)

    def _key(self, together: Sequence[Placed]) -> Move:
        first = next(each for each in _differences(together) if isinstance(each, CredentialAdded))
        many = len(together) > 1
        expired = f", which {'have' if many else 'has'} expired," if self._has_expired(first) else ""
        what = f"{_KINDS[first.credential.kind]}{'s' if many else ''}{expired}"
        return self._by_call(f"take the {what} from the {first.credential.holder.replace('_', ' ')}", together)

    def _lost(self, _together: Sequence[Placed]) -> Move:
        text = "deploy: Entra has lost what is declared"
        return Move(text, label=_RUN, example=f"cdktf deploy {self.start.name}")

    def _owners(self, _together: Sequence[Placed]) -> Move:
        return Move(f"take from `owners` and `service_principal_owners` in {self.start.file}, and deploy")

    def _standing(self) -> Iterator[tuple[str, Move]]:
        """Yield what to do about findings that no difference tells."""
        account = self.start.account(self.observed.integration)
        yield from renewals(account, self.beyond.standing, self.now)
        for finding in self.beyond.standing:
            if finding.exception is None and finding.rule not in ENDS:
                stage = _STAGES_OF_RULES.get(finding.rule, "later")
                text = f"{finding.remedy} ({finding.what})" if stage == "later" else finding.remedy
                yield stage, Move(text, findings=(finding,))

    def _in_the_file(self, by_stage: Mapping[str, Sequence[Placed]]) -> Iterator[tuple[str, Move]]:
        """Yield what the file has to say no longer once it was taken away by hand."""
        gone = [each for stage in ("doors", "tidy") for each in by_stage.get(stage, ())]
        if gone:
            text = f"take out of `adopted.keeps` in {self.start.file} what is no longer there, and out of"
            text += " `adopted.unmanaged` the arguments of which nothing is left"
            yield "keeps", Move(text, about=tuple(dict.fromkeys(map(_kept, _differences(gone)))))


def _remedies(together: Sequence[Placed]) -> Move:
    found = dict.fromkeys(finding.remedy for _, item, _ in together for finding in item.findings)
    return Move("; ".join(found) or "put it back")


def _not_too_many(moves: Sequence[Move]) -> tuple[Move, ...]:
    """Return moves, the last of which stands for all that would be too many to read."""
    if len(moves) <= _MOST_MOVES:
        return tuple(moves)
    kept, others = moves[: _MOST_MOVES - 1], moves[_MOST_MOVES - 1 :]
    about = tuple(dict.fromkeys(name for each in others for name in each.about))
    findings = tuple(dict.fromkeys(finding for each in others for finding in each.findings))
    return (*kept, Move("the same for each of the others", about=about, findings=findings))


def _kept(difference: Difference) -> str:
    """Return what `adopted.keeps` says of something."""
    key = _KEEPS.get(difference.surface, difference.surface.value.rpartition(".")[2])
    return f"{key}: {difference.value}" if isinstance(difference, ValueAdded) else key


def _about(together: Sequence[Placed]) -> tuple[str, ...]:
    """Return what things are called; a property that is either so or not, the sentence names itself."""
    names = (
        _called(item, differences)
        for _, item, differences in together
        if not all(isinstance(each, ValueChanged) for each in differences)
    )
    return tuple(dict.fromkeys(names))


def _called(item: Item, differences: Sequence[Difference]) -> str:
    """Return what a thing is called; two permissions can differ by their type alone."""
    permissions = _of_permissions(differences)
    delegated = " (delegated)" if any(map(_is_delegated, permissions)) else ""
    # Of an API that nobody should ask, permissions have no names here.
    apis = [f" on {describe(each).api}" for each in permissions if describe(each).wrong]
    return f"{item.subject}{delegated}{''.join(apis)}"


def _is_delegated(permission: Permission) -> bool:
    return permission.type is PermissionType.DELEGATED


def _differences(together: Sequence[Placed]) -> list[Difference]:
    return [difference for _, _, differences in together for difference in differences]


def _permissions(together: Sequence[Placed]) -> list[Permission]:
    return _of_permissions(_differences(together))


def _of_permissions(differences: Sequence[Difference]) -> list[Permission]:
    every = (each.permission for each in differences if isinstance(each, PermissionAdded | PermissionRemoved))
    return [*dict.fromkeys(every)]
