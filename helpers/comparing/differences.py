"""What a comparison yields: one frozen value for each thing that differs, and one for each surface not compared.

`before` is what was expected or declared before, `after` what is there or declared now: a permission *added* is one
that `after` has and `before` has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.declaration.declaration import CertificateEntry
    from helpers.model import Credential, Permission
    from helpers.surfaces import Surface


@dataclass(frozen=True)
class Difference:
    """One thing that differs on one surface."""

    surface: Surface


@dataclass(frozen=True)
class NotCompared(Difference):
    """Nobody can say whether this surface differs, and why. Never the same as clean."""

    reason: str


@dataclass(frozen=True)
class PermissionAdded(Difference):
    """A permission is asked for (REQUESTED) or consented to (GRANTED) that was not."""

    permission: Permission


@dataclass(frozen=True)
class PermissionRemoved(Difference):
    """A permission is no longer asked for, or no longer consented to."""

    permission: Permission


@dataclass(frozen=True)
class CredentialAdded(Difference):
    """One more way to sign in."""

    credential: Credential


@dataclass(frozen=True)
class CredentialRemoved(Difference):
    """One way less to sign in."""

    credential: Credential


@dataclass(frozen=True)
class CredentialChanged(Difference):
    """The same key id, and something else behind it: other bytes, other dates, another kind."""

    before: Credential
    after: Credential


@dataclass(frozen=True)
class ValueAdded(Difference):
    """One more member of a set of texts: an owner's object id, a redirect URI."""

    value: str


@dataclass(frozen=True)
class ValueRemoved(Difference):
    """One member less."""

    value: str


@dataclass(frozen=True)
class ValueChanged(Difference):
    """A single value is another. Both are texts, `true` and `false` included."""

    before: str
    after: str


@dataclass(frozen=True)
class CertificateEntryAdded:
    """An environment file names one more certificate."""

    entry: CertificateEntry


@dataclass(frozen=True)
class CertificateEntryRemoved:
    """An environment file names a certificate no longer, under any name."""

    entry: CertificateEntry


@dataclass(frozen=True)
class CertificateEntryRenamed:
    """The same certificate stands under another name, which is its address in the state."""

    before: CertificateEntry
    after: CertificateEntry


@dataclass(frozen=True)
class CertificateEntrySwapped:
    """Another certificate stands under the same name."""

    before: CertificateEntry
    after: CertificateEntry


@dataclass(frozen=True)
class CertificateNodesChanged:
    """The same certificate under the same name is presented by other nodes."""

    before: CertificateEntry
    after: CertificateEntry


@dataclass(frozen=True)
class TermChanged:
    """A decision is another: `term` is its key in the environment file, both sides as text, empty for none."""

    term: str
    before: str
    after: str
