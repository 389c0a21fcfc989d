"""What is decided about an application on the day it is taken over, and the least that ISE needs of one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from helpers.declaration.locations import Locations
from helpers.drifting.account import Account
from helpers.model import Existence, Exposure, Seen, ServicePrincipal, stated
from helpers.permissions import profiles
from helpers.terms import AdminConsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpers.adopting.keys import FoundKey
    from helpers.clouds import Cloud
    from helpers.declaration.declaration import CertificateEntry, Declaration
    from helpers.ise_releases import IseRelease
    from helpers.model import Credential, Integration
    from helpers.terms import RuleException


@dataclass(frozen=True)
class Start:
    """What is decided: that of an environment file, or as much as is known where no valid one can be written.

    A file cannot declare a release of ISE that cannot work, say, and that is just what has to be told. `credentials`
    are what Entra holds of the `certificates`; `decided` is every decision by key, as text. `unplaced` are further
    certificates of which nobody has said yet which nodes present them, in words.
    """

    name: str
    file: str
    cloud: Cloud
    deployer: str
    ise: IseRelease
    admin_consent: AdminConsent = AdminConsent.MANUAL
    certificates: tuple[CertificateEntry, ...] = ()
    credentials: frozenset[Credential] = frozenset()
    exceptions: frozenset[RuleException] = frozenset()
    locations: Locations | None = None
    decided: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unplaced: tuple[str, ...] = ()

    def account(self, integration: Integration) -> Account:
        """Return `integration` as somebody's account of this environment, for rules to look at."""
        return Account(
            name=self.name,
            file=self.file,
            integration=integration,
            certificates=self.certificates,
            decisions={**self.decided, "deployer": self.deployer, "ise": f"ISE {self.ise}"},
            exceptions=self.exceptions,
            locations=self.locations or Locations(self.file, {}),
        )


def start_of(declaration: Declaration) -> Start:
    """Return what a valid environment file decides."""
    return Start(
        name=declaration.name,
        file=declaration.file,
        cloud=declaration.cloud,
        deployer=declaration.deployer,
        ise=declaration.terms.ise,
        admin_consent=declaration.terms.admin_consent,
        certificates=declaration.certificates,
        credentials=stated(declaration.integration.credentials),
        exceptions=declaration.exceptions,
        locations=declaration.locations,
        decided=declaration.decisions,
    )


def with_unplaced(start: Start, keys: Iterable[FoundKey]) -> Start:
    """Return `start` with certificates added that may well be ISE's: nobody has said yet which nodes present them.

    So none is called foreign, and none sound. Those that no file could declare are left out.
    """
    may_be = [key for key in keys if not key.cause]
    return replace(
        start,
        credentials=start.credentials | {key.credential for key in may_be},
        unplaced=tuple(f"{key.key_id} ({key.in_words})" for key in may_be),
    )


def least(start: Start, observed: Integration) -> Integration:
    """Return the least that ISE needs: the minimal profile, the declared certificates, one owner, and nothing else.

    Names and ids are as they are: no other would be better.
    """
    needed = Seen(profiles()["minimal"].permissions)
    owners = Seen(frozenset({start.deployer}))
    return replace(
        observed,
        application=replace(
            observed.application,
            owners=owners,
            exposure=Seen(Exposure()),
            existence=Seen(Existence.PRESENT),
            enabled=Seen(items=True),
        ),
        service_principal=ServicePrincipal(
            object_id=observed.service_principal.object_id, owners=owners, enabled=Seen(items=True)
        ),
        requested=needed,
        granted=needed,
        granted_to_users=Seen(frozenset()),
        credentials=Seen(start.credentials),
        gaps=frozenset(),
    )
