"""Microsoft Graph, only read: everything there is of many applications in many tenants, as `Documents`.

    with Directories(os.environ, progress=show) as directories:
        readings = directories.read({Tenant(id, cloud): client_ids}, kept=None)   # all tenants at once
        again = directories.read_again({tenant: client_ids})                      # singly, no lists: for candidates
        log = directories.read_audit_log(tenant, since=…, until=…, about=object_ids)
        logs = directories.read_sign_in_logs(tenant, client_id, since=…, until=…)
        made = directories.read_made_by(tenant, identity, name=…, prefix=…)               # what a deploy may have left
        documents = directories.with_owner_accounts(tenant, documents)                # which owners have left
    directories.statistics                                                    # for -v

- `Tenant(id, cloud)`: whose directory; the cloud says where one signs in and the only host the token goes to.
- `read(wanted, kept=FOLDER)`: with a folder, the bytes of the certificates too (150 requests a minute); what was read
  before Ctrl-C is in the folder, and a second run goes on from there.
- `Reading.documents` by client id. `Reading.failure` says why nothing of the tenant could be read (the sign-in, say),
  else it is empty; one tenant's failure is only its own. What alone could not be read is `Unread` in the documents.
- `AuditLog.records` are raw `directoryAudits`, newest first; `AuditLog.unread` says why some or all are missing.
- `SignInLogs.sign_ins` and `.activities` are such `Log`s too: which key signed in, and the last use of each.
- `progress(Step(what, done, total, seconds_left))` is called often; `seconds_left` is None where nobody can know.
- `clients.graph.permissions`: `NEEDS` and `LEVELS`, what `drift --permissions` prints.

Raises nothing for what Graph or Entra answers, but in `read_made_by`, which has no part to leave out; `InputError` for
a folder that cannot be. KeyboardInterrupt passes through, with everything closed.
"""

from __future__ import annotations

from clients.graph.directories import Directories
from clients.graph.made_by import MadeBy
from clients.graph.readings import AuditLog, Log, Reading, SignInLogs, Step, Tenant
from clients.graph.statistics import Statistics

__all__ = ["AuditLog", "Directories", "Log", "MadeBy", "Reading", "SignInLogs", "Statistics", "Step", "Tenant"]
