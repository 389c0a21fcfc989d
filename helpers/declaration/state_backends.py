"""What each backend is like to live with: how it locks, who tells of the holder, what a killed deploy leaves behind.

Facts of Terraform's own backends, from its documentation; those of `azurerm`, `http` and `pg` were tried as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Backend:
    """One backend, in the words of a table's cells. `variables` carry what no file may hold."""

    name: str
    kept: str
    lock: str
    holder: str
    after_kill: str
    variables: tuple[str, ...]


BACKENDS = (
    Backend(
        name="local",
        kept="a file of this machine",
        lock="the file, for this machine alone",
        holder="Terraform's message",
        after_kill="the system frees it at once",
        variables=(),
    ),
    Backend(
        name="azurerm",
        kept="a blob in Azure Storage",
        lock="a lease on the blob",
        holder="Terraform's message",
        after_kill="it stays: `terraform force-unlock ID`, or break the lease where the message has no ID",
        variables=("ARM_USE_OIDC", "ARM_CLIENT_ID", "ARM_TENANT_ID", "ARM_ACCESS_KEY"),
    ),
    Backend(
        name="pg",
        kept="a table in PostgreSQL",
        lock="a session of PostgreSQL",
        holder="PostgreSQL alone: the message shows who asked",
        after_kill="PostgreSQL frees it at once; `force-unlock` does nothing",
        variables=("PG_CONN_STR",),
    ),
    Backend(
        name="http",
        kept="a server such as GitLab",
        lock="a request to `lock_address`",
        holder="the server alone: the message shows the lock's ID, and who asked",
        after_kill="it stays: `terraform force-unlock ID`",
        variables=("TF_HTTP_USERNAME", "TF_HTTP_PASSWORD"),
    ),
    Backend(
        name="remote",
        kept="a workspace of HCP Terraform",
        lock="the workspace",
        holder="HCP Terraform's page of the workspace",
        after_kill="it stays: unlock it on that page",
        variables=("TF_TOKEN_app_terraform_io",),
    ),
)


def table() -> Iterator[str]:
    """Yield the lines of the table in `docs/state.md`."""
    yield "| `backend` | Kept in | Locked by | Who holds it, says | After a deploy was killed, the lock | Given by |"
    yield "|---|---|---|---|---|---|"
    for each in BACKENDS:
        given = " ".join(f"`{name}`" for name in each.variables) or "–"
        yield f"| `{each.name}` | {each.kept} | {each.lock} | {each.holder} | {each.after_kill} | {given} |"


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201 — printing is all it does
