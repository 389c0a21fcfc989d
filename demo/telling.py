"""How the story is told: numbered steps, the commands as one would type them, and only what matters of their output."""

from __future__ import annotations

import re
import subprocess
import time

from rich.console import Console
from rich.markup import escape

# What Terraform and cdktf say that a reader of the story wants to see; the rest is in the log.
_TELLING = re.compile(r"(Creation|Modifications|Destruction) complete|Apply complete!|No changes\.|Error:|Plan: ")
# What cdktf puts before a line, and Terraform after one.
_STACK = re.compile(r"^\s*[a-z][a-z0-9-]*  ")
_ID = re.compile(r" after \d+s \[id=[^]]*\]$")
# Colours and cursor movements, which cdktf prints to no terminal too.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LABEL_WIDTH = 26


class Teller:
    """Tells one story to one reader."""

    def __init__(self) -> None:
        """Write to stdout, in colour where it is a terminal."""
        self._console = Console(highlight=False, soft_wrap=True)
        self._step = 0
        self._started = time.monotonic()

    def title(self, text: str) -> None:
        """Say what it is about."""
        self._console.print(f"\n[bold]{escape(text)}[/bold]")

    def step(self, text: str) -> None:
        """Begin the next step."""
        self._step += 1
        self._console.print(f"\n[bold cyan]{self._step}.[/bold cyan] [bold]{escape(text)}[/bold]")

    def fact(self, label: str, text: str) -> None:
        """Say one thing that was learnt."""
        self._console.print(f"   {escape(label):<{_LABEL_WIDTH}}  {escape(text)}")

    def run(self, *command: str) -> None:
        """Run a command and show all it says. Raises `CalledProcessError` when it fails."""
        self._say_command(command)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        for line in (done.stdout + done.stderr).splitlines():
            self._console.print(f"   {escape(line)}".rstrip())
        done.check_returncode()

    def run_cdktf(self, *arguments: str) -> None:
        """Run cdktf and show, as they come, the lines that tell what happens. Raises `CalledProcessError`."""
        command = ("cdktf", *arguments)
        self._say_command(command)
        lines = []
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in process.stdout or ():
            lines.append(plain := _ESCAPES.sub("", line).rstrip())
            if _TELLING.search(plain):
                told = _ID.sub("", _STACK.sub("", plain)).strip()
                self._console.print(f"   {escape(told)}")
        if process.wait():
            self._console.print("\n".join(escape(line) for line in lines[-40:]))
            raise subprocess.CalledProcessError(process.returncode, command)

    def suggestion(self, command: str, purpose: str) -> None:
        """Name a command to try, and what for."""
        self._console.print(f"   [green]{escape(command)}[/green]\n      {escape(purpose)}")

    def failed(self, text: str) -> None:
        """Say why the story ends here."""
        self._console.print(f"\n[bold red]The story ends here:[/bold red] {escape(text)}")

    def _say_command(self, command: tuple[str, ...]) -> None:
        shown = " ".join(command)
        self._console.print(f"   [dim]$ {escape(shown)}[/dim]")
