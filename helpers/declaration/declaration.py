"""One environment file, read and judged: what shall be, what was decided, and where each fact stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.declaration.decisions import decisions

if TYPE_CHECKING:
    from datetime import datetime

    from helpers.certificates.certificate import Certificate
    from helpers.clouds import Cloud
    from helpers.declaration.adopted import Adopted, AdoptedCertificate
    from helpers.declaration.file_schema import EnvironmentFile
    from helpers.declaration.locations import Locations
    from helpers.declaration.state_settings import StateSettings
    from helpers.model import Integration
    from helpers.terms import RuleException, Terms


@dataclass(frozen=True)
class CertificateEntry:
    """A certificate under the name the file gives it. `file` is as written there; `nodes` present it, sorted.

    `formerly` is the name it had before it was renamed; empty for none. `adopted` is set where the credential was in
    Entra before this project.
    """

    name: str
    file: str
    nodes: tuple[str, ...]
    certificate: Certificate
    formerly: str = ""
    adopted: AdoptedCertificate | None = None

    @property
    def key_id(self) -> str:
        """The credential's id in Entra, lower case: it follows from the certificate unless it was there before."""
        return self.adopted.key_id if self.adopted else self.certificate.key_id

    @property
    def not_before(self) -> datetime:
        """From when on Entra accepts it, UTC."""
        return (self.adopted and self.adopted.not_before) or self.certificate.not_before

    @property
    def not_after(self) -> datetime:
        """Until when Entra accepts it, UTC."""
        return (self.adopted and self.adopted.not_after) or self.certificate.not_after


@dataclass(frozen=True)
class Declaration:
    """What one environment file declares. `name` is the file's stem, and the name of its stack.

    `settings` is the file as it was read, for showing it; what it means is in the other fields. `adopted` is None where
    deploys make everything themselves.
    """

    name: str
    file: str
    cloud: Cloud
    deployer: str
    integration: Integration
    terms: Terms
    certificates: tuple[CertificateEntry, ...]
    ise_api: str | None
    state: StateSettings
    settings: EnvironmentFile
    locations: Locations
    adopted: Adopted | None = None

    @property
    def decisions(self) -> dict[str, str]:
        """Every decision of the file beyond what is in Entra, as text by key."""
        return decisions(self)

    @property
    def exceptions(self) -> frozenset[RuleException]:
        """Findings that somebody accepts."""
        return self.terms.exceptions
