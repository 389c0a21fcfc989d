"""What an adoption says on the way; all text from elsewhere in it is made safe for a terminal."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cli.results import complain, say
from helpers.model import Seen, stated
from helpers.observing.calls import Call
from helpers.observing.calls import path as graph_path
from helpers.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cli.settings import Settings
    from helpers.adopting.keys import FoundKey
    from helpers.adopting.remaining import Remaining
    from helpers.adopting.taking import Taken
    from helpers.declaration.declaration import Declaration
    from helpers.observing import Observed


def say_stop(heading: str, found: Iterable[str]) -> None:
    """Say why the application cannot be adopted as it is."""
    for each in found:
        complain(f"error: {heading}: {one_line(each)}")


def say_unplaced(unplaced: Iterable[FoundKey]) -> None:
    """List the certificates whose nodes nobody knows, each with the options to give."""
    for number, key in enumerate(unplaced):
        if not number:
            complain("error: nobody knows which ISE nodes present these certificates:")
        complain(f"  {one_line(key.in_words)}")
        complain(f"    --node {key.key_id}=NODE[,NODE]   or, where no node of yours does: --leave {key.key_id}")


def say_remaining(settings: Settings, found: Iterable[Remaining], *, asking: bool) -> None:
    """List what no file declares: what may be done about each, and how to let it stay."""
    for each in found:
        noted = f" ({one_line(each.noted)})" if each.noted else ""
        what = f"{one_line(each.what)}{noted}"
        if not each.is_open:
            say(settings, f"stays as it is: {what}")
            continue
        complain(f"error: cannot be declared: {what}")
        for way in each.ways:
            complain(f"  {one_line(way.text)}")
            for line in way.example.splitlines():
                complain(f"      {one_line(line)}")
        if not asking:
            complain(f"  or let it stay: --leave {shlex.quote(one_line(each.subject.partition(' ')[0]))}")
            for rule, until in each.excepted:
                subject = shlex.quote(one_line(each.subject))
                complain(f"  or accept it for a while, in the file: --exception {rule} {subject} 'REASON' {until}")


def say_taken(settings: Settings, path: Path, taken: Taken) -> None:
    """Say what was written, and what was guessed."""
    say(settings, f"{path}: written, with {len(taken.keys)} certificates beside it")
    for each in taken.keys:
        guess = f", by the name {each.presenting.guessed_from} in it" if each.presenting.guessed_from else ""
        nodes = ", ".join(each.presenting.nodes)
        say(settings, one_line(f"  {each.entry}: {each.key.key_id}, presented by {nodes}{guess}"))
    keeps = taken.found.adopted.get("keeps")
    for key, kept in keeps.items() if isinstance(keeps, dict) else ():
        told = ", ".join(map(str, kept)) if isinstance(kept, list) else str(kept).lower()
        say(settings, one_line(f"  keeps, though ISE needs none of it, {key}: {told}"))


def say_stated(settings: Settings, declaration: Declaration) -> None:
    """Say what the file declares that nobody can read in Entra: as it was stated, or by default."""
    terms, backend = declaration.terms, declaration.state.backend
    say(settings, f"  not from Entra, but as stated or by default: ISE {terms.ise}, state {backend}")


def say_owner(settings: Settings, declaration: Declaration, observed: Observed) -> None:
    """Say who has to do what where the pipeline does not own both objects: its deploy would be refused."""
    calls = [*_owning(declaration, observed)]
    if not calls:
        return
    complain(
        f"warning: the deployer {declaration.deployer} does not own both objects, and its deploys would be refused; let"
        " an owner or an Entra administrator make it one:"
    )
    for call in calls:
        for line in call.text(declaration.cloud.graph).splitlines():
            complain(f"      {one_line(line)}")
    say(settings, "then plan again, as below")


def _owning(declaration: Declaration, observed: Observed) -> Iterator[Call]:
    integration = observed.integration
    for collection, each in (
        ("applications", integration.application),
        ("servicePrincipals", integration.service_principal),
    ):
        if isinstance(each.owners, Seen) and declaration.deployer not in each.owners.items:
            place = graph_path(collection, stated(each.object_id), "owners", "$ref")
            yield Call("POST", place, refers_to=declaration.deployer)
