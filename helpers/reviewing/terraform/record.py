"""What a deploy records in its outputs: decisions, exceptions and nodes. Never what exists: resources say that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from helpers.declaration.folder import NAME
from helpers.reviewing.terraform.resource import SENSITIVE, UNKNOWN
from helpers.reviewing.terraform.shapes import any_true
from helpers.shapes import Misshapen, mapping, objects, text, texts
from helpers.terms import RuleException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.reviewing.terraform.resource import Notes

# The outputs of the contract (stacks/outputs.py): what else is handed out is not this project's.
CONTRACT = frozenset(
    {
        "client_id",
        "tenant_id",
        "token_url",
        "auto_discovery_url",
        "token_audience",
        "application_object_id",
        "admin_consent_url",
        "certificates",
        "ise_settings",
        "applied",
    }
)


@dataclass(frozen=True)
class Output:
    """An output's value, with what of it is unknown or sensitive running parallel to it."""

    value: Any
    unknown: Any = False
    sensitive: Any = False


@dataclass(frozen=True)
class Record:
    """What one side's outputs recorded; None where there is no such output. `name` is empty where it is no name."""

    name: str = ""
    decisions: Mapping[str, str] | None = None
    exceptions: frozenset[RuleException] = field(default_factory=frozenset)
    nodes: Mapping[str, tuple[str, ...]] | None = None


def read_record(outputs: Mapping[str, Output], notes: Notes) -> Record:
    """Read what outputs recorded; what cannot be read is noted."""
    applied = _usable(outputs, "applied", ("name", "decisions", "exceptions"), notes)
    certificates = _usable(outputs, "certificates", (), notes)
    try:
        name = text((applied or {}).get("name"), "`name` of the output `applied`")
        return Record(
            name=name if NAME.fullmatch(name) else "",
            decisions=_decisions(applied) if applied is not None else None,
            exceptions=_exceptions(applied or {}),
            nodes=_nodes(certificates) if certificates is not None else None,
        )
    except Misshapen as error:
        notes.not_seen("what was decided cannot be read:", str(error))
        return Record()


def settle(before: Record, after: Record, notes: Notes) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the decisions of both sides of one application.

    Where only one side recorded any, there is nothing to hold them against, and that is noted.
    """
    if (before.decisions is None) != (after.decisions is None):
        when = "before" if before.decisions is None else "for afterwards"
        notes.unclear.append(f"no decisions are recorded {when} (output `applied`): they are not compared")
    one = before.decisions if before.decisions is not None else after.decisions
    other = after.decisions if after.decisions is not None else before.decisions
    return one or {}, other or {}


def _usable(outputs: Mapping[str, Output], name: str, parts: tuple[str, ...], notes: Notes) -> dict[str, Any] | None:
    """Return an output that is an object whose `parts`, or all of it, are known and not sensitive."""
    output = outputs.get(name)
    if output is None or output.value is None:
        return None
    if any_true(output.sensitive):
        notes.not_seen(f"the output `{name}`", SENSITIVE)
        return None
    unknown = output.unknown
    if any_true([unknown.get(part) for part in parts] if isinstance(unknown, dict) and parts else unknown):
        notes.not_seen(f"the output `{name}`", UNKNOWN)
        return None
    if not isinstance(output.value, dict):
        notes.not_seen(f"the output `{name}`", "is not an object")
        return None
    return output.value


def _decisions(applied: Mapping[str, Any]) -> dict[str, str] | None:
    if "decisions" not in applied:
        return None
    decisions = mapping(applied["decisions"], "`decisions`")
    return {key: text(value, "a decision") for key, value in sorted(decisions.items())}


def _exceptions(applied: Mapping[str, Any]) -> frozenset[RuleException]:
    return frozenset(_exception(each) for each in objects(applied.get("exceptions"), "`exceptions`"))


def _exception(fields: Mapping[str, Any]) -> RuleException:
    rule, subject, reason, until = (
        text(fields.get(key), f"`{key}` of an exception") for key in ("rule", "subject", "reason", "until")
    )
    try:
        return RuleException(rule, subject, reason, date.fromisoformat(until))
    except ValueError:
        raise Misshapen("`until` of an exception is not a date") from None


def _nodes(certificates: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        entry: tuple(sorted(texts(mapping(fields, "a certificate").get("nodes"), "`nodes` of a certificate")))
        for entry, fields in certificates.items()
    }
