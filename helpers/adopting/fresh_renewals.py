"""Certificates that end: renewed in two deploys, never the old one first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.adopting.fresh_order import Move
from helpers.expiry import expiries
from helpers.removal import removal_command, usage_command
from helpers.rules.declared_certificates import ENDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from helpers.declared import Declared
    from helpers.expiry import Expiry
    from helpers.findings import Finding

__all__ = ["ENDS", "renewals"]


def renewals(declared: Declared, standing: Sequence[Finding], now: datetime) -> Iterator[tuple[str, Move]]:
    """Yield what to do in which stage about declared certificates of which a finding says that they end."""
    ending = {each.subject: each for each in standing if each.rule in ENDS and each.exception is None}
    for expiry in expiries(declared, now):
        finding = ending.get(expiry.entry.name)
        if finding is not None:
            about = (expiry.entry.name,)
            yield from (
                (stage, replace(move, about=about, findings=(finding,))) for stage, move in _renewed(declared, expiry)
            )


def _renewed(declared: Declared, expiry: Expiry) -> Iterator[tuple[str, Move]]:
    if expiry.needs_successor:
        yield "export", Move(f"make a new certificate on {', '.join(expiry.uncovered)}, and export it; it will replace")
        options = " ".join(f"--node {node}" for node in expiry.uncovered)
        command = f"ise-intune certificate add {declared.name} NEW-ENTRY FILE {options}"
        yield "add", Move(f"add it to {declared.file}, and deploy; what stays for now is", label="Run", example=command)
    nodes = ", ".join(expiry.entry.nodes)
    yield "switch", Move(f"let {nodes} present the new one, and see it sign in; no longer needed is")
    yield "remove", Move("take out of the file, and deploy", label="Run", example=_removal(declared, expiry))


def _removal(declared: Declared, expiry: Expiry) -> str:
    """Return the commands that take an entry away for a reason: that nobody uses it, or that nobody can."""
    environment, entry = declared.name, expiry.entry.name
    if expiry.days_left < 0:
        return f'ise-intune certificate remove {environment} {entry} --without-evidence "it has expired"'
    return f"{usage_command(environment, entry)}\n{removal_command(environment, entry)}"
