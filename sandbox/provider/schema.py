"""What Terraform is told the types look like, read from the recorded schema of azuread 3.7.0."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tf.gen import tfplugin_pb2 as pb
from tf.schema import Attribute, Block, NestedBlock, NestMode, Schema
from tf.types import TfType

from sandbox.provider.values import Kind, same

RECORDED: Final = Path(__file__).parents[1] / "data" / "azuread-3.7.0-schema.json"

# A block as `terraform providers schema -json` shows it: {"attributes": {...}, "block_types": {...}}.
RecordedBlock = dict[str, Any]

_NESTING = {
    "list": pb.Schema.NestedBlock.NestingMode.LIST,
    "set": pb.Schema.NestedBlock.NestingMode.SET,
    "single": pb.Schema.NestedBlock.NestingMode.SINGLE,
}

# The recording left out every key named "description", and with the texts it lost the attributes of that name: they
# are in azuread 3.7.0, its state carries them, and a configuration may set them.
_OPTIONAL: Final = {"type": "string", "optional": True}
_COMPUTED: Final = {"type": "string", "computed": True}
_REQUIRED: Final = {"type": "string", "required": True}


@dataclass(frozen=True)
class Recording:
    """The recorded schema by kind and type name: version and block of each."""

    provider: RecordedBlock
    resources: dict[str, tuple[int, RecordedBlock]]
    data_sources: dict[str, tuple[int, RecordedBlock]]


@cache
def recording() -> Recording:
    """Read the recorded schema, with what the recording lost put back."""
    document = json.loads(RECORDED.read_text(encoding="utf-8"))

    def types(key: str) -> dict[str, tuple[int, RecordedBlock]]:
        return {name: (entry["version"], entry["block"]) for name, entry in document[key].items()}

    recorded = Recording(document["provider"]["block"], types("resource_schemas"), types("data_source_schemas"))
    _restore_descriptions(recorded)
    return recorded


def schema_of(version: int, block: RecordedBlock) -> Schema:
    """Turn a recorded block into what PyPI `tf` sends to Terraform."""
    return Schema(attributes=_attributes(block), block_types=_blocks(block), version=version)


class RecordedType(TfType):  # type: ignore[misc]  # tf is untyped
    """An attribute's type as Terraform's JSON writes it, such as ["set", "string"]; values pass through unchanged."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def encode(self, value: Any) -> Any:  # noqa: ANN401 — tf's interface: whatever Terraform sent
        """Return the value as it is: MessagePack has all of Terraform's types."""
        return value

    def decode(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value as it is."""
        return value

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:  # noqa: ANN401
        """Compare, a set without regard to order."""
        return same(a_decoded, b_decoded, self.kind)

    def tf_type(self) -> bytes:
        """Return the type as the protocol writes it."""
        return json.dumps(self.kind, separators=(",", ":")).encode()


class RecordedNestedBlock(NestedBlock):  # type: ignore[misc]  # tf is untyped
    """A nested block of any nesting: tf itself has set-nested ones only."""

    def __init__(self, name: str, recorded: RecordedBlock) -> None:
        inner = recorded["block"]
        block = Block(attributes=_attributes(inner), block_types=_blocks(inner), deprecated=inner.get("deprecated"))
        super().__init__(name, NestMode.Set, block, recorded.get("min_items"), recorded.get("max_items"))
        self._recorded = recorded

    def encode(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value as it is."""
        return value

    def decode(self, value: Any) -> Any:  # noqa: ANN401
        """Return the value as it is."""
        return value

    def semantically_equal(self, a_decoded: Any, b_decoded: Any) -> bool:  # noqa: ANN401
        """Compare, a list in order and a set without."""
        return same(a_decoded, b_decoded, kind_of_nested(self._recorded))

    def to_pb(self) -> pb.Schema.NestedBlock:
        """Return the block as the protocol writes it, with its own nesting."""
        message = super().to_pb()
        message.nesting = _NESTING[self._recorded["nesting_mode"]]
        return message


def kind_of_block(block: RecordedBlock) -> Kind:
    """Return the type of a whole block: an object of its attributes and nested blocks."""
    members = {name: attribute["type"] for name, attribute in block.get("attributes", {}).items()}
    return ["object", members | {name: kind_of_nested(nested) for name, nested in _nested(block).items()}]


def kind_of_nested(nested: RecordedBlock) -> Kind:
    """Return the type of a nested block: an object, or a list or set of objects."""
    inner = kind_of_block(nested["block"])
    return inner if nested["nesting_mode"] == "single" else [nested["nesting_mode"], inner]


def _attributes(block: RecordedBlock) -> list[Attribute]:
    return [
        Attribute(
            name,
            RecordedType(recorded["type"]),
            **{
                flag: recorded[flag]
                for flag in ("required", "optional", "computed", "sensitive", "deprecated")
                if flag in recorded
            },
        )
        for name, recorded in block.get("attributes", {}).items()
    ]


def _blocks(block: RecordedBlock) -> list[NestedBlock]:
    return [RecordedNestedBlock(name, nested) for name, nested in _nested(block).items()]


def _nested(block: RecordedBlock) -> dict[str, RecordedBlock]:
    nested: dict[str, RecordedBlock] = block.get("block_types", {})
    return nested


def _restore_descriptions(recorded: Recording) -> None:
    application = recorded.resources["azuread_application"][1]
    application["attributes"]["description"] = _OPTIONAL
    application["block_types"]["app_role"]["block"]["attributes"]["description"] = _REQUIRED
    resource = recorded.resources["azuread_service_principal"][1]["attributes"]
    data_source = recorded.data_sources["azuread_service_principal"][1]["attributes"]
    for attributes, description in ((resource, _OPTIONAL), (data_source, _COMPUTED)):
        attributes["description"] = description
        attributes["app_roles"]["type"][1][1]["description"] = "string"
