"""The sign-in log, read: applications sign in in beta's alone, and only where they are asked for by their event type.

Source: microsoft-graph-docs-contrib, api/signin-list.md and resources/signin.md of beta; graph-audit.md §C.1. v1.0 has
the interactive sign-ins of people, of whom none ever signs in here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.graph.calls import Operation
from sandbox.graph.licences import require_global_beta
from sandbox.graph.log_filters import OF_MOMENTS
from sandbox.graph.logs import ORDER, Log
from sandbox.sign_ins import KIND

if TYPE_CHECKING:
    from sandbox.graph.calls import Call, Reply

_EVENT_TYPES = "signInEventTypes"
_V1 = Log(
    path="auditLogs/signIns",
    kind=KIND,
    moment="createdDateTime",
    ordered_by=("createdDateTime",),
    supported={
        "createdDateTime": OF_MOMENTS,
        "appId": ("eq",),
        "conditionalAccessStatus": ("eq",),
        "correlationId": ("eq",),
        "id": ("eq",),
        "ipAddress": ("eq", "startswith"),
        "resourceId": ("eq",),
        "status/errorCode": ("eq",),
    },
    numbers=("status/errorCode",),
)
_BETA = replace(
    _V1,
    supported={
        **_V1.supported,
        "servicePrincipalId": ("eq", "startswith"),
        "servicePrincipalName": ("eq", "startswith"),
        _EVENT_TYPES: ("eq",),
    },
)


def _list(call: Call) -> Reply:
    log = _BETA if call.version == "beta" else _V1
    if call.directory.cloud != "global":
        require_global_beta(call, "signIns")
    found = log.found(call)
    asked = any(clause.path == _EVENT_TYPES for clause in log.clauses(call))
    # Unless an event type is named, only people who signed in interactively are meant.
    return log.page(call, found if asked else [])


def _get(call: Call) -> Reply:
    require_global_beta(call, call.path["sign_in"])
    return _BETA.one(call, call.path["sign_in"])


OPERATIONS = (
    Operation("GET", f"/{_V1.path}", _list, options=(ORDER,)),
    Operation("GET", f"/{_V1.path}/{{sign_in}}", _get),
)
