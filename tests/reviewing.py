"""A change to review, for tests: one pair of environment files, and what a source must say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from helpers.comparing import NotCompared, Surface, compare, compare_declarations
from helpers.declaration.declaration import CertificateEntry
from helpers.reviewing.assembling import review_sources
from sandbox.identities import DEPLOYER

if TYPE_CHECKING:
    from helpers.declared import Declared
    from helpers.reviewing.review import Reviewed

DIRECTORY_READ_ALL = {
    "api": "Microsoft Graph",
    "permission": "Directory.Read.All",
    "type": "application",
    "reason": "groups by name",
}
# Adds a permission, removes one certificate and adds another, changes an owner, renames an entry, accepts a finding,
# and hands consent to Terraform. Texts that Terraform would evaluate are texts.
BEFORE: dict[str, Any] = {
    "application": {"display_name": "Cisco ISE ${x}", "owners": [DEPLOYER.object_id]},
    "certificates": {name: f"certificates/{name}.pem" for name in ("psn-01", "psn-02", "psn-03")},
}
AFTER: dict[str, Any] = {
    "application": {"display_name": "Cisco ISE %{x}", "notes": "$${y}"},
    "permissions": {"admin_consent": "terraform", "extra": [DIRECTORY_READ_ALL]},
    "certificates": {
        "psn-01": "certificates/psn-01.pem",
        "psn-02-2027": {"file": "certificates/psn-02-2027.pem", "nodes": ["psn-02"]},
        "psn-three": {"file": "certificates/psn-03.pem", "nodes": ["psn-03"], "formerly": "psn-03"},
    },
    "exceptions": [{"rule": "r", "subject": "s", "reason": "${z}", "until": "2027-01-01"}],
}

_IDS = {Surface.CLIENT_ID, Surface.APPLICATION_OBJECT, Surface.SERVICE_PRINCIPAL_OBJECT}


def told(before: Declared, after: Declared) -> list[object]:
    """Return every difference that a review tells, and where certificate files lie left out: only a folder knows.

    Ids that only one kind of source can know are left out as a review leaves them out.
    """
    in_entra = [
        each
        for each in compare(before.integration, after.integration)
        if not (isinstance(each, NotCompared) and each.surface in _IDS)
    ]
    return [*in_entra, *(_without_file(each) for each in compare_declarations(before, after))]


def exceptions(before: Declared, after: Declared) -> object:
    """Return the exceptions of both sides."""
    return before.exceptions, after.exceptions


def digest(found: Reviewed) -> str:
    """Return the digest of a review's findings, at a fixed time."""
    return review_sources([found], now=datetime(2026, 12, 1, tzinfo=UTC)).digest


def _without_file(difference: Any) -> object:  # noqa: ANN401 — any frozen difference
    entries = {
        field: replace(value, file="")
        for field, value in vars(difference).items()
        if isinstance(value, CertificateEntry)
    }
    return replace(difference, **entries) if entries else difference
