"""What the last deploy made so, read back from the stack's outputs."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING

from helpers.canonical import from_json
from helpers.errors import InputError
from helpers.model import CredentialKind, Exposure, Holder, NotSeen, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def read_applied(outputs: StackOutputs, *, name: str, kept: Integration | None = None) -> Applied:
    """Return what a stack's outputs say was applied; `name` says in messages where they came from.

    `kept` is the declaration of an adopted application: what it has and no deploy makes, that says, and never an
    output.

    Raises `InputError` for outputs of another version or form, or that say what no deploy of this project makes so:
    whoever can write there could call access of their own deployed.
    """
    recorded = outputs.applied.get("integration")
    if not isinstance(recorded, dict):
        raise InputError(name, "does not say what was applied", "deploy again with this version of ise-intune")
    commit, environment = outputs.applied.get("commit"), outputs.applied.get("name")
    integration = from_json(recorded, name=name)
    if kept:
        integration = _as_kept(integration, kept)
    if impossible := next(_impossible(integration, kept), None):
        cause = f"says that a deploy made {impossible}, which none of this project does"
        raise InputError(name, cause, "find out who wrote it, and read the outputs from the state: `terraform output`")
    return Applied(
        integration,
        commit if isinstance(commit, str) else "",
        environment if isinstance(environment, str) else "",
    )


def _as_kept(applied: Integration, kept: Integration) -> Integration:
    """Return what was applied, with what the declaration says of parts that no deploy makes."""
    return replace(
        applied,
        application=replace(applied.application, exposure=kept.application.exposure),
        service_principal=replace(applied.service_principal, settings=kept.service_principal.settings),
    )


def _impossible(integration: Integration, kept: Integration | None) -> Iterator[str]:
    """Yield what a deploy is said to have made so and cannot: a stack declares none of it."""
    credentials = integration.credentials
    for each in credentials.items if isinstance(credentials, Seen) else ():
        if each.kind is not CredentialKind.CERTIFICATE or each.holder is not Holder.APPLICATION:
            yield f"a {each.kind.replace('_', ' ')} on the {each.holder.replace('_', ' ')}"
    if kept is None and integration.application.exposure != Seen(Exposure()):
        yield "an exposure that is not an ISE application's"
    for part in (integration, integration.application, integration.service_principal):
        for known in fields(part):
            told = kept is not None and known.name == "settings"
            if known.default is not MISSING and not told and getattr(part, known.name) != known.default:
                yield known.name.replace("_", " ")


def expected(integration: Integration) -> Integration:
    """Return an integration in which every permission asked for is consented to.

    Where an administrator consents by hand no deploy records it; what is missing is seen when Graph is asked.
    """
    if isinstance(integration.granted, NotSeen) and isinstance(integration.requested, Seen):
        return replace(integration, granted=integration.requested)
    return integration
