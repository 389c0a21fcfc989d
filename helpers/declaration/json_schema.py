"""The JSON Schema of an environment file, for editors: `environments/environment.schema.json`.

Generated from the classes that read the file. What pydantic writes for programs is turned here into what helps a
person at an editor: no titles made of key names, `key:` with nothing after it allowed where the key may be left out.
"""

from __future__ import annotations

import json
from typing import Any

from helpers.declaration.file_schema import EnvironmentFile

_NOTHING = {"type": "null"}


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12)."""
    schema = EnvironmentFile.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Environment file of ise-intune"}
    rest: dict[str, Any] = _for_people(schema)
    return head | rest


def json_schema_text() -> str:
    """Return the schema as the committed file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _for_people(node: Any) -> Any:  # noqa: ANN401 — any JSON value
    """Rewrite one schema and all below it."""
    if isinstance(node, list):
        return [_for_people(item) for item in node]
    if not isinstance(node, dict):
        return node
    # OpenAPI's word, which no editor reads; the constant `backend` of each alternative says the same.
    rewritten = {key: value for key, value in node.items() if key not in {"title", "discriminator", "properties"}}
    rewritten = {key: _for_people(value) for key, value in rewritten.items()}
    if "properties" in node:
        required = set(node.get("required", ()))
        rewritten["properties"] = {
            name: _for_people(inner) if name in required else _or_nothing(_for_people(inner))
            for name, inner in node["properties"].items()
        }
    return rewritten


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a value be absent: what the reader takes for a key that was left out."""
    described = {key: value for key, value in schema.items() if key in {"description", "default", "examples"}}
    rest = {key: value for key, value in schema.items() if key not in described and value is not None}
    alternatives = [each for each in rest.get("anyOf", [rest]) if each != _NOTHING]
    if described.get("default", "") is None:
        del described["default"]
    return {**described, "anyOf": [*alternatives, _NOTHING]}
