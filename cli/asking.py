"""Asking the person at the terminal, if there is one."""

from __future__ import annotations

import sys

import click


def somebody_is_there() -> bool:
    """Say whether a person can answer."""
    return sys.stdin is not None and sys.stdin.isatty()


def asked_for(what: str, *, hidden: bool) -> str:
    """Ask the person at the terminal; return nothing where there is none."""
    if not somebody_is_there():
        return ""
    answer: str = click.prompt(what, hide_input=hidden, err=True)
    return answer
