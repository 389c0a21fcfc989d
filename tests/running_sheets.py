"""Run sheets for tests: of one certificate, of all that a sheet can say, or with a hostile text wherever one can be."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from helpers.outputs import read_outputs
from helpers.runsheet.making import run_sheet
from tests.deployed import CERTIFICATE, deployed_values

if TYPE_CHECKING:
    from helpers.declaration.declaration import Declaration
    from helpers.outputs import StackOutputs
    from helpers.runsheet.sheet import RunSheet

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
APPLIED: dict[str, Any] = {
    "name": "production",
    "decisions": {"ise": "ISE 3.3 patch 4", "permissions.admin_consent": "manual"},
    "integration": {"application": {"display_name": {"items": "Cisco ISE – Intune (production)"}}},
}


def certificate(number: int, *nodes: str, **changes: str) -> dict[str, Any]:
    """Return a certificate as outputs have it, its fingerprints made of its number."""
    fingerprints = {"thumbprint_sha1": f"{number:02d}" * 20, "sha256": f"{number:02d}" * 32}
    return {**CERTIFICATE, **fingerprints, "nodes": list(nodes), **changes}


def outputs(**changes: Any) -> StackOutputs:  # noqa: ANN401 — any JSON value
    """Return a stack's outputs, those of `deployed_values` with some changed."""
    values = {**deployed_values(), "applied": deepcopy(APPLIED), **changes}
    return read_outputs(json.dumps({"production": values}), stack="production", name="outputs.json")


def sheet(*, now: datetime = NOW, declaration: Declaration | None = None, **changes: Any) -> RunSheet:  # noqa: ANN401
    """Return the run sheet of such outputs."""
    return run_sheet("production", outputs(**changes), source="outputs.json", now=now, declaration=declaration)


def rich() -> RunSheet:
    """Return a sheet with a renewal, a shared certificate that has expired, and one that nobody presents."""
    certificates = {
        "psn-01": certificate(1, "psn-01"),
        "psn-01-2027": certificate(2, "psn-01", not_before="2027-01-01T00:00:00Z", not_after="2028-01-01T00:00:00Z"),
        "shared": certificate(3, "psn-02", "psn-03", common_name="*.example.net", not_after="2026-11-20T00:00:00Z"),
        "spare": certificate(4),
    }
    return sheet(certificates=certificates)


def hostile(text: str) -> RunSheet:
    """Return a sheet in which `text` stands wherever a text from elsewhere can be."""
    applied = deepcopy(APPLIED)
    applied["integration"]["application"]["display_name"]["items"] = text
    first = certificate(1, text, "psn-02", common_name=text)
    # The second name differs from the first whatever the text is, and still carries all of it.
    return sheet(applied=applied, certificates={text: first, f"{text}+": certificate(2, text, common_name=text)})
