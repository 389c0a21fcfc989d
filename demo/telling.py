"""How the story is told: numbered steps, the commands as one would type them, and only what matters of their output."""

from __future__ import annotations

import contextlib
import re
import textwrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, ProgressColumn, SpinnerColumn, TextColumn
from rich.text import Text

from demo.commands import CommandFailed, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Task

# What Terraform and cdktf say that a reader of the story wants to see.
_TELLING = re.compile(r"(Creation|Modifications|Destruction) complete|Apply complete!|No changes\.|Plan: ")
# What cdktf puts before a line, and Terraform after one.
_STACK = re.compile(r"^\s*[a-z][a-z0-9-]*  ")
_ID = re.compile(r" after \d+s \[id=[^]]*\]$")
# What is going on once one of these has been said.
_PHASES = {
    "Initializing": "Terraform makes itself ready",
    "Refreshing state": "Terraform looks at what is there",
    "Plan: ": "Terraform makes it so",
    "Still creating": "Terraform makes it so",
}
_LABEL_WIDTH = 26
_WIDEST = 100
# How much of a failed command's last words is shown.
_LAST_WORDS = 12


class Teller:
    """Tells one story to one reader, in colour where that is a terminal and NO_COLOR does not say otherwise."""

    def __init__(self) -> None:
        """Write to stdout."""
        self._console = Console(highlight=False, soft_wrap=True)
        self._width = min(self._console.width, _WIDEST) if self._console.is_terminal else _WIDEST
        self._step = 0

    def title(self, text: str, sentence: str) -> None:
        """Say what it is about."""
        self._console.print()
        self._say(text, "bold")
        self._sentence(sentence, indent="")

    def step(self, text: str, why: str) -> None:
        """Begin the next step, with one sentence that says what it is for."""
        self._step += 1
        self._console.print()
        self._console.print(Text.assemble((f"{self._step}", "bold cyan"), "  ", (text, "bold")))
        self._sentence(why)

    def fact(self, label: str, text: str, *, style: str = "") -> None:
        """Say one thing that was learnt."""
        self._console.print(Text.assemble(f"   {label:<{_LABEL_WIDTH}}  ", (text, style)))

    @contextlib.contextmanager
    def waiting(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show that something is going on, at a terminal, while the context lasts; gives what changes the words."""
        if not self._console.is_terminal:
            yield lambda _: None
            return
        columns = (TextColumn("  "), SpinnerColumn(), TextColumn("[dim]{task.description}"), _Seconds())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(what, total=None)
            yield lambda text: progress.update(task, description=text)

    def run(self, *command: str) -> None:
        """Run a command and show all it says. Raises `CommandFailed`."""
        self._command(" ".join(command))
        with contextlib.closing(lines_of(*command)) as lines:
            for line in lines:
                self._line(line)

    def run_cdktf(self, *arguments: str) -> None:
        """Run cdktf and show, as they come, the lines that tell what happens. Raises `CommandFailed`."""
        command = ("cdktf", *arguments)
        self._command(" ".join(command))
        waiting = self.waiting("cdktf turns the file into Terraform's configuration")
        with waiting as tell, contextlib.closing(lines_of(*command)) as lines:
            for line in lines:
                for said, phase in _PHASES.items():
                    if said in line:
                        tell(phase)
                if _TELLING.search(line):
                    self._line(_ID.sub("", _STACK.sub("", line)).strip())

    def ended_well(self, text: str) -> None:
        """Say that it is over."""
        self._console.print()
        self._say(text, "bold green")

    def your_turn(self, text: str) -> None:
        """Say what the suggestions are."""
        self._sentence(text, indent="")

    def suggestion(self, purpose: str, *commands: str) -> None:
        """Name what to try, and the commands for it."""
        self._console.print()
        self._sentence(purpose)
        for command in commands:
            self._command(command)

    def failed(self, error: Exception) -> None:
        """Say why the story ends here."""
        if isinstance(error, CommandFailed):
            for line in _last_words(error.lines):
                self._line(line)
        self._console.print()
        self._console.print(Text.assemble(("The story ends here: ", "bold red"), str(error)))

    def _command(self, command: str) -> None:
        self._say(f"   $ {command}", "cyan")

    def _line(self, line: str) -> None:
        self._say(f"   {line}".rstrip())

    def _sentence(self, text: str, indent: str = "   ") -> None:
        self._say(textwrap.fill(text, self._width, initial_indent=indent, subsequent_indent=indent), "dim")

    def _say(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style))


def _last_words(lines: list[str]) -> list[str]:
    """Return what a failed command said from its first error on, or at its end, without blank lines."""
    said = [line for line in lines if line.strip(" │╷╵")]
    first = next((number for number, line in enumerate(said) if "Error" in line), -_LAST_WORDS)
    return said[first:][:_LAST_WORDS]


class _Seconds(ProgressColumn):
    """How long it has been."""

    def render(self, task: Task) -> Text:
        """Return whole seconds."""
        return Text(f"{task.elapsed or 0:.0f} s", "dim")
