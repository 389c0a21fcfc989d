"""The environment file's reference in the documentation, from the definition that reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from helpers.declaration.file_schema import EnvironmentFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# The environment file

Generated from the definition that reads it (`python -m helpers.declaration > docs/environment-file.md`).

One file in `environments/` declares one ISE deployment; its name is the name of its stack. `ise-intune new NAME` writes
a commented one, `ise-intune check` judges it, and its first line lets an editor complete and explain every key.
Strings are data: nothing in them is evaluated. Certificate paths start at the environments' folder and stay in it.

| Set | To |
|---|---|
| `ISE_INTUNE_STACKS=a,b` | judge and synthesize these environments alone |
| `ISE_INTUNE_ENVIRONMENTS=DIR` | use another folder |
| `ISE_INTUNE_COMMIT=REV` | record the commit in the output `applied` |

An option wins over an environment variable, that over the file, that over the default; `ise-intune check --explain`
shows where each value comes from.
"""
_STATE = """\
What a file leaves out of `state` follows from its name, so that two environments never share a state. Secrets are given
to Terraform by its own variables and refused here by name: `ARM_ACCESS_KEY`, `PG_CONN_STR`, `TF_HTTP_PASSWORD`, …
How each locks, what to protect, and what to do after a deploy was killed: [state.md](state.md).
"""


def reference() -> Iterator[str]:
    """Yield the lines of `docs/environment-file.md`."""
    schema = EnvironmentFile.model_json_schema(by_alias=True)
    yield from _INTRODUCTION.splitlines()
    yield from _section("The file", schema, schema)
    for key, node in schema["properties"].items():
        yield from _sections(key, node, schema)


def _sections(key: str, node: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """Yield a section for the block of a key, for each kind of block where it has several."""
    for definition in _definitions(node, schema):
        backend = definition["properties"].get("backend", {}).get("const")
        if backend == "local":
            yield from ("", "## Where the state is kept", "", *_STATE.splitlines())
        yield from _section(f"`{key}`, backend `{backend}`" if backend else f"`{key}`", definition, schema)
        for inner, below in definition["properties"].items():
            yield from _sections(f"{key}.{inner}", below, schema)


def _section(title: str, definition: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    required = definition.get("required", [])
    yield from ("", f"## {title}", "", definition.get("description", "").partition("\n")[0], "")
    yield "| Key | Default | Values | What it is for |"
    yield "|---|---|---|---|"
    for key, node in definition["properties"].items():
        default = "required" if key in required else _default(node)
        cells = (f"`{key}`", default, _values(node, schema), _meaning(node))
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _definitions(node: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every block below a node: of a reference, of a list's items, of a map's entries, of a choice."""
    if "$ref" in node:
        yield schema["$defs"][node["$ref"].rpartition("/")[2]]
    below = [node.get("items", {}), *node.get("oneOf", []), *node.get("anyOf", []), *node.get("allOf", [])]
    below += node.get("patternProperties", {}).values()
    for inner in filter(None, below):
        yield from _definitions(inner, schema)


def _default(node: dict[str, Any]) -> str:
    default = node.get("default")
    return "" if default is None else f"`{json.dumps(default)}`"


def _values(node: dict[str, Any], schema: dict[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if node.get("type") == "array":
        return f"list of {_values(node['items'], schema)}".replace("list of see", "list, see")
    if node.get("type") == "object" or "$ref" in node or "oneOf" in node:
        return "see below"
    kinds = [_values(each, schema) for each in node.get("anyOf", []) if each.get("type") != "null"]
    return (
        kinds[0] if kinds else {"integer": "whole number", "boolean": "true or false"}.get(node.get("type", ""), "text")
    )


def _meaning(node: dict[str, Any]) -> str:
    examples = ", ".join(f"`{example}`" for example in node.get("examples", []))
    return str(node.get("description", "")) + (f" For example {examples}." if examples else "")
