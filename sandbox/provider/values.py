"""Terraform values as the real provider's SDK sees them: null, empty and zero are often the same thing to it.

A value is what MessagePack holds: None, a scalar, a list (lists and sets), a dict (maps and objects) or UNKNOWN.
A kind is a type as Terraform's JSON writes it: "string", ["set", "string"], ["object", {...}].
"""

from __future__ import annotations

from typing import Any, Final

from tf.types import Unknown

Value = Any
Values = dict[str, Any]
Kind = Any

UNKNOWN: Final = Unknown


def is_zero(value: Value) -> bool:
    """Say whether the SDK takes the value for unset: null, "", 0, false or empty."""
    return value is not UNKNOWN and not value


def is_blank(value: Value) -> bool:
    """Say whether the value is unset, or made of unset values only."""
    if isinstance(value, dict):
        return all(is_blank(member) for member in value.values())
    if isinstance(value, list):
        return all(is_blank(member) for member in value)
    return is_zero(value)


def is_known(value: Value) -> bool:
    """Say whether nothing in the value is decided only by applying."""
    if isinstance(value, dict):
        return all(is_known(member) for member in value.values())
    if isinstance(value, list):
        return all(is_known(member) for member in value)
    return value is not UNKNOWN


def without_unknowns(value: Value) -> Value:
    """Return the value with null for what is not known, as a state must have it."""
    if isinstance(value, dict):
        return {key: without_unknowns(member) for key, member in value.items()}
    if isinstance(value, list):
        return [without_unknowns(member) for member in value]
    return None if value is UNKNOWN else value


def same(one: Value, other: Value, kind: Kind) -> bool:
    """Say whether the SDK sees no difference between two values of a kind."""
    if one is UNKNOWN or other is UNKNOWN:
        return one is other
    if isinstance(kind, str):
        return (is_zero(one) and is_zero(other)) or bool(one == other)
    form, inner = kind
    if form == "object":
        return all(same((one or {}).get(name), (other or {}).get(name), member) for name, member in inner.items())
    if len(one or ()) != len(other or ()):
        return False
    if form == "map":
        return all(same(value, (other or {}).get(key), inner) for key, value in (one or {}).items())
    return _same_members(one or [], other or [], inner, ordered=form == "list")


def settle(new: Value, old: Value, kind: Kind, *, applied: bool) -> Value:
    """Return what is kept of `new` beside `old`: where they differ only as null and empty do, the old form.

    `old` is the planned value after an apply, else the earlier state. After an apply a set is as it was planned: the
    SDK does not look what became of it until the next read.
    """
    if old is UNKNOWN:
        return old if new is None and not applied else new
    if not isinstance(kind, str) and kind[0] != "object" and applied and _only_form_differs(new, old):
        return old
    if old is None or new is UNKNOWN:
        return new
    if isinstance(kind, str):
        return old if kind == "string" and new is None and old == "" else new
    return _settle_members(new, old, kind, applied=applied)


def _settle_members(new: Value, old: Value, kind: Kind, *, applied: bool) -> Value:
    form, inner = kind
    if form == "object":
        return {
            name: settle((new or {}).get(name), old.get(name), member, applied=applied)
            for name, member in inner.items()
        }
    if form == "set":
        return old if applied and is_known(old) else new
    if form == "list" and new and len(new) == len(old):
        return [settle(left, right, inner, applied=applied) for left, right in zip(new, old, strict=True)]
    return new


def _only_form_differs(new: Value, old: Value) -> bool:
    """Say whether one is null and the other an empty collection."""
    return (new is None and old is not None and not old) or (old is None and new is not None and not new)


def _same_members(one: list[Value], other: list[Value], kind: Kind, *, ordered: bool) -> bool:
    if ordered:
        return all(same(left, right, kind) for left, right in zip(one, other, strict=True))
    left = list(other)
    for member in one:
        match = next((index for index, candidate in enumerate(left) if same(member, candidate, kind)), None)
        if match is None:
            return False
        del left[match]
    return True
