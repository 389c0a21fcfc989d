"""JSON held to the schemas that the project publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Mapping


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """Return what holds documents to a schema, once that is a sound one: finding out takes longer than all the rest."""
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
