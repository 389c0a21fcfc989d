"""The report of when each credential of an application was last used: no row for one that never was.

Source: microsoft-graph-docs-contrib, api/reportroot-list-appcredentialsigninactivities.md of beta; graph-audit.md §C.2.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from sandbox.graph.calls import Operation
from sandbox.graph.licences import require_global_beta, require_premium
from sandbox.graph.odata import found, listing
from sandbox.sign_ins import ACTIVITY_KIND

if TYPE_CHECKING:
    from sandbox.graph.calls import Call, Reply
    from sandbox.store import Document

_PATH = "reports/appCredentialSignInActivities"
_FILTERABLE = {"appId": ("eq",), "keyId": ("eq",)}
_OF_EXAMPLES = timezone(timedelta(hours=-8))


def _list(call: Call) -> Reply:
    require_global_beta(call, "appCredentialSignInActivities")
    require_premium(call)
    as_in_examples = call.world.conditions.limits.report_as_in_examples
    return listing(call, found(call, ACTIVITY_KIND, _FILTERABLE), _PATH, _as_in_examples if as_in_examples else dict)


def _as_in_examples(row: Document) -> Document:
    activity = row["signInActivity"]
    shown = {
        **row,
        "createdDateTime": _local(row["createdDateTime"]),
        "expirationDate": _local(row["expirationDateTime"]),
        "signInActivity": {**activity, "lastSignInDateTime": _local(activity["lastSignInDateTime"])},
    }
    del shown["expirationDateTime"]
    return shown


def _local(text: str | None) -> str | None:
    """Return a time as the examples write theirs, with an offset that ISO 8601 does not know: `-8:00`."""
    return text and datetime.fromisoformat(text).astimezone(_OF_EXAMPLES).strftime("%Y-%m-%dT%H:%M:%S-8:00")


OPERATIONS = (Operation("GET", f"/{_PATH}", _list),)
