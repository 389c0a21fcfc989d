"""Plans as the real provider's SDK makes them.

That SDK predates Terraform's own type system: it plans defaults for arguments that were left out, keeps what Graph
filled in where the configuration says nothing, and Terraform lets it (the protocol's `legacy_type_system`). A plan
of the stand-in shows the same values, so that what reads plans meets the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sandbox.provider.schema import kind_of_block, kind_of_nested
from sandbox.provider.values import UNKNOWN, Value, Values, is_zero, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.provider.schema import RecordedBlock


@dataclass(frozen=True)
class Rules:
    """What the protocol does not show of a type, by dotted path of the argument.

    `defaults`: values of arguments that were left out. `replacing`: arguments whose change makes a new resource.
    `implied`: list blocks that Graph always shows; leaving one out of the configuration is no change as long as this
    says of what is there that it amounts to nothing. `computed`: blocks that Graph fills in when the configuration has
    none.
    """

    defaults: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    replacing: frozenset[str] = frozenset()
    implied: Mapping[str, Callable[[Values], bool]] = field(default_factory=lambda: MappingProxyType({}))
    computed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """The planned state, and the arguments (and `id`) that ask for a replacement."""

    state: Values
    replaced_by: tuple[str, ...]


def plan_change(block: RecordedBlock, rules: Rules, prior: Values | None, wanted: Values) -> Plan:
    """Plan the way from `prior` (None: nothing yet) to `wanted`, the configuration with Terraform's proposals."""
    planned = _Planner(rules, creating=prior is None).object(block, prior or {}, wanted, "")
    if prior is None:
        return Plan(planned | {"id": UNKNOWN}, ())
    if same(planned, prior, kind_of_block(block)):
        return Plan(prior, ())
    changed = [
        name
        for name in sorted(rules.replacing)
        if not same(planned[name], prior[name], block["attributes"][name]["type"])
    ]
    return Plan(planned, (*changed, "id") if changed else ())


@dataclass(frozen=True)
class _Planner:
    rules: Rules
    creating: bool

    def object(self, block: RecordedBlock, prior: Values, wanted: Values, path: str) -> Values:
        """Plan one block: its attributes, then the blocks in it."""
        planned: Values = {}
        for name, attribute in block.get("attributes", {}).items():
            planned[name] = self._attribute(path + name, attribute, prior.get(name), wanted.get(name))
        for name, nested in block.get("block_types", {}).items():
            planned[name] = self._nested(path + name, nested, prior.get(name), wanted.get(name))
        return planned

    def _attribute(self, path: str, attribute: RecordedBlock, prior: Value, wanted: Value) -> Value:
        # Terraform proposes the prior value for a computed argument that was left out, so `wanted` has it already.
        if wanted is None:
            if path in self.rules.defaults:
                wanted = self.rules.defaults[path]
            elif attribute.get("computed"):
                return UNKNOWN if self.creating else prior
        if not self.creating and same(prior, wanted, attribute["type"]):
            return prior
        # A collection that is left out is planned to be emptied, where anything else is planned to be null.
        return [] if wanted is None and not self.creating and isinstance(prior, list) else wanted

    def _nested(self, path: str, nested: RecordedBlock, prior: Value, wanted: Value) -> Value:
        if wanted is UNKNOWN or nested["nesting_mode"] == "single":
            return wanted
        if wanted:
            return self._elements(path, nested, prior or [], wanted)
        if path in self.rules.computed:
            return UNKNOWN if self.creating else prior
        is_implied = self.rules.implied.get(path)
        if is_implied is not None and len(prior or ()) == 1 and is_implied(prior[0]):
            return prior
        return prior if is_zero(prior) and prior is not None else []

    def _elements(self, path: str, nested: RecordedBlock, prior: list[Values], wanted: list[Values]) -> list[Values]:
        if nested["nesting_mode"] == "set":
            planned = [self.object(nested["block"], {}, element, path + ".") for element in wanted]
            return prior if same(planned, prior, kind_of_nested(nested)) else planned
        before = [*prior, *({} for _ in wanted)]
        return [
            self.object(nested["block"], before[index], element, path + ".") for index, element in enumerate(wanted)
        ]
