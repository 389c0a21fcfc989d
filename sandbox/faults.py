"""Faults on request: what a service answers in place of, or later than, what it would."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Self

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.hosts import Service

_STATUSES = range(100, 600)


@dataclass(frozen=True)
class Fault:
    """Which requests go wrong, how often, and how.

    What is None matches anything. `count` is how many requests are left to spoil, None until it is cleared.
    Without a `status` the service itself does what it was asked, and its answer comes `delay` seconds late.
    """

    host: str | None = None
    service: Service | None = None
    method: str | None = None
    path_prefix: str | None = None
    count: int | None = 1
    status: int | None = None
    retry_after: int | None = None
    delay: float = 0.0
    body: str | None = None

    @classmethod
    def from_json(cls, fields: object) -> Self:
        """Read what the admin route was sent.

        Raises:
            InputError: an unknown field, or a value of the wrong type.
        """
        if not isinstance(fields, dict) or not set(fields) <= set(cls.__dataclass_fields__):
            known = ", ".join(cls.__dataclass_fields__)
            raise InputError("fault", "is not an object of known fields", f"known are: {known}")
        fault = cls(**fields)
        _refuse_wrong_types(asdict(fault))
        return fault

    def matches(self, *, service: str, host: str, method: str, path: str) -> bool:
        """Say whether a request is one that this fault is meant for."""
        return (
            self.service in {None, service}
            and self.host in {None, host}
            and (self.method is None or self.method.upper() == method)
            and (self.path_prefix is None or path.startswith(self.path_prefix))
        )


class Faults:
    """The faults that are set, in the order they were."""

    def __init__(self) -> None:
        """Begin with none."""
        self._faults: list[Fault] = []

    def set(self, fault: Fault) -> None:
        """Add a fault behind those that are set."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def all(self) -> list[Fault]:
        """Return what is still to come."""
        return list(self._faults)

    def take(self, *, service: str, host: str, method: str, path: str, batched: bool = False) -> Fault | None:
        """Return the first fault that spoils this request, counted as used.

        What only comes late is for whole round trips: it passes over the requests of a batch.
        """
        for position, fault in enumerate(self._faults):
            if batched and fault.status is None:
                continue
            if fault.matches(service=service, host=host, method=method, path=path):
                self._use(position, fault)
                return fault
        return None

    def _use(self, position: int, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count <= 1:
            del self._faults[position]
        else:
            self._faults[position] = replace(fault, count=fault.count - 1)


def _refuse_wrong_types(fields: Mapping[str, object]) -> None:
    types: dict[str, tuple[type, ...]] = {
        "count": (int,),
        "status": (int,),
        "retry_after": (int,),
        "delay": (int, float),
    }
    for name, value in fields.items():
        if value is not None and not isinstance(value, types.get(name, (str,))):
            raise InputError(f"fault.{name}", f"has the value {value!r}", "give it the type of sandbox/faults.py")
    status = fields["status"]
    if status is not None and status not in _STATUSES:
        raise InputError("fault.status", f"is {status!r}", "give an HTTP status")
