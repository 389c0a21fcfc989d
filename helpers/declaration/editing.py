"""An environment file's certificates, edited: text in, text out, and no line changed but those that are meant.

Each edit is read again before it is returned: it says what the old text said and the change, and nothing else.
What it means for the deployment is judged by whoever writes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers.declaration.adopted import Adopted, adopted_block, certificate_block
from helpers.declaration.splicing import (
    CannotSplice,
    Encoded,
    is_json,
    mapping_at,
    pair,
    replaced,
    root_of,
    with_block_after,
    with_item,
    with_pair,
    with_pair_after,
    without_pair,
)
from helpers.declaration.writing import block, quoted, scalar_text
from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import yaml

    from helpers.declaration.adopted import AdoptedCertificate, AdoptedGrant, AdoptedRole
    from helpers.terms import Revoked

_CERTIFICATES, _REVOKED = "certificates", "revoked"
_APPLICATION, _ADOPTED, _CONSENTS = "application", "adopted", "consents"
_WHAT_IT_IS = "# a deploy imports this and makes nothing anew; `ise-intune adopt` wrote it, and it stays"


@dataclass(frozen=True)
class Imports:
    """What a deploy imports: object ids, the latter empty for none; `certificates` are by entry."""

    application: str
    service_principal: str
    certificates: Mapping[str, AdoptedCertificate]
    roles: Sequence[AdoptedRole] = ()
    grants: Sequence[AdoptedGrant] = ()

    def block(self) -> dict[str, Any]:
        """Return the file's block `adopted`."""
        roles, grants = tuple(self.roles), tuple(self.grants)
        return adopted_block(Adopted(self.application, self.service_principal, roles=roles, grants=grants))


def with_entry(content: bytes, entry: str, *, file: str, nodes: Sequence[str], called: str) -> bytes:
    """Return the environment file `content` with a certificate's entry after the others.

    It takes the short form when the node of the entry's name is the only one. `called` is the file's name in
    messages. Raises `InputError` for a file whose layout no cut can change; so do all edits here.
    """
    nodes = list(nodes)
    value: Any = file if nodes == [entry] else {"file": file, "nodes": nodes}

    def cut(text: str) -> str:
        entries = mapping_at(root_of(text), _CERTIFICATES)
        as_json = is_json(entries)
        line = f"{_flow_text(entry, as_json=as_json)}: {_flow_text(value, as_json=as_json)}"
        return with_pair(text, entries, line)

    return _edited(content, called, cut, lambda values: _entries(values).update({entry: value}))


def without_entries(content: bytes, entries: Sequence[str], *, called: str) -> bytes:
    """Return `content` without these entries; comments beside them go, comments around them stay."""

    def cut(text: str) -> str:
        for entry in entries:
            text = without_pair(text, mapping_at(root_of(text), _CERTIFICATES), entry)
        return text

    def change(values: dict[str, Any]) -> None:
        for entry in entries:
            del _entries(values)[entry]

    return _edited(content, called, cut, change)


def with_entry_renamed(content: bytes, old: str, new: str, *, called: str) -> bytes:
    """Return `content` with the entry `old` called `new`, in the long form, which says what it was called.

    The nodes that present it stay the same.
    """

    def cut(text: str) -> str:
        entries = mapping_at(root_of(text), _CERTIFICATES)
        name, value = _pair_of(entries, old)
        as_json = is_json(entries)
        if isinstance(value.value, str):
            long_form = {"file": value.value, "nodes": [old], "formerly": old}
            text = replaced(text, value, _flow_text(long_form, as_json=as_json))
        else:
            line = f"{quoted('formerly') if as_json else 'formerly'}: {_flow_text(old, as_json=as_json)}"
            text = with_pair(text, mapping_at(entries, old), line)
        return replaced(text, name, quoted(new) if getattr(name, "style", None) == '"' else scalar_text(new))

    def change(values: dict[str, Any]) -> None:
        values[_CERTIFICATES] = {
            new if entry == old else entry: {**_long_form(value, old), "formerly": old} if entry == old else value
            for entry, value in _entries(values).items()
        }

    return _edited(content, called, cut, change)


def with_further_nodes(content: bytes, entry: str, nodes: Sequence[str], *, called: str) -> bytes:
    """Return `content` with an entry, whichever form it has, for these nodes too."""

    def cut(text: str) -> str:
        entries = mapping_at(root_of(text), _CERTIFICATES)
        as_json, (_, value) = is_json(entries), _pair_of(entries, entry)
        if isinstance(value.value, str):
            long_form = {"file": value.value, "nodes": [entry, *nodes]}
            return replaced(text, value, _flow_text(long_form, as_json=as_json))
        for node in nodes:
            written = _flow_text(node, as_json=as_json)
            block = mapping_at(mapping_at(root_of(text), _CERTIFICATES), entry)
            text = with_item(text, block, "nodes", lines=[written], flow=written)
        return text

    def change(values: dict[str, Any]) -> None:
        value = _entries(values)[entry]
        long_form = _long_form(value, entry)
        _entries(values)[entry] = {**long_form, "nodes": [*long_form["nodes"], *nodes]}

    return _edited(content, called, cut, change)


def with_revocation(content: bytes, revoked: Revoked, *, called: str) -> bytes:
    """Return `content` with one more item under `revoked`, which is put below the certificates where it is missing."""
    item = {
        "sha256": revoked.sha256,
        **({"public_key_sha256": revoked.public_key_sha256} if revoked.public_key_sha256 else {}),
        "common_name": revoked.common_name,
        "reason": revoked.reason,
        "date": revoked.date.isoformat(),
    }
    lines = [f"{key}: {value if key == 'date' else quoted(value)}" for key, value in item.items()]

    flow = _flow_text(item, as_json=True)

    def cut(text: str) -> str:
        root = root_of(text)
        if pair(root, _REVOKED):
            return with_item(text, root, _REVOKED, lines=lines, flow=flow)
        return with_pair_after(text, root, _CERTIFICATES, new=_REVOKED, item=lines, flow=flow)

    def change(values: dict[str, Any]) -> None:
        known = {**values}
        values.clear()
        for key, value in known.items():
            values[key] = [*(value or []), item] if key == _REVOKED else value
            if key == _CERTIFICATES and _REVOKED not in known:
                values[_REVOKED] = [item]

    return _edited(content, called, cut, change)


def with_imports(content: bytes, imports: Imports, *, called: str) -> bytes:
    """Return `content` in which `adopted` names what the deploy is to import, beside what it names already."""
    whole = imports.block()

    def cut(text: str) -> str:
        text = _with_adopted_block(text, whole)
        for entry, adopted in imports.certificates.items():
            text = _with_adopted_entry(text, entry, certificate_block(adopted))
        return text

    def change(values: dict[str, Any]) -> None:
        known = {**values}
        values.clear()
        for key, value in known.items():
            values[key] = _merged(value, whole) if key == _ADOPTED else value
            if key == _APPLICATION and _ADOPTED not in known:
                values[_ADOPTED] = whole
        for entry, adopted in imports.certificates.items():
            value = _entries(values)[entry]
            _entries(values)[entry] = {**_long_form(value, entry), _ADOPTED: certificate_block(adopted)}

    return _edited(content, called, cut, change)


def _edited(content: bytes, called: str, cut: Callable[[str], str], change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return `content` cut, after making sure that it now says what it said, changed by `change`."""
    encoded = Encoded.of(content)
    expected = read_yaml(content, file=called).values
    try:
        change(expected)
        edited = encoded.content(cut(encoded.text))
        document = read_yaml(edited, file=called)
    except (CannotSplice, DeclarationErrors):
        raise _by_hand(called) from None
    # As text, since the order of keys is part of what must stay.
    if document.mistakes or json.dumps(document.values) != json.dumps(expected):
        raise _by_hand(called)
    return edited


def _by_hand(called: str) -> InputError:
    remedy = "edit it by hand, or write `certificates:` and `revoked:` as `ise-intune new` does"
    return InputError(called, "is laid out in a way that cannot be edited without touching other lines", remedy)


def _with_adopted_block(text: str, whole: dict[str, Any]) -> str:
    root = root_of(text)
    if pair(root, _ADOPTED) is None:
        flow = _flow_text(whole, as_json=True)
        lines = [_WHAT_IT_IS, *(line for key, value in whole.items() for line in block(key, value))]
        return with_block_after(text, root, _APPLICATION, new=_ADOPTED, lines=lines, flow=flow)
    for key, value in whole.items():
        known = mapping_at(root_of(text), _ADOPTED)
        if pair(known, key) is None:
            text = with_pair(text, known, _flow_pair(key, value, as_json=is_json(known)))
        elif key == _CONSENTS:
            text = _with_consents(text, value)
    return text


def _with_consents(text: str, consents: dict[str, Any]) -> str:
    """Return `text` with more items in the lists of `adopted.consents`, which is there."""
    for kind, items in consents.items():
        for item in items:
            known = mapping_at(mapping_at(root_of(text), _ADOPTED), _CONSENTS)
            if not known.value:
                return replaced(text, known, _flow_text(consents, as_json=True))
            flow = _flow_text(item, as_json=is_json(known))
            if pair(known, kind) is None:
                text = with_pair(text, known, _flow_pair(kind, [item], as_json=is_json(known)))
            else:
                text = with_item(text, known, kind, lines=[flow], flow=flow)
    return text


def _with_adopted_entry(text: str, entry: str, pinned: dict[str, Any]) -> str:
    entries = mapping_at(root_of(text), _CERTIFICATES)
    as_json, (_, value) = is_json(entries), _pair_of(entries, entry)
    if isinstance(value.value, str):
        long_form = {"file": value.value, "nodes": [entry], _ADOPTED: pinned}
        return replaced(text, value, _flow_text(long_form, as_json=as_json))
    return with_pair(text, mapping_at(entries, entry), _flow_pair(_ADOPTED, pinned, as_json=as_json))


def _flow_pair(key: str, value: Any, *, as_json: bool) -> str:  # noqa: ANN401 — any plain value
    return f"{_flow_text(key, as_json=as_json)}: {_flow_text(value, as_json=as_json)}"


def _merged(known: Any, whole: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 — whatever the file holds
    """Return a block `adopted` as it stands, and what it lacks of `whole`; consents are joined."""
    if not isinstance(known, dict):
        raise CannotSplice
    consents, more = known.get(_CONSENTS), whole.get(_CONSENTS, {})
    merged = {**known, **{key: whole[key] for key in whole if key not in known}}
    if isinstance(consents, dict):
        joined = {kind: [*(consents.get(kind) or []), *more[kind]] for kind in more}
        merged[_CONSENTS] = {**consents, **joined}
    return merged


def _long_form(value: Any, entry: str) -> dict[str, Any]:  # noqa: ANN401 — an entry in either form
    long_form: dict[str, Any] = {"file": value, "nodes": [entry]} if isinstance(value, str) else value
    return long_form


def _pair_of(entries: yaml.MappingNode, entry: str) -> tuple[yaml.Node, yaml.Node]:
    found = pair(entries, entry)
    if found is None:
        raise CannotSplice
    return found


def _entries(values: dict[str, Any]) -> dict[str, Any]:
    entries = values.get(_CERTIFICATES)
    if not isinstance(entries, dict):
        raise CannotSplice
    return entries


def _flow_text(value: Any, *, as_json: bool = False) -> str:  # noqa: ANN401 — any plain value
    """Return a value as it stands on one line; with `as_json`, in quotes throughout."""
    if as_json:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow_text, value)) + "]"
    return scalar_text(value)
