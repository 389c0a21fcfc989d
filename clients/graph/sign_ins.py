"""What a tenant knows of one application's sign-ins: the sign-in log, and the report of each key's last use.

Only Graph's beta names keys: v1.0 shows sign-ins of persons alone (graph-audit.md §C). The log cannot be filtered by
key, so all rows of the application come.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from clients.graph import logs
from clients.graph.addresses import BETA, Get, filtered
from clients.graph.permissions import CREDENTIAL_ACTIVITIES, SIGN_INS
from clients.graph.readings import Log, SignInLogs
from helpers.guids import GUID
from helpers.moments import second

if TYPE_CHECKING:
    from datetime import datetime

    from clients.graph.asking import Graph
    from clients.graph.steps import Steps

_NO_CLIENT_ID = Log(unread="that is no client id: a GUID is")


async def read_sign_in_logs(
    graph: Graph, steps: Steps, client_id: str, *, since: datetime, until: datetime
) -> SignInLogs:
    """Return the application's sign-ins of a window, and what is known of its keys' last use."""
    if not GUID.fullmatch(client_id):
        return SignInLogs(_NO_CLIENT_ID, _NO_CLIENT_ID)
    condition = (
        f"signInEventTypes/any(t: t eq 'servicePrincipal') and appId eq '{client_id}'"
        f" and createdDateTime ge {second(since)} and createdDateTime lt {second(until)}"
    )
    sign_ins = Get(SIGN_INS, filtered("auditLogs/signIns", condition, f"&$top={logs.PAGE}"), BETA)
    report = filtered("reports/appCredentialSignInActivities", f"appId eq '{client_id}'")
    activities = Get(CREDENTIAL_ACTIVITIES, report, BETA)
    return SignInLogs(
        *await asyncio.gather(logs.read_records(graph, steps, sign_ins), logs.read_records(graph, steps, activities))
    )
