"""Environments beside each other: two that would fight over one thing in Entra, or over one state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.mistakes import mistake_at
from helpers.declaration.state_settings import whereabouts
from helpers.model import Seen, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from helpers.declaration.declaration import Declaration
    from helpers.declaration.locations import KeyPath
    from helpers.errors import Mistake


def clashes(declarations: Sequence[Declaration]) -> Iterator[Mistake]:
    """Yield a mistake for each environment that shares with an earlier one what two cannot share."""
    yield from _same(
        declarations,
        _name_in_tenant,
        path=("application", "display_name"),
        cause="is the display name of another environment in this tenant",
        remedy="choose another; Terraform refuses a second application of one name",
    )
    yield from _same(
        declarations,
        _application,
        path=("client_id",),
        cause="is the application of another environment",
        remedy="give each environment an application of its own",
    )
    yield from _same(
        declarations,
        _state,
        path=("state",),
        cause="is the state of another environment too, and each would destroy what the other made",
        remedy="give each its own, or leave its name out: each then gets its own",
    )


def _name_in_tenant(declaration: Declaration) -> Hashable:
    # Entra compares names without regard to case.
    application = declaration.integration.application
    return declaration.integration.tenant_id, stated(application.display_name).casefold()


def _application(declaration: Declaration) -> Hashable:
    client_id = declaration.integration.client_id
    return client_id.items if isinstance(client_id, Seen) else None


def _state(declaration: Declaration) -> Hashable:
    # Some file systems and all host names do not tell capitals apart; where they are told apart this asks too much.
    settings = whereabouts(declaration.state, declaration.name)
    return declaration.state.backend, *(value.casefold().rstrip("/") for value in settings.values())


def _same(
    declarations: Sequence[Declaration],
    what: Callable[[Declaration], Hashable],
    *,
    path: KeyPath,
    cause: str,
    remedy: str,
) -> Iterator[Mistake]:
    first: dict[Hashable, Declaration] = {}
    for declaration in declarations:
        value = what(declaration)
        if value is None:
            continue
        earlier = first.setdefault(value, declaration)
        if earlier is not declaration:
            yield mistake_at(declaration.locations, path, f"{cause} ({earlier.file})", remedy)
