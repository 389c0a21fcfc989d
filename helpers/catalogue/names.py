"""What can be said of a permission of which only the name is known: Microsoft's names say verb and target."""

from __future__ import annotations

import re

from helpers.guids import GUID

_READING = ("Read", "ReadBasic", "ReadAnonymous")
_VERBS = {
    "Read": "read",
    "ReadBasic": "read the basics of",
    "ReadWrite": "read and write",
    "ReadWriteBasic": "read and write the basics of",
    "FullControl": "fully control",
    "AccessAsUser": "act as the signed-in user on",
    "Selected": "work on selected",
}
_SCOPES = {
    "": "",
    "All": " (all of them)",
    "OwnedBy": " (those it owns)",
    "Shared": " (also what others share)",
    "Selected": " (those selected for it)",
    "CreatedByApp": " (those it created)",
}

# Microsoft Graph documentation, "appRole resource type": a `value` has at most 120 characters.
_LONGEST = 120
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*")


def is_name(id_: str) -> bool:
    """Say whether a name stands where the id would: a plan lists what it grants for users by name alone."""
    return len(id_) <= _LONGEST and not GUID.fullmatch(id_) and _NAME.fullmatch(id_) is not None


def in_words(name: str) -> str:
    """Return what a name of the form `Target.Verb.Scope` says: `Mail.ReadWrite` → `read and write mail`."""
    target, _, rest = name.partition(".")
    verb, _, scope = rest.partition(".")
    if not verb:
        return f"do what its name says: {name}"
    return f"{_doing(verb, ' '.join(_words(target)))}{_within(scope)}"


def _within(scope: str) -> str:
    return _SCOPES.get(scope, f" ({' '.join(_words(scope))})")


def _doing(verb: str, target: str) -> str:
    words = _words(verb)
    if verb in _VERBS or len(words) == 1:
        return f"{_VERBS.get(verb, words[0])} {target}"
    return f"{target}: {' '.join(words)}"


def only_reads(name: str) -> bool:
    """Say whether a name's verb is one of reading; whatever else it is counts as writing."""
    return name.partition(".")[2].partition(".")[0] in _READING


def _words(text: str) -> list[str]:
    """Split at capitals, which stay only in abbreviations: `UserAuthMethod-QR` → user, auth, method, QR."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)
    return [part if part.isupper() and len(part) > 1 else part.lower() for part in parts]
