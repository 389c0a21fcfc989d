"""One account of an environment: an integration told by somebody, with the decisions of its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.declaration.declaration import CertificateEntry, Declaration
    from helpers.declaration.locations import Locations
    from helpers.model import Integration
    from helpers.terms import RuleException


@dataclass(frozen=True)
class Account:
    """What somebody says there is: the last deploy, or Graph. It is a `helpers.declared.Declared`."""

    name: str
    file: str
    integration: Integration
    certificates: tuple[CertificateEntry, ...]
    decisions: Mapping[str, str]
    exceptions: frozenset[RuleException]
    locations: Locations


def account(declaration: Declaration, integration: Integration) -> Account:
    """Return `integration` as an account of the environment that `declaration` declares."""
    return Account(
        name=declaration.name,
        file=declaration.file,
        integration=integration,
        certificates=declaration.certificates,
        decisions=declaration.decisions,
        exceptions=declaration.exceptions,
        locations=declaration.locations,
    )
