"""A team's policy: how grave each rule is here, from where on a review stops, how long a certificate may live."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers.declaration.yaml_reading import read_yaml
from helpers.errors import DeclarationErrors, Mistake
from helpers.findings import GATE, Severity
from helpers.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Policy:
    """Severities by rule id where they differ from the rule's own; None of them turns a rule off."""

    gate: Severity = GATE
    severities: Mapping[str, Severity] = field(default_factory=lambda: MappingProxyType({}))
    max_certificate_lifetime_days: int | None = None


_FORM = "begin with `schema: 1`; docs/review.md shows a policy"
_Word = Literal["low", "medium", "high"]


class _PolicyFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    schema_: Literal[1] = Field(alias="schema")
    gate: _Word = "medium"
    severities: dict[str, _Word] = Field(default={})
    max_certificate_lifetime_days: Annotated[int, Field(ge=1, le=36500)] | None = None


def read_policy(path: Path, *, rules: Collection[str]) -> Policy:
    """Read a policy file. `rules` are the ids that exist.

    Raises `DeclarationErrors` with every mistake, a rule that does not exist among them: it would go unheeded.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        cause = f"cannot be read ({error.strerror})"
        raise DeclarationErrors([Mistake(str(path), 0, "", cause, "check the path of the policy")]) from None
    try:
        document = read_yaml(text, file=str(path))
    except DeclarationErrors as error:
        raise DeclarationErrors([replace(each, remedy=_remedy(each.remedy)) for each in error.mistakes]) from None
    if document.mistakes:
        raise DeclarationErrors([mistake for _, mistake in document.mistakes])
    try:
        read = _PolicyFile.model_validate(document.values)
    except ValidationError as error:
        raise DeclarationErrors([_mistake(path, detail) for detail in error.errors()]) from None
    unknown = [
        Mistake(
            str(path),
            document.locations.of(("severities", rule)).line,
            rule,
            "is not a rule",
            did_you_mean(rule, rules),
        )
        for rule in read.severities
        if rule not in rules
    ]
    if unknown:
        raise DeclarationErrors(unknown)
    return Policy(
        gate=Severity[read.gate.upper()],
        severities=MappingProxyType({rule: Severity[word.upper()] for rule, word in read.severities.items()}),
        max_certificate_lifetime_days=read.max_certificate_lifetime_days,
    )


def _remedy(remedy: str) -> str:
    """Return what to do about text that is no mapping: what is said of environment files does not help here."""
    return _FORM if "ise-intune new" in remedy or "deployment" in remedy else remedy


def _mistake(path: Path, detail: object) -> Mistake:
    entry = dict(detail) if isinstance(detail, dict) else {}
    key = ".".join(str(part) for part in entry.get("loc", ()))
    return Mistake(str(path), 0, key, str(entry.get("msg", "is wrong")).lower(), "see docs/review.md for the form")
