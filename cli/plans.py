"""Terraform's plans, as the command line names them: files, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helpers.reviewing.review import Reviewed

_STANDARD_INPUT = "-"


def read_plans(plans: Iterable[str]) -> tuple[list[Reviewed], list[str]]:
    """Read every plan that can be read, and say which cannot: one of them must not hide what another one does."""
    from helpers.reviewing.plan_reading import read_plan

    sources: list[Reviewed] = []
    errors: list[str] = []
    for plan in dict.fromkeys(plans):
        name = "standard input" if plan == _STANDARD_INPUT else plan
        try:
            sources += read_plan(_content(plan), name=name)
        except InputError as error:
            errors.append(str(error))
    return sources, errors


def _content(plan: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if plan == _STANDARD_INPUT else Path(plan).read_bytes()
    except OSError as error:
        raise InputError(plan, f"cannot be read ({error.strerror})", "check its path") from None
