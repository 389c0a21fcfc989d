"""A change behind Terraform's back, ordered and made: what the command line and the server tell each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Order:
    """A change wanted. `application` is its client id, object id or display name; `tenant_id` None means any tenant."""

    change: str
    application: str
    tenant_id: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read an order; raise InputError for what is none."""
        fields = document if isinstance(document, dict) else {}
        options = fields.get("options", {})
        texts = [fields.get("change"), fields.get("application"), fields.get("tenant_id") or ""]
        if not isinstance(options, dict) or not all(isinstance(text, str) for text in (*texts, *options.values())):
            raise InputError("order", "is not of its form", "send change, application, tenant_id and options as text")
        return cls(fields["change"], fields["application"], fields.get("tenant_id"), options)

    def to_json(self) -> dict[str, Any]:
        """Return its fields."""
        return asdict(self)


@dataclass(frozen=True)
class Made:
    """A change that was made, to which application, and what it left in the audit log."""

    display_name: str
    client_id: str
    tenant: str
    activities: tuple[str, ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `asdict` made of one."""
        return cls(**{**fields, "activities": tuple(fields["activities"])})

    def to_json(self) -> dict[str, Any]:
        """Return its fields."""
        return asdict(self)
