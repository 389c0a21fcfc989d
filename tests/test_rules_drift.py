"""Rules over what is not as the last deploy left it: they speak of `Case.drift` and `Case.pending`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from helpers.comparing import Difference, NotCompared, Surface, ValueAdded, ValueChanged
from helpers.rules.drift_rules import RULES
from helpers.rules.policy import Policy
from helpers.rules.registry import findings_of
from helpers.rules.rule import Case
from tests.declaring import declare

if TYPE_CHECKING:
    from pathlib import Path

RENAMED = ValueChanged(Surface.DISPLAY_NAME, "Cisco ISE", "Free printers")
OWNED = ValueAdded(Surface.APPLICATION_OWNERS, "00000000-aaaa-bbbb-cccc-dddddddddddd")


@pytest.mark.parametrize(
    ("drift", "pending", "found"),
    [
        pytest.param((RENAMED,), (), [("changed-outside", "application.display_name")], id="changed-outside"),
        pytest.param((OWNED,), (), [("changed-outside", OWNED.value)], id="changed-outside, a member of a set"),
        pytest.param((), (RENAMED, OWNED), [("not-deployed", "production")], id="not-deployed"),
        pytest.param((NotCompared(Surface.NOTES, "403"),), (), [], id="what nobody could see is no drift"),
        pytest.param((), (), [], id="nothing"),
    ],
)
def test_what_differs_is_found_once(
    tmp_path: Path, drift: tuple[Difference, ...], pending: tuple[Difference, ...], found: list[tuple[str, str]]
) -> None:
    side = declare(tmp_path)
    case = Case("production", side, side, (), (), datetime.now(UTC), drift=drift, pending=pending)
    assert [(each.rule, each.subject) for each in findings_of(case, Policy(), rules=RULES)] == found
