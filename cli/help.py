"""`python -m cli.help > cli/help.txt`: what `ise-intune --help` prints, written down so that it needs no import."""

from __future__ import annotations

import sys

import click

from cli.running import ise_intune

# A terminal of 80 columns, of which click leaves two free.
_WIDTH = 78


def help_text() -> str:
    """Return what click prints for `ise-intune --help` on a terminal of 80 columns."""
    settings = {**ise_intune.context_settings, "terminal_width": _WIDTH}
    context = click.Context(ise_intune, info_name="ise-intune", **settings)
    return ise_intune.get_help(context) + "\n"


if __name__ == "__main__":
    sys.stdout.write(help_text())
