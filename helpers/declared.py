"""What a review holds beside another: an environment as a file, a plan or a synthesized stack declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.declaration.declaration import CertificateEntry
    from helpers.declaration.locations import Locations
    from helpers.model import Integration
    from helpers.terms import RuleException


class Declared(Protocol):
    """One environment, whoever says so. `decisions` are what people decided, by key, both as text."""

    @property
    def name(self) -> str:
        """The environment's name, which is its stack's."""

    @property
    def file(self) -> str:
        """Where it was read, as messages name it."""

    @property
    def integration(self) -> Integration:
        """What shall exist in Entra."""

    @property
    def certificates(self) -> tuple[CertificateEntry, ...]:
        """The certificate entries, with the nodes that present them."""

    @property
    def decisions(self) -> Mapping[str, str]:
        """Every decision of the file beyond what is in Entra."""

    @property
    def exceptions(self) -> frozenset[RuleException]:
        """Findings that somebody accepts."""

    @property
    def locations(self) -> Locations:
        """Where each fact stands."""
