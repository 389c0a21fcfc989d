"""The state's backend, always explicit: left out, CDKTF writes a path of this machine into the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.state_settings import AzurermState, HttpState, LocalState, PgState, whereabouts
from stacks.framework import AzurermBackend, HttpBackend, LocalBackend, NamedRemoteWorkspace, PgBackend, RemoteBackend

if TYPE_CHECKING:
    from helpers.declaration.state_settings import StateSettings
    from stacks.framework import TerraformBackend, TerraformStack


def add_backend(stack: TerraformStack, name: str, state: StateSettings, *, project_root: str) -> TerraformBackend:
    """Keep the state of environment `name` where its file says; what it leaves out follows from its name.

    `project_root` leads there from the stack's own folder, where Terraform runs.
    """
    # What the file states, and where the state is: the one place that knows the defaults also tells clashes.
    settings = state.model_dump(exclude={"backend"}, exclude_none=True) | whereabouts(state, name)
    if isinstance(state, LocalState):
        return LocalBackend(stack, path=f"{project_root}/{settings['path']}")
    if isinstance(state, AzurermState):
        return AzurermBackend(stack, **settings)
    if isinstance(state, PgState):
        backend = PgBackend(stack, conn_str="", **settings)
        # CDKTF's class asks for a connection string, which holds a password: PG_CONN_STR carries it instead.
        backend.add_override("conn_str", None)
        return backend
    if isinstance(state, HttpState):
        return HttpBackend(stack, **settings)
    workspace = NamedRemoteWorkspace(settings.pop("workspace"))
    return RemoteBackend(stack, **settings, workspaces=workspace)
