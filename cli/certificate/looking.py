"""Reading what Entra knows of one application's keys and their use."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.progress import shown
from clients.graph import Directories, Log, SignInLogs, Tenant
from helpers.errors import InputError
from helpers.model import stated
from helpers.nearest import did_you_mean
from helpers.observing import observe
from helpers.usage import KEPT, Sight, Usage, judge, keys_of, read_activities, read_sign_ins
from helpers.usage.judging import gone_keys, refused
from helpers.usage.keys import unseen_credentials
from helpers.usage.sight import unavailable_in

if TYPE_CHECKING:
    from cli.drift.sources import Source
    from cli.settings import Settings
    from helpers.declaration.declaration import Declaration
    from helpers.model import Integration

# The log's newest rows carry times of Microsoft's clocks, which may be ahead of ours.
_AHEAD = timedelta(minutes=5)
_ADVICE = (
    "A permission that lacks is granted to the identity that looks (application permission of Microsoft Graph, with"
    " admin consent); `ise-intune drift --permissions` tells the levels."
)


def looked(settings: Settings, source: Source, *, only: str, quiet: timedelta) -> Usage:
    """Return what was seen of an environment's keys. Raises `InputError` if `only` is none of them."""
    declaration = source.declaration
    now = datetime.now(UTC).replace(microsecond=0)
    observed, unread, logs = _read(settings, source, now)
    sight = Sight(
        now=now,
        quiet=quiet,
        since=now - KEPT,
        keys=keys_of(declaration.certificates, observed),
        sign_ins=read_sign_ins(logs.sign_ins.records, source.client_id, since=now - KEPT, until=now + _AHEAD),
        reported=read_activities(logs.activities.records, source.client_id),
        log_unread=logs.sign_ins.unread,
        report_unread=logs.activities.unread,
    )
    _require_known(only, sight, declaration)
    unseen = unread or (unseen_credentials(observed) if observed else "")
    return Usage(
        name=declaration.name,
        application=stated(declaration.integration.application.display_name),
        tenant_id=declaration.integration.tenant_id,
        client_id=source.client_id,
        sight=sight,
        keys=judge(sight, only=only),
        locations=declaration.locations,
        only=only,
        gone=() if unseen else gone_keys(sight),
        refused=refused(sight),
        unseen=unseen,
        notes=(_ADVICE,) if "(403)" in f"{unseen}{sight.log_unread}{sight.report_unread}" else (),
    )


def _read(settings: Settings, source: Source, now: datetime) -> tuple[Integration | None, str, SignInLogs]:
    """Return the application as it is, or why it was not read, and its logs."""
    if source.failure:
        return None, source.failure, _unread(source.failure)
    tenant = Tenant(source.declaration.integration.tenant_id, source.declaration.cloud)
    with shown(settings) as show, Directories(os.environ, progress=show) as directories:
        reading = directories.read({tenant: [source.client_id]})[tenant]
        if reading.failure:
            return None, reading.failure, _unread(reading.failure)
        observed = observe(reading.documents[source.client_id]).integration
        elsewhere = unavailable_in(tenant.cloud)
        if elsewhere:
            return observed, "", _unread(elsewhere)
        until = now + _AHEAD
        return observed, "", directories.read_sign_in_logs(tenant, source.client_id, since=now - KEPT, until=until)


def _unread(reason: str) -> SignInLogs:
    return SignInLogs(Log(unread=reason), Log(unread=reason))


def _require_known(only: str, sight: Sight, declaration: Declaration) -> None:
    if only and not any(key.is_called(only) for key in sight.keys):
        names = [name for key in sight.keys for name in (key.entry, key.key_id) if name]
        raise InputError("--entry", f"{only!r} is no entry of {declaration.name}", did_you_mean(only, names))
