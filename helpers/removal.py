"""The commands by which a certificate's entry goes: what says that nobody uses it, and what takes it out for that."""

from __future__ import annotations

_FILE = "usage.json"


def usage_command(environment: str, entry: str) -> str:
    """Return the command that looks whether an entry's certificate still signs in, and writes down what it saw."""
    return f"ise-intune certificate usage {environment} --entry {entry} --format json --output {_FILE}"


def removal_command(environment: str, entry: str) -> str:
    """Return the command that takes an entry out for what `usage_command` wrote."""
    return f"ise-intune certificate remove {environment} {entry} --evidence {_FILE}"


def removal(environment: str, entry: str) -> str:
    """Return, as the end of a sentence, how an entry goes once its successor serves."""
    return (
        f"once `{usage_command(environment, entry)}` says that {entry} is unused,"
        f" `{removal_command(environment, entry)}`, and deploy again"
    )
