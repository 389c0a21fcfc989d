"""What is asked of this room and what it brings back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.clouds import Cloud
    from helpers.observing.documents import Document, Documents


@dataclass(frozen=True)
class Tenant:
    """Whose directory is read, and in which cloud it is."""

    id: str
    cloud: Cloud


@dataclass(frozen=True)
class Reading:
    """What was read of one tenant: documents by client id, or why nothing could be read at all."""

    documents: Mapping[str, Documents] = field(default_factory=dict)
    failure: str = ""


@dataclass(frozen=True)
class Log:
    """What one of a tenant's logs has of what was asked for: raw records, newest first.

    `unread` says why records are missing; it is empty where the log was read to its end, or the window's beginning.
    """

    records: tuple[Document, ...] = ()
    unread: str = ""


@dataclass(frozen=True)
class AuditLog(Log):
    """What a tenant's audit log has of a window: raw `directoryAudits`."""


@dataclass(frozen=True)
class SignInLogs:
    """What a tenant knows of one application's sign-ins: raw `signIn`s, and raw `appCredentialSignInActivity`s."""

    sign_ins: Log = field(default_factory=Log)
    activities: Log = field(default_factory=Log)


@dataclass(frozen=True)
class Step:
    """How far a piece of work has come. `seconds_left` is None where nobody can know."""

    what: str
    done: int
    total: int
    seconds_left: float | None = None


Progress = Callable[[Step], None]
