"""Moments as texts, in UTC. Every one is aware."""

from __future__ import annotations

from datetime import UTC, datetime


def minute(moment: datetime) -> str:
    """Return a moment as a sentence has it: `2027-03-31 09:05 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def second(moment: datetime) -> str:
    """Return a moment as files and Graph have it: `2027-03-31T09:05:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
