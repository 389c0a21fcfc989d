"""Results go to stdout or a file, talk goes to stderr."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helpers.errors import InputError
from helpers.plain_text import without_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.settings import Settings

SCHEMA_VERSION = 1


def write_result(text: str, output: Path | None = None) -> None:
    """Print `text`, or put it whole into the file `output`: written beside it, then renamed."""
    if output is None:
        click.echo(encodable(text, getattr(sys.stdout, "encoding", None)), nl=False)
        return
    try:
        _put(text, output)
    except OSError as error:
        raise InputError(str(output), f"cannot be written ({error.strerror})", "choose another file") from None


def json_result(
    content: dict[str, Any],
    *,
    found: Sequence[Any] = (),
    unchecked: Sequence[Any] = (),
    errors: Sequence[Any] = (),
) -> str:
    """Return a result as every verb's JSON has it: what is asked for, what was found, unchecked, wrong."""
    document = {
        "schema_version": SCHEMA_VERSION,
        **content,
        "found": list(found),
        "unchecked": list(unchecked),
        "errors": list(errors),
    }
    return json_text(document)


def json_text(document: Any, *, indent: int | None = 2) -> str:  # noqa: ANN401 — any JSON value
    """Return `document` as JSON in which no control character stands raw, nor a command for an agent.

    Without `indent` it is one line, as a pipeline's variable is.
    """
    import json

    # The one control character that json leaves as it is.
    text = json.dumps(document, indent=indent).replace("\x7f", "\\u007f")
    return without_commands(text, escape="\\u00") + "\n"


def say(settings: Settings, text: str) -> None:
    """Talk to the person at the terminal, unless they asked for quiet."""
    if settings.verbosity >= 0:
        complain(text)


def called() -> str:
    """Return how to call this program again: by the path it was called by, or by the name that finds it."""
    import shlex
    import shutil

    path = Path(sys.argv[0])
    if (path.parent.name, path.name) == ("cli", "__main__.py"):
        return "python -m cli"
    if path.stem != "ise-intune" or path.parent == Path() or shutil.which("ise-intune") == str(path):
        return "ise-intune"
    return shlex.quote(str(path))


def complain(text: str) -> None:
    """Say what must be heard even when quiet."""
    click.echo(encodable(text, getattr(sys.stderr, "encoding", None)), err=True)


def encodable(text: str, encoding: str | None) -> str:
    """Escape what a terminal of another code page could not print, rather than fail."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _put(text: str, output: Path) -> None:
    if output.exists() and not output.is_file():
        output.write_text(text, encoding="utf-8")  # a pipe or a device takes text, and no other file in its place
        return
    from cli.replacing import put_whole

    put_whole(output, text.encode("utf-8"))
