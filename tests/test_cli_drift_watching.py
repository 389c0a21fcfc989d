"""Looking twice: what becomes of the first look when the second one fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from cli.drift import watching
from cli.drift.sources import OutputFiles, Source
from cli.drift.watching import Looking, watch
from cli.settings import Settings
from clients.graph import AuditLog, Reading, Statistics
from helpers.observing import Documents
from tests.declaring import TENANT, declare

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from clients.graph import Tenant

CLIENT = "22222222-2222-3333-4444-000000000001"


class TokenRunsOut:
    """A tenant that is read once, and then lets nobody in any more."""

    statistics = Statistics()

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, wanted: dict[Tenant, list[str]], **_: object) -> dict[Tenant, Reading]:
        """Find nothing of any application."""
        documents = Documents(CLIENT, TENANT, None, None)
        return {tenant: Reading({CLIENT: documents}) for tenant in wanted}

    def read_again(self, wanted: dict[Tenant, list[str]], **_: object) -> dict[Tenant, Reading]:
        """Be refused."""
        return {tenant: Reading(failure="the sign-in is refused") for tenant in wanted}

    def read_audit_log(self, *_: object, **__: object) -> AuditLog:
        """Be refused here too."""
        return AuditLog(unread="the sign-in is refused")


def test_a_tenant_that_cannot_be_read_again_is_not_checked_and_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "Directories", TokenRunsOut)
    declaration = declare(tmp_path / "environments")
    looking = Looking(OutputFiles(tmp_path), deep=False, settle=0, cache=tmp_path)
    sources = [Source(declaration, CLIENT), Source(replace(declaration, name="other"), failure="no outputs")]
    first, other = watch(sources, [], looking, settings=Settings(tmp_path, -1))
    assert (first.failure, other.failure) == ("the sign-in is refused", "no outputs")
