"""Where the administrator sits: one application of a tenant, and Microsoft Graph with every right there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.clouds import CLOUDS
from helpers.errors import InputError
from helpers.moments import second
from sandbox.directory import Directory
from sandbox.graph.app import OPERATIONS
from sandbox.graph.authorization import Caller
from sandbox.graph.calls import Call
from sandbox.graph.performing import perform
from sandbox.identities import ADMINISTRATOR_ID, TENANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.clouds import Cloud
    from sandbox.graph.calls import Operation
    from sandbox.store import Document
    from sandbox.world import World

# The client id of Azure's portal, the same in every tenant.
_PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_ADMINISTRATOR = Caller(_PORTAL, ADMINISTRATOR_ID, frozenset())


@dataclass(frozen=True)
class Desk:
    """One application of a tenant. Its documents are read anew each time: what was done before shows.

    Who sits there is the administrator, in a browser, unless it is said to be another.
    """

    world: World
    tenant_id: str
    app_id: str
    caller: Caller = _ADMINISTRATOR
    user_agent: str = _BROWSER
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        """Find the tenant; there must be one."""
        cloud = next(tenant.cloud for tenant in TENANTS if tenant.id == self.tenant_id.lower())
        object.__setattr__(self, "directory", Directory(self.world.store, self.tenant_id, cloud))

    @property
    def cloud(self) -> Cloud:
        """The cloud the tenant lives in."""
        return CLOUDS[self.directory.cloud]

    @property
    def application(self) -> Document:
        """The application's registration; raises InputError where it is gone."""
        return _there(self.directory.application_by_app_id(self.app_id), self.app_id, "application", "restore it first")

    @property
    def principal(self) -> Document:
        """Its service principal; raises InputError where it is gone."""
        found = self.directory.service_principal_by_app_id(self.app_id)
        return _there(found, self.app_id, "service principal", "deploy again first")

    @property
    def application_path(self) -> str:
        """Where Graph has the application."""
        return f"/applications/{self.application['id']}"

    @property
    def principal_path(self) -> str:
        """Where Graph has the service principal."""
        return f"/servicePrincipals/{self.principal['id']}"

    def ask(self, method: str, path: str, body: Document | None = None, *, version: str = "v1.0") -> Document:
        """Ask Graph as who sits here, by its own rules and into its own audit log; raise GraphError."""
        operation, ids = _operation(method, path)
        call = Call(
            world=self.world,
            directory=self.directory,
            caller=self.caller,
            version=version,
            url_path=f"/{version}{path}",
            path=ids,
            query={},
            body=body or {},
            user_agent=self.user_agent,
        )
        return perform(operation, call).content or {}

    def change_application(self, **changes: object) -> None:
        """Change properties of the application."""
        self.ask("PATCH", self.application_path, changes)

    def change_principal(self, **changes: object) -> None:
        """Change properties of the service principal."""
        self.ask("PATCH", self.principal_path, changes)

    def reference(self, identifier: str) -> Document:
        """Return a body that names an object of the directory."""
        return {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identifier}"}

    def settle(self, kind: str, document: Document) -> None:
        """Let an object be so as by Microsoft's own doing: no operation, no rule, nothing in the audit log."""
        with self.world.store.watched() as changes:
            self.world.store.put(self.tenant_id, kind, document["id"], document)
        self.world.conditions.note(changes, now=self.world.now())

    def settle_application(self, **changes: object) -> None:
        """Let properties of the application be others by Microsoft's own doing."""
        self.settle("application", {**self.application, **changes})

    def settle_principal(self, **changes: object) -> None:
        """Let properties of the service principal be others by Microsoft's own doing."""
        self.settle("servicePrincipal", {**self.principal, **changes})

    def timestamp(self, later: timedelta = timedelta()) -> str:
        """Return the time of day, or a later one, as Graph writes it."""
        return second(self.world.now() + later)


def _there(document: Document | None, app_id: str, what: str, remedy: str) -> Document:
    if document is None:
        raise InputError(app_id, f"has no {what} here", remedy)
    return document


def _operation(method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
    wanted = path.strip("/").split("/")
    for operation in OPERATIONS:
        template = operation.path.strip("/").split("/")
        pairs = list(zip(template, wanted, strict=False))
        names = {part[1:-1]: value for part, value in pairs if part.startswith("{")}
        fits = all(part.startswith("{") or part == value for part, value in pairs)
        if operation.method == method and len(template) == len(wanted) and fits:
            return operation, names
    raise LookupError(f"{method} {path}")
