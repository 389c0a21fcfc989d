"""What is verified: the outputs of a stack's deploy, and its environment file where it is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.declarations import declaration_of
from cli.outputs import read_stack
from helpers.declaration.locations import Location
from helpers.errors import InputError
from helpers.examined_outputs import cloud_of, require_the_same
from helpers.model import Seen
from helpers.verifying import links
from helpers.verifying.meanings import PLATFORM, Meaning

if TYPE_CHECKING:
    from pathlib import Path

    from cli.settings import Settings
    from helpers.clouds import Cloud
    from helpers.declaration.declaration import Declaration
    from helpers.outputs import StackOutputs
    from helpers.verifying.links import Link


@dataclass(frozen=True)
class Target:
    """One environment. `cloud` is None where the outputs cannot be relied on; `link` says then why."""

    name: str
    outputs: StackOutputs
    cloud: Cloud | None
    declaration: Declaration | None
    location: Location
    link: Link

    @property
    def application(self) -> str:
        """The application's display name, or else the environment's."""
        declared = self.declaration.integration.application.display_name if self.declaration else None
        return declared.items if isinstance(declared, Seen) else self.name


def read_target(settings: Settings, name: str, source: Path | None) -> Target:
    """Return what is to be verified. Raises `InputError` where there are no outputs, or not of this form."""
    outputs, named = read_stack(settings, name, source)
    declaration = declaration_of(settings, name)
    location = declaration.locations.of(()) if declaration else Location(named, 1, 1)
    cloud: Cloud | None = None
    try:
        require_the_same(name, outputs, declaration, named)
        cloud = cloud_of(outputs, declaration, named)
    except InputError as error:
        meaning = Meaning("nothing is sent by outputs that cannot be relied on", PLATFORM, error.remedy)
        link = links.broken(links.OUTPUTS, f"{error.subject} {error.cause}", meaning)
    else:
        link = links.works(links.OUTPUTS, f"{named}: application {outputs.client_id}, tenant {outputs.tenant_id}")
    return Target(name, outputs, cloud, declaration, location, link)
