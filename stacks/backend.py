"""The state's backend, always explicit: left out, CDKTF writes a path of this machine into the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.state_settings import AzurermState, HttpState, LocalState, PgState
from stacks.framework import AzurermBackend, HttpBackend, LocalBackend, NamedRemoteWorkspace, PgBackend, RemoteBackend

if TYPE_CHECKING:
    from helpers.declaration.state_settings import StateSettings
    from stacks.framework import TerraformBackend, TerraformStack


def add_backend(stack: TerraformStack, name: str, state: StateSettings, *, project_root: str) -> TerraformBackend:
    """Keep the state of environment `name` where its file says; what it leaves out follows from its name.

    `project_root` leads there from the stack's own folder, where Terraform runs.
    """
    if isinstance(state, LocalState):
        return LocalBackend(stack, path=f"{project_root}/{state.path or f'state/{name}.tfstate'}")
    stated = state.model_dump(exclude={"backend"}, exclude_none=True)
    if isinstance(state, AzurermState):
        return AzurermBackend(stack, **{"key": f"ise-intune/{name}.tfstate", **stated})
    if isinstance(state, PgState):
        schema = stated.get("schema_name", f"ise_intune_{name.replace('-', '_')}")
        backend = PgBackend(stack, conn_str="", schema_name=schema)
        # CDKTF's class asks for a connection string, which holds a password: PG_CONN_STR carries it instead.
        backend.add_override("conn_str", None)
        return backend
    if isinstance(state, HttpState):
        return HttpBackend(stack, **stated)
    return RemoteBackend(
        stack,
        hostname=state.hostname,
        organization=state.organization,
        workspaces=NamedRemoteWorkspace(state.workspace or f"ise-intune-{name}"),
    )
