"""The calls of Graph that undo several differences, one after the other: each is of what those before it leave.

Most properties are sent whole. Two calls that each leave one thing out would bring back what the other took away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any

from helpers.observing.calls import Call, path
from helpers.observing.undoing import calls_to_undo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from helpers.comparing import Difference
    from helpers.observing.documents import Documents

_OBJECTS = {"application": "applications", "service_principal": "servicePrincipals"}
_GRANTS = "oauth2PermissionGrants"


@dataclass
class Undoing:
    """The application as Graph shows it after all calls that were asked for so far; None where nobody knows it."""

    documents: Documents | None

    def calls(self, differences: Sequence[Difference]) -> tuple[Call, ...]:
        """Return the fewest calls that undo differences at once; none where no call of Graph does."""
        # What takes two calls each, to disable and then to remove, takes two calls for all.
        phases = (tuple(_merged(self._phase(differences, phase))) for phase in count())
        return tuple(call for calls in takewhile(bool, phases) for call in calls)

    def _undoing(self, difference: Difference) -> tuple[Call, ...]:
        return calls_to_undo(difference, self.documents) if self.documents else ()

    def _phase(self, differences: Iterable[Difference], phase: int) -> Iterator[Call]:
        for difference in differences:
            calls = self._undoing(difference)[phase : phase + 1]
            for call in calls:
                self._made(call)
                yield call

    def _made(self, call: Call) -> None:
        """Change the documents as Graph would."""
        if self.documents is None:
            return
        for name, collection in _OBJECTS.items():
            document = getattr(self.documents, name)
            if isinstance(document, dict) and call.method == "PATCH" and call.path == _place(collection, document):
                after: dict[str, Any] = {name: _with(document, call.body or {})}
                self.documents = replace(self.documents, **after)
        grants = self.documents.delegated_grants
        if isinstance(grants, tuple) and call.path.startswith(f"/{_GRANTS}/"):
            self.documents = replace(self.documents, delegated_grants=tuple(_granted(grants, call)))


def _place(collection: str, document: Mapping[str, Any]) -> str:
    return path(collection, str(document.get("id")).lower())


def _granted(grants: Iterable[dict[str, Any]], call: Call) -> Iterator[dict[str, Any]]:
    for grant in grants:
        if path(_GRANTS, str(grant.get("id"))) != call.path:
            yield grant
        elif call.body is not None:
            yield {**grant, **call.body}


def _merged(calls: Iterable[Call]) -> Iterator[Call]:
    """Yield calls with all that patch one object as one, and none of those that are deleted in the end."""
    by_place: dict[object, Call] = {}
    for number, call in enumerate(calls):
        earlier = by_place.get(call.path)
        if call.method == "PATCH" and earlier:
            by_place[call.path] = replace(call, body=_with(earlier.body or {}, call.body or {}))
        elif call.method in ("PATCH", "DELETE"):
            by_place[call.path] = call
        else:
            by_place[number] = call
    yield from by_place.values()


def _with(document: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document after a PATCH: what is inside an object and not sent stays."""
    return {**document, **{name: _one(document.get(name), value) for name, value in body.items()}}


def _one(present: object, sent: object) -> object:
    return _with(present, sent) if isinstance(present, dict) and isinstance(sent, dict) else sent
