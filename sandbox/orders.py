"""What is wanted of the portal, and what was made: what the command line and the server tell each other."""

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
class Registration:
    """An application wanted as somebody once made it: in a shape of `sandbox.shapes.SHAPES`, in a tenant.

    `deployer` is the object id of the pipeline that will take it over; `deployer_owns` says whether somebody has made
    it an owner of the application and of the service principal.
    """

    shape: str
    tenant_id: str
    deployer: str
    display_name: str = "Cisco ISE"
    deployer_owns: bool = True

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read a registration; raise InputError for what is none."""
        fields = document if isinstance(document, dict) else {}
        names = ("shape", "tenant_id", "deployer", "display_name")
        texts = all(isinstance(fields.get(name), str) for name in names)
        if not texts or not isinstance(fields.get("deployer_owns"), bool) or len(fields) > len(names) + 1:
            raise InputError("registration", "is not of its form", f"send {', '.join(names)} as text, deployer_owns")
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """Return its fields."""
        return asdict(self)


@dataclass(frozen=True)
class Made:
    """A change or an application that was made, where, and what that left in the audit log."""

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
