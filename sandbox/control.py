"""Asking a running sandbox for faults, limits and what it was asked: for tests, and for whoever holds its folder."""

from __future__ import annotations

import ssl
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

import httpx

from helpers.errors import InputError, ServiceError, SetupError
from sandbox.admin_token import admin_token
from sandbox.endpoint import find_server
from sandbox.faults import Fault
from sandbox.identities import ADMIN_HOST
from sandbox.limits import Limits
from sandbox.orders import Made
from sandbox.requests_seen import SeenRequest

if TYPE_CHECKING:
    from sandbox.folder import SandboxFolder
    from sandbox.orders import Order, Registration
    from sandbox.sign_ins import PastSignIns


class Control:
    """The admin routes of the sandbox that is up in a folder; a context manager.

    Raises:
        SetupError: none is up.
    """

    def __init__(self, folder: SandboxFolder) -> None:
        """Find the server."""
        endpoint = find_server(folder)
        if endpoint is None:
            raise SetupError(f"{folder.path}: no sandbox is up here")
        self._client = httpx.Client(
            base_url=f"https://{ADMIN_HOST}",
            headers={"Authorization": f"Bearer {admin_token(folder.path)}"},
            proxy=endpoint.proxy_url,
            verify=ssl.create_default_context(cafile=str(folder.ca)),
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def requests(self, *, after: int = 0) -> list[SeenRequest]:
        """Return what the services were asked, in the order it was answered."""
        return [SeenRequest(**seen) for seen in self._ask("GET", f"/requests?after={after}")]

    def set_fault(self, fault: Fault) -> None:
        """Let requests go wrong from now on."""
        self._ask("POST", "/faults", json=asdict(fault))

    def faults(self) -> list[Fault]:
        """Return the faults that are still to come."""
        return [Fault.from_json(fault) for fault in self._ask("GET", "/faults")]

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self._ask("DELETE", "/faults")

    def limits(self) -> Limits:
        """Return how mean Graph is."""
        return Limits().changed(self._ask("GET", "/limits"))

    def set_limits(self, limits: Limits) -> None:
        """Let Graph be as mean as this from now on; its quotas begin anew."""
        self._ask("PATCH", "/limits", json=asdict(limits))

    def turn_open_api(self, *, on: bool) -> None:
        """Turn ISE's Open API on or off."""
        self._ask("PATCH", "/ise", json={"open_api": on})

    def carry_out(self, order: Order) -> Made:
        """Make a change behind Terraform's back; raise InputError where it cannot be made."""
        return self._made("/portal", order.to_json())

    def register(self, wanted: Registration) -> Made:
        """Make an application as somebody once made it; raise InputError where it cannot be made."""
        return self._made("/registrations", wanted.to_json())

    def keep_past(self, past: PastSignIns) -> None:
        """Put sign-ins of times gone by into the log."""
        self._ask("POST", "/sign-ins", json=past.to_json())

    def _made(self, path: str, body: object) -> Made:
        answer = self._ask("POST", path, json=body)
        if "error" in answer:
            raise InputError(**answer["error"])
        return Made.from_json(answer)

    def _ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 — JSON either way
        answer = self._client.request(method, path, **options)
        if answer.is_error:
            raise ServiceError(
                "the sandbox's admin routes", f"answered {answer.status_code}: {answer.text}", "see above"
            )
        return answer.json() if answer.content else None
