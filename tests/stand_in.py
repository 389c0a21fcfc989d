"""The stand-in provider asked as Terraform asks it, without Terraform and without sockets, in a filled sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tf.gen import tfplugin_pb2 as pb
from tf.utils import read_dynamic_value, to_dynamic_value

from helpers.clouds import CLOUDS
from sandbox.provider.azuread import AzureAd
from sandbox.provider.connection import Answer
from sandbox.provider.graph import Graph
from sandbox.provider.resource import PREFIX
from sandbox.provider.schema import RecordedBlock, recording
from sandbox.provider.servicer import AzureAdServicer
from sandbox.provider.sign_in import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.in_process import InProcess

Values = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One request of the provider's, and the status it was given."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int


@dataclass
class Wire:
    """What the provider takes for its connections: leads to services in this process, and remembers.

    `refusals` are answers to give instead, by method and end of path, one each time.
    """

    services: InProcess
    sent: list[Sent] = field(default_factory=list)
    refusals: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Ask the services."""
        answer = self._refusal(method, url) or self._answer(method, url, headers, body)
        parts = urlsplit(url)
        content = json.loads(body) if body and "json" in headers["Content-Type"] else body
        self.sent.append(Sent(method, parts.path, dict(parse_qsl(parts.query)), content, answer.status))
        return answer

    def _refusal(self, method: str, url: str) -> Answer | None:
        for (refused, end), answers in self.refusals.items():
            if method == refused and url.endswith(end) and answers:
                return answers.pop(0)
        return None

    def _answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        answer = self.services.ask(method, url, headers=dict(headers), content=body)
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, answer.reason_phrase, named, answer.content)


class Failed(AssertionError):
    """The provider answered with an error; the text is its summaries and details."""


@dataclass(frozen=True)
class Planned:
    """A planned change: the state to come (None: gone) and what of it asks for a replacement."""

    state: Values | None
    replaced_by: tuple[str, ...]


class StandIn:
    """The provider, signed in. Types are named without `azuread_`; blocks and arguments that are left out are empty."""

    def __init__(self, wire: Wire, *, tenant_id: str, client_id: str, client_secret: str) -> None:
        cloud = CLOUDS["global"]
        settings = Settings(tenant_id, client_id, cloud.login_host, cloud.graph, client_secret=client_secret)
        self.wire = wire
        self.slept: list[float] = []
        provider = AzureAd({})
        provider._graph = Graph(settings, wire, sleep=self.slept.append)  # type: ignore[arg-type]  # what it uses of it
        self._servicer = AzureAdServicer(provider)

    def plan(self, kind: str, config: Values, prior: Values | None = None) -> Planned:
        """Plan from `prior` to a configuration."""
        block = recording().resources[PREFIX + kind][1]
        whole = _whole(block, config)
        self._checked(
            self._servicer.ValidateResourceConfig(
                pb.ValidateResourceConfig.Request(type_name=PREFIX + kind, config=to_dynamic_value(whole)), None
            )
        )
        request = pb.PlanResourceChange.Request(
            type_name=PREFIX + kind,
            prior_state=to_dynamic_value(prior),
            proposed_new_state=to_dynamic_value(_proposed(block, whole, prior)),
            config=to_dynamic_value(whole),
        )
        response = self._checked(self._servicer.PlanResourceChange(request, None))
        replaced_by = tuple(path.steps[0].attribute_name for path in response.requires_replace)
        return Planned(read_dynamic_value(response.planned_state), replaced_by)

    def create(self, kind: str, **config: object) -> Values:
        """Plan and make a resource; return its state."""
        state = self.apply(kind, None, self.plan(kind, config).state)
        assert state is not None
        return state

    def change(self, kind: str, prior: Values, **config: object) -> Values:
        """Plan and change a resource in place; return its state."""
        planned = self.plan(kind, config, prior)
        assert not planned.replaced_by
        state = self.apply(kind, prior, planned.state)
        assert state is not None
        return state

    def delete(self, kind: str, prior: Values) -> None:
        """Delete a resource."""
        assert self.apply(kind, prior, None) is None

    def apply(self, kind: str, prior: Values | None, planned: Values | None) -> Values | None:
        """Apply a planned change; return the new state."""
        state, errors = self.try_to_apply(kind, prior, planned)
        if errors:
            raise Failed(errors)
        return state

    def try_to_apply(self, kind: str, prior: Values | None, planned: Values | None) -> tuple[Values | None, str]:
        """Apply a planned change; return the new state and the errors."""
        request = pb.ApplyResourceChange.Request(
            type_name=PREFIX + kind, prior_state=to_dynamic_value(prior), planned_state=to_dynamic_value(planned)
        )
        response = self._servicer.ApplyResourceChange(request, None)
        return read_dynamic_value(response.new_state), _errors(response)

    def read(self, kind: str, state: Values) -> Values | None:
        """Read a resource again; None when it is gone."""
        request = pb.ReadResource.Request(type_name=PREFIX + kind, current_state=to_dynamic_value(state))
        found: Values | None = read_dynamic_value(self._checked(self._servicer.ReadResource(request, None)).new_state)
        return found

    def imported(self, kind: str, identifier: str) -> Values | None:
        """Import a resource and read it."""
        request = pb.ImportResourceState.Request(type_name=PREFIX + kind, id=identifier)
        response = self._checked(self._servicer.ImportResourceState(request, None))
        return self.read(kind, read_dynamic_value(response.imported_resources[0].state))

    def look_up(self, kind: str, **config: object) -> Values:
        """Read a data source."""
        whole = _whole(recording().data_sources[PREFIX + kind][1], config)
        request = pb.ReadDataSource.Request(type_name=PREFIX + kind, config=to_dynamic_value(whole))
        found: Values = read_dynamic_value(self._checked(self._servicer.ReadDataSource(request, None)).state)
        return found

    def _checked(self, response: Any) -> Any:  # noqa: ANN401 — a message of the protocol's, which is untyped
        errors = _errors(response)
        if errors:
            raise Failed(errors)
        return response


def _errors(response: Any) -> str:  # noqa: ANN401 — a message of the protocol's, which is untyped
    return "\n".join(f"{diagnostic.summary}\n{diagnostic.detail}" for diagnostic in response.diagnostics)


def _whole(block: RecordedBlock, given: Mapping[str, object]) -> Values:
    """Return a configuration as Terraform sends it: nothing is left out."""
    whole: Values = {name: given.get(name) for name in block.get("attributes", {})}
    for name, nested in block.get("block_types", {}).items():
        value: Any = given.get(name)
        if nested["nesting_mode"] == "single":
            whole[name] = None if value is None else _whole(nested["block"], value)
        else:
            whole[name] = [_whole(nested["block"], element) for element in value or ()]
    return whole


def _proposed(block: RecordedBlock, config: Values, prior: Values | None) -> Values:
    """Return what Terraform proposes: what the provider decides and the configuration does not say stays as it was."""
    if prior is None:
        return config
    kept = {
        name: prior[name]
        for name, attribute in block["attributes"].items()
        if attribute.get("computed") and config[name] is None
    }
    return config | kept
