"""The environment behind whose back changes are made, and what `terraform plan` was seen to say of each of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.identities import AUDITOR
from tests import at_the_portal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.portal import Change

GOLDEN = Path(__file__).parent / "golden" / "terraform_sees.json"
# With consent as code, so that Terraform keeps as much as it can; and no person among the owners, whom a pipeline that
# may consent need not be allowed to see.
DECLARED: Mapping[str, Any] = {
    **at_the_portal.DECLARED,
    "application": {"display_name": "Cisco ISE", "owners": [AUDITOR.object_id]},
    "permissions": {"profile": "support-tip-2020", "admin_consent": "terraform"},
}
_NOTHING, _SOMETHING = 0, 2


def recorded() -> dict[str, Any]:
    """Return what was measured: versions, and the verdict on each change by its name."""
    measured: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {"verdicts": {}}
    return measured


def verdict(change: Change, exit_code: int) -> str:
    """Return what a plan's detailed exit code says of a change."""
    if exit_code == _SOMETHING:
        return "seen" if change.harmful else "false drift"
    if exit_code == _NOTHING:
        return "missed" if change.harmful else "quiet"
    return "error"
