"""What every mapping of an environment file has in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Block(BaseModel):
    """A mapping of the file: nothing is converted, nothing unknown is passed over, nothing changes later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_absence(cls, values: Any) -> Any:  # noqa: ANN401 — whatever the file holds
        """Read a known `key:` with nothing after it as if it were not there; an unknown one stays to be refused."""
        if not isinstance(values, dict) or None not in values.values():
            return values
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in values.items() if value is not None or key not in known}
