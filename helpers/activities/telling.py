"""Say an activity in a sentence: when, who, from where, what. Every text in it may be hostile, so each is a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.activities.activity import ActorKind
from helpers.sentences.parts import Part, Sentence, code, name, quote, say, strong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpers.activities.activity import Activity, Change, Key

_MOST = 4


def sentence_of(activity: Activity) -> Sentence:
    """Return e.g. `2026-11-23 14:02 UTC: alice@contoso.example (from 198.51.100.23) — Add owner to application: …`."""
    return say(
        code(f"{activity.when:%Y-%m-%d %H:%M} UTC"),
        ": ",
        *_actor(activity),
        *((" (from ", code(activity.address), ")") if activity.address else ()),
        " — ",
        quote(activity.activity or "an activity without a name"),
        *_what(activity),
        ".",
    )


def _actor(activity: Activity) -> tuple[Part | str, ...]:
    actor = activity.actor
    if actor.kind is ActorKind.UNKNOWN:
        return ("somebody the log does not name",)
    if actor.kind is ActorKind.USER or actor.name == actor.id:
        return (name(actor.name),)
    # Anybody can give an application any name, such as a colleague's.
    return ("the application ", name(actor.name), *((" (", code(actor.id), ")") if actor.id else ()))


def _what(activity: Activity) -> Iterator[Part | str]:
    pieces = list(_pieces(activity.change))
    if not pieces and activity.is_stub:
        pieces = [("what of it, the log does not say",)]
    for number, piece in enumerate(pieces):
        yield "; " if number else ": "
        yield from piece


def _pieces(change: Change) -> Iterator[tuple[Part | str, ...]]:
    """Yield what the log shows of what came and went, or else the names of what was modified."""
    told = False
    for piece in _come_and_gone(change):
        told = True
        yield piece
    names = [each.name for each in change.properties if "." not in each.name]
    if names and not told:
        yield ("changed ", *_some(names, quote))


def _come_and_gone(change: Change) -> Iterator[tuple[Part | str, ...]]:
    if change.keys_added:
        yield ("added key ", *_keys(change.keys_added))
    if change.keys_removed:
        yield ("removed key ", *_keys(change.keys_removed))
    if change.app_role:
        identifier, value = change.app_role
        yield (_verb(change), "app role ", strong(value or identifier))
    if given := sorted(change.scopes_after - change.scopes_before):
        yield ("added permission ", *_some(given, strong))
    if taken := sorted(change.scopes_before - change.scopes_after):
        yield ("removed permission ", *_some(taken, strong))
    if change.owner_ids:
        yield (_verb(change), "owner ", *_some(sorted(change.owner_ids), code))
    if change.role:
        yield (_verb(change), "directory role ", strong(change.role))


def _verb(change: Change) -> str:
    return "" if change.adds is None else "added " if change.adds else "removed "


def _keys(keys: tuple[Key, ...]) -> Iterator[Part | str]:
    for number, key in enumerate(keys[:_MOST]):
        yield from (", ",) if number else ()
        yield code(key.id)
        yield from (" (", name(key.name), ")") if key.name else ()
    yield _left_out(len(keys))


def _some(texts: Iterable[str], mark: Callable[[str], Part]) -> Iterator[Part | str]:
    every = list(texts)
    for number, text in enumerate(every[:_MOST]):
        yield from (", ",) if number else ()
        yield mark(text)
    yield _left_out(len(every))


def _left_out(number: int) -> str:
    return f" and {number - _MOST} more" if number > _MOST else ""
