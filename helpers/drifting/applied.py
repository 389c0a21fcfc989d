"""What the last deploy made so, read back from the stack's outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.canonical import from_json
from helpers.errors import InputError
from helpers.model import NotSeen, Seen

if TYPE_CHECKING:
    from helpers.model import Integration
    from helpers.outputs import StackOutputs


@dataclass(frozen=True)
class Applied:
    """One deploy's account of what it made so, and in which environment. `commit` is as it was given, or empty."""

    integration: Integration
    commit: str = ""
    name: str = ""

    @property
    def expected(self) -> Integration:
        """What there is when nobody changed anything: what was asked for is consented to, whoever consents."""
        return expected(self.integration)


def read_applied(outputs: StackOutputs, *, name: str) -> Applied:
    """Return what a stack's outputs say was applied; `name` says in messages where they came from.

    Raises `InputError` for outputs of another version or form.
    """
    recorded = outputs.applied.get("integration")
    if not isinstance(recorded, dict):
        raise InputError(name, "does not say what was applied", "deploy again with this version of ise-intune")
    commit, environment = outputs.applied.get("commit"), outputs.applied.get("name")
    return Applied(
        from_json(recorded, name=name),
        commit if isinstance(commit, str) else "",
        environment if isinstance(environment, str) else "",
    )


def expected(integration: Integration) -> Integration:
    """Return an integration in which every permission asked for is consented to.

    Where an administrator consents by hand no deploy records it; what is missing is seen when Graph is asked.
    """
    if isinstance(integration.granted, NotSeen) and isinstance(integration.requested, Seen):
        return replace(integration, granted=integration.requested)
    return integration
