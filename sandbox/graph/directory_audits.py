"""The directory's audit log, read.

Source: microsoft-graph-docs-contrib, api/directoryaudit-list.md and resources/directoryaudit.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.audit import KIND
from sandbox.graph.calls import Operation
from sandbox.graph.log_filters import OF_MOMENTS
from sandbox.graph.logs import ORDER, Log

if TYPE_CHECKING:
    from sandbox.graph.calls import Call, Reply

_LOG = Log(
    path="auditLogs/directoryAudits",
    kind=KIND,
    moment="activityDateTime",
    ordered_by=("activityDateTime", "activityDisplayName"),
    supported={
        "activityDateTime": OF_MOMENTS,
        "activityDisplayName": ("eq", "startswith"),
        "correlationId": ("eq",),
        "loggedByService": ("eq",),
        "initiatedBy/user/id": ("eq",),
        "initiatedBy/user/userPrincipalName": ("eq", "startswith"),
        "initiatedBy/app/appId": ("eq",),
        "targetResources/id": ("eq",),
        "targetResources/displayName": ("eq", "startswith"),
    },
)


def _list(call: Call) -> Reply:
    return _LOG.page(call, _LOG.found(call))


def _get(call: Call) -> Reply:
    return _LOG.one(call, call.path["audit"])


OPERATIONS = (
    Operation("GET", f"/{_LOG.path}", _list, options=(ORDER,)),
    Operation("GET", f"/{_LOG.path}/{{audit}}", _get),
)
