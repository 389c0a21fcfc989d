"""Environments beside each other: two that would fight over one thing in Entra, or over one state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.declaration.mistakes import mistake_at

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from helpers.declaration.claims import Claims
    from helpers.declaration.locations import KeyPath
    from helpers.errors import Mistake


def clashes(claimed: Sequence[Claims], others: Sequence[Claims] = ()) -> Iterator[Mistake]:
    """Yield a mistake for each of `claimed` that shares what two cannot share with an earlier one, or one of `others`.

    What `others` share among themselves is not asked.
    """
    yield from _same(
        claimed,
        others,
        lambda each: each.name_in_tenant,
        path=("application", "display_name"),
        cause="is the display name of another environment in this tenant",
        remedy="choose another; Terraform refuses a second application of one name",
    )
    yield from _same(
        claimed,
        others,
        lambda each: each.client_id,
        path=("client_id",),
        cause="is the application of another environment",
        remedy="give each environment an application of its own",
    )
    yield from _same(
        claimed,
        others,
        lambda each: each.adopted,
        path=("adopted", "application"),
        cause="is the application of another environment, and each deploy would undo what the other made",
        remedy="give each environment an application of its own",
    )
    yield from _same(
        claimed,
        others,
        lambda each: each.state,
        path=("state",),
        cause="is the state of another environment too, and each would destroy what the other made",
        remedy="give each its own, or leave its name out: each then gets its own",
    )


def _same(
    claimed: Sequence[Claims],
    others: Sequence[Claims],
    what: Callable[[Claims], Hashable],
    *,
    path: KeyPath,
    cause: str,
    remedy: str,
) -> Iterator[Mistake]:
    first: dict[Hashable, Claims] = {}
    for each in others:
        first.setdefault(what(each), each)
    for each in claimed:
        value = what(each)
        if value is None:
            continue
        earlier = first.setdefault(value, each)
        if earlier is not each:
            yield mistake_at(each.locations, path, f"{cause} ({earlier.file})", remedy)
