"""Access tokens of the sandbox's Entra: whoever reads one learns who asked for what, or why it proves nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt
import pytest

from sandbox.entra.tokens import LIFETIME, AccessToken, InvalidToken, issue_access_token, read_access_token
from sandbox.store import Store
from sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, Store(tmp_path / "store.sqlite"), now=lambda: NOW)


def a_token(world: World, roles: Iterable[str] = ("Application.Read.All",)) -> str:
    return issue_access_token(
        world, tenant_id="t", audience="https://graph.microsoft.com", app_id="c", object_id="o", roles=roles
    )


def test_a_token_says_who_asked_for_what(world: World) -> None:
    assert read_access_token(world, a_token(world)) == AccessToken(
        tenant_id="t",
        audience="https://graph.microsoft.com",
        app_id="c",
        object_id="o",
        roles=frozenset({"Application.Read.All"}),
    )


def test_a_token_without_roles_has_no_roles_claim(world: World) -> None:
    claims = jwt.decode(a_token(world, roles=()), options={"verify_signature": False})
    assert "roles" not in claims
    assert read_access_token(world, a_token(world, roles=())).roles == frozenset()


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        pytest.param(NOW + LIFETIME, "expired", id="when its hour is over"),
        pytest.param(NOW - timedelta(minutes=6), "not yet valid", id="before it was made"),
    ],
)
def test_a_token_proves_nothing_outside_its_time(world: World, moment: datetime, reason: str) -> None:
    later = World(world.folder, world.store, now=lambda: moment)
    with pytest.raises(InvalidToken, match=reason):
        read_access_token(later, a_token(world))


def test_a_token_of_another_sandbox_proves_nothing(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other", world.store, now=world.now)
    with pytest.raises(InvalidToken, match="Signature"):
        read_access_token(world, a_token(other))


@pytest.mark.parametrize("text", ["", "nonsense", "a.b.c"])
def test_nonsense_proves_nothing(world: World, text: str) -> None:
    with pytest.raises(InvalidToken, match="Signature"):
        read_access_token(world, text)


def test_the_key_is_readable_by_its_owner_alone(world: World) -> None:
    a_token(world)
    assert (world.folder / "entra.key").stat().st_mode & 0o777 == 0o600
