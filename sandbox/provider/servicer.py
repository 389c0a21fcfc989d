"""Terraform's requests: PyPI tf's servicer, with plans and states as the real provider's SDK makes them.

tf answers for providers of today's type system: it has no word for defaults in plans, for `legacy_type_system`, or for
an object that was made although creating it failed half-way. Those answers are given here.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from tf.gen import tfplugin_pb2 as pb
from tf.provider import ProviderServicer
from tf.utils import Diagnostics, read_dynamic_value, to_dynamic_value

from sandbox.provider.graph import GraphError
from sandbox.provider.legacy import plan_change
from sandbox.provider.problems import Refused
from sandbox.provider.schema import kind_of_block
from sandbox.provider.values import UNKNOWN, Value, Values, settle, without_unknowns

if TYPE_CHECKING:
    from types import TracebackType

    import grpc

    from sandbox.provider.azuread import AzureAd
    from sandbox.provider.resource import ResourceType


class AzureAdServicer(ProviderServicer):  # type: ignore[misc]  # tf is untyped
    """Answers Terraform for the stand-in."""

    def __init__(self, app: AzureAd) -> None:
        super().__init__(app)
        self._app = app

    def ValidateResourceConfig(  # noqa: N802 — the protocol's name, as all below
        self, request: pb.ValidateResourceConfig.Request, context: grpc.ServicerContext
    ) -> pb.ValidateResourceConfig.Response:
        """Judge a configuration without Graph."""
        del context
        diagnostics = Diagnostics()
        for mistake in self._resource(request.type_name).mistakes(_read(request.config) or {}):
            _add(diagnostics, mistake)
        return pb.ValidateResourceConfig.Response(diagnostics=diagnostics.to_pb())

    def ValidateDataResourceConfig(  # noqa: N802
        self, request: pb.ValidateDataResourceConfig.Request, context: grpc.ServicerContext
    ) -> pb.ValidateDataResourceConfig.Response:
        """Accept: what a lookup lacks shows when it is read."""
        del request, context
        return pb.ValidateDataResourceConfig.Response()

    def PlanResourceChange(  # noqa: N802
        self, request: pb.PlanResourceChange.Request, context: grpc.ServicerContext
    ) -> pb.PlanResourceChange.Response:
        """Plan a creation, a change or a replacement."""
        del context
        response = pb.PlanResourceChange.Response(legacy_type_system=True)
        prior, proposed = _read(request.prior_state), _read(request.proposed_new_state)
        if proposed is None:
            return response
        resource, diagnostics = self._resource(request.type_name), Diagnostics()
        with _into(diagnostics):
            plan = plan_change(resource.block(), resource.rules, prior, proposed)
            resource.check_plan(self._app.graph, prior, plan.state)
            response.planned_state.CopyFrom(to_dynamic_value(plan.state))
            response.requires_replace.extend(_attribute_path(name) for name in plan.replaced_by)
        response.diagnostics.extend(diagnostics.to_pb())
        return response

    def ApplyResourceChange(  # noqa: N802
        self, request: pb.ApplyResourceChange.Request, context: grpc.ServicerContext
    ) -> pb.ApplyResourceChange.Response:
        """Create, change or delete."""
        del context
        diagnostics = Diagnostics()
        prior, planned = _read(request.prior_state), _read(request.planned_state)
        resource = self._resource(request.type_name)
        state = self._apply(resource, prior, planned, diagnostics)
        return pb.ApplyResourceChange.Response(
            new_state=to_dynamic_value(state), legacy_type_system=True, diagnostics=diagnostics.to_pb()
        )

    def ReadResource(  # noqa: N802
        self, request: pb.ReadResource.Request, context: grpc.ServicerContext
    ) -> pb.ReadResource.Response:
        """Read a resource again; one that is gone leaves the state."""
        del context
        response, diagnostics = pb.ReadResource.Response(private=request.private), Diagnostics()
        before = _read(request.current_state)
        resource = self._resource(request.type_name)
        with _into(diagnostics):
            found = resource.read(self._app.graph, before)
            if found is not None:
                found = settle(found, before, kind_of_block(resource.block()), applied=False)
            response.new_state.CopyFrom(to_dynamic_value(found))
        response.diagnostics.extend(diagnostics.to_pb())
        return response

    def ImportResourceState(  # noqa: N802
        self, request: pb.ImportResourceState.Request, context: grpc.ServicerContext
    ) -> pb.ImportResourceState.Response:
        """Begin a state with the id alone; Terraform reads the rest."""
        del context
        response, diagnostics = pb.ImportResourceState.Response(), Diagnostics()
        resource = self._resource(request.type_name)
        with _into(diagnostics):
            resource.check_import(request.id)
            state = to_dynamic_value(_empty_state(resource) | {"id": request.id})
            response.imported_resources.add(type_name=request.type_name, state=state)
        response.diagnostics.extend(diagnostics.to_pb())
        return response

    def ReadDataSource(  # noqa: N802
        self, request: pb.ReadDataSource.Request, context: grpc.ServicerContext
    ) -> pb.ReadDataSource.Response:
        """Look something up."""
        del context
        response, diagnostics = pb.ReadDataSource.Response(), Diagnostics()
        with _into(diagnostics):
            found = self._get_ds_cls(request.type_name)().read(self._app.graph, _read(request.config))
            response.state.CopyFrom(to_dynamic_value(found))
        response.diagnostics.extend(diagnostics.to_pb())
        return response

    def _resource(self, type_name: str) -> ResourceType:
        resource: ResourceType = self._get_res_cls(type_name)()
        return resource

    def _apply(
        self, resource: ResourceType, prior: Values | None, planned: Values | None, diagnostics: Diagnostics
    ) -> Values | None:
        """Return the new state; after a failure, what there is of the resource."""
        state = prior
        with _into(diagnostics):
            if prior is not None and planned is None:
                resource.delete(self._app.graph, prior)
                state = None
            elif prior is not None and planned is not None:
                state = resource.update(self._app.graph, prior, dict(planned))
            elif planned is not None:
                state = self._create(resource, planned, diagnostics)
        if planned is None or state is None:
            return state
        kept: Values = settle(without_unknowns(state), planned, kind_of_block(resource.block()), applied=True)
        # How long to wait is the configuration's alone.
        return kept | {"timeouts": planned["timeouts"]}

    def _create(self, resource: ResourceType, planned: Values, diagnostics: Diagnostics) -> Values | None:
        draft = dict(planned)
        with _into(diagnostics):
            return resource.create(self._app.graph, draft)
        # It failed: with an id the object is there, and Terraform keeps it in the state as tainted.
        return None if draft["id"] is UNKNOWN else draft


class _into(AbstractContextManager[None]):  # noqa: N801 — read as a word: with _into(diagnostics)
    """Turn what stops a request into a diagnostic, and go on after the block."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> bool:
        if isinstance(error, Refused):
            _add(self._diagnostics, error)
        elif isinstance(error, GraphError):
            self._diagnostics.add_error("Microsoft Graph refused", str(error))
        return isinstance(error, Refused | GraphError)


def _read(value: pb.DynamicValue) -> Value:
    return _plain(read_dynamic_value(value))


def _plain(value: Value) -> Value:
    """Take an unknown that Terraform says more about (to tf a MessagePack extension, a tuple) for any other unknown."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return UNKNOWN if isinstance(value, tuple) else value


def _add(diagnostics: Diagnostics, refusal: Refused) -> None:
    path = [refusal.attribute] if refusal.attribute else None
    diagnostics.add_error(refusal.summary, refusal.detail, path=path)


def _attribute_path(name: str) -> pb.AttributePath:
    return pb.AttributePath(steps=[pb.AttributePath.Step(attribute_name=name)])


def _empty_state(resource: ResourceType) -> Values:
    block = resource.block()
    blocks: Values = {
        name: None if nested["nesting_mode"] == "single" else []
        for name, nested in block.get("block_types", {}).items()
    }
    return dict.fromkeys(block["attributes"]) | blocks
