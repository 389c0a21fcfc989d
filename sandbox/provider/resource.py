"""What a resource type and a data source of the stand-in are, whatever they stand for in Graph."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from helpers.guids import GUID
from sandbox.provider.legacy import Rules
from sandbox.provider.problems import Refused
from sandbox.provider.schema import RecordedBlock, kind_of_nested, recording, schema_of
from sandbox.provider.values import UNKNOWN, Value, Values, is_zero, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tf.schema import Schema

    from sandbox.provider.graph import Graph

PREFIX = "azuread_"


class ResourceType(ABC):
    """A kind of object in Graph, made and changed as the real provider does it.

    Methods raise GraphError or Refused; both become diagnostics.
    """

    type_name: ClassVar[str]
    rules: ClassVar[Rules] = Rules()
    uuids: ClassVar[tuple[str, ...]] = ()
    """Arguments that must be a UUID, or a set of them."""
    unsupported: ClassVar[tuple[str, ...]] = ()
    """Arguments that the real provider has and the stand-in does not."""

    @classmethod
    def get_name(cls) -> str:
        """Return the type's name less the provider's prefix."""
        return cls.type_name.removeprefix(PREFIX)

    @classmethod
    def get_schema(cls) -> Schema:
        """Return the recorded schema in PyPI tf's terms."""
        return schema_of(*recording().resources[cls.type_name])

    @classmethod
    def block(cls) -> RecordedBlock:
        """Return the recorded schema as it was recorded."""
        return recording().resources[cls.type_name][1]

    def mistakes(self, config: Values) -> Iterator[Refused]:
        """Yield what is wrong with a configuration, as far as it is known yet."""
        yield from read_only_mistakes(self.block(), config)
        for name in self.unsupported:
            if not is_zero(config.get(name)):
                yield Refused(f"The stand-in azuread provider does not support `{name}`", attribute=name)
        for name in self.uuids:
            stated = config.get(name)
            for value in stated if isinstance(stated, list) else [stated]:
                if isinstance(value, str) and not GUID.fullmatch(value):
                    yield Refused(f'expected "{name}" to be a valid UUID, got {value}', attribute=name)

    def check_plan(self, graph: Graph, prior: Values | None, planned: Values) -> None:  # noqa: B027 — few types do
        """Refuse a plan that needs Graph to be judged."""

    def check_import(self, identifier: str) -> None:
        """Refuse an id that is not of this type's form."""
        self.parse_id(identifier)

    @abstractmethod
    def parse_id(self, identifier: str) -> tuple[str, ...]:
        """Return the object ids in a resource id, or raise Refused."""

    @abstractmethod
    def create(self, graph: Graph, planned: Values) -> Values | None:
        """Make the object and return its state.

        Sets `planned["id"]` as soon as the object exists, so that a failure after that leaves it in the state.
        """

    @abstractmethod
    def read(self, graph: Graph, state: Values) -> Values | None:
        """Return the state as Graph has it, arguments that Graph does not show as they were; None when it is gone."""

    def update(self, graph: Graph, prior: Values, planned: Values) -> Values | None:
        """Change the object from `prior` to `planned` and return its state."""
        del graph, prior, planned
        raise Refused(f"{self.type_name} cannot be changed in place")

    @abstractmethod
    def delete(self, graph: Graph, state: Values) -> None:
        """Delete the object."""

    def changed(self, prior: Values, planned: Values, name: str) -> bool:
        """Say whether an argument or block differs between two states."""
        block = self.block()
        nested = block.get("block_types", {})
        kind = kind_of_nested(nested[name]) if name in nested else block["attributes"][name]["type"]
        return not same(prior[name], planned[name], kind)


class DataSourceType(ABC):
    """Something that is looked up."""

    type_name: ClassVar[str]

    @classmethod
    def get_name(cls) -> str:
        """Return the type's name less the provider's prefix."""
        return cls.type_name.removeprefix(PREFIX)

    @classmethod
    def get_schema(cls) -> Schema:
        """Return the recorded schema in PyPI tf's terms."""
        return schema_of(*recording().data_sources[cls.type_name])

    @classmethod
    def block(cls) -> RecordedBlock:
        """Return the recorded schema as it was recorded."""
        return recording().data_sources[cls.type_name][1]

    @abstractmethod
    def read(self, graph: Graph, config: Values) -> Values:
        """Look it up. Raises GraphError or Refused."""


def read_only_mistakes(block: RecordedBlock, config: Values) -> Iterator[Refused]:
    """Yield an error for each attribute that is set though only the provider may."""
    for name, attribute in block.get("attributes", {}).items():
        computed = attribute.get("computed") and not attribute.get("optional")
        if computed and config.get(name) is not None:
            yield Refused(
                "Value for unconfigurable attribute",
                f'Can\'t configure a value for "{name}": its value will be decided automatically based on the result'
                " of applying this configuration.",
                attribute=name,
            )


def path_id(identifier: str, *segments: str) -> tuple[str, ...]:
    """Take the ids out of an id like /applications/<id>: `segments` are the words between them."""
    pattern = "".join(rf"/{segment}/([^/]+)" for segment in segments)
    match = re.fullmatch(pattern, identifier)
    if match is None:
        wanted = "".join(f"/{segment}/<id>" for segment in segments)
        raise Refused(f'parsing "{identifier}": the id should be of the form {wanted}', attribute="id")
    return match.groups()


def is_uuid(text: str) -> bool:
    """Say whether `text` is a UUID of any version."""
    return GUID.fullmatch(text) is not None


def text_or_null(value: Value) -> str | None:
    """Return what is sent for an optional text: an unset one is cleared."""
    return value if isinstance(value, str) and value else None


def flag(value: Value) -> bool:
    """Return what is sent for an optional switch."""
    return value is not UNKNOWN and bool(value)


def texts(value: Value) -> list[str]:
    """Return what is sent for an optional collection of texts."""
    return [] if value is UNKNOWN or not value else list(value)
